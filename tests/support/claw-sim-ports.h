/* claw-sim-ports.h: a simulated server's ports, and how a simulated client finds them.
 *
 * As src/server/claw-server-ports.h does it with real sockets: a port for each slot of time, told
 * to all sessions; other programs have some of the ports; old sockets are closed when no session
 * uses them, or when there are too many.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-port-schedule.h"
#include "claw-sim-network.h"

typedef struct ClawSimPorts ClawSimPorts;

/* The host's first socket gets the port of @unix_us. */
ClawSimPorts *
claw_sim_ports_new (ClawSimNetwork *network, unsigned host, uint32_t interval_s, uint64_t unix_us);
void claw_sim_ports_free (ClawSimPorts *ports);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawSimPorts, claw_sim_ports_free)

/* Rotates when it is time to, and else closes what is not used. */
void claw_sim_ports_tick (ClawSimPorts *ports, ClawEndpoint *endpoint, uint64_t unix_us);
void claw_sim_ports_tell (ClawSimPorts *ports, ClawConnection *connection);
/* How long it is to the next rotation. */
gint64 claw_sim_ports_get_wait_us (const ClawSimPorts *ports, uint64_t unix_us);
uint16_t claw_sim_ports_get_port (const ClawSimPorts *ports);
unsigned claw_sim_ports_get_rotations (const ClawSimPorts *ports);

/* What a client keeps of a session. */
typedef struct
{
  ClawKey secret; /* not set: nothing is known */
  uint32_t interval_s;
  ClawAddress server; /* where it was last */
} ClawSimSchedule;
void claw_sim_schedule_learn (ClawSimSchedule *schedule, const ClawConnection *connection);
/* Returns: how many, 0 when nothing is known. */
unsigned claw_sim_schedule_list (const ClawSimSchedule *schedule,
                                 uint64_t unix_us,
                                 ClawAddress addresses[CLAW_ENDPOINT_ADDRESSES_MAX]);
