/* test-receive-stream.c: the receiving half of a stream. */
#include "claw-receive-stream.h"

#include <string.h>

/* Bytes whose value is their offset. */
static ClawReceiveStreamResult
put (ClawReceiveStream *stream, uint64_t offset, size_t length)
{
  g_autofree uint8_t *data = g_malloc (length + 1);

  for (size_t i = 0; i < length; i++)
    data[i] = (uint8_t) (offset + i);
  return claw_receive_stream_put (stream, offset, data, length);
}

static void
assert_read (ClawReceiveStream *stream, size_t size, size_t expected)
{
  g_autofree uint8_t *data = g_malloc (size);
  uint64_t start = stream->read;

  g_assert_cmpuint (claw_receive_stream_read (stream, data, size), ==, expected);
  for (size_t i = 0; i < expected; i++)
    g_assert_cmpuint (data[i], ==, (uint8_t) (start + i));
}

/* Parts in any order, twice, overlapping and of no length come out once and in order. */
static void
test_order (void)
{
  static const struct
  {
    uint64_t offset;
    size_t length;
    size_t readable;
  } table[] = {
    { 10, 10, 0 }, { 10, 10, 0 }, { 30, 10, 0 },  { 15, 10, 0 }, { 0, 0, 0 },   { 0, 5, 5 },
    { 3, 9, 25 },  { 26, 2, 25 }, { 20, 40, 60 }, { 0, 60, 60 }, { 59, 1, 60 },
  };
  ClawReceiveStream stream;

  claw_receive_stream_init (&stream);
  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_assert_cmpint (put (&stream, table[i].offset, table[i].length), ==,
                       CLAW_RECEIVE_STREAM_TAKEN);
      g_assert_cmpuint (claw_receive_stream_get_readable (&stream), ==, table[i].readable);
    }
  assert_read (&stream, 7, 7);
  g_assert_cmpint (put (&stream, 0, 20), ==, CLAW_RECEIVE_STREAM_TAKEN);
  assert_read (&stream, 100, 53);
  assert_read (&stream, 100, 0);
  g_assert_null (stream.ring.bytes);
  g_assert_cmpint (put (&stream, 0, 60), ==, CLAW_RECEIVE_STREAM_TAKEN);
  g_assert_null (stream.ring.bytes);
  claw_receive_stream_clear (&stream);
}

/* Random parts of a long stream, read in random bites. */
static void
test_random (void)
{
  for (uint32_t seed = 0; seed < 10; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      ClawReceiveStream stream;

      claw_receive_stream_init (&stream);
      while (stream.read < 600000)
        {
          uint64_t offset = stream.read + (uint64_t) g_rand_int_range (random, -500, 3000);
          size_t length = (size_t) g_rand_int_range (random, 0, 1500);

          if (offset > 1000000)
            offset = 0;
          g_assert_cmpint (put (&stream, offset, length), !=, CLAW_RECEIVE_STREAM_BEYOND);
          size_t readable = claw_receive_stream_get_readable (&stream);
          size_t size = (size_t) g_rand_int_range (random, 0, 4000);
          assert_read (&stream, size, MIN (readable, size));
          if (claw_receive_stream_wants_raise (&stream))
            claw_receive_stream_raise (&stream, CLAW_STREAM_WINDOW, 0, 0);
        }
      claw_receive_stream_clear (&stream);
    }
}

/* The last byte of the window is taken, the one after breaks the limit and leaves everything as it
 * was. */
static void
test_limit (void)
{
  ClawReceiveStream stream;

  claw_receive_stream_init (&stream);
  g_assert_cmpint (put (&stream, CLAW_STREAM_WINDOW - 1, 1), ==, CLAW_RECEIVE_STREAM_TAKEN);
  g_assert_cmpint (put (&stream, CLAW_STREAM_WINDOW - 1, 2), ==, CLAW_RECEIVE_STREAM_BEYOND);
  g_assert_cmpint (put (&stream, CLAW_STREAM_WINDOW + 1, 0), ==, CLAW_RECEIVE_STREAM_BEYOND);
  g_assert_false (claw_receive_stream_wants_raise (&stream));

  g_assert_cmpint (put (&stream, 0, CLAW_STREAM_WINDOW / 2), ==, CLAW_RECEIVE_STREAM_TAKEN);
  assert_read (&stream, CLAW_STREAM_WINDOW / 2, CLAW_STREAM_WINDOW / 2);
  g_assert_true (claw_receive_stream_wants_raise (&stream));
  g_assert_cmpuint (claw_receive_stream_raise (&stream, CLAW_STREAM_WINDOW_MAX, 0, 0), ==,
                    3 * CLAW_STREAM_WINDOW / 2);
  g_assert_false (claw_receive_stream_wants_raise (&stream));
  g_assert_cmpint (put (&stream, CLAW_STREAM_WINDOW - 1, 2), ==, CLAW_RECEIVE_STREAM_TAKEN);
  claw_receive_stream_clear (&stream);
}

/* Reads half of the window, which is what it takes for the peer to be told of more. */
static size_t
read_half (ClawReceiveStream *stream, size_t share, gint64 round_trip_us, gint64 now_us)
{
  size_t half = stream->window / 2;
  uint64_t limit = stream->limit;

  g_assert_cmpint (put (stream, stream->read, half), ==, CLAW_RECEIVE_STREAM_TAKEN);
  assert_read (stream, half, half);
  g_assert_true (claw_receive_stream_wants_raise (stream));
  g_assert_cmpuint (claw_receive_stream_raise (stream, share, round_trip_us / 2, now_us), >, limit);
  g_assert_false (claw_receive_stream_wants_raise (stream));
  g_assert_cmpuint (claw_receive_stream_get_credit (stream), ==, stream->window);
  return stream->window;
}

/* The window doubles when half of it was read within two round trips, to its maximum and no
 * further; a slow reader's stays. */
static void
test_tuning (void)
{
  ClawReceiveStream stream;
  gint64 now_us = 0;
  size_t window = CLAW_STREAM_WINDOW;

  claw_receive_stream_init (&stream);
  /* Of the first half it is not known how long it took. */
  g_assert_cmpuint (read_half (&stream, CLAW_STREAM_WINDOW_MAX, 100, now_us), ==, window);
  g_assert_cmpuint (read_half (&stream, CLAW_STREAM_WINDOW_MAX, 100, now_us += 101), ==, window);
  while (window < CLAW_STREAM_WINDOW_MAX)
    {
      window *= 2;
      g_assert_cmpuint (read_half (&stream, CLAW_STREAM_WINDOW_MAX, 100, now_us += 100), ==,
                        window);
    }
  g_assert_cmpuint (read_half (&stream, 2 * CLAW_STREAM_WINDOW_MAX, 100, now_us += 1), ==,
                    CLAW_STREAM_WINDOW_MAX);
  claw_receive_stream_clear (&stream);
}

/* The session's share holds it below that, and what was told is never taken back. */
static void
test_share (void)
{
  ClawReceiveStream stream;
  const size_t share = CLAW_STREAM_WINDOW + CLAW_STREAM_WINDOW / 4;

  claw_receive_stream_init (&stream);
  read_half (&stream, share, 100, 0);
  g_assert_cmpuint (read_half (&stream, share, 100, 10), ==, share);
  g_assert_cmpuint (read_half (&stream, CLAW_STREAM_WINDOW, 100, 20), ==, CLAW_STREAM_WINDOW);

  uint64_t limit = stream.limit;
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*share*failed*");
  g_assert_cmpuint (claw_receive_stream_raise (&stream, 10, 100, 30), ==, limit);
  g_test_assert_expected_messages ();
  claw_receive_stream_clear (&stream);
}

/* One gap more than the maximum is not taken, but what closes a gap always is. */
static void
test_gaps (void)
{
  ClawReceiveStream stream;

  claw_receive_stream_init (&stream);
  for (uint64_t i = 0; i < CLAW_RECEIVE_STREAM_RANGES_MAX; i++)
    g_assert_cmpint (put (&stream, 1 + 2 * i, 1), ==, CLAW_RECEIVE_STREAM_TAKEN);
  g_assert_cmpint (put (&stream, 1 + 2 * CLAW_RECEIVE_STREAM_RANGES_MAX, 1), ==,
                   CLAW_RECEIVE_STREAM_FULL);
  g_assert_cmpint (put (&stream, 0, 1), ==, CLAW_RECEIVE_STREAM_TAKEN);
  g_assert_cmpuint (claw_receive_stream_get_readable (&stream), ==, 2);
  g_assert_cmpint (put (&stream, 0, 2 * CLAW_RECEIVE_STREAM_RANGES_MAX), ==,
                   CLAW_RECEIVE_STREAM_TAKEN);
  g_assert_cmpint (put (&stream, 1 + 2 * CLAW_RECEIVE_STREAM_RANGES_MAX, 1), ==,
                   CLAW_RECEIVE_STREAM_TAKEN);
  claw_receive_stream_clear (&stream);
}

/* Room for a lot is kept while more may come, and given back only when nothing is in it. */
static void
test_trim (void)
{
  ClawReceiveStream stream;

  claw_receive_stream_init (&stream);
  for (unsigned part = 0; part < 40; part++)
    g_assert_cmpint (put (&stream, part * 1000, 1000), ==, CLAW_RECEIVE_STREAM_TAKEN);
  g_assert_false (claw_receive_stream_keeps_memory (&stream));
  claw_receive_stream_trim (&stream);
  for (unsigned part = 0; part < 40; part++)
    assert_read (&stream, 1000, 1000);
  g_assert_true (claw_receive_stream_keeps_memory (&stream));
  g_assert_cmpint (put (&stream, 40000, 1000), ==, CLAW_RECEIVE_STREAM_TAKEN);
  assert_read (&stream, 1000, 1000);
  claw_receive_stream_trim (&stream);
  g_assert_null (stream.ring.bytes);
  g_assert_false (claw_receive_stream_keeps_memory (&stream));
  claw_receive_stream_clear (&stream);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/receive-stream/order/table", test_order);
  g_test_add_func ("/receive-stream/order/random", test_random);
  g_test_add_func ("/receive-stream/limit/window", test_limit);
  g_test_add_func ("/receive-stream/limit/tuning", test_tuning);
  g_test_add_func ("/receive-stream/limit/share", test_share);
  g_test_add_func ("/receive-stream/limit/gaps", test_gaps);
  g_test_add_func ("/receive-stream/trim/when-empty", test_trim);
  return g_test_run ();
}
