/* claw-test-server.c: see claw-test-server.h. */
#include "claw-test-server.h"

#include "claw-file.h"

#include <string.h>

static const char hello[] = "\001Test Server";

static void
pump_chat (ClawTestServer *server)
{
  claw_chat_pump (server->chat);
  for (;;)
    {
      g_auto (ClawChatEvent) event = { 0 };
      if (!claw_chat_next_event (server->chat, &event))
        return;
      g_assert_cmpint (event.type, !=, CLAW_CHAT_BROKEN);
      if (event.type == CLAW_CHAT_MESSAGE)
        g_ptr_array_add (server->received, g_strdup (claw_message_get_text (event.message, NULL)));
      if (event.type == CLAW_CHAT_NAME)
        {
          g_ptr_array_add (server->asked, g_strdup (event.name));
          claw_chat_send_name (server->chat, server->name ? server->name : event.name);
          claw_chat_pump (server->chat);
        }
    }
}

static void
on_established (ClawTestServer *server, ClawConnection *connection)
{
  static const char *const members[] = { "ben", "clara", NULL };
  const uint8_t *client_hello = claw_connection_get_peer_hello (connection, &server->hello_length);
  g_free (server->hello);
  server->hello = g_strndup ((const char *) client_hello, server->hello_length);
  memcpy (server->client_key, claw_connection_get_peer_key (connection), CLAW_PUBLIC_KEY_SIZE);
  claw_key_clear (&server->resumption);
  claw_key_copy (&server->resumption, claw_connection_get_resumption (connection));
  claw_connection_resumption_saved (connection);
  server->psk_id = claw_connection_get_psk_id (connection);
  server->connection = connection;
  server->sessions++;
  claw_chat_attach (server->chat, connection);
  claw_chat_send_welcome (server->chat, server->name ? server->name : "anna", members);
  pump_chat (server);
}

static void
on_event (const ClawEndpointEvent *event, gpointer user_data)
{
  ClawTestServer *server = user_data;
  switch (event->type)
    {
    case CLAW_ENDPOINT_ESTABLISHED:
      on_established (server, event->connection);
      break;
    case CLAW_ENDPOINT_READABLE:
    case CLAW_ENDPOINT_PROGRESS:
    case CLAW_ENDPOINT_PORT:
    case CLAW_ENDPOINT_DATAGRAM:
      if (event->connection == server->connection)
        pump_chat (server);
      break;
    case CLAW_ENDPOINT_PROBED:
      break;
    case CLAW_ENDPOINT_REKEYED:
      claw_key_copy (&server->resumption, claw_connection_get_resumption (event->connection));
      claw_connection_resumption_saved (event->connection);
      break;
    case CLAW_ENDPOINT_COMPROMISED:
      server->told++;
      claw_connection_confirm_compromised (event->connection);
      break;
    case CLAW_ENDPOINT_CLOSED:
      if (event->reason == CLAW_CLOSE_PEER && event->peer_code == CLAW_CLOSE_CODE_BYE)
        server->byes++;
      if (event->connection != server->connection)
        break;
      server->connection = NULL;
      claw_chat_attach (server->chat, NULL);
      break;
    }
}

/* Returns: FALSE when the port is taken. */
static gboolean
listen_on (ClawTestServer *server, uint16_t port)
{
  ClawAddress address;
  g_assert_true (claw_address_parse_ip ("127.0.0.1", port, &address));
  server->socket = claw_udp_socket_new (&address, NULL);
  if (!server->socket)
    return FALSE;
  ClawEndpointConfig config = {
    .identity = &server->identity,
    .hello = hello,
    .hello_length = sizeof hello - 1,
    .jitter_seed = 1,
  };
  server->endpoint = claw_endpoint_new (&config);
  server->pump = claw_pump_new (server->endpoint, server->socket, on_event, server);
  return TRUE;
}

void
claw_test_server_init (ClawTestServer *server)
{
  memset (server, 0, sizeof *server);
  claw_identity_generate (&server->identity);
  claw_key_generate (&server->file_psk);
  g_assert_true (listen_on (server, 0));
  server->chat = claw_chat_new ();
  server->received = g_ptr_array_new_with_free_func (g_free);
  server->asked = g_ptr_array_new_with_free_func (g_free);
}

static void
stop_listening (ClawTestServer *server)
{
  claw_chat_attach (server->chat, NULL);
  server->connection = NULL;
  g_clear_pointer (&server->pump, claw_pump_free);
  g_clear_pointer (&server->endpoint, claw_endpoint_free);
  g_clear_object (&server->socket);
}

gboolean
claw_test_server_restart (ClawTestServer *server, uint16_t port)
{
  stop_listening (server);
  return listen_on (server, port);
}

void
claw_test_server_clear (ClawTestServer *server)
{
  stop_listening (server);
  g_clear_pointer (&server->chat, claw_chat_free);
  g_clear_object (&server->other_socket);
  g_clear_pointer (&server->received, g_ptr_array_unref);
  g_clear_pointer (&server->asked, g_ptr_array_unref);
  g_clear_pointer (&server->hello, g_free);
  claw_identity_clear (&server->identity);
  claw_key_clear (&server->file_psk);
  claw_key_clear (&server->resumption);
}

void
claw_test_server_accept_file (ClawTestServer *server)
{
  ClawPskEntry entry = {
    .id = CLAW_TEST_SERVER_FILE_PSK,
    .kind = CLAW_PSK_ONCE,
    .psk = &server->file_psk,
  };
  claw_endpoint_accept (server->endpoint, &entry);
}

void
claw_test_server_accept_pairing (ClawTestServer *server)
{
  ClawPskEntry entry = {
    .id = CLAW_TEST_SERVER_PAIRING_PSK,
    .kind = CLAW_PSK_PAIRING,
    .psk = &server->resumption,
    .client_key = server->client_key,
  };
  claw_endpoint_accept (server->endpoint, &entry);
}

void
claw_test_server_refuse_all (ClawTestServer *server)
{
  claw_endpoint_refuse (server->endpoint, CLAW_TEST_SERVER_FILE_PSK);
  claw_endpoint_refuse (server->endpoint, CLAW_TEST_SERVER_PAIRING_PSK);
}

void
claw_test_server_open_other (ClawTestServer *server)
{
  ClawAddress address;
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_address_parse_ip ("127.0.0.1", 0, &address));
  server->other_socket = claw_udp_socket_new (&address, &error);
  g_assert_no_error (error);
  claw_udp_socket_get_address (server->other_socket, &address);
  int number = claw_pump_add_socket (server->pump, server->other_socket);
  g_assert_cmpint (number, >, 0);
  claw_endpoint_set_other_socket (server->endpoint, (uint8_t) number, address.port);
}

void
claw_test_server_close (ClawTestServer *server, ClawCloseCode code)
{
  claw_chat_attach (server->chat, NULL);
  claw_connection_close (g_steal_pointer (&server->connection), code);
  claw_pump_kick (server->pump);
}

void
claw_test_server_send (ClawTestServer *server, const char *sender, const char *text)
{
  g_autoptr (GError) error = NULL;
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  for (size_t i = 0; i < sizeof id; i++)
    id[i] = (uint8_t) g_random_int ();
  g_autoptr (ClawMessage) message = claw_message_new_full (id, sender, g_get_real_time (), text, -1,
                                                           &error);
  g_assert_no_error (error);
  g_assert_true (claw_chat_send (server->chat, message, &error));
  pump_chat (server);
  claw_pump_kick (server->pump);
}

void
claw_test_server_write_file (ClawTestServer *server,
                             const char *path,
                             const ClawBootstrapKey *key,
                             gint64 valid_until_s)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();
  claw_key_clear (&file->shared_secret);
  claw_key_copy (&file->shared_secret, &server->file_psk);
  memcpy (file->server_public_key, server->identity.public_key, CLAW_PUBLIC_KEY_SIZE);
  file->server_id = g_strdup ("test-server");
  file->server_name = g_strdup ("Name in the File");
  file->timestamp_s = valid_until_s - 660;
  file->valid_until_s = valid_until_s;
  claw_udp_socket_get_address (server->socket, &file->server);
  if (server->elsewhere)
    g_assert_true (claw_address_parse ("0.0.0.1:50000", &file->server));
  /* The same once more, which is to be knocked at once only. */
  file->candidates[0] = file->server;
  file->n_candidates = 1;
  g_autofree char *text = claw_sec_file_seal (file, key, &error);
  g_assert_no_error (error);
  g_assert_true (claw_file_write (path, text, strlen (text), &error));
}
