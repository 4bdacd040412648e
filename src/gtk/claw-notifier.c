/* claw-notifier.c: see claw-notifier.h. */
#include "claw-notifier.h"

#include "claw-bidi.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _ClawNotifier
{
  GObject parent_instance;

  GApplication *application;
  ClawSettings *settings;
  ClawSavedChats *chats; /* (nullable) */
  GHashTable *told;      /* ids of chats with a notification */
};

G_DEFINE_FINAL_TYPE (ClawNotifier, claw_notifier, G_TYPE_OBJECT)

static char *
dup_notification_id (const char *chat_id)
{
  return g_strconcat ("chat-", chat_id, NULL);
}

/* Some shells take the body for markup, others show it as it is, so it can be escaped for one of
 * them only: a peer's “<” becomes the angle quotation mark that looks like it, and an ampersand is
 * kept from beginning an entity. Nothing turns the order of what follows the peer's text. */
static char *
dup_plain (const char *text, glong max_characters)
{
  g_autoptr (GString) plain = g_string_new (NULL);
  glong n = 0;
  for (const char *c = text; *c; c = g_utf8_next_char (c))
    {
      if (n++ == max_characters)
        {
          g_string_append (plain, "…");
          break;
        }
      if (*c == '<')
        g_string_append (plain, "‹");
      else if (*c == '>')
        g_string_append (plain, "›");
      else if (*c == '&' && (g_ascii_isalnum (c[1]) || c[1] == '#'))
        g_string_append (plain, "&\u200b");
      else if (!claw_bidi_is_control (g_utf8_get_char (c)))
        g_string_append_unichar (plain, g_utf8_get_char (c));
    }
  return g_string_free (g_steal_pointer (&plain), FALSE);
}

/* Returns: (transfer full) */
static char *
dup_body (ClawNotifier *notifier, const ClawMessage *message, unsigned unread)
{
  if (!claw_settings_get_notification_text (notifier->settings))
    return g_strdup_printf (ngettext ("%u new message", "%u new messages", unread), unread);
  g_autofree char *text = dup_plain (claw_message_get_text (message, NULL), CLAW_NOTIFIER_TEXT_MAX);
  const char *name = claw_message_get_sender (message);
  g_autofree char *sender = name ? dup_plain (name, CLAW_MESSAGE_NAME_MAX) : NULL;
  g_autofree char *line = sender ? g_strdup_printf ("%s: %s", sender, text) : g_strdup (text);
  if (unread < 2)
    return g_steal_pointer (&line);
  g_autofree char *more = g_strdup_printf (
      ngettext ("and %u more message", "and %u more messages", unread - 1), unread - 1);
  return g_strdup_printf ("%s\n%s", line, more);
}

void
claw_notifier_tell (ClawNotifier *notifier,
                    const char *chat_id,
                    const char *title,
                    const ClawMessage *message,
                    unsigned unread)
{
  g_return_if_fail (CLAW_IS_NOTIFIER (notifier) && chat_id && title && message);
  if (!claw_settings_get_notifications (notifier->settings))
    return;
  g_autoptr (GNotification) notification = g_notification_new (title);
  g_autofree char *id = dup_notification_id (chat_id);
  g_autofree char *body = dup_body (notifier, message, MAX (unread, 1));
  g_notification_set_body (notification, body);
  g_notification_set_category (notification, "im.received");
  g_notification_set_default_action_and_target (notification, "app.open-chat", "s", chat_id);
  g_notification_add_button_with_target (notification, _ ("Reply"), "app.reply-chat", "s", chat_id);
  g_application_send_notification (notifier->application, id, notification);
  g_hash_table_add (notifier->told, g_strdup (chat_id));
}

void
claw_notifier_withdraw (ClawNotifier *notifier, const char *chat_id)
{
  g_return_if_fail (CLAW_IS_NOTIFIER (notifier) && chat_id);
  g_autofree char *id = dup_notification_id (chat_id);
  if (g_hash_table_remove (notifier->told, chat_id))
    g_application_withdraw_notification (notifier->application, id);
}

/* The chats. */

static void
on_message (ClawNotifier *notifier, ClawSavedChat *chat, ClawMessage *message, gboolean is_own)
{
  if (!is_own && !claw_saved_chat_get_is_in_view (chat))
    claw_notifier_tell (notifier, claw_saved_chat_get_id (chat), claw_saved_chat_get_title (chat),
                        message, claw_saved_chat_get_unread (chat));
}

/* What is told and was read or opened since, or belongs to a chat that is no more, goes. */
static void
withdraw_read (ClawNotifier *notifier)
{
  g_autoptr (GPtrArray) read = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer id;
  g_hash_table_iter_init (&iter, notifier->told);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      ClawSavedChat *chat = claw_saved_chats_find_by_id (notifier->chats, id);
      if (!chat || claw_saved_chat_get_unread (chat) == 0 || claw_saved_chat_get_is_in_view (chat))
        g_ptr_array_add (read, g_strdup (id));
    }
  for (unsigned i = 0; i < read->len; i++)
    claw_notifier_withdraw (notifier, g_ptr_array_index (read, i));
}

static void
on_chats_changed (ClawNotifier *notifier, unsigned position, unsigned removed, unsigned added)
{
  for (unsigned i = position; i < position + added; i++)
    {
      g_autoptr (GObject) chat = g_list_model_get_item (G_LIST_MODEL (notifier->chats), i);
      /* A chat that only moves comes by here again. */
      g_signal_handlers_disconnect_by_func (chat, withdraw_read, notifier);
      g_signal_connect_object (chat, "notify::unread", G_CALLBACK (withdraw_read), notifier,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (chat, "notify::is-in-view", G_CALLBACK (withdraw_read), notifier,
                               G_CONNECT_SWAPPED);
    }
  if (removed > 0)
    withdraw_read (notifier);
}

void
claw_notifier_watch (ClawNotifier *notifier, ClawSavedChats *chats)
{
  g_return_if_fail (CLAW_IS_NOTIFIER (notifier) && CLAW_IS_SAVED_CHATS (chats));
  g_return_if_fail (!notifier->chats);
  notifier->chats = g_object_ref (chats);
  g_signal_connect_object (chats, "message", G_CALLBACK (on_message), notifier, G_CONNECT_SWAPPED);
  g_signal_connect_object (chats, "items-changed", G_CALLBACK (on_chats_changed), notifier,
                           G_CONNECT_SWAPPED);
  on_chats_changed (notifier, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (chats)));
}

/* The object. */

static void
claw_notifier_finalize (GObject *object)
{
  ClawNotifier *notifier = CLAW_NOTIFIER (object);
  g_clear_object (&notifier->settings);
  g_clear_object (&notifier->chats);
  g_hash_table_unref (notifier->told);
  G_OBJECT_CLASS (claw_notifier_parent_class)->finalize (object);
}

static void
claw_notifier_class_init (ClawNotifierClass *class)
{
  G_OBJECT_CLASS (class)->finalize = claw_notifier_finalize;
}

static void
claw_notifier_init (ClawNotifier *notifier)
{
  notifier->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

ClawNotifier *
claw_notifier_new (GApplication *application, ClawSettings *settings)
{
  g_return_val_if_fail (G_IS_APPLICATION (application) && CLAW_IS_SETTINGS (settings), NULL);
  ClawNotifier *notifier = g_object_new (CLAW_TYPE_NOTIFIER, NULL);
  notifier->application = application;
  notifier->settings = g_object_ref (settings);
  return notifier;
}
