/* claw-sim-network.c: the heap of what is on its way, and what links do to datagrams. */
#include "claw-sim-network.h"

#include <string.h>

typedef struct
{
  gint64 at_us;
  uint64_t order; /* those of the same time arrive in the order in which they were sent */
  ClawAddress from;
  ClawAddress to;
  uint8_t ecn;
  size_t length;
  uint8_t data[];
} Event;

typedef struct
{
  ClawAddress addresses[CLAW_SIM_NETWORK_SOCKETS_MAX]; /* port 0: closed */
  ClawSimLink link;
  unsigned burst_left;
  ClawSimReceive receive;
  gpointer receive_data;
  ClawSimCall call;
  gpointer call_data;
  gint64 call_at_us; /* G_MAXINT64 for none */
} Host;

struct ClawSimNetwork
{
  ClawSimRandom random;
  gint64 now_us;
  uint64_t order;
  GPtrArray *heap;     /* of Event, what arrives next first */
  GPtrArray *hosts;    /* of Host */
  GPtrArray *captured; /* of Event */
  unsigned next_captured;
  ClawSimStats stats;
};

ClawSimNetwork *
claw_sim_network_new (uint64_t seed)
{
  ClawSimNetwork *network = g_new0 (ClawSimNetwork, 1);

  claw_sim_random_init (&network->random, seed);
  network->now_us = CLAW_SIM_NETWORK_START_US;
  network->heap = g_ptr_array_new_with_free_func (g_free);
  network->hosts = g_ptr_array_new_with_free_func (g_free);
  network->captured = g_ptr_array_new_with_free_func (g_free);
  return network;
}

void
claw_sim_network_free (ClawSimNetwork *network)
{
  if (network == NULL)
    return;
  g_ptr_array_unref (network->heap);
  g_ptr_array_unref (network->hosts);
  g_ptr_array_unref (network->captured);
  g_free (network);
}

/* The heap. */

static gboolean
is_earlier (const Event *a, const Event *b)
{
  return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

static void
swap (GPtrArray *heap, unsigned a, unsigned b)
{
  gpointer kept = heap->pdata[a];

  heap->pdata[a] = heap->pdata[b];
  heap->pdata[b] = kept;
}

static void
push (ClawSimNetwork *network, Event *event)
{
  GPtrArray *heap = network->heap;
  unsigned at = heap->len;

  g_assert (heap->len < CLAW_SIM_NETWORK_IN_FLIGHT_MAX);
  event->order = network->order++;
  g_ptr_array_add (heap, event);
  for (; at > 0 && is_earlier (heap->pdata[at], heap->pdata[(at - 1) / 2]); at = (at - 1) / 2)
    swap (heap, at, (at - 1) / 2);
}

static Event *
pop (ClawSimNetwork *network)
{
  GPtrArray *heap = network->heap;
  unsigned at = 0;
  Event *first;

  swap (heap, 0, heap->len - 1);
  first = g_ptr_array_steal_index (heap, heap->len - 1);
  for (;;)
    {
      unsigned least = at;

      for (unsigned child = 2 * at + 1; child <= 2 * at + 2 && child < heap->len; child++)
        if (is_earlier (heap->pdata[child], heap->pdata[least]))
          least = child;
      if (least == at)
        return first;
      swap (heap, at, least);
      at = least;
    }
}

/* Hosts. */

static Host *
get_host (const ClawSimNetwork *network, unsigned host)
{
  g_assert (host < network->hosts->len);
  return g_ptr_array_index (network->hosts, host);
}

/* @socket: which of its sockets it is. */
static Host *
find_host (const ClawSimNetwork *network, const ClawAddress *address, uint8_t *socket)
{
  for (unsigned i = 0; i < network->hosts->len; i++)
    for (*socket = 0; *socket < CLAW_SIM_NETWORK_SOCKETS_MAX; ++*socket)
      if (address->port != 0
          && claw_address_equal (&get_host (network, i)->addresses[*socket], address))
        return get_host (network, i);
  return NULL;
}

unsigned
claw_sim_network_add (ClawSimNetwork *network, ClawSimReceive receive, gpointer user_data)
{
  Host *host = g_new0 (Host, 1);
  unsigned number = network->hosts->len;

  for (unsigned i = 0; i < CLAW_SIM_NETWORK_SOCKETS_MAX; i++)
    {
      host->addresses[i].family = CLAW_ADDRESS_IPV4;
      host->addresses[i].ip[0] = 10;
      host->addresses[i].ip[3] = (uint8_t) (number + 1);
    }
  host->addresses[0].port = 50000;
  host->link.delay_us = 20 * 1000;
  host->call_at_us = G_MAXINT64;
  host->receive = receive;
  host->receive_data = user_data;
  g_ptr_array_add (network->hosts, host);
  return number;
}

void
claw_sim_network_open (ClawSimNetwork *network, unsigned number, unsigned socket, uint16_t port)
{
  g_assert (socket < CLAW_SIM_NETWORK_SOCKETS_MAX);
  get_host (network, number)->addresses[socket].port = port;
}

void
claw_sim_network_rebind (ClawSimNetwork *network, unsigned number)
{
  Host *host = get_host (network, number);
  /* Every other time it is another machine's address, too. */
  gboolean is_other_ip = claw_sim_random_chance (&network->random, 500);

  for (unsigned i = 0; i < CLAW_SIM_NETWORK_SOCKETS_MAX; i++)
    {
      host->addresses[i].port += host->addresses[i].port != 0;
      host->addresses[i].ip[1] += is_other_ip;
    }
}

/* Datagrams. */

static Event *
event_new (const ClawAddress *from, const ClawAddress *to, const uint8_t *data, size_t length)
{
  Event *event = g_malloc0 (sizeof *event + length);

  event->from = *from;
  event->to = *to;
  event->length = length;
  memcpy (event->data, data, length);
  return event;
}

static void
capture (ClawSimNetwork *network, Event *event)
{
  if (network->captured->len < CLAW_SIM_NETWORK_CAPTURED_MAX)
    {
      g_ptr_array_add (network->captured, event);
      return;
    }
  g_free (network->captured->pdata[network->next_captured]);
  network->captured->pdata[network->next_captured] = event;
  network->next_captured = (network->next_captured + 1) % CLAW_SIM_NETWORK_CAPTURED_MAX;
}

static gboolean
is_lost (ClawSimNetwork *network, Host *host, uint8_t ecn, size_t length)
{
  const ClawSimLink *link = &host->link;

  if (host->burst_left > 0)
    {
      host->burst_left--;
      return TRUE;
    }
  if (claw_sim_random_chance (&network->random, link->burst_permille))
    {
      host->burst_left = (unsigned) claw_sim_random_range (&network->random, 0, link->burst_length);
      return TRUE;
    }
  return link->down || (link->mtu > 0 && length > link->mtu)
         || (link->drop_marked && ecn != CLAW_ECN_NONE)
         || claw_sim_random_chance (&network->random, link->loss_permille);
}

static gint64
get_delay_us (ClawSimNetwork *network, const ClawSimLink *link)
{
  gint64 delay_us = link->delay_us + claw_sim_random_range (&network->random, 0, link->jitter_us);

  if (claw_sim_random_chance (&network->random, link->reorder_permille))
    delay_us += claw_sim_random_range (&network->random, 0, 10 * link->delay_us);
  return delay_us;
}

/* The datagram waits its turn, unless the queue is full. @ecn may become CE. Returns: FALSE when it
 * is dropped; @left_us: when it is on the line. */
static gboolean
pass_bottleneck (
    ClawSimBottleneck *bottleneck, size_t length, gint64 now_us, uint8_t *ecn, gint64 *left_us)
{
  double bytes_a_us = (double) bottleneck->rate / 8e6;
  double wait_us = MAX (bottleneck->free_at_us - (double) now_us, 0);
  size_t queued = (size_t) (wait_us * bytes_a_us);

  if (queued + length > bottleneck->queue_max)
    {
      bottleneck->n_dropped++;
      return FALSE;
    }
  if (bottleneck->mark_above > 0 && queued > bottleneck->mark_above && *ecn != CLAW_ECN_NONE)
    {
      *ecn = CLAW_ECN_CE;
      bottleneck->n_marked++;
    }
  bottleneck->queued_peak = MAX (bottleneck->queued_peak, queued + length);
  bottleneck->bytes += length;
  bottleneck->free_at_us = (double) now_us + wait_us + (double) length / bytes_a_us;
  *left_us = (gint64) bottleneck->free_at_us;
  return TRUE;
}

void
claw_sim_network_send (ClawSimNetwork *network,
                       unsigned number,
                       const ClawRoute *to,
                       const uint8_t *data,
                       size_t length)
{
  Host *host = get_host (network, number);
  gint64 left_us = network->now_us;
  uint8_t ecn = to->ecn;
  unsigned copies = 1;

  g_assert (length > 0 && length <= CLAW_SIM_NETWORK_DATAGRAM_MAX);
  g_assert (to->socket < CLAW_SIM_NETWORK_SOCKETS_MAX);
  network->stats.sent++;
  /* What leaves by a socket that was closed is lost. */
  if (host->addresses[to->socket].port == 0)
    {
      network->stats.dropped++;
      return;
    }
  if (is_lost (network, host, ecn, length)
      || (host->link.bottleneck != NULL
          && !pass_bottleneck (host->link.bottleneck, length, network->now_us, &ecn, &left_us)))
    {
      network->stats.dropped++;
      return;
    }
  if (claw_sim_random_chance (&network->random, host->link.duplicate_permille))
    copies++;
  for (unsigned i = 0; i < copies; i++)
    {
      Event *event = event_new (&host->addresses[to->socket], &to->peer, data, length);

      event->ecn = host->link.bleach ? CLAW_ECN_NONE : ecn;
      event->at_us = left_us + get_delay_us (network, &host->link);
      push (network, event);
    }
}

gboolean
claw_sim_network_get_captured (ClawSimNetwork *network,
                               unsigned number,
                               ClawAddress *from,
                               uint8_t data[CLAW_SIM_NETWORK_DATAGRAM_MAX],
                               size_t *length)
{
  unsigned n = network->captured->len;
  unsigned first;
  uint8_t socket;

  if (n == 0)
    return FALSE;
  first = (unsigned) claw_sim_random_range (&network->random, 0, n - 1);
  for (unsigned i = 0; i < n; i++)
    {
      const Event *event = network->captured->pdata[(first + i) % n];

      if (find_host (network, &event->to, &socket) != get_host (network, number))
        continue;
      *from = event->from;
      *length = event->length;
      memcpy (data, event->data, event->length);
      return TRUE;
    }
  return FALSE;
}

/* Time. */

void
claw_sim_network_call_at (
    ClawSimNetwork *network, unsigned number, gint64 at_us, ClawSimCall call, gpointer user_data)
{
  Host *host = get_host (network, number);

  host->call = call;
  host->call_data = user_data;
  host->call_at_us = at_us;
}

static void
arrive (ClawSimNetwork *network, Event *event)
{
  ClawRoute from = { .peer = event->from, .ecn = event->ecn };
  Host *host = find_host (network, &event->to, &from.socket);

  if (host == NULL)
    {
      network->stats.dropped++;
      g_free (event);
      return;
    }
  network->stats.delivered++;
  capture (network, event_new (&event->from, &event->to, event->data, event->length));
  host->receive (&from, event->data, event->length, host->receive_data);
  g_free (event);
}

/* Returns: (nullable): the host that is to be called first. */
static Host *
find_next_call (const ClawSimNetwork *network)
{
  Host *next = NULL;

  for (unsigned i = 0; i < network->hosts->len; i++)
    {
      Host *host = get_host (network, i);

      if (host->call_at_us != G_MAXINT64 && (next == NULL || host->call_at_us < next->call_at_us))
        next = host;
    }
  return next;
}

gboolean
claw_sim_network_step (ClawSimNetwork *network, gint64 until_us)
{
  const Event *event = network->heap->len == 0 ? NULL : network->heap->pdata[0];
  Host *host = find_next_call (network);
  gint64 call_us = host == NULL ? G_MAXINT64 : host->call_at_us;
  gint64 arrival_us = event == NULL ? G_MAXINT64 : event->at_us;

  if (MIN (call_us, arrival_us) > until_us)
    {
      network->now_us = MAX (network->now_us, until_us);
      return FALSE;
    }
  network->now_us = MAX (network->now_us, MIN (call_us, arrival_us));
  if (arrival_us <= call_us)
    {
      arrive (network, pop (network));
      return TRUE;
    }
  host->call_at_us = G_MAXINT64;
  host->call (host->call_data);
  return TRUE;
}

ClawSimLink *
claw_sim_network_get_link (ClawSimNetwork *network, unsigned host)
{
  return &get_host (network, host)->link;
}

const ClawAddress *
claw_sim_network_get_address (const ClawSimNetwork *network, unsigned host)
{
  return &get_host (network, host)->addresses[0];
}

ClawSimRandom *
claw_sim_network_get_random (ClawSimNetwork *network)
{
  return &network->random;
}

gint64
claw_sim_network_get_now_us (const ClawSimNetwork *network)
{
  return network->now_us;
}

void
claw_sim_network_get_stats (const ClawSimNetwork *network, ClawSimStats *stats)
{
  *stats = network->stats;
}
