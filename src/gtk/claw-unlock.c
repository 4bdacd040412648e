/* claw-unlock.c: see claw-unlock.h. */
#include "claw-unlock.h"

#include "claw-dialogs.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  GtkWindow *parent; /* (nullable) (weak) */
  gboolean had_parent;
  ClawKeyring *keyring;
  GCancellable *cancellable;
  ClawUnlockDone callback;
  gpointer user_data;
} Unlock;

/* What a question asked for. */
typedef struct
{
  Unlock *unlock;
  GtkEditable *entry, *repeat; /* @repeat: (nullable) */
} Asked;

static void ask_passphrase (Unlock *unlock, const char *problem);
static void ask_new (Unlock *unlock, const char *problem);
static void start (Unlock *unlock);

static void
unlock_free (Unlock *unlock)
{
  g_clear_weak_pointer (&unlock->parent);
  g_object_unref (unlock->keyring);
  g_object_unref (unlock->cancellable);
  g_free (unlock);
}

/* There is nobody to ask any more. */
static gboolean
is_over (const Unlock *unlock)
{
  return unlock->had_parent && !unlock->parent;
}

/* The flow is at its end. */
static void
finish (Unlock *unlock)
{
  if (!is_over (unlock))
    unlock->callback (unlock->keyring, unlock->user_data);
  unlock_free (unlock);
}

static void
use_memory (Unlock *unlock)
{
  claw_keyring_use_memory (unlock->keyring);
  finish (unlock);
}

/* Passphrases. */

static void
asked_free (gpointer user_data)
{
  Asked *asked = user_data;
  g_object_unref (asked->entry);
  g_clear_object (&asked->repeat);
  g_free (asked);
}

static void
on_passphrase_tried (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Unlock *unlock = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_new = claw_keyring_get_kind (unlock->keyring) == CLAW_KEYRING_NEW;
  if (claw_keyring_unlock_finish (CLAW_KEYRING (source), result, &error))
    finish (unlock);
  else if (is_over (unlock))
    unlock_free (unlock);
  else if (is_new)
    ask_new (unlock, error->message);
  else
    ask_passphrase (unlock, error->message);
}

static void
on_passphrase (gboolean accepted, gpointer user_data)
{
  Asked *asked = user_data;
  Unlock *unlock = asked->unlock;
  if (is_over (unlock))
    unlock_free (unlock);
  else if (accepted)
    claw_keyring_unlock_by_passphrase_async (unlock->keyring, gtk_editable_get_text (asked->entry),
                                             unlock->cancellable, on_passphrase_tried, unlock);
  else
    use_memory (unlock);
  gtk_editable_set_text (asked->entry, "");
  if (asked->repeat)
    gtk_editable_set_text (asked->repeat, "");
}

static void
on_changed (GtkEditable *entry, gpointer user_data)
{
  GtkWidget *dialog = user_data;
  const Asked *asked = g_object_get_data (G_OBJECT (dialog), "asked");
  const char *text = gtk_editable_get_text (asked->entry);
  gboolean is_good
      = *text && (!asked->repeat || g_str_equal (text, gtk_editable_get_text (asked->repeat)));
  claw_dialogs_set_may_accept (dialog, is_good);
}

static GtkWidget *
entry_new (GtkWidget *box, const char *label)
{
  GtkWidget *entry = g_object_new (GTK_TYPE_PASSWORD_ENTRY, "show-peek-icon", TRUE,
                                   "activates-default", TRUE, "placeholder-text", label, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_box_append (GTK_BOX (box), entry);
  return entry;
}

static void
add_problem (GtkWidget *box, const char *problem)
{
  GtkWidget *label = gtk_label_new (problem);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "error");
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), label);
}

/* @question: without its extra child. */
static void
ask (Unlock *unlock, ClawQuestion *question, const char *problem, gboolean is_repeated)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  Asked *asked = g_new0 (Asked, 1);
  asked->unlock = unlock;
  asked->entry = GTK_EDITABLE (g_object_ref (entry_new (box, _ ("Passphrase"))));
  if (is_repeated)
    asked->repeat = GTK_EDITABLE (g_object_ref (entry_new (box, _ ("Passphrase, once more"))));
  if (problem)
    add_problem (box, problem);
  question->extra_child = box;
  GtkWidget *dialog = claw_dialogs_ask (unlock->parent, question, on_passphrase, asked, asked_free);
  g_object_set_data (G_OBJECT (dialog), "asked", asked);
  g_signal_connect_object (asked->entry, "changed", G_CALLBACK (on_changed), dialog, 0);
  if (asked->repeat)
    g_signal_connect_object (asked->repeat, "changed", G_CALLBACK (on_changed), dialog, 0);
  on_changed (asked->entry, dialog);
  gtk_widget_grab_focus (GTK_WIDGET (asked->entry));
}

static void
ask_passphrase (Unlock *unlock, const char *problem)
{
  ClawQuestion question = {
    .heading = _ ("Unlock Your Chats"),
    .body = _ ("Your chats are sealed by a passphrase. Without it nothing is opened, and what you "
               "begin now is forgotten at the end."),
    .cancel = _ ("Without _Saved Chats"),
    .accept = _ ("_Unlock"),
  };
  ask (unlock, &question, problem, FALSE);
}

static void
ask_new (Unlock *unlock, const char *problem)
{
  ClawQuestion question = {
    .heading = _ ("Keep Your Chats?"),
    .body = _ ("This session has no keyring that could keep the key of your chats. Choose a "
               "passphrase, which is asked for at each start, or keep everything in memory only: "
               "it is gone when you quit."),
    .cancel = _ ("_Memory Only"),
    .accept = _ ("Use _Passphrase"),
  };
  ask (unlock, &question, problem, TRUE);
}

/* The keyring of the session. */

static void
on_retry (gboolean accepted, gpointer user_data)
{
  Unlock *unlock = user_data;
  if (is_over (unlock))
    unlock_free (unlock);
  else if (accepted)
    start (unlock);
  else
    use_memory (unlock);
}

/* What was sealed stays where it is, for a better day. */
static void
ask_retry (Unlock *unlock, const char *problem)
{
  ClawQuestion question = {
    .heading = _ ("Your Chats Stay Locked"),
    .body = problem,
    .cancel = _ ("Without _Saved Chats"),
    .accept = _ ("_Try Again"),
  };
  claw_dialogs_ask (unlock->parent, &question, on_retry, unlock, NULL);
}

static void
on_unlocked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Unlock *unlock = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_new = claw_keyring_get_kind (unlock->keyring) == CLAW_KEYRING_NEW;
  if (claw_keyring_unlock_finish (CLAW_KEYRING (source), result, &error))
    finish (unlock);
  else if (is_over (unlock))
    unlock_free (unlock);
  else if (g_error_matches (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_PASSPHRASE_NEEDED))
    ask_passphrase (unlock, NULL);
  else if (is_new && g_error_matches (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_NO_SERVICE))
    ask_new (unlock, NULL);
  else
    ask_retry (unlock, error->message);
}

static void
start (Unlock *unlock)
{
  claw_keyring_unlock_async (unlock->keyring, unlock->cancellable, on_unlocked, unlock);
}

void
claw_unlock_run (GtkWindow *parent,
                 ClawKeyring *keyring,
                 ClawUnlockDone callback,
                 gpointer user_data)
{
  g_return_if_fail ((!parent || GTK_IS_WINDOW (parent)) && CLAW_IS_KEYRING (keyring));
  Unlock *unlock = g_new0 (Unlock, 1);
  unlock->had_parent = parent != NULL;
  g_set_weak_pointer (&unlock->parent, parent);
  unlock->keyring = g_object_ref (keyring);
  unlock->cancellable = g_cancellable_new ();
  unlock->callback = callback;
  unlock->user_data = user_data;
  start (unlock);
}
