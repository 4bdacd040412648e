/* claw-recovery.h: noticing what was lost and when to send, RFC 9002.
 *
 * Brings together round-trip time, packets in flight, congestion window, pacing and ECN. The
 * connection tells of packets sent and ACKs received; it is told which packets were acknowledged
 * and whose content has to be sent again.
 */
#pragma once

#include "claw-congestion.h"
#include "claw-ecn.h"
#include "claw-frame.h"
#include "claw-pacer.h"
#include "claw-rtt.h"
#include "claw-sent-map.h"

#define CLAW_RECOVERY_PROBES_MAX \
  2 /* packets sent on one probe timeout, beyond the congestion window */
/* Places in the map of packets in flight that are for probes only: more than all timeouts in a row
 * can ask for before the session is given up. */
#define CLAW_RECOVERY_PROBE_PLACES 64
/* The doubling ends here: a session is given up after 15 s of silence, and must have asked often by
 * then. */
#define CLAW_RECOVERY_PROBE_TIMEOUT_MAX_US (2 * G_USEC_PER_SEC)
#define CLAW_RECOVERY_BACKOFF_MAX 10 /* doublings of the probe timeout */
#define CLAW_RECOVERY_PERSISTENT 3   /* probe timeouts, section 7.6.1 */

typedef struct
{
  void (*acknowledged) (const ClawSentPacket *packet, gpointer user_data);
  void (*resend) (const ClawSentPacket *packet, gpointer user_data);
  /* (nullable): also of those whose content needs not be sent again. */
  void (*lost) (const ClawSentPacket *packet, gint64 now_us, gpointer user_data);
} ClawRecoveryCallbacks;

typedef struct
{
  ClawRtt rtt;
  ClawSentMap sent;
  ClawCongestion congestion;
  ClawPacer pacer;
  ClawEcnValidation ecn;
  const ClawRecoveryCallbacks *callbacks;
  gpointer user_data;
  uint64_t largest_acknowledged; /* G_MAXUINT64: none yet */
  uint64_t next_number;          /* one more than that of the last packet sent */
  gint64 first_sample_us;
  gint64 loss_at_us;      /* when the next packet counts as lost; G_MAXINT64 for none */
  gint64 last_sent_at_us; /* of those that want to be acknowledged */
  unsigned backoff;       /* probe timeouts since the last new acknowledgement */
  unsigned probes;        /* still to be sent */
  uint64_t n_lost;
} ClawRecovery;

void claw_recovery_init (ClawRecovery *recovery,
                         gint64 initial_rtt_us,
                         const ClawRecoveryCallbacks *callbacks,
                         gpointer user_data);
void claw_recovery_clear (ClawRecovery *recovery);
/* Copies @packet. */
void claw_recovery_on_sent (ClawRecovery *recovery, const ClawSentPacket *packet);
/* @next_number: the first number not sent yet. Returns: FALSE when the peer acknowledges what was
 * never sent. */
gboolean claw_recovery_on_ack (ClawRecovery *recovery,
                               const ClawFrameAck *ack,
                               uint64_t next_number,
                               gint64 now_us);
/* Runs what is due. */
void claw_recovery_wake (ClawRecovery *recovery, gint64 now_us);
/* What was sent may have gone nowhere for a while, and the way may be free again: probes at once
 * where something is outstanding, and counts its timeouts from the beginning. */
void claw_recovery_nudge (ClawRecovery *recovery);
/* The path has changed to another host. */
void claw_recovery_restart (ClawRecovery *recovery);
/* The path has changed, be it only to another port: what it does to ECN marks is not known. */
void claw_recovery_restart_ecn (ClawRecovery *recovery);
gint64 claw_recovery_get_deadline (const ClawRecovery *recovery);
/* Whether a packet that wants to be acknowledged may be sent. @release_us: when to ask again, if
 * pacing is all that stands against it; else G_MAXINT64. */
gboolean claw_recovery_allows (ClawRecovery *recovery, gint64 now_us, gint64 *release_us);
