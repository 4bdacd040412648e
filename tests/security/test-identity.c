/* test-identity.c: X25519 key pairs and the file that one is kept in. */
#include "claw-identity.h"

#include "claw-file.h"
#include "vectors.h"

#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define X25519_TESTS 518
#define X25519_REFUSED 31

typedef struct
{
  char *directory;
  char *path;
} Fixture;

static unsigned n_refused;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->directory = g_dir_make_tmp ("claw-identity-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "identity", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->path);
  g_free (fixture->directory);
}

static void
run_x25519 (JsonObject *group, JsonObject *test)
{
  g_autoptr (GBytes) public_key = vectors_get_bytes (test, "public");
  g_autoptr (GBytes) private_key = vectors_get_bytes (test, "private");
  g_autoptr (GBytes) expected = vectors_get_bytes (test, "shared");
  g_auto (ClawIdentity) identity = { 0 };
  g_auto (ClawKey) key = { 0 };
  g_auto (ClawKey) shared = { 0 };

  claw_key_set (&key, g_bytes_get_data (private_key, NULL));
  claw_identity_set (&identity, &key);
  g_assert_cmpuint (g_bytes_get_size (public_key), ==, CLAW_PUBLIC_KEY_SIZE);
  gboolean zero = sodium_is_zero (g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
  g_assert_true (claw_identity_agree (&identity, g_bytes_get_data (public_key, NULL), &shared)
                 == !zero);
  n_refused += zero;
  if (!zero)
    g_assert_cmpmem (shared.bytes, CLAW_KEY_SIZE, g_bytes_get_data (expected, NULL),
                     g_bytes_get_size (expected));
  else
    g_assert_false (claw_key_is_set (&shared));
}

/* Wycheproof's shared secrets come out; those that are all zero are refused. */
static void
test_wycheproof (void)
{
  g_assert_cmpuint (vectors_foreach_wycheproof ("wycheproof-x25519_test.json", run_x25519), ==,
                    X25519_TESTS);
  g_assert_cmpuint (n_refused, ==, X25519_REFUSED);
}

/* Both sides agree on the same key, and a copy is as good as the original. */
static void
test_agree (void)
{
  g_auto (ClawIdentity) a = { 0 };
  g_auto (ClawIdentity) b = { 0 };
  g_auto (ClawIdentity) copy = { 0 };
  g_auto (ClawKey) shared_a = { 0 };
  g_auto (ClawKey) shared_b = { 0 };

  claw_identity_generate (&a);
  claw_identity_generate (&b);
  claw_identity_copy (&copy, &a);
  claw_identity_clear (&a);
  g_assert_true (sodium_is_zero (a.public_key, CLAW_PUBLIC_KEY_SIZE));
  g_assert_true (claw_identity_agree (&copy, b.public_key, &shared_a));
  g_assert_true (claw_identity_agree (&b, copy.public_key, &shared_b));
  g_assert_true (claw_key_equal (&shared_a, &shared_b));
}

/* The first use makes the file, private; the next reads the same key. */
static void
test_created_once (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawIdentity) first = { 0 };
  g_auto (ClawIdentity) second = { 0 };
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_true (claw_identity_load_or_create (&first, fixture->path, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (status.st_size, ==, 60);

  g_assert_true (claw_identity_load_or_create (&second, fixture->path, &error));
  g_assert_no_error (error);
  g_assert_true (claw_key_equal (&first.private_key, &second.private_key));
  g_assert_cmpmem (first.public_key, CLAW_PUBLIC_KEY_SIZE, second.public_key, CLAW_PUBLIC_KEY_SIZE);
}

/* A damaged file is never replaced: it may be all that is left of a key that pairings hang on. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  static const char *const contents[] = {
    "",
    "\n",
    "clawchat-key 1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",  /* without padding */
    "clawchat-key 1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n", /* bits behind the end */
    "clawchat-key 1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n",
    "clawchat-key 1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", /* 31 bytes */
    "clawchat-key 1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8!\n",
    "clawchat-key 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", /* a bare key */
  };

  for (size_t i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_auto (ClawIdentity) identity = { 0 };
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      g_assert_true (claw_file_write (fixture->path, contents[i], strlen (contents[i]), NULL));
      g_assert_false (claw_identity_load_or_create (&identity, fixture->path, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, fixture->path));
      g_assert_true (g_file_get_contents (fixture->path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, contents[i]);
    }
}

/* A key that others may read is refused, with the command that mends it. */
static void
test_readable_by_others (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawIdentity) identity = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_identity_load_or_create (&identity, fixture->path, NULL));
  g_assert_cmpint (g_chmod (fixture->path, 0640), ==, 0);
  g_assert_false (claw_identity_load_or_create (&identity, fixture->path, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS);
  g_assert_nonnull (strstr (error->message, "chmod"));
}

/* Where no file can be made there is no key either. */
static void
test_not_writable (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawIdentity) identity = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->directory, "missing", "identity", NULL);

  g_assert_false (claw_identity_load_or_create (&identity, path, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND);
  g_assert_false (claw_key_is_set (&identity.private_key));
}

#define ADD(path, function) \
  g_test_add ("/identity/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/vectors/wycheproof", test_wycheproof);
  g_test_add_func ("/identity/agree/mirrored", test_agree);
  ADD ("file/created-once", test_created_once);
  ADD ("file/damaged/kept", test_damaged);
  ADD ("file/readable-by-others/refused", test_readable_by_others);
  ADD ("file/not-writable/no-key", test_not_writable);
  return g_test_run ();
}
