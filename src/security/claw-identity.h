/* claw-identity.h: a side's long-term X25519 key pair. */
#pragma once

#include "claw-secret.h"

#define CLAW_PUBLIC_KEY_SIZE 32

typedef struct
{
  ClawKey private_key;
  uint8_t public_key[CLAW_PUBLIC_KEY_SIZE];
} ClawIdentity;

void claw_identity_generate (ClawIdentity *identity);
/* Sets the private key and computes the public one. */
void claw_identity_set (ClawIdentity *identity, const ClawKey *private_key);
void claw_identity_copy (ClawIdentity *destination, const ClawIdentity *source);
void claw_identity_clear (ClawIdentity *identity);
/* X25519, RFC 7748. Returns: FALSE, with @shared as it was, when @peer is a point of small order,
 * whose result would be known to everybody. */
gboolean claw_identity_agree (const ClawIdentity *identity,
                              const uint8_t peer[CLAW_PUBLIC_KEY_SIZE],
                              ClawKey *shared);
/* Reads the private key from @path (32 bytes in base64 and a newline, 0600), or makes it at first
 * use. A file that is damaged or readable by others is an error (CLAW_FILE_ERROR or
 * G_IO_ERROR_INVALID_DATA), never replaced. */
gboolean claw_identity_load_or_create (ClawIdentity *identity, const char *path, GError **error);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawIdentity, claw_identity_clear)
