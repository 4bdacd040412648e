/* claw-saved-chat-files.c: what a saved chat keeps in its directory: lines of text in files, and
 * settings in its archive. See claw-saved-chat-private.h.
 */
#include "claw-saved-chat-private.h"

#include "claw-file.h"
#include "claw-store.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

char *
claw_saved_chat_read_line (ClawSavedChat *chat, const char *name, size_t size)
{
  g_autofree char *path = g_build_filename (chat->directory, name, NULL);
  g_autofree char *text = g_malloc0 (size + 2);
  g_autoptr (GError) error = NULL;
  size_t length = 0;
  if (!claw_file_read (path, CLAW_FILE_READ_DEFAULT, text, size + 1, &length, &error))
    {
      if (!g_error_matches (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
        g_warning ("%s", error->message);
      return NULL;
    }
  g_strstrip (text);
  return *text && g_utf8_validate (text, -1, NULL) ? g_steal_pointer (&text) : NULL;
}

void
claw_saved_chat_write_line (ClawSavedChat *chat, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (chat->directory, name, NULL);
  g_autofree char *line = text ? g_strconcat (text, "\n", NULL) : NULL;
  g_autoptr (GError) error = NULL;
  gboolean good = line ? claw_file_replace (path, line, strlen (line), &error)
                       : claw_file_erase (path, &error);
  if (!good)
    g_warning ("%s", error->message);
}

void
claw_saved_chat_keep_setting (ClawSavedChat *chat, const char *name, GVariant *value)
{
  g_autoptr (GVariant) kept = g_variant_ref_sink (value);
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
claw_saved_chat_load_settings (ClawSavedChat *chat)
{
  g_autoptr (GVariant) title = get_setting (chat, "title", G_VARIANT_TYPE_STRING);
  g_autoptr (GVariant) draft = get_setting (chat, "draft", G_VARIANT_TYPE_STRING);
  g_autoptr (GVariant) unread = get_setting (chat, "unread", G_VARIANT_TYPE_UINT32);
  g_autoptr (GVariant) activity = get_setting (chat, "activity", G_VARIANT_TYPE_INT64);
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

void
claw_saved_chat_remove_empty (ClawSavedChat *chat)
{
  g_autofree char *pairings = g_build_filename (chat->directory, CLAW_STORE_PAIRINGS, NULL);
  g_rmdir (pairings);
  g_rmdir (chat->directory);
}

gboolean
claw_saved_chat_erase_directory (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  gboolean good = TRUE;
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      gboolean is_directory = g_file_test (child, G_FILE_TEST_IS_DIR)
                              && !g_file_test (child, G_FILE_TEST_IS_SYMLINK);
      good = (is_directory ? claw_saved_chat_erase_directory (child, good ? error : NULL)
                           : claw_file_erase (child, good ? error : NULL))
             && good;
    }
  if (g_rmdir (path) == 0 || errno == ENOENT || !good)
    return good;
  g_set_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO, _ ("Cannot remove %s: %s"), path,
               g_strerror (errno));
  return FALSE;
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
