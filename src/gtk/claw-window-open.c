/* claw-window-open.c: the way of a .sec file from the user's choice to the first knock.
 *
 * Choose, look at it, find or ask for its key, open it; a wrong key leads back to the question.
 * Whatever was under way is cancelled by a newer file.
 */
#include "claw-dialogs.h"
#include "claw-key-question.h"
#include "claw-probe.h"
#include "claw-window-private.h"

#include <glib/gi18n-lib.h>

static void ask_for_key (ClawWindow *window, const char *problem);

gboolean
claw_window_is_opening (ClawWindow *window)
{
  return window->opening.cancellable != NULL;
}

static void
finish (ClawWindow *window)
{
  g_clear_object (&window->opening.cancellable);
  claw_window_update (window);
}

/* @error: (transfer full) */
static void
fail (ClawWindow *window, GError *error)
{
  g_clear_error (&window->failure);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_error_free (error);
  else
    window->failure = error;
  finish (window);
}

static void
begin (ClawWindow *window)
{
  claw_window_cancel_opening (window);
  g_clear_error (&window->failure);
  window->opening.cancellable = g_cancellable_new ();
}

/* Opening. */

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  gboolean opened = claw_client_open_finish (CLAW_CLIENT (source), result, &error);
  /* A newer opening has taken over, or the window is closed. */
  if (g_task_get_cancellable (G_TASK (result)) != window->opening.cancellable)
    return;
  if (opened)
    finish (window);
  else if (g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY))
    ask_for_key (window, error->message);
  else
    fail (window, g_steal_pointer (&error));
}

static void
open_with_key (ClawWindow *window, ClawClientOpenFlags flags)
{
  g_autofree char *path = g_file_get_path (window->opening.file);
  window->has_chatted = FALSE;
  claw_client_open_async (window->client, path, window->opening.key, flags,
                          window->opening.cancellable, on_opened, g_object_ref (window));
  claw_window_update (window);
}

/* Coming back without a file. */

static void
on_resumed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  gboolean resumed = claw_client_resume_finish (CLAW_CLIENT (source), result, &error);
  if (g_task_get_cancellable (G_TASK (result)) != window->opening.cancellable)
    return;
  if (resumed || g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NOT_PAIRED))
    finish (window);
  else
    fail (window, g_steal_pointer (&error));
}

void
claw_window_resume (ClawWindow *window)
{
  claw_window_clear_opening (window);
  if (!claw_client_can_resume (window->client))
    return;
  begin (window);
  window->has_chatted = FALSE;
  claw_client_resume_async (window->client, window->opening.cancellable, on_resumed,
                            g_object_ref (window));
  claw_window_update (window);
}

/* The key. */

static void
on_key (ClawBootstrapKey *key, gpointer user_data)
{
  g_autoptr (ClawWindow) window = user_data;
  if (!claw_window_is_opening (window))
    return;
  if (!key)
    {
      finish (window);
      return;
    }
  g_clear_pointer (&window->opening.key, claw_bootstrap_key_unref);
  window->opening.key = claw_bootstrap_key_ref (key);
  open_with_key (window, CLAW_CLIENT_OPEN_DEFAULT);
}

static void
ask_for_key (ClawWindow *window, const char *problem)
{
  g_clear_pointer (&window->opening.key, claw_bootstrap_key_unref);
  claw_window_update (window);
  claw_key_question_ask (GTK_WINDOW (window), window->opening.name,
                         window->opening.needs_passphrase, problem, on_key, g_object_ref (window));
}

static void
on_probed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawWindow) window = user_data;
  g_autoptr (ClawBootstrapKey) key = NULL;
  g_autoptr (GError) error = NULL;
  gboolean needs_passphrase = FALSE;
  gboolean probed = claw_probe_finish (result, &needs_passphrase, &key, &error);
  if (g_task_get_cancellable (G_TASK (result)) != window->opening.cancellable)
    return;
  if (!probed)
    {
      fail (window, g_steal_pointer (&error));
      return;
    }
  window->opening.needs_passphrase = needs_passphrase;
  if (!key)
    {
      ask_for_key (window, NULL);
      return;
    }
  g_clear_pointer (&window->opening.key, claw_bootstrap_key_unref);
  window->opening.key = g_steal_pointer (&key);
  open_with_key (window, CLAW_CLIENT_OPEN_DEFAULT);
}

/* Beginning and end. */

void
claw_window_cancel_opening (ClawWindow *window)
{
  g_autoptr (GCancellable) cancellable = g_steal_pointer (&window->opening.cancellable);
  g_cancellable_cancel (cancellable);
}

void
claw_window_clear_opening (ClawWindow *window)
{
  claw_window_cancel_opening (window);
  g_clear_object (&window->opening.file);
  g_clear_pointer (&window->opening.key, claw_bootstrap_key_unref);
  g_clear_pointer (&window->opening.key_file, g_free);
  g_clear_pointer (&window->opening.name, g_free);
}

static void
probe (ClawWindow *window)
{
  g_autofree char *path = g_file_get_path (window->opening.file);
  begin (window);
  if (!path)
    {
      fail (window, g_error_new (CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_UNREADABLE,
                                 _ ("“%s” is not on this computer. Copy it here, then open it."),
                                 window->opening.name));
      return;
    }
  claw_probe_async (path, window->opening.key_file, window->opening.cancellable, on_probed,
                    g_object_ref (window));
  claw_window_update (window);
}

void
claw_window_open_again (ClawWindow *window, ClawClientOpenFlags flags)
{
  if (!window->opening.file)
    {
      claw_window_resume (window);
      return;
    }
  if (!window->opening.key)
    {
      probe (window);
      return;
    }
  begin (window);
  open_with_key (window, flags);
}

typedef struct
{
  ClawWindow *window;
  GFile *file;
  char *key_file;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_object_unref (request->window);
  g_object_unref (request->file);
  g_free (request->key_file);
  g_free (request);
}

static void
on_confirmed (gboolean accepted, gpointer user_data)
{
  Request *request = user_data;
  ClawWindow *window = request->window;
  if (!accepted)
    return;
  claw_window_clear_opening (window);
  window->opening.file = g_object_ref (request->file);
  window->opening.key_file = g_strdup (request->key_file);
  g_autofree char *name = g_file_get_basename (request->file);
  window->opening.name = g_filename_display_name (name);
  probe (window);
}

static void
confirm (Request *request)
{
  ClawWindow *window = request->window;
  const char *server = claw_client_get_server_name (window->client);
  g_autofree char *body = g_strdup_printf (
      _ ("The chat with “%s” ends when you connect with another file."), server ? server : "");
  ClawQuestion question = {
    .heading = _ ("Leave This Chat?"),
    .body = body,
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Leave and Connect"),
    .is_destructive = TRUE,
  };
  claw_dialogs_ask (GTK_WINDOW (window), &question, on_confirmed, request, request_free);
}

void
claw_window_open (ClawWindow *window, GFile *file, const char *key_file)
{
  g_return_if_fail (CLAW_IS_WINDOW (window) && G_IS_FILE (file));
  ClawClientState state = claw_client_get_state (window->client);
  Request *request = g_new0 (Request, 1);
  request->window = g_object_ref (window);
  request->file = g_object_ref (file);
  request->key_file = g_strdup (key_file);
  if (state == CLAW_CLIENT_CONNECTED || state == CLAW_CLIENT_RECONNECTING)
    {
      confirm (request);
      return;
    }
  on_confirmed (TRUE, request);
  request_free (request);
}

static void
on_chosen (GFile *file, gpointer user_data)
{
  ClawWindow *window = user_data;
  if (file)
    claw_window_open (window, file, NULL);
}

void
claw_window_choose_file (ClawWindow *window)
{
  claw_dialogs_choose_sec (GTK_WINDOW (window), on_chosen, window);
}
