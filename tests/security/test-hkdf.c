/* test-hkdf.c: HKDF and the HMAC under it, against Wycheproof. */
#include "claw-hkdf.h"
#include "vectors.h"

#include <sodium.h>
#include <string.h>

#define HKDF_TESTS 86
#define HMAC_TESTS 174

static void
run_hkdf (JsonObject *group, JsonObject *test)
{
  g_autoptr (GBytes) secret = vectors_get_bytes (test, "ikm");
  g_autoptr (GBytes) salt = vectors_get_bytes (test, "salt");
  g_autoptr (GBytes) info = vectors_get_bytes (test, "info");
  g_autoptr (GBytes) expected = vectors_get_bytes (test, "okm");
  size_t size = (size_t) json_object_get_int_member (test, "size");
  gboolean valid = g_str_equal (json_object_get_string_member (test, "result"), "valid");

  /* All that is invalid is invalid for asking too much. */
  g_assert_true (valid == (size <= CLAW_HKDF_OUTPUT_MAX));
  if (!valid)
    return;

  g_autofree uint8_t *out = g_malloc (size);
  claw_hkdf (g_bytes_get_data (salt, NULL), g_bytes_get_size (salt),
             g_bytes_get_data (secret, NULL), g_bytes_get_size (secret),
             g_bytes_get_data (info, NULL), g_bytes_get_size (info), out, size);
  g_assert_cmpmem (out, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

/* Wycheproof's answers come out byte for byte. */
static void
test_hkdf_wycheproof (void)
{
  g_assert_cmpuint (vectors_foreach_wycheproof ("wycheproof-hkdf_sha256_test.json", run_hkdf), ==,
                    HKDF_TESTS);
}

static void
run_hmac (JsonObject *group, JsonObject *test)
{
  g_autoptr (GBytes) key = vectors_get_bytes (test, "key");
  g_autoptr (GBytes) message = vectors_get_bytes (test, "msg");
  g_autoptr (GBytes) tag = vectors_get_bytes (test, "tag");
  size_t size = (size_t) json_object_get_int_member (group, "tagSize") / 8;
  gboolean valid = g_str_equal (json_object_get_string_member (test, "result"), "valid");
  crypto_auth_hmacsha256_state state;
  uint8_t hash[crypto_auth_hmacsha256_BYTES];

  crypto_auth_hmacsha256_init (&state, g_bytes_get_data (key, NULL), g_bytes_get_size (key));
  crypto_auth_hmacsha256_update (&state, g_bytes_get_data (message, NULL),
                                 g_bytes_get_size (message));
  crypto_auth_hmacsha256_final (&state, hash);
  g_assert_cmpuint (size, <=, sizeof hash);
  g_assert_true ((g_bytes_get_size (tag) == size
                  && sodium_memcmp (hash, g_bytes_get_data (tag, NULL), size) == 0)
                 == valid);
}

/* The multi-part HMAC that HKDF and the handshake's mac are made of, whole and cut to 16 bytes. */
static void
test_hmac_wycheproof (void)
{
  g_assert_cmpuint (vectors_foreach_wycheproof ("wycheproof-hmac_sha256_test.json", run_hmac), ==,
                    HMAC_TESTS);
}

/* More than RFC 5869 allows is a bug of the caller. */
static void
test_too_much (void)
{
  g_autofree uint8_t *out = g_malloc0 (CLAW_HKDF_OUTPUT_MAX + 1);

  claw_hkdf (NULL, 0, "x", 1, NULL, 0, out, CLAW_HKDF_OUTPUT_MAX);
  g_assert_false (sodium_is_zero (out + CLAW_HKDF_OUTPUT_MAX - 32, 32));
  if (g_test_subprocess ())
    {
      claw_hkdf (NULL, 0, "x", 1, NULL, 0, out, CLAW_HKDF_OUTPUT_MAX + 1);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CLAW_HKDF_OUTPUT_MAX*");
}

/* Keys of different labels differ, and a key can be replaced by one derived from it. */
static void
test_derive_key (void)
{
  g_auto (ClawKey) key = { 0 };
  g_auto (ClawKey) a = { 0 };
  g_auto (ClawKey) b = { 0 };

  claw_key_generate (&key);
  claw_hkdf_derive_key (&key, "a", &a);
  claw_hkdf_derive_key (&key, "b", &b);
  g_assert_false (claw_key_equal (&a, &b));
  g_assert_false (claw_key_equal (&a, &key));
  claw_hkdf_derive_key (&key, "a", &key);
  g_assert_true (claw_key_equal (&a, &key));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hkdf/vectors/wycheproof", test_hkdf_wycheproof);
  g_test_add_func ("/hkdf/vectors/wycheproof-hmac", test_hmac_wycheproof);
  g_test_add_func ("/hkdf/output/too-much", test_too_much);
  g_test_add_func ("/hkdf/derive-key/labels", test_derive_key);
  return g_test_run ();
}
