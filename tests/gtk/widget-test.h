/* widget-test.h: what tests and benches of widgets share. */
#pragma once

#include "claw-resources.h"

#include <adwaita.h>

/* Begins a program of tests. Returns: FALSE, having said so in TAP, when there is no display. */
static inline gboolean
widget_test_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      return FALSE;
    }
  adw_init ();
  claw_register_resource ();
  return TRUE;
}

static inline gboolean
widget_test_on_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Lets the frame clock run. */
static inline void
run_for_ms (unsigned milliseconds)
{
  gboolean is_over = FALSE;
  unsigned source = g_timeout_add (milliseconds, widget_test_on_timeout, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
}

/* The first of @type in @widget, itself first. Returns: (transfer none) (nullable) */
static inline GtkWidget *
find_type (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_type (child, type);
      if (found)
        return found;
    }
  return NULL;
}

/* Whether a label in @widget, or it itself, is just @text. */
static inline gboolean
says (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && g_strcmp0 (gtk_label_get_text (GTK_LABEL (widget)), text) == 0)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    if (says (child, text))
      return TRUE;
  return FALSE;
}
