/* test-shortcuts.c: the table of keys is well-formed. check-shortcuts compares it with the code. */
#include "claw-shortcuts.h"

#include <gtk/gtk.h>

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

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shortcuts/table/well-formed", test_table);
  g_test_add_func ("/shortcuts/application/has-them", test_application);
  return g_test_run ();
}
