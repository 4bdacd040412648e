/* claw-talk.h: lets the widgets of one chat and its client hear of each other.
 *
 * What is left to the page is what may fail or needs its say: sending, with
 * claw_client_send_reply (client, claw_composer_get_reply (composer), text, …), and the signals
 * "retry", "cancel" and "older-wanted" of the conversation.
 */
#pragma once

#include "claw-client.h"
#include "claw-composer.h"
#include "claw-conversation.h"
#include "claw-members-popover.h"
#include "claw-typing-label.h"

typedef struct
{
  ClawConversation *conversation;
  ClawComposer *composer;
  ClawTypingLabel *typing;     /* (nullable) */
  ClawMembersPopover *members; /* (nullable) */
} ClawTalkWidgets;

/* Answers, who is typing, who is here, and our key. Lasts as long as both sides do. */
void claw_talk_connect (ClawClient *client, const ClawTalkWidgets *widgets);
