/* test-connection-paths.c: sessions whose ends change their addresses and ports, measured in round
 * trips.
 *
 * The clocks of a pair stand still while nothing happens, so that times are exact.
 */
#include "pair.h"

#include <string.h>

#define ROUND_TRIP_US (2 * 20 * 1000)
#define NEW_PORT 60001
#define BULK_SIZE (200 * 1024)

static const char *const new_addresses[] = { "192.0.2.1:41000", "203.0.113.77:40000" };

static Pair *
pair_new_established (uint32_t seed)
{
  Pair *pair = pair_new (seed);

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  return pair;
}

static void
move_side (Pair *pair, unsigned side, const char *address)
{
  g_assert_true (claw_address_parse (address, &pair->sides[side].address));
}

/* Runs until @condition holds. Returns: after how many round trips that was. */
#define COUNT_ROUND_TRIPS(pair, condition) \
  ({ \
    gint64 start_us = (pair)->now_us; \
    while (!(condition) && (pair)->now_us < start_us + 20 * ROUND_TRIP_US) \
      pair_run (pair, 1000); \
    (double) ((pair)->now_us - start_us) / ROUND_TRIP_US; \
  })

static gboolean
has_received (const Pair *pair, unsigned side, const char *text)
{
  const GByteArray *received = pair->sides[side].received;

  return received->len == strlen (text) && memcmp (received->data, text, received->len) == 0;
}

static const ClawAddress *
get_peer (const Pair *pair, unsigned side)
{
  return claw_connection_get_peer_address (pair->sides[side].connection);
}

static void
tell_port (Pair *pair, unsigned socket, uint16_t port)
{
  PairSide *server = &pair->sides[PAIR_SERVER];

  server->ports[socket] = port;
  claw_connection_tell_port (server->connection, 1000 + socket, 3600, port, &pair->psk);
}

/* The answer to a line from a new address comes there one round trip after it was said, and the
 * path has moved one and a half after. */
static void
test_roaming_client (void)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (new_addresses); i++)
    {
      g_autoptr (Pair) pair = pair_new_established (1);
      ClawConnection *server = pair->sides[PAIR_SERVER].connection;

      move_side (pair, PAIR_CLIENT, new_addresses[i]);
      pair_write (pair, PAIR_CLIENT, "here", 4);
      g_assert_cmpfloat (COUNT_ROUND_TRIPS (pair, has_received (pair, PAIR_SERVER, "here")), <,
                         0.55);
      pair_write (pair, PAIR_SERVER, "welcome", 7);
      g_assert_cmpfloat (COUNT_ROUND_TRIPS (pair, has_received (pair, PAIR_CLIENT, "welcome")), <,
                         0.55);
      g_assert_cmpfloat (
          COUNT_ROUND_TRIPS (pair, claw_address_equal (claw_connection_get_peer_address (server),
                                                       &pair->sides[PAIR_CLIENT].address)),
          <, 0.55);
    }
}

/* A server whose address changes is followed in the same time. */
static void
test_roaming_server (void)
{
  g_autoptr (Pair) pair = pair_new_established (2);

  move_side (pair, PAIR_SERVER, "198.51.100.9:50001");
  pair_write (pair, PAIR_SERVER, "here", 4);
  COUNT_ROUND_TRIPS (pair, has_received (pair, PAIR_CLIENT, "here"));
  pair_write (pair, PAIR_CLIENT, "seen", 4);
  g_assert_cmpfloat (COUNT_ROUND_TRIPS (pair, has_received (pair, PAIR_SERVER, "seen")), <, 0.55);
  g_assert_true (
      claw_address_equal (get_peer (pair, PAIR_CLIENT), &pair->sides[PAIR_SERVER].address)
      || COUNT_ROUND_TRIPS (pair, claw_address_equal (get_peer (pair, PAIR_CLIENT),
                                                      &pair->sides[PAIR_SERVER].address))
             < 1.05);
}

/* A long way down to a client that moves costs the time until the first challenge is answered, and
 * nothing sent into the void: hardly a datagram counts as lost. */
static void
test_roaming_bulk (void)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (new_addresses); i++)
    {
      g_autoptr (Pair) pair = pair_new_established (3);
      g_autoptr (GByteArray) down = pair_make_bulk (pair, BULK_SIZE);
      gint64 start_us = pair->now_us;

      pair_write (pair, PAIR_SERVER, down->data, down->len);
      pair_run (pair, 3 * ROUND_TRIP_US);
      g_assert_cmpuint (pair->sides[PAIR_CLIENT].received->len, <, BULK_SIZE);
      move_side (pair, PAIR_CLIENT, new_addresses[i]);
      while (pair->sides[PAIR_CLIENT].received->len < BULK_SIZE
             && pair->now_us < start_us + 60 * G_USEC_PER_SEC)
        pair_run (pair, 1000);
      pair_assert_received (pair, PAIR_CLIENT, down);
      g_assert_cmpint (pair->now_us - start_us, <, 3 * G_USEC_PER_SEC);
    }
}

/* Both ends move, one after the other, again and again. */
static void
test_roaming_in_turns (void)
{
  g_autoptr (Pair) pair = pair_new_established (4);

  for (unsigned i = 0; i < 10; i++)
    {
      unsigned side = i % 2;
      g_autofree char *address = g_strdup_printf ("203.0.113.%u:%u", 10 + i, 40000 + i);

      move_side (pair, side, address);
      pair_write (pair, side, "x", 1);
      pair_run (pair, 3 * ROUND_TRIP_US);
      g_assert_true (claw_address_equal (get_peer (pair, 1 - side), &pair->sides[side].address));
    }
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].received->len, ==, 5);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 5);
}

/* The client hears of the new port, with all that it needs for later ones, and both go on there
 * within two round trips and a half. */
static void
test_port_told (void)
{
  g_autoptr (Pair) pair = pair_new_established (5);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;

  g_assert_null (claw_connection_get_port_schedule (client));
  unsigned before = pair_count_sent (pair);
  tell_port (pair, 1, NEW_PORT);
  g_assert_cmpfloat (COUNT_ROUND_TRIPS (pair, get_peer (pair, PAIR_CLIENT)->port == NEW_PORT), <,
                     1.55);
  g_assert_cmpfloat (COUNT_ROUND_TRIPS (pair, claw_connection_get_socket (server) == 1), <, 1.55);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].events[CLAW_ENDPOINT_PORT], ==, 1);
  const ClawPortNotice *notice = claw_connection_get_port_schedule (client);
  g_assert_nonnull (notice);
  g_assert_cmpuint (notice->slot, ==, 1001);
  g_assert_cmpuint (notice->interval_s, ==, 3600);
  g_assert_cmpuint (notice->port, ==, NEW_PORT);
  g_assert_true (claw_key_equal (&notice->secret, &pair->psk));
  /* The news, two challenges and two answers, a PING, and what acknowledges these. */
  pair_run (pair, G_USEC_PER_SEC);
  g_test_message ("%u datagrams", pair_count_sent (pair) - before);
  g_assert_cmpuint (pair_count_sent (pair) - before, <=, 12);
  pair_write (pair, PAIR_SERVER, "down", 4);
  pair_write (pair, PAIR_CLIENT, "up", 2);
  g_assert_cmpfloat (COUNT_ROUND_TRIPS (pair, has_received (pair, PAIR_CLIENT, "down")
                                                  && has_received (pair, PAIR_SERVER, "up")),
                     <, 0.55);
}

/* A port that does not rotate is only told: nobody moves, and there is no secret. */
static void
test_port_fixed (void)
{
  g_autoptr (Pair) pair = pair_new_established (6);
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;

  pair->sides[PAIR_SERVER].ports[1] = NEW_PORT;
  claw_connection_tell_port (pair->sides[PAIR_SERVER].connection, 0, 0, NEW_PORT, NULL);
  pair_run (pair, G_USEC_PER_SEC);
  const ClawPortNotice *notice = claw_connection_get_port_schedule (client);
  g_assert_nonnull (notice);
  g_assert_cmpuint (notice->interval_s, ==, 0);
  g_assert_false (claw_key_is_set (&notice->secret));
  g_assert_cmpuint (get_peer (pair, PAIR_CLIENT)->port, ==, pair->sides[PAIR_SERVER].address.port);
}

/* Several rotations under load both ways with loss, reordering and duplicates: all arrives once and
 * in order. */
static void
test_port_under_load (void)
{
  for (uint32_t seed = 1; seed <= 30; seed++)
    {
      g_autoptr (Pair) pair = pair_new (100 + seed);
      g_autoptr (GByteArray) up = pair_make_bulk (pair, BULK_SIZE);
      g_autoptr (GByteArray) down = pair_make_bulk (pair, BULK_SIZE);
      unsigned rotations = 0;

      g_test_message ("seed %u", seed);
      pair->sides[PAIR_CLIENT].is_symmetric = seed % 2 == 1;
      pair_establish (pair);
      pair->loss = 0.03 * (seed % 4);
      pair->duplication = 0.1 * (seed % 3);
      pair->jitter_us = (seed % 4) * 10 * 1000;
      pair_write (pair, PAIR_CLIENT, up->data, up->len);
      pair_write (pair, PAIR_SERVER, down->data, down->len);
      for (unsigned i = 0; i < 200
                           && (pair->sides[PAIR_SERVER].received->len < up->len
                               || pair->sides[PAIR_CLIENT].received->len < down->len);
           i++)
        {
          if (i % 5 == 0)
            {
              unsigned socket = 1 + rotations % (PAIR_SOCKETS_MAX - 1);

              tell_port (pair, socket, (uint16_t) (NEW_PORT + rotations));
              rotations++;
            }
          pair_run (pair, G_USEC_PER_SEC / 10);
        }
      pair_assert_received (pair, PAIR_SERVER, up);
      pair_assert_received (pair, PAIR_CLIENT, down);
      pair->loss = 0;
      pair_run (pair, 5 * G_USEC_PER_SEC);
      g_assert_cmpuint (get_peer (pair, PAIR_CLIENT)->port, ==, NEW_PORT + rotations - 1);
    }
}

/* On a good line a rotation costs no retransmission, and no pause: a transfer with rotations in it
 * takes as long as one without. */
static void
test_port_costs_nothing (void)
{
  for (unsigned side = 0; side < 2; side++)
    {
      gint64 durations_us[2];

      for (unsigned rotate = 0; rotate < 2; rotate++)
        {
          g_autoptr (Pair) pair = pair_new_established (7);
          g_autoptr (GByteArray) bulk = pair_make_bulk (pair, BULK_SIZE);
          gint64 start_us = pair->now_us;
          ClawConnectionStats stats;

          pair_write (pair, side, bulk->data, bulk->len);
          for (unsigned i = 0; pair->sides[1 - side].received->len < bulk->len; i++)
            {
              g_assert_cmpuint (i, <, 10000);
              if (rotate && i % 150 == 50)
                tell_port (pair, 1 + i / 150, (uint16_t) (NEW_PORT + i));
              pair_run (pair, 1000);
            }
          durations_us[rotate] = pair->now_us - start_us;
          claw_connection_get_stats (pair->sides[side].connection, &stats);
          g_assert_cmpuint (stats.datagrams_lost, ==, 0);
        }
      g_assert_cmpint (durations_us[1], <=, durations_us[0] + 10 * 1000);
    }
}

/* Behind a NAT that maps each destination to another port, the server sees the client elsewhere
 * after the move. */
static void
test_port_symmetric_nat (void)
{
  g_autoptr (Pair) pair = pair_new (8);

  pair->sides[PAIR_CLIENT].is_symmetric = TRUE;
  pair_establish (pair);
  for (unsigned socket = 1; socket < PAIR_SOCKETS_MAX; socket++)
    {
      ClawAddress seen;

      tell_port (pair, socket, (uint16_t) (NEW_PORT + socket));
      pair_run (pair, 4 * ROUND_TRIP_US);
      pair_get_address (&pair->sides[PAIR_CLIENT], 0, (uint16_t) (NEW_PORT + socket), &seen);
      g_assert_true (claw_address_equal (get_peer (pair, PAIR_SERVER), &seen));
      g_assert_cmpuint (claw_connection_get_socket (pair->sides[PAIR_SERVER].connection), ==,
                        socket);
    }
}

/* The client's address changes at the moment of the rotation, in all phases of the move: the
 * session goes on at the new port from the new address. */
static void
test_port_and_roaming (void)
{
  for (unsigned phase = 0; phase < 16; phase++)
    for (unsigned i = 0; i < G_N_ELEMENTS (new_addresses); i++)
      {
        g_autoptr (Pair) pair = pair_new_established (9);

        tell_port (pair, 1, NEW_PORT);
        pair_run (pair, phase * ROUND_TRIP_US / 6);
        move_side (pair, PAIR_CLIENT, new_addresses[i]);
        pair_write (pair, PAIR_CLIENT, "moved", 5);
        pair_run (pair, 2 * G_USEC_PER_SEC);
        pair_write (pair, PAIR_SERVER, "found", 5);
        pair_run (pair, 10 * G_USEC_PER_SEC);
        g_assert_true (has_received (pair, PAIR_SERVER, "moved"));
        g_assert_true (has_received (pair, PAIR_CLIENT, "found"));
        g_assert_cmpuint (get_peer (pair, PAIR_CLIENT)->port, ==, NEW_PORT);
        g_assert_cmpuint (claw_connection_get_socket (pair->sides[PAIR_SERVER].connection), ==, 1);
        g_assert_true (
            claw_address_equal (get_peer (pair, PAIR_SERVER), &pair->sides[PAIR_CLIENT].address));
      }
}

/* The server's own address changes together with its port. */
static void
test_port_and_roaming_server (void)
{
  for (unsigned phase = 0; phase < 16; phase++)
    {
      g_autoptr (Pair) pair = pair_new_established (10);

      tell_port (pair, 1, NEW_PORT);
      pair_run (pair, phase * ROUND_TRIP_US / 6);
      move_side (pair, PAIR_SERVER, "198.51.100.9:50000");
      pair_write (pair, PAIR_SERVER, "moved", 5);
      pair_run (pair, 12 * G_USEC_PER_SEC);
      pair_write (pair, PAIR_CLIENT, "found", 5);
      pair_run (pair, 10 * G_USEC_PER_SEC);
      g_assert_true (has_received (pair, PAIR_CLIENT, "moved"));
      g_assert_true (has_received (pair, PAIR_SERVER, "found"));
      g_assert_cmpuint (get_peer (pair, PAIR_CLIENT)->ip[3], ==, 9);
      g_assert_cmpuint (get_peer (pair, PAIR_CLIENT)->port, ==, NEW_PORT);
    }
}

/* A port that nobody hears at yet does no harm, and is tried again until somebody does. */
static void
test_port_unreachable (void)
{
  g_autoptr (Pair) pair = pair_new_established (11);

  tell_port (pair, 1, NEW_PORT);
  pair->sides[PAIR_SERVER].ports[1] = 0;
  for (unsigned i = 0; i < 10; i++)
    {
      pair_write (pair, i % 2, "x", 1);
      pair_run (pair, 400 * 1000);
    }
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].received->len, ==, 5);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 5);
  g_assert_cmpuint (get_peer (pair, PAIR_CLIENT)->port, ==, pair->sides[PAIR_SERVER].address.port);
  pair->sides[PAIR_SERVER].ports[1] = NEW_PORT;
  pair_run (pair, 6 * G_USEC_PER_SEC);
  g_assert_cmpuint (get_peer (pair, PAIR_CLIENT)->port, ==, NEW_PORT);
}

/* Only the newest port is told, also when the one before got lost. */
static void
test_port_newest (void)
{
  g_autoptr (Pair) pair = pair_new_established (12);

  pair->loss = 1;
  tell_port (pair, 1, NEW_PORT);
  pair_run (pair, G_USEC_PER_SEC);
  tell_port (pair, 2, NEW_PORT + 1);
  pair->loss = 0;
  pair_run (pair, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (claw_connection_get_port_schedule (pair->sides[PAIR_CLIENT].connection)->port,
                    ==, NEW_PORT + 1);
  g_assert_cmpuint (get_peer (pair, PAIR_CLIENT)->port, ==, NEW_PORT + 1);
  g_assert_cmpuint (claw_connection_get_socket (pair->sides[PAIR_SERVER].connection), ==, 2);
}

/* Sessions are found by their socket, so that one that is used is not closed. */
static void
test_uses_socket (void)
{
  g_autoptr (Pair) pair = pair_new_established (13);
  const ClawEndpoint *server = pair->sides[PAIR_SERVER].endpoint;

  g_assert_true (claw_endpoint_uses_socket (server, 0));
  g_assert_false (claw_endpoint_uses_socket (server, 1));
  tell_port (pair, 1, NEW_PORT);
  pair_run (pair, 4 * ROUND_TRIP_US);
  g_assert_false (claw_endpoint_uses_socket (server, 0));
  g_assert_true (claw_endpoint_uses_socket (server, 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connection/roaming/client", test_roaming_client);
  g_test_add_func ("/connection/roaming/server", test_roaming_server);
  g_test_add_func ("/connection/roaming/bulk", test_roaming_bulk);
  g_test_add_func ("/connection/roaming/in-turns", test_roaming_in_turns);
  g_test_add_func ("/connection/port/told", test_port_told);
  g_test_add_func ("/connection/port/fixed", test_port_fixed);
  g_test_add_func ("/connection/port/under-load", test_port_under_load);
  g_test_add_func ("/connection/port/costs-nothing", test_port_costs_nothing);
  g_test_add_func ("/connection/port/symmetric-nat", test_port_symmetric_nat);
  g_test_add_func ("/connection/port/client-roams", test_port_and_roaming);
  g_test_add_func ("/connection/port/server-roams", test_port_and_roaming_server);
  g_test_add_func ("/connection/port/unreachable", test_port_unreachable);
  g_test_add_func ("/connection/port/newest", test_port_newest);
  g_test_add_func ("/connection/port/uses-socket", test_uses_socket);
  return g_test_run ();
}
