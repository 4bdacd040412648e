/* claw-archive-export.c: the history as a file that others can read. Private to the archive. */
#include "claw-archive-job.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gfiledescriptorbased.h>
#include <gio/gunixoutputstream.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_STEP 500
#define OPEN_FILES "/proc/self/fd"

typedef struct
{
  const ClawArchiveJob *job;
  GOutputStream *stream;
  GCancellable *cancellable;
  gint64 done, total;
  GError *error;
} Export;

typedef struct
{
  GFileProgressCallback callback;
  gpointer user_data;
  gint64 done, total;
} Progress;

static gboolean
on_progress (gpointer user_data)
{
  Progress *progress = user_data;
  progress->callback (progress->done, progress->total, progress->user_data);
  return G_SOURCE_REMOVE;
}

static void
tell_progress (const Export *export)
{
  const ClawArchiveJob *job = export->job;
  if (!job->progress)
    return;
  Progress *progress = g_new0 (Progress, 1);
  progress->callback = job->progress;
  progress->user_data = job->progress_data;
  progress->done = export->done;
  progress->total = export->total;
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, g_task_get_priority (job->task));
  g_source_set_callback (source, on_progress, progress, g_free);
  g_source_attach (source, g_task_get_context (job->task));
}

static gboolean
put (Export *export, const char *text, size_t length)
{
  return g_output_stream_write_all (export->stream, text, length, NULL, export->cancellable,
                                    &export->error);
}

/* @time_us: since 1970. Returns: (transfer full) */
static char *
format_time (gint64 time_us, gboolean is_local)
{
  g_autoptr (GDateTime) time = is_local ? g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC)
                                        : g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  /* The last hours of the year 9999 are of the next one in some places. */
  if (!time)
    return format_time (time_us, FALSE);
  return g_date_time_format (time, is_local ? "%F %T" : "%FT%TZ");
}

static const char *
get_sender (const Export *export, const ClawArchivedMessage *archived)
{
  const char *sender = claw_message_get_sender (archived->message);
  if (archived->is_own)
    return export->job->text;
  return sender ? sender : "";
}

static gboolean
put_as_text (Export *export, const ClawArchivedMessage *archived)
{
  g_autofree char *time = format_time (claw_message_get_time_us (archived->message), TRUE);
  g_autofree char *line = g_strdup_printf ("[%s] %s: %s\n", time, get_sender (export, archived),
                                           claw_message_get_text (archived->message, NULL));
  return put (export, line, strlen (line));
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static char *
format_id (ClawMessage *message)
{
  const uint8_t *id = claw_message_get_id (message);
  GString *text = g_string_new (NULL);
  for (unsigned i = 0; i < CLAW_MESSAGE_ID_SIZE; i++)
    g_string_append_printf (text, "%02x", id[i]);
  return g_string_free (text, FALSE);
}

static gboolean
put_as_json (Export *export, const ClawArchivedMessage *archived)
{
  static const char *const states[] = { "queued", "sent", "delivered" };
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *id = format_id (archived->message);
  g_autofree char *time = format_time (claw_message_get_time_us (archived->message), FALSE);
  json_builder_begin_object (builder);
  add_string (builder, "id", id);
  add_string (builder, "time", time);
  add_string (builder, "sender", get_sender (export, archived));
  json_builder_set_member_name (builder, "own");
  json_builder_add_boolean_value (builder, archived->is_own);
  if (archived->is_own)
    add_string (builder, "state", states[archived->state]);
  add_string (builder, "text", claw_message_get_text (archived->message, NULL));
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *object = json_to_string (root, FALSE);
  g_autofree char *line = g_strconcat (export->done > 0 ? ",\n  " : "\n  ", object, NULL);
  return put (export, line, strlen (line));
}

static gboolean
visit (ClawArchivedMessage *message, gpointer user_data)
{
  Export *export = user_data;
  g_autoptr (ClawArchivedMessage) archived = message;
  if (claw_archive_job_set_cancelled (export->job, &export->error))
    return FALSE;
  gboolean good = export->job->format == CLAW_ARCHIVE_JSON ? put_as_json (export, archived)
                                                           : put_as_text (export, archived);
  export->done++;
  if (good && export->done % PROGRESS_STEP == 0)
    tell_progress (export);
  return good;
}

static gboolean
put_all (Export *export, ClawArchiveDb *db, unsigned *unreadable, GError **error)
{
  gboolean is_json = export->job->format == CLAW_ARCHIVE_JSON;
  const char *head = "{\"format\": \"clawchat-history\", \"version\": 1, \"messages\": [";
  const char *tail = "\n]}\n";
  gboolean good = (!is_json || put (export, head, strlen (head)))
                  && claw_archive_db_visit (db, CLAW_ARCHIVE_OLDEST_FIRST, 0, visit, export,
                                            unreadable, error)
                  && !export->error && (!is_json || put (export, tail, strlen (tail)))
                  && g_output_stream_flush (export->stream, export->cancellable, &export->error);
  if (export->error)
    g_propagate_error (error, g_steal_pointer (&export->error));
  return good;
}

/* Beside @file, so that it can be renamed: a new file that is written in its place would stand
 * there half written, were the program killed. Returns: (transfer full) */
static GFile *
get_aside (GFile *file)
{
  g_autoptr (GFile) directory = g_file_get_parent (file);
  g_autofree char *random = g_uuid_string_random ();
  g_autofree char *name = g_strdup_printf (".clawchat-%.8s.part", random);
  return directory ? g_file_get_child (directory, name) : g_object_ref (file);
}

/* For @aside; it has no name, so that nothing of it is left in the clear when the program is
 * killed. Returns: (transfer full) (nullable): NULL where there is no such thing. */
static GOutputStream *
open_nameless (GFile *aside)
{
  g_autoptr (GFile) directory = g_file_get_parent (aside);
  const char *path = directory ? g_file_peek_path (directory) : NULL;
  if (!path || access (OPEN_FILES, X_OK) != 0)
    return NULL;
  int fd = open (path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  return fd >= 0 ? g_unix_output_stream_new (fd, TRUE) : NULL;
}

/* Returns: -1 when @file is not one of this system's. */
static int
get_fd (GOutputStream *file)
{
  return G_IS_FILE_DESCRIPTOR_BASED (file)
             ? g_file_descriptor_based_get_fd (G_FILE_DESCRIPTOR_BASED (file))
             : -1;
}

/* @name: (nullable): where a file that has none is to appear, now that it is whole. */
static gboolean
finish_file (int fd, const char *name, GError **error)
{
  g_autofree char *open_file = g_strdup_printf (OPEN_FILES "/%d", fd);
  if (fd < 0
      || (fsync (fd) == 0
          && (!name || linkat (AT_FDCWD, open_file, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  return FALSE;
}

/* Returns: FALSE when @aside is not whole. */
static gboolean
write_aside (Export *export, GFile *aside, ClawArchiveDb *db, unsigned *unreadable, GError **error)
{
  g_autoptr (GOutputStream) file = open_nameless (aside);
  const char *name = file ? g_file_peek_path (aside) : NULL;
  if (!file)
    file = G_OUTPUT_STREAM (
        g_file_create (aside, G_FILE_CREATE_PRIVATE, export->cancellable, error));
  if (!file)
    return FALSE;
  g_autoptr (GOutputStream) stream = g_buffered_output_stream_new_sized (file, 64 * 1024);
  g_filter_output_stream_set_close_base_stream (G_FILTER_OUTPUT_STREAM (stream), FALSE);
  export->stream = stream;
  gboolean good = put_all (export, db, unreadable, error)
                  && finish_file (get_fd (file), name, error);
  return g_output_stream_close (file, NULL, good ? error : NULL) && good;
}

gboolean
claw_archive_job_export (const ClawArchiveJob *job,
                         ClawArchiveDb *db,
                         unsigned *unreadable,
                         GError **error)
{
  Export export = { .job = job, .cancellable = g_task_get_cancellable (job->task) };
  if (!claw_archive_db_count (db, &export.total, error))
    return FALSE;
  g_autoptr (GFile) aside = get_aside (job->file);
  if (write_aside (&export, aside, db, unreadable, error)
      && !claw_archive_job_set_cancelled (job, error)
      && g_file_move (aside, job->file, G_FILE_COPY_OVERWRITE | G_FILE_COPY_NO_FALLBACK_FOR_MOVE,
                      NULL, NULL, NULL, error))
    {
      tell_progress (&export);
      return TRUE;
    }
  g_file_delete (aside, NULL, NULL);
  return FALSE;
}
