/* claw-path.c: see claw-path.h. */
#include "claw-path.h"

#include <sodium.h>
#include <string.h>

static void
drop_candidate (ClawPath *path)
{
  path->candidate = (ClawRoute){ .peer.family = CLAW_ADDRESS_NONE };
  path->next_us = G_MAXINT64;
}

void
claw_path_init (ClawPath *path, const ClawRoute *current)
{
  *path = (ClawPath){ .current = *current };
  drop_candidate (path);
}

void
claw_path_on_received (
    ClawPath *path, const ClawRoute *from, size_t size, gboolean is_newest, gint64 now_us)
{
  gboolean is_candidate = path->candidate.peer.family != CLAW_ADDRESS_NONE
                          && claw_route_equal (from, &path->candidate);

  if (is_candidate)
    {
      path->received += size;
      return;
    }
  if (!is_newest)
    return;
  if (claw_route_equal (from, &path->current))
    {
      /* The peer is where it was after all. */
      drop_candidate (path);
      return;
    }
  path->candidate = *from;
  path->received = size;
  path->sent = 0;
  path->n_challenges = 0;
  path->next_us = now_us;
  randombytes_buf (path->challenge, sizeof path->challenge);
}

void
claw_path_on_challenge (ClawPath *path,
                        const uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE],
                        const ClawRoute *from)
{
  path->must_respond = TRUE;
  memcpy (path->response, challenge, sizeof path->response);
  path->response_to = *from;
}

gboolean
claw_path_on_response (ClawPath *path,
                       const uint8_t response[CLAW_FRAME_CHALLENGE_SIZE],
                       gboolean *host_changed)
{
  if (path->candidate.peer.family == CLAW_ADDRESS_NONE || path->n_challenges == 0
      || sodium_memcmp (response, path->challenge, sizeof path->challenge) != 0)
    return FALSE;

  *host_changed = path->current.peer.family != path->candidate.peer.family
                  || memcmp (path->current.peer.ip, path->candidate.peer.ip,
                             sizeof path->current.peer.ip)
                         != 0;
  path->current = path->candidate;
  drop_candidate (path);
  return TRUE;
}

void
claw_path_wake (ClawPath *path, gint64 now_us)
{
  if (path->next_us <= now_us && !claw_path_wants_challenge (path, now_us))
    drop_candidate (path);
}

gint64
claw_path_get_deadline (const ClawPath *path)
{
  return path->next_us;
}

gboolean
claw_path_wants_challenge (const ClawPath *path, gint64 now_us)
{
  return path->next_us <= now_us && path->n_challenges < CLAW_PATH_CHALLENGES_MAX
         && path->sent + CLAW_PATH_DATAGRAM_SIZE <= CLAW_PATH_AMPLIFICATION * path->received;
}

void
claw_path_on_challenged (ClawPath *path, gint64 wait_us, gint64 now_us)
{
  path->sent += CLAW_PATH_DATAGRAM_SIZE;
  path->next_us = now_us + (wait_us << path->n_challenges);
  path->n_challenges++;
}
