/* test-connection-buffers.c: how much a session may hold, and that it holds as much when that is of
 * use. */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

static uint8_t bulk[256 * 1024];

/* All of @n streams write what is taken and read what there is, for so long. */
static void
transfer (Pair *pair, unsigned n, gint64 duration_us)
{
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  static uint8_t buffer[65536];

  for (gint64 end_us = pair->now_us + duration_us; pair->now_us < end_us;)
    {
      for (unsigned id = 1; id <= n; id++)
        {
          while (claw_connection_write (client, id, bulk, sizeof bulk) > 0)
            ;
          while (claw_connection_read (server, id, buffer, sizeof buffer) > 0)
            ;
        }
      pair_run (pair, 2000);
    }
}

static size_t
sum_credit (const ClawConnection *connection)
{
  size_t sum = 0;

  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    sum += connection->streams[id] != NULL
               ? claw_receive_stream_get_credit (&connection->streams[id]->receive)
               : CLAW_STREAM_WINDOW;
  return sum;
}

static size_t
sum_buffered (const ClawConnection *connection)
{
  size_t sum = 0;

  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    if (connection->streams[id] != NULL)
      sum += claw_send_stream_get_buffered (&connection->streams[id]->send);
  return sum;
}

/* One stream that is read at once gets the largest window and send buffer on a fast, long path. */
static void
test_one_stream (void)
{
  g_autoptr (Pair) pair = pair_new (1);

  pair_establish (pair);
  pair->delay_us = 100 * 1000;
  g_assert_cmpuint (
      claw_connection_write (pair->sides[PAIR_CLIENT].connection, 1, bulk, sizeof bulk), ==,
      CLAW_CONNECTION_SEND_BUFFER);
  transfer (pair, 1, 4 * G_USEC_PER_SEC);
  const ClawStream *sending = pair->sides[PAIR_CLIENT].connection->streams[1];
  const ClawStream *receiving = pair->sides[PAIR_SERVER].connection->streams[1];
  g_assert_cmpuint (receiving->receive.window, ==, CLAW_STREAM_WINDOW_MAX);
  g_assert_cmpuint (claw_send_stream_get_buffered (&sending->send), >,
                    CLAW_CONNECTION_SEND_BUFFER_MAX / 2);
  g_assert_cmpuint (claw_send_stream_get_buffered (&sending->send), <=,
                    CLAW_CONNECTION_SEND_BUFFER_MAX);
}

/* All streams at once never have more than the session's share, and each has its first window. */
static void
test_all_streams (void)
{
  g_autoptr (Pair) pair = pair_new (2);
  const unsigned n = CLAW_CONNECTION_STREAMS_MAX - 1;

  pair_establish (pair);
  pair->delay_us = 100 * 1000;
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  transfer (pair, 1, 3 * G_USEC_PER_SEC);
  for (unsigned i = 0; i < 100; i++)
    {
      transfer (pair, n, 40 * 1000);
      g_assert_cmpuint (sum_credit (server), <=, CLAW_CONNECTION_BUFFERS_MAX);
      g_assert_cmpuint (sum_buffered (client), <=, CLAW_CONNECTION_BUFFERS_MAX);
      for (unsigned id = 1; id <= n; id++)
        if (server->streams[id] != NULL)
          g_assert_cmpuint (server->streams[id]->receive.window, >=, CLAW_STREAM_WINDOW);
    }
  g_assert_cmpuint (sum_credit (server), >, CLAW_CONNECTION_BUFFERS_MAX / 2);
}

/* A session that has nothing to do takes less than 4 KiB, also after it had much to do. */
static void
test_idle (void)
{
  g_autoptr (Pair) pair = pair_new (3);
  static uint8_t buffer[65536];
  size_t size;

  pair_establish (pair);
  transfer (pair, 2, G_USEC_PER_SEC);
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  for (unsigned i = 0; i < 2000; i++)
    {
      pair_run (pair, 2000);
      for (unsigned id = 1; id <= 2; id++)
        while (claw_connection_read (server, id, buffer, sizeof buffer) > 0)
          ;
    }
  for (unsigned side = 0; side < 2; side++)
    {
      const ClawConnection *connection = pair->sides[side].connection;

      size = sizeof *connection + connection->acknowledger.received.allocated * sizeof (ClawRange)
             + connection->recovery.sent.allocated * sizeof (ClawSentPacket);
      for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
        if (connection->streams[id] != NULL)
          size += sizeof (ClawStream) + connection->streams[id]->send.ring.allocated
                  + connection->streams[id]->receive.ring.allocated
                  + connection->streams[id]->receive.have.allocated * sizeof (ClawRange)
                  + connection->streams[id]->send.acked.allocated * sizeof (ClawRange)
                  + connection->streams[id]->send.resend.allocated * sizeof (ClawRange);
      g_test_message ("%zu bytes", size);
      g_assert_cmpuint (size, <, 4096);
    }
}

/* What the peer is told again after a loss is no reason to let the window grow. */
static void
test_told_again (void)
{
  g_autoptr (Pair) pair = pair_new (4);

  pair_establish (pair);
  transfer (pair, 1, 500 * 1000);
  ClawStream *stream = pair->sides[PAIR_SERVER].connection->streams[1];
  size_t window = stream->receive.window;
  uint64_t limit = stream->receive.limit;
  stream->must_tell_limit = TRUE;
  claw_connection_set_ready (pair->sides[PAIR_SERVER].connection);
  pair_run (pair, 1);
  g_assert_false (stream->must_tell_limit);
  g_assert_cmpuint (stream->receive.window, ==, window);
  g_assert_cmpuint (stream->receive.limit, ==, limit);
}

/* With a smaller share for the session, that is what its streams get in all, and with fewer streams
 * each of these still has its first window. */
static void
test_limited (void)
{
  g_autoptr (Pair) pair = pair_new (5);
  const size_t bytes = 1024 * 1024;

  pair_establish (pair);
  pair->delay_us = 100 * 1000;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;
  server->host->streams = 3;
  server->host->bytes = bytes;
  for (unsigned i = 0; i < 100; i++)
    {
      size_t credit = CLAW_STREAM_WINDOW; /* of stream 0, which is not used */

      transfer (pair, 2, 40 * 1000);
      for (unsigned id = 1; id <= 2; id++)
        if (server->streams[id] != NULL)
          credit += claw_receive_stream_get_credit (&server->streams[id]->receive);
      g_assert_cmpuint (credit, <=, bytes);
    }
  g_assert_cmpuint (claw_receive_stream_get_credit (&server->streams[1]->receive)
                        + claw_receive_stream_get_credit (&server->streams[2]->receive),
                    >, 2 * CLAW_STREAM_WINDOW);
  g_assert_cmpint (claw_connection_get_state (server), ==, CLAW_CONNECTION_ESTABLISHED);
}

/* A peer that uses one stream more than it may breaks the rules. */
static void
test_stream_beyond (void)
{
  g_autoptr (Pair) pair = pair_new (6);

  pair_establish (pair);
  pair->sides[PAIR_SERVER].connection->host->streams = 3;
  claw_connection_write (pair->sides[PAIR_CLIENT].connection, 2, "x", 1);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_nonnull (pair->sides[PAIR_SERVER].connection);
  claw_connection_write (pair->sides[PAIR_CLIENT].connection, 3, "x", 1);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_null (pair->sides[PAIR_SERVER].connection);
  g_assert_cmpint (pair->sides[PAIR_SERVER].reason, ==, CLAW_CLOSE_PROTOCOL);
  g_assert_cmpint (pair->sides[PAIR_CLIENT].peer_code, ==, CLAW_CLOSE_CODE_PROTOCOL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connection-buffers/tuning/one-stream", test_one_stream);
  g_test_add_func ("/connection-buffers/tuning/all-streams", test_all_streams);
  g_test_add_func ("/connection-buffers/tuning/told-again", test_told_again);
  g_test_add_func ("/connection-buffers/memory/idle", test_idle);
  g_test_add_func ("/connection-buffers/limits/shared", test_limited);
  g_test_add_func ("/connection-buffers/limits/stream-beyond", test_stream_beyond);
  return g_test_run ();
}
