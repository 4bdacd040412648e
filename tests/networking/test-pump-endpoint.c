/* test-pump-endpoint.c: two real endpoints, each behind a pump, over sockets on loopback.
 *
 * Everything from the knock to the CLOSE is driven by events of one main loop.
 */
#include "claw-pump.h"

#include <string.h>

#define PSK_ID 7
#define STREAM 1
#define BULK_SIZE \
  (1024 * 1024) /* several send buffers, so that PROGRESS is needed to get through */

typedef struct
{
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  ClawUdpSocket *socket;
  ClawPump *pump;
  ClawConnection *connection;
  size_t n_written, n_read;
  gboolean is_closed;
  ClawCloseReason reason;
} Side;

typedef struct
{
  Side server, client;
  ClawKey psk;
  size_t size; /* that the client sends */
} Fixture;

/* The byte at @offset of what the client sends. */
static uint8_t
pattern (size_t offset)
{
  return (uint8_t) (offset * 31 + offset / 251);
}

static void
write_more (Fixture *fixture)
{
  Side *client = &fixture->client;
  uint8_t chunk[4096];
  size_t taken;

  do
    {
      size_t length = MIN (sizeof chunk, fixture->size - client->n_written);
      for (size_t i = 0; i < length; i++)
        chunk[i] = pattern (client->n_written + i);
      taken = length > 0 ? claw_connection_write (client->connection, STREAM, chunk, length) : 0;
      client->n_written += taken;
    }
  while (taken > 0);
}

static void
read_more (Fixture *fixture)
{
  Side *server = &fixture->server;
  uint8_t chunk[4096];
  size_t length;

  while ((length = claw_connection_read (server->connection, STREAM, chunk, sizeof chunk)) > 0)
    for (size_t i = 0; i < length; i++)
      g_assert_cmphex (chunk[i], ==, pattern (server->n_read++));

  if (server->n_read == fixture->size)
    claw_connection_close (server->connection, CLAW_CLOSE_CODE_BYE);
}

static void
on_server_event (const ClawEndpointEvent *event, gpointer user_data)
{
  Fixture *fixture = user_data;

  switch (event->type)
    {
    case CLAW_ENDPOINT_ESTABLISHED:
      g_assert_null (fixture->server.connection);
      g_assert_cmpuint (claw_connection_get_psk_id (event->connection), ==, PSK_ID);
      fixture->server.connection = event->connection;
      break;
    case CLAW_ENDPOINT_READABLE:
      read_more (fixture);
      break;
    case CLAW_ENDPOINT_PROGRESS:
    case CLAW_ENDPOINT_PORT:
    case CLAW_ENDPOINT_DATAGRAM:
    case CLAW_ENDPOINT_REKEYED:
      break;
    case CLAW_ENDPOINT_PROBED:
      break;
    case CLAW_ENDPOINT_COMPROMISED:
      break;
    case CLAW_ENDPOINT_CLOSED:
      fixture->server.is_closed = TRUE;
      fixture->server.reason = event->reason;
      break;
    }
}

static void
on_client_event (const ClawEndpointEvent *event, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (event->connection == fixture->client.connection);
  switch (event->type)
    {
    case CLAW_ENDPOINT_ESTABLISHED:
    case CLAW_ENDPOINT_PROGRESS:
    case CLAW_ENDPOINT_PORT:
    case CLAW_ENDPOINT_DATAGRAM:
    case CLAW_ENDPOINT_COMPROMISED:
      write_more (fixture);
      break;
    case CLAW_ENDPOINT_READABLE:
    case CLAW_ENDPOINT_REKEYED:
      break;
    case CLAW_ENDPOINT_PROBED:
      break;
    case CLAW_ENDPOINT_CLOSED:
      fixture->client.is_closed = TRUE;
      fixture->client.reason = event->reason;
      break;
    }
}

static void
set_up_side (Side *side, const char *ip, Fixture *fixture, ClawPumpEvent event)
{
  g_autoptr (GError) error = NULL;
  ClawAddress address;

  claw_identity_generate (&side->identity);
  const ClawEndpointConfig config = { .identity = &side->identity, .jitter_seed = 1 };
  side->endpoint = claw_endpoint_new (&config);
  g_assert_true (claw_address_parse_ip (ip, 0, &address));
  side->socket = claw_udp_socket_new (&address, &error);
  g_assert_no_error (error);
  side->pump = claw_pump_new (side->endpoint, side->socket, event, fixture);
}

static void
tear_down_side (Side *side)
{
  claw_pump_free (side->pump);
  claw_endpoint_free (side->endpoint);
  g_assert_finalize_object (side->socket);
  claw_identity_clear (&side->identity);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  claw_key_generate (&fixture->psk);
  set_up_side (&fixture->server, "127.0.0.1", fixture, on_server_event);
  set_up_side (&fixture->client, "127.0.0.1", fixture, on_client_event);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tear_down_side (&fixture->client);
  tear_down_side (&fixture->server);
  claw_key_clear (&fixture->psk);
}

static void
connect_client (Fixture *fixture, gint64 give_up_us)
{
  ClawAddress address;

  claw_udp_socket_get_address (fixture->server.socket, &address);
  const ClawConnectRequest request = { .server_key = fixture->server.identity.public_key,
                                       .psks = { &fixture->psk },
                                       .addresses = &address,
                                       .n_addresses = 1,
                                       .unix_us = (uint64_t) g_get_real_time (),
                                       .now_us = claw_pump_now_us (),
                                       .give_up_us = give_up_us };
  fixture->client.connection = claw_endpoint_connect (fixture->client.endpoint, &request);
  claw_pump_kick (fixture->client.pump);
}

static void
run_until_closed (Fixture *fixture)
{
  while (!fixture->client.is_closed || !fixture->server.is_closed)
    g_main_context_iteration (NULL, TRUE);
}

/* A knock, more bytes than fit at once, and a CLOSE that both sides are told of. */
static void
test_transfer (Fixture *fixture, gconstpointer size)
{
  const ClawPskEntry entry = { .id = PSK_ID, .kind = CLAW_PSK_ONCE, .psk = &fixture->psk };

  fixture->size = GPOINTER_TO_SIZE (size);
  claw_endpoint_accept (fixture->server.endpoint, &entry);
  connect_client (fixture, G_MAXINT64);
  run_until_closed (fixture);
  g_assert_cmpuint (fixture->server.n_read, ==, fixture->size);
  g_assert_cmpint (fixture->server.reason, ==, CLAW_CLOSE_LOCAL);
  g_assert_cmpint (fixture->client.reason, ==, CLAW_CLOSE_PEER);
}

/* Nobody answers a psk that is not known, and giving up is an event that the timer brings. */
static void
test_no_answer (Fixture *fixture, gconstpointer data)
{
  connect_client (fixture, claw_pump_now_us () + 20 * 1000);
  fixture->server.is_closed = TRUE; /* there is no session there to wait for */
  run_until_closed (fixture);
  g_assert_cmpint (fixture->client.reason, ==, CLAW_CLOSE_NO_ANSWER);
  g_assert_null (fixture->server.connection);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/pump-endpoint/transfer/one-byte", Fixture, GSIZE_TO_POINTER (1), set_up,
              test_transfer, tear_down);
  g_test_add ("/pump-endpoint/transfer/bulk", Fixture, GSIZE_TO_POINTER (BULK_SIZE), set_up,
              test_transfer, tear_down);
  g_test_add ("/pump-endpoint/no-answer/gives-up", Fixture, NULL, set_up, test_no_answer,
              tear_down);
  return g_test_run ();
}
