/* test-old-matches.c: searching through pages of the history that are not loaded, on a display. */
#include "claw-old-matches.h"
#include "claw-search-bar.h"
#include "own-archive.h"
#include "widget-test.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_MESSAGES 1000
#define PAGE 100
#define PATIENCE 2000 /* turns of the main loop, of which each takes 10 ms or more */
#define NOW_US (G_GINT64_CONSTANT (1700049600) * G_USEC_PER_SEC)

typedef struct
{
  char *directory;
  ClawArchive *archive;
  GtkWidget *window;
  ClawConversation *conversation;
  ClawSearchBar *bar;
  ClawOldMatches *matches;
  gint64 first_row;
  unsigned n_pages;
} Fixture;

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
      g_ptr_array_add (items, claw_message_item_new (archived->message, CLAW_MESSAGE_ITEM_OTHER));
      if (i == 0)
        fixture->first_row = archived->row;
    }
  fixture->n_pages++;
  claw_conversation_prepend (fixture->conversation, items);
  claw_old_matches_page_loaded (fixture->matches, fixture->first_row);
}

static void
on_wanted (gpointer user_data)
{
  Fixture *fixture = user_data;
  claw_archive_load_async (fixture->archive, fixture->first_row, PAGE, NULL, on_page, fixture);
}

/* Message 3, 203, 403, 603 and 803 are about apples, number 1 is about a pear. */
static void
add_messages (Fixture *fixture)
{
  for (unsigned i = 0; i < N_MESSAGES; i++)
    {
      uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 1 };
      const char *what = i % 200 == 3 ? "Apple" : i == 1 ? "pear" : "nothing";
      g_autofree char *text = g_strdup_printf ("%s %u", what, i);
      memcpy (id + 1, &i, sizeof i);
      g_autoptr (ClawMessage) message = claw_message_new_full (
          id, "anna", NOW_US + i * (gint64) G_USEC_PER_SEC, text, -1, NULL);
      claw_archive_add (fixture->archive, message, FALSE, CLAW_MESSAGE_DELIVERED);
    }
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  fixture->archive = open_own_archive (&fixture->directory);
  add_messages (fixture);
  fixture->conversation = g_object_new (CLAW_TYPE_CONVERSATION, NULL);
  fixture->bar = g_object_new (CLAW_TYPE_SEARCH_BAR, NULL);
  fixture->matches = claw_old_matches_new (fixture->conversation, on_wanted, fixture);
  claw_old_matches_set_archive (fixture->matches, fixture->archive);
  claw_search_bar_set_conversation (fixture->bar, fixture->conversation);
  claw_search_bar_set_old_matches (fixture->bar, fixture->matches);
  fixture->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 360, 500);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->bar));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->conversation));
  gtk_window_set_child (GTK_WINDOW (fixture->window), box);
  show_window (fixture->window);
  claw_search_bar_set_active (fixture->bar, TRUE);
  on_wanted (fixture);
  RUN_UNTIL (fixture->n_pages == 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_search_bar_set_old_matches (fixture->bar, NULL);
  claw_old_matches_free (fixture->matches);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  destroy_own_archive (fixture->archive, fixture->directory);
}

static GtkWidget *
find_named (GtkWidget *widget, GType type, const char *id)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type)
      && g_strcmp0 (gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), id) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_named (child, type, id);
      if (found)
        return found;
    }
  return NULL;
}

static void
wait_for_count (Fixture *fixture, const char *expected)
{
  GtkWidget *count = find_named (GTK_WIDGET (fixture->bar), GTK_TYPE_LABEL, "count");
  for (unsigned i = 0; i < PATIENCE
                       && (g_strcmp0 (gtk_label_get_text (GTK_LABEL (count)), expected) != 0
                           || claw_old_matches_is_busy (fixture->matches));
       i++)
    run_for_ms (10);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (count)), ==, expected);
  g_assert_false (claw_old_matches_is_busy (fixture->matches));
}

static void
search (Fixture *fixture, const char *text)
{
  GtkWidget *entry = find_named (GTK_WIDGET (fixture->bar), GTK_TYPE_SEARCH_ENTRY, "entry");
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
}

static void
press (Fixture *fixture, const char *id, const char *expected)
{
  GtkWidget *button = find_named (GTK_WIDGET (fixture->bar), GTK_TYPE_BUTTON, id);
  g_assert_true (gtk_widget_get_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  wait_for_count (fixture, expected);
}

/* All matches are counted at once; going on from the oldest that is loaded loads as many pages as
 * it takes, and no more; then it goes back to the newer ones. */
static void
test_goes_on (Fixture *fixture, gconstpointer data)
{
  on_wanted (fixture);
  RUN_UNTIL (fixture->n_pages == 2);
  search (fixture, "apple");
  wait_for_count (fixture, "1 of 5");
  g_assert_cmpuint (fixture->n_pages, ==, 2);
  press (fixture, "newer", "1 of 5"); /* around the end are matches that are not loaded */
  press (fixture, "older", "2 of 5");
  g_assert_cmpuint (fixture->n_pages, ==, 4);
  press (fixture, "older", "3 of 5");
  press (fixture, "newer", "2 of 5");
  press (fixture, "older", "3 of 5");
  g_assert_cmpuint (fixture->n_pages, ==, 6);
  press (fixture, "older", "4 of 5");
  press (fixture, "older", "5 of 5");
  g_assert_cmpuint (fixture->n_pages, ==, N_MESSAGES / PAGE);
  press (fixture, "older", "1 of 5"); /* all are loaded: around */
  press (fixture, "newer", "5 of 5");
}

/* When nothing that is shown matches, the newest match is loaded at once; and what is nowhere
 * loads nothing. */
static void
test_nothing_shown (Fixture *fixture, gconstpointer data)
{
  search (fixture, "plum");
  wait_for_count (fixture, "No Matches");
  g_assert_cmpuint (fixture->n_pages, ==, 1);
  search (fixture, "apple");
  wait_for_count (fixture, "1 of 5");
  g_assert_cmpuint (fixture->n_pages, ==, 2);
  search (fixture, "pear");
  wait_for_count (fixture, "1 of 1");
  g_assert_cmpuint (fixture->n_pages, ==, N_MESSAGES / PAGE);
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 77;
  claw_secret_init ();
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/old-matches/older/goes-on", test_goes_on);
  ADD ("/old-matches/nothing-shown/loaded-at-once", test_nothing_shown);
  return g_test_run ();
}
