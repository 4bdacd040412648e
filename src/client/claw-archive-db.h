/* claw-archive-db.h: the SQLite file of an archive. Private to the archive.
 *
 * Used by one thread at a time; every call blocks for as long as the disk does. Four tables, all
 * of a row's number, a tag to find it by, and its sealed content:
 *
 *   key       the archive's own random key, sealed under the store's
 *   messages  the history
 *   outbox    messages of ours that were not delivered yet, in order
 *   settings  by name
 *
 * A write-ahead log, so that a program that is killed leaves all that was committed and nothing
 * half; synchronous=FULL, because a commit that only a power cut undoes would still be a message
 * that somebody believes to be kept, and many rows in one transaction make the price small.
 * secure_delete overwrites what is deleted in the file, and claw_archive_db_settle () what the log
 * has of it. The file is locked for this process alone.
 */
#pragma once

#include "claw-archive-error.h"
#include "claw-archived-message.h"
#include "claw-secret.h"

#define CLAW_ARCHIVE_DB_VERSION 1

typedef struct ClawArchiveDb ClawArchiveDb;

/* Makes the file when there is none. Returns: (transfer full) (nullable): NULL with
 * CLAW_ARCHIVE_ERROR; a damaged file is where it was. */
ClawArchiveDb *claw_archive_db_open (const char *path, const ClawKey *key, GError **error);
void claw_archive_db_close (ClawArchiveDb *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawArchiveDb, claw_archive_db_close)
/* Renames a damaged archive, and its log, to a name that is free. Not while it is open. Returns:
 * (transfer full) (nullable): the new path, NULL with CLAW_ARCHIVE_ERROR_IO. */
char *claw_archive_db_move_aside (const char *path, GError **error);
/* Overwrites and removes the file, its log, and copies that were moved aside. Not while it is open.
 */
gboolean claw_archive_db_erase (const char *path, GError **error);

gboolean claw_archive_db_begin (ClawArchiveDb *db, GError **error);
gboolean claw_archive_db_commit (ClawArchiveDb *db, GError **error);
void claw_archive_db_rollback (ClawArchiveDb *db);

/* The number for the next message, above all that were ever used. */
gboolean claw_archive_db_get_next_row (ClawArchiveDb *db, gint64 *row, GError **error);
/* A message that is there already, by its id, stays as it is. */
gboolean
claw_archive_db_add (ClawArchiveDb *db, const ClawArchivedMessage *archived, GError **error);
/* In the history and in the outbox. One that is not there is no error. */
gboolean claw_archive_db_set_state (ClawArchiveDb *db,
                                    const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                                    ClawMessageState state,
                                    GError **error);
gboolean
claw_archive_db_remove (ClawArchiveDb *db, const uint8_t id[CLAW_MESSAGE_ID_SIZE], GError **error);
/* Copies that were moved aside go too. */
gboolean claw_archive_db_clear (ClawArchiveDb *db, GError **error);
/* Removes from the oldest on what was kept before @before_us, up to the first that was not, and
 * copies that were moved aside and are older. */
gboolean claw_archive_db_expire (ClawArchiveDb *db, gint64 before_us, GError **error);
/* Empties the write-ahead log into the file and overwrites it, so that what was deleted is in
 * neither. Also done by close (). */
gboolean claw_archive_db_settle (ClawArchiveDb *db, GError **error);
/* After a settle (): makes the file as small as what is in it. Takes as long as that is much. */
gboolean claw_archive_db_shrink (ClawArchiveDb *db, GError **error);
gboolean claw_archive_db_count (ClawArchiveDb *db, gint64 *count, GError **error);

/* Returns: FALSE to stop. @archived: (transfer full) */
typedef gboolean (*ClawArchiveVisit) (ClawArchivedMessage *archived, gpointer user_data);
typedef enum
{
  CLAW_ARCHIVE_NEWEST_FIRST, /* below @from, which 0 sets to no limit */
  CLAW_ARCHIVE_OLDEST_FIRST, /* above @from */
} ClawArchiveOrder;
/* @unreadable: (inout): grows by the rows that could not be opened, which are passed over. */
gboolean claw_archive_db_visit (ClawArchiveDb *db,
                                ClawArchiveOrder order,
                                gint64 from,
                                ClawArchiveVisit visit,
                                gpointer user_data,
                                unsigned *unreadable,
                                GError **error);

/* The outbox. */
gboolean claw_archive_db_keep_queued (ClawArchiveDb *db, ClawMessage *message, GError **error);
gboolean claw_archive_db_forget_queued (ClawArchiveDb *db,
                                        const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                                        GError **error);
/* @sent: a set that gets those of them that were sent, without a reference. Returns: (transfer
 * full) (element-type ClawMessage) (nullable): in order. */
GPtrArray *claw_archive_db_load_queued (ClawArchiveDb *db,
                                        GHashTable *sent,
                                        unsigned *unreadable,
                                        GError **error);

/* @value: (nullable): NULL removes it. */
gboolean
claw_archive_db_set_setting (ClawArchiveDb *db, const char *name, GVariant *value, GError **error);
/* Returns: (transfer full) (nullable): of char * to GVariant * */
GHashTable *claw_archive_db_load_settings (ClawArchiveDb *db, unsigned *unreadable, GError **error);
