/* claw-saved-chat-files.c: what a saved chat finds in its directory, and keeps in the settings of
 * its archive. See claw-saved-chat-private.h.
 */
#include "claw-saved-chat-private.h"

#include "claw-file.h"
#include "claw-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

void
claw_saved_chat_keep_setting (ClawSavedChat *chat, const char *name, GVariant *value)
{
  g_autoptr (GVariant) kept = value ? g_variant_ref_sink (value) : NULL;
  if (chat->keeper)
    claw_archive_set_setting (claw_keeper_get_archive (chat->keeper), name, kept);
}

/* Returns: (transfer full) (nullable) */
static GVariant *
get_setting (ClawSavedChat *chat, const char *name, const GVariantType *type)
{
  return chat->keeper
             ? claw_archive_get_setting (claw_keeper_get_archive (chat->keeper), name, type)
             : NULL;
}

void
claw_saved_chat_keep_key (ClawSavedChat *chat, const char *name, GBytes *key)
{
  claw_saved_chat_keep_setting (
      chat, name, key ? g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, key, TRUE) : NULL);
}

GBytes *
claw_saved_chat_get_key (ClawSavedChat *chat, const char *name)
{
  g_autoptr (GVariant) value = get_setting (chat, name, G_VARIANT_TYPE_BYTESTRING);
  g_autoptr (GBytes) key = value ? g_variant_get_data_as_bytes (value) : NULL;
  return key && g_bytes_get_size (key) == CLAW_PUBLIC_KEY_SIZE ? g_steal_pointer (&key) : NULL;
}

static gboolean
has_file (const char *directory, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_prefix (name, prefix))
      return TRUE;
  return FALSE;
}

void
claw_saved_chat_load_settings (ClawSavedChat *chat)
{
  g_autoptr (GBytes) server_key = claw_saved_chat_get_key (chat, CLAW_SAVED_CHAT_SERVER_KEY);
  g_autoptr (GVariant) title = get_setting (chat, "title", G_VARIANT_TYPE_STRING);
  g_autoptr (GVariant) draft = get_setting (chat, "draft", G_VARIANT_TYPE_STRING);
  g_autoptr (GVariant) unread = get_setting (chat, "unread", G_VARIANT_TYPE_UINT32);
  g_autoptr (GVariant) activity = get_setting (chat, "activity", G_VARIANT_TYPE_INT64);
  if (server_key)
    {
      g_clear_pointer (&chat->server_key, g_bytes_unref);
      chat->server_key = g_steal_pointer (&server_key);
    }
  if (title && *g_variant_get_string (title, NULL))
    {
      g_free (chat->own_title);
      chat->own_title = g_variant_dup_string (title, NULL);
    }
  if (draft)
    {
      g_free (chat->draft);
      chat->draft = g_variant_dup_string (draft, NULL);
    }
  if (unread)
    chat->unread = g_variant_get_uint32 (unread);
  if (activity)
    chat->activity_us = g_variant_get_int64 (activity);
}

/* The pairing is on the disk before the first session begins, and the archive tells soon after. */
void
claw_saved_chat_find_server (ClawSavedChat *chat)
{
  uint8_t server_key[CLAW_PUBLIC_KEY_SIZE];
  const ClawKey *key = claw_key_is_set (&chat->key) ? &chat->key : NULL;
  g_autoptr (GError) error = NULL;
  if (!chat->server_key && claw_store_find_server (chat->directory, key, server_key, &error))
    {
      chat->server_key = g_bytes_new (server_key, sizeof server_key);
      claw_saved_chat_keep_key (chat, CLAW_SAVED_CHAT_SERVER_KEY, chat->server_key);
    }
  if (error)
    g_warning ("%s", error->message);
  /* What cannot be read is not thrown away: it may be, another time. */
  chat->is_locked = error || (!chat->keeper && has_file (chat->directory, CLAW_SAVED_CHAT_ARCHIVE))
                    || (!chat->server_key
                        && has_file (chat->directory,
                                     CLAW_SAVED_CHAT_ARCHIVE CLAW_ARCHIVE_DAMAGED_SUFFIX));
  chat->is_saved = chat->server_key || chat->is_locked;
}

void
claw_saved_chat_remove_empty (ClawSavedChat *chat)
{
  g_autofree char *pairings = g_build_filename (chat->directory, CLAW_STORE_PAIRINGS, NULL);
  g_rmdir (pairings);
  g_rmdir (chat->directory);
}

static gboolean
erase_all (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  gboolean good = TRUE;
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      gboolean is_directory = g_file_test (child, G_FILE_TEST_IS_DIR)
                              && !g_file_test (child, G_FILE_TEST_IS_SYMLINK);
      good = (is_directory ? erase_all (child, good ? error : NULL)
                           : claw_file_erase (child, good ? error : NULL))
             && good;
    }
  if (g_rmdir (path) == 0 || errno == ENOENT || !good)
    return good;
  g_set_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO, _ ("Cannot remove %s: %s"), path,
               g_strerror (errno));
  return FALSE;
}

/* So that names of what is in it last. */
static void
sync_directory (const char *path)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

gboolean
claw_saved_chat_erase_directory (const char *path, GError **error)
{
  if (g_str_has_suffix (path, CLAW_SAVED_CHAT_FORGOTTEN_SUFFIX))
    return erase_all (path, error);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *forgotten = g_strconcat (path, CLAW_SAVED_CHAT_FORGOTTEN_SUFFIX, NULL);
  if (g_rename (path, forgotten) != 0)
    return erase_all (path, error);
  sync_directory (parent);
  return erase_all (forgotten, error);
}

char *
claw_saved_chat_clean_title (const char *title)
{
  g_autofree char *text = g_utf8_make_valid (title ? title : "", -1);
  for (char *at = text; *at; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  g_strstrip (text);
  if (strlen (text) > CLAW_SAVED_CHAT_TITLE_MAX)
    *g_utf8_find_prev_char (text, text + CLAW_SAVED_CHAT_TITLE_MAX + 1) = '\0';
  return *text ? g_steal_pointer (&text) : NULL;
}
