/* test-archive-remains.c: what is left in an archive's files of what was removed from it. */
#include "claw-archive.h"

#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define N_MESSAGES 600
#define PART 16 /* of a sealed row: two such are never the same */

typedef struct
{
  char *directory;
  char *path;
  ClawKey key;
  ClawArchive *archive;
  GPtrArray *sealed;    /* of GBytes: rows as they were in the file */
  GAsyncResult *result; /* (nullable) */
} Fixture;

/* A disk that looks at a log before it is cut off or removed: SQLite's own VFS below. */

static sqlite3_vfs *real_vfs, watching_vfs;
static const sqlite3_io_methods *real_methods;
static sqlite3_io_methods watching_methods;
static int n_cut, n_not_overwritten;

static int
truncate_and_look (sqlite3_file *file, sqlite3_int64 size)
{
  sqlite3_int64 old_size = 0;
  g_assert_cmpint (real_methods->xFileSize (file, &old_size), ==, SQLITE_OK);
  for (sqlite3_int64 at = size; at < old_size; at++)
    {
      char byte = 1;
      g_assert_cmpint (real_methods->xRead (file, &byte, 1, at), ==, SQLITE_OK);
      if (byte != 0)
        {
          g_atomic_int_inc (&n_not_overwritten);
          break;
        }
    }
  if (old_size > size)
    g_atomic_int_inc (&n_cut);
  return real_methods->xTruncate (file, size);
}

static int
delete_and_look (sqlite3_vfs *vfs, const char *name, int sync)
{
  GStatBuf status;
  if (g_str_has_suffix (name, "-wal") && g_stat (name, &status) == 0 && status.st_size > 0)
    g_atomic_int_inc (&n_not_overwritten);
  return real_vfs->xDelete (real_vfs, name, sync);
}

static int
open_watched (sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
  int result = real_vfs->xOpen (real_vfs, name, file, flags, out_flags);
  if (result != SQLITE_OK || !file->pMethods || !(flags & SQLITE_OPEN_WAL))
    return result;
  real_methods = file->pMethods;
  watching_methods = *real_methods;
  watching_methods.xTruncate = truncate_and_look;
  file->pMethods = &watching_methods;
  return result;
}

static void
install_disk (void)
{
  real_vfs = sqlite3_vfs_find (NULL);
  watching_vfs = *real_vfs;
  watching_vfs.zName = "claw-watching";
  watching_vfs.xOpen = open_watched;
  watching_vfs.xDelete = delete_and_look;
  watching_vfs.pNext = NULL;
  g_assert_cmpint (sqlite3_vfs_register (&watching_vfs, 1), ==, SQLITE_OK);
}

/* The fixture. */

static void
open_archive (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  fixture->archive = claw_archive_open (fixture->path, &fixture->key, &error);
  g_assert_no_error (error);
}

static void
close_archive (Fixture *fixture)
{
  claw_archive_close (fixture->archive);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->archive);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture->directory = g_dir_make_tmp ("claw-remains-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "chat.sqlite", NULL);
  fixture->sealed = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  claw_key_generate (&fixture->key);
  n_cut = 0;
  n_not_overwritten = 0;
  open_archive (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  close_archive (fixture);
  claw_archive_erase (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_key_clear (&fixture->key);
  g_ptr_array_unref (fixture->sealed);
  g_clear_object (&fixture->result);
  g_free (fixture->path);
  g_free (fixture->directory);
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_set_object (&((Fixture *) user_data)->result, result);
}

static void
wait_for_result (Fixture *fixture)
{
  while (!fixture->result)
    g_main_context_iteration (NULL, TRUE);
}

static void
flush (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->result);
  claw_archive_flush_async (fixture->archive, on_done, fixture);
  wait_for_result (fixture);
  claw_archive_flush_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
}

/* Returns: (transfer full): of a length as people write, or more. */
static ClawMessage *
make_message (void)
{
  static const int lengths[] = { 5, 20, 100, 300, 2000, 20000 };
  g_autofree char *text = g_strnfill (
      (gsize) lengths[g_test_rand_int_range (0, G_N_ELEMENTS (lengths))], 'x');
  return claw_message_new (text, -1, 1, NULL);
}

static void
add_messages (Fixture *fixture, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (ClawMessage) message = make_message ();
      claw_archive_add (fixture->archive, message, TRUE, CLAW_MESSAGE_QUEUED);
    }
}

/* Notes what @sql selects, between two openings. */
static void
note_sealed (Fixture *fixture, const char *sql)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  close_archive (fixture);
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    g_ptr_array_add (fixture->sealed, g_bytes_new (sqlite3_column_blob (statement, 0),
                                                   (gsize) sqlite3_column_bytes (statement, 0)));
  sqlite3_finalize (statement);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  open_archive (fixture);
}

static gboolean
is_part_in (const char *content, gsize length, GBytes *sealed)
{
  gsize size = 0;
  const char *bytes = g_bytes_get_data (sealed, &size);
  return memmem (content, length, bytes, PART) || memmem (content, length, bytes + size / 2, PART)
         || memmem (content, length, bytes + size - PART, PART);
}

/* Returns: of how many of the rows that were noted there is something in any file. */
static unsigned
count_remains (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name = NULL;
  unsigned n = 0;
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (fixture->directory, name, NULL);
      g_autofree char *content = NULL;
      gsize length = 0;
      g_assert_true (g_file_get_contents (path, &content, &length, NULL));
      for (guint i = 0; i < fixture->sealed->len; i++)
        n += is_part_in (content, length, fixture->sealed->pdata[i]);
    }
  return n;
}

static gint64
get_size (const char *path)
{
  GStatBuf status;
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  return status.st_size;
}

/* Of messages that have expired nothing is in any file, as soon as that is on the disk; their log
 * was overwritten before it was cut off. Those that have not are there. */
static void
test_expire (Fixture *fixture, gconstpointer data)
{
  add_messages (fixture, N_MESSAGES);
  note_sealed (fixture, "SELECT sealed FROM messages");
  g_assert_cmpuint (count_remains (fixture), ==, N_MESSAGES);
  gint64 before_us = g_get_real_time () + 1;
  while (g_get_real_time () <= before_us)
    ;
  add_messages (fixture, N_MESSAGES / 4);
  claw_archive_expire (fixture->archive, before_us);
  flush (fixture);
  g_assert_cmpuint (fixture->sealed->len, ==, N_MESSAGES);
  g_assert_cmpuint (count_remains (fixture), ==, 0);
  g_assert_cmpint (n_cut, >, 0);
  g_assert_cmpint (n_not_overwritten, ==, 0);
  g_ptr_array_set_size (fixture->sealed, 0);
  note_sealed (fixture, "SELECT sealed FROM messages");
  g_assert_cmpuint (fixture->sealed->len, ==, N_MESSAGES / 4);
}

/* Of a history that was deleted not even the size is left, nor a damaged file of it. */
static void
test_clear (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *aside = g_strconcat (fixture->path, CLAW_ARCHIVE_DAMAGED_SUFFIX "1", NULL);
  gint64 empty_size = 0;
  flush (fixture);
  note_sealed (fixture, "SELECT sealed FROM messages");
  empty_size = get_size (fixture->path);
  add_messages (fixture, N_MESSAGES);
  note_sealed (fixture, "SELECT sealed FROM messages");
  g_assert_true (g_file_set_contents (aside, "old", -1, NULL));
  g_clear_object (&fixture->result);
  claw_archive_clear_async (fixture->archive, on_done, fixture);
  wait_for_result (fixture);
  claw_archive_clear_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->sealed->len, ==, N_MESSAGES);
  g_assert_cmpuint (count_remains (fixture), ==, 0);
  g_assert_cmpint (get_size (fixture->path), ==, empty_size);
  g_assert_false (g_file_test (aside, G_FILE_TEST_EXISTS));
  g_assert_cmpint (n_not_overwritten, ==, 0);
}

/* So it is with one message that was taken back. */
static void
test_remove (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = make_message ();
  add_messages (fixture, 20);
  claw_archive_add (fixture->archive, message, TRUE, CLAW_MESSAGE_QUEUED);
  add_messages (fixture, 20);
  note_sealed (fixture, "SELECT sealed FROM messages WHERE row = 21");
  claw_archive_remove (fixture->archive, message);
  flush (fixture);
  g_assert_cmpuint (fixture->sealed->len, ==, 1);
  g_assert_cmpuint (count_remains (fixture), ==, 0);
  g_assert_cmpint (n_not_overwritten, ==, 0);
}

/* What was delivered, and an earlier draft, are gone at the end at the latest. */
static void
test_replaced (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = make_message ();
  claw_archive_keep_queued (fixture->archive, message);
  claw_archive_set_setting (fixture->archive, "draft", g_variant_new_string ("a thought"));
  note_sealed (fixture, "SELECT sealed FROM outbox UNION SELECT sealed FROM settings");
  g_assert_cmpuint (fixture->sealed->len, ==, 2);
  g_assert_cmpuint (count_remains (fixture), ==, 2);
  claw_archive_forget_queued (fixture->archive, message);
  claw_archive_set_setting (fixture->archive, "draft", g_variant_new_string ("another"));
  close_archive (fixture);
  g_assert_cmpuint (count_remains (fixture), ==, 0);
  g_assert_cmpint (n_not_overwritten, ==, 0);
  open_archive (fixture);
}

/* A damaged file that was moved aside goes when all that it can hold has expired, not earlier. */
static void
test_aside (Fixture *fixture, gconstpointer data)
{
  g_autofree char *aside = g_strconcat (fixture->path, CLAW_ARCHIVE_DAMAGED_SUFFIX "1", NULL);
  gint64 now_us = g_get_real_time ();
  g_assert_true (g_file_set_contents (aside, "old", -1, NULL));
  claw_archive_expire (fixture->archive, now_us - 60 * G_USEC_PER_SEC);
  flush (fixture);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  claw_archive_expire (fixture->archive, now_us + 60 * G_USEC_PER_SEC);
  flush (fixture);
  g_assert_false (g_file_test (aside, G_FILE_TEST_EXISTS));
}

/* What cannot be looked for is not said to be erased. */
static void
test_blind (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  close_archive (fixture);
  struct rlimit before = forbid_opening ();
  gboolean is_erased = claw_archive_erase (fixture->path, &error);
  allow_opening (&before);
  g_assert_false (is_erased);
  g_assert_nonnull (error);
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  open_archive (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  install_disk ();
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/archive-remains/expired/nothing", test_expire);
  ADD ("/archive-remains/cleared/nothing", test_clear);
  ADD ("/archive-remains/taken-back/nothing", test_remove);
  ADD ("/archive-remains/replaced/nothing-at-the-end", test_replaced);
  ADD ("/archive-remains/moved-aside/expires", test_aside);
  ADD ("/archive-remains/blind/not-erased", test_blind);
  return g_test_run ();
}
