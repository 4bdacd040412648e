/* claw-saved-chat.c: see claw-saved-chat.h. */
#include "claw-saved-chat-private.h"

#include "claw-chat-trust.h"
#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

enum
{
  PROP_CLIENT = 1,
  PROP_ID,
  PROP_TITLE,
  PROP_PREVIEW,
  PROP_PREVIEW_TIME,
  PROP_UNREAD,
  PROP_STATE,
  PROP_ERROR,
  PROP_KEEPING_ERROR,
  PROP_STATUS,
  PROP_IS_SAVED,
  PROP_IS_OPENING,
  PROP_DRAFT,
  PROP_IS_IN_VIEW,
  N_PROPERTIES
};

enum
{
  SIGNAL_MESSAGE,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawSavedChat, claw_saved_chat, G_TYPE_OBJECT)

static void
notify (ClawSavedChat *chat, int property)
{
  g_object_notify_by_pspec (G_OBJECT (chat), properties[property]);
}

/* The archive. */

static void
on_keeping_error (ClawSavedChat *chat)
{
  notify (chat, PROP_KEEPING_ERROR);
}

/* Without a key there is nothing to be opened, which is a success. */
static gboolean
ensure_keeper (ClawSavedChat *chat, GError **error)
{
  g_autofree char *path = g_build_filename (chat->directory, CLAW_SAVED_CHAT_ARCHIVE, NULL);
  if (chat->keeper || !claw_key_is_set (&chat->key))
    return TRUE;
  if (claw_file_make_private_directory (chat->directory, error))
    chat->keeper = claw_keeper_new (chat->client, path, &chat->key, error);
  if (!chat->keeper)
    return FALSE;
  g_signal_connect_object (chat->keeper, "loaded", G_CALLBACK (claw_saved_chat_show_last), chat,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (chat->keeper, "error-changed", G_CALLBACK (on_keeping_error), chat,
                           G_CONNECT_SWAPPED);
  notify (chat, PROP_KEEPING_ERROR);
  claw_keeper_set_history_default (chat->keeper, !chat->drops_by_default);
  claw_saved_chat_load_settings (chat);
  chat->is_locked = FALSE;
  return TRUE;
}

/* Before it connects: what came then would be confirmed to the server, and kept nowhere. */
static gboolean
prepare_keeper (ClawSavedChat *chat, GError **error)
{
  gboolean is_late = chat->is_locked && !chat->keeper;
  gboolean has_typed = *chat->draft;
  if (!claw_chat_panic_make_room (chat, error) || !ensure_keeper (chat, error))
    return FALSE;
  if (!is_late || !chat->keeper)
    return TRUE;
  /* What was to be done at the start. */
  claw_chat_panic_load (chat);
  if (!has_typed)
    notify (chat, PROP_DRAFT);
  notify (chat, PROP_TITLE);
  notify (chat, PROP_UNREAD);
  notify (chat, PROP_IS_SAVED);
  return TRUE;
}

void
claw_saved_chat_set_history_default (ClawSavedChat *chat, gboolean is_kept)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  chat->drops_by_default = !is_kept;
  if (chat->keeper)
    claw_keeper_set_history_default (chat->keeper, is_kept);
}

ClawKeeper *
claw_saved_chat_get_keeper (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  return chat->keeper;
}

static void
keep_draft (ClawSavedChat *chat)
{
  g_clear_handle_id (&chat->draft_timer, g_source_remove);
  claw_saved_chat_keep_setting (chat, "draft", g_variant_new_string (chat->draft));
}

static gboolean
on_draft_timer (gpointer user_data)
{
  ClawSavedChat *chat = user_data;
  chat->draft_timer = 0;
  keep_draft (chat);
  return G_SOURCE_REMOVE;
}

static void
close_keeper (ClawSavedChat *chat)
{
  if (chat->draft_timer != 0)
    keep_draft (chat);
  if (chat->keeper)
    claw_keeper_close (chat->keeper);
  g_clear_object (&chat->keeper);
}

void
claw_saved_chat_shutdown (ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  chat->is_ending = TRUE;
  claw_client_prepare_shutdown (chat->client);
  /* Who asks then whether there ever was a session wants to know it for good. */
  if (chat->is_saved)
    claw_client_shutdown (chat->client);
  else
    claw_client_shutdown_wholly (chat->client);
  close_keeper (chat);
}

/* Of an opening that came to something. */
static void
queue_outbox (ClawSavedChat *chat)
{
  if (chat->keeper)
    claw_keeper_queue (chat->keeper);
}

static void
load (ClawSavedChat *chat)
{
  struct stat status;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (chat->directory, CLAW_SAVED_CHAT_ARCHIVE, NULL);
  if (g_stat (chat->directory, &status) == 0)
    chat->activity_us = (gint64) status.st_mtime * G_USEC_PER_SEC;
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !ensure_keeper (chat, &error))
    g_warning ("%s", error->message);
  claw_saved_chat_find_server (chat);
  chat->is_saved = claw_chat_panic_load (chat) && chat->is_saved;
}

static void
keep_title (ClawSavedChat *chat)
{
  claw_saved_chat_keep_setting (chat, "title",
                                g_variant_new_string (chat->own_title ? chat->own_title : ""));
}

static void
set_is_saved (ClawSavedChat *chat, gboolean is_saved)
{
  if (chat->is_saved == is_saved)
    return;
  chat->is_saved = is_saved;
  if (is_saved)
    {
      claw_saved_chat_keep_key (chat, CLAW_SAVED_CHAT_SERVER_KEY, chat->server_key);
      keep_title (chat);
    }
  notify (chat, PROP_IS_SAVED);
}

gboolean
claw_saved_chat_erase (ClawSavedChat *chat, GError **error)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), FALSE);
  chat->is_erased = TRUE;
  /* First: nothing of what the client still tells is to be written. */
  close_keeper (chat);
  claw_client_shutdown_wholly (chat->client);
  return claw_saved_chat_erase_directory (chat->directory, error);
}

/* What a list shows. */

static gboolean
is_seen (const ClawSavedChat *chat)
{
  return chat->is_in_view && chat->is_at_end && !chat->is_ending;
}

static void
set_unread (ClawSavedChat *chat, unsigned unread)
{
  if (chat->unread == unread)
    return;
  chat->unread = unread;
  claw_saved_chat_keep_setting (chat, "unread", g_variant_new_uint32 (unread));
  notify (chat, PROP_UNREAD);
}

/* After the keeper has removed it from the history, so that what is read does not hold it any more;
 * before it leaves the outbox, so that the text of one that is edited is always on the disk. */
static void
on_message_cancelled (ClawSavedChat *chat, ClawMessage *message)
{
  if (chat->draft_timer != 0)
    keep_draft (chat);
  claw_saved_chat_drop_preview (chat, message);
}

static void
keep_activity (ClawSavedChat *chat)
{
  claw_saved_chat_keep_setting (chat, "activity", g_variant_new_int64 (chat->activity_us));
}

static void
take_message (ClawSavedChat *chat, ClawMessage *message, gboolean is_own)
{
  g_object_freeze_notify (G_OBJECT (chat));
  claw_preview_trail_add (chat->previews, message, is_own, g_get_real_time ());
  claw_saved_chat_tell_preview (chat);
  keep_activity (chat);
  if (!is_own && !is_seen (chat))
    set_unread (chat, chat->unread + 1);
  g_object_thaw_notify (G_OBJECT (chat));
  g_signal_emit (chat, signals[SIGNAL_MESSAGE], 0, message, is_own);
}

/* What the client tells. */

static void
on_message (ClawSavedChat *chat, ClawMessage *message)
{
  /* What had come already, where the user wants nothing of it to be left. */
  if (chat->is_erased || chat->panic == CLAW_CHAT_PANIC_ERASE)
    return;
  /* The server had not heard that an earlier run has it. */
  if (chat->keeper && claw_keeper_knows (chat->keeper, message))
    return;
  take_message (chat, message, FALSE);
}

void
claw_saved_chat_leave_nothing (ClawSavedChat *chat)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (chat->directory, CLAW_SAVED_CHAT_ARCHIVE, NULL);
  gboolean good = chat->keeper ? claw_keeper_destroy (chat->keeper, &error)
                               : claw_archive_erase (path, &error);
  chat->has_remains = !good;
  if (!good)
    g_warning ("%s", error->message);
  g_clear_object (&chat->keeper);
  notify (chat, PROP_KEEPING_ERROR);
  claw_chat_trust_set (chat, CLAW_CHAT_TRUST_UNKNOWN);
  set_is_saved (chat, FALSE);
  claw_saved_chat_forget_preview (chat);
  set_unread (chat, 0);
  claw_saved_chat_set_draft (chat, "");
  /* Before there is an error, keys may be on the disk still. */
  if (claw_client_get_state (chat->client) != CLAW_CLIENT_COMPROMISED
      || claw_client_get_error (chat->client))
    {
      /* Of what is left, the note lets nothing come back at the next start. */
      if (good)
        claw_chat_panic_forget (chat);
      claw_saved_chat_remove_empty (chat);
    }
  notify (chat, PROP_ERROR);
}

static void
on_compromised (ClawSavedChat *chat)
{
  if (!claw_chat_panic_keep (chat))
    {
      claw_saved_chat_leave_nothing (chat);
      return;
    }
  set_unread (chat, 0);
  claw_saved_chat_set_draft (chat, "");
}

static void
on_state (ClawSavedChat *chat)
{
  ClawClientState state = claw_client_get_state (chat->client);
  g_object_freeze_notify (G_OBJECT (chat));
  if (chat->resume_error && state != CLAW_CLIENT_IDLE)
    g_clear_error (&chat->resume_error);
  if (!chat->is_erased)
    {
      if (state == CLAW_CLIENT_CONNECTED)
        {
          set_is_saved (chat, TRUE);
          claw_chat_panic_connected (chat);
        }
      else if (state == CLAW_CLIENT_COMPROMISED
               || claw_saved_chat_is_about_compromise (claw_client_get_error (chat->client)))
        on_compromised (chat);
    }
  notify (chat, PROP_STATE);
  notify (chat, PROP_ERROR);
  g_object_thaw_notify (G_OBJECT (chat));
}

static void
on_error (ClawSavedChat *chat)
{
  notify (chat, PROP_ERROR);
}

static void
on_saving_error (ClawSavedChat *chat)
{
  chat->is_saving_dismissed = FALSE;
  notify (chat, PROP_KEEPING_ERROR);
}

static void
on_status (ClawSavedChat *chat)
{
  notify (chat, PROP_STATUS);
}

static void
on_server_name (ClawSavedChat *chat)
{
  notify (chat, PROP_TITLE);
}

/* Opening. */

static void
begin_opening (ClawSavedChat *chat)
{
  g_clear_error (&chat->resume_error);
  chat->n_openings++;
  chat->activity_us = MAX (chat->activity_us, g_get_real_time ());
  notify (chat, PROP_IS_OPENING);
  notify (chat, PROP_ERROR);
}

static void
end_opening (ClawSavedChat *chat)
{
  chat->n_openings--;
  notify (chat, PROP_IS_OPENING);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ClawSavedChat *chat = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  end_opening (chat);
  if (claw_client_open_finish (CLAW_CLIENT (source), result, &error))
    {
      /* Else the next start puts a chat without messages wherever it was last written to. */
      keep_activity (chat);
      queue_outbox (chat);
      g_task_return_boolean (task, TRUE);
    }
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
adopt_file (ClawSavedChat *chat, const ClawSecFile *file)
{
  g_free (chat->file_title);
  chat->file_title = g_strdup (file->server_name && *file->server_name ? file->server_name
                                                                       : file->server_id);
  if (!chat->is_saved)
    {
      g_clear_pointer (&chat->server_key, g_bytes_unref);
      chat->server_key = g_bytes_new (file->server_public_key, CLAW_PUBLIC_KEY_SIZE);
    }
  notify (chat, PROP_TITLE);
}

void
claw_saved_chat_open_async (ClawSavedChat *chat,
                            ClawSecFile *file,
                            ClawClientOpenFlags flags,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat) && file != NULL);
  GTask *task = g_task_new (chat, cancellable, callback, user_data);
  GError *error = NULL;
  g_task_set_source_tag (task, claw_saved_chat_open_async);
  if (!prepare_keeper (chat, &error))
    {
      claw_sec_file_free (file);
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  adopt_file (chat, file);
  begin_opening (chat);
  claw_client_open_sec_async (chat->client, file, flags, cancellable, on_opened, task);
}

gboolean
claw_saved_chat_open_finish (ClawSavedChat *chat, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, chat), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_resumed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawSavedChat) chat = user_data;
  g_autoptr (GError) error = NULL;
  end_opening (chat);
  if (claw_client_resume_finish (CLAW_CLIENT (source), result, &error))
    {
      queue_outbox (chat);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || chat->n_openings > 0)
    return;
  g_clear_error (&chat->resume_error);
  chat->resume_error = g_steal_pointer (&error);
  notify (chat, PROP_ERROR);
}

void
claw_saved_chat_resume (ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  g_autoptr (GError) error = NULL;
  begin_opening (chat);
  if (prepare_keeper (chat, &error) && !chat->ended_error)
    {
      claw_client_resume_async (chat->client, NULL, on_resumed, g_object_ref (chat));
      return;
    }
  end_opening (chat);
  chat->resume_error = g_steal_pointer (&error);
  notify (chat, PROP_ERROR);
}

/* Actions. */

void
claw_saved_chat_reconnect (ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  switch (claw_client_get_state (chat->client))
    {
    case CLAW_CLIENT_IDLE:
      if (chat->is_saved && chat->n_openings == 0 && !chat->ended_error)
        claw_saved_chat_resume (chat);
      return;
    case CLAW_CLIENT_KNOCKING:
    case CLAW_CLIENT_RECONNECTING:
    case CLAW_CLIENT_FAILED:
      claw_client_retry_now (chat->client);
      return;
    case CLAW_CLIENT_CONNECTED:
    case CLAW_CLIENT_COMPROMISED:
      return;
    }
}

void
claw_saved_chat_disconnect (ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  g_clear_error (&chat->resume_error);
  claw_client_disconnect (chat->client);
}

ClawMessage *
claw_saved_chat_send (ClawSavedChat *chat, ClawMessage *original, const char *text, GError **error)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  ClawMessage *message = claw_client_send_reply (chat->client, original, text, error);
  if (message && chat->keeper)
    claw_keeper_add_own (chat->keeper, message);
  if (message)
    take_message (chat, message, TRUE);
  return message;
}

void
claw_saved_chat_cancel (ClawSavedChat *chat, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat) && message != NULL);
  if (!chat->keeper || !claw_keeper_cancel (chat->keeper, message))
    claw_client_cancel_message (chat->client, message);
}

void
claw_saved_chat_rename (ClawSavedChat *chat, const char *title)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  g_free (chat->own_title);
  chat->own_title = claw_saved_chat_clean_title (title);
  keep_title (chat);
  notify (chat, PROP_TITLE);
}

void
claw_saved_chat_set_draft (ClawSavedChat *chat, const char *draft)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  if (g_strcmp0 (chat->draft, draft ? draft : "") == 0)
    return;
  g_free (chat->draft);
  chat->draft = g_strdup (draft ? draft : "");
  /* What was sent is not to be there again, should the program be killed. */
  if (!*chat->draft)
    keep_draft (chat);
  else if (chat->draft_timer == 0 && chat->keeper)
    chat->draft_timer = g_timeout_add_seconds (1, on_draft_timer, chat);
  notify (chat, PROP_DRAFT);
}

void
claw_saved_chat_set_is_in_view (ClawSavedChat *chat, gboolean is_in_view)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  if (chat->is_in_view == is_in_view)
    return;
  chat->is_in_view = is_in_view;
  /* Who comes back may be led to what is unread, away from the end. */
  notify (chat, PROP_IS_IN_VIEW);
  if (is_seen (chat))
    set_unread (chat, 0);
}

void
claw_saved_chat_set_is_at_end (ClawSavedChat *chat, gboolean is_at_end)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  chat->is_at_end = is_at_end;
  if (is_seen (chat))
    set_unread (chat, 0);
}

/* The object. */

static void
claw_saved_chat_get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  ClawSavedChat *chat = CLAW_SAVED_CHAT (object);
  switch (id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, chat->client);
      break;
    case PROP_ID:
      g_value_set_string (value, chat->id);
      break;
    case PROP_TITLE:
      g_value_set_string (value, claw_saved_chat_get_title (chat));
      break;
    case PROP_PREVIEW:
      g_value_set_string (value, claw_saved_chat_get_preview (chat));
      break;
    case PROP_PREVIEW_TIME:
      g_value_set_int64 (value, claw_saved_chat_get_preview_time_us (chat));
      break;
    case PROP_UNREAD:
      g_value_set_uint (value, chat->unread);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) claw_client_get_state (chat->client));
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, claw_saved_chat_get_error (chat));
      break;
    case PROP_KEEPING_ERROR:
      g_value_set_boxed (value, claw_saved_chat_get_keeping_error (chat));
      break;
    case PROP_STATUS:
      g_value_set_string (value, claw_client_get_status (chat->client));
      break;
    case PROP_IS_SAVED:
      g_value_set_boolean (value, chat->is_saved);
      break;
    case PROP_IS_OPENING:
      g_value_set_boolean (value, chat->n_openings > 0);
      break;
    case PROP_DRAFT:
      g_value_set_string (value, chat->draft);
      break;
    case PROP_IS_IN_VIEW:
      g_value_set_boolean (value, chat->is_in_view);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_saved_chat_set_property (GObject *object, unsigned id, const GValue *value, GParamSpec *pspec)
{
  ClawSavedChat *chat = CLAW_SAVED_CHAT (object);
  switch (id)
    {
    case PROP_CLIENT:
      chat->client = g_value_dup_object (value);
      break;
    case PROP_DRAFT:
      claw_saved_chat_set_draft (chat, g_value_get_string (value));
      break;
    case PROP_IS_IN_VIEW:
      claw_saved_chat_set_is_in_view (chat, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_saved_chat_constructed (GObject *object)
{
  ClawSavedChat *chat = CLAW_SAVED_CHAT (object);
  static const struct
  {
    const char *signal;
    GCallback callback;
  } table[] = {
    { "notify::state", G_CALLBACK (on_state) },
    { "notify::error", G_CALLBACK (on_error) },
    { "notify::saving-error", G_CALLBACK (on_saving_error) },
    { "notify::status", G_CALLBACK (on_status) },
    { "notify::server-name", G_CALLBACK (on_server_name) },
    { "message", G_CALLBACK (on_message) },
  };
  G_OBJECT_CLASS (claw_saved_chat_parent_class)->constructed (object);
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect_object (chat->client, table[i].signal, table[i].callback, chat,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (chat->client, "message-cancelled", G_CALLBACK (on_message_cancelled),
                           chat, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}

static void
claw_saved_chat_finalize (GObject *object)
{
  ClawSavedChat *chat = CLAW_SAVED_CHAT (object);
  close_keeper (chat);
  claw_key_clear (&chat->key);
  g_clear_object (&chat->client);
  g_clear_error (&chat->resume_error);
  g_clear_error (&chat->ended_error);
  g_free (chat->directory);
  g_free (chat->id);
  g_free (chat->own_title);
  g_free (chat->file_title);
  g_clear_pointer (&chat->server_key, g_bytes_unref);
  claw_preview_trail_free (chat->previews);
  g_clear_object (&chat->loading_last);
  g_free (chat->draft);
  G_OBJECT_CLASS (claw_saved_chat_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GParamFlags write = read | G_PARAM_WRITABLE;
  properties[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, CLAW_TYPE_CLIENT,
                                                 write | G_PARAM_CONSTRUCT_ONLY);
  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, read);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, read);
  properties[PROP_PREVIEW] = g_param_spec_string ("preview", NULL, NULL, NULL, read);
  properties[PROP_PREVIEW_TIME] = g_param_spec_int64 ("preview-time", NULL, NULL, 0, G_MAXINT64, 0,
                                                      read);
  properties[PROP_UNREAD] = g_param_spec_uint ("unread", NULL, NULL, 0, G_MAXUINT, 0, read);
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, CLAW_TYPE_CLIENT_STATE,
                                              (int) CLAW_CLIENT_IDLE, read);
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, read);
  properties[PROP_KEEPING_ERROR] = g_param_spec_boxed ("keeping-error", NULL, NULL, G_TYPE_ERROR,
                                                       read);
  properties[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, NULL, read);
  properties[PROP_IS_SAVED] = g_param_spec_boolean ("is-saved", NULL, NULL, FALSE, read);
  properties[PROP_IS_OPENING] = g_param_spec_boolean ("is-opening", NULL, NULL, FALSE, read);
  properties[PROP_DRAFT] = g_param_spec_string ("draft", NULL, NULL, NULL, write);
  properties[PROP_IS_IN_VIEW] = g_param_spec_boolean ("is-in-view", NULL, NULL, FALSE, write);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
claw_saved_chat_class_init (ClawSavedChatClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->get_property = claw_saved_chat_get_property;
  object_class->set_property = claw_saved_chat_set_property;
  object_class->constructed = claw_saved_chat_constructed;
  object_class->finalize = claw_saved_chat_finalize;
  install_properties (object_class);
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", CLAW_TYPE_SAVED_CHAT, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 2, CLAW_TYPE_MESSAGE,
                                          G_TYPE_BOOLEAN);
}

static void
claw_saved_chat_init (ClawSavedChat *chat)
{
  chat->draft = g_strdup ("");
  chat->previews = claw_preview_trail_new ();
  chat->is_at_end = TRUE;
}

ClawSavedChat *
claw_saved_chat_new (ClawClient *client, const char *directory, const ClawKey *key)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client) && directory != NULL, NULL);
  ClawSavedChat *chat = g_object_new (CLAW_TYPE_SAVED_CHAT, "client", client, NULL);
  chat->directory = g_strdup (directory);
  chat->id = g_path_get_basename (directory);
  if (key)
    claw_key_copy (&chat->key, key);
  load (chat);
  return chat;
}
