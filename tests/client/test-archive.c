/* test-archive.c: a chat's history, outbox and settings on the disk. */
#include "claw-archive.h"

#include "claw-archive-db.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char *directory;
  char *path;
  ClawKey key;
  ClawArchive *archive; /* (nullable) */
  GAsyncResult *result; /* (nullable): of the last operation */
  unsigned faults;
  GError *fault; /* the last */
} Fixture;

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

/* The fixture. */

static void
on_error (ClawArchive *archive, GError *error, Fixture *fixture)
{
  fixture->faults++;
  g_clear_error (&fixture->fault);
  fixture->fault = g_error_copy (error);
}

static void
open_archive (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  fixture->archive = claw_archive_open (fixture->path, &fixture->key, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->archive);
  g_signal_connect (fixture->archive, "error", G_CALLBACK (on_error), fixture);
}

static void
close_archive (Fixture *fixture)
{
  if (fixture->archive)
    claw_archive_close (fixture->archive);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->archive);
}

static void
reopen (Fixture *fixture)
{
  close_archive (fixture);
  open_archive (fixture);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture->directory = g_dir_make_tmp ("claw-archive-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "chat.sqlite", NULL);
  claw_key_generate (&fixture->key);
  open_archive (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name = NULL;
  close_archive (fixture);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (fixture->directory, name, NULL);
      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_key_clear (&fixture->key);
  g_clear_error (&fixture->fault);
  g_clear_object (&fixture->result);
  g_free (fixture->directory);
  g_free (fixture->path);
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_set_object (&fixture->result, result);
}

static void
wait_for_result (Fixture *fixture)
{
  while (!fixture->result)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
flush (Fixture *fixture, GError **error)
{
  g_clear_object (&fixture->result);
  claw_archive_flush_async (fixture->archive, on_done, fixture);
  wait_for_result (fixture);
  return claw_archive_flush_finish (fixture->archive, fixture->result, error);
}

static void
flush_well (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  flush (fixture, &error);
  g_assert_no_error (error);
}

static GPtrArray *
load (Fixture *fixture, gint64 before_row, unsigned limit)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->result);
  claw_archive_load_async (fixture->archive, before_row, limit, NULL, on_done, fixture);
  wait_for_result (fixture);
  GPtrArray *page = claw_archive_load_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  return page;
}

static GPtrArray *
search (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->result);
  claw_archive_search_async (fixture->archive, text, NULL, on_done, fixture);
  wait_for_result (fixture);
  GPtrArray *found = claw_archive_search_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  return found;
}

static ClawMessage *
make_message (const char *sender, const char *text)
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) random = claw_message_new (text, -1, 0, &error);
  g_assert_no_error (error);
  memcpy (id, claw_message_get_id (random), sizeof id);
  return claw_message_new_full (id, sender, G_GINT64_CONSTANT (1700000000123456), text, -1, NULL);
}

static void
add (Fixture *fixture, const char *sender, const char *text)
{
  g_autoptr (ClawMessage) message = make_message (sender, text);
  claw_archive_add (fixture->archive, message, sender == NULL, CLAW_MESSAGE_QUEUED);
}

static void
add_numbered (Fixture *fixture, unsigned from, unsigned to)
{
  for (unsigned i = from; i < to; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);
      add (fixture, "Alice", text);
    }
}

static const char *
get_text (const GPtrArray *messages, unsigned i)
{
  const ClawArchivedMessage *archived = messages->pdata[i];
  return claw_message_get_text (archived->message, NULL);
}

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

static unsigned
count_files (Fixture *fixture, const char *part)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name = NULL;
  unsigned n = 0;
  while ((name = g_dir_read_name (dir)))
    n += strstr (name, part) != NULL;
  return n;
}

/* Everything of a message comes back, also after the program ended. */
static void
test_whole (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) own = make_message (NULL, "mine\nin two lines");
  g_autoptr (ClawMessage) other = make_message ("Zoë", "Grüße 👋");
  gint64 before_us = g_get_real_time ();
  gint64 row = claw_archive_add (fixture->archive, own, TRUE, CLAW_MESSAGE_SENT);
  g_assert_cmpint (claw_archive_add (fixture->archive, other, FALSE, CLAW_MESSAGE_QUEUED), >, row);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 2);
  const ClawArchivedMessage *first = page->pdata[0], *second = page->pdata[1];
  g_assert_cmpint (first->row, ==, row);
  g_assert_true (first->is_own);
  g_assert_cmpint (first->state, ==, CLAW_MESSAGE_SENT);
  g_assert_cmpint (first->kept_us, >=, before_us);
  g_assert_null (claw_message_get_sender (first->message));
  g_assert_cmpstr (get_text (page, 0), ==, "mine\nin two lines");
  g_assert_cmpmem (claw_message_get_id (first->message), CLAW_MESSAGE_ID_SIZE,
                   claw_message_get_id (own), CLAW_MESSAGE_ID_SIZE);
  g_assert_false (second->is_own);
  g_assert_cmpstr (claw_message_get_sender (second->message), ==, "Zoë");
  g_assert_cmpint (claw_message_get_time_us (second->message), ==,
                   G_GINT64_CONSTANT (1700000000123456));
  g_assert_cmpstr (get_text (page, 1), ==, "Grüße 👋");
}

/* The longest message that there is comes back too. */
static void
test_longest (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  g_autofree char *name = g_strnfill (CLAW_MESSAGE_NAME_MAX, 'n');
  add (fixture, name, text);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 1);
  g_assert_cmpuint (page->len, ==, 1);
  g_assert_cmpstr (get_text (page, 0), ==, text);
}

/* Pages follow each other backwards without a gap, each of them oldest first. */
static void
test_pages (Fixture *fixture, gconstpointer data)
{
  add_numbered (fixture, 0, 25);
  gint64 before_row = 0;
  unsigned expected[] = { 10, 10, 5, 0 }, end = 25;
  for (unsigned i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (GPtrArray) page = load (fixture, before_row, 10);
      g_assert_cmpuint (page->len, ==, expected[i]);
      end -= page->len;
      for (unsigned j = 0; j < page->len; j++)
        {
          g_autofree char *text = g_strdup_printf ("%u", end + j);
          g_assert_cmpstr (get_text (page, j), ==, text);
        }
      if (page->len > 0)
        before_row = ((ClawArchivedMessage *) page->pdata[0])->row;
    }
  g_autoptr (GPtrArray) nothing = load (fixture, 0, 0);
  g_assert_cmpuint (nothing->len, ==, 0);
}

/* A message that the server sends a second time, after a restart, is kept once. */
static void
test_twice (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = make_message ("Alice", "once");
  claw_archive_add (fixture->archive, message, FALSE, CLAW_MESSAGE_QUEUED);
  reopen (fixture);
  claw_archive_add (fixture->archive, message, FALSE, CLAW_MESSAGE_QUEUED);
  add (fixture, "Alice", "after");
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_cmpstr (get_text (page, 1), ==, "after");
}

/* The state goes forward, never back; one of a message that is not there is nothing. */
static void
test_states (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = make_message (NULL, "mine");
  g_autoptr (ClawMessage) unknown = make_message (NULL, "never kept");
  claw_archive_add (fixture->archive, message, TRUE, CLAW_MESSAGE_QUEUED);
  claw_archive_set_state (fixture->archive, message, CLAW_MESSAGE_DELIVERED);
  claw_archive_set_state (fixture->archive, message, CLAW_MESSAGE_SENT);
  claw_archive_set_state (fixture->archive, unknown, CLAW_MESSAGE_SENT);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 1);
  g_assert_cmpint (((ClawArchivedMessage *) page->pdata[0])->state, ==, CLAW_MESSAGE_DELIVERED);
  claw_archive_remove (fixture->archive, message);
  g_autoptr (GPtrArray) empty = load (fixture, 0, 10);
  g_assert_cmpuint (empty->len, ==, 0);
}

/* What was not delivered is there after a restart, in order, whether or not there is a history. */
static void
test_outbox (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) first = make_message (NULL, "first");
  g_autoptr (ClawMessage) second = make_message (NULL, "second");
  g_autoptr (ClawMessage) third = make_message (NULL, "third");
  claw_archive_keep_queued (fixture->archive, first);
  claw_archive_keep_queued (fixture->archive, second);
  claw_archive_keep_queued (fixture->archive, second);
  claw_archive_keep_queued (fixture->archive, third);
  claw_archive_forget_queued (fixture->archive, first);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) queued = claw_archive_get_queued (fixture->archive);
      g_assert_cmpuint (queued->len, ==, 2);
      g_assert_cmpstr (claw_message_get_text (queued->pdata[0], NULL), ==, "second");
      g_assert_cmpmem (claw_message_get_id (queued->pdata[1]), CLAW_MESSAGE_ID_SIZE,
                       claw_message_get_id (third), CLAW_MESSAGE_ID_SIZE);
      reopen (fixture);
    }
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 0);
}

/* Settings of any type come back by name; one that was removed, or has another type, does not. */
static void
test_settings (Fixture *fixture, gconstpointer data)
{
  claw_archive_set_setting (fixture->archive, "title", g_variant_new_string ("Family"));
  claw_archive_set_setting (fixture->archive, "title", g_variant_new_string ("Friends"));
  claw_archive_set_setting (fixture->archive, "history", g_variant_new_boolean (FALSE));
  claw_archive_set_setting (fixture->archive, "draft", g_variant_new_string ("gone"));
  claw_archive_set_setting (fixture->archive, "draft", NULL);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GVariant) title = claw_archive_get_setting (fixture->archive, "title",
                                                             G_VARIANT_TYPE_STRING);
      g_autoptr (GVariant) history = claw_archive_get_setting (fixture->archive, "history",
                                                               G_VARIANT_TYPE_BOOLEAN);
      g_assert_cmpstr (g_variant_get_string (title, NULL), ==, "Friends");
      g_assert_false (g_variant_get_boolean (history));
      g_assert_null (claw_archive_get_setting (fixture->archive, "draft", G_VARIANT_TYPE_STRING));
      g_assert_null (claw_archive_get_setting (fixture->archive, "title", G_VARIANT_TYPE_INT32));
      reopen (fixture);
    }
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

/* A full disk is told once; the chat goes on, and when there is room again nothing is missing. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
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
  g_atomic_int_set (&is_disk_full, FALSE);
  add (fixture, "Alice", "after");
  flush_well (fixture);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 5);
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

/* Found whatever the case, the way accents are encoded, and the width of the letters; newest first.
 */
static void
test_search (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *wanted;
    unsigned n;
    const char *newest;
  } cases[] = {
    { "hello", 2, "Say HELLO" },
    { "CAFÉ", 1, "Cafe\xcc\x81 au lait" },
    { "cafe\xcc\x81", 1, "Cafe\xcc\x81 au lait" },
    { "STRASSE", 1, "Straße" },
    { "straße", 1, "Straße" },
    { "ａｂｃ", 1, "abc" },
    { "ΣΊΣΥΦΟΣ", 1, "Σίσυφος" },
    { "nowhere", 0, NULL },
    { "", 0, NULL },
    { "100%_", 1, "100%_ sure" },
  };
  static const char *const texts[] = { "Hello there", "Cafe\xcc\x81 au lait", "Straße",   "abc",
                                       "Σίσυφος",     "100%_ sure",           "Say HELLO" };
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    add (fixture, "Alice", texts[i]);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) found = search (fixture, cases[i].wanted);
      g_assert_cmpuint (found->len, ==, cases[i].n);
      if (found->len > 0)
        g_assert_cmpstr (get_text (found, 0), ==, cases[i].newest);
    }
}

/* No more than so many are given, and one that nobody waits for any more stops. */
static void
test_search_ends (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  for (unsigned i = 0; i < CLAW_ARCHIVE_SEARCH_MAX + 1; i++)
    add (fixture, "Alice", "the same");
  g_autoptr (GPtrArray) found = search (fixture, "same");
  g_assert_cmpuint (found->len, ==, CLAW_ARCHIVE_SEARCH_MAX);
  g_clear_object (&fixture->result);
  claw_archive_search_async (fixture->archive, "other", cancellable, on_done, fixture);
  g_cancellable_cancel (cancellable);
  wait_for_result (fixture);
  g_assert_null (claw_archive_search_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Export. */

static void
on_progress (goffset done, goffset total, gpointer user_data)
{
  gint64 *last = user_data;
  g_assert_cmpint (done, >, *last);
  g_assert_cmpint (done, <=, total);
  *last = done;
}

/* Returns: (transfer full): what is in the file */
static char *
export_to (Fixture *fixture, ClawArchiveFormat format, gint64 *progress)
{
  g_autofree char *path = g_build_filename (fixture->directory, "export", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  char *content = NULL;
  GStatBuf status;
  g_clear_object (&fixture->result);
  claw_archive_export_async (fixture->archive, file, format, "Me", on_progress, progress, NULL,
                             on_done, fixture);
  wait_for_result (fixture);
  claw_archive_export_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  return content;
}

/* One reads the text, and a program the JSON. */
static void
test_export (Fixture *fixture, gconstpointer data)
{
  gint64 progress = 0;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  add (fixture, "Alice", "say \"hello\"\nin two lines");
  add (fixture, NULL, "hello");
  add_numbered (fixture, 0, 1500);
  g_autofree char *text = export_to (fixture, CLAW_ARCHIVE_TEXT, &progress);
  g_assert_cmpint (progress, ==, 1502);
  g_assert_nonnull (strstr (text, "] Alice: say \"hello\"\nin two lines\n["));
  g_assert_nonnull (strstr (text, "] Me: hello\n["));
  g_assert_true (g_str_has_suffix (text, "] Alice: 1499\n"));
  progress = 0;
  g_autofree char *json = export_to (fixture, CLAW_ARCHIVE_JSON, &progress);
  json_parser_load_from_data (parser, json, -1, &error);
  g_assert_no_error (error);
  JsonArray *messages = json_object_get_array_member (
      json_node_get_object (json_parser_get_root (parser)), "messages");
  g_assert_cmpuint (json_array_get_length (messages), ==, 1502);
  JsonObject *first = json_array_get_object_element (messages, 0);
  JsonObject *second = json_array_get_object_element (messages, 1);
  g_assert_cmpstr (json_object_get_string_member (first, "text"), ==,
                   "say \"hello\"\nin two lines");
  g_assert_cmpstr (json_object_get_string_member (first, "time"), ==, "2023-11-14T22:13:20Z");
  g_assert_cmpstr (json_object_get_string_member (second, "state"), ==, "queued");
  g_assert_true (json_object_get_boolean_member (second, "own"));
}

static void
cancel_at_first (goffset done, goffset total, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static void
assert_none (const Fixture *fixture, const char *name, const char *suffix)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *found = NULL;
  while ((found = g_dir_read_name (dir)))
    {
      g_assert_cmpstr (found, !=, name);
      g_assert_false (g_str_has_suffix (found, suffix));
    }
}

/* Where there was nothing, an export that is given up leaves nothing. */
static void
test_export_cancelled_new (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "new", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  add_numbered (fixture, 0, 5000);
  g_clear_object (&fixture->result);
  claw_archive_export_async (fixture->archive, file, CLAW_ARCHIVE_JSON, "Me", cancel_at_first,
                             cancellable, cancellable, on_done, fixture);
  wait_for_result (fixture);
  /* It may have been written before the first progress was told. */
  if (!claw_archive_export_finish (fixture->archive, fixture->result, &error))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      assert_none (fixture, "new", ".part");
    }
  g_remove (path);
}

/* An export that is given up, or cannot be written, leaves what was there. */
static void
test_export_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "export", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) nowhere = g_file_new_for_path ("/nonexistent/export");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  g_assert_true (g_file_set_contents (path, "before", -1, NULL));
  add_numbered (fixture, 0, 5000);
  g_clear_object (&fixture->result);
  claw_archive_export_async (fixture->archive, file, CLAW_ARCHIVE_TEXT, "Me", cancel_at_first,
                             cancellable, cancellable, on_done, fixture);
  g_cancellable_cancel (cancellable);
  wait_for_result (fixture);
  g_assert_false (claw_archive_export_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "before");
  g_clear_error (&error);
  g_clear_object (&fixture->result);
  claw_archive_export_async (fixture->archive, nowhere, CLAW_ARCHIVE_JSON, "Me", NULL, NULL, NULL,
                             on_done, fixture);
  wait_for_result (fixture);
  g_assert_false (claw_archive_export_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* What is removed is gone from the files too; the outbox stays. */
static void
test_clear (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) queued = make_message (NULL, "not delivered");
  claw_archive_keep_queued (fixture->archive, queued);
  add_numbered (fixture, 0, 500);
  flush_well (fixture);
  g_clear_object (&fixture->result);
  claw_archive_clear_async (fixture->archive, on_done, fixture);
  wait_for_result (fixture);
  claw_archive_clear_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  add (fixture, "Alice", "anew");
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 1);
  /* Numbers are not used again. */
  g_assert_cmpint (((ClawArchivedMessage *) page->pdata[0])->row, >, 500);
  reopen (fixture);
  g_autoptr (GPtrArray) outbox = claw_archive_get_queued (fixture->archive);
  g_assert_cmpuint (outbox->len, ==, 1);
}

/* What was kept before a time goes, and what came later stays. */
static void
test_expire (Fixture *fixture, gconstpointer data)
{
  add_numbered (fixture, 0, 5);
  gint64 before_us = g_get_real_time () + 1;
  while (g_get_real_time () <= before_us)
    ;
  add_numbered (fixture, 5, 8);
  claw_archive_expire (fixture->archive, 1);
  g_autoptr (GPtrArray) all = load (fixture, 0, 10);
  g_assert_cmpuint (all->len, ==, 8);
  claw_archive_expire (fixture->archive, before_us);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 3);
  g_assert_cmpstr (get_text (page, 0), ==, "5");
}

/* After destroy () no file is left, and what is asked later fails without harm. */
static void
test_destroy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *aside = g_strconcat (fixture->path, CLAW_ARCHIVE_DAMAGED_SUFFIX "1", NULL);
  g_assert_true (g_file_set_contents (aside, "old", -1, NULL));
  add_numbered (fixture, 0, 50);
  claw_archive_destroy (fixture->archive, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (fixture, ""), ==, 0);
  add (fixture, "Alice", "too late");
  g_assert_false (flush (fixture, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_GONE);
  g_assert_cmpuint (count_files (fixture, ""), ==, 0);
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

/* Returns: the last number that the child called kept before it was killed. */
static uint32_t
run_and_kill (Fixture *fixture, gint64 after_us)
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
      uint32_t kept = run_and_kill (fixture, g_test_rand_int_range (2000, 60000));
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
  ADD ("/archive/messages/whole", test_whole);
  ADD ("/archive/messages/longest", test_longest);
  ADD ("/archive/messages/pages", test_pages);
  ADD ("/archive/messages/twice", test_twice);
  ADD ("/archive/messages/states", test_states);
  ADD ("/archive/outbox/survives", test_outbox);
  ADD ("/archive/settings/survive", test_settings);
  ADD ("/archive/seal/nothing-in-the-clear", test_sealed);
  ADD ("/archive/seal/padded", test_padded);
  ADD ("/archive/seal/rows-exchanged", test_exchanged);
  ADD ("/archive/open/wrong-key", test_wrong_key);
  ADD ("/archive/open/newer-version", test_newer);
  ADD ("/archive/open/busy", test_busy);
  ADD ("/archive/damaged/at-the-opening", test_damaged);
  ADD ("/archive/damaged/inside", test_damaged_inside);
  ADD ("/archive/full/and-again-room", test_full);
  ADD ("/archive/full/for-long", test_full_for_long);
  ADD ("/archive/search/finds", test_search);
  ADD ("/archive/search/ends", test_search_ends);
  ADD ("/archive/export/both-formats", test_export);
  ADD ("/archive/export/given-up", test_export_cancelled);
  ADD ("/archive/export/given-up-new", test_export_cancelled_new);
  ADD ("/archive/remove/clear", test_clear);
  ADD ("/archive/remove/expire", test_expire);
  ADD ("/archive/remove/destroy", test_destroy);
  ADD ("/archive/killed/at-any-moment", test_killed);
  return g_test_run ();
}
