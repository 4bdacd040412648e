/* claw-probe.h: asking the peer, inside the session, what the NATs on the way do; and answering.
 *
 * It takes the place of STUN (RFC 5780) where the peer is the only one who is asked. Three
 * questions one after another, each repeated a few times: where do you see me; can you reach me
 * from another socket of yours, to which I have never sent (filtering); where does that other
 * socket see me, when I send to it (mapping)? The second comes ahead of the third, because sending
 * to the other socket opens the way for what comes from it.
 *
 * Questions and answers are outside of loss recovery and move no path. An answer is as large as the
 * question, so that nobody can aim more at a victim than he has sent himself.
 */
#pragma once

#include "claw-frame.h"
#include "claw-route.h"

#define CLAW_PROBE_TRIES_MAX 3
#define CLAW_PROBE_WAIT_MIN_US (200 * 1000) /* for the first answer; doubled each time */
#define CLAW_PROBE_DATAGRAM_SIZE 93         /* of a question, and of an answer */
#define CLAW_PROBE_ANSWERS_MAX 20           /* that wait to be sent */

typedef enum
{
  CLAW_PROBE_IDLE,
  CLAW_PROBE_ASKING,       /* where the peer sees us */
  CLAW_PROBE_LISTENING,    /* for an answer from its other socket */
  CLAW_PROBE_ASKING_OTHER, /* where its other socket sees us */
} ClawProbeState;

/* Our other socket, from which questions are answered when the peer wishes so. */
typedef struct
{
  uint8_t number;
  uint16_t port; /* 0: there is none */
} ClawProbeSocket;

typedef struct
{
  ClawRoute to;
  ClawFrameReport report;
} ClawProbeAnswer;

typedef struct
{
  ClawProbeState state;
  uint8_t token[CLAW_FRAME_CHALLENGE_SIZE];
  unsigned n_sent;
  gint64 next_us; /* G_MAXINT64 while IDLE */
  ClawProbeResult result;
  /* The peer's questions */
  size_t credit;   /* bytes of the record at hand; 0 once it was answered */
  GArray *answers; /* of ClawProbeAnswer; NULL while there are none */
} ClawProbe;

void claw_probe_init (ClawProbe *probe);
void claw_probe_clear (ClawProbe *probe);

/* Asks everything anew, at once. */
void claw_probe_start (ClawProbe *probe);
/* Asks no more; what was found out is incomplete. The peer's questions go on to be answered. */
void claw_probe_stop (ClawProbe *probe);
gboolean claw_probe_wants_send (const ClawProbe *probe, gint64 now_us);
/* Writes the question that is due. @current: the session's path. @to: where to send it. */
void claw_probe_write (ClawProbe *probe,
                       const ClawRoute *current,
                       gint64 wait_us,
                       gint64 now_us,
                       ClawWriter *writer,
                       ClawRoute *to);
/* Returns: TRUE when the result is complete. */
gboolean claw_probe_on_report (ClawProbe *probe,
                               const ClawFrameReport *report,
                               const ClawRoute *from,
                               const ClawRoute *current);
/* Passes over a question that nobody answered. Returns: TRUE when the result is complete. */
gboolean claw_probe_wake (ClawProbe *probe, gint64 now_us);
gint64 claw_probe_get_deadline (const ClawProbe *probe);

/* An authentic record of @size bytes came, in which there may be questions. */
void claw_probe_on_record (ClawProbe *probe, size_t size);
/* Keeps an answer ready, at most one for each record, and none that would be larger than it. */
void claw_probe_on_probe (ClawProbe *probe,
                          const uint8_t token[CLAW_FRAME_CHALLENGE_SIZE],
                          gboolean from_other,
                          const ClawRoute *from,
                          const ClawProbeSocket *other);
/* Returns: FALSE when there is no answer to be sent. */
gboolean claw_probe_next_answer (ClawProbe *probe, ClawProbeAnswer *answer);
