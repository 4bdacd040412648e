/* test-nat-watch.c: what a client makes of the server's answers about NATs. */
#include "claw-nat-watch.h"

#include "claw-connection-private.h"
#include "pair.h"

#define SERVER_PORT 50000
#define NAT_PORT 61000

/* Answers, and the kind of network that they mean. */
static void
test_verdicts (void)
{
  static const struct
  {
    const char *seen;
    uint16_t other_port;
    const char *seen_by_other; /* (nullable) */
    gboolean is_open;
    ClawNatKind kind;
    ClawNatBehaviour mapping;
    gboolean mapping_at_least;
    ClawNatAnswer from_other_port;
  } table[] = {
    { "192.0.2.1:40000", 50001, "192.0.2.1:40000", TRUE, CLAW_NAT_KIND_NONE,
      CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT, FALSE, CLAW_NAT_ANSWER_YES },
    { "192.0.2.1:40000", 0, NULL, FALSE, CLAW_NAT_KIND_NONE,
      CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT, FALSE, CLAW_NAT_ANSWER_UNKNOWN },
    { "203.0.113.1:40000", 50001, "203.0.113.1:40000", FALSE, CLAW_NAT_KIND_NAT,
      CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT, TRUE, CLAW_NAT_ANSWER_NO },
    { "203.0.113.1:40000", 50001, "203.0.113.1:40001", FALSE, CLAW_NAT_KIND_NAT,
      CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT, FALSE, CLAW_NAT_ANSWER_NO },
    /* The server's other port is shut off on its own side: it tells nothing about ours. */
    { "203.0.113.1:40000", 50001, NULL, FALSE, CLAW_NAT_KIND_NAT, CLAW_NAT_BEHAVIOUR_UNKNOWN, FALSE,
      CLAW_NAT_ANSWER_UNKNOWN },
    { "203.0.113.1:40000", 0, NULL, FALSE, CLAW_NAT_KIND_NAT, CLAW_NAT_BEHAVIOUR_UNKNOWN, FALSE,
      CLAW_NAT_ANSWER_UNKNOWN },
    /* A NAT that changes nothing but the port is one. */
    { "192.0.2.1:40001", 0, NULL, FALSE, CLAW_NAT_KIND_NAT, CLAW_NAT_BEHAVIOUR_UNKNOWN, FALSE,
      CLAW_NAT_ANSWER_UNKNOWN },
  };
  ClawAddress local, server;

  g_assert_true (claw_address_parse ("192.0.2.1:40000", &local));
  g_assert_true (claw_address_parse ("198.51.100.2:50000", &server));
  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawProbeResult result = { .other_port = table[i].other_port, .is_open = table[i].is_open };
      ClawNatObservations observations;
      ClawNatVerdict verdict;

      g_assert_true (claw_address_parse (table[i].seen, &result.seen));
      if (table[i].seen_by_other != NULL)
        g_assert_true (claw_address_parse (table[i].seen_by_other, &result.seen_by_other));
      claw_nat_watch_observe (&result, &local, &server, &observations);
      claw_nat_verdict_decide (&observations, &verdict);
      g_assert_cmpint (verdict.kind, ==, table[i].kind);
      g_assert_cmpint (verdict.mapping, ==, table[i].mapping);
      g_assert_cmpint (verdict.mapping_at_least, ==, table[i].mapping_at_least);
      g_assert_cmpint (observations.from_other_port, ==, table[i].from_other_port);
    }
}

/* A session over 127.0.0.1, of which the pair makes what it likes. */

typedef struct
{
  Pair *pair;
  ClawUdpSocket *socket; /* for its number only */
  ClawNatWatch watch;
  gboolean maps;
  gboolean has_contact[2];
  unsigned events;
} Fixture;

/* A NAT that filters by port. */
static gboolean
carry (Pair *pair, unsigned side, const ClawRoute *to, ClawAddress *from, uint8_t *socket)
{
  Fixture *fixture = pair->carrier_data;
  unsigned number = side == PAIR_CLIENT ? to->peer.port - SERVER_PORT : to->socket;

  if (number >= G_N_ELEMENTS (fixture->has_contact))
    return FALSE;
  if (side == PAIR_CLIENT)
    {
      if (fixture->maps)
        from->port = NAT_PORT;
      fixture->has_contact[number] = TRUE;
      *socket = (uint8_t) number;
      return TRUE;
    }
  from->port = (uint16_t) (SERVER_PORT + number);
  return fixture->has_contact[number];
}

static void
fixture_init (Fixture *fixture, gboolean is_enabled, gboolean maps)
{
  g_autoptr (GError) error = NULL;
  ClawAddress address;

  *fixture = (Fixture){ .pair = pair_new (1), .watch.is_enabled = is_enabled, .maps = maps };
  fixture->socket = claw_udp_socket_new_client (&error);
  g_assert_no_error (error);
  claw_udp_socket_get_address (fixture->socket, &address);
  for (unsigned side = 0; side < 2; side++)
    {
      ClawAddress *of_side = &fixture->pair->sides[side].address;

      g_assert_true (claw_address_parse ("127.0.0.1:50000", of_side));
      if (side == PAIR_CLIENT)
        of_side->port = address.port;
    }
  fixture->pair->carrier = carry;
  fixture->pair->carrier_data = fixture;
  pair_establish (fixture->pair);
  claw_endpoint_set_other_socket (fixture->pair->sides[PAIR_SERVER].endpoint, 1, SERVER_PORT + 1);
}

static void
fixture_clear (Fixture *fixture)
{
  pair_free (fixture->pair);
  g_object_unref (fixture->socket);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static const ClawConnection *
get_client (const Fixture *fixture)
{
  return fixture->pair->sides[PAIR_CLIENT].connection;
}

/* Lets time pass; what the pump would do with the event is done here. */
static void
run (Fixture *fixture, gint64 duration_us)
{
  PairSide *client = &fixture->pair->sides[PAIR_CLIENT];

  pair_run (fixture->pair, duration_us);
  while (fixture->events < client->events[CLAW_ENDPOINT_PROBED])
    {
      fixture->events++;
      claw_nat_watch_on_probed (&fixture->watch, fixture->pair->now_us);
    }
  pair_run (fixture->pair, G_USEC_PER_SEC);
}

static void
begin (Fixture *fixture)
{
  claw_nat_watch_begin (&fixture->watch, fixture->pair->sides[PAIR_CLIENT].connection,
                        fixture->socket, fixture->pair->now_us);
  run (fixture, 10 * G_USEC_PER_SEC);
}

/* Where there is no NAT the session may be silent, and where there is one it may not. */
static void
test_keepalive (void)
{
  for (unsigned maps = 0; maps < 2; maps++)
    {
      g_auto (Fixture) fixture = { 0 };

      fixture_init (&fixture, TRUE, maps != 0);
      g_assert_null (claw_nat_watch_get_verdict (&fixture.watch));
      begin (&fixture);
      const ClawNatVerdict *verdict = claw_nat_watch_get_verdict (&fixture.watch);
      g_assert_nonnull (verdict);
      g_assert_cmpint (verdict->kind, ==, maps ? CLAW_NAT_KIND_NAT : CLAW_NAT_KIND_NONE);
      g_assert_cmpint (verdict->filtering, ==, CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT);
      /* The first keepalive is early in any case. */
      run (&fixture, 30 * G_USEC_PER_SEC);
      g_assert_cmpint (get_client (&fixture)->keepalive.interval_us >= CLAW_KEEPALIVE_MIN_US, ==,
                       !maps);
    }
}

/* Switched off nothing is sent, also not when the address changes. */
static void
test_off (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, FALSE, TRUE);
  run (&fixture, G_USEC_PER_SEC);
  unsigned before = fixture.pair->sides[PAIR_CLIENT].n_sent;
  begin (&fixture);
  g_assert_false (claw_nat_watch_check (&fixture.watch, TRUE, fixture.pair->now_us));
  run (&fixture, G_USEC_PER_SEC);
  g_assert_cmpuint (fixture.pair->sides[PAIR_CLIENT].n_sent, ==, before);
  g_assert_null (claw_nat_watch_get_verdict (&fixture.watch));
}

/* Switched off in the middle nothing more is asked, what was known is forgotten, and a NAT is taken
 * for granted again. */
static void
test_switched_off (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, TRUE, FALSE);
  begin (&fixture);
  g_assert_false (get_client (&fixture)->keepalive.is_behind_nat);
  unsigned events = fixture.events;
  claw_connection_probe_nat (fixture.pair->sides[PAIR_CLIENT].connection);
  claw_nat_watch_switch_off (&fixture.watch);
  g_assert_true (get_client (&fixture)->keepalive.is_behind_nat);
  g_assert_null (claw_nat_watch_get_verdict (&fixture.watch));
  run (&fixture, G_USEC_PER_SEC);
  g_assert_cmpuint (fixture.events, ==, events);
  begin (&fixture);
  g_assert_null (claw_nat_watch_get_verdict (&fixture.watch));
}

/* When we are asked for again soon, the NAT still lets the other port in, because we had sent to
 * it; that must not look like an open network. Later it counts. */
static void
test_filtering_remembered (void)
{
  g_auto (Fixture) fixture = { 0 };
  const ClawNatVerdict *verdict;

  fixture_init (&fixture, TRUE, TRUE);
  begin (&fixture);
  begin (&fixture);
  verdict = claw_nat_watch_get_verdict (&fixture.watch);
  g_assert_true (claw_connection_get_probe_result (get_client (&fixture))->is_open);
  g_assert_cmpint (verdict->filtering, ==, CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT);

  run (&fixture, CLAW_NAT_WATCH_MEMORY_US);
  begin (&fixture);
  g_assert_cmpint (verdict->filtering, !=, CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT);
}

/* Another address of our own is another network: everything is asked anew, and until the answer is
 * there a NAT is taken for granted. */
static void
test_address_changed (void)
{
  g_auto (Fixture) fixture = { 0 };
  ClawNatWatch *watch = &fixture.watch;

  fixture_init (&fixture, TRUE, FALSE);
  begin (&fixture);
  gint64 now_us = fixture.pair->now_us;
  g_assert_false (claw_nat_watch_check (watch, TRUE, now_us));
  watch->local.ip[3]++;
  g_assert_false (claw_nat_watch_check (watch, FALSE, now_us + CLAW_NAT_WATCH_INTERVAL_US - 1));
  g_assert_true (claw_nat_watch_check (watch, FALSE, now_us + CLAW_NAT_WATCH_INTERVAL_US));
  g_assert_true (get_client (&fixture)->keepalive.is_behind_nat);
  run (&fixture, 10 * G_USEC_PER_SEC);
  g_assert_false (get_client (&fixture)->keepalive.is_behind_nat);

  claw_nat_watch_end (watch);
  watch->local.ip[3]++;
  g_assert_false (claw_nat_watch_check (watch, TRUE, now_us));
  g_assert_nonnull (claw_nat_watch_get_verdict (watch));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/nat-watch/answers/verdicts", test_verdicts);
  g_test_add_func ("/nat-watch/session/keepalive", test_keepalive);
  g_test_add_func ("/nat-watch/session/off", test_off);
  g_test_add_func ("/nat-watch/session/switched-off", test_switched_off);
  g_test_add_func ("/nat-watch/session/filtering-remembered", test_filtering_remembered);
  g_test_add_func ("/nat-watch/session/address-changed", test_address_changed);
  return g_test_run ();
}
