/* test-rotation-crash.c: programs that die at any moment of a key rotation come back.
 *
 * A run counts its steps: each datagram that leaves, each event that is handled, each time that
 * secrets go to the disk. Every run is done as often as it has steps, and each time one side or
 * both die at another one of them, just before it happens. What they find when they start again is
 * what was on the disk at that moment; then they have to find each other, and a second death while
 * they do must not matter either.
 */
#include "claw-resumption.h"
#include "pair.h"

#include <string.h>

#define SECRETS CLAW_RESUMPTION_MAX
#define STEPS_MAX 500
#define CLOSE_LOOKS 60
#define CLOSE_LOOK_US 5000
/* More than there are steps: only time brings it. */
#define SAVE_DELAY_LONG 1000

typedef struct
{
  unsigned starters; /* bits of sides that begin the rotation */
  unsigned victims;  /* bits of sides that die */
  unsigned death;    /* at this step; 0: nobody dies */
  unsigned again;    /* so many steps after they came back somebody dies once more; 0: nobody */
  unsigned again_victims;
  unsigned save_delay; /* of the server: steps from an event to the disk */
  gboolean is_quick;   /* to start again, while the network still has what was sent before */
  unsigned stride;     /* from one death to the next one that is tried */
  gint64 jitter_us;
  double loss;
} Plan;

typedef struct
{
  ClawKey secrets[SECRETS]; /* server: newest, previous; client: of claw-resumption.h */
  ClawKey disk[SECRETS];
  uint64_t ids[SECRETS]; /* server */
  unsigned save_step;    /* 0: all is saved */
  gboolean is_dead;
} Program;

typedef struct
{
  Pair *pair;
  const Plan *plan;
  Program programs[2];
  gboolean is_file_used; /* on the server's disk as well */
  uint64_t last_id;
  unsigned steps; /* since the rotation began */
  unsigned death;
  unsigned victims;
  gboolean is_counting;
  gboolean has_died;
} World;

static void save (World *world, unsigned side);

/* Something is about to happen. */
static void
count_step (World *world)
{
  if (!world->is_counting)
    return;
  world->steps++;
  g_assert_cmpuint (world->steps, <, STEPS_MAX);
  if (world->steps == world->death)
    for (unsigned side = 0; side < 2; side++)
      if (world->victims & 1u << side)
        world->programs[side].is_dead = TRUE;
  for (unsigned side = 0; side < 2; side++)
    if (world->programs[side].save_step > 0 && world->programs[side].save_step <= world->steps)
      save (world, side);
}

static void
confirm (World *world, unsigned side)
{
  ClawConnection *connection = world->pair->sides[side].connection;
  const Program *program = &world->programs[side];
  const ClawKey *newest = &program->secrets[side == PAIR_CLIENT ? CLAW_RESUMPTION_NEWEST : 0];

  if (connection != NULL && claw_key_equal (claw_connection_get_resumption (connection), newest))
    claw_connection_resumption_saved (connection);
}

static void
save (World *world, unsigned side)
{
  Program *program = &world->programs[side];

  program->save_step = 0;
  count_step (world);
  if (program->is_dead)
    return;
  for (unsigned i = 0; i < SECRETS; i++)
    claw_key_copy (&program->disk[i], &program->secrets[i]);
  confirm (world, side);
}

static void
save_later (World *world, unsigned side)
{
  if (world->plan->save_delay == 0 || !world->is_counting)
    save (world, side);
  else
    world->programs[side].save_step = world->steps + world->plan->save_delay;
}

/* A save that waits for steps comes in the end without any. */
static void
save_overdue (World *world)
{
  for (unsigned side = 0; side < 2; side++)
    if (world->programs[side].save_step > 0 && !world->programs[side].is_dead)
      save (world, side);
}

/* The next one follows at once, as soon as it may. */
static void
rotate_again (World *world, unsigned side, ClawConnection *connection)
{
  ClawConnectionStats stats;

  claw_connection_get_stats (connection, &stats);
  if (world->is_counting && (world->plan->starters & 1u << side) && stats.key_epoch == 2)
    claw_connection_rotate_keys (connection);
}

/* The server, as src/server does it. */

static void
accept_secret (World *world, unsigned i)
{
  Program *server = &world->programs[PAIR_SERVER];

  server->ids[i] = ++world->last_id;
  pair_accept (world->pair, server->ids[i], CLAW_PSK_PAIRING, &server->secrets[i],
               world->pair->sides[PAIR_CLIENT].identity.public_key);
}

static void
keep (World *world, uint64_t shown, ClawConnection *connection)
{
  Program *server = &world->programs[PAIR_SERVER];
  ClawEndpoint *endpoint = world->pair->sides[PAIR_SERVER].endpoint;
  gboolean is_previous = server->ids[1] != 0 && shown != server->ids[0] && shown != PAIR_PSK_ID;
  uint64_t forgotten = server->ids[is_previous ? 0 : 1];

  if (!is_previous)
    {
      claw_key_move (&server->secrets[1], &server->secrets[0]);
      server->ids[1] = server->ids[0];
    }
  if (forgotten != 0)
    claw_endpoint_refuse (endpoint, forgotten);
  claw_key_copy (&server->secrets[0], claw_connection_get_resumption (connection));
  accept_secret (world, 0);
}

static void
on_server_event (World *world, const ClawEndpointEvent *event)
{
  uint64_t used = claw_connection_get_psk_id (event->connection);

  if (event->type == CLAW_ENDPOINT_ESTABLISHED)
    {
      gboolean is_unsaved = world->programs[PAIR_SERVER].save_step > 0;

      keep (world, used, event->connection);
      world->is_file_used |= used == PAIR_PSK_ID;
      /* One crash must not take two secrets. */
      if (used == PAIR_PSK_ID || is_unsaved)
        save (world, PAIR_SERVER);
      else
        save_later (world, PAIR_SERVER);
    }
  else if (event->type == CLAW_ENDPOINT_REKEYED
           && event->connection == world->pair->sides[PAIR_SERVER].connection)
    {
      keep (world, world->programs[PAIR_SERVER].ids[0], event->connection);
      save_later (world, PAIR_SERVER);
    }
}

/* The client, as src/client does it, which saves at once. */

static void
on_client_event (World *world, const ClawEndpointEvent *event)
{
  Program *client = &world->programs[PAIR_CLIENT];
  ClawResumption kept;
  const ClawKey *secret = claw_connection_get_resumption (event->connection);
  uint64_t used = claw_connection_get_psk_id (event->connection);
  ClawConnectionStats stats;

  memcpy (kept.keys, client->secrets, sizeof kept.keys);
  claw_connection_get_stats (event->connection, &stats);
  if (event->type == CLAW_ENDPOINT_ESTABLISHED)
    claw_resumption_on_established (&kept, used, secret);
  else if (event->type == CLAW_ENDPOINT_REKEYED && stats.key_epoch == 0)
    claw_resumption_on_proven (&kept, used);
  else if (event->type == CLAW_ENDPOINT_REKEYED)
    claw_resumption_on_rotated (&kept, secret);
  else
    return;
  memcpy (client->secrets, kept.keys, sizeof kept.keys);
  save (world, PAIR_CLIENT);
}

static void
on_event (Pair *pair, unsigned side, const ClawEndpointEvent *event)
{
  World *world = pair->listener_data;

  if (world->programs[side].is_dead)
    return;
  count_step (world);
  if (world->programs[side].is_dead)
    return;
  if (side == PAIR_CLIENT)
    on_client_event (world, event);
  else
    on_server_event (world, event);
  if (event->type == CLAW_ENDPOINT_REKEYED)
    rotate_again (world, side, event->connection);
}

static gboolean
on_datagram (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  World *world = pair->filter_data;

  count_step (world);
  return !world->programs[side].is_dead;
}

/* Life and death. */

static void
world_init (World *world, const Plan *plan)
{
  memset (world, 0, sizeof *world);
  world->plan = plan;
  world->pair = pair_new (7);
  world->pair->listener = on_event;
  world->pair->listener_data = world;
  world->pair->filter = on_datagram;
  world->pair->filter_data = world;
  world->last_id = PAIR_PSK_ID;
  for (unsigned side = 0; side < 2; side++)
    world->pair->sides[side].holds_saves = TRUE;
}

static void
world_clear (World *world)
{
  for (unsigned side = 0; side < 2; side++)
    for (unsigned i = 0; i < SECRETS; i++)
      {
        claw_key_clear (&world->programs[side].secrets[i]);
        claw_key_clear (&world->programs[side].disk[i]);
      }
  pair_free (world->pair);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static void
knock (World *world)
{
  PairSide *client = &world->pair->sides[PAIR_CLIENT];
  const Program *program = &world->programs[PAIR_CLIENT];
  ClawConnectRequest request = { .server_key = world->pair->sides[PAIR_SERVER].identity.public_key,
                                 .psks = { [CLAW_RESUMPTION_FILE] = &world->pair->psk },
                                 .addresses = &world->pair->sides[PAIR_SERVER].address,
                                 .n_addresses = 1,
                                 .unix_us = PAIR_UNIX_US
                                            + (uint64_t) (world->pair->now_us - PAIR_START_US),
                                 .now_us = world->pair->now_us,
                                 .give_up_us = G_MAXINT64 };

  for (unsigned i = 0; i < SECRETS; i++)
    if (claw_key_is_set (&program->secrets[i]))
      request.psks[i] = &program->secrets[i];
  client->connection = claw_endpoint_connect (client->endpoint, &request);
}

/* Starts a dead program again, with its disk. */
static void
revive (World *world, unsigned side)
{
  Program *program = &world->programs[side];

  for (unsigned i = 0; i < SECRETS; i++)
    claw_key_copy (&program->secrets[i], &program->disk[i]);
  memset (program->ids, 0, sizeof program->ids);
  program->save_step = 0;
  program->is_dead = FALSE;
  pair_restart (world->pair, side, PAIR_UNIX_US + (uint64_t) (world->pair->now_us - PAIR_START_US));
  for (unsigned i = 0; side == PAIR_SERVER && i < 2; i++)
    if (claw_key_is_set (&program->secrets[i]))
      accept_secret (world, i);
  if (side == PAIR_SERVER && !world->is_file_used)
    pair_accept (world->pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &world->pair->psk, NULL);
}

static gboolean
is_connected (const World *world, unsigned side)
{
  const ClawConnection *connection = world->pair->sides[side].connection;

  return connection != NULL
         && claw_connection_get_state (connection) == CLAW_CONNECTION_ESTABLISHED;
}

/* Each side hears what the other says, over a session of now. */
static gboolean
try_to_talk (World *world)
{
  Pair *pair = world->pair;

  if (!is_connected (world, PAIR_CLIENT) || !is_connected (world, PAIR_SERVER))
    return FALSE;
  for (unsigned side = 0; side < 2; side++)
    {
      g_byte_array_set_size (pair->sides[side].received, 0);
      g_byte_array_set_size (pair->sides[side].to_write, 0);
      pair_write (pair, side, "hello", 5);
    }
  pair_run (pair, 3 * G_USEC_PER_SEC);
  return pair->sides[0].received->len >= 5 && pair->sides[1].received->len >= 5;
}

/* The client notices that the session is gone by asking for something, and knocks again. */
static void
come_back (World *world)
{
  for (unsigned i = 0; i < 30; i++)
    {
      if (world->pair->sides[PAIR_CLIENT].connection == NULL)
        knock (world);
      pair_run (world->pair, 2 * G_USEC_PER_SEC);
      if (try_to_talk (world))
        return;
    }
  g_test_message ("starters %u, victims %u, death at %u, again after %u, save delay %u, loss %g",
                  world->plan->starters, world->plan->victims, world->plan->death,
                  world->plan->again, world->plan->save_delay, world->plan->loss);
  g_assert_not_reached ();
}

static uint64_t
get_epoch (const World *world, unsigned side)
{
  ClawConnectionStats stats;

  claw_connection_get_stats (world->pair->sides[side].connection, &stats);
  return stats.key_epoch;
}

static void
rotate_once (World *world, unsigned starter)
{
  uint64_t epoch = get_epoch (world, starter);

  g_assert_true (claw_connection_rotate_keys (world->pair->sides[starter].connection));
  pair_run (world->pair, 5 * G_USEC_PER_SEC);
  for (unsigned side = 0; side < 2; side++)
    g_assert_cmpuint (get_epoch (world, side), ==, epoch + 1);
}

/* Starts again whoever is dead; the client knocks. */
static void
revive_dead (World *world)
{
  gboolean any = FALSE;

  for (unsigned side = 0; side < 2; side++)
    if (world->programs[side].is_dead)
      {
        revive (world, side);
        any = TRUE;
        if (side == PAIR_CLIENT)
          knock (world);
      }
  if (!any)
    return;
  world->death = world->has_died ? 0 : world->plan->again;
  world->victims = world->plan->again_victims;
  world->steps = 0;
  world->has_died = TRUE;
}

/* At first with a close look at who is dead. */
static void
live_on (World *world, gint64 duration_us)
{
  gint64 end_us = world->pair->now_us + duration_us;

  for (unsigned i = 0; i < CLOSE_LOOKS && world->plan->is_quick; i++)
    {
      pair_run (world->pair, CLOSE_LOOK_US);
      revive_dead (world);
    }
  pair_run (world->pair, end_us - world->pair->now_us);
  save_overdue (world);
  revive_dead (world);
}

/* Returns: FALSE when all was over before the step at which somebody should have died. */
static gboolean
run (const Plan *plan)
{
  g_auto (World) world = { 0 };

  world_init (&world, plan);
  pair_accept (world.pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &world.pair->psk, NULL);
  knock (&world);
  pair_run (world.pair, G_USEC_PER_SEC);
  rotate_once (&world, PAIR_SERVER);

  world.is_counting = TRUE;
  world.death = plan->death;
  world.victims = plan->victims;
  world.pair->loss = plan->loss;
  world.pair->jitter_us = plan->jitter_us;
  for (unsigned side = 0; side < 2; side++)
    if (plan->starters & 1u << side)
      claw_connection_rotate_keys (world.pair->sides[side].connection);
  for (unsigned i = 0; i < 3; i++)
    live_on (&world, 2 * G_USEC_PER_SEC);
  world.is_counting = FALSE;
  save_overdue (&world);
  world.pair->loss = 0;
  come_back (&world);
  if (world.has_died)
    rotate_once (&world, PAIR_CLIENT);
  return world.has_died;
}

static void
run_all_deaths (Plan *plan)
{
  for (plan->death = 1; run (plan); plan->death += plan->stride)
    continue;
  /* Two rotations have four events and as many datagrams at least. */
  g_assert_cmpuint (plan->death, >, 8);
}

static void
for_all (void (*body) (Plan *plan), Plan *plan)
{
  static const unsigned delays[] = { 0, 4, SAVE_DELAY_LONG };

  for (plan->starters = 1; plan->starters <= 3; plan->starters++)
    for (plan->victims = 1; plan->victims <= 3; plan->victims++)
      for (unsigned i = 0; i < G_N_ELEMENTS (delays); i++)
        {
          plan->save_delay = delays[i];
          plan->is_quick = (plan->victims + i) % 2;
          body (plan);
        }
}

/* On a good network. */
static void
test_once (void)
{
  Plan plan = { .stride = 1 };

  for_all (run_all_deaths, &plan);
}

/* On one that loses every fifth datagram and reorders the others. */
static void
test_bad_network (void)
{
  Plan plan = { .stride = 1, .loss = 0.2, .jitter_us = 100 * 1000 };

  for_all (run_all_deaths, &plan);
}

static void
run_second_deaths (Plan *plan)
{
  for (plan->again_victims = 1; plan->again_victims <= 3; plan->again_victims++)
    for (plan->again = 1; plan->again <= 28; plan->again += 3)
      run_all_deaths (plan);
}

/* Somebody dies again while they come back. */
static void
test_twice (void)
{
  Plan plan = { .stride = 3, .jitter_us = 100 * 1000 };

  for_all (run_second_deaths, &plan);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rotation-crash/once/comes-back", test_once);
  g_test_add_func ("/rotation-crash/bad-network/comes-back", test_bad_network);
  g_test_add_func ("/rotation-crash/twice/comes-back", test_twice);
  return g_test_run ();
}
