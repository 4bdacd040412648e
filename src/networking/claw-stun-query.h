/* claw-stun-query.h: one STUN transaction: a question, its retransmissions, and what came of it.
 *
 * Without sockets: the owner numbers its sockets, sends what is due, offers every message that
 * arrives, and asks for the next deadline.
 */
#pragma once

#include "claw-stun.h"

/* The times after the first sending at which a question is sent again; the last is the end. */
typedef struct
{
  unsigned n;
  unsigned at_ms[8];
} ClawStunSchedule;

/* RFC 8489 section 6.2.1 with RTO = 500 ms, but Rc = 4 and intervals that grow to 1 s only: who
 * waits for a verdict does not wait for the 39.5 seconds that the RFC would. */
extern const ClawStunSchedule claw_stun_schedule_patient;
/* For questions whose answer is most likely silence: often, and over after 1.2 s. */
extern const ClawStunSchedule claw_stun_schedule_doubtful;

typedef enum
{
  CLAW_STUN_QUERY_IDLE, /* not asked */
  CLAW_STUN_QUERY_PENDING,
  CLAW_STUN_QUERY_ANSWERED,
  CLAW_STUN_QUERY_REFUSED, /* the server answered, but not with what was asked for */
  CLAW_STUN_QUERY_SILENT,
} ClawStunQueryState;

typedef struct
{
  ClawStunQueryState state;
  unsigned socket;        /* it goes out from */
  unsigned answer_socket; /* the answer has to arrive at */
  ClawAddress to;
  ClawAddress from; /* the answer has to come from */
  ClawStunMessage request;
  const ClawStunSchedule *schedule;
  unsigned n_sent;
  gint64 start_us;
  gint64 patience_us; /* added to the schedule's end */
  ClawAddress mapped; /* of the answer */
  ClawAddress other;  /* of the answer; NONE when there is none */
  gint64 answered_us;
} ClawStunQuery;

/* Makes @query a plain question from @socket to @server, the answer to come from there. What is to
 * be different is set afterwards, before the first claw_stun_query_send (). */
void claw_stun_query_start (ClawStunQuery *query,
                            unsigned socket,
                            const ClawAddress *server,
                            const ClawStunSchedule *schedule,
                            gint64 now_us);
/* Writes what is due now. Returns: its length, 0 when nothing is; a query whose time is over is
 * SILENT then. */
size_t claw_stun_query_send (ClawStunQuery *query, gint64 now_us, uint8_t *buffer, size_t size);
/* Returns: whether @message belongs to @query, which then is no longer PENDING. */
gboolean claw_stun_query_receive (ClawStunQuery *query,
                                  unsigned socket,
                                  const ClawAddress *from,
                                  const ClawStunMessage *message,
                                  gint64 now_us);
/* Returns: G_MAXINT64 unless PENDING. */
gint64 claw_stun_query_get_deadline (const ClawStunQuery *query);
