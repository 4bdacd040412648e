/* test-client.c: the client against a small server in the same process, over loopback.
 *
 * Nothing sleeps: the main context runs until what is expected has happened; GLib's test timeout
 * ends what never does.
 */
#include "claw-client-details.h"
#include "claw-chat.h"
#include "claw-fake-network.h"
#include "claw-file.h"
#include "claw-store.h"
#include "claw-test-server.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  ClawTestServer server;
  ClawBootstrapKey *key;
  char *directory;
  char *data_directory;
  char *sec;
  ClawClient *client;
  gboolean opened;
  GError *open_error;
  GPtrArray *received; /* of char *: "sender: text" */
  unsigned welcomes;
  unsigned sent;
  unsigned delivered;
  unsigned cancelled;
} Fixture;

static gint64
in_seconds (gint64 seconds)
{
  return g_get_real_time () / G_USEC_PER_SEC + seconds;
}

static void
on_message (ClawClient *client, ClawMessage *message, Fixture *fixture)
{
  g_ptr_array_add (fixture->received, g_strdup_printf ("%s: %s", claw_message_get_sender (message),
                                                       claw_message_get_text (message, NULL)));
}

static void
on_message_state (ClawClient *client, ClawMessage *message, unsigned state, Fixture *fixture)
{
  if (state == CLAW_MESSAGE_SENT)
    fixture->sent++;
  else if (state == CLAW_MESSAGE_DELIVERED)
    fixture->delivered++;
}

static void
on_message_cancelled (ClawClient *client, ClawMessage *message, Fixture *fixture)
{
  fixture->cancelled++;
}

static void
on_welcome (ClawClient *client, Fixture *fixture)
{
  fixture->welcomes++;
}

static void
make_client (Fixture *fixture, int timeout_s)
{
  fixture->client = claw_client_new (fixture->data_directory, "wished", timeout_s);
  g_signal_connect (fixture->client, "message", G_CALLBACK (on_message), fixture);
  g_signal_connect (fixture->client, "message-state", G_CALLBACK (on_message_state), fixture);
  g_signal_connect (fixture->client, "message-cancelled", G_CALLBACK (on_message_cancelled),
                    fixture);
  g_signal_connect (fixture->client, "welcome", G_CALLBACK (on_welcome), fixture);
}

static void
fixture_init (Fixture *fixture, int timeout_s)
{
  g_autoptr (GError) error = NULL;
  memset (fixture, 0, sizeof *fixture);
  claw_test_server_init (&fixture->server);
  fixture->key = claw_bootstrap_key_generate ();
  fixture->directory = g_dir_make_tmp ("claw-client-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->data_directory = g_build_filename (fixture->directory, "data", NULL);
  fixture->sec = g_build_filename (fixture->directory, "test.sec", NULL);
  claw_test_server_write_file (&fixture->server, fixture->sec, fixture->key, in_seconds (600));
  fixture->received = g_ptr_array_new_with_free_func (g_free);
  make_client (fixture, timeout_s);
}

/* Ends the client and begins anew on the same data directory, as a program that is started again.
 */
static void
restart_client (Fixture *fixture, int timeout_s)
{
  claw_client_shutdown (fixture->client);
  g_assert_finalize_object (fixture->client);
  make_client (fixture, timeout_s);
}

/* Returns: (transfer full) (nullable): the only file of a pairing. */
static char *
find_pairing_file (const Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->data_directory, CLAW_STORE_PAIRINGS, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = dir ? g_dir_read_name (dir) : NULL;
  return name ? g_build_filename (path, name, NULL) : NULL;
}

static void
fixture_clear (Fixture *fixture)
{
  static const char *const names[] = { "data/identity.key", "data/last-timestamp", "test.sec" };
  if (fixture->client)
    {
      claw_client_shutdown (fixture->client);
      g_assert_finalize_object (fixture->client);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->directory, names[i], NULL);
      g_remove (path);
    }
  g_autofree char *pairings = g_build_filename (fixture->data_directory, CLAW_STORE_PAIRINGS, NULL);
  g_autofree char *pairing = find_pairing_file (fixture);
  if (pairing)
    g_remove (pairing);
  g_rmdir (pairings);
  g_rmdir (fixture->data_directory);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_test_server_clear (&fixture->server);
  claw_bootstrap_key_unref (fixture->key);
  g_clear_error (&fixture->open_error);
  g_ptr_array_unref (fixture->received);
  g_free (fixture->directory);
  g_free (fixture->data_directory);
  g_free (fixture->sec);
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_clear_error (&fixture->open_error);
  claw_client_open_finish (CLAW_CLIENT (object), result, &fixture->open_error);
  fixture->opened = TRUE;
}

static void
open_file (Fixture *fixture, ClawClientOpenFlags flags)
{
  fixture->opened = FALSE;
  claw_client_open_async (fixture->client, fixture->sec, fixture->key, flags, NULL, on_opened,
                          fixture);
  RUN_UNTIL (fixture->opened);
}

static void
on_resumed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_clear_error (&fixture->open_error);
  claw_client_resume_finish (CLAW_CLIENT (object), result, &fixture->open_error);
  fixture->opened = TRUE;
}

static void
resume (Fixture *fixture)
{
  fixture->opened = FALSE;
  claw_client_resume_async (fixture->client, NULL, on_resumed, fixture);
  RUN_UNTIL (fixture->opened);
}

static void
connect_client (Fixture *fixture)
{
  unsigned welcomes = fixture->welcomes;
  claw_test_server_accept_file (&fixture->server);
  open_file (fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_no_error (fixture->open_error);
  RUN_UNTIL (fixture->welcomes > welcomes);
  g_assert_cmpint (claw_client_get_state (fixture->client), ==, CLAW_CLIENT_CONNECTED);
}

static void
send_text (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_client_send (fixture->client, text, &error);
  g_assert_no_error (error);
  g_assert_nonnull (message);
}

static void
wait_for_state (Fixture *fixture, ClawClientState state)
{
  RUN_UNTIL (claw_client_get_state (fixture->client) == state);
}

/* A file opens a session: both names arrive, and the member list. */
static void
test_connect (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  g_assert_cmpstr (claw_client_get_name (fixture.client), ==, "wished");
  connect_client (&fixture);
  g_assert_cmpmem (fixture.server.hello, fixture.server.hello_length, "\001wished", 7);
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
      claw_test_server_open_other (&fixture.server);
      claw_client_set_nat_detection (fixture.client, is_enabled != 0);
      connect_client (&fixture);
      send_text (&fixture, "hello");
      RUN_UNTIL (fixture.delivered == 1);
      do
        {
          g_clear_pointer (&description, g_free);
          description = claw_client_describe (fixture.client);
        }
      while (is_enabled && !strstr (description, "no NAT")
             && g_main_context_iteration (NULL, TRUE));
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
  RUN_UNTIL (fixture.delivered == 2 && fixture.server.received->len == 2);
  g_assert_cmpuint (fixture.sent, ==, 2);
  g_assert_cmpstr (fixture.server.received->pdata[0], ==, "hello");
  g_assert_cmpstr (fixture.server.received->pdata[1], ==, "Grüße");
  claw_test_server_send (&fixture.server, "ben", "hi");
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
      claw_test_server_send (&fixture.server, "ben", text);
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
  g_assert_cmpstr (fixture.server.received->pdata[0], ==, longest);
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
  claw_test_server_accept_file (&fixture.server);
  RUN_UNTIL (fixture.delivered == CLAW_CHAT_OUTBOX_MESSAGES_MAX);
  g_assert_cmpuint (fixture.server.received->len, ==, CLAW_CHAT_OUTBOX_MESSAGES_MAX);
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
  claw_test_server_accept_file (&fixture.server);
  RUN_UNTIL (fixture.delivered == CLAW_CHAT_OUTBOX_MESSAGES_MAX);
  g_assert_cmpstr (fixture.server.received->pdata[0], ==, "waiting");
  claw_client_cancel_message (fixture.client, first);
  send_text (&fixture, "and on");
  RUN_UNTIL (fixture.delivered == CLAW_CHAT_OUTBOX_MESSAGES_MAX + 1);
  g_assert_cmpuint (fixture.cancelled, ==, 1);
  fixture_clear (&fixture);
}

/* A message that a killed program had sent, and did not know to be delivered, is sent by the next
 * one and shown once; one that had not left arrives. */
static void
test_queue_of_earlier_run (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  g_autoptr (ClawMessage) sent = claw_client_send (fixture.client, "sent", &error);
  g_autoptr (ClawMessage) unsent = claw_message_new ("not sent", -1, 1, &error);
  g_assert_no_error (error);
  RUN_UNTIL (fixture.server.received->len == 1);
  restart_client (&fixture, 60);
  g_assert_false (claw_client_queue (fixture.client, sent, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_error (&error);
  fixture.delivered = 0;
  claw_test_server_accept_pairing (&fixture.server);
  resume (&fixture);
  claw_client_queue (fixture.client, sent, &error);
  claw_client_queue (fixture.client, unsent, &error);
  g_assert_no_error (error);
  RUN_UNTIL (fixture.delivered == 2);
  g_assert_cmpuint (fixture.server.received->len, ==, 2);
  g_assert_cmpstr (fixture.server.received->pdata[1], ==, "not sent");
  fixture_clear (&fixture);
}

/* With a key, the directory opens under that key alone. */
static void
test_sealed_store (void)
{
  Fixture fixture;
  g_auto (ClawKey) key = { 0 };
  g_auto (ClawKey) other = { 0 };
  fixture_init (&fixture, 60);
  claw_key_generate (&key);
  claw_key_generate (&other);
  claw_client_set_store_key (fixture.client, &key);
  connect_client (&fixture);
  restart_client (&fixture, 60);
  claw_client_set_store_key (fixture.client, &other);
  resume (&fixture);
  g_assert_error (fixture.open_error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  restart_client (&fixture, 60);
  claw_client_set_store_key (fixture.client, &key);
  claw_test_server_accept_pairing (&fixture.server);
  resume (&fixture);
  g_assert_no_error (fixture.open_error);
  RUN_UNTIL (fixture.welcomes == 2);
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
  claw_udp_socket_get_address (fixture.server.socket, &server);
  const char *first = strstr (error->message, claw_address_format (&server, address));
  g_assert_nonnull (first);
  g_assert_null (strstr (first + 1, address));

  /* Another attempt with the same file works once the server listens. */
  claw_test_server_accept_file (&fixture.server);
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
  g_autoptr (ClawBootstrapKey) right = g_steal_pointer (&fixture.key);
  fixture.key = claw_bootstrap_key_generate ();
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_error (fixture.open_error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  g_clear_pointer (&fixture.key, claw_bootstrap_key_unref);
  fixture.key = claw_bootstrap_key_ref (right);

  claw_test_server_write_file (&fixture.server, fixture.sec, fixture.key, in_seconds (-600));
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_error (fixture.open_error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_EXPIRED);
  open_file (&fixture, CLAW_CLIENT_OPEN_IGNORE_TIME);
  g_assert_no_error (fixture.open_error);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_KNOCKING);

  g_assert_cmpint (g_remove (fixture.sec), ==, 0);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_nonnull (fixture.open_error);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  fixture_clear (&fixture);
}

/* A server that stops is found again by the resumption secret; what was typed meanwhile arrives. */
static void
test_resume (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  claw_test_server_close (&fixture.server, CLAW_CLOSE_CODE_SHUTDOWN);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  send_text (&fixture, "meanwhile");
  claw_test_server_refuse_all (&fixture.server);
  claw_test_server_accept_pairing (&fixture.server);
  claw_client_retry_now (fixture.client);
  wait_for_state (&fixture, CLAW_CLIENT_CONNECTED);
  RUN_UNTIL (fixture.delivered == 1 && fixture.server.sessions == 2);
  g_assert_cmpuint (fixture.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
  g_assert_cmpstr (fixture.server.received->pdata[0], ==, "meanwhile");
  fixture_clear (&fixture);
}

/* After the keys of a session have changed the client returns with the secret of the newest ones,
 * or, to a server that has lost it, with the one before. */
static void
test_rotated (void)
{
  for (unsigned lost = 0; lost < 2; lost++)
    {
      Fixture fixture;
      g_auto (ClawKey) first = { 0 };
      fixture_init (&fixture, 60);
      connect_client (&fixture);
      claw_key_copy (&first, &fixture.server.resumption);
      g_assert_true (claw_connection_rotate_keys (fixture.server.connection));
      claw_pump_kick (fixture.server.pump);
      RUN_UNTIL (!claw_key_equal (&first, &fixture.server.resumption));
      claw_test_server_close (&fixture.server, CLAW_CLOSE_CODE_SHUTDOWN);
      wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
      if (lost)
        claw_key_copy (&fixture.server.resumption, &first);
      claw_test_server_refuse_all (&fixture.server);
      claw_test_server_accept_pairing (&fixture.server);
      claw_client_retry_now (fixture.client);
      wait_for_state (&fixture, CLAW_CLIENT_CONNECTED);
      RUN_UNTIL (fixture.server.sessions == 2);
      fixture_clear (&fixture);
    }
}

/* A server that lost the newest secret, because it crashed before it was saved, still knows the one
 * before: first the file's, later the previous resumption secret. */
static void
test_resume_by_previous (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  claw_test_server_close (&fixture.server, CLAW_CLOSE_CODE_SHUTDOWN);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  /* A used file is good again only for a server that knows nothing of its use. */
  claw_test_server_refuse_all (&fixture.server);
  claw_test_server_accept_file (&fixture.server);
  claw_client_retry_now (fixture.client);
  RUN_UNTIL (fixture.server.sessions == 2 && fixture.welcomes == 2);
  g_assert_cmpuint (fixture.server.psk_id, ==, CLAW_TEST_SERVER_FILE_PSK);

  g_auto (ClawKey) older = { 0 };
  claw_key_copy (&older, &fixture.server.resumption);
  for (unsigned i = 0; i < 2; i++)
    {
      claw_test_server_close (&fixture.server, CLAW_CLOSE_CODE_SHUTDOWN);
      wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
      claw_key_clear (&fixture.server.resumption);
      claw_key_copy (&fixture.server.resumption, &older);
      claw_test_server_refuse_all (&fixture.server);
      claw_test_server_accept_pairing (&fixture.server);
      claw_client_retry_now (fixture.client);
      RUN_UNTIL (fixture.server.sessions == 3 + i && fixture.welcomes == 3 + i);
      g_assert_cmpuint (fixture.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
    }
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
      claw_test_server_close (&fixture.server, cases[i].code);
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
  RUN_UNTIL (fixture.server.byes == 1);
  claw_test_server_accept_pairing (&fixture.server);
  connect_client (&fixture);
  g_assert_cmpuint (fixture.server.sessions, ==, 2);
  g_assert_cmpuint (fixture.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
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
  claw_test_server_accept_file (&fixture.server);
  claw_client_open_async (fixture.client, fixture.sec, fixture.key, CLAW_CLIENT_OPEN_DEFAULT,
                          cancellable, on_opened, &fixture);
  g_cancellable_cancel (cancellable);
  RUN_UNTIL (fixture.opened);
  g_assert_error (fixture.open_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);

  fixture.opened = FALSE;
  claw_client_open_async (fixture.client, fixture.sec, fixture.key, 0, NULL, on_opened, &fixture);
  claw_client_shutdown (fixture.client);
  RUN_UNTIL (fixture.opened);
  g_assert_error (fixture.open_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  connect_client (&fixture);
  fixture_clear (&fixture);
}

/* By the time the server knows of a session, its secret is on the client's disk: a crash of either
 * side leaves a pair that shares one. */
static void
test_saved_before_use (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  claw_test_server_accept_file (&fixture.server);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  for (unsigned sessions = 1; sessions <= 3; sessions++)
    {
      g_autoptr (GError) error = NULL;
      RUN_UNTIL (fixture.server.sessions == sessions);
      g_autoptr (ClawStore) store = claw_store_open (fixture.data_directory, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (ClawSavedPairing) pairing = claw_store_load_last_pairing (store, &error);
      g_assert_no_error (error);
      g_assert_true (claw_resumption_has (&pairing->secrets, &fixture.server.resumption));
      g_assert_cmpstr (pairing->server_id, ==, "test-server");
      RUN_UNTIL (fixture.welcomes == sessions);
      claw_test_server_close (&fixture.server, CLAW_CLOSE_CODE_SHUTDOWN);
      wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
      claw_test_server_refuse_all (&fixture.server);
      claw_test_server_accept_pairing (&fixture.server);
      claw_client_retry_now (fixture.client);
    }
  fixture_clear (&fixture);
}

/* A client that is started again comes back without a file, any number of times, and sends what is
 * typed before it is connected. */
static void
test_restart (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  g_assert_false (claw_client_can_resume (fixture.client));
  connect_client (&fixture);
  for (unsigned i = 2; i <= 4; i++)
    {
      restart_client (&fixture, 60);
      g_assert_true (claw_client_can_resume (fixture.client));
      claw_test_server_refuse_all (&fixture.server);
      resume (&fixture);
      g_assert_no_error (fixture.open_error);
      wait_for_state (&fixture, CLAW_CLIENT_KNOCKING);
      g_assert_cmpstr (claw_client_get_server_name (fixture.client), ==, "Test Server");
      send_text (&fixture, "early");
      claw_test_server_accept_pairing (&fixture.server);
      RUN_UNTIL (fixture.welcomes == i && fixture.delivered == i - 1);
      g_assert_cmpuint (fixture.server.sessions, ==, i);
      g_assert_cmpuint (fixture.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
      g_assert_cmpuint (fixture.server.received->len, ==, i - 1);
    }
  fixture_clear (&fixture);
}

/* A known server's used file still connects after a restart: the saved secret is tried beside it.
 */
static void
test_restart_with_file (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  restart_client (&fixture, 60);
  claw_test_server_refuse_all (&fixture.server);
  claw_test_server_accept_pairing (&fixture.server);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_no_error (fixture.open_error);
  RUN_UNTIL (fixture.server.sessions == 2);
  g_assert_cmpuint (fixture.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
  fixture_clear (&fixture);
}

/* A resumed client never gives up: it says what silence may mean, and is there when the server is;
 * a message typed meanwhile arrives once. */
static void
test_resume_patiently (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  restart_client (&fixture, 1);
  claw_test_server_refuse_all (&fixture.server);
  resume (&fixture);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  g_assert_error (claw_client_get_error (fixture.client), CLAW_CLIENT_ERROR,
                  CLAW_CLIENT_ERROR_NO_ANSWER);
  send_text (&fixture, "meanwhile");
  claw_test_server_accept_pairing (&fixture.server);
  RUN_UNTIL (fixture.delivered == 1);
  g_assert_no_error (claw_client_get_error (fixture.client));
  g_assert_cmpuint (fixture.server.received->len, ==, 1);
  fixture_clear (&fixture);
}

/* A session that is lost without a word is taken up again on the same port, when the server is back
 * with its last secret; nothing is lost or doubled. */
static void
test_server_restart (void)
{
  Fixture fixture;
  ClawAddress address;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  send_text (&fixture, "before");
  RUN_UNTIL (fixture.delivered == 1);
  claw_udp_socket_get_address (fixture.server.socket, &address);
  claw_test_server_close (&fixture.server, CLAW_CLOSE_CODE_SHUTDOWN);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  send_text (&fixture, "meanwhile");
  g_assert_true (claw_test_server_restart (&fixture.server, address.port));
  claw_test_server_accept_pairing (&fixture.server);
  RUN_UNTIL (fixture.delivered == 2);
  g_assert_cmpuint (fixture.server.received->len, ==, 2);
  g_assert_cmpstr (fixture.server.received->pdata[1], ==, "meanwhile");
  fixture_clear (&fixture);
}

/* A pairing that the operator ended is gone from the disk, and nothing of it is tried again. */
static void
test_revoked_is_forgotten (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  g_assert_true (claw_client_can_resume (fixture.client));
  claw_test_server_close (&fixture.server, CLAW_CLOSE_CODE_REVOKED);
  wait_for_state (&fixture, CLAW_CLIENT_FAILED);
  g_assert_false (claw_client_can_resume (fixture.client));
  claw_client_retry_now (fixture.client);
  resume (&fixture);
  g_assert_error (fixture.open_error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NOT_PAIRED);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);

  /* Another file of the same server is a new beginning. */
  claw_test_server_refuse_all (&fixture.server);
  claw_key_generate (&fixture.server.file_psk);
  claw_test_server_write_file (&fixture.server, fixture.sec, fixture.key, in_seconds (600));
  connect_client (&fixture);
  g_assert_true (claw_client_can_resume (fixture.client));
  fixture_clear (&fixture);
}

/* A damaged pairing is told and left alone; a new file's pairing does not destroy it. */
static void
test_damaged_pairing (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  char bytes[16];
  size_t length = 0;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  restart_client (&fixture, 60);
  g_autofree char *path = find_pairing_file (&fixture);
  g_assert_true (claw_file_write (path, "damage", 6, &error));
  resume (&fixture);
  g_assert_error (fixture.open_error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);
  g_assert_true (claw_file_read (path, CLAW_FILE_READ_DEFAULT, bytes, sizeof bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, "damage", 6);
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

  fixture.server.elsewhere = TRUE;
  claw_test_server_write_file (&fixture.server, fixture.sec, fixture.key, in_seconds (600));
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

/* News of the network make an idle session ask at once, long before its keepalive of twenty
 * seconds, and a waiting client knock. */
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
  claw_connection_get_stats (fixture.server.connection, &stats);
  uint64_t before = stats.datagrams_received + 1; /* the last ACK may still be on its way */
  g_autoptr (GTimer) timer = g_timer_new ();
  do
    {
      claw_fake_network_set_available (monitor, TRUE);
      g_main_context_iteration (NULL, TRUE);
      claw_connection_get_stats (fixture.server.connection, &stats);
    }
  while (stats.datagrams_received <= before);
  g_assert_cmpfloat (g_timer_elapsed (timer, NULL), <, 15);

  claw_test_server_close (&fixture.server, CLAW_CLOSE_CODE_SHUTDOWN);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  claw_test_server_refuse_all (&fixture.server);
  claw_test_server_accept_pairing (&fixture.server);
  claw_fake_network_set_available (monitor, TRUE);
  wait_for_state (&fixture, CLAW_CLIENT_CONNECTED);
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
  RUN_UNTIL (fixture.server.byes == 1);
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
  g_test_add_func ("/client/send/of-an-earlier-run", test_queue_of_earlier_run);
  g_test_add_func ("/client/pairing/sealed", test_sealed_store);
  g_test_add_func ("/client/knock/no-answer", test_no_answer);
  g_test_add_func ("/client/file/wrong", test_wrong_files);
  g_test_add_func ("/client/lost/resumes", test_resume);
  g_test_add_func ("/client/lost/resumes-by-previous-secret", test_resume_by_previous);
  g_test_add_func ("/client/lost/resumes-after-rotation", test_rotated);
  g_test_add_func ("/client/operator/ends-it", test_operator);
  g_test_add_func ("/client/disconnect/and-back", test_disconnect);
  g_test_add_func ("/client/open/cancelled", test_cancel);
  g_test_add_func ("/client/pairing/saved-before-use", test_saved_before_use);
  g_test_add_func ("/client/pairing/restart-without-a-file", test_restart);
  g_test_add_func ("/client/pairing/restart-with-a-used-file", test_restart_with_file);
  g_test_add_func ("/client/pairing/patient", test_resume_patiently);
  g_test_add_func ("/client/pairing/revoked-is-forgotten", test_revoked_is_forgotten);
  g_test_add_func ("/client/pairing/damaged", test_damaged_pairing);
  g_test_add_func ("/client/lost/server-restarts", test_server_restart);
  g_test_add_func ("/client/network/none", test_no_network);
  g_test_add_func ("/client/network/changed", test_network_changed);
  g_test_add_func ("/client/unref/in-a-session", test_unref);
  return g_test_run ();
}
