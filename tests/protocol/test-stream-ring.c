/* test-stream-ring.c: the bytes between two offsets of a stream. */
#include "claw-stream-ring.h"

/* Bytes keep their offsets while the window moves on and the ring grows. */
static void
test_move_and_grow (void)
{
  ClawStreamRing ring = { 0 };
  uint64_t start = 5, end = 5;

  for (unsigned step = 0; step < 2000; step++)
    {
      uint8_t chunk[700];
      size_t length = step % sizeof chunk;

      for (size_t i = 0; i < length; i++)
        chunk[i] = (uint8_t) ((end + i) * 31);
      claw_stream_ring_reserve (&ring, start, end, end + length);
      claw_stream_ring_put (&ring, end, chunk, length);
      end += length;
      while (end - start > step * 100)
        {
          uint8_t byte;

          claw_stream_ring_get (&ring, start, &byte, 1);
          g_assert_cmpuint (byte, ==, (uint8_t) (start * 31));
          start++;
        }
    }
  g_assert_cmpuint (ring.allocated, <=, CLAW_STREAM_WINDOW);
  claw_stream_ring_clear (&ring);
  g_assert_null (ring.bytes);
}

/* It grows to the window and no further. */
static void
test_maximum (void)
{
  ClawStreamRing ring = { 0 };
  uint8_t byte = 1;

  claw_stream_ring_reserve (&ring, 100, 100, 100 + CLAW_STREAM_WINDOW_MAX);
  g_assert_cmpuint (ring.allocated, ==, CLAW_STREAM_WINDOW_MAX);
  claw_stream_ring_put (&ring, 99 + CLAW_STREAM_WINDOW_MAX, &byte, 1);
  claw_stream_ring_clear (&ring);

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  claw_stream_ring_reserve (&ring, 100, 100, 101 + CLAW_STREAM_WINDOW_MAX);
  g_test_assert_expected_messages ();
  g_assert_null (ring.bytes);
}

/* An empty ring is gone when it is small, and kept for what comes next when it is large. */
static void
test_empty (void)
{
  ClawStreamRing ring = { 0 };

  claw_stream_ring_reserve (&ring, 0, 0, CLAW_STREAM_RING_SMALL_MAX);
  claw_stream_ring_set_empty (&ring);
  g_assert_null (ring.bytes);

  claw_stream_ring_reserve (&ring, 0, 0, CLAW_STREAM_RING_SMALL_MAX + 1);
  claw_stream_ring_set_empty (&ring);
  g_assert_nonnull (ring.bytes);
  claw_stream_ring_clear (&ring);
  g_assert_null (ring.bytes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/stream-ring/window/move-and-grow", test_move_and_grow);
  g_test_add_func ("/stream-ring/window/maximum", test_maximum);
  g_test_add_func ("/stream-ring/empty/small-is-gone", test_empty);
  return g_test_run ();
}
