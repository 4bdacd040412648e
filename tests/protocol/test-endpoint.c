/* test-endpoint.c: handshakes, who is let in, and what strangers get. */
#include "pair.h"

#include <string.h>

typedef struct
{
  unsigned side;
  unsigned n;                                  /* datagrams of that side to lose */
  uint8_t first[CLAW_CONNECTION_DATAGRAM_MAX]; /* the first one that was sent */
  size_t first_length;
} Lose;

static gboolean
lose_first (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  Lose *lose = pair->filter_data;

  if (side != lose->side)
    return TRUE;
  if (lose->first_length == 0)
    {
      memcpy (lose->first, data, length);
      lose->first_length = length;
    }
  if (lose->n == 0)
    return TRUE;
  lose->n--;
  return FALSE;
}

static gboolean
is_established (const Pair *pair, unsigned side)
{
  return pair->sides[side].connection != NULL
         && claw_connection_get_state (pair->sides[side].connection) == CLAW_CONNECTION_ESTABLISHED;
}

static void
assert_silence (Pair *pair, unsigned n_sent)
{
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, n_sent);
  for (unsigned i = 0; i <= CLAW_ENDPOINT_CLOSED; i++)
    g_assert_cmpuint (pair->sides[PAIR_SERVER].events[i], ==, 0);
}

/* The initiator is established after one round trip, the responder half a round trip later, without
 * any data. */
static void
test_one_round_trip (void)
{
  g_autoptr (Pair) pair = pair_new (1);
  size_t length;

  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, NULL, G_MAXINT64);
  pair_run (pair, 2 * pair->delay_us);
  g_assert_true (is_established (pair, PAIR_CLIENT));
  g_assert_false (is_established (pair, PAIR_SERVER));
  pair_run (pair, pair->delay_us);
  g_assert_true (is_established (pair, PAIR_SERVER));

  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  g_assert_true (claw_connection_is_initiator (client));
  g_assert_false (claw_connection_is_initiator (server));
  g_assert_cmpuint (claw_connection_get_psk_id (server), ==, PAIR_PSK_ID);
  g_assert_cmpuint (claw_connection_get_psk_id (client), ==, 0);
  g_assert_cmpmem (claw_connection_get_peer_key (server), 32,
                   pair->sides[PAIR_CLIENT].identity.public_key, 32);
  g_assert_cmpmem (claw_connection_get_peer_key (client), 32,
                   pair->sides[PAIR_SERVER].identity.public_key, 32);
  const uint8_t *hello = claw_connection_get_peer_hello (server, &length);
  g_assert_cmpmem (hello, length, "client", 6);
  hello = claw_connection_get_peer_hello (client, &length);
  g_assert_cmpmem (hello, length, "server", 6);
  g_assert_true (claw_key_equal (claw_connection_get_resumption (client),
                                 claw_connection_get_resumption (server)));
  g_assert_false (claw_key_equal (claw_connection_get_resumption (client), &pair->psk));
  g_assert_true (claw_address_equal (claw_connection_get_peer_address (server),
                                     &pair->sides[PAIR_CLIENT].address));
}

/* Without the psk there is no answer and no event; the initiator is told after the time it gave. */
static void
test_wrong_psk (void)
{
  g_autoptr (Pair) pair = pair_new (2);
  g_auto (ClawKey) wrong = { 0 };
  ClawEndpointStats stats;

  claw_key_generate (&wrong);
  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, &wrong, pair->now_us + 20 * G_USEC_PER_SEC);
  pair_run (pair, 30 * G_USEC_PER_SEC);
  assert_silence (pair, 0);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].events[CLAW_ENDPOINT_CLOSED], ==, 1);
  g_assert_cmpint (pair->sides[PAIR_CLIENT].reason, ==, CLAW_CLOSE_NO_ANSWER);
  /* At 0, 1, 3, 7, 11, 15, 19 s, more or less by the jitter. */
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].n_sent, >=, 6);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].n_sent, <=, 8);
  claw_endpoint_get_stats (pair->sides[PAIR_SERVER].endpoint, &stats);
  g_assert_cmpuint (stats.strangers, ==, pair->sides[PAIR_CLIENT].n_sent);
  g_assert_cmpuint (stats.near_misses, ==, 0);
}

/* An initiation that comes a second time is met with silence, from wherever it comes. */
static void
test_replay (void)
{
  g_autoptr (Pair) pair = pair_new (3);
  Lose lose = { .side = PAIR_CLIENT };
  ClawEndpointStats stats;

  pair->filter = lose_first;
  pair->filter_data = &lose;
  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_PAIRING, &pair->psk,
               pair->sides[PAIR_CLIENT].identity.public_key);
  pair_connect (pair, NULL, G_MAXINT64);
  pair_run (pair, G_USEC_PER_SEC);
  unsigned n_sent = pair->sides[PAIR_SERVER].n_sent;
  pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, lose.first, lose.first_length);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, n_sent);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_ESTABLISHED], ==, 1);
  claw_endpoint_get_stats (pair->sides[PAIR_SERVER].endpoint, &stats);
  g_assert_cmpuint (stats.near_misses, ==, 1);
  g_assert_nonnull (stats.last_near_miss);
  g_assert_true (
      claw_address_equal (&stats.last_near_miss_from, &pair->sides[PAIR_CLIENT].address));
  g_assert_cmpuint (stats.n_refusals, ==, 1);
  g_assert_cmpstr (stats.refusals[0].reason, ==, stats.last_near_miss);
  g_assert_cmpuint (stats.refusals[0].count, ==, 1);
  g_assert_cmpuint (stats.handshakes, ==, 1);
  g_assert_cmpuint (stats.datagrams_sent, ==, n_sent);
  g_assert_cmpuint (stats.records_dropped, ==, 0);
}

/* A replay stays silent after a restart, by the timestamp that the application kept. */
static void
test_replay_after_restart (void)
{
  g_autoptr (Pair) pair = pair_new (4);
  Lose lose = { .side = PAIR_CLIENT };
  const uint8_t *key = pair->sides[PAIR_CLIENT].identity.public_key;

  pair->filter = lose_first;
  pair->filter_data = &lose;
  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_PAIRING, &pair->psk, key);
  pair_connect (pair, NULL, G_MAXINT64);
  pair_run (pair, 300 * 1000);
  ClawPskEntry entry = { .id = PAIR_PSK_ID,
                         .kind = CLAW_PSK_PAIRING,
                         .psk = &pair->psk,
                         .client_key = key,
                         .greatest_timestamp_us = claw_endpoint_get_greatest_timestamp_us (
                             pair->sides[PAIR_SERVER].endpoint, PAIR_PSK_ID) };
  g_assert_cmpuint (entry.greatest_timestamp_us, ==,
                    claw_endpoint_get_last_timestamp_us (pair->sides[PAIR_CLIENT].endpoint));
  pair_restart (pair, PAIR_SERVER, 0);
  claw_endpoint_accept (pair->sides[PAIR_SERVER].endpoint, &entry);
  unsigned n_sent = pair->sides[PAIR_SERVER].n_sent;
  pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, lose.first, lose.first_length);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, n_sent);
}

/* Responses that get lost are asked for again, and exactly one session comes of it. */
static void
test_lost_responses (void)
{
  for (unsigned n = 1; n <= 6; n++)
    {
      g_autoptr (Pair) pair = pair_new (10 + n);
      Lose lose = { .side = PAIR_SERVER, .n = n };

      pair->filter = lose_first;
      pair->filter_data = &lose;
      pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
      pair_connect (pair, NULL, G_MAXINT64);
      pair_run (pair, 60 * G_USEC_PER_SEC);
      g_assert_true (is_established (pair, PAIR_CLIENT));
      g_assert_true (is_established (pair, PAIR_SERVER));
      g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_ESTABLISHED], ==, 1);
      g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 0);
    }
}

/* The first records of the initiator may be lost: it probes until one gets through. */
static void
test_lost_first_records (void)
{
  for (unsigned n = 1; n <= 4; n++)
    {
      g_autoptr (Pair) pair = pair_new (20 + n);
      Lose lose = { .side = PAIR_CLIENT };

      pair->filter = lose_first;
      pair->filter_data = &lose;
      pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
      pair_connect (pair, NULL, G_MAXINT64);
      pair_run (pair, pair->delay_us);
      lose.n = n;
      pair_write (pair, PAIR_CLIENT, "hello", 5);
      pair_run (pair, 10 * G_USEC_PER_SEC);
      g_assert_true (is_established (pair, PAIR_SERVER));
      g_assert_cmpmem (pair->sides[PAIR_SERVER].received->data,
                       pair->sides[PAIR_SERVER].received->len, "hello", 5);
    }
}

/* A round trip longer than the pauses between knocks: the first answer counts, and its session must
 * still be there. */
static void
test_long_round_trip (void)
{
  g_autoptr (Pair) pair = pair_new (30);

  pair->delay_us = 1300 * 1000;
  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, NULL, G_MAXINT64);
  pair_run (pair, 5 * G_USEC_PER_SEC);
  g_assert_true (is_established (pair, PAIR_CLIENT));
  g_assert_true (is_established (pair, PAIR_SERVER));
  pair_run (pair, 60 * G_USEC_PER_SEC);
  g_assert_true (is_established (pair, PAIR_CLIENT));
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_ESTABLISHED], ==, 1);
}

/* Once a session of a ONCE psk is established, the psk opens nothing any more. */
static void
test_once (void)
{
  g_autoptr (Pair) pair = pair_new (31);
  ClawEndpointStats stats;

  pair_establish (pair);
  unsigned n_sent = pair->sides[PAIR_SERVER].n_sent;
  claw_identity_clear (&pair->sides[PAIR_CLIENT].identity);
  claw_identity_generate (&pair->sides[PAIR_CLIENT].identity);
  pair_restart (pair, PAIR_CLIENT, 0);
  pair_connect (pair, NULL, pair->now_us + 3 * G_USEC_PER_SEC);
  pair_run (pair, 4 * G_USEC_PER_SEC);
  g_assert_cmpint (pair->sides[PAIR_CLIENT].reason, ==, CLAW_CLOSE_NO_ANSWER);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, n_sent);
  claw_endpoint_get_stats (pair->sides[PAIR_SERVER].endpoint, &stats);
  g_assert_cmpuint (stats.near_misses, >=, 2);
}

/* The secret of a pairing is worth nothing with another client key. */
static void
test_pairing_other_key (void)
{
  g_autoptr (Pair) pair = pair_new (32);
  uint8_t other[32] = { 1 };
  ClawEndpointStats stats;

  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_PAIRING, &pair->psk, other);
  pair_connect (pair, NULL, pair->now_us + 3 * G_USEC_PER_SEC);
  pair_run (pair, 4 * G_USEC_PER_SEC);
  assert_silence (pair, 0);
  claw_endpoint_get_stats (pair->sides[PAIR_SERVER].endpoint, &stats);
  g_assert_cmpuint (stats.near_misses, ==, pair->sides[PAIR_CLIENT].n_sent);
}

/* The resumption secret is the psk of the next handshake. */
static void
test_resumption (void)
{
  g_autoptr (Pair) pair = pair_new (33);
  g_auto (ClawKey) resumption = { 0 };

  pair_establish (pair);
  claw_key_copy (&resumption, claw_connection_get_resumption (pair->sides[PAIR_SERVER].connection));
  pair_accept (pair, 8, CLAW_PSK_PAIRING, &resumption,
               pair->sides[PAIR_CLIENT].identity.public_key);
  uint64_t last = claw_endpoint_get_last_timestamp_us (pair->sides[PAIR_CLIENT].endpoint);
  pair_restart (pair, PAIR_CLIENT, last);
  pair_connect (pair, &resumption, G_MAXINT64);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_true (is_established (pair, PAIR_CLIENT));
  g_assert_cmpuint (claw_connection_get_psk_id (pair->sides[PAIR_SERVER].connection), ==, 8);
  g_assert_false (claw_key_equal (
      claw_connection_get_resumption (pair->sides[PAIR_CLIENT].connection), &resumption));
}

/* With two psks the one that the server knows opens, and the initiator learns which it was. */
static void
test_second_psk (void)
{
  g_autoptr (Pair) pair = pair_new (34);
  g_auto (ClawKey) unknown = { 0 };
  PairSide *client = &pair->sides[PAIR_CLIENT];

  claw_key_generate (&unknown);
  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  ClawConnectRequest request = { .server_key = pair->sides[PAIR_SERVER].identity.public_key,
                                 .psks = { &unknown, &pair->psk },
                                 .addresses = &pair->sides[PAIR_SERVER].address,
                                 .n_addresses = 1,
                                 .unix_us = PAIR_UNIX_US,
                                 .now_us = pair->now_us,
                                 .give_up_us = G_MAXINT64 };
  client->connection = claw_endpoint_connect (client->endpoint, &request);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_true (is_established (pair, PAIR_CLIENT));
  g_assert_cmpuint (claw_connection_get_psk_id (client->connection), ==, 1);
}

/* A psk that is refused opens nothing, and its unconfirmed sessions are gone; established ones
 * stay. */
static void
test_refuse (void)
{
  g_autoptr (Pair) pair = pair_new (35);

  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, NULL, pair->now_us + 3 * G_USEC_PER_SEC);
  pair_run (pair, pair->delay_us);
  claw_endpoint_refuse (pair->sides[PAIR_SERVER].endpoint, PAIR_PSK_ID);
  pair_run (pair, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_ESTABLISHED], ==, 0);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 0);

  g_autoptr (Pair) other = pair_new (36);
  pair_establish (other);
  claw_endpoint_refuse (other->sides[PAIR_SERVER].endpoint, PAIR_PSK_ID);
  pair_run (other, 60 * G_USEC_PER_SEC);
  g_assert_true (is_established (other, PAIR_SERVER));
}

/* No bytes of any length that a stranger may send bring an answer or an event. */
static void
test_garbage (void)
{
  g_autoptr (Pair) pair = pair_new (37);
  static const uint8_t types[] = { 0x00, 0x10, 0x20, 0x40, 0x43, 0xff };
  uint8_t data[1501];
  ClawEndpointStats stats;

  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  for (size_t length = 0; length < sizeof data; length++)
    for (unsigned type = 0; type < G_N_ELEMENTS (types); type++)
      {
        for (size_t i = 0; i < length; i++)
          data[i] = (uint8_t) g_rand_int (pair->random);
        data[0] = types[type];
        pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, data, length);
      }
  pair_run (pair, G_USEC_PER_SEC);
  assert_silence (pair, 0);
  g_assert_cmpint (claw_endpoint_get_deadline (pair->sides[PAIR_SERVER].endpoint), ==, G_MAXINT64);
  claw_endpoint_get_stats (pair->sides[PAIR_SERVER].endpoint, &stats);
  g_assert_cmpuint (stats.strangers, ==, sizeof data * G_N_ELEMENTS (types));
}

/* The right initiation, cut at every length or with any one bit turned, is silence too. */
static void
test_damaged_initiation (void)
{
  g_autoptr (Pair) pair = pair_new (38);
  Lose lose = { .side = PAIR_CLIENT, .n = 1 };

  pair->filter = lose_first;
  pair->filter_data = &lose;
  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, NULL, pair->now_us + 1);
  pair_run (pair, 1);
  g_assert_cmpuint (lose.first_length, ==, CLAW_HANDSHAKE_INITIATION_SIZE);
  for (size_t length = 0; length < lose.first_length; length++)
    pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, lose.first, length);
  for (size_t bit = 0; bit < 8 * lose.first_length; bit++)
    {
      lose.first[bit / 8] ^= (uint8_t) (1 << bit % 8);
      pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, lose.first,
                   lose.first_length);
      lose.first[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
  pair_run (pair, G_USEC_PER_SEC);
  assert_silence (pair, 0);
  pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, lose.first, lose.first_length);
  pair_run (pair, 1);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, 1);
}

/* More unfinished handshakes than a psk may have: the others get silence, and memory stays bounded.
 */
static void
test_pending_limit (void)
{
  g_autoptr (Pair) pair = pair_new (39);
  Lose lose = { .side = PAIR_SERVER, .n = G_MAXUINT };
  ClawEndpointStats stats;

  pair->filter = lose_first;
  pair->filter_data = &lose;
  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  for (unsigned i = 0; i <= CLAW_ENDPOINT_PENDING_MAX; i++)
    {
      claw_identity_clear (&pair->sides[PAIR_CLIENT].identity);
      claw_identity_generate (&pair->sides[PAIR_CLIENT].identity);
      pair_restart (pair, PAIR_CLIENT, 0);
      pair_connect (pair, NULL, G_MAXINT64);
      pair_run (pair, 100 * 1000);
      claw_endpoint_get_stats (pair->sides[PAIR_SERVER].endpoint, &stats);
      g_assert_cmpuint (stats.near_misses, ==, i == CLAW_ENDPOINT_PENDING_MAX ? 1 : 0);
    }
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, CLAW_ENDPOINT_PENDING_MAX);

  /* They die by themselves, without a word to the application, and then there is room again. */
  pair_restart (pair, PAIR_CLIENT, 0);
  pair_run (pair, 20 * G_USEC_PER_SEC);
  lose.n = 0;
  pair_connect (pair, NULL, G_MAXINT64);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_true (is_established (pair, PAIR_SERVER));
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/endpoint/handshake/one-round-trip", test_one_round_trip);
  g_test_add_func ("/endpoint/handshake/lost-responses", test_lost_responses);
  g_test_add_func ("/endpoint/handshake/lost-first-records", test_lost_first_records);
  g_test_add_func ("/endpoint/handshake/long-round-trip", test_long_round_trip);
  g_test_add_func ("/endpoint/handshake/resumption", test_resumption);
  g_test_add_func ("/endpoint/handshake/second-psk", test_second_psk);
  g_test_add_func ("/endpoint/silence/wrong-psk", test_wrong_psk);
  g_test_add_func ("/endpoint/silence/replay", test_replay);
  g_test_add_func ("/endpoint/silence/replay-after-restart", test_replay_after_restart);
  g_test_add_func ("/endpoint/silence/garbage", test_garbage);
  g_test_add_func ("/endpoint/silence/damaged-initiation", test_damaged_initiation);
  g_test_add_func ("/endpoint/psk/once", test_once);
  g_test_add_func ("/endpoint/psk/pairing-other-key", test_pairing_other_key);
  g_test_add_func ("/endpoint/psk/refuse", test_refuse);
  g_test_add_func ("/endpoint/psk/pending-limit", test_pending_limit);
  return g_test_run ();
}
