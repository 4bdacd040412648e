/* test-engine-report.c: what /status says of a session. */
#include "claw-engine-report.h"

#include <string.h>

/* A minute before the end of an hour. */
#define NOW_S (1000 * 3600 - 60)
#define NOW_US (100 * 60 * (gint64) G_USEC_PER_SEC)

static char *
describe (const ClawEngineReport *report)
{
  g_autoptr (GPtrArray) details = claw_client_details_new ();

  claw_engine_report_list (report, NOW_US, NOW_S, details);
  return claw_client_details_to_text (details);
}

/* Without a session there is nothing to tell. */
static void
test_nothing (void)
{
  const ClawEngineReport report = { 0 };
  g_autofree char *text = describe (&report);

  g_assert_cmpstr (text, ==, "");
}

/* What STUN servers say is told beside what the server has seen, and why they say nothing. */
static void
test_stun (void)
{
  static const struct
  {
    ClawStunWatchState state;
    const char *text; /* (nullable) */
  } table[] = {
    { CLAW_STUN_WATCH_NOT_ASKED, NULL },
    { CLAW_STUN_WATCH_ASKED, "asking" },
    { CLAW_STUN_WATCH_ANSWERED, "There is no NAT" },
    { CLAW_STUN_WATCH_NOT_FOUND, "None of the STUN servers" },
    { CLAW_STUN_WATCH_UNREACHABLE, "There is no way" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const ClawEngineReport report = { .stun_state = table[i].state,
                                        .stun = { .kind = CLAW_NAT_KIND_NONE } };
      g_autofree char *text = describe (&report);

      if (table[i].text == NULL)
        g_assert_cmpstr (text, ==, "");
      else
        g_assert_nonnull (strstr (text, table[i].text));
    }
}

/* Path, round trip, counters and keys, each in a line. */
static void
test_session (void)
{
  ClawEngineReport report = { .stats = { .datagram_size = 1452,
                                         .smoothed_rtt_us = 23400,
                                         .datagrams_sent = 10,
                                         .datagrams_received = 9,
                                         .bytes_sent = 12300,
                                         .bytes_received = 900,
                                         .datagrams_lost = 1,
                                         .datagrams_dropped = 2,
                                         .established_at_us = 1,
                                         .key_epoch = 3,
                                         .keys_changed_at_us = NOW_US - NOW_US / 10,
                                         .keys_due_at_us = NOW_US + NOW_US / 2 } };

  g_assert_true (claw_address_parse ("203.0.113.7:50000", &report.address));
  g_assert_true (claw_address_parse ("192.0.2.5:41000", &report.local));
  g_autofree char *text = describe (&report);
  /* A no-break space is in it. */
  g_auto (GStrv) parts = g_strsplit (text, "\u00a0", -1);
  g_autofree char *plain = g_strjoinv (" ", parts);
  g_assert_cmpstr (plain, ==,
                   "Path: Direct, UDP over IPv4\n"
                   "Address of the server: 203.0.113.7:50000\n"
                   "Address of this computer: 192.0.2.5:41000\n"
                   "Port of the server: 50000, stays the same\n"
                   "Round trip: 23.4 ms\n"
                   "Largest datagram: 1452 bytes\n"
                   "Session keys: 10 min old, changed 3 times, next change within 50 min\n"
                   "Sent: 12.3 kB in 10 datagrams\n"
                   "Received: 900 bytes in 9 datagrams, 2 dropped\n"
                   "Lost on the way: 1 datagrams (10.0 %)");
}

/* A server that changes its port does so at the end of the hour, wherever this is read. */
static void
test_port (void)
{
  ClawEngineReport report = { .port_interval_s = 3600 };
  g_autoptr (GDateTime) next = g_date_time_new_from_unix_local (NOW_S + 60);
  g_autofree char *clock = g_date_time_format (next, "%H:%M:%S");
  g_autofree char *expected = g_strdup_printf ("Port of the server: 50000, the next one at %s\n",
                                               clock);

  g_assert_true (claw_address_parse ("[2001:db8::7]:50000", &report.address));
  g_autofree char *text = describe (&report);
  g_assert_nonnull (strstr (text, expected));
  g_assert_nonnull (strstr (text, "UDP over IPv6"));
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
      "Your address as the server sees it: 198.51.100.9:40000\nYour network: %s", meaning);
  g_autofree char *text = describe (&report);
  g_assert_cmpstr (text, ==, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine-report/nothing", test_nothing);
  g_test_add_func ("/engine-report/session", test_session);
  g_test_add_func ("/engine-report/stun/told", test_stun);
  g_test_add_func ("/engine-report/port", test_port);
  g_test_add_func ("/engine-report/no-round-trip", test_no_round_trip);
  g_test_add_func ("/engine-report/nat", test_nat);
  return g_test_run ();
}
