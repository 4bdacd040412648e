/* claw-pacer.c: see claw-pacer.h. */
#include "claw-pacer.h"

#include <math.h>

void
claw_pacer_init (ClawPacer *pacer)
{
  *pacer = (ClawPacer){ .refilled_us = G_MININT64, .release_us = G_MININT64 };
}

static double
get_worth (double rate, gint64 duration_us)
{
  return rate * (double) duration_us / (double) G_USEC_PER_SEC;
}

static double
get_burst (double rate, size_t size)
{
  return MAX ((double) (CLAW_PACER_BURST_DATAGRAMS * size), get_worth (rate, CLAW_PACER_BURST_US));
}

static void
refill (ClawPacer *pacer, double rate, size_t size, gint64 now_us)
{
  double burst = get_burst (rate, size);

  if (pacer->refilled_us == G_MININT64)
    pacer->tokens += burst;
  else
    pacer->tokens += get_worth (rate, MAX (now_us - pacer->refilled_us, 0));
  pacer->tokens = MIN (pacer->tokens, burst);
  pacer->refilled_us = now_us;
}

gboolean
claw_pacer_allows (ClawPacer *pacer, double rate, size_t size, gint64 now_us)
{
  g_return_val_if_fail (rate > 0, FALSE);

  if (now_us < pacer->release_us)
    return FALSE;
  refill (pacer, rate, size, now_us);
  if (pacer->tokens >= (double) size)
    {
      pacer->release_us = G_MININT64;
      return TRUE;
    }
  double wanted = MAX ((double) size, get_worth (rate, CLAW_PACER_QUANTUM_US)) - pacer->tokens;
  pacer->release_us = now_us + (gint64) ceil (wanted / rate * (double) G_USEC_PER_SEC);
  return FALSE;
}

void
claw_pacer_on_sent (ClawPacer *pacer, size_t size)
{
  pacer->tokens -= (double) size;
}

gint64
claw_pacer_get_release_us (const ClawPacer *pacer)
{
  return pacer->release_us;
}
