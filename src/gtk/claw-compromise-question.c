/* claw-compromise-question.c: see claw-compromise-question.h. */
#include "claw-compromise-question.h"

#include <glib/gi18n-lib.h>

#define CONFIRMATION "YES"

static void
on_changed (GtkEditable *entry, gpointer user_data)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (entry)));
  claw_dialogs_set_may_accept (GTK_WIDGET (user_data), g_str_equal (text, CONFIRMATION));
}

/* The text above it says what to type, to everybody. Return does not answer: the button has to be
 * reached. */
static GtkWidget *
entry_new (void)
{
  GtkWidget *entry = gtk_entry_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Type YES to confirm"), -1);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), CONFIRMATION);
  return entry;
}

static char *
describe (const char *server_name, ClawCompromiseQuestionCase which)
{
  const char *format = which == CLAW_COMPROMISE_QUESTION_CONNECTED
                           ? _ ("All keys of “%s” are erased here and, if it answers, on the "
                                "server. All messages of this chat are erased from this computer, "
                                "too, and those that were not delivered are lost. You then need a "
                                "new .sec file.\n\n"
                                "Type YES to do it.")
                           : _ ("All keys of “%s” are erased here. The server is not connected and "
                                "cannot be told. All messages of this chat are erased from this "
                                "computer, too, and those that were not delivered are lost. You "
                                "then need a new .sec file.\n\n"
                                "Type YES to do it.");
  g_autoptr (GString) text = g_string_new (format);
  g_string_replace (text, "%s", server_name ? server_name : _ ("the last server"), 1);
  return g_strdup (text->str);
}

void
claw_compromise_question_ask (GtkWindow *parent,
                              const char *server_name,
                              ClawCompromiseQuestionCase which,
                              ClawDialogsAnswer callback,
                              gpointer user_data,
                              GDestroyNotify free_data)
{
  g_autofree char *body = describe (server_name, which);
  GtkWidget *entry = entry_new ();
  ClawQuestion question = {
    .heading = _ ("Keys Compromised?"),
    .body = body,
    .extra_child = entry,
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Erase All Keys"),
    .is_destructive = TRUE,
  };
  GtkWidget *dialog = claw_dialogs_ask (parent, &question, callback, user_data, free_data);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_changed), dialog, 0);
  on_changed (GTK_EDITABLE (entry), dialog);
  gtk_widget_grab_focus (entry);
}
