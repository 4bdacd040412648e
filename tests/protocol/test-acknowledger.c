/* test-acknowledger.c: when an ACK goes, and what is in it. */
#include "claw-acknowledger.h"

#include "claw-frame.h"
#include "claw-rtt.h"

static void
read_ack (ClawAcknowledger *acknowledger, gint64 now_us, ClawFrame *frame)
{
  uint8_t buffer[1200];
  ClawWriter writer;
  ClawReader reader;

  claw_writer_init (&writer, buffer, sizeof buffer);
  uint64_t end = claw_acknowledger_write (acknowledger, &writer, now_us);
  claw_reader_init (&reader, buffer, writer.used);
  g_assert_true (claw_frame_read (&reader, frame));
  g_assert_cmpint (frame->type, ==, CLAW_FRAME_ACK);
  g_assert_cmpuint (frame->ack.ranges[0].end, ==, end);
}

/* The first record of all is acknowledged at once; then one waits 25 ms, and two do not. */
static void
test_delay (void)
{
  ClawAcknowledger acknowledger;
  ClawFrame frame;

  claw_acknowledger_init (&acknowledger);
  g_assert_false (claw_acknowledger_has_news (&acknowledger));
  claw_acknowledger_on_received (&acknowledger, 0, TRUE, 1000);
  g_assert_true (claw_acknowledger_has_news (&acknowledger));
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, 1000);
  read_ack (&acknowledger, 1000, &frame);
  claw_acknowledger_on_received (&acknowledger, 1, TRUE, 3000);
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==,
                   3000 + CLAW_RTT_ACK_DELAY_MAX_US);
  claw_acknowledger_on_received (&acknowledger, 2, TRUE, 5000);
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, 5000);
  read_ack (&acknowledger, 9000, &frame);
  g_assert_cmpint (frame.ack.delay_us, ==, 4000);
  g_assert_cmpuint (frame.ack.n_ranges, ==, 1);
  g_assert_false (claw_acknowledger_has_news (&acknowledger));
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, G_MAXINT64);
  claw_acknowledger_clear (&acknowledger);
}

/* Marks are counted and told from the first one on; CE is told at once, but asks for no ACK where
 * nothing else does. */
static void
test_marked (void)
{
  ClawAcknowledger acknowledger;
  uint8_t buffer[100];
  ClawWriter writer;
  ClawReader reader;
  ClawFrame frame;

  claw_acknowledger_init (&acknowledger);
  claw_acknowledger_on_marked (&acknowledger, CLAW_ECN_NONE);
  claw_acknowledger_on_received (&acknowledger, 0, TRUE, 0);
  read_ack (&acknowledger, 0, &frame);

  claw_acknowledger_on_marked (&acknowledger, CLAW_ECN_CE);
  claw_acknowledger_on_received (&acknowledger, 1, FALSE, 1000);
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, G_MAXINT64);
  claw_acknowledger_on_marked (&acknowledger, CLAW_ECN_ECT0);
  claw_acknowledger_on_received (&acknowledger, 2, TRUE, 2000);
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), >, 2000);
  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_acknowledger_write (&acknowledger, &writer, 2000);
  claw_acknowledger_on_marked (&acknowledger, CLAW_ECN_CE);
  claw_acknowledger_on_received (&acknowledger, 3, TRUE, 3000);
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, 3000);
  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_acknowledger_write (&acknowledger, &writer, 3000);

  claw_reader_init (&reader, buffer, writer.used);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpint (frame.type, ==, CLAW_FRAME_ACK_ECN);
  g_assert_cmpuint (frame.ack.counts.ect0, ==, 1);
  g_assert_cmpuint (frame.ack.counts.ect1, ==, 0);
  g_assert_cmpuint (frame.ack.counts.ce, ==, 2);
  claw_acknowledger_clear (&acknowledger);
}

/* An ACK alone asks for none, so that two sides do not acknowledge each other for ever. */
static void
test_not_eliciting (void)
{
  ClawAcknowledger acknowledger;

  claw_acknowledger_init (&acknowledger);
  for (uint64_t number = 0; number < 10; number += 2)
    claw_acknowledger_on_received (&acknowledger, number, FALSE, 0);
  g_assert_false (claw_acknowledger_has_news (&acknowledger));
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, G_MAXINT64);
  claw_acknowledger_clear (&acknowledger);
}

/* A gap and what fills it are told at once. */
static void
test_out_of_order (void)
{
  ClawAcknowledger acknowledger;
  ClawFrame frame;

  claw_acknowledger_init (&acknowledger);
  claw_acknowledger_on_received (&acknowledger, 0, TRUE, 0);
  read_ack (&acknowledger, 0, &frame);
  claw_acknowledger_on_received (&acknowledger, 2, TRUE, 100);
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, 100);
  read_ack (&acknowledger, 100, &frame);
  g_assert_cmpuint (frame.ack.n_ranges, ==, 2);
  claw_acknowledger_on_received (&acknowledger, 1, TRUE, 200);
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, 200);
  read_ack (&acknowledger, 1100, &frame);
  g_assert_cmpuint (frame.ack.n_ranges, ==, 1);
  /* The delay is that of the largest number. */
  g_assert_cmpint (frame.ack.delay_us, ==, 1000);
  claw_acknowledger_clear (&acknowledger);
}

/* What the peer knows is not told again; one gap more than the maximum forgets the oldest. */
static void
test_bounded (void)
{
  ClawAcknowledger acknowledger;
  ClawFrame frame;

  claw_acknowledger_init (&acknowledger);
  for (uint64_t i = 0; i <= CLAW_ACKNOWLEDGER_RANGES_MAX; i++)
    claw_acknowledger_on_received (&acknowledger, 2 * i, TRUE, 0);
  g_assert_cmpuint (acknowledger.received.n, ==, CLAW_ACKNOWLEDGER_RANGES_MAX);
  g_assert_false (claw_ranges_contains (&acknowledger.received, 0));
  claw_acknowledger_forget_below (&acknowledger, 101);
  read_ack (&acknowledger, 0, &frame);
  g_assert_cmpuint (frame.ack.ranges[frame.ack.n_ranges - 1].start, ==, 102);
  claw_acknowledger_forget_below (&acknowledger, 1000);
  claw_acknowledger_on_received (&acknowledger, 2 * CLAW_ACKNOWLEDGER_RANGES_MAX + 1, TRUE, 0);
  g_assert_cmpint (claw_acknowledger_get_deadline (&acknowledger), ==, CLAW_RTT_ACK_DELAY_MAX_US);
  read_ack (&acknowledger, 0, &frame);
  g_assert_cmpuint (frame.ack.n_ranges, ==, 1);
  claw_acknowledger_clear (&acknowledger);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/acknowledger/ecn/marked", test_marked);
  g_test_add_func ("/acknowledger/when/delay", test_delay);
  g_test_add_func ("/acknowledger/when/not-eliciting", test_not_eliciting);
  g_test_add_func ("/acknowledger/when/out-of-order", test_out_of_order);
  g_test_add_func ("/acknowledger/what/bounded", test_bounded);
  return g_test_run ();
}
