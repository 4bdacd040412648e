/* test-saved-timestamp.c: the time of the last handshake in its file. */
#include "claw-saved-timestamp.h"

#include "claw-file.h"
#include "claw-handshake.h"

#include <glib/gstdio.h>
#include <string.h>

#define SEALED_SIZE 45

typedef struct
{
  char *directory;
  char *path;
  ClawKey key;
  unsigned warnings;
} Fixture;

static GLogWriterOutput
count_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  Fixture *fixture = *(Fixture **) user_data;
  if (level & G_LOG_LEVEL_WARNING)
    fixture->warnings++;
  return level & G_LOG_LEVEL_WARNING ? G_LOG_WRITER_HANDLED
                                     : g_log_writer_default (level, fields, n_fields, NULL);
}

static Fixture *present;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture->directory = g_dir_make_tmp ("claw-timestamp-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "last-timestamp", NULL);
  claw_key_generate (&fixture->key);
  present = fixture;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_key_clear (&fixture->key);
  g_free (fixture->path);
  g_free (fixture->directory);
}

static void
save (Fixture *fixture, const ClawKey *key, uint64_t timestamp_us)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (claw_saved_timestamp_save (fixture->path, key, timestamp_us, &error));
  g_assert_no_error (error);
}

static size_t
read_file (Fixture *fixture, char data[SEALED_SIZE])
{
  g_autoptr (GError) error = NULL;
  size_t length = 0;
  claw_file_read (fixture->path, CLAW_FILE_READ_PRIVATE, data, SEALED_SIZE, &length, &error);
  g_assert_no_error (error);
  return length;
}

/* What was saved comes back, sealed or not; before that there is none, which is nothing to warn of.
 */
static void
test_back (Fixture *fixture, gconstpointer data)
{
  static const uint64_t times[] = { 0, 1, UINT64_C (1700000000123456),
                                    CLAW_HANDSHAKE_TIMESTAMP_MAX_US };
  const ClawKey *keys[] = { NULL, &fixture->key };
  for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_assert_cmpuint (claw_saved_timestamp_load (fixture->path, keys[i]), ==, 0);
      for (unsigned j = 0; j < G_N_ELEMENTS (times); j++)
        {
          save (fixture, keys[i], times[j]);
          g_assert_cmpuint (claw_saved_timestamp_load (fixture->path, keys[i]), ==, times[j]);
        }
      g_assert_cmpint (g_remove (fixture->path), ==, 0);
    }
  g_assert_cmpuint (fixture->warnings, ==, 0);
}

/* One that was saved while the clock was centuries off counts as none, since no server lets a later
 * one in. */
static void
test_too_late (Fixture *fixture, gconstpointer data)
{
  static const uint64_t times[] = { CLAW_HANDSHAKE_TIMESTAMP_MAX_US + 1, G_MAXINT64 };
  const ClawKey *keys[] = { NULL, &fixture->key };
  for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
    for (unsigned j = 0; j < G_N_ELEMENTS (times); j++)
      {
        save (fixture, keys[i], times[j]);
        g_assert_cmpuint (claw_saved_timestamp_load (fixture->path, keys[i]), ==, 0);
      }
}

/* A sealed one has the same length whatever it says, and not twice the same bytes. */
static void
test_sealed (Fixture *fixture, gconstpointer data)
{
  char first[SEALED_SIZE], second[SEALED_SIZE];
  save (fixture, &fixture->key, 7);
  g_assert_cmpuint (read_file (fixture, first), ==, SEALED_SIZE);
  save (fixture, &fixture->key, 7);
  g_assert_cmpuint (read_file (fixture, second), ==, SEALED_SIZE);
  g_assert_cmpint (memcmp (first + 9, second + 9, SEALED_SIZE - 9), !=, 0);
}

/* Any byte that was changed, another key, or no key: it counts as none, with a warning. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  char bytes[SEALED_SIZE];
  g_auto (ClawKey) other = { 0 };
  claw_key_generate (&other);
  save (fixture, &fixture->key, 7);
  g_assert_cmpuint (claw_saved_timestamp_load (fixture->path, &other), ==, 0);
  g_assert_cmpuint (claw_saved_timestamp_load (fixture->path, NULL), ==, 0);
  g_assert_cmpuint (fixture->warnings, ==, 2);
  read_file (fixture, bytes);
  for (unsigned i = 0; i < SEALED_SIZE; i++)
    {
      bytes[i] ^= 1;
      g_assert_true (claw_file_write (fixture->path, bytes, sizeof bytes, NULL));
      g_assert_cmpuint (claw_saved_timestamp_load (fixture->path, &fixture->key), ==, 0);
      bytes[i] ^= 1;
    }
  g_assert_cmpuint (fixture->warnings, ==, 2 + SEALED_SIZE);
}

/* So do other lengths, up to one byte more than there may be, and numbers that are none. */
static void
test_lengths (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "", "abc\n", "-1\n", "9223372036854775808\n",
                                       "0000000000000000000000001" };
  char bytes[SEALED_SIZE + 1] = "";
  save (fixture, &fixture->key, 7);
  read_file (fixture, bytes);
  for (unsigned length = 0; length <= SEALED_SIZE + 1; length++)
    {
      g_assert_true (claw_file_write (fixture->path, bytes, length, NULL));
      g_assert_cmpuint (claw_saved_timestamp_load (fixture->path, &fixture->key), ==,
                        length == SEALED_SIZE ? 7 : 0);
    }
  g_assert_cmpuint (fixture->warnings, ==, SEALED_SIZE + 1);
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_assert_true (claw_file_write (fixture->path, texts[i], strlen (texts[i]), NULL));
      g_assert_cmpuint (claw_saved_timestamp_load (fixture->path, NULL), ==, 0);
    }
  g_assert_cmpuint (fixture->warnings, ==, SEALED_SIZE + 1 + G_N_ELEMENTS (texts));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_log_set_writer_func (count_warning, &present, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/saved-timestamp/saved/back", test_back);
  ADD ("/saved-timestamp/too-late/none", test_too_late);
  ADD ("/saved-timestamp/sealed/hides", test_sealed);
  ADD ("/saved-timestamp/changed/none", test_changed);
  ADD ("/saved-timestamp/lengths/none", test_lengths);
  return g_test_run ();
}
