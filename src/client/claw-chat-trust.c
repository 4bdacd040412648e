/* claw-chat-trust.c: see claw-chat-trust.h. */
#include "claw-chat-trust.h"

#include "claw-chat-panic.h"
#include "claw-client-details.h"
#include "claw-saved-chat-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Settings: the key of which it was said. */
#define VERIFIED_KEY "verified-key"
#define CHANGED_KEY "changed-key"

/* What was said of a chat that has no archive, for as long as the program runs. */
typedef struct
{
  GBytes *verified_key, *changed_key; /* (nullable) */
} Said;

static void
said_free (gpointer data)
{
  Said *said = data;
  g_clear_pointer (&said->verified_key, g_bytes_unref);
  g_clear_pointer (&said->changed_key, g_bytes_unref);
  g_free (said);
}

static GQuark
said_quark (void)
{
  return g_quark_from_static_string ("claw-chat-trust");
}

static gboolean
is_key_of (ClawSavedChat *chat, const char *name, GBytes *said)
{
  GBytes *present = claw_saved_chat_get_server_key (chat);
  g_autoptr (GBytes) kept = claw_saved_chat_get_key (chat, name);
  GBytes *key = kept ? kept : said;
  return key && present && g_bytes_equal (key, present);
}

static gboolean
is_verified (ClawSavedChat *chat)
{
  const Said *said = g_object_get_qdata (G_OBJECT (chat), said_quark ());
  return is_key_of (chat, VERIFIED_KEY, said ? said->verified_key : NULL);
}

static gboolean
has_changed (ClawSavedChat *chat)
{
  const Said *said = g_object_get_qdata (G_OBJECT (chat), said_quark ());
  return is_key_of (chat, CHANGED_KEY, said ? said->changed_key : NULL);
}

ClawChatTrust
claw_chat_trust_get (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), CLAW_CHAT_TRUST_UNKNOWN);
  if (is_verified (chat))
    return CLAW_CHAT_TRUST_VERIFIED;
  return has_changed (chat) ? CLAW_CHAT_TRUST_CHANGED : CLAW_CHAT_TRUST_UNKNOWN;
}

static void
remember (ClawSavedChat *chat, GBytes *verified_key, GBytes *changed_key)
{
  Said *said = g_new0 (Said, 1);
  said->verified_key = verified_key ? g_bytes_ref (verified_key) : NULL;
  said->changed_key = changed_key ? g_bytes_ref (changed_key) : NULL;
  g_object_set_qdata_full (G_OBJECT (chat), said_quark (), said, said_free);
}

static void
keep (ClawSavedChat *chat, gboolean verified, gboolean changed)
{
  GBytes *key = claw_saved_chat_get_server_key (chat);
  GBytes *verified_key = verified ? key : NULL;
  GBytes *changed_key = changed ? key : NULL;
  if (!key || (verified == is_verified (chat) && changed == has_changed (chat)))
    return;
  if (!claw_saved_chat_get_keeper (chat))
    {
      remember (chat, verified_key, changed_key);
      return;
    }
  g_object_set_qdata (G_OBJECT (chat), said_quark (), NULL);
  claw_saved_chat_keep_key (chat, VERIFIED_KEY, verified_key);
  claw_saved_chat_keep_key (chat, CHANGED_KEY, changed_key);
}

void
claw_chat_trust_set (ClawSavedChat *chat, ClawChatTrust trust)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  switch (trust)
    {
    case CLAW_CHAT_TRUST_UNKNOWN:
      keep (chat, FALSE, FALSE);
      break;
    case CLAW_CHAT_TRUST_CHANGED:
      keep (chat, FALSE, TRUE);
      break;
    case CLAW_CHAT_TRUST_VERIFIED:
      keep (chat, TRUE, has_changed (chat));
      break;
    }
}

void
claw_chat_trust_take_back (ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  keep (chat, FALSE, has_changed (chat));
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
      /* After a panic another key is what is expected. */
      if (claw_saved_chat_get_is_saved (chat) && !claw_chat_panic_is_over (chat)
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
