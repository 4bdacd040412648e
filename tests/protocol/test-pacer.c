/* test-pacer.c: when the next datagram may go. */
#include "claw-pacer.h"

#define SIZE 1200

/* Sends all that may go at @now_us. Returns: how many. */
static unsigned
send_all (ClawPacer *pacer, double rate, gint64 now_us)
{
  unsigned n = 0;

  for (; claw_pacer_allows (pacer, rate, SIZE, now_us); n++)
    {
      g_assert_cmpuint (n, <, 100000);
      claw_pacer_on_sent (pacer, SIZE);
    }
  return n;
}

/* At once go ten datagrams, or two milliseconds' worth when that is more; and again after a pause.
 */
static void
test_burst (void)
{
  ClawPacer pacer;

  claw_pacer_init (&pacer);
  g_assert_cmpuint (send_all (&pacer, 1000 * SIZE, 0), ==, CLAW_PACER_BURST_DATAGRAMS);
  g_assert_cmpuint (send_all (&pacer, 1000 * SIZE, 10 * G_USEC_PER_SEC), ==,
                    CLAW_PACER_BURST_DATAGRAMS);
  claw_pacer_init (&pacer);
  g_assert_cmpuint (send_all (&pacer, 100000 * SIZE, 0), ==, 200);
}

/* Who asks again at the time told sends at the rate, be it slow or fast, also when each timer is
 * late by up to a millisecond. */
static void
test_rate (void)
{
  static const double rates[] = { 500, 20e3, 1e6, 12.5e6, 125e6 };

  for (unsigned i = 0; i < G_N_ELEMENTS (rates); i++)
    for (gint64 late_us = 0; late_us <= 1000; late_us += 500)
      {
        ClawPacer pacer;
        gint64 now_us = 0;
        const double expected = rates[i] * 100;
        double sent = 0;

        claw_pacer_init (&pacer);
        while (now_us < 100 * G_USEC_PER_SEC)
          {
            sent += send_all (&pacer, rates[i], now_us) * (double) SIZE;
            g_assert_cmpint (claw_pacer_get_release_us (&pacer), >, now_us);
            now_us = claw_pacer_get_release_us (&pacer) + late_us;
          }
        g_assert_cmpfloat (sent, >=, 0.999 * expected - SIZE);
        g_assert_cmpfloat (sent, <=, 1.001 * expected + 11 * SIZE);
      }
}

/* A fast session waits for a millisecond's worth, so that what goes out goes in batches. */
static void
test_quantum (void)
{
  ClawPacer pacer;

  claw_pacer_init (&pacer);
  send_all (&pacer, 12.5e6, 0);
  g_assert_false (claw_pacer_allows (&pacer, 12.5e6, SIZE, 500));
  g_assert_cmpint (claw_pacer_get_release_us (&pacer), <=, CLAW_PACER_QUANTUM_US);
  g_assert_cmpuint (send_all (&pacer, 12.5e6, CLAW_PACER_QUANTUM_US), >=, 10);
}

/* What went out unasked is made up for later. */
static void
test_debt (void)
{
  ClawPacer pacer;

  claw_pacer_init (&pacer);
  send_all (&pacer, 1000 * SIZE, 0);
  claw_pacer_on_sent (&pacer, SIZE);
  claw_pacer_on_sent (&pacer, SIZE);
  g_assert_cmpuint (send_all (&pacer, 1000 * SIZE, 1000), ==, 0);
  g_assert_cmpint (claw_pacer_get_release_us (&pacer), ==, 3000);
  g_assert_cmpuint (send_all (&pacer, 1000 * SIZE, 3000), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pacer/bucket/burst", test_burst);
  g_test_add_func ("/pacer/bucket/rate", test_rate);
  g_test_add_func ("/pacer/bucket/quantum", test_quantum);
  g_test_add_func ("/pacer/bucket/debt", test_debt);
  return g_test_run ();
}
