/* claw-control.h: the server's control socket, for its operator and for local programs.
 *
 * A Unix stream socket for those that claw-control-access.h names; anybody else gets one line with
 * the code "denied". Both sides send JSON objects, one a line, UTF-8, a request at most
 * CLAW_CONTROL_LINE_MAX bytes. data/man/clawchat-control.7.scd tells programs all of this. Version
 * 1:
 *
 * The server begins:  {"protocol": "clawchat-control", "version": 1, "name": SERVER NAME}
 * A request:          {"command": COMMAND, "id": ANY WHOLE NUMBER ≥ 0, which may be left out, …}
 * Its reply:          {"ok": true, "id": as in the request, "result": {…}}
 *                  or {"ok": false, "id": …, "code": CODE, "message": TEXT FOR PEOPLE}
 * Replies come in the order of the requests. Members that are not known are to be ignored by both
 * sides. CODE is one of those in claw-control-request.h.
 *
 * status → {"name", "id", "version", "closed" (no port is open, since nobody can come), "port",
 * "public_address", "reach" (a word, see claw-reach.h), "public_ipv6", "candidates": ["ip:port"],
 * "mapped_address" and "mapped_port" (of the router), "mapping_protocol", "mapping_problem",
 * "seen_address" (by a STUN server), "stun_problem", each of the last five only if there is
 * something to tell, "file", "file_valid_until", "members", "sessions", "operators", "messages",
 * "uptime", "strangers", "near_misses", "state_directory", "security_directory"}
 *
 * new-file {"for": NAME, "valid": MINUTES, "content": true, "hand_out": true, each of which may be
 * left out} → {"id", "for", "file": PATH or null, "created", "valid_until", "reach_until" (until
 * when a copy finds a server whose port changes), "content": TEXT if it was asked for}
 *
 * files → {"files": [{"id", "for", "file", "created", "valid_until", "kept", "outdated"}]}
 *
 * withdraw {"file": ID or NAME} → {"withdrawn": NUMBER OF FILES}
 *
 * members → {"members": [{"id", "name", "for" (if its file was made for somebody), "present",
 * "created", "last_seen", "waiting"}]}, all that are paired
 *
 * sessions → {"sessions": [{"id", "name", "address", "since" (seconds), "round_trip" (µs),
 * "bytes_sent", "bytes_received", "lost", "key_epoch" (how often the keys were changed), "key_age"
 * (seconds)}]}, those that are connected; a session has its member's id
 *
 * disconnect {"member": ID} → {}: ends the session; the client may return
 *
 * revoke {"member": ID} → {}: forgets the pairing; the client needs a new file
 *
 * compromised {"member": ID, or left out for all} → {"told", "away" (clients), "file": PATH or
 * null, "valid_until"}: erases the keys of the pairing on both sides; without "member" those of all
 * pairings, the server's own, and all .sec files; a new file follows at once
 *
 * safety-number {"member": ID} → {"id", "name", "safety_number": "12345 …"}: what the operator and
 * the member compare, claw-safety-number.h
 *
 * rotate {"member": ID, or left out for all} → {"rotating": NUMBER OF SESSIONS}: changes the keys
 * of these sessions, which takes a few seconds at most
 *
 * metrics → {"type", "text"}: Prometheus' text format, see claw-server-metrics.h
 *
 * send {"text": TEXT} → {}: speaks as the operator
 *
 * attach → {}: from now on the room's events come as well, until the connection is closed:
 *   {"event": "message", "id": HEX, "sender": NAME, "time": µs SINCE 1970, "text": TEXT}
 *   {"event": "joined", "name": NAME}
 *   {"event": "left", "name": NAME}
 *   {"event": "compromised", "by": "member" or "operator", "name": NAME; without it, all pairings}
 *   {"event": "file", "file": PATH, "valid_until": UNIX SECONDS}: the new .sec after that
 *   What is sent over this connection does not come back over it as an event.
 *
 * tail → {}: from now on everything that happens, see claw-server-events.h; events of the room
 * among it
 *
 * In the status "port" is the present one, from "port_since" to "port_until" (Unix seconds; 0: it
 * does not change), and "ports" are all that are listened on.
 *
 * A client that does not read what it asked for is dropped at CLAW_CONTROL_UNREAD_MAX bytes.
 */
#pragma once

#include "claw-control-request.h"

#include <json-glib/json-glib.h>
#include <sys/types.h>

#define CLAW_CONTROL_PROTOCOL "clawchat-control"
#define CLAW_CONTROL_VERSION 1
#define CLAW_CONTROL_CLIENTS_MAX 32
/* The longest reply fits, "sessions" with CLAW_PAIRINGS_MAX of them whose names are all quotes, and
 * so do 4 MiB of events that come while it is being read. */
#define CLAW_CONTROL_UNREAD_MAX (16 * 1024 * 1024)

typedef struct ClawControl ClawControl;
/* One connected client; to be compared, not looked into. */
typedef struct ClawControlPeer ClawControlPeer;

/* Who is to hear of an event. */
typedef enum
{
  CLAW_CONTROL_ATTACHED = 1 << 0, /* who takes part in the room */
  CLAW_CONTROL_TAILING = 1 << 1,  /* who looks on */
  CLAW_CONTROL_EVERYBODY = CLAW_CONTROL_ATTACHED | CLAW_CONTROL_TAILING,
} ClawControlAudience;

typedef struct
{
  /* Returns: (transfer full): the result object, or NULL with an error. */
  JsonNode *(*request) (ClawControlPeer *peer,
                        const ClawControlRequest *request,
                        GError **error,
                        gpointer user_data);
  /* @attached clients hear the room's events now. */
  void (*attached) (unsigned attached, gpointer user_data);
} ClawControlHandler;

/* Listens at @path, in the thread-default main context. A socket that a dead server left behind is
 * replaced. @group: of claw_control_access_find_group (). */
ClawControl *claw_control_new (const char *path,
                               const char *server_name,
                               gid_t group,
                               const ClawControlHandler *handler,
                               gpointer user_data,
                               GError **error);
/* Ends all clients and removes the socket. */
void claw_control_free (ClawControl *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawControl, claw_control_free)

/* Whether an event for @audience, of ClawControlAudience, would reach anybody. */
gboolean claw_control_is_heard (const ClawControl *control, unsigned audience);
/* Sends @event to all of @audience but @except (nullable). */
void claw_control_broadcast (ClawControl *control,
                             JsonNode *event,
                             unsigned audience,
                             const ClawControlPeer *except);
unsigned claw_control_get_clients (const ClawControl *control);
