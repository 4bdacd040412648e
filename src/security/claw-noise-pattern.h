/* claw-noise-pattern.h: the handshake patterns of the Noise Protocol Framework, revision 34.
 *
 * ClawChat itself uses IKpsk1. The others are here because published test vectors cover each of
 * them with a few cases only: run together they leave no corner of claw-noise.c untried.
 */
#pragma once

#include <glib.h>

#define CLAW_NOISE_MESSAGES_MAX 4
#define CLAW_NOISE_PSKS_MAX 4

typedef struct
{
  const char *name;
  const char *premessages; /* static keys known beforehand: "", "-> s", "<- s" or "-> s <- s" */
  const char *messages[CLAW_NOISE_MESSAGES_MAX]; /* NULL after the last; the initiator begins */
} ClawNoisePattern;

/* Takes apart a protocol name like "Noise_XXpsk0+psk3_25519_AESGCM_SHA256". Bit N of @psks is set
 * for the modifier pskN. Returns: (transfer none) (nullable): NULL when it is not a name of this
 * kind. */
const ClawNoisePattern *claw_noise_pattern_find (const char *protocol, unsigned *psks);
unsigned claw_noise_pattern_count_messages (const ClawNoisePattern *pattern);
