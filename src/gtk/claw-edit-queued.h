/* claw-edit-queued.h: lets the user write a message anew that still waits.
 *
 * It is taken back first; only when that was in time its text comes into the composer, after what
 * is written there already.
 */
#pragma once

#include "claw-composer.h"
#include "claw-conversation.h"
#include "claw-saved-chat.h"

/* Acts upon "edit" of @conversation; lasts as long as @chat, @conversation and @composer do. */
void claw_edit_queued_connect (ClawSavedChat *chat,
                               ClawConversation *conversation,
                               ClawComposer *composer);
