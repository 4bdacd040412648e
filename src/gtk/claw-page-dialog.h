/* claw-page-dialog.h: shows a widget with a header bar of its own as a dialog: an AdwDialog where
 * libadwaita has it (1.5), else a modal AdwWindow that Escape closes. */
#pragma once

#include <adwaita.h>

/* @content: (transfer floating). Gone once it is closed. */
void claw_page_dialog_show (
    GtkWindow *parent, GtkWidget *content, const char *title, int width, int height);
/* Closes the dialog that @content is in. */
void claw_page_dialog_close (GtkWidget *content);

/* Shows a page of preferences, or of what looks like them, in the dialog that libadwaita has for
 * it.
 * @parent: (nullable). @title: (nullable): NULL for libadwaita's own, “Preferences”.
 * @page: (transfer floating). */
void
claw_page_dialog_show_preferences (GtkWindow *parent, const char *title, AdwPreferencesPage *page);
