/* test-history.c: the lines of a conversation without any widget. */
#include "claw-history.h"

#include <string.h>

/* Noon, so that minutes later it is the same day in every time zone with whole hours. */
#define NOON_US (G_GINT64_CONSTANT (1700049600) * G_USEC_PER_SEC)
#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)
#define DAY_US (24 * 60 * MINUTE_US)

static ClawMessage *
make_message (const char *sender, gint64 time_us, const char *text)
{
  static uint32_t counter;
  uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 0 };
  counter++;
  memcpy (id, &counter, sizeof counter);
  g_autoptr (GError) error = NULL;
  ClawMessage *message = claw_message_new_full (id, sender, time_us, text, -1, &error);
  g_assert_no_error (error);
  return message;
}

static void
add (ClawHistory *history, const char *sender, gint64 time_us, const char *text)
{
  g_autoptr (ClawMessage) message = make_message (sender, time_us, text);
  claw_history_add_message (history, message,
                            sender ? CLAW_MESSAGE_ITEM_OTHER : CLAW_MESSAGE_ITEM_OWN);
}

/* Returns: (transfer none): the history keeps it. */
static ClawMessageItem *
get (ClawHistory *history, unsigned position)
{
  g_autoptr (ClawMessageItem) item = g_list_model_get_item (claw_history_get_model (history),
                                                            position);
  g_assert_nonnull (item);
  return item;
}

static unsigned
count (ClawHistory *history)
{
  return g_list_model_get_n_items (claw_history_get_model (history));
}

static ClawMessageItemKind
get_kind (ClawHistory *history, unsigned position)
{
  return claw_message_item_get_kind (get (history, position));
}

/* Only the first of several messages of one sender tells who that is. */
static void
test_run_of_one_sender (void)
{
  static const gboolean expected[] = { TRUE, FALSE, TRUE, TRUE, TRUE };
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, "anna", NOON_US, "one");
  add (history, "anna", NOON_US + MINUTE_US, "two");
  add (history, "ben", NOON_US + MINUTE_US, "three");
  add (history, NULL, NOON_US + MINUTE_US, "four");
  add (history, NULL, NOON_US + MINUTE_US + CLAW_HISTORY_RUN_US, "five");
  g_assert_cmpuint (count (history), ==, 6);
  for (unsigned i = 0; i < 5; i++)
    g_assert_cmpint (claw_message_item_get_leads (get (history, i + 1)), ==, expected[i]);
}

/* A notice between two messages of one sender ends the run. */
static void
test_run_after_notice (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, "anna", NOON_US, "one");
  claw_history_add_notice (history, "ben joined");
  add (history, "anna", NOON_US, "two");
  g_assert_cmpint (get_kind (history, 2), ==, CLAW_MESSAGE_ITEM_NOTICE);
  g_assert_true (claw_message_item_get_leads (get (history, 3)));
}

/* A line tells the day ahead of its first message, and nothing is told within it. */
static void
test_day_line (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, "anna", NOON_US, "one");
  claw_history_add_notice (history, "ben joined");
  add (history, "anna", NOON_US + MINUTE_US, "two");
  add (history, "anna", NOON_US + DAY_US, "three");
  g_assert_cmpuint (count (history), ==, 6);
  g_assert_cmpint (get_kind (history, 0), ==, CLAW_MESSAGE_ITEM_DAY);
  g_assert_cmpint (get_kind (history, 4), ==, CLAW_MESSAGE_ITEM_DAY);
  g_assert_cmpstr (claw_message_item_get_text (get (history, 5)), ==, "three");
}

/* Times that no calendar has come from peers too, and must not harm. */
static void
test_impossible_time (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, "anna", NOON_US, "one");
  add (history, "anna", G_MAXINT64, "two");
  g_assert_cmpstr (claw_message_item_get_text (get (history, count (history) - 1)), ==, "two");
}

static GPtrArray *
make_page (void)
{
  return g_ptr_array_new_with_free_func (g_object_unref);
}

static void
put (GPtrArray *page, const char *sender, gint64 time_us, const char *text)
{
  g_autoptr (ClawMessage) message = make_message (sender, time_us, text);
  g_ptr_array_add (page, claw_message_item_new (message, sender ? CLAW_MESSAGE_ITEM_OTHER
                                                                : CLAW_MESSAGE_ITEM_OWN));
}

/* Older messages are put in front with their days; where they meet what is there, the day is not
 * told twice and a run goes on. */
static void
test_prepend_joins (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (GPtrArray) page = make_page ();
  add (history, "anna", NOON_US + MINUTE_US, "three");
  put (page, "anna", NOON_US - DAY_US, "one");
  put (page, "anna", NOON_US, "two");
  g_assert_cmpuint (claw_history_prepend (history, page), ==, 4);
  g_assert_cmpuint (count (history), ==, 5);
  g_assert_cmpint (get_kind (history, 0), ==, CLAW_MESSAGE_ITEM_DAY);
  g_assert_cmpint (get_kind (history, 2), ==, CLAW_MESSAGE_ITEM_DAY);
  g_assert_cmpstr (claw_message_item_get_text (get (history, 3)), ==, "two");
  g_assert_true (claw_message_item_get_leads (get (history, 3)));
  g_assert_cmpstr (claw_message_item_get_text (get (history, 4)), ==, "three");
  g_assert_false (claw_message_item_get_leads (get (history, 4)));
}

/* After a page into an empty history, the next message goes on with its day. */
static void
test_prepend_first (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (GPtrArray) page = make_page ();
  put (page, "anna", NOON_US, "one");
  claw_history_prepend (history, page);
  add (history, "anna", NOON_US + MINUTE_US, "two");
  g_assert_cmpuint (count (history), ==, 3);
  g_assert_false (claw_message_item_get_leads (get (history, 2)));
}

/* What is held already is not put in front once more. */
static void
test_prepend_twice (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (ClawMessage) message = make_message ("anna", NOON_US, "one");
  g_autoptr (GPtrArray) page = make_page ();
  claw_history_add_message (history, message, CLAW_MESSAGE_ITEM_OTHER);
  g_ptr_array_add (page, claw_message_item_new (message, CLAW_MESSAGE_ITEM_OTHER));
  g_assert_cmpuint (claw_history_prepend (history, page), ==, 0);
  g_assert_cmpuint (count (history), ==, 2);
}

static void
put_row (GPtrArray *page, gint64 row, const char *text)
{
  put (page, "anna", NOON_US, text);
  claw_message_item_set_row (page->pdata[page->len - 1], row);
}

/* The row of the oldest message is that of what is left, not of what once was there, or found no
 * room. */
static void
test_first_row (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (GPtrArray) page = make_page ();
  g_assert_cmpint (claw_history_get_first_row (history), ==, 0);
  claw_history_add_notice (history, "x");
  g_assert_cmpint (claw_history_get_first_row (history), ==, 0);
  for (gint64 row = 7; row <= 9; row++)
    put_row (page, row, "old");
  for (unsigned i = 0; i < CLAW_HISTORY_ITEMS_MAX - 3; i++)
    claw_history_add_notice (history, "x");
  g_assert_cmpuint (claw_history_prepend (history, page), ==, 2);
  g_assert_cmpint (claw_history_get_first_row (history), ==, 8);
  add (history, "anna", NOON_US, "new");
  g_assert_cmpint (claw_history_get_first_row (history), ==, 0);
}

/* A message that came while it was held already tells its row. */
static void
test_row_of_held (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (ClawMessage) message = make_message ("anna", NOON_US, "one");
  g_autoptr (GPtrArray) page = make_page ();
  claw_history_add_message (history, message, CLAW_MESSAGE_ITEM_OTHER);
  g_ptr_array_add (page, claw_message_item_new (message, CLAW_MESSAGE_ITEM_OTHER));
  claw_message_item_set_row (page->pdata[0], 5);
  claw_history_prepend (history, page);
  g_assert_cmpint (claw_history_get_first_row (history), ==, 5);
}

/* Of a page that is too large, the newest is kept. */
static void
test_prepend_limit (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (GPtrArray) page = make_page ();
  for (unsigned i = 0; i < 4; i++)
    put (page, "anna", NOON_US, i < 3 ? "old" : "newest");
  for (unsigned i = 0; i < CLAW_HISTORY_ITEMS_MAX - 2; i++)
    claw_history_add_notice (history, "x");
  g_assert_cmpuint (claw_history_prepend (history, page), ==, 2);
  g_assert_cmpuint (count (history), ==, CLAW_HISTORY_ITEMS_MAX);
  g_assert_cmpstr (claw_message_item_get_text (get (history, 1)), ==, "newest");
}

/* Messages of others are found by their id, ours by the one that others see, also when our key is
 * learned late. */
static void
test_find (void)
{
  static const uint8_t key[CLAW_PUBLIC_KEY_SIZE] = { 7 };
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (ClawMessage) other = make_message ("anna", NOON_US, "one");
  g_autoptr (ClawMessage) own = make_message (NULL, NOON_US, "two");
  uint8_t shared[CLAW_MESSAGE_ID_SIZE];
  claw_history_add_message (history, other, CLAW_MESSAGE_ITEM_OTHER);
  claw_history_add_message (history, own, CLAW_MESSAGE_ITEM_OWN);
  claw_message_share_id (claw_message_get_id (own), key, shared);
  g_assert_null (claw_history_find (history, shared));
  claw_history_set_own_key (history, key);
  g_assert_true (claw_history_find (history, shared) == get (history, 2));
  g_assert_true (claw_history_find (history, claw_message_get_id (other)) == get (history, 1));
  g_assert_null (claw_history_find (history, claw_message_get_id (own)));
  g_assert_cmpuint (claw_history_count_pending (history), ==, 1);
}

/* The mark of what is unread is there once, and goes. */
static void
test_unread (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, "anna", NOON_US, "one");
  claw_history_mark_unread (history);
  add (history, "anna", NOON_US, "two");
  g_assert_cmpint (get_kind (history, 2), ==, CLAW_MESSAGE_ITEM_UNREAD);
  g_assert_true (claw_message_item_get_leads (get (history, 3)));
  claw_history_mark_unread (history);
  add (history, "anna", NOON_US, "three");
  g_assert_cmpuint (count (history), ==, 5);
  g_assert_cmpint (get_kind (history, 3), ==, CLAW_MESSAGE_ITEM_UNREAD);
  claw_history_clear_unread (history);
  g_assert_cmpuint (count (history), ==, 4);
  g_assert_null (claw_history_get_unread (history));
}

/* While nothing is sent, what is queued has failed, that is, and what comes; not what was sent
 * before. One can be taken away; the run goes on without it. */
static void
test_stuck (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (ClawMessage) message = make_message (NULL, NOON_US, "one");
  g_autoptr (ClawMessage) sent = make_message (NULL, NOON_US, "two");
  claw_history_add_message (history, message, CLAW_MESSAGE_ITEM_OWN);
  claw_history_add_message (history, sent, CLAW_MESSAGE_ITEM_OWN);
  claw_history_set_state (history, sent, CLAW_MESSAGE_SENT);
  g_assert_false (claw_message_item_get_leads (get (history, 2)));
  claw_history_set_stuck (history, TRUE);
  add (history, NULL, NOON_US, "three");
  g_assert_true (claw_message_item_is_failed (get (history, 1)));
  g_assert_false (claw_message_item_is_failed (get (history, 2)));
  g_assert_true (claw_message_item_is_failed (get (history, 3)));
  g_assert_cmpuint (claw_history_count_pending (history), ==, 3);
  claw_history_set_stuck (history, FALSE);
  g_assert_false (claw_message_item_is_failed (get (history, 1)));
  claw_history_set_stuck (history, TRUE);
  claw_history_set_state (history, message, CLAW_MESSAGE_SENT);
  g_assert_false (claw_message_item_is_failed (get (history, 1)));
  claw_history_set_state (history, message, CLAW_MESSAGE_QUEUED);
  g_assert_true (claw_message_item_is_failed (get (history, 1)));
  claw_history_remove (history, message);
  g_assert_cmpuint (count (history), ==, 3);
  g_assert_true (claw_message_item_get_leads (get (history, 1)));
  g_assert_null (claw_history_find (history, claw_message_get_id (message)));
}

/* The state of our own message is told with notify, and delivered ones are pending no longer. */
static void
test_state (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autoptr (ClawMessage) message = make_message (NULL, NOON_US, "one");
  g_autoptr (ClawMessage) stranger = make_message (NULL, NOON_US, "elsewhere");
  unsigned notified = 0;
  claw_history_add_message (history, message, CLAW_MESSAGE_ITEM_OWN);
  ClawMessageItem *item = get (history, 1);
  g_signal_connect_swapped (item, "notify::state", G_CALLBACK (g_atomic_int_inc), &notified);
  g_assert_cmpuint (claw_history_count_pending (history), ==, 1);
  claw_history_set_state (history, stranger, CLAW_MESSAGE_DELIVERED);
  claw_history_set_state (history, message, CLAW_MESSAGE_SENT);
  g_assert_cmpint (claw_message_item_get_state (item), ==, CLAW_MESSAGE_SENT);
  g_assert_cmpuint (claw_history_count_pending (history), ==, 1);
  claw_history_set_state (history, message, CLAW_MESSAGE_DELIVERED);
  g_assert_cmpint (claw_message_item_get_state (item), ==, CLAW_MESSAGE_DELIVERED);
  g_assert_cmpuint (claw_history_count_pending (history), ==, 0);
  g_assert_cmpuint (notified, ==, 2);
}

/* What is the first line once older ones are dropped says whose it is, and of which day; older
 * pages of that day take its line away again. */
static void
test_limit_in_run (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  for (unsigned i = 0; i < CLAW_HISTORY_ITEMS_MAX; i++)
    add (history, "anna", NOON_US, "x");
  g_assert_cmpuint (count (history), <, CLAW_HISTORY_ITEMS_MAX);
  g_assert_cmpint (get_kind (history, 0), ==, CLAW_MESSAGE_ITEM_DAY);
  g_assert_true (claw_message_item_get_leads (get (history, 1)));
  g_assert_false (claw_message_item_get_leads (get (history, 2)));

  g_autoptr (GPtrArray) page = make_page ();
  put (page, "anna", NOON_US, "older");
  claw_history_prepend (history, page);
  g_assert_cmpint (get_kind (history, 0), ==, CLAW_MESSAGE_ITEM_DAY);
  g_assert_cmpstr (claw_message_item_get_text (get (history, 1)), ==, "older");
  g_assert_cmpint (get_kind (history, 2), ==, CLAW_MESSAGE_ITEM_OTHER);
  g_assert_false (claw_message_item_get_leads (get (history, 2)));
}

/* One line more than the limit drops the oldest, also those that are pending. */
static void
test_items_limit (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, NULL, NOON_US, "the oldest");
  for (unsigned i = 2; i < CLAW_HISTORY_ITEMS_MAX; i++)
    claw_history_add_notice (history, "x");
  g_assert_cmpuint (count (history), ==, CLAW_HISTORY_ITEMS_MAX);
  g_assert_cmpuint (claw_history_count_pending (history), ==, 1);
  claw_history_add_notice (history, "the newest");
  g_assert_cmpuint (count (history), <=, CLAW_HISTORY_ITEMS_MAX);
  g_assert_cmpuint (count (history), >, CLAW_HISTORY_ITEMS_MAX / 2);
  g_assert_cmpuint (claw_history_count_pending (history), ==, 0);
  g_assert_cmpstr (claw_message_item_get_text (get (history, count (history) - 1)), ==,
                   "the newest");
}

/* Long messages are bounded by their bytes; the newest is always kept. */
static void
test_bytes_limit (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  unsigned n_fit = CLAW_HISTORY_BYTES_MAX / CLAW_MESSAGE_TEXT_MAX;
  for (unsigned i = 0; i < n_fit; i++)
    claw_history_add_notice (history, text);
  g_assert_cmpuint (count (history), ==, n_fit);
  claw_history_add_notice (history, "x");
  g_assert_cmpuint (count (history), <, n_fit);
  g_assert_cmpuint (count (history), >, n_fit / 2);
  g_assert_cmpstr (claw_message_item_get_text (get (history, count (history) - 1)), ==, "x");
}

/* An emptied history begins anew. */
static void
test_clear (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  add (history, NULL, NOON_US, "one");
  claw_history_clear (history);
  g_assert_cmpuint (count (history), ==, 0);
  g_assert_cmpuint (claw_history_count_pending (history), ==, 0);
  add (history, NULL, NOON_US, "two");
  g_assert_cmpint (get_kind (history, 0), ==, CLAW_MESSAGE_ITEM_DAY);
  g_assert_true (claw_message_item_get_leads (get (history, 1)));
}

/* What was cleared is gone from the list at once, and from memory bit by bit: a hundred thousand
 * messages would hold up the window. */
static void
test_clear_many (void)
{
  g_autoptr (ClawHistory) history = claw_history_new ();
  unsigned n_iterations = 0;
  for (unsigned i = 0; i < 5000; i++)
    add (history, "anna", NOON_US, "one of many");
  ClawMessageItem *first = get (history, 0);
  g_object_add_weak_pointer (G_OBJECT (first), (gpointer *) &first);
  claw_history_clear (history);
  g_assert_cmpuint (count (history), ==, 0);
  for (; first && n_iterations < 100; n_iterations++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_null (first);
  g_assert_cmpuint (n_iterations, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/run/one-sender", test_run_of_one_sender);
  g_test_add_func ("/history/run/after-notice", test_run_after_notice);
  g_test_add_func ("/history/day/line", test_day_line);
  g_test_add_func ("/history/day/impossible-time", test_impossible_time);
  g_test_add_func ("/history/prepend/joins", test_prepend_joins);
  g_test_add_func ("/history/prepend/first", test_prepend_first);
  g_test_add_func ("/history/prepend/twice", test_prepend_twice);
  g_test_add_func ("/history/prepend/limit", test_prepend_limit);
  g_test_add_func ("/history/first-row/of-what-is-left", test_first_row);
  g_test_add_func ("/history/first-row/of-one-held", test_row_of_held);
  g_test_add_func ("/history/find/by-id", test_find);
  g_test_add_func ("/history/unread/mark", test_unread);
  g_test_add_func ("/history/stuck/failed", test_stuck);
  g_test_add_func ("/history/state/notify", test_state);
  g_test_add_func ("/history/limit/items", test_items_limit);
  g_test_add_func ("/history/limit/in-run", test_limit_in_run);
  g_test_add_func ("/history/limit/bytes", test_bytes_limit);
  g_test_add_func ("/history/clear/begins-anew", test_clear);
  g_test_add_func ("/history/clear/frees-bit-by-bit", test_clear_many);
  return g_test_run ();
}
