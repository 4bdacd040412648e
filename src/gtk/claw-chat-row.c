/* claw-chat-row.c: see claw-chat-row.h. */
#include "claw-chat-row.h"

#include <glib/gi18n-lib.h>

/* More are not counted in the badge. */
#define UNREAD_SHOWN_MAX 999

struct _ClawChatRow
{
  AdwBin parent_instance;

  ClawSavedChat *chat; /* (nullable) */
  unsigned tick;       /* until what has changed is shown */

  AdwAvatar *avatar;
  GtkWidget *dot;
  GtkLabel *title;
  GtkLabel *time;
  GtkLabel *preview;
  GtkLabel *unread;
};

G_DEFINE_FINAL_TYPE (ClawChatRow, claw_chat_row, ADW_TYPE_BIN)

char *
claw_chat_row_format_time (gint64 time_us, gint64 now_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (now_us / G_USEC_PER_SEC);
  if (time_us <= 0 || !time || !now)
    return g_strdup ("");
  if (g_date_time_get_year (time) != g_date_time_get_year (now))
    return g_date_time_format (time, "%x");
  if (g_date_time_get_day_of_year (time) != g_date_time_get_day_of_year (now))
    /* Translators: the day of a message of this year, see g_date_time_format (). */
    return g_date_time_format (time, _ ("%-d %b"));
  /* Translators: the time of a message, see g_date_time_format (). */
  return g_date_time_format (time, _ ("%H:%M"));
}

/* The dot differs in its shape too: filled, a ring, or a faint ring. */
static const char *
dot_class (ClawClientState state)
{
  switch (state)
    {
    case CLAW_CLIENT_CONNECTED:
      return "connected";
    case CLAW_CLIENT_KNOCKING:
    case CLAW_CLIENT_RECONNECTING:
      return "connecting";
    case CLAW_CLIENT_IDLE:
    case CLAW_CLIENT_COMPROMISED:
    case CLAW_CLIENT_FAILED:
      break;
    }
  return "offline";
}

static const char *
state_text (ClawClientState state)
{
  switch (state)
    {
    case CLAW_CLIENT_CONNECTED:
      return _ ("Connected");
    case CLAW_CLIENT_KNOCKING:
    case CLAW_CLIENT_RECONNECTING:
      return _ ("Connecting");
    case CLAW_CLIENT_IDLE:
    case CLAW_CLIENT_COMPROMISED:
    case CLAW_CLIENT_FAILED:
      break;
    }
  return _ ("Not connected");
}

static void
show_state (ClawChatRow *row)
{
  ClawClientState state = claw_saved_chat_get_state (row->chat);
  const char *classes[] = { "dot", dot_class (state), NULL };
  /* Each setting of a tooltip asks the X server where the pointer is, and waits for the answer. */
  if (gtk_widget_has_css_class (row->dot, dot_class (state)))
    return;
  gtk_widget_set_css_classes (row->dot, classes);
  gtk_widget_set_tooltip_text (row->dot, state_text (state));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->dot), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  state_text (state), -1);
}

static void
show_unread (ClawChatRow *row)
{
  unsigned n = claw_saved_chat_get_unread (row->chat);
  g_autofree char *text = n > UNREAD_SHOWN_MAX ? g_strdup_printf ("%d+", UNREAD_SHOWN_MAX)
                                               : g_strdup_printf ("%u", n);
  gtk_label_set_text (row->unread, text);
  gtk_widget_set_visible (GTK_WIDGET (row->unread), n > 0);
  if (n > 0)
    gtk_widget_add_css_class (GTK_WIDGET (row->title), "heading");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row->title), "heading");
}

static void
append (char **name, const char *part)
{
  g_autofree char *begin = g_steal_pointer (name);
  /* Translators: what a screen reader says of a chat, in a list that grows part by part: its title
   * and state, the unread messages, the last message and its time. */
  *name = g_strdup_printf (_ ("%s, %s"), begin, part);
}

static void
name_row (ClawChatRow *row)
{
  unsigned n = claw_saved_chat_get_unread (row->chat);
  const char *preview = claw_saved_chat_get_preview (row->chat);
  g_autofree char *name = g_strdup (claw_saved_chat_get_title (row->chat));
  append (&name, state_text (claw_saved_chat_get_state (row->chat)));
  if (n > 0)
    {
      g_autofree char *unread = g_strdup_printf (
          ngettext ("%u unread message", "%u unread messages", n), n);
      append (&name, unread);
    }
  if (preview)
    {
      append (&name, preview);
      append (&name, gtk_label_get_text (row->time));
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
claw_chat_row_refresh (ClawChatRow *row)
{
  g_return_if_fail (CLAW_IS_CHAT_ROW (row));
  if (!row->chat)
    return;
  const char *title = claw_saved_chat_get_title (row->chat);
  const char *preview = claw_saved_chat_get_preview (row->chat);
  g_autofree char *time = claw_chat_row_format_time (
      claw_saved_chat_get_preview_time_us (row->chat), g_get_real_time ());
  gtk_label_set_text (row->title, title);
  adw_avatar_set_text (row->avatar, title);
  gtk_label_set_text (row->time, time);
  gtk_label_set_text (row->preview,
                      preview ? preview : state_text (claw_saved_chat_get_state (row->chat)));
  show_state (row);
  show_unread (row);
  name_row (row);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  ClawChatRow *row = CLAW_CHAT_ROW (widget);
  row->tick = 0;
  claw_chat_row_refresh (row);
  return G_SOURCE_REMOVE;
}

/* Many messages may come for one frame. */
static void
queue_refresh (ClawChatRow *row)
{
  if (row->tick == 0)
    row->tick = gtk_widget_add_tick_callback (GTK_WIDGET (row), on_tick, NULL, NULL);
}

void
claw_chat_row_set_chat (ClawChatRow *row, ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_CHAT_ROW (row));
  static const char *const names[] = { "notify::title", "notify::preview", "notify::unread",
                                       "notify::state" };
  if (row->chat)
    g_signal_handlers_disconnect_by_data (row->chat, row);
  g_set_object (&row->chat, chat);
  for (size_t i = 0; chat && i < G_N_ELEMENTS (names); i++)
    g_signal_connect_swapped (chat, names[i], G_CALLBACK (queue_refresh), row);
  claw_chat_row_refresh (row);
}

ClawSavedChat *
claw_chat_row_get_chat (ClawChatRow *row)
{
  g_return_val_if_fail (CLAW_IS_CHAT_ROW (row), NULL);
  return row->chat;
}

static void
claw_chat_row_dispose (GObject *object)
{
  ClawChatRow *row = CLAW_CHAT_ROW (object);
  claw_chat_row_set_chat (row, NULL);
  if (row->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (row), row->tick);
  row->tick = 0;
  G_OBJECT_CLASS (claw_chat_row_parent_class)->dispose (object);
}

static void
claw_chat_row_class_init (ClawChatRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_chat_row_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/chat-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawChatRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, ClawChatRow, dot);
  gtk_widget_class_bind_template_child (widget_class, ClawChatRow, title);
  gtk_widget_class_bind_template_child (widget_class, ClawChatRow, time);
  gtk_widget_class_bind_template_child (widget_class, ClawChatRow, preview);
  gtk_widget_class_bind_template_child (widget_class, ClawChatRow, unread);
}

static void
claw_chat_row_init (ClawChatRow *row)
{
  gtk_widget_init_template (GTK_WIDGET (row));
}

GtkWidget *
claw_chat_row_new (void)
{
  return g_object_new (CLAW_TYPE_CHAT_ROW, NULL);
}
