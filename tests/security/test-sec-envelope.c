/* test-sec-envelope.c: the outside of a .sec file, and everything that can be wrong with it. */
#include "claw-sec-envelope.h"

#include "claw-sec-file.h"

#include <json-glib/json-glib.h>
#include <string.h>

typedef struct
{
  ClawBootstrapKey *key;
  ClawBootstrapKey *passphrase;
} Fixture;

typedef struct
{
  const char *field;
  const char *value; /* JSON; NULL removes the field */
  int code;
} Change;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->key = claw_bootstrap_key_generate ();
  fixture->passphrase = claw_bootstrap_key_new ("correct horse battery staple", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_bootstrap_key_unref (fixture->key);
  claw_bootstrap_key_unref (fixture->passphrase);
}

static char *
seal (const ClawBootstrapKey *key)
{
  g_autoptr (GError) error = NULL;
  char *text = claw_sec_envelope_seal ("content", 7, key, &error);

  g_assert_no_error (error);
  return text;
}

static void
assert_opens (const char *text, const ClawBootstrapKey *key)
{
  g_autoptr (GError) error = NULL;
  size_t length;
  char *content = claw_sec_envelope_open (text, strlen (text), key, &length, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (content, length, "content", 7);
  claw_secret_free (content);
}

static void
assert_refused (const char *text, size_t text_length, const ClawBootstrapKey *key, int code)
{
  g_autoptr (GError) error = NULL;
  size_t length;

  g_assert_null (claw_sec_envelope_open (text, text_length, key, &length, &error));
  g_assert_error (error, CLAW_SEC_FILE_ERROR, code);
}

static char *
change (const char *text, const Change *change)
{
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  JsonObject *object = json_node_get_object (root);

  if (change->value == NULL)
    json_object_remove_member (object, change->field);
  else
    json_object_set_member (object, change->field, json_from_string (change->value, NULL));
  return json_to_string (root, FALSE);
}

/* With either kind of key, what is sealed comes back, and the probe says which kind it needs. */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autofree char *random = seal (fixture->key);
  g_autofree char *phrase = seal (fixture->passphrase);
  gboolean needs_passphrase = TRUE;

  assert_opens (random, fixture->key);
  assert_opens (phrase, fixture->passphrase);
  g_assert_true (claw_sec_envelope_probe (random, strlen (random), &needs_passphrase, NULL));
  g_assert_false (needs_passphrase);
  g_assert_true (claw_sec_envelope_probe (phrase, strlen (phrase), &needs_passphrase, NULL));
  g_assert_true (needs_passphrase);
}

/* A wrong key, or one of the other kind, opens nothing. */
static void
test_wrong_key (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_generate ();
  g_autoptr (ClawBootstrapKey) passphrase = claw_bootstrap_key_new ("correct horse", NULL);
  g_autofree char *random = seal (fixture->key);
  g_autofree char *phrase = seal (fixture->passphrase);

  assert_refused (random, strlen (random), key, CLAW_SEC_FILE_ERROR_WRONG_KEY);
  assert_refused (random, strlen (random), passphrase, CLAW_SEC_FILE_ERROR_WRONG_KEY);
  assert_refused (phrase, strlen (phrase), passphrase, CLAW_SEC_FILE_ERROR_WRONG_KEY);
  assert_refused (phrase, strlen (phrase), key, CLAW_SEC_FILE_ERROR_WRONG_KEY);
}

static void
check_changes (const char *text, const ClawBootstrapKey *key, const Change *changes, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      g_autofree char *changed = change (text, &changes[i]);
      g_autoptr (GError) error = NULL;
      size_t length;

      g_test_message ("%s: %s", changes[i].field, changes[i].value);
      g_assert_null (claw_sec_envelope_open (changed, strlen (changed), key, &length, &error));
      g_assert_error (error, CLAW_SEC_FILE_ERROR, changes[i].code);
      if (changes[i].code == CLAW_SEC_FILE_ERROR_FIELD)
        g_assert_nonnull (strstr (error->message, changes[i].field));
    }
}

/* Each field that is missing, mistyped, unknown or out of range is refused, and named. */
static void
test_fields (Fixture *fixture, gconstpointer data)
{
  static const Change changes[] = {
    { "format", NULL, CLAW_SEC_FILE_ERROR_NOT_SEC },
    { "format", "\"clawchat\"", CLAW_SEC_FILE_ERROR_NOT_SEC },
    { "format", "1", CLAW_SEC_FILE_ERROR_NOT_SEC },
    { "version", NULL, CLAW_SEC_FILE_ERROR_FIELD },
    { "version", "2.0", CLAW_SEC_FILE_ERROR_FIELD },
    { "version", "\"3.0\"", CLAW_SEC_FILE_ERROR_VERSION },
    { "version", "\"\\u001b[2J\"", CLAW_SEC_FILE_ERROR_VERSION },
    { "cipher", NULL, CLAW_SEC_FILE_ERROR_FIELD },
    { "cipher", "\"aes-128-gcm\"", CLAW_SEC_FILE_ERROR_VERSION },
    { "kdf", "{}", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf", "\"scrypt\"", CLAW_SEC_FILE_ERROR_VERSION },
    { "kdf_ops", NULL, CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_ops", "1", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_ops", "\"0\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_mem", "false", CLAW_SEC_FILE_ERROR_FIELD },
    { "salt", "\"AAAA\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "salt", "null", CLAW_SEC_FILE_ERROR_FIELD },
    { "nonce", NULL, CLAW_SEC_FILE_ERROR_FIELD },
    { "nonce", "\"AAAA\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "nonce", "\"AAAAAAAAAAAAAAAAAAAA\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "nonce", "\"AAAAAAAAAAAAAAA!\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "nonce", "\"AAAAAAAAAAAAAAAA\"", CLAW_SEC_FILE_ERROR_WRONG_KEY },
    { "ciphertext", NULL, CLAW_SEC_FILE_ERROR_FIELD },
    { "ciphertext", "[]", CLAW_SEC_FILE_ERROR_FIELD },
    { "ciphertext", "\"\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "ciphertext", "\"AAAA\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "ciphertext", "\"AAAAAAAAAAAAAAAAAAAAAA==\"", CLAW_SEC_FILE_ERROR_WRONG_KEY },
    { "ciphertext", "\"AAAAAAAAAAAAAAAAAAAAAA\"", CLAW_SEC_FILE_ERROR_FIELD },
  };
  g_autofree char *text = seal (fixture->key);

  check_changes (text, fixture->key, changes, G_N_ELEMENTS (changes));
}

/* A file cannot ask its reader for more work or memory than is reasonable; what is changed within
 * the limits is noticed, since the parameters are authenticated. */
static void
test_kdf_limits (Fixture *fixture, gconstpointer data)
{
  static const Change changes[] = {
    { "kdf_ops", "0", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_ops", "11", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_ops", "-1", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_ops", "1.5", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_ops", "99999999999999999999", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_ops", "1", CLAW_SEC_FILE_ERROR_WRONG_KEY },
    { "kdf_mem", "8191", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_mem", "1073741825", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf_mem", "8192", CLAW_SEC_FILE_ERROR_WRONG_KEY },
    { "salt", "\"AAAAAAAAAAAAAAAAAAAAAA==\"", CLAW_SEC_FILE_ERROR_WRONG_KEY },
    { "salt", "\"AAAAAAAAAAAAAAAAAAAAAAA=\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "salt", "\"\"", CLAW_SEC_FILE_ERROR_FIELD },
    { "kdf", "\"none\"", CLAW_SEC_FILE_ERROR_FIELD },
  };
  g_autofree char *text = seal (fixture->passphrase);

  check_changes (text, fixture->passphrase, changes, G_N_ELEMENTS (changes));
}

/* What is not JSON, or JSON of something else, or deep enough to use up a stack. */
static void
test_not_sec (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "",
    " ",
    "{",
    "}",
    "[]",
    "null",
    "\"clawchat-sec\"",
    "{}",
    "PK\3\4",
    "\xff\xfe{}",
    "{\"format\":\"clawchat-sec\"",
    "{\"format\":\"clawchat-sec\xff\"}",
  };
  g_autofree char *deep = g_strnfill (CLAW_SEC_FILE_SIZE_MAX, '[');
  g_autofree char *text = seal (fixture->key);

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_refused (texts[i], strlen (texts[i]), fixture->key, CLAW_SEC_FILE_ERROR_NOT_SEC);
  assert_refused (deep, strlen (deep), fixture->key, CLAW_SEC_FILE_ERROR_NOT_SEC);
  assert_refused (text, strlen (text) + 1, fixture->key, CLAW_SEC_FILE_ERROR_NOT_SEC);
  for (size_t cut = 0; cut < strlen (text) - 2; cut++)
    assert_refused (text, cut, fixture->key, CLAW_SEC_FILE_ERROR_NOT_SEC);
}

/* 64 KiB are looked at, one byte more is not. */
static void
test_size_limit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = seal (fixture->key);
  g_autofree char *spaces = g_strnfill (CLAW_SEC_FILE_SIZE_MAX + 1 - strlen (text), ' ');
  g_autofree char *larger = g_strconcat (text, spaces, NULL);

  assert_refused (larger, strlen (larger), fixture->key, CLAW_SEC_FILE_ERROR_TOO_LARGE);
  larger[CLAW_SEC_FILE_SIZE_MAX] = '\0';
  assert_opens (larger, fixture->key);
}

/* The largest content still makes a file that can be opened; one byte more is a bug of the caller.
 */
static void
test_content_limit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *content = g_malloc0 (CLAW_SEC_ENVELOPE_PLAINTEXT_MAX + 1);
  g_autofree char *text = claw_sec_envelope_seal (content, CLAW_SEC_ENVELOPE_PLAINTEXT_MAX,
                                                  fixture->key, NULL);
  size_t length;

  g_assert_cmpuint (strlen (text), <=, CLAW_SEC_FILE_SIZE_MAX);
  char *opened = claw_sec_envelope_open (text, strlen (text), fixture->key, &length, NULL);
  g_assert_cmpuint (length, ==, CLAW_SEC_ENVELOPE_PLAINTEXT_MAX);
  claw_secret_free (opened);
  if (g_test_subprocess ())
    {
      claw_sec_envelope_seal (content, CLAW_SEC_ENVELOPE_PLAINTEXT_MAX + 1, fixture->key, NULL);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
}

#define ADD(path, function) \
  g_test_add ("/sec-envelope/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("round-trip/both-kinds", test_round_trip);
  ADD ("key/wrong", test_wrong_key);
  ADD ("fields/wrong", test_fields);
  ADD ("kdf/limits", test_kdf_limits);
  ADD ("text/not-sec", test_not_sec);
  ADD ("text/size-limit", test_size_limit);
  ADD ("content/size-limit", test_content_limit);
  return g_test_run ();
}
