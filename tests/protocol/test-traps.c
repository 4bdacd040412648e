/* test-traps.c: mistakes that transports are known to make, each with a test of its name.
 *
 * The parts have their own tests; here it is two whole endpoints that would fall in.
 */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

static ClawRecovery *
get_recovery (Pair *pair, unsigned side)
{
  return &pair->sides[side].connection->recovery;
}

/* Round-trip samples from retransmissions: what is sent again has a number of its own, so a line
 * that came through only after a second of outage does not make the round trip longer, nor shorter.
 */
static void
test_retransmission_samples (void)
{
  g_autoptr (Pair) pair = pair_new (1);

  pair_establish (pair);
  for (unsigned i = 0; i < 20; i++)
    {
      uint64_t before = pair->sides[PAIR_CLIENT].connection->next_counter;

      pair->filter = pair_drop_client;
      pair_write (pair, PAIR_CLIENT, "line", 4);
      pair_run (pair, G_USEC_PER_SEC);
      pair->filter = NULL;
      pair_run (pair, 3 * G_USEC_PER_SEC);
      g_assert_cmpuint (pair->sides[PAIR_CLIENT].connection->next_counter, >, before + 1);
      g_assert_cmpint (get_recovery (pair, PAIR_CLIENT)->rtt.smoothed_us, >=, 2 * pair->delay_us);
      g_assert_cmpint (get_recovery (pair, PAIR_CLIENT)->rtt.smoothed_us, <=,
                       2 * pair->delay_us + 26 * 1000);
    }
}

/* A backoff that is not stored: each probe timeout of an outage is twice the one before, so that
 * eight seconds see a handful of probes. One that is never reset: after the outage the next loss is
 * noticed as fast as the first one was. */
static void
test_backoff (void)
{
  g_autoptr (Pair) pair = pair_new (2);

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  for (unsigned outage = 0; outage < 2; outage++)
    {
      unsigned before = pair->sides[PAIR_CLIENT].n_sent;

      pair->filter = pair_drop_client;
      pair_write (pair, PAIR_CLIENT, "line", 4);
      pair_run (pair, 8 * G_USEC_PER_SEC);
      unsigned n = pair->sides[PAIR_CLIENT].n_sent - before;
      /* The line, and pairs of probes after about 0.1, 0.3, 0.7, 1.5, 3.1, 5.1, 7.1 s. */
      g_assert_cmpuint (n, >=, 1 + 2 * 5);
      g_assert_cmpuint (n, <=, 1 + 2 * 8);
      g_assert_cmpuint (get_recovery (pair, PAIR_CLIENT)->backoff, >=, 5);
      pair->filter = NULL;
      pair_run (pair, 3 * G_USEC_PER_SEC);
      g_assert_cmpuint (get_recovery (pair, PAIR_CLIENT)->backoff, ==, 0);
    }
}

typedef struct
{
  GPtrArray *datagrams; /* of GBytes */
} Held;

static gboolean
hold_server (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  Held *held = pair->filter_data;

  if (side == PAIR_SERVER)
    g_ptr_array_add (held->datagrams, g_bytes_new (data, length));
  return side == PAIR_CLIENT;
}

/* A loss timer that runs before acknowledgements already in the socket: a program that was stopped
 * for a while hears what has come meanwhile first, and then finds nothing lost and nothing to
 * probe. */
static void
test_late_turn (void)
{
  g_autoptr (Pair) pair = pair_new (3);
  Held held = { g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref) };
  uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
  uint8_t text[5000] = { 0 };
  ClawRoute to;

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  pair->filter = hold_server;
  pair->filter_data = &held;
  pair_write (pair, PAIR_CLIENT, text, sizeof text);
  pair_run (pair, 2 * pair->delay_us);
  g_assert_cmpuint (held.datagrams->len, >, 0);
  uint64_t before = pair->sides[PAIR_CLIENT].connection->next_counter;

  pair->now_us += 700 * 1000;
  g_assert_cmpint (claw_endpoint_get_deadline (pair->sides[PAIR_CLIENT].endpoint), <,
                   pair->now_us - 500 * 1000);
  for (unsigned i = 0; i < held.datagrams->len; i++)
    {
      size_t length;
      const uint8_t *data = g_bytes_get_data (held.datagrams->pdata[i], &length);

      pair_inject (pair, PAIR_CLIENT, &pair->sides[PAIR_SERVER].address, data, length);
    }
  claw_endpoint_wake (pair->sides[PAIR_CLIENT].endpoint, pair->now_us);
  while (claw_endpoint_send (pair->sides[PAIR_CLIENT].endpoint, &to, buffer, sizeof buffer,
                             pair->now_us)
         > 0)
    ;
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].connection->next_counter, ==, before);
  g_assert_cmpuint (get_recovery (pair, PAIR_CLIENT)->n_lost, ==, 0);
  g_assert_cmpuint (get_recovery (pair, PAIR_CLIENT)->sent.outstanding, ==, 0);
  g_ptr_array_unref (held.datagrams);
}

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

static size_t
get_held (const ClawConnection *connection)
{
  size_t held = 0;

  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    if (connection->streams[id] != NULL)
      held += connection->streams[id]->receive.ring.allocated;
  return held;
}

/* Reassembly without bound: the last byte of every window and a byte in every gap make the peer
 * hold no more than the windows, and the next byte beyond ends the session. */
static void
test_reassembly (void)
{
  g_autoptr (Pair) pair = pair_new (4);
  uint8_t plaintext[64];
  ClawWriter writer;

  pair_establish (pair);
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    for (uint64_t i = 0; i < 2 * CLAW_RECEIVE_STREAM_RANGES_MAX; i++)
      {
        claw_writer_init (&writer, plaintext, sizeof plaintext);
        *claw_frame_write_stream (&writer, id, CLAW_STREAM_WINDOW - 1 - 2 * i, 1) = 'x';
        send_plaintext (pair, plaintext, writer.used);
        g_assert_cmpuint (server->streams[id]->receive.have.n, <=, CLAW_RECEIVE_STREAM_RANGES_MAX);
        g_assert_cmpuint (server->acknowledger.received.n, <=, CLAW_ACKNOWLEDGER_RANGES_MAX);
      }
  g_assert_cmpuint (get_held (server), <=, CLAW_CONNECTION_BUFFERS_MAX);
  g_assert_cmpint (claw_connection_get_state (server), ==, CLAW_CONNECTION_ESTABLISHED);
  claw_writer_init (&writer, plaintext, sizeof plaintext);
  *claw_frame_write_stream (&writer, 0, CLAW_STREAM_WINDOW, 1) = 'x';
  send_plaintext (pair, plaintext, writer.used);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpint (pair->sides[PAIR_SERVER].reason, ==, CLAW_CLOSE_PROTOCOL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/traps/round-trip/samples-from-retransmissions", test_retransmission_samples);
  g_test_add_func ("/traps/backoff/stored-and-reset", test_backoff);
  g_test_add_func ("/traps/loss-timer/before-acknowledgements-in-the-socket", test_late_turn);
  g_test_add_func ("/traps/reassembly/bounded", test_reassembly);
  return g_test_run ();
}
