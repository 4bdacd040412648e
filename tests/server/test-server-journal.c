/* test-server-journal.c: what is told of strangers, of the router and of the clock. */
#include "claw-events.h"
#include "claw-server-journal.h"

#define MINUTE_US (60 * SECOND_US)
#define SECOND_US ((gint64) G_USEC_PER_SEC)

static gboolean
look (ClawServerJournal *journal, uint64_t near_misses, gint64 unix_us, gint64 now_us, ClawEvent of)
{
  const ClawEndpointStats stats = { .near_misses = near_misses, .last_near_miss = "because" };
  uint64_t before = claw_event_get_count (of);

  claw_server_journal_look (journal, &stats, unix_us, now_us);
  return claw_event_get_count (of) != before;
}

/* However often strangers knock, it is told once a minute. */
static void
test_near_misses (void)
{
  g_autoptr (ClawServerJournal) journal = claw_server_journal_new (0, 0);
  const ClawEvent event = CLAW_EVENT_HANDSHAKES_REFUSED;

  g_assert_false (look (journal, 0, 1, 1, event));
  g_assert_true (look (journal, 5, 2, 2, event));
  g_assert_false (look (journal, 5, 3, 3, event));
  g_assert_false (look (journal, 9, MINUTE_US, MINUTE_US, event));
  g_assert_true (look (journal, 9, MINUTE_US + 2, MINUTE_US + 2, event));
  g_assert_false (look (journal, 9, 3 * MINUTE_US, 3 * MINUTE_US, event));
}

/* A clock that is set is noticed once, in both directions; one that is corrected little by little
 * is not. */
static void
test_clock (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (ClawServerJournal) journal = claw_server_journal_new (1000 * MINUTE_US, 0);
      const ClawEvent event = CLAW_EVENT_CLOCK_JUMPED;
      gint64 offset_us = 1000 * MINUTE_US;
      gint64 now_us = 0;

      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      for (unsigned i = 0; i < 20; i++)
        {
          now_us += MINUTE_US;
          offset_us += G_USEC_PER_SEC;
          g_assert_false (look (journal, 0, now_us + offset_us, now_us, event));
        }
      offset_us += CLAW_SERVER_JOURNAL_JUMP_US;
      g_assert_true (look (journal, 0, now_us + offset_us, now_us, event));
      g_assert_false (look (journal, 0, now_us + offset_us, now_us, event));
      offset_us -= 3600 * SECOND_US;
      g_assert_true (look (journal, 0, now_us + offset_us, now_us, event));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*forward by 2 s*back by 3600 s*");
}

/* A mapping is told when it comes, when it is another one and when it goes. */
static void
test_mapping (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (ClawServerJournal) journal = claw_server_journal_new (0, 0);
      ClawAddress mapped = { 0 };

      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      claw_server_journal_mapping (journal, &mapped, NULL);
      g_assert_true (claw_address_parse ("192.0.2.1:5000", &mapped));
      claw_server_journal_mapping (journal, &mapped, NULL);
      claw_server_journal_mapping (journal, &mapped, NULL);
      mapped.port = 5001;
      claw_server_journal_mapping (journal, &mapped, NULL);
      g_assert_cmpuint (claw_event_get_count (CLAW_EVENT_MAPPING_GAINED), ==, 2);
      mapped = (ClawAddress){ 0 };
      claw_server_journal_mapping (journal, &mapped, "it said no");
      claw_server_journal_mapping (journal, &mapped, "it said no");
      g_assert_cmpuint (claw_event_get_count (CLAW_EVENT_MAPPING_LOST), ==, 1);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

/* Every end of a session has a word of its own. */
static void
test_reasons (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (unsigned i = 0; i <= CLAW_CLOSE_COMPROMISED; i++)
    g_assert_true (
        g_hash_table_add (seen, (gpointer) claw_server_journal_reason ((ClawCloseReason) i)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-journal/near-misses/once-a-minute", test_near_misses);
  g_test_add_func ("/server-journal/clock/jumps", test_clock);
  g_test_add_func ("/server-journal/mapping/changes", test_mapping);
  g_test_add_func ("/server-journal/reasons/distinct", test_reasons);
  return g_test_run ();
}
