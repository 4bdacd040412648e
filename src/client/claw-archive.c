/* claw-archive.c: see claw-archive.h. */
#include "claw-archive.h"

#include "claw-archive-thread.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _ClawArchive
{
  GObject parent_instance;

  char *path;
  ClawArchiveThread *thread; /* (nullable): NULL once closed */
  gint64 next_row;
};

enum
{
  SIGNAL_ERROR,
  SIGNAL_RECOVERED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawArchive, claw_archive, G_TYPE_OBJECT)

/* Faults, from the thread to the owner's context. */

typedef struct
{
  gatomicrefcount references;
  GWeakRef archive;
  GMainContext *context;
} Line;

typedef struct
{
  Line *line;
  GError *error; /* (nullable): writing works again */
} News;

static void
line_unref (gpointer user_data)
{
  Line *line = user_data;
  if (!g_atomic_ref_count_dec (&line->references))
    return;
  g_weak_ref_clear (&line->archive);
  g_main_context_unref (line->context);
  g_free (line);
}

static void
news_free (gpointer user_data)
{
  News *news = user_data;
  g_clear_error (&news->error);
  line_unref (news->line);
  g_free (news);
}

static gboolean
on_news (gpointer user_data)
{
  News *news = user_data;
  g_autoptr (ClawArchive) archive = g_weak_ref_get (&news->line->archive);
  if (archive && news->error)
    g_signal_emit (archive, signals[SIGNAL_ERROR], 0, news->error);
  else if (archive)
    g_signal_emit (archive, signals[SIGNAL_RECOVERED], 0);
  return G_SOURCE_REMOVE;
}

/* @error: (transfer full) (nullable) */
static void
post_fault (GError *error, gpointer user_data)
{
  Line *line = user_data;
  News *news = g_new0 (News, 1);
  news->error = error;
  news->line = line;
  g_atomic_ref_count_inc (&line->references);
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_news, news, news_free);
  g_source_attach (source, line->context);
}

static Line *
line_new (ClawArchive *archive)
{
  Line *line = g_new0 (Line, 1);
  g_atomic_ref_count_init (&line->references);
  g_weak_ref_init (&line->archive, archive);
  line->context = g_main_context_ref_thread_default ();
  return line;
}

/* The object. */

void
claw_archive_close (ClawArchive *archive)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive));
  ClawArchiveThread *thread = g_steal_pointer (&archive->thread);
  if (thread)
    claw_archive_thread_stop (thread, FALSE);
}

static void
claw_archive_dispose (GObject *object)
{
  claw_archive_close (CLAW_ARCHIVE (object));
  G_OBJECT_CLASS (claw_archive_parent_class)->dispose (object);
}

static void
claw_archive_finalize (GObject *object)
{
  g_free (CLAW_ARCHIVE (object)->path);
  G_OBJECT_CLASS (claw_archive_parent_class)->finalize (object);
}

static void
claw_archive_class_init (ClawArchiveClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->dispose = claw_archive_dispose;
  object_class->finalize = claw_archive_finalize;
  signals[SIGNAL_ERROR] = g_signal_new ("error", CLAW_TYPE_ARCHIVE, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[SIGNAL_RECOVERED] = g_signal_new ("recovered", CLAW_TYPE_ARCHIVE, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
claw_archive_init (ClawArchive *archive)
{
}

/* Opening. */

static gboolean
start (ClawArchive *archive, const ClawKey *key, GError **error)
{
  unsigned unreadable = 0;
  g_autoptr (ClawArchiveDb) db = claw_archive_db_open (archive->path, key, error);
  if (!db || !claw_archive_db_get_next_row (db, &archive->next_row, error))
    return FALSE;
  g_autoptr (GHashTable) sent = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) queued = claw_archive_db_load_queued (db, sent, &unreadable, error);
  if (!queued)
    return FALSE;
  GHashTable *settings = claw_archive_db_load_settings (db, &unreadable, error);
  if (!settings)
    return FALSE;
  Line *line = line_new (archive);
  if (unreadable > 0)
    {
      g_autofree char *name = g_filename_display_name (archive->path);
      post_fault (g_error_new (CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED,
                               _ ("%s: some settings or unsent messages are damaged and lost"),
                               name),
                  line);
    }
  archive->thread = claw_archive_thread_new (archive->path, key, g_steal_pointer (&db),
                                             g_steal_pointer (&queued), g_steal_pointer (&sent),
                                             settings, post_fault, line, line_unref);
  return TRUE;
}

ClawArchive *
claw_archive_open (const char *path, const ClawKey *key, GError **error)
{
  g_return_val_if_fail (path != NULL && key != NULL && claw_key_is_set (key), NULL);
  g_autoptr (ClawArchive) archive = g_object_new (CLAW_TYPE_ARCHIVE, NULL);
  g_autoptr (GError) local_error = NULL;
  archive->path = g_strdup (path);
  if (start (archive, key, &local_error))
    return g_steal_pointer (&archive);
  if (g_error_matches (local_error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_DAMAGED))
    {
      g_autofree char *aside = claw_archive_db_move_aside (path, error);
      if (!aside)
        return NULL;
      g_autofree char *name = g_filename_display_name (aside);
      g_prefix_error (&local_error, _ ("The history begins anew; the old one is kept as %s: "),
                      name);
    }
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/* Jobs. */

/* @job: (transfer full) */
static void
push (ClawArchive *archive, ClawArchiveJob *job)
{
  if (archive->thread)
    {
      claw_archive_thread_push (archive->thread, job);
      return;
    }
  if (job->task)
    g_task_return_new_error (job->task, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_GONE, "%s",
                             _ ("The history is closed"));
  claw_archive_job_free (job);
}

static void
push_message (ClawArchive *archive, ClawArchiveJobType type, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive) && message != NULL);
  ClawArchiveJob *job = claw_archive_job_new (type);
  job->message = claw_message_ref (message);
  push (archive, job);
}

static ClawArchiveJob *
job_new_with_task (ClawArchive *archive,
                   ClawArchiveJobType type,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data,
                   gpointer source_tag)
{
  ClawArchiveJob *job = claw_archive_job_new (type);
  job->task = g_task_new (archive, cancellable, callback, user_data);
  g_task_set_source_tag (job->task, source_tag);
  return job;
}

static gboolean
finish_boolean (ClawArchive *archive, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, archive), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static GPtrArray *
finish_array (ClawArchive *archive, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, archive), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

gint64
claw_archive_add (ClawArchive *archive,
                  ClawMessage *message,
                  gboolean is_own,
                  ClawMessageState state)
{
  g_return_val_if_fail (CLAW_IS_ARCHIVE (archive) && message != NULL, 0);
  ClawArchiveJob *job = claw_archive_job_new (CLAW_ARCHIVE_JOB_ADD);
  gint64 row = archive->next_row++;
  job->archived = claw_archived_message_new (row, g_get_real_time (), message, is_own, state);
  push (archive, job);
  return row;
}

void
claw_archive_set_state (ClawArchive *archive, ClawMessage *message, ClawMessageState state)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive) && message != NULL);
  ClawArchiveJob *job = claw_archive_job_new (CLAW_ARCHIVE_JOB_SET_STATE);
  job->message = claw_message_ref (message);
  job->state = state;
  push (archive, job);
}

void
claw_archive_remove (ClawArchive *archive, ClawMessage *message)
{
  push_message (archive, CLAW_ARCHIVE_JOB_REMOVE, message);
}

void
claw_archive_load_async (ClawArchive *archive,
                         gint64 before_row,
                         unsigned limit,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive) && before_row >= 0);
  ClawArchiveJob *job = job_new_with_task (archive, CLAW_ARCHIVE_JOB_LOAD, cancellable, callback,
                                           user_data, claw_archive_load_async);
  job->number = before_row;
  job->limit = limit;
  push (archive, job);
}

GPtrArray *
claw_archive_load_finish (ClawArchive *archive, GAsyncResult *result, GError **error)
{
  return finish_array (archive, result, error);
}

void
claw_archive_search_async (ClawArchive *archive,
                           const char *text,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  claw_archive_search_below_async (archive, text, 0, cancellable, callback, user_data);
}

void
claw_archive_search_below_async (ClawArchive *archive,
                                 const char *text,
                                 gint64 before_row,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive) && text != NULL && before_row >= 0);
  ClawArchiveJob *job = job_new_with_task (archive, CLAW_ARCHIVE_JOB_SEARCH, cancellable, callback,
                                           user_data, claw_archive_search_async);
  job->text = g_strdup (text);
  job->number = before_row;
  push (archive, job);
}

GPtrArray *
claw_archive_search_finish (ClawArchive *archive, GAsyncResult *result, GError **error)
{
  return finish_array (archive, result, error);
}

void
claw_archive_find_async (ClawArchive *archive,
                         const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                         const uint8_t *own_key,
                         gint64 before_row,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive) && id != NULL && before_row >= 0);
  ClawArchiveJob *job = job_new_with_task (archive, CLAW_ARCHIVE_JOB_FIND, cancellable, callback,
                                           user_data, claw_archive_find_async);
  memcpy (job->id, id, CLAW_MESSAGE_ID_SIZE);
  job->own_key = own_key ? g_bytes_new (own_key, CLAW_PUBLIC_KEY_SIZE) : NULL;
  job->number = before_row;
  push (archive, job);
}

gint64
claw_archive_find_finish (ClawArchive *archive, GAsyncResult *result, GError **error)
{
  g_autoptr (GPtrArray) found = finish_array (archive, result, error);
  if (!found || found->len == 0)
    return 0;
  const ClawArchivedMessage *archived = found->pdata[0];
  return archived->row;
}

void
claw_archive_export_async (ClawArchive *archive,
                           GFile *file,
                           ClawArchiveFormat format,
                           const char *own_name,
                           GFileProgressCallback progress,
                           gpointer progress_data,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive) && G_IS_FILE (file) && own_name != NULL);
  ClawArchiveJob *job = job_new_with_task (archive, CLAW_ARCHIVE_JOB_EXPORT, cancellable, callback,
                                           user_data, claw_archive_export_async);
  /* What is written is told, though it was given up since: nobody shall take it that no file is
   * there. */
  g_task_set_check_cancellable (job->task, FALSE);
  job->file = g_object_ref (file);
  job->format = format;
  job->text = g_strdup (own_name);
  job->progress = progress;
  job->progress_data = progress_data;
  push (archive, job);
}

gboolean
claw_archive_export_finish (ClawArchive *archive, GAsyncResult *result, GError **error)
{
  return finish_boolean (archive, result, error);
}

void
claw_archive_clear_async (ClawArchive *archive, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive));
  push (archive, job_new_with_task (archive, CLAW_ARCHIVE_JOB_CLEAR, NULL, callback, user_data,
                                    claw_archive_clear_async));
}

gboolean
claw_archive_clear_finish (ClawArchive *archive, GAsyncResult *result, GError **error)
{
  return finish_boolean (archive, result, error);
}

void
claw_archive_expire (ClawArchive *archive, gint64 before_us)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive));
  ClawArchiveJob *job = claw_archive_job_new (CLAW_ARCHIVE_JOB_EXPIRE);
  job->number = before_us;
  push (archive, job);
}

void
claw_archive_flush_async (ClawArchive *archive, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive));
  push (archive, job_new_with_task (archive, CLAW_ARCHIVE_JOB_FLUSH, NULL, callback, user_data,
                                    claw_archive_flush_async));
}

gboolean
claw_archive_flush_finish (ClawArchive *archive, GAsyncResult *result, GError **error)
{
  return finish_boolean (archive, result, error);
}

/* The outbox and the settings. */

void
claw_archive_keep_queued (ClawArchive *archive, ClawMessage *message)
{
  push_message (archive, CLAW_ARCHIVE_JOB_KEEP_QUEUED, message);
}

void
claw_archive_forget_queued (ClawArchive *archive, ClawMessage *message)
{
  push_message (archive, CLAW_ARCHIVE_JOB_FORGET_QUEUED, message);
}

GPtrArray *
claw_archive_get_queued (ClawArchive *archive)
{
  g_return_val_if_fail (CLAW_IS_ARCHIVE (archive), NULL);
  if (archive->thread)
    return claw_archive_thread_get_queued (archive->thread);
  return g_ptr_array_new_with_free_func ((GDestroyNotify) claw_message_unref);
}

ClawMessageState
claw_archive_get_queued_state (ClawArchive *archive, ClawMessage *message)
{
  g_return_val_if_fail (CLAW_IS_ARCHIVE (archive) && message != NULL, CLAW_MESSAGE_QUEUED);
  return archive->thread && claw_archive_thread_was_sent (archive->thread, message)
             ? CLAW_MESSAGE_SENT
             : CLAW_MESSAGE_QUEUED;
}

GVariant *
claw_archive_get_setting (ClawArchive *archive, const char *name, const GVariantType *type)
{
  g_return_val_if_fail (CLAW_IS_ARCHIVE (archive) && name != NULL, NULL);
  g_autoptr (GVariant) value = archive->thread
                                   ? claw_archive_thread_get_setting (archive->thread, name)
                                   : NULL;
  return value && g_variant_is_of_type (value, type) ? g_steal_pointer (&value) : NULL;
}

void
claw_archive_set_setting (ClawArchive *archive, const char *name, GVariant *value)
{
  g_return_if_fail (CLAW_IS_ARCHIVE (archive) && name != NULL);
  ClawArchiveJob *job = claw_archive_job_new (CLAW_ARCHIVE_JOB_SET_SETTING);
  job->text = g_strdup (name);
  job->value = value ? g_variant_ref_sink (value) : NULL;
  push (archive, job);
}

gboolean
claw_archive_destroy (ClawArchive *archive, GError **error)
{
  g_return_val_if_fail (CLAW_IS_ARCHIVE (archive), FALSE);
  ClawArchiveThread *thread = g_steal_pointer (&archive->thread);
  if (thread)
    claw_archive_thread_stop (thread, TRUE);
  return claw_archive_db_erase (archive->path, error);
}

gboolean
claw_archive_erase (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);
  return claw_archive_db_erase (path, error);
}
