/* claw-engine.c: see claw-engine.h. */
#include "claw-engine-private.h"

#include "claw-candidates.h"
#include "claw-engine-errors.h"
#include "claw-handshake.h"
#include "claw-source.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
claw_engine_event_free (ClawEngineEvent *event)
{
  if (!event)
    return;
  g_clear_pointer (&event->message, claw_message_unref);
  g_clear_pointer (&event->members, g_strfreev);
  g_clear_error (&event->error);
  g_free (event->name);
  g_free (event->wish);
  g_free (event->server_id);
  g_free (event);
}

ClawEngineEvent *
claw_engine_event_new (ClawEngine *engine, ClawEngineEventType type)
{
  ClawEngineEvent *event = g_new0 (ClawEngineEvent, 1);
  event->type = type;
  event->serial = engine->serial;
  event->state = engine->state;
  return event;
}

void
claw_engine_emit (ClawEngine *engine, ClawEngineEvent *event)
{
  if (!engine->emit (event, engine->user_data))
    engine->paused = TRUE;
}

/* Calls @callback once in this thread's context. */
static GSource *
attach_timer (gint64 delay_us, GSourceFunc callback, gpointer user_data)
{
  GSource *source = g_timeout_source_new ((guint) (delay_us / 1000));
  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

/* @error: (transfer full) (nullable) */
void
claw_engine_set_state (ClawEngine *engine, ClawClientState state, GError *error)
{
  engine->state = state;
  claw_source_clear (&engine->report);
  if (state == CLAW_CLIENT_CONNECTED)
    claw_engine_begin_reports (engine);
  ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_STATE);
  event->has_local = engine->server
                     && claw_candidates_has_local (claw_acquaintance_get_pairing (engine->server));
  event->error = error;
  claw_engine_emit (engine, event);
}

/* The chat with the outside. */

static void
emit_chat_event (ClawEngine *engine, ClawChatEvent *chat_event)
{
  static const ClawEngineEventType types[] = {
    [CLAW_CHAT_MESSAGE] = CLAW_ENGINE_MESSAGE, [CLAW_CHAT_STATE] = CLAW_ENGINE_MESSAGE_STATE,
    [CLAW_CHAT_WELCOME] = CLAW_ENGINE_WELCOME, [CLAW_CHAT_JOINED] = CLAW_ENGINE_JOINED,
    [CLAW_CHAT_LEFT] = CLAW_ENGINE_LEFT,       [CLAW_CHAT_NAME] = CLAW_ENGINE_NAME,
  };
  ClawEngineEvent *event = claw_engine_event_new (engine, types[chat_event->type]);
  event->message = g_steal_pointer (&chat_event->message);
  event->message_state = chat_event->state;
  event->name = g_steal_pointer (&chat_event->name);
  event->members = g_steal_pointer (&chat_event->members);
  if (chat_event->type == CLAW_CHAT_WELCOME || chat_event->type == CLAW_CHAT_NAME)
    claw_engine_answer_name (engine, event);
  claw_engine_emit (engine, event);
}

void
claw_engine_pump_chat (ClawEngine *engine)
{
  if (!engine->chat || engine->paused
      || (engine->may_take && !engine->may_take (engine->user_data)))
    return;
  claw_chat_pump (engine->chat);
  while (!engine->paused)
    {
      g_auto (ClawChatEvent) event = { 0 };
      if (!claw_chat_next_event (engine->chat, &event))
        return;
      if (event.type != CLAW_CHAT_BROKEN)
        emit_chat_event (engine, &event);
      else if (engine->connection)
        claw_connection_close (engine->connection, CLAW_CLOSE_CODE_PROTOCOL);
    }
}

void
claw_engine_end_chat (ClawEngine *engine)
{
  if (!engine->chat)
    return;
  claw_chat_attach (engine->chat, NULL);
  for (;;)
    {
      g_auto (ClawChatEvent) event = { 0 };
      if (!claw_chat_next_event (engine->chat, &event))
        break;
      if (event.type == CLAW_CHAT_MESSAGE || event.type == CLAW_CHAT_STATE)
        emit_chat_event (engine, &event);
    }
  g_clear_pointer (&engine->chat, claw_chat_free);
}

/* The transport. */

static void
settle_timestamp (ClawEngine *engine)
{
  if (!engine->store)
    return;
  g_autoptr (GError) error = NULL;
  if (!claw_store_settle (engine->store, claw_endpoint_get_last_timestamp_us (engine->endpoint),
                          &error))
    g_warning ("Cannot save the last handshake's time: %s", error->message);
}

void
claw_engine_free_transport (ClawEngine *engine)
{
  claw_source_clear (&engine->cleanup);
  claw_nat_watch_end (&engine->nat);
  engine->connection = NULL;
  if (!engine->endpoint)
    return;
  settle_timestamp (engine);
  g_clear_pointer (&engine->pump, claw_pump_free);
  g_clear_pointer (&engine->endpoint, claw_endpoint_free);
  g_clear_object (&engine->socket);
}

static gboolean
on_cleanup (gpointer user_data)
{
  claw_engine_free_transport (user_data);
  return G_SOURCE_REMOVE;
}

void
claw_engine_stop_timers (ClawEngine *engine)
{
  claw_source_clear (&engine->retry);
  claw_source_clear (&engine->report);
}

/* Ends what there is, whatever it is, and tells the server. Not from within the pump. */
static void
leave (ClawEngine *engine)
{
  claw_engine_stop_timers (engine);
  if (engine->chat)
    claw_chat_attach (engine->chat, NULL);
  if (engine->connection)
    {
      claw_connection_close (engine->connection, CLAW_CLOSE_CODE_BYE);
      engine->connection = NULL;
      claw_pump_flush (engine->pump);
    }
  claw_engine_free_transport (engine);
}

/* @error: (transfer full) */
void
claw_engine_fail (ClawEngine *engine, GError *error)
{
  claw_source_clear (&engine->retry);
  claw_source_clear (&engine->cleanup);
  engine->cleanup = attach_timer (0, on_cleanup, engine);
  claw_engine_set_state (engine, CLAW_CLIENT_FAILED, error);
}

static void on_endpoint_event (const ClawEndpointEvent *event, gpointer user_data);

static gboolean
make_transport (ClawEngine *engine, GError **error)
{
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
  size_t hello_length = claw_engine_make_hello (engine, hello);
  g_autoptr (GError) local_error = NULL;
  engine->socket = claw_udp_socket_new_client (&local_error);
  if (!engine->socket)
    {
      g_set_error (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NETWORK,
                   _ ("Cannot open a UDP socket: %s"), local_error->message);
      return FALSE;
    }
  ClawEndpointConfig config = {
    .identity = claw_store_get_identity (engine->store),
    .hello = hello,
    .hello_length = hello_length,
    .last_timestamp_us = claw_store_get_timestamp_us (engine->store),
    .jitter_seed = g_random_int (),
  };
  engine->endpoint = claw_endpoint_new (&config);
  engine->pump = claw_pump_new (engine->endpoint, engine->socket, on_endpoint_event, engine);
  return TRUE;
}

static void
reserve_timestamps (ClawEngine *engine, uint64_t unix_us, gint64 duration_us)
{
  uint64_t last_us = claw_endpoint_get_last_timestamp_us (engine->endpoint);
  uint64_t first_us = claw_handshake_next_timestamp (unix_us, last_us);
  g_autoptr (GError) error = NULL;
  if (!claw_store_reserve (engine->store, first_us + (uint64_t) duration_us, &error))
    g_warning ("Cannot save the last handshake's time: %s", error->message);
}

static void reconnect (ClawEngine *engine);

/* Returns: FALSE when there is none and none to be had at present, which is tried again. */
static gboolean
ensure_transport (ClawEngine *engine)
{
  g_autoptr (GError) error = NULL;
  if (engine->endpoint || make_transport (engine, &error))
    return TRUE;
  claw_engine_set_state (engine, CLAW_CLIENT_RECONNECTING, g_steal_pointer (&error));
  reconnect (engine);
  return FALSE;
}

static void
knock (ClawEngine *engine, gint64 duration_us)
{
  if (!ensure_transport (engine))
    return;
  ClawAddress addresses[CLAW_ENDPOINT_ADDRESSES_MAX];
  G_STATIC_ASSERT (CLAW_ACQUAINTANCE_PSKS == CLAW_ENDPOINT_PSKS_MAX);
  const ClawSavedPairing *pairing = claw_acquaintance_get_pairing (engine->server);
  gint64 unix_us = g_get_real_time ();
  gint64 now_us = claw_pump_now_us ();
  ClawConnectRequest request = {
    .server_key = pairing->server_key,
    .addresses = addresses,
    .n_addresses = claw_candidates_list (pairing, unix_us / G_USEC_PER_SEC, engine->attempts++,
                                         addresses),
    .unix_us = (uint64_t) unix_us,
    .now_us = now_us,
    .give_up_us = now_us + duration_us,
  };
  claw_acquaintance_get_psks (engine->server, request.psks);
  engine->attempt_us = now_us;
  engine->attempt_s = (int) (duration_us / G_USEC_PER_SEC);
  engine->is_name_due = FALSE;
  reserve_timestamps (engine, request.unix_us, duration_us);
  claw_nat_watch_end (&engine->nat);
  engine->connection = claw_endpoint_connect (engine->endpoint, &request);
  claw_pump_kick (engine->pump);
}

static gboolean
on_retry (gpointer user_data)
{
  ClawEngine *engine = user_data;
  claw_source_clear (&engine->retry);
  claw_engine_tell_attempt (engine, 0);
  knock (engine, CLAW_ENGINE_ATTEMPT_US);
  return G_SOURCE_REMOVE;
}

/* Returns: (transfer full) (nullable): once, when the server has been silent for so long that the
 * user should know what it may mean. */
static GError *
take_silence_error (ClawEngine *engine)
{
  gint64 patience_us = engine->timeout_s * (gint64) G_USEC_PER_SEC;
  if (engine->silent_since_us > claw_pump_now_us () - patience_us)
    return NULL;
  engine->silent_since_us = G_MAXINT64;
  return claw_engine_silence_error (claw_acquaintance_get_pairing (engine->server),
                                    engine->timeout_s);
}

static void
reconnect_after (ClawEngine *engine, gint64 delay_us)
{
  GError *error = take_silence_error (engine);
  claw_source_clear (&engine->retry);
  engine->retry = attach_timer (delay_us, on_retry, engine);
  if (engine->state != CLAW_CLIENT_RECONNECTING || error)
    claw_engine_set_state (engine, CLAW_CLIENT_RECONNECTING, error);
  if (delay_us > 0)
    claw_engine_tell_attempt (engine, claw_pump_now_us () + delay_us);
}

static void
reconnect (ClawEngine *engine)
{
  reconnect_after (engine, claw_backoff_next_us (&engine->backoff, g_random_double ()));
}

/* What may bring the server back has happened: an attempt begins now, whether the last one is
 * waiting for its answer or over. */
static void
try_now (ClawEngine *engine)
{
  gboolean is_knocking = engine->connection && engine->state != CLAW_CLIENT_CONNECTED
                         && engine->state != CLAW_CLIENT_COMPROMISED;
  if (!engine->retry && !is_knocking)
    return;
  /* News of a network come in bursts. */
  if (is_knocking && claw_pump_now_us () - engine->attempt_us < CLAW_ENGINE_BURST_US)
    return;
  claw_source_clear (&engine->retry);
  claw_engine_tell_attempt (engine, 0);
  claw_backoff_reset (&engine->backoff);
  ClawConnection *former = g_steal_pointer (&engine->connection);
  if (former)
    claw_connection_close (former, CLAW_CLOSE_CODE_BYE);
  knock (engine, engine->state == CLAW_CLIENT_KNOCKING ? engine->timeout_s * (gint64) G_USEC_PER_SEC
                                                       : CLAW_ENGINE_ATTEMPT_US);
}

/* Leaves a session that the server has given up without a word about it, and begins another. */
static void
start_over (ClawEngine *engine)
{
  claw_chat_attach (engine->chat, NULL);
  claw_engine_free_transport (engine);
  engine->silent_since_us = claw_pump_now_us ();
  if (ensure_transport (engine))
    reconnect_after (engine, 0);
}

static void
on_wake (ClawWakeKind kind, gpointer user_data)
{
  claw_engine_wake (user_data, kind);
}

/* Events of the endpoint. */

/* @hello: what the server said of itself inside the handshake. */
static void
read_server_hello (ClawEngine *engine)
{
  size_t length = 0;
  const uint8_t *hello = claw_connection_get_peer_hello (engine->connection, &length);
  if (length < 2 || hello[0] != CLAW_ENGINE_HELLO_VERSION)
    return;
  g_autofree char *name = claw_name_sanitise ((const char *) hello + 1, (gssize) length - 1);
  if (!name || g_strcmp0 (name, engine->server_name) == 0)
    return;
  claw_acquaintance_learn_name (engine->server, name);
  ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_SERVER);
  event->name = g_strdup (name);
  claw_engine_set_keys (engine, event);
  g_free (engine->server_name);
  engine->server_name = g_steal_pointer (&name);
  claw_engine_emit (engine, event);
}

/* The server has this secret too, be it the session's first or one of a key rotation. */
static void
on_rekeyed (ClawEngine *engine)
{
  ClawConnection *connection = engine->connection;
  ClawConnectionStats stats;
  claw_connection_get_stats (connection, &stats);
  engine->is_unconfirmed = TRUE;
  if (stats.key_epoch > 0)
    claw_acquaintance_change_secret (engine->server, claw_connection_get_resumption (connection));
  else
    claw_acquaintance_prove_session (engine->server, claw_connection_get_psk_id (connection));
  claw_engine_settle_saved (engine);
  claw_engine_report (engine);
}

static void
on_established (ClawEngine *engine)
{
  claw_acquaintance_begin_session (engine->server, claw_connection_get_psk_id (engine->connection),
                                   claw_connection_get_resumption (engine->connection),
                                   g_get_real_time ());
  engine->is_unconfirmed = FALSE;
  claw_engine_settle_saved (engine);
  engine->is_paired = TRUE;
  claw_backoff_reset (&engine->backoff);
  read_server_hello (engine);
  claw_engine_set_state (engine, CLAW_CLIENT_CONNECTED, NULL);
  claw_chat_attach (engine->chat, engine->connection);
  claw_engine_begin_names (engine);
  claw_nat_watch_begin (&engine->nat, engine->connection, engine->socket, claw_pump_now_us ());
  claw_engine_ask_stun (engine);
  claw_engine_pump_chat (engine);
  claw_engine_report (engine);
}

static void
on_closed (ClawEngine *engine, const ClawEndpointEvent *event)
{
  engine->connection = NULL;
  claw_nat_watch_end (&engine->nat);
  claw_chat_attach (engine->chat, NULL);
  claw_engine_pump_chat (engine);
  if (event->reason == CLAW_CLOSE_NO_ANSWER && !engine->is_paired)
    {
      claw_engine_fail (engine,
                        claw_engine_no_answer_error (claw_acquaintance_get_pairing (engine->server),
                                                     engine->attempt_s));
      return;
    }
  if (engine->state == CLAW_CLIENT_CONNECTED)
    engine->silent_since_us = claw_pump_now_us ();
  if (event->reason == CLAW_CLOSE_PEER && event->peer_code == CLAW_CLOSE_CODE_REVOKED)
    claw_acquaintance_forget (engine->server);
  GError *error = claw_engine_close_error (event->reason == CLAW_CLOSE_LOCAL ? CLAW_CLOSE_PROTOCOL
                                                                             : event->reason,
                                           event->peer_code, engine->server_name);
  if (error)
    claw_engine_fail (engine, error);
  else if (event->reason == CLAW_CLOSE_LOST)
    reconnect_after (engine, 0); /* fifteen seconds of silence were pause enough */
  else
    reconnect (engine);
}

static void
learn_ports (ClawEngine *engine)
{
  const ClawPortNotice *notice = claw_connection_get_port_schedule (engine->connection);
  ClawSavedPorts ports
      = { .interval_s = notice->interval_s, .slot = notice->slot, .port = notice->port };
  if (claw_key_is_set (&notice->secret))
    claw_key_copy (&ports.secret, &notice->secret);
  claw_engine_learn_ports (engine, &ports);
  claw_key_clear (&ports.secret);
}

static void
on_endpoint_event (const ClawEndpointEvent *event, gpointer user_data)
{
  ClawEngine *engine = user_data;
  if (!engine->connection || event->connection != engine->connection)
    return;
  if (engine->state == CLAW_CLIENT_COMPROMISED)
    {
      if (event->type == CLAW_ENDPOINT_CLOSED)
        claw_engine_compromise_ended (engine, event);
      return;
    }
  switch (event->type)
    {
    case CLAW_ENDPOINT_ESTABLISHED:
      on_established (engine);
      break;
    case CLAW_ENDPOINT_READABLE:
    case CLAW_ENDPOINT_PROGRESS:
    case CLAW_ENDPOINT_DATAGRAM:
      claw_engine_quicken_reports (engine);
      claw_engine_read_datagrams (engine);
      claw_engine_pump_chat (engine);
      break;
    case CLAW_ENDPOINT_PORT:
      learn_ports (engine);
      break;
    case CLAW_ENDPOINT_PROBED:
      claw_nat_watch_on_probed (&engine->nat, claw_pump_now_us ());
      claw_engine_report (engine);
      break;
    case CLAW_ENDPOINT_REKEYED:
      on_rekeyed (engine);
      break;
    case CLAW_ENDPOINT_COMPROMISED:
      claw_engine_compromise_told (engine);
      break;
    case CLAW_ENDPOINT_CLOSED:
      on_closed (engine, event);
      break;
    }
}

/* Life cycle and commands. */

ClawEngine *
claw_engine_new (const char *data_directory,
                 const char *name,
                 int timeout_s,
                 ClawEngineEmit emit_callback,
                 gpointer user_data)
{
  ClawEngine *engine = g_new0 (ClawEngine, 1);
  engine->data_directory = g_strdup (data_directory);
  engine->name = name ? claw_name_sanitise (name, -1) : NULL;
  engine->stun = claw_stun_watch_new (claw_engine_on_stun, engine);
  engine->timeout_s = timeout_s;
  engine->emit = emit_callback;
  engine->user_data = user_data;
  engine->state = CLAW_CLIENT_IDLE;
  return engine;
}

void
claw_engine_set_may_take (ClawEngine *engine, ClawEngineMayTake may_take)
{
  engine->may_take = may_take;
}

void
claw_engine_free (ClawEngine *engine)
{
  if (!engine)
    return;
  /* First: the owner waits only so long for what follows. */
  claw_engine_end_chat (engine);
  leave (engine);
  g_clear_pointer (&engine->wake, claw_wake_free);
  g_clear_pointer (&engine->stun, claw_stun_watch_free);
  g_clear_pointer (&engine->server, claw_acquaintance_free);
  g_clear_pointer (&engine->store, claw_store_free);
  claw_key_clear (&engine->store_key);
  g_free (engine->server_name);
  g_free (engine->left_over);
  g_free (engine->data_directory);
  g_free (engine->name);
  g_free (engine);
}

static gboolean
is_same_server (const ClawEngine *engine, const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE])
{
  return engine->server
         && memcmp (claw_acquaintance_get_pairing (engine->server)->server_key, server_key,
                    CLAW_PUBLIC_KEY_SIZE)
                == 0;
}

/* @server: (transfer full). What waits in the outbox for another server is forgotten. */
static void
adopt_server (ClawEngine *engine, ClawAcquaintance *server)
{
  const ClawSavedPairing *pairing = claw_acquaintance_get_pairing (server);
  if (!is_same_server (engine, pairing->server_key))
    {
      gboolean was_there = engine->chat != NULL;
      claw_engine_end_chat (engine);
      if (was_there)
        claw_engine_emit (engine, claw_engine_event_new (engine, CLAW_ENGINE_FORGOTTEN));
      engine->chat = claw_chat_new ();
    }
  if (server != engine->server)
    claw_acquaintance_free (engine->server);
  engine->server = server;

  ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_SERVER);
  g_free (engine->server_name);
  engine->server_name = g_strdup (claw_saved_pairing_get_title (pairing));
  event->name = g_strdup (engine->server_name);
  claw_engine_set_keys (engine, event);
  claw_engine_emit (engine, event);
}

gboolean
claw_engine_open_store (ClawEngine *engine, GError **error)
{
  if (!engine->wake)
    engine->wake = claw_wake_new (on_wake, engine);
  if (!engine->store)
    engine->store = claw_engine_make_store (engine, error);
  return engine->store != NULL;
}

/* @given_key: (nullable). Returns: (transfer full) (nullable) */
static ClawSecFile *
load_file (const char *path, ClawBootstrapKey *given_key, GError **error)
{
  g_autoptr (ClawBootstrapKey) key = given_key ? claw_bootstrap_key_ref (given_key)
                                               : claw_bootstrap_key_find (NULL, error);
  return key ? claw_sec_file_load (path, key, error) : NULL;
}

static gboolean
take_file (ClawEngine *engine, const ClawSecFile *file, ClawClientOpenFlags flags, GError **error)
{
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  if (!(flags & CLAW_CLIENT_OPEN_IGNORE_TIME) && !claw_sec_file_check_time (file, now_s, error))
    return FALSE;
  if (!claw_engine_open_store (engine, error) || !make_transport (engine, error))
    return FALSE;
  /* What is in memory is never older than what is on the disk. */
  if (is_same_server (engine, file->server_public_key))
    {
      claw_acquaintance_take_file (engine->server, file);
      adopt_server (engine, engine->server);
    }
  else
    adopt_server (engine, claw_acquaintance_new_by_file (engine->store, file));
  return TRUE;
}

static gboolean
open_last (ClawEngine *engine, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  if (!claw_engine_open_store (engine, error))
    return FALSE;
  g_autoptr (ClawAcquaintance) last = claw_acquaintance_new_last (engine->store, &local_error);
  if (!last)
    {
      if (!local_error)
        local_error = claw_engine_not_paired_error ();
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!make_transport (engine, error))
    return FALSE;
  adopt_server (engine, g_steal_pointer (&last));
  return TRUE;
}

static void
start_knocking (ClawEngine *engine)
{
  claw_backoff_reset (&engine->backoff);
  engine->attempts = 0;
  engine->silent_since_us = claw_pump_now_us ();
  claw_engine_set_state (engine, CLAW_CLIENT_KNOCKING, NULL);
  knock (engine, engine->timeout_s * (gint64) G_USEC_PER_SEC);
}

/* @error: (transfer full) (nullable): why it could not be opened. */
static void
finish_opening (ClawEngine *engine, gboolean is_paired, GError *error)
{
  engine->is_paired = is_paired;
  if (!error)
    start_knocking (engine);
  ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_OPENED);
  event->error = error;
  claw_engine_emit (engine, event);
}

static void
begin_opening (ClawEngine *engine, unsigned serial)
{
  leave (engine);
  engine->state = CLAW_CLIENT_IDLE;
  engine->serial = serial;
}

void
claw_engine_open (ClawEngine *engine,
                  const char *path,
                  ClawBootstrapKey *key,
                  ClawClientOpenFlags flags,
                  unsigned serial)
{
  GError *error = NULL;
  begin_opening (engine, serial);
  g_autoptr (ClawSecFile) file = load_file (path, key, &error);
  if (file)
    take_file (engine, file, flags, &error);
  finish_opening (engine, FALSE, error);
}

void
claw_engine_open_sec (ClawEngine *engine,
                      const ClawSecFile *file,
                      ClawClientOpenFlags flags,
                      unsigned serial)
{
  GError *error = NULL;
  begin_opening (engine, serial);
  take_file (engine, file, flags, &error);
  finish_opening (engine, FALSE, error);
}

void
claw_engine_open_last (ClawEngine *engine, unsigned serial)
{
  GError *error = NULL;
  begin_opening (engine, serial);
  open_last (engine, &error);
  finish_opening (engine, TRUE, error);
}

void
claw_engine_disconnect (ClawEngine *engine, unsigned serial)
{
  leave (engine);
  engine->serial = serial;
  claw_engine_set_state (engine, CLAW_CLIENT_IDLE, NULL);
}

void
claw_engine_nudge (ClawEngine *engine)
{
  if (engine->state != CLAW_CLIENT_CONNECTED)
    {
      try_now (engine);
      return;
    }
  if (!engine->connection)
    return;
  claw_connection_nudge (engine->connection);
  claw_engine_check_nat (engine, TRUE);
  claw_pump_kick (engine->pump);
}

void
claw_engine_wake (ClawEngine *engine, ClawWakeKind kind)
{
  switch (kind)
    {
    case CLAW_WAKE_NOTHING:
      return;
    case CLAW_WAKE_SHORT:
      break;
    case CLAW_WAKE_LONG:
      if (engine->state != CLAW_CLIENT_CONNECTED)
        break;
      start_over (engine);
      return;
    }
  claw_engine_nudge (engine);
}

void
claw_engine_retry_now (ClawEngine *engine)
{
  const ClawKey *psks[CLAW_ACQUAINTANCE_PSKS];
  if (engine->retry)
    {
      try_now (engine);
      return;
    }
  /* A pairing that is over leaves nothing to knock with. */
  if (engine->state != CLAW_CLIENT_FAILED || !engine->server
      || !claw_acquaintance_get_psks (engine->server, psks))
    return;
  g_autoptr (GError) error = NULL;
  claw_engine_free_transport (engine);
  if (make_transport (engine, &error))
    start_knocking (engine);
  else
    claw_engine_fail (engine, g_steal_pointer (&error));
}

void
claw_engine_learn_ports (ClawEngine *engine, const ClawSavedPorts *ports)
{
  g_return_if_fail (engine->server != NULL);
  claw_acquaintance_learn_ports (engine->server, ports);
}

void
claw_engine_send (ClawEngine *engine, ClawMessage *message, gboolean is_again)
{
  g_autoptr (GError) error = NULL;
  if (!engine->chat)
    return;
  if (!(is_again ? claw_chat_send_again : claw_chat_send) (engine->chat, message, &error))
    {
      /* The client counts what is underway and refuses before this. */
      g_critical ("A message was not queued: %s", error->message);
      return;
    }
  claw_engine_pump_chat (engine);
  if (engine->pump)
    claw_pump_kick (engine->pump);
}

void
claw_engine_resume (ClawEngine *engine)
{
  engine->paused = FALSE;
  claw_engine_pump_chat (engine);
  if (engine->pump)
    claw_pump_kick (engine->pump);
}
