/* test-everything-simulation.c: all that happens on real networks, at the same time.
 *
 * Each seed is a client and a server with their own rotation intervals of keys and ports, clocks,
 * links and routers' queues, to whom a dozen accidents happen one after another while they chat.
 * What must hold after each event is in claw-sim-host.c, claw-sim-invariants.c and
 * claw-sim-secrets.c; at the end, when the network is good and the clocks are right, all that was
 * said has to be there within two minutes.
 */
#include "claw-sim-seeds.h"
#include "claw-sim-world.h"

#define SECOND_US G_USEC_PER_SEC
#define DAY_S (24 * 3600)
#define ACCIDENTS 12

typedef struct
{
  ClawSimWorld world;
  ClawSimBottleneck bottlenecks[2];
  uint32_t interval_s; /* of the port; 0: it stays the same */
} Story;

static void
story_clear (Story *story)
{
  claw_sim_world_clear (&story->world);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Story, story_clear)

/* What happened in all stories of a test, so that nothing is missing unnoticed. */
static struct
{
  unsigned key_rotations;
  unsigned port_rotations;
  unsigned sessions;
  uint64_t queue_drops;
} total;

static gint64
pick (Story *story, gint64 first, gint64 last)
{
  return claw_sim_world_pick (&story->world, first, last);
}

static gboolean
toss (Story *story)
{
  return pick (story, 0, 1) == 1;
}

static ClawSimHost *
get_host (Story *story, unsigned which)
{
  return which == 0 ? story->world.client : story->world.server;
}

static ClawSimLink *
get_link (Story *story, unsigned which)
{
  return claw_sim_network_get_link (story->world.network,
                                    claw_sim_host_get_number (get_host (story, which)));
}

/* A line of 0.1 to 12.8 Mbit/s and a queue of up to a second in front of it, which may mark. */
static void
narrow_link (Story *story, unsigned which)
{
  ClawSimBottleneck *bottleneck = &story->bottlenecks[which];

  bottleneck->rate = UINT64_C (100000) << pick (story, 0, 7);
  bottleneck->queue_max = 5000 + (size_t) pick (story, 0, (gint64) bottleneck->rate / 8);
  bottleneck->mark_above = toss (story) ? bottleneck->queue_max / 3 : 0;
  get_link (story, which)->bottleneck = bottleneck;
}

static void
spoil_link (Story *story, unsigned which)
{
  claw_sim_world_spoil_link (&story->world, get_host (story, which));
  get_link (story, which)->drop_marked = pick (story, 0, 15) == 0;
  get_link (story, which)->bleach = pick (story, 0, 7) == 0;
  if (pick (story, 0, 2) == 0)
    narrow_link (story, which);
}

/* By minutes to days, forward or back. */
static void
jump_clock (Story *story, unsigned which)
{
  gint64 jump_s = pick (story, 60, toss (story) ? 3600 : 3 * DAY_S);

  claw_sim_host_set_clock (get_host (story, which), (toss (story) ? 1 : -1) * jump_s * SECOND_US);
}

/* Two clocks of which neither is right to the second. */
static void
set_clocks (Story *story)
{
  gint64 wrong_us = story->interval_s * SECOND_US / 2;

  for (unsigned i = 0; i < 2; i++)
    claw_sim_host_set_clock (get_host (story, i), pick (story, -wrong_us, wrong_us));
}

/* Who rotates its port has to stay where it is: its client finds it again by the port only. */
static void
rebind (Story *story, unsigned which)
{
  ClawSimHost *host = get_host (story, story->interval_s > 0 ? 0 : which);

  claw_sim_network_rebind (story->world.network, claw_sim_host_get_number (host));
}

static void
sleep_for_a_while (Story *story, unsigned which)
{
  ClawSimHost *host = get_host (story, which);

  claw_sim_host_sleep (host, TRUE);
  claw_sim_run_for (story->world.network, pick (story, 0, toss (story) ? 10 : 200) * SECOND_US);
  if (toss (story))
    rebind (story, which);
  claw_sim_host_sleep (host, FALSE);
}

static void
have_accident (Story *story)
{
  ClawSimWorld *world = &story->world;
  unsigned which = (unsigned) pick (story, 0, 1);

  switch (pick (story, 0, 9))
    {
    case 0:
    case 1:
      rebind (story, which);
      break;
    case 2:
      claw_sim_host_restart (get_host (story, which));
      break;
    case 3:
      /* Both at once. */
      claw_sim_host_restart (world->client);
      claw_sim_host_restart (world->server);
      break;
    case 4:
      claw_sim_peer_close (world->ends[which]);
      break;
    case 5:
      claw_sim_world_go_down (world);
      break;
    case 6:
      jump_clock (story, which);
      break;
    case 7:
      sleep_for_a_while (story, which);
      break;
    case 8:
      get_link (story, which)->mtu = claw_sim_world_pick_mtu (world);
      break;
    default:
      spoil_link (story, which);
      break;
    }
}

static void
begin (Story *story, uint64_t seed)
{
  /* Keys change every 1 to 5 seconds, in one of six stories not at all. */
  claw_sim_world_init (&story->world, seed, (gint64) (seed % 6) * SECOND_US);
  story->interval_s = toss (story) ? (uint32_t) pick (story, 4, 30) : 0;
  if (story->interval_s > 0)
    claw_sim_host_rotate_ports (story->world.server, story->interval_s);
  set_clocks (story);
  for (unsigned i = 0; i < 2; i++)
    if (pick (story, 0, 3) > 0)
      spoil_link (story, i);
}

static void
mend (Story *story)
{
  claw_sim_world_mend_link (&story->world, story->world.client);
  claw_sim_world_mend_link (&story->world, story->world.server);
  set_clocks (story);
}

static void
count (Story *story)
{
  const ClawSimPorts *ports = claw_sim_host_get_ports (story->world.server);

  total.key_rotations += claw_sim_peer_get_rotations (story->world.ends[0]);
  total.port_rotations += ports != NULL ? claw_sim_ports_get_rotations (ports) : 0;
  total.sessions += claw_sim_peer_get_sessions (story->world.ends[0]);
  for (unsigned i = 0; i < 2; i++)
    total.queue_drops += story->bottlenecks[i].n_dropped;
}

/* Everything at once: all arrives, once and in order. */
static void
run_everything (uint64_t seed)
{
  g_auto (Story) story = { 0 };

  begin (&story, seed);
  for (unsigned i = 0; i < ACCIDENTS; i++)
    {
      claw_sim_world_chat (&story.world, (unsigned) pick (&story, 0, 5));
      have_accident (&story);
      if (toss (&story))
        claw_sim_run_for (story.world.network, pick (&story, 0, 3 * SECOND_US));
    }
  mend (&story);
  claw_sim_run_until_done (story.world.network, story.world.ends, 1, CLAW_SIM_WORLD_SANE_US);
  count (&story);
}

static void
test_everything (void)
{
  claw_sim_seeds_run (run_everything, 2000);
  g_test_message (
      "%u sessions, %u key rotations, %u port rotations, %u datagrams dropped by queues",
      total.sessions, total.key_rotations, total.port_rotations, (unsigned) total.queue_drops);
  if (claw_sim_seeds_is_single ())
    return;
  g_assert_cmpuint (total.key_rotations, >, 0);
  g_assert_cmpuint (total.port_rotations, >, 0);
  g_assert_cmpuint (total.queue_drops, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_sim_seeds_init ();
  g_test_add_func ("/simulation/everything/once-in-order", test_everything);
  return g_test_run ();
}
