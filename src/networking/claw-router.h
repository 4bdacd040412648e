/* claw-router.h: the protocols by which a router in the local network is asked to pass a UDP port
 * on to this machine: NAT-PMP (RFC 6886) and UPnP-IGD.
 *
 * Each is a table of blocking functions, because the libraries behind them block;
 * claw-port-mapping.h calls them in a thread, one at a time. Nothing in a table knows the main
 * loop. What a router says is no secret and no truth: it is checked for being well-formed, and a
 * lie costs only reachability, as clients recognise the server by its key.
 */
#pragma once

#include "claw-address.h"

#include <gio/gio.h>

/* How long one request may take, all repetitions together. */
#define CLAW_ROUTER_PATIENCE_MS 3000

typedef struct
{
  uint16_t port;        /* of this machine */
  ClawAddress external; /* IPv4: where the router listens for it */
  uint32_t lifetime_s;  /* 0: until it is removed */
} ClawRouterGrant;

typedef struct
{
  const char *name; /* as people write it */
  /* Finds the router that the default route leads to. Returns: (transfer full): for close (), NULL
   * with an error when none speaks this protocol. */
  gpointer (*open) (GCancellable *cancellable, GError **error);
  void (*close) (gpointer router);
  /* Asks for a mapping of @port, or renews it, best with the same external port.
   * @grant: in: the mapping to renew, or nothing but the port; out: what the router granted. */
  gboolean (*map) (gpointer router,
                   uint32_t lifetime_s,
                   ClawRouterGrant *grant,
                   GCancellable *cancellable,
                   GError **error);
  gboolean (*unmap) (gpointer router, const ClawRouterGrant *grant, GError **error);
} ClawRouterProtocol;

/* Those that this program was built with, the one to try first in front; ends in NULL. */
extern const ClawRouterProtocol *const claw_router_protocols[];

/* Parts of it, for claw-router.c only; each is there when the program was built with it. */
extern const ClawRouterProtocol claw_router_natpmp;
extern const ClawRouterProtocol claw_router_upnp;
