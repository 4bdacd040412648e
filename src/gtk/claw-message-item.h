/* claw-message-item.h: one line of the conversation, as its list shows it.
 *
 * Either a message, ours or another member's, or a notice ("anna joined"). Property: "state"
 * (guint, of ClawMessageState), with notify; everything else is set once.
 */
#pragma once

#include "claw-message.h"

#include <glib-object.h>

typedef enum
{
  CLAW_MESSAGE_ITEM_NOTICE,
  CLAW_MESSAGE_ITEM_OWN,
  CLAW_MESSAGE_ITEM_OTHER,
} ClawMessageItemKind;

#define CLAW_TYPE_MESSAGE_ITEM (claw_message_item_get_type ())
G_DECLARE_FINAL_TYPE (ClawMessageItem, claw_message_item, CLAW, MESSAGE_ITEM, GObject)

ClawMessageItem *claw_message_item_new (ClawMessage *message, ClawMessageItemKind kind);
ClawMessageItem *claw_message_item_new_notice (const char *text);
/* Whether it begins a run of messages of one sender, and so tells who that is. To be called before
 * the item is shown. */
void claw_message_item_set_leads (ClawMessageItem *item, gboolean leads);
void claw_message_item_set_state (ClawMessageItem *item, ClawMessageState state);

ClawMessageItemKind claw_message_item_get_kind (ClawMessageItem *item);
ClawMessage *
claw_message_item_get_message (ClawMessageItem *item); /* (nullable): not of a notice */
const char *claw_message_item_get_text (ClawMessageItem *item);
const char *claw_message_item_get_sender (ClawMessageItem *item); /* (nullable) */
gint64 claw_message_item_get_time_us (ClawMessageItem *item);     /* µs since 1970; 0: a notice */
size_t claw_message_item_get_size (ClawMessageItem *item);        /* bytes of text */
gboolean claw_message_item_get_leads (ClawMessageItem *item);
ClawMessageState claw_message_item_get_state (ClawMessageItem *item);
