/* claw-message-row.c: see claw-message-row.h.
 *
 * What few messages have (a quotation, the button to send again) is made when it is first needed:
 * the list makes some hundred rows, and keeps them.
 */
#include "claw-message-row.h"

#include "claw-links.h"
#include "claw-message-layout.h"
#include "claw-time-text.h"

#include <glib/gi18n-lib.h>

struct _ClawMessageRow
{
  GtkWidget parent_instance;

  ClawMessageItem *item;   /* (nullable) */
  ClawMessageItem *quoted; /* (nullable) */
  char *folded;            /* (nullable) */
  gboolean can_cancel;
  gboolean offers_retry; /* these actions are enabled */
  gboolean offers_cancel;
  gboolean offers_edit;
  GtkWidget *menu; /* (nullable): while it is open */

  GtkLabel *notice;
  AdwAvatar *avatar;
  GtkLabel *sender;
  GtkWidget *bubble;
  GtkLabel *text;
  GtkWidget *footer;
  GtkLabel *time;
  GtkImage *state;
  GtkWidget *quote; /* (nullable) */
  GtkLabel *quote_sender;
  GtkLabel *quote_text;
  GtkWidget *retry; /* (nullable) */
};

enum
{
  SIGNAL_COMMAND,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

/* No bubble is narrower while it has so much text. Without it GTK lays each text out once with a
 * letter a line, only to know its least width. */
#define LEAST_WIDTH_CHARS 16

G_DEFINE_FINAL_TYPE (ClawMessageRow, claw_message_row, GTK_TYPE_WIDGET)

static const char *
state_icon (ClawMessageItem *item)
{
  if (claw_message_item_is_failed (item))
    return "dialog-warning-symbolic";
  switch (claw_message_item_get_state (item))
    {
    case CLAW_MESSAGE_QUEUED:
      return "claw-queued-symbolic";
    case CLAW_MESSAGE_SENT:
      return "claw-sent-symbolic";
    case CLAW_MESSAGE_DELIVERED:
      break;
    }
  return "claw-delivered-symbolic";
}

static const char *
state_text (ClawMessageItem *item)
{
  if (claw_message_item_is_failed (item))
    return _ ("Not sent");
  switch (claw_message_item_get_state (item))
    {
    case CLAW_MESSAGE_QUEUED:
      return _ ("Queued");
    case CLAW_MESSAGE_SENT:
      return _ ("Sent");
    case CLAW_MESSAGE_DELIVERED:
      break;
    }
  return _ ("Delivered");
}

static const char *
get_sender_name (ClawMessageItem *item)
{
  const char *sender = claw_message_item_get_sender (item);
  return sender && *sender ? sender : _ ("Unknown");
}

static ClawMessageLayout *
get_layout (ClawMessageRow *row)
{
  return CLAW_MESSAGE_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (row)));
}

static void
set_class (GtkWidget *widget, const char *name, gboolean is_set)
{
  if (is_set)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static void
name_row (ClawMessageRow *row)
{
  g_autofree char *name = NULL;
  if (!claw_message_item_is_message (row->item))
    name = g_strdup (gtk_label_get_text (row->notice));
  else if (claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_OWN)
    /* Translators: what a screen reader says of our own message: time and state. */
    name = g_strdup_printf (_ ("You, %s, %s"), gtk_label_get_text (row->time),
                            state_text (row->item));
  else
    /* Translators: what a screen reader says of a message: sender and time. */
    name = g_strdup_printf (_ ("%s, %s"), get_sender_name (row->item),
                            gtk_label_get_text (row->time));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* What can be done with it. */

static void
command (ClawMessageRow *row, ClawMessageCommand which)
{
  if (row->item)
    g_signal_emit (row, signals[SIGNAL_COMMAND], 0, (unsigned) which);
}

static void
on_reply (GtkWidget *widget, const char *action, GVariant *parameter)
{
  command (CLAW_MESSAGE_ROW (widget), CLAW_MESSAGE_COMMAND_REPLY);
}

static void
on_retry (GtkWidget *widget, const char *action, GVariant *parameter)
{
  command (CLAW_MESSAGE_ROW (widget), CLAW_MESSAGE_COMMAND_RETRY);
}

static void
on_cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  command (CLAW_MESSAGE_ROW (widget), CLAW_MESSAGE_COMMAND_CANCEL);
}

static void
on_edit (GtkWidget *widget, const char *action, GVariant *parameter)
{
  command (CLAW_MESSAGE_ROW (widget), CLAW_MESSAGE_COMMAND_EDIT);
}

static void
on_copy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ClawMessageRow *row = CLAW_MESSAGE_ROW (widget);
  if (row->item)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (widget),
                            claw_message_item_get_text (row->item));
}

static void
on_quote_clicked (ClawMessageRow *row)
{
  command (row, CLAW_MESSAGE_COMMAND_QUOTED);
}

static gboolean
on_activate_link (GtkLabel *label, const char *uri, gpointer user_data)
{
  claw_links_open (GTK_WIDGET (label), uri);
  return TRUE;
}

/* Only where it changes, since each change is told up and down the tree of widgets. */
static void
enable (ClawMessageRow *row, const char *action, gboolean *was_enabled, gboolean is_enabled)
{
  if (*was_enabled == is_enabled)
    return;
  *was_enabled = is_enabled;
  gtk_widget_action_set_enabled (GTK_WIDGET (row), action, is_enabled);
}

static void
update_actions (ClawMessageRow *row)
{
  gboolean is_own = claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_OWN;
  gboolean is_failed = claw_message_item_is_failed (row->item);
  gboolean is_queued = claw_message_item_get_state (row->item) == CLAW_MESSAGE_QUEUED;
  enable (row, "message.retry", &row->offers_retry, is_own && is_failed);
  gboolean is_waiting = row->can_cancel && is_own && is_queued;
  enable (row, "message.edit", &row->offers_edit, is_waiting);
  enable (row, "message.cancel", &row->offers_cancel, is_waiting);
}

static void
append_item (GMenu *menu, const char *label, const char *action)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, action);
  g_menu_item_set_attribute (item, "hidden-when", "s", "action-disabled");
  g_menu_append_item (menu, item);
}

/* Returns: (transfer none): one for all rows. */
static GMenuModel *
get_menu_model (void)
{
  static GMenu *menu;
  if (menu)
    return G_MENU_MODEL (menu);
  menu = g_menu_new ();
  append_item (menu, _ ("_Reply"), "message.reply");
  append_item (menu, _ ("_Copy Message"), "message.copy");
  append_item (menu, _ ("_Send Again"), "message.retry");
  append_item (menu, _ ("_Edit"), "message.edit");
  append_item (menu, _ ("C_ancel Sending"), "message.cancel");
  return G_MENU_MODEL (menu);
}

static void
drop_menu (ClawMessageRow *row)
{
  g_clear_pointer (&row->menu, gtk_widget_unparent);
}

static gboolean
on_menu_idle (gpointer user_data)
{
  drop_menu (user_data);
  return G_SOURCE_REMOVE;
}

/* The action of the chosen item runs after this. */
static void
on_menu_closed (ClawMessageRow *row)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_menu_idle, g_object_ref (row), g_object_unref);
}

static void
popup_menu_at (ClawMessageRow *row, double x, double y)
{
  GdkRectangle place = { (int) x, (int) y, 1, 1 };
  if (!row->item || !claw_message_item_is_message (row->item))
    return;
  drop_menu (row);
  row->menu = gtk_popover_menu_new_from_model (get_menu_model ());
  gtk_widget_set_parent (row->menu, GTK_WIDGET (row));
  gtk_popover_set_has_arrow (GTK_POPOVER (row->menu), FALSE);
  gtk_popover_set_pointing_to (GTK_POPOVER (row->menu), &place);
  g_signal_connect_swapped (row->menu, "closed", G_CALLBACK (on_menu_closed), row);
  gtk_popover_popup (GTK_POPOVER (row->menu));
}

static void
on_menu (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ClawMessageRow *row = CLAW_MESSAGE_ROW (widget);
  graphene_rect_t bounds;
  if (gtk_widget_compute_bounds (row->bubble, widget, &bounds))
    popup_menu_at (row, bounds.origin.x + bounds.size.width / 2,
                   bounds.origin.y + bounds.size.height / 2);
}

static void
on_secondary_pressed (ClawMessageRow *row, int n_press, double x, double y)
{
  popup_menu_at (row, x, y);
}

static void
on_long_pressed (ClawMessageRow *row, double x, double y)
{
  popup_menu_at (row, x, y);
}

/* Showing. */

static GtkLabel *
add_quote_label (GtkWidget *box, const char *css_class)
{
  GtkLabel *label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (label, 0);
  gtk_label_set_ellipsize (label, PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (label, TRUE);
  gtk_label_set_max_width_chars (label, 40);
  gtk_widget_add_css_class (GTK_WIDGET (label), css_class);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (label));
  return label;
}

static void
make_quote (ClawMessageRow *row)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  row->quote_sender = add_quote_label (box, "caption-heading");
  row->quote_text = add_quote_label (box, "caption");
  row->quote = gtk_button_new ();
  gtk_button_set_child (GTK_BUTTON (row->quote), box);
  gtk_widget_add_css_class (row->quote, "flat");
  gtk_widget_add_css_class (row->quote, "quote");
  gtk_widget_set_tooltip_text (row->quote, _ ("Go to the quoted message"));
  g_signal_connect_swapped (row->quote, "clicked", G_CALLBACK (on_quote_clicked), row);
  gtk_box_prepend (GTK_BOX (row->bubble), row->quote);
}

static void
show_quote (ClawMessageRow *row)
{
  const ClawMessageReply *reply = claw_message_get_reply (
      claw_message_item_get_message (row->item));
  if (row->quote)
    gtk_widget_set_visible (row->quote, reply != NULL);
  if (!reply)
    return;
  if (!row->quote)
    make_quote (row);
  g_autofree char *excerpt = NULL;
  const char *sender = reply->sender ? reply->sender : _ ("Unknown");
  if (row->quoted)
    {
      excerpt = claw_excerpt_sanitise (claw_message_item_get_text (row->quoted), -1);
      sender = claw_message_item_get_kind (row->quoted) == CLAW_MESSAGE_ITEM_OWN
                   ? _ ("You")
                   : get_sender_name (row->quoted);
    }
  const char *text = row->quoted ? excerpt : reply->excerpt;
  gtk_label_set_text (row->quote_sender, sender);
  gtk_label_set_text (row->quote_text, text && *text ? text : "…");
  /* Translators: what a screen reader says of a quotation: whose it is, and the words. */
  g_autofree char *name = g_strdup_printf (_ ("In reply to %s: %s"), sender,
                                           gtk_label_get_text (row->quote_text));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->quote), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
}

static void
show_retry (ClawMessageRow *row)
{
  gboolean is_failed = claw_message_item_is_failed (row->item);
  if (is_failed && !row->retry)
    {
      row->retry = gtk_button_new_with_label (_ ("Not Sent · Try Again"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (row->retry), "message.retry");
      gtk_widget_add_css_class (row->retry, "flat");
      gtk_widget_add_css_class (row->retry, "retry");
      gtk_widget_add_css_class (row->retry, "caption");
      gtk_box_prepend (GTK_BOX (row->footer), row->retry);
    }
  if (row->retry)
    gtk_widget_set_visible (row->retry, is_failed);
  set_class (row->bubble, "failed", is_failed);
}

/* Only where it changes: each setting of a tooltip asks the X server where the pointer is, and
 * waits for the answer. */
static void
show_state_icon (ClawMessageRow *row)
{
  const char *icon = state_icon (row->item);
  const char *text = state_text (row->item);
  if (g_strcmp0 (gtk_image_get_icon_name (row->state), icon) == 0)
    return;
  gtk_image_set_from_icon_name (row->state, icon);
  gtk_widget_set_tooltip_text (GTK_WIDGET (row->state), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->state), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  -1);
}

static void
show_state (ClawMessageRow *row)
{
  if (claw_message_item_get_kind (row->item) != CLAW_MESSAGE_ITEM_OWN)
    return;
  show_state_icon (row);
  show_retry (row);
  update_actions (row);
  name_row (row);
}

static void
show_leads (ClawMessageRow *row)
{
  gboolean is_own = claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_OWN;
  gboolean leads = claw_message_item_get_leads (row->item);
  /* Only then both are seen, and have to be laid out. */
  if (!is_own && leads)
    {
      gtk_label_set_text (row->sender, get_sender_name (row->item));
      adw_avatar_set_text (row->avatar, get_sender_name (row->item));
    }
  gtk_widget_set_visible (GTK_WIDGET (row->sender), !is_own && leads);
  gtk_widget_set_visible (GTK_WIDGET (row->avatar), !is_own && leads);
  claw_message_layout_set_place (get_layout (row), is_own, leads);
}

static void
show_marked (ClawMessageRow *row)
{
  set_class (row->bubble, "marked", claw_message_item_is_marked (row->item));
}

static void
show_text (ClawMessageRow *row)
{
  const char *text = claw_message_item_get_text (row->item);
  g_autofree char *markup = claw_links_to_markup (text, row->folded);
  if (markup)
    gtk_label_set_markup (row->text, markup);
  else
    gtk_label_set_text (row->text, text);
}

/* Of a message, or of the day that begins. Returns: whether it is another one than before. */
static gboolean
show_time (ClawMessageRow *row)
{
  gboolean is_day = claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_DAY;
  gint64 time_us = claw_message_item_get_time_us (row->item);
  gint64 now_us = g_get_real_time ();
  GtkLabel *label = is_day ? row->notice : row->time;
  g_autofree char *time = is_day ? claw_time_text_day (time_us, now_us)
                                 : claw_time_text_short (time_us, now_us);
  const char *text = time ? time : "";
  if (g_str_equal (text, gtk_label_get_text (label)))
    return FALSE;
  gtk_label_set_text (label, text);
  return TRUE;
}

static gboolean
on_query_tooltip (ClawMessageRow *row, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  if (!row->item)
    return FALSE;
  g_autofree char *time = claw_time_text_full (claw_message_item_get_time_us (row->item));
  gtk_tooltip_set_text (tooltip, time);
  return TRUE;
}

static void
show_message (ClawMessageRow *row)
{
  gboolean is_own = claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_OWN;
  const char *text = claw_message_item_get_text (row->item);
  show_text (row);
  gtk_label_set_width_chars (row->text, (int) g_utf8_strlen (text, LEAST_WIDTH_CHARS));
  show_time (row);
  show_quote (row);
  gtk_widget_set_visible (GTK_WIDGET (row->state), is_own);
  set_class (row->bubble, "own", is_own);
  show_leads (row);
  show_marked (row);
  show_state (row);
  if (!is_own)
    {
      show_retry (row);
      update_actions (row);
      name_row (row);
    }
}

static void
show_item (ClawMessageRow *row)
{
  ClawMessageItemKind kind = claw_message_item_get_kind (row->item);
  gboolean is_message = claw_message_item_is_message (row->item);
  gtk_widget_set_visible (GTK_WIDGET (row->notice), !is_message);
  gtk_widget_set_visible (row->bubble, is_message);
  if (!is_message)
    {
      gtk_widget_set_visible (GTK_WIDGET (row->sender), FALSE);
      gtk_widget_set_visible (GTK_WIDGET (row->avatar), FALSE);
    }
  set_class (GTK_WIDGET (row->notice), "unread", kind == CLAW_MESSAGE_ITEM_UNREAD);
  set_class (GTK_WIDGET (row->notice), "day", kind == CLAW_MESSAGE_ITEM_DAY);
  switch (kind)
    {
    case CLAW_MESSAGE_ITEM_OWN:
    case CLAW_MESSAGE_ITEM_OTHER:
      show_message (row);
      return;
    case CLAW_MESSAGE_ITEM_NOTICE:
      gtk_label_set_text (row->notice, claw_message_item_get_text (row->item));
      break;
    case CLAW_MESSAGE_ITEM_DAY:
      show_time (row);
      break;
    case CLAW_MESSAGE_ITEM_UNREAD:
      gtk_label_set_text (row->notice, _ ("New Messages"));
      break;
    }
  name_row (row);
}

static void
on_item_changed (ClawMessageRow *row, GParamSpec *pspec)
{
  if (!claw_message_item_is_message (row->item))
    return;
  show_state (row);
  show_leads (row);
  show_marked (row);
}

static void
drop_item (ClawMessageRow *row)
{
  g_clear_object (&row->quoted);
  if (!row->item)
    return;
  g_signal_handlers_disconnect_by_data (row->item, row);
  g_clear_object (&row->item);
}

/* The object. */

static void
claw_message_row_dispose (GObject *object)
{
  ClawMessageRow *row = CLAW_MESSAGE_ROW (object);
  drop_item (row);
  drop_menu (row);
  g_clear_pointer (&row->folded, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (row), CLAW_TYPE_MESSAGE_ROW);
  G_OBJECT_CLASS (claw_message_row_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, notice);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, sender);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, bubble);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, text);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, footer);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, time);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, state);
  gtk_widget_class_bind_template_callback (widget_class, on_activate_link);
  gtk_widget_class_bind_template_callback (widget_class, on_query_tooltip);
  gtk_widget_class_bind_template_callback (widget_class, on_secondary_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_long_pressed);
}

static void
claw_message_row_class_init (ClawMessageRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_message_row_dispose;
  signals[SIGNAL_COMMAND] = g_signal_new ("command", CLAW_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_install_action (widget_class, "message.menu", NULL, on_menu);
  gtk_widget_class_install_action (widget_class, "message.copy", NULL, on_copy);
  gtk_widget_class_install_action (widget_class, "message.reply", NULL, on_reply);
  gtk_widget_class_install_action (widget_class, "message.retry", NULL, on_retry);
  gtk_widget_class_install_action (widget_class, "message.edit", NULL, on_edit);
  gtk_widget_class_install_action (widget_class, "message.cancel", NULL, on_cancel);
  gtk_widget_class_set_layout_manager_type (widget_class, CLAW_TYPE_MESSAGE_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/message-row.ui");
  bind_children (widget_class);
}

static void
claw_message_row_init (ClawMessageRow *row)
{
  gtk_widget_init_template (GTK_WIDGET (row));
  ClawMessageParts parts = {
    .notice = GTK_WIDGET (row->notice),
    .avatar = GTK_WIDGET (row->avatar),
    .sender = GTK_WIDGET (row->sender),
    .bubble = row->bubble,
  };
  claw_message_layout_set_parts (get_layout (row), &parts);
  row->offers_retry = row->offers_cancel = row->offers_edit = TRUE;
  enable (row, "message.retry", &row->offers_retry, FALSE);
  enable (row, "message.edit", &row->offers_edit, FALSE);
  enable (row, "message.cancel", &row->offers_cancel, FALSE);
  gtk_label_set_extra_menu (row->text, get_menu_model ());
}

GtkWidget *
claw_message_row_new (void)
{
  return g_object_new (CLAW_TYPE_MESSAGE_ROW, NULL);
}

void
claw_message_row_set_item (ClawMessageRow *row, ClawMessageItem *item, ClawMessageItem *quoted)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ROW (row));
  drop_item (row);
  drop_menu (row);
  /* A label that has a size yet lays out a new text for that size too; hiding takes it away. */
  gtk_widget_set_visible (GTK_WIDGET (row->text), item != NULL);
  if (!item)
    return;
  row->item = g_object_ref (item);
  row->quoted = quoted ? g_object_ref (quoted) : NULL;
  g_signal_connect_swapped (item, "notify", G_CALLBACK (on_item_changed), row);
  show_item (row);
}

void
claw_message_row_set_folded (ClawMessageRow *row, const char *folded)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ROW (row));
  if (g_strcmp0 (row->folded, folded) == 0)
    return;
  g_free (row->folded);
  row->folded = g_strdup (folded);
  if (row->item && claw_message_item_is_message (row->item))
    show_text (row);
}

void
claw_message_row_set_can_cancel (ClawMessageRow *row, gboolean can_cancel)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ROW (row));
  row->can_cancel = can_cancel;
}

void
claw_message_row_tick (ClawMessageRow *row)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ROW (row));
  ClawMessageItem *item = row->item;
  gboolean has_time = item
                      && (claw_message_item_is_message (item)
                          || claw_message_item_get_kind (item) == CLAW_MESSAGE_ITEM_DAY);
  if (has_time && show_time (row))
    name_row (row);
}

ClawMessageItem *
claw_message_row_get_item (ClawMessageRow *row)
{
  g_return_val_if_fail (CLAW_IS_MESSAGE_ROW (row), NULL);
  return row->item;
}
