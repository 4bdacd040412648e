/* claw-chat-page.c: see claw-chat-page.h.
 *
 * update () alone decides what is shown, what the banner says and which actions may be used, from
 * the state of the chat; everything else tells it that something changed.
 */
#include "claw-chat-page.h"

#include "claw-application.h"
#include "claw-banner-layout.h"
#include "claw-chat-commands.h"
#include "claw-chat-dialogs.h"
#include "claw-chat-panic.h"
#include "claw-chat-trust.h"
#include "claw-composer.h"
#include "claw-compromise-question.h"
#include "claw-connecting-page.h"
#include "claw-conversation.h"
#include "claw-details.h"
#include "claw-edit-queued.h"
#include "claw-export-bar.h"
#include "claw-failure-page.h"
#include "claw-page-history.h"
#include "claw-search-bar.h"
#include "claw-stack.h"
#include "claw-talk.h"
#include "claw-safety.h"
#include "claw-status-ticker.h"

#include <glib/gi18n-lib.h>

struct _ClawChatPage
{
  AdwBin parent_instance;

  ClawSavedChats *chats;
  ClawSavedChat *chat;
  ClawClient *client; /* the chat's */
  GSimpleActionGroup *actions;
  ClawPageHistory *history;
  char *told_name;  /* (nullable): as whom we are here, as the conversation says */
  gboolean is_over; /* as it was when last told */

  AdwWindowTitle *title;
  GtkWidget *header;
  GtkWidget *back;
  GtkStack *stack;
  ClawConnectingPage *connecting_page;
  ClawFailurePage *failure_page;
  GtkRevealer *banner;
  GtkLabel *banner_text;
  GtkButton *banner_button;
  GtkRevealer *notice; /* of what is not kept */
  GtkLabel *notice_text;
  GtkWidget *notice_button;
  GtkMenuButton *menu_button;
  GtkMenuButton *members_button;
  ClawMembersPopover *members;
  ClawSearchBar *search_bar;
  GtkRevealer *history_question;
  ClawConversation *conversation;
  ClawTypingLabel *typing;
  ClawComposer *composer;
  GtkWidget *ended_bar; /* in the composer's place, when the chat is over */
  GtkLabel *ended_text;
  ClawExportBar *export_bar;
  AdwToastOverlay *toasts;
};

G_DEFINE_FINAL_TYPE (ClawChatPage, claw_chat_page, ADW_TYPE_BIN)

static GtkWindow *
get_window (ClawChatPage *page)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (page)));
}

/* What is shown. */

static const char *
shown_child (ClawChatPage *page)
{
  const GError *error = claw_saved_chat_get_error (page->chat);
  switch (claw_saved_chat_get_state (page->chat))
    {
    case CLAW_CLIENT_CONNECTED:
    case CLAW_CLIENT_RECONNECTING:
      return "chat";
    case CLAW_CLIENT_COMPROMISED:
      if (claw_chat_panic_is_over (page->chat))
        return "chat";
      return error ? "failure" : "connecting";
    case CLAW_CLIENT_IDLE:
      if (claw_saved_chat_is_about_compromise (error) && !claw_chat_panic_is_over (page->chat))
        return "failure";
      return claw_saved_chat_get_is_saved (page->chat) ? "chat" : "connecting";
    case CLAW_CLIENT_KNOCKING:
      return claw_saved_chat_get_is_saved (page->chat) ? "chat" : "connecting";
    case CLAW_CLIENT_FAILED:
      break;
    }
  return claw_saved_chat_get_is_saved (page->chat) ? "chat" : "failure";
}

/* Returns: (transfer full) */
static char *
knocking_text (ClawChatPage *page)
{
  if (claw_client_is_offline (page->client))
    return g_strdup (claw_client_get_status (page->client));
  return g_strdup_printf (_ ("Knocking at all addresses of “%s”"),
                          claw_saved_chat_get_title (page->chat));
}

static void
update_connecting_page (ClawChatPage *page, gboolean is_shown)
{
  gboolean is_telling = claw_saved_chat_get_state (page->chat) == CLAW_CLIENT_COMPROMISED;
  g_autofree char *text = is_telling ? g_strdup_printf (_ ("Telling “%s”"),
                                                        claw_saved_chat_get_title (page->chat))
                                     : knocking_text (page);
  claw_connecting_page_show (page->connecting_page,
                             is_telling ? _ ("Keys Erased") : _ ("Connecting"), text,
                             is_telling ? NULL : "page.cancel");
  claw_connecting_page_set_is_active (page->connecting_page, is_shown);
}

static void
set_banner (ClawChatPage *page, const char *text, const char *button, const char *action)
{
  gboolean had_focus = gtk_widget_has_focus (GTK_WIDGET (page->banner_button));
  gtk_widget_set_visible (GTK_WIDGET (page->banner), text != NULL);
  gtk_revealer_set_reveal_child (page->banner, text != NULL);
  if (!text)
    {
      if (had_focus)
        claw_composer_focus (page->composer);
      return;
    }
  gtk_label_set_text (page->banner_text, text);
  gtk_button_set_label (page->banner_button, button);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (page->banner_button), action);
}

static void
update_idle_banner (ClawChatPage *page, const GError *error)
{
  if (claw_saved_chat_get_is_opening (page->chat))
    set_banner (page, NULL, NULL, NULL);
  else if (error)
    set_banner (page, error->message, _ ("_Open Another File…"), "win.open");
  else
    set_banner (page, _ ("You are not connected"), _ ("_Connect"), "page.reconnect");
}

static void
update_banner (ClawChatPage *page)
{
  const GError *error = claw_saved_chat_get_error (page->chat);
  g_autofree char *knocking = NULL;
  /* The bar in the composer's place says so. */
  if (claw_saved_chat_is_about_compromise (error))
    {
      set_banner (page, NULL, NULL, NULL);
      return;
    }
  switch (claw_saved_chat_get_state (page->chat))
    {
    case CLAW_CLIENT_RECONNECTING:
      set_banner (page,
                  error ? error->message
                        : _ ("Connection lost. What you write is sent once it is back."),
                  _ ("_Try Now"), "page.reconnect");
      return;
    case CLAW_CLIENT_FAILED:
      if (g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_REVOKED))
        set_banner (page, error->message, _ ("_Open Another File…"), "win.open");
      else
        set_banner (page, error ? error->message : "", _ ("_Connect Again"), "page.reconnect");
      return;
    case CLAW_CLIENT_KNOCKING:
      knocking = knocking_text (page);
      set_banner (page, knocking, _ ("_Cancel"), "page.cancel");
      return;
    case CLAW_CLIENT_IDLE:
      update_idle_banner (page, error);
      return;
    case CLAW_CLIENT_CONNECTED:
      if (claw_chat_trust_get (page->chat) == CLAW_CHAT_TRUST_CHANGED)
        {
          set_banner (page, claw_safety_get_banner (), _ ("_Compare…"), "page.details");
          return;
        }
      break;
    case CLAW_CLIENT_COMPROMISED:
      break;
    }
  set_banner (page, NULL, NULL, NULL);
}

/* What waits goes nowhere until the user does what the banner offers. */
static void
update_stuck (ClawChatPage *page)
{
  ClawClientState state = claw_saved_chat_get_state (page->chat);
  gboolean has_stopped = state == CLAW_CLIENT_FAILED || state == CLAW_CLIENT_IDLE;
  claw_conversation_set_stuck (
      page->conversation,
      has_stopped && !claw_saved_chat_get_is_opening (page->chat)
          && !claw_saved_chat_is_about_compromise (claw_saved_chat_get_error (page->chat)));
}

/* Of all that waits, not only of the message whose button it was. */
static void
on_retry (ClawChatPage *page)
{
  GtkActionable *button = GTK_ACTIONABLE (page->banner_button);
  gtk_widget_activate_action (GTK_WIDGET (page), gtk_actionable_get_action_name (button), NULL);
}

static void
update_notice (ClawChatPage *page)
{
  const GError *error = claw_saved_chat_get_keeping_error (page->chat);
  gboolean had_focus = gtk_widget_has_focus (page->notice_button);
  gtk_widget_set_visible (GTK_WIDGET (page->notice), error != NULL);
  gtk_revealer_set_reveal_child (page->notice, error != NULL);
  gtk_label_set_text (page->notice_text, error ? error->message : "");
  if (!error && had_focus)
    claw_chat_page_focus (page);
}

static void
enable (ClawChatPage *page, const char *name, gboolean is_enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (page->actions), name);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_enabled);
}

static void
update_actions (ClawChatPage *page, const char *child)
{
  ClawClientState state = claw_saved_chat_get_state (page->chat);
  gboolean is_live = state == CLAW_CLIENT_CONNECTED || state == CLAW_CLIENT_RECONNECTING;
  ClawChatCommands commands = claw_chat_commands_get (page->chat);
  enable (page, "compromised", commands.compromise);
  enable (page, "disconnect", commands.disconnect);
  enable (page, "cancel", state == CLAW_CLIENT_KNOCKING || state == CLAW_CLIENT_IDLE);
  enable (page, "reconnect", commands.reconnect);
  enable (page, "forget", commands.forget);
  enable (page, "rename", commands.rename);
  enable (page, "details", is_live);
  enable (page, "latest", g_str_equal (child, "chat"));
  enable (page, "search", g_str_equal (child, "chat"));
  enable (page, "members", g_str_equal (child, "chat"));
  gtk_widget_set_visible (GTK_WIDGET (page->members_button), state == CLAW_CLIENT_CONNECTED);
}

/* In place of the composer: what has happened, and what can be done. */
static void
update_ended (ClawChatPage *page)
{
  const GError *error = claw_saved_chat_get_error (page->chat);
  gboolean is_over = claw_chat_panic_is_over (page->chat);
  if (is_over && claw_saved_chat_is_about_compromise (error))
    gtk_label_set_text (page->ended_text, error->message);
  gtk_widget_set_visible (page->ended_bar, is_over);
  gtk_widget_set_visible (GTK_WIDGET (page->composer), !is_over);
  enable (page, "erase-messages", is_over);
}

static void
show_child (ClawChatPage *page, const char *name)
{
  gtk_stack_set_visible_child_name (page->stack, name);
  claw_stack_hide_others (page->stack);
}

/* Who types elsewhere, in the list of chats or in what is popped up, goes on there. */
static gboolean
may_take_focus (ClawChatPage *page)
{
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (page));
  GtkWidget *focus = window ? gtk_root_get_focus (window) : NULL;
  if (!window || !gtk_widget_get_mapped (GTK_WIDGET (page)))
    return FALSE;
  return !focus
         || (gtk_widget_is_ancestor (focus, GTK_WIDGET (page))
             && gtk_widget_get_native (focus) == GTK_NATIVE (window));
}

static void
update (ClawChatPage *page)
{
  const char *child = shown_child (page);
  gboolean is_chat = g_str_equal (child, "chat");
  gboolean is_new = g_strcmp0 (child, gtk_stack_get_visible_child_name (page->stack)) != 0;
  gboolean takes_focus = is_new && may_take_focus (page);
  const GError *error = claw_saved_chat_get_error (page->chat);
  if (g_str_equal (child, "failure") && error)
    claw_failure_page_show (page->failure_page, error);
  update_connecting_page (page, g_str_equal (child, "connecting"));
  update_banner (page);
  update_stuck (page);
  update_notice (page);
  update_ended (page);
  adw_window_title_set_title (page->title, claw_saved_chat_get_title (page->chat));
  if (is_chat)
    gtk_widget_remove_css_class (page->header, "flat");
  else
    gtk_widget_add_css_class (page->header, "flat");
  update_actions (page, child);
  show_child (page, child);
  if (takes_focus)
    claw_chat_page_focus (page);
}

void
claw_chat_page_focus (ClawChatPage *page)
{
  g_return_if_fail (CLAW_IS_CHAT_PAGE (page));
  const char *child = gtk_stack_get_visible_child_name (page->stack);
  /* Who was writing when it ended must not press a button by the next letter. */
  if (g_strcmp0 (child, "chat") == 0 && claw_chat_panic_is_over (page->chat))
    gtk_window_set_focus (get_window (page), GTK_WIDGET (page->ended_text));
  else if (g_strcmp0 (child, "chat") == 0)
    claw_composer_focus (page->composer);
  else if (g_strcmp0 (child, "failure") == 0)
    claw_failure_page_focus (page->failure_page);
  else
    gtk_widget_child_focus (gtk_stack_get_visible_child (page->stack), GTK_DIR_TAB_FORWARD);
}

void
claw_chat_page_set_header (ClawChatPage *page, gboolean has_start_buttons, gboolean has_back_button)
{
  g_return_if_fail (CLAW_IS_CHAT_PAGE (page));
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (page->header), has_start_buttons);
  gtk_widget_set_visible (page->back, has_back_button);
}

/* What the chat tells. */

static void
on_message (ClawChatPage *page, ClawMessage *message, gboolean is_own)
{
  if (is_own)
    claw_conversation_add_own (page->conversation, message);
  else
    claw_conversation_add_other (page->conversation, message);
}

static void
on_message_state (ClawChatPage *page, ClawMessage *message, unsigned state)
{
  claw_conversation_set_state (page->conversation, message, (ClawMessageState) state);
}

static void
add_notice (ClawChatPage *page, const char *format, const char *name)
{
  g_autoptr (GString) text = g_string_new (format);
  g_string_replace (text, "%s", name ? name : "", 1);
  claw_conversation_add_notice (page->conversation, text->str);
}

static void
on_joined (ClawChatPage *page, const char *name)
{
  add_notice (page, _ ("%s joined"), name);
}

static void
on_left (ClawChatPage *page, const char *name)
{
  add_notice (page, _ ("%s left"), name);
}

/* After a reconnection there is nothing to be told. */
static void
tell_name (ClawChatPage *page)
{
  const char *name = claw_client_get_name (page->client);
  if (g_strcmp0 (name, page->told_name) == 0)
    return;
  g_free (page->told_name);
  page->told_name = g_strdup (name);
  add_notice (page, _ ("You are here as %s"), name);
}

/* What follows tells the name too, and finds it told. */
static void
on_name_taken (ClawChatPage *page, const char *wish, const char *name)
{
  /* Translators: first the name that somebody else has, then the one that the server gave. */
  g_autofree char *text = g_strdup_printf (_ ("The name “%s” is taken. You are here as %s"), wish,
                                           name);
  g_free (page->told_name);
  page->told_name = g_strdup (name);
  claw_conversation_add_notice (page->conversation, text);
}

/* What was not delivered is gone from the history as well. */
static void
on_state (ClawChatPage *page)
{
  gboolean was_over = page->is_over;
  gboolean is_gone = claw_saved_chat_get_state (page->chat) == CLAW_CLIENT_COMPROMISED
                     || claw_saved_chat_is_about_compromise (
                         claw_saved_chat_get_error (page->chat));
  page->is_over = claw_chat_panic_is_over (page->chat);
  if (page->is_over || is_gone)
    g_clear_pointer (&page->told_name, g_free);
  if (page->is_over && !was_over)
    claw_page_history_reload (page->history);
  else if (is_gone && !page->is_over)
    {
      claw_conversation_clear (page->conversation);
      claw_composer_clear (page->composer);
    }
  update (page);
}

/* The compromised protocol. */

static void
on_compromised_confirmed (gboolean accepted, gboolean keeps_messages, gpointer user_data)
{
  ClawChatPage *page = user_data;
  if (accepted)
    claw_chat_panic_begin (page->chat, keeps_messages);
}

static void
ask_compromised (ClawChatPage *page)
{
  gboolean is_connected = claw_saved_chat_get_state (page->chat) == CLAW_CLIENT_CONNECTED;
  claw_compromise_question_ask (get_window (page), claw_saved_chat_get_title (page->chat),
                                is_connected ? CLAW_COMPROMISE_QUESTION_CONNECTED
                                             : CLAW_COMPROMISE_QUESTION_AWAY,
                                claw_chat_panic_may_keep (page->chat), on_compromised_confirmed,
                                g_object_ref (page), g_object_unref);
}

static void
on_submit (ClawChatPage *page, const char *text)
{
  g_autoptr (GError) error = NULL;
  if (g_str_equal (text, "/compromised") || g_str_has_prefix (text, "/compromised "))
    {
      claw_composer_clear (page->composer);
      ask_compromised (page);
      return;
    }
  g_autoptr (ClawMessage) message = claw_saved_chat_send (
      page->chat, claw_composer_get_reply (page->composer), text, &error);
  if (message)
    claw_composer_clear (page->composer);
  else
    claw_composer_show_error (page->composer, error->message);
}

/* Actions. */

static void
on_cancel (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawChatPage *page = user_data;
  if (claw_saved_chat_get_is_saved (page->chat))
    claw_saved_chat_disconnect (page->chat);
  else
    claw_chat_dialogs_forget_now (page->chats, page->chat);
}

static void
on_reconnect (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  claw_saved_chat_reconnect (CLAW_CHAT_PAGE (user_data)->chat);
}

static void
on_dismiss (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  claw_saved_chat_dismiss_keeping_error (CLAW_CHAT_PAGE (user_data)->chat);
}

static void
on_disconnect (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  claw_saved_chat_disconnect (CLAW_CHAT_PAGE (user_data)->chat);
}

static void
on_rename (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawChatPage *page = user_data;
  claw_chat_dialogs_rename (get_window (page), page->chat);
}

static void
on_forget (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawChatPage *page = user_data;
  claw_chat_dialogs_forget (get_window (page), page->chats, page->chat);
}

static void
on_erase_messages (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawChatPage *page = user_data;
  claw_chat_dialogs_erase_messages (get_window (page), page->chat);
}

static void
on_compromised (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ask_compromised (CLAW_CHAT_PAGE (user_data));
}

/* A mark that is taken back leaves the warning that was there before it. */
static void
on_verified (ClawDetails *details, GParamSpec *pspec, ClawChatPage *page)
{
  if (claw_details_get_verified (details))
    claw_chat_trust_set (page->chat, CLAW_CHAT_TRUST_VERIFIED);
  else
    claw_chat_trust_take_back (page->chat);
  update (page);
}

static void
on_details (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawChatPage *page = user_data;
  gboolean is_verified = claw_chat_trust_get (page->chat) == CLAW_CHAT_TRUST_VERIFIED;
  ClawDetails *details = claw_details_dialog_show (get_window (page), page->client);
  claw_details_set_verified (details, is_verified);
  g_signal_connect_object (details, "notify::verified", G_CALLBACK (on_verified), page, 0);
}

static void
on_latest (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  claw_conversation_scroll_to_end (CLAW_CHAT_PAGE (user_data)->conversation);
}

static void
on_search (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawChatPage *page = user_data;
  claw_search_bar_set_active (page->search_bar, TRUE);
}

static void
on_members (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawChatPage *page = user_data;
  if (gtk_widget_get_visible (GTK_WIDGET (page->members_button)))
    gtk_menu_button_popup (page->members_button);
}

static void
on_in_view (ClawChatPage *page)
{
  claw_conversation_set_attended (page->conversation, claw_saved_chat_get_is_in_view (page->chat));
}

static void
on_follows (ClawChatPage *page)
{
  claw_saved_chat_set_is_at_end (page->chat, claw_conversation_get_follows (page->conversation));
}

static void
add_actions (ClawChatPage *page)
{
  static const GActionEntry entries[] = {
    { "cancel", on_cancel, NULL, NULL, NULL, { 0 } },
    { "reconnect", on_reconnect, NULL, NULL, NULL, { 0 } },
    { "dismiss", on_dismiss, NULL, NULL, NULL, { 0 } },
    { "disconnect", on_disconnect, NULL, NULL, NULL, { 0 } },
    { "rename", on_rename, NULL, NULL, NULL, { 0 } },
    { "forget", on_forget, NULL, NULL, NULL, { 0 } },
    { "compromised", on_compromised, NULL, NULL, NULL, { 0 } },
    { "erase-messages", on_erase_messages, NULL, NULL, NULL, { 0 } },
    { "details", on_details, NULL, NULL, NULL, { 0 } },
    { "latest", on_latest, NULL, NULL, NULL, { 0 } },
    { "search", on_search, NULL, NULL, NULL, { 0 } },
    { "members", on_members, NULL, NULL, NULL, { 0 } },
  };
  page->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (page->actions), entries, G_N_ELEMENTS (entries),
                                   page);
  gtk_widget_insert_action_group (GTK_WIDGET (page), "page", G_ACTION_GROUP (page->actions));
}

/* The object. */

static void
claw_chat_page_dispose (GObject *object)
{
  ClawChatPage *page = CLAW_CHAT_PAGE (object);
  if (page->history)
    claw_search_bar_set_old_matches (page->search_bar, NULL);
  g_clear_pointer (&page->history, claw_page_history_free);
  if (page->client)
    g_signal_handlers_disconnect_by_data (page->client, page);
  if (page->chat)
    g_signal_handlers_disconnect_by_data (page->chat, page);
  /* The window may hold the group for a moment longer. */
  if (page->actions)
    {
      g_auto (GStrv) names = g_action_group_list_actions (G_ACTION_GROUP (page->actions));
      for (unsigned i = 0; names[i]; i++)
        g_action_map_remove_action (G_ACTION_MAP (page->actions), names[i]);
    }
  g_clear_object (&page->actions);
  g_clear_pointer (&page->told_name, g_free);
  g_clear_object (&page->client);
  g_clear_object (&page->chat);
  g_clear_object (&page->chats);
  G_OBJECT_CLASS (claw_chat_page_parent_class)->dispose (object);
}

static void
claw_chat_page_class_init (ClawChatPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_chat_page_dispose;
  g_type_ensure (CLAW_TYPE_BANNER_LAYOUT);
  g_type_ensure (CLAW_TYPE_CONNECTING_PAGE);
  g_type_ensure (CLAW_TYPE_FAILURE_PAGE);
  g_type_ensure (CLAW_TYPE_CONVERSATION);
  g_type_ensure (CLAW_TYPE_COMPOSER);
  g_type_ensure (CLAW_TYPE_MEMBERS_POPOVER);
  g_type_ensure (CLAW_TYPE_EXPORT_BAR);
  g_type_ensure (CLAW_TYPE_SEARCH_BAR);
  g_type_ensure (CLAW_TYPE_TYPING_LABEL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/chat-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, title);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, header);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, back);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, stack);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, connecting_page);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, failure_page);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, banner);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, banner_text);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, banner_button);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, notice);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, notice_text);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, notice_button);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, history_question);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, conversation);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, menu_button);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, members_button);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, members);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, search_bar);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, typing);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, composer);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, ended_bar);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, ended_text);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, export_bar);
  gtk_widget_class_bind_template_child (widget_class, ClawChatPage, toasts);
  gtk_widget_class_bind_template_callback (widget_class, claw_chat_page_focus);
  gtk_widget_class_bind_template_callback (widget_class, on_submit);
}

/* GTK leaves the focus in a submenu that was shown, where no key comes to anything. */
static void
on_menu_closed (ClawChatPage *page, GtkPopover *menu)
{
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (page));
  GtkWidget *focus = window ? gtk_root_get_focus (window) : NULL;
  if (window && (!focus || gtk_widget_is_ancestor (focus, GTK_WIDGET (menu))))
    claw_chat_page_focus (page);
}

static void
claw_chat_page_init (ClawChatPage *page)
{
  gtk_widget_init_template (GTK_WIDGET (page));
  g_signal_connect_swapped (gtk_menu_button_get_popover (page->menu_button), "closed",
                            G_CALLBACK (on_menu_closed), page);
  claw_failure_page_set_retry_action (page->failure_page, "page.reconnect");
  claw_search_bar_set_conversation (page->search_bar, page->conversation);
  add_actions (page);
}

static void
connect_talk (ClawChatPage *page)
{
  ClawTalkWidgets widgets = {
    .conversation = page->conversation,
    .composer = page->composer,
    .typing = page->typing,
    .members = page->members,
  };
  claw_talk_connect (page->client, &widgets);
  g_signal_connect_object (page->conversation, "retry", G_CALLBACK (on_retry), page,
                           G_CONNECT_SWAPPED);
  claw_edit_queued_connect (page->chat, page->conversation, page->composer);
}

static void
on_settings (ClawChatPage *page, GParamSpec *pspec, ClawSettings *settings)
{
  claw_composer_set_tells_typing (page->composer, claw_settings_get_send_typing (settings));
}

static void
connect_settings (ClawChatPage *page)
{
  GApplication *application = g_application_get_default ();
  ClawSettings *settings = claw_application_get_settings (CLAW_APPLICATION (application));
  g_signal_connect_object (settings, "notify::send-typing", G_CALLBACK (on_settings), page,
                           G_CONNECT_SWAPPED);
  on_settings (page, NULL, settings);
}

static void
connect_chat (ClawChatPage *page)
{
  static const char *const names[] = { "notify::title", "notify::status", "notify::is-saved",
                                       "notify::is-opening", "notify::keeping-error" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect_swapped (page->chat, names[i], G_CALLBACK (update), page);
  g_signal_connect_swapped (page->chat, "notify::state", G_CALLBACK (on_state), page);
  g_signal_connect_swapped (page->chat, "notify::error", G_CALLBACK (on_state), page);
  g_signal_connect_swapped (page->chat, "notify::is-in-view", G_CALLBACK (on_in_view), page);
  g_signal_connect_swapped (page->chat, "message", G_CALLBACK (on_message), page);
  g_signal_connect_swapped (page->client, "message-state", G_CALLBACK (on_message_state), page);
  g_signal_connect_swapped (page->client, "welcome", G_CALLBACK (tell_name), page);
  g_signal_connect_swapped (page->client, "renamed", G_CALLBACK (tell_name), page);
  g_signal_connect_swapped (page->client, "name-taken", G_CALLBACK (on_name_taken), page);
  g_signal_connect_swapped (page->client, "joined", G_CALLBACK (on_joined), page);
  g_signal_connect_swapped (page->client, "left", G_CALLBACK (on_left), page);
  g_object_bind_property (page->chat, "draft", page->composer, "text",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

GtkWidget *
claw_chat_page_new (ClawSavedChats *chats, ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats) && CLAW_IS_SAVED_CHAT (chat), NULL);
  ClawChatPage *page = g_object_new (CLAW_TYPE_CHAT_PAGE, NULL);
  page->chats = g_object_ref (chats);
  page->chat = g_object_ref (chat);
  page->client = g_object_ref (claw_saved_chat_get_client (chat));
  connect_chat (page);
  connect_talk (page);
  connect_settings (page);
  on_in_view (page);
  g_signal_connect_object (page->conversation, "follows-changed", G_CALLBACK (on_follows), page,
                           G_CONNECT_SWAPPED);
  claw_status_ticker_follow (GTK_WIDGET (page->title), "subtitle", page->client);
  page->history = claw_page_history_new (GTK_WIDGET (page), chat, page->conversation, page->actions,
                                         page->history_question);
  claw_search_bar_set_old_matches (page->search_bar, claw_page_history_get_matches (page->history));
  claw_export_bar_set_chat (page->export_bar, chat, page->actions, page->toasts);
  page->is_over = claw_chat_panic_is_over (chat);
  update (page);
  return GTK_WIDGET (page);
}

ClawSavedChat *
claw_chat_page_get_chat (ClawChatPage *page)
{
  g_return_val_if_fail (CLAW_IS_CHAT_PAGE (page), NULL);
  return page->chat;
}

GActionGroup *
claw_chat_page_get_actions (ClawChatPage *page)
{
  g_return_val_if_fail (CLAW_IS_CHAT_PAGE (page), NULL);
  return G_ACTION_GROUP (page->actions);
}

unsigned
claw_chat_page_count_pending (ClawChatPage *page)
{
  g_return_val_if_fail (CLAW_IS_CHAT_PAGE (page), 0);
  return claw_conversation_count_pending (page->conversation);
}
