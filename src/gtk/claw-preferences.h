/* claw-preferences.h: the page of the preferences dialog.
 *
 * Rows write what they show at once; those that client.yaml gives cannot be used, and say why.
 */
#pragma once

#include "claw-saved-chats.h"
#include "claw-settings.h"

#include <adwaita.h>

#define CLAW_TYPE_PREFERENCES (claw_preferences_get_type ())
G_DECLARE_FINAL_TYPE (ClawPreferences, claw_preferences, CLAW, PREFERENCES, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *claw_preferences_new (ClawSettings *settings);
/* Tells of chats in which the name is taken. @chats: as they are now. */
void claw_preferences_watch (ClawPreferences *page, ClawSavedChats *chats);
/* In a dialog of its own above @parent. */
void claw_preferences_show (GtkWindow *parent, ClawSettings *settings, ClawSavedChats *chats);
