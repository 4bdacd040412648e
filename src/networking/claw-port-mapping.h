/* claw-port-mapping.h: asks the router to pass UDP ports on to this machine, and keeps it so.
 *
 * A program may hold several ports, since one that changes its port listens on the old one for a
 * while. The protocols (claw-router.h) block and therefore run in a thread, one job at a time; what
 * comes back is told in the main context that was thread-default when the job began. The caller
 * tells the time and wakes the object, as with an endpoint. A mapping is renewed at half of its
 * lifetime, and at the latest every CLAW_PORT_MAPPING_CHECK_US, which is how a new address of the
 * router is noticed.
 */
#pragma once

#include "claw-router.h"

/* Ports mapped at the same time; adding one more drops the oldest. */
#define CLAW_PORT_MAPPING_PORTS_MAX 8
/* What is asked for; a router may grant another time. */
#define CLAW_PORT_MAPPING_LIFETIME_S 3600
#define CLAW_PORT_MAPPING_CHECK_US (G_GINT64_CONSTANT (600) * G_USEC_PER_SEC)
/* After a failure the next attempt waits this long, doubled each time up to the maximum. */
#define CLAW_PORT_MAPPING_RETRY_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define CLAW_PORT_MAPPING_RETRY_MAX_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* How long free () waits for the router to take the mappings back. */
#define CLAW_PORT_MAPPING_FREE_MS 2000

typedef struct ClawPortMapping ClawPortMapping;

typedef enum
{
  CLAW_PORT_MAPPING_ASKING, /* no answer yet */
  CLAW_PORT_MAPPING_MAPPED,
  CLAW_PORT_MAPPING_FAILED, /* no router that would; asked again later */
} ClawPortMappingState;

/* Something is to be seen that was not so before, or the deadline changed. */
typedef void (*ClawPortMappingChanged) (gpointer user_data);

/* @protocols: (transfer none): ends in NULL: tried in this order; must outlive the program's
 * threads, as static tables do. */
ClawPortMapping *claw_port_mapping_new (const ClawRouterProtocol *const *protocols,
                                        ClawPortMappingChanged changed,
                                        gpointer user_data);
/* Stops what is under way and has the router remove the mappings, for CLAW_PORT_MAPPING_FREE_MS at
 * most; what is not removed by then ends with its lifetime. */
void claw_port_mapping_free (ClawPortMapping *mapping);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawPortMapping, claw_port_mapping_free)

/* Nothing is asked before the next wake (). */
void claw_port_mapping_add_port (ClawPortMapping *mapping, uint16_t port);
/* Has the router remove the mapping, too. */
void claw_port_mapping_remove_port (ClawPortMapping *mapping, uint16_t port);
/* Another network, hence perhaps another router: asks at the next wake (), as if for the first
 * time.
 */
void claw_port_mapping_restart (ClawPortMapping *mapping);
/* Begins what is due. @now_us: monotonic. */
void claw_port_mapping_wake (ClawPortMapping *mapping, gint64 now_us);
gint64 claw_port_mapping_get_deadline (const ClawPortMapping *mapping);

ClawPortMappingState claw_port_mapping_get_state (const ClawPortMapping *mapping, uint16_t port);
/* Where the router listens for @port. Returns: FALSE when it does not. */
gboolean claw_port_mapping_get_external (const ClawPortMapping *mapping,
                                         uint16_t port,
                                         ClawAddress *external);
/* The protocol that works, or NULL. */
const char *claw_port_mapping_get_protocol (const ClawPortMapping *mapping);
/* Why the last attempt failed. Returns: (transfer none) (nullable). */
const char *claw_port_mapping_get_problem (const ClawPortMapping *mapping);
