/* test-page-history.c: what a chat's page does with its history: deleting what cannot be deleted,
 * and going back to what was quoted. */
#include "claw-page-history.h"
#include "widget-test.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

typedef struct
{
  char *directory;
  char *path;
  ClawKey key;
  ClawClient *client;
  ClawSavedChat *chat;
  GtkWidget *window;
  GSimpleActionGroup *actions;
  GtkRevealer *question;
  ClawPageHistory *history;
} Fixture;

/* That the disk takes nothing is told in the log as well. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return level & G_LOG_LEVEL_WARNING ? G_LOG_WRITER_HANDLED
                                     : g_log_writer_default (level, fields, n_fields, NULL);
}

/* No file grows any more, as on a full disk. */
static void
set_disk_full (gboolean is_full)
{
  struct rlimit limit;
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = is_full ? 0 : limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static ClawArchive *
open_archive (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  ClawArchive *archive = claw_archive_open (fixture->path, &fixture->key, &error);
  g_assert_no_error (error);
  return archive;
}

static unsigned
count_kept (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawArchive) archive = open_archive (fixture);
  claw_archive_load_async (archive, 0, 10, NULL, on_loaded, &result);
  RUN_UNTIL (result);
  g_autoptr (GPtrArray) page = claw_archive_load_finish (archive, result, &error);
  g_assert_no_error (error);
  claw_archive_close (archive);
  return page->len;
}

static void
add_numbered (ClawArchive *archive, unsigned number, const ClawMessageReply *reply)
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 1 };
  g_autofree char *text = g_strdup_printf ("number %u", number);
  memcpy (id + 1, &number, sizeof number);
  g_autoptr (ClawMessage) message = claw_message_new_with_reply (id, "anna", number + 1, reply,
                                                                 text, -1, NULL);
  claw_archive_add (archive, message, FALSE, CLAW_MESSAGE_DELIVERED);
}

/* More than a page, of which the last answers the first. */
static void
add_answered (ClawArchive *archive)
{
  unsigned n_messages = CLAW_PAGE_HISTORY_FIRST + CLAW_PAGE_HISTORY_PAGE + 10;
  ClawMessageReply reply = { .id = { 1 }, .sender = (char *) "anna", .excerpt = (char *) "said" };
  for (unsigned i = 0; i < n_messages; i++)
    add_numbered (archive, i, i == n_messages - 1 ? &reply : NULL);
}

/* A page of a chat with one message of an earlier run, or with @data with many. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new ("hello", -1, 1, &error);
  claw_key_generate (&fixture->key);
  fixture->directory = g_dir_make_tmp ("claw-page-history-XXXXXX", &error);
  fixture->path = g_build_filename (fixture->directory, CLAW_SAVED_CHAT_ARCHIVE, NULL);
  ClawArchive *archive = open_archive (fixture);
  if (data)
    add_answered (archive);
  else
    claw_archive_add (archive, message, TRUE, CLAW_MESSAGE_DELIVERED);
  claw_archive_close (archive);
  g_object_unref (archive);
  fixture->client = claw_client_new (fixture->directory, "me", 60);
  fixture->chat = claw_saved_chat_new (fixture->client, fixture->directory, &fixture->key);
  fixture->window = gtk_window_new ();
  fixture->actions = g_simple_action_group_new ();
  fixture->question = g_object_ref_sink (GTK_REVEALER (gtk_revealer_new ()));
  GtkWidget *conversation = g_object_new (CLAW_TYPE_CONVERSATION, NULL);
  gtk_window_set_child (GTK_WINDOW (fixture->window), conversation);
  fixture->history = claw_page_history_new (conversation, fixture->chat,
                                            CLAW_CONVERSATION (conversation), fixture->actions,
                                            fixture->question);
  show_window (fixture->window);
  run_for_ms (50);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_clear_pointer (&fixture->history, claw_page_history_free);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  run_for_ms (20);
  g_object_unref (fixture->question);
  g_object_unref (fixture->actions);
  g_object_unref (fixture->chat);
  g_object_unref (fixture->client);
  g_assert_true (claw_archive_erase (fixture->path, &error));
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_key_clear (&fixture->key);
  g_free (fixture->directory);
  g_free (fixture->path);
}

/* The dialog may be a window of its own. */
static gboolean
any_window_says (const char *text)
{
  GListModel *windows = gtk_window_get_toplevels ();
  for (unsigned i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);
      if (says (window, text))
        return TRUE;
    }
  return FALSE;
}

/* Who does not want to keep messages, while the disk takes nothing, is told that they are there
 * still; they go as soon as it does, here at the end of the program. */
static void
test_not_deleted (Fixture *fixture, gconstpointer data)
{
  set_disk_full (TRUE);
  g_action_group_activate_action (G_ACTION_GROUP (fixture->actions), "history-drop", NULL);
  RUN_UNTIL (any_window_says ("Messages Not Deleted Yet"));
  set_disk_full (FALSE);
  claw_saved_chat_shutdown (fixture->chat);
  g_assert_cmpuint (count_kept (fixture), ==, 0);
}

/* A click on what is quoted leads to it also when it is in a page that was not loaded. */
static void
test_quoted (Fixture *fixture, gconstpointer data)
{
  RUN_UNTIL (find_with_class (fixture->window, "quote"));
  g_assert_false (any_window_says ("number 0"));
  g_signal_emit_by_name (find_with_class (fixture->window, "quote"), "clicked");
  RUN_UNTIL (any_window_says ("number 0"));
}

int
main (int argc, char **argv)
{
  signal (SIGXFSZ, SIG_IGN);
  if (!widget_test_init (&argc, &argv))
    return 0;
  claw_secret_init ();
  g_log_set_writer_func (write_log, NULL, NULL);
  g_test_add ("/page-history/full/told-and-deleted-later", Fixture, NULL, set_up, test_not_deleted,
              tear_down);
  g_test_add ("/page-history/quoted/led-there", Fixture, "", set_up, test_quoted, tear_down);
  return g_test_run ();
}
