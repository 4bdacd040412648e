/* claw-connection.c: life cycle, timers and the application's side of a connection.
 *
 * See claw-connection-private.h for the other parts.
 */
#include "claw-connection-private.h"

#include <string.h>

static void on_acknowledged (const ClawSentPacket *packet, gpointer user_data);
static void on_resend (const ClawSentPacket *packet, gpointer user_data);
static void on_lost (const ClawSentPacket *packet, gint64 now_us, gpointer user_data);

static const ClawRecoveryCallbacks recovery_callbacks = { on_acknowledged, on_resend, on_lost };

/* Life cycle */

static ClawConnection *
connection_new (ClawConnectionHost *host, const ClawRoute *route)
{
  ClawConnection *connection = g_new0 (ClawConnection, 1);

  connection->host = host;
  connection->paced_until_us = G_MAXINT64;
  claw_datagram_queue_init (&connection->outgoing);
  claw_datagram_queue_init (&connection->incoming);
  claw_task_init (&connection->task, connection);
  claw_replay_window_init (&connection->window);
  claw_recovery_init (&connection->recovery, CLAW_RTT_INITIAL_US, &recovery_callbacks, connection);
  claw_acknowledger_init (&connection->acknowledger);
  claw_path_init (&connection->path, route);
  claw_mtu_init (&connection->mtu);
  claw_probe_init (&connection->probe);
  claw_keepalive_init (&connection->keepalive, host->jitter);
  claw_rotation_init (&connection->rotation, &host->rotation, FALSE);
  return connection;
}

ClawConnection *
claw_connection_new_initiator (ClawConnectionHost *host, const ClawConnectRequest *request)
{
  const ClawRoute route = { .peer = request->addresses[0] };
  ClawConnection *connection = connection_new (host, &route);

  connection->state = CLAW_CONNECTION_KNOCKING;
  connection->is_initiator = TRUE;
  claw_rotation_init (&connection->rotation, &host->rotation, TRUE);
  connection->is_known = TRUE;
  connection->knock = claw_knock_new (request);
  claw_connection_set_peer (connection, request->server_key, NULL, 0);
  return connection;
}

ClawConnection *
claw_connection_new_responder (ClawConnectionHost *host,
                               uint32_t index,
                               ClawHandshakeKeys *keys,
                               uint8_t *response,
                               const ClawRoute *route,
                               gint64 now_us)
{
  ClawConnection *connection = connection_new (host, route);

  connection->state = CLAW_CONNECTION_UNCONFIRMED;
  connection->index = index;
  connection->response = response;
  connection->response_us = now_us;
  connection->unconfirmed_until_us = now_us + CLAW_CONNECTION_UNCONFIRMED_US;
  claw_key_slots_init (&connection->keys, keys);
  claw_connection_set_ready (connection);
  claw_connection_reschedule (connection);
  return connection;
}

void
claw_connection_drop_streams (ClawConnection *connection)
{
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    if (connection->streams[id] != NULL)
      {
        claw_send_stream_clear (&connection->streams[id]->send);
        claw_receive_stream_clear (&connection->streams[id]->receive);
        g_clear_pointer (&connection->streams[id], g_free);
      }
  claw_datagram_queue_clear (&connection->outgoing);
  claw_datagram_queue_clear (&connection->incoming);
}

void
claw_connection_free (ClawConnection *connection)
{
  if (connection == NULL)
    return;
  claw_schedule_remove (&connection->host->schedule, &connection->task);
  claw_connection_drop_streams (connection);
  claw_key_slots_clear (&connection->keys);
  claw_rotation_clear (&connection->rotation);
  claw_recovery_clear (&connection->recovery);
  claw_acknowledger_clear (&connection->acknowledger);
  claw_port_news_clear (&connection->port_news);
  claw_probe_clear (&connection->probe);
  claw_knock_free (connection->knock);
  g_free (connection->response);
  g_free (connection->peer_hello);
  g_free (connection);
}

void
claw_connection_set_peer (ClawConnection *connection,
                          const uint8_t key[CLAW_PUBLIC_KEY_SIZE],
                          const uint8_t *hello,
                          size_t hello_length)
{
  memcpy (connection->peer_key, key, sizeof connection->peer_key);
  g_free (connection->peer_hello);
  connection->peer_hello = g_memdup2 (hello, hello_length);
  connection->peer_hello_length = hello_length;
}

static void
establish (ClawConnection *connection, gint64 round_trip_us, gint64 now_us)
{
  connection->state = CLAW_CONNECTION_ESTABLISHED;
  connection->is_known = TRUE;
  connection->was_established = TRUE;
  connection->stats.established_at_us = now_us;
  connection->last_sent_us = connection->last_received_us = now_us;
  /* RFC 9002 section 6.2.2: a start value, not a sample, since a retry may have made it too long.
   */
  claw_rtt_init (&connection->recovery.rtt, MIN (round_trip_us, CLAW_RTT_INITIAL_US));
  claw_rotation_start (&connection->rotation, now_us);
  claw_connection_raise (connection, CLAW_ENDPOINT_ESTABLISHED);
  claw_connection_set_ready (connection);
}

void
claw_connection_begin (ClawConnection *connection,
                       uint32_t index,
                       ClawKnockAnswer *answer,
                       const ClawRoute *route,
                       gint64 now_us)
{
  g_return_if_fail (connection->state == CLAW_CONNECTION_KNOCKING);

  connection->index = index;
  connection->psk_id = answer->psk;
  claw_connection_set_peer (connection, claw_knock_get_server_key (connection->knock),
                            answer->hello, answer->hello_length);
  claw_key_slots_init (&connection->keys, &answer->keys);
  claw_path_init (&connection->path, route);
  g_clear_pointer (&connection->knock, claw_knock_free);
  establish (connection, answer->rtt_us, now_us);
  /* The responder may not send before it has a record of ours. */
  connection->wants_ping = TRUE;
  claw_connection_reschedule (connection);
}

void
claw_connection_confirm (ClawConnection *connection, gint64 now_us)
{
  g_return_if_fail (connection->state == CLAW_CONNECTION_UNCONFIRMED);

  g_clear_pointer (&connection->response, g_free);
  establish (connection, now_us - connection->response_us, now_us);
}

void
claw_connection_end (ClawConnection *connection, ClawCloseReason reason)
{
  if (connection->state == CLAW_CONNECTION_CLOSED)
    return;
  connection->state = CLAW_CONNECTION_CLOSED;
  connection->reason = reason;
  claw_schedule_set_unready (&connection->host->schedule, &connection->task);
  claw_connection_raise (connection, CLAW_ENDPOINT_CLOSED);
  claw_connection_reschedule (connection);
}

static void
start_closing (ClawConnection *connection, ClawCloseReason reason, ClawCloseCode code)
{
  connection->state = CLAW_CONNECTION_CLOSING;
  connection->reason = reason;
  connection->close_code = code;
  claw_connection_set_ready (connection);
  claw_connection_reschedule (connection);
}

void
claw_connection_fail (ClawConnection *connection)
{
  start_closing (connection, CLAW_CLOSE_PROTOCOL, CLAW_CLOSE_CODE_PROTOCOL);
}

/* LOST, as it is nobody's will: who wants to may come back at once, with fresh keys. */
void
claw_connection_wear_out (ClawConnection *connection)
{
  start_closing (connection, CLAW_CLOSE_LOST, CLAW_CLOSE_CODE_TOO_SLOW);
}

void
claw_connection_close (ClawConnection *connection, ClawCloseCode code)
{
  g_return_if_fail (connection != NULL);

  switch (connection->state)
    {
    case CLAW_CONNECTION_KNOCKING:
    case CLAW_CONNECTION_UNCONFIRMED:
      claw_connection_end (connection, CLAW_CLOSE_LOCAL);
      break;
    case CLAW_CONNECTION_ESTABLISHED:
      start_closing (connection, CLAW_CLOSE_LOCAL, code);
      break;
    case CLAW_CONNECTION_COMPROMISED: /* ends by itself */
    case CLAW_CONNECTION_CLOSING:
    case CLAW_CONNECTION_CLOSED:
      break;
    }
}

void
claw_connection_nudge (ClawConnection *connection)
{
  g_return_if_fail (connection != NULL);

  if (connection->state != CLAW_CONNECTION_ESTABLISHED)
    return;
  claw_recovery_nudge (&connection->recovery);
  connection->wants_ping = TRUE;
  claw_connection_set_ready (connection);
  claw_connection_reschedule (connection);
}

/* Scheduling */

void
claw_connection_set_ready (ClawConnection *connection)
{
  claw_schedule_set_ready (&connection->host->schedule, &connection->task);
}

void
claw_connection_raise (ClawConnection *connection, ClawEndpointEventType event)
{
  claw_schedule_raise (&connection->host->schedule, &connection->task, event);
}

static gint64
get_lost_deadline (const ClawConnection *connection)
{
  gint64 deadline_us = G_MAXINT64;

  /* What was asked last may have been declared lost, and not be worth asking again. */
  if (connection->recovery.sent.outstanding > 0)
    deadline_us = connection->unanswered_since_us + CLAW_CONNECTION_LOST_US;
  if (!connection->is_initiator)
    deadline_us = MIN (deadline_us, connection->last_received_us + connection->keepalive.idle_us);
  return deadline_us;
}

static gint64
get_keepalive_deadline (const ClawConnection *connection)
{
  if (!connection->is_initiator || connection->wants_ping)
    return G_MAXINT64;
  return connection->last_sent_us + connection->keepalive.interval_us;
}

static gint64
get_trim_deadline (const ClawConnection *connection)
{
  if (!connection->keeps_memory)
    return G_MAXINT64;
  return MAX (connection->last_sent_us, connection->last_received_us) + CLAW_CONNECTION_TRIM_US;
}

static gint64
get_deadline (const ClawConnection *connection)
{
  gint64 deadline_us = MIN (get_lost_deadline (connection), get_keepalive_deadline (connection));
  ClawRoute route;

  deadline_us = MIN (deadline_us, get_trim_deadline (connection));
  deadline_us = MIN (deadline_us, claw_recovery_get_deadline (&connection->recovery));
  deadline_us = MIN (deadline_us, claw_mtu_get_deadline (&connection->mtu));
  deadline_us = MIN (deadline_us, claw_connection_get_keys_deadline (connection));
  /* While it is ready anyway, send () sees to these. */
  if (connection->task.ready.data != NULL)
    return deadline_us;
  deadline_us = MIN (deadline_us, claw_path_get_deadline (&connection->path));
  if (claw_path_choose (&connection->path, &route) == 0)
    return deadline_us;
  deadline_us = MIN (deadline_us, connection->paced_until_us);
  deadline_us = MIN (deadline_us, claw_probe_get_deadline (&connection->probe));
  return MIN (deadline_us, claw_acknowledger_get_deadline (&connection->acknowledger));
}

void
claw_connection_reschedule (ClawConnection *connection)
{
  gint64 deadline_us = G_MAXINT64;

  switch (connection->state)
    {
    case CLAW_CONNECTION_KNOCKING:
      deadline_us = claw_knock_get_deadline (connection->knock);
      break;
    case CLAW_CONNECTION_UNCONFIRMED:
      deadline_us = connection->unconfirmed_until_us;
      break;
    case CLAW_CONNECTION_ESTABLISHED:
      deadline_us = get_deadline (connection);
      break;
    case CLAW_CONNECTION_COMPROMISED:
      deadline_us = claw_connection_get_compromise_deadline (connection);
      break;
    case CLAW_CONNECTION_CLOSING:
    case CLAW_CONNECTION_CLOSED:
      break;
    }
  claw_schedule_set_deadline (&connection->host->schedule, &connection->task, deadline_us);
}

static void
trim (ClawConnection *connection)
{
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    if (connection->streams[id] != NULL)
      {
        claw_send_stream_trim (&connection->streams[id]->send);
        claw_receive_stream_trim (&connection->streams[id]->receive);
      }
  claw_sent_map_trim (&connection->recovery.sent);
  connection->keeps_memory = FALSE;
}

static void
wake_established (ClawConnection *connection, gint64 now_us)
{
  if (get_lost_deadline (connection) <= now_us)
    {
      claw_connection_end (connection, CLAW_CLOSE_LOST);
      return;
    }
  if (get_keepalive_deadline (connection) <= now_us)
    {
      connection->wants_ping = TRUE;
      claw_keepalive_renew (&connection->keepalive, connection->host->jitter);
    }
  if (get_trim_deadline (connection) <= now_us)
    trim (connection);
  claw_key_slots_wake (&connection->keys, now_us);
  claw_connection_step_keys (connection, now_us);
  if (connection->state != CLAW_CONNECTION_ESTABLISHED)
    return;
  claw_path_wake (&connection->path, now_us);
  if (claw_probe_wake (&connection->probe, now_us))
    claw_connection_raise (connection, CLAW_ENDPOINT_PROBED);
  claw_recovery_wake (&connection->recovery, now_us);
  claw_mtu_wake (&connection->mtu, now_us);
  claw_connection_set_ready (connection);
}

void
claw_connection_wake (ClawConnection *connection, gint64 now_us)
{
  switch (connection->state)
    {
    case CLAW_CONNECTION_UNCONFIRMED:
      if (connection->unconfirmed_until_us <= now_us)
        claw_connection_end (connection, CLAW_CLOSE_LOST);
      break;
    case CLAW_CONNECTION_ESTABLISHED:
      wake_established (connection, now_us);
      break;
    case CLAW_CONNECTION_COMPROMISED:
      claw_connection_wake_compromised (connection, now_us);
      break;
    case CLAW_CONNECTION_KNOCKING:
    case CLAW_CONNECTION_CLOSING:
    case CLAW_CONNECTION_CLOSED:
      break;
    }
  claw_connection_reschedule (connection);
}

/* What became of sent packets */

static void
on_acknowledged (const ClawSentPacket *packet, gpointer user_data)
{
  ClawConnection *connection = user_data;

  claw_mtu_on_acknowledged (&connection->mtu, packet->size);
  for (unsigned i = 0; i < packet->n_chunks; i++)
    {
      const ClawSentChunk *chunk = &packet->chunks[i];
      ClawSendStream *stream = &connection->streams[chunk->stream]->send;
      uint64_t before = stream->acknowledged;

      claw_send_stream_on_acknowledged (stream, chunk->offset, chunk->length);
      if (stream->acknowledged != before)
        claw_connection_raise (connection, CLAW_ENDPOINT_PROGRESS);
      if (claw_send_stream_keeps_memory (stream))
        connection->keeps_memory = TRUE;
    }
  claw_port_news_on_acknowledged (&connection->port_news, packet->port_news);
  if (packet->quiet)
    claw_keepalive_on_told (&connection->keepalive, packet->number, connection->host->jitter);
  if (packet->control & CLAW_SENT_REKEY)
    claw_connection_heed_rotation (
        connection,
        claw_rotation_on_acknowledged (&connection->rotation, &connection->keys, packet->number));
  if (packet->ack_end > 0)
    claw_acknowledger_forget_below (&connection->acknowledger, packet->ack_end);
}

static void
on_resend (const ClawSentPacket *packet, gpointer user_data)
{
  ClawConnection *connection = user_data;

  for (unsigned i = 0; i < packet->n_chunks; i++)
    {
      const ClawSentChunk *chunk = &packet->chunks[i];

      claw_send_stream_on_lost (&connection->streams[chunk->stream]->send, chunk->offset,
                                chunk->length);
    }
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    if (packet->windows & 1u << id)
      connection->streams[id]->must_tell_limit = TRUE;
  claw_port_news_on_lost (&connection->port_news, packet->port_news);
  if (packet->quiet)
    claw_keepalive_on_lost (&connection->keepalive);
  if (packet->control & CLAW_SENT_REKEY)
    claw_rotation_on_lost (&connection->rotation, packet->number);
}

static void
on_lost (const ClawSentPacket *packet, gint64 now_us, gpointer user_data)
{
  ClawConnection *connection = user_data;

  claw_mtu_on_lost (&connection->mtu, packet->size, packet->sent_at_us, now_us);
}

/* The application's side */

ClawStream *
claw_connection_get_stream (ClawConnection *connection, unsigned id)
{
  ClawStream *stream = connection->streams[id];

  if (stream != NULL)
    return stream;
  stream = connection->streams[id] = g_new0 (ClawStream, 1);
  claw_send_stream_init (&stream->send);
  claw_receive_stream_init (&stream->receive);
  return stream;
}

static size_t
get_share (const ClawConnection *connection,
           unsigned id,
           size_t at_least,
           size_t (*get_size) (const ClawStream *))
{
  size_t share = connection->host->bytes;

  for (unsigned i = 0; i < connection->host->streams; i++)
    if (i != id)
      share -= connection->streams[i] != NULL ? MAX (get_size (connection->streams[i]), at_least)
                                              : at_least;
  return share;
}

static size_t
get_credit (const ClawStream *stream)
{
  return claw_receive_stream_get_credit (&stream->receive);
}

static size_t
get_buffered (const ClawStream *stream)
{
  return claw_send_stream_get_buffered (&stream->send);
}

size_t
claw_connection_get_share (const ClawConnection *connection, unsigned id)
{
  return get_share (connection, id, CLAW_STREAM_WINDOW, get_credit);
}

/* What is in flight, and as much again that is ready when acknowledgements come. */
static size_t
get_send_buffer_max (const ClawConnection *connection, unsigned id)
{
  uint64_t wanted = 2 * connection->recovery.congestion.window;

  wanted = CLAMP (wanted, CLAW_CONNECTION_SEND_BUFFER, CLAW_CONNECTION_SEND_BUFFER_MAX);
  return MIN ((size_t) wanted,
              get_share (connection, id, CLAW_CONNECTION_SEND_BUFFER, get_buffered));
}

size_t
claw_connection_write (ClawConnection *connection, unsigned id, const void *data, size_t length)
{
  g_return_val_if_fail (connection != NULL, 0);
  g_return_val_if_fail (id < CLAW_CONNECTION_STREAMS_MAX, 0);
  g_return_val_if_fail (data != NULL || length == 0, 0);

  if (connection->state > CLAW_CONNECTION_ESTABLISHED || length == 0)
    return 0;
  size_t taken = claw_send_stream_write (&claw_connection_get_stream (connection, id)->send, data,
                                         length, get_send_buffer_max (connection, id));
  if (connection->state == CLAW_CONNECTION_ESTABLISHED)
    claw_connection_set_ready (connection);
  return taken;
}

size_t
claw_connection_read (ClawConnection *connection, unsigned id, void *buffer, size_t size)
{
  g_return_val_if_fail (connection != NULL, 0);
  g_return_val_if_fail (id < CLAW_CONNECTION_STREAMS_MAX, 0);

  ClawStream *stream = connection->streams[id];
  if (stream == NULL)
    return 0;
  size_t length = claw_receive_stream_read (&stream->receive, buffer, size);
  if (claw_receive_stream_keeps_memory (&stream->receive) && !connection->keeps_memory)
    {
      connection->keeps_memory = TRUE;
      claw_connection_reschedule (connection);
    }
  if (connection->state == CLAW_CONNECTION_ESTABLISHED
      && claw_receive_stream_wants_raise (&stream->receive))
    claw_connection_set_ready (connection);
  return length;
}

gboolean
claw_connection_send_datagram (ClawConnection *connection, const void *data, size_t length)
{
  g_return_val_if_fail (connection != NULL, FALSE);
  g_return_val_if_fail (data != NULL || length == 0, FALSE);

  if (connection->state != CLAW_CONNECTION_ESTABLISHED || length > CLAW_CONNECTION_UNRELIABLE_MAX)
    return FALSE;
  claw_datagram_queue_push (&connection->outgoing, data, length);
  claw_connection_set_ready (connection);
  return TRUE;
}

gboolean
claw_connection_read_datagram (ClawConnection *connection,
                               uint8_t buffer[CLAW_CONNECTION_UNRELIABLE_MAX],
                               size_t *length)
{
  g_return_val_if_fail (connection != NULL && buffer != NULL && length != NULL, FALSE);

  const uint8_t *data = claw_datagram_queue_peek (&connection->incoming, length);
  if (data == NULL)
    return FALSE;
  memcpy (buffer, data, *length);
  claw_datagram_queue_pop (&connection->incoming);
  return TRUE;
}

void
claw_connection_set_behind_nat (ClawConnection *connection, gboolean is_behind_nat)
{
  g_return_if_fail (connection != NULL);

  if (!connection->is_initiator || connection->state != CLAW_CONNECTION_ESTABLISHED)
    return;
  claw_keepalive_set_behind_nat (&connection->keepalive, is_behind_nat, connection->next_counter,
                                 connection->host->jitter);
  claw_connection_set_ready (connection);
}

void
claw_connection_probe_nat (ClawConnection *connection)
{
  g_return_if_fail (connection != NULL);

  if (connection->state != CLAW_CONNECTION_ESTABLISHED)
    return;
  claw_probe_start (&connection->probe);
  claw_connection_set_ready (connection);
}

void
claw_connection_end_nat_probe (ClawConnection *connection)
{
  g_return_if_fail (connection != NULL);

  claw_probe_stop (&connection->probe);
}

const ClawProbeResult *
claw_connection_get_probe_result (const ClawConnection *connection)
{
  return &connection->probe.result;
}

static const ClawSendStream *
peek_send_stream (const ClawConnection *connection, unsigned id)
{
  static const ClawSendStream unused;

  g_return_val_if_fail (connection != NULL, &unused);
  g_return_val_if_fail (id < CLAW_CONNECTION_STREAMS_MAX, &unused);

  return connection->streams[id] != NULL ? &connection->streams[id]->send : &unused;
}

uint64_t
claw_connection_get_written (const ClawConnection *connection, unsigned stream)
{
  return peek_send_stream (connection, stream)->written;
}

uint64_t
claw_connection_get_sent (const ClawConnection *connection, unsigned stream)
{
  return peek_send_stream (connection, stream)->sent;
}

uint64_t
claw_connection_get_acknowledged (const ClawConnection *connection, unsigned stream)
{
  return peek_send_stream (connection, stream)->acknowledged;
}

void
claw_connection_tell_port (ClawConnection *connection,
                           uint64_t slot,
                           uint32_t interval_s,
                           uint16_t port,
                           const ClawKey *secret)
{
  g_return_if_fail (connection != NULL && !connection->is_initiator);
  g_return_if_fail (port != 0 && interval_s <= CLAW_CONNECTION_PORT_INTERVAL_MAX_S);
  g_return_if_fail (interval_s == 0 || (secret != NULL && claw_key_is_set (secret)));

  if (connection->state > CLAW_CONNECTION_ESTABLISHED)
    return;
  claw_port_news_tell (&connection->port_news, slot, interval_s, port, secret);
  if (connection->state == CLAW_CONNECTION_ESTABLISHED)
    claw_connection_set_ready (connection);
}

const ClawPortNotice *
claw_connection_get_port_schedule (const ClawConnection *connection)
{
  return connection->port_news.has_heard ? &connection->port_news.notice : NULL;
}

void
claw_connection_follow_port (ClawConnection *connection, gint64 now_us)
{
  const ClawPortNotice *notice = claw_connection_get_port_schedule (connection);
  ClawRoute route = connection->path.current;

  if (notice == NULL || notice->interval_s == 0)
    return;
  route.peer.port = notice->port;
  claw_path_move_to (&connection->path, &route, now_us);
}

unsigned
claw_connection_get_socket (const ClawConnection *connection)
{
  return connection->path.current.socket;
}

ClawConnectionState
claw_connection_get_state (const ClawConnection *connection)
{
  return connection->state;
}

gboolean
claw_connection_is_initiator (const ClawConnection *connection)
{
  return connection->is_initiator;
}

const uint8_t *
claw_connection_get_peer_key (const ClawConnection *connection)
{
  return connection->peer_key;
}

const ClawAddress *
claw_connection_get_peer_address (const ClawConnection *connection)
{
  return &connection->path.current.peer;
}

const uint8_t *
claw_connection_get_peer_hello (const ClawConnection *connection, size_t *length)
{
  *length = connection->peer_hello_length;
  return connection->peer_hello;
}

uint64_t
claw_connection_get_psk_id (const ClawConnection *connection)
{
  return connection->psk_id;
}

void
claw_connection_get_stats (const ClawConnection *connection, ClawConnectionStats *stats)
{
  const ClawRtt *rtt = &connection->recovery.rtt;

  *stats = connection->stats;
  stats->datagrams_lost = connection->recovery.n_lost;
  stats->datagram_size = claw_mtu_get_size (&connection->mtu);
  stats->smoothed_rtt_us = rtt->has_sample ? rtt->smoothed_us : 0;
  stats->key_epoch = connection->rotation.epoch;
  stats->keys_changed_at_us = connection->rotation.changed_us;
  stats->keys_due_at_us = connection->rotation.due_us;
}

void
claw_connection_set_user_data (ClawConnection *connection, gpointer user_data)
{
  connection->user_data = user_data;
}

gpointer
claw_connection_get_user_data (const ClawConnection *connection)
{
  return connection->user_data;
}
