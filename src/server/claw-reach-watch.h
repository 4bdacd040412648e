/* claw-reach-watch.h: keeps what claw-reach.h judges up to date while a server runs: asks the
 * router for a mapping of each port, and listens to the system for other addresses.
 *
 * Lives in the main context that was thread-default when it was made, where the default
 * GNetworkMonitor tells of changes too.
 */
#pragma once

#include "claw-port-mapping.h"
#include "claw-reach.h"
#include "claw-udp-socket.h"

/* How often the names of STUN servers are looked up again, and after a failure. */
#define CLAW_REACH_WATCH_RESOLVE_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define CLAW_REACH_WATCH_RESOLVE_AGAIN_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
/* For settle_us. */
#define CLAW_REACH_WATCH_SETTLE_US G_GINT64_CONSTANT (1000000)

typedef struct
{
  const char *public_ip;                      /* (nullable) */
  const char *const *stun_servers;            /* "host" or "host:port"; may be empty */
  const ClawRouterProtocol *const *protocols; /* (nullable): the router is not to be asked */
  /* claw_interfaces_list () */
  unsigned (*list_own) (uint16_t port, ClawAddress *addresses, unsigned max);
  gint64 settle_us; /* what happens within this time is one change */
  /* Something that claw_reach_watch_get () tells is different now, or may be. */
  void (*changed) (gpointer user_data);
  gpointer user_data;
} ClawReachWatchConfig;

typedef struct ClawReachWatch ClawReachWatch;

/* @config: copied; the strings too. Nothing is asked before there is a socket. */
ClawReachWatch *claw_reach_watch_new (const ClawReachWatchConfig *config);
/* Has the router remove the mappings, see claw_port_mapping_free (). */
void claw_reach_watch_free (ClawReachWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawReachWatch, claw_reach_watch_free)

/* The network has changed or come back. In the program's main context the watch hears so by itself.
 */
void claw_reach_watch_network_changed (ClawReachWatch *watch);
/* Another address that the operator knows; NULL: none. */
void claw_reach_watch_set_public_ip (ClawReachWatch *watch, const char *public_ip);
/* The server listens on @socket, too, and new clients are to come there; also for one that is there
 * already. */
void claw_reach_watch_add_socket (ClawReachWatch *watch, ClawUdpSocket *socket);
/* Its mapping is removed as well. */
void claw_reach_watch_remove_socket (ClawReachWatch *watch, ClawUdpSocket *socket);
/* To be offered what arrives at the sockets. Returns: whether it was a STUN server's answer, and of
 * no interest to anybody else. */
gboolean claw_reach_watch_receive (ClawReachWatch *watch,
                                   const ClawAddress *from,
                                   const uint8_t *data,
                                   size_t length);

/* How the socket that was added last can be reached, as far as is known now. */
void claw_reach_watch_get (ClawReachWatch *watch, ClawReach *reach);
/* The protocol by which the router maps the port. Returns: (nullable). */
const char *claw_reach_watch_get_protocol (const ClawReachWatch *watch);
/* Why the router does not. Returns: (transfer none) (nullable). */
const char *claw_reach_watch_get_problem (const ClawReachWatch *watch);
/* Why no STUN server says anything. Returns: (transfer none) (nullable). */
const char *claw_reach_watch_get_stun_problem (const ClawReachWatch *watch);
