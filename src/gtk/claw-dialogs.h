/* claw-dialogs.h: the dialogs whose API depends on the version of GTK and libadwaita.
 *
 * Nothing else needs to know which of them is there: everything deprecated in newer versions, and
 * everything that older ones do not have, is behind these functions.
 */
#pragma once

#include <adwaita.h>

typedef struct
{
  const char *heading;
  const char *body;
  GtkWidget *extra_child; /* (nullable) (transfer floating) */
  const char *cancel;     /* labels of the two answers */
  const char *accept;     /* (nullable): a dialog that only tells something */
  gboolean is_destructive;
} ClawQuestion;

typedef void (*ClawDialogsAnswer) (gboolean accepted, gpointer user_data);
/* @file: (nullable): NULL when the user picked none. */
typedef void (*ClawDialogsFile) (GFile *file, gpointer user_data);

/* @callback: called once, also when the window closes. @free_data: (nullable). Returns: (transfer
 * none): the dialog, good until the answer. */
GtkWidget *claw_dialogs_ask (GtkWindow *parent,
                             const ClawQuestion *question,
                             ClawDialogsAnswer callback,
                             gpointer user_data,
                             GDestroyNotify free_data);
void claw_dialogs_set_may_accept (GtkWidget *dialog, gboolean may_accept);
/* Asks for a .sec file with the desktop's own file dialog. @callback: not called when @parent goes
 * away first. */
void claw_dialogs_choose_sec (GtkWindow *parent, ClawDialogsFile callback, gpointer user_data);
void claw_dialogs_show_about (GtkWindow *parent);
void claw_dialogs_show_shortcuts (GtkWindow *parent);
