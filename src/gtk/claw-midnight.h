/* claw-midnight.h: tells that another day has begun.
 *
 * A timer of GLib's stands still while the machine sleeps, and would be late by the night. This one
 * is the kernel's, goes by the wall clock, and is cancelled when that is set, which waking up makes
 * it do.
 */
#pragma once

#include <glib.h>

typedef struct ClawMidnight ClawMidnight;
typedef void (*ClawMidnightCallback) (gpointer user_data);

/* Calls @callback in the context that is thread-default now: when a local day begins, and when the
 * clock was set, whatever the day. */
ClawMidnight *claw_midnight_new (ClawMidnightCallback callback, gpointer user_data);
void claw_midnight_free (ClawMidnight *midnight);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawMidnight, claw_midnight_free)
