/* test-store.c: the identity and the timestamps on disk. */
#include "claw-store.h"

#include "claw-file.h"

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
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->directory, names[i], NULL);
      g_remove (path);
    }
  g_rmdir (fixture->directory);
  g_assert_cmpint (g_rmdir (fixture->parent), ==, 0);
  g_free (fixture->parent);
  g_free (fixture->directory);
}

static ClawStore *
open_store (const Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  ClawStore *store = claw_store_open (fixture->directory, &error);
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
  g_assert_null (claw_store_open (fixture.directory, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_log_set_writer_func (count_warnings, NULL, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_test_add_func ("/store/identity/made-once", test_identity);
  g_test_add_func ("/store/timestamp/never-back", test_timestamps);
  g_test_add_func ("/store/timestamp/damaged", test_damaged);
  g_test_add_func ("/store/directory/open-to-others", test_open_directory);
  return g_test_run ();
}
