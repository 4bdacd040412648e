/* claw-save-dialog.h: asks with the desktop's own dialog where a file is to be saved, whichever of
 * them this version of GTK has. */
#pragma once

#include <gtk/gtk.h>

/* @file: (nullable): NULL when the user picked none. */
typedef void (*ClawSaveDialogChosen) (GFile *file, gpointer user_data);

/* @name: proposed. @callback: called once. */
void claw_save_dialog_ask (GtkWindow *parent,
                           const char *title,
                           const char *name,
                           ClawSaveDialogChosen callback,
                           gpointer user_data);
