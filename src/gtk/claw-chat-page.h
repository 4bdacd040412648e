/* claw-chat-page.h: everything about one chat: its header, its conversation and its composer; while
 * it has none yet, what is done to connect it, or what went wrong. */
#pragma once

#include "claw-saved-chats.h"

#include <adwaita.h>

#define CLAW_TYPE_CHAT_PAGE (claw_chat_page_get_type ())
G_DECLARE_FINAL_TYPE (ClawChatPage, claw_chat_page, CLAW, CHAT_PAGE, AdwBin)

GtkWidget *claw_chat_page_new (ClawSavedChats *chats, ClawSavedChat *chat);
/* How its header fits into the window: see claw-split.h. */
void claw_chat_page_set_header (ClawChatPage *page,
                                gboolean has_start_buttons,
                                gboolean has_back_button);
void claw_chat_page_focus (ClawChatPage *page);

ClawSavedChat *claw_chat_page_get_chat (ClawChatPage *page); /* (transfer none) */
/* The actions "page.…", for the window too, so that they have shortcuts. (transfer none) */
GActionGroup *claw_chat_page_get_actions (ClawChatPage *page);
/* Our own messages that are not DELIVERED. */
unsigned claw_chat_page_count_pending (ClawChatPage *page);
