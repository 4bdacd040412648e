/* claw-status-ticker.h: keeps a widget's text at a client's status, with the seconds until the next
 * attempt.
 *
 * The countdown ticks only while there is one and the widget is on the screen; else nothing wakes
 * up.
 */
#pragma once

#include "claw-client-details.h"

#include <gtk/gtk.h>

/* Sets the string property @property of @target from now until @target is gone. Another client, or
 * NULL, takes the place of the one before. */
void claw_status_ticker_follow (GtkWidget *target, const char *property, ClawClient *client);
