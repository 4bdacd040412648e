/* test-simulation.c: chats over a bad network, thousands of times.
 *
 * Each seed makes another network, other people and other accidents; the invariants are in
 * claw-sim-host.c and hold after each event. CLAWCHAT_SIMULATION_SEEDS says how many seeds each
 * test takes, CLAWCHAT_SIMULATION_SEED takes a single one, to repeat a failure; even the keys are
 * the same then.
 */
#include "claw-sim-host.h"

#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define SEEDS 2000
#define SECOND_US G_USEC_PER_SEC
/* Once the network is sane: a dead connection is noticed, a new one made, and the outboxes flow
 * off. */
#define SANE_US (120 * SECOND_US)
#define SAID_BYTES_MAX (400 * 1024)

typedef struct
{
  ClawSimNetwork *network;
  ClawSimHost *client;
  ClawSimHost *server;
  ClawSimPeer *ends[2]; /* the client's, the server's */
  size_t said_bytes;
} World;

/* Seeds. */

static ClawSimRandom sodium_random;
static gboolean sodium_is_fixed;

static const char *
get_random_name (void)
{
  return "simulation";
}

static void
fill_random (void *const buffer, const size_t size)
{
  claw_sim_random_fill (&sodium_random, buffer, size);
}

static uint32_t
get_random (void)
{
  return (uint32_t) claw_sim_random_next (&sodium_random);
}

/* Keys, ids and indices of @seed: the same each time. */
static void
fix_sodium (uint64_t seed)
{
  static struct randombytes_implementation implementation
      = { .implementation_name = get_random_name, .random = get_random, .buf = fill_random };

  claw_sim_random_init (&sodium_random, ~seed);
  if (sodium_is_fixed)
    return;
  sodium_is_fixed = TRUE;
  claw_secret_init ();
  randombytes_set_implementation (&implementation);
}

/* A failed assertion aborts; this is the last that is said. */
static char how_to_repeat[300];

static void
on_abort (int signal_number)
{
  ssize_t written = write (STDERR_FILENO, how_to_repeat, strlen (how_to_repeat));

  signal (signal_number, SIG_DFL);
  if (written > 0)
    raise (signal_number);
}

static uint64_t
get_setting (const char *variable, uint64_t fallback)
{
  const char *text = g_getenv (variable);

  return text == NULL || *text == '\0' ? fallback : g_ascii_strtoull (text, NULL, 10);
}

typedef void (*Run) (uint64_t seed);

static void
run_seed (Run run, uint64_t seed)
{
  g_snprintf (how_to_repeat, sizeof how_to_repeat,
              "\n# To repeat: CLAWCHAT_SIMULATION_SEED=%" G_GUINT64_FORMAT
              " tests/simulation/test-simulation -p %s\n",
              seed, g_test_get_path ());
  fix_sodium (seed);
  run (seed);
}

/* @share: how many of a thousand of the usual number of seeds this test takes. */
static void
run_seeds (Run run, unsigned share)
{
  uint64_t seeds = MAX (get_setting ("CLAWCHAT_SIMULATION_SEEDS", SEEDS) * share / 1000, 1);
  const char *single = g_getenv ("CLAWCHAT_SIMULATION_SEED");

  if (single != NULL && *single != '\0')
    {
      run_seed (run, get_setting ("CLAWCHAT_SIMULATION_SEED", 0));
      return;
    }
  for (uint64_t seed = 1; seed <= seeds; seed++)
    run_seed (run, seed);
  g_test_message ("%" G_GUINT64_FORMAT " seeds", seeds);
}

/* The world of two. */

/* @rotation_us: between two changes of keys; 0: none happens in the time of a test. */
static void
world_init (World *world, uint64_t seed, gint64 rotation_us)
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

static void
world_clear (World *world)
{
  claw_sim_host_free (world->client);
  claw_sim_host_free (world->server);
  claw_sim_network_free (world->network);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static gint64
pick (World *world, gint64 first, gint64 last)
{
  return claw_sim_random_range (claw_sim_network_get_random (world->network), first, last);
}

static ClawSimHost *
pick_host (World *world)
{
  return pick (world, 0, 1) == 0 ? world->client : world->server;
}

static void
run_for (ClawSimNetwork *network, gint64 duration_us)
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

/* Until all that was said is delivered, which must not take longer than @limit_us. */
static void
run_until_done (ClawSimNetwork *network, ClawSimPeer *const *ends, unsigned n, gint64 limit_us)
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

/* From 1 byte to 64 KiB, most of them short; half of the longest are as long as can be. */
static void
say (World *world)
{
  size_t length = (size_t) pick (world, 1, INT64_C (1) << pick (world, 0, 17));

  length = MIN (length, CLAW_MESSAGE_TEXT_MAX);
  if (world->said_bytes + length > SAID_BYTES_MAX)
    length = 1;
  world->said_bytes += length;
  g_assert_true (claw_sim_peer_say_random (world->ends[pick (world, 0, 1)], length));
}

/* What the path may carry of UDP payload; 0 for any. */
static size_t
pick_mtu (World *world)
{
  static const size_t mtus[] = { 0, 1452, 1406, 1300, 1232, 1200, 1100, 1000 };

  return mtus[pick (world, 0, G_N_ELEMENTS (mtus) - 1)];
}

static void
spoil_link (World *world, ClawSimHost *host)
{
  ClawSimLink *link = claw_sim_network_get_link (world->network, claw_sim_host_get_number (host));

  link->loss_permille = (unsigned) (pick (world, 0, 1) * pick (world, 0, 400));
  link->burst_permille = (unsigned) (pick (world, 0, 1) * pick (world, 0, 20));
  link->burst_length = (unsigned) pick (world, 1, 30);
  link->duplicate_permille = (unsigned) (pick (world, 0, 1) * pick (world, 0, 300));
  link->reorder_permille = (unsigned) (pick (world, 0, 1) * pick (world, 0, 300));
  link->delay_us = pick (world, 1, pick (world, 0, 1) == 0 ? 50 : 600) * 1000;
  link->jitter_us = pick (world, 0, 1) * pick (world, 0, link->delay_us);
  link->mtu = pick (world, 0, 1) == 0 ? 0 : pick_mtu (world);
}

static void
mend_link (World *world, ClawSimHost *host)
{
  *claw_sim_network_get_link (world->network, claw_sim_host_get_number (host))
      = (ClawSimLink){ .delay_us = 20 * 1000 };
}

static void
chat_for_a_while (World *world, unsigned steps)
{
  for (unsigned i = 0; i < steps; i++)
    {
      say (world);
      run_for (world->network, pick (world, 0, 1500) * 1000);
    }
}

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
  g_auto (World) world = { 0 };

  world_init (&world, seed, pick_rotation (seed));
  spoil_link (&world, world.client);
  spoil_link (&world, world.server);
  chat_for_a_while (&world, 30);
  mend_link (&world, world.client);
  mend_link (&world, world.server);
  run_until_done (world.network, world.ends, 1, SANE_US);
  rotations += claw_sim_peer_get_rotations (world.ends[0]);
}

static void
go_down (World *world)
{
  ClawSimHost *host = pick_host (world);
  ClawSimLink *link = claw_sim_network_get_link (world->network, claw_sim_host_get_number (host));

  link->down = TRUE;
  run_for (world->network, pick (world, 1, 40) * SECOND_US);
  link->down = FALSE;
}

static void
have_accident (World *world)
{
  switch (pick (world, 0, 6))
    {
    case 0:
      claw_sim_network_rebind (world->network, claw_sim_host_get_number (world->client));
      break;
    case 1:
      claw_sim_network_rebind (world->network, claw_sim_host_get_number (world->server));
      break;
    case 2:
      go_down (world);
      break;
    case 3:
      claw_sim_peer_close (world->ends[pick (world, 0, 1)]);
      break;
    case 4:
      claw_sim_host_restart (world->client);
      break;
    case 5:
      claw_sim_host_restart (world->server);
      break;
    default:
      spoil_link (world, pick_host (world));
      break;
    }
}

/* Sessions break in all ways, at any moment, and are made anew: still all arrives, once and in
 * order. */
static void
run_accidents (uint64_t seed)
{
  g_auto (World) world = { 0 };

  world_init (&world, seed, pick_rotation (seed));
  spoil_link (&world, world.client);
  spoil_link (&world, world.server);
  for (unsigned i = 0; i < 8; i++)
    {
      chat_for_a_while (&world, (unsigned) pick (&world, 0, 6));
      have_accident (&world);
      if (pick (&world, 0, 2) > 0)
        run_for (world.network, pick (&world, 0, 5000) * 1000);
    }
  mend_link (&world, world.client);
  mend_link (&world, world.server);
  run_until_done (world.network, world.ends, 1, SANE_US);
  rotations += claw_sim_peer_get_rotations (world.ends[0]);
}

/* What the path carries changes again and again under long messages, which all arrive: neither does
 * a session die in a black hole, nor is anything stuck in one. */
static void
run_mtu (uint64_t seed)
{
  g_auto (World) world = { 0 };

  world_init (&world, seed, pick_rotation (seed));
  for (unsigned i = 0; i < 2; i++)
    {
      ClawSimHost *host = i == 0 ? world.client : world.server;
      ClawSimLink *link = claw_sim_network_get_link (world.network,
                                                     claw_sim_host_get_number (host));

      link->loss_permille = (unsigned) (pick (&world, 0, 1) * pick (&world, 0, 50));
      link->delay_us = pick (&world, 1, 300) * 1000;
    }
  for (unsigned i = 0; i < 10; i++)
    {
      ClawSimHost *host = pick_host (&world);

      claw_sim_network_get_link (world.network, claw_sim_host_get_number (host))->mtu = pick_mtu (
          &world);
      g_assert_true (claw_sim_peer_say_random (world.ends[pick (&world, 0, 1)],
                                               (size_t) pick (&world, 1, CLAW_MESSAGE_TEXT_MAX)));
      run_for (world.network, pick (&world, 0, 20000) * 1000);
    }
  run_until_done (world.network, world.ends, 1, SANE_US);
  g_assert_cmpuint (claw_sim_peer_get_sessions (world.ends[0]), ==, 1);
}

/* Strangers' datagrams, changed ones and old ones change nothing, whatever goes on. */
static void
run_enemies (uint64_t seed)
{
  g_auto (World) world = { 0 };

  world_init (&world, seed, pick_rotation (seed));
  spoil_link (&world, world.client);
  spoil_link (&world, world.server);
  for (unsigned i = 0; i < 40; i++)
    {
      if (pick (&world, 0, 3) == 0)
        say (&world);
      if (pick (&world, 0, 15) == 0)
        claw_sim_peer_close (world.ends[pick (&world, 0, 1)]);
      claw_sim_host_attack (pick_host (&world));
      for (unsigned j = 0; j < 10; j++)
        claw_sim_host_replay (pick_host (&world));
      run_for (world.network, pick (&world, 0, 1000) * 1000);
    }
  mend_link (&world, world.client);
  mend_link (&world, world.server);
  run_until_done (world.network, world.ends, 1, SANE_US);
}

static void
have_port_accident (World *world, uint32_t interval_s)
{
  switch (pick (world, 0, 7))
    {
    case 0:
      claw_sim_network_rebind (world->network, claw_sim_host_get_number (world->client));
      break;
    case 1:
      claw_sim_host_sleep (world->client, TRUE);
      run_for (world->network, pick (world, 1, 8 * interval_s) * SECOND_US);
      claw_sim_host_sleep (world->client, FALSE);
      break;
    case 2:
      claw_sim_host_restart (pick_host (world));
      break;
    case 3:
      go_down (world);
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
  g_auto (World) world = { 0 };
  uint32_t interval_s;

  world_init (&world, seed, pick_rotation (seed));
  interval_s = (uint32_t) pick (&world, 10, 30);
  claw_sim_host_set_clock (world.client, pick (&world, -1, 1) * interval_s * SECOND_US);
  claw_sim_host_rotate_ports (world.server, interval_s);
  spoil_link (&world, world.client);
  spoil_link (&world, world.server);
  for (unsigned i = 0; i < 10; i++)
    {
      chat_for_a_while (&world, (unsigned) pick (&world, 0, 20));
      have_port_accident (&world, interval_s);
    }
  mend_link (&world, world.client);
  mend_link (&world, world.server);
  run_until_done (world.network, world.ends, 1, SANE_US);
  g_assert_cmpuint (claw_sim_ports_get_rotations (claw_sim_host_get_ports (world.server)), >, 0);
  run_for (world.network, SANE_US);
  g_assert_true (claw_sim_peer_is_connected (world.ends[0]));
  claw_sim_peer_say_random (world.ends[0], 10);
  run_for (world.network, 2 * SECOND_US);
  run_until_done (world.network, world.ends, 1, SANE_US);
}

/* On a good line no rotation, of ports or of keys, ends a session, loses a datagram or holds up a
 * message. */
static void
run_perfect_ports (uint64_t seed)
{
  g_auto (World) world = { 0 };
  ClawConnectionStats stats;

  world_init (&world, seed, 7 * SECOND_US);
  claw_sim_host_rotate_ports (world.server, 10);
  /* The first knock went to where the server was before. */
  run_for (world.network, 25 * SECOND_US);
  for (unsigned i = 0; i < 200; i++)
    {
      g_assert_true (claw_sim_peer_say_random (world.ends[i % 2], 500));
      run_for (world.network, 300 * 1000);
      g_assert_cmpuint (claw_sim_peer_get_heard (world.ends[1 - i % 2]), ==, i / 2 + 1);
    }
  run_until_done (world.network, world.ends, 1, SECOND_US);
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
      run_for (network, claw_sim_random_range (random, 0, SECOND_US));
    }
  bad->loss_permille = 0;
  /* What a member has said may still be on its way to the server, which then tells the others. */
  for (unsigned i = 0; i < 2; i++)
    run_until_done (network, room.ends, MEMBERS, SANE_US);
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
  g_auto (World) world = { 0 };
  ClawSimStats before;
  ClawSimStats after;

  world_init (&world, seed, 0);
  run_for (world.network, SECOND_US);
  g_assert_true (claw_sim_peer_is_connected (world.ends[0]));
  claw_sim_network_get_stats (world.network, &before);
  for (unsigned i = 0; i < 10; i++)
    {
      g_assert_true (claw_sim_peer_say_random (world.ends[i % 2], 500));
      run_for (world.network, SECOND_US);
    }
  run_until_done (world.network, world.ends, 1, 0);
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
      g_auto (World) world = { 0 };

      fix_sodium (7);
      world_init (&world, 7, SECOND_US);
      spoil_link (&world, world.client);
      spoil_link (&world, world.server);
      chat_for_a_while (&world, 40);
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
  run_seeds (run_perfect, 10);
}

/* With a single seed there need be none. */
static void
assert_rotations (void)
{
  g_test_message ("%u key rotations", rotations);
  if (g_getenv ("CLAWCHAT_SIMULATION_SEED") == NULL)
    g_assert_cmpuint (rotations, >, 0);
}

static void
test_bad_network (void)
{
  rotations = 0;
  run_seeds (run_bad_network, 1000);
  assert_rotations ();
}

static void
test_accidents (void)
{
  rotations = 0;
  run_seeds (run_accidents, 1000);
  assert_rotations ();
}

static void
test_perfect_ports (void)
{
  run_seeds (run_perfect_ports, 20);
}

static void
test_ports (void)
{
  run_seeds (run_ports, 500);
}

static void
test_mtu (void)
{
  run_seeds (run_mtu, 300);
}

static void
test_enemies (void)
{
  run_seeds (run_enemies, 300);
}

static void
test_room (void)
{
  run_seeds (run_room, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGABRT, on_abort);
  g_test_add_func ("/simulation/seed/repeatable", test_repeatable);
  g_test_add_func ("/simulation/perfect-network/nothing-in-vain", test_perfect);
  g_test_add_func ("/simulation/bad-network/once-in-order", test_bad_network);
  g_test_add_func ("/simulation/accidents/once-in-order", test_accidents);
  g_test_add_func ("/simulation/ports/nothing-lost", test_perfect_ports);
  g_test_add_func ("/simulation/ports/once-in-order", test_ports);
  g_test_add_func ("/simulation/mtu-drops/all-arrives-in-one-session", test_mtu);
  g_test_add_func ("/simulation/enemies/nothing-changed", test_enemies);
  g_test_add_func ("/simulation/room/all-hear-all", test_room);
  return g_test_run ();
}
