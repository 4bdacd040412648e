/* test-talk.c: answering, searching, marks and the widgets around a conversation, on a display.
 *
 * With CLAWCHAT_SCREENSHOTS it leaves pictures of a conversation there.
 */
#include "claw-client.h"
#include "claw-composer.h"
#include "claw-conversation.h"
#include "claw-edit-queued.h"
#include "claw-members-popover.h"
#include "claw-message-row.h"
#include "claw-old-matches.h"
#include "claw-search-bar.h"
#include "claw-talk.h"
#include "claw-typing-label.h"
#include "widget-test.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define PATIENCE 500 /* turns of the main loop, of which each takes 40 ms or more */
#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)
#define DAY_US (24 * 60 * MINUTE_US)

static const uint8_t own_key[CLAW_PUBLIC_KEY_SIZE] = { 3 };
static gint64 begun_us; /* the present test, from when all ages are counted */

typedef struct
{
  GtkWidget *window;
  ClawConversation *conversation;
  ClawComposer *composer;
  ClawSearchBar *search;
  ClawTypingLabel *typing;
  ClawMessage *commanded; /* (nullable): of the last signal with a message */
  unsigned n_wanted;
} Fixture;

static void
on_command (ClawConversation *conversation, ClawMessage *message, Fixture *fixture)
{
  g_clear_pointer (&fixture->commanded, claw_message_unref);
  fixture->commanded = claw_message_ref (message);
}

static void
on_older_wanted (ClawConversation *conversation, Fixture *fixture)
{
  fixture->n_wanted++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  begun_us = g_get_real_time ();
  fixture->conversation = g_object_new (CLAW_TYPE_CONVERSATION, NULL);
  fixture->composer = g_object_new (CLAW_TYPE_COMPOSER, NULL);
  fixture->search = g_object_new (CLAW_TYPE_SEARCH_BAR, NULL);
  fixture->typing = CLAW_TYPING_LABEL (claw_typing_label_new ());
  claw_search_bar_set_conversation (fixture->search, fixture->conversation);
  claw_conversation_set_own_key (fixture->conversation, own_key);
  g_signal_connect (fixture->conversation, "reply", G_CALLBACK (on_command), fixture);
  g_signal_connect (fixture->conversation, "retry", G_CALLBACK (on_command), fixture);
  g_signal_connect (fixture->conversation, "cancel", G_CALLBACK (on_command), fixture);
  g_signal_connect (fixture->conversation, "older-wanted", G_CALLBACK (on_older_wanted), fixture);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->search));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->conversation));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->typing));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->composer));
  fixture->window = adw_window_new ();
  adw_window_set_content (ADW_WINDOW (fixture->window), box);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 640, 600);
  show_window (fixture->window);
  run_for_ms (200);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  g_clear_pointer (&fixture->commanded, claw_message_unref);
  run_for_ms (20);
}

static ClawMessage *
make (const char *sender, gint64 age_us, ClawMessage *original, const char *text)
{
  ClawMessageReply reply = { .excerpt = (char *) "as the answer says" };
  g_autoptr (ClawMessage) random = claw_message_new ("x", -1, 0, NULL);
  if (original)
    {
      const char *author = claw_message_get_sender (original);
      reply.sender = (char *) (author ? author : "me");
      if (author)
        memcpy (reply.id, claw_message_get_id (original), sizeof reply.id);
      else
        claw_message_share_id (claw_message_get_id (original), own_key, reply.id);
    }
  return claw_message_new_with_reply (claw_message_get_id (random), sender, begun_us - age_us,
                                      original ? &reply : NULL, text, -1, NULL);
}

static ClawMessage *
add (Fixture *fixture, const char *sender, gint64 age_us, ClawMessage *original, const char *text)
{
  g_autoptr (ClawMessage) message = make (sender, age_us, original, text);
  if (sender)
    claw_conversation_add_other (fixture->conversation, message);
  else
    claw_conversation_add_own (fixture->conversation, message);
  return g_steal_pointer (&message);
}

static void
add_many (Fixture *fixture, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u: %s", i, i % 3 ? "short" : "a longer one\n\n…");
      claw_message_unref (add (fixture, "anna", MINUTE_US, NULL, text));
    }
}

static GtkWidget *
find_row (GtkWidget *widget, const char *text)
{
  if (CLAW_IS_MESSAGE_ROW (widget))
    {
      ClawMessageItem *item = claw_message_row_get_item (CLAW_MESSAGE_ROW (widget));
      if (item && gtk_widget_get_mapped (widget)
          && g_str_has_prefix (claw_message_item_get_text (item), text))
        return widget;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_row (child, text);
      if (found)
        return found;
    }
  return NULL;
}

/* Where the row is in the view, or NAN when it is not there. */
static float
get_top (Fixture *fixture, const char *text)
{
  GtkWidget *view = GTK_WIDGET (fixture->conversation);
  GtkWidget *row = find_row (view, text);
  graphene_rect_t bounds;
  if (!row || !gtk_widget_compute_bounds (row, view, &bounds))
    return NAN;
  return bounds.origin.y;
}

static gboolean
is_in_view (Fixture *fixture, const char *text)
{
  float top = get_top (fixture, text);
  return top >= -1 && top < (float) gtk_widget_get_height (GTK_WIDGET (fixture->conversation));
}

/* Waits until the row is in view and stays there for some frames. */
static void
wait_for_view (Fixture *fixture, const char *text)
{
  unsigned n_good = 0;
  for (unsigned i = 0; n_good < 6 && i < PATIENCE; i++)
    {
      run_for_ms (40);
      n_good = is_in_view (fixture, text) ? n_good + 1 : 0;
    }
  g_assert_cmpuint (n_good, ==, 6);
}

static GtkWidget *
find_quote (GtkWidget *row)
{
  GtkWidget *button = find_type (row, GTK_TYPE_BUTTON);
  g_assert_true (gtk_widget_has_css_class (button, "quote"));
  return button;
}

static gboolean
shows_label (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
      && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    if (shows_label (child, text))
      return TRUE;
  return FALSE;
}

/* A screen reader is told the age that is shown, also when it has grown. */
static void
test_age (Fixture *fixture, gconstpointer data)
{
  claw_message_unref (add (fixture, "anna", MINUTE_US - 3 * G_USEC_PER_SEC, NULL, "growing old"));
  wait_for_view (fixture, "growing old");
  GtkWidget *row = find_row (GTK_WIDGET (fixture->conversation), "growing old");
  while (!shows_label (row, "1 min"))
    {
      run_for_ms (100);
      claw_message_row_tick (CLAW_MESSAGE_ROW (row));
    }
  g_autofree char *name = gtk_test_accessible_check_property (
      GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, "anna, 1 min", NULL);
  g_assert_null (name);
}

/* An answer shows the message that is held, not what the answer says of it, and leads there. */
static void
test_quote (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) first = add (fixture, NULL, MINUTE_US, NULL, "the first of all");
  g_autoptr (ClawMessage) lost = make ("ben", 0, NULL, "never seen");
  add_many (fixture, 300);
  g_autoptr (ClawMessage) stray = add (fixture, "ben", 0, lost, "to nothing");
  g_autoptr (ClawMessage) answer = add (fixture, "ben", 0, first, "an answer");
  wait_for_view (fixture, "an answer");
  GtkWidget *row = find_row (GTK_WIDGET (fixture->conversation), "an answer");
  g_assert_true (shows_label (row, "the first of all"));
  g_assert_true (shows_label (row, "You"));
  g_assert_true (shows_label (find_row (GTK_WIDGET (fixture->conversation), "to nothing"),
                              "as the answer says"));
  g_signal_emit_by_name (find_quote (row), "clicked");
  wait_for_view (fixture, "the first of all");
  g_assert_false (claw_conversation_is_at_end (fixture->conversation));
  row = find_row (GTK_WIDGET (fixture->conversation), "the first of all");
  g_assert_true (claw_message_item_is_marked (claw_message_row_get_item (CLAW_MESSAGE_ROW (row))));
}

/* The menu's actions reach the owner; what cannot be done is not offered. */
static void
test_actions (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) other = add (fixture, "anna", 0, NULL, "hello");
  g_autoptr (ClawMessage) own = add (fixture, NULL, 0, NULL, "mine");
  wait_for_view (fixture, "mine");
  GtkWidget *row = find_row (GTK_WIDGET (fixture->conversation), "hello");
  g_assert_true (gtk_widget_activate_action (row, "message.reply", NULL));
  g_assert_true (fixture->commanded == other);
  row = find_row (GTK_WIDGET (fixture->conversation), "mine");
  g_assert_false (shows_label (row, "Not Sent · Try Again"));
  claw_conversation_set_stuck (fixture->conversation, TRUE);
  RUN_UNTIL (shows_label (row, "Not Sent · Try Again"));
  g_assert_true (gtk_widget_activate_action (row, "message.retry", NULL));
  g_assert_true (fixture->commanded == own);
  g_assert_true (gtk_widget_activate_action (row, "message.menu", NULL));
  run_for_ms (100);
  GtkWidget *menu = find_type (row, GTK_TYPE_POPOVER_MENU);
  g_assert_nonnull (menu);
  gtk_popover_popdown (GTK_POPOVER (menu));
  run_for_ms (100);
  claw_conversation_remove (fixture->conversation, own);
  RUN_UNTIL (!find_row (GTK_WIDGET (fixture->conversation), "mine"));
}

/* Older pages in front leave what is in view where it is, and are asked for once. */
static void
test_prepend (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) page = g_ptr_array_new_with_free_func (g_object_unref);
  GtkWidget *scroller = find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_SCROLLED_WINDOW);
  for (unsigned i = 0; i < 500; i++)
    {
      g_autofree char *text = g_strdup_printf ("old %u%s", i, i % 7 ? "" : "\n\nand more");
      g_autoptr (ClawMessage) message = make (i % 4 ? "anna" : "ben", 2 * DAY_US, NULL, text);
      g_ptr_array_add (page, claw_message_item_new (message, CLAW_MESSAGE_ITEM_OTHER));
    }
  add_many (fixture, 100);
  wait_for_view (fixture, "99:");
  claw_conversation_set_has_older (fixture->conversation, TRUE);
  for (unsigned i = 0; i < 30 && !is_in_view (fixture, "3:"); i++)
    {
      gboolean scrolled;
      g_signal_emit_by_name (scroller, "scroll-child", GTK_SCROLL_PAGE_UP, FALSE, &scrolled);
      run_for_ms (30);
    }
  g_assert_cmpuint (fixture->n_wanted, ==, 1);
  run_for_ms (300);
  float before = get_top (fixture, "3:");
  g_assert_cmpuint (claw_conversation_prepend (fixture->conversation, page), ==, 501);
  run_for_ms (500);
  wait_for_view (fixture, "3:");
  g_assert_cmpfloat_with_epsilon (get_top (fixture, "3:"), before, 2);
}

/* What comes while nobody looks is marked; who comes back begins to read there. */
static void
test_unread (Fixture *fixture, gconstpointer data)
{
  add_many (fixture, 50);
  wait_for_view (fixture, "49:");
  claw_conversation_set_attended (fixture->conversation, FALSE);
  claw_message_unref (add (fixture, "ben", 0, NULL, "first unread"));
  add_many (fixture, 60);
  run_for_ms (300);
  g_assert_cmpuint (claw_conversation_count_unread (fixture->conversation), ==, 61);
  claw_conversation_set_attended (fixture->conversation, TRUE);
  wait_for_view (fixture, "first unread");
  g_assert_true (shows_label (GTK_WIDGET (fixture->conversation), "New Messages"));
  claw_conversation_scroll_to_end (fixture->conversation);
  RUN_UNTIL (claw_conversation_count_unread (fixture->conversation) == 0);
}

/* Searching goes to the newest match, counts, steps and marks; its end leaves nothing behind. */
static void
test_search (Fixture *fixture, gconstpointer data)
{
  unsigned n = 0, present = 0;
  claw_message_unref (add (fixture, "ben", MINUTE_US, NULL, "needle one"));
  add_many (fixture, 300);
  claw_message_unref (add (fixture, "ben", 0, NULL, "needle two"));
  add_many (fixture, 100);
  wait_for_view (fixture, "99:");
  claw_search_bar_set_active (fixture->search, TRUE);
  GtkWidget *entry = find_type (GTK_WIDGET (fixture->search), GTK_TYPE_SEARCH_ENTRY);
  gtk_editable_set_text (GTK_EDITABLE (entry), "NEEDLE");
  wait_for_view (fixture, "needle two");
  g_assert_true (claw_conversation_get_search (fixture->conversation, &n, &present));
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (present, ==, 1);
  g_assert_true (shows_label (GTK_WIDGET (fixture->search), "1 of 2"));
  claw_conversation_search_step (fixture->conversation, TRUE);
  wait_for_view (fixture, "needle one");
  claw_search_bar_set_active (fixture->search, FALSE);
  run_for_ms (100);
  claw_conversation_get_search (fixture->conversation, &n, &present);
  g_assert_cmpuint (n, ==, 0);
}

static void
on_typing (ClawComposer *composer, gboolean is_typing, unsigned *log)
{
  *log = *log * 10 + (is_typing ? 1 : 2);
}

/* A draft comes back as it was without counting as typing; an answer is shown until it is sent or
 * given up. */
static void
test_composer (Fixture *fixture, gconstpointer data)
{
  unsigned log = 0;
  g_autoptr (ClawMessage) message = make ("anna", 0, NULL, "two\nlines");
  g_signal_connect (fixture->composer, "typing", G_CALLBACK (on_typing), &log);
  claw_composer_set_text (fixture->composer, " a draft\n");
  g_autofree char *text = claw_composer_get_text (fixture->composer);
  g_assert_cmpstr (text, ==, " a draft\n");
  g_assert_cmpuint (log, ==, 0);
  GtkWidget *view = find_type (GTK_WIDGET (fixture->composer), GTK_TYPE_TEXT_VIEW);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  gtk_text_buffer_insert_at_cursor (buffer, "x", -1);
  gtk_text_buffer_set_text (buffer, "", 0);
  g_assert_cmpuint (log, ==, 12);
  claw_composer_set_reply (fixture->composer, message, "anna");
  run_for_ms (300);
  g_assert_true (claw_composer_get_reply (fixture->composer) == message);
  g_assert_true (shows_label (GTK_WIDGET (fixture->composer), "two lines"));
  claw_composer_clear (fixture->composer);
  g_assert_null (claw_composer_get_reply (fixture->composer));
}

static GtkWidget *
get_focus (Fixture *fixture)
{
  return gtk_root_get_focus (GTK_ROOT (fixture->window));
}

/* Whether Tab or Shift+Tab leads from the composer's text to @target, maybe around the window. */
static gboolean
leads_to (Fixture *fixture, GtkDirectionType direction, GtkWidget *target)
{
  claw_composer_focus (fixture->composer);
  for (unsigned i = 0; i < 8; i++)
    {
      if (!gtk_widget_child_focus (fixture->window, direction))
        gtk_root_set_focus (GTK_ROOT (fixture->window), NULL);
      GtkWidget *focus = get_focus (fixture);
      if (focus && (focus == target || gtk_widget_is_ancestor (focus, target)))
        return TRUE;
    }
  return FALSE;
}

/* The keyboard comes to all of the composer, and out of it in both directions. */
static void
test_composer_keyboard (Fixture *fixture, gconstpointer data)
{
  GtkWidget *emoji = find_type (GTK_WIDGET (fixture->composer), GTK_TYPE_MENU_BUTTON);
  g_autoptr (ClawMessage) message = add (fixture, "anna", 0, NULL, "hello");
  GtkWidget *conversation = GTK_WIDGET (fixture->conversation);
  run_for_ms (200);
  g_assert_true (leads_to (fixture, GTK_DIR_TAB_BACKWARD, emoji));
  g_assert_true (leads_to (fixture, GTK_DIR_TAB_BACKWARD, conversation));
  g_assert_true (leads_to (fixture, GTK_DIR_TAB_FORWARD, conversation));
  g_assert_true (leads_to (fixture, GTK_DIR_TAB_FORWARD, emoji));
}

static void
on_search_ended (ClawSearchBar *search, unsigned *n_ended)
{
  (*n_ended)++;
}

/* When a search is ended in its entry, the focus has to go somewhere; else it stays. */
static void
test_search_ended (Fixture *fixture, gconstpointer data)
{
  unsigned n_ended = 0;
  g_signal_connect (fixture->search, "ended", G_CALLBACK (on_search_ended), &n_ended);
  claw_search_bar_set_active (fixture->search, TRUE);
  run_for_ms (300);
  g_assert_true (gtk_widget_is_ancestor (get_focus (fixture), GTK_WIDGET (fixture->search)));
  g_signal_emit_by_name (find_type (GTK_WIDGET (fixture->search), GTK_TYPE_SEARCH_ENTRY),
                         "stop-search");
  g_assert_false (claw_search_bar_is_active (fixture->search));
  g_assert_cmpuint (n_ended, ==, 1);
  claw_search_bar_set_active (fixture->search, TRUE);
  claw_composer_focus (fixture->composer);
  claw_search_bar_set_active (fixture->search, FALSE);
  g_assert_cmpuint (n_ended, ==, 1);
}

/* The emoji chooser can be opened, and what is picked goes where the cursor is. */
static void
test_emoji (Fixture *fixture, gconstpointer data)
{
  GtkWidget *button = find_type (GTK_WIDGET (fixture->composer), GTK_TYPE_MENU_BUTTON);
  claw_composer_set_text (fixture->composer, "hi ");
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  run_for_ms (300);
  GtkPopover *chooser = gtk_menu_button_get_popover (GTK_MENU_BUTTON (button));
  g_assert_true (GTK_IS_EMOJI_CHOOSER (chooser));
  g_signal_emit_by_name (chooser, "emoji-picked", "👋");
  gtk_popover_popdown (chooser);
  run_for_ms (100);
  g_autofree char *text = claw_composer_get_text (fixture->composer);
  g_assert_cmpstr (text, ==, "hi 👋");
}

/* Who writes is told by name while they are few, and nothing is left when they stop. */
static void
test_typing (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "anna", "ben", "cleo" };
  static const char *const expected[] = { "anna is typing…", "anna and ben are typing…",
                                          "3 people are typing…" };
  for (unsigned i = 0; i < 3; i++)
    {
      claw_typing_label_set (fixture->typing, names[i], TRUE);
      claw_typing_label_set (fixture->typing, names[i], TRUE);
      g_assert_cmpstr (claw_typing_label_get_text (fixture->typing), ==, expected[i]);
    }
  for (unsigned i = 0; i < 3; i++)
    claw_typing_label_set (fixture->typing, names[i], FALSE);
  claw_typing_label_set (fixture->typing, "dan", FALSE);
  g_assert_cmpstr (claw_typing_label_get_text (fixture->typing), ==, "");
}

/* The list of who is here has our own name first, and the others by the alphabet. */
static void
test_members (Fixture *fixture, gconstpointer data)
{
  static const char *const members[] = { "zoe", "ben", NULL };
  GtkWidget *popover = g_object_ref_sink (claw_members_popover_new ());
  gtk_widget_set_parent (popover, GTK_WIDGET (fixture->composer));
  claw_members_popover_set (CLAW_MEMBERS_POPOVER (popover), "anna", members);
  g_assert_cmpuint (claw_members_popover_count (CLAW_MEMBERS_POPOVER (popover)), ==, 3);
  gtk_popover_popup (GTK_POPOVER (popover));
  RUN_UNTIL (shows_label (popover, "anna (you)"));
  g_assert_true (shows_label (popover, "zoe"));
  g_assert_true (shows_label (popover, "3 People Here"));
  gtk_widget_unparent (popover);
  g_object_unref (popover);
}

/* Once connected, "reply" leads to the composer, and the client's words to the widgets. */
static void
test_connected (Fixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_dir_make_tmp ("claw-talk-XXXXXX", NULL);
  g_autoptr (ClawClient) client = claw_client_new (directory, "me", 60);
  GtkWidget *members = g_object_ref_sink (claw_members_popover_new ());
  ClawTalkWidgets widgets = { fixture->conversation, fixture->composer, fixture->typing,
                              CLAW_MEMBERS_POPOVER (members) };
  claw_talk_connect (client, &widgets);
  g_assert_cmpuint (claw_members_popover_count (CLAW_MEMBERS_POPOVER (members)), ==, 1);
  g_autoptr (ClawMessage) message = add (fixture, "anna", 0, NULL, "hello");
  g_signal_emit_by_name (fixture->conversation, "reply", message);
  g_assert_true (claw_composer_get_reply (fixture->composer) == message);
  g_signal_emit_by_name (client, "typing", "anna", TRUE);
  g_assert_cmpstr (claw_typing_label_get_text (fixture->typing), ==, "anna is typing…");
  g_signal_emit_by_name (fixture->composer, "typing", TRUE);
  g_object_unref (members);
  g_rmdir (directory);
}

static void
assert_written (Fixture *fixture, const char *expected)
{
  g_autofree char *text = claw_composer_get_text (fixture->composer);
  g_assert_cmpstr (text, ==, expected);
}

static ClawMessage *
add_and_edit (Fixture *fixture, ClawMessage *original, const char *text)
{
  g_autoptr (ClawMessage) message = add (fixture, NULL, 0, original, text);
  wait_for_view (fixture, text);
  GtkWidget *row = find_row (GTK_WIDGET (fixture->conversation), text);
  g_assert_true (gtk_widget_activate_action (row, "message.edit", NULL));
  return g_steal_pointer (&message);
}

/* A message that waits comes into the composer once it was taken back, after what is there; one
 * that was delivered first, or was only cancelled, does not. */
static void
test_edit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_dir_make_tmp ("claw-talk-XXXXXX", NULL);
  g_autoptr (ClawClient) client = claw_client_new (directory, "me", 60);
  g_autoptr (ClawSavedChat) chat = claw_saved_chat_new (client, directory, NULL);
  claw_conversation_set_can_cancel (fixture->conversation, TRUE);
  claw_edit_queued_connect (chat, fixture->conversation, fixture->composer);
  g_autoptr (ClawMessage) other = add (fixture, "anna", 0, NULL, "hello");
  g_autoptr (ClawMessage) first = add_and_edit (fixture, other, "first");
  assert_written (fixture, "");
  g_signal_emit_by_name (client, "message-cancelled", first);
  assert_written (fixture, "first");
  g_assert_true (claw_composer_get_reply (fixture->composer) == other);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (fixture->window));
  g_assert_true (gtk_widget_is_ancestor (focus, GTK_WIDGET (fixture->composer)));
  g_autoptr (ClawMessage) second = add_and_edit (fixture, NULL, "second");
  g_signal_emit_by_name (client, "message-cancelled", second);
  assert_written (fixture, "first\nsecond");
  g_autoptr (ClawMessage) late = add_and_edit (fixture, NULL, "late");
  g_signal_emit_by_name (client, "message-state", late, (unsigned) CLAW_MESSAGE_DELIVERED);
  g_signal_emit_by_name (client, "message-cancelled", late);
  g_autoptr (ClawMessage) only = add (fixture, NULL, 0, NULL, "only cancelled");
  g_signal_emit_by_name (client, "message-cancelled", only);
  assert_written (fixture, "first\nsecond");
  g_rmdir (directory);
}

typedef struct
{
  Fixture *fixture;
  ClawArchive *archive;
  ClawOldMatches *matches;
  gint64 first_row;
  unsigned n_pages;
} Pages;

static void
on_page (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Pages *pages = user_data;
  g_autoptr (GPtrArray) page = claw_archive_load_finish (pages->archive, result, NULL);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_assert_nonnull (page);
  for (guint i = 0; i < page->len; i++)
    {
      const ClawArchivedMessage *archived = page->pdata[i];
      g_ptr_array_add (items, claw_message_item_new (archived->message, CLAW_MESSAGE_ITEM_OTHER));
      if (i == 0)
        pages->first_row = archived->row;
    }
  claw_conversation_prepend (pages->fixture->conversation, items);
  pages->n_pages++;
  claw_old_matches_page_loaded (pages->matches, pages->first_row);
}

static void
on_page_wanted (gpointer user_data)
{
  Pages *pages = user_data;
  claw_archive_load_async (pages->archive, pages->first_row, 50, NULL, on_page, pages);
}

static void
fill_archive (ClawArchive *archive)
{
  for (unsigned i = 0; i < 300; i++)
    {
      g_autofree char *text = g_strdup_printf ("%s %u", i == 120 ? "needle" : "hay", i);
      g_autoptr (ClawMessage) message = make ("anna", DAY_US, NULL, text);
      claw_archive_add (archive, message, FALSE, CLAW_MESSAGE_QUEUED);
    }
}

/* A search finds what stands pages ahead of what is shown, and loads no more than up to there; for
 * what is nowhere it loads nothing. */
static void
test_old_matches (Fixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_dir_make_tmp ("claw-talk-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "chat.sqlite", NULL);
  ClawKey key = { 0 };
  claw_key_set (&key, own_key);
  Pages pages = { .fixture = fixture, .archive = claw_archive_open (path, &key, NULL) };
  claw_key_clear (&key);
  g_assert_nonnull (pages.archive);
  fill_archive (pages.archive);
  pages.matches = claw_old_matches_new (fixture->conversation, on_page_wanted, &pages);
  claw_old_matches_set_archive (pages.matches, pages.archive);
  on_page_wanted (&pages);
  wait_for_view (fixture, "hay 299");
  g_assert_cmpuint (pages.n_pages, ==, 1);
  claw_conversation_search (fixture->conversation, "nowhere");
  run_for_ms (500);
  g_assert_cmpuint (pages.n_pages, ==, 1);
  claw_conversation_search (fixture->conversation, "NEEDLE");
  wait_for_view (fixture, "needle 120");
  g_assert_cmpuint (pages.n_pages, ==, 4);
  claw_conversation_search (fixture->conversation, NULL);
  claw_old_matches_free (pages.matches);
  g_assert_true (claw_archive_destroy (pages.archive, NULL));
  g_object_unref (pages.archive);
  g_rmdir (directory);
}

static void
save_picture (Fixture *fixture, const char *name)
{
  const char *directory = g_getenv ("CLAWCHAT_SCREENSHOTS");
  if (!directory)
    return;
  run_for_ms (500);
  g_autofree char *file = g_strdup_printf ("%s/%s.png", directory, name);
  int width = gtk_widget_get_width (fixture->window);
  int height = gtk_widget_get_height (fixture->window);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (fixture->window);
  g_autoptr (GskRenderNode) node = NULL;
  /* There is nothing while the window manager still moves it. */
  while (!node)
    {
      GtkSnapshot *snapshot = gtk_snapshot_new ();
      run_for_ms (50);
      gdk_paintable_snapshot (paintable, snapshot, width, height);
      node = gtk_snapshot_free_to_node (snapshot);
    }
  GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (fixture->window));
  g_autoptr (GdkTexture) texture = gsk_renderer_render_texture (renderer, node, NULL);
  g_mkdir_with_parents (directory, 0755);
  g_assert_true (gdk_texture_save_to_png (texture, file));
}

static void
fill (Fixture *fixture)
{
  g_autoptr (ClawMessage) question = add (fixture, "Anna", 2 * DAY_US, NULL,
                                          "Has anyone tried the new harbour café?");
  g_autoptr (ClawMessage) mine = add (fixture, NULL, DAY_US, question,
                                      "Yes! Their page is https://example.org/cafe?from=chat "
                                      "and the terrace is lovely.");
  claw_conversation_set_state (fixture->conversation, mine, CLAW_MESSAGE_DELIVERED);
  claw_message_unref (add (fixture, "Ben", 50 * MINUTE_US, mine, "Meet there at six? 👋"));
  claw_message_unref (add (fixture, "Ben", 49 * MINUTE_US, NULL,
                           "I can bring the maps, the old ones from the archive, and the long "
                           "list of places that we still have to visit."));
  claw_conversation_add_notice (fixture->conversation, "Cleo joined");
  claw_message_unref (add (fixture, NULL, 5 * MINUTE_US, NULL, "Six is fine"));
  claw_conversation_set_stuck (fixture->conversation, TRUE);
  claw_conversation_set_attended (fixture->conversation, FALSE);
  claw_message_unref (add (fixture, "Cleo", 0, NULL, "مرحبا بالجميع"));
  claw_conversation_set_attended (fixture->conversation, TRUE);
  claw_typing_label_set (fixture->typing, "Anna", TRUE);
  claw_composer_set_reply (fixture->composer, question, "Anna");
}

/* Pictures of it all: light, dark, from right to left, and as narrow as a telephone. */
static void
test_pictures (Fixture *fixture, gconstpointer data)
{
  AdwStyleManager *style = adw_style_manager_get_default ();
  fill (fixture);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 640, 760);
  save_picture (fixture, "talk-light");
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_DARK);
  save_picture (fixture, "talk-dark");
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_DEFAULT);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 360, 760);
  claw_search_bar_set_active (fixture->search, TRUE);
  GtkWidget *entry = find_type (GTK_WIDGET (fixture->search), GTK_TYPE_SEARCH_ENTRY);
  gtk_editable_set_text (GTK_EDITABLE (entry), "the");
  run_for_ms (500);
  save_picture (fixture, "talk-narrow-search");
  g_assert_cmpint (gtk_widget_get_width (fixture->window), <=, 360);
  claw_search_bar_set_active (fixture->search, FALSE);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 640, 760);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  save_picture (fixture, "talk-rtl");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 77;
  g_autoptr (GtkCssProvider) css = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (css, "/org/clawchat/ClawChat/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (css),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()),
                                    "/org/clawchat/ClawChat/icons");
  struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/talk/age/told-to-screen-readers", test_age },
    { "/talk/quote/leads-there", test_quote },
    { "/talk/actions/reach-the-owner", test_actions },
    { "/talk/prepend/stays", test_prepend },
    { "/talk/unread/mark", test_unread },
    { "/talk/search/steps", test_search },
    { "/talk/composer/draft-and-answer", test_composer },
    { "/talk/search/ended", test_search_ended },
    { "/talk/composer/keyboard", test_composer_keyboard },
    { "/talk/composer/emoji", test_emoji },
    { "/talk/typing/names", test_typing },
    { "/talk/members/list", test_members },
    { "/talk/connected/hear-each-other", test_connected },
    { "/talk/edit/what-was-taken-back", test_edit },
    { "/talk/search/older-pages", test_old_matches },
    { "/talk/pictures/taken", test_pictures },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
