/* claw-save-dialog.c: see claw-save-dialog.h. */
#include "claw-save-dialog.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  ClawSaveDialogChosen callback;
  gpointer user_data;
} Asking;

static Asking *
asking_new (ClawSaveDialogChosen callback, gpointer user_data)
{
  Asking *asking = g_new0 (Asking, 1);
  asking->callback = callback;
  asking->user_data = user_data;
  return asking;
}

static void
asking_finish (Asking *asking, GFile *file)
{
  asking->callback (file, asking->user_data);
  g_free (asking);
}

#if GTK_CHECK_VERSION(4, 10, 0)
static void
on_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GFile) file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, NULL);
  asking_finish (user_data, file);
}

void
claw_save_dialog_ask (GtkWindow *parent,
                      const char *title,
                      const char *name,
                      ClawSaveDialogChosen callback,
                      gpointer user_data)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  gtk_file_dialog_set_title (dialog, title);
  gtk_file_dialog_set_initial_name (dialog, name);
  gtk_file_dialog_save (dialog, parent, NULL, on_chosen, asking_new (callback, user_data));
}
#else
static void
on_chosen (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  g_autoptr (GFile) file = NULL;
  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  asking_finish (user_data, file);
  g_object_unref (dialog);
}

void
claw_save_dialog_ask (GtkWindow *parent,
                      const char *title,
                      const char *name,
                      ClawSaveDialogChosen callback,
                      gpointer user_data)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      title, parent, GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect (dialog, "response", G_CALLBACK (on_chosen), asking_new (callback, user_data));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
#endif
