/* test-connection-receive.c: what a peer that holds the keys, but not to the rules, can do. */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

/* Seals @plaintext with the client's keys and gives it to the server. */
static void
send_plaintext (Pair *pair, const void *plaintext, size_t length)
{
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX];

  memcpy (datagram + CLAW_RECORD_HEADER_SIZE, plaintext, length);
  size_t size = claw_key_slots_seal (&client->keys, client->next_counter++, datagram, length);
  pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, datagram, size);
}

/* RFC 9000 section 9.1: records that only ask about a path, or fill it, move nothing to it; any
 * other frame does, in whatever company. */
static void
test_probing_frames (void)
{
  static const struct
  {
    const char *bytes;
    size_t length;
    gboolean moves;
  } table[] = {
    { "\x00\x00\x00", 3, FALSE },
    { "\x03question", 9, FALSE },
    { "\x04unasked!", 9, FALSE },
    { "\x0ctokentok\x00", 10, FALSE },
    { "\x0dtokentok\x04\x01\x02\x03\x04\x05\x06\x00\x00", 18, FALSE },
    { "\x0ctokentok\x00\x03question\x00\x00", 21, FALSE },
    { "\x01", 1, TRUE },
    { "\x0ctokentok\x00\x01", 11, TRUE },
    { "\x05\x00\x00\x01x", 5, TRUE },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (Pair) pair = pair_new (8);

      pair_establish (pair);
      g_assert_true (claw_address_parse ("192.0.2.77:7", &pair->sides[PAIR_CLIENT].address));
      send_plaintext (pair, table[i].bytes, table[i].length);
      const ClawPath *path = &pair->sides[PAIR_SERVER].connection->path;
      g_assert_cmpint (path->candidate.route.peer.family != CLAW_ADDRESS_NONE, ==, table[i].moves);
    }
}

/* A member that forges the source of its records does not make the server send more there than it
 * has sent itself: a record gets one answer, which is not larger. */
static void
test_forged_challenges (void)
{
  uint8_t plaintext[64] = "\x03question\x03question";

  for (size_t length = 18; length <= sizeof plaintext; length += sizeof plaintext - 18)
    {
      g_autoptr (Pair) pair = pair_new (8);
      PairSide *server = &pair->sides[PAIR_SERVER];

      pair_establish (pair);
      pair_run (pair, G_USEC_PER_SEC);
      size_t before = server->bytes_sent;
      g_assert_true (claw_address_parse ("192.0.2.77:7", &pair->sides[PAIR_CLIENT].address));
      send_plaintext (pair, plaintext, length);
      /* Too early for an ACK, which goes elsewhere. */
      pair_run (pair, 10 * 1000);
      g_assert_cmpuint (server->bytes_sent - before, <=, length + CLAW_RECORD_OVERHEAD);
      g_assert_cmpuint (server->bytes_sent - before, ==, length == sizeof plaintext ? 93 : 0);
    }
}

/* Each break of the rules ends the session with that reason, and the peer is told. */
static void
test_broken_rules (void)
{
  static const struct
  {
    const char *bytes;
    size_t length;
    const char *what;
  } table[] = {
    { "\x2a", 1, "unknown frame" },
    { "\x01\x01\x05\x00", 4, "torn frame behind good ones" },
    { "\x02\x7f\xff\x00\x00\x00", 6, "ACK of what was never sent" },
    { "\x05\x00\x80\x04\x00\x00\x01x", 8, "stream data beyond the limit" },
    { "\x05\x20\x00\x01x", 5, "stream that there is not" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (Pair) pair = pair_new (1);

      g_test_message ("%s", table[i].what);
      pair_establish (pair);
      send_plaintext (pair, table[i].bytes, table[i].length);
      pair_run (pair, G_USEC_PER_SEC);
      g_assert_cmpint (pair->sides[PAIR_SERVER].reason, ==, CLAW_CLOSE_PROTOCOL);
      g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 1);
      g_assert_cmpint (pair->sides[PAIR_CLIENT].reason, ==, CLAW_CLOSE_PEER);
      g_assert_cmpint (pair->sides[PAIR_CLIENT].peer_code, ==, CLAW_CLOSE_CODE_PROTOCOL);
    }
}

/* Frames in the right form do no harm, whatever they say. */
static void
test_harmless (void)
{
  static const struct
  {
    const char *bytes;
    size_t length;
  } table[] = {
    { "", 0 },
    { "\x00", 1 },
    { "\x04unasked!", 9 },
    { "\x06\x0f\x00", 3 },
    { "\x06\x0f\xff\xff\xff\xff\xff\xff\xff\xff", 10 },
    { "\x05\x0f\x80\x04\x00\x00\x00", 7 },
    { "\x02\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00", 12 },
  };
  g_autoptr (Pair) pair = pair_new (2);

  pair_establish (pair);
  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    send_plaintext (pair, table[i].bytes, table[i].length);
  pair_write (pair, PAIR_SERVER, "fine", 4);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 0);
  g_assert_cmpmem (pair->sides[PAIR_CLIENT].received->data, pair->sides[PAIR_CLIENT].received->len,
                   "fine", 4);
}

/* A record with one gap too many is as good as lost: not acknowledged, and the session goes on. */
static void
test_too_many_gaps (void)
{
  g_autoptr (Pair) pair = pair_new (3);

  pair_establish (pair);
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  for (unsigned i = 0; i <= CLAW_RECEIVE_STREAM_RANGES_MAX; i++)
    {
      uint8_t plaintext[32];
      ClawWriter writer;

      claw_writer_init (&writer, plaintext, sizeof plaintext);
      *claw_frame_write_stream (&writer, 0, 1 + 2 * i, 1) = 'x';
      send_plaintext (pair, plaintext, writer.used);
      uint64_t last = pair->sides[PAIR_CLIENT].connection->next_counter - 1;
      g_assert_cmpint (claw_ranges_contains (&server->acknowledger.received, last), ==,
                       i < CLAW_RECEIVE_STREAM_RANGES_MAX);
    }
  pair_run (pair, 1);
  g_assert_cmpint (claw_connection_get_state (server), ==, CLAW_CONNECTION_ESTABLISHED);
}

/* A peer that leaves huge gaps between its counters gets long ACKs, and everything else still fits
 * beside them. */
static void
test_huge_gaps (gconstpointer data)
{
  g_autoptr (Pair) pair = pair_new (4);
  g_autofree uint8_t *half = g_malloc0 (CLAW_STREAM_WINDOW);
  uint8_t plaintext[1100];

  pair_establish (pair);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  server->mtu.size = GPOINTER_TO_SIZE (data);
  client->next_counter = UINT64_C (1) << 60;
  for (unsigned i = 0; i < CLAW_ACKNOWLEDGER_RANGES_MAX; i++)
    {
      client->next_counter += UINT64_C (1) << 50;
      send_plaintext (pair, "\x01", 1);
    }
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    for (size_t offset = 0; offset <= CLAW_STREAM_WINDOW / 2; offset += 1000)
      {
        ClawWriter writer;

        claw_writer_init (&writer, plaintext, sizeof plaintext);
        memset (claw_frame_write_stream (&writer, id, offset, 1000), 'x', 1000);
        send_plaintext (pair, plaintext, writer.used);
      }
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    while (claw_connection_read (server, id, half, CLAW_STREAM_WINDOW) > 0)
      ;
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpint (claw_connection_get_state (server), ==, CLAW_CONNECTION_ESTABLISHED);
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    g_assert_cmpuint (client->streams[id]->send.limit, >, CLAW_STREAM_WINDOW);
}

/* The last counter that an ACK can name is taken, the ones beyond are dropped. */
static void
test_counter_limit (void)
{
  g_autoptr (Pair) pair = pair_new (5);
  ClawConnectionStats before, after;

  pair_establish (pair);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  claw_connection_get_stats (server, &before);
  client->next_counter = CLAW_VARINT_MAX - 1;
  send_plaintext (pair, "\x01", 1);
  send_plaintext (pair, "\x01", 1);
  client->next_counter = UINT64_MAX;
  send_plaintext (pair, "\x01", 1);
  claw_connection_get_stats (server, &after);
  g_assert_cmpuint (after.datagrams_received - before.datagrams_received, ==, 1);
  g_assert_cmpuint (after.datagrams_dropped - before.datagrams_dropped, ==, 2);
  client->next_counter = CLAW_VARINT_MAX;
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpint (claw_connection_get_state (server), ==, CLAW_CONNECTION_ESTABLISHED);
}

/* An authentic record with random content never does worse than end the session. */
static void
test_random_content (void)
{
  for (uint32_t seed = 0; seed < 300; seed++)
    {
      g_autoptr (Pair) pair = pair_new (seed);
      uint8_t plaintext[64];

      pair_establish (pair);
      for (unsigned n = 0; n < 20 && pair->sides[PAIR_SERVER].connection != NULL; n++)
        {
          size_t length = (size_t) g_rand_int_range (pair->random, 0, sizeof plaintext);

          for (size_t i = 0; i < length; i++)
            plaintext[i] = (uint8_t) g_rand_int_range (pair->random, 0, n % 2 ? 8 : 256);
          send_plaintext (pair, plaintext, length);
        }
      pair_run (pair, 100 * G_USEC_PER_SEC);
    }
}

/* What a large transfer has kept for more of it goes back after a second of quiet, on both sides,
 * by one turn each. */
static void
test_trim (void)
{
  g_autoptr (Pair) pair = pair_new (1);
  g_autofree uint8_t *bulk = g_malloc0 (CLAW_CONNECTION_SEND_BUFFER_MAX);

  pair_establish (pair);
  pair_write (pair, PAIR_CLIENT, bulk, CLAW_CONNECTION_SEND_BUFFER_MAX);
  while (pair->sides[PAIR_SERVER].received->len < CLAW_CONNECTION_SEND_BUFFER_MAX
         || pair->sides[PAIR_CLIENT].connection->recovery.sent.outstanding > 0)
    pair_run (pair, 10 * 1000);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  g_assert_nonnull (client->streams[0]->send.ring.bytes);
  g_assert_nonnull (server->streams[0]->receive.ring.bytes);

  pair_run (pair, CLAW_CONNECTION_TRIM_US / 2);
  g_assert_nonnull (server->streams[0]->receive.ring.bytes);
  pair_run (pair, CLAW_CONNECTION_TRIM_US);
  g_assert_null (client->streams[0]->send.ring.bytes);
  g_assert_null (client->recovery.sent.packets);
  g_assert_null (server->streams[0]->receive.ring.bytes);
  g_assert_false (client->keeps_memory);
  g_assert_false (server->keeps_memory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connection-receive/path/forged-challenges", test_forged_challenges);
  g_test_add_func ("/connection-receive/rules/broken", test_broken_rules);
  g_test_add_func ("/connection-receive/rules/harmless", test_harmless);
  g_test_add_func ("/connection-receive/limits/gaps", test_too_many_gaps);
  g_test_add_data_func ("/connection-receive/limits/huge-gaps-1200", GSIZE_TO_POINTER (1200),
                        test_huge_gaps);
  g_test_add_data_func ("/connection-receive/limits/huge-gaps-1000", GSIZE_TO_POINTER (1000),
                        test_huge_gaps);
  g_test_add_func ("/connection-receive/limits/counter", test_counter_limit);
  g_test_add_func ("/connection-receive/random/content", test_random_content);
  g_test_add_func ("/connection-receive/trim/after-a-second", test_trim);
  g_test_add_func ("/connection-receive/path/probing-frames", test_probing_frames);
  return g_test_run ();
}
