/* claw-chat-trust.h: whether the user knows that a chat's server is the one it should be.
 *
 * Kept in the chat's archive, as the key that it is about, so that it is void for any other key. It
 * goes with the archive when the keys are compromised: our own is another one then, and with it the
 * safety number.
 */
#pragma once

#include "claw-saved-chats.h"

typedef enum
{
  CLAW_CHAT_TRUST_UNKNOWN,
  CLAW_CHAT_TRUST_CHANGED,  /* another chat knows a server of this id and name by another key */
  CLAW_CHAT_TRUST_VERIFIED, /* the user has compared the safety number */
} ClawChatTrust;

ClawChatTrust claw_chat_trust_get (ClawSavedChat *chat);
/* Without an archive it counts until the program ends. VERIFIED stands over CHANGED, which comes
 * forth again when it is taken back. */
void claw_chat_trust_set (ClawSavedChat *chat, ClawChatTrust trust);
/* That the user has compared the number. */
void claw_chat_trust_take_back (ClawSavedChat *chat);

/* A chat whose server has the id and the name that @file claims, and another key. Returns:
 * (transfer none) (nullable) */
ClawSavedChat *claw_chat_trust_find_namesake (ClawSavedChats *chats, const ClawSecFile *file);
/* Returns: (transfer full): CLAW_CLIENT_ERROR_KEY_CHANGED, with all that a user should know before
 * connecting all the same. */
GError *claw_chat_trust_error_new (const ClawSecFile *file);
