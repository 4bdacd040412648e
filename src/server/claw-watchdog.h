/* claw-watchdog.h: proves to systemd, again and again, that the main loop still turns.
 *
 * The sign of life is a source of the main context, not a thread: when a callback never returns,
 * or the process is stopped, it does not come, and systemd restarts the service
 * (WatchdogSec= in systemd.service(5), sd_watchdog_enabled(3)).
 */
#pragma once

#include <glib.h>

/* How long systemd waits for a sign of life of this process ($WATCHDOG_USEC, $WATCHDOG_PID).
 * Returns: in µs; 0 when it does not watch. */
gint64 claw_watchdog_get_limit_us (void);
/* Gives signs of life, two within the limit, from the default main context.
 * Returns: a source's id, or 0 when nobody watches. */
guint claw_watchdog_start (void);
