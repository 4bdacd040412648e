/* claw-saved-chats.c: see claw-saved-chats.h. */
#include "claw-saved-chats.h"

#include "claw-chat-trust.h"
#include "claw-file.h"
#include "claw-saved-chat-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <string.h>

struct _ClawSavedChats
{
  GObject parent_instance;

  char *directory;
  char *name; /* (nullable) */
  int timeout_s;
  gboolean nat_detection;
  GStrv stun_servers;
  gboolean drops_history;
  GNetworkMonitor *monitor; /* (nullable) */
  GPtrArray *chats;         /* the newest first */
  ClawKey key;              /* may be empty */
  gboolean is_temporary;
  gboolean is_loaded;
  gboolean is_ended;  /* what is still under way comes to nothing */
  GPtrArray *waiting; /* of GTask: openings that wait for load () */
};

enum
{
  SIGNAL_MESSAGE,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

static void claw_saved_chats_list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ClawSavedChats,
                               claw_saved_chats,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      claw_saved_chats_list_model_init))

/* The list. */

static GType
get_item_type (GListModel *model)
{
  return CLAW_TYPE_SAVED_CHAT;
}

static unsigned
get_n_items (GListModel *model)
{
  return CLAW_SAVED_CHATS (model)->chats->len;
}

static gpointer
get_item (GListModel *model, unsigned position)
{
  GPtrArray *chats = CLAW_SAVED_CHATS (model)->chats;
  return position < chats->len ? g_object_ref (chats->pdata[position]) : NULL;
}

static void
claw_saved_chats_list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

/* Moves the chat up to where it belongs by its time. Told as one change of all in between, so that
 * a selection finds its chat again. */
static void
sort_in (ClawSavedChats *chats, ClawSavedChat *chat)
{
  unsigned from = 0;
  unsigned to = 0;
  if (!g_ptr_array_find (chats->chats, chat, &from))
    return;
  while (to < from
         && claw_saved_chat_get_activity_us (chats->chats->pdata[to])
                >= claw_saved_chat_get_activity_us (chat))
    to++;
  if (to == from)
    return;
  gpointer moved = g_ptr_array_steal_index (chats->chats, from);
  g_ptr_array_insert (chats->chats, (int) to, moved);
  g_list_model_items_changed (G_LIST_MODEL (chats), to, from - to + 1, from - to + 1);
}

static void
on_message (ClawSavedChats *chats, ClawMessage *message, gboolean is_own, ClawSavedChat *chat)
{
  sort_in (chats, chat);
  g_signal_emit (chats, signals[SIGNAL_MESSAGE], 0, chat, message, is_own);
}

static ClawSavedChat *
make_chat (ClawSavedChats *chats, const char *id)
{
  g_autofree char *path = g_build_filename (chats->directory, id, NULL);
  g_autoptr (ClawClient) client = claw_client_new (path, chats->name, chats->timeout_s);
  const ClawKey *key = claw_key_is_set (&chats->key) ? &chats->key : NULL;
  claw_client_set_nat_detection (client, chats->nat_detection);
  claw_client_set_stun_servers (client, (const char *const *) chats->stun_servers);
  if (key)
    claw_client_set_store_key (client, key);
  if (chats->monitor)
    claw_client_watch_network (client, chats->monitor);
  ClawSavedChat *chat = claw_saved_chat_new (client, path, key);
  claw_saved_chat_set_history_default (chat, !chats->drops_history);
  g_signal_connect_object (chat, "message", G_CALLBACK (on_message), chats, G_CONNECT_SWAPPED);
  return chat;
}

ClawSavedChat *
claw_saved_chats_add (ClawSavedChats *chats)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats), NULL);
  g_autofree char *id = g_uuid_string_random ();
  g_autoptr (GString) digits = g_string_new (id);
  g_string_replace (digits, "-", "", 0);
  ClawSavedChat *chat = make_chat (chats, digits->str);
  g_ptr_array_insert (chats->chats, 0, chat);
  g_list_model_items_changed (G_LIST_MODEL (chats), 0, 0, 1);
  return chat;
}

static int
compare_activity (gconstpointer a, gconstpointer b)
{
  gint64 time_a = claw_saved_chat_get_activity_us (*(ClawSavedChat *const *) a);
  gint64 time_b = claw_saved_chat_get_activity_us (*(ClawSavedChat *const *) b);
  return (time_a < time_b) - (time_a > time_b);
}

static gboolean
is_id (const char *name)
{
  return strlen (name) == CLAW_SAVED_CHATS_ID_LENGTH
         && strspn (name, "0123456789abcdef") == CLAW_SAVED_CHATS_ID_LENGTH;
}

void
claw_saved_chats_set_key (ClawSavedChats *chats, const ClawKey *key)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats) && !chats->is_loaded);
  claw_key_copy (&chats->key, key);
}

void
claw_saved_chats_set_temporary (ClawSavedChats *chats, const char *directory)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats) && !chats->is_loaded);
  g_free (chats->directory);
  chats->directory = g_strdup (directory);
  chats->is_temporary = TRUE;
}

static void start_loading (GTask *task);

static void
open_waiting (ClawSavedChats *chats)
{
  chats->is_loaded = TRUE;
  while (chats->waiting->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (chats->waiting, 0);
      start_loading (task);
    }
}

/* What a crash left of one that was being erased. */
static void
finish_forgetting (ClawSavedChats *chats, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (chats->directory, name, NULL);
  if (g_str_has_suffix (name, CLAW_SAVED_CHAT_FORGOTTEN_SUFFIX)
      && !claw_saved_chat_erase_directory (path, &error))
    g_warning ("%s", error->message);
}

void
claw_saved_chats_load (ClawSavedChats *chats)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats) && chats->chats->len == 0);
  g_autoptr (GError) fault = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (chats->directory, &fault);
  const char *name = NULL;
  if (fault)
    g_warning ("%s", fault->message);
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autoptr (GError) error = NULL;
      if (!is_id (name))
        {
          finish_forgetting (chats, name);
          continue;
        }
      g_autoptr (ClawSavedChat) chat = make_chat (chats, name);
      if (claw_saved_chat_get_is_saved (chat))
        g_ptr_array_add (chats->chats, g_steal_pointer (&chat));
      else if (!claw_saved_chat_erase (chat, &error))
        g_warning ("%s", error->message);
    }
  g_ptr_array_sort (chats->chats, compare_activity);
  if (chats->chats->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (chats), 0, 0, chats->chats->len);
  open_waiting (chats);
}

void
claw_saved_chats_resume (ClawSavedChats *chats)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats));
  for (unsigned i = 0; i < chats->chats->len; i++)
    if (claw_saved_chat_get_state (chats->chats->pdata[i]) == CLAW_CLIENT_IDLE)
      claw_saved_chat_reconnect (chats->chats->pdata[i]);
}

gboolean
claw_saved_chats_forget (ClawSavedChats *chats, ClawSavedChat *chat, GError **error)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats) && CLAW_IS_SAVED_CHAT (chat), FALSE);
  g_autoptr (ClawSavedChat) kept = g_object_ref (chat);
  unsigned position = 0;
  if (g_ptr_array_find (chats->chats, chat, &position))
    {
      g_signal_handlers_disconnect_by_func (chat, on_message, chats);
      g_ptr_array_remove_index (chats->chats, position);
      g_list_model_items_changed (G_LIST_MODEL (chats), position, 1, 0);
    }
  return claw_saved_chat_erase (kept, error);
}

/* A session may have begun of which this thread has not heard yet. Its file is used up then, and
 * the pairing is all that leads back. */
static gboolean
may_have_begun (ClawSavedChat *chat)
{
  return claw_saved_chat_get_is_opening (chat)
         || claw_saved_chat_get_state (chat) == CLAW_CLIENT_KNOCKING;
}

static void
end_chat (ClawSavedChats *chats, ClawSavedChat *chat)
{
  g_autoptr (GError) error = NULL;
  gboolean is_kept = !chats->is_temporary
                     && (claw_saved_chat_get_is_saved (chat) || may_have_begun (chat));
  if (is_kept)
    {
      claw_saved_chat_shutdown (chat);
      is_kept = claw_saved_chat_get_is_saved (chat)
                || claw_client_can_resume (claw_saved_chat_get_client (chat));
    }
  if (!is_kept && !claw_saved_chats_forget (chats, chat, &error))
    g_warning ("%s", error->message);
}

static void
cancel_opening (GTask *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                           _ ("Opening was cancelled"));
}

static gpointer
copy_chat (gconstpointer chat, gpointer user_data)
{
  return g_object_ref ((gpointer) chat);
}

void
claw_saved_chats_shutdown (ClawSavedChats *chats)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats));
  if (chats->is_ended)
    return;
  chats->is_ended = TRUE;
  /* A chat that hears its last messages moves up in the list meanwhile. */
  g_autoptr (GPtrArray) all = g_ptr_array_copy (chats->chats, copy_chat, NULL);
  for (unsigned i = 0; i < all->len; i++)
    if (claw_saved_chat_get_is_saved (all->pdata[i]) && !chats->is_temporary)
      claw_client_prepare_shutdown (claw_saved_chat_get_client (all->pdata[i]));
  for (unsigned i = all->len; i > 0; i--)
    end_chat (chats, all->pdata[i - 1]);
  if (chats->is_temporary)
    g_rmdir (chats->directory);
  while (chats->waiting->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (chats->waiting, 0);
      cancel_opening (task);
    }
}

/* Opening a file. */

typedef struct
{
  char *path;
  ClawBootstrapKey *key; /* (nullable): looked for */
  ClawClientOpenFlags flags;
  ClawSavedChat *chat; /* (nullable): once the file is open */
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;
  g_free (opening->path);
  g_clear_pointer (&opening->key, claw_bootstrap_key_unref);
  g_clear_object (&opening->chat);
  g_free (opening);
}

static Opening *
opening_new (const char *path, ClawBootstrapKey *key, ClawClientOpenFlags flags)
{
  Opening *opening = g_new0 (Opening, 1);
  opening->path = g_strdup (path);
  opening->key = key ? claw_bootstrap_key_ref (key) : NULL;
  opening->flags = flags;
  return opening;
}

/* In a thread: the key derivation takes up to a second. */
static void
load_file (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *opening = data;
  GError *error = NULL;
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (ClawSecFile) file = NULL;
  if (!opening->key)
    opening->key = claw_bootstrap_key_find (NULL, &error);
  if (opening->key)
    file = claw_sec_file_load (opening->path, opening->key, &error);
  gboolean good = file
                  && (opening->flags & CLAW_CLIENT_OPEN_IGNORE_TIME
                      || claw_sec_file_check_time (file, now_s, &error));
  if (!good)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&file), (GDestroyNotify) claw_sec_file_free);
}

static void
return_chat (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);
  g_task_return_pointer (task, g_object_ref (opening->chat), g_object_unref);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ClawSavedChat *chat = CLAW_SAVED_CHAT (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) erase_error = NULL;
  if (claw_saved_chat_open_finish (chat, result, &error))
    {
      return_chat (task);
      return;
    }
  /* Another opening of the same chat may have taken over. */
  if (!claw_saved_chat_get_is_saved (chat) && !claw_saved_chat_get_is_opening (chat)
      && claw_saved_chat_get_state (chat) == CLAW_CLIENT_IDLE
      && !claw_saved_chats_forget (g_task_get_source_object (task), chat, &erase_error))
    g_warning ("%s", erase_error->message);
  g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ClawSavedChats *chats = g_task_get_source_object (task);
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (ClawSecFile) file = g_task_propagate_pointer (G_TASK (result), &error);
  if (!file)
    {
      g_task_return_error (task, error);
      return;
    }
  if (chats->is_ended)
    {
      cancel_opening (task);
      return;
    }
  ClawSavedChat *known = claw_saved_chats_find_by_server_key (chats, file->server_public_key);
  ClawSavedChat *namesake = known ? NULL : claw_chat_trust_find_namesake (chats, file);
  if (namesake && !(opening->flags & CLAW_CLIENT_OPEN_ACCEPT_KEY))
    {
      g_task_return_error (task, claw_chat_trust_error_new (file));
      return;
    }
  opening->chat = g_object_ref (known ? known : claw_saved_chats_add (chats));
  if (claw_saved_chat_get_state (opening->chat) == CLAW_CLIENT_CONNECTED)
    {
      return_chat (task);
      return;
    }
  claw_saved_chat_open_async (opening->chat, g_steal_pointer (&file), opening->flags,
                              g_task_get_cancellable (task), on_opened, g_object_ref (task));
  if (namesake)
    claw_chat_trust_set (opening->chat, CLAW_CHAT_TRUST_CHANGED);
  sort_in (chats, opening->chat);
}

static void
start_loading (GTask *task)
{
  const Opening *opening = g_task_get_task_data (task);
  /* The thread has nothing of ours, which it could be the last to let go. */
  g_autoptr (GTask) loading = g_task_new (NULL, g_task_get_cancellable (task), on_loaded,
                                          g_object_ref (task));
  g_task_set_task_data (loading, opening_new (opening->path, opening->key, opening->flags),
                        opening_free);
  g_task_run_in_thread (loading, load_file);
}

void
claw_saved_chats_open_file_async (ClawSavedChats *chats,
                                  const char *path,
                                  ClawBootstrapKey *key,
                                  ClawClientOpenFlags flags,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats) && path != NULL);
  g_autoptr (GTask) task = g_task_new (chats, cancellable, callback, user_data);
  g_task_set_source_tag (task, claw_saved_chats_open_file_async);
  g_task_set_task_data (task, opening_new (path, key, flags), opening_free);
  if (chats->is_loaded)
    start_loading (task);
  else
    g_ptr_array_add (chats->waiting, g_object_ref (task));
}

ClawSavedChat *
claw_saved_chats_open_file_finish (ClawSavedChats *chats, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, chats), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Settings that change. */

static ClawClient *
get_client (ClawSavedChats *chats, unsigned position)
{
  return claw_saved_chat_get_client (chats->chats->pdata[position]);
}

void
claw_saved_chats_set_name (ClawSavedChats *chats, const char *name)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats));
  g_free (chats->name);
  chats->name = g_strdup (name);
  for (unsigned i = 0; i < chats->chats->len; i++)
    claw_client_set_name (get_client (chats, i), name);
}

void
claw_saved_chats_set_timeout (ClawSavedChats *chats, int timeout_s)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats) && timeout_s > 0);
  chats->timeout_s = timeout_s;
  for (unsigned i = 0; i < chats->chats->len; i++)
    claw_client_set_timeout (get_client (chats, i), timeout_s);
}

void
claw_saved_chats_set_nat_detection (ClawSavedChats *chats, gboolean is_enabled)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats));
  chats->nat_detection = is_enabled;
  for (unsigned i = 0; i < chats->chats->len; i++)
    claw_client_set_nat_detection (get_client (chats, i), is_enabled);
}

void
claw_saved_chats_set_stun_servers (ClawSavedChats *chats, const char *const *servers)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats) && servers != NULL);
  g_strfreev (chats->stun_servers);
  chats->stun_servers = g_strdupv ((char **) servers);
  for (unsigned i = 0; i < chats->chats->len; i++)
    claw_client_set_stun_servers (get_client (chats, i), servers);
}

void
claw_saved_chats_set_history_default (ClawSavedChats *chats, gboolean is_kept)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats));
  chats->drops_history = !is_kept;
  for (unsigned i = 0; i < chats->chats->len; i++)
    claw_saved_chat_set_history_default (chats->chats->pdata[i], is_kept);
}

/* Queries. */

ClawSavedChat *
claw_saved_chats_find_by_server_key (ClawSavedChats *chats,
                                     const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE])
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats), NULL);
  g_autoptr (GBytes) wanted = g_bytes_new (server_key, CLAW_PUBLIC_KEY_SIZE);
  for (unsigned i = 0; i < chats->chats->len; i++)
    {
      GBytes *key = claw_saved_chat_get_server_key (chats->chats->pdata[i]);
      if (key && g_bytes_equal (key, wanted))
        return chats->chats->pdata[i];
    }
  return NULL;
}

ClawSavedChat *
claw_saved_chats_find_by_id (ClawSavedChats *chats, const char *id)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats), NULL);
  for (unsigned i = 0; i < chats->chats->len; i++)
    if (g_strcmp0 (claw_saved_chat_get_id (chats->chats->pdata[i]), id) == 0)
      return chats->chats->pdata[i];
  return NULL;
}

gboolean
claw_saved_chats_keeps_queued (ClawSavedChats *chats, ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats) && CLAW_IS_SAVED_CHAT (chat), FALSE);
  return !chats->is_temporary && claw_saved_chat_get_is_saved (chat)
         && claw_saved_chat_get_keeper (chat);
}

unsigned
claw_saved_chats_count_unread (ClawSavedChats *chats)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats), 0);
  unsigned unread = 0;
  for (unsigned i = 0; i < chats->chats->len; i++)
    unread += claw_saved_chat_get_unread (chats->chats->pdata[i]);
  return unread;
}

/* The object. */

static void
claw_saved_chats_dispose (GObject *object)
{
  claw_saved_chats_shutdown (CLAW_SAVED_CHATS (object));
  G_OBJECT_CLASS (claw_saved_chats_parent_class)->dispose (object);
}

static void
claw_saved_chats_finalize (GObject *object)
{
  ClawSavedChats *chats = CLAW_SAVED_CHATS (object);
  g_ptr_array_unref (chats->chats);
  g_ptr_array_unref (chats->waiting);
  claw_key_clear (&chats->key);
  g_clear_object (&chats->monitor);
  g_free (chats->directory);
  g_free (chats->name);
  g_strfreev (chats->stun_servers);
  G_OBJECT_CLASS (claw_saved_chats_parent_class)->finalize (object);
}

static void
claw_saved_chats_class_init (ClawSavedChatsClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->dispose = claw_saved_chats_dispose;
  object_class->finalize = claw_saved_chats_finalize;
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", CLAW_TYPE_SAVED_CHATS, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 3, CLAW_TYPE_SAVED_CHAT,
                                          CLAW_TYPE_MESSAGE, G_TYPE_BOOLEAN);
}

static void
claw_saved_chats_init (ClawSavedChats *chats)
{
  chats->chats = g_ptr_array_new_with_free_func (g_object_unref);
  chats->waiting = g_ptr_array_new ();
}

ClawSavedChats *
claw_saved_chats_new (const char *directory, const ClawSavedChatsOptions *options)
{
  g_return_val_if_fail (options != NULL && options->timeout_s > 0, NULL);
  ClawSavedChats *chats = g_object_new (CLAW_TYPE_SAVED_CHATS, NULL);
  chats->directory = directory
                         ? g_strdup (directory)
                         : g_build_filename (g_get_user_data_dir (), "clawchat", "chats", NULL);
  chats->name = g_strdup (options->name);
  chats->timeout_s = options->timeout_s;
  chats->nat_detection = options->nat_detection;
  chats->stun_servers = options->stun_servers ? g_strdupv ((char **) options->stun_servers)
                                              : g_new0 (char *, 1);
  chats->drops_history = options->drops_history;
  g_set_object (&chats->monitor, options->monitor);
  return chats;
}
