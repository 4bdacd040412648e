/* claw-dialogs.c: see claw-dialogs.h. */
#include "claw-dialogs.h"

#include "claw-page-dialog.h"
#include "claw-shortcuts.h"
#include "config.h"

#include <glib/gi18n-lib.h>

/* Questions. */

typedef struct
{
  ClawDialogsAnswer callback;
  gpointer user_data;
  GDestroyNotify free_data; /* (nullable) */
} Asked;

static void
asked_free (gpointer data, GClosure *closure)
{
  Asked *asked = data;
  if (asked->free_data)
    asked->free_data (asked->user_data);
  g_free (asked);
}

static void
on_response (GtkWidget *dialog, const char *response, gpointer user_data)
{
  Asked *asked = user_data;
  asked->callback (g_strcmp0 (response, "accept") == 0, asked->user_data);
}

static Asked *
asked_new (ClawDialogsAnswer callback, gpointer user_data, GDestroyNotify free_data)
{
  Asked *asked = g_new0 (Asked, 1);
  asked->callback = callback;
  asked->user_data = user_data;
  asked->free_data = free_data;
  return asked;
}

#if ADW_CHECK_VERSION(1, 5, 0)
#define QUESTION ADW_ALERT_DIALOG
#define question_new(parent, heading, body) GTK_WIDGET (adw_alert_dialog_new (heading, body))
#define question_present(dialog, parent) \
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (parent))
#define question_add_response adw_alert_dialog_add_response
#define question_set_appearance adw_alert_dialog_set_response_appearance
#define question_set_enabled adw_alert_dialog_set_response_enabled
#define question_set_default adw_alert_dialog_set_default_response
#define question_set_close adw_alert_dialog_set_close_response
#define question_set_extra_child adw_alert_dialog_set_extra_child
#else
#define QUESTION ADW_MESSAGE_DIALOG
#define question_new(parent, heading, body) adw_message_dialog_new (parent, heading, body)
#define question_present(dialog, parent) gtk_window_present (GTK_WINDOW (dialog))
#define question_add_response adw_message_dialog_add_response
#define question_set_appearance adw_message_dialog_set_response_appearance
#define question_set_enabled adw_message_dialog_set_response_enabled
#define question_set_default adw_message_dialog_set_default_response
#define question_set_close adw_message_dialog_set_close_response
#define question_set_extra_child adw_message_dialog_set_extra_child
#endif

GtkWidget *
claw_dialogs_ask (GtkWindow *parent,
                  const ClawQuestion *question,
                  ClawDialogsAnswer callback,
                  gpointer user_data,
                  GDestroyNotify free_data)
{
  g_return_val_if_fail (question != NULL && callback != NULL, NULL);
  GtkWidget *dialog = question_new (parent, question->heading, question->body);
  question_add_response (QUESTION (dialog), "cancel", question->cancel);
  question_set_close (QUESTION (dialog), "cancel");
  if (question->accept)
    {
      question_add_response (QUESTION (dialog), "accept", question->accept);
      question_set_appearance (QUESTION (dialog), "accept",
                               question->is_destructive ? ADW_RESPONSE_DESTRUCTIVE
                                                        : ADW_RESPONSE_SUGGESTED);
      question_set_default (QUESTION (dialog), question->is_destructive ? "cancel" : "accept");
    }
  if (question->extra_child)
    question_set_extra_child (QUESTION (dialog), question->extra_child);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response),
                         asked_new (callback, user_data, free_data), asked_free, 0);
  question_present (dialog, parent);
  return dialog;
}

void
claw_dialogs_set_may_accept (GtkWidget *dialog, gboolean may_accept)
{
  question_set_enabled (QUESTION (dialog), "accept", may_accept);
}

/* Files. */

typedef struct
{
  GWeakRef parent;
  ClawDialogsFile callback;
  gpointer user_data;
} Choosing;

static Choosing *
choosing_new (GtkWindow *parent, ClawDialogsFile callback, gpointer user_data)
{
  Choosing *choosing = g_new0 (Choosing, 1);
  g_weak_ref_init (&choosing->parent, parent);
  choosing->callback = callback;
  choosing->user_data = user_data;
  return choosing;
}

static void
choosing_finish (Choosing *choosing, GFile *file)
{
  g_autoptr (GObject) parent = g_weak_ref_get (&choosing->parent);
  if (parent)
    choosing->callback (file, choosing->user_data);
  g_weak_ref_clear (&choosing->parent);
  g_free (choosing);
}

static GtkFileFilter *
sec_filter_new (void)
{
  GtkFileFilter *filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _ ("ClawChat Files (*.sec)"));
  gtk_file_filter_add_suffix (filter, "sec");
  return filter;
}

static GtkFileFilter *
all_filter_new (void)
{
  GtkFileFilter *filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _ ("All Files"));
  gtk_file_filter_add_pattern (filter, "*");
  return filter;
}

#if GTK_CHECK_VERSION(4, 10, 0)
static void
on_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, NULL);
  choosing_finish (user_data, file);
}

void
claw_dialogs_choose_sec (GtkWindow *parent, ClawDialogsFile callback, gpointer user_data)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autoptr (GtkFileFilter) sec = sec_filter_new ();
  g_autoptr (GtkFileFilter) all = all_filter_new ();
  g_list_store_append (filters, sec);
  g_list_store_append (filters, all);
  gtk_file_dialog_set_title (dialog, _ ("Open a .sec File"));
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  gtk_file_dialog_open (dialog, parent, NULL, on_chosen,
                        choosing_new (parent, callback, user_data));
}
#else
static void
on_chosen (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  g_autoptr (GFile) file = NULL;
  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  choosing_finish (user_data, file);
  g_object_unref (dialog);
}

void
claw_dialogs_choose_sec (GtkWindow *parent, ClawDialogsFile callback, gpointer user_data)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Open a .sec File"), parent, GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  g_autoptr (GtkFileFilter) sec = sec_filter_new ();
  g_autoptr (GtkFileFilter) all = all_filter_new ();
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), sec);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), all);
  g_signal_connect (dialog, "response", G_CALLBACK (on_chosen),
                    choosing_new (parent, callback, user_data));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
#endif

/* About the program. */

#define ABOUT_PROPERTIES \
  "application-icon", CLAW_APPLICATION_ID, "application-name", _ ("ClawChat"), "version", \
      CLAW_VERSION, "developer-name", _ ("The ClawChat contributors"), "license-type", \
      GTK_LICENSE_MIT_X11, "comments", \
      _ ("Private chat with no account and no cloud. A small encrypted file is the only " \
         "introduction two machines need."), /* Translators: your name, one a line. */ \
      "translator-credits", _ ("translator-credits"), NULL

void
claw_dialogs_show_about (GtkWindow *parent)
{
#if ADW_CHECK_VERSION(1, 5, 0)
  adw_dialog_present (g_object_new (ADW_TYPE_ABOUT_DIALOG, ABOUT_PROPERTIES), GTK_WIDGET (parent));
#else
  gtk_window_present (
      g_object_new (ADW_TYPE_ABOUT_WINDOW, "transient-for", parent, ABOUT_PROPERTIES));
#endif
}

#if ADW_CHECK_VERSION(1, 8, 0)
static void
add_shortcuts (AdwDialog *dialog, ClawShortcutsGroup group)
{
  size_t n = 0;
  const ClawShortcut *shortcuts = claw_shortcuts_get (&n);
  AdwShortcutsSection *section = NULL;
  for (size_t i = 0; i < n; i++)
    {
      if (shortcuts[i].group != group)
        continue;
      g_autofree char *accelerators = g_strjoinv (" ", (char **) shortcuts[i].accelerators);
      if (!section)
        section = adw_shortcuts_section_new (claw_shortcuts_get_title (group));
      adw_shortcuts_section_add (section,
                                 adw_shortcuts_item_new (_ (shortcuts[i].title), accelerators));
    }
  if (section)
    adw_shortcuts_dialog_add (ADW_SHORTCUTS_DIALOG (dialog), section);
}

void
claw_dialogs_show_shortcuts (GtkWindow *parent)
{
  AdwDialog *dialog = adw_shortcuts_dialog_new ();
  for (int group = 0; group < CLAW_SHORTCUTS_N_GROUPS; group++)
    add_shortcuts (dialog, (ClawShortcutsGroup) group);
  adw_dialog_present (dialog, GTK_WIDGET (parent));
}
#else
/* Two accelerators stand below each other, so that the row fits a phone. */
static GtkWidget *
shortcut_row_new (const ClawShortcut *shortcut)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *keys = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (shortcut->title));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_valign (keys, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (keys, 6);
  gtk_widget_set_margin_bottom (keys, 6);
  for (size_t i = 0; shortcut->accelerators[i]; i++)
    {
      /* It is deprecated in favour of what this file does with a newer libadwaita. */
      G_GNUC_BEGIN_IGNORE_DEPRECATIONS
      GtkWidget *label = gtk_shortcut_label_new (shortcut->accelerators[i]);
      G_GNUC_END_IGNORE_DEPRECATIONS
      gtk_widget_set_halign (label, GTK_ALIGN_END);
      gtk_box_append (GTK_BOX (keys), label);
    }
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), keys);
  return row;
}

static void
add_shortcuts (AdwPreferencesPage *page, ClawShortcutsGroup group)
{
  size_t n = 0;
  const ClawShortcut *shortcuts = claw_shortcuts_get (&n);
  AdwPreferencesGroup *rows = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_title (rows, claw_shortcuts_get_title (group));
  for (size_t i = 0; i < n; i++)
    if (shortcuts[i].group == group)
      adw_preferences_group_add (rows, shortcut_row_new (&shortcuts[i]));
  adw_preferences_page_add (page, rows);
}

/* Not a GtkShortcutsWindow: that one neither wraps nor scrolls, cannot be resized, and with these
 * keys is 494 pixels wide even with one group at a time. */
void
claw_dialogs_show_shortcuts (GtkWindow *parent)
{
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());
  for (int group = 0; group < CLAW_SHORTCUTS_N_GROUPS; group++)
    add_shortcuts (page, (ClawShortcutsGroup) group);
  claw_page_dialog_show_preferences (parent, _ ("Keyboard Shortcuts"), page);
}
#endif
