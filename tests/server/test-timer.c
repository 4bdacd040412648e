/* test-timer.c: timers run in the context of the thread that asked for them. */
#include "claw-timer.h"

static gboolean
count (gpointer user_data)
{
  ++*(unsigned *) user_data;
  return G_SOURCE_REMOVE;
}

/* With a context of its own, the program's main context hears nothing. */
static void
test_own_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  unsigned fired = 0;

  g_main_context_push_thread_default (context);
  claw_timer_add (0, count, &fired);
  claw_timer_add_idle (count, &fired);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fired, ==, 0);
  while (fired < 2)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
}

/* One that was removed does not come, whichever context it was in. */
static void
test_removed (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  unsigned fired = 0;
  guint id;

  g_main_context_push_thread_default (context);
  id = claw_timer_add_seconds (1, count, &fired);
  claw_timer_remove (id);
  id = claw_timer_add_idle (count, &fired);
  claw_timer_remove (id);
  g_assert_false (g_main_context_pending (context));
  g_assert_cmpuint (fired, ==, 0);
  g_main_context_pop_thread_default (context);
}

/* Without one it is the program's. */
static void
test_main_context (void)
{
  unsigned fired = 0;

  claw_timer_add_idle (count, &fired);
  while (fired == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fired, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/timer/own-context/runs-there", test_own_context);
  g_test_add_func ("/timer/removed/never-runs", test_removed);
  g_test_add_func ("/timer/main-context/runs-there", test_main_context);
  return g_test_run ();
}
