/* claw-host-page.h: hosting a chat from the window: the name and the key it begins with; then the
 * .sec file to hand out, for how long it is good, its key, and who is there.
 *
 * Signal "open-chat" (): the user wants to see the hosted chat; the page closes after it.
 */
#pragma once

#include "claw-host.h"

#include <adwaita.h>

#define CLAW_TYPE_HOST_PAGE (claw_host_page_get_type ())
G_DECLARE_FINAL_TYPE (ClawHostPage, claw_host_page, CLAW, HOST_PAGE, AdwBin)

GtkWidget *claw_host_page_new (ClawHost *host);
/* In a dialog of its own. Returns: (transfer none): good until that is closed. */
ClawHostPage *claw_host_page_show (GtkWindow *parent, ClawHost *host);
