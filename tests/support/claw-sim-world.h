/* claw-sim-world.h: a client, its server, and the bad network between them, all by one seed.
 */
#pragma once

#include "claw-sim-host.h"

/* Once the network is sane: a dead connection is noticed, a new one made, and the outboxes flow
 * off. */
#define CLAW_SIM_WORLD_SANE_US (120 * G_USEC_PER_SEC)

typedef struct
{
  ClawSimNetwork *network;
  ClawSimHost *client;
  ClawSimHost *server;
  ClawSimPeer *ends[2]; /* the client's, the server's */
  size_t said_bytes;
} ClawSimWorld;

/* @rotation_us: between two changes of keys; 0: none happens in the time of a test. */
void claw_sim_world_init (ClawSimWorld *world, uint64_t seed, gint64 rotation_us);
void claw_sim_world_clear (ClawSimWorld *world);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawSimWorld, claw_sim_world_clear)

/* Chance */

gint64 claw_sim_world_pick (ClawSimWorld *world, gint64 first, gint64 last);
ClawSimHost *claw_sim_world_pick_host (ClawSimWorld *world);
/* What the path may carry of UDP payload; 0 for any. */
size_t claw_sim_world_pick_mtu (ClawSimWorld *world);

/* What happens */

/* Delay of 1 to 600 ms, up to 40 % loss, and all else that a link can have. */
void claw_sim_world_spoil_link (ClawSimWorld *world, ClawSimHost *host);
void claw_sim_world_mend_link (ClawSimWorld *world, ClawSimHost *host);
/* One of them is without a network for up to 40 s. */
void claw_sim_world_go_down (ClawSimWorld *world);
/* From 1 byte to 64 KiB, most of them short; half of the longest are as long as can be. */
void claw_sim_world_say (ClawSimWorld *world);
/* Says something up to every 1.5 s. */
void claw_sim_world_chat (ClawSimWorld *world, unsigned steps);

/* Time */

void claw_sim_run_for (ClawSimNetwork *network, gint64 duration_us);
/* Until all that was said is delivered, which must not take longer than @limit_us. */
void claw_sim_run_until_done (ClawSimNetwork *network,
                              ClawSimPeer *const *ends,
                              unsigned n,
                              gint64 limit_us);
