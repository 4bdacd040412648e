/* test-client-pairing.c: coming back to a server that is known, in this run and the next, by what
 * is saved of the pairing. */
#include "claw-file.h"
#include "claw-store.h"
#include "client-fixture.h"

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
  RUN_UNTIL (fixture.chat.server.received->len == 1);
  restart_client (&fixture, 60);
  g_assert_false (claw_client_queue (fixture.client, sent, CLAW_MESSAGE_SENT, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_error (&error);
  fixture.delivered = 0;
  claw_test_server_accept_pairing (&fixture.chat.server);
  resume (&fixture);
  claw_client_queue (fixture.client, sent, CLAW_MESSAGE_SENT, &error);
  claw_client_queue (fixture.client, unsent, CLAW_MESSAGE_QUEUED, &error);
  g_assert_no_error (error);
  RUN_UNTIL (fixture.delivered == 2);
  g_assert_cmpuint (fixture.chat.server.received->len, ==, 2);
  g_assert_cmpstr (fixture.chat.server.received->pdata[1], ==, "not sent");
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
  claw_test_server_accept_pairing (&fixture.chat.server);
  resume (&fixture);
  g_assert_no_error (fixture.open_error);
  RUN_UNTIL (fixture.welcomes == 2);
  fixture_clear (&fixture);
}

/* A server that stops is found again by the resumption secret; what was typed meanwhile arrives. */
static void
test_resume (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  connect_client (&fixture);
  claw_test_server_close (&fixture.chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  send_text (&fixture, "meanwhile");
  claw_test_server_refuse_all (&fixture.chat.server);
  claw_test_server_accept_pairing (&fixture.chat.server);
  claw_client_retry_now (fixture.client);
  wait_for_state (&fixture, CLAW_CLIENT_CONNECTED);
  RUN_UNTIL (fixture.delivered == 1 && fixture.chat.server.sessions == 2);
  g_assert_cmpuint (fixture.chat.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
  g_assert_cmpstr (fixture.chat.server.received->pdata[0], ==, "meanwhile");
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
      claw_key_copy (&first, &fixture.chat.server.resumption);
      g_assert_true (claw_connection_rotate_keys (fixture.chat.server.connection));
      claw_pump_kick (fixture.chat.server.pump);
      RUN_UNTIL (!claw_key_equal (&first, &fixture.chat.server.resumption));
      claw_test_server_close (&fixture.chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
      wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
      if (lost)
        claw_key_copy (&fixture.chat.server.resumption, &first);
      claw_test_server_refuse_all (&fixture.chat.server);
      claw_test_server_accept_pairing (&fixture.chat.server);
      claw_client_retry_now (fixture.client);
      wait_for_state (&fixture, CLAW_CLIENT_CONNECTED);
      RUN_UNTIL (fixture.chat.server.sessions == 2);
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
  claw_test_server_close (&fixture.chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  /* A used file is good again only for a server that knows nothing of its use. */
  claw_test_server_refuse_all (&fixture.chat.server);
  claw_test_server_accept_file (&fixture.chat.server);
  claw_client_retry_now (fixture.client);
  RUN_UNTIL (fixture.chat.server.sessions == 2 && fixture.welcomes == 2);
  g_assert_cmpuint (fixture.chat.server.psk_id, ==, CLAW_TEST_SERVER_FILE_PSK);

  g_auto (ClawKey) older = { 0 };
  claw_key_copy (&older, &fixture.chat.server.resumption);
  for (unsigned i = 0; i < 2; i++)
    {
      claw_test_server_close (&fixture.chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
      wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
      claw_key_clear (&fixture.chat.server.resumption);
      claw_key_copy (&fixture.chat.server.resumption, &older);
      claw_test_server_refuse_all (&fixture.chat.server);
      claw_test_server_accept_pairing (&fixture.chat.server);
      claw_client_retry_now (fixture.client);
      RUN_UNTIL (fixture.chat.server.sessions == 3 + i && fixture.welcomes == 3 + i);
      g_assert_cmpuint (fixture.chat.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
    }
  fixture_clear (&fixture);
}

/* By the time the server knows of a session, its secret is on the client's disk: a crash of either
 * side leaves a pair that shares one. */
static void
test_saved_before_use (void)
{
  Fixture fixture;
  fixture_init (&fixture, 60);
  claw_test_server_accept_file (&fixture.chat.server);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  for (unsigned sessions = 1; sessions <= 3; sessions++)
    {
      g_autoptr (GError) error = NULL;
      RUN_UNTIL (fixture.chat.server.sessions == sessions);
      g_autoptr (ClawStore) store = claw_store_open (fixture.data_directory, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (ClawSavedPairing) pairing = claw_store_load_last_pairing (store, &error);
      g_assert_no_error (error);
      g_assert_true (claw_resumption_has (&pairing->secrets, &fixture.chat.server.resumption));
      g_assert_cmpstr (pairing->server_id, ==, "test-server");
      RUN_UNTIL (fixture.welcomes == sessions);
      claw_test_server_close (&fixture.chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
      wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
      claw_test_server_refuse_all (&fixture.chat.server);
      claw_test_server_accept_pairing (&fixture.chat.server);
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
      claw_test_server_refuse_all (&fixture.chat.server);
      resume (&fixture);
      g_assert_no_error (fixture.open_error);
      wait_for_state (&fixture, CLAW_CLIENT_KNOCKING);
      g_assert_cmpstr (claw_client_get_server_name (fixture.client), ==, "Test Server");
      send_text (&fixture, "early");
      claw_test_server_accept_pairing (&fixture.chat.server);
      RUN_UNTIL (fixture.welcomes == i && fixture.delivered == i - 1);
      g_assert_cmpuint (fixture.chat.server.sessions, ==, i);
      g_assert_cmpuint (fixture.chat.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
      g_assert_cmpuint (fixture.chat.server.received->len, ==, i - 1);
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
  claw_test_server_refuse_all (&fixture.chat.server);
  claw_test_server_accept_pairing (&fixture.chat.server);
  open_file (&fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_no_error (fixture.open_error);
  RUN_UNTIL (fixture.chat.server.sessions == 2);
  g_assert_cmpuint (fixture.chat.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
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
  claw_test_server_refuse_all (&fixture.chat.server);
  resume (&fixture);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  g_assert_error (claw_client_get_error (fixture.client), CLAW_CLIENT_ERROR,
                  CLAW_CLIENT_ERROR_NO_ANSWER);
  send_text (&fixture, "meanwhile");
  claw_test_server_accept_pairing (&fixture.chat.server);
  RUN_UNTIL (fixture.delivered == 1);
  g_assert_no_error (claw_client_get_error (fixture.client));
  g_assert_cmpuint (fixture.chat.server.received->len, ==, 1);
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
  claw_udp_socket_get_address (fixture.chat.server.socket, &address);
  claw_test_server_close (&fixture.chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  wait_for_state (&fixture, CLAW_CLIENT_RECONNECTING);
  send_text (&fixture, "meanwhile");
  g_assert_true (claw_test_server_restart (&fixture.chat.server, address.port));
  claw_test_server_accept_pairing (&fixture.chat.server);
  RUN_UNTIL (fixture.delivered == 2);
  g_assert_cmpuint (fixture.chat.server.received->len, ==, 2);
  g_assert_cmpstr (fixture.chat.server.received->pdata[1], ==, "meanwhile");
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
  claw_test_server_close (&fixture.chat.server, CLAW_CLOSE_CODE_REVOKED);
  wait_for_state (&fixture, CLAW_CLIENT_FAILED);
  g_assert_false (claw_client_can_resume (fixture.client));
  claw_client_retry_now (fixture.client);
  resume (&fixture);
  g_assert_error (fixture.open_error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NOT_PAIRED);
  g_assert_cmpint (claw_client_get_state (fixture.client), ==, CLAW_CLIENT_IDLE);

  /* Another file of the same server is a new beginning. */
  claw_test_chat_renew_file (&fixture.chat);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_test_add_func ("/client/send/of-an-earlier-run", test_queue_of_earlier_run);
  g_test_add_func ("/client/pairing/sealed", test_sealed_store);
  g_test_add_func ("/client/lost/resumes", test_resume);
  g_test_add_func ("/client/lost/resumes-by-previous-secret", test_resume_by_previous);
  g_test_add_func ("/client/lost/resumes-after-rotation", test_rotated);
  g_test_add_func ("/client/pairing/saved-before-use", test_saved_before_use);
  g_test_add_func ("/client/pairing/restart-without-a-file", test_restart);
  g_test_add_func ("/client/pairing/restart-with-a-used-file", test_restart_with_file);
  g_test_add_func ("/client/pairing/patient", test_resume_patiently);
  g_test_add_func ("/client/pairing/revoked-is-forgotten", test_revoked_is_forgotten);
  g_test_add_func ("/client/pairing/damaged", test_damaged_pairing);
  g_test_add_func ("/client/lost/server-restarts", test_server_restart);
  return g_test_run ();
}
