/* claw-chat-dialogs.c: see claw-chat-dialogs.h. */
#include "claw-chat-dialogs.h"

#include "claw-chat-panic.h"
#include "claw-dialogs.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  ClawSavedChats *chats; /* (nullable) */
  ClawSavedChat *chat;
  GtkEditable *entry; /* (nullable) */
} Asked;

static void
asked_free (gpointer data)
{
  Asked *asked = data;
  g_clear_object (&asked->chats);
  g_clear_object (&asked->chat);
  g_clear_object (&asked->entry);
  g_free (asked);
}

/* Renaming. */

static void
on_renamed (gboolean accepted, gpointer user_data)
{
  Asked *asked = user_data;
  if (accepted)
    claw_saved_chat_rename (asked->chat, gtk_editable_get_text (asked->entry));
}

void
claw_chat_dialogs_rename (GtkWindow *parent, ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  const char *server = claw_client_get_server_name (claw_saved_chat_get_client (chat));
  const char *title = claw_saved_chat_get_own_title (chat);
  GtkWidget *entry = gtk_entry_new ();
  Asked *asked = g_new0 (Asked, 1);
  asked->chat = g_object_ref (chat);
  asked->entry = GTK_EDITABLE (g_object_ref (entry));
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_entry_set_max_length (GTK_ENTRY (entry), CLAW_SAVED_CHAT_TITLE_MAX / 4);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), server);
  gtk_editable_set_text (asked->entry, title ? title : claw_saved_chat_get_title (chat));
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Name of the chat"), -1);
  ClawQuestion question = {
    .heading = _ ("Rename Chat"),
    .body = _ ("Only you see this name. Without one, the chat is called as its server is."),
    .extra_child = entry,
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Rename"),
  };
  claw_dialogs_ask (parent, &question, on_renamed, asked, asked_free);
  gtk_widget_grab_focus (entry);
}

/* Forgetting. */

void
claw_chat_dialogs_forget_now (ClawSavedChats *chats, ClawSavedChat *chat)
{
  g_autoptr (GError) error = NULL;
  if (!claw_saved_chats_forget (chats, chat, &error))
    g_warning ("%s", error->message);
}

static void
on_forget (gboolean accepted, gpointer user_data)
{
  Asked *asked = user_data;
  if (accepted)
    claw_chat_dialogs_forget_now (asked->chats, asked->chat);
}

void
claw_chat_dialogs_forget (GtkWindow *parent, ClawSavedChats *chats, ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHATS (chats) && CLAW_IS_SAVED_CHAT (chat));
  Asked *asked = g_new0 (Asked, 1);
  asked->chats = g_object_ref (chats);
  asked->chat = g_object_ref (chat);
  g_autofree char *heading = g_strdup_printf (_ ("Forget “%s”?"), claw_saved_chat_get_title (chat));
  ClawQuestion question = {
    .heading = heading,
    .body = _ ("Its keys and its messages are erased from this computer. To come back you need a "
               "new .sec file."),
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Forget"),
    .is_destructive = TRUE,
  };
  claw_dialogs_ask (parent, &question, on_forget, asked, asked_free);
}

/* Erasing what was kept of a chat that is over. */

static void
on_erase_messages (gboolean accepted, gpointer user_data)
{
  Asked *asked = user_data;
  if (accepted)
    claw_chat_panic_erase_messages (asked->chat);
}

void
claw_chat_dialogs_erase_messages (GtkWindow *parent, ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  Asked *asked = g_new0 (Asked, 1);
  asked->chat = g_object_ref (chat);
  ClawQuestion question = {
    .heading = _ ("Erase Messages Too?"),
    .body = _ ("All messages of this chat are erased from this computer. Others keep theirs."),
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Erase Messages"),
    .is_destructive = TRUE,
  };
  claw_dialogs_ask (parent, &question, on_erase_messages, asked, asked_free);
}
