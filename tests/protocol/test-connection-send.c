/* test-connection-send.c: the form of what is sent. */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

static gboolean
check_size (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  static const size_t sizes[] = { 64, 128, 256, 512, 1024, 1171, 1203, 1313, 1377, 1415, 1423 };

  if (data[0] != CLAW_RECORD_TYPE)
    return TRUE;
  for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (length == sizes[i] + CLAW_RECORD_OVERHEAD)
      {
        *(unsigned *) pair->filter_data |= 1u << MIN (i, 5);
        return TRUE;
      }
  g_assert_not_reached ();
}

/* Records have one of six lengths, the last of which is all that the path carries, and lines that
 * differ little cannot be told apart. */
static void
test_padding (void)
{
  g_autoptr (Pair) pair = pair_new (1);
  uint8_t text[1500] = { 0 };
  unsigned seen = 0;

  pair->filter = check_size;
  pair->filter_data = &seen;
  pair_establish (pair);
  for (size_t length = 1; length < sizeof text; length += 7)
    {
      pair_write (pair, PAIR_CLIENT, text, length);
      pair_run (pair, 100 * 1000);
    }
  g_assert_cmphex (seen, ==, 0x3f);

  pair_run (pair, G_USEC_PER_SEC);
  size_t sizes[2];
  for (unsigned i = 0; i < 2; i++)
    {
      size_t before = pair->sides[PAIR_CLIENT].bytes_sent;

      pair_write (pair, PAIR_CLIENT, text, i == 0 ? 2 : 40);
      pair_run (pair, G_USEC_PER_SEC);
      sizes[i] = pair->sides[PAIR_CLIENT].bytes_sent - before;
    }
  g_assert_cmpuint (sizes[0], ==, sizes[1]);
}

/* Before the first record of the initiator came, the responder sends its response and nothing else.
 */
static void
test_unconfirmed (void)
{
  g_autoptr (Pair) pair = pair_new (2);

  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, NULL, G_MAXINT64);
  pair_run (pair, pair->delay_us);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, 1);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].bytes_sent, ==, CLAW_HANDSHAKE_RESPONSE_SIZE);
  pair->loss = 1;
  pair_run (pair, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, 1);
}

/* Without ACKs no more than the congestion window goes out at once. */
static void
test_congestion_window (void)
{
  g_autoptr (Pair) pair = pair_new (3);
  g_autofree uint8_t *bulk = g_malloc0 (CLAW_CONNECTION_SEND_BUFFER_MAX);

  pair_establish (pair);
  unsigned before = pair->sides[PAIR_SERVER].n_sent;
  pair->loss = 1;
  pair_write (pair, PAIR_SERVER, bulk, CLAW_CONNECTION_SEND_BUFFER_MAX);
  pair_run (pair, 1);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent - before, ==,
                    CLAW_CONGESTION_INITIAL_DATAGRAMS);
}

/* Sixteen streams at once share the datagrams, and no record carries more parts than can be kept in
 * mind. */
static void
test_many_streams (void)
{
  g_autoptr (Pair) pair = pair_new (4);
  char buffer[16];

  pair_establish (pair);
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    g_assert_cmpuint (claw_connection_write (pair->sides[PAIR_CLIENT].connection, id, "line", 4),
                      ==, 4);
  unsigned before = pair->sides[PAIR_CLIENT].n_sent;
  pair_run (pair, 1);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].n_sent - before, ==,
                    CLAW_CONNECTION_STREAMS_MAX / CLAW_SENT_CHUNKS_MAX);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 4);
  for (unsigned id = 1; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    g_assert_cmpuint (
        claw_connection_read (pair->sides[PAIR_SERVER].connection, id, buffer, sizeof buffer), ==,
        4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connection-send/form/padding", test_padding);
  g_test_add_func ("/connection-send/form/unconfirmed", test_unconfirmed);
  g_test_add_func ("/connection-send/limits/congestion-window", test_congestion_window);
  g_test_add_func ("/connection-send/limits/many-streams", test_many_streams);
  return g_test_run ();
}
