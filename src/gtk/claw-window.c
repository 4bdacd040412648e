/* claw-window.c: see claw-window.h.
 *
 * claw_window_update () alone decides which page is shown, what the banner says and which actions
 * may be used, from the state of the client and of the opening; everything else tells it that
 * something changed.
 */
#include "claw-window-private.h"

#include "claw-compromise-question.h"
#include "claw-dialogs.h"

#include <glib/gi18n-lib.h>

G_DEFINE_FINAL_TYPE (ClawWindow, claw_window, ADW_TYPE_APPLICATION_WINDOW)

/* What is shown. */

static const char *
page_of (ClawWindow *window)
{
  ClawClientState state = claw_client_get_state (window->client);
  const GError *error = claw_client_get_error (window->client);
  switch (state)
    {
    case CLAW_CLIENT_CONNECTED:
    case CLAW_CLIENT_RECONNECTING:
      return "chat";
    case CLAW_CLIENT_KNOCKING:
      return "connecting";
    case CLAW_CLIENT_COMPROMISED:
      return error ? "failure" : "connecting";
    case CLAW_CLIENT_FAILED:
    case CLAW_CLIENT_IDLE:
      break;
    }
  if (claw_window_is_opening (window))
    return "connecting";
  if (state == CLAW_CLIENT_FAILED && window->has_chatted
      && !claw_failure_page_is_about_compromise (error))
    return "chat";
  return window->failure || state == CLAW_CLIENT_FAILED ? "failure" : "welcome";
}

static void
update_connecting_page (ClawWindow *window, gboolean is_shown)
{
  const char *server = claw_client_get_server_name (window->client);
  g_autofree char *text = NULL;
  gboolean is_telling = claw_client_get_state (window->client) == CLAW_CLIENT_COMPROMISED;
  adw_status_page_set_title (window->connecting_page,
                             is_telling ? _ ("Keys Erased") : _ ("Connecting"));
  gtk_widget_set_visible (window->cancel_button, !is_telling);
  if (is_telling)
    text = g_strdup_printf (_ ("Telling “%s”"), server ? server : "");
  else if (claw_client_get_state (window->client) == CLAW_CLIENT_KNOCKING && server)
    text = claw_client_is_offline (window->client)
               ? g_strdup (claw_client_get_status (window->client))
               : g_strdup_printf (_ ("Knocking at all addresses of “%s”"), server);
  else if (!window->opening.file)
    text = g_strdup (_ ("Looking for the last server"));
  else
    text = g_strdup_printf (_ ("Opening “%s”"), window->opening.name ? window->opening.name : "");
  g_autofree char *markup = g_markup_escape_text (text, -1);
  adw_status_page_set_description (window->connecting_page, markup);
  gtk_spinner_set_spinning (window->spinner, is_shown);
}

static void
set_banner (ClawWindow *window, const char *text, const char *button, const char *action)
{
  gtk_revealer_set_reveal_child (window->banner, text != NULL);
  if (!text)
    return;
  gtk_label_set_text (window->banner_text, text);
  gtk_button_set_label (window->banner_button, button);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (window->banner_button), action);
}

static void
update_banner (ClawWindow *window)
{
  const GError *error = claw_client_get_error (window->client);
  switch (claw_client_get_state (window->client))
    {
    case CLAW_CLIENT_RECONNECTING:
      set_banner (window,
                  error ? error->message
                        : _ ("Connection lost. What you write is sent once it is back."),
                  _ ("_Try Now"), "win.retry");
      return;
    case CLAW_CLIENT_FAILED:
      if (g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_REVOKED))
        set_banner (window, error->message, _ ("_Open Another File…"), "win.open");
      else
        set_banner (window, error ? error->message : "", _ ("_Connect Again"), "win.retry");
      return;
    case CLAW_CLIENT_IDLE:
    case CLAW_CLIENT_KNOCKING:
    case CLAW_CLIENT_CONNECTED:
    case CLAW_CLIENT_COMPROMISED:
      break;
    }
  set_banner (window, NULL, NULL, NULL);
}

static void
update_title (ClawWindow *window, gboolean is_chat)
{
  const char *server = claw_client_get_server_name (window->client);
  gboolean has_server = is_chat && server && *server;
  adw_window_title_set_title (window->title, has_server ? server : _ ("ClawChat"));
  adw_window_title_set_subtitle (window->title,
                                 is_chat ? claw_client_get_status (window->client) : "");
  gtk_window_set_title (GTK_WINDOW (window), has_server ? server : _ ("ClawChat"));
  if (is_chat)
    gtk_widget_remove_css_class (window->header, "flat");
  else
    gtk_widget_add_css_class (window->header, "flat");
}

static void
enable (ClawWindow *window, const char *action, gboolean enabled)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (window), action, enabled);
}

static void
update_actions (ClawWindow *window, const char *page)
{
  ClawClientState state = claw_client_get_state (window->client);
  gboolean is_live = state == CLAW_CLIENT_CONNECTED || state == CLAW_CLIENT_RECONNECTING;
  gboolean is_over = state == CLAW_CLIENT_COMPROMISED
                     || claw_failure_page_is_about_compromise (
                         claw_client_get_error (window->client));
  enable (window, "win.open", state != CLAW_CLIENT_COMPROMISED || g_str_equal (page, "failure"));
  enable (
      window, "win.compromised",
      !is_over
          && (is_live || state == CLAW_CLIENT_KNOCKING || claw_client_can_resume (window->client)));
  enable (window, "win.cancel",
          g_str_equal (page, "connecting") && state != CLAW_CLIENT_COMPROMISED);
  enable (window, "win.retry",
          window->failure || (state == CLAW_CLIENT_FAILED && !is_over)
              || state == CLAW_CLIENT_RECONNECTING);
  enable (window, "win.insist", window->failure != NULL);
  enable (window, "win.disconnect", is_live || g_str_equal (page, "chat"));
  enable (window, "win.details", is_live);
  enable (window, "win.latest", g_str_equal (page, "chat"));
}

static void
focus_page (ClawWindow *window, const char *page)
{
  if (g_str_equal (page, "chat"))
    claw_composer_focus (window->composer);
  else
    gtk_widget_child_focus (gtk_stack_get_visible_child (window->stack), GTK_DIR_TAB_FORWARD);
}

/* The stack keeps its other pages, but a screen reader must not find them. */
static void
show_page (ClawWindow *window, const char *page)
{
  gtk_stack_set_visible_child_name (window->stack, page);
  GtkWidget *shown = gtk_stack_get_visible_child (window->stack);
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (window->stack)); child;
       child = gtk_widget_get_next_sibling (child))
    gtk_accessible_update_state (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_STATE_HIDDEN,
                                 child != shown, -1);
}

void
claw_window_update (ClawWindow *window)
{
  if (!window->client)
    return;
  const char *page = page_of (window);
  gboolean is_new = g_strcmp0 (page, gtk_stack_get_visible_child_name (window->stack)) != 0;
  const GError *error = window->failure ? window->failure : claw_client_get_error (window->client);
  if (g_str_equal (page, "failure") && error)
    claw_failure_page_show (window->failure_page, error);
  update_connecting_page (window, g_str_equal (page, "connecting"));
  update_banner (window);
  update_title (window, g_str_equal (page, "chat"));
  update_actions (window, page);
  show_page (window, page);
  if (is_new)
    focus_page (window, page);
}

/* What the client tells. */

static void
on_message (ClawWindow *window, ClawMessage *message)
{
  claw_conversation_add_other (window->conversation, message);
}

static void
on_message_state (ClawWindow *window, ClawMessage *message, unsigned state)
{
  claw_conversation_set_state (window->conversation, message, (ClawMessageState) state);
}

static void
add_notice (ClawWindow *window, const char *format, const char *name)
{
  g_autoptr (GString) text = g_string_new (format);
  g_string_replace (text, "%s", name ? name : "", 1);
  claw_conversation_add_notice (window->conversation, text->str);
}

static void
on_joined (ClawWindow *window, const char *name)
{
  add_notice (window, _ ("%s joined"), name);
}

static void
on_left (ClawWindow *window, const char *name)
{
  add_notice (window, _ ("%s left"), name);
}

/* A server that is new to this window begins an empty conversation; after a reconnection there is
 * nothing to be told. */
static void
on_welcome (ClawWindow *window)
{
  const char *server = claw_client_get_server_name (window->client);
  if (window->shown_server && g_strcmp0 (server, window->shown_server) != 0)
    claw_conversation_clear (window->conversation);
  else if (window->shown_server)
    return;
  g_free (window->shown_server);
  window->shown_server = g_strdup (server ? server : "");
  add_notice (window, _ ("You are here as %s"), claw_client_get_name (window->client));
}

static void
forget_conversation (ClawWindow *window)
{
  claw_conversation_clear (window->conversation);
  claw_composer_clear (window->composer);
  g_clear_pointer (&window->shown_server, g_free);
  window->has_chatted = FALSE;
}

static void
on_state (ClawWindow *window)
{
  ClawClientState state = claw_client_get_state (window->client);
  if (state == CLAW_CLIENT_CONNECTED)
    window->has_chatted = TRUE;
  if (state == CLAW_CLIENT_COMPROMISED
      || claw_failure_page_is_about_compromise (claw_client_get_error (window->client)))
    forget_conversation (window);
  claw_window_update (window);
}

static void
on_compromised_confirmed (gboolean accepted, gpointer user_data)
{
  ClawWindow *window = user_data;
  if (!accepted)
    return;
  claw_window_clear_opening (window);
  g_clear_error (&window->failure);
  claw_client_compromise (window->client);
}

static void
ask_compromised (ClawWindow *window)
{
  gboolean is_connected = claw_client_get_state (window->client) == CLAW_CLIENT_CONNECTED;
  claw_compromise_question_ask (GTK_WINDOW (window), claw_client_get_server_name (window->client),
                                is_connected ? CLAW_COMPROMISE_QUESTION_CONNECTED
                                             : CLAW_COMPROMISE_QUESTION_AWAY,
                                on_compromised_confirmed, g_object_ref (window), g_object_unref);
}

static void
on_submit (ClawWindow *window, const char *text)
{
  g_autoptr (GError) error = NULL;
  if (g_str_equal (text, "/compromised") || g_str_has_prefix (text, "/compromised "))
    {
      claw_composer_clear (window->composer);
      ask_compromised (window);
      return;
    }
  g_autoptr (ClawMessage) message = claw_client_send (window->client, text, &error);
  if (!message)
    {
      claw_composer_show_error (window->composer, error->message);
      return;
    }
  claw_composer_clear (window->composer);
  claw_conversation_add_own (window->conversation, message);
}

/* Actions. */

static void
on_open (GtkWidget *widget, const char *action, GVariant *parameter)
{
  claw_window_choose_file (CLAW_WINDOW (widget));
}

static void
on_cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ClawWindow *window = CLAW_WINDOW (widget);
  claw_window_cancel_opening (window);
  claw_client_disconnect (window->client);
  claw_window_update (window);
}

static void
on_retry (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ClawWindow *window = CLAW_WINDOW (widget);
  if (window->failure)
    claw_window_open_again (window, CLAW_CLIENT_OPEN_DEFAULT);
  else
    claw_client_retry_now (window->client);
}

static void
on_insist (GtkWidget *widget, const char *action, GVariant *parameter)
{
  claw_window_open_again (CLAW_WINDOW (widget), CLAW_CLIENT_OPEN_IGNORE_TIME);
}

static void
on_disconnect (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ClawWindow *window = CLAW_WINDOW (widget);
  claw_client_disconnect (window->client);
  claw_window_update (window);
}

static void
on_compromised (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ask_compromised (CLAW_WINDOW (widget));
}

static void
ignore_answer (gboolean accepted, gpointer user_data)
{
}

static void
on_details (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ClawWindow *window = CLAW_WINDOW (widget);
  g_autofree char *text = claw_client_describe (window->client);
  ClawQuestion question = {
    .heading = _ ("Connection"),
    .body = text,
    .cancel = _ ("_Close"),
  };
  claw_dialogs_ask (GTK_WINDOW (window), &question, ignore_answer, NULL, NULL);
}

static void
on_latest (GtkWidget *widget, const char *action, GVariant *parameter)
{
  claw_conversation_scroll_to_end (CLAW_WINDOW (widget)->conversation);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
  ClawWindow *window = user_data;
  GSList *files = g_value_get_boxed (value);
  if (!files)
    return FALSE;
  if (files->next)
    {
      adw_toast_overlay_add_toast (window->toasts,
                                   adw_toast_new (_ ("One .sec file at a time, please")));
      return FALSE;
    }
  claw_window_open (window, files->data, NULL);
  return TRUE;
}

/* Closing. */

static void
on_close_confirmed (gboolean accepted, gpointer user_data)
{
  ClawWindow *window = user_data;
  if (!accepted)
    return;
  window->may_close = TRUE;
  gtk_window_close (GTK_WINDOW (window));
}

static gboolean
claw_window_close_request (GtkWindow *gtk_window)
{
  ClawWindow *window = CLAW_WINDOW (gtk_window);
  unsigned n = claw_conversation_count_pending (window->conversation);
  if (n == 0 || window->may_close)
    return GTK_WINDOW_CLASS (claw_window_parent_class)->close_request (gtk_window);
  g_autofree char *body = g_strdup_printf (
      ngettext ("%u message is not delivered yet and will be lost.",
                "%u messages are not delivered yet and will be lost.", n),
      n);
  ClawQuestion question = {
    .heading = _ ("Close All the Same?"),
    .body = body,
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Close"),
    .is_destructive = TRUE,
  };
  claw_dialogs_ask (gtk_window, &question, on_close_confirmed, g_object_ref (window),
                    g_object_unref);
  return GDK_EVENT_STOP;
}

/* The object. */

static void
claw_window_dispose (GObject *object)
{
  ClawWindow *window = CLAW_WINDOW (object);
  claw_window_clear_opening (window);
  if (window->client)
    {
      g_signal_handlers_disconnect_by_data (window->client, window);
      claw_client_shutdown (window->client);
    }
  g_clear_object (&window->client);
  g_clear_error (&window->failure);
  g_clear_pointer (&window->shown_server, g_free);
  G_OBJECT_CLASS (claw_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, title);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, header);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, content);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, connecting_page);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, failure_page);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, banner_text);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, banner_button);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, conversation);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, composer);
  gtk_widget_class_bind_template_callback (widget_class, on_submit);
}

static void
claw_window_class_init (ClawWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_window_dispose;
  GTK_WINDOW_CLASS (class)->close_request = claw_window_close_request;
  gtk_widget_class_install_action (widget_class, "win.open", NULL, on_open);
  gtk_widget_class_install_action (widget_class, "win.cancel", NULL, on_cancel);
  gtk_widget_class_install_action (widget_class, "win.retry", NULL, on_retry);
  gtk_widget_class_install_action (widget_class, "win.insist", NULL, on_insist);
  gtk_widget_class_install_action (widget_class, "win.disconnect", NULL, on_disconnect);
  gtk_widget_class_install_action (widget_class, "win.compromised", NULL, on_compromised);
  gtk_widget_class_install_action (widget_class, "win.details", NULL, on_details);
  gtk_widget_class_install_action (widget_class, "win.latest", NULL, on_latest);
  g_type_ensure (CLAW_TYPE_FAILURE_PAGE);
  g_type_ensure (CLAW_TYPE_CONVERSATION);
  g_type_ensure (CLAW_TYPE_COMPOSER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/clawchat/ClawChat/ui/window.ui");
  bind_children (widget_class);
}

static void
claw_window_init (ClawWindow *window)
{
  gtk_widget_init_template (GTK_WIDGET (window));
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  /* Ahead of the entry, which would take the file's name as text. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drop), GTK_PHASE_CAPTURE);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), window);
  gtk_widget_add_controller (window->content, GTK_EVENT_CONTROLLER (drop));
}

static void
connect_client (ClawWindow *window)
{
  ClawClient *client = window->client;
  g_signal_connect_swapped (client, "notify::state", G_CALLBACK (on_state), window);
  g_signal_connect_swapped (client, "notify::error", G_CALLBACK (claw_window_update), window);
  g_signal_connect_swapped (client, "notify::status", G_CALLBACK (claw_window_update), window);
  g_signal_connect_swapped (client, "notify::server-name", G_CALLBACK (claw_window_update), window);
  g_signal_connect_swapped (client, "message", G_CALLBACK (on_message), window);
  g_signal_connect_swapped (client, "message-state", G_CALLBACK (on_message_state), window);
  g_signal_connect_swapped (client, "welcome", G_CALLBACK (on_welcome), window);
  g_signal_connect_swapped (client, "joined", G_CALLBACK (on_joined), window);
  g_signal_connect_swapped (client, "left", G_CALLBACK (on_left), window);
}

ClawWindow *
claw_window_new (AdwApplication *application,
                 const char *name,
                 int timeout_s,
                 gboolean nat_detection)
{
  ClawWindow *window = g_object_new (CLAW_TYPE_WINDOW, "application", application, NULL);
  window->client = claw_client_new (NULL, name, timeout_s);
  claw_client_watch_network (window->client, g_network_monitor_get_default ());
  claw_client_set_nat_detection (window->client, nat_detection);
  connect_client (window);
  claw_window_update (window);
  return window;
}
