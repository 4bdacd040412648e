/* claw-sidebar.c: see claw-sidebar.h.
 *
 * A click is recognised at the row, since the list view's own activation by one click would select
 * whatever the pointer passes.
 */
#include "claw-sidebar.h"

#include "claw-chat-commands.h"
#include "claw-chat-row.h"
#include "claw-midnight.h"

struct _ClawSidebar
{
  AdwBin parent_instance;

  GtkSingleSelection *selection; /* (nullable): before there are chats */
  gboolean is_selecting;         /* by the program */
  ClawSavedChat *menu_chat;      /* (nullable): whose menu is open, or was */
  GtkWidget *menu;
  ClawMidnight *midnight;

  GtkWidget *header;
  GtkListView *list;
  GMenuModel *chat_menu;
};

enum
{
  SIGNAL_SELECTED,
  SIGNAL_ACTIVATED,
  SIGNAL_COMMAND,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawSidebar, claw_sidebar, ADW_TYPE_BIN)

/* Selection. */

static void
on_selected (ClawSidebar *sidebar)
{
  ClawSavedChat *chat = gtk_single_selection_get_selected_item (sidebar->selection);
  if (chat && !sidebar->is_selecting)
    g_signal_emit (sidebar, signals[SIGNAL_SELECTED], 0, chat);
}

static void
on_activate (GtkListView *list, unsigned position, ClawSidebar *sidebar)
{
  g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (sidebar->selection),
                                                          position);
  if (chat)
    g_signal_emit (sidebar, signals[SIGNAL_ACTIVATED], 0, chat);
}

void
claw_sidebar_select (ClawSidebar *sidebar, ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SIDEBAR (sidebar) && sidebar->selection != NULL);
  GListModel *model = G_LIST_MODEL (sidebar->selection);
  unsigned position = GTK_INVALID_LIST_POSITION;
  for (unsigned i = 0; chat && i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ClawSavedChat) other = g_list_model_get_item (model, i);
      if (other == chat)
        position = i;
    }
  sidebar->is_selecting = TRUE;
  gtk_single_selection_set_selected (sidebar->selection, position);
  sidebar->is_selecting = FALSE;
}

/* The menu of a chat. */

static void
show_menu (ClawSidebar *sidebar, ClawSavedChat *chat, GtkWidget *near, double x, double y)
{
  GdkRectangle rectangle = { 0, 0, 1, 1 };
  ClawChatCommands commands = claw_chat_commands_get (chat);
  GtkWidget *widget = GTK_WIDGET (sidebar);
  graphene_point_t point = GRAPHENE_POINT_INIT ((float) x, (float) y);
  if (gtk_widget_compute_point (near, GTK_WIDGET (sidebar), &point, &point))
    rectangle = (GdkRectangle){ (int) point.x, (int) point.y, 1, 1 };
  g_set_object (&sidebar->menu_chat, chat);
  gtk_widget_action_set_enabled (widget, "sidebar.rename", commands.rename);
  gtk_widget_action_set_enabled (widget, "sidebar.disconnect", commands.disconnect);
  gtk_widget_action_set_enabled (widget, "sidebar.reconnect", commands.reconnect);
  gtk_widget_action_set_enabled (widget, "sidebar.forget", commands.forget);
  gtk_popover_set_pointing_to (GTK_POPOVER (sidebar->menu), &rectangle);
  gtk_popover_popup (GTK_POPOVER (sidebar->menu));
}

static void
on_command (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ClawSidebar *sidebar = CLAW_SIDEBAR (widget);
  if (sidebar->menu_chat)
    g_signal_emit (sidebar, signals[SIGNAL_COMMAND], 0, strchr (action, '.') + 1,
                   sidebar->menu_chat);
}

/* By Shift+F10 or the Menu key: where the focus is. */
static gboolean
on_menu_key (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  ClawSidebar *sidebar = CLAW_SIDEBAR (widget);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  if (!focus || !gtk_widget_is_ancestor (focus, GTK_WIDGET (sidebar->list)))
    return FALSE;
  GtkWidget *row = gtk_widget_get_first_child (focus);
  if (!CLAW_IS_CHAT_ROW (row))
    return FALSE;
  ClawSavedChat *chat = claw_chat_row_get_chat (CLAW_CHAT_ROW (row));
  if (chat)
    show_menu (sidebar, chat, row, gtk_widget_get_width (row) / 2.0,
               gtk_widget_get_height (row) / 2.0);
  return chat != NULL;
}

/* Rows. */

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, ClawSidebar *sidebar)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (gesture));
  ClawSavedChat *chat = claw_chat_row_get_chat (CLAW_CHAT_ROW (row));
  if (!chat || !event || !gdk_event_triggers_context_menu (event))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  show_menu (sidebar, chat, row, x, y);
}

static void
on_long_pressed (GtkGesture *gesture, double x, double y, ClawSidebar *sidebar)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  ClawSavedChat *chat = claw_chat_row_get_chat (CLAW_CHAT_ROW (row));
  if (!chat)
    return;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  show_menu (sidebar, chat, row, x, y);
}

static void
on_released (GtkGestureClick *gesture, int n_press, double x, double y, ClawSidebar *sidebar)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  ClawSavedChat *chat = claw_chat_row_get_chat (CLAW_CHAT_ROW (row));
  if (chat && gtk_widget_contains (row, x, y))
    g_signal_emit (sidebar, signals[SIGNAL_ACTIVATED], 0, chat);
}

static void
on_setup (ClawSidebar *sidebar, GtkListItem *list_item)
{
  GtkWidget *row = claw_chat_row_new ();
  GtkGesture *menu = gtk_gesture_click_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *hold = gtk_gesture_long_press_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (menu), 0);
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (hold), TRUE);
  g_signal_connect (menu, "pressed", G_CALLBACK (on_pressed), sidebar);
  g_signal_connect (click, "released", G_CALLBACK (on_released), sidebar);
  g_signal_connect (hold, "pressed", G_CALLBACK (on_long_pressed), sidebar);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (menu));
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (hold));
  gtk_list_item_set_child (list_item, row);
}

static void
on_bind (ClawSidebar *sidebar, GtkListItem *list_item)
{
  claw_chat_row_set_chat (CLAW_CHAT_ROW (gtk_list_item_get_child (list_item)),
                          gtk_list_item_get_item (list_item));
}

static void
on_unbind (ClawSidebar *sidebar, GtkListItem *list_item)
{
  claw_chat_row_set_chat (CLAW_CHAT_ROW (gtk_list_item_get_child (list_item)), NULL);
}

/* The times of yesterday become dates. */

static void
on_midnight (gpointer user_data)
{
  ClawSidebar *sidebar = user_data;
  for (GtkWidget *item = gtk_widget_get_first_child (GTK_WIDGET (sidebar->list)); item;
       item = gtk_widget_get_next_sibling (item))
    if (CLAW_IS_CHAT_ROW (gtk_widget_get_first_child (item)))
      claw_chat_row_refresh (CLAW_CHAT_ROW (gtk_widget_get_first_child (item)));
}

/* The object. */

void
claw_sidebar_set_chats (ClawSidebar *sidebar, ClawSavedChats *chats)
{
  g_return_if_fail (CLAW_IS_SIDEBAR (sidebar) && sidebar->selection == NULL);
  sidebar->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (sidebar->selection, FALSE);
  gtk_single_selection_set_can_unselect (sidebar->selection, TRUE);
  gtk_single_selection_set_model (sidebar->selection, G_LIST_MODEL (chats));
  g_signal_connect_swapped (sidebar->selection, "notify::selected-item", G_CALLBACK (on_selected),
                            sidebar);
  gtk_list_view_set_model (sidebar->list, GTK_SELECTION_MODEL (sidebar->selection));
}

void
claw_sidebar_set_folded (ClawSidebar *sidebar, gboolean folded)
{
  g_return_if_fail (CLAW_IS_SIDEBAR (sidebar));
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (sidebar->header), folded);
}

void
claw_sidebar_focus (ClawSidebar *sidebar)
{
  g_return_if_fail (CLAW_IS_SIDEBAR (sidebar));
  gtk_widget_grab_focus (GTK_WIDGET (sidebar->list));
}

#if GTK_CHECK_VERSION(4, 12, 0)
/* Newer lists go to the row that had the focus last, however the selection has changed since. */
static gboolean
claw_sidebar_move_focus (GtkWidget *widget, GtkDirectionType direction)
{
  ClawSidebar *sidebar = CLAW_SIDEBAR (widget);
  GtkWidget *list = GTK_WIDGET (sidebar->list);
  gboolean was_inside = gtk_widget_get_focus_child (list) != NULL;
  gboolean is_moved = GTK_WIDGET_CLASS (claw_sidebar_parent_class)->focus (widget, direction);
  unsigned position = sidebar->selection ? gtk_single_selection_get_selected (sidebar->selection)
                                         : GTK_INVALID_LIST_POSITION;
  if (!was_inside && gtk_widget_get_focus_child (list) && position != GTK_INVALID_LIST_POSITION)
    gtk_list_view_scroll_to (sidebar->list, position, GTK_LIST_SCROLL_FOCUS, NULL);
  return is_moved;
}
#endif

static void
claw_sidebar_dispose (GObject *object)
{
  ClawSidebar *sidebar = CLAW_SIDEBAR (object);
  if (sidebar->selection)
    g_signal_handlers_disconnect_by_data (sidebar->selection, sidebar);
  g_clear_pointer (&sidebar->midnight, claw_midnight_free);
  g_clear_object (&sidebar->menu_chat);
  g_clear_object (&sidebar->selection);
  g_clear_pointer (&sidebar->menu, gtk_widget_unparent);
  G_OBJECT_CLASS (claw_sidebar_parent_class)->dispose (object);
}

static void
install_signals (GType type)
{
  signals[SIGNAL_SELECTED] = g_signal_new ("selected", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                           G_TYPE_NONE, 1, CLAW_TYPE_SAVED_CHAT);
  signals[SIGNAL_ACTIVATED] = g_signal_new ("activated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                            NULL, G_TYPE_NONE, 1, CLAW_TYPE_SAVED_CHAT);
  signals[SIGNAL_COMMAND] = g_signal_new ("command", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 2, G_TYPE_STRING, CLAW_TYPE_SAVED_CHAT);
}

static void
claw_sidebar_class_init (ClawSidebarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  static const char *const commands[] = { "sidebar.rename", "sidebar.disconnect",
                                          "sidebar.reconnect", "sidebar.forget" };
  G_OBJECT_CLASS (class)->dispose = claw_sidebar_dispose;
#if GTK_CHECK_VERSION(4, 12, 0)
  widget_class->focus = claw_sidebar_move_focus;
#endif
  install_signals (CLAW_TYPE_SIDEBAR);
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    gtk_widget_class_install_action (widget_class, commands[i], NULL, on_command);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, on_menu_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, on_menu_key, NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawSidebar, header);
  gtk_widget_class_bind_template_child (widget_class, ClawSidebar, list);
  gtk_widget_class_bind_template_child (widget_class, ClawSidebar, chat_menu);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
}

static void
claw_sidebar_init (ClawSidebar *sidebar)
{
  gtk_widget_init_template (GTK_WIDGET (sidebar));
  sidebar->menu = gtk_popover_menu_new_from_model (sidebar->chat_menu);
  gtk_popover_set_has_arrow (GTK_POPOVER (sidebar->menu), FALSE);
  gtk_widget_set_halign (sidebar->menu, GTK_ALIGN_START);
  gtk_widget_set_parent (sidebar->menu, GTK_WIDGET (sidebar));
  g_signal_connect (sidebar->list, "activate", G_CALLBACK (on_activate), sidebar);
  sidebar->midnight = claw_midnight_new (on_midnight, sidebar);
}
