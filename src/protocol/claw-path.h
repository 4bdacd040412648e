/* claw-path.h: where datagrams go, and how the peer moves to another address (RFC 9000 sections 8.2
 * and 9).
 *
 * The newest authentic record decides where the peer may be now; only the answer to a random
 * challenge sent there decides that it is. Until then no more goes there than three times what came
 * from there, so that nobody can aim a session at a victim by forging the source of a copied
 * datagram.
 */
#pragma once

#include "claw-frame.h"
#include "claw-route.h"

#define CLAW_PATH_CHALLENGES_MAX 3 /* sent for one candidate before it is given up */
#define CLAW_PATH_AMPLIFICATION 3
#define CLAW_PATH_DATAGRAM_SIZE 93 /* of a record with a challenge */

typedef struct
{
  ClawRoute current;
  ClawRoute candidate; /* its peer is NONE: there is none */
  uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE];
  uint64_t received; /* bytes from the candidate */
  uint64_t sent;     /* bytes to it */
  unsigned n_challenges;
  gint64 next_us; /* when to challenge (again); G_MAXINT64 for never */
  /* The peer's challenge to us */
  gboolean must_respond;
  uint8_t response[CLAW_FRAME_CHALLENGE_SIZE];
  ClawRoute response_to;
} ClawPath;

void claw_path_init (ClawPath *path, const ClawRoute *current);
/* An authentic record came. @is_newest: its counter is the greatest so far. */
void claw_path_on_received (
    ClawPath *path, const ClawRoute *from, size_t size, gboolean is_newest, gint64 now_us);
void claw_path_on_challenge (ClawPath *path,
                             const uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE],
                             const ClawRoute *from);
/* Returns: TRUE when the path moved. @host_changed: to another IP address, not only another port.
 */
gboolean claw_path_on_response (ClawPath *path,
                                const uint8_t response[CLAW_FRAME_CHALLENGE_SIZE],
                                gboolean *host_changed);
/* Gives up a candidate that is due and may not be challenged any more. */
void claw_path_wake (ClawPath *path, gint64 now_us);
gint64 claw_path_get_deadline (const ClawPath *path);
/* Whether a challenge to the candidate is due. */
gboolean claw_path_wants_challenge (const ClawPath *path, gint64 now_us);
/* @wait_us: until the first repetition, which doubles each time. */
void claw_path_on_challenged (ClawPath *path, gint64 wait_us, gint64 now_us);
