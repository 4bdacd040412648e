/* claw-background.h: keeps the application running without a window, while the settings say so.
 *
 * In a Flatpak the system is asked, by the Background portal; when it, or the user, refuses, the
 * setting goes back. Nothing is ever started at login.
 *
 * Signal: "refused" (), before the setting goes back.
 */
#pragma once

#include "claw-settings.h"

#include <gio/gio.h>

#define CLAW_TYPE_BACKGROUND (claw_background_get_type ())
G_DECLARE_FINAL_TYPE (ClawBackground, claw_background, CLAW, BACKGROUND, GObject)

/* @application: is registered, and outlives this. @is_sandboxed: whether to ask the portal. */
ClawBackground *
claw_background_new (GApplication *application, ClawSettings *settings, gboolean is_sandboxed);
/* Whether this program runs in a Flatpak. */
gboolean claw_background_is_sandboxed (void);
gboolean claw_background_is_held (ClawBackground *background);
