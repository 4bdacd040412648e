/* test-long-history.c: pages of a very long history, more of it than is held at once, on a display.
 */
#include "claw-page-history.h"
#include "widget-test.h"

#include <glib/gstdio.h>
#include <string.h>

/* Of the longest messages, so that some hundreds are more than is held. */
#define N_HELD (CLAW_HISTORY_BYTES_MAX / CLAW_MESSAGE_TEXT_MAX)
#define N_MESSAGES (N_HELD + 200)

typedef struct
{
  char *directory;
  ClawSavedChat *chat;
  GtkWidget *page;
  ClawConversation *conversation;
  ClawPageHistory *history;
} Fixture;

static ClawMessage *
make (unsigned number)
{
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, ' ');
  g_autofree char *digits = g_strdup_printf ("%u", number);
  uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 1 };
  memcpy (text, digits, strlen (digits));
  memset (text + CLAW_MESSAGE_TEXT_MAX - 1, 'x', 1);
  memcpy (id + 1, &number, sizeof number);
  return claw_message_new_full (id, "anna", g_get_real_time (), text, -1, NULL);
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = claw_archive_flush_finish (CLAW_ARCHIVE (source), result, NULL);
}

/* Until all is done that the archive was given. */
static void
wait_for_archive (ClawArchive *archive)
{
  gboolean is_done = FALSE;
  claw_archive_flush_async (archive, on_flushed, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);
}

static void
fill_archive (Fixture *fixture, const ClawKey *key)
{
  g_autofree char *path = g_build_filename (fixture->directory, CLAW_SAVED_CHAT_ARCHIVE, NULL);
  g_autoptr (ClawArchive) archive = claw_archive_open (path, key, NULL);
  g_assert_nonnull (archive);
  for (unsigned i = 0; i < N_MESSAGES; i++)
    {
      g_autoptr (ClawMessage) message = make (i);
      claw_archive_add (archive, message, FALSE, CLAW_MESSAGE_QUEUED);
    }
  wait_for_archive (archive);
  claw_archive_close (archive);
}

static void
wait_for_page (Fixture *fixture)
{
  wait_for_archive (claw_keeper_get_archive (claw_saved_chat_get_keeper (fixture->chat)));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  ClawKey key = { 0 };
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  claw_key_generate (&key);
  fixture->directory = g_dir_make_tmp ("claw-long-history-XXXXXX", NULL);
  fill_archive (fixture, &key);
  g_autoptr (ClawClient) client = claw_client_new (fixture->directory, "me", 60);
  fixture->chat = claw_saved_chat_new (client, fixture->directory, &key);
  claw_key_clear (&key);
  g_assert_nonnull (claw_saved_chat_get_keeper (fixture->chat));
  fixture->page = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_VERTICAL, 0));
  fixture->conversation = g_object_new (CLAW_TYPE_CONVERSATION, NULL);
  GtkWidget *question = gtk_revealer_new ();
  gtk_box_append (GTK_BOX (fixture->page), question);
  gtk_box_append (GTK_BOX (fixture->page), GTK_WIDGET (fixture->conversation));
  fixture->history = claw_page_history_new (fixture->page, fixture->chat, fixture->conversation,
                                            actions, GTK_REVEALER (question));
  wait_for_page (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_page_history_free (fixture->history);
  g_object_unref (fixture->page);
  g_assert_true (claw_saved_chat_erase (fixture->chat, NULL));
  g_object_unref (fixture->chat);
  g_free (fixture->directory);
}

static void
load_older (Fixture *fixture)
{
  g_signal_emit_by_name (fixture->conversation, "older-wanted");
  wait_for_page (fixture);
}

/* The numbers of the messages that are shown, each of which has to be one more than the one before.
 * Returns: how many there are. */
static unsigned
check_numbers (Fixture *fixture, unsigned *first, unsigned *last)
{
  GtkWidget *list = find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_LIST_VIEW);
  GListModel *model = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)));
  unsigned n = 0;
  for (unsigned i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ClawMessageItem) item = g_list_model_get_item (model, i);
      if (!claw_message_item_is_message (item))
        continue;
      unsigned number = (unsigned) g_ascii_strtoull (claw_message_item_get_text (item), NULL, 10);
      if (n++ > 0)
        g_assert_cmpuint (number, ==, *last + 1);
      else
        *first = number;
      *last = number;
    }
  return n;
}

static void
hear (Fixture *fixture, unsigned number)
{
  g_autoptr (ClawMessage) message = make (number);
  claw_conversation_add_other (fixture->conversation, message);
}

/* When new messages took the place of the oldest, those that are loaded again follow each other
 * without a gap, however often pages were asked for while there was no room. */
static void
test_forgotten (Fixture *fixture, gconstpointer data)
{
  unsigned first = 0;
  unsigned last = 0;
  while (check_numbers (fixture, &first, &last) < N_HELD)
    load_older (fixture);
  load_older (fixture);
  g_assert_cmpuint (check_numbers (fixture, &first, &last), ==, N_HELD);
  hear (fixture, N_MESSAGES);
  g_assert_cmpuint (check_numbers (fixture, &first, &last), <, N_HELD);
  unsigned first_left = first;
  load_older (fixture);
  check_numbers (fixture, &first, &last);
  g_assert_cmpuint (first, <, first_left);
  g_assert_cmpuint (last, ==, N_MESSAGES);
}

/* A page that is under way when the oldest are forgotten would not follow what is left. */
static void
test_forgotten_meanwhile (Fixture *fixture, gconstpointer data)
{
  unsigned first = 0;
  unsigned last = 0;
  load_older (fixture);
  unsigned n = check_numbers (fixture, &first, &last);
  g_assert_cmpuint (n, <, N_HELD);
  g_signal_emit_by_name (fixture->conversation, "older-wanted");
  for (unsigned i = 0; i <= N_HELD - n; i++)
    hear (fixture, N_MESSAGES + i);
  wait_for_page (fixture);
  check_numbers (fixture, &first, &last);
  unsigned first_left = first;
  load_older (fixture);
  check_numbers (fixture, &first, &last);
  g_assert_cmpuint (first, <, first_left);
}

/* Where nothing is left of what was loaded, nothing is put ahead of it: what came between is not
 * held. */
static void
test_all_forgotten (Fixture *fixture, gconstpointer data)
{
  unsigned first = 0;
  unsigned last = 0;
  for (unsigned i = 0; i <= N_HELD; i++)
    hear (fixture, N_MESSAGES + i);
  check_numbers (fixture, &first, &last);
  g_assert_cmpuint (first, >, N_MESSAGES);
  load_older (fixture);
  check_numbers (fixture, &first, &last);
  g_assert_cmpuint (first, >, N_MESSAGES);
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 0;
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/long-history/oldest-forgotten/no-gap", test_forgotten);
  ADD ("/long-history/oldest-forgotten/while-loading", test_forgotten_meanwhile);
  ADD ("/long-history/oldest-forgotten/all", test_all_forgotten);
#undef ADD
  return g_test_run ();
}
