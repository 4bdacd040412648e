/* claw-udp-socket.h: a bound UDP socket with batched I/O on GSocket's file descriptor. */
#pragma once

#include "claw-address.h"

#include <gio/gio.h>

#define CLAW_UDP_SOCKET_PORT_FIRST 49152
#define CLAW_UDP_SOCKET_PORT_LAST 65535
#define CLAW_UDP_SOCKET_BATCH 32
#define CLAW_UDP_SOCKET_DATAGRAM_MAX 2048 /* larger ones are not received and may not be sent */

#define CLAW_TYPE_UDP_SOCKET (claw_udp_socket_get_type ())
G_DECLARE_FINAL_TYPE (ClawUdpSocket, claw_udp_socket, CLAW, UDP_SOCKET, GObject)

/* Called for each datagram; @data is valid during the call only. */
typedef void (*ClawUdpSocketReceived) (const ClawAddress *from,
                                       const uint8_t *data,
                                       size_t length,
                                       gpointer user_data);

/* Binds to @ip ("::" is dual stack). @port 0: a random free port in 49152–65535. */
ClawUdpSocket *claw_udp_socket_new (const ClawAddress *address, GError **error);
/* A client's socket: dual stack where there is IPv6, else IPv4, any port. */
ClawUdpSocket *claw_udp_socket_new_client (GError **error);
void claw_udp_socket_get_address (ClawUdpSocket *socket, ClawAddress *address);
GSocket *claw_udp_socket_get_socket (ClawUdpSocket *socket); /* (transfer none): for a GSource */
/* Receives what is there, at most @limit datagrams. Returns: how many were taken from the system,
 * with those that were too large to be given to @received, which may queue () but not receive ().
 * Errors of the network are not errors of the socket. */
unsigned claw_udp_socket_receive (ClawUdpSocket *socket,
                                  unsigned limit,
                                  ClawUdpSocketReceived received,
                                  gpointer user_data);
/* Queues one datagram; flush () sends the batch, and queueing into a full batch flushes, and drops
 * the datagram when there is still no room. An address that the socket cannot reach is dropped too.
 */
void claw_udp_socket_queue (ClawUdpSocket *socket,
                            const ClawAddress *to,
                            const uint8_t *data,
                            size_t length);
/* Returns: FALSE when the socket's buffer is full: call again once it is writable. Datagrams that
 * the network refuses (no route, …) are dropped, as a network would. */
gboolean claw_udp_socket_flush (ClawUdpSocket *socket);
