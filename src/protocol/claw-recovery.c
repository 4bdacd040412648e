/* claw-recovery.c: see claw-recovery.h. */
#include "claw-recovery.h"

#include "claw-connection.h"

typedef struct
{
  ClawRecovery *recovery;
  gint64 now_us;
  gboolean any;
  unsigned n_marked; /* ECT(0), on the present path */
  uint64_t largest;
  gint64 largest_sent_at_us;
} Batch;

void
claw_recovery_init (ClawRecovery *recovery,
                    gint64 initial_rtt_us,
                    const ClawRecoveryCallbacks *callbacks,
                    gpointer user_data)
{
  *recovery = (ClawRecovery){ .callbacks = callbacks,
                              .user_data = user_data,
                              .largest_acknowledged = G_MAXUINT64,
                              .first_sample_us = G_MAXINT64,
                              .loss_at_us = G_MAXINT64 };
  claw_rtt_init (&recovery->rtt, initial_rtt_us);
  claw_sent_map_init (&recovery->sent);
  claw_congestion_init (&recovery->congestion, CLAW_CONNECTION_DATAGRAM_SIZE);
  claw_pacer_init (&recovery->pacer);
  claw_ecn_init (&recovery->ecn);
}

void
claw_recovery_clear (ClawRecovery *recovery)
{
  claw_sent_map_clear (&recovery->sent);
}

void
claw_recovery_on_sent (ClawRecovery *recovery, const ClawSentPacket *packet)
{
  claw_sent_map_add (&recovery->sent, packet);
  claw_congestion_on_sent (&recovery->congestion, packet->number, packet->size, packet->sent_at_us);
  claw_pacer_on_sent (&recovery->pacer, packet->size);
  recovery->next_number = packet->number + 1;
  recovery->last_sent_at_us = packet->sent_at_us;
  if (recovery->probes > 0)
    recovery->probes--;
}

static void
take_acknowledged (const ClawSentPacket *packet, gpointer user_data)
{
  Batch *batch = user_data;
  ClawRecovery *recovery = batch->recovery;

  if (!batch->any || packet->number > batch->largest)
    {
      batch->largest = packet->number;
      batch->largest_sent_at_us = packet->sent_at_us;
    }
  batch->any = TRUE;
  if (packet->is_marked && packet->number >= recovery->ecn.first_number)
    batch->n_marked++;
  claw_congestion_on_acknowledged (&recovery->congestion, packet, recovery->rtt.smoothed_us,
                                   batch->now_us);
  recovery->callbacks->acknowledged (packet, recovery->user_data);
}

static void
take_lost (const ClawSentPacket *packet, gpointer user_data)
{
  Batch *batch = user_data;
  ClawRecovery *recovery = batch->recovery;

  recovery->n_lost++;
  claw_congestion_on_lost (&recovery->congestion, packet, batch->now_us);
  if (recovery->callbacks->lost != NULL)
    recovery->callbacks->lost (packet, batch->now_us, recovery->user_data);
  /* What was probed lives on in the probe. */
  if (!packet->probed)
    recovery->callbacks->resend (packet, recovery->user_data);
}

static void
detect_lost (ClawRecovery *recovery, gint64 now_us)
{
  Batch batch = { .recovery = recovery, .now_us = now_us };
  ClawSentMapLoss loss = { .largest_acknowledged = recovery->largest_acknowledged,
                           .now_us = now_us,
                           .loss_delay_us = claw_rtt_get_loss_delay_us (&recovery->rtt),
                           .first_sample_us = recovery->first_sample_us };
  gint64 probe_timeout_us = claw_rtt_get_probe_timeout_us (&recovery->rtt);

  claw_sent_map_detect_lost (&recovery->sent, &loss, take_lost, &batch);
  recovery->loss_at_us = loss.next_us;
  if (loss.span_us > CLAW_RECOVERY_PERSISTENT * probe_timeout_us)
    claw_congestion_on_persistent (&recovery->congestion);
}

static void
take_sample (ClawRecovery *recovery, const Batch *batch, gint64 ack_delay_us, uint64_t next_number)
{
  gint64 sample_us = batch->now_us - batch->largest_sent_at_us;

  if (!recovery->rtt.has_sample)
    recovery->first_sample_us = batch->now_us;
  claw_rtt_add_sample (&recovery->rtt, sample_us, ack_delay_us);
  claw_congestion_on_sample (&recovery->congestion, batch->largest, next_number, sample_us);
}

static void
take_counts (ClawRecovery *recovery, const Batch *batch, const ClawFrameAck *ack)
{
  if (claw_ecn_on_ack (&recovery->ecn, batch->n_marked, ack->has_counts ? &ack->counts : NULL))
    claw_congestion_on_marked (&recovery->congestion, batch->largest_sent_at_us, batch->now_us);
}

gboolean
claw_recovery_on_ack (ClawRecovery *recovery,
                      const ClawFrameAck *ack,
                      uint64_t next_number,
                      gint64 now_us)
{
  Batch batch = { .recovery = recovery, .now_us = now_us };
  uint64_t largest = ack->ranges[0].end - 1;

  if (largest >= next_number)
    return FALSE;

  /* Oldest first, so that the application sees its bytes acknowledged in order. */
  for (unsigned i = ack->n_ranges; i > 0; i--)
    claw_sent_map_acknowledge (&recovery->sent, ack->ranges[i - 1].start, ack->ranges[i - 1].end,
                               take_acknowledged, &batch);
  if (!batch.any)
    return TRUE;

  if (batch.largest == largest)
    take_sample (recovery, &batch, ack->delay_us, next_number);
  if (recovery->largest_acknowledged == G_MAXUINT64 || largest > recovery->largest_acknowledged)
    {
      recovery->largest_acknowledged = largest;
      take_counts (recovery, &batch, ack);
    }
  recovery->backoff = 0;
  recovery->probes = 0;
  detect_lost (recovery, now_us);
  return TRUE;
}

static gint64
get_probe_deadline (const ClawRecovery *recovery)
{
  gint64 timeout_us = claw_rtt_get_probe_timeout_us (&recovery->rtt);
  gint64 most_us = MAX (timeout_us, CLAW_RECOVERY_PROBE_TIMEOUT_MAX_US);

  /* The next one counts from the probes, so it waits until they are sent. */
  if (recovery->sent.outstanding == 0 || recovery->probes > 0)
    return G_MAXINT64;
  return recovery->last_sent_at_us + MIN (timeout_us << recovery->backoff, most_us);
}

/* Section 6.2.4: the oldest content again; a PING (which the connection adds) where there is none.
 * Always two, so that one loss does not cost the next, longer timeout. */
static void
probe (ClawRecovery *recovery)
{
  recovery->backoff = MIN (recovery->backoff + 1, CLAW_RECOVERY_BACKOFF_MAX);
  recovery->probes = CLAW_RECOVERY_PROBES_MAX;
  claw_ecn_on_probe_timeout (&recovery->ecn, recovery->backoff);
  for (unsigned i = 0; i < CLAW_RECOVERY_PROBES_MAX; i++)
    {
      ClawSentPacket *packet = claw_sent_map_get_oldest_unprobed (&recovery->sent);

      if (packet == NULL)
        break;
      packet->probed = TRUE;
      recovery->callbacks->resend (packet, recovery->user_data);
    }
}

void
claw_recovery_wake (ClawRecovery *recovery, gint64 now_us)
{
  if (recovery->loss_at_us <= now_us)
    detect_lost (recovery, now_us);
  else if (recovery->loss_at_us == G_MAXINT64 && get_probe_deadline (recovery) <= now_us)
    probe (recovery);
}

void
claw_recovery_nudge (ClawRecovery *recovery)
{
  if (recovery->sent.outstanding > 0 && recovery->probes == 0)
    probe (recovery);
  recovery->backoff = 0;
}

void
claw_recovery_restart (ClawRecovery *recovery)
{
  claw_rtt_init (&recovery->rtt, CLAW_RTT_INITIAL_US);
  claw_congestion_restart (&recovery->congestion);
  claw_pacer_init (&recovery->pacer);
  recovery->first_sample_us = G_MAXINT64;
  recovery->backoff = 0;
}

void
claw_recovery_restart_ecn (ClawRecovery *recovery)
{
  claw_ecn_restart (&recovery->ecn, recovery->next_number);
}

gint64
claw_recovery_get_deadline (const ClawRecovery *recovery)
{
  if (recovery->loss_at_us != G_MAXINT64)
    return recovery->loss_at_us;
  return get_probe_deadline (recovery);
}

gboolean
claw_recovery_allows (ClawRecovery *recovery, gint64 now_us, gint64 *release_us)
{
  const ClawCongestion *congestion = &recovery->congestion;
  double rate = claw_congestion_get_rate (congestion, recovery->rtt.smoothed_us);

  *release_us = G_MAXINT64;
  if (recovery->probes > 0)
    return !claw_sent_map_is_full (&recovery->sent);
  if (recovery->sent.n >= CLAW_SENT_MAP_MAX - CLAW_RECOVERY_PROBE_PLACES
      || !claw_congestion_allows (congestion))
    return FALSE;
  if (claw_pacer_allows (&recovery->pacer, rate, congestion->datagram_size, now_us))
    return TRUE;
  *release_us = claw_pacer_get_release_us (&recovery->pacer);
  return FALSE;
}
