/* test-history-search.c: looking for text in a conversation without any widget. */
#include "claw-history-search.h"
#include "claw-text-match.h"

#include <string.h>

#define NOON_US (G_GINT64_CONSTANT (1700049600) * G_USEC_PER_SEC)

static void
add (ClawHistory *history, const char *text)
{
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, NOON_US, NULL);
  claw_history_add_message (history, message, CLAW_MESSAGE_ITEM_OWN);
}

static void
on_changed (gpointer user_data)
{
  (*(unsigned *) user_data)++;
}

static void
complete (ClawHistorySearch *search)
{
  while (!claw_history_search_is_complete (search))
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_step (ClawHistorySearch *search, gboolean to_older, const char *text, unsigned present)
{
  ClawMessageItem *item = claw_history_search_step (search, to_older);
  g_assert_cmpstr (claw_message_item_get_text (item), ==, text);
  g_assert_cmpuint (claw_history_search_get_present (search), ==, present);
}

/* Matches are gone through from the newest, and around at both ends. */
static void
test_steps (void)
{
  unsigned n_changes = 0;
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, "Apple one");
  add (history, "nothing");
  add (history, "two apples");
  claw_history_add_notice (history, "apple joined");
  g_autoptr (ClawHistorySearch) search = claw_history_search_new (history, on_changed, &n_changes);
  g_assert_null (claw_history_search_step (search, TRUE));
  claw_history_search_set_text (search, " APPLE ");
  complete (search);
  g_assert_cmpuint (claw_history_search_count (search), ==, 2);
  g_assert_cmpuint (n_changes, >=, 1);
  assert_step (search, TRUE, "two apples", 1);
  assert_step (search, TRUE, "Apple one", 2);
  assert_step (search, TRUE, "two apples", 1);
  assert_step (search, FALSE, "Apple one", 2);
  claw_history_search_set_text (search, NULL);
  g_assert_cmpuint (claw_history_search_count (search), ==, 0);
}

/* What comes later is looked at too, and the present match stays the present one. */
static void
test_later (void)
{
  unsigned n_changes = 0;
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, "old");
  g_autoptr (ClawHistorySearch) search = claw_history_search_new (history, on_changed, &n_changes);
  claw_history_search_set_text (search, "old");
  complete (search);
  assert_step (search, TRUE, "old", 1);
  add (history, "gold");
  add (history, "silver");
  g_assert_cmpuint (claw_history_search_count (search), ==, 2);
  g_assert_cmpuint (claw_history_search_get_present (search), ==, 2);
  claw_history_clear (history);
  complete (search);
  g_assert_cmpuint (claw_history_search_count (search), ==, 0);
}

/* Older messages that are prepended follow the others, and the present match stays the present one
 * when it is stepped on from there, or when another is gone. */
static void
test_older (void)
{
  unsigned n_changes = 0;
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (ClawMessage) message = claw_message_new ("apple two", -1, NOON_US, NULL);
  claw_history_add_message (history, message, CLAW_MESSAGE_ITEM_OWN);
  add (history, "apple three");
  g_autoptr (ClawHistorySearch) search = claw_history_search_new (history, on_changed, &n_changes);
  claw_history_search_set_text (search, "apple");
  complete (search);
  assert_step (search, TRUE, "apple three", 1);
  assert_step (search, TRUE, "apple two", 2);
  for (int i = 1; i >= 0; i--)
    {
      g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
      g_autofree char *text = g_strdup_printf ("apple %s", i == 1 ? "one" : "zero");
      g_autoptr (ClawMessage) older = claw_message_new (text, -1, NOON_US - 2 + i, NULL);
      g_ptr_array_add (items, claw_message_item_new (older, CLAW_MESSAGE_ITEM_OWN));
      claw_history_prepend (history, items);
      g_assert_cmpuint (claw_history_search_get_present (search), ==, 2);
    }
  g_assert_false (claw_history_search_is_complete (search));
  complete (search);
  g_assert_cmpuint (claw_history_search_count (search), ==, 4);
  g_assert_cmpuint (claw_history_search_get_present (search), ==, 2);
  assert_step (search, TRUE, "apple one", 3);
  assert_step (search, TRUE, "apple zero", 4);
  assert_step (search, FALSE, "apple one", 3);
  claw_history_remove (history, message);
  g_assert_cmpuint (claw_history_search_count (search), ==, 3);
  g_assert_cmpuint (claw_history_search_get_present (search), ==, 2);
  assert_step (search, FALSE, "apple three", 1);
}

static const struct
{
  const char *text;
  const char *looked_for;
  int at; /* -1: not there */
  size_t length;
} table[] = {
  { "Hello World", "world", 6, 5 },
  { "Hello World", "worlds", -1, 0 },
  { "Gr\u00dc\u00dfe", "\u00fc\u00df", 2, 4 },
  { "\u4f60\u597d", "\u597d", 3, 3 },
  { "aab", "ab", 1, 2 },
  { "\u00e9", "e", -1, 0 },
  { "x\u0391y", "\u03b1", 1, 2 },
};

/* Case does not matter, and a match is a part of the text. */
static void
test_match (void)
{
  g_assert_null (claw_text_match_fold (" \n "));
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    {
      size_t length = 0;
      const char *text = table[i].text;
      g_autofree char *folded = claw_text_match_fold (table[i].looked_for);
      const char *match = claw_text_match_find (text, strlen (text), folded, &length);
      g_assert_cmpint (match ? (int) (match - text) : -1, ==, table[i].at);
      if (match)
        g_assert_cmpuint (length, ==, table[i].length);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history-search/steps/around", test_steps);
  g_test_add_func ("/history-search/later/found", test_later);
  g_test_add_func ("/history-search/older/follow", test_older);
  g_test_add_func ("/text-match/table/found", test_match);
  return g_test_run ();
}
