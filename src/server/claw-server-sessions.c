/* claw-server-sessions.c: what happens when clients come and go.
 *
 * A client that comes with a .sec file becomes a pairing; one that comes with its pairing's secret
 * gets the next one. The secret that it has shown to have, at first the file's, stays valid beside
 * the newest, since the client may have lost the newest together with its machine, or have begun
 * another session meanwhile that was never established here. The same goes for each key rotation of
 * a session.
 */
#include "config.h"

#include "claw-bytes.h"
#include "claw-events.h"
#include "claw-server-events.h"
#include "claw-server-private.h"
#include "claw-timer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static uint32_t
get_member (ClawConnection *connection)
{
  return GPOINTER_TO_UINT (claw_connection_get_user_data (connection));
}

/* Returns: (transfer full) (nullable): the name that the client wishes for. */
static char *
read_hello (ClawConnection *connection)
{
  size_t length;
  const uint8_t *hello = claw_connection_get_peer_hello (connection, &length);
  ClawReader reader;
  uint8_t version;
  size_t name_length;

  claw_reader_init (&reader, hello, length);
  version = claw_reader_u8 (&reader);
  if (reader.failed || version != CLAW_SERVER_HELLO_VERSION)
    return NULL;
  name_length = reader.left;
  return claw_name_sanitise ((const char *) claw_reader_bytes (&reader, name_length),
                             (gssize) name_length);
}

/* Returns: (nullable): NULL when there are too many. */
static ClawPairing *
find_or_add_pairing (ClawServer *server, const uint8_t *key)
{
  ClawPairing *pairing = claw_pairings_find_key (server->pairings, key);

  if (pairing != NULL)
    return pairing;
  pairing = claw_pairings_add (server->pairings, key, claw_server_now_s ());
  if (pairing == NULL)
    {
      claw_event (CLAW_EVENT_PAIRING_REFUSED,
                  &(ClawEventFields){ .count = claw_pairings_get_count (server->pairings) },
                  _ ("A client could not be paired: there are %u pairings already, "
                     "revoke some that are not needed"),
                  claw_pairings_get_count (server->pairings));
      claw_server_events_limit (server, 0, "members");
      return NULL;
    }
  claw_room_add (server->room, pairing->id, pairing->client_key, NULL);
  claw_event (CLAW_EVENT_PAIRED, &(ClawEventFields){ .member = pairing->id },
              _ ("Paired with a new client, member %u"), pairing->id);
  return pairing;
}

/* The client came with a file, which is used up by that. Returns: (nullable): its pairing. */
static ClawPairing *
pair_by_file (ClawServer *server, ClawConnection *connection)
{
  uint64_t psk_id = claw_connection_get_psk_id (connection);
  uint64_t greatest = claw_endpoint_get_greatest_timestamp_us (server->endpoint, psk_id);
  ClawPairing *pairing = find_or_add_pairing (server, claw_connection_get_peer_key (connection));
  g_auto (ClawKey) secret = { 0 };
  g_autofree char *made_for = NULL;

  claw_issuer_use (server->issuer, psk_id, &secret, &made_for);
  if (pairing == NULL)
    return NULL;
  if (made_for != NULL)
    claw_pairing_set_made_for (pairing, made_for);
  pairing->greatest_timestamp_us = MAX (pairing->greatest_timestamp_us, greatest);
  if (pairing->resumption_psk_id != 0)
    claw_endpoint_refuse (server->endpoint, pairing->resumption_psk_id);
  if (pairing->previous_psk_id != 0)
    claw_endpoint_refuse (server->endpoint, pairing->previous_psk_id);
  claw_pairing_take_file (pairing, &secret, claw_server_new_psk_id (server));
  return pairing;
}

/* Keeps the session's newest secret, and the one that the client has shown to have. */
static void
keep_resumption (ClawServer *server,
                 ClawPairing *pairing,
                 uint64_t shown_psk_id,
                 ClawConnection *connection)
{
  uint64_t greatest = claw_endpoint_get_greatest_timestamp_us (server->endpoint, shown_psk_id);
  uint64_t forgotten;

  pairing->greatest_timestamp_us = MAX (pairing->greatest_timestamp_us, greatest);
  claw_pairing_touch (pairing, claw_server_now_s ());
  forgotten = claw_pairing_renew (pairing, shown_psk_id,
                                  claw_connection_get_resumption (connection),
                                  claw_server_new_psk_id (server));
  if (forgotten != 0)
    claw_endpoint_refuse (server->endpoint, forgotten);
  claw_server_accept_pairing (server, pairing);
}

/* A secret that was forgotten a moment ago, since a session that went on meanwhile changed its
 * keys, counts as the previous one: it is the newest that the client may not have. */
static uint64_t
get_shown_psk (const ClawPairing *pairing, const ClawConnection *connection)
{
  uint64_t psk_id = claw_connection_get_psk_id (connection);

  return psk_id == pairing->resumption_psk_id ? psk_id : pairing->previous_psk_id;
}

static void
join_room (ClawServer *server, ClawPairing *pairing, ClawConnection *connection)
{
  g_autofree char *wish = read_hello (connection);
  ClawConnection *old;

  claw_connection_set_user_data (connection, GUINT_TO_POINTER (pairing->id));
  old = claw_room_join (server->room, pairing->id, wish != NULL ? wish : pairing->made_for,
                        connection);
  claw_pairing_set_name (pairing, claw_room_get_name (server->room, pairing->id));
  if (old == NULL)
    return;
  claw_connection_set_user_data (old, NULL);
  claw_connection_close (old, CLAW_CLOSE_CODE_REPLACED);
}

/* Whether there is no room for another session, one that takes an older one's place excepted. The
 * client is told, and keeps the pairing that it may just have got. */
static gboolean
is_full (ClawServer *server, const ClawPairing *pairing)
{
  return claw_room_get_present (server->room) >= (unsigned) server->config->sessions
         && claw_room_get_connection (server->room, pairing->id) == NULL;
}

static void
refuse (ClawServer *server, const ClawPairing *pairing, ClawConnection *connection)
{
  claw_event (CLAW_EVENT_SESSION_REFUSED,
              &(ClawEventFields){ .member = pairing->id,
                                  .peer = claw_connection_get_peer_address (connection),
                                  .reason = "full" },
              _ ("Member %u was not let in: there are %u sessions already, as many as "
                 "limits.sessions allows"),
              pairing->id, claw_room_get_present (server->room));
  claw_server_events_limit (server, pairing->id, "sessions");
  claw_connection_close (connection, CLAW_CLOSE_CODE_FULL);
}

static void
on_established (ClawServer *server, ClawConnection *connection)
{
  gboolean by_file = claw_issuer_owns (server->issuer, claw_connection_get_psk_id (connection));
  ClawPairing *pairing = by_file ? pair_by_file (server, connection)
                                 : claw_pairings_find_key (
                                     server->pairings, claw_connection_get_peer_key (connection));
  g_autoptr (GError) error = NULL;

  if (pairing == NULL)
    {
      claw_connection_close (connection, CLAW_CLOSE_CODE_DISCONNECTED);
      return;
    }
  /* A new pairing is there for good from its first moment; a renewed one has its previous secret to
   * fall back on, if that is not as new as that it was not saved yet. */
  gboolean must_save = by_file || !pairing->is_saved;
  keep_resumption (server, pairing,
                   by_file ? pairing->resumption_psk_id : get_shown_psk (pairing, connection),
                   connection);
  if (is_full (server, pairing))
    {
      if (by_file)
        claw_server_events_paired (server, pairing);
      refuse (server, pairing, connection);
    }
  else
    {
      claw_server_journal_begun (server->journal, connection, pairing->id);
      join_room (server, pairing, connection);
      if (by_file)
        claw_server_events_paired (server, pairing);
      claw_server_events_session_begun (server, pairing, connection);
      claw_server_ports_tell (server->ports, connection);
      claw_room_pump (server->room, pairing->id, g_get_real_time ());
    }
  if (!must_save || !claw_server_save (server, &error))
    claw_server_save_soon (server);
  if (error != NULL)
    claw_event (CLAW_EVENT_DISK_ERROR, &(ClawEventFields){ .member = pairing->id },
                _ ("The new pairing is not saved yet: %s"), error->message);
  if (by_file)
    claw_server_maintain (server);
  claw_server_update_status (server);
}

/* The secret that was the newest until now is what both sides are sure to have. */
static void
on_rekeyed (ClawServer *server, ClawConnection *connection)
{
  ClawPairing *pairing = claw_pairings_find_id (server->pairings, get_member (connection));

  if (pairing == NULL || claw_room_get_connection (server->room, pairing->id) != connection)
    return;
  claw_server_journal_rekeyed (server->journal, connection);
  keep_resumption (server, pairing, pairing->resumption_psk_id, connection);
  claw_server_events_rotated (server, pairing, connection);
  /* Confirmed when it is saved. */
  claw_server_save_soon (server);
}

static void
on_closed (ClawServer *server, const ClawEndpointEvent *event)
{
  uint32_t member = get_member (event->connection);
  ClawPairing *pairing;

  claw_server_journal_ended (server->journal, event);
  if (event->reason == CLAW_CLOSE_COMPROMISED)
    claw_server_compromise_ended (server, event);
  if (member == 0)
    return;
  /* What came just ahead of the end counts. */
  if (claw_room_get_connection (server->room, member) == event->connection)
    claw_room_pump (server->room, member, g_get_real_time ());
  claw_room_leave (server->room, member, event->connection);
  claw_room_pump (server->room, 0, g_get_real_time ());
  pairing = claw_pairings_find_id (server->pairings, member);
  if (pairing != NULL)
    {
      claw_pairing_touch (pairing, claw_server_now_s ());
      claw_server_events_session_ended (server, pairing, event->reason);
    }
  claw_server_save_soon (server);
  claw_server_update_status (server);
}

static gboolean
on_slow (gpointer user_data)
{
  ClawServer *server = user_data;

  claw_room_pump (server->room, 0, g_get_real_time ());
  claw_pump_kick (server->pump);
  if (claw_room_is_behind (server->room))
    return G_SOURCE_CONTINUE;
  server->slow_source = 0;
  return G_SOURCE_REMOVE;
}

void
claw_server_sessions_event (const ClawEndpointEvent *event, gpointer user_data)
{
  ClawServer *server = user_data;

  switch (event->type)
    {
    case CLAW_ENDPOINT_ESTABLISHED:
      on_established (server, event->connection);
      break;
    case CLAW_ENDPOINT_READABLE:
    case CLAW_ENDPOINT_PROGRESS:
    case CLAW_ENDPOINT_DATAGRAM:
      if (get_member (event->connection) != 0)
        claw_room_pump (server->room, get_member (event->connection), g_get_real_time ());
      break;
    case CLAW_ENDPOINT_PORT: /* told by us, never to us */
    case CLAW_ENDPOINT_PROBED:
      break;
    case CLAW_ENDPOINT_COMPROMISED:
      claw_server_compromise_told (server, event->connection);
      break;
    case CLAW_ENDPOINT_REKEYED:
      on_rekeyed (server, event->connection);
      break;
    case CLAW_ENDPOINT_CLOSED:
      on_closed (server, event);
      break;
    }
  if (server->slow_source == 0 && claw_room_is_behind (server->room))
    server->slow_source = claw_timer_add_seconds (1, on_slow, server);
}
