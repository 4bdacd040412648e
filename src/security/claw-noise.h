/* claw-noise.h: the handshake state of the Noise Protocol Framework, revision 34.
 *
 * Driven by the tokens of the pattern that the protocol's name says, for X25519, AES-256-GCM and
 * SHA-256 with any number of pre-shared keys. claw-handshake.h puts ClawChat's datagrams around it;
 * the published test vectors run through the same code.
 *
 * All of it lives in locked memory and is wiped with claw_noise_free ().
 */
#pragma once

#include "claw-identity.h"

#define CLAW_NOISE_HASH_SIZE 32
#define CLAW_NOISE_MESSAGE_MAX 65535

typedef struct
{
  const char *protocol; /* "Noise_IKpsk1_25519_AESGCM_SHA256"; a string that stays */
  gboolean initiator;
  const void *prologue;
  size_t prologue_length;
  const ClawIdentity *local; /* (nullable): our static key pair */
  const uint8_t
      *remote; /* (nullable): the peer's static public key, where it is known beforehand */
  const ClawKey *const *psks; /* as many as the name has psk modifiers */
  unsigned n_psks;
  const ClawIdentity
      *ephemeral; /* (nullable): for test vectors only; NULL makes a fresh one, as it must be */
} ClawNoiseConfig;

typedef struct ClawNoise ClawNoise;

/* Everything is copied. Returns: (transfer full) (nullable): NULL when @protocol is not known. */
ClawNoise *claw_noise_new (const ClawNoiseConfig *config);
/* So that a message can be tried without spoiling the state when it is not authentic. */
ClawNoise *claw_noise_copy (const ClawNoise *noise);
void claw_noise_free (ClawNoise *noise);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawNoise, claw_noise_free)

/* Writes the next message into @message, which has room for @size bytes. Returns: FALSE when a
 * public key of the peer is of small order or @size is too small; the state is of no use any more
 * then. */
gboolean claw_noise_write (ClawNoise *noise,
                           const void *payload,
                           size_t payload_length,
                           uint8_t *message,
                           size_t size,
                           size_t *length);
/* Reads the next message; @payload has room for @length bytes. Returns: FALSE when it is not
 * authentic; the state is of no use any more then. */
gboolean claw_noise_read (ClawNoise *noise,
                          const uint8_t *message,
                          size_t length,
                          uint8_t *payload,
                          size_t *payload_length);

/* Whether all messages of the pattern went through. */
gboolean claw_noise_is_finished (const ClawNoise *noise);
/* Split () of section 5.2, once finished. In a one-way pattern the initiator's @receive is of no
 * use. */
void claw_noise_split (const ClawNoise *noise, ClawKey *send, ClawKey *receive);
/* A further key, the same on both sides, once finished: HKDF with the chaining key as salt, an
 * empty secret, and @label and the handshake hash as info. Split () is the same with an empty info,
 * so the keys have nothing to do with each other. */
void claw_noise_export (const ClawNoise *noise, const char *label, ClawKey *key);
/* CLAW_NOISE_HASH_SIZE bytes. */
const uint8_t *claw_noise_get_hash (const ClawNoise *noise);
/* Returns: (nullable): the peer's static public key, 32 bytes, once it is known. */
const uint8_t *claw_noise_get_remote (const ClawNoise *noise);
