/* test-connection-datagrams.c: unreliable datagrams, RFC 9221. */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

static unsigned
count_arrived (Pair *pair, unsigned side)
{
  uint8_t buffer[CLAW_CONNECTION_UNRELIABLE_MAX];
  unsigned n = 0;
  size_t length;

  while (claw_connection_read_datagram (pair->sides[side].connection, buffer, &length))
    n++;
  return n;
}

/* They arrive whole, each for itself, from none to the most bytes, which fill what the smallest
 * path carries; and are acknowledged. */
static void
test_arrive (void)
{
  static const size_t lengths[] = { 0, 1, 500, CLAW_CONNECTION_UNRELIABLE_MAX };
  g_autoptr (Pair) pair = pair_new (1);
  uint8_t data[CLAW_CONNECTION_UNRELIABLE_MAX], buffer[CLAW_CONNECTION_UNRELIABLE_MAX];
  size_t length;

  pair_establish (pair);
  memset (data, 'x', sizeof data);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  g_assert_false (claw_connection_read_datagram (server, buffer, &length));
  for (unsigned i = 0; i < G_N_ELEMENTS (lengths); i++)
    g_assert_true (claw_connection_send_datagram (client, data, lengths[i]));
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_DATAGRAM], >=, 1);
  /* In no order. */
  size_t sum = 0, expected = 0;
  for (unsigned i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_assert_true (claw_connection_read_datagram (server, buffer, &length));
      g_assert_cmpmem (buffer, length, data, length);
      expected += lengths[i];
      sum += length;
    }
  g_assert_cmpuint (sum, ==, expected);
  g_assert_false (claw_connection_read_datagram (server, buffer, &length));
  g_assert_cmpuint (client->recovery.sent.outstanding, ==, 0);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].largest_sent, >=, CLAW_MTU_SIZE_MIN);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].largest_sent, <=, CLAW_CONNECTION_DATAGRAM_SIZE);
}

/* One byte too many, or none to send it to: FALSE. */
static void
test_refused (void)
{
  g_autoptr (Pair) pair = pair_new (2);
  uint8_t data[CLAW_CONNECTION_UNRELIABLE_MAX + 1] = { 0 };

  pair_connect (pair, NULL, G_MAXINT64);
  g_assert_false (claw_connection_send_datagram (pair->sides[PAIR_CLIENT].connection, "x", 1));
  pair_establish (pair);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  g_assert_false (claw_connection_send_datagram (client, data, sizeof data));
  claw_connection_close (client, CLAW_CLOSE_CODE_BYE);
  g_assert_false (claw_connection_send_datagram (client, "x", 1));
}

/* A lost one is never sent again, while the stream beside it is. */
static void
test_lost (void)
{
  g_autoptr (Pair) pair = pair_new (3);

  pair_establish (pair);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  pair->filter = pair_drop_client;
  g_assert_true (claw_connection_send_datagram (client, "gone", 4));
  pair_write (pair, PAIR_CLIENT, "kept", 4);
  pair_run (pair, 10 * 1000);
  pair->filter = NULL;
  pair_run (pair, 3 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 4);
  g_assert_cmpuint (count_arrived (pair, PAIR_SERVER), ==, 0);
  g_assert_cmpuint (client->recovery.sent.outstanding, ==, 0);
  g_assert_true (claw_connection_send_datagram (client, "next", 4));
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (count_arrived (pair, PAIR_SERVER), ==, 1);
}

/* No more go out than the congestion window allows; those that wait make room for newer ones. */
static void
test_congestion_controlled (void)
{
  g_autoptr (Pair) pair = pair_new (4);
  uint8_t data[CLAW_CONNECTION_UNRELIABLE_MAX] = { 0 };

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  unsigned before = pair->sides[PAIR_CLIENT].n_sent;
  pair->loss = 1;
  for (unsigned i = 0; i < 200; i++)
    {
      data[0] = (uint8_t) i;
      g_assert_true (claw_connection_send_datagram (client, data, sizeof data));
      g_assert_cmpuint (client->outgoing.datagrams.length, <=, CLAW_DATAGRAM_QUEUE_MAX);
    }
  pair_run (pair, 20 * 1000);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].n_sent - before, ==,
                    client->recovery.congestion.window / pair->sides[PAIR_CLIENT].largest_sent);
  g_assert_cmpuint (client->outgoing.n_dropped, ==, 200 - CLAW_DATAGRAM_QUEUE_MAX);
  size_t length;
  const uint8_t *oldest = claw_datagram_queue_peek (&client->outgoing, &length);
  g_assert_cmpuint (oldest[0], ==,
                    200 - CLAW_DATAGRAM_QUEUE_MAX + pair->sides[PAIR_CLIENT].n_sent - before);
}

/* What is not read is bounded as well: the newest stay. */
static void
test_unread (void)
{
  g_autoptr (Pair) pair = pair_new (5);
  uint8_t buffer[CLAW_CONNECTION_UNRELIABLE_MAX];
  size_t length;

  pair_establish (pair);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  for (unsigned i = 0; i < 2 * CLAW_DATAGRAM_QUEUE_MAX; i++)
    {
      g_assert_true (claw_connection_send_datagram (client, &i, sizeof i));
      pair_run (pair, 100 * 1000);
    }
  g_assert_cmpuint (server->incoming.datagrams.length, ==, CLAW_DATAGRAM_QUEUE_MAX);
  g_assert_true (claw_connection_read_datagram (server, buffer, &length));
  g_assert_cmpuint (*(unsigned *) buffer, ==, CLAW_DATAGRAM_QUEUE_MAX);
}

/* A stream and datagrams that both never end share the records: neither holds up the other. */
static void
test_beside_stream (void)
{
  g_autoptr (Pair) pair = pair_new (6);
  g_autofree uint8_t *bulk = g_malloc0 (2 * 1024 * 1024);
  uint8_t data[CLAW_CONNECTION_UNRELIABLE_MAX] = { 0 };
  unsigned arrived = 0;

  pair_establish (pair);
  pair_write (pair, PAIR_CLIENT, bulk, 2 * 1024 * 1024);
  for (unsigned i = 0; i < 200; i++)
    {
      for (unsigned j = 0; j < 20; j++)
        claw_connection_send_datagram (pair->sides[PAIR_CLIENT].connection, data, sizeof data);
      pair_run (pair, 1000);
      arrived += count_arrived (pair, PAIR_SERVER);
    }
  size_t read = pair->sides[PAIR_SERVER].received->len;
  g_test_message ("%u datagrams, %zu bytes of the stream", arrived, read);
  g_assert_cmpuint (arrived, >=, 50);
  g_assert_cmpuint (read, >=, arrived * CLAW_CONNECTION_UNRELIABLE_MAX / 3);
  g_assert_cmpuint (read, <=, arrived * CLAW_CONNECTION_UNRELIABLE_MAX * 3);
}

/* Both sides at once with the longest: an ACK beside which the next one does not fit goes alone,
 * and nothing comes to a halt. */
static void
test_beside_ack (void)
{
  g_autoptr (Pair) pair = pair_new (7);
  uint8_t data[CLAW_CONNECTION_UNRELIABLE_MAX] = { 0 };
  unsigned arrived[2] = { 0 };

  pair_establish (pair);
  for (unsigned i = 0; i < 100; i++)
    {
      for (unsigned side = 0; side < 2; side++)
        g_assert_true (
            claw_connection_send_datagram (pair->sides[side].connection, data, sizeof data));
      pair_run (pair, 10 * 1000);
      for (unsigned side = 0; side < 2; side++)
        arrived[side] += count_arrived (pair, side);
    }
  pair_run (pair, G_USEC_PER_SEC);
  for (unsigned side = 0; side < 2; side++)
    {
      g_assert_cmpuint (arrived[side] + count_arrived (pair, side), ==, 100);
      g_assert_cmpuint (pair->sides[side].connection->recovery.sent.outstanding, ==, 0);
    }
}

/* A peer that sends a longer one breaks the rules. */
static void
test_too_long (void)
{
  g_autoptr (Pair) pair = pair_new (8);
  uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX];
  uint8_t data[CLAW_CONNECTION_UNRELIABLE_MAX + 1] = { 0 };
  ClawWriter writer;

  pair_establish (pair);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  claw_writer_init (&writer, datagram + CLAW_RECORD_HEADER_SIZE, sizeof data + 3);
  claw_frame_write_datagram (&writer, data, sizeof data);
  g_assert_false (writer.failed);
  size_t size = claw_key_slots_seal (&client->keys, client->next_counter++, datagram, writer.used);
  pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, datagram, size);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpint (pair->sides[PAIR_SERVER].reason, ==, CLAW_CLOSE_PROTOCOL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connection-datagrams/delivery/arrive", test_arrive);
  g_test_add_func ("/connection-datagrams/delivery/refused", test_refused);
  g_test_add_func ("/connection-datagrams/delivery/lost", test_lost);
  g_test_add_func ("/connection-datagrams/limits/congestion-controlled",
                   test_congestion_controlled);
  g_test_add_func ("/connection-datagrams/limits/unread", test_unread);
  g_test_add_func ("/connection-datagrams/limits/too-long", test_too_long);
  g_test_add_func ("/connection-datagrams/sharing/beside-stream", test_beside_stream);
  g_test_add_func ("/connection-datagrams/sharing/beside-ack", test_beside_ack);
  return g_test_run ();
}
