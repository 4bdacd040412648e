/* claw-message-row.h: shows a ClawMessageItem: a bubble at the start or end side, or a notice in
 * the middle. Used again for another item when the list scrolls. */
#pragma once

#include "claw-message-item.h"

#include <adwaita.h>

#define CLAW_TYPE_MESSAGE_ROW (claw_message_row_get_type ())
G_DECLARE_FINAL_TYPE (ClawMessageRow, claw_message_row, CLAW, MESSAGE_ROW, AdwBin)

GtkWidget *claw_message_row_new (void);
/* @item: (nullable) */
void claw_message_row_set_item (ClawMessageRow *row, ClawMessageItem *item);
