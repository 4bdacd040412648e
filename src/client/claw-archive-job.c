/* claw-archive-job.c: see claw-archive-job.h. */
#include "claw-archive-job.h"

#include "claw-fold.h"

#include <glib/gi18n-lib.h>
#include <string.h>

ClawArchiveJob *
claw_archive_job_new (ClawArchiveJobType type)
{
  ClawArchiveJob *job = g_new0 (ClawArchiveJob, 1);
  job->type = type;
  return job;
}

void
claw_archive_job_free (ClawArchiveJob *job)
{
  if (!job)
    return;
  claw_archived_message_free (job->archived);
  g_clear_pointer (&job->message, claw_message_unref);
  g_clear_pointer (&job->value, g_variant_unref);
  g_clear_pointer (&job->own_key, g_bytes_unref);
  g_clear_object (&job->file);
  g_clear_object (&job->task);
  g_free (job->text);
  g_free (job);
}

gboolean
claw_archive_job_is_write (const ClawArchiveJob *job)
{
  return job->type <= CLAW_ARCHIVE_JOB_FLUSH;
}

gboolean
claw_archive_job_is_cancelled (const ClawArchiveJob *job)
{
  return g_cancellable_is_cancelled (job->erasing)
         || g_cancellable_is_cancelled (g_task_get_cancellable (job->task));
}

gboolean
claw_archive_job_set_cancelled (const ClawArchiveJob *job, GError **error)
{
  if (!g_cancellable_is_cancelled (job->erasing))
    return g_cancellable_set_error_if_cancelled (g_task_get_cancellable (job->task), error);
  g_set_error_literal (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_GONE,
                       _ ("The history is closed"));
  return TRUE;
}

gboolean
claw_archive_job_write (const ClawArchiveJob *job, ClawArchiveDb *db, GError **error)
{
  switch (job->type)
    {
    case CLAW_ARCHIVE_JOB_ADD:
      return claw_archive_db_add (db, job->archived, error);
    case CLAW_ARCHIVE_JOB_SET_STATE:
      return claw_archive_db_set_state (db, claw_message_get_id (job->message), job->state, error);
    case CLAW_ARCHIVE_JOB_REMOVE:
      return claw_archive_db_remove (db, claw_message_get_id (job->message), error);
    case CLAW_ARCHIVE_JOB_KEEP_QUEUED:
      return claw_archive_db_keep_queued (db, job->message, error);
    case CLAW_ARCHIVE_JOB_FORGET_QUEUED:
      return claw_archive_db_forget_queued (db, claw_message_get_id (job->message), error);
    case CLAW_ARCHIVE_JOB_SET_SETTING:
      return claw_archive_db_set_setting (db, job->text, job->value, error);
    case CLAW_ARCHIVE_JOB_EXPIRE:
      return claw_archive_db_expire (db, job->number, error);
    case CLAW_ARCHIVE_JOB_CLEAR:
      return claw_archive_db_clear (db, error);
    case CLAW_ARCHIVE_JOB_FLUSH:
      return TRUE;
    case CLAW_ARCHIVE_JOB_LOAD:
    case CLAW_ARCHIVE_JOB_SEARCH:
    case CLAW_ARCHIVE_JOB_FIND:
    case CLAW_ARCHIVE_JOB_EXPORT:
    case CLAW_ARCHIVE_JOB_STOP:
      break;
    }
  g_return_val_if_reached (FALSE);
}

/* What a page or a search takes of what it visits. */
typedef struct
{
  const ClawArchiveJob *job;
  GPtrArray *found;
  unsigned limit;
  ClawFold *wanted; /* (nullable): SEARCH */
} Collection;

static gboolean
is_known_as (const ClawArchivedMessage *archived, const ClawArchiveJob *job)
{
  uint8_t shared[CLAW_MESSAGE_ID_SIZE];
  const uint8_t *id = claw_message_get_id (archived->message);
  if (archived->is_own && job->own_key)
    {
      claw_message_share_id (id, g_bytes_get_data (job->own_key, NULL), shared);
      id = shared;
    }
  return memcmp (id, job->id, CLAW_MESSAGE_ID_SIZE) == 0;
}

static gboolean
is_wanted (const Collection *collection, const ClawArchivedMessage *archived)
{
  size_t length = 0;
  const char *text = claw_message_get_text (archived->message, &length);
  if (collection->job->type == CLAW_ARCHIVE_JOB_FIND)
    return is_known_as (archived, collection->job);
  return !collection->wanted || claw_fold_matches (collection->wanted, text, length);
}

static gboolean
collect (ClawArchivedMessage *archived, gpointer user_data)
{
  Collection *collection = user_data;
  if (is_wanted (collection, archived))
    g_ptr_array_add (collection->found, archived);
  else
    claw_archived_message_free (archived);
  return collection->found->len < collection->limit
         && !claw_archive_job_is_cancelled (collection->job);
}

static void
reverse (GPtrArray *array)
{
  for (guint i = 0; i < array->len / 2; i++)
    {
      gpointer other = array->pdata[i];
      array->pdata[i] = array->pdata[array->len - 1 - i];
      array->pdata[array->len - 1 - i] = other;
    }
}

static unsigned
get_limit (const ClawArchiveJob *job)
{
  if (job->type == CLAW_ARCHIVE_JOB_FIND)
    return 1;
  return job->type == CLAW_ARCHIVE_JOB_SEARCH ? CLAW_ARCHIVE_SEARCH_MAX : job->limit;
}

GPtrArray *
claw_archive_job_collect (const ClawArchiveJob *job,
                          ClawArchiveDb *db,
                          unsigned *unreadable,
                          GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (
      (GDestroyNotify) claw_archived_message_free);
  g_autoptr (ClawFold) wanted = job->type == CLAW_ARCHIVE_JOB_SEARCH ? claw_fold_new (job->text)
                                                                     : NULL;
  Collection collection = {
    .job = job,
    .found = found,
    .limit = get_limit (job),
    .wanted = wanted,
  };
  if (claw_archive_job_set_cancelled (job, error)
      || (collection.limit > 0
          && !claw_archive_db_visit (db, CLAW_ARCHIVE_NEWEST_FIRST, job->number, collect,
                                     &collection, unreadable, error))
      || claw_archive_job_set_cancelled (job, error))
    return NULL;
  if (!wanted)
    reverse (found);
  return g_steal_pointer (&found);
}
