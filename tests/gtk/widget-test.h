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

#define WIDGET_TEST_TURN_MS 10

static inline gboolean
widget_test_on_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static inline void
widget_test_turn (unsigned milliseconds)
{
  gboolean is_over = FALSE;
  unsigned source = g_timeout_add (milliseconds, widget_test_on_timeout, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
}

/* Lets the frame clock run. Time in which the program stood still is none: a timer that is over is
 * served ahead of any frame, so the time is made of many short ones. */
static inline void
run_for_ms (unsigned milliseconds)
{
  for (unsigned past = 0; past < milliseconds; past += WIDGET_TEST_TURN_MS)
    widget_test_turn (MIN (WIDGET_TEST_TURN_MS, milliseconds - past));
}

static inline gboolean
widget_test_on_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  (*(unsigned *) user_data)++;
  return G_SOURCE_CONTINUE;
}

/* Shows @window. Returns when it is on the display, whose programs may be slow, and has frames. */
static inline void
show_window (GtkWidget *window)
{
  unsigned n_frames = 0;
  gtk_window_present (GTK_WINDOW (window));
  unsigned tick = gtk_widget_add_tick_callback (window, widget_test_on_frame, &n_frames, NULL);
  while (n_frames < 3)
    g_main_context_iteration (NULL, TRUE);
  gtk_widget_remove_tick_callback (window, tick);
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

/* The first of @css_class in @widget, itself first. Returns: (transfer none) (nullable) */
static inline GtkWidget *
find_with_class (GtkWidget *widget, const char *css_class)
{
  if (gtk_widget_has_css_class (widget, css_class))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_with_class (child, css_class);
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
