/* claw-archive.h: what a chat of the desktop keeps on the disk: its history, the messages that were
 * not delivered yet, and its settings.
 *
 * One SQLite file a chat, every row sealed (claw-archive-seal.h), under a key of its own which is
 * sealed under the given one. Of who wrote what and when, nothing is in the clear; how many rows
 * there are, and about how long, is. Somebody who can write to the disk can put an older copy of
 * the whole file in its place, but neither change nor exchange rows.
 *
 * The file is used by a thread of its own. Jobs are done in the order in which they were given;
 * writes that wait are put into one transaction. What a program was told to be on the disk, by
 * flush, survives its being killed at any moment, and a power cut. When a write fails, say because
 * the disk is full, it is kept in memory and tried again, up to CLAW_ARCHIVE_PENDING_MAX of them.
 * What is removed is overwritten in the file and in its log: the history at once, what was waiting
 * or is replaced within CLAW_ARCHIVE_TIDY_US of silence, at the latest at the end.
 * A file that turns out to be damaged is moved aside, and a new one begun with the outbox and the
 * settings, which are in memory.
 *
 * All functions belong into the context that was thread-default at the opening; callbacks and the
 * signal come there.
 *
 * Signals: "error" (GError *error): something that was to be kept is not, or not yet. Once until it
 * works again; "recovered" (): it does, and what waited is on the disk.
 */
#pragma once

#include "claw-archive-error.h"
#include "claw-archived-message.h"
#include "claw-secret.h"

#include <gio/gio.h>

/* Writes that wait for the disk to take them; of more, the oldest of the history are given up. */
#define CLAW_ARCHIVE_PENDING_MAX 20000
#define CLAW_ARCHIVE_BATCH_MAX 1000 /* writes in a transaction */
#define CLAW_ARCHIVE_RETRY_US (10 * G_USEC_PER_SEC)
/* Without a job, before what was replaced is overwritten in the log too. */
#define CLAW_ARCHIVE_TIDY_US (10 * G_USEC_PER_SEC)
#define CLAW_ARCHIVE_SEARCH_MAX 1000 /* found messages */
/* Of the name of a file that was moved aside, and a number. */
#define CLAW_ARCHIVE_DAMAGED_SUFFIX ".damaged"

#define CLAW_TYPE_ARCHIVE (claw_archive_get_type ())
G_DECLARE_FINAL_TYPE (ClawArchive, claw_archive, CLAW, ARCHIVE, GObject)

/* Makes the file, mode 0600, when there is none. @key: copied. Blocks for some milliseconds.
 * Returns: (transfer full): NULL with CLAW_ARCHIVE_ERROR. After DAMAGED the file was moved aside,
 * as the message says, and the next call begins a new one. */
ClawArchive *claw_archive_open (const char *path, const ClawKey *key, GError **error);
/* Writes what waits and ends the thread; also done with the last reference. Blocks. */
void claw_archive_close (ClawArchive *archive);

/* The history. */

/* A message whose id is there already is not added again. Returns: its row. */
gint64 claw_archive_add (ClawArchive *archive,
                         ClawMessage *message,
                         gboolean is_own,
                         ClawMessageState state);
/* Of the outbox too. Never goes back. */
void claw_archive_set_state (ClawArchive *archive, ClawMessage *message, ClawMessageState state);
void claw_archive_remove (ClawArchive *archive, ClawMessage *message);
/* The newest @limit messages below @before_row, or of all for 0. */
void claw_archive_load_async (ClawArchive *archive,
                              gint64 before_row,
                              unsigned limit,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/* Returns: (transfer full) (element-type ClawArchivedMessage): oldest first */
GPtrArray *claw_archive_load_finish (ClawArchive *archive, GAsyncResult *result, GError **error);
/* Messages that hold @text, whatever the case and the way its accents are written. At most
 * CLAW_ARCHIVE_SEARCH_MAX. */
void claw_archive_search_async (ClawArchive *archive,
                                const char *text,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/* The same, of messages below @before_row; 0: of all. */
void claw_archive_search_below_async (ClawArchive *archive,
                                      const char *text,
                                      gint64 before_row,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Of both. Returns: (transfer full) (element-type ClawArchivedMessage): newest first */
GPtrArray *claw_archive_search_finish (ClawArchive *archive, GAsyncResult *result, GError **error);

/* The message that others know by @id, among those below @before_row; 0: among all. @own_key:
 * (nullable): our public key, by which others know ours: claw_message_share_id (). */
void claw_archive_find_async (ClawArchive *archive,
                              const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                              const uint8_t *own_key,
                              gint64 before_row,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/* Returns: its row; 0 when it is not there, and with @error. */
gint64 claw_archive_find_finish (ClawArchive *archive, GAsyncResult *result, GError **error);

typedef enum
{
  CLAW_ARCHIVE_TEXT, /* one message after another, as one reads them */
  CLAW_ARCHIVE_JSON, /* {"format": "clawchat-history", "version": 1, "messages": [{"id", "time",
                        "sender", "own", "state", "text"}]} */
} ClawArchiveFormat;
/* Replaces @file, private to the user; what was there stays until all is written. @own_name: who
 * wrote our own messages. @progress: (nullable): of messages. @cancellable: (nullable): once @file
 * is replaced, giving up comes too late, and the export has succeeded. */
void claw_archive_export_async (ClawArchive *archive,
                                GFile *file,
                                ClawArchiveFormat format,
                                const char *own_name,
                                GFileProgressCallback progress,
                                gpointer progress_data,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean claw_archive_export_finish (ClawArchive *archive, GAsyncResult *result, GError **error);
/* Removes the history, so that neither the file nor its log holds it, and files that were moved
 * aside. The outbox stays. When it fails, say because the disk is full, it is told and tried again
 * like other writes. */
void
claw_archive_clear_async (ClawArchive *archive, GAsyncReadyCallback callback, gpointer user_data);
gboolean claw_archive_clear_finish (ClawArchive *archive, GAsyncResult *result, GError **error);
/* Removes what was kept before @before_us (µs since 1970), from the oldest on. */
void claw_archive_expire (ClawArchive *archive, gint64 before_us);
/* Finishes when all that was given before is on the disk. */
void
claw_archive_flush_async (ClawArchive *archive, GAsyncReadyCallback callback, gpointer user_data);
gboolean claw_archive_flush_finish (ClawArchive *archive, GAsyncResult *result, GError **error);

/* The outbox. */

void claw_archive_keep_queued (ClawArchive *archive, ClawMessage *message);
void claw_archive_forget_queued (ClawArchive *archive, ClawMessage *message);
/* Returns: (transfer full) (element-type ClawMessage): in the order in which they were kept */
GPtrArray *claw_archive_get_queued (ClawArchive *archive);
/* Of one of them. Returns: SENT when set_state () has said so, in any run. */
ClawMessageState claw_archive_get_queued_state (ClawArchive *archive, ClawMessage *message);

/* Settings by name: at hand at once, on the disk with the next transaction. */

/* Returns: (transfer full) (nullable): NULL when there is none, or one of another type. */
GVariant *
claw_archive_get_setting (ClawArchive *archive, const char *name, const GVariantType *type);
/* @value: (nullable): floating is taken; NULL removes it. */
void claw_archive_set_setting (ClawArchive *archive, const char *name, GVariant *value);

/* Overwrites and removes everything, copies that were moved aside too, and closes the archive.
 * Blocks. Jobs that wait, and a search or an export under way, fail with CLAW_ARCHIVE_ERROR_GONE.
 */
gboolean claw_archive_destroy (ClawArchive *archive, GError **error);
/* The same for one that is not open, or cannot be. */
gboolean claw_archive_erase (const char *path, GError **error);
