/* claw-rtt.c: see claw-rtt.h. */
#include "claw-rtt.h"

void
claw_rtt_init (ClawRtt *rtt, gint64 initial_us)
{
  initial_us = MAX (initial_us, CLAW_RTT_GRANULARITY_US);
  *rtt = (ClawRtt){ .smoothed_us = initial_us, .variation_us = initial_us / 2 };
}

void
claw_rtt_add_sample (ClawRtt *rtt, gint64 sample_us, gint64 ack_delay_us)
{
  sample_us = MAX (sample_us, 0);
  rtt->latest_us = sample_us;
  if (!rtt->has_sample)
    {
      rtt->has_sample = TRUE;
      rtt->min_us = rtt->smoothed_us = sample_us;
      rtt->variation_us = sample_us / 2;
      return;
    }

  /* Section 5.3: the peer's delay counts only as far as it can be true. */
  gint64 adjusted_us = sample_us;
  ack_delay_us = MIN (ack_delay_us, CLAW_RTT_ACK_DELAY_MAX_US);
  rtt->min_us = MIN (rtt->min_us, sample_us);
  if (sample_us >= rtt->min_us + ack_delay_us)
    adjusted_us = sample_us - ack_delay_us;
  rtt->variation_us = (3 * rtt->variation_us + ABS (rtt->smoothed_us - adjusted_us)) / 4;
  rtt->smoothed_us = (7 * rtt->smoothed_us + adjusted_us) / 8;
}

gint64
claw_rtt_get_probe_timeout_us (const ClawRtt *rtt)
{
  return rtt->smoothed_us + MAX (4 * rtt->variation_us, CLAW_RTT_GRANULARITY_US)
         + CLAW_RTT_ACK_DELAY_MAX_US;
}

gint64
claw_rtt_get_loss_delay_us (const ClawRtt *rtt)
{
  return MAX (9 * MAX (rtt->latest_us, rtt->smoothed_us) / 8, CLAW_RTT_GRANULARITY_US);
}
