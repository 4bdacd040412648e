/* claw-pump.h: drives a sans-I/O endpoint from a GMainContext: socket in, timers, events, socket
 * out.
 *
 * All functions belong to the thread that runs the context. Event callbacks may use the endpoint
 * and its connections, kick () and flush (); they may not free the pump, nor run a main loop of
 * their own.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-udp-socket.h"

typedef struct ClawPump ClawPump;

/* @event is called for each event of the endpoint, from the main context that was thread-default at
 * creation. */
typedef void (*ClawPumpEvent) (const ClawEndpointEvent *event, gpointer user_data);

/* Looks at a datagram before the endpoint does. Returns: whether it was for somebody else, so that
 * the endpoint does not get it. */
typedef gboolean (*ClawPumpFilter) (const ClawRoute *from,
                                    const uint8_t *data,
                                    size_t length,
                                    gpointer user_data);

/* Sockets of one pump at the same time. */
#define CLAW_PUMP_SOCKETS_MAX 8

/* @endpoint: (transfer none): must outlive the pump. @socket: becomes socket 0 of its routes. */
ClawPump *claw_pump_new (ClawEndpoint *endpoint,
                         ClawUdpSocket *socket,
                         ClawPumpEvent event,
                         gpointer user_data);
void claw_pump_free (ClawPump *pump);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawPump, claw_pump_free)
/* Receives from @socket too, and sends through it what the endpoint sends on routes of that number.
 * Returns: its number, or -1 when there are CLAW_PUMP_SOCKETS_MAX. */
int claw_pump_add_socket (ClawPump *pump, ClawUdpSocket *socket);
/* What the endpoint sends there from now on is lost. Nothing happens when there is none of this
 * number. */
void claw_pump_remove_socket (ClawPump *pump, unsigned number);
/* @filter: (nullable): for those who share the sockets with the endpoint, such as STUN. It sees
 * every datagram, and so has to tell quickly those that it does not want. */
void claw_pump_set_filter (ClawPump *pump, ClawPumpFilter filter, gpointer user_data);
/* To be called after using the endpoint or its connections outside of an event callback; runs soon,
 * many calls cost one turn. */
void claw_pump_kick (ClawPump *pump);
/* Sends what is ready at once (for the CLOSE before the program ends). */
void claw_pump_flush (ClawPump *pump);
/* Now, in monotonic µs, as the pump's endpoint counts. */
gint64 claw_pump_now_us (void);
