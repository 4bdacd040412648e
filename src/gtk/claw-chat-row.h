/* claw-chat-row.h: a chat in the sidebar: avatar with the state of the connection, title, time,
 * last message, and how many are unread. */
#pragma once

#include "claw-saved-chat.h"

#include <adwaita.h>

#define CLAW_TYPE_CHAT_ROW (claw_chat_row_get_type ())
G_DECLARE_FINAL_TYPE (ClawChatRow, claw_chat_row, CLAW, CHAT_ROW, AdwBin)

GtkWidget *claw_chat_row_new (void);
/* @chat: (nullable) */
void claw_chat_row_set_chat (ClawChatRow *row, ClawSavedChat *chat);
ClawSavedChat *claw_chat_row_get_chat (ClawChatRow *row); /* (transfer none) (nullable) */
/* Tells the time anew, as after midnight. */
void claw_chat_row_refresh (ClawChatRow *row);
/* Returns: (transfer full): the time of day for one of today, else the date. Both in µs. */
char *claw_chat_row_format_time (gint64 time_us, gint64 now_us);
