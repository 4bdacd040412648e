/* test-backoff.c: the pauses between attempts to reconnect. */
#include "claw-backoff.h"

/* The pause doubles, and is bounded for ever. */
static void
test_doubles (void)
{
  ClawBackoff backoff = { 0 };
  gint64 expected_s[] = { 1, 2, 4, 8, 16, 30, 30, 30 };
  for (size_t i = 0; i < G_N_ELEMENTS (expected_s); i++)
    g_assert_cmpint (claw_backoff_next_us (&backoff, 0), ==, expected_s[i] * G_USEC_PER_SEC);
  for (unsigned i = 0; i < 1000; i++)
    g_assert_cmpint (claw_backoff_next_us (&backoff, 0), ==, CLAW_BACKOFF_LONGEST_US);
}

/* Jitter shortens by a quarter at most, so that it cannot be what makes a server busy. */
static void
test_jitter (void)
{
  for (double random = 0; random < 1; random += 0.01)
    {
      ClawBackoff backoff = { 0 };
      gint64 pause_us = claw_backoff_next_us (&backoff, random);
      g_assert_cmpint (pause_us, >=, CLAW_BACKOFF_FIRST_US * 3 / 4);
      g_assert_cmpint (pause_us, <=, CLAW_BACKOFF_FIRST_US);
    }
}

/* A success begins from the shortest pause again. */
static void
test_reset (void)
{
  ClawBackoff backoff = { 0 };
  claw_backoff_next_us (&backoff, 0);
  claw_backoff_next_us (&backoff, 0);
  claw_backoff_reset (&backoff);
  g_assert_cmpint (claw_backoff_next_us (&backoff, 0), ==, CLAW_BACKOFF_FIRST_US);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/failures/double-the-pause", test_doubles);
  g_test_add_func ("/backoff/random/shortens-a-little", test_jitter);
  g_test_add_func ("/backoff/success/begins-again", test_reset);
  return g_test_run ();
}
