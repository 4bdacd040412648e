/* claw-ecn.c: see claw-ecn.h. */
#include "claw-ecn.h"

void
claw_ecn_init (ClawEcnValidation *validation)
{
  *validation = (ClawEcnValidation){ .state = CLAW_ECN_TESTING };
}

void
claw_ecn_restart (ClawEcnValidation *validation, uint64_t next_number)
{
  validation->state = CLAW_ECN_TESTING;
  validation->first_number = next_number;
  validation->n_tested = 0;
}

ClawEcn
claw_ecn_get_mark (const ClawEcnValidation *validation, gboolean is_ack_eliciting)
{
  switch (validation->state)
    {
    case CLAW_ECN_TESTING:
      /* What is never acknowledged would test nothing. */
      return is_ack_eliciting ? CLAW_ECN_ECT0 : CLAW_ECN_NONE;
    case CLAW_ECN_CAPABLE:
      return CLAW_ECN_ECT0;
    case CLAW_ECN_UNKNOWN:
    case CLAW_ECN_FAILED:
      break;
    }
  return CLAW_ECN_NONE;
}

void
claw_ecn_on_sent (ClawEcnValidation *validation)
{
  validation->n_sent++;
  if (validation->state == CLAW_ECN_TESTING && ++validation->n_tested == CLAW_ECN_TEST_RECORDS)
    validation->state = CLAW_ECN_UNKNOWN;
}

void
claw_ecn_on_probe_timeout (ClawEcnValidation *validation, unsigned n_timeouts)
{
  gboolean is_marking = validation->state == CLAW_ECN_TESTING
                        || validation->state == CLAW_ECN_CAPABLE;

  if (is_marking && n_timeouts >= CLAW_ECN_TEST_TIMEOUTS)
    validation->state = CLAW_ECN_UNKNOWN;
}

/* Section 13.4.2.1. */
static gboolean
is_valid (const ClawEcnValidation *validation, unsigned n_marked, const ClawEcnCounts *counts)
{
  const ClawEcnCounts *before = &validation->counts;

  if (counts == NULL)
    return n_marked == 0;
  /* They never go down, nobody made ECT(1) of ours, and no more can have come than were sent. */
  if (counts->ect0 < before->ect0 || counts->ce < before->ce || counts->ect1 > 0
      || counts->ect0 > validation->n_sent || counts->ce > validation->n_sent - counts->ect0)
    return FALSE;
  return counts->ect0 - before->ect0 + (counts->ce - before->ce) >= n_marked;
}

gboolean
claw_ecn_on_ack (ClawEcnValidation *validation, unsigned n_marked, const ClawEcnCounts *counts)
{
  if (validation->state == CLAW_ECN_FAILED)
    return FALSE;
  if (!is_valid (validation, n_marked, counts))
    {
      validation->state = CLAW_ECN_FAILED;
      return FALSE;
    }
  if (counts == NULL)
    return FALSE;

  gboolean has_risen = counts->ce > validation->counts.ce;
  validation->counts = *counts;
  if (n_marked > 0)
    validation->state = CLAW_ECN_CAPABLE;
  return has_risen;
}

void
claw_ecn_count (ClawEcnCounts *counts, uint8_t ecn)
{
  switch ((ClawEcn) ecn)
    {
    case CLAW_ECN_ECT0:
      counts->ect0++;
      break;
    case CLAW_ECN_ECT1:
      counts->ect1++;
      break;
    case CLAW_ECN_CE:
      counts->ce++;
      break;
    case CLAW_ECN_NONE:
      break;
    }
}

gboolean
claw_ecn_has_any (const ClawEcnCounts *counts)
{
  return counts->ect0 > 0 || counts->ect1 > 0 || counts->ce > 0;
}
