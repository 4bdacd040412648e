/* claw-window-open.c: the way of a .sec file from the user's choice to the first knock.
 *
 * Choose, look at it, find or ask for its key, open it; a wrong key leads back to the question. One
 * file at a time: the others wait.
 */
#include "claw-dialogs.h"
#include "claw-key-question.h"
#include "claw-probe.h"
#include "claw-safety.h"
#include "claw-window-private.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  GFile *file;
  char *key_file; /* (nullable) */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_object_unref (request->file);
  g_free (request->key_file);
  g_free (request);
}

static void ask_for_key (ClawWindow *window, const char *problem);
static void open_next (ClawWindow *window);
static void ask_other_key (ClawWindow *window, const GError *error);

gboolean
claw_window_is_opening (ClawWindow *window)
{
  return window->opening.cancellable != NULL;
}

static void
finish (ClawWindow *window)
{
  g_clear_object (&window->opening.cancellable);
  if (!window->opening.failure)
    window->is_opening_in_view = FALSE;
  open_next (window);
  claw_window_update (window);
}

/* Of who has gone to a chat meanwhile, and may be typing there. */
static gboolean
is_left (ClawWindow *window)
{
  return !window->is_opening_in_view && window->chat;
}

/* @error: (transfer full). The page tells it, unless another file follows or the user has gone
 * elsewhere. */
static void
fail (ClawWindow *window, GError *error)
{
  g_clear_error (&window->opening.failure);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_error_free (error);
  else if (g_queue_is_empty (&window->opening.waiting) && !is_left (window))
    {
      window->opening.failure = error;
      window->is_opening_in_view = TRUE;
    }
  else
    {
      g_auto (GStrv) lines = g_strsplit (error->message, "\n", 2);
      claw_window_toast (window, lines[0]);
      g_error_free (error);
    }
  finish (window);
}

static void
begin (ClawWindow *window)
{
  g_clear_error (&window->opening.failure);
  window->opening.cancellable = g_cancellable_new ();
  window->is_opening_in_view = TRUE;
  claw_split_set_shows_content (window->split, TRUE);
}

/* Opening. */

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawSavedChat) chat = claw_saved_chats_open_file_finish (CLAW_SAVED_CHATS (source),
                                                                      result, &error);
  /* Cancelled, or the window is closed. */
  if (g_task_get_cancellable (G_TASK (result)) != window->opening.cancellable)
    return;
  if (!chat && g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY))
    {
      ask_for_key (window, error->message);
      return;
    }
  if (!chat && g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_KEY_CHANGED))
    {
      ask_other_key (window, error);
      return;
    }
  if (!chat)
    {
      fail (window, g_steal_pointer (&error));
      return;
    }
  if (claw_saved_chat_get_state (chat) == CLAW_CLIENT_CONNECTED)
    {
      g_autofree char *text = g_strdup_printf (_ ("Connected to “%s” already"),
                                               claw_saved_chat_get_title (chat));
      claw_window_toast (window, text);
    }
  if (!is_left (window))
    claw_window_show_chat (window, chat);
  finish (window);
}

static void
open_with_key (ClawWindow *window, ClawClientOpenFlags flags)
{
  g_autofree char *path = g_file_get_path (window->opening.file);
  window->opening.flags = flags;
  claw_saved_chats_open_file_async (window->chats, path, window->opening.key, flags,
                                    window->opening.cancellable, on_opened, g_object_ref (window));
  claw_window_update (window);
}

/* A server that is known by another key. */

static void
on_other_key_answer (gboolean accepted, gpointer user_data)
{
  ClawWindow *window = user_data;
  if (!claw_window_is_opening (window))
    return;
  if (accepted)
    open_with_key (window, window->opening.flags | CLAW_CLIENT_OPEN_ACCEPT_KEY);
  else
    finish (window);
}

static void
ask_other_key (ClawWindow *window, const GError *error)
{
  claw_safety_ask_other_key (GTK_WINDOW (window), error, on_other_key_answer, g_object_ref (window),
                             g_object_unref);
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

static void
clear_last (ClawWindow *window)
{
  g_autoptr (GCancellable) cancellable = g_steal_pointer (&window->opening.cancellable);
  g_cancellable_cancel (cancellable);
  g_clear_object (&window->opening.file);
  g_clear_pointer (&window->opening.key, claw_bootstrap_key_unref);
  g_clear_pointer (&window->opening.key_file, g_free);
  g_clear_pointer (&window->opening.name, g_free);
  g_clear_error (&window->opening.failure);
}

void
claw_window_clear_opening (ClawWindow *window)
{
  g_queue_clear_full (&window->opening.waiting, request_free);
  clear_last (window);
  window->is_opening_in_view = FALSE;
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
  if (!window->opening.file || claw_window_is_opening (window))
    return;
  if (!window->opening.key)
    {
      probe (window);
      return;
    }
  begin (window);
  open_with_key (window, flags);
}

static void
open_next (ClawWindow *window)
{
  Request *request = claw_window_is_opening (window) ? NULL
                                                     : g_queue_pop_head (&window->opening.waiting);
  if (!request)
    return;
  g_autofree char *name = g_file_get_basename (request->file);
  clear_last (window);
  window->opening.file = g_object_ref (request->file);
  window->opening.key_file = g_strdup (request->key_file);
  window->opening.name = g_filename_display_name (name);
  request_free (request);
  probe (window);
}

void
claw_window_open (ClawWindow *window, GFile *file, const char *key_file)
{
  g_return_if_fail (CLAW_IS_WINDOW (window) && G_IS_FILE (file));
  Request *request = g_new0 (Request, 1);
  request->file = g_object_ref (file);
  request->key_file = g_strdup (key_file);
  g_queue_push_tail (&window->opening.waiting, request);
  open_next (window);
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
