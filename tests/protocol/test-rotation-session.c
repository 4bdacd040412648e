/* test-rotation-session.c: key rotations of a session over all kinds of networks. */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

#define BULK_SIZE (2 * 1024 * 1024)

static void
get_stats (const Pair *pair, unsigned side, ClawConnectionStats *stats)
{
  g_assert_nonnull (pair->sides[side].connection);
  claw_connection_get_stats (pair->sides[side].connection, stats);
}

static uint64_t
get_epoch (const Pair *pair, unsigned side)
{
  ClawConnectionStats stats;

  get_stats (pair, side, &stats);
  return stats.key_epoch;
}

/* Both sides are in @epoch, with the same secrets and nothing of the past. */
static void
assert_settled (const Pair *pair, uint64_t epoch)
{
  const ClawKeySlots *keys[2];

  for (unsigned side = 0; side < 2; side++)
    {
      g_assert_cmpuint (get_epoch (pair, side), ==, epoch);
      keys[side] = &pair->sides[side].connection->keys;
      g_assert_false (claw_key_slots_has_previous (keys[side]));
      g_assert_false (claw_key_slots_has_next (keys[side]));
      g_assert_cmpint (pair->sides[side].connection->rotation.state, ==, CLAW_ROTATION_IDLE);
      g_assert_cmpuint (keys[side]->current.phase, ==, epoch % 4);
    }
  g_assert_true (claw_key_equal (&keys[0]->chain, &keys[1]->chain));
  g_assert_true (claw_key_equal (&keys[0]->resumption, &keys[1]->resumption));
}

static void
assert_alive (Pair *pair)
{
  for (unsigned side = 0; side < 2; side++)
    {
      g_byte_array_set_size (pair->sides[side].received, 0);
      pair_write (pair, side, "hello", 5);
    }
  pair_run (pair, 5 * G_USEC_PER_SEC);
  for (unsigned side = 0; side < 2; side++)
    g_assert_cmpmem (pair->sides[side].received->data, pair->sides[side].received->len, "hello", 5);
}

/* On demand, from either side, ten times: two datagrams each way in an idle session, and an event
 * on both sides. */
static void
test_on_demand (void)
{
  g_autoptr (Pair) pair = pair_new (1);

  pair_establish (pair);
  pair_run (pair, 3 * G_USEC_PER_SEC);
  for (unsigned i = 1; i <= 10; i++)
    {
      unsigned sent = pair->sides[0].n_sent + pair->sides[1].n_sent;

      g_assert_true (claw_connection_rotate_keys (pair->sides[i % 2].connection));
      pair_run (pair, 3 * G_USEC_PER_SEC);
      assert_settled (pair, i);
      g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_REKEYED], ==, i);
      /* The initiator hears of its first secret too. */
      g_assert_cmpuint (pair->sides[PAIR_CLIENT].events[CLAW_ENDPOINT_REKEYED], ==, i + 1);
      sent = pair->sides[0].n_sent + pair->sides[1].n_sent - sent;
      g_assert_cmpuint (sent, <=, 5);
    }
  assert_alive (pair);
}

/* Without a session there is nothing to rotate. */
static void
test_no_session (void)
{
  g_autoptr (Pair) pair = pair_new (2);

  pair_connect (pair, NULL, G_MAXINT64);
  g_assert_false (claw_connection_rotate_keys (pair->sides[PAIR_CLIENT].connection));
}

/* By time, on an idle session as on a busy one: at most a tenth earlier than the interval. */
static void
test_by_time (void)
{
  g_autoptr (Pair) pair = pair_new (3);
  ClawConnectionStats stats;

  pair->rotation_us = 60 * G_USEC_PER_SEC;
  pair_restart (pair, PAIR_CLIENT, 0);
  pair_restart (pair, PAIR_SERVER, 0);
  pair_establish (pair);
  get_stats (pair, PAIR_SERVER, &stats);
  g_assert_cmpint (stats.keys_due_at_us, <=, pair->now_us + pair->rotation_us);
  g_assert_cmpint (stats.keys_due_at_us, >=, pair->now_us + pair->rotation_us * 8 / 10);
  pair_run (pair, 601 * G_USEC_PER_SEC);
  g_assert_cmpuint (get_epoch (pair, PAIR_SERVER), >=, 10);
  g_assert_cmpuint (get_epoch (pair, PAIR_SERVER), <=, 11);
  get_stats (pair, PAIR_CLIENT, &stats);
  g_assert_cmpint (stats.keys_changed_at_us, >, pair->now_us - pair->rotation_us);
  assert_alive (pair);
}

/* By the number of records under one key, at a rate at which a round trip has thousands of them. */
static void
test_by_records (void)
{
  g_autoptr (Pair) pair = pair_new (4);
  g_autoptr (GByteArray) bulk = pair_make_bulk (pair, 8 * BULK_SIZE);

  pair->rotation_records = 4000;
  pair_restart (pair, PAIR_CLIENT, 0);
  pair_restart (pair, PAIR_SERVER, 0);
  pair_establish (pair);
  pair_write (pair, PAIR_SERVER, bulk->data, bulk->len);
  for (unsigned i = 0; i < 200 && pair->sides[PAIR_CLIENT].received->len < bulk->len; i++)
    {
      pair_run (pair, G_USEC_PER_SEC / 10);
      g_assert_cmpuint (pair->sides[PAIR_SERVER].connection->keys.sealed, <, 8000);
    }
  g_assert_cmpmem (pair->sides[PAIR_CLIENT].received->data, pair->sides[PAIR_CLIENT].received->len,
                   bulk->data, bulk->len);
  g_assert_cmpuint (get_epoch (pair, PAIR_CLIENT), >=, 2);
}

/* A side whose secret is never saved does not rotate, and ends the session with its last record. */
static void
test_worn_out (void)
{
  g_autoptr (Pair) pair = pair_new (5);
  g_autoptr (GByteArray) bulk = pair_make_bulk (pair, BULK_SIZE);

  pair->rotation_records = 200;
  pair->sides[PAIR_CLIENT].holds_saves = TRUE;
  pair_restart (pair, PAIR_CLIENT, 0);
  pair_restart (pair, PAIR_SERVER, 0);
  pair_establish (pair);
  ClawKeySlots *keys = &pair->sides[PAIR_SERVER].connection->keys;
  pair_write (pair, PAIR_SERVER, bulk->data, bulk->len);
  while (pair->sides[PAIR_SERVER].connection != NULL)
    {
      g_assert_cmpuint (keys->sealed, <=, 400);
      pair_run (pair, G_USEC_PER_SEC / 100);
    }
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpint (pair->sides[PAIR_SERVER].reason, ==, CLAW_CLOSE_LOST);
  g_assert_cmpint (pair->sides[PAIR_CLIENT].reason, ==, CLAW_CLOSE_PEER);
  g_assert_cmpint (pair->sides[PAIR_CLIENT].peer_code, ==, CLAW_CLOSE_CODE_TOO_SLOW);
}

/* Under load. */

typedef struct
{
  gint64 took_us;    /* for everything, both ways */
  gint64 stalled_us; /* longest time without a byte on one side */
  uint64_t dropped;  /* records that came and could not be opened, or were repeated */
  uint64_t lost;
  uint64_t rotations;
} Load;

/* Sends BULK_SIZE both ways and looks every 5 ms at how far it is. */
static void
run_load (uint32_t seed, double loss, gint64 jitter_us, gint64 rotate_us, Load *load)
{
  g_autoptr (Pair) pair = pair_new (seed);
  g_autoptr (GByteArray) bulk = pair_make_bulk (pair, BULK_SIZE);
  guint received[2] = { 0, 0 };
  gint64 since_us[2];

  pair_establish (pair);
  pair->loss = loss;
  pair->jitter_us = jitter_us;
  gint64 start_us = pair->now_us, next_us = start_us + rotate_us / 2;
  for (unsigned side = 0; side < 2; side++)
    {
      since_us[side] = start_us;
      pair_write (pair, side, bulk->data, bulk->len);
    }
  while (received[0] < BULK_SIZE || received[1] < BULK_SIZE)
    {
      if (rotate_us > 0 && pair->now_us >= next_us)
        {
          claw_connection_rotate_keys (pair->sides[g_rand_int (pair->random) % 2].connection);
          next_us += rotate_us;
        }
      pair_run (pair, 5000);
      for (unsigned side = 0; side < 2; side++)
        {
          guint now = pair->sides[side].received->len;

          if (received[side] < BULK_SIZE)
            load->stalled_us = MAX (load->stalled_us, pair->now_us - since_us[side]);
          if (now != received[side])
            since_us[side] = pair->now_us;
          received[side] = now;
        }
    }
  load->took_us += pair->now_us - start_us;
  load->rotations += get_epoch (pair, PAIR_CLIENT);
  for (unsigned side = 0; side < 2; side++)
    {
      ClawConnectionStats stats;

      get_stats (pair, side, &stats);
      load->dropped += stats.datagrams_dropped;
      load->lost += stats.datagrams_lost;
      g_assert_cmpmem (pair->sides[side].received->data, pair->sides[side].received->len,
                       bulk->data, bulk->len);
    }
}

/* With a tenth of all datagrams lost and the others reordered, each record that comes can be
 * opened, and it all takes no longer than without rotations. */
static void
test_full_load (void)
{
  Load with = { 0 }, without = { 0 };

  for (uint32_t seed = 1; seed <= 20; seed++)
    {
      run_load (seed, 0.1, 15 * 1000, 0, &without);
      run_load (seed, 0.1, 15 * 1000, 1200 * 1000, &with);
    }
  g_test_message ("without rotations %.2f s, longest stall %.3f s", (double) without.took_us / 1e6,
                  (double) without.stalled_us / 1e6);
  g_test_message ("with %u rotations %.2f s, longest stall %.3f s", (unsigned) with.rotations,
                  (double) with.took_us / 1e6, (double) with.stalled_us / 1e6);
  g_assert_cmpuint (without.rotations, ==, 0);
  g_assert_cmpuint (with.rotations, >=, 100);
  g_assert_cmpuint (with.dropped, ==, 0);
  g_assert_cmpint (with.took_us, <, without.took_us * 11 / 10);
  g_assert_cmpint (with.stalled_us, <, without.stalled_us * 3 / 2);
}

/* On a network that loses nothing no record is lost, refused or repeated over a rotation. */
static void
test_no_loss (void)
{
  Load with = { 0 }, without = { 0 };

  for (uint32_t seed = 1; seed <= 5; seed++)
    {
      run_load (seed, 0, 0, 0, &without);
      run_load (seed, 0, 0, 200 * 1000, &with);
    }
  g_assert_cmpuint (with.rotations, >=, 3);
  g_assert_cmpuint (with.dropped, ==, 0);
  g_assert_cmpuint (with.lost, ==, without.lost);
  g_assert_cmpint (with.took_us, <=, without.took_us + 20 * 1000);
}

typedef struct
{
  unsigned from; /* side whose datagrams are dropped */
  unsigned skip; /* so many pass first */
  unsigned drop; /* then so many do not */
} Cut;

static gboolean
cut (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  Cut *one = pair->filter_data;

  if (side != one->from)
    return TRUE;
  if (one->skip > 0)
    {
      one->skip--;
      return TRUE;
    }
  if (one->drop == 0)
    return TRUE;
  one->drop--;
  return FALSE;
}

/* Whichever datagrams of a rotation get lost, one or several, it comes to its end. */
static void
test_lost (void)
{
  for (unsigned starters = 1; starters <= 3; starters++)
    for (unsigned from = 0; from < 2; from++)
      for (unsigned skip = 0; skip < 6; skip++)
        for (unsigned drop = 1; drop <= 4; drop++)
          {
            g_autoptr (Pair) pair = pair_new (6);
            Cut one = { .from = from, .skip = skip, .drop = drop };

            pair_establish (pair);
            pair_run (pair, G_USEC_PER_SEC);
            pair->filter = cut;
            pair->filter_data = &one;
            for (unsigned side = 0; side < 2; side++)
              if (starters & 1u << side)
                claw_connection_rotate_keys (pair->sides[side].connection);
            pair_run (pair, 12 * G_USEC_PER_SEC);
            pair->filter = NULL;
            assert_alive (pair);
            assert_settled (pair, 1);
          }
}

/* Every datagram twice and in any order. */
static void
test_repeated (void)
{
  for (uint32_t seed = 1; seed <= 50; seed++)
    {
      g_autoptr (Pair) pair = pair_new (seed);

      pair_establish (pair);
      pair->duplication = 1;
      pair->jitter_us = 300 * 1000;
      pair->loss = 0.1 * (seed % 3);
      for (unsigned i = 1; i <= 5; i++)
        {
          claw_connection_rotate_keys (pair->sides[g_rand_int (pair->random) % 2].connection);
          pair_run (pair, 30 * G_USEC_PER_SEC);
          assert_settled (pair, i);
        }
      assert_alive (pair);
    }
}

/* Both at the same moment is one rotation. */
static void
test_both_at_once (void)
{
  for (uint32_t seed = 1; seed <= 20; seed++)
    {
      g_autoptr (Pair) pair = pair_new (seed);

      pair_establish (pair);
      pair_run (pair, G_USEC_PER_SEC);
      pair->loss = 0.05 * (seed % 4);
      claw_connection_rotate_keys (pair->sides[0].connection);
      if (seed % 2)
        pair_run (pair, g_rand_int_range (pair->random, 0, (gint32) pair->delay_us));
      claw_connection_rotate_keys (pair->sides[1].connection);
      pair_run (pair, 15 * G_USEC_PER_SEC);
      assert_settled (pair, 1);
      assert_alive (pair);
    }
}

/* An application that has not saved the last secret is not asked to keep another one. */
static void
test_waits_for_save (void)
{
  for (unsigned holder = 0; holder < 2; holder++)
    {
      g_autoptr (Pair) pair = pair_new (8);

      pair->sides[holder].holds_saves = TRUE;
      pair_establish (pair);
      for (unsigned side = 0; side < 2; side++)
        claw_connection_rotate_keys (pair->sides[side].connection);
      pair_run (pair, 40 * G_USEC_PER_SEC);
      g_assert_cmpuint (get_epoch (pair, 0), ==, 0);
      g_assert_cmpuint (get_epoch (pair, 1), ==, 0);
      claw_connection_resumption_saved (pair->sides[holder].connection);
      pair_run (pair, 5 * G_USEC_PER_SEC);
      assert_settled (pair, 1);
      /* The next one has to wait again. */
      claw_connection_rotate_keys (pair->sides[1 - holder].connection);
      pair_run (pair, 5 * G_USEC_PER_SEC);
      g_assert_cmpuint (get_epoch (pair, 0), ==, 1);
    }
}

typedef struct
{
  uint8_t data[2][CLAW_CONNECTION_DATAGRAM_MAX];
  size_t length[2];
  unsigned n;
} Held;

static gboolean
hold (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  Held *held = pair->filter_data;

  if (side != PAIR_CLIENT || held->n == 2)
    return TRUE;
  memcpy (held->data[held->n], data, length);
  held->length[held->n++] = length;
  return FALSE;
}

/* A record of the old phase that comes late is opened within the grace, and dropped after it. */
static void
test_grace (void)
{
  g_autoptr (Pair) pair = pair_new (9);
  const ClawAddress *from = &pair->sides[PAIR_CLIENT].address;
  Held held = { .n = 0 };
  ClawConnectionStats stats;

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  pair->filter = hold;
  pair->filter_data = &held;
  for (unsigned i = 0; i < 2; i++)
    {
      pair_write (pair, PAIR_CLIENT, "late", 4);
      pair_run (pair, 1000);
    }
  g_assert_cmpuint (held.n, ==, 2);
  claw_connection_rotate_keys (pair->sides[PAIR_CLIENT].connection);
  pair_run (pair, 500 * 1000);
  g_assert_true (claw_key_slots_has_previous (&pair->sides[PAIR_SERVER].connection->keys));
  get_stats (pair, PAIR_SERVER, &stats);
  uint64_t received = stats.datagrams_received;
  pair_inject (pair, PAIR_SERVER, from, held.data[0], held.length[0]);
  get_stats (pair, PAIR_SERVER, &stats);
  g_assert_cmpuint (stats.datagrams_received, ==, received + 1);
  g_assert_cmpuint (stats.datagrams_dropped, ==, 0);
  pair_run (pair, 2 * G_USEC_PER_SEC);
  pair_inject (pair, PAIR_SERVER, from, held.data[1], held.length[1]);
  get_stats (pair, PAIR_SERVER, &stats);
  g_assert_cmpuint (stats.datagrams_dropped, ==, 1);
  assert_settled (pair, 1);
}

/* A rotation is no change of path: where datagrams go, what the path is known to carry, and how
 * fast it is, all stay; no challenge is sent. */
static void
test_path_untouched (void)
{
  g_autoptr (Pair) pair = pair_new (10);
  g_autoptr (GByteArray) bulk = pair_make_bulk (pair, 200 * 1024);
  ClawPath paths[2];
  ClawCongestion congestion[2];
  ClawMtu mtus[2];
  gint64 rtt_us[2];

  pair_establish (pair);
  for (unsigned side = 0; side < 2; side++)
    pair_write (pair, side, bulk->data, bulk->len);
  pair_run (pair, 10 * G_USEC_PER_SEC);
  for (unsigned side = 0; side < 2; side++)
    {
      paths[side] = pair->sides[side].connection->path;
      mtus[side] = pair->sides[side].connection->mtu;
      congestion[side] = pair->sides[side].connection->recovery.congestion;
      rtt_us[side] = pair->sides[side].connection->recovery.rtt.smoothed_us;
    }
  for (unsigned i = 0; i < 5; i++)
    {
      claw_connection_rotate_keys (pair->sides[i % 2].connection);
      pair_run (pair, 5 * G_USEC_PER_SEC);
    }
  assert_settled (pair, 5);
  for (unsigned side = 0; side < 2; side++)
    {
      const ClawConnection *connection = pair->sides[side].connection;

      g_assert_true (claw_route_equal (&connection->path.current, &paths[side].current));
      g_assert_cmpint (connection->path.candidate.route.peer.family, ==, CLAW_ADDRESS_NONE);
      g_assert_cmpint (connection->path.move.route.peer.family, ==, CLAW_ADDRESS_NONE);
      g_assert_cmpuint (connection->path.n_responses, ==, 0);
      g_assert_cmpint (connection->mtu.state, ==, mtus[side].state);
      g_assert_cmpuint (connection->mtu.size, ==, mtus[side].size);
      g_assert_cmpuint (connection->mtu.probe_number, ==, mtus[side].probe_number);
      g_assert_cmpuint (connection->recovery.congestion.window, >=, congestion[side].window);
      g_assert_cmpint (ABS (connection->recovery.rtt.smoothed_us - rtt_us[side]), <, 10 * 1000);
    }
}

/* A REKEY that breaks the rules ends the session. */
static void
test_rules (void)
{
  static const uint64_t epochs[] = { 0, 2, 1000000 };

  for (unsigned i = 0; i < G_N_ELEMENTS (epochs); i++)
    {
      g_autoptr (Pair) pair = pair_new (11);
      uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX], key[CLAW_PUBLIC_KEY_SIZE];
      ClawWriter writer;

      pair_establish (pair);
      memset (key, 9, sizeof key);
      ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
      claw_writer_init (&writer, datagram + CLAW_RECORD_HEADER_SIZE, 100);
      claw_frame_write_rekey (&writer, epochs[i], key);
      size_t length = claw_key_slots_seal (&client->keys, client->next_counter++, datagram,
                                           writer.used);
      pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, datagram, length);
      pair_run (pair, G_USEC_PER_SEC);
      g_assert_cmpint (pair->sides[PAIR_SERVER].reason, ==, CLAW_CLOSE_PROTOCOL);
      g_assert_cmpint (pair->sides[PAIR_CLIENT].peer_code, ==, CLAW_CLOSE_CODE_PROTOCOL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rotation-session/begin/on-demand", test_on_demand);
  g_test_add_func ("/rotation-session/begin/no-session", test_no_session);
  g_test_add_func ("/rotation-session/begin/by-time", test_by_time);
  g_test_add_func ("/rotation-session/begin/by-records", test_by_records);
  g_test_add_func ("/rotation-session/begin/both-at-once", test_both_at_once);
  g_test_add_func ("/rotation-session/save/waited-for", test_waits_for_save);
  g_test_add_func ("/rotation-session/save/worn-out", test_worn_out);
  g_test_add_func ("/rotation-session/load/nothing-delayed", test_full_load);
  g_test_add_func ("/rotation-session/load/nothing-lost", test_no_loss);
  g_test_add_func ("/rotation-session/network/lost", test_lost);
  g_test_add_func ("/rotation-session/network/repeated", test_repeated);
  g_test_add_func ("/rotation-session/grace/late-record", test_grace);
  g_test_add_func ("/rotation-session/path/untouched", test_path_untouched);
  g_test_add_func ("/rotation-session/rules/broken", test_rules);
  return g_test_run ();
}
