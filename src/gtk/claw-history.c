/* claw-history.c: see claw-history.h. */
#include "claw-history.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct ClawHistory
{
  GListStore *store;
  GHashTable *pending; /* id in the message -> ClawMessageItem: ours, not delivered */
  size_t bytes;
};

static unsigned
hash_id (gconstpointer id)
{
  /* Ids are random. */
  unsigned hash;
  memcpy (&hash, id, sizeof hash);
  return hash;
}

static gboolean
equal_ids (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, CLAW_MESSAGE_ID_SIZE) == 0;
}

ClawHistory *
claw_history_new (void)
{
  ClawHistory *history = g_new0 (ClawHistory, 1);
  history->store = g_list_store_new (CLAW_TYPE_MESSAGE_ITEM);
  history->pending = g_hash_table_new_full (hash_id, equal_ids, NULL, g_object_unref);
  return history;
}

void
claw_history_free (ClawHistory *history)
{
  if (!history)
    return;
  g_hash_table_unref (history->pending);
  g_object_unref (history->store);
  g_free (history);
}

/* Forgets the oldest eighth at once, so that a full history is not moved for each line. */
static void
forget_oldest (ClawHistory *history)
{
  GListModel *model = G_LIST_MODEL (history->store);
  unsigned n_items = g_list_model_get_n_items (model);
  size_t bytes = history->bytes;
  unsigned n_forgotten = 0;
  while (n_forgotten < n_items - 1
         && (n_items - n_forgotten > CLAW_HISTORY_ITEMS_MAX * 7 / 8
             || bytes > (size_t) CLAW_HISTORY_BYTES_MAX * 7 / 8))
    {
      g_autoptr (ClawMessageItem) item = g_list_model_get_item (model, n_forgotten++);
      ClawMessage *message = claw_message_item_get_message (item);
      bytes -= claw_message_item_get_size (item);
      if (message)
        g_hash_table_remove (history->pending, claw_message_get_id (message));
    }
  history->bytes = bytes;
  g_list_store_splice (history->store, 0, n_forgotten, NULL, 0);
}

static void
add_item (ClawHistory *history, ClawMessageItem *item)
{
  history->bytes += claw_message_item_get_size (item);
  g_list_store_append (history->store, item);
  if (g_list_model_get_n_items (G_LIST_MODEL (history->store)) > CLAW_HISTORY_ITEMS_MAX
      || history->bytes > CLAW_HISTORY_BYTES_MAX)
    forget_oldest (history);
}

/* Returns: (transfer full) (nullable) */
static ClawMessageItem *
get_last (ClawHistory *history)
{
  unsigned n_items = g_list_model_get_n_items (G_LIST_MODEL (history->store));
  return n_items > 0 ? g_list_model_get_item (G_LIST_MODEL (history->store), n_items - 1) : NULL;
}

static gboolean
is_same_run (ClawMessageItem *last, ClawMessageItem *item)
{
  return claw_message_item_get_kind (last) == claw_message_item_get_kind (item)
         && g_strcmp0 (claw_message_item_get_sender (last), claw_message_item_get_sender (item))
                == 0
         && ABS (claw_message_item_get_time_us (item) - claw_message_item_get_time_us (last))
                < CLAW_HISTORY_RUN_US;
}

/* Returns: (transfer full) (nullable): NULL for a time that no calendar has. */
static char *
format_day (gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  /* Translators: a day between two messages, see g_date_time_format (): "Monday, 2 November". */
  return time ? g_date_time_format (time, _ ("%A, %-d %B")) : NULL;
}

static void
add_day_line (ClawHistory *history, ClawMessageItem *last, ClawMessageItem *item)
{
  if (!last || claw_message_item_get_kind (last) == CLAW_MESSAGE_ITEM_NOTICE)
    return;
  g_autofree char *before = format_day (claw_message_item_get_time_us (last));
  g_autofree char *now = format_day (claw_message_item_get_time_us (item));
  if (now && g_strcmp0 (before, now) != 0)
    claw_history_add_notice (history, now);
}

void
claw_history_add_message (ClawHistory *history, ClawMessage *message, ClawMessageItemKind kind)
{
  g_return_if_fail (history != NULL && message != NULL);
  g_autoptr (ClawMessageItem) item = claw_message_item_new (message, kind);
  g_autoptr (ClawMessageItem) before = get_last (history);
  add_day_line (history, before, item);
  g_autoptr (ClawMessageItem) last = get_last (history);
  claw_message_item_set_leads (item, !last || !is_same_run (last, item));
  if (kind == CLAW_MESSAGE_ITEM_OWN)
    g_hash_table_replace (history->pending, (gpointer) claw_message_get_id (message),
                          g_object_ref (item));
  add_item (history, item);
}

void
claw_history_add_notice (ClawHistory *history, const char *text)
{
  g_return_if_fail (history != NULL && text != NULL);
  g_autoptr (ClawMessageItem) item = claw_message_item_new_notice (text);
  add_item (history, item);
}

void
claw_history_set_state (ClawHistory *history, ClawMessage *message, ClawMessageState state)
{
  g_return_if_fail (history != NULL && message != NULL);
  const uint8_t *id = claw_message_get_id (message);
  ClawMessageItem *item = g_hash_table_lookup (history->pending, id);
  if (!item)
    return;
  claw_message_item_set_state (item, state);
  if (state == CLAW_MESSAGE_DELIVERED)
    g_hash_table_remove (history->pending, id);
}

void
claw_history_clear (ClawHistory *history)
{
  g_return_if_fail (history != NULL);
  g_hash_table_remove_all (history->pending);
  g_list_store_remove_all (history->store);
  history->bytes = 0;
}

GListModel *
claw_history_get_model (ClawHistory *history)
{
  g_return_val_if_fail (history != NULL, NULL);
  return G_LIST_MODEL (history->store);
}

unsigned
claw_history_count_pending (ClawHistory *history)
{
  g_return_val_if_fail (history != NULL, 0);
  return g_hash_table_size (history->pending);
}
