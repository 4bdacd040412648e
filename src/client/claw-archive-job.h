/* claw-archive-job.h: what an archive's thread is told to do. Private to the archive. */
#pragma once

#include "claw-archive-db.h"
#include "claw-archive.h"

typedef enum
{
  /* Writes, which are put into transactions together */
  CLAW_ARCHIVE_JOB_ADD,
  CLAW_ARCHIVE_JOB_SET_STATE,
  CLAW_ARCHIVE_JOB_REMOVE,
  CLAW_ARCHIVE_JOB_KEEP_QUEUED,
  CLAW_ARCHIVE_JOB_FORGET_QUEUED,
  CLAW_ARCHIVE_JOB_SET_SETTING,
  CLAW_ARCHIVE_JOB_EXPIRE,
  CLAW_ARCHIVE_JOB_CLEAR, /* task */
  CLAW_ARCHIVE_JOB_FLUSH, /* task */
  /* All others have a task, but STOP */
  CLAW_ARCHIVE_JOB_LOAD,
  CLAW_ARCHIVE_JOB_SEARCH,
  CLAW_ARCHIVE_JOB_FIND,
  CLAW_ARCHIVE_JOB_EXPORT,
  CLAW_ARCHIVE_JOB_STOP,
} ClawArchiveJobType;

typedef struct
{
  ClawArchiveJobType type;
  ClawArchivedMessage *archived;    /* ADD */
  ClawMessage *message;             /* SET_STATE, REMOVE, KEEP_QUEUED, FORGET_QUEUED */
  ClawMessageState state;           /* SET_STATE */
  char *text;                       /* SET_SETTING: name; SEARCH: what; EXPORT: our own name */
  GVariant *value;                  /* (nullable): SET_SETTING */
  gint64 number;                    /* EXPIRE: before, in µs; LOAD, SEARCH, FIND: the row */
  unsigned limit;                   /* LOAD */
  uint8_t id[CLAW_MESSAGE_ID_SIZE]; /* FIND: by which others know it */
  GBytes *own_key;                  /* (nullable): FIND: by which they know ours */
  GFile *file;                      /* EXPORT */
  ClawArchiveFormat format;
  GFileProgressCallback progress; /* (nullable) */
  gpointer progress_data;
  GTask *task;           /* (nullable) */
  GCancellable *erasing; /* (unowned) (nullable): the thread's; nothing is read or written then */
} ClawArchiveJob;

ClawArchiveJob *claw_archive_job_new (ClawArchiveJobType type);
void claw_archive_job_free (ClawArchiveJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawArchiveJob, claw_archive_job_free)
gboolean claw_archive_job_is_write (const ClawArchiveJob *job);
/* Whether who has given it, or the end of the thread, wants no more of it. */
gboolean claw_archive_job_is_cancelled (const ClawArchiveJob *job);
/* Sets the error that says so: CLAW_ARCHIVE_ERROR_GONE or G_IO_ERROR_CANCELLED. Returns: as above.
 */
gboolean claw_archive_job_set_cancelled (const ClawArchiveJob *job, GError **error);
/* Does a write inside a transaction. */
gboolean claw_archive_job_write (const ClawArchiveJob *job, ClawArchiveDb *db, GError **error);
/* LOAD, SEARCH and FIND, of which there is one at most. Returns: (transfer full) (nullable): also
 * NULL when it was cancelled */
GPtrArray *claw_archive_job_collect (const ClawArchiveJob *job,
                                     ClawArchiveDb *db,
                                     unsigned *unreadable,
                                     GError **error);
/* EXPORT, in claw-archive-export.c */
gboolean claw_archive_job_export (const ClawArchiveJob *job,
                                  ClawArchiveDb *db,
                                  unsigned *unreadable,
                                  GError **error);
