/* test-client.c: a session of the client: connecting, talking, and how it ends. */
#include "claw-chat.h"
#include "claw-client-details.h"
#include "claw-fake-network.h"
#include "client-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_BACKLOG 300 /* fewer than a mailbox holds */
#define N_NEWS 50

/* A file opens a session: both names arrive, and the member list. */
static void
test_connect (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  g_assert_cmpstr (claw_client_get_name (fixture.client), ==, "wished");
  connect_client (&fixture);
  g_assert_cmpmem (fixture.chat.server.hello, fixture.chat.server.hello_length, "\001wished", 7);
  g_assert_cmpstr (claw_client_get_server_name (fixture.client), ==, "Test Server");
  g_assert_cmpstr (claw_client_get_name (fixture.client), ==, "anna");
  const char *const *members = claw_client_get_members (fixture.client);
  g_assert_cmpuint (g_strv_length ((GStrv) members), ==, 2);
  g_assert_cmpstr (members[1], ==, "clara");
  g_assert_true (g_str_has_prefix (claw_client_get_status (fixture.client), "Connected"));
  g_autofree char *description = claw_client_describe (fixture.client);
  g_assert_nonnull (strstr (description, "Test Server"));
  g_assert_nonnull (strstr (description, "127.0.0.1"));
  g_assert_nonnull (strstr (description, "Session keys: 0 min old, changed 0 times"));
  fixture_clear (&fixture);
}

/* When it may, the client asks the server which NATs are in between, and tells what it learned;
 * else it does not know. */
static void
test_nat (void)
{
  for (unsigned is_enabled = 0; is_enabled < 2; is_enabled++)
    {
      Fixture fixture;
      g_autofree char *description = NULL;
      fixture_init (&fixture, 60);
      claw_test_server_open_other (&fixture.chat.server);
      claw_client_set_nat_detection (fixture.client, is_enabled != 0);
      connect_client (&fixture);
      send_text (&fixture, "hello");
      RUN_UNTIL (fixture.delivered == 1);
      description = claw_client_describe (fixture.client);
      while (is_enabled && !strstr (description, "no NAT"))
        {
          g_main_context_iteration (NULL, TRUE);
          g_free (description);
          description = claw_client_describe (fixture.client);
        }
      g_assert_cmpint (strstr (description, "as the server sees it: 127.0.0.1:") != NULL, ==,
                       is_enabled);
      fixture_clear (&fixture);
    }
}

/* Messages go both ways, and ours pass through their states. */
static void
test_chat (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  send_text (&fixture, "hello");
  send_text (&fixture, "Grüße");
  RUN_UNTIL (fixture.delivered == 2 && fixture.chat.server.received->len == 2);
  g_assert_cmpuint (fixture.sent, ==, 2);
  g_assert_cmpstr (fixture.chat.server.received->pdata[0], ==, "hello");
  g_assert_cmpstr (fixture.chat.server.received->pdata[1], ==, "Grüße");
  claw_test_server_send (&fixture.chat.server, "ben", "hi");
  RUN_UNTIL (fixture.received->len == 1);
  g_assert_cmpstr (fixture.received->pdata[0], ==, "ben: hi");
  fixture_clear (&fixture);
}

/* A burst that is larger than the mailbox comes whole and in order. */
static void
test_burst (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  for (unsigned i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);
      claw_test_server_send (&fixture.chat.server, "ben", text);
    }
  RUN_UNTIL (fixture.received->len == 1000);
  for (unsigned i = 0; i < 1000; i++)
    {
      g_autofree char *expected = g_strdup_printf ("ben: %u", i);
      g_assert_cmpstr (fixture.received->pdata[i], ==, expected);
    }
  fixture_clear (&fixture);
}

/* What cannot be sent is refused at once, with the reason. */
static void
test_refused (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture, 60);
  g_assert_null (claw_client_send (fixture.client, "early", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_error (&error);

  connect_client (&fixture);
  g_autofree char *longest = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  g_autofree char *longer = g_strnfill (CLAW_MESSAGE_TEXT_MAX + 1, 'x');
  g_assert_null (claw_client_send (fixture.client, "", &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_EMPTY);
  g_clear_error (&error);
  g_assert_null (claw_client_send (fixture.client, "\xff", &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_NOT_UTF8);
  g_clear_error (&error);
  g_assert_null (claw_client_send (fixture.client, longer, &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_TOO_LONG);
  send_text (&fixture, longest);
  RUN_UNTIL (fixture.delivered == 1);
  g_assert_cmpstr (fixture.chat.server.received->pdata[0], ==, longest);
  fixture_clear (&fixture);
}

/* Messages typed before the server answers wait, as many as an outbox holds and not one more. */
static void
test_queue_while_knocking (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture, 60);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_no_error (fixture.open_error);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_KNOCKING);
  for (unsigned i = 0; i < CLAW_CHAT_OUTBOX_MESSAGES_MAX; i++)
    send_text (&fixture, "waiting");
  g_assert_null (claw_client_send (fixture.client, "one more", &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_QUEUE_FULL);
  claw_test_server_accept_file (&fixture.chat.server);
  RUN_UNTIL (fixture.delivered == CLAW_CHAT_OUTBOX_MESSAGES_MAX);
  g_assert_cmpuint (fixture.chat.server.received->len, ==, CLAW_CHAT_OUTBOX_MESSAGES_MAX);
  send_text (&fixture, "one more");
  RUN_UNTIL (fixture.delivered == CLAW_CHAT_OUTBOX_MESSAGES_MAX + 1);
  fixture_clear (&fixture);
}

/* One that waits is taken back and makes room for another; one that is on its way is not. */
static void
test_cancel_message (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture, 60);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_autoptr (ClawMessage) first = claw_client_send (fixture.client, "first", &error);
  g_assert_no_error (error);
  for (unsigned i = 1; i < CLAW_CHAT_OUTBOX_MESSAGES_MAX; i++)
    send_text (&fixture, "waiting");
  claw_client_cancel_message (fixture.client, first);
  RUN_UNTIL (fixture.cancelled == 1);
  send_text (&fixture, "in its place");
  claw_test_server_accept_file (&fixture.chat.server);
  RUN_UNTIL (fixture.delivered == CLAW_CHAT_OUTBOX_MESSAGES_MAX);
  g_assert_cmpstr (fixture.chat.server.received->pdata[0], ==, "waiting");
  claw_client_cancel_message (fixture.client, first);
  send_text (&fixture, "and on");
  RUN_UNTIL (fixture.delivered == CLAW_CHAT_OUTBOX_MESSAGES_MAX + 1);
  g_assert_cmpuint (fixture.cancelled, ==, 1);
  fixture_clear (&fixture);
}

/* Silence ends after the timeout, and the message says where it was tried. */
static void
test_no_answer (void)
{
  Fixture fixture;
  char address[CLAW_ADDRESS_STRING_SIZE];
  ClawAddress server;
  fixture_init (&fixture, 1);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  wait_for_state (&fixture, CLAW_CLIENT_FAILED);
  const GError *error = claw_client_get_error (fixture.client);
  g_assert_error (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NO_ANSWER);
  claw_udp_socket_get_address (fixture.chat.server.socket, &server);
  const char *first = strstr (error->message, claw_address_format (&server, address));
  g_assert_nonnull (first);
  g_assert_null (strstr (first + 1, address));

  /* Another attempt with the same file works once the server listens, however busy it is. */
  claw_client_set_timeout (fixture.client, 60);
  claw_test_server_accept_file (&fixture.chat.server);
  claw_client_retry_now (fixture.client);
  wait_for_state (&fixture, CLAW_CLIENT_CONNECTED);
  fixture_clear (&fixture);
}

/* Each fault of a file is told as what it is, and leaves the client idle. */
static void
test_wrong_files (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  g_autoptr (ClawBootstrapKey) right = g_steal_pointer (&fixture.chat.key);
  fixture.chat.key = claw_bootstrap_key_generate ();
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_error (fixture.open_error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  g_clear_pointer (&fixture.chat.key, claw_bootstrap_key_unref);
  fixture.chat.key = claw_bootstrap_key_ref (right);

  claw_test_chat_write_file (&fixture.chat, -600);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_error (fixture.open_error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_EXPIRED);
  open_file (&fixture, CLAW_CLIENT_OPEN_IGNORE_TIME);
  g_assert_no_error (fixture.open_error);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_KNOCKING);

  g_assert_cmpint (g_remove (fixture.chat.sec), ==, 0);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_nonnull (fixture.open_error);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  fixture_clear (&fixture);
}

/* What the operator does is told, and does not make the client come back by itself. */
static void
test_operator (void)
{
  static const struct
  {
    ClawCloseCode code;
    ClawClientError error;
  } cases[] = {
    { CLAW_CLOSE_CODE_REVOKED, CLAW_CLIENT_ERROR_REVOKED },
    { CLAW_CLOSE_CODE_DISCONNECTED, CLAW_CLIENT_ERROR_DISCONNECTED },
    { CLAW_CLOSE_CODE_REPLACED, CLAW_CLIENT_ERROR_REPLACED },
    { CLAW_CLOSE_CODE_PROTOCOL, CLAW_CLIENT_ERROR_PROTOCOL },
    { CLAW_CLOSE_CODE_TOO_FAST, CLAW_CLIENT_ERROR_DISCONNECTED },
    { CLAW_CLOSE_CODE_FULL, CLAW_CLIENT_ERROR_DISCONNECTED },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture;
      g_autoptr (GError) error = NULL;
      fixture_init (&fixture, 60);
      connect_client (&fixture);
      claw_test_server_close (&fixture.chat.server, cases[i].code);
      wait_for_state (&fixture, CLAW_CLIENT_FAILED);
      g_assert_error (claw_client_get_error (fixture.client), CLAW_CLIENT_ERROR,
                      (int) cases[i].error);
      g_assert_cmpuint (g_strv_length ((GStrv) claw_client_get_members (fixture.client)), ==, 0);
      g_assert_null (claw_client_send (fixture.client, "late", &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
      fixture_clear (&fixture);
    }
}

/* Leaving tells the server, and the same file opens again although it is used: the pairing is
 * known. */
static void
test_disconnect (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  claw_client_disconnect (fixture.client);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  RUN_UNTIL (fixture.chat.server.byes == 1);
  claw_test_server_accept_pairing (&fixture.chat.server);
  connect_client (&fixture);
  g_assert_cmpuint (fixture.chat.server.sessions, ==, 2);
  g_assert_cmpuint (fixture.chat.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
  fixture_clear (&fixture);
}

/* An opening that is cancelled, replaced by another, or cut off by the end of the program says so,
 * and nothing of it happens later. */
static void
test_cancel (void)
{
  Fixture fixture;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  fixture_init (&fixture, 60);
  claw_test_server_accept_file (&fixture.chat.server);
  claw_client_open_async (fixture.client, fixture.chat.sec, fixture.chat.key,
                          CLAW_CLIENT_OPEN_DEFAULT, cancellable, on_opened, &fixture);
  g_cancellable_cancel (cancellable);
  RUN_UNTIL (fixture.opened);
  g_assert_error (fixture.open_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);

  fixture.opened = FALSE;
  claw_client_open_async (fixture.client, fixture.chat.sec, fixture.chat.key, 0, NULL, on_opened,
                          &fixture);
  claw_client_shutdown (fixture.client);
  wait_for_end_of_threads ("claw-network");
  RUN_UNTIL (fixture.opened);
  g_assert_error (fixture.open_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  connect_client (&fixture);
  fixture_clear (&fixture);
}

/* Without a network a server elsewhere is not waited for by counting seconds; one on this machine
 * is connected to all the same. The address is one that the kernel sends nothing to. */
static void
test_no_network (void)
{
  Fixture fixture;
  g_autoptr (GNetworkMonitor) monitor = claw_fake_network_new (FALSE);
  fixture_init (&fixture, 60);
  claw_client_watch_network (fixture.client, monitor);
  g_assert_false (claw_client_is_offline (fixture.client));
  connect_client (&fixture);
  claw_client_disconnect (fixture.client);

  fixture.chat.server.elsewhere = TRUE;
  claw_test_chat_write_file (&fixture.chat, 600);
  restart_client (&fixture, 60);
  g_autofree char *path = find_pairing_file (&fixture);
  g_assert_cmpint (g_remove (path), ==, 0);
  claw_client_watch_network (fixture.client, monitor);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_true (claw_client_is_offline (fixture.client));
  g_assert_cmpstr (claw_client_get_status (fixture.client), ==, "No network");
  claw_fake_network_set_available (monitor, TRUE);
  g_assert_cmpstr (claw_client_get_status (fixture.client), ==, "Connecting…");
  claw_fake_network_set_available (monitor, FALSE);
  g_assert_cmpstr (claw_client_get_status (fixture.client), ==, "No network");
  fixture_clear (&fixture);
}

/* News of the network make an idle session ask at once, and a waiting client knock. Its keepalive
 * of twenty seconds would ask a few times only before the test is stopped. */
static void
test_network_changed (void)
{
  Fixture fixture;
  g_autoptr (GNetworkMonitor) monitor = claw_fake_network_new (TRUE);
  ClawConnectionStats stats;
  fixture_init (&fixture, 60);
  claw_client_watch_network (fixture.client, monitor);
  connect_client (&fixture);
  send_text (&fixture, "settled");
  RUN_UNTIL (fixture.delivered == 1);
  claw_connection_get_stats (fixture.chat.server.connection, &stats);
  uint64_t before = stats.datagrams_received;
  do
    {
      claw_fake_network_set_available (monitor, TRUE);
      g_main_context_iteration (NULL, TRUE);
      claw_connection_get_stats (fixture.chat.server.connection, &stats);
    }
  while (stats.datagrams_received < before + N_NEWS);

  claw_test_server_close (&fixture.chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  claw_test_server_refuse_all (&fixture.chat.server);
  claw_test_server_accept_pairing (&fixture.chat.server);
  claw_fake_network_set_available (monitor, TRUE);
  wait_for_state (&fixture, CLAW_CLIENT_CONNECTED);
  fixture_clear (&fixture);
}

/* The mailbox's turn never comes meanwhile, as when the main thread has much to do. */
static gboolean
keep_busy (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
send_from_callback (ClawClient *client, ClawMessage *message, unsigned *refused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) answer = claw_client_send (client, "an answer", &error);
  g_assert_null (answer);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  (*refused)++;
}

/* A program that ends hears all that came first, and what was delivered: the server does not send
 * it again. What it wants to answer then is refused. */
static void
test_shutdown_tells (void)
{
  Fixture fixture;
  unsigned refused = 0;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  unsigned busy = g_idle_add_full (G_PRIORITY_HIGH_IDLE, keep_busy, NULL, NULL);
  g_signal_connect (fixture.client, "message", G_CALLBACK (send_from_callback), &refused);
  send_text (&fixture, "mine");
  RUN_UNTIL (fixture.chat.server.received->len == 1);
  for (unsigned i = 0; i < N_BACKLOG; i++)
    claw_test_server_send (&fixture.chat.server, "ben", "yours");
  RUN_UNTIL (claw_chat_get_outbox (fixture.chat.server.chat, NULL) == 0);
  g_assert_cmpuint (fixture.received->len, ==, 0);
  claw_client_shutdown (fixture.client);
  g_source_remove (busy);
  g_assert_cmpuint (fixture.received->len, ==, N_BACKLOG);
  g_assert_cmpuint (refused, ==, N_BACKLOG);
  g_assert_cmpuint (fixture.delivered, ==, 1);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture.received->len, ==, N_BACKLOG);
  fixture_clear (&fixture);
}

/* Dropping the last reference in the middle of a session ends the thread and tells the server. */
static void
test_unref (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  g_assert_finalize_object (g_steal_pointer (&fixture.client));
  RUN_UNTIL (fixture.chat.server.byes == 1);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_test_add_func ("/client/file/connects", test_connect);
  g_test_add_func ("/client/nat/detected-when-wished", test_nat);
  g_test_add_func ("/client/chat/both-ways", test_chat);
  g_test_add_func ("/client/chat/burst", test_burst);
  g_test_add_func ("/client/send/refused", test_refused);
  g_test_add_func ("/client/send/queued-while-knocking", test_queue_while_knocking);
  g_test_add_func ("/client/send/cancelled", test_cancel_message);
  g_test_add_func ("/client/knock/no-answer", test_no_answer);
  g_test_add_func ("/client/file/wrong", test_wrong_files);
  g_test_add_func ("/client/operator/ends-it", test_operator);
  g_test_add_func ("/client/disconnect/and-back", test_disconnect);
  g_test_add_func ("/client/open/cancelled", test_cancel);
  g_test_add_func ("/client/network/none", test_no_network);
  g_test_add_func ("/client/network/changed", test_network_changed);
  g_test_add_func ("/client/shutdown/tells-what-came", test_shutdown_tells);
  g_test_add_func ("/client/unref/in-a-session", test_unref);
  return g_test_run ();
}
