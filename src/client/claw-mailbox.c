/* claw-mailbox.c: see claw-mailbox.h. */
#include "claw-mailbox.h"

#include "claw-source.h"

struct ClawMailbox
{
  gatomicrefcount references;
  GMutex mutex;
  GQueue items;  /* under the mutex, as are full and closed */
  gboolean full; /* a poster was told so and waits for room () */
  gboolean closed;
  GSource *source;
  ClawMailboxDeliver deliver;
  ClawMailboxRoom room;
  GDestroyNotify free_item;
  gpointer user_data;
};

typedef struct
{
  GSource source;
  ClawMailbox *mailbox;
} MailboxSource;

/* Returns: (transfer full) (nullable): the next item; @has_room tells that a waiting poster may go
 * on. */
static gpointer
take_item (ClawMailbox *mailbox, gboolean *has_room)
{
  g_mutex_lock (&mailbox->mutex);
  gpointer item = g_queue_pop_head (&mailbox->items);
  *has_room = mailbox->full && mailbox->items.length <= CLAW_MAILBOX_ITEMS_MAX / 2;
  if (*has_room)
    mailbox->full = FALSE;
  g_mutex_unlock (&mailbox->mutex);
  return item;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (ClawMailbox) mailbox = claw_mailbox_ref (((MailboxSource *) source)->mailbox);
  gint64 end_us = g_get_monotonic_time () + CLAW_MAILBOX_BUDGET_US;
  g_source_set_ready_time (source, -1);

  /* A delivery may close the mailbox, which destroys the source. */
  while (!g_source_is_destroyed (source))
    {
      gboolean has_room = FALSE;
      gpointer item = take_item (mailbox, &has_room);
      if (!item)
        return G_SOURCE_CONTINUE;
      mailbox->deliver (item, mailbox->user_data);
      if (has_room && !g_source_is_destroyed (source))
        mailbox->room (mailbox->user_data);
      if (g_get_monotonic_time () >= end_us)
        break;
    }
  if (!g_source_is_destroyed (source))
    g_source_set_ready_time (source, 0);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

ClawMailbox *
claw_mailbox_new (GMainContext *context,
                  ClawMailboxDeliver deliver,
                  ClawMailboxRoom room,
                  GDestroyNotify free_item,
                  gpointer user_data)
{
  ClawMailbox *mailbox = g_new0 (ClawMailbox, 1);
  g_atomic_ref_count_init (&mailbox->references);
  g_mutex_init (&mailbox->mutex);
  g_queue_init (&mailbox->items);
  mailbox->deliver = deliver;
  mailbox->room = room;
  mailbox->free_item = free_item;
  mailbox->user_data = user_data;
  mailbox->source = g_source_new (&source_funcs, sizeof (MailboxSource));
  ((MailboxSource *) mailbox->source)->mailbox = mailbox;
  g_source_set_static_name (mailbox->source, "claw-mailbox");
  g_source_set_priority (mailbox->source, G_PRIORITY_DEFAULT_IDLE);
  g_source_attach (mailbox->source, context);
  return mailbox;
}

ClawMailbox *
claw_mailbox_ref (ClawMailbox *mailbox)
{
  g_atomic_ref_count_inc (&mailbox->references);
  return mailbox;
}

void
claw_mailbox_unref (ClawMailbox *mailbox)
{
  if (!mailbox || !g_atomic_ref_count_dec (&mailbox->references))
    return;
  claw_source_clear (&mailbox->source);
  g_queue_clear_full (&mailbox->items, mailbox->free_item);
  g_mutex_clear (&mailbox->mutex);
  g_free (mailbox);
}

void
claw_mailbox_drain (ClawMailbox *mailbox)
{
  gboolean has_room = FALSE;
  gpointer item = NULL;
  while ((item = take_item (mailbox, &has_room)))
    {
      mailbox->deliver (item, mailbox->user_data);
      if (has_room)
        mailbox->room (mailbox->user_data);
    }
}

void
claw_mailbox_close (ClawMailbox *mailbox)
{
  GQueue items = G_QUEUE_INIT;
  g_source_destroy (mailbox->source);
  g_mutex_lock (&mailbox->mutex);
  mailbox->closed = TRUE;
  items = mailbox->items;
  g_queue_init (&mailbox->items);
  g_mutex_unlock (&mailbox->mutex);
  g_queue_clear_full (&items, mailbox->free_item);
}

gboolean
claw_mailbox_post (ClawMailbox *mailbox, gpointer item)
{
  g_mutex_lock (&mailbox->mutex);
  if (mailbox->closed)
    {
      g_mutex_unlock (&mailbox->mutex);
      mailbox->free_item (item);
      return TRUE;
    }
  g_queue_push_tail (&mailbox->items, item);
  if (mailbox->items.length >= CLAW_MAILBOX_ITEMS_MAX)
    mailbox->full = TRUE;
  gboolean has_room = !mailbox->full;
  g_source_set_ready_time (mailbox->source, 0);
  g_mutex_unlock (&mailbox->mutex);
  return has_room;
}
