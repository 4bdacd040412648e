/* claw-archive-thread.h: the thread that uses an archive's file. Private to the archive.
 *
 * Keeps what a new file would have to begin with (outbox and settings) at hand, since the file may
 * turn out to be damaged at any time.
 */
#pragma once

#include "claw-archive-job.h"

typedef struct ClawArchiveThread ClawArchiveThread;

/* Called in the thread. @error: (transfer full) (nullable): NULL when writing works again after
 * one. */
typedef void (*ClawArchiveFault) (GError *error, gpointer user_data);

/* @db: (transfer full). @key: copied. @queued: (transfer full), @sent: (transfer full): a set of
 * those of them that were, @settings: (transfer full): what is in the file. */
ClawArchiveThread *claw_archive_thread_new (const char *path,
                                            const ClawKey *key,
                                            ClawArchiveDb *db,
                                            GPtrArray *queued,
                                            GHashTable *sent,
                                            GHashTable *settings,
                                            ClawArchiveFault fault,
                                            gpointer user_data,
                                            GDestroyNotify destroy);
/* Does what waits, or with @is_erasing fails it and what is under way, and waits for the end.
 * @thread is gone afterwards. */
void claw_archive_thread_stop (ClawArchiveThread *thread, gboolean is_erasing);
/* @job: (transfer full) */
void claw_archive_thread_push (ClawArchiveThread *thread, ClawArchiveJob *job);
/* Returns: (transfer full) */
GPtrArray *claw_archive_thread_get_queued (ClawArchiveThread *thread);
/* Whether it is one of them, and was sent. */
gboolean claw_archive_thread_was_sent (ClawArchiveThread *thread, ClawMessage *message);
/* Returns: (transfer full) (nullable) */
GVariant *claw_archive_thread_get_setting (ClawArchiveThread *thread, const char *name);
