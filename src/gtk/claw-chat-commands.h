/* claw-chat-commands.h: what can be done with a chat in its present state, which is the same on its
 * page and in the list of chats.
 */
#pragma once

#include "claw-saved-chat.h"

typedef struct
{
  gboolean rename;
  gboolean disconnect;
  gboolean reconnect; /* also at once, where it is tried again anyway */
  gboolean forget;
  gboolean compromise;
} ClawChatCommands;

ClawChatCommands claw_chat_commands_get (ClawSavedChat *chat);
