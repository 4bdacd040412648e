/* claw-archive-db.c: see claw-archive-db.h. */
#include "claw-archive-db.h"

#include "claw-archive.h"
#include "claw-archive-seal.h"
#include "claw-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/* "Claw" */
#define APPLICATION_ID 0x436c6177
#define MESSAGES "messages"
#define OUTBOX "outbox"
#define SETTINGS "settings"
#define ASIDE_MAX 1000
#define LOG_BLOCK 65536

static const char *const log_suffixes[] = { "", "-wal", "-shm", "-journal" };

struct ClawArchiveDb
{
  sqlite3 *handle;
  char *path;
  ClawArchiveSeal seal;
  gboolean is_open; /* it is an archive, and ours */
};

/* clang-format off */
G_DEFINE_QUARK (claw-archive-error-quark, claw_archive_error)
/* clang-format on */

typedef sqlite3_stmt Statement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Statement, sqlite3_finalize)

/* Errors. */

static ClawArchiveError
get_error_code (int result, int system_error)
{
  switch (result & 0xff)
    {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return CLAW_ARCHIVE_ERROR_DAMAGED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return CLAW_ARCHIVE_ERROR_BUSY;
    case SQLITE_FULL:
      return CLAW_ARCHIVE_ERROR_FULL;
    default:
      return system_error == ENOSPC || system_error == EDQUOT ? CLAW_ARCHIVE_ERROR_FULL
                                                              : CLAW_ARCHIVE_ERROR_IO;
    }
}

static const char *
get_advice (ClawArchiveError code)
{
  switch (code)
    {
    case CLAW_ARCHIVE_ERROR_DAMAGED:
      return _ ("the file is damaged");
    case CLAW_ARCHIVE_ERROR_BUSY:
      return _ ("another program uses it. Close that program first.");
    case CLAW_ARCHIVE_ERROR_FULL:
      return _ ("there is no space left on the disk. Make room; nothing more is kept until then.");
    case CLAW_ARCHIVE_ERROR_KEY:
    case CLAW_ARCHIVE_ERROR_VERSION:
    case CLAW_ARCHIVE_ERROR_IO:
    case CLAW_ARCHIVE_ERROR_GONE:
      break;
    }
  return NULL;
}

static void
set_error (GError **error, ClawArchiveDb *db, int result)
{
  ClawArchiveError code = get_error_code (result,
                                          db->handle ? sqlite3_system_errno (db->handle) : 0);
  const char *advice = get_advice (code);
  g_autofree char *name = g_filename_display_name (db->path);
  g_set_error (error, CLAW_ARCHIVE_ERROR, code, "%s: %s", name,
               advice       ? advice
               : db->handle ? sqlite3_errmsg (db->handle)
                            : sqlite3_errstr (result));
}

static gboolean
check (ClawArchiveDb *db, int result, GError **error)
{
  if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW)
    return TRUE;
  set_error (error, db, result);
  return FALSE;
}

/* Statements. */

static gboolean
run (ClawArchiveDb *db, const char *sql, GError **error)
{
  return check (db, sqlite3_exec (db->handle, sql, NULL, NULL, NULL), error);
}

/* Returns: (nullable): NULL with the error set. */
static Statement *
prepare (ClawArchiveDb *db, const char *sql, GError **error)
{
  Statement *statement = NULL;
  if (!check (db, sqlite3_prepare_v2 (db->handle, sql, -1, &statement, NULL), error))
    return NULL;
  return statement;
}

static gboolean
finish (ClawArchiveDb *db, Statement *statement, GError **error)
{
  return check (db, sqlite3_step (statement), error);
}

/* @sql: gives one number. */
static gboolean
get_number (ClawArchiveDb *db, const char *sql, gint64 *number, GError **error)
{
  g_autoptr (Statement) statement = prepare (db, sql, error);
  *number = 0;
  if (!statement)
    return FALSE;
  int result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    *number = sqlite3_column_int64 (statement, 0);
  return check (db, result, error);
}

/* Opening. */

static gboolean
create_file (const char *path, GError **error)
{
  /* SQLite would let the umask decide, and gives its log the file's mode. */
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  int saved_errno = errno;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, CLAW_ARCHIVE_ERROR, get_error_code (SQLITE_CANTOPEN, saved_errno), "%s: %s",
               name, g_strerror (saved_errno));
  return FALSE;
}

static gboolean
configure (ClawArchiveDb *db, GError **error)
{
  sqlite3_extended_result_codes (db->handle, 1);
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  /* The first to look at the file is locking_mode's reader: no shared memory beside the file. */
  return run (db,
              "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
              "PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
              error);
}

static gboolean
create_tables (ClawArchiveDb *db, const ClawKey *store_key, GError **error)
{
  g_auto (ClawKey) key = { 0 };
  claw_key_generate (&key);
  g_autoptr (GBytes) wrapped = claw_archive_seal_wrap (&key, store_key);
  g_autofree char *version = g_strdup_printf ("PRAGMA application_id=%d; PRAGMA user_version=%d",
                                              APPLICATION_ID, CLAW_ARCHIVE_DB_VERSION);
  if (!run (db,
            "BEGIN IMMEDIATE;"
            "CREATE TABLE key (row INTEGER PRIMARY KEY, sealed BLOB NOT NULL);"
            "CREATE TABLE messages (row INTEGER PRIMARY KEY AUTOINCREMENT, tag BLOB NOT NULL "
            "UNIQUE, sealed BLOB NOT NULL);"
            "CREATE TABLE outbox (row INTEGER PRIMARY KEY AUTOINCREMENT, tag BLOB NOT NULL UNIQUE, "
            "sealed BLOB NOT NULL);"
            "CREATE TABLE settings (row INTEGER PRIMARY KEY AUTOINCREMENT, tag BLOB NOT NULL "
            "UNIQUE, sealed BLOB NOT NULL);",
            error)
      || !run (db, version, error))
    return FALSE;
  g_autoptr (Statement) statement = prepare (db, "INSERT INTO key VALUES (1, ?)", error);
  if (!statement)
    return FALSE;
  sqlite3_bind_blob (statement, 1, g_bytes_get_data (wrapped, NULL),
                     (int) g_bytes_get_size (wrapped), SQLITE_STATIC);
  return finish (db, statement, error) && run (db, "COMMIT", error);
}

static gboolean
check_version (ClawArchiveDb *db, gint64 application, gint64 version, GError **error)
{
  if (application != APPLICATION_ID || version < 1)
    {
      set_error (error, db, SQLITE_NOTADB);
      return FALSE;
    }
  if (version <= CLAW_ARCHIVE_DB_VERSION)
    return TRUE;
  g_autofree char *name = g_filename_display_name (db->path);
  g_set_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_VERSION,
               _ ("%s: this history has version %d, this program knows version %d. Start the "
                  "program that wrote it."),
               name, (int) version, CLAW_ARCHIVE_DB_VERSION);
  return FALSE;
}

static gboolean
load_key (ClawArchiveDb *db, const ClawKey *store_key, GError **error)
{
  g_auto (ClawKey) key = { 0 };
  g_autoptr (Statement) statement = prepare (db, "SELECT sealed FROM key WHERE row = 1", error);
  if (!statement)
    return FALSE;
  int result = sqlite3_step (statement);
  if (result != SQLITE_ROW)
    {
      set_error (error, db, result == SQLITE_DONE ? SQLITE_CORRUPT : result);
      return FALSE;
    }
  const void *wrapped = sqlite3_column_blob (statement, 0);
  size_t length = (size_t) sqlite3_column_bytes (statement, 0);
  if (!claw_archive_seal_unwrap (store_key, wrapped, length, &key))
    {
      g_autofree char *name = g_filename_display_name (db->path);
      g_set_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_KEY,
                   _ ("%s: this history was sealed under another key"), name);
      return FALSE;
    }
  claw_archive_seal_init (&db->seal, &key);
  return TRUE;
}

static gboolean
load_schema (ClawArchiveDb *db, const ClawKey *store_key, GError **error)
{
  gint64 application = 0, version = 0, tables = 0;
  if (!get_number (db, "PRAGMA application_id", &application, error)
      || !get_number (db, "PRAGMA user_version", &version, error)
      || !get_number (db, "SELECT count(*) FROM sqlite_schema", &tables, error))
    return FALSE;
  if (application == 0 && version == 0 && tables == 0 && !create_tables (db, store_key, error))
    return FALSE;
  if (tables > 0 && !check_version (db, application, version, error))
    return FALSE;
  return load_key (db, store_key, error);
}

ClawArchiveDb *
claw_archive_db_open (const char *path, const ClawKey *key, GError **error)
{
  g_autoptr (ClawArchiveDb) db = g_new0 (ClawArchiveDb, 1);
  db->path = g_strdup (path);
  if (!create_file (path, error))
    return NULL;
  int result = sqlite3_open_v2 (
      path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
  if (!check (db, result, error) || !configure (db, error) || !load_schema (db, key, error))
    return NULL;
  db->is_open = TRUE;
  return g_steal_pointer (&db);
}

void
claw_archive_db_close (ClawArchiveDb *db)
{
  if (!db)
    return;
  /* Else SQLite removes the log with all that it holds. */
  if (db->is_open)
    claw_archive_db_settle (db, NULL);
  sqlite3_close (db->handle);
  claw_archive_seal_clear (&db->seal);
  g_free (db->path);
  g_free (db);
}

/* Files. */

static gboolean
is_free (const char *path)
{
  for (size_t i = 0; i < G_N_ELEMENTS (log_suffixes); i++)
    {
      g_autofree char *file = g_strconcat (path, log_suffixes[i], NULL);
      if (g_file_test (file, G_FILE_TEST_EXISTS) || g_file_test (file, G_FILE_TEST_IS_SYMLINK))
        return FALSE;
    }
  return TRUE;
}

/* Returns: (transfer full) (nullable) */
static char *
find_free (const char *path)
{
  for (unsigned i = 1; i <= ASIDE_MAX; i++)
    {
      g_autofree char *aside = g_strdup_printf ("%s" CLAW_ARCHIVE_DAMAGED_SUFFIX "%u", path, i);
      if (is_free (aside))
        return g_steal_pointer (&aside);
    }
  return NULL;
}

char *
claw_archive_db_move_aside (const char *path, GError **error)
{
  g_autofree char *aside = find_free (path);
  int saved_errno = EEXIST;
  gboolean good = aside != NULL;
  for (size_t i = 0; good && i < G_N_ELEMENTS (log_suffixes); i++)
    {
      g_autofree char *from = g_strconcat (path, log_suffixes[i], NULL);
      g_autofree char *to = g_strconcat (aside, log_suffixes[i], NULL);
      good = g_rename (from, to) == 0 || errno == ENOENT;
      saved_errno = errno;
    }
  if (good)
    return g_steal_pointer (&aside);
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_IO,
               _ ("%s: this damaged history cannot be moved aside: %s"), name,
               g_strerror (saved_errno));
  return NULL;
}

gboolean
claw_archive_db_erase (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (GError) fault = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (directory, &fault);
  gboolean good = !fault;
  const char *name = NULL;
  if (fault)
    g_propagate_error (error, g_steal_pointer (&fault));
  while (dir && (name = g_dir_read_name (dir)))
    {
      if (!g_str_has_prefix (name, base))
        continue;
      g_autofree char *file = g_build_filename (directory, name, NULL);
      good = claw_file_erase (file, good ? error : NULL) && good;
    }
  return good;
}

/* Older copies of which nothing was written since, in @before_us. */
static gboolean
erase_aside (const char *path, gint64 before_us, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *prefix = g_strconcat (base, CLAW_ARCHIVE_DAMAGED_SUFFIX, NULL);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  gboolean good = TRUE;
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    {
      GStatBuf status;
      g_autofree char *file = g_build_filename (directory, name, NULL);
      if (g_str_has_prefix (name, prefix) && g_lstat (file, &status) == 0
          && (gint64) status.st_mtime < before_us / G_USEC_PER_SEC)
        good = claw_file_erase (file, good ? error : NULL) && good;
    }
  return good;
}

/* Transactions. */

gboolean
claw_archive_db_begin (ClawArchiveDb *db, GError **error)
{
  return run (db, "BEGIN IMMEDIATE", error);
}

gboolean
claw_archive_db_commit (ClawArchiveDb *db, GError **error)
{
  return run (db, "COMMIT", error);
}

void
claw_archive_db_rollback (ClawArchiveDb *db)
{
  /* Some errors have rolled back already. */
  if (!sqlite3_get_autocommit (db->handle))
    sqlite3_exec (db->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* The log, of which nothing is needed any more. Without it whole, SQLite takes it for empty. */
static int
overwrite_log (ClawArchiveDb *db)
{
  static const uint8_t zeros[LOG_BLOCK];
  sqlite3_file *log = NULL;
  sqlite3_int64 size = 0;
  int result = sqlite3_file_control (db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (result != SQLITE_OK || !log || !log->pMethods)
    return result;
  result = log->pMethods->xFileSize (log, &size);
  for (sqlite3_int64 at = 0; result == SQLITE_OK && at < size; at += LOG_BLOCK)
    result = log->pMethods->xWrite (log, zeros, (int) MIN (size - at, LOG_BLOCK), at);
  return result == SQLITE_OK && size > 0 ? log->pMethods->xSync (log, SQLITE_SYNC_NORMAL) : result;
}

gboolean
claw_archive_db_settle (ClawArchiveDb *db, GError **error)
{
  int in_log = 0, in_file = 0;
  if (!check (db,
              sqlite3_wal_checkpoint_v2 (db->handle, NULL, SQLITE_CHECKPOINT_RESTART, &in_log,
                                         &in_file),
              error))
    return FALSE;
  return (in_log != in_file || check (db, overwrite_log (db), error))
         && run (db, "PRAGMA wal_checkpoint(TRUNCATE)", error);
}

gboolean
claw_archive_db_shrink (ClawArchiveDb *db, GError **error)
{
  return run (db, "VACUUM", error) && claw_archive_db_settle (db, error);
}

/* Rows of any table. */

static gboolean
insert (ClawArchiveDb *db,
        const char *table,
        gint64 row,
        const uint8_t tag[CLAW_ARCHIVE_TAG_SIZE],
        const void *plaintext,
        size_t length,
        GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "INSERT INTO %s VALUES (?, ?, ?) ON CONFLICT (tag) DO NOTHING", table);
  g_autoptr (Statement) statement = prepare (db, sql, error);
  if (!statement)
    return FALSE;
  g_autoptr (GBytes) sealed = claw_archive_seal_row (&db->seal, table, row, plaintext, length);
  sqlite3_bind_int64 (statement, 1, row);
  sqlite3_bind_blob (statement, 2, tag, CLAW_ARCHIVE_TAG_SIZE, SQLITE_STATIC);
  sqlite3_bind_blob (statement, 3, g_bytes_get_data (sealed, NULL), (int) g_bytes_get_size (sealed),
                     SQLITE_STATIC);
  return finish (db, statement, error);
}

static gboolean
delete_by_tag (ClawArchiveDb *db,
               const char *table,
               const uint8_t tag[CLAW_ARCHIVE_TAG_SIZE],
               GError **error)
{
  g_autofree char *sql = g_strdup_printf ("DELETE FROM %s WHERE tag = ?", table);
  g_autoptr (Statement) statement = prepare (db, sql, error);
  if (!statement)
    return FALSE;
  sqlite3_bind_blob (statement, 1, tag, CLAW_ARCHIVE_TAG_SIZE, SQLITE_STATIC);
  return finish (db, statement, error);
}

static gboolean
next_row (ClawArchiveDb *db, const char *table, gint64 *row, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("SELECT seq FROM sqlite_sequence WHERE name = '%s'",
                                          table);
  if (!get_number (db, sql, row, error))
    return FALSE;
  *row = *row + 1;
  return TRUE;
}

/* Returns: (transfer full) (nullable): what the present row of @statement holds. */
static GBytes *
open_row (ClawArchiveDb *db, const char *table, Statement *statement, gint64 *row)
{
  *row = sqlite3_column_int64 (statement, 0);
  const void *sealed = sqlite3_column_blob (statement, 1);
  size_t length = (size_t) sqlite3_column_bytes (statement, 1);
  return sealed ? claw_archive_seal_open (&db->seal, table, *row, sealed, length) : NULL;
}

/* Messages. */

static void
get_message_tag (ClawArchiveDb *db, const uint8_t *id, uint8_t tag[CLAW_ARCHIVE_TAG_SIZE])
{
  claw_archive_seal_tag (&db->seal, id, CLAW_MESSAGE_ID_SIZE, tag);
}

gboolean
claw_archive_db_get_next_row (ClawArchiveDb *db, gint64 *row, GError **error)
{
  return next_row (db, MESSAGES, row, error);
}

static gboolean
insert_message (ClawArchiveDb *db,
                const char *table,
                const ClawArchivedMessage *archived,
                GError **error)
{
  uint8_t tag[CLAW_ARCHIVE_TAG_SIZE];
  g_autoptr (GByteArray) bytes = claw_archived_message_write (archived);
  get_message_tag (db, claw_message_get_id (archived->message), tag);
  return insert (db, table, archived->row, tag, bytes->data, bytes->len, error);
}

gboolean
claw_archive_db_add (ClawArchiveDb *db, const ClawArchivedMessage *archived, GError **error)
{
  return insert_message (db, MESSAGES, archived, error);
}

/* Returns: (transfer full) (nullable) */
static ClawArchivedMessage *
read_row (ClawArchiveDb *db, const char *table, Statement *statement)
{
  gint64 row = 0;
  size_t length = 0;
  g_autoptr (GBytes) plaintext = open_row (db, table, statement, &row);
  if (!plaintext)
    return NULL;
  const uint8_t *bytes = g_bytes_get_data (plaintext, &length);
  return claw_archived_message_read (row, bytes, length);
}

static gboolean
replace_row (ClawArchiveDb *db,
             const char *table,
             const ClawArchivedMessage *archived,
             GError **error)
{
  g_autofree char *sql = g_strdup_printf ("UPDATE %s SET sealed = ? WHERE row = ?", table);
  g_autoptr (Statement) statement = prepare (db, sql, error);
  if (!statement)
    return FALSE;
  g_autoptr (GByteArray) bytes = claw_archived_message_write (archived);
  g_autoptr (GBytes) sealed = claw_archive_seal_row (&db->seal, table, archived->row, bytes->data,
                                                     bytes->len);
  sqlite3_bind_blob (statement, 1, g_bytes_get_data (sealed, NULL), (int) g_bytes_get_size (sealed),
                     SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, archived->row);
  return finish (db, statement, error);
}

static gboolean
set_state (ClawArchiveDb *db,
           const char *table,
           const uint8_t id[CLAW_MESSAGE_ID_SIZE],
           ClawMessageState state,
           GError **error)
{
  uint8_t tag[CLAW_ARCHIVE_TAG_SIZE];
  g_autofree char *sql = g_strdup_printf ("SELECT row, sealed FROM %s WHERE tag = ?", table);
  g_autoptr (Statement) statement = prepare (db, sql, error);
  if (!statement)
    return FALSE;
  get_message_tag (db, id, tag);
  sqlite3_bind_blob (statement, 1, tag, sizeof tag, SQLITE_STATIC);
  int result = sqlite3_step (statement);
  if (result != SQLITE_ROW)
    return check (db, result, error);
  g_autoptr (ClawArchivedMessage) archived = read_row (db, table, statement);
  sqlite3_reset (statement);
  if (!archived || archived->state >= state)
    return TRUE;
  archived->state = state;
  return replace_row (db, table, archived, error);
}

gboolean
claw_archive_db_set_state (ClawArchiveDb *db,
                           const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                           ClawMessageState state,
                           GError **error)
{
  return set_state (db, MESSAGES, id, state, error) && set_state (db, OUTBOX, id, state, error);
}

gboolean
claw_archive_db_remove (ClawArchiveDb *db, const uint8_t id[CLAW_MESSAGE_ID_SIZE], GError **error)
{
  uint8_t tag[CLAW_ARCHIVE_TAG_SIZE];
  get_message_tag (db, id, tag);
  return delete_by_tag (db, MESSAGES, tag, error);
}

gboolean
claw_archive_db_clear (ClawArchiveDb *db, GError **error)
{
  return erase_aside (db->path, G_MAXINT64, error) && run (db, "DELETE FROM messages", error);
}

gboolean
claw_archive_db_count (ClawArchiveDb *db, gint64 *count, GError **error)
{
  return get_number (db, "SELECT count(*) FROM messages", count, error);
}

gboolean
claw_archive_db_visit (ClawArchiveDb *db,
                       ClawArchiveOrder order,
                       gint64 from,
                       ClawArchiveVisit visit,
                       gpointer user_data,
                       unsigned *unreadable,
                       GError **error)
{
  const char *sql = order == CLAW_ARCHIVE_NEWEST_FIRST
                        ? "SELECT row, sealed FROM messages WHERE row < ? ORDER BY row DESC"
                        : "SELECT row, sealed FROM messages WHERE row > ? ORDER BY row";
  g_autoptr (Statement) statement = prepare (db, sql, error);
  int result = SQLITE_ROW;
  if (!statement)
    return FALSE;
  sqlite3_bind_int64 (statement, 1,
                      order == CLAW_ARCHIVE_NEWEST_FIRST && from == 0 ? G_MAXINT64 : from);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      ClawArchivedMessage *archived = read_row (db, MESSAGES, statement);
      if (!archived)
        *unreadable += 1;
      else if (!visit (archived, user_data))
        return TRUE;
    }
  return check (db, result, error);
}

typedef struct
{
  gint64 before_us;
  gint64 last_row;
} Expiry;

static gboolean
visit_expired (ClawArchivedMessage *archived, gpointer user_data)
{
  Expiry *expiry = user_data;
  gboolean is_expired = archived->kept_us < expiry->before_us;
  if (is_expired)
    expiry->last_row = archived->row;
  claw_archived_message_free (archived);
  return is_expired;
}

gboolean
claw_archive_db_expire (ClawArchiveDb *db, gint64 before_us, GError **error)
{
  Expiry expiry = { .before_us = before_us };
  unsigned unreadable = 0;
  g_autoptr (GError) aside_error = NULL;
  if (!erase_aside (db->path, before_us, &aside_error))
    g_debug ("%s", aside_error->message);
  if (!claw_archive_db_visit (db, CLAW_ARCHIVE_OLDEST_FIRST, 0, visit_expired, &expiry, &unreadable,
                              error))
    return FALSE;
  if (expiry.last_row == 0)
    return TRUE;
  g_autoptr (Statement) statement = prepare (db, "DELETE FROM messages WHERE row <= ?", error);
  if (!statement)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, expiry.last_row);
  return finish (db, statement, error);
}

/* The outbox. */

gboolean
claw_archive_db_keep_queued (ClawArchiveDb *db, ClawMessage *message, GError **error)
{
  gint64 row = 0;
  if (!next_row (db, OUTBOX, &row, error))
    return FALSE;
  g_autoptr (ClawArchivedMessage) archived = claw_archived_message_new (row, 0, message, TRUE,
                                                                        CLAW_MESSAGE_QUEUED);
  return insert_message (db, OUTBOX, archived, error);
}

gboolean
claw_archive_db_forget_queued (ClawArchiveDb *db,
                               const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                               GError **error)
{
  uint8_t tag[CLAW_ARCHIVE_TAG_SIZE];
  get_message_tag (db, id, tag);
  return delete_by_tag (db, OUTBOX, tag, error);
}

GPtrArray *
claw_archive_db_load_queued (ClawArchiveDb *db,
                             GHashTable *sent,
                             unsigned *unreadable,
                             GError **error)
{
  g_autoptr (GPtrArray) queued = g_ptr_array_new_with_free_func (
      (GDestroyNotify) claw_message_unref);
  g_autoptr (Statement) statement = prepare (db, "SELECT row, sealed FROM outbox ORDER BY row",
                                             error);
  int result = SQLITE_ROW;
  if (!statement)
    return NULL;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autoptr (ClawArchivedMessage) archived = read_row (db, OUTBOX, statement);
      if (archived)
        g_ptr_array_add (queued, claw_message_ref (archived->message));
      else
        *unreadable += 1;
      if (archived && archived->state != CLAW_MESSAGE_QUEUED)
        g_hash_table_add (sent, archived->message);
    }
  return check (db, result, error) ? g_steal_pointer (&queued) : NULL;
}

/* Settings. */

gboolean
claw_archive_db_set_setting (ClawArchiveDb *db, const char *name, GVariant *value, GError **error)
{
  uint8_t tag[CLAW_ARCHIVE_TAG_SIZE];
  gint64 row = 0;
  claw_archive_seal_tag (&db->seal, name, strlen (name), tag);
  if (!delete_by_tag (db, SETTINGS, tag, error))
    return FALSE;
  if (!value)
    return TRUE;
  g_autoptr (GVariant) pair = g_variant_ref_sink (g_variant_new ("(sv)", name, value));
  return next_row (db, SETTINGS, &row, error)
         && insert (db, SETTINGS, row, tag, g_variant_get_data (pair), g_variant_get_size (pair),
                    error);
}

/* Returns: FALSE when it is not a setting. */
static gboolean
take_setting (GHashTable *settings, GBytes *plaintext)
{
  /* A copy, since a GVariant wants its data aligned. */
  g_autoptr (GBytes) bytes = g_bytes_new (g_bytes_get_data (plaintext, NULL),
                                          g_bytes_get_size (plaintext));
  g_autoptr (GVariant) pair = g_variant_ref_sink (
      g_variant_new_from_bytes (G_VARIANT_TYPE ("(sv)"), bytes, FALSE));
  char *name = NULL;
  GVariant *value = NULL;
  if (!g_variant_is_normal_form (pair))
    return FALSE;
  g_variant_get (pair, "(sv)", &name, &value);
  g_hash_table_replace (settings, name, value);
  return TRUE;
}

GHashTable *
claw_archive_db_load_settings (ClawArchiveDb *db, unsigned *unreadable, GError **error)
{
  g_autoptr (GHashTable) settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                           (GDestroyNotify) g_variant_unref);
  g_autoptr (Statement) statement = prepare (db, "SELECT row, sealed FROM settings", error);
  int result = SQLITE_ROW;
  if (!statement)
    return NULL;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 row = 0;
      g_autoptr (GBytes) plaintext = open_row (db, SETTINGS, statement, &row);
      if (!plaintext || !take_setting (settings, plaintext))
        *unreadable += 1;
    }
  return check (db, result, error) ? g_steal_pointer (&settings) : NULL;
}
