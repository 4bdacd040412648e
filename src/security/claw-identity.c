/* claw-identity.c: see claw-identity.h. */
#include "claw-identity.h"

#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT (CLAW_PUBLIC_KEY_SIZE == crypto_scalarmult_BYTES);
G_STATIC_ASSERT (CLAW_KEY_SIZE == crypto_scalarmult_SCALARBYTES);

/* 32 bytes in base64, and its NUL, which becomes the newline in the file. */
#define TEXT_SIZE sodium_base64_ENCODED_LEN (CLAW_KEY_SIZE, sodium_base64_VARIANT_ORIGINAL)

void
claw_identity_generate (ClawIdentity *identity)
{
  g_return_if_fail (identity != NULL);

  claw_key_generate (&identity->private_key);
  crypto_scalarmult_base (identity->public_key, identity->private_key.bytes);
}

void
claw_identity_set (ClawIdentity *identity, const ClawKey *private_key)
{
  g_return_if_fail (identity != NULL);
  g_return_if_fail (private_key != NULL && claw_key_is_set (private_key));

  claw_key_copy (&identity->private_key, private_key);
  crypto_scalarmult_base (identity->public_key, identity->private_key.bytes);
}

void
claw_identity_copy (ClawIdentity *destination, const ClawIdentity *source)
{
  g_return_if_fail (destination != NULL && source != NULL);

  claw_key_copy (&destination->private_key, &source->private_key);
  memmove (destination->public_key, source->public_key, CLAW_PUBLIC_KEY_SIZE);
}

void
claw_identity_clear (ClawIdentity *identity)
{
  g_return_if_fail (identity != NULL);

  claw_key_clear (&identity->private_key);
  sodium_memzero (identity->public_key, CLAW_PUBLIC_KEY_SIZE);
}

gboolean
claw_identity_agree (const ClawIdentity *identity,
                     const uint8_t peer[CLAW_PUBLIC_KEY_SIZE],
                     ClawKey *shared)
{
  g_auto (ClawKey) result = { claw_secret_new_pooled (CLAW_KEY_SIZE) };

  g_return_val_if_fail (identity != NULL && claw_key_is_set (&identity->private_key), FALSE);
  g_return_val_if_fail (peer != NULL && shared != NULL, FALSE);

  if (crypto_scalarmult (result.bytes, identity->private_key.bytes, peer) != 0)
    return FALSE;

  claw_key_move (shared, &result);
  return TRUE;
}

static gboolean
decode (ClawIdentity *identity, const char *text, size_t length)
{
  g_auto (ClawKey) key = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  size_t decoded_length;

  if (length > 0 && text[length - 1] == '\n')
    length--;
  if (sodium_base642bin (key.bytes, CLAW_KEY_SIZE, text, length, NULL, &decoded_length, NULL,
                         sodium_base64_VARIANT_ORIGINAL)
          != 0
      || decoded_length != CLAW_KEY_SIZE || sodium_is_zero (key.bytes, CLAW_KEY_SIZE))
    return FALSE;

  claw_identity_set (identity, &key);
  return TRUE;
}

static gboolean
create (ClawIdentity *identity, const char *path, char *text, GError **error)
{
  claw_identity_generate (identity);
  sodium_bin2base64 (text, TEXT_SIZE, identity->private_key.bytes, CLAW_KEY_SIZE,
                     sodium_base64_VARIANT_ORIGINAL);
  text[TEXT_SIZE - 1] = '\n';
  if (claw_file_write (path, text, TEXT_SIZE, error))
    return TRUE;

  claw_identity_clear (identity);
  return FALSE;
}

/* @text: TEXT_SIZE bytes of locked memory to work in. */
static gboolean
load_or_create (ClawIdentity *identity, const char *path, char *text, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  size_t length;

  if (!claw_file_read (path, CLAW_FILE_READ_PRIVATE, text, TEXT_SIZE, &length, &local_error))
    {
      if (g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
        return create (identity, path, text, error);
      if (!g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_TOO_LARGE))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
  else if (decode (identity, text, length))
    return TRUE;

  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("%s: this key file is damaged; restore it from a backup, or remove it to have a "
                  "new key made (all pairings will then have to be made anew)"),
               name);
  return FALSE;
}

gboolean
claw_identity_load_or_create (ClawIdentity *identity, const char *path, GError **error)
{
  g_return_val_if_fail (identity != NULL && path != NULL, FALSE);

  char *text = claw_secret_new_pooled (TEXT_SIZE);
  gboolean done = load_or_create (identity, path, text, error);
  claw_secret_free_pooled (text, TEXT_SIZE);
  return done;
}
