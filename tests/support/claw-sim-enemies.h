/* claw-sim-enemies.h: strangers on the simulated network, of whose datagrams nothing may come.
 *
 * To be called after a turn of the endpoint, when it has nothing left to do.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-sim-network.h"

/* Random bytes, and a cut and changed copy of what came before, from an address that nobody has. */
void claw_sim_enemies_attack (ClawSimNetwork *network,
                              unsigned host,
                              ClawEndpoint *endpoint,
                              gint64 now_us);
/* A datagram that came before. */
void claw_sim_enemies_replay (ClawSimNetwork *network,
                              unsigned host,
                              ClawEndpoint *endpoint,
                              gint64 now_us);
