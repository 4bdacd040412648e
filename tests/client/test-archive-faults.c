/* test-archive-faults.c: an archive whose file is read, changed or damaged by others, whose disk is
 * full, and whose program is killed. */
#include "archive-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A disk that is full when the test says so: the writes of SQLite's own VFS fail then. */

#define METHODS_MAX 4

static int is_disk_full;
static sqlite3_vfs *real_vfs, full_vfs;
/* A database, its log and others have tables of their own. */
static const sqlite3_io_methods *real_methods[METHODS_MAX];
static sqlite3_io_methods full_methods[METHODS_MAX];

static int
write_unless_full (sqlite3_file *file, const void *data, int length, sqlite3_int64 offset)
{
  unsigned i = 0;
  while (file->pMethods != &full_methods[i])
    i++;
  return g_atomic_int_get (&is_disk_full) ? SQLITE_FULL
                                          : real_methods[i]->xWrite (file, data, length, offset);
}

static int
open_with_full_methods (
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
  int result = real_vfs->xOpen (real_vfs, name, file, flags, out_flags);
  unsigned i = 0;
  if (result != SQLITE_OK || !file->pMethods)
    return result;
  while (real_methods[i] && real_methods[i] != file->pMethods)
    i++;
  g_assert_cmpuint (i, <, METHODS_MAX - 1);
  real_methods[i] = file->pMethods;
  full_methods[i] = *real_methods[i];
  full_methods[i].xWrite = write_unless_full;
  file->pMethods = &full_methods[i];
  return result;
}

static void
install_disk (void)
{
  real_vfs = sqlite3_vfs_find (NULL);
  full_vfs = *real_vfs;
  full_vfs.zName = "claw-full";
  full_vfs.xOpen = open_with_full_methods;
  full_vfs.pNext = NULL;
  g_assert_cmpint (sqlite3_vfs_register (&full_vfs, 1), ==, SQLITE_OK);
}

/* What somebody does to the file. */

/* Runs @sql on the closed file. */
static void
tamper (Fixture *fixture, const char *sql)
{
  sqlite3 *db = NULL;
  close_archive (fixture);
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static gint64
query (const char *path, const char *sql)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  gint64 number = g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "ok") == 0
                      ? 1
                      : sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  return number;
}

/* Nothing of what is kept can be read in the files, neither while they are open nor afterwards, and
 * nobody else may read them at all. */
static void
test_sealed (Fixture *fixture, gconstpointer data)
{
  static const char *const secrets[] = { "whisper", "Mallory", "colour-of-the-door", "verdigris" };
  static const char *const names[] = { "chat.sqlite", "chat.sqlite-wal" };
  g_autoptr (ClawMessage) message = make_message ("Mallory", "a whisper");
  claw_archive_add (fixture->archive, message, FALSE, CLAW_MESSAGE_QUEUED);
  claw_archive_keep_queued (fixture->archive, message);
  claw_archive_set_setting (fixture->archive, "colour-of-the-door",
                            g_variant_new_string ("verdigris"));
  flush_well (fixture);
  for (unsigned i = 0; i < 2 * G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->directory, names[i % 2], NULL);
      g_autofree char *content = NULL;
      GStatBuf status;
      gsize length = 0;
      if (i == 2)
        close_archive (fixture);
      if (i == 3)
        {
          g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
          continue;
        }
      g_assert_true (g_file_get_contents (path, &content, &length, NULL));
      for (unsigned j = 0; j < G_N_ELEMENTS (secrets); j++)
        g_assert_null (memmem (content, length, secrets[j], strlen (secrets[j])));
      g_assert_null (memmem (content, length, claw_message_get_id (message), CLAW_MESSAGE_ID_SIZE));
      g_assert_cmpint (g_stat (path, &status), ==, 0);
      g_assert_cmpint (status.st_mode & 0777, ==, 0600);
    }
}

/* Messages of a few bytes cannot be told apart by the length of their rows. */
static void
test_padded (Fixture *fixture, gconstpointer data)
{
  add (fixture, "A", "y");
  add (fixture, "A", "no, not that");
  close_archive (fixture);
  g_assert_cmpint (query (fixture->path, "SELECT count(DISTINCT length(sealed)) FROM messages"), ==,
                   1);
}

/* Rows that were exchanged or changed are not shown as what they are not: they are left out, which
 * is told. */
static void
test_exchanged (Fixture *fixture, gconstpointer data)
{
  add_numbered (fixture, 0, 3);
  tamper (fixture, "CREATE TEMP TABLE t AS SELECT row, sealed FROM messages;"
                   "UPDATE messages SET sealed = (SELECT sealed FROM t WHERE t.row = 3 - "
                   "messages.row) WHERE row < 3");
  open_archive (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 1);
  g_assert_cmpstr (get_text (page, 0), ==, "2");
  g_assert_error (fixture->fault, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED);
}

/* Somebody else's key opens nothing, and leaves the file to its owner. */
static void
test_wrong_key (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) other = { 0 };
  g_autoptr (GError) error = NULL;
  add (fixture, "Alice", "hello");
  close_archive (fixture);
  claw_key_generate (&other);
  g_assert_null (claw_archive_open (fixture->path, &other, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_KEY);
  open_archive (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 1);
}

/* A file of a newer version is refused and left alone. */
static void
test_newer (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  tamper (fixture, "PRAGMA user_version = 2");
  g_assert_null (claw_archive_open (fixture->path, &fixture->key, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_VERSION);
  g_assert_cmpuint (count_files (fixture, CLAW_ARCHIVE_DAMAGED_SUFFIX), ==, 0);
}

/* Two programs do not write into one file. */
static void
test_busy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  flush_well (fixture);
  g_assert_null (claw_archive_open (fixture->path, &fixture->key, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_BUSY);
}

/* The file is moved aside under a name that says so, and the next opening begins anew. */
static void
check_moved_aside (Fixture *fixture, unsigned n)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (claw_archive_open (fixture->path, &fixture->key, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED);
  g_assert_nonnull (strstr (error->message, CLAW_ARCHIVE_DAMAGED_SUFFIX));
  g_assert_cmpuint (count_files (fixture, CLAW_ARCHIVE_DAMAGED_SUFFIX), ==, n);
  open_archive (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 0);
}

/* Truncated at any page, overwritten, or something else altogether: told and kept. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  add_numbered (fixture, 0, 200);
  close_archive (fixture);
  g_assert_cmpint (truncate (fixture->path, 4096 * 3 + 100), ==, 0);
  check_moved_aside (fixture, 1);
  close_archive (fixture);
  g_assert_true (g_file_set_contents (fixture->path, "This is no database at all.", -1, NULL));
  check_moved_aside (fixture, 2);
  tamper (fixture, "PRAGMA application_id = 1");
  check_moved_aside (fixture, 3);
}

static void
overwrite (const char *path, gint64 offset, size_t length)
{
  g_autofree char *garbage = g_strnfill (length, '\xa5');
  int fd = g_open (path, O_WRONLY, 0);
  g_assert_cmpint (pwrite (fd, garbage, length, offset), ==, (ssize_t) length);
  close (fd);
}

/* Damage inside, which shows when it is reached: the file is moved aside in the midst of the work,
 * and the outbox and the settings live on. */
static void
test_damaged_inside (Fixture *fixture, gconstpointer data)
{
  GStatBuf status;
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) queued = make_message (NULL, "not delivered");
  claw_archive_keep_queued (fixture->archive, queued);
  claw_archive_set_setting (fixture->archive, "title", g_variant_new_string ("Family"));
  add_numbered (fixture, 0, 2000);
  close_archive (fixture);
  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  overwrite (fixture->path, 4096 * 20, (size_t) status.st_size - 4096 * 20);
  open_archive (fixture);
  g_clear_object (&fixture->result);
  claw_archive_load_async (fixture->archive, 0, 2000, NULL, on_done, fixture);
  wait_for_result (fixture);
  g_assert_null (claw_archive_load_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED);
  g_assert_cmpuint (count_files (fixture, CLAW_ARCHIVE_DAMAGED_SUFFIX), >=, 1);
  add (fixture, "Alice", "after it");
  reopen (fixture);
  g_assert_cmpuint (fixture->faults, >=, 1);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 1);
  g_autoptr (GPtrArray) outbox = claw_archive_get_queued (fixture->archive);
  g_assert_cmpuint (outbox->len, ==, 1);
  g_autoptr (GVariant) title = claw_archive_get_setting (fixture->archive, "title",
                                                         G_VARIANT_TYPE_STRING);
  g_assert_cmpstr (g_variant_get_string (title, NULL), ==, "Family");
}

static void
count (unsigned *n)
{
  *n += 1;
}

/* A full disk is told once, and so is its end; the chat goes on, and when there is room again
 * nothing is missing. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  unsigned recovered = 0;
  g_signal_connect_swapped (fixture->archive, "recovered", G_CALLBACK (count), &recovered);
  add (fixture, "Alice", "before");
  flush_well (fixture);
  g_atomic_int_set (&is_disk_full, TRUE);
  for (unsigned i = 0; i < 3; i++)
    {
      add (fixture, "Alice", "while full");
      g_assert_false (flush (fixture, &error));
      g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_FULL);
      g_clear_error (&error);
    }
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->faults, ==, 1);
  g_assert_error (fixture->fault, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_FULL);
  g_assert_cmpuint (recovered, ==, 0);
  g_atomic_int_set (&is_disk_full, FALSE);
  for (unsigned i = 0; i < 2; i++)
    {
      add (fixture, "Alice", "after");
      flush_well (fixture);
    }
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (recovered, ==, 1);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 6);
}

/* What is to be deleted while the disk is full is told not to be yet, once, and goes when there is
 * room again; what came later stays. */
static void
test_full_clear (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  add (fixture, "Alice", "to be deleted");
  flush_well (fixture);
  g_atomic_int_set (&is_disk_full, TRUE);
  g_clear_object (&fixture->result);
  claw_archive_clear_async (fixture->archive, on_done, fixture);
  wait_for_result (fixture);
  g_assert_false (claw_archive_clear_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_FULL);
  g_clear_error (&error);
  add (fixture, "Alice", "later");
  g_assert_false (flush (fixture, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_FULL);
  g_atomic_int_set (&is_disk_full, FALSE);
  flush_well (fixture);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 1);
  g_assert_cmpstr (get_text (page, 0), ==, "later");
}

/* While the disk takes nothing, only so much is kept in memory; the newest of it survives, and the
 * outbox in any case. */
static void
test_full_for_long (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) queued = make_message (NULL, "not delivered");
  g_atomic_int_set (&is_disk_full, TRUE);
  claw_archive_keep_queued (fixture->archive, queued);
  add_numbered (fixture, 0, CLAW_ARCHIVE_PENDING_MAX + 10);
  g_assert_false (flush (fixture, &error));
  g_atomic_int_set (&is_disk_full, FALSE);
  flush_well (fixture);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 2 * CLAW_ARCHIVE_PENDING_MAX);
  g_autoptr (GPtrArray) outbox = claw_archive_get_queued (fixture->archive);
  g_autofree char *last = g_strdup_printf ("%u", CLAW_ARCHIVE_PENDING_MAX + 9);
  g_assert_cmpuint (page->len, <=, CLAW_ARCHIVE_PENDING_MAX);
  g_assert_cmpuint (page->len, >=, CLAW_ARCHIVE_PENDING_MAX - 2);
  g_assert_cmpstr (get_text (page, page->len - 1), ==, last);
  g_assert_cmpuint (outbox->len, ==, 1);
}

/* Being killed. */

#define KILLS 40

/* In the child: keeps messages and says how many are on the disk. */
static void
tell_kept (GObject *object, GAsyncResult *result, gpointer user_data)
{
  uint32_t n = GPOINTER_TO_UINT (user_data);
  if (claw_archive_flush_finish (CLAW_ARCHIVE (object), result, NULL))
    g_assert_cmpint (write (STDOUT_FILENO, &n, sizeof n), ==, sizeof n);
}

static int
run_child (const char *path, const char *key_text)
{
  g_auto (ClawKey) key = { 0 };
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  g_autofree guchar *bytes = g_base64_decode (key_text, &length);
  claw_key_set (&key, bytes);
  g_autoptr (ClawArchive) archive = claw_archive_open (path, &key, &error);
  g_assert_no_error (error);
  for (uint32_t n = 1; n < UINT32_MAX; n++)
    {
      g_autofree char *text = g_strdup_printf ("%u", n);
      g_autoptr (ClawMessage) message = make_message (NULL, text);
      claw_archive_keep_queued (archive, message);
      claw_archive_add (archive, message, TRUE, CLAW_MESSAGE_QUEUED);
      claw_archive_set_state (archive, message, CLAW_MESSAGE_DELIVERED);
      claw_archive_forget_queued (archive, message);
      claw_archive_set_setting (archive, "n", g_variant_new_uint32 (n));
      claw_archive_flush_async (archive, tell_kept, GUINT_TO_POINTER (n));
      /* Some of them one by one, some in crowds. */
      if (n % 50 < 25)
        g_main_context_iteration (NULL, TRUE);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      if (n % 200 == 0)
        g_usleep (1000);
    }
  return 0;
}

/* Kills the child after @after_us: since it was started, or @is_at_work, since it first called
 * something kept, however slow the disk. Returns: the last number that it called kept. */
static uint32_t
run_and_kill (Fixture *fixture, gboolean is_at_work, gint64 after_us)
{
  g_autofree char *key = g_base64_encode (fixture->key.bytes, CLAW_KEY_SIZE);
  char *arguments[] = { (char *) "/proc/self/exe", (char *) "--child", fixture->path, key, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid = 0;
  int out = -1;
  uint32_t n = 0, last = 0;
  g_spawn_async_with_pipes (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                            NULL, &out, NULL, &error);
  g_assert_no_error (error);
  if (is_at_work)
    g_assert_cmpint (read (out, &last, sizeof last), ==, sizeof last);
  g_usleep ((gulong) after_us);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  while (read (out, &n, sizeof n) == sizeof n)
    last = n;
  close (out);
  return last;
}

/* Returns: how many messages of the child are there; they have to be the first of its numbers. */
static unsigned
count_kept (Fixture *fixture)
{
  g_autoptr (GPtrArray) page = load (fixture, 0, 1000000);
  for (unsigned i = 0; i < page->len; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i + 1);
      g_assert_cmpstr (get_text (page, i), ==, text);
    }
  return page->len;
}

/* A program that is killed at any moment leaves a sound file with everything that it had called
 * kept. */
static void
test_killed (Fixture *fixture, gconstpointer data)
{
  uint32_t most = 0;
  close_archive (fixture);
  for (unsigned i = 0; i < KILLS; i++)
    {
      uint32_t kept = run_and_kill (fixture, i % 2 == 1, g_test_rand_int_range (2000, 60000));
      most = MAX (most, kept);
      if (!g_file_test (fixture->path, G_FILE_TEST_EXISTS))
        continue;
      open_archive (fixture);
      unsigned n = count_kept (fixture);
      g_assert_cmpuint (n, >=, kept);
      g_autoptr (GVariant) setting = claw_archive_get_setting (fixture->archive, "n",
                                                               G_VARIANT_TYPE_UINT32);
      g_assert_cmpuint (setting ? g_variant_get_uint32 (setting) : 0, >=, kept);
      close_archive (fixture);
      g_assert_cmpint (query (fixture->path, "PRAGMA integrity_check"), ==, 1);
      g_assert_cmpuint (count_files (fixture, CLAW_ARCHIVE_DAMAGED_SUFFIX), ==, 0);
      g_remove (fixture->path);
    }
  g_test_message ("At most %u messages were kept before the kill", most);
  g_assert_cmpuint (most, >, 0);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  claw_secret_init ();
  if (argc == 4 && g_str_equal (argv[1], "--child"))
    return run_child (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
  install_disk ();
  ADD ("/archive/seal/nothing-in-the-clear", test_sealed);
  ADD ("/archive/seal/padded", test_padded);
  ADD ("/archive/seal/rows-exchanged", test_exchanged);
  ADD ("/archive/open/wrong-key", test_wrong_key);
  ADD ("/archive/open/newer-version", test_newer);
  ADD ("/archive/open/busy", test_busy);
  ADD ("/archive/damaged/at-the-opening", test_damaged);
  ADD ("/archive/damaged/inside", test_damaged_inside);
  ADD ("/archive/full/and-again-room", test_full);
  ADD ("/archive/full/clear", test_full_clear);
  ADD ("/archive/full/for-long", test_full_for_long);
  ADD ("/archive/killed/at-any-moment", test_killed);
  return g_test_run ();
}
