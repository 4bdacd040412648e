/* claw-message-row.h: shows a ClawMessageItem: a bubble at the start or end side, or a notice in
 * the middle. Used again for another item when the list scrolls.
 *
 * Signal: "command" (guint, of ClawMessageCommand), for what the row cannot do by itself; actions
 * for menus and keys: message.menu, message.copy, message.reply, message.retry, message.edit,
 * message.cancel.
 */
#pragma once

#include "claw-message-item.h"

#include <adwaita.h>

typedef enum
{
  CLAW_MESSAGE_COMMAND_REPLY,
  CLAW_MESSAGE_COMMAND_RETRY,
  CLAW_MESSAGE_COMMAND_CANCEL, /* one that is queued is not to be sent */
  CLAW_MESSAGE_COMMAND_EDIT,   /* one that is queued is to be written anew */
  CLAW_MESSAGE_COMMAND_QUOTED, /* go to what it answers */
} ClawMessageCommand;

#define CLAW_TYPE_MESSAGE_ROW (claw_message_row_get_type ())
G_DECLARE_FINAL_TYPE (ClawMessageRow, claw_message_row, CLAW, MESSAGE_ROW, GtkWidget)

GtkWidget *claw_message_row_new (void);
/* @item: (nullable). @quoted: (nullable): the message that it answers, when it is held, so that it
 * is shown instead of what the answer says about it. */
void
claw_message_row_set_item (ClawMessageRow *row, ClawMessageItem *item, ClawMessageItem *quoted);
/* What is looked for, of claw_text_match_fold (), emphasised in the text. @folded: (nullable) */
void claw_message_row_set_folded (ClawMessageRow *row, const char *folded);
void claw_message_row_set_can_cancel (ClawMessageRow *row, gboolean can_cancel);
/* Tells the times anew. */
void claw_message_row_tick (ClawMessageRow *row);
ClawMessageItem *claw_message_row_get_item (ClawMessageRow *row); /* (nullable) */
