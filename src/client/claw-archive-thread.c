/* claw-archive-thread.c: see claw-archive-thread.h. */
#include "claw-archive-thread.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct ClawArchiveThread
{
  gatomicrefcount references; /* the owner's and the thread's */
  char *path;
  ClawKey key;
  GAsyncQueue *queue; /* of ClawArchiveJob */
  GThread *thread;
  ClawArchiveFault fault;
  gpointer user_data;
  GDestroyNotify destroy;
  GCancellable *erasing; /* what waits, and what is under way, is for nothing */

  /* In the thread only. */
  ClawArchiveDb *db;   /* (nullable): while a new file cannot be made */
  GQueue pending;      /* writes that are not on the disk */
  gboolean is_failing; /* the last attempt to write them failed, which was told */
  gboolean is_untidy;  /* the log has what was deleted or replaced since */

  GMutex mutex; /* of what follows */
  GPtrArray *queued;
  GHashTable *sent; /* set of those of them that were */
  GHashTable *settings;
};

static void
thread_unref (ClawArchiveThread *thread)
{
  if (!g_atomic_ref_count_dec (&thread->references))
    return;
  thread->destroy (thread->user_data);
  g_async_queue_unref (thread->queue);
  g_object_unref (thread->erasing);
  g_hash_table_unref (thread->sent);
  g_ptr_array_unref (thread->queued);
  g_hash_table_unref (thread->settings);
  g_mutex_clear (&thread->mutex);
  claw_key_clear (&thread->key);
  g_free (thread->path);
  g_free (thread);
}

/* @error: (transfer full) (nullable) */
static void
tell_fault (ClawArchiveThread *thread, GError *error)
{
  thread->fault (error, thread->user_data);
}

static void
tell_unreadable (ClawArchiveThread *thread, unsigned unreadable)
{
  if (unreadable == 0)
    return;
  g_autofree char *name = g_filename_display_name (thread->path);
  tell_fault (
      thread,
      g_error_new (CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED,
                   g_dngettext (GETTEXT_PACKAGE, "%s: %u message is damaged and cannot be shown",
                                "%s: %u messages are damaged and cannot be shown", unreadable),
                   name, unreadable));
}

/* What is in memory of the file. */

static gboolean
find_queued (ClawArchiveThread *thread, ClawMessage *message, guint *index)
{
  for (*index = 0; *index < thread->queued->len; *index += 1)
    if (memcmp (claw_message_get_id (thread->queued->pdata[*index]), claw_message_get_id (message),
                CLAW_MESSAGE_ID_SIZE)
        == 0)
      return TRUE;
  return FALSE;
}

static void
remember (ClawArchiveThread *thread, const ClawArchiveJob *job)
{
  guint index = 0;
  g_mutex_lock (&thread->mutex);
  if (job->type == CLAW_ARCHIVE_JOB_SET_SETTING && job->value)
    g_hash_table_replace (thread->settings, g_strdup (job->text), g_variant_ref (job->value));
  else if (job->type == CLAW_ARCHIVE_JOB_SET_SETTING)
    g_hash_table_remove (thread->settings, job->text);
  else if (job->type == CLAW_ARCHIVE_JOB_KEEP_QUEUED && !find_queued (thread, job->message, &index))
    g_ptr_array_add (thread->queued, claw_message_ref (job->message));
  else if (job->type == CLAW_ARCHIVE_JOB_FORGET_QUEUED
           && find_queued (thread, job->message, &index))
    {
      g_hash_table_remove (thread->sent, thread->queued->pdata[index]);
      g_ptr_array_remove_index (thread->queued, index);
    }
  else if (job->type == CLAW_ARCHIVE_JOB_SET_STATE && find_queued (thread, job->message, &index))
    g_hash_table_add (thread->sent, thread->queued->pdata[index]);
  g_mutex_unlock (&thread->mutex);
}

GPtrArray *
claw_archive_thread_get_queued (ClawArchiveThread *thread)
{
  GPtrArray *queued = g_ptr_array_new_with_free_func ((GDestroyNotify) claw_message_unref);
  g_mutex_lock (&thread->mutex);
  for (guint i = 0; i < thread->queued->len; i++)
    g_ptr_array_add (queued, claw_message_ref (thread->queued->pdata[i]));
  g_mutex_unlock (&thread->mutex);
  return queued;
}

gboolean
claw_archive_thread_was_sent (ClawArchiveThread *thread, ClawMessage *message)
{
  guint index = 0;
  g_mutex_lock (&thread->mutex);
  gboolean was_sent = find_queued (thread, message, &index)
                      && g_hash_table_contains (thread->sent, thread->queued->pdata[index]);
  g_mutex_unlock (&thread->mutex);
  return was_sent;
}

GVariant *
claw_archive_thread_get_setting (ClawArchiveThread *thread, const char *name)
{
  g_mutex_lock (&thread->mutex);
  GVariant *value = g_hash_table_lookup (thread->settings, name);
  if (value)
    g_variant_ref (value);
  g_mutex_unlock (&thread->mutex);
  return value;
}

/* A damaged file. */

static gboolean
write_memory (ClawArchiveThread *thread, GError **error)
{
  GHashTableIter iter;
  gpointer name = NULL, value = NULL;
  g_autoptr (GPtrArray) queued = claw_archive_thread_get_queued (thread);
  if (!claw_archive_db_begin (thread->db, error))
    return FALSE;
  for (guint i = 0; i < queued->len; i++)
    if (!claw_archive_db_keep_queued (thread->db, queued->pdata[i], error)
        || (claw_archive_thread_was_sent (thread, queued->pdata[i])
            && !claw_archive_db_set_state (thread->db, claw_message_get_id (queued->pdata[i]),
                                           CLAW_MESSAGE_SENT, error)))
      return FALSE;
  g_mutex_lock (&thread->mutex);
  gboolean good = TRUE;
  g_hash_table_iter_init (&iter, thread->settings);
  while (good && g_hash_table_iter_next (&iter, &name, &value))
    good = claw_archive_db_set_setting (thread->db, name, value, error);
  g_mutex_unlock (&thread->mutex);
  return good && claw_archive_db_commit (thread->db, error);
}

static gboolean
begin_anew (ClawArchiveThread *thread, GError **error)
{
  thread->db = claw_archive_db_open (thread->path, &thread->key, error);
  if (!thread->db)
    return FALSE;
  if (write_memory (thread, error))
    return TRUE;
  claw_archive_db_rollback (thread->db);
  g_clear_pointer (&thread->db, claw_archive_db_close);
  return FALSE;
}

/* @error: (inout): of DAMAGED: says afterwards where the file was moved to. Returns: whether there
 * is a new one. */
static gboolean
recover (ClawArchiveThread *thread, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_clear_pointer (&thread->db, claw_archive_db_close);
  g_autofree char *aside = claw_archive_db_move_aside (thread->path, &local_error);
  if (aside)
    {
      g_autofree char *name = g_filename_display_name (aside);
      g_prefix_error (error, _ ("The history begins anew; the old one is kept as %s: "), name);
    }
  gboolean good = aside && begin_anew (thread, &local_error);
  tell_fault (thread, g_error_copy (*error));
  if (local_error)
    tell_fault (thread, g_steal_pointer (&local_error));
  return good;
}

static gboolean
ensure_db (ClawArchiveThread *thread, GError **error)
{
  return thread->db || begin_anew (thread, error);
}

/* Writing. */

/* Of what somebody wants to be gone. */
static gboolean
is_deletion (const ClawArchiveJob *job)
{
  return job->type == CLAW_ARCHIVE_JOB_CLEAR || job->type == CLAW_ARCHIVE_JOB_EXPIRE
         || job->type == CLAW_ARCHIVE_JOB_REMOVE;
}

/* The rest of a message that was delivered, an earlier draft: it can wait until all is quiet. */
static gboolean
is_replacement (const ClawArchiveJob *job)
{
  return job->type == CLAW_ARCHIVE_JOB_FORGET_QUEUED || job->type == CLAW_ARCHIVE_JOB_SET_SETTING;
}

static gboolean
tidy (ClawArchiveThread *thread, gboolean is_cleared, GError **error)
{
  g_autoptr (GError) shrink_error = NULL;
  if (!claw_archive_db_settle (thread->db, error))
    return FALSE;
  thread->is_untidy = FALSE;
  if (is_cleared && !claw_archive_db_shrink (thread->db, &shrink_error))
    g_debug ("%s", shrink_error->message);
  return TRUE;
}

/* Nothing has happened for some time. */
static void
tidy_up (ClawArchiveThread *thread)
{
  g_autoptr (GError) error = NULL;
  if (!thread->is_untidy || !thread->db)
    return;
  if (!tidy (thread, FALSE, &error))
    g_debug ("%s", error->message);
  thread->is_untidy = FALSE;
}

/* Returns: TRUE when all of the first @n are on the disk. */
static gboolean
try_batch (ClawArchiveThread *thread, unsigned n, GError **error)
{
  gboolean is_settling = FALSE, is_cleared = FALSE;
  GList *link = thread->pending.head;
  if (!ensure_db (thread, error) || !claw_archive_db_begin (thread->db, error))
    return FALSE;
  for (unsigned i = 0; i < n; i++, link = link->next)
    {
      const ClawArchiveJob *job = link->data;
      is_settling |= is_deletion (job);
      is_cleared |= job->type == CLAW_ARCHIVE_JOB_CLEAR;
      thread->is_untidy |= is_replacement (job);
      if (claw_archive_job_write (job, thread->db, error))
        continue;
      claw_archive_db_rollback (thread->db);
      return FALSE;
    }
  if (claw_archive_db_commit (thread->db, error))
    return !is_settling || tidy (thread, is_cleared, error);
  claw_archive_db_rollback (thread->db);
  return FALSE;
}

static gboolean
write_batch (ClawArchiveThread *thread, unsigned n, GError **error)
{
  if (try_batch (thread, n, error))
    return TRUE;
  if (!g_error_matches (*error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED)
      || !recover (thread, error))
    return FALSE;
  g_clear_error (error);
  return try_batch (thread, n, error);
}

static void
finish_batch (ClawArchiveThread *thread, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (ClawArchiveJob) job = g_queue_pop_head (&thread->pending);
      if (job->task)
        g_task_return_boolean (job->task, TRUE);
    }
}

static gboolean
may_be_given_up (const ClawArchiveJob *job)
{
  return job->type == CLAW_ARCHIVE_JOB_ADD || job->type == CLAW_ARCHIVE_JOB_SET_STATE
         || job->type == CLAW_ARCHIVE_JOB_REMOVE || job->type == CLAW_ARCHIVE_JOB_EXPIRE;
}

/* Who waits is told; what nobody waits for stays, within limits. What is to be deleted is told and
 * stays: it is to be gone as soon as it can. */
static void
fail_pending (ClawArchiveThread *thread, const GError *error)
{
  GList *next = NULL;
  for (GList *link = thread->pending.head; link; link = next)
    {
      ClawArchiveJob *job = link->data;
      gboolean is_too_much = thread->pending.length > CLAW_ARCHIVE_PENDING_MAX
                             && may_be_given_up (job);
      next = link->next;
      if (job->task)
        g_task_return_error (job->task, g_error_copy (error));
      else if (!is_too_much)
        continue;
      if (job->type == CLAW_ARCHIVE_JOB_CLEAR)
        {
          g_clear_object (&job->task);
          continue;
        }
      g_queue_delete_link (&thread->pending, link);
      claw_archive_job_free (job);
    }
}

static void
write_pending (ClawArchiveThread *thread)
{
  while (thread->pending.length > 0 && !g_cancellable_is_cancelled (thread->erasing))
    {
      g_autoptr (GError) error = NULL;
      unsigned n = MIN (thread->pending.length, CLAW_ARCHIVE_BATCH_MAX);
      if (!write_batch (thread, n, &error))
        {
          fail_pending (thread, error);
          if (!thread->is_failing)
            tell_fault (thread, g_steal_pointer (&error));
          thread->is_failing = TRUE;
          return;
        }
      if (thread->is_failing)
        tell_fault (thread, NULL);
      thread->is_failing = FALSE;
      finish_batch (thread, n);
    }
}

/* Reading. */

/* @error: (transfer full) */
static void
fail_read (ClawArchiveThread *thread, ClawArchiveJob *job, GError *error)
{
  if (g_error_matches (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED))
    recover (thread, &error);
  g_task_return_error (job->task, error);
}

static void
read_file (ClawArchiveThread *thread, ClawArchiveJob *job)
{
  GError *error = NULL;
  unsigned unreadable = 0;
  g_autoptr (GPtrArray) found = NULL;
  gboolean good = !claw_archive_job_set_cancelled (job, &error) && ensure_db (thread, &error);
  if (good && job->type == CLAW_ARCHIVE_JOB_EXPORT)
    good = claw_archive_job_export (job, thread->db, &unreadable, &error);
  else if (good)
    {
      found = claw_archive_job_collect (job, thread->db, &unreadable, &error);
      good = found != NULL;
    }
  tell_unreadable (thread, unreadable);
  if (!good)
    fail_read (thread, job, error);
  else if (found)
    g_task_return_pointer (job->task, g_steal_pointer (&found), (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_boolean (job->task, TRUE);
}

/* The loop. */

/* Waits for the next job; (nullable): when it is time to write again what failed, or to tidy up. */
static ClawArchiveJob *
wait_for_job (ClawArchiveThread *thread)
{
  if (thread->pending.length == 0 && thread->is_untidy)
    return g_async_queue_timeout_pop (thread->queue, CLAW_ARCHIVE_TIDY_US);
  if (thread->pending.length == 0)
    return g_async_queue_pop (thread->queue);
  return g_async_queue_timeout_pop (thread->queue, CLAW_ARCHIVE_RETRY_US);
}

/* Puts @job and the writes behind it into the line. Returns: (transfer full) (nullable): the first
 * job that is no write. */
static ClawArchiveJob *
take_writes (ClawArchiveThread *thread, ClawArchiveJob *job)
{
  while (job && claw_archive_job_is_write (job))
    {
      g_queue_push_tail (&thread->pending, job);
      job = g_async_queue_try_pop (thread->queue);
    }
  return job;
}

static void
fail_all (ClawArchiveThread *thread)
{
  ClawArchiveJob *next = NULL;
  while ((next = g_queue_pop_head (&thread->pending))
         || (next = g_async_queue_try_pop (thread->queue)))
    {
      g_autoptr (ClawArchiveJob) job = next;
      if (job->task)
        g_task_return_new_error (job->task, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_GONE, "%s",
                                 _ ("The history is closed"));
    }
}

static gpointer
run_thread (gpointer user_data)
{
  ClawArchiveThread *thread = user_data;
  gboolean is_running = TRUE;
  while (is_running)
    {
      g_autoptr (ClawArchiveJob) job = take_writes (thread, wait_for_job (thread));
      write_pending (thread);
      if (!job && thread->pending.length == 0)
        tidy_up (thread);
      is_running = !job || job->type != CLAW_ARCHIVE_JOB_STOP;
      if (job && is_running)
        read_file (thread, job);
    }
  fail_all (thread);
  g_clear_pointer (&thread->db, claw_archive_db_close);
  thread_unref (thread);
  return NULL;
}

/* What the owner does. */

ClawArchiveThread *
claw_archive_thread_new (const char *path,
                         const ClawKey *key,
                         ClawArchiveDb *db,
                         GPtrArray *queued,
                         GHashTable *sent,
                         GHashTable *settings,
                         ClawArchiveFault fault,
                         gpointer user_data,
                         GDestroyNotify destroy)
{
  ClawArchiveThread *thread = g_new0 (ClawArchiveThread, 1);
  g_atomic_ref_count_init (&thread->references);
  g_mutex_init (&thread->mutex);
  g_queue_init (&thread->pending);
  thread->queue = g_async_queue_new_full ((GDestroyNotify) claw_archive_job_free);
  thread->erasing = g_cancellable_new ();
  thread->path = g_strdup (path);
  claw_key_copy (&thread->key, key);
  thread->db = db;
  thread->queued = queued;
  thread->sent = sent;
  thread->settings = settings;
  thread->fault = fault;
  thread->user_data = user_data;
  thread->destroy = destroy;
  g_atomic_ref_count_inc (&thread->references);
  thread->thread = g_thread_new ("claw-archive", run_thread, thread);
  return thread;
}

void
claw_archive_thread_stop (ClawArchiveThread *thread, gboolean is_erasing)
{
  GThread *own = g_steal_pointer (&thread->thread);
  ClawArchiveJob *job = claw_archive_job_new (CLAW_ARCHIVE_JOB_STOP);
  if (is_erasing)
    g_cancellable_cancel (thread->erasing);
  claw_archive_thread_push (thread, job);
  /* The last reference may go with a task in the thread itself. */
  if (own == g_thread_self ())
    g_thread_unref (own);
  else
    g_thread_join (own);
  thread_unref (thread);
}

void
claw_archive_thread_push (ClawArchiveThread *thread, ClawArchiveJob *job)
{
  remember (thread, job);
  job->erasing = thread->erasing;
  g_async_queue_push (thread->queue, job);
}
