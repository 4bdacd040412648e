/* claw-ecn.h: whether the path carries ECN marks, RFC 9000 section 13.4.2 and appendix A.4.
 *
 * The first records on a path are marked ECT(0). When the peer's counts show that the marks arrived
 * as they were sent, all are marked and a rising count of CE is congestion; when they show anything
 * else, or marked records do not seem to arrive at all, no more are.
 */
#pragma once

#include "claw-frame.h"
#include "claw-route.h"

/* Marked before the peer has confirmed any. */
#define CLAW_ECN_TEST_RECORDS 10
/* Probe timeouts in a row, which together are three times the first one. */
#define CLAW_ECN_TEST_TIMEOUTS 2

typedef enum
{
  CLAW_ECN_TESTING,
  CLAW_ECN_UNKNOWN, /* not marking; an acknowledgement of what was marked may still come */
  CLAW_ECN_CAPABLE,
  CLAW_ECN_FAILED,
} ClawEcnState;

typedef struct
{
  ClawEcnState state;
  ClawEcnCounts counts;  /* the peer's newest */
  uint64_t first_number; /* on this path */
  uint64_t n_sent;       /* records marked, on any path */
  unsigned n_tested;     /* of them on this path while TESTING */
} ClawEcnValidation;

/* Sender */

void claw_ecn_init (ClawEcnValidation *validation);
/* On a new path, where @next_number is the first to be sent. */
void claw_ecn_restart (ClawEcnValidation *validation, uint64_t next_number);
/* Returns: the mark of the next record. */
ClawEcn claw_ecn_get_mark (const ClawEcnValidation *validation, gboolean is_ack_eliciting);
/* A record with a mark went out. */
void claw_ecn_on_sent (ClawEcnValidation *validation);
/* The @n_timeouts-th probe timeout since anything was acknowledged. */
void claw_ecn_on_probe_timeout (ClawEcnValidation *validation, unsigned n_timeouts);
/* An ACK came that raised the largest acknowledged number. @n_marked: newly acknowledged packets of
 * this path that were marked. @counts: (nullable): NULL in a plain ACK. Returns: TRUE when CE went
 * up, which is congestion. */
gboolean
claw_ecn_on_ack (ClawEcnValidation *validation, unsigned n_marked, const ClawEcnCounts *counts);

/* Receiver */

/* @ecn: ClawEcn of an authentic, new record. */
void claw_ecn_count (ClawEcnCounts *counts, uint8_t ecn);
/* Whether the peer should hear of them. */
gboolean claw_ecn_has_any (const ClawEcnCounts *counts);
