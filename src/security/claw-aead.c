/* claw-aead.c: AES-256-GCM by libsodium or by GnuTLS.
 *
 * libsodium's expanded key lives in pooled locked memory. GnuTLS keeps its own in the ordinary heap
 * and wipes it when the handle is freed; there is no way to have it locked.
 */
#include "claw-aead.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT (sizeof (crypto_aead_aes256gcm_state) <= CLAW_SECRET_POOLED_MAX);
G_STATIC_ASSERT (CLAW_AEAD_NONCE_SIZE == crypto_aead_aes256gcm_NPUBBYTES);
G_STATIC_ASSERT (CLAW_AEAD_TAG_SIZE == crypto_aead_aes256gcm_ABYTES);
G_STATIC_ASSERT (CLAW_KEY_SIZE == crypto_aead_aes256gcm_KEYBYTES);

typedef enum
{
  BACKEND_UNKNOWN,
  BACKEND_LIBSODIUM,
  BACKEND_GNUTLS,
} Backend;

struct ClawAead
{
  crypto_aead_aes256gcm_state *sodium; /* NULL with GnuTLS */
  gnutls_aead_cipher_hd_t gnutls;      /* NULL with libsodium */
};

static Backend
choose_backend (void)
{
  const char *forced = g_getenv ("CLAWCHAT_AEAD");
  gboolean available = crypto_aead_aes256gcm_is_available ();

  if (forced == NULL || *forced == '\0')
    return available ? BACKEND_LIBSODIUM : BACKEND_GNUTLS;
  if (g_str_equal (forced, "gnutls"))
    return BACKEND_GNUTLS;
  if (!g_str_equal (forced, "libsodium"))
    g_error ("CLAWCHAT_AEAD is set to “%s”; it may be “libsodium” or “gnutls”", forced);
  if (!available)
    g_error ("CLAWCHAT_AEAD asks for libsodium, but libsodium has no AES for this processor; "
             "unset it or set it to “gnutls”");
  return BACKEND_LIBSODIUM;
}

static Backend
get_backend (void)
{
  static gsize backend;

  if (g_once_init_enter (&backend))
    {
      claw_secret_init (); /* libsodium looks at the processor when it starts */
      g_once_init_leave (&backend, choose_backend ());
    }
  return (Backend) backend;
}

const char *
claw_aead_get_backend (void)
{
  return get_backend () == BACKEND_LIBSODIUM ? "libsodium" : "gnutls";
}

static gnutls_aead_cipher_hd_t
new_gnutls_cipher (const ClawKey *key)
{
  gnutls_aead_cipher_hd_t cipher = NULL;
  gnutls_datum_t datum = { .data = key->bytes, .size = CLAW_KEY_SIZE };
  int result = gnutls_aead_cipher_init (&cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);

  if (result != GNUTLS_E_SUCCESS)
    g_error ("GnuTLS could not start AES-256-GCM: %s", gnutls_strerror (result));
  return cipher;
}

ClawAead *
claw_aead_new (const ClawKey *key)
{
  g_return_val_if_fail (key != NULL && claw_key_is_set (key), NULL);

  ClawAead *aead = g_new0 (ClawAead, 1);

  if (get_backend () == BACKEND_GNUTLS)
    {
      aead->gnutls = new_gnutls_cipher (key);
      return aead;
    }

  aead->sodium = claw_secret_new_pooled (sizeof *aead->sodium);
  crypto_aead_aes256gcm_beforenm (aead->sodium, key->bytes);
  return aead;
}

void
claw_aead_free (ClawAead *aead)
{
  if (aead == NULL)
    return;

  if (aead->gnutls != NULL)
    gnutls_aead_cipher_deinit (aead->gnutls);
  claw_secret_free_pooled (aead->sodium, sizeof *aead->sodium);
  g_free (aead);
}

void
claw_aead_seal (const ClawAead *aead,
                const uint8_t nonce[CLAW_AEAD_NONCE_SIZE],
                const void *associated,
                size_t associated_length,
                const void *plaintext,
                size_t length,
                void *out)
{
  g_return_if_fail (aead != NULL && nonce != NULL && out != NULL);

  if (aead->sodium != NULL)
    {
      crypto_aead_aes256gcm_encrypt_afternm (out, NULL, plaintext, length, associated,
                                             associated_length, NULL, nonce, aead->sodium);
      return;
    }

  size_t sealed_length = length + CLAW_AEAD_TAG_SIZE;
  int result = gnutls_aead_cipher_encrypt (aead->gnutls, nonce, CLAW_AEAD_NONCE_SIZE, associated,
                                           associated_length, CLAW_AEAD_TAG_SIZE, plaintext, length,
                                           out, &sealed_length);
  if (result != GNUTLS_E_SUCCESS)
    g_error ("GnuTLS could not encrypt: %s", gnutls_strerror (result));
}

static gboolean
open_with_gnutls (const ClawAead *aead,
                  const uint8_t *nonce,
                  const void *associated,
                  size_t associated_length,
                  const void *ciphertext,
                  size_t length,
                  void *out)
{
  size_t opened_length = length - CLAW_AEAD_TAG_SIZE;

  return gnutls_aead_cipher_decrypt (aead->gnutls, nonce, CLAW_AEAD_NONCE_SIZE, associated,
                                     associated_length, CLAW_AEAD_TAG_SIZE, ciphertext, length, out,
                                     &opened_length)
         == GNUTLS_E_SUCCESS;
}

gboolean
claw_aead_open (const ClawAead *aead,
                const uint8_t nonce[CLAW_AEAD_NONCE_SIZE],
                const void *associated,
                size_t associated_length,
                const void *ciphertext,
                size_t length,
                void *out)
{
  gboolean authentic;

  g_return_val_if_fail (aead != NULL && nonce != NULL, FALSE);
  g_return_val_if_fail (ciphertext != NULL || length == 0, FALSE);

  if (length < CLAW_AEAD_TAG_SIZE)
    return FALSE;

  if (aead->sodium != NULL)
    authentic = crypto_aead_aes256gcm_decrypt_afternm (out, NULL, NULL, ciphertext, length,
                                                       associated, associated_length, nonce,
                                                       aead->sodium)
                == 0;
  else
    authentic = open_with_gnutls (aead, nonce, associated, associated_length, ciphertext, length,
                                  out);

  /* GnuTLS leaves behind what it decrypted before it looked at the tag. */
  if (!authentic && length > CLAW_AEAD_TAG_SIZE)
    sodium_memzero (out, length - CLAW_AEAD_TAG_SIZE);
  return authentic;
}
