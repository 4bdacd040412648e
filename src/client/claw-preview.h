/* claw-preview.h: a message in the one line that a list of chats has for it. */
#pragma once

#include "claw-message.h"

#define CLAW_PREVIEW_MAX 160 /* characters of the text */

/* Who wrote, and the beginning of what, with whatever separates lines and words as one space.
 * Returns: (transfer full) */
char *claw_preview_new (ClawMessage *message, gboolean is_own);
