/* claw-keyring-file.h: the file that says where the store's key is. Private to the keyring.
 *
 *   "CLAWKEYS" | version 1 | kind 1 | …
 *   SERVICE     id 16 | check 32
 *   PASSPHRASE  salt 16 | operations 8 | memory 8 | nonce 12 | key 32 and tag 16
 *
 * The id names the key in the Secret Service, and the check, a keyed hash, tells whether what comes
 * from there is it. Of a passphrase, Argon2id makes the key that seals the store's by AES-256-GCM,
 * with all that is ahead as associated data, so that the tag is the check.
 */
#pragma once

#include "claw-keyring-error.h"
#include "claw-secret.h"

#include <gio/gio.h>

#define CLAW_KEYRING_FILE_ID_SIZE 16
#define CLAW_KEYRING_FILE_CHECK_SIZE 32
#define CLAW_KEYRING_FILE_SALT_SIZE 16
#define CLAW_KEYRING_FILE_NONCE_SIZE 12
#define CLAW_KEYRING_FILE_SEALED_SIZE (CLAW_KEY_SIZE + 16)
#define CLAW_KEYRING_FILE_SIZE_MAX 128
/* A file that asks for more is damaged: it shall not take all of the machine. */
#define CLAW_KEYRING_FILE_OPERATIONS_MAX 32
#define CLAW_KEYRING_FILE_MEMORY_MAX (UINT64_C (1) << 30)

typedef enum
{
  CLAW_KEYRING_FILE_SERVICE = 1,
  CLAW_KEYRING_FILE_PASSPHRASE = 2,
} ClawKeyringFileKind;

typedef struct
{
  ClawKeyringFileKind kind;
  uint8_t id[CLAW_KEYRING_FILE_ID_SIZE];
  uint8_t check[CLAW_KEYRING_FILE_CHECK_SIZE];
  uint8_t salt[CLAW_KEYRING_FILE_SALT_SIZE];
  uint64_t operations, memory; /* of Argon2id; bytes */
  uint8_t nonce[CLAW_KEYRING_FILE_NONCE_SIZE];
  uint8_t sealed[CLAW_KEYRING_FILE_SEALED_SIZE];
} ClawKeyringFile;

/* A new id for @key. */
void claw_keyring_file_init_service (ClawKeyringFile *file, const ClawKey *key);
gboolean claw_keyring_file_check (const ClawKeyringFile *file, const ClawKey *key);
/* Seals @key; takes as long as Argon2id does. Errors: BAD_PASSPHRASE, FAILED for want of memory. */
gboolean claw_keyring_file_init_passphrase (ClawKeyringFile *file,
                                            const ClawKey *key,
                                            const char *passphrase,
                                            uint64_t operations,
                                            uint64_t memory,
                                            GError **error);
/* Errors: BAD_PASSPHRASE, WRONG_PASSPHRASE, FAILED for want of memory. */
gboolean claw_keyring_file_open_passphrase (const ClawKeyringFile *file,
                                            const char *passphrase,
                                            ClawKey *key,
                                            GError **error);

/* Returns: bytes used of @out. */
size_t claw_keyring_file_write (const ClawKeyringFile *file,
                                uint8_t out[CLAW_KEYRING_FILE_SIZE_MAX]);
/* Returns: FALSE when it is not what write () makes. */
gboolean claw_keyring_file_read (ClawKeyringFile *file, const uint8_t *data, size_t length);

gboolean claw_keyring_file_save (const ClawKeyringFile *file, const char *path, GError **error);
/* Errors: CLAW_FILE_ERROR, CLAW_KEYRING_ERROR_DAMAGED. */
gboolean claw_keyring_file_load (ClawKeyringFile *file, const char *path, GError **error);
