/* claw-edit-queued.c: see claw-edit-queued.h. */
#include "claw-edit-queued.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define DATA "claw-edit-queued"

typedef struct
{
  ClawSavedChat *chat;
  ClawConversation *conversation; /* whose data this is */
  ClawComposer *composer;
  GPtrArray *edited; /* of ClawMessage: asked to be taken back */
} Edit;

static void
edit_free (gpointer user_data)
{
  Edit *edit = user_data;
  g_object_unref (edit->chat);
  g_object_unref (edit->composer);
  g_ptr_array_unref (edit->edited);
  g_free (edit);
}

/* The client's message may be another object than the one that is shown. Returns: whether it was
 * there. */
static gboolean
take (Edit *edit, ClawMessage *message)
{
  for (guint i = 0; i < edit->edited->len; i++)
    if (memcmp (claw_message_get_id (edit->edited->pdata[i]), claw_message_get_id (message),
                CLAW_MESSAGE_ID_SIZE)
        == 0)
      {
        g_ptr_array_remove_index (edit->edited, i);
        return TRUE;
      }
  return FALSE;
}

static void
write_anew (Edit *edit, ClawMessage *message)
{
  const ClawMessageReply *reply = claw_message_get_reply (message);
  g_autofree char *before = claw_composer_get_text (edit->composer);
  const char *text = claw_message_get_text (message, NULL);
  g_autofree char *both = *before ? g_strconcat (before, "\n", text, NULL) : g_strdup (text);
  ClawMessage *original = reply && !*before
                              ? claw_conversation_find_message (edit->conversation, reply->id)
                              : NULL;
  claw_composer_set_text (edit->composer, both);
  if (original && !claw_composer_get_reply (edit->composer))
    {
      const char *sender = claw_message_get_sender (original);
      claw_composer_set_reply (edit->composer, original, sender ? sender : _ ("yourself"));
    }
  claw_composer_focus (edit->composer);
}

static void
on_edit (ClawConversation *conversation, ClawMessage *message, gpointer user_data)
{
  Edit *edit = user_data;
  take (edit, message); /* asked for twice */
  g_ptr_array_add (edit->edited, claw_message_ref (message));
  claw_saved_chat_cancel (edit->chat, message);
}

static void
on_cancelled (ClawConversation *conversation, ClawMessage *message)
{
  Edit *edit = g_object_get_data (G_OBJECT (conversation), DATA);
  if (take (edit, message))
    write_anew (edit, message);
  /* The focus was in its row, and is not to be lost with it. */
  else if (gtk_widget_get_mapped (GTK_WIDGET (conversation)))
    claw_composer_focus (edit->composer);
}

/* It was too late. */
static void
on_message_state (ClawConversation *conversation, ClawMessage *message, unsigned state)
{
  if (state != CLAW_MESSAGE_QUEUED)
    take (g_object_get_data (G_OBJECT (conversation), DATA), message);
}

void
claw_edit_queued_connect (ClawSavedChat *chat,
                          ClawConversation *conversation,
                          ClawComposer *composer)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat) && CLAW_IS_CONVERSATION (conversation));
  g_return_if_fail (CLAW_IS_COMPOSER (composer));
  ClawClient *client = claw_saved_chat_get_client (chat);
  Edit *edit = g_new0 (Edit, 1);
  edit->chat = g_object_ref (chat);
  edit->conversation = conversation;
  edit->composer = g_object_ref (composer);
  edit->edited = g_ptr_array_new_with_free_func ((GDestroyNotify) claw_message_unref);
  g_object_set_data_full (G_OBJECT (conversation), DATA, edit, edit_free);
  g_signal_connect (conversation, "edit", G_CALLBACK (on_edit), edit);
  g_signal_connect_object (client, "message-cancelled", G_CALLBACK (on_cancelled), conversation,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "message-state", G_CALLBACK (on_message_state), conversation,
                           G_CONNECT_SWAPPED);
}
