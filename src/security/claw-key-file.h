/* claw-key-file.h: a random 32-byte secret that a program keeps in a file of its own. */
#pragma once

#include "claw-secret.h"

/* Reads the key from @path (32 bytes in base64 and a newline, 0600), or makes a random one at first
 * use. A file that is damaged or readable by others is an error (CLAW_FILE_ERROR or
 * G_IO_ERROR_INVALID_DATA), never replaced. @price: what a new key would cost, translated, for the
 * message. */
gboolean
claw_key_file_load_or_create (ClawKey *key, const char *path, const char *price, GError **error);
/* Writes a key that is in memory already, in the place of whatever is at @path. */
gboolean claw_key_file_save (const ClawKey *key, const char *path, GError **error);
