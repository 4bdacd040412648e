/* claw-scroll-watch.c: see claw-scroll-watch.h. */
#include "claw-scroll-watch.h"

/* So much the list's layout may lose by rounding. */
#define ROUNDING_PX 2

gboolean
claw_scroll_watch_went_up (const ClawScrollWatch *watch, GtkAdjustment *adjustment)
{
  return gtk_adjustment_get_value (adjustment) < watch->value;
}

gboolean
claw_scroll_watch_moved (const ClawScrollWatch *watch, GtkAdjustment *adjustment)
{
  return ABS (watch->value - gtk_adjustment_get_value (adjustment)) > ROUNDING_PX
         && gtk_adjustment_get_upper (adjustment) == watch->upper
         && gtk_adjustment_get_page_size (adjustment) == watch->page;
}

void
claw_scroll_watch_remember (ClawScrollWatch *watch, GtkAdjustment *adjustment)
{
  watch->value = gtk_adjustment_get_value (adjustment);
  watch->upper = gtk_adjustment_get_upper (adjustment);
  watch->page = gtk_adjustment_get_page_size (adjustment);
}

/* With another value a "value-changed" follows, which has yet to see that the size has changed. */
void
claw_scroll_watch_remember_size (ClawScrollWatch *watch, GtkAdjustment *adjustment)
{
  if (gtk_adjustment_get_value (adjustment) == watch->value)
    claw_scroll_watch_remember (watch, adjustment);
}
