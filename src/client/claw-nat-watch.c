/* claw-nat-watch.c: see claw-nat-watch.h. */
#include "claw-nat-watch.h"

#include "claw-source-address.h"

void
claw_nat_watch_observe (const ClawProbeResult *result,
                        const ClawAddress *local,
                        const ClawAddress *server,
                        ClawNatObservations *observations)
{
  ClawAddress other = *server;

  *observations = (ClawNatObservations){ .local = *local };
  if (result->seen.family == CLAW_ADDRESS_NONE)
    return;
  observations->answered = TRUE;
  claw_nat_observations_add (observations, server, &result->seen);
  if (result->is_open)
    observations->from_other_port = CLAW_NAT_ANSWER_YES;
  if (result->seen_by_other.family == CLAW_ADDRESS_NONE)
    return;
  other.port = result->other_port;
  claw_nat_observations_add (observations, &other, &result->seen_by_other);
  /* That socket answers when it is asked, so it was the way that was closed before. */
  if (!result->is_open)
    observations->from_other_port = CLAW_NAT_ANSWER_NO;
}

/* Returns: FALSE when there is no way to the server at present. */
static gboolean
find_local (const ClawNatWatch *watch, ClawAddress *local)
{
  if (!claw_source_address_find (claw_connection_get_peer_address (watch->connection), local, NULL))
    return FALSE;
  local->port = watch->port;
  return TRUE;
}

static void
ask (ClawNatWatch *watch, const ClawAddress *local)
{
  watch->local = *local;
  claw_connection_probe_nat (watch->connection);
}

void
claw_nat_watch_begin (ClawNatWatch *watch,
                      ClawConnection *connection,
                      ClawUdpSocket *socket,
                      gint64 now_us)
{
  ClawAddress address;

  if (!watch->is_enabled)
    return;
  claw_udp_socket_get_address (socket, &address);
  watch->connection = connection;
  watch->port = address.port;
  watch->looked_us = now_us;
  if (find_local (watch, &address))
    ask (watch, &address);
}

void
claw_nat_watch_end (ClawNatWatch *watch)
{
  watch->connection = NULL;
}

void
claw_nat_watch_switch_off (ClawNatWatch *watch)
{
  if (watch->connection)
    {
      claw_connection_end_nat_probe (watch->connection);
      claw_connection_set_behind_nat (watch->connection, TRUE);
    }
  /* What may not be asked again for some minutes is kept. */
  watch->connection = NULL;
  watch->has_verdict = FALSE;
  watch->is_enabled = FALSE;
}

gboolean
claw_nat_watch_check (ClawNatWatch *watch, gboolean must_look, gint64 now_us)
{
  ClawAddress local;

  if (!watch->connection || (!must_look && now_us - watch->looked_us < CLAW_NAT_WATCH_INTERVAL_US))
    return FALSE;
  watch->looked_us = now_us;
  if (!find_local (watch, &local) || claw_address_equal (&local, &watch->local))
    return FALSE;
  /* Nothing is known of the new network. */
  claw_connection_set_behind_nat (watch->connection, TRUE);
  ask (watch, &local);
  return TRUE;
}

static gboolean
is_remembered (const ClawNatWatch *watch, const ClawProbeResult *result, gint64 now_us)
{
  return watch->asked_us != 0 && now_us - watch->asked_us < CLAW_NAT_WATCH_MEMORY_US
         && result->other_port == watch->asked.other_port
         && claw_address_equal (&result->seen, &watch->asked.seen);
}

static void
log_verdict (const ClawNatVerdict *verdict)
{
  g_autofree char *text = claw_nat_verdict_describe (verdict);
  g_autofree char *mapping = claw_nat_behaviour_format (verdict->mapping,
                                                        verdict->mapping_at_least);
  g_autofree char *filtering = claw_nat_behaviour_format (verdict->filtering,
                                                          verdict->filtering_at_least);

  g_debug ("NAT towards the server: mapping %s, filtering %s. %s", mapping, filtering, text);
}

void
claw_nat_watch_on_probed (ClawNatWatch *watch, gint64 now_us)
{
  ClawNatObservations observations;

  if (!watch->connection)
    return;
  const ClawProbeResult *result = claw_connection_get_probe_result (watch->connection);
  claw_nat_watch_observe (result, &watch->local,
                          claw_connection_get_peer_address (watch->connection), &observations);
  /* No answer at all: the session is about to end or to move, and that tells more. */
  if (!observations.answered)
    return;
  if (is_remembered (watch, result, now_us))
    observations.from_other_port = watch->from_other_port;
  watch->from_other_port = observations.from_other_port;
  watch->asked = *result;
  watch->asked_us = now_us;
  claw_nat_verdict_decide (&observations, &watch->verdict);
  watch->has_verdict = TRUE;
  claw_connection_set_behind_nat (watch->connection, watch->verdict.kind != CLAW_NAT_KIND_NONE);
  log_verdict (&watch->verdict);
}

const ClawNatVerdict *
claw_nat_watch_get_verdict (const ClawNatWatch *watch)
{
  return watch->has_verdict ? &watch->verdict : NULL;
}
