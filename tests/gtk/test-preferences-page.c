/* test-preferences-page.c: what is entered in the preferences, and what becomes of it. */
#include "claw-preferences.h"
#include "claw-resources.h"

#include <string.h>

static ClawSettings *
settings_new (void)
{
  g_autoptr (GError) error = NULL;
  ClawSettings *settings = claw_settings_new (NULL, NULL, &error);
  const char *const none[] = { NULL };
  g_assert_no_error (error);
  g_object_set (settings, "name", "", "stun-servers", none, NULL);
  return settings;
}

/* Returns: (transfer none) (nullable): the row with this title */
static GtkWidget *
find_row (GtkWidget *widget, const char *title)
{
  if (ADW_IS_PREFERENCES_ROW (widget)
      && g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), title) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_row (child, title);
      if (found)
        return found;
    }
  return NULL;
}

/* Returns: (transfer none) (nullable) */
static GtkWidget *
find_button (GtkWidget *widget)
{
  if (GTK_IS_BUTTON (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_button (child);
      if (found)
        return found;
    }
  return NULL;
}

static void
enter (GtkWidget *row, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (row), text);
  g_signal_emit_by_name (row, "apply");
}

/* A malformed server is told in its row; a good one comes into the list, above the entry, and goes
 * by its button. */
static void
test_stun_servers (void)
{
  g_autoptr (ClawSettings) settings = settings_new ();
  g_autoptr (GtkWidget) page = g_object_ref_sink (claw_preferences_new (settings));
  GtkWidget *entry = find_row (page, "Add a Server");
  enter (entry, "http://stun.example");
  g_assert_true (gtk_widget_has_css_class (entry, "error"));
  g_assert_true (g_str_has_prefix (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (entry)),
                                   "Write a host"));
  enter (entry, " stun.example:3478 ");
  g_assert_false (gtk_widget_has_css_class (entry, "error"));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "");
  GtkWidget *row = find_row (page, "stun.example:3478");
  g_assert_true (gtk_widget_get_next_sibling (row) == entry);
  g_signal_emit_by_name (find_button (row), "clicked");
  g_assert_null (find_row (page, "stun.example:3478"));
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  g_assert_cmpuint (g_strv_length (servers), ==, 0);
}

/* A name of 64 bytes is taken, one more is told and not taken. */
static void
test_name (void)
{
  g_autoptr (ClawSettings) settings = settings_new ();
  g_autoptr (GtkWidget) page = g_object_ref_sink (claw_preferences_new (settings));
  GtkWidget *row = find_row (page, "Name");
  g_autofree char *longest = g_strnfill (CLAW_SETTINGS_NAME_MAX, 'a');
  g_autofree char *longer = g_strnfill (CLAW_SETTINGS_NAME_MAX + 1, 'b');
  enter (row, longest);
  g_assert_cmpstr (claw_settings_get_name (settings), ==, longest);
  enter (row, longer);
  g_assert_true (gtk_widget_has_css_class (row, "error"));
  g_assert_cmpstr (claw_settings_get_name (settings), ==, longest);
  enter (row, "");
  g_assert_null (claw_settings_get_name (settings));
}

/* Returns: (transfer none): the group with this title */
static AdwPreferencesGroup *
find_group (GtkWidget *widget, const char *title)
{
  if (ADW_IS_PREFERENCES_GROUP (widget)
      && g_strcmp0 (adw_preferences_group_get_title (ADW_PREFERENCES_GROUP (widget)), title) == 0)
    return ADW_PREFERENCES_GROUP (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      AdwPreferencesGroup *found = find_group (child, title);
      if (found)
        return found;
    }
  return NULL;
}

/* That the name is taken stands above it, for each chat in which it is, as text and not as markup;
 * the next name has a fresh start, and the name that was entered stays in the row. */
static void
test_name_taken (void)
{
  g_autoptr (ClawSettings) settings = settings_new ();
  g_autoptr (GtkWidget) page = g_object_ref_sink (claw_preferences_new (settings));
  ClawSavedChatsOptions options = { .timeout_s = 60 };
  g_autoptr (ClawSavedChats) chats = claw_saved_chats_new ("/nonexistent", &options);
  GtkWidget *row = find_row (page, "Name");
  AdwPreferencesGroup *group = find_group (page, "Profile");
  g_autofree char *before = g_strdup (adw_preferences_group_get_description (group));
  for (unsigned i = 0; i < 2; i++)
    claw_saved_chats_add (chats);
  claw_preferences_watch (CLAW_PREFERENCES (page), chats);
  enter (row, "a<b");
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (chats), i);
      g_signal_emit_by_name (claw_saved_chat_get_client (chat), "name-taken", "a<b",
                             i == 0 ? "a<b (2)" : "a<b (3)");
    }
  const char *told = adw_preferences_group_get_description (group);
  g_assert_nonnull (strstr (told, "a<b (2)"));
  g_assert_nonnull (strstr (told, "a<b (3)"));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, "a<b");
  enter (row, "c");
  g_assert_cmpstr (adw_preferences_group_get_description (group), ==, before);
  claw_saved_chats_shutdown (chats);
}

/* Without notifications there is nothing to say about their text. */
static void
test_dependent_row (void)
{
  g_autoptr (ClawSettings) settings = settings_new ();
  g_autoptr (GtkWidget) page = g_object_ref_sink (claw_preferences_new (settings));
  GtkWidget *row = find_row (page, "Show _Message Text in Notifications");
  g_assert_true (gtk_widget_get_sensitive (row));
  g_object_set (settings, "notifications", FALSE, NULL);
  g_assert_false (gtk_widget_get_sensitive (row));
  g_object_set (settings, "notifications", TRUE, NULL);
  g_assert_true (gtk_widget_get_sensitive (row));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  claw_register_resource ();
  g_test_add_func ("/preferences-page/stun-servers/added-and-removed", test_stun_servers);
  g_test_add_func ("/preferences-page/name/bounded", test_name);
  g_test_add_func ("/preferences-page/name/taken", test_name_taken);
  g_test_add_func ("/preferences-page/notifications/text-depends", test_dependent_row);
  return g_test_run ();
}
