/* claw-history.c: see claw-history.h. */
#include "claw-history.h"

#include "claw-time-text.h"

#include <string.h>

/* Items that are freed at once: some milliseconds' work. */
#define FREE_MAX 2000

struct ClawHistory
{
  GListStore *store;
  GHashTable *by_id;       /* id in the item -> ClawMessageItem, which is the store's */
  GHashTable *pending;     /* id in the message -> ClawMessageItem: ours, not delivered */
  gboolean is_stuck;       /* nothing is sent any more */
  ClawMessageItem *unread; /* (nullable): the mark */
  ClawTimeDay day;         /* of the last message */
  gboolean has_own_key;
  uint8_t own_key[CLAW_PUBLIC_KEY_SIZE];
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
  history->by_id = g_hash_table_new (hash_id, equal_ids);
  history->pending = g_hash_table_new_full (hash_id, equal_ids, NULL, g_object_unref);
  return history;
}

void
claw_history_free (ClawHistory *history)
{
  if (!history)
    return;
  g_hash_table_unref (history->by_id);
  g_hash_table_unref (history->pending);
  g_clear_object (&history->unread);
  g_object_unref (history->store);
  g_free (history);
}

/* Items and what is known about them. */

/* @item: one of ours that is pending. */
static void
update_failed (ClawHistory *history, ClawMessageItem *item)
{
  gboolean is_queued = claw_message_item_get_state (item) == CLAW_MESSAGE_QUEUED;
  claw_message_item_set_failed (item, history->is_stuck && is_queued);
}

/* Ahead of its being shown. Returns: FALSE for a message that is held already. */
static gboolean
learn_item (ClawHistory *history, ClawMessageItem *item)
{
  uint8_t shared[CLAW_MESSAGE_ID_SIZE];
  ClawMessage *message = claw_message_item_get_message (item);
  if (!message)
    return TRUE;
  gboolean is_own = claw_message_item_get_kind (item) == CLAW_MESSAGE_ITEM_OWN;
  if (is_own && history->has_own_key)
    {
      claw_message_share_id (claw_message_get_id (message), history->own_key, shared);
      claw_message_item_set_id (item, shared);
    }
  if (claw_history_find (history, claw_message_item_get_id (item)))
    return FALSE;
  g_hash_table_insert (history->by_id, (gpointer) claw_message_item_get_id (item), item);
  if (!is_own || claw_message_item_get_state (item) == CLAW_MESSAGE_DELIVERED)
    return TRUE;
  g_hash_table_replace (history->pending, (gpointer) claw_message_get_id (message),
                        g_object_ref (item));
  update_failed (history, item);
  return TRUE;
}

/* Ahead of its removal. */
static void
unlearn_item (ClawHistory *history, ClawMessageItem *item)
{
  history->bytes -= claw_message_item_get_size (item);
  if (item == history->unread)
    g_clear_object (&history->unread);
  if (!claw_message_item_is_message (item))
    return;
  if (claw_history_find (history, claw_message_item_get_id (item)) == item)
    g_hash_table_remove (history->by_id, claw_message_item_get_id (item));
  if (claw_message_item_get_kind (item) == CLAW_MESSAGE_ITEM_OWN)
    g_hash_table_remove (history->pending,
                         claw_message_get_id (claw_message_item_get_message (item)));
}

static unsigned
count_items (ClawHistory *history)
{
  return g_list_model_get_n_items (G_LIST_MODEL (history->store));
}

/* Returns: (transfer full) (nullable) */
static ClawMessageItem *
get_item (ClawHistory *history, unsigned position)
{
  return g_list_model_get_item (G_LIST_MODEL (history->store), position);
}

/* The first line, whatever was ahead of it, says whose it is, and of which day. */
static void
begin_anew (ClawHistory *history)
{
  g_autoptr (ClawMessageItem) first = get_item (history, 0);
  if (!claw_message_item_is_message (first))
    return;
  g_autoptr (ClawMessageItem) day = claw_message_item_new_day (
      claw_message_item_get_time_us (first));
  claw_message_item_set_leads (first, TRUE);
  history->bytes += claw_message_item_get_size (day);
  g_list_store_insert (history->store, 0, day);
}

/* Forgets the oldest eighth at once, so that a full history is not moved for each line. */
static void
forget_oldest (ClawHistory *history)
{
  unsigned n_items = count_items (history);
  unsigned n_forgotten = 0;
  while (n_forgotten < n_items - 1
         && (n_items - n_forgotten > CLAW_HISTORY_ITEMS_MAX * 7 / 8
             || history->bytes > (size_t) CLAW_HISTORY_BYTES_MAX * 7 / 8))
    {
      g_autoptr (ClawMessageItem) item = get_item (history, n_forgotten++);
      unlearn_item (history, item);
    }
  g_list_store_splice (history->store, 0, n_forgotten, NULL, 0);
  begin_anew (history);
}

static void
add_item (ClawHistory *history, ClawMessageItem *item)
{
  history->bytes += claw_message_item_get_size (item);
  learn_item (history, item);
  g_list_store_append (history->store, item);
  if (count_items (history) > CLAW_HISTORY_ITEMS_MAX || history->bytes > CLAW_HISTORY_BYTES_MAX)
    forget_oldest (history);
}

static void
remove_at (ClawHistory *history, unsigned position)
{
  g_autoptr (ClawMessageItem) item = get_item (history, position);
  unlearn_item (history, item);
  g_list_store_remove (history->store, position);
}

/* @last: (nullable) */
static gboolean
is_same_run (ClawMessageItem *last, ClawMessageItem *item)
{
  return last && claw_message_item_is_message (last)
         && claw_message_item_get_kind (last) == claw_message_item_get_kind (item)
         && g_strcmp0 (claw_message_item_get_sender (last), claw_message_item_get_sender (item))
                == 0
         && ABS (claw_message_item_get_time_us (item) - claw_message_item_get_time_us (last))
                < CLAW_HISTORY_RUN_US;
}

void
claw_history_set_own_key (ClawHistory *history, const uint8_t key[CLAW_PUBLIC_KEY_SIZE])
{
  g_return_if_fail (history != NULL);
  if (history->has_own_key && memcmp (history->own_key, key, CLAW_PUBLIC_KEY_SIZE) == 0)
    return;
  history->has_own_key = TRUE;
  memcpy (history->own_key, key, CLAW_PUBLIC_KEY_SIZE);
  g_hash_table_remove_all (history->by_id);
  for (unsigned i = 0; i < count_items (history); i++)
    {
      g_autoptr (ClawMessageItem) item = get_item (history, i);
      learn_item (history, item);
    }
}

/* Newer lines. */

void
claw_history_add_message (ClawHistory *history, ClawMessage *message, ClawMessageItemKind kind)
{
  g_return_if_fail (history != NULL && message != NULL);
  g_autoptr (ClawMessageItem) item = claw_message_item_new (message, kind);
  gint64 time_us = claw_message_item_get_time_us (item);
  if (claw_time_day_move (&history->day, time_us))
    {
      g_autoptr (ClawMessageItem) day = claw_message_item_new_day (time_us);
      add_item (history, day);
    }
  unsigned n_items = count_items (history);
  g_autoptr (ClawMessageItem) last = n_items > 0 ? get_item (history, n_items - 1) : NULL;
  claw_message_item_set_leads (item, !is_same_run (last, item));
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
claw_history_mark_unread (ClawHistory *history)
{
  g_return_if_fail (history != NULL);
  claw_history_clear_unread (history);
  history->unread = claw_message_item_new_unread ();
  add_item (history, history->unread);
}

void
claw_history_clear_unread (ClawHistory *history)
{
  unsigned position;
  g_return_if_fail (history != NULL);
  if (history->unread && claw_history_get_position (history, history->unread, &position))
    remove_at (history, position);
}

/* Older lines. */

/* Returns: (transfer full): @items that are new to the history, with lines for the days. @day: out:
 * of the last. */
static GPtrArray *
lay_out (ClawHistory *history, GPtrArray *items, ClawTimeDay *day)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_object_unref);
  ClawMessageItem *last = NULL;
  for (unsigned i = 0; i < items->len; i++)
    {
      ClawMessageItem *item = items->pdata[i];
      gint64 time_us = claw_message_item_get_time_us (item);
      if (!learn_item (history, item))
        {
          ClawMessageItem *held = claw_history_find (history, claw_message_item_get_id (item));
          claw_message_item_set_row (held, claw_message_item_get_row (item));
          continue;
        }
      history->bytes += claw_message_item_get_size (item);
      if (claw_time_day_move (day, time_us))
        {
          last = claw_message_item_new_day (time_us);
          g_ptr_array_add (lines, last);
        }
      claw_message_item_set_leads (item, !is_same_run (last, item));
      g_ptr_array_add (lines, g_object_ref (item));
      last = item;
    }
  return lines;
}

/* Drops the oldest of @lines, for which there is no room. */
static void
cut_lines (ClawHistory *history, GPtrArray *lines)
{
  unsigned n_items = count_items (history);
  unsigned n_cut = 0;
  while (n_cut < lines->len
         && (n_items + lines->len - n_cut > CLAW_HISTORY_ITEMS_MAX
             || history->bytes > CLAW_HISTORY_BYTES_MAX))
    unlearn_item (history, lines->pdata[n_cut++]);
  if (n_cut > 0)
    g_ptr_array_remove_range (lines, 0, n_cut);
}

/* The lines that begin at @position were the first ones; now @last, of @day, is ahead of them. */
static void
join (ClawHistory *history, unsigned position, ClawMessageItem *last, const ClawTimeDay *day)
{
  for (unsigned i = position; i < count_items (history); i++)
    {
      g_autoptr (ClawMessageItem) item = get_item (history, i);
      gint64 time_us = claw_message_item_get_time_us (item);
      gboolean is_same_day = time_us >= day->start_us && time_us < day->end_us;
      switch (claw_message_item_get_kind (item))
        {
        case CLAW_MESSAGE_ITEM_NOTICE:
        case CLAW_MESSAGE_ITEM_UNREAD:
          last = NULL;
          break;
        case CLAW_MESSAGE_ITEM_DAY:
          if (!is_same_day)
            return;
          remove_at (history, i--);
          break;
        case CLAW_MESSAGE_ITEM_OWN:
        case CLAW_MESSAGE_ITEM_OTHER:
          claw_message_item_set_leads (item, !is_same_run (last, item));
          return;
        }
    }
}

unsigned
claw_history_prepend (ClawHistory *history, GPtrArray *items)
{
  ClawTimeDay day = { 0 };
  g_return_val_if_fail (history != NULL && items != NULL, 0);
  gboolean was_empty = count_items (history) == 0;
  g_autoptr (GPtrArray) lines = lay_out (history, items, &day);
  cut_lines (history, lines);
  if (lines->len == 0)
    return 0;
  g_list_store_splice (history->store, 0, 0, lines->pdata, lines->len);
  join (history, lines->len, lines->pdata[lines->len - 1], &day);
  /* What is said next goes on with that day. */
  if (was_empty || history->day.end_us == 0)
    history->day = day;
  return lines->len;
}

/* Changes. */

void
claw_history_set_state (ClawHistory *history, ClawMessage *message, ClawMessageState state)
{
  g_return_if_fail (history != NULL && message != NULL);
  const uint8_t *id = claw_message_get_id (message);
  ClawMessageItem *item = g_hash_table_lookup (history->pending, id);
  if (!item)
    return;
  claw_message_item_set_state (item, state);
  update_failed (history, item);
  if (state == CLAW_MESSAGE_DELIVERED)
    g_hash_table_remove (history->pending, id);
}

/* Returns: (transfer none) (nullable): one of ours. */
static ClawMessageItem *
find_own (ClawHistory *history, ClawMessage *message)
{
  uint8_t shared[CLAW_MESSAGE_ID_SIZE];
  if (!history->has_own_key)
    return claw_history_find (history, claw_message_get_id (message));
  claw_message_share_id (claw_message_get_id (message), history->own_key, shared);
  return claw_history_find (history, shared);
}

void
claw_history_set_stuck (ClawHistory *history, gboolean is_stuck)
{
  GHashTableIter iter;
  gpointer item;
  g_return_if_fail (history != NULL);
  history->is_stuck = is_stuck;
  g_hash_table_iter_init (&iter, history->pending);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    update_failed (history, item);
}

void
claw_history_remove (ClawHistory *history, ClawMessage *message)
{
  unsigned position;
  g_return_if_fail (history != NULL && message != NULL);
  ClawMessageItem *item = find_own (history, message);
  if (!item || !claw_history_get_position (history, item, &position))
    return;
  g_autoptr (ClawMessageItem) next = get_item (history, position + 1);
  g_autoptr (ClawMessageItem) before = position > 0 ? get_item (history, position - 1) : NULL;
  if (next && claw_message_item_is_message (next))
    claw_message_item_set_leads (next, !is_same_run (before, next));
  remove_at (history, position);
}

static gboolean
on_free_some (gpointer user_data)
{
  GPtrArray *items = user_data;
  g_ptr_array_set_size (items, (int) (items->len - MIN (items->len, FREE_MAX)));
  return items->len > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* To free a hundred thousand at once would hold up what is shown meanwhile. */
static void
free_later (ClawHistory *history)
{
  unsigned n_items = count_items (history);
  if (n_items == 0)
    return;
  GPtrArray *items = g_ptr_array_new_full (n_items, g_object_unref);
  for (unsigned i = 0; i < n_items; i++)
    g_ptr_array_add (items, get_item (history, i));
  g_idle_add_full (G_PRIORITY_LOW, on_free_some, items, (GDestroyNotify) g_ptr_array_unref);
}

void
claw_history_clear (ClawHistory *history)
{
  g_return_if_fail (history != NULL);
  free_later (history);
  g_hash_table_remove_all (history->by_id);
  g_hash_table_remove_all (history->pending);
  g_clear_object (&history->unread);
  g_list_store_remove_all (history->store);
  history->day = (ClawTimeDay){ 0 };
  history->bytes = 0;
}

/* Queries. */

GListModel *
claw_history_get_model (ClawHistory *history)
{
  g_return_val_if_fail (history != NULL, NULL);
  return G_LIST_MODEL (history->store);
}

const uint8_t *
claw_history_get_own_key (const ClawHistory *history)
{
  g_return_val_if_fail (history != NULL, NULL);
  return history->has_own_key ? history->own_key : NULL;
}

ClawMessageItem *
claw_history_find (ClawHistory *history, const uint8_t id[CLAW_MESSAGE_ID_SIZE])
{
  g_return_val_if_fail (history != NULL, NULL);
  return g_hash_table_lookup (history->by_id, id);
}

ClawMessageItem *
claw_history_get_unread (ClawHistory *history)
{
  g_return_val_if_fail (history != NULL, NULL);
  return history->unread;
}

gint64
claw_history_get_first_row (ClawHistory *history)
{
  g_return_val_if_fail (history != NULL, 0);
  for (unsigned i = 0; i < count_items (history); i++)
    {
      g_autoptr (ClawMessageItem) item = get_item (history, i);
      if (claw_message_item_is_message (item))
        return claw_message_item_get_row (item);
    }
  return 0;
}

gboolean
claw_history_get_position (ClawHistory *history, ClawMessageItem *item, unsigned *position)
{
  g_return_val_if_fail (history != NULL, FALSE);
  return g_list_store_find (history->store, item, position);
}

unsigned
claw_history_count_pending (ClawHistory *history)
{
  g_return_val_if_fail (history != NULL, 0);
  return g_hash_table_size (history->pending);
}
