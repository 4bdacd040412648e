/* bench-handshake.c: handshakes that one core answers per second, beside the cost of their X25519
 * alone.
 *
 * Only the responder's work is timed: reading the initiation, its MAC, three Diffie-Hellman
 * operations (es, ss and se/ee make four in all), the response, and the first record that
 * establishes the session.
 */
#include "claw-endpoint.h"
#include "claw-token-bucket.h"

#include <glib.h>
#include <locale.h>
#include <sodium.h>
#include <time.h>

#define HANDSHAKES 2000

typedef struct
{
  uint8_t data[CLAW_CONNECTION_DATAGRAM_MAX];
  size_t length;
} Datagram;

/* Of this process's own processor time, whatever else the machine does. */
static gint64
now_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * (gint64) G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static ClawEndpoint *
new_endpoint (const ClawIdentity *identity)
{
  ClawEndpointConfig config = { .identity = identity,
                                .hello = "\1",
                                .hello_length = 1,
                                .jitter_seed = 1,
                                .handshakes_per_second = CLAW_TOKEN_BUCKET_RATE_MAX };

  return claw_endpoint_new (&config);
}

static gboolean
take (ClawEndpoint *endpoint, Datagram *datagram, gint64 now_us)
{
  ClawRoute to;

  datagram->length = claw_endpoint_send (endpoint, &to, datagram->data, sizeof datagram->data,
                                         now_us);
  return datagram->length > 0;
}

static void
drain_events (ClawEndpoint *endpoint)
{
  ClawEndpointEvent event;

  while (claw_endpoint_next_event (endpoint, &event))
    ;
}

static void
start_client (ClawEndpoint *server,
              ClawEndpoint **client,
              const ClawIdentity *server_identity,
              unsigned i,
              Datagram *out)
{
  g_auto (ClawIdentity) identity = { 0 };
  g_auto (ClawKey) psk = { 0 };
  ClawAddress address;
  ClawPskEntry entry = { .id = i + 1, .kind = CLAW_PSK_ONCE, .psk = &psk };
  ClawConnectRequest request = { .server_key = server_identity->public_key,
                                 .psks = { &psk },
                                 .addresses = &address,
                                 .n_addresses = 1,
                                 .unix_us = 1700000000000000,
                                 .give_up_us = G_MAXINT64 };

  g_assert_true (claw_address_parse ("127.0.0.1:50000", &address));
  claw_identity_generate (&identity);
  claw_key_generate (&psk);
  claw_endpoint_accept (server, &entry);
  *client = new_endpoint (&identity);
  claw_endpoint_connect (*client, &request);
  claw_endpoint_wake (*client, 0);
  g_assert_true (take (*client, out, 0));
}

static double
x25519_seconds (void)
{
  uint8_t secret[32], point[32], out[32];
  gint64 start;

  randombytes_buf (secret, sizeof secret);
  crypto_scalarmult_base (point, secret);
  start = now_us ();
  for (unsigned i = 0; i < HANDSHAKES; i++)
    g_assert_cmpint (crypto_scalarmult (out, secret, point), ==, 0);
  return (double) (now_us () - start) / 1e6 / HANDSHAKES;
}

int
main (void)
{
  g_auto (ClawIdentity) identity = { 0 };
  g_autoptr (ClawEndpoint) server = NULL;
  g_autofree ClawEndpoint **clients = g_new0 (ClawEndpoint *, HANDSHAKES);
  g_autofree Datagram *to_server = g_new0 (Datagram, HANDSHAKES);
  g_autofree Datagram *to_client = g_new0 (Datagram, HANDSHAKES);
  ClawEndpointStats stats;
  ClawRoute from = { 0 };
  gint64 spent_us = 0, start;
  double each, curve;

  setlocale (LC_ALL, "");
  claw_secret_init ();
  claw_identity_generate (&identity);
  server = new_endpoint (&identity);
  for (unsigned i = 0; i < HANDSHAKES; i++)
    start_client (server, &clients[i], &identity, i, &to_server[i]);

  g_assert_true (claw_address_parse ("127.0.0.1:40000", &from.peer));
  start = now_us ();
  for (unsigned i = 0; i < HANDSHAKES; i++)
    {
      claw_endpoint_receive (server, &from, to_server[i].data, to_server[i].length, 1000);
      claw_endpoint_wake (server, 1000);
      g_assert_true (take (server, &to_client[i], 1000));
    }
  spent_us += now_us () - start;

  for (unsigned i = 0; i < HANDSHAKES; i++)
    {
      claw_endpoint_receive (clients[i], &from, to_client[i].data, to_client[i].length, 2000);
      drain_events (clients[i]);
      g_assert_true (take (clients[i], &to_server[i], 2000));
    }
  start = now_us ();
  for (unsigned i = 0; i < HANDSHAKES; i++)
    {
      claw_endpoint_receive (server, &from, to_server[i].data, to_server[i].length, 3000);
      drain_events (server);
    }
  spent_us += now_us () - start;

  claw_endpoint_get_stats (server, &stats);
  g_assert_cmpuint (stats.connections, ==, HANDSHAKES);
  each = (double) spent_us / 1e6 / HANDSHAKES;
  curve = x25519_seconds ();
  g_print ("handshakes answered on one core     %8.0f /s (%.0f µs; one X25519 %.0f µs, five in a "
           "handshake %.0f µs)\n",
           1 / each, each * 1e6, curve * 1e6, 5 * curve * 1e6);
  for (unsigned i = 0; i < HANDSHAKES; i++)
    claw_endpoint_free (clients[i]);
  return 0;
}
