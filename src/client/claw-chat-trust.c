/* claw-chat-trust.c: see claw-chat-trust.h. */
#include "claw-chat-trust.h"

#include "claw-client-details.h"
#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FILE_SIZE_MAX 256

/* As in the file; UNKNOWN has none. */
static const char *const words[] = { "", "changed", "verified" };

static GQuark
trust_quark (void)
{
  return g_quark_from_static_string ("claw-chat-trust");
}

static char *
trust_path (ClawSavedChat *chat)
{
  return g_build_filename (claw_saved_chat_get_directory (chat), CLAW_CHAT_TRUST_FILE, NULL);
}

/* Returns: (transfer full) (nullable): the line that says @trust of the present key. */
static char *
trust_line (ClawSavedChat *chat, ClawChatTrust trust)
{
  const char *hash = claw_saved_chat_get_server_hash (chat);
  return hash ? g_strdup_printf ("%s %s\n", words[trust], hash) : NULL;
}

static ClawChatTrust
load (ClawSavedChat *chat)
{
  g_autofree char *path = trust_path (chat);
  char text[FILE_SIZE_MAX];
  size_t length = 0;
  if (!claw_file_read (path, CLAW_FILE_READ_PRIVATE, text, sizeof text, &length, NULL))
    return CLAW_CHAT_TRUST_UNKNOWN;
  for (int trust = CLAW_CHAT_TRUST_CHANGED; trust <= (int) CLAW_CHAT_TRUST_VERIFIED; trust++)
    {
      g_autofree char *line = trust_line (chat, (ClawChatTrust) trust);
      if (line && length == strlen (line) && memcmp (text, line, length) == 0)
        return (ClawChatTrust) trust;
    }
  return CLAW_CHAT_TRUST_UNKNOWN;
}

/* The text in memory is what the file says, read once: it names the key as well. */
ClawChatTrust
claw_chat_trust_get (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), CLAW_CHAT_TRUST_UNKNOWN);
  const char *known = g_object_get_qdata (G_OBJECT (chat), trust_quark ());
  if (!claw_saved_chat_get_server_hash (chat))
    return CLAW_CHAT_TRUST_UNKNOWN;
  if (!known)
    {
      g_object_set_qdata_full (G_OBJECT (chat), trust_quark (), trust_line (chat, load (chat)),
                               g_free);
      known = g_object_get_qdata (G_OBJECT (chat), trust_quark ());
    }
  for (int trust = CLAW_CHAT_TRUST_CHANGED; trust <= (int) CLAW_CHAT_TRUST_VERIFIED; trust++)
    {
      g_autofree char *line = trust_line (chat, (ClawChatTrust) trust);
      if (g_strcmp0 (line, known) == 0)
        return (ClawChatTrust) trust;
    }
  return CLAW_CHAT_TRUST_UNKNOWN;
}

void
claw_chat_trust_set (ClawSavedChat *chat, ClawChatTrust trust)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  g_autofree char *path = trust_path (chat);
  g_autofree char *line = trust_line (chat, trust);
  g_autoptr (GError) error = NULL;
  if (!line || claw_chat_trust_get (chat) == trust)
    return;
  if (!claw_file_make_private_directory (claw_saved_chat_get_directory (chat), &error)
      || !claw_file_write (path, line, strlen (line), &error))
    g_warning ("Cannot save whether the server is known: %s", error->message);
  g_object_set_qdata_full (G_OBJECT (chat), trust_quark (), g_steal_pointer (&line), g_free);
}

static gboolean
is_namesake (ClawClient *client, const ClawSecFile *file)
{
  const uint8_t *key = claw_client_get_server_key (client);
  return key && g_strcmp0 (claw_client_get_server_id (client), file->server_id) == 0
         && g_strcmp0 (claw_client_get_server_name (client), file->server_name) == 0
         && memcmp (key, file->server_public_key, CLAW_PUBLIC_KEY_SIZE) != 0;
}

ClawSavedChat *
claw_chat_trust_find_namesake (ClawSavedChats *chats, const ClawSecFile *file)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats) && file != NULL, NULL);
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (chats));
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (chats), i);
      if (claw_saved_chat_get_is_saved (chat)
          && is_namesake (claw_saved_chat_get_client (chat), file))
        return chat;
    }
  return NULL;
}

GError *
claw_chat_trust_error_new (const ClawSecFile *file)
{
  return g_error_new (
      CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_KEY_CHANGED,
      _ ("You know “%s” already, but this file names another key for it. That is so when its keys "
         "were renewed, for instance because they were compromised, or when it is another server "
         "of the same name. It is also so when somebody pretends to be it.\n\n"
         "Ask the operator over another channel before you connect, and compare the safety number "
         "afterwards."),
      file->server_name);
}
