/* claw-endpoint.c: sorts datagrams to connections, and gives connections their turns.
 *
 * A datagram is looked at in the order of cost: its type and size, then its receiver index or key
 * id, then its authenticity. Nothing of a stranger's datagram stays but a count.
 */
#include "claw-endpoint.h"

#include "claw-connection-private.h"
#include "claw-doorkeeper.h"

#include <sodium.h>
#include <string.h>

struct ClawEndpoint
{
  ClawIdentity identity;
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
  size_t hello_length;
  uint64_t last_timestamp_us;
  ClawConnectionHost host;
  ClawDoorkeeper *doorkeeper;
  GHashTable *by_index;   /* receiver index → ClawConnection; several of one that is KNOCKING */
  GQueue connections;     /* links are in the connections */
  ClawConnection *closed; /* (nullable): its CLOSED event was given out last */
  GQueue waiting;         /* of Waiting: handshakes to be answered when the records of the turn were
                             received */
  ClawEndpointStats stats;
};

/* An initiation by the owner of a psk. */
typedef struct
{
  ClawDoorkeeperGuest guest;
  ClawRoute from;
  gint64 since_us;
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];
} Waiting;

/* Life cycle */

static void
drop_unconfirmed (gpointer owner, gpointer user_data)
{
  claw_connection_end (owner, CLAW_CLOSE_LOST);
}

void
claw_endpoint_set_hello (ClawEndpoint *endpoint, const void *hello, size_t length)
{
  g_return_if_fail (endpoint != NULL && length <= CLAW_HANDSHAKE_HELLO_MAX);

  if (length > 0)
    memcpy (endpoint->hello, hello, length);
  endpoint->hello_length = length;
}

ClawEndpoint *
claw_endpoint_new (const ClawEndpointConfig *config)
{
  g_return_val_if_fail (config != NULL && config->identity != NULL, NULL);
  g_return_val_if_fail (config->hello_length <= CLAW_HANDSHAKE_HELLO_MAX, NULL);
  g_return_val_if_fail (config->streams <= CLAW_CONNECTION_STREAMS_MAX, NULL);
  g_return_val_if_fail (
      config->session_bytes == 0
          || config->session_bytes / CLAW_CONNECTION_SEND_BUFFER
                 >= (config->streams > 0 ? config->streams : CLAW_CONNECTION_STREAMS_MAX),
      NULL);

  ClawEndpoint *endpoint = g_new0 (ClawEndpoint, 1);
  claw_identity_copy (&endpoint->identity, config->identity);
  claw_endpoint_set_hello (endpoint, config->hello, config->hello_length);
  endpoint->last_timestamp_us = config->last_timestamp_us;
  endpoint->host.jitter = g_rand_new_with_seed (config->jitter_seed);
  endpoint->host.rotation = (ClawRotationPolicy){
    .interval_us = config->key_rotation_us > 0 ? config->key_rotation_us
                                               : CLAW_ROTATION_INTERVAL_US,
    .records = config->key_rotation_records > 0 ? config->key_rotation_records
                                                : CLAW_ROTATION_RECORDS,
    .jitter = endpoint->host.jitter,
  };
  endpoint->host.streams = config->streams > 0 ? config->streams : CLAW_CONNECTION_STREAMS_MAX;
  endpoint->host.bytes = config->session_bytes > 0 ? config->session_bytes
                                                   : CLAW_CONNECTION_BUFFERS_MAX;
  claw_schedule_init (&endpoint->host.schedule);
  endpoint->doorkeeper = claw_doorkeeper_new (config->identity,
                                              config->handshakes_per_second > 0
                                                  ? config->handshakes_per_second
                                                  : CLAW_ENDPOINT_HANDSHAKES_PER_SECOND,
                                              drop_unconfirmed, endpoint);
  endpoint->by_index = g_hash_table_new (NULL, NULL);
  g_queue_init (&endpoint->connections);
  g_queue_init (&endpoint->waiting);
  return endpoint;
}

static void
forget_indexes (ClawEndpoint *endpoint, const ClawConnection *connection)
{
  uint32_t indexes[CLAW_KNOCK_OUTSTANDING_MAX];
  unsigned n = 0;

  if (connection->knock != NULL)
    n = claw_knock_get_indexes (connection->knock, indexes);
  for (unsigned i = 0; i < n; i++)
    g_hash_table_remove (endpoint->by_index, GUINT_TO_POINTER (indexes[i]));
  g_hash_table_remove (endpoint->by_index, GUINT_TO_POINTER (connection->index));
}

static void
destroy (ClawEndpoint *endpoint, ClawConnection *connection)
{
  forget_indexes (endpoint, connection);
  g_queue_unlink (&endpoint->connections, &connection->link);
  if (connection->was_established)
    endpoint->stats.connections--;
  if (!connection->is_known)
    claw_doorkeeper_remove_pending (endpoint->doorkeeper, connection->psk_id, connection);
  claw_connection_free (connection);
}

void
claw_endpoint_free (ClawEndpoint *endpoint)
{
  if (endpoint == NULL)
    return;
  while (endpoint->connections.head != NULL)
    destroy (endpoint, endpoint->connections.head->data);
  g_queue_clear_full (&endpoint->waiting, g_free);
  claw_doorkeeper_free (endpoint->doorkeeper);
  g_hash_table_unref (endpoint->by_index);
  claw_schedule_clear (&endpoint->host.schedule);
  g_rand_free (endpoint->host.jitter);
  claw_identity_clear (&endpoint->identity);
  g_free (endpoint);
}

static void
add_connection (ClawEndpoint *endpoint, ClawConnection *connection)
{
  connection->link.data = connection;
  g_queue_push_tail_link (&endpoint->connections, &connection->link);
}

/* A random index that is free; 0 stands for none. */
static uint32_t
new_index (const ClawEndpoint *endpoint)
{
  uint32_t index;

  do
    index = randombytes_random ();
  while (index == 0 || g_hash_table_contains (endpoint->by_index, GUINT_TO_POINTER (index)));
  return index;
}

static void
set_index (ClawEndpoint *endpoint, uint32_t index, ClawConnection *connection)
{
  g_hash_table_insert (endpoint->by_index, GUINT_TO_POINTER (index), connection);
}

/* Initiator */

static void
start_round (ClawEndpoint *endpoint, ClawConnection *connection, gint64 now_us)
{
  const ClawKnockSelf self = { .identity = &endpoint->identity,
                               .hello = endpoint->hello,
                               .hello_length = endpoint->hello_length,
                               .last_timestamp_us = &endpoint->last_timestamp_us,
                               .jitter = endpoint->host.jitter };
  uint32_t indexes[CLAW_ENDPOINT_PSKS_MAX];

  forget_indexes (endpoint, connection);
  for (unsigned psk = 0; psk < CLAW_ENDPOINT_PSKS_MAX; psk++)
    indexes[psk] = new_index (endpoint);
  if (!claw_knock_start_round (connection->knock, &self, indexes, now_us))
    {
      claw_connection_end (connection, CLAW_CLOSE_NO_ANSWER);
      return;
    }
  uint32_t outstanding[CLAW_KNOCK_OUTSTANDING_MAX];
  unsigned n = claw_knock_get_indexes (connection->knock, outstanding);
  for (unsigned i = 0; i < n; i++)
    set_index (endpoint, outstanding[i], connection);
  claw_connection_set_ready (connection);
}

static void
wake_knocking (ClawEndpoint *endpoint, ClawConnection *connection, gint64 now_us)
{
  if (claw_knock_is_over (connection->knock, now_us))
    claw_connection_end (connection, CLAW_CLOSE_NO_ANSWER);
  else if (claw_knock_is_round_due (connection->knock, now_us))
    start_round (endpoint, connection, now_us);
  claw_connection_reschedule (connection);
}

ClawConnection *
claw_endpoint_connect (ClawEndpoint *endpoint, const ClawConnectRequest *request)
{
  g_return_val_if_fail (endpoint != NULL && request != NULL, NULL);
  g_return_val_if_fail (request->n_addresses > 0, NULL);
  g_return_val_if_fail (request->n_addresses <= CLAW_ENDPOINT_ADDRESSES_MAX, NULL);

  ClawConnection *connection = claw_connection_new_initiator (&endpoint->host, request);
  add_connection (endpoint, connection);
  wake_knocking (endpoint, connection, request->now_us);
  return connection;
}

static void
receive_response (ClawEndpoint *endpoint,
                  ClawConnection *connection,
                  uint32_t index,
                  const ClawRoute *from,
                  const uint8_t *data,
                  size_t length,
                  gint64 now_us)
{
  g_auto (ClawKnockAnswer) answer = { 0 };

  /* Another answer to the same knock finds the session there already: the first one counts. */
  if (connection->state != CLAW_CONNECTION_KNOCKING
      || !claw_knock_finish (connection->knock, index, data, length, now_us, &answer))
    {
      connection->stats.datagrams_dropped++;
      return;
    }
  forget_indexes (endpoint, connection);
  set_index (endpoint, index, connection);
  claw_connection_begin (connection, index, &answer, from, now_us);
  endpoint->stats.connections++;
}

/* Responder */

void
claw_endpoint_accept (ClawEndpoint *endpoint, const ClawPskEntry *entry)
{
  g_return_if_fail (endpoint != NULL && entry != NULL);

  claw_doorkeeper_accept (endpoint->doorkeeper, entry);
}

void
claw_endpoint_refuse (ClawEndpoint *endpoint, uint64_t psk_id)
{
  g_return_if_fail (endpoint != NULL);

  claw_doorkeeper_refuse (endpoint->doorkeeper, psk_id);
}

void
claw_endpoint_set_other_socket (ClawEndpoint *endpoint, uint8_t socket, uint16_t port)
{
  g_return_if_fail (endpoint != NULL);

  endpoint->host.other_socket = (ClawProbeSocket){ .number = socket, .port = port };
}

void
claw_endpoint_set_identity (ClawEndpoint *endpoint, const ClawIdentity *identity)
{
  g_return_if_fail (endpoint != NULL && identity != NULL);

  claw_identity_clear (&endpoint->identity);
  claw_identity_copy (&endpoint->identity, identity);
  claw_doorkeeper_set_identity (endpoint->doorkeeper, identity);
}

static void
admit (ClawEndpoint *endpoint,
       const ClawDoorkeeperGuest *guest,
       const ClawRoute *from,
       gint64 now_us)
{
  g_auto (ClawHandshakeKeys) keys = { 0 };
  uint8_t *response = g_malloc (CLAW_HANDSHAKE_RESPONSE_SIZE);
  uint32_t index = new_index (endpoint);
  const uint8_t *client_key = claw_answer_get_initiator (guest->answer);
  size_t hello_length;
  const uint8_t *hello = claw_answer_get_hello (guest->answer, &hello_length);

  claw_answer_respond (guest->answer, index, endpoint->hello, endpoint->hello_length, response,
                       &keys);
  keys.peer_index = guest->peer_index;
  ClawConnection *connection = claw_connection_new_responder (&endpoint->host, index, &keys,
                                                              response, from, now_us);
  connection->psk_id = guest->psk_id;
  claw_connection_set_peer (connection, client_key, hello, hello_length);
  add_connection (endpoint, connection);
  set_index (endpoint, index, connection);
  claw_doorkeeper_add_pending (endpoint->doorkeeper, guest->psk_id, client_key, connection);
  endpoint->stats.handshakes++;
}

static void
count_refusal (ClawEndpointStats *stats, const char *reason)
{
  for (unsigned i = 0; i < stats->n_refusals; i++)
    if (strcmp (stats->refusals[i].reason, reason) == 0)
      {
        stats->refusals[i].count++;
        return;
      }
  if (stats->n_refusals < CLAW_ENDPOINT_REASONS_MAX)
    stats->refusals[stats->n_refusals++] = (ClawEndpointRefusals){ reason, 1 };
}

static void
note_near_miss (ClawEndpoint *endpoint, const char *reason, const ClawRoute *from)
{
  endpoint->stats.near_misses++;
  endpoint->stats.last_near_miss = reason;
  endpoint->stats.last_near_miss_from = from->peer;
  count_refusal (&endpoint->stats, reason);
}

/* Takes note of all but a KNOWN or WELCOME guest. */
static void
note_verdict (ClawEndpoint *endpoint,
              ClawDoorkeeperVerdict verdict,
              const ClawDoorkeeperGuest *guest,
              const ClawRoute *from)
{
  switch (verdict)
    {
    case CLAW_DOORKEEPER_STRANGER:
      endpoint->stats.strangers++;
      break;
    case CLAW_DOORKEEPER_NEAR_MISS:
      note_near_miss (endpoint, guest->reason, from);
      break;
    case CLAW_DOORKEEPER_KNOWN:
    case CLAW_DOORKEEPER_WELCOME:
      break;
    }
}

/* Everything up to the first keyed hash is done at once, public-key work when it is its turn. */
static void
receive_initiation (ClawEndpoint *endpoint,
                    const ClawRoute *from,
                    const uint8_t *data,
                    size_t length,
                    gint64 now_us)
{
  ClawDoorkeeperGuest guest;
  ClawDoorkeeperVerdict verdict = claw_doorkeeper_check (endpoint->doorkeeper, data, length, now_us,
                                                         &guest);

  note_verdict (endpoint, verdict, &guest, from);
  if (verdict != CLAW_DOORKEEPER_KNOWN)
    return;
  if (endpoint->waiting.length >= CLAW_ENDPOINT_HANDSHAKES_WAITING_MAX)
    {
      note_near_miss (endpoint, "too many handshakes at once", from);
      return;
    }
  Waiting *waiting = g_new (Waiting, 1);
  waiting->guest = guest;
  waiting->from = *from;
  waiting->since_us = now_us;
  memcpy (waiting->datagram, data, sizeof waiting->datagram);
  g_queue_push_tail (&endpoint->waiting, waiting);
}

static void
answer_waiting (ClawEndpoint *endpoint, gint64 now_us)
{
  for (unsigned n = 0; n < CLAW_ENDPOINT_HANDSHAKES_PER_TURN; n++)
    {
      g_autofree Waiting *waiting = g_queue_pop_head (&endpoint->waiting);

      if (waiting == NULL)
        return;
      ClawDoorkeeperVerdict verdict = claw_doorkeeper_read (
          endpoint->doorkeeper, waiting->datagram, sizeof waiting->datagram, &waiting->guest);
      note_verdict (endpoint, verdict, &waiting->guest, &waiting->from);
      if (verdict != CLAW_DOORKEEPER_WELCOME)
        continue;
      admit (endpoint, &waiting->guest, &waiting->from, now_us);
      claw_answer_free (waiting->guest.answer);
    }
}

static void
receive_record (ClawEndpoint *endpoint,
                ClawConnection *connection,
                const ClawRecordHeader *header,
                const ClawRoute *from,
                const uint8_t *data,
                size_t length,
                gint64 now_us)
{
  gboolean was_unconfirmed = connection->state == CLAW_CONNECTION_UNCONFIRMED;

  uint64_t dropped = connection->stats.datagrams_dropped;

  claw_connection_receive (connection, header, from, data, length, now_us);
  endpoint->stats.records_dropped += connection->stats.datagrams_dropped - dropped;
  if (!was_unconfirmed || !connection->is_known)
    return;
  endpoint->stats.connections++;
  claw_doorkeeper_confirm (endpoint->doorkeeper, connection->psk_id, connection);
}

/* Turns */

static ClawConnection *
find (const ClawEndpoint *endpoint, uint32_t index)
{
  return g_hash_table_lookup (endpoint->by_index, GUINT_TO_POINTER (index));
}

void
claw_endpoint_receive (ClawEndpoint *endpoint,
                       const ClawRoute *from,
                       const uint8_t *data,
                       size_t length,
                       gint64 now_us)
{
  ClawRecordHeader header;
  uint32_t index;
  ClawConnection *connection;

  g_return_if_fail (endpoint != NULL && from != NULL);
  g_return_if_fail (data != NULL || length == 0);

  endpoint->stats.datagrams_received++;
  endpoint->stats.bytes_received += length;
  if (length > CLAW_CONNECTION_DATAGRAM_MAX)
    endpoint->stats.strangers++;
  else if (claw_record_peek (data, length, &header)
           && (connection = find (endpoint, header.receiver_index)) != NULL)
    receive_record (endpoint, connection, &header, from, data, length, now_us);
  else if (claw_handshake_peek_response (data, length, &index)
           && (connection = find (endpoint, index)) != NULL)
    receive_response (endpoint, connection, index, from, data, length, now_us);
  else
    receive_initiation (endpoint, from, data, length, now_us);
}

void
claw_endpoint_wake (ClawEndpoint *endpoint, gint64 now_us)
{
  ClawConnection *connection;

  g_return_if_fail (endpoint != NULL);

  while ((connection = claw_schedule_next_due (&endpoint->host.schedule, now_us)) != NULL)
    {
      if (connection->state == CLAW_CONNECTION_KNOCKING)
        wake_knocking (endpoint, connection, now_us);
      else
        claw_connection_wake (connection, now_us);
    }
  answer_waiting (endpoint, now_us);
}

size_t
claw_endpoint_send (
    ClawEndpoint *endpoint, ClawRoute *to, uint8_t *buffer, size_t size, gint64 now_us)
{
  ClawConnection *connection;

  g_return_val_if_fail (endpoint != NULL && to != NULL && buffer != NULL, 0);
  g_return_val_if_fail (size >= CLAW_CONNECTION_DATAGRAM_MAX, 0);

  while ((connection = claw_schedule_next_ready (&endpoint->host.schedule)) != NULL)
    {
      size_t length = claw_connection_send (connection, to, buffer, now_us);

      if (length == 0)
        continue;
      endpoint->stats.datagrams_sent++;
      endpoint->stats.bytes_sent += length;
      return length;
    }
  return 0;
}

gint64
claw_endpoint_get_deadline (const ClawEndpoint *endpoint)
{
  g_return_val_if_fail (endpoint != NULL, G_MAXINT64);

  const Waiting *first = g_queue_peek_head ((GQueue *) &endpoint->waiting);
  gint64 deadline_us = claw_schedule_get_deadline (&endpoint->host.schedule);

  return first != NULL ? MIN (first->since_us, deadline_us) : deadline_us;
}

gboolean
claw_endpoint_next_event (ClawEndpoint *endpoint, ClawEndpointEvent *event)
{
  ClawConnection *connection;
  unsigned type;

  g_return_val_if_fail (endpoint != NULL && event != NULL, FALSE);

  if (endpoint->closed != NULL)
    destroy (endpoint, g_steal_pointer (&endpoint->closed));
  while ((connection = claw_schedule_next_event (&endpoint->host.schedule, &type)) != NULL)
    {
      if (!connection->is_known)
        {
          /* It never came to life, so nobody has to hear of its death. */
          destroy (endpoint, connection);
          continue;
        }
      *event = (ClawEndpointEvent){ .type = (ClawEndpointEventType) type,
                                    .connection = connection };
      if (event->type == CLAW_ENDPOINT_CLOSED)
        {
          /* Not earlier, since ESTABLISHED may have been told in the same turn only, and not only
           * when it is freed. */
          claw_key_slots_clear (&connection->keys);
          claw_port_news_clear (&connection->port_news);
          event->reason = connection->reason;
          event->peer_code = connection->close_code;
          event->peer_knows = connection->compromise.peer_knows;
          endpoint->closed = connection;
        }
      return TRUE;
    }
  return FALSE;
}

/* Queries */

uint64_t
claw_endpoint_get_last_timestamp_us (const ClawEndpoint *endpoint)
{
  return endpoint->last_timestamp_us;
}

uint64_t
claw_endpoint_get_greatest_timestamp_us (const ClawEndpoint *endpoint, uint64_t psk_id)
{
  return claw_doorkeeper_get_greatest_timestamp_us (endpoint->doorkeeper, psk_id);
}

void
claw_endpoint_get_stats (const ClawEndpoint *endpoint, ClawEndpointStats *stats)
{
  *stats = endpoint->stats;
}

static gboolean
uses_socket (const ClawConnection *connection, unsigned socket)
{
  const ClawPath *path = &connection->path;

  return path->current.socket == socket
         || (path->candidate.route.peer.family != CLAW_ADDRESS_NONE
             && path->candidate.route.socket == socket);
}

gboolean
claw_endpoint_uses_socket (const ClawEndpoint *endpoint, unsigned socket)
{
  g_return_val_if_fail (endpoint != NULL, FALSE);

  for (const GList *link = endpoint->connections.head; link != NULL; link = link->next)
    if (uses_socket (link->data, socket))
      return TRUE;
  return FALSE;
}

void
claw_endpoint_foreach (ClawEndpoint *endpoint,
                       void (*each) (ClawConnection *connection, gpointer user_data),
                       gpointer user_data)
{
  g_return_if_fail (endpoint != NULL && each != NULL);

  for (GList *link = endpoint->connections.head; link != NULL; link = link->next)
    {
      ClawConnection *connection = link->data;

      if (connection->state == CLAW_CONNECTION_ESTABLISHED)
        each (connection, user_data);
    }
}
