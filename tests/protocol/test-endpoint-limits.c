/* test-endpoint-limits.c: floods of handshakes by those who hold a psk. */
#include "pair.h"

#include <string.h>

#define PSKS (CLAW_ENDPOINT_HANDSHAKES_WAITING_MAX + 1)

typedef struct
{
  ClawIdentity server, client;
  ClawKey psks[PSKS];
  ClawEndpoint *endpoint;
  uint64_t timestamp_us;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer per_second)
{
  ClawEndpointConfig config = { .identity = &fixture->server,
                                .jitter_seed = 1,
                                .handshakes_per_second = GPOINTER_TO_UINT (per_second) };

  claw_secret_init ();
  claw_identity_generate (&fixture->server);
  claw_identity_generate (&fixture->client);
  fixture->endpoint = claw_endpoint_new (&config);
  for (unsigned i = 0; i < PSKS; i++)
    {
      ClawPskEntry entry = { .id = i + 1, .kind = CLAW_PSK_ONCE, .psk = &fixture->psks[i] };

      claw_key_generate (&fixture->psks[i]);
      claw_endpoint_accept (fixture->endpoint, &entry);
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_endpoint_free (fixture->endpoint);
  claw_identity_clear (&fixture->server);
  claw_identity_clear (&fixture->client);
  for (unsigned i = 0; i < PSKS; i++)
    claw_key_clear (&fixture->psks[i]);
}

/* A right initiation with that psk comes. */
static void
knock (Fixture *fixture, unsigned psk, gint64 now_us)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];
  ClawRoute from = { .peer = { .family = CLAW_ADDRESS_IPV4, .ip = { 192, 0, 2, 1 }, .port = 9 } };

  claw_initiation_free (claw_initiation_new (&fixture->client, fixture->server.public_key,
                                             &fixture->psks[psk], 7, ++fixture->timestamp_us, "", 0,
                                             datagram));
  claw_endpoint_receive (fixture->endpoint, &from, datagram, sizeof datagram, now_us);
}

static unsigned
count_responses (Fixture *fixture, gint64 now_us)
{
  uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
  unsigned n = 0;
  ClawRoute to;

  while (claw_endpoint_send (fixture->endpoint, &to, buffer, sizeof buffer, now_us) > 0)
    n++;
  return n;
}

static uint64_t
count_near_misses (Fixture *fixture)
{
  ClawEndpointStats stats;

  claw_endpoint_get_stats (fixture->endpoint, &stats);
  return stats.near_misses;
}

/* Of many that came together a few are answered in each turn, and until all are the endpoint wants
 * its next turn at once. */
static void
test_per_turn (Fixture *fixture, gconstpointer data)
{
  unsigned left = 3 * CLAW_ENDPOINT_HANDSHAKES_PER_TURN + 1;

  for (unsigned i = 0; i < left; i++)
    knock (fixture, i, 1000);
  g_assert_cmpuint (count_responses (fixture, 1000), ==, 0);
  while (left > 0)
    {
      unsigned n = MIN (left, CLAW_ENDPOINT_HANDSHAKES_PER_TURN);

      g_assert_cmpint (claw_endpoint_get_deadline (fixture->endpoint), ==, 1000);
      claw_endpoint_wake (fixture->endpoint, 2000);
      g_assert_cmpuint (count_responses (fixture, 2000), ==, n);
      left -= n;
    }
  g_assert_cmpint (claw_endpoint_get_deadline (fixture->endpoint), >, 2000);
}

/* One more than may wait is turned away, and all others are answered. */
static void
test_waiting_max (Fixture *fixture, gconstpointer data)
{
  unsigned n = 0;

  for (unsigned i = 0; i < CLAW_ENDPOINT_HANDSHAKES_WAITING_MAX; i++)
    knock (fixture, i, 1000);
  g_assert_cmpuint (count_near_misses (fixture), ==, 0);
  knock (fixture, CLAW_ENDPOINT_HANDSHAKES_WAITING_MAX, 1000);
  g_assert_cmpuint (count_near_misses (fixture), ==, 1);
  while (claw_endpoint_get_deadline (fixture->endpoint) <= 1000)
    {
      claw_endpoint_wake (fixture->endpoint, 1000);
      n += count_responses (fixture, 1000);
    }
  g_assert_cmpuint (n, ==, CLAW_ENDPOINT_HANDSHAKES_WAITING_MAX);
}

/* Those whose psk is taken back while they wait get silence. */
static void
test_refused_while_waiting (Fixture *fixture, gconstpointer data)
{
  knock (fixture, 0, 1000);
  knock (fixture, 1, 1000);
  claw_endpoint_refuse (fixture->endpoint, 1);
  claw_endpoint_wake (fixture->endpoint, 1000);
  g_assert_cmpuint (count_responses (fixture, 1000), ==, 1);
}

/* Ten seconds of a flood ten times as fast as the limit are answered at the rate of the limit. */
static void
test_flood (Fixture *fixture, gconstpointer per_second)
{
  const unsigned rate = GPOINTER_TO_UINT (per_second);
  const gint64 pause_us = G_USEC_PER_SEC / (10 * rate);
  unsigned n = 0;

  for (gint64 now_us = 0; now_us < 10 * G_USEC_PER_SEC; now_us += pause_us)
    {
      knock (fixture, (unsigned) (now_us / pause_us % PSKS), now_us);
      claw_endpoint_wake (fixture->endpoint, now_us);
      n += count_responses (fixture, now_us);
    }
  g_assert_cmpuint (n, >=, 9 * rate);
  g_assert_cmpuint (n, <=, 10 * rate + rate / 10 + 4);
}

/* In the midst of a flood the records of a turn come first: a session's line is there before any
 * handshake of the same turn is looked at. */
static void
test_records_first (void)
{
  g_autoptr (Pair) pair = pair_new (1);
  ClawEndpoint *server = pair->sides[PAIR_SERVER].endpoint;
  uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX], initiation[CLAW_HANDSHAKE_INITIATION_SIZE];
  g_auto (ClawIdentity) guest = { 0 };
  g_auto (ClawKey) psk = { 0 };
  ClawRoute to, from = { .peer = pair->sides[PAIR_CLIENT].address };
  ClawEndpointEvent event;
  size_t length;

  pair_establish (pair);
  pair_run (pair, 5 * G_USEC_PER_SEC);
  claw_identity_generate (&guest);
  claw_key_generate (&psk);
  pair_accept (pair, 8, CLAW_PSK_ONCE, &psk, NULL);
  claw_initiation_free (claw_initiation_new (&guest, pair->sides[PAIR_SERVER].identity.public_key,
                                             &psk, 7, 1, "", 0, initiation));
  claw_connection_write (pair->sides[PAIR_CLIENT].connection, 0, "line", 4);
  length = claw_endpoint_send (pair->sides[PAIR_CLIENT].endpoint, &to, datagram, sizeof datagram,
                               pair->now_us);
  g_assert_cmpuint (length, >, 0);

  claw_endpoint_receive (server, &from, initiation, sizeof initiation, pair->now_us);
  claw_endpoint_receive (server, &from, datagram, length, pair->now_us);
  g_assert_true (claw_endpoint_next_event (server, &event));
  g_assert_cmpint (event.type, ==, CLAW_ENDPOINT_READABLE);
  g_assert_cmpint (claw_endpoint_get_deadline (server), ==, pair->now_us);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, rate, test) \
  g_test_add (path, Fixture, GUINT_TO_POINTER (rate), set_up, test, tear_down)
  ADD ("/endpoint-limits/handshakes/per-turn", 100000, test_per_turn);
  ADD ("/endpoint-limits/handshakes/waiting-max", 100000, test_waiting_max);
  ADD ("/endpoint-limits/handshakes/refused-while-waiting", 100000, test_refused_while_waiting);
  ADD ("/endpoint-limits/handshakes/flood", 20, test_flood);
  g_test_add_func ("/endpoint-limits/turn/records-first", test_records_first);
  return g_test_run ();
}
