/* claw-aead.h: AES-256-GCM with the key schedule done once.
 *
 * libsodium where it has AES for this CPU, else GnuTLS; CLAWCHAT_AEAD=libsodium or gnutls in the
 * environment forces one (the tests run both). Never code of our own.
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
