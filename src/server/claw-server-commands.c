/* claw-server-commands.c: what the control socket's commands do. */
#include "config.h"

#include "claw-events.h"
#include "claw-sandbox.h"
#include "claw-server-events.h"
#include "claw-server-private.h"

#include <glib/gi18n-lib.h>

static JsonNode *
end_object (JsonBuilder *builder)
{
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static void
add_string (JsonBuilder *builder, const char *member, const char *value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_string_value (builder, value);
}

static void
add_number (JsonBuilder *builder, const char *member, guint64 value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_int_value (builder, (gint64) value);
}

static void
add_file (ClawServer *server, JsonBuilder *builder, const char *until_member)
{
  gint64 until = 0;
  const char *path = claw_issuer_get_current (server->issuer, &until);

  json_builder_set_member_name (builder, "file");
  if (path != NULL)
    json_builder_add_string_value (builder, path);
  else
    json_builder_add_null_value (builder);
  add_number (builder, until_member, (guint64) until);
}

static void
add_ports (ClawServer *server, JsonBuilder *builder)
{
  uint16_t list[CLAW_SERVER_PORTS_MAX];
  unsigned n = claw_server_ports_list (server->ports, list);

  json_builder_set_member_name (builder, "closed");
  json_builder_add_boolean_value (builder, !claw_server_ports_is_open (server->ports));
  add_number (builder, "port", server->listening.port);
  add_number (builder, "port_since", (guint64) claw_server_ports_get_since_s (server->ports));
  add_number (builder, "port_until", (guint64) claw_server_ports_get_next_s (server->ports));
  json_builder_set_member_name (builder, "ports");
  json_builder_begin_array (builder);
  for (unsigned i = 0; i < n; i++)
    json_builder_add_int_value (builder, list[i]);
  json_builder_end_array (builder);
}

static JsonNode *
do_status (ClawServer *server)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  ClawEndpointStats stats;

  claw_endpoint_get_stats (server->endpoint, &stats);
  add_string (builder, "name", server->config->name);
  add_string (builder, "id", server->config->id);
  add_string (builder, "version", CLAW_VERSION);
  add_ports (server, builder);
  claw_server_add_reach (server, builder);
  add_file (server, builder, "file_valid_until");
  add_number (builder, "members", claw_pairings_get_count (server->pairings));
  add_number (builder, "sessions", claw_room_get_present (server->room));
  add_number (builder, "operators", server->operators);
  add_number (builder, "messages", claw_room_get_messages (server->room));
  add_number (builder, "uptime",
              (guint64) ((g_get_monotonic_time () - server->started_us) / G_USEC_PER_SEC));
  add_number (builder, "strangers", stats.strangers);
  add_number (builder, "near_misses", stats.near_misses);
  add_string (builder, "sandbox", claw_sandbox_describe ());
  add_string (builder, "state_directory", server->config->state_directory);
  add_string (builder, "security_directory", server->config->security_directory);
  return end_object (builder);
}

static void
add_member (ClawServer *server, JsonBuilder *builder, const ClawPairing *pairing)
{
  json_builder_begin_object (builder);
  add_number (builder, "id", pairing->id);
  add_string (builder, "name", pairing->name);
  if (pairing->made_for != NULL)
    add_string (builder, "for", pairing->made_for);
  json_builder_set_member_name (builder, "present");
  json_builder_add_boolean_value (builder,
                                  claw_room_get_connection (server->room, pairing->id) != NULL);
  add_number (builder, "created", (guint64) pairing->created_s);
  add_number (builder, "last_seen", (guint64) pairing->last_seen_s);
  add_number (builder, "waiting", claw_room_get_waiting (server->room, pairing->id));
  json_builder_end_object (builder);
}

static void
add_session (ClawServer *server, JsonBuilder *builder, const ClawPairing *pairing)
{
  ClawConnection *connection = claw_room_get_connection (server->room, pairing->id);
  char address[CLAW_ADDRESS_STRING_SIZE];
  ClawConnectionStats stats;

  if (connection == NULL)
    return;
  claw_connection_get_stats (connection, &stats);
  json_builder_begin_object (builder);
  add_number (builder, "id", pairing->id);
  add_string (builder, "name", pairing->name);
  if (pairing->made_for != NULL)
    add_string (builder, "for", pairing->made_for);
  add_string (builder, "address",
              claw_address_format (claw_connection_get_peer_address (connection), address));
  add_number (builder, "since",
              (guint64) MAX (0, (claw_pump_now_us () - stats.established_at_us) / G_USEC_PER_SEC));
  add_number (builder, "round_trip", (guint64) stats.smoothed_rtt_us);
  add_number (builder, "bytes_sent", stats.bytes_sent);
  add_number (builder, "bytes_received", stats.bytes_received);
  add_number (builder, "lost", stats.datagrams_lost);
  add_number (builder, "key_epoch", stats.key_epoch);
  add_number (builder, "key_age",
              (guint64) MAX (0, (claw_pump_now_us () - stats.keys_changed_at_us) / G_USEC_PER_SEC));
  json_builder_end_object (builder);
}

static JsonNode *
do_list (ClawServer *server,
         const char *member,
         void (*add) (ClawServer *server, JsonBuilder *builder, const ClawPairing *pairing))
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  json_builder_set_member_name (builder, member);
  json_builder_begin_array (builder);
  for (unsigned at = 0; at < claw_pairings_get_count (server->pairings); at++)
    add (server, builder, claw_pairings_get (server->pairings, at));
  json_builder_end_array (builder);
  return end_object (builder);
}

static JsonNode *
done (void)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  return end_object (builder);
}

static JsonNode *
no_session (uint32_t member, GError **error)
{
  g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_NOT_FOUND,
               _ ("there is no session %u, see “sessions”"), member);
  return NULL;
}

static JsonNode *
do_disconnect (ClawServer *server, uint32_t member, GError **error)
{
  ClawConnection *connection = claw_room_get_connection (server->room, member);

  if (connection == NULL)
    return no_session (member, error);
  claw_connection_close (connection, CLAW_CLOSE_CODE_DISCONNECTED);
  claw_pump_kick (server->pump);
  return done ();
}

static JsonNode *
no_member (uint32_t member, GError **error)
{
  g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_NOT_FOUND,
               _ ("there is no member %u, see “members”"), member);
  return NULL;
}

static JsonNode *
do_revoke (ClawServer *server, uint32_t member, GError **error)
{
  ClawPairing *pairing = claw_pairings_find_id (server->pairings, member);

  if (pairing == NULL)
    return no_member (member, error);
  claw_server_events_revoked (server, pairing);
  gboolean is_for_good = claw_server_revoke (server, pairing, error);
  claw_server_update_status (server);
  claw_event (CLAW_EVENT_PAIRING_REVOKED, &(ClawEventFields){ .member = member },
              _ ("Revoked the pairing of member %u"), member);
  if (is_for_good)
    return done ();
  g_prefix_error (
      error,
      _ ("Member %u is revoked, but comes back if the server ends before the disk knows "
         "of it. The server goes on trying: "),
      member);
  return NULL;
}

static void
add_compromised (ClawServer *server, JsonBuilder *builder, const ClawServerCompromised *result)
{
  add_number (builder, "told", result->told);
  add_number (builder, "away", result->away);
  add_file (server, builder, "valid_until");
}

/* @member: 0 for all. */
static JsonNode *
do_compromised (ClawServer *server, ClawControlPeer *peer, uint32_t member, GError **error)
{
  g_autoptr (JsonBuilder) builder = NULL;
  ClawServerCompromised result = { 0 };
  ClawPairing *pairing = claw_pairings_find_id (server->pairings, member);
  gboolean is_erased;

  if (member != 0 && pairing == NULL)
    return no_member (member, error);
  if (pairing != NULL)
    is_erased = claw_server_compromise_member (server, pairing, peer, &result, error);
  else
    is_erased = claw_server_compromise_all (server, peer, &result, error);
  if (!is_erased)
    {
      g_prefix_error (
          error, "%s",
          claw_erasure_is_erased (server->erasure)
              ? _ (
                  "The old keys are erased from the disk, but a start of the server before this is "
                  "mended erases the new ones as well. The server goes on trying: ")
              : _ ("Nobody can use the old keys any more, but they could not be erased from the "
                   "disk. The server goes on trying; or delete them by hand: "));
      return NULL;
    }
  builder = json_builder_begin_object (json_builder_new ());
  add_compromised (server, builder, &result);
  return end_object (builder);
}

static JsonNode *
do_rotate (ClawServer *server, uint32_t member, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  unsigned rotating = 0;

  for (unsigned at = 0; at < claw_pairings_get_count (server->pairings); at++)
    {
      uint32_t id = claw_pairings_get (server->pairings, at)->id;
      ClawConnection *connection = claw_room_get_connection (server->room, id);

      if (connection != NULL && (member == 0 || member == id)
          && claw_connection_rotate_keys (connection))
        rotating++;
    }
  if (member != 0 && rotating == 0)
    return no_session (member, error);
  claw_pump_kick (server->pump);
  add_number (builder, "rotating", rotating);
  return end_object (builder);
}

static JsonNode *
do_send (ClawServer *server, ClawControlPeer *peer, const char *text, GError **error)
{
  if (!claw_room_say (server->room, text, peer, g_get_real_time (), error))
    return NULL;
  claw_pump_kick (server->pump);
  return done ();
}

static JsonNode *
on_request (ClawControlPeer *peer,
            const ClawControlRequest *request,
            GError **error,
            gpointer user_data)
{
  ClawServer *server = user_data;

  switch (request->command)
    {
    case CLAW_CONTROL_STATUS:
      return do_status (server);
    case CLAW_CONTROL_NEW_FILE:
      return claw_server_files_make (server, &request->file, error);
    case CLAW_CONTROL_FILES:
      return claw_server_files_list (server);
    case CLAW_CONTROL_WITHDRAW:
      return claw_server_files_withdraw (server, request->text, error);
    case CLAW_CONTROL_SESSIONS:
      return do_list (server, "sessions", add_session);
    case CLAW_CONTROL_MEMBERS:
      return do_list (server, "members", add_member);
    case CLAW_CONTROL_DISCONNECT:
      return do_disconnect (server, request->member, error);
    case CLAW_CONTROL_REVOKE:
      return do_revoke (server, request->member, error);
    case CLAW_CONTROL_COMPROMISED:
      return do_compromised (server, peer, request->member, error);
    case CLAW_CONTROL_ATTACH:
    case CLAW_CONTROL_TAIL:
      return done ();
    case CLAW_CONTROL_ROTATE:
      return do_rotate (server, request->member, error);
    case CLAW_CONTROL_METRICS:
      return claw_server_metrics_request (server);
    case CLAW_CONTROL_SAFETY_NUMBER:
      return claw_server_safety_number (server, request->member, error);
    case CLAW_CONTROL_SEND:
      return do_send (server, peer, request->text, error);
    }
  return NULL;
}

static void
on_attached (unsigned attached, gpointer user_data)
{
  ClawServer *server = user_data;

  server->operators = attached;
  claw_room_set_operators (server->room, attached);
  claw_server_turn_soon (server);
}

const ClawControlHandler claw_server_commands_handler = { on_request, on_attached };
