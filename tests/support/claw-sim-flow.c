/* claw-sim-flow.c: see claw-sim-flow.h. */
#include "claw-sim-flow.h"

#include <string.h>

#define UNIX_US (UINT64_C (1700000000) * G_USEC_PER_SEC)
#define PATTERN_SIZE 65521 /* a prime, so that a shift shows */
/* At one time; more would be a busy loop. */
#define ROUNDS_MAX 1000
#define DUE_AT_ONCE_MAX 5

typedef struct
{
  ClawSimFlow *flow;
  unsigned number; /* of the host */
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  ClawConnection *connection; /* ESTABLISHED */
  unsigned due_at_once;
} Side;

struct ClawSimFlow
{
  ClawSimNetwork *network;
  Side sender, receiver;
  ClawKey psk;
  gint64 start_us; /* G_MAXINT64: it has begun to knock */
  uint64_t size;
  uint64_t read_rate;
  gint64 read_us; /* when it last took some */
  uint64_t n_read;
};

static uint8_t pattern[2 * PATTERN_SIZE];

static void
make_pattern (void)
{
  uint32_t value = 1;

  for (unsigned i = 0; i < PATTERN_SIZE; i++)
    {
      value = value * 1664525 + 1013904223;
      pattern[i] = pattern[i + PATTERN_SIZE] = (uint8_t) (value >> 24);
    }
}

static gint64
now_us (const ClawSimFlow *flow)
{
  return claw_sim_network_get_now_us (flow->network);
}

static void
write_more (ClawSimFlow *flow)
{
  ClawConnection *connection = flow->sender.connection;
  size_t length = 1;

  while (connection != NULL && length > 0)
    {
      uint64_t written = claw_connection_get_written (connection, 0);

      length = (size_t) MIN (flow->size - written, PATTERN_SIZE);
      length = claw_connection_write (connection, 0, pattern + written % PATTERN_SIZE, length);
    }
}

/* How much the reader may take now. */
static size_t
get_appetite (ClawSimFlow *flow)
{
  gint64 elapsed_us = now_us (flow) - flow->read_us;
  uint64_t appetite = flow->read_rate * (uint64_t) elapsed_us / G_USEC_PER_SEC;

  if (flow->read_rate == 0)
    return SIZE_MAX;
  if (appetite > 0)
    flow->read_us = now_us (flow);
  return appetite;
}

static void
read_more (ClawSimFlow *flow)
{
  ClawConnection *connection = flow->receiver.connection;
  size_t appetite = get_appetite (flow);
  uint8_t buffer[16384];
  size_t length = 1;

  while (connection != NULL && length > 0)
    {
      length = claw_connection_read (connection, 0, buffer, MIN (appetite, sizeof buffer));
      g_assert_cmpint (memcmp (buffer, pattern + flow->n_read % PATTERN_SIZE, length), ==, 0);
      flow->n_read += length;
      appetite -= length;
    }
}

static gboolean
handle_events (Side *side)
{
  ClawEndpointEvent event;
  gboolean any = FALSE;

  for (; claw_endpoint_next_event (side->endpoint, &event); any = TRUE)
    {
      if (event.type == CLAW_ENDPOINT_ESTABLISHED)
        side->connection = event.connection;
      /* The only end that the network can bring about. */
      if (event.type == CLAW_ENDPOINT_CLOSED)
        {
          g_assert_cmpint (event.reason, ==, CLAW_CLOSE_LOST);
          side->connection = NULL;
        }
    }
  return any;
}

static gboolean
send_all (Side *side)
{
  ClawSimNetwork *network = side->flow->network;
  uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
  gboolean any = FALSE;
  ClawRoute to;
  size_t length;

  while ((length = claw_endpoint_send (side->endpoint, &to, buffer, sizeof buffer,
                                       now_us (side->flow)))
         > 0)
    {
      claw_sim_network_send (network, side->number, &to, buffer, length);
      any = TRUE;
    }
  return any;
}

static void
knock (ClawSimFlow *flow)
{
  ClawConnectRequest request = { .server_key = flow->receiver.identity.public_key,
                                 .psks = { &flow->psk },
                                 .addresses = claw_sim_network_get_address (flow->network,
                                                                            flow->receiver.number),
                                 .n_addresses = 1,
                                 .unix_us = UNIX_US + (uint64_t) now_us (flow),
                                 .now_us = now_us (flow),
                                 .give_up_us = G_MAXINT64 };

  flow->start_us = G_MAXINT64;
  claw_endpoint_connect (flow->sender.endpoint, &request);
}

static void turn (gpointer user_data);

static gint64
get_deadline (const Side *side)
{
  const ClawSimFlow *flow = side->flow;
  gint64 deadline_us = claw_endpoint_get_deadline (side->endpoint);

  if (side == &flow->sender)
    deadline_us = MIN (deadline_us, flow->start_us);
  else if (flow->read_rate > 0)
    deadline_us = MIN (deadline_us, now_us (flow) + 10 * 1000);
  return deadline_us;
}

static void
turn (gpointer user_data)
{
  Side *side = user_data;
  ClawSimFlow *flow = side->flow;
  unsigned rounds = 0;
  gboolean any = TRUE;

  if (flow->start_us <= now_us (flow) && side == &flow->sender)
    knock (flow);
  claw_endpoint_wake (side->endpoint, now_us (flow));
  while (any)
    {
      any = handle_events (side);
      if (side == &flow->sender)
        write_more (flow);
      else
        read_more (flow);
      any |= send_all (side);
      g_assert_cmpuint (rounds++, <, ROUNDS_MAX);
    }
  gint64 deadline_us = get_deadline (side);
  side->due_at_once = deadline_us <= now_us (flow) ? side->due_at_once + 1 : 0;
  g_assert_cmpuint (side->due_at_once, <=, DUE_AT_ONCE_MAX);
  claw_sim_network_call_at (flow->network, side->number, deadline_us, turn, side);
}

static void
on_receive (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  Side *side = user_data;

  claw_endpoint_receive (side->endpoint, from, data, length, now_us (side->flow));
  turn (side);
}

static void
side_init (Side *side, ClawSimFlow *flow, uint32_t seed)
{
  ClawEndpointConfig config = { .identity = &side->identity, .jitter_seed = seed };

  side->flow = flow;
  side->number = claw_sim_network_add (flow->network, on_receive, side);
  claw_identity_generate (&side->identity);
  side->endpoint = claw_endpoint_new (&config);
}

static void
side_clear (Side *side)
{
  claw_endpoint_free (side->endpoint);
  claw_identity_clear (&side->identity);
}

ClawSimFlow *
claw_sim_flow_new (ClawSimNetwork *network, gint64 start_us, uint32_t seed)
{
  ClawSimFlow *flow = g_new0 (ClawSimFlow, 1);
  ClawPskEntry entry = { .id = 1, .kind = CLAW_PSK_ONCE, .psk = &flow->psk };

  make_pattern ();
  flow->network = network;
  flow->start_us = start_us;
  flow->size = G_MAXUINT64;
  claw_key_generate (&flow->psk);
  side_init (&flow->sender, flow, seed);
  side_init (&flow->receiver, flow, seed + 1);
  claw_endpoint_accept (flow->receiver.endpoint, &entry);
  claw_sim_network_call_at (network, flow->sender.number, start_us, turn, &flow->sender);
  return flow;
}

void
claw_sim_flow_free (ClawSimFlow *flow)
{
  if (flow == NULL)
    return;
  side_clear (&flow->sender);
  side_clear (&flow->receiver);
  claw_key_clear (&flow->psk);
  g_free (flow);
}

void
claw_sim_flow_set_size (ClawSimFlow *flow, uint64_t size)
{
  flow->size = size;
}

void
claw_sim_flow_set_reading (ClawSimFlow *flow, uint64_t rate)
{
  flow->read_rate = rate;
  flow->read_us = now_us (flow);
}

ClawSimLink *
claw_sim_flow_get_link (ClawSimFlow *flow)
{
  return claw_sim_network_get_link (flow->network, flow->sender.number);
}

ClawSimLink *
claw_sim_flow_get_back_link (ClawSimFlow *flow)
{
  return claw_sim_network_get_link (flow->network, flow->receiver.number);
}

ClawConnection *
claw_sim_flow_get_sender (const ClawSimFlow *flow)
{
  return flow->sender.connection;
}

ClawConnection *
claw_sim_flow_get_receiver (const ClawSimFlow *flow)
{
  return flow->receiver.connection;
}

uint64_t
claw_sim_flow_get_read (const ClawSimFlow *flow)
{
  return flow->n_read;
}
