/* claw-history-search.c: see claw-history-search.h. */
#include "claw-history-search.h"

#include "claw-text-match.h"

#define SLICE_US 4000
/* Between looks at the clock. */
#define SLICE_ITEMS 64

struct ClawHistorySearch
{
  ClawHistory *history;
  GListModel *model; /* its */
  ClawHistorySearchChanged changed;
  gpointer user_data;

  char *folded;       /* (nullable) */
  GPtrArray *matches; /* of ClawMessageItem, newest first */
  unsigned present;   /* from 1; 0: none */
  unsigned left;      /* items not looked at yet: those before this position */
  unsigned idle;
};

static gboolean
matches (ClawHistorySearch *search, ClawMessageItem *item)
{
  size_t match_length;
  return claw_message_item_is_message (item)
         && claw_text_match_find (claw_message_item_get_text (item),
                                  claw_message_item_get_size (item), search->folded, &match_length);
}

static gboolean
on_idle (gpointer user_data)
{
  ClawHistorySearch *search = user_data;
  gint64 end_us = g_get_monotonic_time () + SLICE_US;
  while (search->left > 0 && g_get_monotonic_time () < end_us)
    for (unsigned i = 0; i < SLICE_ITEMS && search->left > 0; i++)
      {
        g_autoptr (ClawMessageItem) item = g_list_model_get_item (search->model, --search->left);
        if (matches (search, item))
          g_ptr_array_add (search->matches, g_steal_pointer (&item));
      }
  gboolean goes_on = search->left > 0;
  if (!goes_on)
    search->idle = 0;
  search->changed (search->user_data);
  return goes_on;
}

static void
stop (ClawHistorySearch *search)
{
  g_clear_handle_id (&search->idle, g_source_remove);
  search->left = 0;
}

static void
begin (ClawHistorySearch *search)
{
  stop (search);
  g_ptr_array_set_size (search->matches, 0);
  search->present = 0;
  if (!search->folded)
    return;
  search->left = g_list_model_get_n_items (search->model);
  if (search->left > 0)
    search->idle = g_idle_add (on_idle, search);
}

static void
look_at_new (ClawHistorySearch *search, unsigned position, unsigned n_added)
{
  for (unsigned i = position; i < position + n_added; i++)
    {
      g_autoptr (ClawMessageItem) item = g_list_model_get_item (search->model, i);
      if (!matches (search, item))
        continue;
      g_ptr_array_insert (search->matches, 0, g_steal_pointer (&item));
      if (search->present > 0)
        search->present++;
    }
}

/* They are older than all others, and looked at after them. */
static void
look_at_older (ClawHistorySearch *search, unsigned n_added)
{
  search->left += n_added;
  if (search->idle == 0)
    search->idle = g_idle_add (on_idle, search);
}

/* What is gone may have been a match. */
static void
forget_removed (ClawHistorySearch *search, unsigned position, unsigned n_removed)
{
  if (position < search->left)
    search->left -= MIN (n_removed, search->left - position);
  for (unsigned i = search->matches->len; i > 0; i--)
    {
      ClawMessageItem *item = search->matches->pdata[i - 1];
      if (claw_history_find (search->history, claw_message_item_get_id (item)) == item)
        continue;
      g_ptr_array_remove_index (search->matches, i - 1);
      if (i < search->present)
        search->present--;
    }
  search->present = MIN (search->present, search->matches->len);
}

static void
on_items_changed (GListModel *model,
                  unsigned position,
                  unsigned n_removed,
                  unsigned n_added,
                  ClawHistorySearch *search)
{
  if (!search->folded)
    return;
  if (n_removed == 0 && position + n_added == g_list_model_get_n_items (model))
    look_at_new (search, position, n_added);
  else if (n_removed == 0 && position == 0)
    look_at_older (search, n_added);
  else if (n_added == 0)
    forget_removed (search, position, n_removed);
  else
    begin (search);
  search->changed (search->user_data);
}

ClawHistorySearch *
claw_history_search_new (ClawHistory *history, ClawHistorySearchChanged changed, gpointer user_data)
{
  ClawHistorySearch *search = g_new0 (ClawHistorySearch, 1);
  search->history = history;
  search->model = g_object_ref (claw_history_get_model (history));
  search->changed = changed;
  search->user_data = user_data;
  search->matches = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (search->model, "items-changed", G_CALLBACK (on_items_changed), search);
  return search;
}

void
claw_history_search_free (ClawHistorySearch *search)
{
  if (!search)
    return;
  stop (search);
  g_signal_handlers_disconnect_by_data (search->model, search);
  g_object_unref (search->model);
  g_ptr_array_unref (search->matches);
  g_free (search->folded);
  g_free (search);
}

void
claw_history_search_set_text (ClawHistorySearch *search, const char *text)
{
  g_return_if_fail (search != NULL);
  g_autofree char *folded = text ? claw_text_match_fold (text) : NULL;
  if (g_strcmp0 (folded, search->folded) == 0)
    return;
  g_free (search->folded);
  search->folded = g_steal_pointer (&folded);
  begin (search);
  search->changed (search->user_data);
}

ClawMessageItem *
claw_history_search_step (ClawHistorySearch *search, gboolean to_older)
{
  g_return_val_if_fail (search != NULL, NULL);
  unsigned n = search->matches->len;
  if (n == 0)
    return NULL;
  if (to_older)
    search->present = search->present < n ? search->present + 1 : 1;
  else
    search->present = search->present > 1 ? search->present - 1 : n;
  search->changed (search->user_data);
  return search->matches->pdata[search->present - 1];
}

const char *
claw_history_search_get_folded (ClawHistorySearch *search)
{
  g_return_val_if_fail (search != NULL, NULL);
  return search->folded;
}

unsigned
claw_history_search_count (ClawHistorySearch *search)
{
  g_return_val_if_fail (search != NULL, 0);
  return search->matches->len;
}

unsigned
claw_history_search_get_present (ClawHistorySearch *search)
{
  g_return_val_if_fail (search != NULL, 0);
  return search->present;
}

gboolean
claw_history_search_is_complete (ClawHistorySearch *search)
{
  g_return_val_if_fail (search != NULL, TRUE);
  return search->left == 0;
}
