/* claw-mailbox.h: hands events from the worker thread to the thread that owns a client.
 *
 * Any thread posts; the owner's GMainContext delivers, in order, from one source that works for a
 * few milliseconds at a time below the priority of drawing, so that a burst of messages stalls no
 * frame. It holds a bounded number of items: a poster that finds it full stops reading from the
 * network until it is told that there is room again.
 */
#pragma once

#include <glib.h>

#define CLAW_MAILBOX_ITEMS_MAX 512
#define CLAW_MAILBOX_BUDGET_US 4000

typedef struct ClawMailbox ClawMailbox;

/* Both are called in the owner's context. @item: (transfer full). */
typedef void (*ClawMailboxDeliver) (gpointer item, gpointer user_data);
typedef void (*ClawMailboxRoom) (gpointer user_data);

/* @context: (nullable): the owner's. @free_item: for items that are never delivered. */
ClawMailbox *claw_mailbox_new (GMainContext *context,
                               ClawMailboxDeliver deliver,
                               ClawMailboxRoom room,
                               GDestroyNotify free_item,
                               gpointer user_data);
ClawMailbox *claw_mailbox_ref (ClawMailbox *mailbox);
void claw_mailbox_unref (ClawMailbox *mailbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawMailbox, claw_mailbox_unref)
/* From the owner's thread: delivers all that waits, at once. */
void claw_mailbox_drain (ClawMailbox *mailbox);
/* From the owner's thread: nothing is delivered any more, what waits or comes later is freed. */
void claw_mailbox_close (ClawMailbox *mailbox);
/* From any thread. @item: (transfer full): always taken. Returns: FALSE when the mailbox is full
 * now; @room is called once half of it was delivered. */
gboolean claw_mailbox_post (ClawMailbox *mailbox, gpointer item);
