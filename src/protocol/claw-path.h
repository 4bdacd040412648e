/* claw-path.h: where datagrams go, and how either side moves to another address (RFC 9000 sections
 * 8.2 and 9).
 *
 * The newest authentic record that says more than a question about paths decides where the peer may
 * be now; only the answer to a random challenge sent there decides that it is. Until then no more
 * goes there than three times what came from there, so that nobody can aim a session at a victim by
 * forging the source of a copied datagram. Within that limit data goes there at once, so that a
 * session whose peer moved goes on within one round trip.
 *
 * A side may also move by its own choice, to a place that the peer has named: the place is
 * challenged first, the path in use stays in use, and a failed move is tried again later. After
 * such a move the peer's records go on coming over the old path until it has followed; what comes
 * from the place that was left never leads back there.
 */
#pragma once

#include "claw-frame.h"
#include "claw-route.h"

#define CLAW_PATH_CHALLENGES_MAX 3 /* sent for one candidate before it is given up */
#define CLAW_PATH_RESPONSES_MAX 2  /* owed at once: to the peer's candidate and to its own move */
#define CLAW_PATH_AMPLIFICATION 3
#define CLAW_PATH_DATAGRAM_SIZE 93 /* of a record with a challenge */
/* Pauses before a failed move is tried again: doubled each time. */
#define CLAW_PATH_RETRY_MIN_US (G_GINT64_CONSTANT (5) * G_USEC_PER_SEC)
#define CLAW_PATH_RETRY_MAX_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)

/* A place that is asked whether the peer is there. */
typedef struct
{
  ClawRoute route; /* its peer is NONE: there is none */
  uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE];
  unsigned n_challenges;
  gint64 wait_us; /* before the first repetition */
  gint64 next_us; /* when to challenge (again); G_MAXINT64 for never */
} ClawPathAttempt;

typedef struct
{
  ClawRoute current;
  ClawRoute left; /* by our own choice; its peer is NONE: there is none */

  ClawPathAttempt candidate; /* where the peer was seen */
  uint64_t received;         /* bytes from the candidate */
  uint64_t sent;             /* bytes to it */

  ClawPathAttempt move; /* where we want to go */
  gboolean is_pausing;  /* the move failed, next_us is when it is tried again */
  unsigned n_failures;

  /* The peer's challenges to us */
  struct
  {
    uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE];
    ClawRoute to;
  } responses[CLAW_PATH_RESPONSES_MAX];
  unsigned n_responses;
  size_t credit; /* what the answers to the present record may weigh */
} ClawPath;

typedef enum
{
  CLAW_PATH_STAYED,
  CLAW_PATH_FOLLOWED, /* the peer, to where it was seen */
  CLAW_PATH_MOVED,    /* by our own choice; the peer is to hear of it by a record */
} ClawPathChange;

void claw_path_init (ClawPath *path, const ClawRoute *current);
/* Moves to @route once the peer has answered from there. Nothing happens when we are there or on
 * the way already. */
void claw_path_move_to (ClawPath *path, const ClawRoute *route, gint64 now_us);
/* An authentic record came. @is_sign: its counter is the greatest so far, and it holds a frame that
 * is not probing (RFC 9000 section 9.1), so it is a sign of where the peer is. */
void claw_path_on_received (
    ClawPath *path, const ClawRoute *from, size_t size, gboolean is_sign, gint64 now_us);
/* An authentic record of @size bytes came, in which there may be challenges. */
void claw_path_on_record (ClawPath *path, size_t size);
/* Owes an answer, at most one for each record, and none that would be larger than it: who forges
 * the source of its records aims no more at somebody than it sends. */
void claw_path_on_challenge (ClawPath *path,
                             const uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE],
                             const ClawRoute *from);
/* @host_changed: to another IP address, not only another port or socket; set when the path moved.
 */
ClawPathChange claw_path_on_response (ClawPath *path,
                                      const uint8_t response[CLAW_FRAME_CHALLENGE_SIZE],
                                      const ClawRoute *from,
                                      gboolean *host_changed);
/* To be told of all that is sent, wherever it goes. */
void claw_path_on_sent (ClawPath *path, const ClawRoute *to, size_t size);
/* Gives up what is due and may not be challenged any more, and plans a failed move anew. */
void claw_path_wake (ClawPath *path, gint64 now_us);
gint64 claw_path_get_deadline (const ClawPath *path);
/* Returns: FALSE when no answer to a challenge of the peer is owed. */
gboolean claw_path_take_response (ClawPath *path,
                                  uint8_t response[CLAW_FRAME_CHALLENGE_SIZE],
                                  ClawRoute *to);
/* Returns: (transfer none) (nullable): the attempt for which a challenge is due. */
ClawPathAttempt *claw_path_get_due (ClawPath *path, gint64 now_us);
/* @attempt was challenged. @wait_us: until the first repetition, which doubles each time. */
void claw_path_on_challenged (ClawPathAttempt *attempt, gint64 wait_us, gint64 now_us);
/* Says where the next record goes. Returns: the largest datagram that may go there, 0 when it has
 * to wait for the peer: for one probe timeout at most. */
size_t claw_path_choose (const ClawPath *path, ClawRoute *to);
