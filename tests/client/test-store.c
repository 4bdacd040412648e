/* test-store.c: the identity and the timestamps on disk. */
#include "claw-store.h"

#include "claw-file.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <string.h>

static unsigned warnings;

/* Structured messages do not reach g_test_expect_message (). */
static GLogWriterOutput
count_warnings (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  warnings += (level & G_LOG_LEVEL_WARNING) ? 1 : 0;
  return G_LOG_WRITER_HANDLED;
}

typedef struct
{
  char *parent;
  char *directory;
} Fixture;

static void
fixture_init (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  fixture->parent = g_dir_make_tmp ("claw-store-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->directory = g_build_filename (fixture->parent, "data", NULL);
}

static void
fixture_clear (Fixture *fixture)
{
  static const char *const names[] = { CLAW_STORE_IDENTITY, CLAW_STORE_TIMESTAMP };
  g_autofree char *pairings = g_build_filename (fixture->directory, CLAW_STORE_PAIRINGS, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->directory, names[i], NULL);
      g_remove (path);
    }
  g_rmdir (pairings);
  g_rmdir (fixture->directory);
  g_assert_cmpint (g_rmdir (fixture->parent), ==, 0);
  g_free (fixture->parent);
  g_free (fixture->directory);
}

static ClawStore *
open_store (const Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  ClawStore *store = claw_store_open (fixture->directory, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (store);
  return store;
}

/* The first run makes an identity that later ones find again, and that nobody else can read. */
static void
test_identity (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (ClawStore) first = open_store (&fixture);
  g_autoptr (ClawStore) second = open_store (&fixture);
  g_assert_cmpmem (claw_store_get_identity (first)->public_key, CLAW_PUBLIC_KEY_SIZE,
                   claw_store_get_identity (second)->public_key, CLAW_PUBLIC_KEY_SIZE);
  GStatBuf status;
  g_assert_cmpint (g_stat (fixture.directory, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
  fixture_clear (&fixture);
}

/* A sealed identity opens under its key only: not under another, not without one, and not when a
 * byte was changed; nor is a plain one taken for sealed. Nothing is ever replaced. */
static void
test_sealed (void)
{
  Fixture fixture;
  g_auto (ClawKey) key = { 0 };
  g_auto (ClawKey) other = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize length = 0;
  fixture_init (&fixture);
  claw_key_generate (&key);
  claw_key_generate (&other);
  g_autofree char *path = g_build_filename (fixture.directory, CLAW_STORE_IDENTITY, NULL);
  g_autoptr (ClawStore) first = claw_store_open (fixture.directory, &key, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  for (unsigned i = 0; i <= length; i++)
    {
      g_autofree char *changed = g_memdup2 (content, length);
      if (i < length)
        changed[i] ^= 1;
      g_assert_true (claw_file_write (path, changed, length, NULL));
      g_autoptr (ClawStore) again = claw_store_open (fixture.directory, &key, &error);
      g_assert_true ((again != NULL) == (i == length));
      if (i < length)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      else
        g_assert_cmpmem (claw_store_get_identity (first)->public_key, CLAW_PUBLIC_KEY_SIZE,
                         claw_store_get_identity (again)->public_key, CLAW_PUBLIC_KEY_SIZE);
      g_clear_error (&error);
    }
  g_assert_null (claw_store_open (fixture.directory, &other, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_null (claw_store_open (fixture.directory, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_remove (path);
  g_autoptr (ClawStore) plain = open_store (&fixture);
  g_assert_null (claw_store_open (fixture.directory, &key, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  fixture_clear (&fixture);
}

/* After a crash the next program starts above everything that may have been sent; after a proper
 * end it does not run ahead. */
static void
test_timestamps (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_autoptr (ClawStore) first = open_store (&fixture);
  g_assert_cmpuint (claw_store_get_timestamp_us (first), ==, 0);
  g_assert_true (claw_store_reserve (first, 1000, &error));
  g_assert_true (claw_store_reserve (first, 1000 + CLAW_STORE_AHEAD_US, &error));
  g_assert_cmpuint (claw_store_get_timestamp_us (first), ==, 1000 + CLAW_STORE_AHEAD_US);

  g_autoptr (ClawStore) second = open_store (&fixture);
  g_assert_cmpuint (claw_store_get_timestamp_us (second), ==, 1000 + CLAW_STORE_AHEAD_US);
  g_assert_true (claw_store_settle (second, 2000, &error));
  g_autoptr (ClawStore) third = open_store (&fixture);
  g_assert_cmpuint (claw_store_get_timestamp_us (third), ==, 2000);
  /* Settling never moves it up, and nothing was sent when there is no last one. */
  g_assert_true (claw_store_settle (third, 5000, &error));
  g_assert_true (claw_store_settle (third, 0, &error));
  g_assert_cmpuint (claw_store_get_timestamp_us (third), ==, 2000);
  fixture_clear (&fixture);
}

/* What the disk had no room for is saved by the next one that asks, without having to be later. */
static void
test_timestamps_later (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_autoptr (ClawStore) store = open_store (&fixture);
  g_autofree char *path = g_build_filename (fixture.directory, CLAW_STORE_TIMESTAMP, NULL);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_false (claw_store_reserve (store, 1000, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_cmpuint (claw_store_get_timestamp_us (store), ==, 1000 + CLAW_STORE_AHEAD_US);
  g_assert_cmpint (g_rmdir (path), ==, 0);
  g_assert_true (claw_store_reserve (store, 900, &error));
  g_autoptr (ClawStore) again = open_store (&fixture);
  g_assert_cmpuint (claw_store_get_timestamp_us (again), ==, 1000 + CLAW_STORE_AHEAD_US);

  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_false (claw_store_settle (store, 1000, NULL));
  g_assert_cmpint (g_rmdir (path), ==, 0);
  g_assert_true (claw_store_settle (store, 1000, &error));
  g_autoptr (ClawStore) last = open_store (&fixture);
  g_assert_cmpuint (claw_store_get_timestamp_us (last), ==, 1000);
  fixture_clear (&fixture);
}

/* A damaged counter counts as none: the clock is better than no connection. */
static void
test_damaged (void)
{
  static const char *const damages[] = { "", "abc\n", "-1\n", "99999999999999999999\n" };
  for (size_t i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      Fixture fixture;
      g_autoptr (GError) error = NULL;
      fixture_init (&fixture);
      g_autofree char *path = g_build_filename (fixture.directory, CLAW_STORE_TIMESTAMP, NULL);
      g_assert_cmpint (g_mkdir (fixture.directory, 0700), ==, 0);
      g_assert_true (claw_file_write (path, damages[i], strlen (damages[i]), &error));
      warnings = 0;
      g_autoptr (ClawStore) store = open_store (&fixture);
      g_assert_cmpuint (warnings, ==, 1);
      g_assert_cmpuint (claw_store_get_timestamp_us (store), ==, 0);
      fixture_clear (&fixture);
    }
}

/* A directory that others can enter is refused. */
static void
test_open_directory (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_assert_cmpint (g_mkdir (fixture.directory, 0700), ==, 0);
  g_assert_cmpint (g_chmod (fixture.directory, 0755), ==, 0);
  g_assert_null (claw_store_open (fixture.directory, NULL, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS);
  fixture_clear (&fixture);
}

/* A pairing with the server of key @byte. */
static ClawSavedPairing *
make_pairing (uint8_t byte, gint64 connected_us)
{
  uint8_t key[CLAW_PUBLIC_KEY_SIZE];
  memset (key, byte, sizeof key);
  ClawSavedPairing *pairing = claw_saved_pairing_new (key);
  claw_key_generate (&pairing->secrets.keys[CLAW_RESUMPTION_NEWEST]);
  pairing->connected_us = connected_us;
  return pairing;
}

static void
save (const ClawStore *store, const ClawSavedPairing *pairing)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (claw_store_save_pairing (store, pairing, &error));
  g_assert_no_error (error);
}

static void
forget (const ClawStore *store, const ClawSavedPairing *pairing)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (claw_store_forget_pairing (store, pairing->server_key, &error));
  g_assert_no_error (error);
}

/* Returns: (transfer full): the only file of the only pairing. */
static char *
find_file (const Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->directory, CLAW_STORE_PAIRINGS, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_assert_nonnull (dir);
  const char *name = g_dir_read_name (dir);
  g_assert_nonnull (name);
  char *file = g_build_filename (path, name, NULL);
  g_assert_null (g_dir_read_name (dir));
  return file;
}

/* Pairings survive the program; the one used last is found, whatever was saved last; a forgotten
 * one is gone from the disk. */
static void
test_pairings (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_assert_false (claw_store_has_pairings (fixture.directory));
  g_autoptr (ClawStore) store = open_store (&fixture);
  g_autoptr (ClawSavedPairing) anna = make_pairing (1, 2000);
  g_autoptr (ClawSavedPairing) ben = make_pairing (2, 1000);
  g_assert_null (claw_store_load_last_pairing (store, &error));
  g_assert_no_error (error);
  g_assert_null (claw_store_load_pairing (store, anna->server_key, &error));
  g_assert_no_error (error);
  save (store, anna);
  save (store, ben);
  g_assert_true (claw_store_has_pairings (fixture.directory));

  g_autoptr (ClawStore) second = open_store (&fixture);
  g_autoptr (ClawSavedPairing) last = claw_store_load_last_pairing (second, &error);
  g_assert_true (claw_key_equal (&last->secrets.keys[CLAW_RESUMPTION_NEWEST],
                                 &anna->secrets.keys[CLAW_RESUMPTION_NEWEST]));
  g_autoptr (ClawSavedPairing) known = claw_store_load_pairing (second, ben->server_key, &error);
  g_assert_true (claw_key_equal (&known->secrets.keys[CLAW_RESUMPTION_NEWEST],
                                 &ben->secrets.keys[CLAW_RESUMPTION_NEWEST]));

  forget (second, anna);
  g_autoptr (ClawSavedPairing) left = claw_store_load_last_pairing (second, &error);
  g_assert_true (claw_key_equal (&left->secrets.keys[CLAW_RESUMPTION_NEWEST],
                                 &ben->secrets.keys[CLAW_RESUMPTION_NEWEST]));
  forget (second, ben);
  forget (second, ben);
  g_assert_false (claw_store_has_pairings (fixture.directory));
  fixture_clear (&fixture);
}

/* A damaged file is told, is never written over, and does not keep other pairings from use. */
static void
test_damaged_pairing (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_autoptr (ClawStore) store = open_store (&fixture);
  g_autoptr (ClawSavedPairing) anna = make_pairing (1, 2000);
  g_autoptr (ClawSavedPairing) ben = make_pairing (2, 1000);
  save (store, anna);
  g_autofree char *path = find_file (&fixture);
  g_assert_true (claw_file_write (path, "damage", 6, &error));
  g_assert_null (claw_store_load_last_pairing (store, &error));
  g_assert_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED);
  g_clear_error (&error);
  save (store, ben);
  warnings = 0;
  g_autoptr (ClawSavedPairing) other = claw_store_load_last_pairing (store, &error);
  g_assert_true (claw_key_equal (&other->secrets.keys[CLAW_RESUMPTION_NEWEST],
                                 &ben->secrets.keys[CLAW_RESUMPTION_NEWEST]));
  g_assert_cmpuint (warnings, ==, 1);

  save (store, anna);
  g_assert_cmpuint (warnings, ==, 2);
  g_autofree char *aside = g_strconcat (path, CLAW_STORE_UNREADABLE_SUFFIX, NULL);
  char bytes[16];
  size_t length = 0;
  g_assert_true (
      claw_file_read (aside, CLAW_FILE_READ_DEFAULT, bytes, sizeof bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, "damage", 6);
  save (store, anna);
  g_assert_cmpuint (warnings, ==, 2);

  /* Another identity cannot open what this one sealed, and says so. */
  g_autofree char *identity = g_build_filename (fixture.directory, CLAW_STORE_IDENTITY, NULL);
  g_assert_cmpint (g_remove (identity), ==, 0);
  g_autoptr (ClawStore) stranger = open_store (&fixture);
  g_assert_null (claw_store_load_pairing (stranger, anna->server_key, &error));
  g_assert_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED);
  g_clear_error (&error);

  forget (store, anna);
  g_assert_false (g_file_test (aside, G_FILE_TEST_EXISTS));
  forget (store, ben);
  fixture_clear (&fixture);
}

/* One server's file under another's name is not taken for that server's pairing. */
static void
test_swapped_pairing (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  g_autoptr (ClawStore) store = open_store (&fixture);
  g_autoptr (ClawSavedPairing) anna = make_pairing (1, 2000);
  g_autoptr (ClawSavedPairing) ben = make_pairing (2, 1000);
  save (store, anna);
  g_autofree char *path = find_file (&fixture);
  forget (store, anna);
  save (store, ben);
  g_autofree char *other = find_file (&fixture);
  g_assert_cmpint (g_rename (other, path), ==, 0);
  g_assert_null (claw_store_load_pairing (store, anna->server_key, &error));
  g_assert_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED);
  forget (store, anna);
  fixture_clear (&fixture);
}

static gboolean
is_there (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->directory, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
compromise (ClawStore *store, const ClawSavedPairing *pairing, gboolean is_last)
{
  g_autoptr (GError) error = NULL;
  gboolean is_over = !is_last;
  g_assert_true (claw_store_compromise (store, pairing->server_key, &is_over, &error));
  g_assert_no_error (error);
  g_assert_cmpint (is_over, ==, is_last);
}

/* Under a key the names of pairings are no hashes that anybody could make, and the timestamp can be
 * read by its owner only; all else is as without one, compromising too. */
static void
test_sealed_names (void)
{
  Fixture fixture;
  g_auto (ClawKey) key = { 0 };
  g_autoptr (GError) error = NULL;
  uint8_t found[CLAW_PUBLIC_KEY_SIZE];
  fixture_init (&fixture);
  claw_key_generate (&key);
  g_autoptr (ClawSavedPairing) anna = make_pairing (1, 2000);
  g_autofree char *hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, anna->server_key,
                                                       CLAW_PUBLIC_KEY_SIZE);
  hash[16] = '\0';
  g_autoptr (ClawStore) store = claw_store_open (fixture.directory, &key, &error);
  g_assert_no_error (error);
  save (store, anna);
  g_assert_true (claw_store_reserve (store, 1000, &error));
  g_autofree char *file = find_file (&fixture);
  g_assert_null (strstr (file, hash));

  g_autoptr (ClawStore) again = claw_store_open (fixture.directory, &key, &error);
  g_assert_cmpuint (claw_store_get_timestamp_us (again), ==, 1000 + CLAW_STORE_AHEAD_US);
  g_autoptr (ClawSavedPairing) known = claw_store_load_pairing (again, anna->server_key, &error);
  g_assert_no_error (error);
  g_assert_nonnull (known);
  save (again, anna);
  g_autofree char *same = find_file (&fixture);
  g_assert_cmpstr (same, ==, file);
  g_assert_true (claw_store_find_server (fixture.directory, &key, found, &error));
  g_assert_cmpmem (found, sizeof found, anna->server_key, CLAW_PUBLIC_KEY_SIZE);
  g_assert_false (claw_store_find_server (fixture.directory, NULL, found, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);

  compromise (again, anna, TRUE);
  g_assert_false (is_there (&fixture, CLAW_STORE_TIMESTAMP));
  g_assert_false (claw_store_has_pairings (fixture.directory));
  g_assert_false (claw_store_find_server (fixture.directory, &key, found, &error));
  g_assert_no_error (error);
  g_assert_false (is_there (&fixture, CLAW_STORE_IDENTITY));
  fixture_clear (&fixture);
}

/* The pairing goes, and the identity with the last one; the next opening makes another. */
static void
test_compromise (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (ClawStore) store = open_store (&fixture);
  g_autoptr (ClawSavedPairing) anna = make_pairing (1, 2000);
  g_autoptr (ClawSavedPairing) ben = make_pairing (2, 1000);
  g_auto (ClawIdentity) before = { 0 };
  claw_identity_copy (&before, claw_store_get_identity (store));
  save (store, anna);
  save (store, ben);
  compromise (store, anna, FALSE);
  g_assert_null (claw_store_load_pairing (store, anna->server_key, NULL));
  g_autoptr (ClawSavedPairing) kept = claw_store_load_pairing (store, ben->server_key, NULL);
  g_assert_nonnull (kept);
  g_assert_true (is_there (&fixture, CLAW_STORE_IDENTITY));

  compromise (store, ben, TRUE);
  g_assert_false (claw_key_is_set (&claw_store_get_identity (store)->private_key));
  g_assert_false (is_there (&fixture, CLAW_STORE_IDENTITY));
  g_assert_false (is_there (&fixture, CLAW_STORE_TIMESTAMP));
  g_assert_false (is_there (&fixture, CLAW_STORE_COMPROMISED));
  g_assert_false (claw_store_has_pairings (fixture.directory));
  g_autoptr (ClawStore) again = open_store (&fixture);
  g_assert_false (
      claw_key_equal (&claw_store_get_identity (again)->private_key, &before.private_key));
  fixture_clear (&fixture);
}

/* What cannot even be looked at is not said to be erased, nor to be not there. */
static void
test_compromise_blind (void)
{
  Fixture fixture;
  gboolean is_over = TRUE;
  uint8_t found[CLAW_PUBLIC_KEY_SIZE];
  g_autoptr (GError) error = NULL, open_error = NULL, last_error = NULL;
  fixture_init (&fixture);
  g_autoptr (ClawStore) store = open_store (&fixture);
  g_autoptr (ClawSavedPairing) anna = make_pairing (1, 2000);
  save (store, anna);
  struct rlimit before = forbid_opening ();
  gboolean is_erased = claw_store_compromise (store, anna->server_key, &is_over, &error);
  gboolean has_pairings = claw_store_has_pairings (fixture.directory);
  gboolean is_found = claw_store_find_server (fixture.directory, NULL, found, &open_error);
  g_autoptr (ClawSavedPairing) last = claw_store_load_last_pairing (store, &last_error);
  allow_opening (&before);
  g_assert_false (is_erased);
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
  g_assert_false (is_over);
  g_assert_true (has_pairings);
  g_assert_false (is_found);
  g_assert_error (open_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
  g_assert_null (last);
  g_assert_error (last_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);

  compromise (store, anna, TRUE);
  g_assert_false (is_there (&fixture, CLAW_STORE_IDENTITY));
  g_assert_false (claw_store_has_pairings (fixture.directory));
  fixture_clear (&fixture);
}

/* A crash after any step is made up for by the next opening, ahead of anything else; a note that is
 * damaged means everything. */
static void
test_compromise_crash (void)
{
  for (unsigned step = 0; step < 4; step++)
    {
      Fixture fixture;
      fixture_init (&fixture);
      g_autoptr (ClawStore) store = open_store (&fixture);
      g_autoptr (ClawSavedPairing) anna = make_pairing (1, 2000);
      g_auto (ClawIdentity) before = { 0 };
      g_autofree char *note = g_build_filename (fixture.directory, CLAW_STORE_COMPROMISED, NULL);
      g_autofree char *identity = g_build_filename (fixture.directory, CLAW_STORE_IDENTITY, NULL);
      claw_identity_copy (&before, claw_store_get_identity (store));
      save (store, anna);
      g_autofree char *file = find_file (&fixture);
      g_autofree char *name = g_path_get_basename (file);
      g_autofree char *hash = g_strndup (name, strlen (name) - strlen (CLAW_STORE_PAIRING_SUFFIX));
      g_autofree char *text = step == 3 ? g_strdup ("what\n") : g_strconcat (hash, "\n", NULL);
      g_assert_true (claw_file_write (note, text, strlen (text), NULL));
      if (step >= 1 && step < 3)
        g_assert_cmpint (g_remove (file), ==, 0);
      if (step == 2)
        g_assert_cmpint (g_remove (identity), ==, 0);
      g_autoptr (ClawStore) again = open_store (&fixture);
      g_assert_false (claw_store_has_pairings (fixture.directory));
      g_assert_false (is_there (&fixture, CLAW_STORE_COMPROMISED));
      g_assert_false (
          claw_key_equal (&claw_store_get_identity (again)->private_key, &before.private_key));
      fixture_clear (&fixture);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_log_set_writer_func (count_warnings, NULL, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_test_add_func ("/store/identity/made-once", test_identity);
  g_test_add_func ("/store/identity/sealed", test_sealed);
  g_test_add_func ("/store/timestamp/never-back", test_timestamps);
  g_test_add_func ("/store/timestamp/saved-later", test_timestamps_later);
  g_test_add_func ("/store/timestamp/damaged", test_damaged);
  g_test_add_func ("/store/directory/open-to-others", test_open_directory);
  g_test_add_func ("/store/pairings/saved-and-forgotten", test_pairings);
  g_test_add_func ("/store/pairings/damaged", test_damaged_pairing);
  g_test_add_func ("/store/pairings/swapped", test_swapped_pairing);
  g_test_add_func ("/store/sealed/names-and-timestamp", test_sealed_names);
  g_test_add_func ("/store/compromise/erased", test_compromise);
  g_test_add_func ("/store/compromise/blind", test_compromise_blind);
  g_test_add_func ("/store/compromise/crash", test_compromise_crash);
  return g_test_run ();
}
