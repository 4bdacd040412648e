/* claw-acknowledger.h: which packets came, and when to say so; RFC 9000 section 13.2. */
#pragma once

#include "claw-ecn.h"
#include "claw-ranges.h"

#define CLAW_ACKNOWLEDGER_RANGES_MAX 64

typedef struct
{
  ClawRanges received;
  gint64 largest_at_us;
  gint64 due_us;         /* G_MAXINT64 while nothing waits to be acknowledged */
  unsigned waiting;      /* packets that want an ACK since the last one */
  gboolean is_congested; /* the packet about to be told has a CE */
  ClawEcnCounts counts;
} ClawAcknowledger;

void claw_acknowledger_init (ClawAcknowledger *acknowledger);
void claw_acknowledger_clear (ClawAcknowledger *acknowledger);
/* A new packet; replays were dropped before. */
void claw_acknowledger_on_received (ClawAcknowledger *acknowledger,
                                    uint64_t number,
                                    gboolean is_ack_eliciting,
                                    gint64 now_us);
/* The packet had this mark, a ClawEcn; before claw_acknowledger_on_received (). */
void claw_acknowledger_on_marked (ClawAcknowledger *acknowledger, uint8_t ecn);
/* Whether an ACK goes with the next packet. */
gboolean claw_acknowledger_has_news (const ClawAcknowledger *acknowledger);
/* When an ACK must go even by itself. */
gint64 claw_acknowledger_get_deadline (const ClawAcknowledger *acknowledger);
/* Writes an ACK frame, an ACK_ECN once any mark came. Returns: one more than the largest number in
 * it. */
uint64_t
claw_acknowledger_write (ClawAcknowledger *acknowledger, ClawWriter *writer, gint64 now_us);
/* The peer has an ACK that went up to @end: nothing below has to be told again. */
void claw_acknowledger_forget_below (ClawAcknowledger *acknowledger, uint64_t end);
