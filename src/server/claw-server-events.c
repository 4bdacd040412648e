/* claw-server-events.c: see claw-server-events.h. */
#include "config.h"

#include "claw-server-events.h"

/* Before the control socket is there nobody listens. */
static gboolean
is_heard (ClawServer *server, unsigned audience)
{
  return server->control != NULL && claw_control_is_heard (server->control, audience);
}

/* @name: of the event. Returns: (transfer full) */
static JsonObject *
new_event (const char *name)
{
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "event", name);
  json_object_set_int_member (event, "time", g_get_real_time ());
  return event;
}

static JsonObject *
new_member_event (const char *name, const ClawPairing *pairing)
{
  JsonObject *event = new_event (name);

  json_object_set_int_member (event, "member", pairing->id);
  json_object_set_string_member (event, "name", pairing->name != NULL ? pairing->name : "");
  return event;
}

/* @event: (transfer full) */
static void
tell (ClawServer *server, JsonObject *event, unsigned audience, const ClawControlPeer *except)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), event);

  json_object_unref (event);
  claw_control_broadcast (server->control, node, audience, except);
}

static void
on_message (ClawMessage *message, gpointer origin, gpointer user_data)
{
  char id[2 * CLAW_MESSAGE_ID_SIZE + 1];
  const uint8_t *bytes = claw_message_get_id (message);
  ClawServer *server = user_data;
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_EVERYBODY))
    return;
  for (unsigned i = 0; i < CLAW_MESSAGE_ID_SIZE; i++)
    g_snprintf (id + 2 * i, 3, "%02x", bytes[i]);
  event = new_event ("message");
  json_object_set_int_member (event, "time", claw_message_get_time_us (message));
  json_object_set_string_member (event, "id", id);
  json_object_set_string_member (event, "sender", claw_message_get_sender (message));
  json_object_set_string_member (event, "text", claw_message_get_text (message, NULL));
  tell (server, event, CLAW_CONTROL_EVERYBODY, origin);
}

static void
on_joined (const char *name, gpointer user_data)
{
  JsonObject *event;

  if (!is_heard (user_data, CLAW_CONTROL_EVERYBODY))
    return;
  event = new_event ("joined");
  json_object_set_string_member (event, "name", name);
  tell (user_data, event, CLAW_CONTROL_EVERYBODY, NULL);
}

static void
on_left (const char *name, gpointer user_data)
{
  JsonObject *event;

  if (!is_heard (user_data, CLAW_CONTROL_EVERYBODY))
    return;
  event = new_event ("left");
  json_object_set_string_member (event, "name", name);
  tell (user_data, event, CLAW_CONTROL_EVERYBODY, NULL);
}

static void
on_limit (uint32_t member, ClawRoomLimit limit, gpointer user_data)
{
  static const char *const words[] = {
    [CLAW_ROOM_LIMIT_SLOWED] = "slowed",     [CLAW_ROOM_LIMIT_TOO_FAST] = "too-fast",
    [CLAW_ROOM_LIMIT_TOO_SLOW] = "too-slow", [CLAW_ROOM_LIMIT_TOO_LONG] = "too-long",
    [CLAW_ROOM_LIMIT_NOT_KEPT] = "not-kept",
  };

  claw_server_events_limit (user_data, member, words[limit]);
}

/* It is known by it from here on, also while it is away. */
static void
on_renamed (uint32_t member, const char *name, gpointer user_data)
{
  ClawServer *server = user_data;
  ClawPairing *pairing = claw_pairings_find_id (server->pairings, member);

  if (pairing == NULL)
    return;
  claw_pairing_set_name (pairing, name);
  claw_server_save_soon (server);
  claw_server_note_change (server);
}

const ClawRoomListener claw_server_events_listener = { on_message, on_joined, on_left, on_limit,
                                                       on_renamed };

void
claw_server_events_compromised (ClawServer *server,
                                const char *name,
                                gboolean by_member,
                                const ClawControlPeer *except)
{
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_EVERYBODY))
    return;
  event = new_event ("compromised");
  json_object_set_string_member (event, "by", by_member ? "member" : "operator");
  if (name != NULL)
    json_object_set_string_member (event, "name", name);
  tell (server, event, CLAW_CONTROL_EVERYBODY, except);
}

void
claw_server_events_announce_file (ClawServer *server, const char *path, gint64 valid_until_s)
{
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_ATTACHED))
    return;
  event = new_event ("file");
  json_object_set_string_member (event, "file", path);
  json_object_set_int_member (event, "valid_until", valid_until_s);
  tell (server, event, CLAW_CONTROL_ATTACHED, NULL);
}

void
claw_server_events_file_made (ClawServer *server, const char *path, gint64 valid_until_s)
{
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_TAILING))
    return;
  event = new_event ("file-made");
  json_object_set_string_member (event, "file", path);
  json_object_set_int_member (event, "valid_until", valid_until_s);
  tell (server, event, CLAW_CONTROL_TAILING, NULL);
}

void
claw_server_events_file_ended (ClawServer *server, const char *path, ClawIssuerEnd how)
{
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_TAILING))
    return;
  event = how == CLAW_ISSUER_END_USED      ? new_event ("file-used")
          : how == CLAW_ISSUER_END_EXPIRED ? new_event ("file-expired")
                                           : new_event ("file-withdrawn");
  json_object_set_string_member (event, "file", path);
  tell (server, event, CLAW_CONTROL_TAILING, NULL);
}

void
claw_server_events_paired (ClawServer *server, const ClawPairing *pairing)
{
  if (is_heard (server, CLAW_CONTROL_TAILING))
    tell (server, new_member_event ("paired", pairing), CLAW_CONTROL_TAILING, NULL);
}

void
claw_server_events_revoked (ClawServer *server, const ClawPairing *pairing)
{
  if (is_heard (server, CLAW_CONTROL_TAILING))
    tell (server, new_member_event ("revoked", pairing), CLAW_CONTROL_TAILING, NULL);
}

void
claw_server_events_session_begun (ClawServer *server,
                                  const ClawPairing *pairing,
                                  ClawConnection *connection)
{
  char address[CLAW_ADDRESS_STRING_SIZE];
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_TAILING))
    return;
  event = new_member_event ("session-begun", pairing);
  json_object_set_string_member (
      event, "address",
      claw_address_format (claw_connection_get_peer_address (connection), address));
  tell (server, event, CLAW_CONTROL_TAILING, NULL);
}

/* A word for programs. */
static const char *
reason_word (ClawCloseReason reason)
{
  switch (reason)
    {
    case CLAW_CLOSE_LOCAL:
      return "server";
    case CLAW_CLOSE_PEER:
      return "client";
    case CLAW_CLOSE_NO_ANSWER:
    case CLAW_CLOSE_LOST:
      return "lost";
    case CLAW_CLOSE_COMPROMISED:
      return "compromised";
    case CLAW_CLOSE_PROTOCOL:
      return "protocol";
    }
  return "lost";
}

void
claw_server_events_session_ended (ClawServer *server,
                                  const ClawPairing *pairing,
                                  ClawCloseReason reason)
{
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_TAILING))
    return;
  event = new_member_event ("session-ended", pairing);
  json_object_set_string_member (event, "reason", reason_word (reason));
  tell (server, event, CLAW_CONTROL_TAILING, NULL);
}

void
claw_server_events_rotated (ClawServer *server,
                            const ClawPairing *pairing,
                            ClawConnection *connection)
{
  ClawConnectionStats stats;
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_TAILING))
    return;
  claw_connection_get_stats (connection, &stats);
  event = new_member_event ("rotated", pairing);
  json_object_set_int_member (event, "key_epoch", (gint64) stats.key_epoch);
  tell (server, event, CLAW_CONTROL_TAILING, NULL);
}

void
claw_server_events_port (ClawServer *server)
{
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_TAILING))
    return;
  event = new_event ("port");
  json_object_set_int_member (event, "port", server->listening.port);
  json_object_set_int_member (event, "port_until", claw_server_ports_get_next_s (server->ports));
  tell (server, event, CLAW_CONTROL_TAILING, NULL);
}

void
claw_server_events_limit (ClawServer *server, uint32_t member, const char *limit)
{
  const char *name;
  JsonObject *event;

  if (!is_heard (server, CLAW_CONTROL_TAILING))
    return;
  name = claw_room_get_name (server->room, member);
  event = new_event ("limit");
  json_object_set_string_member (event, "limit", limit);
  if (member != 0)
    json_object_set_int_member (event, "member", member);
  if (name != NULL)
    json_object_set_string_member (event, "name", name);
  tell (server, event, CLAW_CONTROL_TAILING, NULL);
}
