/* test-rtt.c: the estimator of RFC 9002 section 5. */
#include "claw-rtt.h"

/* The first sample replaces the start value, later ones weigh an eighth. */
static void
test_samples (void)
{
  ClawRtt rtt;

  claw_rtt_init (&rtt, CLAW_RTT_INITIAL_US);
  g_assert_cmpint (claw_rtt_get_probe_timeout_us (&rtt), ==, 333000 + 4 * 166500 + 25000);
  claw_rtt_add_sample (&rtt, 100000, 0);
  g_assert_cmpint (rtt.smoothed_us, ==, 100000);
  g_assert_cmpint (rtt.variation_us, ==, 50000);
  claw_rtt_add_sample (&rtt, 180000, 0);
  g_assert_cmpint (rtt.smoothed_us, ==, 110000);
  g_assert_cmpint (rtt.variation_us, ==, (3 * 50000 + 80000) / 4);
  g_assert_cmpint (rtt.min_us, ==, 100000);
}

/* The peer's delay is taken off, but only what it may claim, and never below the least seen. */
static void
test_ack_delay (void)
{
  static const struct
  {
    gint64 sample_us, delay_us, counted_us;
  } table[] = {
    { 120000, 10000, 110000 },
    { 200000, 99000, 175000 },
    { 105000, 10000, 105000 },
    { 125000, 25000, 100000 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawRtt rtt;

      claw_rtt_init (&rtt, CLAW_RTT_INITIAL_US);
      claw_rtt_add_sample (&rtt, 100000, 0);
      claw_rtt_add_sample (&rtt, table[i].sample_us, table[i].delay_us);
      g_assert_cmpint (rtt.smoothed_us, ==, (7 * 100000 + table[i].counted_us) / 8);
    }
}

/* Timeouts never fall below the clock's grain. */
static void
test_granularity (void)
{
  ClawRtt rtt;

  claw_rtt_init (&rtt, 0);
  for (unsigned i = 0; i < 100; i++)
    claw_rtt_add_sample (&rtt, 10, 0);
  g_assert_cmpint (claw_rtt_get_loss_delay_us (&rtt), ==, CLAW_RTT_GRANULARITY_US);
  g_assert_cmpint (claw_rtt_get_probe_timeout_us (&rtt), >=,
                   CLAW_RTT_GRANULARITY_US + CLAW_RTT_ACK_DELAY_MAX_US);
  claw_rtt_add_sample (&rtt, 80000, 0);
  g_assert_cmpint (claw_rtt_get_loss_delay_us (&rtt), ==, 90000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rtt/samples/weights", test_samples);
  g_test_add_func ("/rtt/samples/ack-delay", test_ack_delay);
  g_test_add_func ("/rtt/timeouts/granularity", test_granularity);
  return g_test_run ();
}
