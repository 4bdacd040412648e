/* claw-engine-tell.c: what an engine tells of how it goes: reports of the session, the next
 * attempt, whose keys these are. */
#include "claw-engine-private.h"

#include "claw-source-address.h"
#include "claw-source.h"

#include <string.h>

void
claw_engine_report (ClawEngine *engine)
{
  if (!engine->connection || engine->state != CLAW_CLIENT_CONNECTED)
    return;
  ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_REPORT);
  ClawEngineReport *report = &event->report;
  claw_connection_get_stats (engine->connection, &report->stats);
  report->address = *claw_connection_get_peer_address (engine->connection);
  claw_acquaintance_learn_address (engine->server, &report->address);
  if (claw_source_address_find (&report->address, &report->local, NULL))
    {
      ClawAddress bound;
      claw_udp_socket_get_address (engine->socket, &bound);
      report->local.port = bound.port;
    }
  report->port_interval_s = claw_acquaintance_get_pairing (engine->server)->ports.interval_s;
  const ClawNatVerdict *nat = claw_nat_watch_get_verdict (&engine->nat);
  report->has_nat = nat != NULL;
  if (nat)
    report->nat = *nat;
  report->stun_state = claw_stun_watch_get_state (engine->stun, &report->stun);
  engine->reported = report->stats.datagrams_sent + report->stats.datagrams_received;
  claw_engine_emit (engine, event);
}

static gboolean
has_news (const ClawEngine *engine)
{
  ClawConnectionStats stats;
  if (!engine->connection)
    return FALSE;
  claw_connection_get_stats (engine->connection, &stats);
  return stats.datagrams_sent + stats.datagrams_received != engine->reported;
}

static gboolean on_report (gpointer user_data);

static void
arm_report (ClawEngine *engine, unsigned seconds)
{
  claw_source_clear (&engine->report);
  engine->report_s = seconds;
  engine->report = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (engine->report, on_report, engine, NULL);
  g_source_attach (engine->report, g_main_context_get_thread_default ());
}

void
claw_engine_begin_reports (ClawEngine *engine)
{
  arm_report (engine, CLAW_ENGINE_REPORT_INTERVAL_S);
}

void
claw_engine_quicken_reports (ClawEngine *engine)
{
  if (engine->report && engine->report_s > CLAW_ENGINE_REPORT_INTERVAL_S)
    arm_report (engine, CLAW_ENGINE_REPORT_INTERVAL_S);
}

/* A disk that was full may have room by now. */
static void
save_again (ClawEngine *engine)
{
  claw_acquaintance_save_again (engine->server);
  claw_engine_settle_saved (engine);
  claw_pump_kick (engine->pump);
}

static gboolean
on_report (gpointer user_data)
{
  ClawEngine *engine = user_data;
  arm_report (engine, MIN (2 * engine->report_s, CLAW_ENGINE_REPORT_IDLE_S));
  if (has_news (engine))
    claw_engine_report (engine);
  if (engine->is_unsaved)
    save_again (engine);
  /* What follows may end the session, and the timer with it. */
  if (claw_engine_check_nat (engine, FALSE))
    claw_pump_kick (engine->pump);
  claw_wake_check (engine->wake);
  return G_SOURCE_REMOVE;
}

void
claw_engine_tell_attempt (ClawEngine *engine, gint64 next_us)
{
  if (engine->state != CLAW_CLIENT_RECONNECTING)
    return;
  ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_ATTEMPT);
  event->next_attempt_us = next_us;
  claw_engine_emit (engine, event);
}

void
claw_engine_settle_saved (ClawEngine *engine)
{
  const GError *error = claw_acquaintance_get_save_error (engine->server);
  if (!error && engine->is_unconfirmed && engine->connection)
    {
      engine->is_unconfirmed = FALSE;
      claw_connection_resumption_saved (engine->connection);
    }
  if ((error != NULL) == engine->is_unsaved)
    return;
  engine->is_unsaved = error != NULL;
  ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_SAVED);
  event->error = error ? g_error_copy (error) : NULL;
  claw_engine_emit (engine, event);
}

void
claw_engine_set_keys (const ClawEngine *engine, ClawEngineEvent *event)
{
  event->server_id = g_strdup (claw_acquaintance_get_pairing (engine->server)->server_id);
  memcpy (event->own_key, claw_store_get_identity (engine->store)->public_key,
          CLAW_PUBLIC_KEY_SIZE);
  memcpy (event->server_key, claw_acquaintance_get_pairing (engine->server)->server_key,
          CLAW_PUBLIC_KEY_SIZE);
}
