/* claw-server-ports.h: on which UDP ports the server listens, and which of them it names.
 *
 * The port is a keyed function of the time (claw-port-schedule.h), and changes at the beginning of
 * each slot: the new socket is there before anybody hears of it, then all sessions are told and
 * move by themselves. A port that another program has is passed over. Old sockets stay open while a
 * session uses them or a .sec file may name them; they are as silent to strangers as the new one.
 * With a configured port none of this happens. This module knows no clock: every call is told the
 * time.
 */
#pragma once

#include "claw-pump.h"
#include "claw-server-config.h"

/* Open at the same time; leaves the pump room for others. */
#define CLAW_SERVER_PORTS_MAX 6
G_STATIC_ASSERT (CLAW_SERVER_PORTS_MAX < CLAW_PUMP_SOCKETS_MAX);
/* Pause before ports are tried again when all of a slot are taken. */
#define CLAW_SERVER_PORTS_RETRY_S 10
/* While old sockets are open, it is looked so often whether they can be closed. */
#define CLAW_SERVER_PORTS_CLOSE_S 60

typedef struct ClawServerPorts ClawServerPorts;

/* What the owner of other things that depend on ports is to do; both may be NULL. */
typedef struct
{
  /* @socket is there, and named from now on; also one that was there before. */
  void (*opened) (ClawUdpSocket *socket, gpointer user_data);
  /* @socket is about to be closed. */
  void (*closing) (ClawUdpSocket *socket, gpointer user_data);
} ClawServerPortsListener;

/* Reads or makes the secret (state directory, port.secret); no port is open yet. @config must
 * outlive the ports. @keep_s: how long a .sec file may name a port that is no longer the present
 * one. */
ClawServerPorts *
claw_server_ports_new (const ClawServerConfig *config, gint64 keep_s, GError **error);
/* The same as the new ()'s @keep_s, for sockets that are still to be left. */
void claw_server_ports_set_keep (ClawServerPorts *ports, gint64 keep_s);
/* Closes all. */
void claw_server_ports_free (ClawServerPorts *ports);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawServerPorts, claw_server_ports_free)

/* To be called before any port is opened. @endpoint and @pump must outlive the ports. */
void claw_server_ports_attach (ClawServerPorts *ports,
                               ClawEndpoint *endpoint,
                               ClawPump *pump,
                               const ClawServerPortsListener *listener,
                               gpointer user_data);
/* Binds to the port of @now_s, or to the configured one. */
gboolean claw_server_ports_open (ClawServerPorts *ports, gint64 now_s, GError **error);
/* Closes all, so that nobody can come; open () opens again. */
void claw_server_ports_close (ClawServerPorts *ports);
gboolean claw_server_ports_is_open (const ClawServerPorts *ports);
/* Tells which ports an unused .sec file names: these stay open as long as there is room. */
void claw_server_ports_set_named (ClawServerPorts *ports,
                                  gboolean (*is_named) (uint16_t port, gpointer user_data),
                                  gpointer user_data);
/* A server that starts also listens where it did in the slots before, as far as a .sec file names
 * those ports. */
void claw_server_ports_open_previous (ClawServerPorts *ports, gint64 now_s, gint64 now_us);
/* Rotates if it is time to, tells all sessions, and closes what nobody needs. @now_us: monotonic.
 * Returns: whether the present port is another one now. */
gboolean claw_server_ports_tick (ClawServerPorts *ports, gint64 now_s, gint64 now_us);
/* The secret is compromised: makes another, and the next tick () moves to a port of it. */
void claw_server_ports_renew (ClawServerPorts *ports, gint64 now_s);
/* Writes the present secret, if there is one. */
gboolean claw_server_ports_save (const ClawServerPorts *ports,
                                 const ClawServerConfig *config,
                                 GError **error);
/* Tells a new session. */
void claw_server_ports_tell (ClawServerPorts *ports, ClawConnection *connection);

/* Unix time at which tick () wants to be called; G_MAXINT64 for never. */
gint64 claw_server_ports_get_deadline_s (const ClawServerPorts *ports);
/* The present socket, (transfer none) (nullable): NULL while none is open, as the port is 0 then.
 */
ClawUdpSocket *claw_server_ports_get_socket (const ClawServerPorts *ports);
uint16_t claw_server_ports_get_port (const ClawServerPorts *ports);
/* Unix time since which it is the present one. */
gint64 claw_server_ports_get_since_s (const ClawServerPorts *ports);
/* Unix time of the next rotation; 0 when the port is configured. */
gint64 claw_server_ports_get_next_s (const ClawServerPorts *ports);
/* All that are listened on, the present one last. Returns: how many. */
unsigned claw_server_ports_list (const ClawServerPorts *ports,
                                 uint16_t list[CLAW_SERVER_PORTS_MAX]);
