/* claw-timer.h: timers of the thread that a server lives in.
 *
 * g_timeout_add () and g_source_remove () are about the program's main context, whichever thread
 * calls them; a server that a window hosts has a context and a thread of its own. These are about
 * the context that is thread-default, so that nothing of a server ever runs elsewhere.
 */
#pragma once

#include <glib.h>

/* Each returns the id of a source in the thread-default context, for claw_timer_remove (). */
guint claw_timer_add (guint milliseconds, GSourceFunc callback, gpointer user_data);
guint claw_timer_add_seconds (guint seconds, GSourceFunc callback, gpointer user_data);
guint claw_timer_add_idle (GSourceFunc callback, gpointer user_data);
/* From the same thread. */
void claw_timer_remove (guint id);
