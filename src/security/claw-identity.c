/* claw-identity.c: see claw-identity.h. */
#include "claw-identity.h"

#include "claw-key-file.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT (CLAW_PUBLIC_KEY_SIZE == crypto_scalarmult_BYTES);
G_STATIC_ASSERT (CLAW_KEY_SIZE == crypto_scalarmult_SCALARBYTES);

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

gboolean
claw_identity_load_or_create (ClawIdentity *identity, const char *path, GError **error)
{
  g_auto (ClawKey) key = { 0 };

  g_return_val_if_fail (identity != NULL && path != NULL, FALSE);

  if (!claw_key_file_load_or_create (&key, path, _ ("all pairings will then have to be made anew"),
                                     error))
    return FALSE;
  claw_identity_set (identity, &key);
  return TRUE;
}
