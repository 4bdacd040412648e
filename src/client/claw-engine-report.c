/* claw-engine-report.c: see claw-engine-report.h. */
#include "claw-engine-report.h"

#include <glib/gi18n-lib.h>

static int
to_minutes (gint64 us)
{
  return (int) (MAX (us, 0) / G_USEC_PER_SEC + 30) / 60;
}

/* Nobody relays: the datagrams go from here to the server and back. */
static void
list_path (const ClawEngineReport *report, GPtrArray *details)
{
  char address[CLAW_ADDRESS_STRING_SIZE];
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH, _ ("Path"), "%s",
                          report->address.family == CLAW_ADDRESS_IPV6
                              ? _ ("Direct, UDP over IPv6")
                              : _ ("Direct, UDP over IPv4"));
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH, _ ("Address of the server"), "%s",
                          claw_address_format (&report->address, address));
  if (report->local.family != CLAW_ADDRESS_NONE)
    claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH, _ ("Address of this computer"), "%s",
                            claw_address_format (&report->local, address));
}

static void
list_nat (const ClawEngineReport *report, GPtrArray *details)
{
  char address[CLAW_ADDRESS_STRING_SIZE];
  if (!report->has_nat)
    return;
  const ClawNatVerdict *nat = &report->nat;
  g_autofree char *meaning = claw_nat_verdict_describe (nat);
  if (nat->mapped.family != CLAW_ADDRESS_NONE)
    claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH,
                            _ ("Your address as the server sees it"), "%s",
                            claw_address_format (&nat->mapped, address));
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH, _ ("Your network"), "%s", meaning);
}

/* Beside what the server that we are connected with has seen, since it may be near. */
static void
list_stun (const ClawEngineReport *report, GPtrArray *details)
{
  g_autofree char *answer = NULL;
  const char *text = NULL;
  switch (report->stun_state)
    {
    case CLAW_STUN_WATCH_NOT_ASKED:
      return;
    case CLAW_STUN_WATCH_ASKED:
      text = _ ("asking…");
      break;
    case CLAW_STUN_WATCH_ANSWERED:
      text = answer = claw_nat_verdict_describe (&report->stun);
      break;
    case CLAW_STUN_WATCH_NOT_FOUND:
      text = _ ("None of the STUN servers has an address. Look at how they are written.");
      break;
    case CLAW_STUN_WATCH_UNREACHABLE:
      text = _ ("There is no way to the STUN servers from this network.");
      break;
    }
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH,
                          _ ("Your network as STUN servers see it"), "%s", text);
}

static void
list_port (const ClawEngineReport *report, gint64 now_s, GPtrArray *details)
{
  if (report->port_interval_s == 0)
    {
      claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH, _ ("Port of the server"),
                              _ ("%u, stays the same"), report->address.port);
      return;
    }
  gint64 next_s = (now_s / report->port_interval_s + 1) * report->port_interval_s;
  g_autoptr (GDateTime) next = g_date_time_new_from_unix_local (next_s);
  g_autofree char *clock = g_date_time_format (next, "%H:%M:%S");
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH, _ ("Port of the server"),
                          /* Translators: the second is a time of day. */
                          _ ("%u, the next one at %s"), report->address.port, clock);
}

static void
list_quality (const ClawConnectionStats *stats, GPtrArray *details)
{
  if (stats->smoothed_rtt_us > 0)
    claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH, _ ("Round trip"), _ ("%.1f ms"),
                            (double) stats->smoothed_rtt_us / 1000);
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_PATH, _ ("Largest datagram"), _ ("%u bytes"),
                          (unsigned) stats->datagram_size);
}

static void
list_keys (const ClawConnectionStats *stats, gint64 now_us, GPtrArray *details)
{
  if (stats->established_at_us == 0)
    return;
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_KEYS, _ ("Session keys"),
                          _ ("%d min old, changed %llu times, next change within %d min"),
                          to_minutes (now_us - stats->keys_changed_at_us),
                          (unsigned long long) stats->key_epoch,
                          to_minutes (stats->keys_due_at_us - now_us));
}

static void
list_data (const ClawConnectionStats *stats, GPtrArray *details)
{
  g_autofree char *sent = g_format_size (stats->bytes_sent);
  g_autofree char *received = g_format_size (stats->bytes_received);
  /* Translators: the first is an amount such as "12.3 kB". */
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_DATA, _ ("Sent"), _ ("%s in %llu datagrams"),
                          sent, (unsigned long long) stats->datagrams_sent);
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_DATA, _ ("Received"),
                          _ ("%s in %llu datagrams, %llu dropped"), received,
                          (unsigned long long) stats->datagrams_received,
                          (unsigned long long) stats->datagrams_dropped);
  double share = stats->datagrams_sent > 0
                     ? 100.0 * (double) stats->datagrams_lost / (double) stats->datagrams_sent
                     : 0;
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_DATA, _ ("Lost on the way"),
                          _ ("%llu datagrams (%.1f %%)"),
                          (unsigned long long) stats->datagrams_lost, share);
}

void
claw_engine_report_list (const ClawEngineReport *report,
                         gint64 now_us,
                         gint64 now_s,
                         GPtrArray *details)
{
  if (report->address.family != CLAW_ADDRESS_NONE)
    {
      list_path (report, details);
      list_port (report, now_s, details);
      list_quality (&report->stats, details);
    }
  list_nat (report, details);
  list_stun (report, details);
  if (report->address.family == CLAW_ADDRESS_NONE)
    return;
  list_keys (&report->stats, now_us, details);
  list_data (&report->stats, details);
}
