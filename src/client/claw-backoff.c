/* claw-backoff.c: see claw-backoff.h. */
#include "claw-backoff.h"

gint64
claw_backoff_next_us (ClawBackoff *backoff, double random)
{
  gint64 nominal_us = CLAW_BACKOFF_FIRST_US;
  for (unsigned i = 0; i < backoff->attempts && nominal_us < CLAW_BACKOFF_LONGEST_US; i++)
    nominal_us *= 2;
  if (nominal_us < CLAW_BACKOFF_LONGEST_US)
    backoff->attempts++;
  nominal_us = MIN (nominal_us, CLAW_BACKOFF_LONGEST_US);
  return nominal_us - (gint64) ((double) nominal_us * random / 4);
}

void
claw_backoff_reset (ClawBackoff *backoff)
{
  backoff->attempts = 0;
}
