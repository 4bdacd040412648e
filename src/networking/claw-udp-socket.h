/* claw-udp-socket.h: a bound UDP socket with batched I/O on GSocket's file descriptor.
 *
 * Where the kernel has UDP_SEGMENT and UDP_GRO it moves many datagrams at once; elsewhere, and with
 * CLAWCHAT_UDP_OFFLOAD=off in the environment, one after the other.
 */
#pragma once

#include "claw-route.h"
#include "claw-udp-input.h"
#include "claw-udp-output.h"

#include <gio/gio.h>

#define CLAW_UDP_SOCKET_PORT_FIRST 49152
#define CLAW_UDP_SOCKET_PORT_LAST 65535
/* Larger ones are not received and may not be sent. */
#define CLAW_UDP_SOCKET_DATAGRAM_MAX 2048

G_STATIC_ASSERT (CLAW_UDP_SOCKET_DATAGRAM_MAX == CLAW_UDP_INPUT_DATAGRAM_MAX);
G_STATIC_ASSERT (CLAW_UDP_SOCKET_DATAGRAM_MAX == CLAW_UDP_OUTPUT_DATAGRAM_MAX);

#define CLAW_TYPE_UDP_SOCKET (claw_udp_socket_get_type ())
G_DECLARE_FINAL_TYPE (ClawUdpSocket, claw_udp_socket, CLAW, UDP_SOCKET, GObject)

/* Called for each datagram; @from is its peer with its ECN mark, and its socket is 0; @data is
 * valid during the call only. */
typedef ClawUdpInputReceived ClawUdpSocketReceived;

/* Binds to @ip ("::" is dual stack). @port 0: a random free port in 49152–65535. */
ClawUdpSocket *claw_udp_socket_new (const ClawAddress *address, GError **error);
/* A client's socket: dual stack where there is IPv6, else IPv4, any port. */
ClawUdpSocket *claw_udp_socket_new_client (GError **error);

/* Receives what is there, until that were @limit datagrams or, with the last run, up to 63 more.
 * Returns: how many were taken from the system, with those that were too large to be given to
 * @received, which may queue () but not receive (). Errors of the network are not errors of the
 * socket. */
unsigned claw_udp_socket_receive (ClawUdpSocket *socket,
                                  unsigned limit,
                                  ClawUdpSocketReceived received,
                                  gpointer user_data);
/* Room for one datagram of CLAW_UDP_SOCKET_DATAGRAM_MAX bytes, to be written in place, until the
 * next call; flushes when there is none. Returns: (nullable): NULL when there is still none: try
 * again once the socket is writable. */
uint8_t *claw_udp_socket_reserve (ClawUdpSocket *socket);
/* Queues the first @length bytes of what was reserved; flush () sends. The peer and the ECN mark of
 * @to count. An address that the socket cannot reach is dropped. */
void claw_udp_socket_commit (ClawUdpSocket *socket, const ClawRoute *to, size_t length);
/* Both with a copy; drops the datagram when there is no room. */
void claw_udp_socket_queue (ClawUdpSocket *socket,
                            const ClawRoute *to,
                            const uint8_t *data,
                            size_t length);
/* Returns: FALSE when the socket's buffer is full: call again once it is writable. Datagrams that
 * the network refuses (no route, …) are dropped, as a network would. */
gboolean claw_udp_socket_flush (ClawUdpSocket *socket);

void claw_udp_socket_get_address (ClawUdpSocket *socket, ClawAddress *address);
GSocket *claw_udp_socket_get_socket (ClawUdpSocket *socket); /* (transfer none): to wait for it */
gboolean
claw_udp_socket_has_segments (ClawUdpSocket *socket);      /* sends with UDP_SEGMENT at present */
gboolean claw_udp_socket_has_runs (ClawUdpSocket *socket); /* receives with UDP_GRO */
