/* claw-rtt.h: the round-trip time and what follows from it, RFC 9002 sections 5 and 6. */
#pragma once

#include <glib.h>

#define CLAW_RTT_INITIAL_US (333 * 1000)
#define CLAW_RTT_GRANULARITY_US 1000
#define CLAW_RTT_ACK_DELAY_MAX_US (25 * 1000) /* how long either side may keep an ACK back */

typedef struct
{
  gboolean has_sample;
  gint64 latest_us;
  gint64 min_us;
  gint64 smoothed_us;
  gint64 variation_us;
} ClawRtt;

/* @initial_us: an estimate to begin with, such as the handshake's; no sample. */
void claw_rtt_init (ClawRtt *rtt, gint64 initial_us);
/* @sample_us: from sending the newly acknowledged packet of the largest number to now. */
void claw_rtt_add_sample (ClawRtt *rtt, gint64 sample_us, gint64 ack_delay_us);
/* How long to wait for an ACK before probing, without backoff. */
gint64 claw_rtt_get_probe_timeout_us (const ClawRtt *rtt);
/* How much later than a packet a newer one must be acknowledged for the older to be lost. */
gint64 claw_rtt_get_loss_delay_us (const ClawRtt *rtt);
