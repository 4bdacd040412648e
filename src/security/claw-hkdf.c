/* claw-hkdf.c: HKDF out of libsodium's HMAC, since libsodium 1.0.18 has no HKDF of its own. */
#include "claw-hkdf.h"

#include <sodium.h>
#include <string.h>

#define HASH_SIZE crypto_auth_hmacsha256_BYTES

/* RFC 5869 section 2.2. An empty salt is as good as the zeros that the RFC asks for: HMAC pads with
 * zeros. */
static void
extract (const void *salt,
         size_t salt_length,
         const void *secret,
         size_t secret_length,
         uint8_t prk[HASH_SIZE])
{
  crypto_auth_hmacsha256_state state;

  crypto_auth_hmacsha256_init (&state, salt != NULL ? salt : "", salt_length);
  crypto_auth_hmacsha256_update (&state, secret, secret_length);
  crypto_auth_hmacsha256_final (&state, prk);
  sodium_memzero (&state, sizeof state);
}

/* RFC 5869 section 2.3. */
static void
expand (const uint8_t prk[HASH_SIZE],
        const void *info,
        size_t info_length,
        uint8_t *out,
        size_t out_length)
{
  crypto_auth_hmacsha256_state keyed, state;
  uint8_t block[HASH_SIZE];
  uint8_t number = 1;

  /* All blocks begin with the key, which is hashed once. */
  crypto_auth_hmacsha256_init (&keyed, prk, HASH_SIZE);
  for (size_t done = 0; done < out_length; done += HASH_SIZE, number++)
    {
      state = keyed;
      if (done > 0)
        crypto_auth_hmacsha256_update (&state, block, sizeof block);
      crypto_auth_hmacsha256_update (&state, info, info_length);
      crypto_auth_hmacsha256_update (&state, &number, 1);
      crypto_auth_hmacsha256_final (&state, block);
      memcpy (out + done, block, MIN (sizeof block, out_length - done));
    }
  sodium_memzero (&keyed, sizeof keyed);
  sodium_memzero (&state, sizeof state);
  sodium_memzero (block, sizeof block);
}

void
claw_hkdf (const void *salt,
           size_t salt_length,
           const void *secret,
           size_t secret_length,
           const void *info,
           size_t info_length,
           void *out,
           size_t out_length)
{
  uint8_t prk[HASH_SIZE];

  g_return_if_fail (out != NULL && out_length > 0 && out_length <= CLAW_HKDF_OUTPUT_MAX);

  extract (salt, salt_length, secret, secret_length, prk);
  expand (prk, info, info_length, out, out_length);
  sodium_memzero (prk, sizeof prk);
}

void
claw_hkdf_derive_key (const ClawKey *key, const char *label, ClawKey *derived)
{
  g_auto (ClawKey) result = { claw_secret_new_pooled (CLAW_KEY_SIZE) };

  g_return_if_fail (key != NULL && claw_key_is_set (key) && label != NULL && derived != NULL);

  claw_hkdf (NULL, 0, key->bytes, CLAW_KEY_SIZE, label, strlen (label), result.bytes,
             CLAW_KEY_SIZE);
  claw_key_move (derived, &result);
}
