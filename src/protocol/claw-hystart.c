/* claw-hystart.c: see claw-hystart.h. */
#include "claw-hystart.h"

void
claw_hystart_init (ClawHystart *hystart)
{
  *hystart = (ClawHystart){ .last_min_us = G_MAXINT64, .current_min_us = G_MAXINT64 };
}

void
claw_hystart_stop (ClawHystart *hystart)
{
  hystart->phase = CLAW_HYSTART_DONE;
}

static gboolean
is_delayed (const ClawHystart *hystart)
{
  gint64 threshold_us = hystart->last_min_us / CLAW_HYSTART_THRESHOLD_DIVISOR;

  if (hystart->n_samples < CLAW_HYSTART_SAMPLES || hystart->last_min_us == G_MAXINT64)
    return FALSE;
  threshold_us = CLAMP (threshold_us, CLAW_HYSTART_THRESHOLD_MIN_US, CLAW_HYSTART_THRESHOLD_MAX_US);
  return hystart->current_min_us >= hystart->last_min_us + threshold_us;
}

static void
take_sample (ClawHystart *hystart, gint64 sample_us)
{
  hystart->current_min_us = MIN (hystart->current_min_us, sample_us);
  hystart->n_samples++;
  if (hystart->phase == CLAW_HYSTART_SLOW_START && is_delayed (hystart))
    {
      hystart->phase = CLAW_HYSTART_CONSERVATIVE;
      hystart->baseline_us = hystart->current_min_us;
      hystart->n_rounds = 0;
    }
  else if (hystart->phase == CLAW_HYSTART_CONSERVATIVE && hystart->n_samples >= CLAW_HYSTART_SAMPLES
           && hystart->current_min_us < hystart->baseline_us)
    hystart->phase = CLAW_HYSTART_SLOW_START;
}

gboolean
claw_hystart_on_ack (ClawHystart *hystart, uint64_t largest, uint64_t next_number, gint64 sample_us)
{
  if (hystart->phase == CLAW_HYSTART_DONE)
    return FALSE;

  take_sample (hystart, sample_us);
  if (largest < hystart->round_end)
    return FALSE;
  hystart->round_end = next_number;
  hystart->last_min_us = hystart->current_min_us;
  hystart->current_min_us = G_MAXINT64;
  hystart->n_samples = 0;
  /* The round in which it began counts as one. */
  if (hystart->phase != CLAW_HYSTART_CONSERVATIVE || ++hystart->n_rounds < CLAW_HYSTART_ROUNDS)
    return FALSE;
  hystart->phase = CLAW_HYSTART_DONE;
  return TRUE;
}

size_t
claw_hystart_get_growth (const ClawHystart *hystart, size_t size)
{
  return hystart->phase == CLAW_HYSTART_CONSERVATIVE ? size / CLAW_HYSTART_GROWTH_DIVISOR : size;
}
