/* test-bootstrap-key.c: where the bootstrap key comes from, and what it turns into. */
#include "claw-bootstrap-key.h"

#include "claw-file.h"
#include "vectors.h"

#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RANDOM_TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ARGON2ID_TESTS 10

typedef struct
{
  char *directory;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("claw-bootstrap-key-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
  fixture->path = g_build_filename (fixture->directory, "bootstrap-key", NULL);
  g_unsetenv ("CLAWCHAT_BOOTSTRAP_KEY");
  g_unsetenv ("CREDENTIALS_DIRECTORY");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unsetenv ("CLAWCHAT_BOOTSTRAP_KEY");
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->path);
  g_free (fixture->directory);
}

static void
write_key (Fixture *fixture, const char *text, int mode)
{
  g_assert_true (claw_file_write (fixture->path, text, strlen (text), NULL));
  g_assert_cmpint (g_chmod (fixture->path, mode), ==, 0);
}

/* What is 32 bytes in base64 is a random key; everything else is a passphrase. */
static void
test_kinds (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text, *stripped;
    gboolean passphrase;
  } keys[] = {
    { RANDOM_TEXT, RANDOM_TEXT, FALSE },
    { " \t" RANDOM_TEXT "\r\n", RANDOM_TEXT, FALSE },
    { "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", NULL, TRUE },
    { "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", NULL, TRUE },
    { "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=x", NULL, TRUE },
    { " correct horse  battery staple\n", "correct horse  battery staple", TRUE },
    { "x", NULL, TRUE },
    { "grüße", NULL, TRUE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_new (keys[i].text, &error);

      g_assert_no_error (error);
      g_assert_true (claw_bootstrap_key_is_passphrase (key) == keys[i].passphrase);
      g_assert_cmpstr (claw_bootstrap_key_peek_text (key), ==,
                       keys[i].stripped != NULL ? keys[i].stripped : keys[i].text);
    }
}

/* Nothing, and nothing but white space, is no key. */
static void
test_empty (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "", " ", "\n\t \r\n" };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (claw_bootstrap_key_new (texts[i], &error));
      g_assert_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_EMPTY);
    }
}

/* The longest passphrase is taken, one byte more is not, typed or from a file. */
static void
test_limit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (CLAW_BOOTSTRAP_KEY_PASSPHRASE_MAX, 'x');
  g_autofree char *longer = g_strconcat (longest, "x", NULL);
  g_autofree char *huge = g_strnfill (100000, 'x');
  const char *const too_long[] = { longer, huge };
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_new (longest, NULL);

  g_assert_nonnull (key);
  write_key (fixture, longest, 0600);
  g_autoptr (ClawBootstrapKey) found = claw_bootstrap_key_find (fixture->path, NULL);
  g_assert_nonnull (found);
  for (size_t i = 0; i < G_N_ELEMENTS (too_long); i++)
    {
      g_autoptr (GError) typed = NULL;
      g_autoptr (GError) read = NULL;

      g_assert_null (claw_bootstrap_key_new (too_long[i], &typed));
      g_assert_error (typed, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_TOO_LONG);
      write_key (fixture, too_long[i], 0600);
      g_assert_null (claw_bootstrap_key_find (fixture->path, &read));
      g_assert_error (read, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_TOO_LONG);
    }
}

/* A key that was generated and saved is read back, from a private file. */
static void
test_save (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_generate ();
  g_autoptr (ClawBootstrapKey) other = claw_bootstrap_key_generate ();
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_false (claw_bootstrap_key_is_passphrase (key));
  g_assert_cmpstr (claw_bootstrap_key_peek_text (key), !=, claw_bootstrap_key_peek_text (other));
  g_assert_true (claw_bootstrap_key_save (key, fixture->path, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (status.st_size, ==, 45);

  g_autoptr (ClawBootstrapKey) found = claw_bootstrap_key_find (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (claw_bootstrap_key_peek_text (found), ==, claw_bootstrap_key_peek_text (key));
}

/* The option counts before the variable, the variable before the credential. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  write_key (fixture, "from the file", 0600);
  g_setenv ("CREDENTIALS_DIRECTORY", fixture->directory, TRUE);
  g_autoptr (ClawBootstrapKey) credential = claw_bootstrap_key_find (NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (claw_bootstrap_key_peek_text (credential), ==, "from the file");

  g_setenv ("CLAWCHAT_BOOTSTRAP_KEY", "from the variable", TRUE);
  g_autoptr (ClawBootstrapKey) variable = claw_bootstrap_key_find (NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (claw_bootstrap_key_peek_text (variable), ==, "from the variable");

  g_autoptr (ClawBootstrapKey) option = claw_bootstrap_key_find (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (claw_bootstrap_key_peek_text (option), ==, "from the file");
}

/* What was named counts even when it is wrong; it is not passed over for the next. */
static void
test_order_wrong (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) blank = NULL;

  g_setenv ("CLAWCHAT_BOOTSTRAP_KEY", "from the variable", TRUE);
  g_assert_null (claw_bootstrap_key_find (fixture->path, &missing));
  g_assert_error (missing, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE);
  g_assert_nonnull (strstr (missing->message, fixture->path));

  write_key (fixture, "from the credential", 0600);
  g_setenv ("CREDENTIALS_DIRECTORY", fixture->directory, TRUE);
  g_setenv ("CLAWCHAT_BOOTSTRAP_KEY", " ", TRUE);
  g_assert_null (claw_bootstrap_key_find (NULL, &blank));
  g_assert_error (blank, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_EMPTY);
}

/* With nothing given, or an empty variable, the user is to be asked. */
static void
test_none (Fixture *fixture, gconstpointer data)
{
  static const char *const values[] = { NULL, "" };

  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GError) error = NULL;

      if (values[i] != NULL)
        g_setenv ("CLAWCHAT_BOOTSTRAP_KEY", values[i], TRUE);
      g_setenv ("CREDENTIALS_DIRECTORY", fixture->directory, TRUE);
      g_assert_null (claw_bootstrap_key_find (NULL, &error));
      g_assert_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN);
    }
}

/* A key file that others may read is refused with the command that mends it, a credential is not.
 */
static void
test_readable_by_others (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  write_key (fixture, "secret", 0644);
  g_assert_null (claw_bootstrap_key_find (fixture->path, &error));
  g_assert_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE);
  g_assert_nonnull (strstr (error->message, "chmod"));

  g_setenv ("CREDENTIALS_DIRECTORY", fixture->directory, TRUE);
  g_autoptr (ClawBootstrapKey) found = claw_bootstrap_key_find (NULL, NULL);
  g_autoptr (ClawBootstrapKey) named = claw_bootstrap_key_find (fixture->path, NULL);
  g_assert_nonnull (found);
  g_assert_nonnull (named);

  /* A way out of the directory is no credential. */
  g_autofree char *name = g_path_get_basename (fixture->directory);
  g_autofree char *detour = g_build_filename (fixture->directory, "..", name, "bootstrap-key",
                                              NULL);
  g_assert_null (claw_bootstrap_key_find (detour, NULL));
}

/* A file with NUL bytes is something else than a key. */
static void
test_binary (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_file_write (fixture->path, "a\0b", 3, NULL));
  g_assert_null (claw_bootstrap_key_find (fixture->path, &error));
  g_assert_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE);
}

/* A random key is used as it is. */
static void
test_derive_random (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_new (RANDOM_TEXT, NULL);
  g_auto (ClawKey) derived = { 0 };

  g_assert_true (claw_bootstrap_key_derive (key, NULL, 0, 0, &derived, NULL));
  for (uint8_t i = 0; i < CLAW_KEY_SIZE; i++)
    g_assert_cmpuint (derived.bytes[i], ==, i);
}

/* A passphrase goes through Argon2id with salt and cost; each of them matters. */
static void
test_derive_passphrase (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_new ("passphrase", NULL);
  uint8_t salt[crypto_pwhash_SALTBYTES] = { 1 }, expected[CLAW_KEY_SIZE];
  g_auto (ClawKey) derived = { 0 };
  g_auto (ClawKey) other = { 0 };

  g_assert_true (claw_bootstrap_key_derive (key, salt, 1, 8192, &derived, NULL));
  g_assert_cmpint (crypto_pwhash (expected, sizeof expected, "passphrase", 10, salt, 1, 8192,
                                  crypto_pwhash_ALG_ARGON2ID13),
                   ==, 0);
  g_assert_cmpmem (derived.bytes, CLAW_KEY_SIZE, expected, sizeof expected);

  g_assert_true (claw_bootstrap_key_derive (key, salt, 2, 8192, &other, NULL));
  g_assert_false (claw_key_equal (&derived, &other));
  salt[0] = 2;
  g_assert_true (claw_bootstrap_key_derive (key, salt, 1, 8192, &other, NULL));
  g_assert_false (claw_key_equal (&derived, &other));
}

/* Memory that cannot be had is an error, not a crash. */
static void
test_derive_memory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_new ("passphrase", NULL);
  uint8_t salt[crypto_pwhash_SALTBYTES] = { 1 };
  g_auto (ClawKey) derived = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (
      claw_bootstrap_key_derive (key, salt, 1, crypto_pwhash_MEMLIMIT_MIN - 1, &derived, &error));
  g_assert_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_DERIVE);
  g_assert_false (claw_key_is_set (&derived));
}

/* libsodium's own reference answers for Argon2id, so that a passphrase opens a file on every
 * machine. */
static void
test_argon2id_vectors (void)
{
  g_autoptr (JsonObject) file = vectors_load ("argon2id-libsodium.json");
  JsonArray *tests = json_object_get_array_member (file, "tests");

  g_assert_cmpuint (json_array_get_length (tests), ==, ARGON2ID_TESTS);
  for (guint i = 0; i < json_array_get_length (tests); i++)
    {
      JsonObject *test = json_array_get_object_element (tests, i);
      g_autoptr (GBytes) passphrase = vectors_get_bytes (test, "passwd");
      g_autoptr (GBytes) salt = vectors_get_bytes (test, "salt");
      g_autoptr (GBytes) expected = vectors_get_bytes (test, "out");
      size_t size = (size_t) json_object_get_int_member (test, "outlen");
      gboolean valid = g_str_equal (json_object_get_string_member (test, "result"), "valid");
      g_autofree uint8_t *out = g_malloc (size);
      int result = crypto_pwhash (
          out, size, g_bytes_get_data (passphrase, NULL), g_bytes_get_size (passphrase),
          g_bytes_get_data (salt, NULL),
          (unsigned long long) json_object_get_int_member (test, "opslimit"),
          (size_t) json_object_get_int_member (test, "memlimit"), crypto_pwhash_ALG_ARGON2ID13);

      g_assert_true ((result == 0) == valid);
      if (valid)
        g_assert_cmpmem (out, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
    }
}

#define ADD(path, function) \
  g_test_add ("/bootstrap-key/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("text/kinds", test_kinds);
  ADD ("text/empty", test_empty);
  ADD ("text/limit", test_limit);
  ADD ("file/save", test_save);
  ADD ("file/readable-by-others", test_readable_by_others);
  ADD ("file/binary", test_binary);
  ADD ("find/order", test_order);
  ADD ("find/order-wrong", test_order_wrong);
  ADD ("find/none", test_none);
  ADD ("derive/random", test_derive_random);
  ADD ("derive/passphrase", test_derive_passphrase);
  ADD ("derive/memory", test_derive_memory);
  g_test_add_func ("/bootstrap-key/vectors/argon2id", test_argon2id_vectors);
  return g_test_run ();
}
