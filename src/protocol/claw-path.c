/* claw-path.c: see claw-path.h. */
#include "claw-path.h"

#include <sodium.h>
#include <string.h>

static const ClawRoute nowhere = { .peer.family = CLAW_ADDRESS_NONE };

static gboolean
is_somewhere (const ClawRoute *route)
{
  return route->peer.family != CLAW_ADDRESS_NONE;
}

/* Without the mark of the datagram that came from there. */
static ClawRoute
plain (const ClawRoute *route)
{
  ClawRoute copy = *route;

  copy.ecn = CLAW_ECN_NONE;
  return copy;
}

static void
drop (ClawPathAttempt *attempt)
{
  *attempt = (ClawPathAttempt){ .route = nowhere, .next_us = G_MAXINT64 };
}

static void
begin (ClawPathAttempt *attempt, const ClawRoute *route, gint64 now_us)
{
  *attempt = (ClawPathAttempt){ .route = plain (route), .next_us = now_us };
  randombytes_buf (attempt->challenge, sizeof attempt->challenge);
}

void
claw_path_init (ClawPath *path, const ClawRoute *current)
{
  *path = (ClawPath){ .current = plain (current), .left = nowhere };
  drop (&path->candidate);
  drop (&path->move);
}

void
claw_path_move_to (ClawPath *path, const ClawRoute *route, gint64 now_us)
{
  if (is_somewhere (&path->move.route) && claw_route_equal (route, &path->move.route))
    return;
  path->is_pausing = FALSE;
  path->n_failures = 0;
  if (claw_route_equal (route, &path->current))
    drop (&path->move);
  else
    begin (&path->move, route, now_us);
}

void
claw_path_on_received (
    ClawPath *path, const ClawRoute *from, size_t size, gboolean is_sign, gint64 now_us)
{
  ClawPathAttempt *candidate = &path->candidate;

  if (is_somewhere (&candidate->route) && claw_route_equal (from, &candidate->route))
    {
      path->received += size;
      return;
    }
  if (!is_sign)
    return;
  if (claw_route_equal (from, &path->current))
    {
      /* The peer is where it was after all. */
      drop (candidate);
      return;
    }
  if (is_somewhere (&path->left) && claw_route_equal (from, &path->left))
    return;
  /* One place after the other: two ends that hear each other at two places each would else go on
   * asking at one while the answer comes from the other. */
  if (is_somewhere (&candidate->route) && candidate->n_challenges <= 1)
    return;
  begin (candidate, from, now_us);
  path->received = size;
  path->sent = 0;
}

void
claw_path_on_record (ClawPath *path, size_t size)
{
  path->credit = size;
}

void
claw_path_on_challenge (ClawPath *path,
                        const uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE],
                        const ClawRoute *from)
{
  /* One more than there can be with a peer that keeps to the rules takes the place of the last. */
  unsigned at = MIN (path->n_responses, CLAW_PATH_RESPONSES_MAX - 1);

  if (path->credit < CLAW_PATH_DATAGRAM_SIZE)
    return;
  path->credit = 0;
  memcpy (path->responses[at].challenge, challenge, CLAW_FRAME_CHALLENGE_SIZE);
  path->responses[at].to = plain (from);
  path->n_responses = at + 1;
}

gboolean
claw_path_take_response (ClawPath *path, uint8_t response[CLAW_FRAME_CHALLENGE_SIZE], ClawRoute *to)
{
  if (path->n_responses == 0)
    return FALSE;
  path->n_responses--;
  memcpy (response, path->responses[path->n_responses].challenge, CLAW_FRAME_CHALLENGE_SIZE);
  *to = path->responses[path->n_responses].to;
  return TRUE;
}

static gboolean
is_answered (const ClawPathAttempt *attempt, const uint8_t response[CLAW_FRAME_CHALLENGE_SIZE])
{
  return is_somewhere (&attempt->route) && attempt->n_challenges > 0
         && sodium_memcmp (response, attempt->challenge, sizeof attempt->challenge) == 0;
}

static void
set_current (ClawPath *path, const ClawRoute *route, gboolean *host_changed)
{
  *host_changed = path->current.peer.family != route->peer.family
                  || memcmp (path->current.peer.ip, route->peer.ip, sizeof route->peer.ip) != 0;
  path->current = *route;
  if (claw_route_equal (&path->candidate.route, &path->current))
    drop (&path->candidate);
  if (claw_route_equal (&path->move.route, &path->current))
    drop (&path->move);
}

ClawPathChange
claw_path_on_response (ClawPath *path,
                       const uint8_t response[CLAW_FRAME_CHALLENGE_SIZE],
                       const ClawRoute *from,
                       gboolean *host_changed)
{
  if (is_answered (&path->candidate, response))
    {
      path->left = nowhere;
      set_current (path, &path->candidate.route, host_changed);
      return CLAW_PATH_FOLLOWED;
    }
  /* What we choose must carry both ways. */
  if (is_answered (&path->move, response) && claw_route_equal (from, &path->move.route))
    {
      path->left = path->current;
      set_current (path, &path->move.route, host_changed);
      return CLAW_PATH_MOVED;
    }
  return CLAW_PATH_STAYED;
}

/* Bytes that may still go to the candidate. */
static uint64_t
get_allowance (const ClawPath *path)
{
  uint64_t limit = CLAW_PATH_AMPLIFICATION * path->received;

  return limit - MIN (path->sent, limit);
}

void
claw_path_on_sent (ClawPath *path, const ClawRoute *to, size_t size)
{
  if (is_somewhere (&path->candidate.route) && claw_route_equal (to, &path->candidate.route))
    path->sent += size;
}

static gboolean
is_due (const ClawPathAttempt *attempt, gint64 now_us)
{
  return attempt->next_us <= now_us && attempt->n_challenges < CLAW_PATH_CHALLENGES_MAX;
}

static void
wake_candidate (ClawPath *path, gint64 now_us)
{
  ClawPathAttempt *candidate = &path->candidate;

  if (candidate->next_us > now_us)
    return;
  if (!is_due (candidate, now_us))
    drop (candidate);
  else if (get_allowance (path) < CLAW_PATH_DATAGRAM_SIZE)
    {
      /* Data took what a challenge needs: as though it had been sent and lost. */
      if (candidate->n_challenges == 0)
        drop (candidate);
      else
        claw_path_on_challenged (candidate, candidate->wait_us, now_us);
    }
}

static void
wake_move (ClawPath *path, gint64 now_us)
{
  ClawPathAttempt *move = &path->move;

  if (move->next_us > now_us || is_due (move, now_us))
    return;
  if (path->is_pausing)
    {
      ClawRoute route = move->route;

      path->is_pausing = FALSE;
      begin (move, &route, now_us);
      return;
    }
  /* The challenge stays good meanwhile: an answer may only be late. */
  path->is_pausing = TRUE;
  move->next_us
      = now_us + MIN (CLAW_PATH_RETRY_MIN_US << MIN (path->n_failures, 10), CLAW_PATH_RETRY_MAX_US);
  path->n_failures++;
}

void
claw_path_wake (ClawPath *path, gint64 now_us)
{
  wake_candidate (path, now_us);
  wake_move (path, now_us);
}

gint64
claw_path_get_deadline (const ClawPath *path)
{
  return MIN (path->candidate.next_us, path->move.next_us);
}

ClawPathAttempt *
claw_path_get_due (ClawPath *path, gint64 now_us)
{
  if (is_due (&path->candidate, now_us) && get_allowance (path) >= CLAW_PATH_DATAGRAM_SIZE)
    return &path->candidate;
  return is_due (&path->move, now_us) ? &path->move : NULL;
}

void
claw_path_on_challenged (ClawPathAttempt *attempt, gint64 wait_us, gint64 now_us)
{
  if (attempt->n_challenges == 0)
    attempt->wait_us = wait_us;
  attempt->next_us = now_us + (attempt->wait_us << attempt->n_challenges);
  attempt->n_challenges++;
}

size_t
claw_path_choose (const ClawPath *path, ClawRoute *to)
{
  const ClawPathAttempt *candidate = &path->candidate;
  uint64_t allowance = get_allowance (path);
  /* The next challenge must find room. */
  uint64_t reserved = candidate->n_challenges < CLAW_PATH_CHALLENGES_MAX ? CLAW_PATH_DATAGRAM_SIZE
                                                                         : 0;

  *to = path->current;
  if (!is_somewhere (&candidate->route))
    return G_MAXSIZE;
  if (allowance >= reserved + CLAW_PATH_DATAGRAM_SIZE)
    {
      *to = candidate->route;
      return (size_t) (allowance - reserved);
    }
  /* A peer that came to another socket of ours has moved by its own choice and still hears what
   * comes over the old path. One whose address changed does not, and its answer is due; when none
   * comes, the record was perhaps a copy from elsewhere. */
  if (candidate->route.socket != path->current.socket || candidate->n_challenges > 1)
    return G_MAXSIZE;
  return 0;
}
