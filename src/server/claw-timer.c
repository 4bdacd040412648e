/* claw-timer.c: see claw-timer.h. */
#include "config.h"

#include "claw-timer.h"

/* @source: (transfer full) */
static guint
attach (GSource *source, GSourceFunc callback, gpointer user_data)
{
  guint id;

  g_source_set_callback (source, callback, user_data, NULL);
  id = g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);
  return id;
}

guint
claw_timer_add (guint milliseconds, GSourceFunc callback, gpointer user_data)
{
  return attach (g_timeout_source_new (milliseconds), callback, user_data);
}

guint
claw_timer_add_seconds (guint seconds, GSourceFunc callback, gpointer user_data)
{
  return attach (g_timeout_source_new_seconds (seconds), callback, user_data);
}

guint
claw_timer_add_idle (GSourceFunc callback, gpointer user_data)
{
  return attach (g_idle_source_new (), callback, user_data);
}

void
claw_timer_remove (guint id)
{
  GSource *source = g_main_context_find_source_by_id (g_main_context_get_thread_default (), id);

  g_return_if_fail (source != NULL);
  g_source_destroy (source);
}
