/* claw-stack.h: what a screen reader finds in a GtkStack. */
#pragma once

#include <gtk/gtk.h>

/* A stack keeps the children that are not shown, but a screen reader must not find them. To be
 * called whenever another child is shown, or one was added. */
void claw_stack_hide_others (GtkStack *stack);
