/* claw-chat-commands.c: see claw-chat-commands.h. */
#include "claw-chat-commands.h"

ClawChatCommands
claw_chat_commands_get (ClawSavedChat *chat)
{
  ClawChatCommands commands = { 0 };
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), commands);
  ClawClientState state = claw_saved_chat_get_state (chat);
  const GError *error = claw_saved_chat_get_error (chat);
  gboolean is_over = state == CLAW_CLIENT_COMPROMISED
                     || claw_saved_chat_is_about_compromise (error);
  gboolean is_revoked = g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_REVOKED);
  gboolean is_away = state == CLAW_CLIENT_IDLE || state == CLAW_CLIENT_FAILED;
  commands.rename = !is_over;
  commands.disconnect = !is_away && state != CLAW_CLIENT_COMPROMISED;
  commands.reconnect = !is_over && !is_revoked && (is_away || state == CLAW_CLIENT_RECONNECTING);
  commands.forget = state != CLAW_CLIENT_COMPROMISED;
  commands.compromise = !is_over
                        && (!is_away || claw_client_can_resume (claw_saved_chat_get_client (chat)));
  return commands;
}
