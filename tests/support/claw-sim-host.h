/* claw-sim-host.h: a program on the simulated network: an endpoint, and a chat with each of its
 * peers.
 *
 * Does what client and server do around the protocol, without their rules: it pairs, keeps the
 * secrets for the next handshake, connects again when a connection ends, and moves bytes. All that
 * is said is kept by both ends of a chat, and whatever happens is compared with it at once: a
 * message may come once, in its place, unchanged, and its states may only go forward and must be
 * true.
 */
#pragma once

#include "claw-chat.h"
#include "claw-endpoint.h"
#include "claw-sim-network.h"
#include "claw-sim-ports.h"

typedef struct ClawSimHost ClawSimHost;
typedef struct ClawSimPeer ClawSimPeer; /* one end of a chat */

/* A message came. */
typedef void (*ClawSimHeard) (ClawSimPeer *peer, ClawMessage *message, gpointer user_data);

ClawSimHost *claw_sim_host_new (ClawSimNetwork *network);
void claw_sim_host_free (ClawSimHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawSimHost, claw_sim_host_free)
/* How often the sessions of @host change their keys; before it is paired. */
void claw_sim_host_set_rotation (ClawSimHost *host, gint64 interval_us);
void claw_sim_host_set_heard (ClawSimHost *host, ClawSimHeard heard, gpointer user_data);
/* Gives @client a file of @server, with which it begins to knock. Returns: (transfer none): the
 * client's end. */
ClawSimPeer *claw_sim_host_pair (ClawSimHost *client, ClawSimHost *server);
/* The program crashes and is started again: it has the secrets that it has saved, its chats and its
 * timestamps, but no session. */
void claw_sim_host_restart (ClawSimHost *host);
/* From now on @host, a server, listens on another port in each interval. */
void claw_sim_host_rotate_ports (ClawSimHost *host, uint32_t interval_s);
const ClawSimPorts *claw_sim_host_get_ports (const ClawSimHost *host);
/* Makes the host's wall clock wrong by so much from now on; its monotonic one goes on. */
void claw_sim_host_set_clock (ClawSimHost *host, gint64 offset_us);
/* While it sleeps nothing happens on it, what comes for it is lost, and its monotonic time stands
 * still, as Linux has it. When it wakes it looks after its sessions, as programs do that notice. */
void claw_sim_host_sleep (ClawSimHost *host, gboolean is_asleep);
/* Gives @host random bytes, cut and changed copies of what came before, from an address that nobody
 * has; and asserts that nothing came of it. */
void claw_sim_host_attack (ClawSimHost *host);
/* Gives @host a datagram that it had before, and asserts that nothing came of it. */
void claw_sim_host_replay (ClawSimHost *host);
unsigned claw_sim_host_get_number (const ClawSimHost *host);

ClawSimPeer *claw_sim_peer_get_other (const ClawSimPeer *peer);
/* Returns: FALSE when the outbox is full, which the caller has to expect. */
gboolean claw_sim_peer_say (ClawSimPeer *peer, ClawMessage *message);
/* A message of @length random letters. */
gboolean claw_sim_peer_say_random (ClawSimPeer *peer, size_t length);
/* Ends the session, if there is one; the client comes back. */
void claw_sim_peer_close (ClawSimPeer *peer);
gboolean claw_sim_peer_is_connected (const ClawSimPeer *peer);
/* What it has said, what of it was confirmed, and what came from the other end. */
unsigned claw_sim_peer_get_said (const ClawSimPeer *peer);
unsigned claw_sim_peer_get_delivered (const ClawSimPeer *peer);
unsigned claw_sim_peer_get_heard (const ClawSimPeer *peer);
/* Returns: (nullable). */
const ClawConnection *claw_sim_peer_get_connection (const ClawSimPeer *peer);
unsigned claw_sim_peer_get_sessions (const ClawSimPeer *peer);
/* Key rotations of all its sessions. */
unsigned claw_sim_peer_get_rotations (const ClawSimPeer *peer);
