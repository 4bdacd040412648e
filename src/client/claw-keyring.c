/* claw-keyring.c: see claw-keyring.h. */
#include "config.h"

#include "claw-keyring.h"

#include "claw-file.h"
#include "claw-keyring-file.h"

#include <glib/gi18n-lib.h>
#include <libsecret/secret.h>
#include <sodium.h>
#include <string.h>

#define STORE_ATTRIBUTE "store"
/* 256 MiB: a guess costs what it costs to open the store, most of a second. */
#define OPERATIONS crypto_pwhash_argon2id_OPSLIMIT_MODERATE
#define MEMORY crypto_pwhash_argon2id_MEMLIMIT_MODERATE
#define TEXT_SIZE sodium_base64_ENCODED_LEN (CLAW_KEY_SIZE, sodium_base64_VARIANT_ORIGINAL)

/* Without its name: of a locked keyring, GNOME Keyring 42 knows only hashes of attributes, and
 * calls the schema another one, so that the item would seem to be lost. The id is random, and
 * enough. */
static const SecretSchema schema = {
  .name = CLAW_APPLICATION_ID,
  .flags = SECRET_SCHEMA_DONT_MATCH_NAME,
  .attributes = { { STORE_ATTRIBUTE, SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

struct _ClawKeyring
{
  GObject parent_instance;

  char *directory;
  char *path;
  ClawKeyringKind kind;
  ClawKey key;
};

G_DEFINE_FINAL_TYPE (ClawKeyring, claw_keyring, G_TYPE_OBJECT)

/* What one unlocking needs; the data of its task. */
typedef struct
{
  ClawKeyringFile file;
  ClawKey key;
  gboolean is_new;
  char *passphrase; /* (nullable): in locked memory */
} Unlocking;

static void
unlocking_free (gpointer user_data)
{
  Unlocking *unlocking = user_data;
  claw_key_clear (&unlocking->key);
  claw_secret_free (unlocking->passphrase);
  g_free (unlocking);
}

/* The object. */

static void
claw_keyring_finalize (GObject *object)
{
  ClawKeyring *keyring = CLAW_KEYRING (object);
  claw_key_clear (&keyring->key);
  g_free (keyring->directory);
  g_free (keyring->path);
  G_OBJECT_CLASS (claw_keyring_parent_class)->finalize (object);
}

static void
claw_keyring_class_init (ClawKeyringClass *class)
{
  G_OBJECT_CLASS (class)->finalize = claw_keyring_finalize;
}

static void
claw_keyring_init (ClawKeyring *keyring)
{
}

ClawKeyring *
claw_keyring_new (const char *directory)
{
  g_return_val_if_fail (directory != NULL, NULL);
  ClawKeyring *keyring = g_object_new (CLAW_TYPE_KEYRING, NULL);
  keyring->directory = g_strdup (directory);
  keyring->path = g_build_filename (directory, CLAW_KEYRING_FILE_NAME, NULL);
  return keyring;
}

ClawKeyringKind
claw_keyring_get_kind (ClawKeyring *keyring)
{
  ClawKeyringFile file;
  g_autoptr (GError) error = NULL;
  g_return_val_if_fail (CLAW_IS_KEYRING (keyring), CLAW_KEYRING_NEW);
  if (keyring->kind != CLAW_KEYRING_NEW)
    return keyring->kind;
  if (claw_keyring_file_load (&file, keyring->path, &error))
    return file.kind == CLAW_KEYRING_FILE_PASSPHRASE ? CLAW_KEYRING_PASSPHRASE
                                                     : CLAW_KEYRING_SERVICE;
  return g_error_matches (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND) ? CLAW_KEYRING_NEW
                                                                             : CLAW_KEYRING_SERVICE;
}

const ClawKey *
claw_keyring_get_key (ClawKeyring *keyring)
{
  g_return_val_if_fail (CLAW_IS_KEYRING (keyring), NULL);
  return claw_key_is_set (&keyring->key) ? &keyring->key : NULL;
}

/* Unlocking. */

/* Returns: (transfer full) (nullable): NULL when the task has failed already. */
static GTask *
begin (ClawKeyring *keyring,
       GCancellable *cancellable,
       GAsyncReadyCallback callback,
       gpointer source_tag,
       gpointer user_data)
{
  GError *error = NULL;
  Unlocking *unlocking = g_new0 (Unlocking, 1);
  g_autoptr (GTask) task = g_task_new (keyring, cancellable, callback, user_data);
  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, unlocking, unlocking_free);
  if (claw_file_make_private_directory (keyring->directory, &error)
      && claw_keyring_file_load (&unlocking->file, keyring->path, &error))
    return g_steal_pointer (&task);
  if (g_error_matches (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
    {
      g_clear_error (&error);
      unlocking->is_new = TRUE;
      return g_steal_pointer (&task);
    }
  g_task_return_error (task, error);
  return NULL;
}

/* In the owner's context: the key is known, and kept. @task: (transfer full) */
static void
succeed (GTask *task, ClawKeyringKind kind)
{
  ClawKeyring *keyring = g_task_get_source_object (task);
  Unlocking *unlocking = g_task_get_task_data (task);
  GError *error = NULL;
  if (unlocking->is_new && !claw_keyring_file_save (&unlocking->file, keyring->path, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  claw_key_move (&keyring->key, &unlocking->key);
  keyring->kind = kind;
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* @task: (transfer full). @error: (transfer full) */
static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* The Secret Service. */

static gboolean
is_locked_error (const GError *error)
{
  return g_error_matches (error, SECRET_ERROR, SECRET_ERROR_IS_LOCKED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
         || (error->domain == G_DBUS_ERROR && g_dbus_error_is_remote_error (error)
             && strstr (error->message, "locked") != NULL);
}

/* Who does not keep secrets: there is no bus, or no such name on it. */
static gboolean
is_absence (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_CHILD_EXITED)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_FAILED)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_SERVER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD)
         || (error->domain == G_IO_ERROR && error->code != (int) G_IO_ERROR_TIMED_OUT);
}

/* @error: (transfer full): of libsecret. Returns: (transfer full): of ours. */
static GError *
translate (GTask *task, GError *error)
{
  g_autoptr (GError) original = error;
  ClawKeyringError code = CLAW_KEYRING_ERROR_FAILED;
  const char *what = _ ("The keyring of this session did not work");
  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return g_steal_pointer (&original);
  if (is_locked_error (original))
    {
      code = CLAW_KEYRING_ERROR_LOCKED;
      what = _ ("The keyring is locked");
    }
  else if (is_absence (original))
    {
      code = CLAW_KEYRING_ERROR_NO_SERVICE;
      what = _ ("This session has no keyring (Secret Service)");
    }
  g_dbus_error_strip_remote_error (original);
  return g_error_new (CLAW_KEYRING_ERROR, code, "%s: %s", what, original->message);
}

static char *
format_id (const ClawKeyringFile *file)
{
  char *text = g_malloc (2 * CLAW_KEYRING_FILE_ID_SIZE + 1);
  return sodium_bin2hex (text, 2 * CLAW_KEYRING_FILE_ID_SIZE + 1, file->id, sizeof file->id);
}

/* Returns: FALSE when it is no key. */
static gboolean
decode_key (SecretValue *value, ClawKey *key)
{
  gsize length = 0;
  size_t decoded = 0;
  const char *text = secret_value_get (value, &length);
  g_auto (ClawKey) bytes = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  if (sodium_base642bin (bytes.bytes, CLAW_KEY_SIZE, text, length, NULL, &decoded, NULL,
                         sodium_base64_VARIANT_ORIGINAL)
          != 0
      || decoded != CLAW_KEY_SIZE)
    return FALSE;
  claw_key_move (key, &bytes);
  return TRUE;
}

static void
on_secret (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Unlocking *unlocking = g_task_get_task_data (task);
  GError *error = NULL;
  SecretValue *value = secret_retrievable_retrieve_secret_finish (SECRET_RETRIEVABLE (object),
                                                                  result, &error);
  if (error)
    {
      fail (task, translate (task, error));
      return;
    }
  gboolean is_good = value && decode_key (value, &unlocking->key)
                     && claw_keyring_file_check (&unlocking->file, &unlocking->key);
  g_clear_pointer (&value, secret_value_unref);
  if (is_good)
    succeed (task, CLAW_KEYRING_SERVICE);
  else
    fail (task, g_error_new (CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_MISSING,
                             _ ("The key in the keyring is not that of the saved chats. Restore "
                                "the keyring from a backup, or start over.")));
}

static GError *
locked_error (void)
{
  return g_error_new (CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_LOCKED,
                      _ ("The keyring is locked. Unlock it to open the saved chats."));
}

static void
on_unlocked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  GList *unlocked = NULL;
  int n = secret_service_unlock_finish (SECRET_SERVICE (object), result, &unlocked, &error);
  if (error)
    fail (task, translate (task, error));
  else if (n == 0)
    fail (task, locked_error ());
  else
    secret_retrievable_retrieve_secret (unlocked->data, g_task_get_cancellable (task), on_secret,
                                        task);
  g_list_free_full (unlocked, g_object_unref);
}

static void
on_found (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  GList *found = secret_password_search_finish (result, &error);
  if (error)
    fail (task, translate (task, error));
  else if (!found)
    fail (task, g_error_new (CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_MISSING,
                             _ ("The keyring does not have the key of the saved chats any more. "
                                "Restore the keyring from a backup, or start over.")));
  else if (SECRET_IS_ITEM (found->data) && secret_item_get_locked (found->data))
    /* Asks the user; search's own unlocking would not tell a dismissal from a loss. */
    secret_service_unlock (secret_item_get_service (found->data), found,
                           g_task_get_cancellable (task), on_unlocked, task);
  else
    secret_retrievable_retrieve_secret (found->data, g_task_get_cancellable (task), on_secret,
                                        task);
  g_list_free_full (found, g_object_unref);
}

static void
on_stored (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  if (secret_password_store_finish (result, &error))
    succeed (task, CLAW_KEYRING_SERVICE);
  else if (error)
    fail (task, translate (task, error));
  else
    fail (task, g_error_new (CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_LOCKED,
                             _ ("The keyring is locked. Unlock it to keep chats.")));
}

static void
store_new_key (GTask *task)
{
  Unlocking *unlocking = g_task_get_task_data (task);
  claw_key_generate (&unlocking->key);
  claw_keyring_file_init_service (&unlocking->file, &unlocking->key);
  g_autofree char *id = format_id (&unlocking->file);
  char *text = claw_secret_new_pooled (TEXT_SIZE);
  sodium_bin2base64 (text, TEXT_SIZE, unlocking->key.bytes, CLAW_KEY_SIZE,
                     sodium_base64_VARIANT_ORIGINAL);
  secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, _ ("ClawChat: key of the saved chats"),
                         text, g_task_get_cancellable (task), on_stored, task, STORE_ATTRIBUTE, id,
                         NULL);
  claw_secret_free_pooled (text, TEXT_SIZE);
}

void
claw_keyring_unlock_async (ClawKeyring *keyring,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (CLAW_IS_KEYRING (keyring));
  GTask *task = begin (keyring, cancellable, callback, claw_keyring_unlock_async, user_data);
  if (!task)
    return;
  Unlocking *unlocking = g_task_get_task_data (task);
  if (unlocking->is_new)
    {
      store_new_key (task);
      return;
    }
  if (unlocking->file.kind == CLAW_KEYRING_FILE_PASSPHRASE)
    {
      fail (task, g_error_new (CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_PASSPHRASE_NEEDED,
                               _ ("The saved chats are sealed by a passphrase")));
      return;
    }
  g_autofree char *id = format_id (&unlocking->file);
  secret_password_search (&schema, SECRET_SEARCH_NONE, cancellable, on_found, task, STORE_ATTRIBUTE,
                          id, NULL);
}

/* A passphrase. */

static void
derive (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Unlocking *unlocking = task_data;
  GError *error = NULL;
  gboolean good = FALSE;
  if (unlocking->is_new)
    {
      claw_key_generate (&unlocking->key);
      good = claw_keyring_file_init_passphrase (&unlocking->file, &unlocking->key,
                                                unlocking->passphrase, OPERATIONS, MEMORY, &error);
    }
  else
    good = claw_keyring_file_open_passphrase (&unlocking->file, unlocking->passphrase,
                                              &unlocking->key, &error);
  if (good)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The thread's task is over; the owner's goes on with what it found. */
static void
on_derived (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    succeed (task, CLAW_KEYRING_PASSPHRASE);
  else
    fail (task, error);
}

void
claw_keyring_unlock_by_passphrase_async (ClawKeyring *keyring,
                                         const char *passphrase,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  g_return_if_fail (CLAW_IS_KEYRING (keyring) && passphrase != NULL);
  GTask *task = begin (keyring, cancellable, callback, claw_keyring_unlock_by_passphrase_async,
                       user_data);
  if (!task)
    return;
  Unlocking *unlocking = g_task_get_task_data (task);
  if (!unlocking->is_new && unlocking->file.kind != CLAW_KEYRING_FILE_PASSPHRASE)
    {
      fail (task, g_error_new (CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_WRONG_PASSPHRASE,
                               _ ("The saved chats are sealed by the keyring of the session, not "
                                  "by a passphrase")));
      return;
    }
  size_t size = strlen (passphrase) + 1;
  unlocking->passphrase = claw_secret_new (size);
  memcpy (unlocking->passphrase, passphrase, size);
  g_autoptr (GTask) thread = g_task_new (keyring, cancellable, on_derived, task);
  g_task_set_task_data (thread, unlocking, NULL);
  g_task_run_in_thread (thread, derive);
}

gboolean
claw_keyring_unlock_finish (ClawKeyring *keyring, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, keyring), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Memory, and the end. */

void
claw_keyring_use_memory (ClawKeyring *keyring)
{
  g_return_if_fail (CLAW_IS_KEYRING (keyring));
  claw_key_generate (&keyring->key);
  keyring->kind = CLAW_KEYRING_MEMORY;
}

gboolean
claw_keyring_forget (ClawKeyring *keyring, GError **error)
{
  ClawKeyringFile file;
  g_return_val_if_fail (CLAW_IS_KEYRING (keyring), FALSE);
  if (claw_keyring_file_load (&file, keyring->path, NULL) && file.kind == CLAW_KEYRING_FILE_SERVICE)
    {
      g_autofree char *id = format_id (&file);
      secret_password_clear (&schema, NULL, NULL, NULL, STORE_ATTRIBUTE, id, NULL);
    }
  claw_key_clear (&keyring->key);
  keyring->kind = CLAW_KEYRING_NEW;
  return claw_file_erase (keyring->path, error);
}
