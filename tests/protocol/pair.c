/* pair.c: see pair.h. */
#include "pair.h"

typedef struct
{
  gint64 at_us;
  unsigned to;
  ClawRoute route;
  size_t length;
  uint8_t data[CLAW_CONNECTION_DATAGRAM_MAX];
} Flying;

Pair *
pair_new (uint32_t seed)
{
  static const char *const addresses[] = { "192.0.2.1:40000", "198.51.100.2:50000" };
  Pair *pair = g_new0 (Pair, 1);

  claw_secret_init ();
  pair->random = g_rand_new_with_seed (seed);
  pair->now_us = PAIR_START_US;
  pair->delay_us = 20 * 1000;
  claw_key_generate (&pair->psk);
  for (unsigned i = 0; i < 2; i++)
    {
      PairSide *side = &pair->sides[i];

      g_assert_true (claw_address_parse (addresses[i], &side->address));
      claw_identity_generate (&side->identity);
      side->received = g_byte_array_new ();
      side->to_write = g_byte_array_new ();
      pair_restart (pair, i, 0);
    }
  return pair;
}

void
pair_free (Pair *pair)
{
  for (unsigned i = 0; i < 2; i++)
    {
      claw_endpoint_free (pair->sides[i].endpoint);
      claw_identity_clear (&pair->sides[i].identity);
      g_byte_array_unref (pair->sides[i].received);
      g_byte_array_unref (pair->sides[i].to_write);
    }
  g_queue_clear_full (&pair->flying, g_free);
  claw_key_clear (&pair->psk);
  g_rand_free (pair->random);
  g_free (pair);
}

void
pair_restart (Pair *pair, unsigned side, uint64_t last_timestamp_us)
{
  static const char *const hellos[] = { "client", "server" };
  ClawEndpointConfig config = { .identity = &pair->sides[side].identity,
                                .hello = hellos[side],
                                .hello_length = 6,
                                .last_timestamp_us = last_timestamp_us,
                                .jitter_seed = side + 1,
                                .key_rotation_us = pair->rotation_us,
                                .key_rotation_records = pair->rotation_records };

  claw_endpoint_free (pair->sides[side].endpoint);
  pair->sides[side].endpoint = claw_endpoint_new (&config);
  pair->sides[side].connection = NULL;
}

void
pair_accept (Pair *pair, uint64_t id, ClawPskKind kind, const ClawKey *psk, const uint8_t *key)
{
  ClawPskEntry entry = { .id = id, .kind = kind, .psk = psk, .client_key = key };

  claw_endpoint_accept (pair->sides[PAIR_SERVER].endpoint, &entry);
}

void
pair_connect (Pair *pair, const ClawKey *psk, gint64 give_up_us)
{
  PairSide *client = &pair->sides[PAIR_CLIENT];
  ClawConnectRequest request = { .server_key = pair->sides[PAIR_SERVER].identity.public_key,
                                 .psks = { psk != NULL ? psk : &pair->psk },
                                 .addresses = &pair->sides[PAIR_SERVER].address,
                                 .n_addresses = 1,
                                 .unix_us = PAIR_UNIX_US
                                            + (uint64_t) (pair->now_us - PAIR_START_US),
                                 .now_us = pair->now_us,
                                 .give_up_us = give_up_us };

  client->connection = claw_endpoint_connect (client->endpoint, &request);
}

void
pair_establish (Pair *pair)
{
  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, NULL, G_MAXINT64);
  pair_run (pair, 200 * 1000);
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_nonnull (pair->sides[i].connection);
      g_assert_cmpint (claw_connection_get_state (pair->sides[i].connection), ==,
                       CLAW_CONNECTION_ESTABLISHED);
    }
}

static void
write_more (PairSide *side)
{
  if (side->connection == NULL || side->to_write->len == 0)
    return;

  size_t taken = claw_connection_write (side->connection, 0, side->to_write->data,
                                        side->to_write->len);
  if (taken > 0)
    g_byte_array_remove_range (side->to_write, 0, (guint) taken);
}

static void
handle_events (Pair *pair, unsigned number)
{
  PairSide *side = &pair->sides[number];
  ClawEndpointEvent event;
  uint8_t buffer[4096];
  size_t length;

  while (claw_endpoint_next_event (side->endpoint, &event))
    {
      side->events[event.type]++;
      if (event.type == CLAW_ENDPOINT_ESTABLISHED)
        side->connection = event.connection;
      /* The first secret as well. */
      if ((event.type == CLAW_ENDPOINT_ESTABLISHED || event.type == CLAW_ENDPOINT_REKEYED)
          && !side->holds_saves)
        claw_connection_resumption_saved (event.connection);
      if (pair->listener != NULL)
        pair->listener (pair, number, &event);
      while ((length = claw_connection_read (event.connection, 0, buffer, sizeof buffer)) > 0)
        g_byte_array_append (side->received, buffer, (guint) length);
      if (event.type != CLAW_ENDPOINT_CLOSED)
        continue;
      side->reason = event.reason;
      side->peer_code = event.peer_code;
      side->peer_knows = event.peer_knows;
      if (side->connection == event.connection)
        side->connection = NULL;
    }
  write_more (side);
}

static gint
compare_flying (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Flying *first = a, *second = b;

  return first->at_us < second->at_us ? -1 : first->at_us > second->at_us;
}

void
pair_get_address (const PairSide *side, unsigned socket, uint16_t remote_port, ClawAddress *address)
{
  *address = side->address;
  if (socket > 0)
    address->port = side->ports[socket];
  if (side->is_symmetric)
    address->port = (uint16_t) (address->port + remote_port % 1009);
}

/* Which socket of @side hears what comes from @from to @to. Returns: -1 when none does. */
static int
find_socket (const PairSide *side, const ClawAddress *from, const ClawAddress *to)
{
  for (int socket = 0; socket < PAIR_SOCKETS_MAX; socket++)
    {
      ClawAddress address;

      pair_get_address (side, (unsigned) socket, from->port, &address);
      if ((socket == 0 || side->ports[socket] != 0) && claw_address_equal (&address, to))
        return socket;
    }
  return -1;
}

static void
fly (Pair *pair, unsigned from, const ClawRoute *route, const uint8_t *data, size_t length)
{
  Flying *flying = g_new0 (Flying, 1);

  flying->at_us = pair->now_us + pair->delay_us;
  if (pair->jitter_us > 0)
    flying->at_us += g_rand_int_range (pair->random, 0, (gint32) pair->jitter_us);
  flying->to = 1 - from;
  flying->route = *route;
  flying->length = length;
  memcpy (flying->data, data, length);
  g_queue_insert_sorted (&pair->flying, flying, compare_flying, NULL);
}

/* What goes to a place where nobody is gets lost. @route: as the receiver sees it. */
static gboolean
carry (Pair *pair, unsigned from, const ClawRoute *to, ClawRoute *route)
{
  pair_get_address (&pair->sides[from], to->socket, to->peer.port, &route->peer);
  if (pair->carrier != NULL)
    return pair->carrier (pair, from, to, &route->peer, &route->socket);

  int socket = find_socket (&pair->sides[1 - from], &route->peer, &to->peer);
  route->socket = (uint8_t) MAX (socket, 0);
  return socket >= 0;
}

static void
send_all (Pair *pair, unsigned from)
{
  PairSide *side = &pair->sides[from];
  uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
  ClawRoute to;
  size_t length;

  while ((length = claw_endpoint_send (side->endpoint, &to, buffer, sizeof buffer, pair->now_us))
         > 0)
    {
      pair->last_to = to.peer;
      side->n_sent++;
      side->bytes_sent += length;
      side->largest_sent = MAX (side->largest_sent, length);
      if (pair->filter != NULL && !pair->filter (pair, from, buffer, length))
        continue;
      ClawRoute route = { 0 };
      if (!carry (pair, from, &to, &route))
        continue;
      if (g_rand_double (pair->random) >= pair->loss)
        fly (pair, from, &route, buffer, length);
      if (g_rand_double (pair->random) < pair->duplication)
        fly (pair, from, &route, buffer, length);
    }
}

static void
turn (Pair *pair)
{
  Flying *flying;

  while ((flying = g_queue_peek_head (&pair->flying)) != NULL && flying->at_us <= pair->now_us)
    {
      g_queue_pop_head (&pair->flying);
      claw_endpoint_receive (pair->sides[flying->to].endpoint, &flying->route, flying->data,
                             flying->length, pair->now_us);
      g_free (flying);
    }
  for (unsigned i = 0; i < 2; i++)
    {
      claw_endpoint_wake (pair->sides[i].endpoint, pair->now_us);
      handle_events (pair, i);
      send_all (pair, i);
      handle_events (pair, i);
      send_all (pair, i);
    }
}

void
pair_run (Pair *pair, gint64 duration_us)
{
  gint64 end_us = pair->now_us + duration_us;
  unsigned turns_at_once = 0;

  for (;;)
    {
      turn (pair);
      Flying *flying = g_queue_peek_head (&pair->flying);
      gint64 next_us = flying != NULL ? flying->at_us : G_MAXINT64;
      for (unsigned i = 0; i < 2; i++)
        next_us = MIN (next_us, claw_endpoint_get_deadline (pair->sides[i].endpoint));
      if (next_us > end_us)
        break;
      /* A deadline that wake () does not move on would be a busy loop. */
      turns_at_once = next_us <= pair->now_us ? turns_at_once + 1 : 0;
      g_assert_cmpuint (turns_at_once, <, 10);
      pair->now_us = MAX (pair->now_us, next_us);
    }
  pair->now_us = end_us;
}

void
pair_inject (Pair *pair, unsigned side, const ClawAddress *from, const uint8_t *data, size_t length)
{
  const ClawRoute route = { .peer = *from };

  claw_endpoint_receive (pair->sides[side].endpoint, &route, data, length, pair->now_us);
}

void
pair_write (Pair *pair, unsigned side, const void *data, size_t length)
{
  g_byte_array_append (pair->sides[side].to_write, data, (guint) length);
  write_more (&pair->sides[side]);
}

gboolean
pair_drop_client (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  return side != PAIR_CLIENT;
}

GByteArray *
pair_make_bulk (Pair *pair, size_t size)
{
  GByteArray *bulk = g_byte_array_new ();

  g_byte_array_set_size (bulk, (guint) size);
  for (size_t i = 0; i < size; i++)
    bulk->data[i] = (uint8_t) g_rand_int (pair->random);
  return bulk;
}

void
pair_assert_received (const Pair *pair, unsigned side, const GByteArray *expected)
{
  const GByteArray *received = pair->sides[side].received;

  g_assert_cmpmem (received->data, received->len, expected->data, expected->len);
}

unsigned
pair_count_sent (const Pair *pair)
{
  return pair->sides[PAIR_CLIENT].n_sent + pair->sides[PAIR_SERVER].n_sent;
}
