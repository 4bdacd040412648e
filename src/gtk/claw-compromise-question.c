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

static GtkWidget *
erase_messages_new (void)
{
  GtkWidget *check = gtk_check_button_new ();
  GtkWidget *label = gtk_label_new (_ ("Also erase the messages kept on this computer"));
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_check_button_set_child (GTK_CHECK_BUTTON (check), label);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                  label, NULL, -1);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), TRUE);
  return check;
}

static char *
describe (const char *server_name, ClawCompromiseQuestionCase which)
{
  const char *format = which == CLAW_COMPROMISE_QUESTION_CONNECTED
                           ? _ ("All keys of “%s” are erased here and, if it answers, on the "
                                "server. Messages that were not delivered are lost. You then need "
                                "a new .sec file.\n\n"
                                "Type YES to do it.")
                           : _ ("All keys of “%s” are erased here. The server is not connected and "
                                "cannot be told. Messages that were not delivered are lost. You "
                                "then need a new .sec file.\n\n"
                                "Type YES to do it.");
  g_autoptr (GString) text = g_string_new (format);
  g_string_replace (text, "%s", server_name ? server_name : _ ("the last server"), 1);
  return g_strdup (text->str);
}

typedef struct
{
  GtkCheckButton *erase_messages; /* (nullable) */
  ClawCompromiseAnswer callback;
  gpointer user_data;
  GDestroyNotify free_data;
} Asked;

static void
asked_free (gpointer data)
{
  Asked *asked = data;
  g_clear_object (&asked->erase_messages);
  if (asked->free_data)
    asked->free_data (asked->user_data);
  g_free (asked);
}

static void
on_answer (gboolean accepted, gpointer user_data)
{
  Asked *asked = user_data;
  gboolean keeps = asked->erase_messages && !gtk_check_button_get_active (asked->erase_messages);
  asked->callback (accepted, keeps, asked->user_data);
}

void
claw_compromise_question_ask (GtkWindow *parent,
                              const char *server_name,
                              ClawCompromiseQuestionCase which,
                              gboolean may_keep,
                              ClawCompromiseAnswer callback,
                              gpointer user_data,
                              GDestroyNotify free_data)
{
  g_autofree char *body = describe (server_name, which);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *entry = entry_new ();
  Asked *asked = g_new0 (Asked, 1);
  asked->callback = callback;
  asked->user_data = user_data;
  asked->free_data = free_data;
  if (may_keep)
    {
      GtkWidget *check = erase_messages_new ();
      asked->erase_messages = GTK_CHECK_BUTTON (g_object_ref (check));
      gtk_box_append (GTK_BOX (box), check);
    }
  gtk_box_append (GTK_BOX (box), entry);
  ClawQuestion question = {
    .heading = _ ("Keys Compromised?"),
    .body = body,
    .extra_child = box,
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Erase All Keys"),
    .is_destructive = TRUE,
  };
  GtkWidget *dialog = claw_dialogs_ask (parent, &question, on_answer, asked, asked_free);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_changed), dialog, 0);
  on_changed (GTK_EDITABLE (entry), dialog);
  gtk_widget_grab_focus (entry);
}
