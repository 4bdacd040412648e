/* test-congestion.c: NewReno of RFC 9002 section 7. */
#include "claw-congestion.h"

static void
fill (ClawCongestion *congestion)
{
  while (claw_congestion_allows (congestion))
    claw_congestion_on_sent (congestion, 1200);
}

/* The first flight is ten datagrams. */
static void
test_initial (void)
{
  ClawCongestion congestion;

  claw_congestion_init (&congestion);
  fill (&congestion);
  g_assert_cmpuint (congestion.in_flight, ==, CLAW_CONGESTION_WINDOW_INITIAL);
}

/* Slow start grows by what is acknowledged, later by one datagram a window. */
static void
test_growth (void)
{
  ClawCongestion congestion;

  claw_congestion_init (&congestion);
  fill (&congestion);
  claw_congestion_on_acknowledged (&congestion, 1200, 1);
  g_assert_cmpuint (congestion.window, ==, CLAW_CONGESTION_WINDOW_INITIAL + 1200);

  congestion.threshold = congestion.window;
  uint64_t before = congestion.window;
  for (uint64_t acknowledged = 0; acknowledged < before; acknowledged += 1200)
    {
      fill (&congestion);
      claw_congestion_on_acknowledged (&congestion, 1200, 1);
    }
  g_assert_cmpuint (congestion.window, >=, before + 1000);
  g_assert_cmpuint (congestion.window, <=, before + 1200);
}

/* Who sends a line now and then has not tried the path, so the window stays as it is. */
static void
test_unfilled (void)
{
  ClawCongestion congestion;

  claw_congestion_init (&congestion);
  for (unsigned i = 0; i < 100; i++)
    {
      claw_congestion_on_sent (&congestion, 100);
      claw_congestion_on_acknowledged (&congestion, 100, i);
    }
  g_assert_cmpuint (congestion.window, ==, CLAW_CONGESTION_WINDOW_INITIAL);
  g_assert_cmpuint (congestion.in_flight, ==, 0);
}

/* Losses of one flight halve the window once; it never falls below two datagrams. */
static void
test_loss (void)
{
  ClawCongestion congestion;

  claw_congestion_init (&congestion);
  fill (&congestion);
  claw_congestion_on_lost (&congestion, 1200, 10, 50);
  claw_congestion_on_lost (&congestion, 1200, 20, 50);
  g_assert_cmpuint (congestion.window, ==, CLAW_CONGESTION_WINDOW_INITIAL / 2);
  g_assert_cmpuint (congestion.threshold, ==, congestion.window);
  for (gint64 now_us = 100; now_us < 200; now_us++)
    claw_congestion_on_lost (&congestion, 0, now_us, now_us);
  g_assert_cmpuint (congestion.window, ==, CLAW_CONGESTION_WINDOW_MIN);
  /* What was sent before the loss was noticed does not make it grow. */
  claw_congestion_on_acknowledged (&congestion, 1200, 150);
  g_assert_cmpuint (congestion.window, ==, CLAW_CONGESTION_WINDOW_MIN);
}

/* The window has a maximum. */
static void
test_maximum (void)
{
  ClawCongestion congestion;

  claw_congestion_init (&congestion);
  for (unsigned i = 0; i < 10000; i++)
    {
      fill (&congestion);
      claw_congestion_on_acknowledged (&congestion, 1200, i);
    }
  g_assert_cmpuint (congestion.window, ==, CLAW_CONGESTION_WINDOW_MAX);
}

/* Persistent congestion starts over from the minimum; a new path from the beginning. */
static void
test_start_over (void)
{
  ClawCongestion congestion;

  claw_congestion_init (&congestion);
  fill (&congestion);
  claw_congestion_on_lost (&congestion, 1200, 10, 50);
  claw_congestion_on_persistent (&congestion);
  g_assert_cmpuint (congestion.window, ==, CLAW_CONGESTION_WINDOW_MIN);
  claw_congestion_restart (&congestion);
  g_assert_cmpuint (congestion.window, ==, CLAW_CONGESTION_WINDOW_INITIAL);
  g_assert_cmpuint (congestion.in_flight, ==, CLAW_CONGESTION_WINDOW_INITIAL - 1200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/congestion/window/initial", test_initial);
  g_test_add_func ("/congestion/window/growth", test_growth);
  g_test_add_func ("/congestion/window/unfilled", test_unfilled);
  g_test_add_func ("/congestion/window/maximum", test_maximum);
  g_test_add_func ("/congestion/loss/halves-once", test_loss);
  g_test_add_func ("/congestion/loss/start-over", test_start_over);
  return g_test_run ();
}
