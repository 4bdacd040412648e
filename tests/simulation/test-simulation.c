/* test-simulation.c: chats over a bad network, thousands of times.
 *
 * Each seed makes another network, other people and other accidents; the invariants are in
 * claw-sim-host.c and hold after each event. How many seeds there are, and how one of them is
 * repeated, is in claw-sim-seeds.h.
 */
#include "claw-sim-seeds.h"
#include "claw-sim-world.h"

#define SECOND_US G_USEC_PER_SEC
#define SANE_US CLAW_SIM_WORLD_SANE_US

/* Of all worlds of a test. */
static unsigned rotations;

/* Two of three worlds change their keys every few seconds, both sides at about the same time. */
static gint64
pick_rotation (uint64_t seed)
{
  return (gint64) (seed % 3) * 2 * SECOND_US;
}

/* Loss, bursts, duplicates, reordering, delay: all arrives, once and in order. */
static void
run_bad_network (uint64_t seed)
{
  g_auto (ClawSimWorld) world = { 0 };

  claw_sim_world_init (&world, seed, pick_rotation (seed));
  claw_sim_world_spoil_link (&world, world.client);
  claw_sim_world_spoil_link (&world, world.server);
  claw_sim_world_chat (&world, 30);
  claw_sim_world_mend_link (&world, world.client);
  claw_sim_world_mend_link (&world, world.server);
  claw_sim_run_until_done (world.network, world.ends, 1, SANE_US);
  rotations += claw_sim_peer_get_rotations (world.ends[0]);
}

static void
have_accident (ClawSimWorld *world)
{
  switch (claw_sim_world_pick (world, 0, 6))
    {
    case 0:
      claw_sim_network_rebind (world->network, claw_sim_host_get_number (world->client));
      break;
    case 1:
      claw_sim_network_rebind (world->network, claw_sim_host_get_number (world->server));
      break;
    case 2:
      claw_sim_world_go_down (world);
      break;
    case 3:
      claw_sim_peer_close (world->ends[claw_sim_world_pick (world, 0, 1)]);
      break;
    case 4:
      claw_sim_host_restart (world->client);
      break;
    case 5:
      claw_sim_host_restart (world->server);
      break;
    default:
      claw_sim_world_spoil_link (world, claw_sim_world_pick_host (world));
      break;
    }
}

/* Sessions break in all ways, at any moment, and are made anew: still all arrives, once and in
 * order. */
static void
run_accidents (uint64_t seed)
{
  g_auto (ClawSimWorld) world = { 0 };

  claw_sim_world_init (&world, seed, pick_rotation (seed));
  claw_sim_world_spoil_link (&world, world.client);
  claw_sim_world_spoil_link (&world, world.server);
  for (unsigned i = 0; i < 8; i++)
    {
      claw_sim_world_chat (&world, (unsigned) claw_sim_world_pick (&world, 0, 6));
      have_accident (&world);
      if (claw_sim_world_pick (&world, 0, 2) > 0)
        claw_sim_run_for (world.network, claw_sim_world_pick (&world, 0, 5000) * 1000);
    }
  claw_sim_world_mend_link (&world, world.client);
  claw_sim_world_mend_link (&world, world.server);
  claw_sim_run_until_done (world.network, world.ends, 1, SANE_US);
  rotations += claw_sim_peer_get_rotations (world.ends[0]);
}

/* What the path carries changes again and again under long messages, which all arrive: neither does
 * a session die in a black hole, nor is anything stuck in one. */
static void
run_mtu (uint64_t seed)
{
  g_auto (ClawSimWorld) world = { 0 };

  claw_sim_world_init (&world, seed, pick_rotation (seed));
  for (unsigned i = 0; i < 2; i++)
    {
      ClawSimHost *host = i == 0 ? world.client : world.server;
      ClawSimLink *link = claw_sim_network_get_link (world.network,
                                                     claw_sim_host_get_number (host));

      link->loss_permille = (unsigned) (claw_sim_world_pick (&world, 0, 1)
                                        * claw_sim_world_pick (&world, 0, 50));
      link->delay_us = claw_sim_world_pick (&world, 1, 300) * 1000;
    }
  for (unsigned i = 0; i < 10; i++)
    {
      ClawSimHost *host = claw_sim_world_pick_host (&world);

      claw_sim_network_get_link (world.network, claw_sim_host_get_number (host))->mtu
          = claw_sim_world_pick_mtu (&world);
      g_assert_true (claw_sim_peer_say_random (
          world.ends[claw_sim_world_pick (&world, 0, 1)],
          (size_t) claw_sim_world_pick (&world, 1, CLAW_MESSAGE_TEXT_MAX)));
      claw_sim_run_for (world.network, claw_sim_world_pick (&world, 0, 20000) * 1000);
    }
  claw_sim_run_until_done (world.network, world.ends, 1, SANE_US);
  g_assert_cmpuint (claw_sim_peer_get_sessions (world.ends[0]), ==, 1);
}

/* Strangers' datagrams, changed ones and old ones change nothing, whatever goes on. */
static void
run_enemies (uint64_t seed)
{
  g_auto (ClawSimWorld) world = { 0 };

  claw_sim_world_init (&world, seed, pick_rotation (seed));
  claw_sim_world_spoil_link (&world, world.client);
  claw_sim_world_spoil_link (&world, world.server);
  for (unsigned i = 0; i < 40; i++)
    {
      if (claw_sim_world_pick (&world, 0, 3) == 0)
        claw_sim_world_say (&world);
      if (claw_sim_world_pick (&world, 0, 15) == 0)
        claw_sim_peer_close (world.ends[claw_sim_world_pick (&world, 0, 1)]);
      claw_sim_host_attack (claw_sim_world_pick_host (&world));
      for (unsigned j = 0; j < 10; j++)
        claw_sim_host_replay (claw_sim_world_pick_host (&world));
      claw_sim_run_for (world.network, claw_sim_world_pick (&world, 0, 1000) * 1000);
    }
  claw_sim_world_mend_link (&world, world.client);
  claw_sim_world_mend_link (&world, world.server);
  claw_sim_run_until_done (world.network, world.ends, 1, SANE_US);
}

/* A client that comes for the first time, over a line on which anything may be late by seconds,
 * while either side crashes again and again and knocks anew: whatever is confirmed last, and
 * whenever it arrives, the two go on sharing a secret (claw-sim-secrets.c looks after each event),
 * and find each other once the line is good. */
static void
run_pairing (uint64_t seed)
{
  g_auto (ClawSimWorld) world = { 0 };

  claw_sim_world_init (&world, seed, pick_rotation (seed));
  for (unsigned i = 0; i < 2; i++)
    {
      ClawSimHost *host = i == 0 ? world.client : world.server;
      ClawSimLink *link = claw_sim_network_get_link (world.network,
                                                     claw_sim_host_get_number (host));

      link->delay_us = claw_sim_world_pick (&world, 1, 300) * 1000;
      link->jitter_us = claw_sim_world_pick (&world, 0, 8 * SECOND_US);
      link->loss_permille = (unsigned) claw_sim_world_pick (&world, 0, 200);
    }
  for (unsigned i = 0; i < 8; i++)
    {
      claw_sim_run_for (world.network, claw_sim_world_pick (&world, 0, 4 * SECOND_US));
      if (claw_sim_world_pick (&world, 0, 3) == 0)
        claw_sim_peer_close (world.ends[claw_sim_world_pick (&world, 0, 1)]);
      else
        claw_sim_host_restart (claw_sim_world_pick (&world, 0, 3) == 0 ? world.server
                                                                       : world.client);
    }
  claw_sim_world_say (&world);
  claw_sim_world_mend_link (&world, world.client);
  claw_sim_world_mend_link (&world, world.server);
  claw_sim_run_until_done (world.network, world.ends, 1, SANE_US);
}

static void
have_port_accident (ClawSimWorld *world, uint32_t interval_s)
{
  switch (claw_sim_world_pick (world, 0, 7))
    {
    case 0:
      claw_sim_network_rebind (world->network, claw_sim_host_get_number (world->client));
      break;
    case 1:
      claw_sim_host_sleep (world->client, TRUE);
      claw_sim_run_for (world->network, claw_sim_world_pick (world, 1, 8 * interval_s) * SECOND_US);
      claw_sim_host_sleep (world->client, FALSE);
      break;
    case 2:
      claw_sim_host_restart (claw_sim_world_pick_host (world));
      break;
    case 3:
      claw_sim_world_go_down (world);
      break;
    default:
      break;
    }
}

/* The server's port changes all the time, with clocks that differ by up to an interval, ports that
 * other programs have, a client that sleeps through any number of rotations and whose address
 * changes as well: all arrives, once and in order, and at the end both are at the present port. */
static void
run_ports (uint64_t seed)
{
  g_auto (ClawSimWorld) world = { 0 };
  uint32_t interval_s;

  claw_sim_world_init (&world, seed, pick_rotation (seed));
  interval_s = (uint32_t) claw_sim_world_pick (&world, 10, 30);
  claw_sim_host_set_clock (world.client,
                           claw_sim_world_pick (&world, -1, 1) * interval_s * SECOND_US);
  claw_sim_host_rotate_ports (world.server, interval_s);
  claw_sim_world_spoil_link (&world, world.client);
  claw_sim_world_spoil_link (&world, world.server);
  for (unsigned i = 0; i < 10; i++)
    {
      claw_sim_world_chat (&world, (unsigned) claw_sim_world_pick (&world, 0, 20));
      have_port_accident (&world, interval_s);
    }
  claw_sim_world_mend_link (&world, world.client);
  claw_sim_world_mend_link (&world, world.server);
  claw_sim_run_until_done (world.network, world.ends, 1, SANE_US);
  g_assert_cmpuint (claw_sim_ports_get_rotations (claw_sim_host_get_ports (world.server)), >, 0);
  claw_sim_run_for (world.network, SANE_US);
  g_assert_true (claw_sim_peer_is_connected (world.ends[0]));
  claw_sim_peer_say_random (world.ends[0], 10);
  claw_sim_run_for (world.network, 2 * SECOND_US);
  claw_sim_run_until_done (world.network, world.ends, 1, SANE_US);
}

/* On a good line no rotation, of ports or of keys, ends a session, loses a datagram or holds up a
 * message. */
static void
run_perfect_ports (uint64_t seed)
{
  g_auto (ClawSimWorld) world = { 0 };
  ClawConnectionStats stats;

  claw_sim_world_init (&world, seed, 7 * SECOND_US);
  claw_sim_host_rotate_ports (world.server, 10);
  /* The first knock went to where the server was before. */
  claw_sim_run_for (world.network, 25 * SECOND_US);
  for (unsigned i = 0; i < 200; i++)
    {
      g_assert_true (claw_sim_peer_say_random (world.ends[i % 2], 500));
      claw_sim_run_for (world.network, 300 * 1000);
      g_assert_cmpuint (claw_sim_peer_get_heard (world.ends[1 - i % 2]), ==, i / 2 + 1);
    }
  claw_sim_run_until_done (world.network, world.ends, 1, SECOND_US);
  const ClawSimPorts *ports = claw_sim_host_get_ports (world.server);
  g_assert_cmpuint (claw_sim_ports_get_rotations (ports), >=, 5);
  g_assert_cmpuint (claw_sim_peer_get_sessions (world.ends[0]), ==, 1);
  for (unsigned i = 0; i < 2; i++)
    {
      claw_connection_get_stats (claw_sim_peer_get_connection (world.ends[i]), &stats);
      g_assert_cmpuint (stats.datagrams_lost, ==, 0);
    }
  g_assert_cmpuint (
      claw_connection_get_peer_address (claw_sim_peer_get_connection (world.ends[0]))->port, ==,
      claw_sim_ports_get_port (ports));
}

/* A room: what one says is told to all others by the server, under a name. */

#define MEMBERS 3

typedef struct
{
  ClawSimPeer *ends[MEMBERS]; /* the members' */
  unsigned relayed;
} Room;

static void
relay (ClawSimPeer *from, ClawMessage *message, gpointer user_data)
{
  static const char *const names[MEMBERS] = { "Anna", "Bob", "Cora" };
  Room *room = user_data;
  size_t length;
  const char *text = claw_message_get_text (message, &length);
  g_autoptr (ClawMessage) copy = NULL;
  unsigned i = 0;

  while (claw_sim_peer_get_other (room->ends[i]) != from)
    i++;
  copy = claw_message_new_full (claw_message_get_id (message), names[i],
                                claw_message_get_time_us (message), text, (gssize) length, NULL);
  for (unsigned j = 0; j < MEMBERS; j++)
    if (j != i)
      g_assert_true (claw_sim_peer_say (claw_sim_peer_get_other (room->ends[j]), copy));
  room->relayed++;
}

/* Three members and their server, one of them with a bad line, one that comes and goes. */
static void
run_room (uint64_t seed)
{
  g_autoptr (ClawSimNetwork) network = claw_sim_network_new (seed);
  g_autoptr (ClawSimHost) server = claw_sim_host_new (network);
  ClawSimRandom *random = claw_sim_network_get_random (network);
  ClawSimHost *members[MEMBERS];
  ClawSimLink *bad;
  Room room = { 0 };

  claw_sim_host_set_heard (server, relay, &room);
  for (unsigned i = 0; i < MEMBERS; i++)
    {
      members[i] = claw_sim_host_new (network);
      room.ends[i] = claw_sim_host_pair (members[i], server);
    }
  bad = claw_sim_network_get_link (network, claw_sim_host_get_number (members[1]));
  bad->loss_permille = 300;
  bad->jitter_us = 200 * 1000;
  for (unsigned i = 0; i < 60; i++)
    {
      unsigned who = (unsigned) claw_sim_random_range (random, 0, MEMBERS - 1);

      g_assert_true (claw_sim_peer_say_random (room.ends[who],
                                               (size_t) claw_sim_random_range (random, 1, 2000)));
      if (i % 20 == 10)
        claw_sim_host_restart (members[2]);
      if (i == 35)
        claw_sim_host_restart (server);
      claw_sim_run_for (network, claw_sim_random_range (random, 0, SECOND_US));
    }
  bad->loss_permille = 0;
  /* What a member has said may still be on its way to the server, which then tells the others. */
  for (unsigned i = 0; i < 2; i++)
    claw_sim_run_until_done (network, room.ends, MEMBERS, SANE_US);
  g_assert_cmpuint (room.relayed, ==, 60);
  for (unsigned i = 0; i < MEMBERS; i++)
    g_assert_cmpuint (claw_sim_peer_get_heard (room.ends[i]), ==,
                      60 - claw_sim_peer_get_said (room.ends[i]));
  for (unsigned i = 0; i < MEMBERS; i++)
    claw_sim_host_free (members[i]);
}

/* With a perfect network nothing is sent in vain: a guard against retransmissions without a reason.
 */
static void
run_perfect (uint64_t seed)
{
  g_auto (ClawSimWorld) world = { 0 };
  ClawSimStats before;
  ClawSimStats after;

  claw_sim_world_init (&world, seed, 0);
  claw_sim_run_for (world.network, SECOND_US);
  g_assert_true (claw_sim_peer_is_connected (world.ends[0]));
  claw_sim_network_get_stats (world.network, &before);
  for (unsigned i = 0; i < 10; i++)
    {
      g_assert_true (claw_sim_peer_say_random (world.ends[i % 2], 500));
      claw_sim_run_for (world.network, SECOND_US);
    }
  claw_sim_run_until_done (world.network, world.ends, 1, 0);
  claw_sim_network_get_stats (world.network, &after);
  /* The message, the receipt, and acknowledgements of both. */
  g_assert_cmpuint (after.sent - before.sent, <=, 10 * 4 + 4);
  g_assert_cmpuint (claw_sim_peer_get_sessions (world.ends[0]), ==, 1);
}

/* The same seed leads to the same run, datagram by datagram; else no failure could be repeated. */
static void
test_repeatable (void)
{
  ClawSimStats stats[2];

  for (unsigned i = 0; i < 2; i++)
    {
      g_auto (ClawSimWorld) world = { 0 };

      claw_sim_seeds_fix (7);
      claw_sim_world_init (&world, 7, SECOND_US);
      claw_sim_world_spoil_link (&world, world.client);
      claw_sim_world_spoil_link (&world, world.server);
      claw_sim_world_chat (&world, 40);
      claw_sim_network_get_stats (world.network, &stats[i]);
    }
  g_assert_cmpuint (stats[0].sent, >, 50);
  g_assert_cmpuint (stats[0].sent, ==, stats[1].sent);
  g_assert_cmpuint (stats[0].delivered, ==, stats[1].delivered);
  g_assert_cmpuint (stats[0].dropped, ==, stats[1].dropped);
}

static void
test_perfect (void)
{
  claw_sim_seeds_run (run_perfect, 10);
}

/* With a single seed there need be none. */
static void
assert_rotations (void)
{
  g_test_message ("%u key rotations", rotations);
  if (!claw_sim_seeds_is_single ())
    g_assert_cmpuint (rotations, >, 0);
}

static void
test_bad_network (void)
{
  rotations = 0;
  claw_sim_seeds_run (run_bad_network, 1000);
  assert_rotations ();
}

static void
test_accidents (void)
{
  rotations = 0;
  claw_sim_seeds_run (run_accidents, 1000);
  assert_rotations ();
}

static void
test_pairing (void)
{
  claw_sim_seeds_run (run_pairing, 1000);
}

static void
test_perfect_ports (void)
{
  claw_sim_seeds_run (run_perfect_ports, 20);
}

static void
test_ports (void)
{
  claw_sim_seeds_run (run_ports, 500);
}

static void
test_mtu (void)
{
  claw_sim_seeds_run (run_mtu, 300);
}

static void
test_enemies (void)
{
  claw_sim_seeds_run (run_enemies, 300);
}

static void
test_room (void)
{
  claw_sim_seeds_run (run_room, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_sim_seeds_init ();
  g_test_add_func ("/simulation/seed/repeatable", test_repeatable);
  g_test_add_func ("/simulation/perfect-network/nothing-in-vain", test_perfect);
  g_test_add_func ("/simulation/bad-network/once-in-order", test_bad_network);
  g_test_add_func ("/simulation/accidents/once-in-order", test_accidents);
  g_test_add_func ("/simulation/pairing/never-stranded", test_pairing);
  g_test_add_func ("/simulation/ports/nothing-lost", test_perfect_ports);
  g_test_add_func ("/simulation/ports/once-in-order", test_ports);
  g_test_add_func ("/simulation/mtu-drops/all-arrives-in-one-session", test_mtu);
  g_test_add_func ("/simulation/enemies/nothing-changed", test_enemies);
  g_test_add_func ("/simulation/room/all-hear-all", test_room);
  return g_test_run ();
}
