/* claw-saved-chat-queries.c: what anybody may ask of a chat. See claw-saved-chat.h. */
#include "claw-saved-chat-private.h"

#include <glib/gi18n-lib.h>

ClawClient *
claw_saved_chat_get_client (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  return chat->client;
}

const char *
claw_saved_chat_get_id (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  return chat->id;
}

const char *
claw_saved_chat_get_directory (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  return chat->directory;
}

const char *
claw_saved_chat_get_title (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  const char *server = claw_client_get_server_name (chat->client);
  if (chat->own_title)
    return chat->own_title;
  if (server && *server)
    return server;
  if (chat->is_locked)
    return _ ("Locked Chat");
  return chat->file_title && *chat->file_title ? chat->file_title : _ ("Unnamed Server");
}

const char *
claw_saved_chat_get_own_title (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  return chat->own_title;
}

GBytes *
claw_saved_chat_get_server_key (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  return chat->server_key;
}

const char *
claw_saved_chat_get_preview (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  const ClawPreview *newest = claw_preview_trail_get_newest (chat->previews);
  return newest ? newest->line : NULL;
}

gint64
claw_saved_chat_get_preview_time_us (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), 0);
  const ClawPreview *newest = claw_preview_trail_get_newest (chat->previews);
  return newest ? newest->time_us : 0;
}

gint64
claw_saved_chat_get_activity_us (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), 0);
  return chat->activity_us;
}

unsigned
claw_saved_chat_get_unread (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), 0);
  return chat->unread;
}

ClawClientState
claw_saved_chat_get_state (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), CLAW_CLIENT_IDLE);
  return claw_client_get_state (chat->client);
}

const GError *
claw_saved_chat_get_keeping_error (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  const GError *error = chat->keeper ? claw_keeper_get_error (chat->keeper) : NULL;
  if (error || chat->is_saving_dismissed)
    return error;
  return claw_client_get_saving_error (chat->client);
}

void
claw_saved_chat_dismiss_keeping_error (ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  if (chat->keeper && claw_keeper_get_error (chat->keeper))
    {
      claw_keeper_dismiss_error (chat->keeper);
      return;
    }
  chat->is_saving_dismissed = TRUE;
  g_object_notify (G_OBJECT (chat), "keeping-error");
}

const char *
claw_saved_chat_get_draft (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  return chat->draft;
}

gboolean
claw_saved_chat_get_is_saved (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), FALSE);
  return chat->is_saved;
}

gboolean
claw_saved_chat_get_is_locked (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), FALSE);
  return chat->is_locked;
}

gboolean
claw_saved_chat_get_is_opening (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), FALSE);
  return chat->n_openings > 0;
}

gboolean
claw_saved_chat_get_is_in_view (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), FALSE);
  return chat->is_in_view;
}
