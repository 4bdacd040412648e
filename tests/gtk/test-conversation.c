/* test-conversation.c: the list of messages on a display.
 *
 * GTK's list view can be left blank by a jump over many rows; so each test looks at the rows that
 * are on the screen, not at numbers of the list.
 */
#include "claw-conversation.h"
#include "claw-message-row.h"
#include "widget-test.h"

#include <string.h>

#define N_MESSAGES 10000
#define PATIENCE_MS 20000 /* in which the program runs */
#define TURN_MS 5
#define NOW_US (G_GINT64_CONSTANT (1700049600) * G_USEC_PER_SEC)

typedef struct
{
  GtkWidget *window;
  ClawConversation *conversation;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->conversation = g_object_new (CLAW_TYPE_CONVERSATION, NULL);
  fixture->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 500, 600);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->conversation));
  show_window (fixture->window);
  run_for_ms (200);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  run_for_ms (20);
}

static void
add (Fixture *fixture, unsigned number, const char *text)
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 0 };
  memcpy (id, &number, sizeof number);
  g_autoptr (ClawMessage) message = claw_message_new_full (
      id, number % 5 ? "anna" : "ben", NOW_US + number * (gint64) G_USEC_PER_SEC, text, -1, NULL);
  claw_conversation_add_other (fixture->conversation, message);
}

/* Rows of very different heights, which is what defeats the list's estimates. */
static void
add_many (Fixture *fixture, unsigned n_messages)
{
  static const char *words = "The quick brown fox jumps over the lazy dog, and on it goes. ";
  for (unsigned i = 0; i < n_messages; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_string_append_printf (text, "%u: ", i);
      for (unsigned j = 0; j < (i * 7919) % 13; j++)
        g_string_append (text, words);
      add (fixture, i, text->str);
    }
}

static gboolean
holds_text (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && g_str_has_prefix (gtk_label_get_text (GTK_LABEL (widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    if (holds_text (child, text))
      return TRUE;
  return FALSE;
}

/* Whether a row that begins with @text is mapped, has a size, and lies within the view. */
static gboolean
is_row_in_view (Fixture *fixture, const char *text)
{
  GtkWidget *view = GTK_WIDGET (fixture->conversation);
  GtkWidget *list = find_type (view, GTK_TYPE_LIST_VIEW);
  for (GtkWidget *row = gtk_widget_get_first_child (list); row;
       row = gtk_widget_get_next_sibling (row))
    {
      graphene_rect_t bounds;
      if (!gtk_widget_get_mapped (row) || !holds_text (row, text)
          || !gtk_widget_compute_bounds (row, view, &bounds))
        continue;
      float bottom = bounds.origin.y + bounds.size.height;
      return bounds.size.height > 10 && bottom > 10
             && bottom <= (float) gtk_widget_get_height (view) + 1;
    }
  return FALSE;
}

static GtkAdjustment *
get_adjustment (Fixture *fixture)
{
  GtkWidget *scroller = find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_SCROLLED_WINDOW);
  return gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
}

/* How much of the view is covered by rows, from its bottom upwards. */
static float
covered_height (Fixture *fixture)
{
  GtkWidget *view = GTK_WIDGET (fixture->conversation);
  GtkWidget *list = find_type (view, GTK_TYPE_LIST_VIEW);
  float height = (float) gtk_widget_get_height (view);
  float covered = 0;
  for (GtkWidget *row = gtk_widget_get_first_child (list); row;
       row = gtk_widget_get_next_sibling (row))
    {
      graphene_rect_t bounds;
      if (!gtk_widget_get_mapped (row) || !gtk_widget_compute_bounds (row, view, &bounds))
        continue;
      float top = MAX (bounds.origin.y, 0);
      float bottom = MIN (bounds.origin.y + bounds.size.height, height);
      covered += MAX (bottom - top, 0);
    }
  return covered;
}

static gboolean
on_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

/* @left_ms: (inout): how long to wait. Returns: whether there was a frame in it. */
static gboolean
run_frame (Fixture *fixture, unsigned *left_ms)
{
  GtkWidget *view = GTK_WIDGET (fixture->conversation);
  gboolean is_over = FALSE;
  unsigned tick = gtk_widget_add_tick_callback (view, on_frame, &is_over, NULL);
  for (; !is_over && *left_ms > 0; *left_ms -= TURN_MS)
    run_for_ms (TURN_MS);
  gtk_widget_remove_tick_callback (view, tick);
  return is_over;
}

/* What there is to know when a wait was in vain, which is seldom. */
static void
tell_state (Fixture *fixture, const char *text)
{
  GtkWidget *view = GTK_WIDGET (fixture->conversation);
  GtkWidget *list = find_type (view, GTK_TYPE_LIST_VIEW);
  GtkAdjustment *adjustment = get_adjustment (fixture);
  g_test_message ("%s waited in vain for \"%s\" in a view of %d × %d", g_test_get_path (), text,
                  gtk_widget_get_width (view), gtk_widget_get_height (view));
  g_test_message ("value %.1f, page %.1f, upper %.1f; follows: %d, covered: %.0f",
                  gtk_adjustment_get_value (adjustment), gtk_adjustment_get_page_size (adjustment),
                  gtk_adjustment_get_upper (adjustment),
                  claw_conversation_get_follows (fixture->conversation), covered_height (fixture));
  g_test_message ("mapped: %d, of the server: %d, frames: %" G_GINT64_FORMAT,
                  gtk_widget_get_mapped (view),
                  gdk_surface_get_mapped (gtk_native_get_surface (GTK_NATIVE (fixture->window))),
                  gdk_frame_clock_get_frame_counter (gtk_widget_get_frame_clock (view)));
  for (GtkWidget *row = gtk_widget_get_first_child (list); row;
       row = gtk_widget_get_next_sibling (row))
    {
      graphene_rect_t bounds;
      GtkWidget *label = find_type (row, GTK_TYPE_LABEL);
      if (label && gtk_widget_compute_bounds (row, view, &bounds) && bounds.size.height > 10
          && bounds.origin.y + bounds.size.height > 0
          && bounds.origin.y < (float) gtk_widget_get_height (view))
        g_test_message ("row at %.0f of height %.0f, mapped: %d, \"%.20s\"", bounds.origin.y,
                        bounds.size.height, gtk_widget_get_mapped (row),
                        gtk_label_get_text (GTK_LABEL (label)));
    }
}

static gboolean
is_at_end (Fixture *fixture, const char *text)
{
  GtkWidget *view = GTK_WIDGET (fixture->conversation);
  return claw_conversation_is_at_end (fixture->conversation) && is_row_in_view (fixture, text)
         && covered_height (fixture) > 0.9f * (float) gtk_widget_get_height (view);
}

/* Waits until @condition holds for @text and goes on holding for some frames, in which the
 * conversation comes to an end of its scrolling. */
static void
wait_for (Fixture *fixture,
          gboolean (*condition) (Fixture *fixture, const char *text),
          const char *text)
{
  unsigned left_ms = PATIENCE_MS, n_good = 0;
  while (n_good < 5 && run_frame (fixture, &left_ms))
    {
      n_good = condition (fixture, text) ? n_good + 1 : 0;
    }
  if (n_good < 5)
    tell_state (fixture, text);
  g_assert_cmpuint (n_good, ==, 5);
}

static void
wait_for_end (Fixture *fixture, const char *text)
{
  wait_for (fixture, is_at_end, text);
}

static void
scroll_by_wheel (Fixture *fixture, unsigned n_steps, GtkScrollType type)
{
  GtkWidget *scroller = find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_SCROLLED_WINDOW);
  for (unsigned i = 0; i < n_steps; i++)
    {
      gboolean scrolled = FALSE;
      g_signal_emit_by_name (scroller, "scroll-child", type, FALSE, &scrolled);
      run_for_ms (20);
    }
}

static gboolean
is_unread_told (Fixture *fixture)
{
  GtkWidget *revealer = find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_REVEALER);
  return gtk_revealer_get_reveal_child (GTK_REVEALER (revealer));
}

/* Ten thousand messages come in while the end is in view: the last is shown, and soon. */
static void
test_many_follow (Fixture *fixture, gconstpointer data)
{
  gint64 start_us = g_get_monotonic_time ();
  add_many (fixture, N_MESSAGES);
  wait_for_end (fixture, "9999:");
  g_test_message ("%d messages in %.0f ms", N_MESSAGES,
                  (double) (g_get_monotonic_time () - start_us) / 1000);
  g_assert_false (is_unread_told (fixture));
}

/* From far up in ten thousand messages one step leads to the last. */
static void
test_many_far_jump (Fixture *fixture, gconstpointer data)
{
  add_many (fixture, N_MESSAGES);
  wait_for_end (fixture, "9999:");
  GtkWidget *list = find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_LIST_VIEW);
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", 0);
  wait_for (fixture, is_row_in_view, "0:");
  g_assert_false (claw_conversation_is_at_end (fixture->conversation));
  claw_conversation_scroll_to_end (fixture->conversation);
  wait_for_end (fixture, "9999:");
}

/* Who reads further up is not moved; a button tells of what is new and leads there. */
static void
test_unread_button (Fixture *fixture, gconstpointer data)
{
  add_many (fixture, 200);
  wait_for_end (fixture, "199:");
  scroll_by_wheel (fixture, 5, GTK_SCROLL_PAGE_UP);
  run_for_ms (300);
  g_assert_false (claw_conversation_is_at_end (fixture->conversation));
  double value = gtk_adjustment_get_value (get_adjustment (fixture));
  add (fixture, 200, "news");
  run_for_ms (300);
  g_assert_cmpfloat_with_epsilon (gtk_adjustment_get_value (get_adjustment (fixture)), value, 2);
  g_assert_true (is_unread_told (fixture));
  g_signal_emit_by_name (
      find_type (find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_REVEALER),
                 GTK_TYPE_BUTTON),
      "clicked");
  wait_for_end (fixture, "news");
  g_assert_false (is_unread_told (fixture));
}

typedef struct
{
  Fixture *fixture;
  unsigned number;
} Flood;

static gboolean
on_flood (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Flood *flood = user_data;
  add (flood->fixture, flood->number++, "and more");
  return G_SOURCE_CONTINUE;
}

/* Who begins to read further up is not taken back by messages that come with every frame. */
static void
test_leave_flood (Fixture *fixture, gconstpointer data)
{
  Flood flood = { fixture, 200 };
  add_many (fixture, 200);
  wait_for_end (fixture, "199:");
  unsigned tick = gtk_widget_add_tick_callback (fixture->window, on_flood, &flood, NULL);
  run_for_ms (200);
  scroll_by_wheel (fixture, 3, GTK_SCROLL_PAGE_UP);
  run_for_ms (200);
  gtk_widget_remove_tick_callback (fixture->window, tick);
  g_assert_false (claw_conversation_get_follows (fixture->conversation));
  g_assert_false (claw_conversation_is_at_end (fixture->conversation));
  g_assert_true (is_unread_told (fixture));
}

static void
on_follows_changed (ClawConversation *conversation, GString *log)
{
  g_string_append_c (log, claw_conversation_get_follows (conversation) ? '+' : '-');
}

/* Scrolling back to the end by hand makes it follow again; both are told. */
static void
test_follow_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_signal_connect (fixture->conversation, "follows-changed", G_CALLBACK (on_follows_changed), log);
  add_many (fixture, 100);
  wait_for_end (fixture, "99:");
  scroll_by_wheel (fixture, 2, GTK_SCROLL_PAGE_UP);
  add (fixture, 100, "news");
  run_for_ms (100);
  g_assert_true (is_unread_told (fixture));
  scroll_by_wheel (fixture, 6, GTK_SCROLL_PAGE_DOWN);
  run_for_ms (200);
  g_assert_false (is_unread_told (fixture));
  g_assert_cmpstr (log->str, ==, "-+");
  add (fixture, 101, "more");
  wait_for_end (fixture, "more");
}

/* When the window becomes narrower, all rows change their heights: the end stays in view. */
static void
test_resize (Fixture *fixture, gconstpointer data)
{
  add_many (fixture, 500);
  wait_for_end (fixture, "499:");
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 360, 400);
  wait_for_end (fixture, "499:");
}

/* Our own message is shown even when we had scrolled up. */
static void
test_own_message (Fixture *fixture, gconstpointer data)
{
  add_many (fixture, 100);
  wait_for_end (fixture, "99:");
  scroll_by_wheel (fixture, 3, GTK_SCROLL_PAGE_UP);
  g_autoptr (ClawMessage) message = claw_message_new ("mine", -1, NOW_US, NULL);
  claw_conversation_add_own (fixture->conversation, message);
  wait_for_end (fixture, "mine");
  g_assert_cmpuint (claw_conversation_count_pending (fixture->conversation), ==, 1);
  claw_conversation_set_state (fixture->conversation, message, CLAW_MESSAGE_DELIVERED);
  g_assert_cmpuint (claw_conversation_count_pending (fixture->conversation), ==, 0);
}

/* The longest message that there can be is laid out, and can be scrolled past. */
static void
test_longest_message (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  for (size_t i = 7; i < CLAW_MESSAGE_TEXT_MAX; i += 11)
    text[i] = ' ';
  add (fixture, 1, "before");
  add (fixture, 2, text);
  add (fixture, 3, "after");
  wait_for_end (fixture, "after");
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 77;
  struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/conversation/many/follows", test_many_follow },
    { "/conversation/many/far-jump", test_many_far_jump },
    { "/conversation/scrolled-up/unread-button", test_unread_button },
    { "/conversation/scrolled-up/flood", test_leave_flood },
    { "/conversation/scrolled-up/follows-again", test_follow_again },
    { "/conversation/scrolled-up/own-message", test_own_message },
    { "/conversation/resize/stays-at-end", test_resize },
    { "/conversation/longest-message/scrolls-past", test_longest_message },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
