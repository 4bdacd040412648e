/* held-exports.h: an export of messages that is all but done until the test lets it go on.
 *
 * For one program's one source: it defines fsync (), which an export does before it looks for the
 * last time whether it was given up, and before its file stands there.
 */
#pragma once

#include <glib.h>
#include <sys/syscall.h>
#include <unistd.h>

static GMutex held_mutex;
static GCond held_cond;
static gboolean is_held; /* under the mutex */

int
fsync (int fd)
{
  g_mutex_lock (&held_mutex);
  while (is_held)
    g_cond_wait (&held_cond, &held_mutex);
  g_mutex_unlock (&held_mutex);
  return (int) syscall (SYS_fsync, fd);
}

static inline void
hold_exports (void)
{
  g_mutex_lock (&held_mutex);
  is_held = TRUE;
  g_mutex_unlock (&held_mutex);
}

static inline void
release_exports (void)
{
  g_mutex_lock (&held_mutex);
  is_held = FALSE;
  g_cond_broadcast (&held_cond);
  g_mutex_unlock (&held_mutex);
}

static inline gboolean
exports_are_held (void)
{
  g_mutex_lock (&held_mutex);
  gboolean held = is_held;
  g_mutex_unlock (&held_mutex);
  return held;
}
