/* test-wake.c: telling a sleep from two clocks. */
#include "claw-wake.h"

#define S G_USEC_PER_SEC

/* Sleeps are told by their length, each once. */
static void
test_compare (void)
{
  gint64 asleep_us = 0;
  g_assert_cmpint (claw_wake_compare (&asleep_us, 100 * S, 100 * S), ==, CLAW_WAKE_NOTHING);
  g_assert_cmpint (claw_wake_compare (&asleep_us, 200 * S + 900, 200 * S), ==, CLAW_WAKE_NOTHING);
  g_assert_cmpint (claw_wake_compare (&asleep_us, 205 * S, 200 * S), ==, CLAW_WAKE_SHORT);
  g_assert_cmpint (claw_wake_compare (&asleep_us, 206 * S, 201 * S), ==, CLAW_WAKE_NOTHING);
  g_assert_cmpint (claw_wake_compare (&asleep_us, 300 * S, 201 * S), ==, CLAW_WAKE_LONG);
  g_assert_cmpint (claw_wake_compare (&asleep_us, 301 * S, 202 * S), ==, CLAW_WAKE_NOTHING);
  g_assert_cmpint (asleep_us, ==, 99 * S);
}

/* The edges, and a boot clock that goes back, as it may where a container is moved. */
static void
test_edges (void)
{
  static const struct
  {
    gint64 slept_us;
    ClawWakeKind kind;
  } table[] = {
    { 0, CLAW_WAKE_NOTHING },
    { CLAW_WAKE_SHORTEST_US - 1, CLAW_WAKE_NOTHING },
    { CLAW_WAKE_SHORTEST_US, CLAW_WAKE_SHORT },
    { CLAW_WAKE_LONG_US - 1, CLAW_WAKE_SHORT },
    { CLAW_WAKE_LONG_US, CLAW_WAKE_LONG },
    { 86400 * (gint64) S, CLAW_WAKE_LONG },
    { -CLAW_WAKE_SHORTEST_US + 1, CLAW_WAKE_NOTHING },
    { -CLAW_WAKE_LONG_US, CLAW_WAKE_SHORT },
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      gint64 asleep_us = 1000 * (gint64) S;
      gint64 boottime_us = asleep_us + table[i].slept_us + 5;
      g_assert_cmpint (claw_wake_compare (&asleep_us, boottime_us, 5), ==, table[i].kind);
      g_assert_cmpint (claw_wake_compare (&asleep_us, boottime_us, 5), ==, CLAW_WAKE_NOTHING);
    }
}

static void
on_wake (ClawWakeKind kind, gpointer user_data)
{
  (*(unsigned *) user_data)++;
}

/* While the machine is awake nothing is told, and the main loop is not woken for it. */
static void
test_awake (void)
{
  unsigned n = 0;
  g_autoptr (ClawWake) wake = claw_wake_new (on_wake, &n);
  claw_wake_check (wake);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (g_main_context_pending (NULL));
  claw_wake_check (wake);
  g_assert_cmpuint (n, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wake/compare/lengths", test_compare);
  g_test_add_func ("/wake/compare/edges", test_edges);
  g_test_add_func ("/wake/watch/awake", test_awake);
  return g_test_run ();
}
