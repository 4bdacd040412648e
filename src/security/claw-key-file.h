/* claw-key-file.h: a random 32-byte secret that a program keeps in a file of its own.
 *
 * The file is one line, "clawchat-key 1 " and the secret in base64: the number is the format's
 * version. Bootstrap keys are not kept like this: people paste and type those, and the .sec file
 * that they open has a version of its own.
 */
#pragma once

#include "claw-secret.h"

/* Reads the key from @path (0600), or makes a random one at first use. A file that is damaged, of
 * another version, or readable by others is an error (CLAW_FILE_ERROR, G_IO_ERROR_INVALID_DATA,
 * G_IO_ERROR_NOT_SUPPORTED), never replaced. @price: what a new key would cost, translated, for the
 * message. */
gboolean
claw_key_file_load_or_create (ClawKey *key, const char *path, const char *price, GError **error);
typedef enum
{
  CLAW_KEY_FILE_GOOD,
  CLAW_KEY_FILE_DAMAGED,
  CLAW_KEY_FILE_OTHER_VERSION,
} ClawKeyFileResult;

/* Reads what such a file holds. @key: set when that is GOOD. */
ClawKeyFileResult claw_key_file_parse (ClawKey *key, const char *text, size_t length);
/* Writes a key that is in memory already, in the place of whatever is at @path. */
gboolean claw_key_file_save (const ClawKey *key, const char *path, GError **error);
