/* claw-message-item.h: one line of the conversation, as its list shows it.
 *
 * A message, ours or another member's; a notice ("anna joined"); the beginning of a day; or the
 * mark ahead of what is unread. Properties, with notify: "state" (guint, of ClawMessageState),
 * "is-failed", "leads", "is-marked"; everything else is set once.
 */
#pragma once

#include "claw-message.h"

#include <glib-object.h>

typedef enum
{
  CLAW_MESSAGE_ITEM_NOTICE,
  CLAW_MESSAGE_ITEM_OWN,
  CLAW_MESSAGE_ITEM_OTHER,
  CLAW_MESSAGE_ITEM_DAY,
  CLAW_MESSAGE_ITEM_UNREAD,
} ClawMessageItemKind;

#define CLAW_TYPE_MESSAGE_ITEM (claw_message_item_get_type ())
G_DECLARE_FINAL_TYPE (ClawMessageItem, claw_message_item, CLAW, MESSAGE_ITEM, GObject)

/* @kind: OWN or OTHER. */
ClawMessageItem *claw_message_item_new (ClawMessage *message, ClawMessageItemKind kind);
ClawMessageItem *claw_message_item_new_notice (const char *text);
/* @time_us: within the day. */
ClawMessageItem *claw_message_item_new_day (gint64 time_us);
ClawMessageItem *claw_message_item_new_unread (void);
/* Whether it begins a run of messages of one sender, and so tells who that is. */
void claw_message_item_set_leads (ClawMessageItem *item, gboolean leads);
void claw_message_item_set_state (ClawMessageItem *item, ClawMessageState state);
/* One of ours that is not on its way any more, though it was not delivered. */
void claw_message_item_set_failed (ClawMessageItem *item, gboolean is_failed);
/* Shown with emphasis: what a search or an answer led to. */
void claw_message_item_set_marked (ClawMessageItem *item, gboolean is_marked);
/* Of the archive; 0, as at first: none, or not known. */
void claw_message_item_set_row (ClawMessageItem *item, gint64 row);
/* The id by which others know it; without it, that of the message. */
void claw_message_item_set_id (ClawMessageItem *item, const uint8_t id[CLAW_MESSAGE_ID_SIZE]);

ClawMessageItemKind claw_message_item_get_kind (ClawMessageItem *item);
gboolean claw_message_item_is_message (ClawMessageItem *item);
ClawMessage *
claw_message_item_get_message (ClawMessageItem *item); /* (nullable): of OWN and OTHER only */
const uint8_t *claw_message_item_get_id (ClawMessageItem *item);  /* (nullable) likewise */
const char *claw_message_item_get_text (ClawMessageItem *item);   /* never NULL */
const char *claw_message_item_get_sender (ClawMessageItem *item); /* (nullable) */
gint64 claw_message_item_get_time_us (ClawMessageItem *item);     /* µs since 1970; 0: none */
size_t claw_message_item_get_size (ClawMessageItem *item);        /* bytes of text */
gint64 claw_message_item_get_row (ClawMessageItem *item);
gboolean claw_message_item_get_leads (ClawMessageItem *item);
ClawMessageState claw_message_item_get_state (ClawMessageItem *item);
gboolean claw_message_item_is_failed (ClawMessageItem *item);
gboolean claw_message_item_is_marked (ClawMessageItem *item);
