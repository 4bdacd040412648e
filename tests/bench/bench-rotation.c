/* bench-rotation.c: what a key rotation costs both sides together, beside its two X25519 a side.
 *
 * Two endpoints in one thread change the keys of an idle session over and over; time that would
 * pass in the grace is skipped. Saving the secret to a disk is the application's and not in here.
 */
#include "claw-endpoint.h"

#include <locale.h>
#include <sodium.h>

#define ROTATIONS 2000
/* More than the grace of the previous keys. */
#define PAUSE_US (2 * G_USEC_PER_SEC)

typedef struct
{
  ClawEndpoint *endpoints[2];
  ClawConnection *connections[2];
  ClawRoute routes[2];
  gint64 now_us;
  uint64_t bytes;
  unsigned datagrams;
} Bench;

static void
handle_events (Bench *bench, unsigned i)
{
  ClawEndpointEvent event;

  while (claw_endpoint_next_event (bench->endpoints[i], &event))
    {
      g_assert_cmpint (event.type, !=, CLAW_ENDPOINT_CLOSED);
      bench->connections[i] = event.connection;
      if (event.type == CLAW_ENDPOINT_ESTABLISHED || event.type == CLAW_ENDPOINT_REKEYED)
        claw_connection_resumption_saved (event.connection);
    }
}

/* Until nothing is to be said at this time. */
static void
exchange (Bench *bench)
{
  gboolean any = TRUE;

  while (any)
    {
      any = FALSE;
      for (unsigned i = 0; i < 2; i++)
        {
          uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
          ClawRoute to;
          size_t length;

          claw_endpoint_wake (bench->endpoints[i], bench->now_us);
          handle_events (bench, i);
          while ((length = claw_endpoint_send (bench->endpoints[i], &to, buffer, sizeof buffer,
                                               bench->now_us))
                 > 0)
            {
              claw_endpoint_receive (bench->endpoints[1 - i], &bench->routes[i], buffer, length,
                                     bench->now_us);
              bench->bytes += length;
              bench->datagrams++;
              any = TRUE;
            }
          handle_events (bench, i);
        }
    }
}

static void
begin (Bench *bench)
{
  g_auto (ClawKey) psk = { 0 };
  ClawIdentity identities[2] = { { { 0 } } };

  claw_key_generate (&psk);
  for (unsigned i = 0; i < 2; i++)
    {
      ClawEndpointConfig config = { .identity = &identities[i], .jitter_seed = i };

      claw_identity_generate (&identities[i]);
      bench->endpoints[i] = claw_endpoint_new (&config);
      g_assert_true (claw_address_parse (i == 0 ? "127.0.0.1:40000" : "127.0.0.1:50000",
                                         &bench->routes[i].peer));
    }
  ClawPskEntry entry = { .id = 1, .kind = CLAW_PSK_ONCE, .psk = &psk };
  claw_endpoint_accept (bench->endpoints[1], &entry);
  ClawConnectRequest request = { .server_key = identities[1].public_key,
                                 .psks = { &psk },
                                 .addresses = &bench->routes[1].peer,
                                 .n_addresses = 1,
                                 .unix_us = 1700000000000000,
                                 .give_up_us = G_MAXINT64 };
  claw_endpoint_connect (bench->endpoints[0], &request);
  exchange (bench);
  for (unsigned i = 0; i < 2; i++)
    claw_identity_clear (&identities[i]);
}

/* The later acknowledgements and the end of the grace, until the next one may begin. */
static void
pause_a_while (Bench *bench)
{
  gint64 end_us = bench->now_us + PAUSE_US;
  gint64 next_us;

  exchange (bench);
  while ((next_us = MIN (claw_endpoint_get_deadline (bench->endpoints[0]),
                         claw_endpoint_get_deadline (bench->endpoints[1])))
         <= end_us)
    {
      bench->now_us = MAX (bench->now_us, next_us);
      exchange (bench);
    }
  bench->now_us = end_us;
}

static double
x25519_us (void)
{
  uint8_t secret[32], point[32], out[32];

  randombytes_buf (secret, sizeof secret);
  crypto_scalarmult_base (point, secret);
  gint64 start = g_get_monotonic_time ();
  for (unsigned i = 0; i < ROTATIONS; i++)
    g_assert_cmpint (crypto_scalarmult (out, secret, point), ==, 0);
  return (double) (g_get_monotonic_time () - start) / ROTATIONS;
}

int
main (void)
{
  Bench bench = { .now_us = 1 };
  ClawConnectionStats stats;

  setlocale (LC_ALL, "");
  claw_secret_init ();
  begin (&bench);
  pause_a_while (&bench);
  bench.bytes = bench.datagrams = 0;
  gint64 start = g_get_monotonic_time ();
  for (unsigned i = 0; i < ROTATIONS; i++)
    {
      g_assert_true (claw_connection_rotate_keys (bench.connections[i % 2]));
      pause_a_while (&bench);
    }
  double each_us = (double) (g_get_monotonic_time () - start) / ROTATIONS;
  for (unsigned i = 0; i < 2; i++)
    {
      claw_connection_get_stats (bench.connections[i], &stats);
      g_assert_cmpuint (stats.key_epoch, ==, ROTATIONS);
    }
  double curve_us = x25519_us ();
  g_print ("key rotation, both sides together    %8.0f µs (four X25519 %.0f µs), %.1f datagrams, "
           "%.0f bytes\n",
           each_us, 4 * curve_us, (double) bench.datagrams / ROTATIONS,
           (double) bench.bytes / ROTATIONS);
  for (unsigned i = 0; i < 2; i++)
    claw_endpoint_free (bench.endpoints[i]);
  return 0;
}
