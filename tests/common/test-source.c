/* test-source.c: sources of a context end when they are cleared. */
#include "claw-source.h"

static GSource *
attach_idle (GMainContext *context, GSourceFunc callback, gpointer user_data)
{
  GSource *source = g_idle_source_new ();
  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, context);
  return source;
}

static gboolean
on_idle (gpointer user_data)
{
  *(unsigned *) user_data += 1;
  return G_SOURCE_CONTINUE;
}

/* A source that is cleared is not called any more, and there is none to be cleared again. */
static void
test_cleared (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  unsigned n_calls = 0;
  GSource *source = attach_idle (context, on_idle, &n_calls);
  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (n_calls, ==, 1);
  claw_source_clear (&source);
  g_assert_null (source);
  g_assert_false (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (n_calls, ==, 1);
  claw_source_clear (&source);
  g_assert_null (source);
}

static gboolean
on_idle_clear (gpointer user_data)
{
  claw_source_clear (user_data);
  return G_SOURCE_CONTINUE;
}

/* A callback may clear its own source, whatever it returns. */
static void
test_by_itself (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  GSource *source = NULL;
  source = attach_idle (context, on_idle_clear, &source);
  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_null (source);
  g_assert_false (g_main_context_iteration (context, FALSE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/clear/ends-it", test_cleared);
  g_test_add_func ("/source/clear/by-itself", test_by_itself);
  return g_test_run ();
}
