/* claw-live-settings.h: carries what is changed in the preferences to the chats at once, those that
 * are there and those to come. */
#pragma once

#include "claw-saved-chats.h"
#include "claw-settings.h"

/* As long as both live. */
void claw_live_settings_follow (ClawSettings *settings, ClawSavedChats *chats);
