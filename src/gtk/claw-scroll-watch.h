/* claw-scroll-watch.h: tells a user who scrolls from a list that finds the heights of its rows.
 *
 * Both change the value of an adjustment. But rows that come, and rows that are measured, change
 * the whole or the page as well; who scrolls changes the value alone.
 */
#pragma once

#include <gtk/gtk.h>

typedef struct
{
  double value;
  double upper;
  double page;
} ClawScrollWatch;

/* Whether the value is less than when it was last remembered. May be asked in "changed" too, which
 * comes ahead of a "value-changed" of the same layout. */
gboolean claw_scroll_watch_went_up (const ClawScrollWatch *watch, GtkAdjustment *adjustment);

/* Whether the user scrolled since then. To be asked in "value-changed" only. */
gboolean claw_scroll_watch_moved (const ClawScrollWatch *watch, GtkAdjustment *adjustment);

/* To be called at the end of each "value-changed". */
void claw_scroll_watch_remember (ClawScrollWatch *watch, GtkAdjustment *adjustment);

/* To be called at the beginning of each "changed". */
void claw_scroll_watch_remember_size (ClawScrollWatch *watch, GtkAdjustment *adjustment);
