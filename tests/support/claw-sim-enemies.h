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
/* A datagram that came before. @taken: the initiations that the host has answered, of GBytes: one
 * that it could not know then, since the session before was established only later, is not replayed
 * but late. */
void claw_sim_enemies_replay (ClawSimNetwork *network,
                              unsigned host,
                              ClawEndpoint *endpoint,
                              GHashTable *taken,
                              gint64 now_us);
