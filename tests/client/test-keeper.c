/* test-keeper.c: what of a chat is kept in its archive.
 *
 * The client is one that never connects; what it would tell of is told for it.
 */
#include "claw-keeper.h"

#include "claw-archive-db.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *directory;
  char *path;
  ClawKey key;
  ClawClient *client;
  ClawKeeper *keeper;
  unsigned loaded;
  unsigned warnings;
  unsigned changes;     /* of the error */
  GAsyncResult *result; /* (nullable) */
} Fixture;

static Fixture *present;

static GLogWriterOutput
count_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if (!(level & G_LOG_LEVEL_WARNING))
    return g_log_writer_default (level, fields, n_fields, NULL);
  present->warnings++;
  return G_LOG_WRITER_HANDLED;
}

static void
on_loaded (Fixture *fixture)
{
  fixture->loaded++;
}

/* The last messages are being read. */
static void
begin_keeper (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  fixture->keeper = claw_keeper_new (fixture->client, fixture->path, &fixture->key, &error);
  g_assert_no_error (error);
  fixture->loaded = 0;
  g_signal_connect_swapped (fixture->keeper, "loaded", G_CALLBACK (on_loaded), fixture);
}

/* Waits until the last messages are known. */
static void
open_keeper (Fixture *fixture)
{
  begin_keeper (fixture);
  while (fixture->loaded == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
close_keeper (Fixture *fixture)
{
  claw_keeper_close (fixture->keeper);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->keeper);
  fixture->keeper = NULL;
}

static void
reopen (Fixture *fixture)
{
  close_keeper (fixture);
  open_keeper (fixture);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture->directory = g_dir_make_tmp ("claw-keeper-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "chat.sqlite", NULL);
  fixture->client = claw_client_new (fixture->directory, "me", 60);
  claw_key_generate (&fixture->key);
  present = fixture;
  open_keeper (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  if (fixture->keeper)
    close_keeper (fixture);
  claw_archive_erase (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_finalize_object (fixture->client);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_key_clear (&fixture->key);
  g_clear_object (&fixture->result);
  g_free (fixture->path);
  g_free (fixture->directory);
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_set_object (&((Fixture *) user_data)->result, result);
}

/* Returns: (transfer full): the history, oldest first */
static GPtrArray *
load (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->result);
  claw_archive_load_async (claw_keeper_get_archive (fixture->keeper), 0, 1000, NULL, on_done,
                           fixture);
  while (!fixture->result)
    g_main_context_iteration (NULL, TRUE);
  GPtrArray *page = claw_archive_load_finish (claw_keeper_get_archive (fixture->keeper),
                                              fixture->result, &error);
  g_assert_no_error (error);
  return page;
}

static unsigned
count_history (Fixture *fixture)
{
  g_autoptr (GPtrArray) page = load (fixture);
  return page->len;
}

/* Returns: (transfer full): as it comes from another member. */
static ClawMessage *
receive (Fixture *fixture, const char *text)
{
  g_autoptr (ClawMessage) random = claw_message_new (text, -1, 0, NULL);
  ClawMessage *message = claw_message_new_full (claw_message_get_id (random), "ben", 1, text, -1,
                                                NULL);
  g_signal_emit_by_name (fixture->client, "message", message);
  return message;
}

/* Returns: (transfer full): one of ours, in the state in which send () gives it. */
static ClawMessage *
send (Fixture *fixture, const char *text)
{
  ClawMessage *message = claw_message_new (text, -1, 1, NULL);
  claw_keeper_add_own (fixture->keeper, message);
  return message;
}

static void
tell_state (Fixture *fixture, ClawMessage *message, ClawMessageState state)
{
  g_signal_emit_by_name (fixture->client, "message-state", message, (unsigned) state);
}

static const ClawArchivedMessage *
get (const GPtrArray *page, unsigned i)
{
  return page->pdata[i];
}

/* Both sides of a conversation are kept in order, ours with their states, and the last of them is
 * known when the program begins again. */
static void
test_conversation (Fixture *fixture, gconstpointer data)
{
  g_assert_null (claw_keeper_get_last (fixture->keeper));
  g_autoptr (ClawMessage) other = receive (fixture, "hello");
  g_autoptr (ClawMessage) own = send (fixture, "hello yourself");
  tell_state (fixture, own, CLAW_MESSAGE_SENT);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_false (get (page, 0)->is_own);
  g_assert_cmpstr (claw_message_get_sender (get (page, 0)->message), ==, "ben");
  g_assert_true (get (page, 1)->is_own);
  g_assert_cmpint (get (page, 1)->state, ==, CLAW_MESSAGE_SENT);
  const ClawArchivedMessage *last = claw_keeper_get_last (fixture->keeper);
  g_assert_cmpstr (claw_message_get_text (last->message, NULL), ==, "hello yourself");
}

/* A message that the server sends once more is known as one of an earlier run; one of this run is
 * not, which the client itself sees to. */
static void
test_known (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = receive (fixture, "hello");
  g_assert_false (claw_keeper_knows (fixture->keeper, message));
  reopen (fixture);
  g_assert_true (claw_keeper_knows (fixture->keeper, message));
  g_signal_emit_by_name (fixture->client, "message", message);
  g_assert_cmpuint (count_history (fixture), ==, 1);
  g_autoptr (ClawMessage) another = receive (fixture, "hello");
  g_assert_false (claw_keeper_knows (fixture->keeper, another));
}

/* As many are known as are promised, and not one more. */
static void
test_known_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) first = receive (fixture, "first");
  g_autoptr (ClawMessage) second = receive (fixture, "second");
  for (unsigned i = 1; i < CLAW_KEEPER_KNOWN; i++)
    claw_message_unref (receive (fixture, "more"));
  reopen (fixture);
  g_assert_true (claw_keeper_knows (fixture->keeper, second));
  g_assert_false (claw_keeper_knows (fixture->keeper, first));
}

/* A server that heard nothing of a full outbox sends it again, and a full one of ours may have been
 * written since: all of it is known. */
static void
test_known_outbox (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func (
      (GDestroyNotify) claw_message_unref);
  for (unsigned i = 0; i < CLAW_CHAT_OUTBOX_MESSAGES_MAX; i++)
    g_ptr_array_add (messages, receive (fixture, "not confirmed"));
  for (unsigned i = 0; i < CLAW_CHAT_OUTBOX_MESSAGES_MAX; i++)
    claw_message_unref (send (fixture, "not delivered"));
  reopen (fixture);
  for (guint i = 0; i < messages->len; i++)
    g_assert_true (claw_keeper_knows (fixture->keeper, messages->pdata[i]));
  const ClawArchivedMessage *last = claw_keeper_get_last (fixture->keeper);
  g_assert_cmpstr (claw_message_get_text (last->message, NULL), ==, "not delivered");
  g_assert_true (last->is_own);
}

/* What is not delivered is there in the next run; what is delivered or taken back is not, and what
 * was taken back leaves the history too. */
static void
test_outbox (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) delivered = send (fixture, "delivered");
  g_autoptr (ClawMessage) sent = send (fixture, "sent");
  g_autoptr (ClawMessage) cancelled = send (fixture, "cancelled");
  tell_state (fixture, delivered, CLAW_MESSAGE_SENT);
  tell_state (fixture, delivered, CLAW_MESSAGE_DELIVERED);
  tell_state (fixture, sent, CLAW_MESSAGE_SENT);
  g_signal_emit_by_name (fixture->client, "message-cancelled", cancelled);
  reopen (fixture);
  GPtrArray *queued = claw_keeper_get_queued (fixture->keeper);
  g_assert_cmpuint (queued->len, ==, 1);
  g_assert_cmpstr (claw_message_get_text (queued->pdata[0], NULL), ==, "sent");
  g_assert_cmpuint (count_history (fixture), ==, 2);
}

/* A client that cannot take what earlier runs did not deliver is asked once, and nothing is lost.
 */
static void
test_queue (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = send (fixture, "waits");
  reopen (fixture);
  claw_keeper_queue (fixture->keeper);
  g_assert_cmpuint (fixture->warnings, ==, 1);
  claw_keeper_queue (fixture->keeper);
  g_assert_cmpuint (fixture->warnings, ==, 1);
  reopen (fixture);
  g_assert_cmpuint (claw_keeper_get_queued (fixture->keeper)->len, ==, 1);
}

static void
count (unsigned *n)
{
  (*n)++;
}

/* One that the client was not given, or did not take, is taken back here and never comes again; one
 * that is the client's is left to it. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  unsigned n_cancelled = 0;
  g_autoptr (ClawMessage) first = send (fixture, "before it was asked");
  g_autoptr (ClawMessage) second = send (fixture, "when it was refused");
  g_autoptr (ClawMessage) third = send (fixture, "goes on");
  reopen (fixture);
  g_autoptr (ClawMessage) new = send (fixture, "of this run");
  g_signal_connect_swapped (fixture->client, "message-cancelled", G_CALLBACK (count), &n_cancelled);
  g_assert_true (claw_keeper_cancel (fixture->keeper, first));
  g_assert_false (claw_keeper_cancel (fixture->keeper, first));
  g_assert_false (claw_keeper_cancel (fixture->keeper, new));
  claw_keeper_queue (fixture->keeper);
  g_assert_cmpuint (fixture->warnings, ==, 2);
  g_assert_true (claw_keeper_cancel (fixture->keeper, second));
  g_assert_cmpuint (n_cancelled, ==, 2);
  g_assert_cmpuint (claw_keeper_get_queued (fixture->keeper)->len, ==, 1);
  g_signal_handlers_disconnect_by_data (fixture->client, &n_cancelled);
  reopen (fixture);
  GPtrArray *queued = claw_keeper_get_queued (fixture->keeper);
  g_assert_cmpuint (queued->len, ==, 2);
  g_assert_cmpstr (claw_message_get_text (queued->pdata[0], NULL), ==, "goes on");
  g_assert_cmpuint (count_history (fixture), ==, 2);
}

/* Puts a message into the closed archive, as it was kept some days ago. */
static void
add_old (Fixture *fixture, const char *text, gint64 days)
{
  g_autoptr (GError) error = NULL;
  gint64 row = 0;
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, 1, NULL);
  g_autoptr (ClawArchiveDb) db = claw_archive_db_open (fixture->path, &fixture->key, &error);
  g_assert_no_error (error);
  g_assert_true (claw_archive_db_get_next_row (db, &row, &error));
  g_autoptr (ClawArchivedMessage) archived = claw_archived_message_new (
      row, g_get_real_time () - days * 24 * 60 * 60 * G_USEC_PER_SEC, message, TRUE,
      CLAW_MESSAGE_DELIVERED);
  g_assert_true (claw_archive_db_add (db, archived, &error));
}

typedef enum
{
  EXPIRED,
  CLEARED,
  TAKEN_BACK,
} Removal;

static void
remove_last (Fixture *fixture, Removal how, ClawMessage *last)
{
  switch (how)
    {
    case EXPIRED:
      claw_keeper_set_retention (fixture->keeper, 1);
      break;
    case CLEARED:
      claw_keeper_clear_async (fixture->keeper, on_done, fixture);
      break;
    case TAKEN_BACK:
      g_assert_true (claw_keeper_cancel (fixture->keeper, last));
      break;
    }
}

/* What is removed while the last messages are being read is not the last message any more, and one
 * of this run is not yet. */
static void
test_removed_while_loading (Fixture *fixture, gconstpointer data)
{
  static const Removal all[] = { EXPIRED, CLEARED, TAKEN_BACK };
  for (size_t i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autoptr (ClawMessage) last = all[i] == EXPIRED ? NULL : send (fixture, "last");
      close_keeper (fixture);
      if (all[i] == EXPIRED)
        add_old (fixture, "last", 8);
      begin_keeper (fixture);
      remove_last (fixture, all[i], last);
      g_autoptr (ClawMessage) new = receive (fixture, "new");
      while (fixture->loaded == 0)
        g_main_context_iteration (NULL, TRUE);
      const ClawArchivedMessage *found = claw_keeper_get_last (fixture->keeper);
      g_assert_cmpstr (found ? claw_message_get_text (found->message, NULL) : NULL, ==,
                       all[i] == TAKEN_BACK ? "new" : NULL);
      g_assert_cmpuint (fixture->loaded, ==, 1);
    }
}

/* Without a history nothing is added to it, but what waits to be delivered is kept all the same;
 * what the user says counts, and before that the default. */
static void
test_history (Fixture *fixture, gconstpointer data)
{
  g_assert_true (claw_keeper_get_history (fixture->keeper));
  g_assert_false (claw_keeper_is_history_decided (fixture->keeper));
  claw_keeper_set_history_default (fixture->keeper, FALSE);
  g_assert_false (claw_keeper_get_history (fixture->keeper));
  g_autoptr (ClawMessage) other = receive (fixture, "not kept");
  g_autoptr (ClawMessage) own = send (fixture, "to be delivered");
  g_assert_cmpuint (count_history (fixture), ==, 0);
  reopen (fixture);
  g_assert_cmpuint (claw_keeper_get_queued (fixture->keeper)->len, ==, 1);
  claw_keeper_set_history (fixture->keeper, FALSE);
  reopen (fixture);
  g_assert_true (claw_keeper_is_history_decided (fixture->keeper));
  g_assert_false (claw_keeper_get_history (fixture->keeper));
  claw_keeper_set_history (fixture->keeper, TRUE);
  claw_keeper_set_history_default (fixture->keeper, FALSE);
  g_autoptr (ClawMessage) kept = receive (fixture, "kept");
  g_assert_cmpuint (count_history (fixture), ==, 1);
}

/* Messages stay for as many days as are set; none of today's go. */
static void
test_retention (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (claw_keeper_get_retention (fixture->keeper), ==, 0);
  g_autoptr (ClawMessage) message = receive (fixture, "of today");
  claw_keeper_set_retention (fixture->keeper, 1);
  g_assert_cmpuint (count_history (fixture), ==, 1);
  reopen (fixture);
  g_assert_cmpuint (claw_keeper_get_retention (fixture->keeper), ==, 1);
  g_assert_cmpuint (count_history (fixture), ==, 1);
  claw_keeper_set_retention (fixture->keeper, G_MAXUINT);
  g_assert_cmpuint (count_history (fixture), ==, 1);
}

/* Older ones go when the days are set, and when the program begins. */
static void
test_expired (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 2; i++)
    {
      close_keeper (fixture);
      add_old (fixture, "of last week", 8);
      add_old (fixture, "of yesterday", 1);
      open_keeper (fixture);
      if (i == 0)
        {
          g_assert_cmpuint (count_history (fixture), ==, 2);
          claw_keeper_set_retention (fixture->keeper, 7);
        }
      g_autoptr (GPtrArray) page = load (fixture);
      g_assert_cmpuint (page->len, ==, 1);
      g_assert_cmpstr (claw_message_get_text (get (page, 0)->message, NULL), ==, "of yesterday");
      claw_archive_remove (claw_keeper_get_archive (fixture->keeper), get (page, 0)->message);
    }
}

static void
tell_fault (Fixture *fixture, ClawArchiveError code, const char *text)
{
  g_autoptr (GError) error = g_error_new_literal (CLAW_ARCHIVE_ERROR, code, text);
  g_signal_emit_by_name (claw_keeper_get_archive (fixture->keeper), "error", error);
}

static void
assert_error (Fixture *fixture, const char *text, unsigned changes)
{
  const GError *error = claw_keeper_get_error (fixture->keeper);
  g_assert_cmpstr (error ? error->message : NULL, ==, text);
  g_assert_cmpuint (fixture->changes, ==, changes);
}

static void
on_error_changed (Fixture *fixture)
{
  fixture->changes++;
}

/* What is not kept is told until it is, or the user has read it; what was lost does not come back,
 * and stands behind it until then. */
static void
test_error (Fixture *fixture, gconstpointer data)
{
  ClawArchive *archive = claw_keeper_get_archive (fixture->keeper);
  g_signal_connect_swapped (fixture->keeper, "error-changed", G_CALLBACK (on_error_changed),
                            fixture);
  assert_error (fixture, NULL, 0);
  tell_fault (fixture, CLAW_ARCHIVE_ERROR_FULL, "full");
  assert_error (fixture, "full", 1);
  g_signal_emit_by_name (archive, "recovered");
  assert_error (fixture, NULL, 2);
  tell_fault (fixture, CLAW_ARCHIVE_ERROR_DAMAGED, "damaged");
  tell_fault (fixture, CLAW_ARCHIVE_ERROR_FULL, "full");
  assert_error (fixture, "full", 4);
  claw_keeper_dismiss_error (fixture->keeper);
  assert_error (fixture, "damaged", 5);
  g_signal_emit_by_name (archive, "recovered");
  assert_error (fixture, "damaged", 6);
  claw_keeper_dismiss_error (fixture->keeper);
  assert_error (fixture, NULL, 7);
}

/* A file that is none is moved aside, which is told, and another one is begun; of another key's
 * nothing is touched. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) other = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *aside = g_strconcat (fixture->path, CLAW_ARCHIVE_DAMAGED_SUFFIX "1", NULL);
  g_autofree char *noise = g_strnfill (20000, 'x');
  g_autoptr (ClawMessage) message = receive (fixture, "hello");
  close_keeper (fixture);
  claw_key_generate (&other);
  g_assert_null (claw_keeper_new (fixture->client, fixture->path, &other, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_KEY);
  open_keeper (fixture);
  g_assert_cmpuint (count_history (fixture), ==, 1);
  close_keeper (fixture);
  g_assert_true (g_file_set_contents (fixture->path, noise, -1, NULL));
  g_assert_cmpuint (fixture->warnings, ==, 0);
  open_keeper (fixture);
  g_assert_cmpuint (fixture->warnings, ==, 1);
  g_assert_error (claw_keeper_get_error (fixture->keeper), CLAW_ARCHIVE_ERROR,
                  CLAW_ARCHIVE_ERROR_DAMAGED);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_history (fixture), ==, 0);
}

/* After destroy () no file is left, and what the client tells later is not kept. */
static void
test_destroy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = receive (fixture, "hello");
  g_assert_true (claw_keeper_destroy (fixture->keeper, &error));
  g_assert_no_error (error);
  g_autoptr (ClawMessage) later = receive (fixture, "too late");
  g_autoptr (ClawMessage) own = send (fixture, "too late as well");
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_log_set_writer_func (count_warning, NULL, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/keeper/conversation/kept", test_conversation);
  ADD ("/keeper/twice/known", test_known);
  ADD ("/keeper/twice/limit", test_known_limit);
  ADD ("/keeper/twice/full-outboxes", test_known_outbox);
  ADD ("/keeper/outbox/what-waits", test_outbox);
  ADD ("/keeper/outbox/queued-once", test_queue);
  ADD ("/keeper/outbox/taken-back", test_cancel);
  ADD ("/keeper/removed/while-loading", test_removed_while_loading);
  ADD ("/keeper/history/off", test_history);
  ADD ("/keeper/retention/days", test_retention);
  ADD ("/keeper/retention/expired", test_expired);
  ADD ("/keeper/error/until-it-works", test_error);
  ADD ("/keeper/damaged/moved-aside", test_damaged);
  ADD ("/keeper/destroy/nothing-left", test_destroy);
  return g_test_run ();
}
