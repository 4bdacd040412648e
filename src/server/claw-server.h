/* claw-server.h: a running server: one UDP port, one room, one control socket.
 *
 * Owns everything and passes it on; there is no global state. Lives in the main context that was
 * thread-default when it was made. The name that operators speak by is the server's name
 * (server.name).
 *
 * Hello, the application's part of the handshake, both ways: version 1 (u8), then the name in
 * UTF-8, which may be empty.
 */
#pragma once

#include "claw-server-config.h"

#include <gio/gio.h>

#define CLAW_SERVER_HELLO_VERSION 1

typedef struct ClawServer ClawServer;

/* Makes directories and keys, locks the state, listens, and issues the first .sec file; all of it
 * is in order, or nothing runs.
 * @config: (transfer none): must outlive the server. @bootstrap_key_file: (nullable). */
ClawServer *claw_server_new (const ClawServerConfig *config,
                             const char *bootstrap_key_file,
                             const char *control_socket,
                             GError **error);
/* Has @changed called, in the server's context, whenever members came or went, or there is another
 * .sec file or port: not from within a call of the server's own functions. */
void
claw_server_watch (ClawServer *server, void (*changed) (gpointer user_data), gpointer user_data);
/* For a server that does not live in the program's main context: the network has changed. */
void claw_server_network_changed (ClawServer *server);
/* Tells systemd that the server is ready for clients, and how it is. */
void claw_server_notify_ready (ClawServer *server);
/* Tells all clients that the server stops, saves, and removes the control socket. */
void claw_server_free (ClawServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawServer, claw_server_free)
