/* claw-notify.h: tells systemd how the service is, sd_notify(3), without libsystemd. */
#pragma once

#include <glib.h>

/* Sends @state ("READY=1", "STATUS=…", several lines) to $NOTIFY_SOCKET. Returns: FALSE when there
 * is none or it does not take it, which is no reason to stop. */
gboolean claw_notify_send (const char *state);
