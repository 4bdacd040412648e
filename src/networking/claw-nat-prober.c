/* claw-nat-prober.c: see claw-nat-prober.h. */
#include "claw-nat-prober.h"

#include "claw-stun-query.h"

#include <string.h>

/* After the first answer, how long others have to show that they are better servers. */
#define CHOICE_US (400 * 1000)

typedef enum
{
  SOCKET_MAPPING,
  SOCKET_FILTERING,
  SOCKET_HAIRPIN,
} Socket;

/* Those that come after the question to each server. */
typedef enum
{
  TEST_MAPPING_ADDRESS = CLAW_NAT_PROBER_SERVERS_MAX, /* RFC 5780 section 4.3, test II */
  TEST_MAPPING_BOTH,                                  /* the same, test III */
  TEST_MAPPING_PORT,                                  /* for servers of one address */
  TEST_FILTERING,                                     /* section 4.4, test I */
  TEST_FILTERING_BOTH,                                /* the same, test II */
  TEST_FILTERING_PORT,                                /* the same, test III */
  TEST_HAIRPIN,                                       /* the third socket's mapping */
  TEST_HAIRPIN_OUT,                                   /* section 4.5: from there to the first */
  TEST_HAIRPIN_BACK,                                  /* and back, which opens strict filters */
  N_QUERIES,
} Test;

typedef enum
{
  STATE_ASKING,  /* all servers */
  STATE_TESTING, /* with the chosen one */
  STATE_DONE,
} State;

struct ClawNatProber
{
  State state;
  unsigned n_servers;
  ClawStunQuery queries[N_QUERIES];
  const ClawStunQuery *chosen; /* one of the first; once TESTING */
  ClawAddress local;
  gint64 choose_us; /* when the choice is made at the latest; G_MAXINT64 before the first answer */
  ClawNatObservations observations;
};

ClawNatProber *
claw_nat_prober_new (const ClawAddress *servers,
                     unsigned n_servers,
                     const ClawAddress *local,
                     gint64 now_us)
{
  g_return_val_if_fail (servers != NULL && n_servers > 0, NULL);
  g_return_val_if_fail (local != NULL, NULL);

  ClawNatProber *prober = g_new0 (ClawNatProber, 1);
  prober->observations.local = *local;
  prober->choose_us = G_MAXINT64;
  prober->n_servers = MIN (n_servers, CLAW_NAT_PROBER_SERVERS_MAX);
  for (unsigned i = 0; i < prober->n_servers; i++)
    claw_stun_query_start (&prober->queries[i], SOCKET_MAPPING, &servers[i],
                           &claw_stun_schedule_patient, now_us);
  return prober;
}

void
claw_nat_prober_free (ClawNatProber *prober)
{
  g_free (prober);
}

/* What the servers are worth */

/* A server could name any address as its other one, and have us send there. */
static gboolean
is_believable (const ClawAddress *other, const ClawAddress *server)
{
  gboolean is_ipv4 = other->family == CLAW_ADDRESS_IPV4;

  return other->family == server->family && other->port != 0 && !claw_address_is_any (other)
         && other->ip[0] < (is_ipv4 ? 224 : 255) /* multicast, broadcast */
         && claw_address_is_loopback (other) == claw_address_is_loopback (server);
}

static gboolean
has_other_address (const ClawStunQuery *query)
{
  ClawAddress other = query->other;

  other.port = query->to.port;
  return is_believable (&query->other, &query->to) && !claw_address_equal (&other, &query->to);
}

static gboolean
has_other_port (const ClawStunQuery *query)
{
  return is_believable (&query->other, &query->to) && query->other.port != query->to.port;
}

static unsigned
worth_of (const ClawStunQuery *query)
{
  if (query->state != CLAW_STUN_QUERY_ANSWERED)
    return 0;
  return 1 + (has_other_port (query) ? 1 : 0) + (has_other_address (query) ? 2 : 0);
}

static const ClawStunQuery *
best_server (const ClawNatProber *prober)
{
  const ClawStunQuery *best = NULL;

  for (unsigned i = 0; i < prober->n_servers; i++)
    if (worth_of (&prober->queries[i]) > (best != NULL ? worth_of (best) : 0))
      best = &prober->queries[i];
  return best;
}

/* Tests */

static ClawStunQuery *
start (ClawNatProber *prober,
       Test test,
       Socket socket,
       const ClawAddress *to,
       const ClawStunSchedule *schedule,
       gint64 now_us)
{
  ClawStunQuery *query = &prober->queries[test];

  claw_stun_query_start (query, socket, to, schedule, now_us);
  return query;
}

static gboolean
is_behind_nat (const ClawNatProber *prober)
{
  return !claw_address_equal (&prober->chosen->mapped, &prober->observations.local);
}

static void
start_tests (ClawNatProber *prober, gint64 now_us)
{
  const ClawStunQuery *chosen = prober->chosen;
  const ClawStunSchedule *patient = &claw_stun_schedule_patient;
  ClawAddress address = chosen->other, port = chosen->to;

  address.port = chosen->to.port;
  port.port = chosen->other.port;
  if (has_other_address (chosen))
    start (prober, TEST_MAPPING_ADDRESS, SOCKET_MAPPING, &address, patient, now_us);
  if (has_other_address (chosen) && has_other_port (chosen))
    start (prober, TEST_MAPPING_BOTH, SOCKET_MAPPING, &chosen->other, patient, now_us);
  if (!has_other_address (chosen) && has_other_port (chosen))
    start (prober, TEST_MAPPING_PORT, SOCKET_MAPPING, &port, patient, now_us);
  if (has_other_address (chosen) || has_other_port (chosen))
    start (prober, TEST_FILTERING, SOCKET_FILTERING, &chosen->to, patient, now_us);
  if (is_behind_nat (prober))
    start (prober, TEST_HAIRPIN, SOCKET_HAIRPIN, &chosen->to, patient, now_us);
}

/* Silence is believed after 1.2 s and what an answer takes. */
static ClawStunQuery *
start_doubtful (
    ClawNatProber *prober, Test test, Socket socket, const ClawAddress *to, gint64 now_us)
{
  ClawStunQuery *query = start (prober, test, socket, to, &claw_stun_schedule_doubtful, now_us);
  const ClawStunQuery *chosen = prober->chosen;

  query->patience_us = chosen->answered_us - chosen->start_us;
  return query;
}

static void
start_filtering (ClawNatProber *prober, gint64 now_us)
{
  const ClawStunQuery *chosen = prober->chosen;
  ClawStunQuery *query;

  if (has_other_address (chosen))
    {
      query = start_doubtful (prober, TEST_FILTERING_BOTH, SOCKET_FILTERING, &chosen->to, now_us);
      query->request.change_ip = TRUE;
      query->request.change_port = has_other_port (chosen);
      query->from = chosen->other;
    }
  if (has_other_port (chosen))
    {
      query = start_doubtful (prober, TEST_FILTERING_PORT, SOCKET_FILTERING, &chosen->to, now_us);
      query->request.change_port = TRUE;
      query->from.port = chosen->other.port;
    }
}

static void
start_hairpin (ClawNatProber *prober, gint64 now_us)
{
  const ClawAddress *outer = &prober->queries[TEST_HAIRPIN].mapped;

  start_doubtful (prober, TEST_HAIRPIN_OUT, SOCKET_HAIRPIN, &prober->chosen->mapped, now_us);
  start_doubtful (prober, TEST_HAIRPIN_BACK, SOCKET_MAPPING, outer, now_us);
}

/* Observations */

static void
add_sighting (ClawNatProber *prober, const ClawStunQuery *query)
{
  if (query->state == CLAW_STUN_QUERY_ANSWERED)
    claw_nat_observations_add (&prober->observations, &query->to, &query->mapped);
}

static ClawNatAnswer
answer_of (const ClawNatProber *prober, Test test, gboolean is_silence_telling)
{
  switch (prober->queries[test].state)
    {
    case CLAW_STUN_QUERY_ANSWERED:
      return CLAW_NAT_ANSWER_YES;
    case CLAW_STUN_QUERY_SILENT:
      return is_silence_telling ? CLAW_NAT_ANSWER_NO : CLAW_NAT_ANSWER_UNKNOWN;
    case CLAW_STUN_QUERY_IDLE:
    case CLAW_STUN_QUERY_PENDING:
    case CLAW_STUN_QUERY_REFUSED:
      return CLAW_NAT_ANSWER_UNKNOWN;
    }
  g_return_val_if_reached (CLAW_NAT_ANSWER_UNKNOWN);
}

static gboolean
is_answered (const ClawNatProber *prober, Test test)
{
  return prober->queries[test].state == CLAW_STUN_QUERY_ANSWERED;
}

static void
finish (ClawNatProber *prober)
{
  ClawNatObservations *observations = &prober->observations;

  prober->state = STATE_DONE;
  for (unsigned i = 0; i < N_QUERIES; i++)
    observations->answered |= prober->queries[i].state == CLAW_STUN_QUERY_ANSWERED
                              || prober->queries[i].state == CLAW_STUN_QUERY_REFUSED;
  if (prober->chosen == NULL)
    return;

  add_sighting (prober, prober->chosen);
  for (unsigned i = 0; i < prober->n_servers; i++)
    add_sighting (prober, &prober->queries[i]);
  for (Test test = TEST_MAPPING_ADDRESS; test <= TEST_MAPPING_PORT; test++)
    add_sighting (prober, &prober->queries[test]);

  /* An endpoint that does not answer when asked itself tells nothing by being silent. */
  gboolean is_other_alive = is_answered (prober, TEST_MAPPING_ADDRESS)
                            || is_answered (prober, TEST_MAPPING_BOTH);
  observations->from_other_address = answer_of (prober, TEST_FILTERING_BOTH, is_other_alive);
  observations->from_other_port = answer_of (
      prober, TEST_FILTERING_PORT, is_other_alive || is_answered (prober, TEST_MAPPING_PORT));
  observations->hairpin = answer_of (prober, TEST_HAIRPIN_OUT, TRUE);
}

/* Steps */

static gboolean
is_pending (const ClawNatProber *prober, unsigned first, unsigned end)
{
  for (unsigned i = first; i < end; i++)
    if (prober->queries[i].state == CLAW_STUN_QUERY_PENDING)
      return TRUE;
  return FALSE;
}

static void
choose_server (ClawNatProber *prober, gint64 now_us)
{
  const ClawStunQuery *best = best_server (prober);
  gboolean is_perfect = best != NULL && has_other_address (best) && has_other_port (best);

  if (best != NULL && prober->choose_us == G_MAXINT64)
    prober->choose_us = now_us + CHOICE_US;
  if (!is_perfect && now_us < prober->choose_us && is_pending (prober, 0, prober->n_servers))
    return;
  if (best == NULL)
    {
      finish (prober);
      return;
    }
  /* The others matter only where this one has to be compared with them. */
  for (unsigned i = 0; is_perfect && i < prober->n_servers; i++)
    if (prober->queries[i].state == CLAW_STUN_QUERY_PENDING)
      prober->queries[i].state = CLAW_STUN_QUERY_IDLE;
  prober->chosen = best;
  prober->state = STATE_TESTING;
  start_tests (prober, now_us);
}

static void
follow_tests (ClawNatProber *prober, gint64 now_us)
{
  if (is_answered (prober, TEST_FILTERING)
      && prober->queries[TEST_FILTERING_BOTH].state == CLAW_STUN_QUERY_IDLE
      && prober->queries[TEST_FILTERING_PORT].state == CLAW_STUN_QUERY_IDLE)
    start_filtering (prober, now_us);
  if (is_answered (prober, TEST_HAIRPIN)
      && prober->queries[TEST_HAIRPIN_OUT].state == CLAW_STUN_QUERY_IDLE)
    start_hairpin (prober, now_us);
  if (!is_pending (prober, 0, N_QUERIES))
    finish (prober);
}

static void
step (ClawNatProber *prober, gint64 now_us)
{
  if (prober->state == STATE_ASKING)
    choose_server (prober, now_us);
  if (prober->state == STATE_TESTING)
    follow_tests (prober, now_us);
}

size_t
claw_nat_prober_send (ClawNatProber *prober,
                      gint64 now_us,
                      unsigned *socket,
                      ClawAddress *to,
                      uint8_t *buffer,
                      size_t size)
{
  g_return_val_if_fail (prober != NULL, 0);
  g_return_val_if_fail (socket != NULL && to != NULL && buffer != NULL, 0);

  if (prober->state == STATE_DONE)
    return 0;
  step (prober, now_us);
  for (unsigned i = 0; i < N_QUERIES; i++)
    {
      size_t length = claw_stun_query_send (&prober->queries[i], now_us, buffer, size);
      if (length > 0)
        {
          *socket = prober->queries[i].socket;
          *to = prober->queries[i].to;
          return length;
        }
    }
  /* Some may have been given up just now. */
  step (prober, now_us);
  return 0;
}

/* A question of our own that came back to us through the router. Either direction is enough. */
static void
receive_hairpin (ClawNatProber *prober,
                 unsigned socket,
                 const ClawStunMessage *message,
                 gint64 now_us)
{
  ClawStunQuery *out = &prober->queries[TEST_HAIRPIN_OUT];
  ClawStunQuery *back = &prober->queries[TEST_HAIRPIN_BACK];
  const ClawStunQuery *came = socket == SOCKET_MAPPING ? out : back;

  if (came->state != CLAW_STUN_QUERY_PENDING
      || memcmp (message->id, came->request.id, sizeof message->id) != 0)
    return;
  out->state = back->state = CLAW_STUN_QUERY_ANSWERED;
  out->answered_us = back->answered_us = now_us;
}

void
claw_nat_prober_receive (ClawNatProber *prober,
                         unsigned socket,
                         const ClawAddress *from,
                         const uint8_t *data,
                         size_t length,
                         gint64 now_us)
{
  ClawStunMessage message;

  g_return_if_fail (prober != NULL);
  g_return_if_fail (socket < CLAW_NAT_PROBER_SOCKETS);
  g_return_if_fail (from != NULL);

  if (prober->state == STATE_DONE || !claw_stun_read (data, length, &message))
    return;
  if (message.class == CLAW_STUN_REQUEST && socket != SOCKET_FILTERING)
    receive_hairpin (prober, socket, &message, now_us);
  for (unsigned i = 0; i < N_QUERIES; i++)
    if (claw_stun_query_receive (&prober->queries[i], socket, from, &message, now_us))
      break;
  step (prober, now_us);
}

gint64
claw_nat_prober_get_deadline (const ClawNatProber *prober)
{
  g_return_val_if_fail (prober != NULL, G_MAXINT64);

  if (prober->state == STATE_DONE)
    return G_MAXINT64;
  gint64 deadline_us = prober->state == STATE_ASKING ? prober->choose_us : G_MAXINT64;
  for (unsigned i = 0; i < N_QUERIES; i++)
    deadline_us = MIN (deadline_us, claw_stun_query_get_deadline (&prober->queries[i]));
  return deadline_us;
}

gboolean
claw_nat_prober_is_done (const ClawNatProber *prober)
{
  g_return_val_if_fail (prober != NULL, TRUE);

  return prober->state == STATE_DONE;
}

void
claw_nat_prober_get_verdict (const ClawNatProber *prober, ClawNatVerdict *verdict)
{
  g_return_if_fail (prober != NULL);

  claw_nat_verdict_decide (&prober->observations, verdict);
}
