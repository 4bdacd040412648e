/* claw-probe.c: see claw-probe.h. */
#include "claw-probe.h"

#include "claw-file.h"
#include "claw-sec-file.h"

typedef struct
{
  char *path;
  char *key_file; /* (nullable) */
  gboolean needs_passphrase;
  ClawBootstrapKey *key; /* (nullable) */
} Probe;

static void
probe_free (gpointer data)
{
  Probe *probe = data;
  g_clear_pointer (&probe->key, claw_bootstrap_key_unref);
  g_free (probe->path);
  g_free (probe->key_file);
  g_free (probe);
}

static gboolean
read_envelope (Probe *probe, GError **error)
{
  g_autofree char *text = g_malloc (CLAW_SEC_FILE_SIZE_MAX);
  size_t length = 0;
  return claw_file_read (probe->path, CLAW_FILE_READ_FOLLOW_SYMLINKS, text, CLAW_SEC_FILE_SIZE_MAX,
                         &length, error)
         && claw_sec_file_probe (text, length, &probe->needs_passphrase, error);
}

static gboolean
find_key (Probe *probe, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  probe->key = claw_bootstrap_key_find (probe->key_file, &local_error);
  if (probe->key
      || g_error_matches (local_error, CLAW_BOOTSTRAP_KEY_ERROR,
                          CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
run_probe (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  if (read_envelope (data, &error) && find_key (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
claw_probe_async (const char *path,
                  const char *key_file,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Probe *probe = g_new0 (Probe, 1);
  probe->path = g_strdup (path);
  probe->key_file = g_strdup (key_file);
  g_task_set_source_tag (task, claw_probe_async);
  g_task_set_task_data (task, probe, probe_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, run_probe);
}

gboolean
claw_probe_finish (GAsyncResult *result,
                   gboolean *needs_passphrase,
                   ClawBootstrapKey **key,
                   GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  Probe *probe = g_task_get_task_data (G_TASK (result));
  *needs_passphrase = probe->needs_passphrase;
  *key = g_steal_pointer (&probe->key);
  return TRUE;
}
