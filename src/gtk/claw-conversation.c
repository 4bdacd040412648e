/* claw-conversation.c: see claw-conversation.h.
 *
 * In GTK 4.8 a far jump of the list view's adjustment can leave it blank, because it places rows by
 * an estimate of their heights. So it is scrolled with its own action, which pins a row to the end
 * of the view; the last step to the very end, by then a short one, is the scrolled window's.
 */
#include "claw-conversation.h"

#include "claw-announcer.h"
#include "claw-client.h"
#include "claw-history-search.h"
#include "claw-message-keys.h"
#include "claw-message-row.h"
#include "claw-scroll-watch.h"

#include <glib/gi18n-lib.h>

/* Nearer than this counts as at the end. */
#define END_TOLERANCE_PX 40
/* Frames after which scrolling gives up on a list that keeps changing its height. */
#define SCROLL_FRAMES_MAX 20
/* In which a row that was scrolled to is pinned once more: rows near it found their heights. */
#define TARGET_FRAMES 4
/* For so long the message that an answer led to is emphasised. */
#define MARK_MS 2000
/* Times of messages are told anew so often. */
#define TICK_S 30
/* Older messages are wanted when less than this is above the view. */
#define OLDER_PAGES 2

struct _ClawConversation
{
  AdwBin parent_instance;

  ClawHistory *history;
  gboolean follows; /* the end is in view and stays there */
  gboolean is_attended;
  gboolean can_cancel;
  gboolean has_older;
  unsigned n_unread;
  unsigned tick; /* while scrolling to the end or to @target */
  unsigned n_frames;
  ClawScrollWatch watch;
  ClawMessageItem *target;   /* (nullable) */
  ClawMessageItem *marked;   /* (nullable) */
  unsigned mark_timeout;     /* until @marked is shown as usual */
  unsigned clock;            /* while it is shown */
  GPtrArray *rows;           /* of ClawMessageRow, which are the list's */
  ClawHistorySearch *search; /* (nullable): from the first search on */
  ClawAnnouncer *announcements;

  GtkScrolledWindow *scroller;
  GtkListView *list;
  GtkWidget *announcer;
  GtkWidget *unread_revealer;
  GtkButton *unread_button;
  AdwButtonContent *unread_content;
};

enum
{
  SIGNAL_REPLY,
  SIGNAL_RETRY,
  SIGNAL_CANCEL,
  SIGNAL_EDIT,
  SIGNAL_ORIGINAL_WANTED,
  SIGNAL_OLDER_WANTED,
  SIGNAL_MOVED,
  SIGNAL_SEARCH_CHANGED,
  SIGNAL_FOLLOWS_CHANGED,
  SIGNAL_FOCUS_LEFT,
  N_SIGNALS
};

typedef struct
{
  unsigned signal;
  const char *name;
} NamedSignal;

static unsigned signals[N_SIGNALS];

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
  if (conversation->follows && gtk_widget_is_focus (GTK_WIDGET (conversation->unread_button)))
    g_signal_emit (conversation, signals[SIGNAL_FOCUS_LEFT], 0);
  gtk_revealer_set_reveal_child (GTK_REVEALER (conversation->unread_revealer),
                                 !conversation->follows);
  if (conversation->follows)
    return;
  g_autofree char *text = n > 0 ? g_strdup_printf (
                              ngettext ("%u New Message", "%u New Messages", n), n)
                                : g_strdup (_ ("Newest Messages"));
  adw_button_content_set_label (conversation->unread_content, text);
}

static void
set_follows (ClawConversation *conversation, gboolean follows)
{
  gboolean is_new = conversation->follows != follows;
  conversation->follows = follows;
  if (follows && conversation->is_attended)
    conversation->n_unread = 0;
  update_unread (conversation);
  if (is_new)
    g_signal_emit (conversation, signals[SIGNAL_FOLLOWS_CHANGED], 0);
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

/* Returns: whether it goes on. */
static gboolean
scroll_to_target (ClawConversation *conversation)
{
  unsigned position;
  if (conversation->n_frames++ < TARGET_FRAMES
      && claw_history_get_position (conversation->history, conversation->target, &position))
    {
      gtk_widget_activate_action (GTK_WIDGET (conversation->list), "list.scroll-to-item", "u",
                                  position);
      return TRUE;
    }
  g_clear_object (&conversation->target);
  return FALSE;
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  ClawConversation *conversation = CLAW_CONVERSATION (widget);
  if (conversation->target)
    {
      if (scroll_to_target (conversation))
        return G_SOURCE_CONTINUE;
      conversation->tick = 0;
      set_follows (conversation, claw_conversation_is_at_end (conversation));
      return G_SOURCE_REMOVE;
    }
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

static void
begin_scrolling (ClawConversation *conversation)
{
  conversation->n_frames = 0;
  if (conversation->tick == 0)
    conversation->tick = gtk_widget_add_tick_callback (GTK_WIDGET (conversation), on_tick, NULL,
                                                       NULL);
}

static void
tell_moved (ClawConversation *conversation)
{
  g_signal_emit (conversation, signals[SIGNAL_MOVED], 0);
}

static void
stay_at_end (ClawConversation *conversation)
{
  g_clear_object (&conversation->target);
  set_follows (conversation, TRUE);
  begin_scrolling (conversation);
}

void
claw_conversation_scroll_to_end (ClawConversation *conversation)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  tell_moved (conversation);
  stay_at_end (conversation);
}

static void
unmark (ClawConversation *conversation)
{
  g_clear_handle_id (&conversation->mark_timeout, g_source_remove);
  if (conversation->marked)
    claw_message_item_set_marked (conversation->marked, FALSE);
  g_clear_object (&conversation->marked);
}

static void
on_mark_timeout (gpointer user_data)
{
  ClawConversation *conversation = user_data;
  conversation->mark_timeout = 0;
  unmark (conversation);
}

/* Scrolls to @item, and emphasises it when it is a message. */
static void
show_item (ClawConversation *conversation, ClawMessageItem *item)
{
  tell_moved (conversation);
  unmark (conversation);
  g_set_object (&conversation->target, item);
  set_follows (conversation, FALSE);
  begin_scrolling (conversation);
  if (!claw_message_item_is_message (item))
    return;
  conversation->marked = g_object_ref (item);
  claw_message_item_set_marked (item, TRUE);
}

gboolean
claw_conversation_show_message (ClawConversation *conversation,
                                const uint8_t id[CLAW_MESSAGE_ID_SIZE])
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), FALSE);
  ClawMessageItem *item = claw_history_find (conversation->history, id);
  if (!item)
    return FALSE;
  show_item (conversation, item);
  conversation->mark_timeout = g_timeout_add_once (MARK_MS, on_mark_timeout, conversation);
  return TRUE;
}

ClawMessage *
claw_conversation_find_message (ClawConversation *conversation,
                                const uint8_t id[CLAW_MESSAGE_ID_SIZE])
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), NULL);
  ClawMessageItem *item = claw_history_find (conversation->history, id);
  return item ? claw_message_item_get_message (item) : NULL;
}

static void
want_older (ClawConversation *conversation)
{
  GtkAdjustment *adjustment = get_adjustment (conversation);
  if (!conversation->has_older || conversation->tick != 0
      || gtk_adjustment_get_value (adjustment)
             > OLDER_PAGES * gtk_adjustment_get_page_size (adjustment))
    return;
  conversation->has_older = FALSE;
  g_signal_emit (conversation, signals[SIGNAL_OLDER_WANTED], 0);
}

static void
stop_scrolling (ClawConversation *conversation)
{
  if (conversation->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (conversation), conversation->tick);
  conversation->tick = 0;
}

/* While the end is followed, the list is pinned to its last row: new rows and new heights leave the
 * value or raise it. It goes down only when the user moves, who is let go even while messages come
 * so fast that scrolling to the last has no end, and then is not caught again near the end. */
static void
on_value_changed (GtkAdjustment *adjustment, gpointer user_data)
{
  ClawConversation *conversation = user_data;
  gboolean went_up = claw_scroll_watch_went_up (&conversation->watch, adjustment);
  gboolean moved = claw_scroll_watch_moved (&conversation->watch, adjustment);
  gboolean moved_up = moved && went_up;
  gboolean leaves = moved_up && (conversation->tick != 0 || !conversation->follows);
  claw_scroll_watch_remember (&conversation->watch, adjustment);
  if (conversation->tick != 0 && (!moved_up || conversation->target))
    return;
  stop_scrolling (conversation);
  if (moved)
    tell_moved (conversation);
  if (claw_conversation_is_at_end (conversation) && !leaves)
    set_follows (conversation, TRUE);
  else if (went_up)
    set_follows (conversation, FALSE);
  if (went_up)
    want_older (conversation);
}

static void
on_adjustment_changed (GtkAdjustment *adjustment, gpointer user_data)
{
  ClawConversation *conversation = user_data;
  /* Told ahead of a change of the value that comes with it. */
  gboolean went_up = claw_scroll_watch_went_up (&conversation->watch, adjustment);
  claw_scroll_watch_remember_size (&conversation->watch, adjustment);
  if (conversation->follows && !went_up && conversation->tick == 0
      && distance_to_end (conversation) >= 1)
    stay_at_end (conversation);
}

static void
on_unread_clicked (ClawConversation *conversation)
{
  claw_conversation_scroll_to_end (conversation);
}

/* Rows. */

static void
emit_with_message (ClawConversation *conversation, unsigned signal, ClawMessageItem *item)
{
  g_autoptr (ClawMessage) message = claw_message_ref (claw_message_item_get_message (item));
  g_signal_emit (conversation, signals[signal], 0, message);
}

static void
show_original (ClawConversation *conversation, ClawMessageItem *answer)
{
  const ClawMessageReply *reply = claw_message_get_reply (claw_message_item_get_message (answer));
  if (!claw_conversation_show_message (conversation, reply->id))
    emit_with_message (conversation, SIGNAL_ORIGINAL_WANTED, answer);
}

static void
on_command (ClawMessageRow *row, unsigned command, ClawConversation *conversation)
{
  g_autoptr (ClawMessageItem) item = g_object_ref (claw_message_row_get_item (row));
  switch ((ClawMessageCommand) command)
    {
    case CLAW_MESSAGE_COMMAND_REPLY:
      emit_with_message (conversation, SIGNAL_REPLY, item);
      break;
    case CLAW_MESSAGE_COMMAND_RETRY:
      emit_with_message (conversation, SIGNAL_RETRY, item);
      break;
    case CLAW_MESSAGE_COMMAND_CANCEL:
      emit_with_message (conversation, SIGNAL_CANCEL, item);
      break;
    case CLAW_MESSAGE_COMMAND_EDIT:
      emit_with_message (conversation, SIGNAL_EDIT, item);
      break;
    case CLAW_MESSAGE_COMMAND_QUOTED:
      show_original (conversation, item);
      break;
    }
}

static void
on_row_destroyed (GtkWidget *row, ClawConversation *conversation)
{
  g_ptr_array_remove_fast (conversation->rows, row);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  ClawConversation *conversation = user_data;
  GtkWidget *row = claw_message_row_new ();
  g_signal_connect (row, "command", G_CALLBACK (on_command), conversation);
  g_signal_connect (row, "destroy", G_CALLBACK (on_row_destroyed), conversation);
  g_ptr_array_add (conversation->rows, row);
  gtk_list_item_set_child (list_item, row);
  gtk_list_item_set_activatable (list_item, FALSE);
  gtk_list_item_set_selectable (list_item, FALSE);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  ClawConversation *conversation = user_data;
  ClawMessageRow *row = CLAW_MESSAGE_ROW (gtk_list_item_get_child (list_item));
  ClawMessageItem *item = gtk_list_item_get_item (list_item);
  ClawMessage *message = claw_message_item_get_message (item);
  const ClawMessageReply *reply = message ? claw_message_get_reply (message) : NULL;
  claw_message_row_set_can_cancel (row, conversation->can_cancel);
  claw_message_row_set_folded (
      row, conversation->search ? claw_history_search_get_folded (conversation->search) : NULL);
  claw_message_row_set_item (row, item,
                             reply ? claw_history_find (conversation->history, reply->id) : NULL);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  claw_message_row_set_item (CLAW_MESSAGE_ROW (gtk_list_item_get_child (list_item)), NULL, NULL);
}

/* While it is shown, ages of messages grow. */
static gboolean
on_clock (gpointer user_data)
{
  ClawConversation *conversation = user_data;
  for (unsigned i = 0; i < conversation->rows->len; i++)
    claw_message_row_tick (conversation->rows->pdata[i]);
  return G_SOURCE_CONTINUE;
}

static void
claw_conversation_map (GtkWidget *widget)
{
  ClawConversation *conversation = CLAW_CONVERSATION (widget);
  GTK_WIDGET_CLASS (claw_conversation_parent_class)->map (widget);
  on_clock (conversation);
  if (conversation->clock == 0)
    conversation->clock = g_timeout_add_seconds (TICK_S, on_clock, conversation);
}

static void
claw_conversation_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&CLAW_CONVERSATION (widget)->clock, g_source_remove);
  GTK_WIDGET_CLASS (claw_conversation_parent_class)->unmap (widget);
}

/* The object. */

static void
claw_conversation_dispose (GObject *object)
{
  ClawConversation *conversation = CLAW_CONVERSATION (object);
  if (conversation->scroller)
    g_signal_handlers_disconnect_by_data (get_adjustment (conversation), conversation);
  stop_scrolling (conversation);
  unmark (conversation);
  g_clear_object (&conversation->target);
  g_clear_handle_id (&conversation->clock, g_source_remove);
  g_clear_pointer (&conversation->search, claw_history_search_free);
  g_clear_pointer (&conversation->announcements, claw_announcer_free);
  G_OBJECT_CLASS (claw_conversation_parent_class)->dispose (object);
}

static void
claw_conversation_finalize (GObject *object)
{
  ClawConversation *conversation = CLAW_CONVERSATION (object);
  g_clear_pointer (&conversation->rows, g_ptr_array_unref);
  claw_history_free (conversation->history);
  G_OBJECT_CLASS (claw_conversation_parent_class)->finalize (object);
}

static void
install_signals (void)
{
  static const NamedSignal with_message[] = {
    { SIGNAL_REPLY, "reply" },
    { SIGNAL_RETRY, "retry" },
    { SIGNAL_CANCEL, "cancel" },
    { SIGNAL_EDIT, "edit" },
    { SIGNAL_ORIGINAL_WANTED, "original-wanted" },
  };
  static const NamedSignal without[] = {
    { SIGNAL_OLDER_WANTED, "older-wanted" },     { SIGNAL_MOVED, "moved" },
    { SIGNAL_SEARCH_CHANGED, "search-changed" }, { SIGNAL_FOLLOWS_CHANGED, "follows-changed" },
    { SIGNAL_FOCUS_LEFT, "focus-left" },
  };
  GType type = CLAW_TYPE_CONVERSATION;
  for (size_t i = 0; i < G_N_ELEMENTS (with_message); i++)
    signals[with_message[i].signal] = g_signal_new (with_message[i].name, type, G_SIGNAL_RUN_LAST,
                                                    0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                                    CLAW_TYPE_MESSAGE);
  for (size_t i = 0; i < G_N_ELEMENTS (without); i++)
    signals[without[i].signal] = g_signal_new (without[i].name, type, G_SIGNAL_RUN_LAST, 0, NULL,
                                               NULL, NULL, G_TYPE_NONE, 0);
}

static void
claw_conversation_class_init (ClawConversationClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_conversation_dispose;
  G_OBJECT_CLASS (class)->finalize = claw_conversation_finalize;
  widget_class->map = claw_conversation_map;
  widget_class->unmap = claw_conversation_unmap;
  install_signals ();
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LOG);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/conversation.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, scroller);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, list);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, announcer);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, unread_revealer);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, unread_button);
  gtk_widget_class_bind_template_child (widget_class, ClawConversation, unread_content);
  gtk_widget_class_bind_template_callback (widget_class, on_unread_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
  gtk_widget_class_bind_template_callback (widget_class, claw_message_keys_press);
}

/* A log is announced by itself where screen readers know it; since GTK 4.14 there is a way to say
 * so, and before it an alert of which nothing is seen. */
static void
announce (const char *text, gpointer user_data)
{
  ClawConversation *conversation = user_data;
#if GTK_CHECK_VERSION(4, 14, 0)
  gtk_accessible_announce (GTK_ACCESSIBLE (conversation), text,
                           GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_LOW);
#else
  gtk_accessible_update_property (GTK_ACCESSIBLE (conversation->announcer),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
#endif
}

static void
claw_conversation_init (ClawConversation *conversation)
{
  conversation->history = claw_history_new ();
  conversation->follows = TRUE;
  conversation->is_attended = TRUE;
  conversation->rows = g_ptr_array_new ();
  conversation->announcements = claw_announcer_new (announce, conversation);
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
claw_conversation_set_own_key (ClawConversation *conversation,
                               const uint8_t key[CLAW_PUBLIC_KEY_SIZE])
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_set_own_key (conversation->history, key);
}

void
claw_conversation_set_can_cancel (ClawConversation *conversation, gboolean can_cancel)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  conversation->can_cancel = can_cancel;
}

void
claw_conversation_set_has_older (ClawConversation *conversation, gboolean has_older)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  conversation->has_older = has_older;
}

static gboolean
is_in_view (ClawConversation *conversation, ClawMessageItem *item)
{
  for (unsigned i = 0; i < conversation->rows->len; i++)
    {
      GtkWidget *row = conversation->rows->pdata[i];
      graphene_rect_t bounds;
      if (claw_message_row_get_item (CLAW_MESSAGE_ROW (row)) == item && gtk_widget_get_mapped (row)
          && gtk_widget_compute_bounds (row, GTK_WIDGET (conversation->scroller), &bounds))
        return bounds.origin.y >= 0;
    }
  return FALSE;
}

void
claw_conversation_set_attended (ClawConversation *conversation, gboolean is_attended)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  if (conversation->is_attended == is_attended)
    return;
  conversation->is_attended = is_attended;
  if (!is_attended || !conversation->follows)
    return;
  /* Who comes back begins to read where it was left. */
  ClawMessageItem *unread = claw_history_get_unread (conversation->history);
  if (unread && conversation->n_unread > 0 && !is_in_view (conversation, unread))
    show_item (conversation, unread);
  else
    stay_at_end (conversation);
}

void
claw_conversation_add_own (ClawConversation *conversation, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_clear_unread (conversation->history);
  claw_history_add_message (conversation->history, message, CLAW_MESSAGE_ITEM_OWN);
  claw_conversation_scroll_to_end (conversation);
}

void
claw_conversation_add_other (ClawConversation *conversation, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  if (!conversation->follows || !conversation->is_attended)
    {
      if (conversation->n_unread == 0)
        claw_history_mark_unread (conversation->history);
      conversation->n_unread++;
      update_unread (conversation);
    }
  claw_history_add_message (conversation->history, message, CLAW_MESSAGE_ITEM_OTHER);
  claw_announcer_add (conversation->announcements, message);
  if (conversation->follows)
    stay_at_end (conversation);
}

void
claw_conversation_add_notice (ClawConversation *conversation, const char *text)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_add_notice (conversation->history, text);
  if (conversation->follows)
    stay_at_end (conversation);
}

unsigned
claw_conversation_prepend (ClawConversation *conversation, GPtrArray *items)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), 0);
  unsigned n_added = claw_history_prepend (conversation->history, items);
  if (conversation->follows)
    stay_at_end (conversation);
  return n_added;
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
claw_conversation_set_stuck (ClawConversation *conversation, gboolean is_stuck)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_set_stuck (conversation->history, is_stuck);
}

void
claw_conversation_remove (ClawConversation *conversation, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  claw_history_remove (conversation->history, message);
}

void
claw_conversation_clear (ClawConversation *conversation)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  unmark (conversation);
  g_clear_object (&conversation->target);
  claw_announcer_clear (conversation->announcements);
  claw_history_clear (conversation->history);
  conversation->n_unread = 0;
  set_follows (conversation, TRUE);
}

/* Searching. */

static void
on_search_changed (gpointer user_data)
{
  ClawConversation *conversation = user_data;
  g_signal_emit (conversation, signals[SIGNAL_SEARCH_CHANGED], 0);
  /* The newest is shown as soon as it is found. */
  if (claw_history_search_get_present (conversation->search) == 0
      && claw_history_search_count (conversation->search) > 0)
    claw_conversation_search_step (conversation, TRUE);
}

void
claw_conversation_search (ClawConversation *conversation, const char *text)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  if (!conversation->search && !text)
    return;
  if (!conversation->search)
    conversation->search = claw_history_search_new (conversation->history, on_search_changed,
                                                    conversation);
  if (text && *text)
    tell_moved (conversation);
  unmark (conversation);
  claw_history_search_set_text (conversation->search, text);
  const char *folded = claw_history_search_get_folded (conversation->search);
  for (unsigned i = 0; i < conversation->rows->len; i++)
    claw_message_row_set_folded (conversation->rows->pdata[i], folded);
}

void
claw_conversation_search_step (ClawConversation *conversation, gboolean to_older)
{
  g_return_if_fail (CLAW_IS_CONVERSATION (conversation));
  ClawMessageItem *item = conversation->search
                              ? claw_history_search_step (conversation->search, to_older)
                              : NULL;
  if (item)
    show_item (conversation, item);
}

gboolean
claw_conversation_get_search (ClawConversation *conversation,
                              unsigned *n_matches,
                              unsigned *present)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), TRUE);
  *n_matches = conversation->search ? claw_history_search_count (conversation->search) : 0;
  *present = conversation->search ? claw_history_search_get_present (conversation->search) : 0;
  return !conversation->search || claw_history_search_is_complete (conversation->search);
}

const char *
claw_conversation_get_search_text (ClawConversation *conversation)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), NULL);
  return conversation->search ? claw_history_search_get_folded (conversation->search) : NULL;
}

/* Queries. */

ClawHistory *
claw_conversation_get_history (ClawConversation *conversation)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), NULL);
  return conversation->history;
}

unsigned
claw_conversation_count_pending (ClawConversation *conversation)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), 0);
  return claw_history_count_pending (conversation->history);
}

gboolean
claw_conversation_get_follows (ClawConversation *conversation)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), TRUE);
  return conversation->follows;
}

unsigned
claw_conversation_count_unread (ClawConversation *conversation)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation), 0);
  return conversation->n_unread;
}
