/* claw-old-matches.c: see claw-old-matches.h. */
#include "claw-old-matches.h"

struct ClawOldMatches
{
  ClawConversation *conversation;
  ClawOldMatchesWanted wanted;
  gpointer user_data;
  ClawArchive *archive;      /* (nullable) */
  GCancellable *cancellable; /* (nullable): while the archive looks */
  char *asked;               /* (nullable): for what it was asked last */
  gint64 target_row;         /* pages are wanted down to it; 0: none */
  gint64 first_row;
};

static void
stop (ClawOldMatches *matches)
{
  if (matches->cancellable)
    g_cancellable_cancel (matches->cancellable);
  g_clear_object (&matches->cancellable);
  g_clear_pointer (&matches->asked, g_free);
  matches->target_row = 0;
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
  /* What the archive takes for a match may be none to the conversation, which folds letters in
   * another way; then the next one is asked for. */
  matches->target_row = 0;
  g_clear_pointer (&matches->asked, g_free);
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
  for (guint i = 0; found && i < found->len; i++)
    {
      const ClawArchivedMessage *archived = found->pdata[i];
      if (archived->row >= matches->first_row)
        continue;
      matches->target_row = archived->row;
      break;
    }
  go_on (matches);
}

static void
on_search_changed (ClawConversation *conversation, gpointer user_data)
{
  ClawOldMatches *matches = user_data;
  const char *text = claw_conversation_get_search_text (conversation);
  unsigned n = 0, present = 0;
  if (matches->asked && g_strcmp0 (text, matches->asked) != 0)
    stop (matches);
  if (!text || !*text || matches->asked || !matches->archive || matches->first_row == 0)
    return;
  if (!claw_conversation_get_search (conversation, &n, &present) || n > 0)
    return;
  matches->asked = g_strdup (text);
  matches->cancellable = g_cancellable_new ();
  claw_archive_search_async (matches->archive, text, matches->cancellable, on_found, matches);
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
  g_signal_connect (conversation, "search-changed", G_CALLBACK (on_search_changed), matches);
  return matches;
}

void
claw_old_matches_free (ClawOldMatches *matches)
{
  if (!matches)
    return;
  stop (matches);
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
claw_old_matches_page_loaded (ClawOldMatches *matches, gint64 first_row)
{
  g_return_if_fail (matches != NULL);
  /* Where a page brings nothing older, there is no more. */
  if (first_row == matches->first_row)
    matches->target_row = 0;
  matches->first_row = first_row;
  go_on (matches);
}
