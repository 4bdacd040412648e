/* test-aead.c: AES-256-GCM against Wycheproof, with whichever library is asked for. */
#include "claw-aead.h"
#include "vectors.h"

#include <sodium.h>
#include <string.h>

#define WYCHEPROOF_TESTS 105
#define WYCHEPROOF_APPLY 66 /* with the 96-bit nonce that the protocol uses */

static unsigned n_applied;

static void
seal_vector (const ClawAead *aead,
             const uint8_t *nonce,
             GBytes *associated,
             GBytes *message,
             const uint8_t *sealed,
             size_t sealed_length)
{
  size_t length = g_bytes_get_size (message);
  g_autofree uint8_t *out = g_malloc (length + CLAW_AEAD_TAG_SIZE);

  claw_aead_seal (aead, nonce, g_bytes_get_data (associated, NULL), g_bytes_get_size (associated),
                  g_bytes_get_data (message, NULL), length, out);
  g_assert_cmpmem (out, length + CLAW_AEAD_TAG_SIZE, sealed, sealed_length);
}

static void
run_wycheproof (JsonObject *group, JsonObject *test)
{
  g_autoptr (GBytes) key_bytes = vectors_get_bytes (test, "key");
  g_autoptr (GBytes) nonce = vectors_get_bytes (test, "iv");
  g_autoptr (GBytes) associated = vectors_get_bytes (test, "aad");
  g_autoptr (GBytes) message = vectors_get_bytes (test, "msg");
  g_autoptr (GBytes) ciphertext = vectors_get_bytes (test, "ct");
  g_autoptr (GBytes) tag = vectors_get_bytes (test, "tag");
  g_auto (ClawKey) key = { 0 };

  if (g_bytes_get_size (nonce) != CLAW_AEAD_NONCE_SIZE)
    return;

  n_applied++;
  claw_key_set (&key, g_bytes_get_data (key_bytes, NULL));
  g_autoptr (ClawAead) aead = claw_aead_new (&key);
  g_autoptr (GByteArray) sealed = g_byte_array_new ();
  g_byte_array_append (sealed, g_bytes_get_data (ciphertext, NULL),
                       (guint) g_bytes_get_size (ciphertext));
  g_byte_array_append (sealed, g_bytes_get_data (tag, NULL), (guint) g_bytes_get_size (tag));

  g_autofree uint8_t *opened = g_malloc (sealed->len);
  gboolean valid = g_str_equal (json_object_get_string_member (test, "result"), "valid");
  g_assert_true (claw_aead_open (aead, g_bytes_get_data (nonce, NULL),
                                 g_bytes_get_data (associated, NULL), g_bytes_get_size (associated),
                                 sealed->data, sealed->len, opened)
                 == valid);
  if (!valid)
    return;

  g_assert_cmpmem (opened, sealed->len - CLAW_AEAD_TAG_SIZE, g_bytes_get_data (message, NULL),
                   g_bytes_get_size (message));
  seal_vector (aead, g_bytes_get_data (nonce, NULL), associated, message, sealed->data,
               sealed->len);
}

/* Wycheproof's valid ciphertexts open and come out again, its invalid ones are refused. */
static void
test_wycheproof (void)
{
  g_assert_cmpuint (vectors_foreach_wycheproof ("wycheproof-aes_gcm_test-256.json", run_wycheproof),
                    ==, WYCHEPROOF_TESTS);
  g_assert_cmpuint (n_applied, ==, WYCHEPROOF_APPLY);
}

static ClawAead *
new_random (void)
{
  g_auto (ClawKey) key = { 0 };

  claw_key_generate (&key);
  return claw_aead_new (&key);
}

/* Sealing and opening in place, for all lengths around the blocks of the cipher. */
static void
test_in_place (void)
{
  static const uint8_t nonce[CLAW_AEAD_NONCE_SIZE] = { 1 };
  g_autoptr (ClawAead) aead = new_random ();
  uint8_t buffer[300 + CLAW_AEAD_TAG_SIZE], plain[300];

  for (size_t length = 0; length <= sizeof plain; length++)
    {
      randombytes_buf (plain, sizeof plain);
      memcpy (buffer, plain, length);
      claw_aead_seal (aead, nonce, "head", 4, buffer, length, buffer);
      g_assert_true (
          claw_aead_open (aead, nonce, "head", 4, buffer, length + CLAW_AEAD_TAG_SIZE, buffer));
      g_assert_cmpmem (buffer, length, plain, length);
    }
}

/* Any bit changed anywhere is noticed, and nothing of the plaintext is given out. */
static void
test_changed (void)
{
  uint8_t nonce[CLAW_AEAD_NONCE_SIZE] = { 0 };
  uint8_t sealed[40 + CLAW_AEAD_TAG_SIZE], opened[40], plain[40];
  uint8_t head[] = "head";
  g_autoptr (ClawAead) aead = new_random ();

  randombytes_buf (plain, sizeof plain);
  claw_aead_seal (aead, nonce, head, 4, plain, sizeof plain, sealed);
  struct
  {
    uint8_t *bytes;
    size_t length;
  } parts[] = { { sealed, sizeof sealed }, { nonce, sizeof nonce }, { head, 4 } };

  for (size_t part = 0; part < G_N_ELEMENTS (parts); part++)
    for (size_t bit = 0; bit < parts[part].length * 8; bit++)
      {
        memset (opened, 0xee, sizeof opened);
        parts[part].bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
        g_assert_false (claw_aead_open (aead, nonce, head, 4, sealed, sizeof sealed, opened));
        g_assert_true (sodium_is_zero (opened, sizeof opened));
        parts[part].bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
      }
  g_assert_true (claw_aead_open (aead, nonce, head, 4, sealed, sizeof sealed, opened));
  g_assert_cmpmem (opened, sizeof opened, plain, sizeof plain);
}

/* What is shorter than a tag is refused without being looked at. */
static void
test_too_short (void)
{
  static const uint8_t nonce[CLAW_AEAD_NONCE_SIZE];
  static const uint8_t zeros[CLAW_AEAD_TAG_SIZE];
  g_autoptr (ClawAead) aead = new_random ();
  uint8_t out[1];

  for (size_t length = 0; length <= sizeof zeros; length++)
    g_assert_false (claw_aead_open (aead, nonce, NULL, 0, zeros, length, out));
}

/* The environment decides which library is used, so that a run of the tests means what it says. */
static void
test_backend (void)
{
  const char *forced = g_getenv ("CLAWCHAT_AEAD");

  if (forced != NULL && *forced != '\0')
    g_assert_cmpstr (claw_aead_get_backend (), ==, forced);
  else
    g_assert_cmpstr (claw_aead_get_backend (), ==,
                     crypto_aead_aes256gcm_is_available () ? "libsodium" : "gnutls");
}

/* A name that is neither library ends the program with a message that says so. */
static void
test_backend_unknown (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("CLAWCHAT_AEAD", "rot13", TRUE);
      claw_aead_get_backend ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CLAWCHAT_AEAD*rot13*libsodium*gnutls*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aead/backend/as-asked-for", test_backend);
  g_test_add_func ("/aead/backend/unknown", test_backend_unknown);
  g_test_add_func ("/aead/vectors/wycheproof", test_wycheproof);
  g_test_add_func ("/aead/in-place/round-trip", test_in_place);
  g_test_add_func ("/aead/changed/refused", test_changed);
  g_test_add_func ("/aead/too-short/refused", test_too_short);
  return g_test_run ();
}
