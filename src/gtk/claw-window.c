/* claw-window.c: see claw-window.h.
 *
 * claw_window_update () alone decides which page is shown and how the headers fit, from the chat in
 * view, the opening and the room that there is; everything else tells it that something changed.
 */
#include "claw-window-private.h"

#include "claw-chat-dialogs.h"
#include "claw-chat-page.h"
#include "claw-dialogs.h"
#include "claw-stack.h"

#include <glib/gi18n-lib.h>

enum
{
  SIGNAL_STAYS,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawWindow, claw_window, ADW_TYPE_APPLICATION_WINDOW)

static unsigned
count_chats (ClawWindow *window)
{
  return g_list_model_get_n_items (G_LIST_MODEL (window->chats));
}

/* Returns: (transfer none) (nullable) */
static ClawChatPage *
page_in_view (ClawWindow *window)
{
  return window->chat ? g_hash_table_lookup (window->pages, window->chat) : NULL;
}

void
claw_window_toast (ClawWindow *window, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);
  adw_toast_overlay_add_toast (window->toasts, adw_toast_new (markup));
}

/* What is shown. */

static void
update_start (ClawWindow *window)
{
  gboolean is_opening = window->is_opening_in_view && claw_window_is_opening (window);
  const char *child = "welcome";
  if (is_opening)
    child = "opening";
  else if (window->is_opening_in_view && window->opening.failure)
    child = "failure";
  if (is_opening)
    {
      g_autofree char *text = g_strdup_printf (_ ("Opening “%s”"), window->opening.name);
      claw_connecting_page_show (window->opening_page, _ ("Connecting"), text, "win.cancel");
    }
  if (window->opening.failure)
    claw_failure_page_show (window->failure_page, window->opening.failure);
  claw_connecting_page_set_is_active (window->opening_page, is_opening);
  gtk_stack_set_visible_child_name (window->start_stack, child);
}

static void
update_headers (ClawWindow *window)
{
  gboolean folded = claw_split_get_folded (window->split);
  gboolean has_back = claw_split_get_needs_back_button (window->split);
  GHashTableIter iter;
  gpointer page = NULL;
  g_hash_table_iter_init (&iter, window->pages);
  while (g_hash_table_iter_next (&iter, NULL, &page))
    claw_chat_page_set_header (page, folded, has_back);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (window->start_header), folded);
  gtk_widget_set_visible (window->start_back, has_back);
  /* The sidebar has the menu when there is one. */
  gtk_widget_set_visible (window->start_menu, count_chats (window) == 0);
  gtk_menu_button_set_primary (GTK_MENU_BUTTON (window->start_menu), count_chats (window) == 0);
  claw_sidebar_set_folded (window->sidebar, folded);
}

static void
update_is_in_view (ClawWindow *window)
{
  /* A window that is hidden need not hear that it is not active any more. */
  gboolean is_seen = gtk_window_is_active (GTK_WINDOW (window))
                     && gtk_widget_get_visible (GTK_WIDGET (window)) && !window->is_opening_in_view
                     && claw_split_get_shows_content (window->split);
  GHashTableIter iter;
  gpointer chat = NULL;
  if (!window->pages)
    return;
  g_hash_table_iter_init (&iter, window->pages);
  while (g_hash_table_iter_next (&iter, &chat, NULL))
    claw_saved_chat_set_is_in_view (chat, is_seen && chat == window->chat);
}

static void
update_title (ClawWindow *window)
{
  const char *title = page_in_view (window) && !window->is_opening_in_view
                          ? claw_saved_chat_get_title (window->chat)
                          : _ ("ClawChat");
  gtk_window_set_title (GTK_WINDOW (window), title);
  claw_split_set_content_title (window->split, title);
}

static void
update_actions (ClawWindow *window)
{
  GtkWidget *widget = GTK_WIDGET (window);
  gboolean is_alone = claw_split_get_has_sidebar (window->split)
                      && claw_split_get_folded (window->split);
  gtk_widget_action_set_enabled (widget, "win.cancel", claw_window_is_opening (window));
  gtk_widget_action_set_enabled (widget, "win.retry", window->opening.failure != NULL);
  gtk_widget_action_set_enabled (widget, "win.insist", window->opening.failure != NULL);
  gtk_widget_action_set_enabled (widget, "win.next-chat", count_chats (window) > 0);
  gtk_widget_action_set_enabled (widget, "win.previous-chat", count_chats (window) > 0);
  gtk_widget_action_set_enabled (widget, "win.back",
                                 is_alone && claw_split_get_shows_content (window->split));
}

static void
focus_start (ClawWindow *window)
{
  GtkWidget *start = gtk_stack_get_visible_child (window->start_stack);
  if (start == GTK_WIDGET (window->failure_page))
    claw_failure_page_focus (window->failure_page);
  else
    gtk_widget_child_focus (start, GTK_DIR_TAB_FORWARD);
}

void
claw_window_update (ClawWindow *window)
{
  if (!window->chats || !window->split)
    return;
  ClawChatPage *page = window->is_opening_in_view ? NULL : page_in_view (window);
  GtkWidget *before = gtk_stack_get_visible_child (window->stack);
  /* Alone, the list is a place to choose from, with nothing chosen. */
  gboolean is_list_alone = !claw_split_get_shows_content (window->split);
  claw_split_set_has_sidebar (window->split, count_chats (window) > 0);
  update_start (window);
  if (page)
    gtk_stack_set_visible_child (window->stack, GTK_WIDGET (page));
  else
    gtk_stack_set_visible_child_name (window->stack, "start");
  claw_sidebar_select (window->sidebar, page && !is_list_alone ? window->chat : NULL);
  /* A key is not to reach the chat that was in view before. */
  gtk_widget_insert_action_group (GTK_WIDGET (window), "page",
                                  page && !is_list_alone ? claw_chat_page_get_actions (page)
                                                         : NULL);
  claw_stack_hide_others (window->stack);
  claw_stack_hide_others (window->start_stack);
  update_headers (window);
  update_is_in_view (window);
  update_title (window);
  update_actions (window);
  if (!page && before != gtk_stack_get_visible_child (window->stack))
    focus_start (window);
}

static void
set_chat (ClawWindow *window, ClawSavedChat *chat)
{
  if (window->chat)
    g_signal_handlers_disconnect_by_func (window->chat, update_title, window);
  g_set_object (&window->chat, chat);
  if (chat)
    g_signal_connect_swapped (chat, "notify::title", G_CALLBACK (update_title), window);
}

/* Without the focus, which stays where it is. */
static void
view_chat (ClawWindow *window, ClawSavedChat *chat)
{
  set_chat (window, chat);
  window->is_opening_in_view = FALSE;
  if (!claw_window_is_opening (window))
    g_clear_error (&window->opening.failure);
  claw_split_set_shows_content (window->split, TRUE);
  claw_window_update (window);
}

void
claw_window_show_chat (ClawWindow *window, ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_WINDOW (window) && CLAW_IS_SAVED_CHAT (chat));
  view_chat (window, chat);
  if (page_in_view (window))
    claw_chat_page_focus (page_in_view (window));
}

/* What the sidebar tells. */

static void
on_selected (ClawWindow *window, ClawSavedChat *chat)
{
  if (!claw_split_get_folded (window->split))
    view_chat (window, chat);
}

static void
on_activated (ClawWindow *window, ClawSavedChat *chat)
{
  claw_window_show_chat (window, chat);
}

static void
on_command (ClawWindow *window, const char *command, ClawSavedChat *chat)
{
  if (g_str_equal (command, "rename"))
    claw_chat_dialogs_rename (GTK_WINDOW (window), chat);
  else if (g_str_equal (command, "disconnect"))
    claw_saved_chat_disconnect (chat);
  else if (g_str_equal (command, "reconnect"))
    claw_saved_chat_reconnect (chat);
  else if (!claw_saved_chat_get_is_saved (chat))
    claw_chat_dialogs_forget_now (window->chats, chat);
  else
    claw_chat_dialogs_forget (GTK_WINDOW (window), window->chats, chat);
}

/* The chats that there are. */

static void
add_page (ClawWindow *window, ClawSavedChat *chat)
{
  if (g_hash_table_contains (window->pages, chat))
    return;
  GtkWidget *page = claw_chat_page_new (window->chats, chat);
  gtk_stack_add_named (window->stack, page, claw_saved_chat_get_id (chat));
  g_hash_table_insert (window->pages, g_object_ref (chat), page);
}

/* Those of chats that are gone. Returns: whether the one in view was among them. */
static gboolean
remove_pages (ClawWindow *window, GHashTable *present)
{
  GHashTableIter iter;
  gpointer chat = NULL;
  gpointer page = NULL;
  gboolean was_in_view = FALSE;
  g_hash_table_iter_init (&iter, window->pages);
  while (g_hash_table_iter_next (&iter, &chat, &page))
    {
      if (g_hash_table_contains (present, chat))
        continue;
      if (chat == window->chat)
        {
          was_in_view = TRUE;
          gtk_widget_insert_action_group (GTK_WIDGET (window), "page", NULL);
          set_chat (window, NULL);
        }
      gtk_stack_remove (window->stack, page);
      g_hash_table_iter_remove (&iter);
    }
  return was_in_view;
}

/* The chat in view is gone, and the focus with it. */
static void
focus_next (ClawWindow *window)
{
  claw_split_set_shows_content (window->split,
                                count_chats (window) == 0 || window->is_opening_in_view);
  if (window->is_opening_in_view)
    return;
  if (claw_split_get_folded (window->split) && count_chats (window) > 0)
    claw_sidebar_focus (window->sidebar);
  else
    claw_window_focus (window);
}

static void
on_chats_changed (ClawWindow *window)
{
  g_autoptr (GHashTable) present = g_hash_table_new (NULL, NULL);
  g_autoptr (ClawSavedChat) first = g_list_model_get_item (G_LIST_MODEL (window->chats), 0);
  for (unsigned i = 0; i < count_chats (window); i++)
    {
      g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (window->chats), i);
      g_hash_table_add (present, chat);
      add_page (window, chat);
    }
  gboolean was_in_view = remove_pages (window, present);
  if (!window->chat && first)
    set_chat (window, first);
  claw_window_update (window);
  if (was_in_view)
    focus_next (window);
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
  claw_window_clear_opening (CLAW_WINDOW (widget));
  claw_window_update (CLAW_WINDOW (widget));
}

static void
on_retry (GtkWidget *widget, const char *action, GVariant *parameter)
{
  claw_window_open_again (CLAW_WINDOW (widget), CLAW_CLIENT_OPEN_DEFAULT);
}

static void
on_insist (GtkWidget *widget, const char *action, GVariant *parameter)
{
  claw_window_open_again (CLAW_WINDOW (widget), CLAW_CLIENT_OPEN_IGNORE_TIME);
}

static void
on_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ClawWindow *window = CLAW_WINDOW (widget);
  claw_split_set_shows_content (window->split, FALSE);
  claw_sidebar_focus (window->sidebar);
}

static void
go (ClawWindow *window, int step)
{
  int n = (int) count_chats (window);
  int position = -1;
  for (int i = 0; i < n; i++)
    {
      g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (window->chats),
                                                              (unsigned) i);
      if (chat == window->chat)
        position = i;
    }
  g_autoptr (ClawSavedChat) next = g_list_model_get_item (
      G_LIST_MODEL (window->chats), (unsigned) (position < 0 ? 0 : (position + step + n) % n));
  if (next)
    claw_window_show_chat (window, next);
}

static void
on_next_chat (GtkWidget *widget, const char *action, GVariant *parameter)
{
  go (CLAW_WINDOW (widget), 1);
}

static void
on_previous_chat (GtkWidget *widget, const char *action, GVariant *parameter)
{
  go (CLAW_WINDOW (widget), -1);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
  GSList *files = g_value_get_boxed (value);
  for (GSList *file = files; file; file = file->next)
    claw_window_open (user_data, file->data, NULL);
  return files != NULL;
}

/* Closing. */

/* Messages that would go with the program; others are sent by the next one. */
static unsigned
count_lost (ClawWindow *window)
{
  unsigned n = 0;
  GHashTableIter iter;
  gpointer chat = NULL;
  gpointer page = NULL;
  g_hash_table_iter_init (&iter, window->pages);
  while (g_hash_table_iter_next (&iter, &chat, &page))
    if (!claw_saved_chats_keeps_queued (window->chats, chat))
      n += claw_chat_page_count_pending (page);
  return n;
}

static void
on_close_confirmed (gboolean accepted, gpointer user_data)
{
  ClawWindow *window = user_data;
  if (!accepted)
    {
      g_signal_emit (window, signals[SIGNAL_STAYS], 0);
      return;
    }
  window->may_close = TRUE;
  gtk_window_close (GTK_WINDOW (window));
}

static gboolean
claw_window_close_request (GtkWindow *gtk_window)
{
  ClawWindow *window = CLAW_WINDOW (gtk_window);
  unsigned n = count_lost (window);
  /* Hidden, it loses nothing. */
  if (n == 0 || window->may_close || gtk_window_get_hide_on_close (gtk_window))
    return GTK_WINDOW_CLASS (claw_window_parent_class)->close_request (gtk_window);
  /* It may be hidden, and nobody could answer. */
  gtk_window_present (gtk_window);
  g_autofree char *body = g_strdup_printf (
      ngettext ("%u message is not delivered yet and will be lost.",
                "%u messages are not delivered yet and will be lost.", n),
      n);
  ClawQuestion question = {
    .heading = _ ("Close All the Same?"),
    .body = body,
    .cancel = _ ("_Cancel"),
    .accept = _ ("C_lose"),
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
  if (window->split)
    g_signal_handlers_disconnect_by_data (window->split, window);
  if (window->chats)
    g_signal_handlers_disconnect_by_data (window->chats, window);
  set_chat (window, NULL);
  if (window->split)
    update_is_in_view (window);
  g_clear_pointer (&window->pages, g_hash_table_unref);
  g_clear_object (&window->chats);
  window->split = NULL;
  G_OBJECT_CLASS (claw_window_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/org/clawchat/ClawChat/ui/window.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, split);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, start_header);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, start_back);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, start_menu);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, start_stack);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, opening_page);
  gtk_widget_class_bind_template_child (widget_class, ClawWindow, failure_page);
  gtk_widget_class_bind_template_callback (widget_class, on_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_command);
}

static void
claw_window_class_init (ClawWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_window_dispose;
  GTK_WINDOW_CLASS (class)->close_request = claw_window_close_request;
  signals[SIGNAL_STAYS] = g_signal_new ("stays", CLAW_TYPE_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 0);
  gtk_widget_class_install_action (widget_class, "win.open", NULL, on_open);
  gtk_widget_class_install_action (widget_class, "win.cancel", NULL, on_cancel);
  gtk_widget_class_install_action (widget_class, "win.retry", NULL, on_retry);
  gtk_widget_class_install_action (widget_class, "win.insist", NULL, on_insist);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, on_back);
  gtk_widget_class_install_action (widget_class, "win.next-chat", NULL, on_next_chat);
  gtk_widget_class_install_action (widget_class, "win.previous-chat", NULL, on_previous_chat);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "win.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "win.back", NULL);
  g_type_ensure (CLAW_TYPE_SPLIT);
  g_type_ensure (CLAW_TYPE_SIDEBAR);
  g_type_ensure (CLAW_TYPE_CONNECTING_PAGE);
  g_type_ensure (CLAW_TYPE_FAILURE_PAGE);
  bind_template (widget_class);
}

static void
claw_window_init (ClawWindow *window)
{
  g_queue_init (&window->opening.waiting);
  window->pages = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  gtk_widget_init_template (GTK_WIDGET (window));
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  /* Ahead of the entry, which would take the file's name as text. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drop), GTK_PHASE_CAPTURE);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), window);
  gtk_widget_add_controller (GTK_WIDGET (window->toasts), GTK_EVENT_CONTROLLER (drop));
}

ClawWindow *
claw_window_new (AdwApplication *application, ClawSavedChats *chats)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHATS (chats), NULL);
  ClawWindow *window = g_object_new (CLAW_TYPE_WINDOW, "application", application, NULL);
  window->chats = g_object_ref (chats);
  claw_sidebar_set_chats (window->sidebar, chats);
  g_signal_connect_swapped (chats, "items-changed", G_CALLBACK (on_chats_changed), window);
  g_signal_connect_swapped (window->split, "notify::folded", G_CALLBACK (claw_window_update),
                            window);
  g_signal_connect_swapped (window->split, "notify::shows-content", G_CALLBACK (claw_window_update),
                            window);
  g_signal_connect_swapped (window, "notify::is-active", G_CALLBACK (update_is_in_view), window);
  g_signal_connect_swapped (window, "notify::visible", G_CALLBACK (update_is_in_view), window);
  on_chats_changed (window);
  claw_window_focus (window);
  return window;
}

void
claw_window_focus (ClawWindow *window)
{
  g_return_if_fail (CLAW_IS_WINDOW (window));
  if (page_in_view (window))
    claw_chat_page_focus (page_in_view (window));
}
