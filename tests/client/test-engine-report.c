/* test-engine-report.c: what /status says of a session. */
#include "claw-engine-report.h"

#define NOW_US (100 * 60 * (gint64) G_USEC_PER_SEC)

static char *
describe (const ClawEngineReport *report)
{
  GString *text = g_string_new (NULL);

  claw_engine_report_describe (report, NOW_US, text);
  return g_string_free (text, FALSE);
}

/* Without a session there is nothing to tell. */
static void
test_nothing (void)
{
  const ClawEngineReport report = { 0 };
  g_autofree char *text = describe (&report);

  g_assert_cmpstr (text, ==, "");
}

/* Path, round trip, counters and keys, each in a line. */
static void
test_session (void)
{
  ClawEngineReport report = { .stats = { .datagram_size = 1452,
                                         .smoothed_rtt_us = 23400,
                                         .datagrams_sent = 10,
                                         .datagrams_received = 9,
                                         .datagrams_lost = 1,
                                         .datagrams_dropped = 2,
                                         .established_at_us = 1,
                                         .key_epoch = 3,
                                         .keys_changed_at_us = NOW_US - NOW_US / 10,
                                         .keys_due_at_us = NOW_US + NOW_US / 2 } };

  g_assert_true (claw_address_parse ("203.0.113.7:50000", &report.address));
  g_autofree char *text = describe (&report);
  g_assert_cmpstr (text, ==,
                   "Address: 203.0.113.7:50000\n"
                   "Largest datagram: 1452 bytes\n"
                   "Round trip: 23.4 ms\n"
                   "Datagrams: 10 sent, 9 received, 1 lost, 2 dropped\n"
                   "Session keys: 10 min old, changed 3 times, next change within 50 min\n");
}

/* A round trip that nobody has measured is not told. */
static void
test_no_round_trip (void)
{
  ClawEngineReport report = { .stats = { .datagram_size = 1200 } };

  g_assert_true (claw_address_parse ("203.0.113.7:50000", &report.address));
  g_autofree char *text = describe (&report);
  g_assert_null (strstr (text, "Round trip"));
  g_assert_null (strstr (text, "Session keys"));
}

/* What the server sees, and what that means. */
static void
test_nat (void)
{
  ClawEngineReport report = { .has_nat = TRUE };

  g_assert_true (claw_address_parse ("198.51.100.9:40000", &report.nat.mapped));
  g_autofree char *meaning = claw_nat_verdict_describe (&report.nat);
  g_autofree char *expected = g_strdup_printf (
      "Your address as the server sees it: 198.51.100.9:40000\nYour network: %s\n", meaning);
  g_autofree char *text = describe (&report);
  g_assert_cmpstr (text, ==, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine-report/nothing", test_nothing);
  g_test_add_func ("/engine-report/session", test_session);
  g_test_add_func ("/engine-report/no-round-trip", test_no_round_trip);
  g_test_add_func ("/engine-report/nat", test_nat);
  return g_test_run ();
}
