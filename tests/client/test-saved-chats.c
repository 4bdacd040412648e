/* test-saved-chats.c: several chats at a time, against small servers in the same process.
 *
 * Nothing sleeps: the main context runs until what is expected has happened.
 */
#include "claw-chat-panic.h"
#include "claw-saved-chats.h"

#include "claw-archive.h"
#include "claw-preview.h"
#include "claw-saved-chat-private.h"
#include "claw-store.h"
#include "claw-test-chat.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_SERVERS 2
#define N_BACKLOG 100 /* fewer than a mailbox holds */

typedef struct
{
  ClawTestChat peers[N_SERVERS];
  ClawKey store_key; /* empty: none */
  char *directory;
  char *chats_directory;
  ClawSavedChats *chats;
  unsigned n_messages;
  gboolean is_done;
  ClawSavedChat *opened; /* (nullable) */
  GError *error;
} Fixture;

static gboolean is_warning_expected;

/* Warnings that a test is about do not end it. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return is_warning_expected && level & G_LOG_LEVEL_WARNING
             ? G_LOG_WRITER_HANDLED
             : g_log_writer_default (level, fields, n_fields, NULL);
}

static void
on_message (Fixture *fixture)
{
  fixture->n_messages++;
}

static void
make_chats (Fixture *fixture)
{
  ClawSavedChatsOptions options = { .name = "wished", .timeout_s = 60 };
  fixture->chats = claw_saved_chats_new (fixture->chats_directory, &options);
  g_signal_connect_swapped (fixture->chats, "message", G_CALLBACK (on_message), fixture);
  if (claw_key_is_set (&fixture->store_key))
    claw_saved_chats_set_key (fixture->chats, &fixture->store_key);
  claw_saved_chats_load (fixture->chats);
}

static void
end_chats (Fixture *fixture)
{
  g_clear_object (&fixture->opened);
  claw_saved_chats_shutdown (fixture->chats);
  g_assert_finalize_object (fixture->chats);
  fixture->chats = NULL;
}

static void
fixture_init (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  memset (fixture, 0, sizeof *fixture);
  claw_key_generate (&fixture->store_key);
  fixture->directory = g_dir_make_tmp ("claw-saved-chats-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->chats_directory = g_build_filename (fixture->directory, "chats", NULL);
  for (unsigned i = 0; i < N_SERVERS; i++)
    claw_test_chat_init (&fixture->peers[i]);
  make_chats (fixture);
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

static ClawSavedChat *
get_chat (Fixture *fixture, unsigned position)
{
  g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (fixture->chats), position);
  return chat;
}

static unsigned
count_chats (Fixture *fixture)
{
  return g_list_model_get_n_items (G_LIST_MODEL (fixture->chats));
}

/* Forgets all chats, so that nothing may be left on the disk. */
static void
fixture_clear (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->opened);
  while (count_chats (fixture) > 0)
    {
      claw_saved_chats_forget (fixture->chats, get_chat (fixture, 0), &error);
      g_assert_no_error (error);
    }
  end_chats (fixture);
  g_assert_cmpuint (count_directories (fixture), ==, 0);
  for (unsigned i = 0; i < N_SERVERS; i++)
    claw_test_chat_clear (&fixture->peers[i]);
  g_rmdir (fixture->chats_directory);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_key_clear (&fixture->store_key);
  g_clear_error (&fixture->error);
  g_free (fixture->directory);
  g_free (fixture->chats_directory);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  fixture->opened = claw_saved_chats_open_file_finish (CLAW_SAVED_CHATS (source), result,
                                                       &fixture->error);
  fixture->is_done = TRUE;
}

static void
open_file (Fixture *fixture, unsigned i, ClawBootstrapKey *key)
{
  fixture->is_done = FALSE;
  g_clear_object (&fixture->opened);
  g_clear_error (&fixture->error);
  claw_saved_chats_open_file_async (fixture->chats, fixture->peers[i].sec, key,
                                    CLAW_CLIENT_OPEN_DEFAULT, NULL, on_opened, fixture);
  RUN_UNTIL (fixture->is_done);
}

/* With a fresh file, since each is good once. Returns: (transfer none) */
static ClawSavedChat *
connect_to (Fixture *fixture, unsigned i)
{
  claw_test_chat_renew_file (&fixture->peers[i]);
  claw_test_server_accept_file (&fixture->peers[i].server);
  open_file (fixture, i, fixture->peers[i].key);
  g_assert_no_error (fixture->error);
  ClawSavedChat *chat = fixture->opened;
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_CONNECTED);
  return chat;
}

/* Two servers are two chats, whose directories and identities have nothing in common. */
static void
test_two_servers (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  ClawSavedChat *first = connect_to (&fixture, 0);
  ClawSavedChat *second = connect_to (&fixture, 1);
  g_assert_cmpuint (count_chats (&fixture), ==, 2);
  g_assert_true (get_chat (&fixture, 0) == second);
  g_assert_true (get_chat (&fixture, 1) == first);
  g_assert_cmpint (claw_saved_chat_get_state (first), ==, CLAW_CLIENT_CONNECTED);
  g_assert_true (claw_saved_chat_get_is_saved (first));
  g_assert_cmpuint (strlen (claw_saved_chat_get_id (first)), ==, CLAW_SAVED_CHATS_ID_LENGTH);
  g_assert_true (claw_saved_chats_find_by_id (fixture.chats, claw_saved_chat_get_id (first))
                 == first);
  g_assert_true (claw_saved_chats_find_by_server_key (fixture.chats,
                                                      fixture.peers[0].server.identity.public_key)
                 == first);
  g_assert_cmpuint (count_directories (&fixture), ==, 2);
  g_assert_cmpint (memcmp (fixture.peers[0].server.client_key, fixture.peers[1].server.client_key,
                           CLAW_PUBLIC_KEY_SIZE),
                   !=, 0);
  fixture_clear (&fixture);
}

/* Another file of a server that is known opens in its chat; while that is connected it needs none.
 */
static void
test_known_server (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  open_file (&fixture, 0, fixture.peers[0].key);
  g_assert_true (fixture.opened == chat);
  g_assert_cmpint (claw_saved_chat_get_state (chat), ==, CLAW_CLIENT_CONNECTED);
  RUN_UNTIL (fixture.peers[0].server.connection);
  g_assert_cmpuint (fixture.peers[0].server.sessions, ==, 1);
  claw_saved_chat_disconnect (chat);
  g_assert_true (connect_to (&fixture, 0) == chat);
  RUN_UNTIL (fixture.peers[0].server.sessions == 2);
  g_assert_cmpuint (count_chats (&fixture), ==, 1);
  fixture_clear (&fixture);
}

/* A file that cannot be opened makes no chat, and says why. */
static void
test_wrong_files (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (ClawBootstrapKey) wrong = claw_bootstrap_key_generate ();
  open_file (&fixture, 0, wrong);
  g_assert_error (fixture.error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY);
  claw_test_chat_write_file (&fixture.peers[0], -600);
  open_file (&fixture, 0, fixture.peers[0].key);
  g_assert_error (fixture.error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_EXPIRED);
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

/* An opening that never came to a session leaves nothing, however the program ended. */
static void
test_never_connected (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  open_file (&fixture, 0, fixture.peers[0].key);
  g_assert_no_error (fixture.error);
  g_assert_cmpint (claw_saved_chat_get_state (fixture.opened), ==, CLAW_CLIENT_KNOCKING);
  g_assert_false (claw_saved_chat_get_is_saved (fixture.opened));
  g_assert_cmpstr (claw_saved_chat_get_title (fixture.opened), ==, "Name in the File");
  g_assert_cmpuint (count_directories (&fixture), ==, 1);
  end_chats (&fixture);
  g_assert_cmpuint (count_directories (&fixture), ==, 0);

  /* What a crash would leave. */
  g_autofree char *id = g_strnfill (CLAW_SAVED_CHATS_ID_LENGTH, 'a');
  g_autofree char *path = g_build_filename (fixture.chats_directory, id, NULL);
  g_autofree char *identity = g_build_filename (path, "identity.key", NULL);
  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_assert_true (g_file_set_contents (identity, "secret", -1, NULL));
  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

/* A message shows in the list, counts as unread unless it is seen, and brings its chat to the top.
 */
static void
test_messages (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  ClawSavedChat *first = connect_to (&fixture, 0);
  ClawSavedChat *second = connect_to (&fixture, 1);
  claw_saved_chat_set_is_in_view (second, TRUE);
  claw_test_server_send (&fixture.peers[0].server, "ben", " hi\n\tthere ");
  RUN_UNTIL (fixture.n_messages == 1);
  g_assert_cmpstr (claw_saved_chat_get_preview (first), ==, "ben: hi there ");
  g_assert_cmpuint (claw_saved_chat_get_unread (first), ==, 1);
  g_assert_cmpint (claw_saved_chat_get_preview_time_us (first), >, 0);
  g_assert_true (get_chat (&fixture, 0) == first);
  claw_test_server_send (&fixture.peers[1].server, "ben", "seen");
  RUN_UNTIL (fixture.n_messages == 2);
  g_assert_cmpuint (claw_saved_chat_get_unread (second), ==, 0);
  g_assert_cmpuint (claw_saved_chats_count_unread (fixture.chats), ==, 1);
  g_assert_true (get_chat (&fixture, 0) == second);
  claw_saved_chat_set_is_in_view (first, TRUE);
  g_assert_cmpuint (claw_saved_chats_count_unread (fixture.chats), ==, 0);

  g_autofree char *longest = g_strnfill (CLAW_PREVIEW_MAX + 1, 'x');
  g_autoptr (ClawMessage) message = claw_saved_chat_send (first, NULL, longest, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture.n_messages, ==, 3);
  g_assert_true (g_str_has_prefix (claw_saved_chat_get_preview (first), "You: xxx"));
  g_assert_cmpuint (strlen (claw_saved_chat_get_preview (first)), ==,
                    strlen ("You: ") + CLAW_PREVIEW_MAX);
  g_assert_true (get_chat (&fixture, 0) == first);

  claw_saved_chat_forget_preview (first);
  g_assert_null (claw_saved_chat_get_preview (first));
  g_assert_cmpint (claw_saved_chat_get_preview_time_us (first), ==, 0);
  g_assert_true (get_chat (&fixture, 0) == first);
  fixture_clear (&fixture);
}

static void
assert_preview (ClawSavedChat *chat, const char *preview)
{
  g_assert_cmpstr (claw_saved_chat_get_preview (chat), ==, preview);
}

static void
send_text (ClawSavedChat *chat, const char *text, ClawMessage **message)
{
  g_autoptr (GError) error = NULL;
  *message = claw_saved_chat_send (chat, NULL, text, &error);
  g_assert_no_error (error);
}

/* Of a message that is taken back before it was sent nothing shows; the one before it does, if need
 * be of an earlier run. */
static void
test_taken_back (void)
{
  Fixture fixture;
  g_autoptr (ClawMessage) first = NULL;
  g_autoptr (ClawMessage) second = NULL;
  g_autoptr (ClawMessage) third = NULL;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  claw_test_server_send (&fixture.peers[0].server, "ben", "earlier");
  RUN_UNTIL (fixture.n_messages == 1);
  claw_test_server_refuse_all (&fixture.peers[0].server);
  claw_saved_chat_disconnect (chat);
  claw_saved_chat_resume (chat);
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_KNOCKING);
  send_text (chat, "first", &first);
  send_text (chat, "second", &second);
  claw_saved_chat_cancel (chat, second);
  RUN_UNTIL (g_strcmp0 (claw_saved_chat_get_preview (chat), "You: second") != 0);
  assert_preview (chat, "You: first");
  claw_saved_chat_cancel (chat, first);
  RUN_UNTIL (g_strcmp0 (claw_saved_chat_get_preview (chat), "You: first") != 0);
  assert_preview (chat, "ben: earlier");

  send_text (chat, "third", &third);
  end_chats (&fixture);
  make_chats (&fixture);
  chat = get_chat (&fixture, 0);
  RUN_UNTIL (claw_saved_chat_get_preview (chat) != NULL);
  assert_preview (chat, "You: third");
  claw_saved_chat_resume (chat);
  /* From then on it waits in the client. */
  RUN_UNTIL (!claw_saved_chat_get_is_opening (chat));
  claw_saved_chat_cancel (chat, third);
  RUN_UNTIL (g_strcmp0 (claw_saved_chat_get_preview (chat), "ben: earlier") == 0);
  fixture_clear (&fixture);
}

/* What a kill at this moment leaves of the draft, and how many messages wait. */
static void
assert_kept (ClawSavedChat *chat, const char *draft, unsigned n_queued)
{
  ClawArchive *archive = claw_keeper_get_archive (claw_saved_chat_get_keeper (chat));
  g_autoptr (GVariant) kept = claw_archive_get_setting (archive, "draft", G_VARIANT_TYPE_STRING);
  g_autoptr (GPtrArray) queued = claw_archive_get_queued (archive);
  g_assert_cmpstr (kept ? g_variant_get_string (kept, NULL) : "", ==, draft);
  g_assert_cmpuint (queued->len, ==, n_queued);
}

static void
on_cancelled (ClawMessage **cancelled, ClawMessage *message)
{
  g_assert_null (*cancelled);
  *cancelled = claw_message_ref (message);
}

/* What an earlier run has sent is not taken back, since others may have it: neither before the chat
 * comes back nor afterwards, and where no history is kept as well. */
static void
test_sent_by_earlier_run (void)
{
  Fixture fixture;
  g_autoptr (ClawMessage) sent = NULL;
  g_autoptr (ClawMessage) waiting = NULL;
  g_autoptr (ClawMessage) cancelled = NULL;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  claw_keeper_set_history (claw_saved_chat_get_keeper (chat), FALSE);
  claw_test_server_refuse_all (&fixture.peers[0].server);
  claw_saved_chat_disconnect (chat);
  claw_saved_chat_resume (chat);
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_KNOCKING);
  send_text (chat, "sent", &sent);
  send_text (chat, "waiting", &waiting);
  g_signal_emit_by_name (claw_saved_chat_get_client (chat), "message-state", sent,
                         (unsigned) CLAW_MESSAGE_SENT);
  end_chats (&fixture);
  make_chats (&fixture);
  chat = get_chat (&fixture, 0);
  g_signal_connect_swapped (claw_saved_chat_get_client (chat), "message-cancelled",
                            G_CALLBACK (on_cancelled), &cancelled);
  claw_saved_chat_cancel (chat, sent);
  claw_saved_chat_resume (chat);
  RUN_UNTIL (!claw_saved_chat_get_is_opening (chat));
  claw_saved_chat_cancel (chat, sent);
  claw_saved_chat_cancel (chat, waiting);
  RUN_UNTIL (cancelled);
  g_assert_cmpstr (claw_message_get_text (cancelled, NULL), ==, "waiting");
  assert_kept (chat, "", 1);
  fixture_clear (&fixture);
}

/* As the window does it when a message is taken back to be edited. */
static void
put_into_draft (ClawSavedChat *chat, ClawMessage *message)
{
  claw_saved_chat_set_draft (chat, claw_message_get_text (message, NULL));
}

static void
on_preview (ClawSavedChat *chat, GParamSpec *pspec, gboolean *is_told)
{
  assert_kept (chat, "to be edited", 1);
  *is_told = TRUE;
}

/* A program that is killed loses no message that is being edited, for its text is kept in the draft
 * before it leaves the outbox; and what was sent is not found in the draft again. */
static void
test_draft_kept (void)
{
  Fixture fixture;
  gboolean is_told = FALSE;
  g_autoptr (ClawMessage) message = NULL;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  claw_test_server_refuse_all (&fixture.peers[0].server);
  claw_saved_chat_disconnect (chat);
  claw_saved_chat_resume (chat);
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_KNOCKING);
  send_text (chat, "to be edited", &message);
  g_signal_connect_object (claw_saved_chat_get_client (chat), "message-cancelled",
                           G_CALLBACK (put_into_draft), chat, G_CONNECT_SWAPPED);
  g_signal_connect (chat, "notify::preview", G_CALLBACK (on_preview), &is_told);
  claw_client_cancel_message (claw_saved_chat_get_client (chat), message);
  RUN_UNTIL (is_told);
  g_signal_handlers_disconnect_by_data (chat, &is_told);
  assert_kept (chat, "to be edited", 0);
  g_clear_pointer (&message, claw_message_unref);
  send_text (chat, "to be edited", &message);
  claw_saved_chat_set_draft (chat, "");
  assert_kept (chat, "", 1);
  fixture_clear (&fixture);
}

/* Further up in a chat that is in view new messages are unread until its end is seen; the end alone
 * is not seen while nobody looks. */
static void
test_scrolled_up (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  claw_saved_chat_set_is_in_view (chat, TRUE);
  claw_saved_chat_set_is_at_end (chat, FALSE);
  claw_test_server_send (&fixture.peers[0].server, "ben", "one");
  RUN_UNTIL (fixture.n_messages == 1);
  g_assert_cmpuint (claw_saved_chat_get_unread (chat), ==, 1);
  claw_saved_chat_set_is_in_view (chat, FALSE);
  claw_saved_chat_set_is_in_view (chat, TRUE);
  g_assert_cmpuint (claw_saved_chat_get_unread (chat), ==, 1);
  claw_saved_chat_set_is_in_view (chat, FALSE);
  claw_saved_chat_set_is_at_end (chat, TRUE);
  g_assert_cmpuint (claw_saved_chat_get_unread (chat), ==, 1);
  claw_saved_chat_set_is_at_end (chat, FALSE);
  claw_saved_chat_set_is_in_view (chat, TRUE);
  claw_saved_chat_set_is_at_end (chat, TRUE);
  g_assert_cmpuint (claw_saved_chat_get_unread (chat), ==, 0);
  fixture_clear (&fixture);
}

/* What changes reaches the chats that are there, connected or not, and those to come. */
static void
test_settings (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *connected = connect_to (&fixture, 0);
  ClawSavedChat *waiting = claw_saved_chats_add (fixture.chats);
  claw_saved_chats_set_name (fixture.chats, "ada");
  claw_saved_chats_set_nat_detection (fixture.chats, TRUE);
  claw_saved_chats_set_timeout (fixture.chats, 5);
  claw_saved_chats_set_stun_servers (fixture.chats, (const char *const[]){ NULL });
  ClawClient *client = claw_saved_chat_get_client (connected);
  /* Before the server has said how it is called, a client goes by what it wishes for. */
  RUN_UNTIL (fixture.peers[0].server.asked->len == 1);
  RUN_UNTIL (g_strcmp0 (claw_client_get_name (client), "ada") == 0);
  g_assert_cmpstr (fixture.peers[0].server.asked->pdata[0], ==, "ada");
  g_assert_cmpstr (claw_client_get_name (claw_saved_chat_get_client (waiting)), ==, "ada");
  ClawSavedChat *later = claw_saved_chats_add (fixture.chats);
  g_assert_cmpstr (claw_client_get_name (claw_saved_chat_get_client (later)), ==, "ada");
  fixture_clear (&fixture);
}

/* After a restart all chats are there, with the names that they were given, and connect without a
 * file. */
static void
test_restart (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (connect_to (&fixture, 0)));
  claw_saved_chat_rename (fixture.opened, "Friends");
  g_assert_true (claw_saved_chats_keeps_queued (fixture.chats, fixture.opened));
  connect_to (&fixture, 1);
  RUN_UNTIL (fixture.peers[0].server.connection && fixture.peers[1].server.connection);
  end_chats (&fixture);
  RUN_UNTIL (fixture.peers[0].server.byes == 1 && fixture.peers[1].server.byes == 1);

  claw_test_server_accept_pairing (&fixture.peers[0].server);
  claw_test_server_accept_pairing (&fixture.peers[1].server);
  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 2);
  ClawSavedChat *chat = claw_saved_chats_find_by_id (fixture.chats, id);
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Friends");
  g_assert_true (claw_saved_chats_find_by_server_key (fixture.chats,
                                                      fixture.peers[0].server.identity.public_key)
                 == chat);
  claw_saved_chats_resume (fixture.chats);
  for (unsigned i = 0; i < N_SERVERS; i++)
    RUN_UNTIL (claw_saved_chat_get_state (get_chat (&fixture, i)) == CLAW_CLIENT_CONNECTED);
  fixture_clear (&fixture);
}

/* Without a key a chat is known again by its pairing, and nothing else is kept of it. */
static void
test_no_key (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  end_chats (&fixture);
  claw_key_clear (&fixture.store_key);
  make_chats (&fixture);
  claw_saved_chat_rename (connect_to (&fixture, 0), "Friends");
  g_assert_false (claw_saved_chats_keeps_queued (fixture.chats, fixture.opened));
  end_chats (&fixture);
  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 1);
  g_assert_null (claw_saved_chat_get_own_title (get_chat (&fixture, 0)));
  g_assert_true (claw_saved_chats_find_by_server_key (fixture.chats,
                                                      fixture.peers[0].server.identity.public_key)
                 == get_chat (&fixture, 0));
  fixture_clear (&fixture);
}

/* What goes with the program keeps nothing for the next one. */
static void
test_temporary (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  end_chats (&fixture);
  ClawSavedChatsOptions options = { .name = "wished", .timeout_s = 60 };
  g_autofree char *nowhere = g_build_filename (fixture.directory, "nowhere", NULL);
  fixture.chats = claw_saved_chats_new (nowhere, &options);
  claw_saved_chats_set_temporary (fixture.chats, fixture.chats_directory);
  claw_saved_chats_set_key (fixture.chats, &fixture.store_key);
  claw_saved_chats_load (fixture.chats);
  connect_to (&fixture, 0);
  g_assert_true (claw_saved_chat_get_is_saved (fixture.opened));
  g_assert_nonnull (claw_saved_chat_get_keeper (fixture.opened));
  g_assert_false (claw_saved_chats_keeps_queued (fixture.chats, fixture.opened));
  fixture_clear (&fixture);
}

/* The chat in the directory @id, as after the next start. */
static ClawSavedChat *
restart (Fixture *fixture, const char *id)
{
  make_chats (fixture);
  g_assert_cmpuint (count_chats (fixture), ==, 1);
  ClawSavedChat *chat = claw_saved_chats_find_by_id (fixture->chats, id);
  g_assert_nonnull (chat);
  g_assert_true (claw_saved_chat_get_is_saved (chat));
  return chat;
}

static void
remove_pairing (Fixture *fixture, const char *id)
{
  g_autofree char *path = g_build_filename (fixture->chats_directory, id, CLAW_STORE_PAIRINGS,
                                            NULL);
  g_autoptr (GError) error = NULL;
  claw_saved_chat_erase_directory (path, &error);
  g_assert_no_error (error);
}

/* What an earlier run did not deliver can be taken back while the chat cannot be resumed, and is
 * not sent later with another file. */
static void
test_taken_back_unresumed (void)
{
  Fixture fixture;
  g_autoptr (ClawMessage) first = NULL;
  g_autoptr (ClawMessage) second = NULL;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (chat));
  claw_test_server_refuse_all (&fixture.peers[0].server);
  claw_saved_chat_disconnect (chat);
  claw_saved_chat_resume (chat);
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_KNOCKING);
  send_text (chat, "goes on", &first);
  send_text (chat, "taken back", &second);
  end_chats (&fixture);
  remove_pairing (&fixture, id);
  chat = restart (&fixture, id);
  RUN_UNTIL (claw_saved_chat_get_preview (chat) != NULL);
  claw_saved_chat_resume (chat);
  RUN_UNTIL (claw_saved_chat_get_error (chat));
  claw_saved_chat_cancel (chat, second);
  g_assert_cmpuint (claw_keeper_get_queued (claw_saved_chat_get_keeper (chat))->len, ==, 1);
  RUN_UNTIL (g_strcmp0 (claw_saved_chat_get_preview (chat), "You: goes on") == 0);
  g_assert_true (connect_to (&fixture, 0) == chat);
  RUN_UNTIL (!claw_saved_chat_get_is_opening (chat));
  g_clear_pointer (&second, claw_message_unref);
  send_text (chat, "the next one", &second);
  RUN_UNTIL (fixture.peers[0].server.received->len == 2);
  g_assert_cmpstr (fixture.peers[0].server.received->pdata[0], ==, "goes on");
  g_assert_cmpstr (fixture.peers[0].server.received->pdata[1], ==, "the next one");
  fixture_clear (&fixture);
}

/* Which server it is, is known by the pairing alone, when the program was killed before the archive
 * had it, and by the archive alone, when the operator has ended the pairing. */
static void
test_either (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  const uint8_t *server_key = fixture.peers[0].server.identity.public_key;
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (connect_to (&fixture, 0)));
  g_autofree char *archive = g_build_filename (fixture.chats_directory, id, CLAW_SAVED_CHAT_ARCHIVE,
                                               NULL);
  end_chats (&fixture);
  g_assert_cmpint (g_remove (archive), ==, 0);
  for (unsigned i = 0; i < 3; i++)
    {
      ClawSavedChat *chat = restart (&fixture, id);
      g_assert_true (claw_saved_chats_find_by_server_key (fixture.chats, server_key) == chat);
      /* The first time, as it is when a file is opened. */
      if (i == 0)
        g_assert_true (connect_to (&fixture, 0) == chat);
      end_chats (&fixture);
      if (i == 1)
        remove_pairing (&fixture, id);
    }
  make_chats (&fixture);
  fixture_clear (&fixture);
}

/* Under another key a chat is there, as a locked one and not by its name; nothing of it is lost,
 * and it can be forgotten all the same. */
static void
test_locked (void)
{
  Fixture fixture;
  g_auto (ClawKey) key = { 0 };
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (chat));
  claw_saved_chat_rename (chat, "Friends");
  end_chats (&fixture);
  claw_key_move (&key, &fixture.store_key);
  is_warning_expected = TRUE;
  for (unsigned i = 0; i < 2; i++)
    {
      if (i == 1)
        claw_key_generate (&fixture.store_key);
      chat = restart (&fixture, id);
      g_assert_true (claw_saved_chat_get_is_locked (chat));
      g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Locked Chat");
      g_assert_null (claw_saved_chat_get_server_key (chat));
      end_chats (&fixture);
    }
  claw_key_copy (&fixture.store_key, &key);
  chat = restart (&fixture, id);
  g_assert_false (claw_saved_chat_get_is_locked (chat));
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Friends");
  end_chats (&fixture);
  claw_key_generate (&fixture.store_key);
  restart (&fixture, id);
  is_warning_expected = FALSE;
  fixture_clear (&fixture);
}

/* A damaged archive that was moved aside is kept, also when nothing else tells of the chat. */
static void
test_damaged (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (connect_to (&fixture, 0)));
  g_autofree char *archive = g_build_filename (fixture.chats_directory, id, CLAW_SAVED_CHAT_ARCHIVE,
                                               NULL);
  g_autofree char *aside = g_strconcat (archive, CLAW_ARCHIVE_DAMAGED_SUFFIX "1", NULL);
  end_chats (&fixture);
  remove_pairing (&fixture, id);
  g_assert_true (g_file_set_contents (archive,
                                      "not an archive, but long enough for SQLite to "
                                      "look at, which takes a hundred bytes of it or so",
                                      -1, NULL));
  is_warning_expected = TRUE;
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_true (claw_saved_chat_get_is_locked (restart (&fixture, id)));
      g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
      end_chats (&fixture);
    }
  is_warning_expected = FALSE;
  make_chats (&fixture);
  fixture_clear (&fixture);
}

/* A chat whose erasing was interrupted does not come back: the rest of it goes at the next start.
 */
static void
test_forgotten (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_autofree char *from = g_strdup (claw_saved_chat_get_directory (chat));
  g_autofree char *to = g_strconcat (from, CLAW_SAVED_CHAT_FORGOTTEN_SUFFIX, NULL);
  end_chats (&fixture);
  g_assert_cmpint (g_rename (from, to), ==, 0);
  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

/* A program that ends before it has read what there is ends in peace. */
static void
test_ended_at_once (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  connect_to (&fixture, 0);
  end_chats (&fixture);
  make_chats (&fixture);
  claw_saved_chats_shutdown (fixture.chats);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (claw_saved_chat_get_preview (get_chat (&fixture, 0)));
  fixture_clear (&fixture);
}

static gboolean
keep_busy (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Messages that came while the program had no time for them are kept when it ends, as unread, in
 * all chats, though each moves up in the list. */
static void
test_ended_with_backlog (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  for (unsigned i = 0; i < N_SERVERS; i++)
    claw_saved_chat_set_is_in_view (connect_to (&fixture, i), TRUE);
  unsigned busy = g_idle_add_full (G_PRIORITY_HIGH_IDLE, keep_busy, NULL, NULL);
  for (unsigned i = 0; i < N_SERVERS; i++)
    {
      for (unsigned j = 0; j < N_BACKLOG; j++)
        claw_test_server_send (&fixture.peers[i].server, "ben", "backlog");
      RUN_UNTIL (claw_chat_get_outbox (fixture.peers[i].server.chat, NULL) == 0);
    }
  g_assert_cmpuint (fixture.n_messages, ==, 0);
  claw_saved_chats_shutdown (fixture.chats);
  g_source_remove (busy);
  g_assert_cmpuint (fixture.n_messages, ==, N_SERVERS * N_BACKLOG);
  for (unsigned i = 0; i < N_SERVERS; i++)
    g_assert_cmpint (claw_saved_chat_get_state (get_chat (&fixture, i)), ==, CLAW_CLIENT_IDLE);
  end_chats (&fixture);

  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, N_SERVERS);
  for (unsigned i = 0; i < N_SERVERS; i++)
    {
      RUN_UNTIL (claw_saved_chat_get_preview (get_chat (&fixture, i)) != NULL);
      assert_preview (get_chat (&fixture, i), "ben: backlog");
      g_assert_cmpuint (claw_saved_chat_get_unread (get_chat (&fixture, i)), ==, N_BACKLOG);
    }
  fixture_clear (&fixture);
}

/* Of a chat that is forgotten nothing more is told, though messages had come. */
static void
test_forget_with_backlog (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_autoptr (ClawSavedChat) chat = g_object_ref (connect_to (&fixture, 0));
  unsigned busy = g_idle_add_full (G_PRIORITY_HIGH_IDLE, keep_busy, NULL, NULL);
  g_signal_connect_swapped (chat, "message", G_CALLBACK (on_message), &fixture);
  claw_test_server_send (&fixture.peers[0].server, "ben", "backlog");
  RUN_UNTIL (claw_chat_get_outbox (fixture.peers[0].server.chat, NULL) == 0);
  g_assert_true (claw_saved_chats_forget (fixture.chats, chat, &error));
  g_source_remove (busy);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture.n_messages, ==, 0);
  g_assert_null (claw_saved_chat_get_preview (chat));
  fixture_clear (&fixture);
}

/* Only the chat that is forgotten goes, with all that it had on the disk. */
static void
test_forget (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  ClawSavedChat *first = connect_to (&fixture, 0);
  ClawSavedChat *second = connect_to (&fixture, 1);
  g_assert_true (claw_saved_chats_forget (fixture.chats, first, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_chats (&fixture), ==, 1);
  g_assert_true (get_chat (&fixture, 0) == second);
  g_assert_cmpuint (count_directories (&fixture), ==, 1);
  g_assert_cmpint (claw_saved_chat_get_state (second), ==, CLAW_CLIENT_CONNECTED);
  fixture_clear (&fixture);
}

/* Compromised keys take all of the chat from the disk; it stays in the list to say so, and another
 * file begins anew. */
static void
test_compromised (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  claw_saved_chat_rename (chat, "Friends");
  claw_saved_chat_set_draft (chat, "not sent");
  claw_chat_panic_begin (chat, FALSE);
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_FAILED);
  g_assert_true (claw_saved_chat_is_about_compromise (claw_saved_chat_get_error (chat)));
  g_assert_false (claw_saved_chat_get_is_saved (chat));
  g_assert_cmpstr (claw_saved_chat_get_draft (chat), ==, "");
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  g_assert_cmpuint (count_chats (&fixture), ==, 1);
  g_assert_true (connect_to (&fixture, 0) == chat);
  g_assert_true (claw_saved_chat_get_is_saved (chat));
  fixture_clear (&fixture);
}

/* Whether what is told of the disk has @text in it; NULL: nothing is told. */
static void
assert_keeping_error (ClawSavedChat *chat, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_object_get (chat, "keeping-error", &error, NULL);
  g_assert_true ((error != NULL) == (text != NULL));
  g_assert_true (!text || strstr (error->message, text));
}

/* A first pairing that cannot be saved is told, so that nobody relies on coming back; not any more
 * once it is saved, or the user has read it. */
static void
test_unsaved (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  is_warning_expected = TRUE;
  for (unsigned i = 0; i < N_SERVERS; i++)
    {
      ClawTestServer *server = &fixture.peers[i].server;
      claw_test_chat_renew_file (&fixture.peers[i]);
      open_file (&fixture, i, fixture.peers[i].key);
      g_assert_no_error (fixture.error);
      ClawSavedChat *chat = fixture.opened;
      g_autofree char *path = g_build_filename (claw_saved_chat_get_directory (chat),
                                                CLAW_STORE_PAIRINGS, NULL);
      g_assert_true (g_file_set_contents (path, "in the way", -1, NULL));
      assert_keeping_error (chat, NULL);
      claw_test_server_accept_file (server);
      RUN_UNTIL (claw_saved_chat_get_keeping_error (chat));
      assert_keeping_error (chat, CLAW_STORE_PAIRINGS);
      RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_CONNECTED);
      g_assert_cmpint (g_remove (path), ==, 0);
      if (i > 0)
        claw_saved_chat_dismiss_keeping_error (chat);
      else
        {
          RUN_UNTIL (server->connection);
          claw_test_server_close (server, CLAW_CLOSE_CODE_SHUTDOWN);
          RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_RECONNECTING);
          claw_test_server_refuse_all (server);
          claw_test_server_accept_pairing (server);
          claw_saved_chat_reconnect (chat);
          RUN_UNTIL (!claw_saved_chat_get_keeping_error (chat));
          g_assert_true (claw_store_has_pairings (claw_saved_chat_get_directory (chat)));
        }
      assert_keeping_error (chat, NULL);
    }
  fixture_clear (&fixture);
  is_warning_expected = FALSE;
}

/* A name is one line of bounded length; without one the chat is called as its server is. */
static void
test_rename (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Test Server");
  claw_saved_chat_rename (chat, " a\nb ");
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "a b");
  g_autofree char *longest = g_strnfill (CLAW_SAVED_CHAT_TITLE_MAX, 'x');
  g_autofree char *longer = g_strconcat (longest, "x", NULL);
  claw_saved_chat_rename (chat, longer);
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, longest);
  g_autofree char *letters = g_strnfill (CLAW_SAVED_CHAT_TITLE_MAX - 1, 'x');
  g_autofree char *wide = g_strconcat (letters, "ü", NULL);
  claw_saved_chat_rename (chat, wide);
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, letters);
  claw_saved_chat_rename (chat, "  ");
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Test Server");
  g_assert_null (claw_saved_chat_get_own_title (chat));
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_log_set_writer_func (write_log, NULL, NULL);
  g_test_add_func ("/saved-chats/two-servers/have-nothing-in-common", test_two_servers);
  g_test_add_func ("/saved-chats/known-server/opens-in-its-chat", test_known_server);
  g_test_add_func ("/saved-chats/wrong-files/make-no-chat", test_wrong_files);
  g_test_add_func ("/saved-chats/never-connected/leaves-nothing", test_never_connected);
  g_test_add_func ("/saved-chats/messages/show-in-the-list", test_messages);
  g_test_add_func ("/saved-chats/messages/scrolled-up", test_scrolled_up);
  g_test_add_func ("/saved-chats/messages/taken-back", test_taken_back);
  g_test_add_func ("/saved-chats/messages/taken-back-unresumed", test_taken_back_unresumed);
  g_test_add_func ("/saved-chats/messages/edited-and-killed", test_draft_kept);
  g_test_add_func ("/saved-chats/messages/sent-by-an-earlier-run", test_sent_by_earlier_run);
  g_test_add_func ("/saved-chats/settings/at-once", test_settings);
  g_test_add_func ("/saved-chats/restart/brings-all-back", test_restart);
  g_test_add_func ("/saved-chats/restart/ended-at-once", test_ended_at_once);
  g_test_add_func ("/saved-chats/restart/with-a-backlog", test_ended_with_backlog);
  g_test_add_func ("/saved-chats/no-key/known-by-its-pairing", test_no_key);
  g_test_add_func ("/saved-chats/temporary/keeps-nothing-queued", test_temporary);
  g_test_add_func ("/saved-chats/server/known-by-either", test_either);
  g_test_add_func ("/saved-chats/other-key/locked", test_locked);
  g_test_add_func ("/saved-chats/damaged/kept", test_damaged);
  g_test_add_func ("/saved-chats/forget/interrupted", test_forgotten);
  g_test_add_func ("/saved-chats/forget/erases-one", test_forget);
  g_test_add_func ("/saved-chats/forget/with-a-backlog", test_forget_with_backlog);
  g_test_add_func ("/saved-chats/compromised/leaves-nothing", test_compromised);
  g_test_add_func ("/saved-chats/pairing/not-saved", test_unsaved);
  g_test_add_func ("/saved-chats/rename/is-bounded", test_rename);
  return g_test_run ();
}
