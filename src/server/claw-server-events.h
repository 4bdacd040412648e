/* claw-server-events.h: what programs at the control socket hear of what happens.
 *
 * Those that are attached hear the room: "message", "joined", "left", "compromised", "file". Those
 * that tail hear that, too, and: "paired", "revoked", "session-begun", "session-ended", "rotated"
 * (keys), "port", "file-made", "file-used", "file-expired", "limit" (something was dropped or
 * slowed). Every event has its "time", µs since 1970. data/man/clawchat-control.7.scd tells all of
 * their members.
 */
#pragma once

#include "claw-server-private.h"

extern const ClawRoomListener claw_server_events_listener;

/* @name: (nullable): of the member, for one. @except: (nullable): needs no event about it. */
void claw_server_events_compromised (ClawServer *server,
                                     const char *name,
                                     gboolean by_member,
                                     const ClawControlPeer *except);
/* The new file after that, for those who are attached. */
void claw_server_events_announce_file (ClawServer *server, const char *path, gint64 valid_until_s);

void claw_server_events_file_made (ClawServer *server, const char *path, gint64 valid_until_s);
void claw_server_events_file_ended (ClawServer *server, const char *path, ClawIssuerEnd how);
void claw_server_events_paired (ClawServer *server, const ClawPairing *pairing);
void claw_server_events_revoked (ClawServer *server, const ClawPairing *pairing);
void claw_server_events_session_begun (ClawServer *server,
                                       const ClawPairing *pairing,
                                       ClawConnection *connection);
void claw_server_events_session_ended (ClawServer *server,
                                       const ClawPairing *pairing,
                                       ClawCloseReason reason);
void claw_server_events_rotated (ClawServer *server,
                                 const ClawPairing *pairing,
                                 ClawConnection *connection);
void claw_server_events_port (ClawServer *server);
/* @member: 0 when it is no member yet. @limit: a word for programs. */
void claw_server_events_limit (ClawServer *server, uint32_t member, const char *limit);
