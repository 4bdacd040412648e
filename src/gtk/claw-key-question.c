/* claw-key-question.c: see claw-key-question.h.
 *
 * The entry's buffer is GTK's for passwords, which is wiped when it goes; the key goes on in locked
 * memory.
 */
#include "claw-key-question.h"

#include "claw-dialogs.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  GtkEditable *entry;
  ClawKeyQuestionAnswer callback;
  gpointer user_data;
} KeyQuestion;

static void
key_question_free (gpointer data)
{
  KeyQuestion *question = data;
  g_object_unref (question->entry);
  g_free (question);
}

static void
on_answer (gboolean accepted, gpointer user_data)
{
  KeyQuestion *question = user_data;
  g_autoptr (ClawBootstrapKey) key = NULL;
  if (accepted)
    key = claw_bootstrap_key_new (gtk_editable_get_text (question->entry), NULL);
  gtk_editable_set_text (question->entry, "");
  question->callback (key, question->user_data);
}

/* Only what can be a key is taken; an entry of white space is not. */
static void
on_changed (GtkEditable *entry, gpointer user_data)
{
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_new (gtk_editable_get_text (entry), NULL);
  claw_dialogs_set_may_accept (GTK_WIDGET (user_data), key != NULL);
}

static GtkWidget *
problem_label_new (const char *problem)
{
  GtkWidget *label = gtk_label_new (problem);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "error");
  gtk_widget_add_css_class (label, "caption");
  return label;
}

static GtkWidget *
entry_new (const char *label, const char *problem)
{
  GtkWidget *entry = g_object_new (GTK_TYPE_PASSWORD_ENTRY, "show-peek-icon", TRUE,
                                   "activates-default", TRUE, "placeholder-text", label, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (!problem)
    return entry;
  gtk_widget_add_css_class (entry, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_STATE_INVALID,
                               GTK_ACCESSIBLE_INVALID_TRUE, -1);
  return entry;
}

void
claw_key_question_ask (GtkWindow *parent,
                       const char *file_name,
                       gboolean needs_passphrase,
                       const char *problem,
                       ClawKeyQuestionAnswer callback,
                       gpointer user_data)
{
  const char *label = needs_passphrase ? _ ("Passphrase") : _ ("Bootstrap key");
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *entry = entry_new (label, problem);
  g_autofree char *body = g_strdup_printf (
      needs_passphrase
          ? _ ("Enter the passphrase that opens “%s”. The server’s operator has it.")
          : _ ("Enter the bootstrap key that opens “%s”. The server’s operator has it; "
               "it is 44 characters long."),
      file_name);
  gtk_box_append (GTK_BOX (box), entry);
  if (problem)
    gtk_box_append (GTK_BOX (box), problem_label_new (problem));

  KeyQuestion *asked = g_new0 (KeyQuestion, 1);
  asked->entry = GTK_EDITABLE (g_object_ref (entry));
  asked->callback = callback;
  asked->user_data = user_data;
  ClawQuestion question = {
    .heading = needs_passphrase ? _ ("Passphrase Needed") : _ ("Key Needed"),
    .body = body,
    .extra_child = box,
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Unlock"),
  };
  GtkWidget *dialog = claw_dialogs_ask (parent, &question, on_answer, asked, key_question_free);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_changed), dialog, 0);
  on_changed (GTK_EDITABLE (entry), dialog);
  gtk_widget_grab_focus (entry);
}
