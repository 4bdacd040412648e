/* test-chat-panic.c: what compromised keys leave of a chat whose messages are kept.
 *
 * Nothing sleeps: the main context runs until what is expected has happened.
 */
#include "claw-chat-panic.h"
#include "claw-file.h"
#include "claw-saved-chats.h"
#include "claw-store.h"
#include "claw-test-chat.h"
#include "../support/test-support.h"
#include "../support/test-warnings.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  ClawTestChat peer;
  ClawKey key;
  char *chats_directory;
  ClawSavedChats *chats;
  ClawSavedChat *chat; /* (nullable): opened last */
  GAsyncResult *result;
} Fixture;

static void
make_chats (Fixture *fixture)
{
  ClawSavedChatsOptions options = { .name = "anna", .timeout_s = 60 };
  fixture->chats = claw_saved_chats_new (fixture->chats_directory, &options);
  claw_saved_chats_set_key (fixture->chats, &fixture->key);
  claw_saved_chats_load (fixture->chats);
}

static void
end_chats (Fixture *fixture)
{
  g_clear_object (&fixture->chat);
  claw_saved_chats_shutdown (fixture->chats);
  wait_for_end_of_threads ("claw-network");
  g_assert_finalize_object (fixture->chats);
}

static unsigned
count_chats (Fixture *fixture)
{
  return g_list_model_get_n_items (G_LIST_MODEL (fixture->chats));
}

static unsigned
count_directories (const Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->chats_directory, 0, NULL);
  unsigned n = 0;
  while (dir && g_dir_read_name (dir))
    n++;
  return n;
}

static void
restart (Fixture *fixture)
{
  end_chats (fixture);
  make_chats (fixture);
  if (count_chats (fixture) > 0)
    fixture->chat = g_list_model_get_item (G_LIST_MODEL (fixture->chats), 0);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ((Fixture *) user_data)->result = g_object_ref (result);
}

static void
wait_for_result (Fixture *fixture)
{
  RUN_UNTIL (fixture->result);
}

/* With a fresh file, since each is good once. */
static void
connect_chat (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  claw_test_chat_renew_file (&fixture->peer);
  claw_test_server_accept_file (&fixture->peer.server);
  claw_saved_chats_open_file_async (fixture->chats, fixture->peer.sec, fixture->peer.key,
                                    CLAW_CLIENT_OPEN_DEFAULT, NULL, on_done, fixture);
  wait_for_result (fixture);
  g_clear_object (&fixture->chat);
  fixture->chat = claw_saved_chats_open_file_finish (fixture->chats, fixture->result, &error);
  g_clear_object (&fixture->result);
  g_assert_no_error (error);
  RUN_UNTIL (claw_saved_chat_get_state (fixture->chat) == CLAW_CLIENT_CONNECTED);
}

/* Connected, with one message of the server's. */
static void
fixture_init (Fixture *fixture)
{
  memset (fixture, 0, sizeof *fixture);
  claw_key_generate (&fixture->key);
  claw_test_chat_init (&fixture->peer);
  fixture->chats_directory = g_build_filename (fixture->peer.directory, "chats", NULL);
  make_chats (fixture);
  connect_chat (fixture);
  claw_test_server_send (&fixture->peer.server, "Berta", "kept");
  RUN_UNTIL (claw_saved_chat_get_preview (fixture->chat) != NULL);
}

static void
fixture_clear (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  if (fixture->chat && count_chats (fixture) > 0)
    claw_saved_chats_forget (fixture->chats, fixture->chat, &error);
  g_assert_no_error (error);
  end_chats (fixture);
  g_assert_cmpuint (count_directories (fixture), ==, 0);
  g_remove (fixture->peer.sec);
  g_rmdir (fixture->chats_directory);
  g_assert_cmpint (g_rmdir (fixture->peer.directory), ==, 0);
  claw_test_chat_clear (&fixture->peer);
  claw_key_clear (&fixture->key);
  g_free (fixture->chats_directory);
}

static gboolean
has_file (Fixture *fixture, const char *name)
{
  const char *directory = claw_saved_chat_get_directory (fixture->chat);
  g_autofree char *path = g_build_filename (directory, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
assert_no_keys (Fixture *fixture)
{
  g_assert_false (claw_store_has_pairings (claw_saved_chat_get_directory (fixture->chat)));
  g_assert_false (has_file (fixture, CLAW_STORE_IDENTITY));
}

/* What the archive has, oldest first, in a line. */
static char *
list_messages (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GString *line = g_string_new (NULL);
  ClawArchive *archive = claw_keeper_get_archive (claw_saved_chat_get_keeper (fixture->chat));
  claw_archive_load_async (archive, 0, 100, NULL, on_done, fixture);
  wait_for_result (fixture);
  g_autoptr (GPtrArray) page = claw_archive_load_finish (archive, fixture->result, &error);
  g_clear_object (&fixture->result);
  g_assert_no_error (error);
  for (guint i = 0; i < page->len; i++)
    {
      const ClawArchivedMessage *archived = page->pdata[i];
      g_string_append_printf (line, "%s;", claw_message_get_text (archived->message, NULL));
    }
  return g_string_free (line, FALSE);
}

static void
assert_messages (Fixture *fixture, const char *expected)
{
  g_autofree char *line = list_messages (fixture);
  g_assert_cmpstr (line, ==, expected);
}

static void
assert_over (Fixture *fixture)
{
  RUN_UNTIL (claw_saved_chat_get_preview (fixture->chat) != NULL);
  g_assert_cmpstr (claw_saved_chat_get_preview (fixture->chat), ==, "Berta: kept");
  ClawArchive *archive = claw_keeper_get_archive (claw_saved_chat_get_keeper (fixture->chat));
  g_autoptr (GPtrArray) queued = claw_archive_get_queued (archive);
  g_assert_true (claw_chat_panic_is_over (fixture->chat));
  g_assert_true (claw_saved_chat_get_is_saved (fixture->chat));
  g_assert_true (claw_saved_chat_is_about_compromise (claw_saved_chat_get_error (fixture->chat)));
  g_assert_cmpstr (claw_saved_chat_get_title (fixture->chat), ==, "Test Server");
  g_assert_cmpuint (queued->len, ==, 0);
  assert_no_keys (fixture);
  assert_messages (fixture, "kept;");
}

/* Who keeps the messages can read them, also after a restart, and nothing that was not delivered is
 * left; a new file of the same server goes on in the same chat. */
static void
test_keeps (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (fixture.chat));
  g_assert_true (claw_chat_panic_may_keep (fixture.chat));
  g_autoptr (ClawMessage) message = claw_saved_chat_send (fixture.chat, NULL, "not delivered",
                                                          &error);
  g_assert_nonnull (message);
  claw_saved_chat_set_draft (fixture.chat, "not sent");
  claw_chat_panic_begin (fixture.chat, TRUE);
  RUN_UNTIL (claw_saved_chat_get_state (fixture.chat) == CLAW_CLIENT_FAILED);
  assert_over (&fixture);
  g_assert_cmpstr (claw_saved_chat_get_draft (fixture.chat), ==, "");
  restart (&fixture);
  assert_over (&fixture);
  claw_saved_chats_resume (fixture.chats);
  g_assert_cmpint (claw_saved_chat_get_state (fixture.chat), ==, CLAW_CLIENT_IDLE);
  connect_chat (&fixture);
  g_assert_cmpstr (claw_saved_chat_get_id (fixture.chat), ==, id);
  g_assert_false (claw_chat_panic_is_over (fixture.chat));
  g_assert_false (has_file (&fixture, CLAW_CHAT_PANIC_NOTE));
  assert_messages (&fixture, "kept;");
  restart (&fixture);
  g_assert_false (claw_chat_panic_is_over (fixture.chat));
  g_assert_true (claw_store_has_pairings (claw_saved_chat_get_directory (fixture.chat)));
  fixture_clear (&fixture);
}

/* Who does not leaves nothing on the disk. */
static void
test_erases (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  claw_chat_panic_begin (fixture.chat, FALSE);
  g_assert_true (has_file (&fixture, CLAW_CHAT_PANIC_NOTE));
  RUN_UNTIL (claw_saved_chat_get_state (fixture.chat) == CLAW_CLIENT_FAILED);
  g_assert_false (claw_chat_panic_is_over (fixture.chat));
  g_assert_false (claw_saved_chat_get_is_saved (fixture.chat));
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  connect_chat (&fixture);
  g_assert_true (claw_saved_chat_get_is_saved (fixture.chat));
  fixture_clear (&fixture);
}

static gboolean
keep_busy (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
on_message (unsigned *n_messages)
{
  (*n_messages)++;
}

/* What had come by then, and was not told yet, is not told any more; who keeps the messages keeps
 * it. */
static void
test_late_message (gconstpointer data)
{
  Fixture fixture;
  gboolean keeps = GPOINTER_TO_INT (data);
  unsigned n_messages = 0;
  fixture_init (&fixture);
  unsigned busy = g_idle_add_full (G_PRIORITY_HIGH_IDLE, keep_busy, NULL, NULL);
  g_signal_connect_swapped (fixture.chats, "message", G_CALLBACK (on_message), &n_messages);
  claw_test_server_send (&fixture.peer.server, "Berta", "late");
  RUN_UNTIL (claw_chat_get_outbox (fixture.peer.server.chat, NULL) == 0);
  claw_chat_panic_begin (fixture.chat, keeps);
  g_source_remove (busy);
  RUN_UNTIL (claw_saved_chat_get_state (fixture.chat) == CLAW_CLIENT_FAILED);
  g_assert_cmpuint (n_messages, ==, keeps ? 1 : 0);
  if (keeps)
    assert_messages (&fixture, "kept;late;");
  else
    g_assert_null (claw_saved_chat_get_preview (fixture.chat));
  fixture_clear (&fixture);
}

/* Messages that cannot be erased do not come back at the next start: they go then. Who comes in
 * with a new file before that keeps what is new. */
static void
test_stuck (gconstpointer data)
{
  Fixture fixture;
  gboolean comes_back = GPOINTER_TO_INT (data);
  fixture_init (&fixture);
  g_autofree char *stuck = g_build_filename (claw_saved_chat_get_directory (fixture.chat),
                                             CLAW_SAVED_CHAT_ARCHIVE "-stuck", NULL);
  g_assert_cmpint (g_mkdir (stuck, 0700), ==, 0);
  is_warning_expected = TRUE;
  claw_chat_panic_begin (fixture.chat, FALSE);
  RUN_UNTIL (claw_saved_chat_get_state (fixture.chat) == CLAW_CLIENT_FAILED);
  is_warning_expected = FALSE;
  g_assert_false (claw_saved_chat_get_is_saved (fixture.chat));
  g_assert_true (has_file (&fixture, CLAW_CHAT_PANIC_NOTE));
  if (comes_back)
    {
      connect_chat (&fixture);
      g_assert_false (has_file (&fixture, CLAW_CHAT_PANIC_NOTE));
    }
  restart (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, comes_back ? 1 : 0);
  g_assert_cmpuint (count_directories (&fixture), ==, comes_back ? 1 : 0);
  fixture_clear (&fixture);
}

/* What could not be erased does not come back in the same run either, not even with a new file of
 * the same server: that begins with nothing. */
static void
test_remains (gconstpointer data)
{
  Fixture fixture;
  gboolean is_stuck_for_good = GPOINTER_TO_INT (data);
  char *content = NULL;
  size_t length = 0;
  fixture_init (&fixture);
  assert_messages (&fixture, "kept;");
  /* So that it is all in the one file. */
  claw_keeper_close (claw_saved_chat_get_keeper (fixture.chat));
  g_autofree char *path = g_build_filename (claw_saved_chat_get_directory (fixture.chat),
                                            CLAW_SAVED_CHAT_ARCHIVE, NULL);
  g_autofree char *stuck = g_strconcat (path, "-stuck", NULL);
  g_autofree char *forgotten = g_strconcat (claw_saved_chat_get_directory (fixture.chat),
                                            CLAW_SAVED_CHAT_FORGOTTEN_SUFFIX, NULL);
  g_autofree char *in_the_way = g_build_filename (forgotten, "in-the-way", NULL);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpint (g_mkdir (stuck, 0700), ==, 0);
  is_warning_expected = TRUE;
  claw_chat_panic_begin (fixture.chat, FALSE);
  RUN_UNTIL (claw_saved_chat_get_state (fixture.chat) == CLAW_CLIENT_FAILED);
  is_warning_expected = FALSE;
  /* As if the disk had not let go of it. */
  g_assert_true (claw_file_write (path, content, length, NULL));
  g_free (content);
  if (is_stuck_for_good)
    g_assert_cmpint (g_mkdir_with_parents (in_the_way, 0700), ==, 0);
  connect_chat (&fixture);
  assert_messages (&fixture, "");
  g_assert_null (claw_saved_chat_get_preview (fixture.chat));
  claw_test_server_send (&fixture.peer.server, "Berta", "new");
  RUN_UNTIL (claw_saved_chat_get_preview (fixture.chat) != NULL);
  restart (&fixture);
  g_assert_cmpuint (count_directories (&fixture), ==, 1);
  assert_messages (&fixture, "new;");
  fixture_clear (&fixture);
}

static void
tell (Fixture *fixture)
{
  claw_connection_compromise (fixture->peer.server.connection);
  claw_pump_kick (fixture->peer.server.pump);
  RUN_UNTIL (claw_saved_chat_is_about_compromise (claw_saved_chat_get_error (fixture->chat)));
}

/* Whom the server tells keeps the messages, and can erase them then, and after a restart. */
static void
test_told (gconstpointer data)
{
  Fixture fixture;
  gboolean is_after_restart = GPOINTER_TO_INT (data);
  fixture_init (&fixture);
  tell (&fixture);
  assert_over (&fixture);
  if (is_after_restart)
    restart (&fixture);
  claw_chat_panic_erase_messages (fixture.chat);
  g_assert_false (claw_chat_panic_is_over (fixture.chat));
  g_assert_false (claw_saved_chat_get_is_saved (fixture.chat));
  g_assert_true (claw_saved_chat_is_about_compromise (claw_saved_chat_get_error (fixture.chat)));
  g_assert_null (claw_saved_chat_get_preview (fixture.chat));
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

/* Where no messages are kept, there is nothing to be asked and nothing left. */
static void
test_no_history (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  claw_keeper_set_history (claw_saved_chat_get_keeper (fixture.chat), FALSE);
  claw_keeper_clear_async (claw_saved_chat_get_keeper (fixture.chat), on_done, &fixture);
  wait_for_result (&fixture);
  g_clear_object (&fixture.result);
  g_assert_false (claw_chat_panic_may_keep (fixture.chat));
  restart (&fixture);
  /* Until it is known, there may be something. */
  g_assert_true (claw_chat_panic_may_keep (fixture.chat));
  RUN_UNTIL (!claw_chat_panic_may_keep (fixture.chat));
  claw_chat_panic_begin (fixture.chat, TRUE);
  RUN_UNTIL (claw_saved_chat_get_state (fixture.chat) == CLAW_CLIENT_FAILED);
  g_assert_false (claw_chat_panic_is_over (fixture.chat));
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

/* What was kept in this run stays too, after the user has switched the history off. */
static void
test_switched_off (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  claw_keeper_set_history (claw_saved_chat_get_keeper (fixture.chat), FALSE);
  g_assert_true (claw_chat_panic_may_keep (fixture.chat));
  tell (&fixture);
  assert_over (&fixture);
  fixture_clear (&fixture);
}

/* Begins anew while another program uses the archive. Returns: (transfer full): that program's */
static ClawArchive *
restart_busy (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (claw_saved_chat_get_directory (fixture->chat),
                                            CLAW_SAVED_CHAT_ARCHIVE, NULL);
  end_chats (fixture);
  ClawArchive *other = claw_archive_open (path, &fixture->key, &error);
  g_assert_no_error (error);
  is_warning_expected = TRUE;
  make_chats (fixture);
  is_warning_expected = FALSE;
  fixture->chat = g_list_model_get_item (G_LIST_MODEL (fixture->chats), 0);
  g_assert_true (claw_saved_chat_get_is_locked (fixture->chat));
  return other;
}

/* A chat whose archive cannot be opened does not connect, by itself or with a new file, until it
 * can; so no server can tell it to leave nothing of what it could not read. */
static void
test_busy (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_autoptr (ClawArchive) other = restart_busy (&fixture);
  claw_saved_chats_resume (fixture.chats);
  g_assert_error (claw_saved_chat_get_error (fixture.chat), CLAW_ARCHIVE_ERROR,
                  CLAW_ARCHIVE_ERROR_BUSY);
  g_assert_false (claw_saved_chat_get_is_opening (fixture.chat));
  claw_test_chat_renew_file (&fixture.peer);
  claw_saved_chats_open_file_async (fixture.chats, fixture.peer.sec, fixture.peer.key,
                                    CLAW_CLIENT_OPEN_DEFAULT, NULL, on_done, &fixture);
  wait_for_result (&fixture);
  g_assert_null (claw_saved_chats_open_file_finish (fixture.chats, fixture.result, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_BUSY);
  g_clear_object (&fixture.result);
  g_assert_cmpint (claw_saved_chat_get_state (fixture.chat), ==, CLAW_CLIENT_IDLE);
  claw_archive_close (other);
  claw_test_server_accept_pairing (&fixture.peer.server);
  claw_saved_chat_reconnect (fixture.chat);
  g_assert_false (claw_saved_chat_get_is_locked (fixture.chat));
  RUN_UNTIL (claw_saved_chat_get_state (fixture.chat) == CLAW_CLIENT_CONNECTED);
  assert_messages (&fixture, "kept;");
  fixture_clear (&fixture);
}

/* Whoever panics meanwhile is asked as well, and finds the messages when they can be read again. */
static void
test_busy_asked (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (ClawArchive) other = restart_busy (&fixture);
  g_assert_true (claw_chat_panic_may_keep (fixture.chat));
  claw_chat_panic_begin (fixture.chat, TRUE);
  RUN_UNTIL (claw_saved_chat_get_state (fixture.chat) == CLAW_CLIENT_FAILED);
  g_assert_true (claw_chat_panic_is_over (fixture.chat));
  assert_no_keys (&fixture);
  claw_archive_close (other);
  restart (&fixture);
  g_assert_true (claw_chat_panic_is_over (fixture.chat));
  assert_messages (&fixture, "kept;");
  fixture_clear (&fixture);
}

static const struct
{
  const char *note;
  gboolean keeps_chat;
  gboolean keeps_keys;
} killed[] = {
  { "erase\n", FALSE, FALSE },
  { "keep\n", TRUE, FALSE },
  { "not a note, and rather long", TRUE, FALSE }, /* no message is erased by mistake, keys are */
  { "kept\n", TRUE, TRUE },                       /* of a new file: the chat goes on */
};

/* A program that was killed before it had erased anything does it when it starts. */
static void
test_killed (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (killed); i++)
    {
      Fixture fixture;
      g_autoptr (GError) error = NULL;
      fixture_init (&fixture);
      g_autofree char *path = g_build_filename (claw_saved_chat_get_directory (fixture.chat),
                                                CLAW_CHAT_PANIC_NOTE, NULL);
      claw_file_write (path, killed[i].note, strlen (killed[i].note), &error);
      g_assert_no_error (error);
      restart (&fixture);
      g_assert_cmpuint (count_chats (&fixture), ==, killed[i].keeps_chat ? 1 : 0);
      if (killed[i].keeps_chat)
        {
          g_assert_cmpint (claw_chat_panic_is_over (fixture.chat), ==, !killed[i].keeps_keys);
          assert_messages (&fixture, "kept;");
          if (!killed[i].keeps_keys)
            assert_no_keys (&fixture);
        }
      fixture_clear (&fixture);
    }
}

/* What the engine does, which may be all before the program is killed. */
typedef enum
{
  KILLED_BEFORE_ERASING, /* it is noted */
  KILLED_AFTER_ERASING,
  REVOKED, /* the pairing is erased and nothing else */
} Killed;

static void
erase_as_engine (Fixture *fixture, Killed how)
{
  g_autoptr (GError) error = NULL;
  gboolean is_over = FALSE;
  const char *directory = claw_saved_chat_get_directory (fixture->chat);
  g_autofree char *note = g_build_filename (directory, CLAW_STORE_COMPROMISED, NULL);
  const uint8_t *server_key = g_bytes_get_data (claw_saved_chat_get_server_key (fixture->chat),
                                                NULL);
  g_autoptr (ClawStore) store = claw_store_open (directory, &fixture->key, &error);
  g_assert_no_error (error);
  if (how == KILLED_BEFORE_ERASING)
    claw_file_write (note, "\n", 1, &error);
  else if (how == REVOKED)
    claw_store_forget_pairing (store, server_key, &error);
  else
    g_assert_true (claw_store_compromise (store, server_key, &is_over, &error) && is_over);
  g_assert_no_error (error);
}

/* Whom the server told, and who was killed before this side of the program had heard of it, sends
 * nothing later of what was not delivered, and has no draft any more. One that was revoked has
 * both.
 */
static void
test_told_killed (gconstpointer data)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  Killed how = GPOINTER_TO_UINT (data);
  g_autoptr (ClawMessage) message = claw_message_new ("not delivered", -1, 1, &error);
  fixture_init (&fixture);
  restart (&fixture);
  claw_keeper_add_own (claw_saved_chat_get_keeper (fixture.chat), message);
  claw_saved_chat_set_draft (fixture.chat, "not sent");
  claw_saved_chat_shutdown (fixture.chat);
  wait_for_end_of_threads ("claw-network");
  erase_as_engine (&fixture, how);
  for (unsigned i = 0; i < 2; i++)
    {
      restart (&fixture);
      GPtrArray *queued = claw_keeper_get_queued (claw_saved_chat_get_keeper (fixture.chat));
      g_assert_cmpint (claw_chat_panic_is_over (fixture.chat), ==, how != REVOKED);
      RUN_UNTIL (claw_saved_chat_get_preview (fixture.chat) != NULL);
      g_assert_cmpstr (claw_saved_chat_get_preview (fixture.chat), ==,
                       how == REVOKED ? "You: not delivered" : "Berta: kept");
      g_assert_cmpuint (queued->len, ==, how == REVOKED ? 1 : 0);
      g_assert_cmpstr (claw_saved_chat_get_draft (fixture.chat), ==,
                       how == REVOKED ? "not sent" : "");
      g_assert_cmpint (has_file (&fixture, CLAW_STORE_IDENTITY), ==, how == REVOKED);
      g_assert_cmpint (has_file (&fixture, CLAW_CHAT_PANIC_NOTE), ==, how != REVOKED);
      g_assert_false (claw_store_has_pairings (claw_saved_chat_get_directory (fixture.chat)));
      assert_messages (&fixture, how == REVOKED ? "kept;not delivered;" : "kept;");
    }
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  allow_expected_warnings ();
  g_test_add_func ("/chat-panic/asked/keeps", test_keeps);
  g_test_add_func ("/chat-panic/asked/erases", test_erases);
  g_test_add_data_func ("/chat-panic/late-message/erased", GINT_TO_POINTER (FALSE),
                        test_late_message);
  g_test_add_data_func ("/chat-panic/late-message/kept", GINT_TO_POINTER (TRUE), test_late_message);
  g_test_add_data_func ("/chat-panic/stuck/erases-after-restart", GINT_TO_POINTER (FALSE),
                        test_stuck);
  g_test_add_data_func ("/chat-panic/stuck/new-file", GINT_TO_POINTER (TRUE), test_stuck);
  g_test_add_data_func ("/chat-panic/stuck/remains", GINT_TO_POINTER (FALSE), test_remains);
  g_test_add_data_func ("/chat-panic/stuck/remains-twice", GINT_TO_POINTER (TRUE), test_remains);
  g_test_add_data_func ("/chat-panic/told/erases-later", GINT_TO_POINTER (FALSE), test_told);
  g_test_add_data_func ("/chat-panic/told/erases-after-restart", GINT_TO_POINTER (TRUE), test_told);
  g_test_add_func ("/chat-panic/no-history/leaves-nothing", test_no_history);
  g_test_add_func ("/chat-panic/switched-off/keeps", test_switched_off);
  g_test_add_func ("/chat-panic/busy/does-not-connect", test_busy);
  g_test_add_func ("/chat-panic/busy/asked", test_busy_asked);
  g_test_add_func ("/chat-panic/killed/goes-on", test_killed);
  g_test_add_data_func ("/chat-panic/killed/told-and-noted",
                        GUINT_TO_POINTER (KILLED_BEFORE_ERASING), test_told_killed);
  g_test_add_data_func ("/chat-panic/killed/told-and-erased",
                        GUINT_TO_POINTER (KILLED_AFTER_ERASING), test_told_killed);
  g_test_add_data_func ("/chat-panic/killed/revoked", GUINT_TO_POINTER (REVOKED), test_told_killed);
  return g_test_run ();
}
