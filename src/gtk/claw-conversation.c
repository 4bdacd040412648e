/* claw-conversation.c: see claw-conversation.h.
 *
 * In GTK 4.8 a far jump of the list view's adjustment can leave it blank, because it places rows by
 * an estimate of their heights. So it is scrolled with its own action, which pins a row to the end
 * of the view; the last step to the very end, by then a short one, is the scrolled window's.
 */
#include "claw-conversation.h"

#include "claw-message-row.h"

#include <glib/gi18n-lib.h>

/* Nearer than this counts as at the end. */
#define END_TOLERANCE_PX 40
/* Frames after which scrolling gives up on a list that keeps changing its height. */
#define SCROLL_FRAMES_MAX 20

struct _ClawConversation
{
  AdwBin parent_instance;

  ClawHistory *history;
  gboolean follows; /* the end is in view and stays there */
  unsigned n_unread;
  unsigned tick; /* while scrolling to the end */
  unsigned n_frames;
  double seen_value;

  GtkScrolledWindow *scroller;
  GtkListView *list;
  GtkWidget *unread_revealer;
  GtkButton *unread_button;
  AdwButtonContent *unread_content;
};

G_DEFINE_FINAL_TYPE (ClawConversation, claw_conversation, ADW_TYPE_BIN)

static GtkAdjustment *
get_adjustment (ClawConversation *conversation)
{
  return gtk_scrolled_window_get_vadjustment (conversation->scroller);
}

static double
distance_to_end (ClawConversation *conversation)
{
  GtkAdjustment *adjustment = get_adjustment (conversation);
  return gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment)
         - gtk_adjustment_get_value (adjustment);
}

gboolean
claw_conversation_is_at_end (ClawConversation *conversation)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), TRUE);
  return distance_to_end (conversation) < END_TOLERANCE_PX;
}

static void
update_unread (ClawConversation *conversation)
{
  unsigned n = conversation->n_unread;
  gtk_revealer_set_reveal_child (GTK_REVEALER (conversation->unread_revealer), n > 0);
  if (n == 0)
    return;
  g_autofree char *text = g_strdup_printf (ngettext ("%u New Message", "%u New Messages", n), n);
  adw_button_content_set_label (conversation->unread_content, text);
}

static void
set_follows (ClawConversation *conversation, gboolean follows)
{
  conversation->follows = follows;
  if (!follows || conversation->n_unread == 0)
    return;
  conversation->n_unread = 0;
  update_unread (conversation);
}

/* Scrolling. */

static void
scroll_list_to_last (ClawConversation *conversation)
{
  unsigned n_items = g_list_model_get_n_items (claw_history_get_model (conversation->history));
  if (n_items > 0)
    gtk_widget_activate_action (GTK_WIDGET (conversation->list), "list.scroll-to-item", "u",
                                n_items - 1);
}

static void
scroll_view_to_end (ClawConversation *conversation)
{
  gboolean scrolled = FALSE;
  g_signal_emit_by_name (conversation->scroller, "scroll-child", GTK_SCROLL_END, FALSE, &scrolled);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  ClawConversation *conversation = CLAW_CONVERSATION (widget);
  unsigned frame = conversation->n_frames++;
  /* The row is placed by the layout that follows its pinning; only then there is an end to go to.
   * Rows near it may grow in the frame in which they come into view. */
  if (frame < 2)
    {
      scroll_list_to_last (conversation);
      return G_SOURCE_CONTINUE;
    }
  if (distance_to_end (conversation) >= 1 && frame < SCROLL_FRAMES_MAX)
    {
      scroll_view_to_end (conversation);
      return G_SOURCE_CONTINUE;
    }
  conversation->tick = 0;
  set_follows (conversation, claw_conversation_is_at_end (conversation));
  return G_SOURCE_REMOVE;
}

void
claw_conversation_scroll_to_end (ClawConversation *conversation)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  set_follows (conversation, TRUE);
  conversation->n_frames = 0;
  if (conversation->tick == 0)
    conversation->tick = gtk_widget_add_tick_callback (GTK_WIDGET (conversation), on_tick, NULL,
                                                       NULL);
}

/* While the end is followed, the list is pinned to its last row: new rows and new heights leave the
 * value or raise it. It goes down only when the user moves. */
static void
on_value_changed (GtkAdjustment *adjustment, gpointer user_data)
{
  ClawConversation *conversation = user_data;
  double value = gtk_adjustment_get_value (adjustment);
  gboolean went_up = value < conversation->seen_value;
  conversation->seen_value = value;
  if (conversation->tick != 0)
    return;
  if (claw_conversation_is_at_end (conversation))
    set_follows (conversation, TRUE);
  else if (went_up)
    set_follows (conversation, FALSE);
}

static void
on_adjustment_changed (GtkAdjustment *adjustment, gpointer user_data)
{
  ClawConversation *conversation = user_data;
  /* Told ahead of a change of the value that comes with it. */
  gboolean went_up = gtk_adjustment_get_value (adjustment) < conversation->seen_value;
  if (conversation->follows && !went_up && conversation->tick == 0
      && distance_to_end (conversation) >= 1)
    claw_conversation_scroll_to_end (conversation);
}

static void
on_unread_clicked (ClawConversation *conversation)
{
  claw_conversation_scroll_to_end (conversation);
}

/* Rows. */

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  gtk_list_item_set_child (list_item, claw_message_row_new ());
  gtk_list_item_set_activatable (list_item, FALSE);
  gtk_list_item_set_selectable (list_item, FALSE);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  claw_message_row_set_item (CLAW_MESSAGE_ROW (gtk_list_item_get_child (list_item)),
                             gtk_list_item_get_item (list_item));
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  claw_message_row_set_item (CLAW_MESSAGE_ROW (gtk_list_item_get_child (list_item)), NULL);
}

/* The object. */

static void
claw_conversation_dispose (GObject *object)
{
  ClawConversation *conversation = CLAW_CONVERSATION (object);
  if (conversation->scroller)
    g_signal_handlers_disconnect_by_data (get_adjustment (conversation), conversation);
  if (conversation->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (conversation), conversation->tick);
  conversation->tick = 0;
  G_OBJECT_CLASS (claw_conversation_parent_class)->dispose (object);
}

static void
claw_conversation_finalize (GObject *object)
{
  claw_history_free (CLAW_CONVERSATION (object)->history);
  G_OBJECT_CLASS (claw_conversation_parent_class)->finalize (object);
}

static void
claw_conversation_class_init (ClawConversationClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_conversation_dispose;
  G_OBJECT_CLASS (class)->finalize = claw_conversation_finalize;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LOG);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/conversation.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, scroller);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, list);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, unread_revealer);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, unread_button);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, unread_content);
  gtk_widget_class_bind_template_callback (widget_class, on_unread_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
}

static void
claw_conversation_init (ClawConversation *conversation)
{
  conversation->history = claw_history_new ();
  conversation->follows = TRUE;
  gtk_widget_init_template (GTK_WIDGET (conversation));
  g_autoptr (GtkNoSelection) model = gtk_no_selection_new (
      g_object_ref (claw_history_get_model (conversation->history)));
  gtk_list_view_set_model (conversation->list, GTK_SELECTION_MODEL (model));
  GtkAdjustment *adjustment = get_adjustment (conversation);
  g_signal_connect (adjustment, "value-changed", G_CALLBACK (on_value_changed), conversation);
  g_signal_connect (adjustment, "changed", G_CALLBACK (on_adjustment_changed), conversation);
}

/* Lines. */

void
claw_conversation_add_own (ClawConversation *conversation, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_add_message (conversation->history, message, CLAW_MESSAGE_ITEM_OWN);
  claw_conversation_scroll_to_end (conversation);
}

void
claw_conversation_add_other (ClawConversation *conversation, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_add_message (conversation->history, message, CLAW_MESSAGE_ITEM_OTHER);
#if GTK_CHECK_VERSION(4, 14, 0)
  gtk_accessible_announce (GTK_ACCESSIBLE (conversation), claw_message_get_text (message, NULL),
                           GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_LOW);
#endif
  if (conversation->follows)
    {
      claw_conversation_scroll_to_end (conversation);
      return;
    }
  conversation->n_unread++;
  update_unread (conversation);
}

void
claw_conversation_add_notice (ClawConversation *conversation, const char *text)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_add_notice (conversation->history, text);
  if (conversation->follows)
    claw_conversation_scroll_to_end (conversation);
}

void
claw_conversation_set_state (ClawConversation *conversation,
                             ClawMessage *message,
                             ClawMessageState state)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_set_state (conversation->history, message, state);
}

void
claw_conversation_clear (ClawConversation *conversation)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_clear (conversation->history);
  set_follows (conversation, TRUE);
}

unsigned
claw_conversation_count_pending (ClawConversation *conversation)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), 0);
  return claw_history_count_pending (conversation->history);
}
