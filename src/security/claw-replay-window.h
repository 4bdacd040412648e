/* claw-replay-window.h: which record counters were seen, RFC 6479. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* Counters this far behind the greatest are still told apart; more than the 2048 that the protocol
 * asks for. */
#define CLAW_REPLAY_WINDOW_SIZE (4096 - 64)

typedef struct
{
  uint64_t greatest; /* one more than the greatest counter seen */
  uint64_t bits[64];
} ClawReplayWindow;

void claw_replay_window_init (ClawReplayWindow *window);
/* Whether @counter is new; changes nothing, for use before the record is authenticated. */
gboolean claw_replay_window_check (const ClawReplayWindow *window, uint64_t counter);
/* Marks @counter seen; only after the record was authenticated. Returns: FALSE when it was seen
 * before. */
gboolean claw_replay_window_add (ClawReplayWindow *window, uint64_t counter);
