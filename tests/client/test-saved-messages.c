/* test-saved-messages.c: what several chats keep of messages and drafts, and bring back after a
 * restart.
 */
#include "saved-chats-fixture.h"

#include "claw-archive.h"
#include "claw-preview.h"

#include <string.h>

#define N_BACKLOG 100 /* fewer than a mailbox holds */

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

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *is_flushed = user_data;
  *is_flushed = claw_archive_flush_finish (CLAW_ARCHIVE (source), result, NULL);
}

/* Until all is done that the archive was asked for. */
static void
settle (ClawSavedChat *chat)
{
  gboolean is_flushed = FALSE;
  claw_archive_flush_async (claw_keeper_get_archive (claw_saved_chat_get_keeper (chat)), on_flushed,
                            &is_flushed);
  RUN_UNTIL (is_flushed);
}

static void
on_cleared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (claw_archive_clear_finish (CLAW_ARCHIVE (source), result, NULL));
}

/* What is removed while the message before it is being looked for does not show: neither one that
 * is taken back as well, nor any of a history that is deleted. */
static void
test_removed_while_loading (void)
{
  Fixture fixture;
  g_autoptr (ClawMessage) first = claw_message_new ("first", -1, 1, NULL);
  g_autoptr (ClawMessage) second = claw_message_new ("second", -1, 1, NULL);
  g_autoptr (ClawMessage) third = claw_message_new ("third", -1, 1, NULL);
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (chat));
  claw_keeper_add_own (claw_saved_chat_get_keeper (chat), first);
  claw_keeper_add_own (claw_saved_chat_get_keeper (chat), second);
  claw_keeper_add_own (claw_saved_chat_get_keeper (chat), third);
  end_chats (&fixture);
  chat = restart (&fixture, id);
  RUN_UNTIL (claw_saved_chat_get_preview (chat) != NULL);
  assert_preview (chat, "You: third");
  claw_saved_chat_cancel (chat, third);
  claw_saved_chat_cancel (chat, second);
  settle (chat);
  assert_preview (chat, "You: first");
  claw_saved_chat_cancel (chat, first);
  claw_keeper_add_own (claw_saved_chat_get_keeper (chat), second);
  end_chats (&fixture);

  chat = restart (&fixture, id);
  claw_keeper_add_own (claw_saved_chat_get_keeper (chat), first);
  RUN_UNTIL (claw_saved_chat_get_preview (chat) != NULL);
  claw_saved_chat_cancel (chat, second);
  claw_keeper_clear_async (claw_saved_chat_get_keeper (chat), on_cleared, NULL);
  claw_saved_chat_forget_preview (chat);
  settle (chat);
  assert_preview (chat, NULL);
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

/* A program that ends before it has heard of the first session keeps the pairing, since the file is
 * used up, and what was said in it. */
static void
test_ended_unheard (void)
{
  Fixture fixture;
  ClawTestChat *peer = &fixture.peers[0];
  fixture_init (&fixture);
  open_file (&fixture, 0, peer->key);
  g_assert_no_error (fixture.error);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (fixture.opened));
  RUN_UNTIL (claw_saved_chat_get_state (fixture.opened) == CLAW_CLIENT_KNOCKING);
  unsigned busy = g_idle_add_full (G_PRIORITY_HIGH_IDLE, keep_busy, NULL, NULL);
  claw_test_server_accept_file (&peer->server);
  RUN_UNTIL (peer->server.connection);
  claw_test_server_send (&peer->server, "ben", "unheard");
  RUN_UNTIL (claw_chat_get_outbox (peer->server.chat, NULL) == 0);
  g_assert_cmpint (claw_saved_chat_get_state (fixture.opened), ==, CLAW_CLIENT_KNOCKING);
  end_chats (&fixture);
  g_source_remove (busy);

  claw_test_server_accept_pairing (&peer->server);
  ClawSavedChat *chat = restart (&fixture, id);
  RUN_UNTIL (claw_saved_chat_get_preview (chat) != NULL);
  assert_preview (chat, "ben: unheard");
  g_assert_cmpuint (claw_saved_chat_get_unread (chat), ==, 1);
  claw_saved_chat_resume (chat);
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_CONNECTED);
  fixture_clear (&fixture);
}

static void
on_cancelled_opening (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (claw_saved_chats_open_file_finish (CLAW_SAVED_CHATS (source), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) user_data = TRUE;
}

/* A file that is being read when the program ends, or is given to it later, is not opened. */
static void
test_ended_while_reading (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  for (unsigned i = 0; i < 2; i++)
    {
      gboolean is_cancelled = FALSE;
      claw_saved_chats_open_file_async (fixture.chats, fixture.peers[0].sec, fixture.peers[0].key,
                                        CLAW_CLIENT_OPEN_DEFAULT, NULL, on_cancelled_opening,
                                        &is_cancelled);
      claw_saved_chats_shutdown (fixture.chats);
      RUN_UNTIL (is_cancelled);
      g_assert_cmpuint (count_chats (&fixture), ==, 0);
      g_assert_cmpuint (count_directories (&fixture), ==, 0);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_test_add_func ("/saved-chats/messages/show-in-the-list", test_messages);
  g_test_add_func ("/saved-chats/messages/scrolled-up", test_scrolled_up);
  g_test_add_func ("/saved-chats/messages/taken-back", test_taken_back);
  g_test_add_func ("/saved-chats/messages/taken-back-unresumed", test_taken_back_unresumed);
  g_test_add_func ("/saved-chats/messages/removed-while-loading", test_removed_while_loading);
  g_test_add_func ("/saved-chats/messages/edited-and-killed", test_draft_kept);
  g_test_add_func ("/saved-chats/messages/sent-by-an-earlier-run", test_sent_by_earlier_run);
  g_test_add_func ("/saved-chats/restart/brings-all-back", test_restart);
  g_test_add_func ("/saved-chats/restart/ended-at-once", test_ended_at_once);
  g_test_add_func ("/saved-chats/restart/with-a-backlog", test_ended_with_backlog);
  g_test_add_func ("/saved-chats/restart/first-session-unheard", test_ended_unheard);
  g_test_add_func ("/saved-chats/restart/ended-while-reading", test_ended_while_reading);
  g_test_add_func ("/saved-chats/forget/with-a-backlog", test_forget_with_backlog);
  return g_test_run ();
}
