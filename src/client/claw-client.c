/* claw-client.c: see claw-client.h.
 *
 * Everything here runs in the owner's thread. What the worker's engine tells comes through the
 * mailbox and is applied event by event; events of an earlier open or disconnect are recognised by
 * their serial.
 */
#include "claw-client-private.h"

#include "claw-client-details.h"
#include "claw-source.h"
#include "claw-store.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum
{
  PROP_STATE = 1,
  PROP_ERROR,
  PROP_SAVING_ERROR,
  PROP_SERVER_NAME,
  PROP_NAME,
  PROP_STATUS,
  N_PROPERTIES
};

enum
{
  SIGNAL_MESSAGE,
  SIGNAL_MESSAGE_STATE,
  SIGNAL_MESSAGE_CANCELLED,
  SIGNAL_WELCOME,
  SIGNAL_RENAMED,
  SIGNAL_NAME_TAKEN,
  SIGNAL_JOINED,
  SIGNAL_LEFT,
  SIGNAL_TYPING,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static unsigned signals[N_SIGNALS];

/* clang-format off */
G_DEFINE_QUARK (claw-client-error-quark, claw_client_error)
/* clang-format on */
G_DEFINE_BOXED_TYPE (ClawMessage, claw_client_message, claw_message_ref, claw_message_unref)
G_DEFINE_FINAL_TYPE (ClawClient, claw_client, G_TYPE_OBJECT)

GType
claw_client_state_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { CLAW_CLIENT_IDLE, "CLAW_CLIENT_IDLE", "idle" },
    { CLAW_CLIENT_KNOCKING, "CLAW_CLIENT_KNOCKING", "knocking" },
    { CLAW_CLIENT_CONNECTED, "CLAW_CLIENT_CONNECTED", "connected" },
    { CLAW_CLIENT_RECONNECTING, "CLAW_CLIENT_RECONNECTING", "reconnecting" },
    { CLAW_CLIENT_COMPROMISED, "CLAW_CLIENT_COMPROMISED", "compromised" },
    { CLAW_CLIENT_FAILED, "CLAW_CLIENT_FAILED", "failed" },
    { 0, NULL, NULL },
  };
  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("ClawClientState", values));
  return type;
}

/* What others see of the state. */

gboolean
claw_client_is_offline (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), FALSE);
  if (client->state != CLAW_CLIENT_KNOCKING && client->state != CLAW_CLIENT_RECONNECTING)
    return FALSE;
  return client->monitor && !client->has_local
         && !g_network_monitor_get_network_available (client->monitor);
}

static void
update_status (ClawClient *client)
{
  g_autofree char *status = claw_client_format_status (client);
  if (g_strcmp0 (status, client->status) == 0)
    return;
  g_free (client->status);
  client->status = g_steal_pointer (&status);
  g_object_notify_by_pspec (G_OBJECT (client), properties[PROP_STATUS]);
}

/* @error: (transfer full) (nullable) */
static void
set_state (ClawClient *client, ClawClientState state, GError *error)
{
  g_object_freeze_notify (G_OBJECT (client));
  if (client->error != error)
    {
      g_clear_error (&client->error);
      client->error = error;
      g_object_notify_by_pspec (G_OBJECT (client), properties[PROP_ERROR]);
    }
  if (client->state != state)
    {
      client->state = state;
      g_object_notify_by_pspec (G_OBJECT (client), properties[PROP_STATE]);
    }
  update_status (client);
  g_object_thaw_notify (G_OBJECT (client));
}

/* @value: (transfer full) (nullable) */
static void
set_string (ClawClient *client, char **field, char *value, int property)
{
  if (g_strcmp0 (*field, value) == 0)
    {
      g_free (value);
      return;
    }
  g_free (*field);
  *field = value;
  g_object_notify_by_pspec (G_OBJECT (client), properties[property]);
}

static void
clear_members (ClawClient *client)
{
  claw_client_clear_typing (client);
  g_clear_pointer (&client->members, g_ptr_array_unref);
  client->members = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (client->members, NULL);
}

static void
add_member (ClawClient *client, const char *name)
{
  /* The last element is the NULL at the end. */
  if (client->members->len > CLAW_CHAT_MEMBERS_MAX)
    return;
  g_ptr_array_insert (client->members, (int) client->members->len - 1, g_strdup (name));
}

static void
remove_member (ClawClient *client, const char *name)
{
  for (unsigned i = 0; i + 1 < client->members->len; i++)
    if (g_strcmp0 (client->members->pdata[i], name) == 0)
      {
        g_ptr_array_remove_index (client->members, i);
        return;
      }
}

/* Opening. */

/* @error: (transfer full) (nullable): NULL for success. */
static void
finish_opening (ClawClient *client, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&client->opening);
  claw_source_clear (&client->cancelling);
  if (!task)
    {
      g_clear_error (&error);
      return;
    }
  update_status (client);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* Returns: (transfer full) (nullable): for cancel_task (), which comes last, since the caller's
 * callback may use the client again. */
static GTask *
take_opening (ClawClient *client)
{
  claw_source_clear (&client->cancelling);
  return g_steal_pointer (&client->opening);
}

/* @task: (transfer full) (nullable) */
static void
cancel_task (GTask *task)
{
  if (!task)
    return;
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                           _ ("Opening was cancelled"));
  g_object_unref (task);
}

static gboolean
on_open_cancelled (GCancellable *cancellable, gpointer user_data)
{
  claw_client_disconnect (user_data);
  return G_SOURCE_REMOVE;
}

/* Events of the engine. */

static void
apply_welcome (ClawClient *client, ClawEngineEvent *event)
{
  clear_members (client);
  for (unsigned i = 0; event->members && event->members[i]; i++)
    add_member (client, event->members[i]);
  claw_client_hear_name (client, event);
  set_string (client, &client->name, g_steal_pointer (&event->name), PROP_NAME);
  g_signal_emit (client, signals[SIGNAL_WELCOME], 0);
}

static void
apply_name (ClawClient *client, ClawEngineEvent *event)
{
  claw_client_hear_name (client, event);
  if (g_strcmp0 (client->name, event->name) == 0)
    return;
  set_string (client, &client->name, g_steal_pointer (&event->name), PROP_NAME);
  g_signal_emit (client, signals[SIGNAL_RENAMED], 0);
}

/* Another server has another safety number. */
static void
apply_keys (ClawClient *client, const ClawEngineEvent *event)
{
  g_free (client->server_id);
  client->server_id = g_strdup (event->server_id);
  client->has_keys = TRUE;
  client->safety_number[0] = '\0';
  memcpy (client->own_key, event->own_key, CLAW_PUBLIC_KEY_SIZE);
  memcpy (client->server_key, event->server_key, CLAW_PUBLIC_KEY_SIZE);
}

/* What concerns a session that the user has left already. */
static gboolean
is_outdated (ClawClient *client, const ClawEngineEvent *event)
{
  return event->serial != client->serial && event->type != CLAW_ENGINE_MESSAGE
         && event->type != CLAW_ENGINE_MESSAGE_STATE && event->type != CLAW_ENGINE_CANCELLED
         && event->type != CLAW_ENGINE_FORGOTTEN;
}

static void
apply_event (ClawClient *client, ClawEngineEvent *event)
{
  switch (event->type)
    {
    case CLAW_ENGINE_OPENED:
      finish_opening (client, g_steal_pointer (&event->error));
      break;
    case CLAW_ENGINE_STATE:
      client->report = (ClawEngineReport){ 0 };
      client->next_attempt_us = 0;
      client->has_local = event->has_local;
      if (event->state != CLAW_CLIENT_CONNECTED)
        clear_members (client);
      set_state (client, event->state, g_steal_pointer (&event->error));
      break;
    case CLAW_ENGINE_ATTEMPT:
      client->next_attempt_us = event->next_attempt_us;
      update_status (client);
      break;
    case CLAW_ENGINE_SERVER:
      apply_keys (client, event);
      set_string (client, &client->server_name, g_steal_pointer (&event->name), PROP_SERVER_NAME);
      break;
    case CLAW_ENGINE_MESSAGE:
      claw_client_hear_typing (client, claw_message_get_sender (event->message), FALSE);
      g_signal_emit (client, signals[SIGNAL_MESSAGE], 0, event->message);
      break;
    case CLAW_ENGINE_MESSAGE_STATE:
      if (event->message_state == CLAW_MESSAGE_DELIVERED)
        claw_client_settle_message (client, event->message);
      g_signal_emit (client, signals[SIGNAL_MESSAGE_STATE], 0, event->message,
                     (unsigned) event->message_state);
      break;
    case CLAW_ENGINE_CANCELLED:
      claw_client_settle_message (client, event->message);
      g_signal_emit (client, signals[SIGNAL_MESSAGE_CANCELLED], 0, event->message);
      break;
    case CLAW_ENGINE_WELCOME:
      apply_welcome (client, event);
      break;
    case CLAW_ENGINE_NAME:
      apply_name (client, event);
      break;
    case CLAW_ENGINE_JOINED:
      add_member (client, event->name);
      g_signal_emit (client, signals[SIGNAL_JOINED], 0, event->name);
      break;
    case CLAW_ENGINE_LEFT:
      claw_client_hear_typing (client, event->name, FALSE);
      remove_member (client, event->name);
      g_signal_emit (client, signals[SIGNAL_LEFT], 0, event->name);
      break;
    case CLAW_ENGINE_TYPING:
      claw_client_hear_typing (client, event->name, event->is_typing);
      break;
    case CLAW_ENGINE_FORGOTTEN:
      client->pending_messages = 0;
      client->pending_bytes = 0;
      break;
    case CLAW_ENGINE_SAVED:
      g_clear_error (&client->saving_error);
      client->saving_error = g_steal_pointer (&event->error);
      g_object_notify_by_pspec (G_OBJECT (client), properties[PROP_SAVING_ERROR]);
      break;
    case CLAW_ENGINE_REPORT:
      client->report = event->report;
      update_status (client);
      break;
    }
}

static void
on_event (gpointer item, gpointer user_data)
{
  g_autoptr (ClawEngineEvent) event = item;
  g_autoptr (ClawClient) client = g_object_ref (user_data);
  if (!is_outdated (client, event))
    apply_event (client, event);
}

static void
on_room (gpointer user_data)
{
  ClawClient *client = user_data;
  if (client->worker)
    claw_worker_resume (client->worker);
}

/* The network. */

static void
on_network_changed (GNetworkMonitor *monitor, gboolean is_available, ClawClient *client)
{
  if (is_available && client->worker)
    claw_worker_nudge (client->worker);
  update_status (client);
}

void
claw_client_watch_network (ClawClient *client, GNetworkMonitor *monitor)
{
  g_return_if_fail (CLAW_IS_CLIENT (client) && G_IS_NETWORK_MONITOR (monitor));
  g_return_if_fail (client->monitor == NULL);
  client->monitor = g_object_ref (monitor);
  g_signal_connect_object (monitor, "network-changed", G_CALLBACK (on_network_changed), client, 0);
}

/* The object. */

static void
claw_client_get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  ClawClient *client = CLAW_CLIENT (object);
  switch (id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) client->state);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, client->error);
      break;
    case PROP_SAVING_ERROR:
      g_value_set_boxed (value, client->saving_error);
      break;
    case PROP_SERVER_NAME:
      g_value_set_string (value, client->server_name);
      break;
    case PROP_NAME:
      g_value_set_string (value, claw_client_get_name (client));
      break;
    case PROP_STATUS:
      g_value_set_string (value, client->status);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_client_dispose (GObject *object)
{
  ClawClient *client = CLAW_CLIENT (object);
  if (client->monitor)
    g_signal_handlers_disconnect_by_data (client->monitor, client);
  claw_client_shutdown (client);
  claw_client_clear_typing (client);
  g_clear_object (&client->monitor);
  G_OBJECT_CLASS (claw_client_parent_class)->dispose (object);
}

static void
claw_client_finalize (GObject *object)
{
  ClawClient *client = CLAW_CLIENT (object);
  g_clear_pointer (&client->context, g_main_context_unref);
  g_clear_pointer (&client->members, g_ptr_array_unref);
  g_clear_error (&client->error);
  g_clear_error (&client->saving_error);
  claw_key_clear (&client->store_key);
  g_free (client->data_directory);
  g_free (client->wished_name);
  g_free (client->told_wish);
  g_free (client->told_name);
  g_strfreev (client->stun_servers);
  g_free (client->server_name);
  g_free (client->server_id);
  g_free (client->name);
  g_free (client->status);
  G_OBJECT_CLASS (claw_client_parent_class)->finalize (object);
}

static void
install_signals (GObjectClass *object_class)
{
  GType type = G_OBJECT_CLASS_TYPE (object_class);
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, CLAW_TYPE_MESSAGE);
  signals[SIGNAL_MESSAGE_STATE] = g_signal_new ("message-state", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                                NULL, NULL, G_TYPE_NONE, 2, CLAW_TYPE_MESSAGE,
                                                G_TYPE_UINT);
  signals[SIGNAL_MESSAGE_CANCELLED] = g_signal_new ("message-cancelled", type, G_SIGNAL_RUN_LAST, 0,
                                                    NULL, NULL, NULL, G_TYPE_NONE, 1,
                                                    CLAW_TYPE_MESSAGE);
  signals[SIGNAL_WELCOME] = g_signal_new ("welcome", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
  signals[SIGNAL_RENAMED] = g_signal_new ("renamed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
  signals[SIGNAL_NAME_TAKEN] = g_signal_new ("name-taken", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                             NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_JOINED] = g_signal_new ("joined", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_LEFT] = g_signal_new ("left", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_TYPING] = g_signal_new ("typing", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

static void
claw_client_class_init (ClawClientClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  object_class->get_property = claw_client_get_property;
  object_class->dispose = claw_client_dispose;
  object_class->finalize = claw_client_finalize;
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, CLAW_TYPE_CLIENT_STATE,
                                              (int) CLAW_CLIENT_IDLE, flags);
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);
  properties[PROP_SAVING_ERROR] = g_param_spec_boxed ("saving-error", NULL, NULL, G_TYPE_ERROR,
                                                      flags);
  properties[PROP_SERVER_NAME] = g_param_spec_string ("server-name", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  install_signals (object_class);
}

static void
claw_client_init (ClawClient *client)
{
  client->context = g_main_context_ref_thread_default ();
  client->state = CLAW_CLIENT_IDLE;
  client->status = claw_client_format_status (client);
  clear_members (client);
}

ClawClient *
claw_client_new (const char *data_directory, const char *name, int timeout_s)
{
  g_return_val_if_fail (timeout_s > 0, NULL);
  ClawClient *client = g_object_new (CLAW_TYPE_CLIENT, NULL);
  client->data_directory = data_directory
                               ? g_strdup (data_directory)
                               : g_build_filename (g_get_user_data_dir (), "clawchat", NULL);
  client->wished_name = name ? claw_name_sanitise (name, -1) : NULL;
  client->timeout_s = timeout_s;
  return client;
}

/* Actions. */

static void
ensure_worker (ClawClient *client)
{
  if (client->worker)
    return;
  client->mailbox = claw_mailbox_new (client->context, on_event, on_room,
                                      (GDestroyNotify) claw_engine_event_free, client);
  client->worker = claw_worker_new (client->data_directory, client->wished_name, client->timeout_s,
                                    client->mailbox);
  /* Ahead of the first command, from which on the engine is the thread's. */
  if (claw_key_is_set (&client->store_key))
    claw_worker_set_store_key (client->worker, &client->store_key);
  claw_client_tell_settings (client);
}

static void
watch_cancellable (ClawClient *client, GCancellable *cancellable)
{
  if (!cancellable)
    return;
  client->cancelling = g_cancellable_source_new (cancellable);
  g_source_set_static_name (client->cancelling, "claw-client-open-cancelled");
  g_source_set_callback (client->cancelling, G_SOURCE_FUNC (on_open_cancelled), client, NULL);
  g_source_attach (client->cancelling, client->context);
}

/* Ends what there is, in the way of an opening by @source_tag. Returns: the opening that was under
 * way, to be cancelled last. */
static GTask *
begin_opening (ClawClient *client,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer source_tag,
               gpointer user_data)
{
  GTask *before = take_opening (client);
  ensure_worker (client);
  client->serial++;
  client->opening = g_task_new (client, cancellable, callback, user_data);
  g_task_set_source_tag (client->opening, source_tag);
  watch_cancellable (client, cancellable);
  clear_members (client);
  set_string (client, &client->name, NULL, PROP_NAME);
  set_state (client, CLAW_CLIENT_IDLE, NULL);
  return before;
}

void
claw_client_open_async (ClawClient *client,
                        const char *path,
                        ClawBootstrapKey *key,
                        ClawClientOpenFlags flags,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  g_return_if_fail (path != NULL);
  GTask *before = begin_opening (client, cancellable, callback, claw_client_open_async, user_data);
  claw_worker_open (client->worker, path, key, flags, client->serial);
  cancel_task (before);
}

void
claw_client_open_sec_async (ClawClient *client,
                            ClawSecFile *file,
                            ClawClientOpenFlags flags,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  g_return_if_fail (file != NULL);
  GTask *before = begin_opening (client, cancellable, callback, claw_client_open_async, user_data);
  claw_worker_open_sec (client->worker, file, flags, client->serial);
  cancel_task (before);
}

gboolean
claw_client_open_finish (ClawClient *client, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
claw_client_can_resume (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), FALSE);
  return claw_store_has_pairings (client->data_directory);
}

void
claw_client_resume_async (ClawClient *client,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  GTask *before = begin_opening (client, cancellable, callback, claw_client_resume_async,
                                 user_data);
  claw_worker_open_last (client->worker, client->serial);
  cancel_task (before);
}

gboolean
claw_client_resume_finish (ClawClient *client, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
claw_client_disconnect (ClawClient *client)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  g_object_ref (client); /* the task may hold the last reference */
  GTask *opening = take_opening (client);
  client->serial++;
  if (client->worker)
    claw_worker_disconnect (client->worker, client->serial);
  clear_members (client);
  set_state (client, CLAW_CLIENT_IDLE, NULL);
  cancel_task (opening);
  g_object_unref (client);
}

void
claw_client_compromise (ClawClient *client)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  g_object_ref (client); /* the task may hold the last reference */
  GTask *opening = take_opening (client);
  ensure_worker (client);
  client->serial++;
  claw_worker_compromise (client->worker, client->serial);
  clear_members (client);
  set_state (client, CLAW_CLIENT_COMPROMISED, NULL);
  cancel_task (opening);
  g_object_unref (client);
}

void
claw_client_retry_now (ClawClient *client)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  if (client->worker)
    claw_worker_retry_now (client->worker);
}

void
claw_client_set_store_key (ClawClient *client, const ClawKey *key)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  g_return_if_fail (client->worker == NULL);
  claw_key_copy (&client->store_key, key);
}

void
claw_client_prepare_shutdown (ClawClient *client)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  if (client->worker)
    claw_worker_prepare_stop (client->worker);
}

static void
shut_down (ClawClient *client, void (*stop) (ClawWorker *worker))
{
  client->serial++;
  if (!client->worker)
    return;
  g_autoptr (ClawClient) kept = g_object_ref (client); /* who hears the signals may let go of it */
  GTask *opening = take_opening (client);
  /* Taken out first: the signals below may lead back here. */
  ClawWorker *worker = g_steal_pointer (&client->worker);
  g_autoptr (ClawMailbox) mailbox = g_steal_pointer (&client->mailbox);
  stop (worker);
  /* The server has heard that these came, and does not send them again. */
  claw_mailbox_drain (mailbox);
  claw_mailbox_close (mailbox);
  client->pending_messages = 0;
  client->pending_bytes = 0;
  clear_members (client);
  set_state (client, CLAW_CLIENT_IDLE, NULL);
  cancel_task (opening);
}

void
claw_client_shutdown (ClawClient *client)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  shut_down (client, claw_worker_stop);
}

void
claw_client_shutdown_wholly (ClawClient *client)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  shut_down (client, claw_worker_stop_wholly);
}

/* Queries. */

ClawClientState
claw_client_get_state (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), CLAW_CLIENT_IDLE);
  return client->state;
}

const GError *
claw_client_get_error (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return client->error;
}

const GError *
claw_client_get_saving_error (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return client->saving_error;
}

const char *
claw_client_get_server_name (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return client->server_name;
}

const char *
claw_client_get_name (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return client->name ? client->name : client->wished_name;
}

const char *
claw_client_get_status (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return client->status;
}

const char *const *
claw_client_get_members (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return (const char *const *) client->members->pdata;
}
