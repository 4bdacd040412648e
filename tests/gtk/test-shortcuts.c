/* test-shortcuts.c: the table of keys is well-formed. check-shortcuts compares it with the code. */
#include "claw-dialogs.h"
#include "claw-shortcuts.h"
#include "widget-test.h"

#include <adwaita.h>

/* Each accelerator can be read, and does one thing only. */
static void
test_table (void)
{
  size_t n = 0;
  const ClawShortcut *shortcuts = claw_shortcuts_get (&n);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_assert_cmpuint (n, >, 5);
  for (size_t i = 0; i < n; i++)
    {
      g_assert_cmpint (shortcuts[i].group, <, CLAW_SHORTCUTS_N_GROUPS);
      g_assert_nonnull (claw_shortcuts_get_title (shortcuts[i].group));
      g_assert_nonnull (shortcuts[i].accelerators[0]);
      for (size_t k = 0; shortcuts[i].accelerators[k]; k++)
        {
          guint key = 0;
          GdkModifierType modifiers = 0;
          if (!gtk_accelerator_parse (shortcuts[i].accelerators[k], &key, &modifiers))
            g_error ("%s", shortcuts[i].accelerators[k]);
          char *name = gtk_accelerator_name (key, modifiers);
          if (!g_hash_table_add (seen, name))
            g_error ("%s does two things", shortcuts[i].accelerators[k]);
        }
    }
}

/* An application has exactly the accelerators of the table. */
static void
test_application (void)
{
  g_autoptr (GtkApplication) application = gtk_application_new ("org.clawchat.Test", 0);
  g_autoptr (GError) error = NULL;
  size_t n = 0;
  const ClawShortcut *shortcuts = claw_shortcuts_get (&n);
  g_application_set_flags (G_APPLICATION (application), G_APPLICATION_NON_UNIQUE);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, &error));
  claw_shortcuts_set_accelerators (application);
  for (size_t i = 0; i < n; i++)
    {
      if (!shortcuts[i].action)
        continue;
      g_auto (GStrv) accelerators = gtk_application_get_accels_for_action (application,
                                                                           shortcuts[i].action);
      g_assert_cmpuint (g_strv_length (accelerators), ==,
                        g_strv_length ((char **) shortcuts[i].accelerators));
    }
}

#if !ADW_CHECK_VERSION(1, 5, 0)
static gboolean
holds_text (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    if (holds_text (child, text))
      return TRUE;
  return FALSE;
}

/* Returns: (transfer none) (nullable) */
static GtkWidget *
find_window (void)
{
  GListModel *windows = gtk_window_get_toplevels ();
  for (unsigned i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);
      if (ADW_IS_PREFERENCES_WINDOW (window))
        return window;
    }
  return NULL;
}

/* The window has every row of the table, and fits a phone. */
static void
test_window (void)
{
  size_t n = 0;
  int width = 0;
  const ClawShortcut *shortcuts = claw_shortcuts_get (&n);
  GtkWindow *parent = GTK_WINDOW (gtk_window_new ());
  gtk_window_present (parent);
  claw_dialogs_show_shortcuts (parent);
  run_for_ms (100);
  GtkWidget *window = find_window ();
  g_assert_nonnull (window);
  for (size_t i = 0; i < n; i++)
    g_assert_true (holds_text (window, shortcuts[i].title));
  /* Without the shadow around it. */
  gtk_widget_measure (gtk_widget_get_first_child (window), GTK_ORIENTATION_HORIZONTAL, -1, &width,
                      NULL, NULL, NULL);
  g_assert_cmpint (width, <=, 360);
  gtk_window_destroy (GTK_WINDOW (window));
  gtk_window_destroy (parent);
  run_for_ms (20);
}
#endif

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/shortcuts/table/well-formed", test_table);
  g_test_add_func ("/shortcuts/application/has-them", test_application);
#if !ADW_CHECK_VERSION(1, 5, 0)
  g_test_add_func ("/shortcuts/window/fits-a-phone", test_window);
#endif
  return g_test_run ();
}
