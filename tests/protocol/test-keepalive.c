/* test-keepalive.c: how long an idle session is silent, with a NAT and without. */
#include "claw-connection-private.h"
#include "claw-keepalive.h"
#include "pair.h"

#define SECOND_US ((gint64) G_USEC_PER_SEC)
#define HOUR_US (3600 * SECOND_US)

/* How long a peer may be silent, from what it said of itself. */
static void
test_idle_limit (void)
{
  static const struct
  {
    uint64_t quiet_s;
    gint64 idle_s;
  } table[] = {
    { 0, 60 },    { 20, 60 },   { 21, 62 },   { 25, 70 },           { 110, 240 },
    { 290, 600 }, { 291, 600 }, { 600, 600 }, { G_MAXUINT64, 600 },
  };
  g_autoptr (GRand) jitter = g_rand_new_with_seed (1);
  ClawKeepalive keepalive;

  claw_keepalive_init (&keepalive, jitter);
  g_assert_cmpint (keepalive.idle_us, ==, 60 * SECOND_US);
  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      claw_keepalive_on_quiet (&keepalive, table[i].quiet_s, i);
      g_assert_cmpint (keepalive.idle_us, ==, table[i].idle_s * SECOND_US);
    }
}

/* What was said earlier and comes later does not count. */
static void
test_overtaken (void)
{
  g_autoptr (GRand) jitter = g_rand_new_with_seed (1);
  ClawKeepalive keepalive;

  claw_keepalive_init (&keepalive, jitter);
  claw_keepalive_on_quiet (&keepalive, 110, 7);
  claw_keepalive_on_quiet (&keepalive, 25, 6);
  g_assert_cmpint (keepalive.idle_us, ==, 240 * SECOND_US);
  claw_keepalive_on_quiet (&keepalive, 25, 8);
  g_assert_cmpint (keepalive.idle_us, ==, 70 * SECOND_US);
}

/* The long silence begins only when the peer knows of it, and not by an answer to what was said
 * before. */
static void
test_told_first (void)
{
  g_autoptr (GRand) jitter = g_rand_new_with_seed (1);
  ClawKeepalive keepalive;

  claw_keepalive_init (&keepalive, jitter);
  g_assert_false (keepalive.must_tell);
  claw_keepalive_set_behind_nat (&keepalive, FALSE, 10, jitter);
  g_assert_true (keepalive.must_tell);
  g_assert_cmpuint (claw_keepalive_tell (&keepalive), ==, 55);
  g_assert_cmpint (keepalive.interval_us, <=, CLAW_KEEPALIVE_NAT_MAX_US);
  claw_keepalive_on_lost (&keepalive);
  g_assert_true (keepalive.must_tell);
  claw_keepalive_set_behind_nat (&keepalive, TRUE, 20, jitter);
  g_assert_cmpuint (claw_keepalive_tell (&keepalive), ==, 25);
  claw_keepalive_set_behind_nat (&keepalive, FALSE, 30, jitter);
  claw_keepalive_on_told (&keepalive, 10, jitter);
  claw_keepalive_on_told (&keepalive, 20, jitter);
  g_assert_cmpint (keepalive.interval_us, <=, CLAW_KEEPALIVE_NAT_MAX_US);
  claw_keepalive_on_told (&keepalive, 30, jitter);
  claw_keepalive_renew (&keepalive, jitter);
  g_assert_cmpint (keepalive.interval_us, >=, CLAW_KEEPALIVE_MIN_US);
  g_assert_cmpint (keepalive.interval_us, <=, CLAW_KEEPALIVE_MAX_US);

  /* Back behind a NAT: at once. */
  claw_keepalive_set_behind_nat (&keepalive, TRUE, 40, jitter);
  g_assert_cmpint (keepalive.interval_us, <=, CLAW_KEEPALIVE_NAT_MAX_US);
}

/* A firewall takes what lasted no longer than 2 s for a question and its answer, and forgets it
 * after 30 s: the first keepalive on a path comes in time for that, as one does after each move. */
static void
test_fresh_path (void)
{
  g_autoptr (GRand) jitter = g_rand_new_with_seed (1);
  ClawKeepalive keepalive;

  claw_keepalive_init (&keepalive, jitter);
  claw_keepalive_set_behind_nat (&keepalive, FALSE, 10, jitter);
  claw_keepalive_on_told (&keepalive, 10, jitter);
  for (unsigned i = 0; i < 3; i++)
    {
      g_assert_cmpint (keepalive.interval_us, >=, CLAW_KEEPALIVE_NAT_MIN_US);
      g_assert_cmpint (keepalive.interval_us, <=, CLAW_KEEPALIVE_NAT_MAX_US);
      claw_keepalive_renew (&keepalive, jitter);
      g_assert_cmpint (keepalive.interval_us, >=, CLAW_KEEPALIVE_MIN_US);
      claw_keepalive_on_moved (&keepalive, jitter);
    }
}

static void
assert_alive (const Pair *pair)
{
  for (unsigned side = 0; side < 2; side++)
    g_assert_cmpuint (pair->sides[side].events[CLAW_ENDPOINT_CLOSED], ==, 0);
}

/* An idle hour, in datagrams of both sides: a PING and its ACK every 20 to 25 s, or every 50 to
 * 55 s. */
static void
test_idle_hour (void)
{
  static const struct
  {
    gboolean is_behind_nat;
    unsigned least, most;
  } table[] = { { TRUE, 2 * 3600 / 26, 2 * 3600 / 20 }, { FALSE, 2 * 3600 / 56, 2 * 3600 / 50 } };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (Pair) pair = pair_new (1);

      pair_establish (pair);
      claw_connection_set_behind_nat (pair->sides[PAIR_CLIENT].connection, table[i].is_behind_nat);
      /* The first one is early in any case. */
      pair_run (pair, 30 * SECOND_US);
      unsigned before = pair_count_sent (pair);
      pair_run (pair, HOUR_US);
      unsigned n = pair_count_sent (pair) - before;
      g_assert_cmpuint (n, >=, table[i].least);
      g_assert_cmpuint (n, <=, table[i].most);
      g_test_message ("%s a NAT: %.2f datagrams a minute, both ways together",
                      table[i].is_behind_nat ? "behind" : "without", n / 60.0);
      assert_alive (pair);
    }
}

static gboolean
drop_some (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  unsigned *left = pair->filter_data;

  if (*left == 0)
    return TRUE;
  --*left;
  return FALSE;
}

/* A QUIET that is lost is said again, and no session is given up over it. */
static void
test_lost_quiet (void)
{
  for (unsigned n_lost = 1; n_lost < 6; n_lost++)
    {
      g_autoptr (Pair) pair = pair_new (2);
      unsigned left = n_lost;

      pair_establish (pair);
      pair_run (pair, SECOND_US);
      pair->filter = drop_some;
      pair->filter_data = &left;
      claw_connection_set_behind_nat (pair->sides[PAIR_CLIENT].connection, FALSE);
      pair_run (pair, HOUR_US);
      const ClawConnection *server = pair->sides[PAIR_SERVER].connection;
      g_assert_nonnull (server);
      g_assert_cmpint (server->keepalive.idle_us, ==, 130 * SECOND_US);
      assert_alive (pair);
    }
}

/* A client that is gone is noticed later when it had said that it would be silent. */
static void
test_gone (void)
{
  g_autoptr (Pair) pair = pair_new (3);

  pair_establish (pair);
  claw_connection_set_behind_nat (pair->sides[PAIR_CLIENT].connection, FALSE);
  pair_run (pair, SECOND_US);
  pair->loss = 1;
  pair_run (pair, 128 * SECOND_US);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 0);
  pair_run (pair, 3 * SECOND_US);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_CLOSED], ==, 1);
}

/* A port to which nothing gets through. */
static gboolean
carry_but_new_port (
    Pair *pair, unsigned side, const ClawRoute *to, ClawAddress *from, uint8_t *socket)
{
  *socket = 0;
  return to->peer.port != 60001;
}

/* Challenges that go to a port which cannot be reached do not stand for keepalives on the path in
 * use: the session lives on, with a NAT and without, wherever between two keepalives the port
 * changes. */
static void
test_unreachable_port (void)
{
  for (unsigned i = 0; i < 20; i++)
    {
      g_autoptr (Pair) pair = pair_new (i + 1);

      pair_establish (pair);
      pair->carrier = carry_but_new_port;
      claw_connection_set_behind_nat (pair->sides[PAIR_CLIENT].connection, i % 2 == 0);
      pair_run (pair, (30 + 61 * (gint64) i) * SECOND_US);
      claw_connection_tell_port (pair->sides[PAIR_SERVER].connection, 1001, 3600, 60001,
                                 &pair->psk);
      pair_run (pair, 600 * SECOND_US);
      g_assert_nonnull (claw_connection_get_port_schedule (pair->sides[PAIR_CLIENT].connection));
      assert_alive (pair);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/keepalive/quiet/idle-limit", test_idle_limit);
  g_test_add_func ("/keepalive/quiet/overtaken", test_overtaken);
  g_test_add_func ("/keepalive/quiet/told-first", test_told_first);
  g_test_add_func ("/keepalive/path/fresh", test_fresh_path);
  g_test_add_func ("/keepalive/session/idle-hour", test_idle_hour);
  g_test_add_func ("/keepalive/session/lost-quiet", test_lost_quiet);
  g_test_add_func ("/keepalive/session/gone", test_gone);
  g_test_add_func ("/keepalive/session/unreachable-port", test_unreachable_port);
  return g_test_run ();
}
