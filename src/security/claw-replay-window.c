/* claw-replay-window.c: the ring of bits of RFC 6479.
 *
 * Counter c has its bit in word (c / 64) % 64. Moving on clears whole words, never shifts; that is
 * why one of the 64 words does not count towards the window's size.
 */
#include "claw-replay-window.h"

#include <string.h>

#define WORD_BITS 64
#define N_WORDS G_N_ELEMENTS (((ClawReplayWindow *) NULL)->bits)
G_STATIC_ASSERT (CLAW_REPLAY_WINDOW_SIZE == (N_WORDS - 1) * WORD_BITS);

static uint64_t
bit_of (uint64_t counter)
{
  return UINT64_C (1) << (counter % WORD_BITS);
}

void
claw_replay_window_init (ClawReplayWindow *window)
{
  g_return_if_fail (window != NULL);

  memset (window, 0, sizeof *window);
}

gboolean
claw_replay_window_check (const ClawReplayWindow *window, uint64_t counter)
{
  g_return_val_if_fail (window != NULL, FALSE);

  /* One more than this could not be told in 64 bits; no key lives nearly as long. */
  if (counter == UINT64_MAX)
    return FALSE;
  if (counter >= window->greatest)
    return TRUE;
  if (window->greatest - counter > CLAW_REPLAY_WINDOW_SIZE)
    return FALSE;
  return (window->bits[counter / WORD_BITS % N_WORDS] & bit_of (counter)) == 0;
}

/* Clears the words between the one of the greatest counter and that of @counter. */
static void
advance (ClawReplayWindow *window, uint64_t counter)
{
  uint64_t word = counter / WORD_BITS;
  uint64_t old_word = window->greatest > 0 ? (window->greatest - 1) / WORD_BITS : 0;
  uint64_t n_steps = MIN (word - old_word, N_WORDS);

  for (uint64_t i = 0; i < n_steps; i++)
    window->bits[(word - i) % N_WORDS] = 0;
  window->greatest = counter + 1;
}

gboolean
claw_replay_window_add (ClawReplayWindow *window, uint64_t counter)
{
  g_return_val_if_fail (window != NULL, FALSE);

  if (!claw_replay_window_check (window, counter))
    return FALSE;

  if (counter >= window->greatest)
    advance (window, counter);
  window->bits[counter / WORD_BITS % N_WORDS] |= bit_of (counter);
  return TRUE;
}
