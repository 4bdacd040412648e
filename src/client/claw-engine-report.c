/* claw-engine-report.c: see claw-engine-report.h. */
#include "claw-engine-report.h"

#include <glib/gi18n-lib.h>

static int
to_minutes (gint64 us)
{
  return (int) (MAX (us, 0) / G_USEC_PER_SEC + 30) / 60;
}

static void
describe_keys (const ClawConnectionStats *stats, gint64 now_us, GString *text)
{
  if (stats->established_at_us == 0)
    return;
  g_string_append_printf (
      text, _ ("Session keys: %d min old, changed %llu times, next change within %d min\n"),
      to_minutes (now_us - stats->keys_changed_at_us), (unsigned long long) stats->key_epoch,
      to_minutes (stats->keys_due_at_us - now_us));
}

static void
describe_session (const ClawEngineReport *report, gint64 now_us, GString *text)
{
  const ClawConnectionStats *stats = &report->stats;
  char address[CLAW_ADDRESS_STRING_SIZE];
  if (report->address.family == CLAW_ADDRESS_NONE)
    return;
  g_string_append_printf (text, _ ("Address: %s\n"),
                          claw_address_format (&report->address, address));
  g_string_append_printf (text, _ ("Largest datagram: %u bytes\n"),
                          (unsigned) stats->datagram_size);
  if (stats->smoothed_rtt_us > 0)
    g_string_append_printf (text, _ ("Round trip: %.1f ms\n"),
                            (double) stats->smoothed_rtt_us / 1000);
  g_string_append_printf (
      text, _ ("Datagrams: %llu sent, %llu received, %llu lost, %llu dropped\n"),
      (unsigned long long) stats->datagrams_sent, (unsigned long long) stats->datagrams_received,
      (unsigned long long) stats->datagrams_lost, (unsigned long long) stats->datagrams_dropped);
  describe_keys (stats, now_us, text);
}

static void
describe_nat (const ClawEngineReport *report, GString *text)
{
  char address[CLAW_ADDRESS_STRING_SIZE];
  if (!report->has_nat)
    return;
  const ClawNatVerdict *nat = &report->nat;
  g_autofree char *meaning = claw_nat_verdict_describe (nat);
  if (nat->mapped.family != CLAW_ADDRESS_NONE)
    g_string_append_printf (text, _ ("Your address as the server sees it: %s\n"),
                            claw_address_format (&nat->mapped, address));
  g_string_append_printf (text, _ ("Your network: %s\n"), meaning);
}

void
claw_engine_report_describe (const ClawEngineReport *report, gint64 now_us, GString *text)
{
  describe_session (report, now_us, text);
  describe_nat (report, text);
}
