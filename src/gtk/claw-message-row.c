/* claw-message-row.c: see claw-message-row.h. */
#include "claw-message-row.h"

#include <glib/gi18n-lib.h>

struct _ClawMessageRow
{
  AdwBin parent_instance;

  ClawMessageItem *item; /* (nullable) */
  gulong state_handler;

  GtkLabel *notice;
  GtkWidget *line;
  AdwAvatar *avatar;
  GtkWidget *column;
  GtkLabel *sender;
  GtkWidget *bubble;
  GtkLabel *text;
  GtkLabel *time;
  GtkImage *state;
};

/* Where the bubbles of others begin and those of ours end at most. */
#define AVATAR_SPACE_PX 40
/* No bubble is narrower while it has so much text. Without it GTK lays each text out once with a
 * letter a line, only to know its least width. */
#define LEAST_WIDTH_CHARS 16

G_DEFINE_FINAL_TYPE (ClawMessageRow, claw_message_row, ADW_TYPE_BIN)

static const char *
state_icon (ClawMessageState state)
{
  switch (state)
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
state_text (ClawMessageState state)
{
  switch (state)
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

/* Returns: (transfer full) */
static char *
format_time (gint64 time_us, const char *format)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  return time ? g_date_time_format (time, format) : g_strdup ("");
}

static void
name_row (ClawMessageRow *row)
{
  g_autofree char *name = NULL;
  if (claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_NOTICE)
    name = g_strdup (claw_message_item_get_text (row->item));
  else if (claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_OWN)
    /* Translators: what a screen reader says of our own message: time and state. */
    name = g_strdup_printf (_ ("You, %s, %s"), gtk_label_get_text (row->time),
                            state_text (claw_message_item_get_state (row->item)));
  else
    /* Translators: what a screen reader says of a message: sender and time. */
    name = g_strdup_printf (_ ("%s, %s"), gtk_label_get_text (row->sender),
                            gtk_label_get_text (row->time));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
show_state (ClawMessageRow *row)
{
  ClawMessageState state = claw_message_item_get_state (row->item);
  gtk_image_set_from_icon_name (row->state, state_icon (state));
  gtk_widget_set_tooltip_text (GTK_WIDGET (row->state), state_text (state));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->state), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  state_text (state), -1);
  name_row (row);
}

static void
show_message (ClawMessageRow *row)
{
  gboolean is_own = claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_OWN;
  gboolean leads = claw_message_item_get_leads (row->item);
  gint64 time_us = claw_message_item_get_time_us (row->item);
  const char *sender = claw_message_item_get_sender (row->item);
  const char *text = claw_message_item_get_text (row->item);
  /* Translators: the time of a message, see g_date_time_format (). */
  g_autofree char *time = format_time (time_us, _ ("%H:%M"));
  g_autofree char *long_time = format_time (time_us, "%c");

  gtk_label_set_text (row->sender, sender && *sender ? sender : _ ("Unknown"));
  gtk_label_set_text (row->text, text);
  gtk_label_set_width_chars (row->text, (int) g_utf8_strlen (text, LEAST_WIDTH_CHARS));
  gtk_label_set_text (row->time, time);
  gtk_widget_set_tooltip_text (GTK_WIDGET (row->time), long_time);
  gtk_widget_set_visible (GTK_WIDGET (row->sender), !is_own && leads);
  gtk_widget_set_visible (GTK_WIDGET (row->state), is_own);
  gtk_widget_set_visible (GTK_WIDGET (row->avatar), !is_own);
  /* It keeps its place in the lines of a run that do not show it. */
  gtk_widget_set_opacity (GTK_WIDGET (row->avatar), leads ? 1 : 0);
  adw_avatar_set_text (row->avatar, gtk_label_get_text (row->sender));
  gtk_widget_set_halign (row->column, is_own ? GTK_ALIGN_END : GTK_ALIGN_START);
  gtk_widget_set_margin_start (row->column, AVATAR_SPACE_PX);
  gtk_widget_set_margin_end (row->column, is_own ? 0 : AVATAR_SPACE_PX);
  if (is_own)
    gtk_widget_add_css_class (row->bubble, "own");
  else
    gtk_widget_remove_css_class (row->bubble, "own");
  gtk_widget_set_margin_top (row->line, leads ? 12 : 4);
  show_state (row);
}

static void
show_item (ClawMessageRow *row)
{
  gboolean is_notice = claw_message_item_get_kind (row->item) == CLAW_MESSAGE_ITEM_NOTICE;
  gtk_widget_set_visible (GTK_WIDGET (row->notice), is_notice);
  gtk_widget_set_visible (row->line, !is_notice);
  if (!is_notice)
    {
      show_message (row);
      return;
    }
  gtk_label_set_text (row->notice, claw_message_item_get_text (row->item));
  name_row (row);
}

static void
drop_item (ClawMessageRow *row)
{
  if (!row->item)
    return;
  g_clear_signal_handler (&row->state_handler, row->item);
  g_clear_object (&row->item);
}

static void
claw_message_row_dispose (GObject *object)
{
  drop_item (CLAW_MESSAGE_ROW (object));
  G_OBJECT_CLASS (claw_message_row_parent_class)->dispose (object);
}

static void
claw_message_row_class_init (ClawMessageRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_message_row_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/message-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, notice);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, line);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, column);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, sender);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, bubble);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, text);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, time);
  gtk_widget_class_bind_template_child (widget_class, ClawMessageRow, state);
}

static void
claw_message_row_init (ClawMessageRow *row)
{
  gtk_widget_init_template (GTK_WIDGET (row));
}

GtkWidget *
claw_message_row_new (void)
{
  return g_object_new (CLAW_TYPE_MESSAGE_ROW, NULL);
}

void
claw_message_row_set_item (ClawMessageRow *row, ClawMessageItem *item)
{
  g_return_if_fail (CLAW_IS_MESSAGE_ROW (row));
  drop_item (row);
  if (!item)
    return;
  row->item = g_object_ref (item);
  row->state_handler = g_signal_connect_swapped (item, "notify::state", G_CALLBACK (show_state),
                                                 row);
  show_item (row);
}
