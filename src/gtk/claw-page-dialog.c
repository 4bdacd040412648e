/* claw-page-dialog.c: see claw-page-dialog.h. */
#include "claw-page-dialog.h"

#if ADW_CHECK_VERSION(1, 5, 0)
void
claw_page_dialog_show (
    GtkWindow *parent, GtkWidget *content, const char *title, int width, int height)
{
  AdwDialog *dialog = adw_dialog_new ();
  adw_dialog_set_title (dialog, title);
  adw_dialog_set_content_width (dialog, width);
  adw_dialog_set_content_height (dialog, height);
  adw_dialog_set_child (dialog, content);
  adw_dialog_present (dialog, GTK_WIDGET (parent));
}

void
claw_page_dialog_close (GtkWidget *content)
{
  GtkWidget *dialog = gtk_widget_get_ancestor (content, ADW_TYPE_DIALOG);
  if (dialog)
    adw_dialog_close (ADW_DIALOG (dialog));
}

void
claw_page_dialog_show_preferences (GtkWindow *parent, const char *title, AdwPreferencesPage *page)
{
  AdwDialog *dialog = adw_preferences_dialog_new ();
  if (title)
    adw_dialog_set_title (dialog, title);
  adw_preferences_dialog_add (ADW_PREFERENCES_DIALOG (dialog), page);
  adw_dialog_present (dialog, GTK_WIDGET (parent));
}
#else
void
claw_page_dialog_show (
    GtkWindow *parent, GtkWidget *content, const char *title, int width, int height)
{
  GtkWidget *window = adw_window_new ();
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (shortcuts),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                        gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (window, shortcuts);
  gtk_window_set_title (GTK_WINDOW (window), title);
  gtk_window_set_transient_for (GTK_WINDOW (window), parent);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_widget_set_size_request (window, 360, 294);
  adw_window_set_content (ADW_WINDOW (window), content);
  gtk_window_present (GTK_WINDOW (window));
}

void
claw_page_dialog_close (GtkWidget *content)
{
  GtkWidget *window = gtk_widget_get_ancestor (content, ADW_TYPE_WINDOW);
  if (window)
    gtk_window_close (GTK_WINDOW (window));
}

void
claw_page_dialog_show_preferences (GtkWindow *parent, const char *title, AdwPreferencesPage *page)
{
  GtkWindow *window = GTK_WINDOW (adw_preferences_window_new ());
  if (title)
    gtk_window_set_title (window, title);
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (window), page);
  gtk_window_set_transient_for (window, parent);
  gtk_window_set_modal (window, parent != NULL);
  gtk_window_present (window);
}
#endif
