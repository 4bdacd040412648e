/* test-original-search.c: from an answer to what it quotes, in pages that are not loaded, on a
 * display. */
#include "claw-message-row.h"
#include "claw-original-search.h"
#include "own-archive.h"
#include "widget-test.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_MESSAGES 1000
#define PAGE 100
#define NOW_US (G_GINT64_CONSTANT (1700049600) * G_USEC_PER_SEC)
#define NOT_FOUND "The quoted message was not found"
/* What the messages from ANSWERS on quote; one of no number is nowhere. */
#define ANSWERS 996
static const unsigned originals[] = { 3, 4, 550, 5000 };

typedef struct
{
  char *directory;
  ClawArchive *archive;
  GtkWidget *window;
  ClawConversation *conversation;
  ClawOriginalSearch *search;
  gint64 first_row;
  unsigned n_pages;
  gboolean is_held; /* pages that are wanted do not come */
  gboolean has_no_page;
} Fixture;

static const uint8_t own_key[CLAW_PUBLIC_KEY_SIZE] = { 7 };

/* Every second message is ours. */
static gboolean
is_own (unsigned number)
{
  return number % 2 == 0;
}

static void
get_id (unsigned number, uint8_t id[CLAW_MESSAGE_ID_SIZE])
{
  memset (id, 1, CLAW_MESSAGE_ID_SIZE);
  memcpy (id + 1, &number, sizeof number);
}

static void
on_page (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = claw_archive_load_finish (CLAW_ARCHIVE (source), result, &error);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_assert_no_error (error);
  for (guint i = 0; i < page->len; i++)
    {
      const ClawArchivedMessage *archived = page->pdata[i];
      ClawMessageItem *item = claw_message_item_new (
          archived->message, archived->is_own ? CLAW_MESSAGE_ITEM_OWN : CLAW_MESSAGE_ITEM_OTHER);
      claw_message_item_set_state (item, CLAW_MESSAGE_DELIVERED);
      g_ptr_array_add (items, item);
      if (i == 0)
        fixture->first_row = archived->row;
    }
  fixture->n_pages++;
  claw_conversation_prepend (fixture->conversation, items);
  claw_original_search_page_loaded (fixture->search, fixture->first_row);
}

static gboolean
on_wanted (gpointer user_data)
{
  Fixture *fixture = user_data;
  if (!fixture->is_held && !fixture->has_no_page)
    claw_archive_load_async (fixture->archive, fixture->first_row, PAGE, NULL, on_page, fixture);
  return !fixture->has_no_page;
}

static void
add_message (Fixture *fixture, unsigned number)
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE], quoted[CLAW_MESSAGE_ID_SIZE];
  ClawMessageReply reply = { .sender = (char *) "ben", .excerpt = (char *) "what was said" };
  g_autofree char *text = g_strdup_printf ("number %u", number);
  get_id (number, id);
  if (number >= ANSWERS)
    {
      get_id (originals[number - ANSWERS], quoted);
      memcpy (reply.id, quoted, sizeof quoted);
      if (is_own (originals[number - ANSWERS]))
        claw_message_share_id (quoted, own_key, reply.id);
    }
  g_autoptr (ClawMessage) message = claw_message_new_with_reply (
      id, is_own (number) ? NULL : "anna", NOW_US + number * (gint64) G_USEC_PER_SEC,
      number >= ANSWERS ? &reply : NULL, text, -1, NULL);
  claw_archive_add (fixture->archive, message, is_own (number), CLAW_MESSAGE_DELIVERED);
}

/* Returns: (transfer none) (nullable): the row of message @number, when it is in view. */
static GtkWidget *
find_row (Fixture *fixture, unsigned number)
{
  g_autofree char *text = g_strdup_printf ("number %u", number);
  GtkWidget *list = find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_LIST_VIEW);
  for (GtkWidget *child = gtk_widget_get_first_child (list); child;
       child = gtk_widget_get_next_sibling (child))
    {
      graphene_rect_t bounds;
      if (gtk_widget_get_mapped (child) && says (child, text)
          && gtk_widget_compute_bounds (child, GTK_WIDGET (fixture->conversation), &bounds)
          && bounds.origin.y + bounds.size.height > 0
          && bounds.origin.y < (float) gtk_widget_get_height (GTK_WIDGET (fixture->conversation)))
        return child;
    }
  return NULL;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GtkWidget *overlay = adw_toast_overlay_new ();
  fixture->archive = open_own_archive (&fixture->directory);
  for (unsigned i = 0; i < N_MESSAGES; i++)
    add_message (fixture, i);
  fixture->conversation = g_object_new (CLAW_TYPE_CONVERSATION, NULL);
  claw_conversation_set_own_key (fixture->conversation, own_key);
  fixture->search = claw_original_search_new (fixture->conversation, on_wanted, fixture);
  claw_original_search_set_archive (fixture->search, fixture->archive);
  fixture->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 360, 700);
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (overlay), GTK_WIDGET (fixture->conversation));
  gtk_window_set_child (GTK_WINDOW (fixture->window), overlay);
  gtk_window_present (GTK_WINDOW (fixture->window));
  on_wanted (fixture);
  RUN_UNTIL (fixture->n_pages == 1);
  RUN_UNTIL (claw_conversation_is_at_end (fixture->conversation)
             && find_row (fixture, N_MESSAGES - 1));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_original_search_free (fixture->search);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  destroy_own_archive (fixture->archive, fixture->directory);
}

/* Clicks the quotation in the answer to @original. */
static void
click (Fixture *fixture, unsigned original)
{
  unsigned number = ANSWERS;
  while (originals[number - ANSWERS] != original)
    number++;
  RUN_UNTIL (find_row (fixture, number));
  g_signal_emit_by_name (find_with_class (find_row (fixture, number), "quote"), "clicked");
}

static gboolean
window_says (Fixture *fixture, const char *text)
{
  return says (fixture->window, text);
}

static void
scroll_by (Fixture *fixture, double pixels)
{
  GtkWidget *scroller = find_type (GTK_WIDGET (fixture->conversation), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + pixels);
}

/* As many pages are loaded as it takes, and no more; the original is in view then. */
static void
test_led_there (Fixture *fixture, gconstpointer data)
{
  click (fixture, 550);
  g_assert_true (claw_original_search_is_busy (fixture->search));
  RUN_UNTIL (find_row (fixture, 550));
  g_assert_false (claw_original_search_is_busy (fixture->search));
  g_assert_cmpuint (fixture->n_pages, ==, 5);
  g_assert_false (window_says (fixture, NOT_FOUND));
}

/* One of ours is found by the id that others know it by. */
static void
test_own (Fixture *fixture, gconstpointer data)
{
  click (fixture, 4);
  RUN_UNTIL (find_row (fixture, 4));
  g_assert_cmpuint (fixture->n_pages, ==, N_MESSAGES / PAGE);
}

/* What is nowhere is told, and loads nothing. */
static void
test_nowhere (Fixture *fixture, gconstpointer data)
{
  click (fixture, 5000);
  RUN_UNTIL (window_says (fixture, NOT_FOUND));
  g_assert_false (claw_original_search_is_busy (fixture->search));
  g_assert_cmpuint (fixture->n_pages, ==, 1);
}

/* So is what cannot be had: where nothing is kept, and where no older page can be loaded. */
static void
test_cannot_be_had (Fixture *fixture, gconstpointer data)
{
  if (data)
    fixture->has_no_page = TRUE;
  else
    claw_original_search_set_archive (fixture->search, NULL);
  click (fixture, 3);
  RUN_UNTIL (window_says (fixture, NOT_FOUND));
  g_assert_false (claw_original_search_is_busy (fixture->search));
}

/* A page that brings nothing older is the last one. */
static void
test_no_older (Fixture *fixture, gconstpointer data)
{
  fixture->is_held = TRUE;
  click (fixture, 3);
  run_for_ms (500);
  claw_original_search_page_loaded (fixture->search, fixture->first_row);
  RUN_UNTIL (window_says (fixture, NOT_FOUND));
  g_assert_false (claw_original_search_is_busy (fixture->search));
}

/* What takes long says how far it is; its button gives it up, and leaves the focus in
 * the conversation. */
static void
test_long (Fixture *fixture, gconstpointer data)
{
  fixture->is_held = TRUE;
  click (fixture, 3);
  RUN_UNTIL (window_says (fixture, "Looking for the quoted message… 0%"));
  claw_original_search_page_loaded (fixture->search, fixture->first_row / 2);
  RUN_UNTIL (window_says (fixture, "Looking for the quoted message… 50%"));
  GtkWidget *toast = fixture->window;
  for (GtkWidget *child = gtk_widget_get_first_child (
           gtk_window_get_child (GTK_WINDOW (fixture->window)));
       child; child = gtk_widget_get_next_sibling (child))
    if (child != GTK_WIDGET (fixture->conversation))
      toast = child;
  GtkWidget *button = find_type (toast, GTK_TYPE_BUTTON);
  g_assert_true (says (button, "Cancel"));
  gtk_widget_grab_focus (button);
  g_signal_emit_by_name (button, "clicked");
  g_assert_false (claw_original_search_is_busy (fixture->search));
  RUN_UNTIL (!window_says (fixture, "Looking for the quoted message… 50%"));
  run_for_ms (100);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (fixture->window));
  g_assert_true (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (fixture->conversation)));
  g_assert_false (window_says (fixture, NOT_FOUND));
}

static void
leave (Fixture *fixture)
{
  gtk_widget_set_visible (GTK_WIDGET (fixture->conversation), FALSE);
}

static void
scroll (Fixture *fixture)
{
  scroll_by (fixture, -40);
}

static void
search (Fixture *fixture)
{
  claw_conversation_search (fixture->conversation, "number 990");
}

static void
go_to_end (Fixture *fixture)
{
  claw_conversation_scroll_to_end (fixture->conversation);
}

static const struct
{
  const char *path;
  void (*go) (Fixture *fixture);
} ways[] = {
  { "/original-search/left/scrolls", scroll },
  { "/original-search/left/searches", search },
  { "/original-search/left/goes-to-end", go_to_end },
  { "/original-search/left/looks-at-another-chat", leave },
};

/* Who goes elsewhere is not fetched back, and the toast goes. */
static void
test_left (Fixture *fixture, gconstpointer data)
{
  unsigned way = GPOINTER_TO_UINT (data);
  fixture->is_held = TRUE;
  click (fixture, 3);
  RUN_UNTIL (window_says (fixture, "Looking for the quoted message… 0%"));
  ways[way].go (fixture);
  RUN_UNTIL (!claw_original_search_is_busy (fixture->search)
             && !window_says (fixture, "Looking for the quoted message… 0%"));
  fixture->is_held = FALSE;
  on_wanted (fixture);
  RUN_UNTIL (fixture->n_pages == 2);
  run_for_ms (100);
  g_assert_cmpuint (fixture->n_pages, ==, 2);
}

/* What others say meanwhile is no reason to give up, though the end is followed. */
static void
test_others_speak (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = claw_message_new ("meanwhile", -1, NOW_US * 2, NULL);
  fixture->is_held = TRUE;
  click (fixture, 550);
  claw_conversation_add_other (fixture->conversation, message);
  run_for_ms (500);
  g_assert_true (claw_original_search_is_busy (fixture->search));
  fixture->is_held = FALSE;
  on_wanted (fixture);
  RUN_UNTIL (find_row (fixture, 550));
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 0;
  claw_secret_init ();
#define ADD(path, data, function) g_test_add (path, Fixture, data, set_up, function, tear_down)
  ADD ("/original-search/not-loaded/led-there", NULL, test_led_there);
  ADD ("/original-search/not-loaded/own", NULL, test_own);
  ADD ("/original-search/nowhere/told", NULL, test_nowhere);
  ADD ("/original-search/nothing-kept/told", NULL, test_cannot_be_had);
  ADD ("/original-search/no-page/told", "", test_cannot_be_had);
  ADD ("/original-search/no-older/told", NULL, test_no_older);
  ADD ("/original-search/long/told-and-given-up", NULL, test_long);
  for (unsigned i = 0; i < G_N_ELEMENTS (ways); i++)
    ADD (ways[i].path, GUINT_TO_POINTER (i), test_left);
  ADD ("/original-search/others-speak/goes-on", NULL, test_others_speak);
  return g_test_run ();
}
