/* test-datagram-queue.c: unreliable datagrams that wait. */
#include "claw-datagram-queue.h"

#include <string.h>

/* They come out in order, empty ones too. */
static void
test_order (void)
{
  ClawDatagramQueue queue;
  size_t length;

  claw_datagram_queue_init (&queue);
  g_assert_null (claw_datagram_queue_peek (&queue, &length));
  claw_datagram_queue_push (&queue, "one", 3);
  claw_datagram_queue_push (&queue, NULL, 0);
  claw_datagram_queue_push (&queue, "three", 5);
  g_assert_cmpmem (claw_datagram_queue_peek (&queue, &length), 3, "one", 3);
  claw_datagram_queue_pop (&queue);
  g_assert_nonnull (claw_datagram_queue_peek (&queue, &length));
  g_assert_cmpuint (length, ==, 0);
  claw_datagram_queue_pop (&queue);
  g_assert_cmpmem (claw_datagram_queue_peek (&queue, &length), 5, "three", 5);
  claw_datagram_queue_pop (&queue);
  claw_datagram_queue_pop (&queue);
  g_assert_null (claw_datagram_queue_peek (&queue, &length));
  claw_datagram_queue_clear (&queue);
}

/* One more than the maximum pushes out the oldest. */
static void
test_maximum (void)
{
  ClawDatagramQueue queue;
  size_t length;

  claw_datagram_queue_init (&queue);
  for (unsigned i = 0; i <= CLAW_DATAGRAM_QUEUE_MAX; i++)
    claw_datagram_queue_push (&queue, &i, sizeof i);
  g_assert_cmpuint (queue.datagrams.length, ==, CLAW_DATAGRAM_QUEUE_MAX);
  g_assert_cmpuint (queue.n_dropped, ==, 1);
  g_assert_cmpuint (*(const unsigned *) claw_datagram_queue_peek (&queue, &length), ==, 1);
  claw_datagram_queue_clear (&queue);
  g_assert_cmpuint (queue.datagrams.length, ==, 0);
}

/* The longest is taken, one byte more is the caller's mistake. */
static void
test_longest (void)
{
  static const uint8_t bytes[CLAW_CONNECTION_UNRELIABLE_MAX + 1];
  ClawDatagramQueue queue;
  size_t length;

  claw_datagram_queue_init (&queue);
  claw_datagram_queue_push (&queue, bytes, CLAW_CONNECTION_UNRELIABLE_MAX);
  g_assert_nonnull (claw_datagram_queue_peek (&queue, &length));
  g_assert_cmpuint (length, ==, CLAW_CONNECTION_UNRELIABLE_MAX);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*failed*");
  claw_datagram_queue_push (&queue, bytes, sizeof bytes);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (queue.datagrams.length, ==, 1);
  claw_datagram_queue_clear (&queue);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/datagram-queue/contents/order", test_order);
  g_test_add_func ("/datagram-queue/limits/maximum", test_maximum);
  g_test_add_func ("/datagram-queue/limits/longest", test_longest);
  return g_test_run ();
}
