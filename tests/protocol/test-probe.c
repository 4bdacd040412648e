/* test-probe.c: what the peer is asked about the NATs on the way, through NATs of all kinds. */
#include "claw-connection-private.h"
#include "claw-probe.h"
#include "pair.h"

#include <string.h>

#define SERVER_PORT 50000 /* of socket 0; the other sockets' follow */
#define NAT_PORT 61000

typedef struct
{
  gboolean maps;    /* there is a NAT */
  gboolean by_port; /* another port outside for each port that is sent to */
  gboolean filters; /* nothing comes in from where nothing was sent to */
  gboolean has_contact[2];
  unsigned n_questions, n_answers;
  unsigned lose; /* so many of the next probing datagrams */
} Nat;

static gboolean
carry (Pair *pair, unsigned side, const ClawRoute *to, ClawAddress *from, uint8_t *socket)
{
  Nat *nat = pair->carrier_data;
  ClawAddress outside = pair->sides[PAIR_CLIENT].address;
  unsigned number = side == PAIR_CLIENT ? to->peer.port - SERVER_PORT : to->socket;

  if (number >= G_N_ELEMENTS (nat->has_contact))
    return FALSE;
  if (nat->maps)
    {
      outside.ip[3] = 99;
      outside.port = (uint16_t) (NAT_PORT + (nat->by_port ? number : 0));
    }
  if (side == PAIR_CLIENT)
    {
      nat->has_contact[number] = TRUE;
      *from = outside;
      *socket = (uint8_t) number;
      return TRUE;
    }
  from->port = (uint16_t) (SERVER_PORT + number);
  if (!claw_address_equal (&to->peer, &outside))
    return FALSE;
  return nat->has_contact[number] || !nat->filters;
}

static gboolean
count (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  Nat *nat = pair->filter_data;

  if (length != CLAW_PROBE_DATAGRAM_SIZE)
    return TRUE;
  nat->n_questions += side == PAIR_CLIENT;
  nat->n_answers += side == PAIR_SERVER;
  if (nat->lose == 0)
    return TRUE;
  nat->lose--;
  return FALSE;
}

static Pair *
pair_new_behind (Nat *nat, gboolean has_other)
{
  Pair *pair = pair_new (1);

  pair->carrier = carry;
  pair->carrier_data = nat;
  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  pair->filter = count;
  pair->filter_data = nat;
  if (has_other)
    claw_endpoint_set_other_socket (pair->sides[PAIR_SERVER].endpoint, 1, SERVER_PORT + 1);
  return pair;
}

static const ClawProbeResult *
probe (Pair *pair, unsigned events)
{
  ClawConnection *client = pair->sides[PAIR_CLIENT].connection;

  claw_connection_probe_nat (client);
  pair_run (pair, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].events[CLAW_ENDPOINT_PROBED], ==, events);
  return claw_connection_get_probe_result (client);
}

/* What each kind of NAT looks like, and that the session stays where it is. */
static void
test_kinds (void)
{
  static const struct
  {
    gboolean maps, by_port, filters;
    uint16_t port, port_by_other;
    unsigned n_questions;
  } table[] = {
    { FALSE, FALSE, FALSE, 40000, 40000, 3 },        { FALSE, FALSE, TRUE, 40000, 40000, 5 },
    { TRUE, FALSE, FALSE, NAT_PORT, NAT_PORT, 3 },   { TRUE, FALSE, TRUE, NAT_PORT, NAT_PORT, 5 },
    { TRUE, TRUE, TRUE, NAT_PORT, NAT_PORT + 1, 5 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      Nat nat = { table[i].maps, table[i].by_port, table[i].filters };
      g_autoptr (Pair) pair = pair_new_behind (&nat, TRUE);
      const ClawProbeResult *result = probe (pair, 1);
      const ClawPath *path = &pair->sides[PAIR_SERVER].connection->path;

      g_assert_cmpuint (result->seen.ip[3], ==, table[i].maps ? 99 : 1);
      g_assert_cmpuint (result->seen.port, ==, table[i].port);
      g_assert_cmpuint (result->other_port, ==, SERVER_PORT + 1);
      g_assert_cmpuint (result->seen_by_other.ip[3], ==, table[i].maps ? 99 : 1);
      g_assert_cmpuint (result->seen_by_other.port, ==, table[i].port_by_other);
      g_assert_cmpint (result->is_open, ==, !table[i].filters);
      g_assert_cmpuint (nat.n_questions, ==, table[i].n_questions);
      g_assert_cmpuint (nat.n_answers, ==, nat.n_questions);
      for (unsigned side = 0; side < 2; side++)
        {
          path = &pair->sides[side].connection->path;
          g_assert_cmpint (path->candidate.route.peer.family, ==, CLAW_ADDRESS_NONE);
          g_assert_cmpuint (path->current.socket, ==, 0);
        }
      g_assert_cmpuint (path->current.peer.port, ==, table[i].port);
    }
}

/* A peer with one socket says so, and nothing more is asked. */
static void
test_no_other (void)
{
  Nat nat = { .maps = TRUE };
  g_autoptr (Pair) pair = pair_new_behind (&nat, FALSE);
  const ClawProbeResult *result = probe (pair, 1);

  g_assert_cmpuint (result->seen.port, ==, NAT_PORT);
  g_assert_cmpuint (result->other_port, ==, 0);
  g_assert_cmpint (result->seen_by_other.family, ==, CLAW_ADDRESS_NONE);
  g_assert_cmpuint (nat.n_questions, ==, 1);
}

/* Lost questions and answers are made up for; when all are lost, that is the result. */
static void
test_loss (void)
{
  Nat nat = { .maps = TRUE, .lose = CLAW_PROBE_TRIES_MAX - 1 };
  g_autoptr (Pair) pair = pair_new_behind (&nat, TRUE);
  const ClawProbeResult *result = probe (pair, 1);

  g_assert_cmpuint (result->seen.port, ==, NAT_PORT);
  g_assert_cmpuint (result->seen_by_other.port, ==, NAT_PORT);
  g_assert_true (result->is_open);

  nat.lose = G_MAXUINT;
  nat.n_questions = 0;
  result = probe (pair, 2);
  g_assert_cmpint (result->seen.family, ==, CLAW_ADDRESS_NONE);
  g_assert_cmpuint (nat.n_questions, ==, CLAW_PROBE_TRIES_MAX);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].events[CLAW_ENDPOINT_CLOSED], ==, 0);
}

/* The last question is given up in time also when something comes in with that very turn, which
 * leaves the session to send () instead of to wake (): under a bulk transfer there may be no other
 * turn. */
static void
test_busy (void)
{
  Nat nat = { .maps = TRUE, .lose = G_MAXUINT };
  g_autoptr (Pair) pair = pair_new_behind (&nat, TRUE);
  PairSide *client = &pair->sides[PAIR_CLIENT];
  uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
  ClawEndpointEvent event;
  ClawRoute to;

  claw_connection_probe_nat (client->connection);
  while (nat.n_questions < CLAW_PROBE_TRIES_MAX)
    pair_run (pair, 1000);
  pair->now_us = claw_probe_get_deadline (&client->connection->probe);
  claw_connection_set_ready (client->connection);
  claw_connection_reschedule (client->connection);
  claw_endpoint_wake (client->endpoint, pair->now_us);
  while (claw_endpoint_send (client->endpoint, &to, buffer, sizeof buffer, pair->now_us) > 0)
    continue;
  g_assert_cmpint (claw_endpoint_get_deadline (client->endpoint), >, pair->now_us);
  g_assert_true (claw_endpoint_next_event (client->endpoint, &event));
  g_assert_cmpint (event.type, ==, CLAW_ENDPOINT_PROBED);
}

/* Nothing is asked by itself. */
static void
test_silent (void)
{
  Nat nat = { .maps = TRUE };
  g_autoptr (Pair) pair = pair_new_behind (&nat, TRUE);
  const ClawConnection *client = pair->sides[PAIR_CLIENT].connection;

  g_assert_cmpint (claw_probe_get_deadline (&client->probe), ==, G_MAXINT64);
  g_assert_false (claw_probe_wants_send (&client->probe, G_MAXINT64 - 1));
}

/* Answers that nobody asked for, or from where they should not come, mean nothing. */
static void
test_wrong_reports (void)
{
  const ClawRoute here = { .peer = { .family = CLAW_ADDRESS_IPV4, .port = 1 } };
  ClawFrameReport report = { .seen = here.peer, .other_port = 2 };
  uint8_t buffer[64];
  ClawWriter writer;
  ClawProbe asker;
  ClawRoute to;

  claw_probe_init (&asker);
  g_assert_false (claw_probe_on_report (&asker, &report, &here, &here));
  claw_probe_start (&asker);
  memcpy (report.token, asker.token, sizeof report.token);
  /* Nobody can know what was not sent yet. */
  g_assert_false (claw_probe_on_report (&asker, &report, &here, &here));
  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_probe_write (&asker, &here, 1000, 0, &writer, &to);
  report.token[0] ^= 1;
  g_assert_false (claw_probe_on_report (&asker, &report, &here, &here));
  g_assert_cmpint (asker.result.seen.family, ==, CLAW_ADDRESS_NONE);
  report.token[0] ^= 1;
  g_assert_false (claw_probe_on_report (&asker, &report, &here, &here));
  g_assert_cmpint (asker.state, ==, CLAW_PROBE_LISTENING);

  /* The same token does not answer the next question. */
  claw_probe_write (&asker, &here, 1000, 0, &writer, &to);
  g_assert_false (claw_probe_on_report (&asker, &report, &here, &here));
  /* From where everything comes an answer says nothing about filtering. */
  memcpy (report.token, asker.token, sizeof report.token);
  g_assert_false (claw_probe_on_report (&asker, &report, &here, &here));
  g_assert_false (asker.result.is_open);
  g_assert_cmpint (asker.state, ==, CLAW_PROBE_LISTENING);
}

/* What waits to be sent is bounded, a record gets one answer at most, and none that is larger. */
static void
test_answers_bounded (void)
{
  const ClawRoute from = { .peer = { .family = CLAW_ADDRESS_IPV6, .port = 1 }, .ecn = CLAW_ECN_CE };
  const ClawProbeSocket other = { .number = 3, .port = 4 };
  const ClawProbeSocket none = { 0 };
  const uint8_t *token = (const uint8_t *) "tokentok";
  ClawProbeAnswer answer;
  ClawProbe probe;

  claw_probe_init (&probe);
  claw_probe_on_record (&probe, CLAW_PROBE_DATAGRAM_SIZE - 1);
  claw_probe_on_probe (&probe, token, FALSE, &from, &other);
  g_assert_false (claw_probe_next_answer (&probe, &answer));
  claw_probe_on_record (&probe, CLAW_CONNECTION_DATAGRAM_MAX);
  claw_probe_on_probe (&probe, token, TRUE, &from, &none);
  g_assert_false (claw_probe_next_answer (&probe, &answer));

  for (unsigned i = 0; i < CLAW_PROBE_ANSWERS_MAX + 1; i++)
    {
      claw_probe_on_record (&probe, CLAW_CONNECTION_DATAGRAM_MAX);
      claw_probe_on_probe (&probe, token, i % 2 == 1, &from, &other);
      claw_probe_on_probe (&probe, token, i % 2 == 1, &from, &other);
    }
  for (unsigned i = 0; i < CLAW_PROBE_ANSWERS_MAX; i++)
    {
      g_assert_true (claw_probe_next_answer (&probe, &answer));
      g_assert_cmpmem (answer.report.token, sizeof answer.report.token, token, 8);
      g_assert_true (claw_address_equal (&answer.to.peer, &from.peer));
      g_assert_cmpuint (answer.to.socket, ==, i % 2 == 1 ? 3 : 0);
      g_assert_cmpuint (answer.to.ecn, ==, CLAW_ECN_NONE);
      g_assert_cmpuint (answer.report.other_port, ==, 4);
    }
  g_assert_false (claw_probe_next_answer (&probe, &answer));
  claw_probe_clear (&probe);
}

/* When the session moves while it is asking, it asks anew. */
static void
test_path_change (void)
{
  Nat nat = { .maps = TRUE };
  g_autoptr (Pair) pair = pair_new_behind (&nat, TRUE);
  ClawConnection *server = pair->sides[PAIR_SERVER].connection;

  pair->carrier = NULL;
  claw_connection_probe_nat (server);
  g_assert_true (claw_address_parse ("192.0.2.50:7000", &pair->sides[PAIR_CLIENT].address));
  pair_write (pair, PAIR_CLIENT, "moved", 5);
  pair_run (pair, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].events[CLAW_ENDPOINT_PROBED], ==, 1);
  g_assert_cmpuint (claw_connection_get_probe_result (server)->seen.port, ==, SERVER_PORT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/probe/session/kinds", test_kinds);
  g_test_add_func ("/probe/session/no-other-socket", test_no_other);
  g_test_add_func ("/probe/session/loss", test_loss);
  g_test_add_func ("/probe/session/busy", test_busy);
  g_test_add_func ("/probe/session/silent", test_silent);
  g_test_add_func ("/probe/session/path-change", test_path_change);
  g_test_add_func ("/probe/reports/wrong", test_wrong_reports);
  g_test_add_func ("/probe/answers/bounded", test_answers_bounded);
  return g_test_run ();
}
