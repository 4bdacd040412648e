/* claw-sim-flow.h: a bulk transfer on the simulated network: two endpoints, one of which writes to
 * stream 0 all that is taken, while the other reads and compares it.
 *
 * The sender is the initiator. Both work as soon as they can, so that what holds up the transfer is
 * the protocol or the network.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-sim-network.h"

typedef struct ClawSimFlow ClawSimFlow;

/* Begins to knock at @start_us. @seed: of the timers' jitter. */
ClawSimFlow *claw_sim_flow_new (ClawSimNetwork *network, gint64 start_us, uint32_t seed);
void claw_sim_flow_free (ClawSimFlow *flow);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawSimFlow, claw_sim_flow_free)
/* No more is written once so many bytes were; it is endless at first. */
void claw_sim_flow_set_size (ClawSimFlow *flow, uint64_t size);
/* The reader takes so many bytes a second; 0 for all at once, as at first. */
void claw_sim_flow_set_reading (ClawSimFlow *flow, uint64_t rate);
/* The links of the sender, for data, and of the receiver, for acknowledgements. */
ClawSimLink *claw_sim_flow_get_link (ClawSimFlow *flow);
ClawSimLink *claw_sim_flow_get_back_link (ClawSimFlow *flow);
/* Returns: (nullable): until it is established, and when it is closed. */
ClawConnection *claw_sim_flow_get_sender (const ClawSimFlow *flow);
ClawConnection *claw_sim_flow_get_receiver (const ClawSimFlow *flow);
/* Bytes that were read. */
uint64_t claw_sim_flow_get_read (const ClawSimFlow *flow);
