/* test-connection.c: an established session: streams over a bad network, ends, keepalive, roaming.
 */
#include "pair.h"

#include <string.h>

#define BULK_SIZE (100 * 1024)

/* Whether both sides know that all of their @size bytes came. */
static gboolean
is_acknowledged (const Pair *pair, uint64_t size)
{
  for (unsigned side = 0; side < 2; side++)
    if (pair->sides[side].connection == NULL
        || claw_connection_get_acknowledged (pair->sides[side].connection, 0) < size)
      return FALSE;
  return TRUE;
}

/* 100 KiB each way arrive whole and in order, whatever the network does to datagrams. */
static void
test_bad_network (void)
{
  for (uint32_t seed = 1; seed <= 60; seed++)
    {
      g_autoptr (Pair) pair = pair_new (seed);

      g_test_message ("seed %u", seed);
      pair_establish (pair);
      pair->loss = 0.05 * (seed % 6);
      pair->duplication = 0.1 * (seed % 3);
      pair->jitter_us = (seed % 4) * 15 * 1000;
      g_autoptr (GByteArray) up = pair_make_bulk (pair, BULK_SIZE);
      g_autoptr (GByteArray) down = pair_make_bulk (pair, BULK_SIZE);
      pair_write (pair, PAIR_CLIENT, up->data, up->len);
      pair_write (pair, PAIR_SERVER, down->data, down->len);
      for (unsigned i = 0; i < 300 && !is_acknowledged (pair, BULK_SIZE); i++)
        pair_run (pair, G_USEC_PER_SEC);
      pair_assert_received (pair, PAIR_SERVER, up);
      pair_assert_received (pair, PAIR_CLIENT, down);
      for (unsigned side = 0; side < 2; side++)
        {
          ClawConnection *connection = pair->sides[side].connection;

          g_assert_nonnull (connection);
          g_assert_cmpuint (claw_connection_get_written (connection, 0), ==, BULK_SIZE);
          g_assert_cmpuint (claw_connection_get_sent (connection, 0), ==, BULK_SIZE);
          g_assert_cmpuint (claw_connection_get_acknowledged (connection, 0), ==, BULK_SIZE);
          g_assert_cmpuint (pair->sides[side].largest_sent, <=, CLAW_CONNECTION_DATAGRAM_MAX);
        }
    }
}

/* More than the window needs the window to be raised, also when the datagrams that say so get lost.
 */
static void
test_flow_control (void)
{
  g_autoptr (Pair) pair = pair_new (70);

  pair_establish (pair);
  pair->loss = 0.1;
  g_autoptr (GByteArray) up = pair_make_bulk (pair, 5 * CLAW_CONNECTION_SEND_BUFFER);
  pair_write (pair, PAIR_CLIENT, up->data, up->len);
  for (unsigned i = 0; i < 600 && pair->sides[PAIR_SERVER].received->len < up->len; i++)
    pair_run (pair, G_USEC_PER_SEC);
  pair_assert_received (pair, PAIR_SERVER, up);
}

/* write () takes what the buffer has room for and no more. */
static void
test_send_buffer (void)
{
  g_autoptr (Pair) pair = pair_new (71);

  pair_establish (pair);
  g_autoptr (GByteArray) up = pair_make_bulk (pair, CLAW_CONNECTION_SEND_BUFFER + 1);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  g_assert_cmpuint (claw_connection_write (client, 3, up->data, up->len), ==,
                    CLAW_CONNECTION_SEND_BUFFER);
  g_assert_cmpuint (claw_connection_write (client, 3, up->data, 1), ==, 0);
  g_assert_cmpuint (claw_connection_write (client, 4, up->data, 1), ==, 1);
}

/* A long stream does not hold up a short one: the line goes out with the next flight. */
static void
test_streams_take_turns (void)
{
  g_autoptr (Pair) pair = pair_new (72);
  char line[16];

  pair_establish (pair);
  g_autoptr (GByteArray) up = pair_make_bulk (pair, CLAW_CONNECTION_SEND_BUFFER);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  claw_connection_write (client, 5, up->data, up->len);
  pair_run (pair, 1);
  claw_connection_write (client, 9, "line", 4);
  pair_run (pair, 4 * pair->delay_us);
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  g_assert_cmpuint (claw_connection_read (server, 9, line, sizeof line), ==, 4);
  g_assert_cmpuint (claw_connection_get_acknowledged (client, 5), <, up->len);
}

static gboolean
drop_one (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  unsigned *left = pair->filter_data;

  if (side != PAIR_SERVER || *left == 0)
    return TRUE;
  --*left;
  return FALSE;
}

/* A line is lost, a probe brings it, and then nobody says anything for long: what was found lost in
 * the end is no reason to give up the session. */
static void
test_lost_line_then_silence (void)
{
  g_autoptr (Pair) pair = pair_new (90);
  unsigned left = 1;

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  pair->filter = drop_one;
  pair->filter_data = &left;
  pair_write (pair, PAIR_SERVER, "line", 4);
  pair_run (pair, 60 * G_USEC_PER_SEC);
  g_assert_cmpmem (pair->sides[PAIR_CLIENT].received->data, pair->sides[PAIR_CLIENT].received->len,
                   "line", 4);
  for (unsigned side = 0; side < 2; side++)
    g_assert_cmpuint (pair->sides[side].events[CLAW_ENDPOINT_CLOSED], ==, 0);
}

/* Each code arrives as it was given, and both sides hear of the end exactly once. */
static void
test_close_codes (void)
{
  for (ClawCloseCode code = CLAW_CLOSE_CODE_BYE; code <= CLAW_CLOSE_CODE_LAST; code++)
    {
      g_autoptr (Pair) pair = pair_new (80);
      unsigned closer = code % 2;

      pair_establish (pair);
      claw_connection_close (pair->sides[closer].connection, code);
      claw_connection_close (pair->sides[closer].connection, CLAW_CLOSE_CODE_BYE);
      pair_run (pair, G_USEC_PER_SEC);
      g_assert_cmpint (pair->sides[closer].reason, ==, CLAW_CLOSE_LOCAL);
      g_assert_cmpint (pair->sides[1 - closer].reason, ==, CLAW_CLOSE_PEER);
      g_assert_cmpint (pair->sides[1 - closer].peer_code, ==, code);
      for (unsigned side = 0; side < 2; side++)
        g_assert_cmpuint (pair->sides[side].events[CLAW_ENDPOINT_CLOSED], ==, 1);
    }
}

/* What was written ahead of the peer's CLOSE can still be read. */
static void
test_close_after_data (void)
{
  g_autoptr (Pair) pair = pair_new (81);

  pair_establish (pair);
  pair_write (pair, PAIR_CLIENT, "last words", 10);
  pair_run (pair, 1);
  claw_connection_close (pair->sides[PAIR_CLIENT].connection, CLAW_CLOSE_CODE_BYE);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpmem (pair->sides[PAIR_SERVER].received->data, pair->sides[PAIR_SERVER].received->len,
                   "last words", 10);
}

/* A side that asks and hears nothing gives up CLAW_CONNECTION_LOST_US after the last datagram. */
static void
test_lost (void)
{
  for (unsigned side = 0; side < 2; side++)
    {
      g_autoptr (Pair) pair = pair_new (82);

      pair_establish (pair);
      pair->loss = 1;
      pair_write (pair, side, "x", 1);
      pair_run (pair, CLAW_CONNECTION_LOST_US - 1000);
      g_assert_cmpuint (pair->sides[side].events[CLAW_ENDPOINT_CLOSED], ==, 0);
      pair_run (pair, 2000);
      g_assert_cmpuint (pair->sides[side].events[CLAW_ENDPOINT_CLOSED], ==, 1);
      g_assert_cmpint (pair->sides[side].reason, ==, CLAW_CLOSE_LOST);
    }
}

/* An outage of ten seconds is no end. */
static void
test_outage (void)
{
  g_autoptr (Pair) pair = pair_new (83);

  pair_establish (pair);
  pair->loss = 1;
  pair_write (pair, PAIR_CLIENT, "x", 1);
  pair_run (pair, 10 * G_USEC_PER_SEC);
  pair->loss = 0;
  pair_run (pair, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 1);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].events[CLAW_ENDPOINT_CLOSED], ==, 0);
}

/* After eight seconds of outage the next probe is up to two seconds away; a nudge gets everything
 * through within two round trips, and an idle session says one thing for it. */
static void
test_nudge (void)
{
  g_autoptr (Pair) pair = pair_new (86);
  PairSide *client = &pair->sides[PAIR_CLIENT];

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  unsigned before = client->n_sent;
  claw_connection_nudge (client->connection);
  pair_run (pair, 4 * pair->delay_us);
  g_assert_cmpuint (client->n_sent, ==, before + 1);

  pair->loss = 1;
  pair_write (pair, PAIR_CLIENT, "x", 1);
  pair_run (pair, 8 * G_USEC_PER_SEC);
  pair->loss = 0;
  claw_connection_nudge (client->connection);
  pair_run (pair, 4 * pair->delay_us);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 1);
  g_assert_cmpuint (claw_connection_get_acknowledged (client->connection, 0), ==, 1);

  /* One that is over is left alone. */
  claw_connection_close (client->connection, CLAW_CLOSE_CODE_BYE);
  claw_connection_nudge (client->connection);
  g_assert_cmpint (claw_connection_get_state (client->connection), ==, CLAW_CONNECTION_CLOSING);
}

/* An idle session lives for an hour on a few datagrams that the initiator begins, and nothing else
 * happens. */
static void
test_keepalive (void)
{
  g_autoptr (Pair) pair = pair_new (84);

  pair_establish (pair);
  unsigned before = pair->sides[PAIR_CLIENT].n_sent + pair->sides[PAIR_SERVER].n_sent;
  pair_run (pair, 3600 * (gint64) G_USEC_PER_SEC);
  unsigned n = pair->sides[PAIR_CLIENT].n_sent + pair->sides[PAIR_SERVER].n_sent - before;
  /* A PING and its ACK every 20 to 25 s. */
  g_assert_cmpuint (n, >=, 2 * 3600 / 26);
  g_assert_cmpuint (n, <=, 2 * 3600 / 20);
  for (unsigned side = 0; side < 2; side++)
    g_assert_cmpuint (pair->sides[side].events[CLAW_ENDPOINT_CLOSED], ==, 0);
}

/* When the initiator is gone without a word, the responder ends after a minute of silence, by
 * itself. */
static void
test_idle_responder (void)
{
  g_autoptr (Pair) pair = pair_new (85);

  pair_establish (pair);
  pair->loss = 1;
  pair_run (pair, 59 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 0);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].events[CLAW_ENDPOINT_CLOSED], ==, 1);
  pair_run (pair, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 1);
  g_assert_cmpint (pair->sides[PAIR_SERVER].reason, ==, CLAW_CLOSE_LOST);
}

/* The peer's new address is taken after it answered a challenge, and no message is lost over it. */
static void
test_roaming (void)
{
  for (uint32_t seed = 1; seed <= 20; seed++)
    {
      g_autoptr (Pair) pair = pair_new (90 + seed);
      const char *address = seed % 2 ? "192.0.2.1:41000" : "203.0.113.77:40000";

      pair_establish (pair);
      pair->loss = 0.02 * (seed % 5);
      pair_write (pair, PAIR_SERVER, "before ", 7);
      g_assert_true (claw_address_parse (address, &pair->sides[PAIR_CLIENT].address));
      pair_write (pair, PAIR_CLIENT, "moved", 5);
      pair_run (pair, G_USEC_PER_SEC);
      pair_write (pair, PAIR_SERVER, "after", 5);
      pair_run (pair, 12 * G_USEC_PER_SEC);
      g_assert_cmpmem (pair->sides[PAIR_CLIENT].received->data,
                       pair->sides[PAIR_CLIENT].received->len, "before after", 12);
      g_assert_true (claw_address_equal (
          claw_connection_get_peer_address (pair->sides[PAIR_SERVER].connection),
          &pair->sides[PAIR_CLIENT].address));
    }
}

typedef struct
{
  uint8_t data[CLAW_CONNECTION_DATAGRAM_MAX];
  size_t length;
  size_t to_forged; /* bytes that went there */
  unsigned n_to_forged;
} Theft;

static gboolean
steal (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  Theft *theft = pair->filter_data;

  if (side == PAIR_SERVER)
    {
      if (!claw_address_equal (&pair->last_to, &pair->sides[PAIR_CLIENT].address))
        {
          theft->n_to_forged++;
          theft->to_forged += length;
        }
      return TRUE;
    }
  memcpy (theft->data, data, length);
  theft->length = length;
  return FALSE;
}

/* A record copied and sent from elsewhere moves nothing, and brings that place at most three times
 * its size. */
static void
test_forged_source (void)
{
  g_autoptr (Pair) pair = pair_new (120);
  Theft theft = { .length = 0 };
  ClawAddress victim;

  pair_establish (pair);
  g_assert_true (claw_address_parse ("203.0.113.9:9", &victim));
  pair->filter = steal;
  pair->filter_data = &theft;
  pair_write (pair, PAIR_CLIENT, "x", 1);
  pair_run (pair, 1);
  g_assert_cmpuint (theft.length, >, 0);
  pair_inject (pair, PAIR_SERVER, &victim, theft.data, theft.length);
  g_autoptr (GByteArray) down = pair_make_bulk (pair, BULK_SIZE);
  pair_write (pair, PAIR_SERVER, down->data, down->len);
  pair_run (pair, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (theft.n_to_forged, >=, 1);
  g_assert_cmpuint (theft.to_forged, <=, 3 * theft.length);
  g_assert_true (
      claw_address_equal (claw_connection_get_peer_address (pair->sides[PAIR_SERVER].connection),
                          &pair->sides[PAIR_CLIENT].address));
}

/* Records that come again, are cut or have a bit turned change nothing but the count of the
 * dropped. */
static void
test_damaged_records (void)
{
  g_autoptr (Pair) pair = pair_new (121);
  Theft theft = { .length = 0 };
  ClawConnectionStats before, after;

  pair_establish (pair);
  pair->filter = steal;
  pair->filter_data = &theft;
  pair_write (pair, PAIR_CLIENT, "once", 4);
  pair_run (pair, 1);
  pair->filter = NULL;
  const ClawAddress *from = &pair->sides[PAIR_CLIENT].address;
  claw_connection_get_stats (pair->sides[PAIR_SERVER].connection, &before);
  for (size_t length = 13 + 16; length < theft.length; length++)
    pair_inject (pair, PAIR_SERVER, from, theft.data, length);
  for (size_t bit = 8 * 13; bit < 8 * theft.length; bit++)
    {
      theft.data[bit / 8] ^= (uint8_t) (1 << bit % 8);
      pair_inject (pair, PAIR_SERVER, from, theft.data, theft.length);
      theft.data[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
  pair_run (pair, 1);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 0);
  for (unsigned i = 0; i < 3; i++)
    pair_inject (pair, PAIR_SERVER, from, theft.data, theft.length);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 4);
  claw_connection_get_stats (pair->sides[PAIR_SERVER].connection, &after);
  g_assert_cmpuint (after.datagrams_dropped - before.datagrams_dropped, ==,
                    (theft.length - 29) + 8 * (theft.length - 13) + 2);
}

/* A chat line in a quiet moment costs one round trip and a handful of datagrams, acknowledged
 * within 25 ms and the way back. */
static void
test_quiet_line (void)
{
  g_autoptr (Pair) pair = pair_new (122);

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  unsigned before = pair->sides[PAIR_CLIENT].n_sent + pair->sides[PAIR_SERVER].n_sent;
  pair_write (pair, PAIR_CLIENT, "hi", 2);
  pair_run (pair, 2 * pair->delay_us + 26 * 1000);
  g_assert_cmpuint (claw_connection_get_acknowledged (pair->sides[PAIR_CLIENT].connection, 0), ==,
                    2);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].n_sent + pair->sides[PAIR_SERVER].n_sent - before, ==,
                    2);
}

/* The round-trip time is measured, and losses on the way do not make it longer than it is. */
static void
test_round_trip_time (void)
{
  g_autoptr (Pair) pair = pair_new (123);
  ClawConnectionStats stats;

  pair_establish (pair);
  pair->loss = 0.3;
  for (unsigned i = 0; i < 200; i++)
    {
      pair_write (pair, PAIR_CLIENT, "line", 4);
      pair_run (pair, 300 * 1000);
    }
  claw_connection_get_stats (pair->sides[PAIR_CLIENT].connection, &stats);
  g_assert_cmpint (stats.smoothed_rtt_us, >=, 2 * pair->delay_us);
  g_assert_cmpint (stats.smoothed_rtt_us, <=, 2 * pair->delay_us + 26 * 1000);
  g_assert_cmpuint (stats.datagrams_lost, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connection/streams/bad-network", test_bad_network);
  g_test_add_func ("/connection/streams/flow-control", test_flow_control);
  g_test_add_func ("/connection/streams/send-buffer", test_send_buffer);
  g_test_add_func ("/connection/streams/take-turns", test_streams_take_turns);
  g_test_add_func ("/connection/streams/quiet-line", test_quiet_line);
  g_test_add_func ("/connection/close/codes", test_close_codes);
  g_test_add_func ("/connection/close/after-data", test_close_after_data);
  g_test_add_func ("/connection/close/lost", test_lost);
  g_test_add_func ("/connection/close/lost-line-then-silence", test_lost_line_then_silence);
  g_test_add_func ("/connection/close/idle-responder", test_idle_responder);
  g_test_add_func ("/connection/alive/outage", test_outage);
  g_test_add_func ("/connection/alive/nudge", test_nudge);
  g_test_add_func ("/connection/alive/keepalive", test_keepalive);
  g_test_add_func ("/connection/alive/round-trip-time", test_round_trip_time);
  g_test_add_func ("/connection/path/roaming", test_roaming);
  g_test_add_func ("/connection/path/forged-source", test_forged_source);
  g_test_add_func ("/connection/records/damaged", test_damaged_records);
  return g_test_run ();
}
