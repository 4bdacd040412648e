/* claw-backoff.h: how long to wait before the next attempt to reconnect.
 *
 * The pause doubles from one second to half a minute; jitter keeps all members of a server that
 * came back from knocking in the same moment.
 */
#pragma once

#include <glib.h>

#define CLAW_BACKOFF_FIRST_US G_USEC_PER_SEC
#define CLAW_BACKOFF_LONGEST_US (30 * G_USEC_PER_SEC)

typedef struct
{
  unsigned attempts; /* failed ones since the last success */
} ClawBackoff;

/* Counts an attempt. @random: in [0, 1). Returns: the pause, at most a quarter shorter than its
 * nominal length and never over CLAW_BACKOFF_LONGEST_US. */
gint64 claw_backoff_next_us (ClawBackoff *backoff, double random);
void claw_backoff_reset (ClawBackoff *backoff);
