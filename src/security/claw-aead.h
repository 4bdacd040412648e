/* claw-aead.h: AES-256-GCM with the key schedule done once.
 *
 * libsodium where it has AES for this CPU, else GnuTLS; CLAWCHAT_AEAD=libsodium or gnutls in the
 * environment forces one (the tests run both). Never code of our own.
 *
 * GnuTLS 3.7 is about twice as fast as libsodium 1.0.18 (records of 1200 bytes: 3.8 against 1.9
 * GB/s sealed, 3.7 against 1.6 opened; a whole bulk transfer 1.4 against 0.9 GB/s;
 * tests/bench/run). All the same libsodium comes first: it keeps its key schedule in locked memory,
 * GnuTLS does not, and even so a connection of 1 Gbit/s takes an eighth of a core.
 */
#pragma once

#include "claw-secret.h"

#define CLAW_AEAD_NONCE_SIZE 12
#define CLAW_AEAD_TAG_SIZE 16

typedef struct ClawAead ClawAead;

/* "libsodium" or "gnutls". */
const char *claw_aead_get_backend (void);
ClawAead *claw_aead_new (const ClawKey *key);
void claw_aead_free (ClawAead *aead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawAead, claw_aead_free)
/* @out has room for @length + CLAW_AEAD_TAG_SIZE and may be @plaintext itself. */
void claw_aead_seal (const ClawAead *aead,
                     const uint8_t nonce[CLAW_AEAD_NONCE_SIZE],
                     const void *associated,
                     size_t associated_length,
                     const void *plaintext,
                     size_t length,
                     void *out);
/* @length counts the tag. Returns: FALSE, and @out zeroed, when it is not authentic. */
gboolean claw_aead_open (const ClawAead *aead,
                         const uint8_t nonce[CLAW_AEAD_NONCE_SIZE],
                         const void *associated,
                         size_t associated_length,
                         const void *ciphertext,
                         size_t length,
                         void *out);
