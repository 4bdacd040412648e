/* claw-watchdog.c: see claw-watchdog.h. */
#include "config.h"

#include "claw-watchdog.h"

#include "claw-notify.h"

#include <unistd.h>

#define PERIOD_MIN_MS 1

gint64
claw_watchdog_get_limit_us (void)
{
  const char *limit = g_getenv ("WATCHDOG_USEC");
  const char *process = g_getenv ("WATCHDOG_PID");
  guint64 limit_us, pid;

  if (limit == NULL || !g_ascii_string_to_unsigned (limit, 10, 1, G_MAXINT64, &limit_us, NULL))
    return 0;
  /* The variables may have come through a program that started this one, and mean that one. */
  if (process != NULL
      && (!g_ascii_string_to_unsigned (process, 10, 1, G_MAXINT32, &pid, NULL)
          || (pid_t) pid != getpid ()))
    return 0;
  return (gint64) limit_us;
}

static gboolean
on_turn (gpointer user_data)
{
  claw_notify_send ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

guint
claw_watchdog_start (void)
{
  gint64 limit_us = claw_watchdog_get_limit_us ();

  if (limit_us == 0)
    return 0;
  return g_timeout_add ((guint) CLAMP (limit_us / 2 / 1000, PERIOD_MIN_MS, G_MAXINT), on_turn,
                        NULL);
}
