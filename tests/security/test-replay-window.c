/* test-replay-window.c: the window against a plain list of everything seen. */
#include "claw-replay-window.h"

#define SIZE CLAW_REPLAY_WINDOW_SIZE

static ClawReplayWindow
new_window (void)
{
  ClawReplayWindow window;

  claw_replay_window_init (&window);
  return window;
}

/* The first record has the counter 0, and counts once. */
static void
test_first (void)
{
  ClawReplayWindow window = new_window ();

  g_assert_true (claw_replay_window_check (&window, 0));
  g_assert_true (claw_replay_window_add (&window, 0));
  g_assert_false (claw_replay_window_check (&window, 0));
  g_assert_false (claw_replay_window_add (&window, 0));
}

/* Looking alone changes nothing: a forged record must not use up a counter. */
static void
test_check_only (void)
{
  ClawReplayWindow window = new_window ();

  for (int i = 0; i < 3; i++)
    g_assert_true (claw_replay_window_check (&window, 1000000));
  g_assert_true (claw_replay_window_add (&window, 0));
}

/* The oldest counter still told apart, and the one before it. */
static void
test_edge (void)
{
  for (uint64_t greatest = SIZE; greatest < SIZE + 130; greatest++)
    {
      ClawReplayWindow window = new_window ();

      g_assert_true (claw_replay_window_add (&window, greatest));
      g_assert_false (claw_replay_window_add (&window, greatest - SIZE));
      g_assert_true (claw_replay_window_add (&window, greatest - SIZE + 1));
      g_assert_false (claw_replay_window_add (&window, greatest - SIZE + 1));
    }
}

/* Jumps of any width clear what they pass and nothing else. */
static void
test_jumps (void)
{
  for (uint64_t jump = 1; jump < 3 * SIZE; jump += 61)
    {
      ClawReplayWindow window = new_window ();

      for (uint64_t i = 0; i < SIZE; i++)
        g_assert_true (claw_replay_window_add (&window, i));
      uint64_t greatest = SIZE - 1 + jump;
      g_assert_true (claw_replay_window_add (&window, greatest));
      for (uint64_t i = greatest > SIZE ? greatest - SIZE : 0; i <= greatest; i++)
        {
          gboolean fresh = i >= SIZE && i != greatest && greatest - i < SIZE;
          g_assert_true (claw_replay_window_check (&window, i) == fresh);
        }
    }
}

/* Counters at the end of 64 bits do not wrap round. */
static void
test_end (void)
{
  ClawReplayWindow window = new_window ();

  g_assert_false (claw_replay_window_add (&window, UINT64_MAX));
  g_assert_true (claw_replay_window_add (&window, UINT64_MAX - 1));
  g_assert_false (claw_replay_window_add (&window, UINT64_MAX - 1));
  g_assert_false (claw_replay_window_add (&window, UINT64_MAX));
  g_assert_true (claw_replay_window_add (&window, UINT64_MAX - 2));
  g_assert_false (claw_replay_window_add (&window, 0));
}

/* Random order, with repetitions: the answer is always that of a list of everything seen. */
static void
test_random (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_direct_hash, g_direct_equal);
  ClawReplayWindow window = new_window ();
  uint64_t base = 0, greatest = 0;

  for (unsigned i = 0; i < 100000; i++)
    {
      base += (uint64_t) g_test_rand_int_range (0, i % 1000 == 0 ? 3 * SIZE : 3);
      uint64_t counter = base + (uint64_t) g_test_rand_int_range (0, 5000);
      gboolean is_old = greatest >= SIZE && counter <= greatest - SIZE;
      gboolean is_new = !is_old && !g_hash_table_contains (seen, GSIZE_TO_POINTER (counter));

      g_assert_true (claw_replay_window_check (&window, counter) == is_new);
      g_assert_true (claw_replay_window_add (&window, counter) == is_new);
      g_hash_table_add (seen, GSIZE_TO_POINTER (counter));
      greatest = MAX (greatest, counter);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replay-window/first/once", test_first);
  g_test_add_func ("/replay-window/check/changes-nothing", test_check_only);
  g_test_add_func ("/replay-window/edge/exact", test_edge);
  g_test_add_func ("/replay-window/jumps/cleared", test_jumps);
  g_test_add_func ("/replay-window/end/no-wrap", test_end);
  g_test_add_func ("/replay-window/random/as-a-list", test_random);
  return g_test_run ();
}
