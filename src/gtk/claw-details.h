/* claw-details.h: what is known of a connection, and the safety number; fresh every second while it
 * is on the screen, and at rest otherwise.
 *
 * Property "verified" (gboolean, notify): the user has compared the safety number.
 */
#pragma once

#include "claw-client-details.h"

#include <adwaita.h>

#define CLAW_TYPE_DETAILS (claw_details_get_type ())
G_DECLARE_FINAL_TYPE (ClawDetails, claw_details, CLAW, DETAILS, AdwBin)

GtkWidget *claw_details_new (ClawClient *client);
void claw_details_set_verified (ClawDetails *details, gboolean is_verified);
gboolean claw_details_get_verified (ClawDetails *details);
/* In a dialog of its own. Returns: (transfer none): good until that is closed. */
ClawDetails *claw_details_dialog_show (GtkWindow *parent, ClawClient *client);
