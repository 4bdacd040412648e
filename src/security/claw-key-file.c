/* claw-key-file.c: see claw-key-file.h. */
#include "claw-key-file.h"

#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define FORMAT "clawchat-key "
#define PREFIX FORMAT "1 "
#define PREFIX_SIZE (sizeof PREFIX - 1)
/* The prefix, 32 bytes in base64, and a NUL, which becomes the newline in the file. */
#define TEXT_SIZE \
  (PREFIX_SIZE + sodium_base64_ENCODED_LEN (CLAW_KEY_SIZE, sodium_base64_VARIANT_ORIGINAL))

/* Room to see of a longer one that it has another version. */
#define READ_SIZE 1024

static gboolean
begins_with (const char *text, size_t length, const char *prefix)
{
  size_t prefix_length = strlen (prefix);
  return length >= prefix_length && memcmp (text, prefix, prefix_length) == 0;
}

ClawKeyFileResult
claw_key_file_parse (ClawKey *key, const char *text, size_t length)
{
  g_auto (ClawKey) decoded = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  size_t decoded_length;

  if (!begins_with (text, length, PREFIX))
    return begins_with (text, length, FORMAT) ? CLAW_KEY_FILE_OTHER_VERSION : CLAW_KEY_FILE_DAMAGED;
  if (text[length - 1] == '\n')
    length--;
  if (sodium_base642bin (decoded.bytes, CLAW_KEY_SIZE, text + PREFIX_SIZE, length - PREFIX_SIZE,
                         NULL, &decoded_length, NULL, sodium_base64_VARIANT_ORIGINAL)
          != 0
      || decoded_length != CLAW_KEY_SIZE || sodium_is_zero (decoded.bytes, CLAW_KEY_SIZE))
    return CLAW_KEY_FILE_DAMAGED;

  claw_key_move (key, &decoded);
  return CLAW_KEY_FILE_GOOD;
}

static void
set_unusable (ClawKeyFileResult result, const char *path, const char *price, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  if (result == CLAW_KEY_FILE_OTHER_VERSION)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 _ ("%s: this key file has a format that this program does not know; start the "
                    "program that wrote it"),
                 name);
  else
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _ ("%s: this key file is damaged; restore it from a backup, or remove it to have a "
           "new key made (%s)"),
        name, price);
}

/* @text: TEXT_SIZE bytes of locked memory to work in. */
static gboolean
save (const ClawKey *key, const char *path, char *text, GError **error)
{
  memcpy (text, PREFIX, PREFIX_SIZE);
  sodium_bin2base64 (text + PREFIX_SIZE, TEXT_SIZE - PREFIX_SIZE, key->bytes, CLAW_KEY_SIZE,
                     sodium_base64_VARIANT_ORIGINAL);
  text[TEXT_SIZE - 1] = '\n';
  return claw_file_replace (path, text, TEXT_SIZE, error);
}

static gboolean
create (ClawKey *key, const char *path, char *text, GError **error)
{
  claw_key_generate (key);
  if (save (key, path, text, error))
    return TRUE;

  claw_key_clear (key);
  return FALSE;
}

/* @text: READ_SIZE bytes of locked memory to work in. */
static gboolean
load_or_create (ClawKey *key, const char *path, const char *price, char *text, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  ClawKeyFileResult result = CLAW_KEY_FILE_DAMAGED;
  size_t length;

  if (!claw_file_read (path, CLAW_FILE_READ_PRIVATE, text, READ_SIZE, &length, &local_error))
    {
      if (g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
        return create (key, path, text, error);
      if (!g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_TOO_LARGE))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
  else
    result = claw_key_file_parse (key, text, length);
  if (result == CLAW_KEY_FILE_GOOD)
    return TRUE;

  set_unusable (result, path, price, error);
  return FALSE;
}

gboolean
claw_key_file_load_or_create (ClawKey *key, const char *path, const char *price, GError **error)
{
  g_return_val_if_fail (key != NULL && path != NULL && price != NULL, FALSE);

  char *text = claw_secret_new (READ_SIZE);
  gboolean done = load_or_create (key, path, price, text, error);
  claw_secret_free (text);
  return done;
}

gboolean
claw_key_file_save (const ClawKey *key, const char *path, GError **error)
{
  g_return_val_if_fail (key != NULL && path != NULL, FALSE);

  char *text = claw_secret_new_pooled (TEXT_SIZE);
  gboolean done = save (key, path, text, error);
  claw_secret_free_pooled (text, TEXT_SIZE);
  return done;
}
