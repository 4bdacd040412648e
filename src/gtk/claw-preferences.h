/* claw-preferences.h: the page of the preferences dialog.
 *
 * Rows write what they show at once; those that client.yaml gives cannot be used, and say why.
 */
#pragma once

#include "claw-settings.h"

#include <adwaita.h>

#define CLAW_TYPE_PREFERENCES (claw_preferences_get_type ())
G_DECLARE_FINAL_TYPE (ClawPreferences, claw_preferences, CLAW, PREFERENCES, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *claw_preferences_new (ClawSettings *settings);
/* In a dialog of its own above @parent. */
void claw_preferences_show (GtkWindow *parent, ClawSettings *settings);
