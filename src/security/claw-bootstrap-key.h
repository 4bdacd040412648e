/* claw-bootstrap-key.h: the key that opens .sec files.
 *
 * Either 32 random bytes (44 characters of base64) or a passphrase. There is no built-in one.
 */
#pragma once

#include "claw-secret.h"

#define CLAW_BOOTSTRAP_KEY_ERROR (claw_bootstrap_key_error_quark ())
typedef enum
{
  CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN, /* no key file, variable or credential: ask the user */
  CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE,
  CLAW_BOOTSTRAP_KEY_ERROR_EMPTY,
  CLAW_BOOTSTRAP_KEY_ERROR_TOO_LONG,
  CLAW_BOOTSTRAP_KEY_ERROR_DERIVE, /* Argon2id did not get the memory that it needs */
} ClawBootstrapKeyError;
GQuark claw_bootstrap_key_error_quark (void);

#define CLAW_BOOTSTRAP_KEY_PASSPHRASE_MAX 1024

/* Immutable, reference counted (atomic), wiped with the last reference. */
typedef struct ClawBootstrapKey ClawBootstrapKey;

/* @text: what a user typed or a file held; surrounding white space is ignored. */
ClawBootstrapKey *claw_bootstrap_key_new (const char *text, GError **error);
ClawBootstrapKey *claw_bootstrap_key_generate (void);
/* Looks at @path (nullable, from --bootstrap-key-file), $CLAWCHAT_BOOTSTRAP_KEY and
 * $CREDENTIALS_DIRECTORY/bootstrap-key in this order; the first that is there counts, even when it
 * is wrong. An empty variable is as good as none. A key file must be private, except in the
 * credentials directory, where systemd sets the permissions. */
ClawBootstrapKey *claw_bootstrap_key_find (const char *path, GError **error);
ClawBootstrapKey *claw_bootstrap_key_ref (ClawBootstrapKey *key);
void claw_bootstrap_key_unref (ClawBootstrapKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawBootstrapKey, claw_bootstrap_key_unref)
gboolean claw_bootstrap_key_is_passphrase (const ClawBootstrapKey *key);
/* Writes the key as text with a newline, mode 0600, atomically. */
gboolean claw_bootstrap_key_save (const ClawBootstrapKey *key, const char *path, GError **error);
/* The key's text in locked memory, NUL-terminated; lives as long as @key. */
const char *claw_bootstrap_key_peek_text (const ClawBootstrapKey *key);
/* Gives the 32-byte key for a file: the random key itself, or Argon2id of the passphrase. */
gboolean claw_bootstrap_key_derive (const ClawBootstrapKey *key,
                                    const uint8_t *salt, /* crypto_pwhash_SALTBYTES */
                                    uint64_t operations,
                                    uint64_t memory,
                                    ClawKey *derived,
                                    GError **error);
