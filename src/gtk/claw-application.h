/* claw-application.h: the desktop program: one instance, one window, all chats, actions.
 *
 * A second start hands its .sec files and its options over to the instance that runs.
 */
#pragma once

#include "claw-saved-chats.h"
#include "claw-settings.h"

#include <adwaita.h>

#define CLAW_TYPE_APPLICATION (claw_application_get_type ())
G_DECLARE_FINAL_TYPE (ClawApplication, claw_application, CLAW, APPLICATION, AdwApplication)

ClawApplication *claw_application_new (void);
/* Returns: (transfer none) (nullable): NULL before the first window. */
ClawSettings *claw_application_get_settings (ClawApplication *application);
