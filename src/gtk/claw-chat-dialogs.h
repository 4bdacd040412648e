/* claw-chat-dialogs.h: the questions about a chat as a whole. */
#pragma once

#include "claw-saved-chats.h"

#include <gtk/gtk.h>

void claw_chat_dialogs_rename (GtkWindow *parent, ClawSavedChat *chat);
/* Asks, and then erases it. */
void claw_chat_dialogs_forget (GtkWindow *parent, ClawSavedChats *chats, ClawSavedChat *chat);
/* For one that is over: asks, and then erases the messages that were kept. */
void claw_chat_dialogs_erase_messages (GtkWindow *parent, ClawSavedChat *chat);
/* Without a question, for what has nothing to lose. */
void claw_chat_dialogs_forget_now (ClawSavedChats *chats, ClawSavedChat *chat);
