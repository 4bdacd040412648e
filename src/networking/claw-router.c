/* claw-router.c: which protocols there are, and which comes first. */
#include "config.h"

#include "claw-router.h"

/* NAT-PMP first: one datagram to the router itself, while UPnP asks the whole network by multicast
 * and waits for whoever answers. */
const ClawRouterProtocol *const claw_router_protocols[] = {
#if CLAW_HAVE_NATPMP
  &claw_router_natpmp,
#endif
#if CLAW_HAVE_UPNP
  &claw_router_upnp,
#endif
  NULL,
};
