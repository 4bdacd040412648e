/* claw-sim-world.c: see claw-sim-world.h. */
#include "claw-sim-world.h"

#include <string.h>

#define SECOND_US G_USEC_PER_SEC
#define SAID_BYTES_MAX (400 * 1024)

void
claw_sim_world_init (ClawSimWorld *world, uint64_t seed, gint64 rotation_us)
{
  memset (world, 0, sizeof *world);
  world->network = claw_sim_network_new (seed);
  world->client = claw_sim_host_new (world->network);
  world->server = claw_sim_host_new (world->network);
  if (rotation_us > 0)
    {
      claw_sim_host_set_rotation (world->client, rotation_us);
      claw_sim_host_set_rotation (world->server, rotation_us);
    }
  world->ends[0] = claw_sim_host_pair (world->client, world->server);
  world->ends[1] = claw_sim_peer_get_other (world->ends[0]);
}

void
claw_sim_world_clear (ClawSimWorld *world)
{
  claw_sim_host_free (world->client);
  claw_sim_host_free (world->server);
  claw_sim_network_free (world->network);
}

gint64
claw_sim_world_pick (ClawSimWorld *world, gint64 first, gint64 last)
{
  return claw_sim_random_range (claw_sim_network_get_random (world->network), first, last);
}

ClawSimHost *
claw_sim_world_pick_host (ClawSimWorld *world)
{
  return claw_sim_world_pick (world, 0, 1) == 0 ? world->client : world->server;
}

void
claw_sim_run_for (ClawSimNetwork *network, gint64 duration_us)
{
  gint64 end_us = claw_sim_network_get_now_us (network) + duration_us;

  while (claw_sim_network_step (network, end_us))
    continue;
}

static gboolean
is_done (ClawSimPeer *const *ends, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      ClawSimPeer *other = claw_sim_peer_get_other (ends[i]);

      if (claw_sim_peer_get_delivered (ends[i]) < claw_sim_peer_get_said (ends[i])
          || claw_sim_peer_get_delivered (other) < claw_sim_peer_get_said (other))
        return FALSE;
    }
  return TRUE;
}

void
claw_sim_run_until_done (ClawSimNetwork *network,
                         ClawSimPeer *const *ends,
                         unsigned n,
                         gint64 limit_us)
{
  gint64 end_us = claw_sim_network_get_now_us (network) + limit_us;

  while (!is_done (ends, n) && claw_sim_network_step (network, end_us))
    continue;
  for (unsigned i = 0; i < n; i++)
    {
      ClawSimPeer *other = claw_sim_peer_get_other (ends[i]);

      g_assert_cmpuint (claw_sim_peer_get_delivered (ends[i]), ==,
                        claw_sim_peer_get_said (ends[i]));
      g_assert_cmpuint (claw_sim_peer_get_delivered (other), ==, claw_sim_peer_get_said (other));
      g_assert_cmpuint (claw_sim_peer_get_heard (other), ==, claw_sim_peer_get_said (ends[i]));
      g_assert_cmpuint (claw_sim_peer_get_heard (ends[i]), ==, claw_sim_peer_get_said (other));
    }
}

void
claw_sim_world_say (ClawSimWorld *world)
{
  size_t length = (size_t) claw_sim_world_pick (world, 1,
                                                INT64_C (1) << claw_sim_world_pick (world, 0, 17));

  length = MIN (length, CLAW_MESSAGE_TEXT_MAX);
  if (world->said_bytes + length > SAID_BYTES_MAX)
    length = 1;
  world->said_bytes += length;
  g_assert_true (claw_sim_peer_say_random (world->ends[claw_sim_world_pick (world, 0, 1)], length));
}

size_t
claw_sim_world_pick_mtu (ClawSimWorld *world)
{
  static const size_t mtus[] = { 0, 1452, 1406, 1300, 1232, 1200, 1100, 1000 };

  return mtus[claw_sim_world_pick (world, 0, G_N_ELEMENTS (mtus) - 1)];
}

void
claw_sim_world_spoil_link (ClawSimWorld *world, ClawSimHost *host)
{
  ClawSimLink *link = claw_sim_network_get_link (world->network, claw_sim_host_get_number (host));

  link->loss_permille = (unsigned) (claw_sim_world_pick (world, 0, 1)
                                    * claw_sim_world_pick (world, 0, 400));
  link->burst_permille = (unsigned) (claw_sim_world_pick (world, 0, 1)
                                     * claw_sim_world_pick (world, 0, 20));
  link->burst_length = (unsigned) claw_sim_world_pick (world, 1, 30);
  link->duplicate_permille = (unsigned) (claw_sim_world_pick (world, 0, 1)
                                         * claw_sim_world_pick (world, 0, 300));
  link->reorder_permille = (unsigned) (claw_sim_world_pick (world, 0, 1)
                                       * claw_sim_world_pick (world, 0, 300));
  link->delay_us = claw_sim_world_pick (world, 1, claw_sim_world_pick (world, 0, 1) == 0 ? 50 : 600)
                   * 1000;
  link->jitter_us = claw_sim_world_pick (world, 0, 1)
                    * claw_sim_world_pick (world, 0, link->delay_us);
  link->mtu = claw_sim_world_pick (world, 0, 1) == 0 ? 0 : claw_sim_world_pick_mtu (world);
}

void
claw_sim_world_mend_link (ClawSimWorld *world, ClawSimHost *host)
{
  *claw_sim_network_get_link (world->network, claw_sim_host_get_number (host))
      = (ClawSimLink){ .delay_us = 20 * 1000 };
}

void
claw_sim_world_chat (ClawSimWorld *world, unsigned steps)
{
  for (unsigned i = 0; i < steps; i++)
    {
      claw_sim_world_say (world);
      claw_sim_run_for (world->network, claw_sim_world_pick (world, 0, 1500) * 1000);
    }
}

void
claw_sim_world_go_down (ClawSimWorld *world)
{
  ClawSimHost *host = claw_sim_world_pick_host (world);
  ClawSimLink *link = claw_sim_network_get_link (world->network, claw_sim_host_get_number (host));

  link->down = TRUE;
  claw_sim_run_for (world->network, claw_sim_world_pick (world, 1, 40) * SECOND_US);
  link->down = FALSE;
}
