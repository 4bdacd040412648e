/* test-announcer.c: what a screen reader is told of messages that come slowly and fast. */
#include "claw-announcer.h"
#include "widget-test.h"

#define N_FAST 500

static void
on_say (const char *text, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (text));
}

static void
add (ClawAnnouncer *announcer, const char *text)
{
  static uint8_t id[CLAW_MESSAGE_ID_SIZE];
  id[0]++;
  g_autoptr (ClawMessage) message = claw_message_new_full (id, "anna", 1, text, -1, NULL);
  claw_announcer_add (announcer, message);
}

static void
assert_said (GPtrArray *said, unsigned n, const char *last)
{
  g_assert_cmpuint (said->len, ==, n);
  g_assert_cmpstr (said->pdata[n - 1], ==, last);
}

static GPtrArray *
said_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

/* One message is said at once, and nothing follows. */
static void
test_one (void)
{
  g_autoptr (GPtrArray) said = said_new ();
  g_autoptr (ClawAnnouncer) announcer = claw_announcer_new (on_say, said);
  add (announcer, "hello");
  assert_said (said, 1, "anna: hello");
  run_for_ms (CLAW_ANNOUNCER_PAUSE_MS * 3 / 2);
  assert_said (said, 1, "anna: hello");
  add (announcer, "again");
  assert_said (said, 2, "anna: again");
}

/* A second one is said too, but not into the first. */
static void
test_two (void)
{
  g_autoptr (GPtrArray) said = said_new ();
  g_autoptr (ClawAnnouncer) announcer = claw_announcer_new (on_say, said);
  add (announcer, "hello");
  add (announcer, "you");
  assert_said (said, 1, "anna: hello");
  run_for_ms (CLAW_ANNOUNCER_PAUSE_MS * 3 / 2);
  assert_said (said, 2, "anna: you");
}

/* Of many only their number is said. */
static void
test_many (void)
{
  g_autoptr (GPtrArray) said = said_new ();
  g_autoptr (ClawAnnouncer) announcer = claw_announcer_new (on_say, said);
  add (announcer, "hello");
  for (unsigned i = 0; i < N_FAST; i++)
    add (announcer, "more");
  assert_said (said, 1, "anna: hello");
  run_for_ms (CLAW_ANNOUNCER_PAUSE_MS * 3 / 2);
  assert_said (said, 2, "500 New Messages");
}

/* What is held back goes with the announcer. */
static void
test_free (void)
{
  g_autoptr (GPtrArray) said = said_new ();
  ClawAnnouncer *announcer = claw_announcer_new (on_say, said);
  add (announcer, "hello");
  add (announcer, "you");
  claw_announcer_free (announcer);
  run_for_ms (CLAW_ANNOUNCER_PAUSE_MS * 3 / 2);
  assert_said (said, 1, "anna: hello");
}

/* Nor is it said once the messages are deleted; what comes then is. */
static void
test_clear (void)
{
  g_autoptr (GPtrArray) said = said_new ();
  g_autoptr (ClawAnnouncer) announcer = claw_announcer_new (on_say, said);
  add (announcer, "hello");
  add (announcer, "you");
  claw_announcer_clear (announcer);
  run_for_ms (CLAW_ANNOUNCER_PAUSE_MS * 3 / 2);
  assert_said (said, 1, "anna: hello");
  add (announcer, "again");
  assert_said (said, 2, "anna: again");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/announcer/one/at-once", test_one);
  g_test_add_func ("/announcer/two/apart", test_two);
  g_test_add_func ("/announcer/many/number", test_many);
  g_test_add_func ("/announcer/held/freed", test_free);
  g_test_add_func ("/announcer/held/cleared", test_clear);
  return g_test_run ();
}
