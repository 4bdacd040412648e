/* claw-old-matches.c: see claw-old-matches.h. */
#include "claw-old-matches.h"

#include "claw-text-match.h"

struct ClawOldMatches
{
  ClawConversation *conversation;
  ClawOldMatchesWanted wanted;
  gpointer user_data;
  ClawOldMatchesChanged changed; /* (nullable) */
  gpointer changed_data;
  ClawArchive *archive;      /* (nullable) */
  GCancellable *cancellable; /* (nullable): while the archive looks */
  char *asked;               /* (nullable): for what it was asked last */
  GArray *rows;              /* gint64, newest first: matches of which it told */
  gboolean is_more;          /* than it told */
  gint64 target_row;         /* pages are wanted down to it; 0: none */
  gboolean steps;            /* to the next older match, once that is there */
  gint64 first_row;
};

static void
tell (ClawOldMatches *matches)
{
  if (matches->changed)
    matches->changed (matches->changed_data);
}

static void
stop (ClawOldMatches *matches)
{
  if (matches->cancellable)
    g_cancellable_cancel (matches->cancellable);
  g_clear_object (&matches->cancellable);
  g_clear_pointer (&matches->asked, g_free);
  g_array_set_size (matches->rows, 0);
  matches->is_more = FALSE;
  matches->target_row = 0;
  matches->steps = FALSE;
}

/* Those at the beginning of the array are loaded by now. */
static unsigned
count_loaded (const ClawOldMatches *matches)
{
  unsigned n = 0;
  while (n < matches->rows->len && g_array_index (matches->rows, gint64, n) >= matches->first_row)
    n++;
  return n;
}

/* The conversation has looked at all that is shown. */
static void
step_when_found (ClawOldMatches *matches)
{
  unsigned n = 0, present = 0;
  if (!matches->steps || matches->target_row != 0
      || !claw_conversation_get_search (matches->conversation, &n, &present))
    return;
  matches->steps = FALSE;
  if (present < n)
    claw_conversation_search_step (matches->conversation, TRUE);
}

static void
go_on (ClawOldMatches *matches)
{
  if (matches->target_row == 0)
    return;
  if (matches->first_row > matches->target_row)
    {
      matches->wanted (matches->user_data);
      return;
    }
  matches->target_row = 0;
  step_when_found (matches);
}

static void
load_next (ClawOldMatches *matches)
{
  unsigned n_loaded = count_loaded (matches);
  if (n_loaded == matches->rows->len || matches->target_row != 0)
    return;
  matches->target_row = g_array_index (matches->rows, gint64, n_loaded);
  go_on (matches);
}

/* What the archive takes for a match may be none to the conversation, which folds letters in
 * another way. */
static gboolean
is_match (const ClawOldMatches *matches, const ClawArchivedMessage *archived)
{
  size_t length = 0, match_length = 0;
  const char *text = claw_message_get_text (archived->message, &length);
  return archived->row < matches->first_row
         && claw_text_match_find (text, length, matches->asked, &match_length);
}

static void
load_when_nothing_shown (ClawOldMatches *matches)
{
  unsigned n = 0, present = 0;
  if (claw_conversation_get_search (matches->conversation, &n, &present) && n == 0)
    load_next (matches);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = claw_archive_search_finish (CLAW_ARCHIVE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  ClawOldMatches *matches = user_data;
  g_clear_object (&matches->cancellable);
  if (error)
    g_warning ("%s", error->message);
  g_array_set_size (matches->rows, 0);
  for (guint i = 0; found && i < found->len; i++)
    {
      const ClawArchivedMessage *archived = found->pdata[i];
      if (is_match (matches, archived))
        g_array_append_val (matches->rows, archived->row);
    }
  matches->is_more = matches->rows->len > 0 && found->len == CLAW_ARCHIVE_SEARCH_MAX;
  if (matches->steps)
    load_next (matches);
  else
    load_when_nothing_shown (matches);
  step_when_found (matches);
  tell (matches);
}

static void
ask (ClawOldMatches *matches)
{
  matches->cancellable = g_cancellable_new ();
  claw_archive_search_below_async (matches->archive, matches->asked, matches->first_row,
                                   matches->cancellable, on_found, matches);
}

static void
on_search_changed (ClawConversation *conversation, gpointer user_data)
{
  ClawOldMatches *matches = user_data;
  const char *text = claw_conversation_get_search_text (conversation);
  if (matches->asked && g_strcmp0 (text, matches->asked) != 0)
    stop (matches);
  if (!matches->asked && text && *text && matches->archive && matches->first_row != 0)
    {
      matches->asked = g_strdup (text);
      ask (matches);
    }
  else if (matches->asked && !matches->cancellable)
    load_when_nothing_shown (matches);
  step_when_found (matches);
  tell (matches);
}

ClawOldMatches *
claw_old_matches_new (ClawConversation *conversation,
                      ClawOldMatchesWanted wanted,
                      gpointer user_data)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation) && wanted != NULL, NULL);
  ClawOldMatches *matches = g_new0 (ClawOldMatches, 1);
  matches->conversation = conversation;
  matches->wanted = wanted;
  matches->user_data = user_data;
  matches->rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_signal_connect (conversation, "search-changed", G_CALLBACK (on_search_changed), matches);
  return matches;
}

void
claw_old_matches_free (ClawOldMatches *matches)
{
  if (!matches)
    return;
  stop (matches);
  g_array_unref (matches->rows);
  g_signal_handlers_disconnect_by_data (matches->conversation, matches);
  g_clear_object (&matches->archive);
  g_free (matches);
}

void
claw_old_matches_set_archive (ClawOldMatches *matches, ClawArchive *archive)
{
  g_return_if_fail (matches != NULL);
  if (archive == matches->archive)
    return;
  stop (matches);
  g_set_object (&matches->archive, archive);
}

void
claw_old_matches_set_changed (ClawOldMatches *matches,
                              ClawOldMatchesChanged changed,
                              gpointer user_data)
{
  g_return_if_fail (matches != NULL);
  matches->changed = changed;
  matches->changed_data = user_data;
}

void
claw_old_matches_page_loaded (ClawOldMatches *matches, gint64 first_row)
{
  g_return_if_fail (matches != NULL);
  /* Where a page brings nothing older, there is no more. */
  if (first_row == matches->first_row)
    {
      claw_old_matches_end (matches);
      return;
    }
  matches->first_row = first_row;
  go_on (matches);
  tell (matches);
}

void
claw_old_matches_end (ClawOldMatches *matches)
{
  g_return_if_fail (matches != NULL);
  g_array_set_size (matches->rows, 0);
  matches->is_more = FALSE;
  matches->target_row = 0;
  step_when_found (matches);
  tell (matches);
}

gboolean
claw_old_matches_load_next (ClawOldMatches *matches)
{
  g_return_val_if_fail (matches != NULL, FALSE);
  if (claw_old_matches_is_busy (matches))
    return TRUE;
  if (count_loaded (matches) == matches->rows->len && !matches->is_more)
    return FALSE;
  matches->steps = TRUE;
  if (count_loaded (matches) < matches->rows->len)
    load_next (matches);
  else
    ask (matches);
  tell (matches);
  return TRUE;
}

unsigned
claw_old_matches_count (const ClawOldMatches *matches, gboolean *is_more)
{
  g_return_val_if_fail (matches != NULL, 0);
  *is_more = matches->is_more;
  return matches->rows->len - count_loaded (matches);
}

gboolean
claw_old_matches_is_busy (const ClawOldMatches *matches)
{
  g_return_val_if_fail (matches != NULL, FALSE);
  return matches->cancellable || matches->target_row != 0 || matches->steps;
}
