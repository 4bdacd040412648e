/* claw-chat-trust.h: whether the user knows that a chat's server is the one it should be.
 *
 * Kept in the chat's directory, with the hash of the key that it is about, so that it is void for
 * any other key.
 */
#pragma once

#include "claw-saved-chats.h"

#define CLAW_CHAT_TRUST_FILE "trust"

typedef enum
{
  CLAW_CHAT_TRUST_UNKNOWN,
  CLAW_CHAT_TRUST_CHANGED,  /* another chat knows a server of this id and name by another key */
  CLAW_CHAT_TRUST_VERIFIED, /* the user has compared the safety number */
} ClawChatTrust;

ClawChatTrust claw_chat_trust_get (ClawSavedChat *chat);
/* What cannot be saved counts until the program ends, and is only a warning in the log. */
void claw_chat_trust_set (ClawSavedChat *chat, ClawChatTrust trust);

/* A chat whose server has the id and the name that @file claims, and another key. Returns:
 * (transfer none) (nullable) */
ClawSavedChat *claw_chat_trust_find_namesake (ClawSavedChats *chats, const ClawSecFile *file);
/* Returns: (transfer full): CLAW_CLIENT_ERROR_KEY_CHANGED, with all that a user should know before
 * connecting all the same. */
GError *claw_chat_trust_error_new (const ClawSecFile *file);
