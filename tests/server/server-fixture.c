/* server-fixture.c: see server-fixture.h. */
#include "server-fixture.h"

#include "claw-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#define HOUR_US (60 * 60 * (gint64) G_USEC_PER_SEC)

static gint64 hours_passed;

static gint64
read_clock (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return now.tv_sec * (gint64) G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* Returns: how much is added to the real time, so that a program begins half an hour after the
 * hour. */
static gint64
get_shift_us (void)
{
  static gsize shift_us;

  if (g_once_init_enter (&shift_us))
    g_once_init_leave (&shift_us, (gsize) (HOUR_US + HOUR_US / 2 - read_clock () % HOUR_US));
  return (gint64) shift_us;
}

/* In place of GLib's, for the server and the test alike. */
gint64
g_get_real_time (void)
{
  return read_clock () + get_shift_us () + hours_passed * HOUR_US;
}

void
let_hours_pass (unsigned hours)
{
  hours_passed += hours;
}

void
start (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->server = claw_server_new (fixture->config, NULL, fixture->control, &error);
  g_assert_no_error (error);
}

void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  fixture->directory = g_dir_make_tmp ("clawchat-server-XXXXXX", NULL);
  fixture->control = g_build_filename (fixture->directory, "control.sock", NULL);
  fixture->config = claw_server_config_new ();
  g_free (fixture->config->ip);
  fixture->config->ip = g_strdup ("127.0.0.1");
  g_free (fixture->config->state_directory);
  fixture->config->state_directory = g_build_filename (fixture->directory, "state", NULL);
  g_free (fixture->config->security_directory);
  fixture->config->security_directory = g_build_filename (fixture->directory, "security", NULL);
  start (fixture);
}

void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_server_free (fixture->server);
  g_assert_false (g_file_test (fixture->control, G_FILE_TEST_EXISTS));
  claw_server_config_free (fixture->config);
  remove_tree (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->control);
}

static void
take_chat_events (Client *client)
{
  claw_chat_pump (client->chat);
  while (TRUE)
    {
      g_auto (ClawChatEvent) event = { 0 };

      if (!claw_chat_next_event (client->chat, &event))
        return;
      if (event.type == CLAW_CHAT_WELCOME)
        {
          g_free (client->name);
          client->name = g_strdup (event.name);
        }
      if (event.type == CLAW_CHAT_MESSAGE)
        g_string_append_printf (client->log, "%s: %s\n", claw_message_get_sender (event.message),
                                claw_message_get_text (event.message, NULL));
    }
}

void
on_client_event (const ClawEndpointEvent *event, gpointer data)
{
  Client *client = data;

  switch (event->type)
    {
    case CLAW_ENDPOINT_ESTABLISHED:
      client->connection = event->connection;
      claw_key_copy (&client->resumption, claw_connection_get_resumption (event->connection));
      claw_connection_resumption_saved (event->connection);
      claw_chat_attach (client->chat, event->connection);
      break;
    case CLAW_ENDPOINT_REKEYED:
      claw_key_copy (&client->previous, &client->resumption);
      claw_key_copy (&client->resumption, claw_connection_get_resumption (event->connection));
      claw_connection_resumption_saved (event->connection);
      break;
    case CLAW_ENDPOINT_READABLE:
    case CLAW_ENDPOINT_PROGRESS:
    case CLAW_ENDPOINT_PORT:
    case CLAW_ENDPOINT_DATAGRAM:
      break;
    case CLAW_ENDPOINT_PROBED:
      client->probed = TRUE;
      break;
    case CLAW_ENDPOINT_COMPROMISED:
      client->told = TRUE;
      if (!client->stays_silent)
        claw_connection_confirm_compromised (event->connection);
      return;
    case CLAW_ENDPOINT_CLOSED:
      take_chat_events (client);
      claw_chat_attach (client->chat, NULL);
      client->connection = NULL;
      client->closed = TRUE;
      client->reason = event->reason;
      client->code = event->peer_code;
      client->peer_knows = event->peer_knows;
      return;
    }
  take_chat_events (client);
}

/* A client with the key pair of @like (nullable), or a new one. */
Client *
client_new (const Client *like, const char *name)
{
  Client *client = g_new0 (Client, 1);
  g_autofree char *hello = g_strconcat ("\1", name, NULL);
  ClawAddress address = { 0 };
  g_autoptr (GError) error = NULL;

  if (like != NULL)
    claw_identity_copy (&client->identity, &like->identity);
  else
    claw_identity_generate (&client->identity);
  const ClawEndpointConfig config = {
    .identity = &client->identity,
    .hello = hello,
    .hello_length = strlen (hello),
    .jitter_seed = 1,
  };
  client->endpoint = claw_endpoint_new (&config);
  g_assert_true (claw_address_parse_ip ("127.0.0.1", 0, &address));
  client->socket = claw_udp_socket_new (&address, &error);
  g_assert_no_error (error);
  client->pump = claw_pump_new (client->endpoint, client->socket, on_client_event, client);
  client->chat = claw_chat_new ();
  client->log = g_string_new (NULL);
  return client;
}

void
client_free (Client *client)
{
  claw_pump_free (client->pump);
  claw_chat_free (client->chat);
  claw_endpoint_free (client->endpoint);
  g_object_unref (client->socket);
  claw_identity_clear (&client->identity);
  claw_key_clear (&client->resumption);
  claw_key_clear (&client->previous);
  g_string_free (client->log, TRUE);
  g_free (client->name);
  g_free (client);
}
/* Knocks with @psk at the server, which is given back for the time being; does not wait. */
void
knock (Fixture *fixture, Client *client, const ClawKey *psk)
{
  const ClawConnectRequest request = {
    .server_key = fixture->server->identity.public_key,
    .psks = { psk },
    .addresses = &fixture->server->listening,
    .n_addresses = 1,
    .unix_us = (uint64_t) g_get_real_time (),
    .now_us = claw_pump_now_us (),
    .give_up_us = G_MAXINT64,
  };

  g_clear_pointer (&client->name, g_free);
  client->closed = FALSE;
  claw_endpoint_connect (client->endpoint, &request);
  claw_pump_kick (client->pump);
}

void
join (Fixture *fixture, Client *client, const ClawKey *psk)
{
  knock (fixture, client, psk);
  RUN_UNTIL (client->name != NULL);
}

/* Opens the server's unused file. */
ClawSecFile *
open_current (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  ClawSecFile *file = claw_sec_file_load (claw_issuer_get_current (fixture->server->issuer, NULL),
                                          fixture->server->bootstrap_key, &error);

  g_assert_no_error (error);
  return file;
}

Client *
pair (Fixture *fixture, const Client *like, const char *name)
{
  g_autoptr (ClawSecFile) file = open_current (fixture);
  Client *client = client_new (like, name);

  join (fixture, client, &file->shared_secret);
  return client;
}

void
restart (Fixture *fixture)
{
  claw_server_free (fixture->server);
  start (fixture);
}

void
say (Client *client, const char *text)
{
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, g_get_real_time (), NULL);

  g_assert_true (claw_chat_send (client->chat, message, NULL));
  claw_chat_pump (client->chat);
  claw_pump_kick (client->pump);
}
