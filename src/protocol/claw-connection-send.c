/* claw-connection-send.c: from a connection's state to the next datagram.
 *
 * Answers to path challenges and our own challenges go first, each in a record of its own, since
 * they go to an address of their own. They are outside of loss recovery: claw-path.h repeats them,
 * and says where everything else goes; claw-probe.h and claw-mtu.h repeat theirs.
 */
#include "claw-connection-private.h"

#include <string.h>

/* Plaintext is filled up to one of these, so that its length tells little of what is said. */
static const size_t padded_sizes[] = { 64, 128, 256, 512, 1024 };
/* … or to all that a datagram holds. When probe timeouts have followed each other, or larger
 * records were lost of late, those that probe are no larger than what every path carries, lest all
 * of them be lost in the same hole. */
#define DOUBTFUL_BACKOFF 2
/* What an ACK, however long, leaves of a record for what else there is to say. */
#define BESIDE_ACK 96

G_STATIC_ASSERT (CLAW_PATH_DATAGRAM_SIZE == 64 + CLAW_RECORD_OVERHEAD);
G_STATIC_ASSERT (CLAW_CONNECTION_UNRELIABLE_MAX + CLAW_FRAME_DATAGRAM_OVERHEAD
                     + CLAW_RECORD_OVERHEAD
                 == CLAW_MTU_SIZE_MIN);
G_STATIC_ASSERT (CLAW_PROBE_DATAGRAM_SIZE == 64 + CLAW_RECORD_OVERHEAD);
G_STATIC_ASSERT (CLAW_FRAME_REPORT_SIZE <= 64 && CLAW_FRAME_PROBE_SIZE <= 64);

/* @limit: what the path takes before it is proven. */
static size_t
get_datagram_size (const ClawConnection *connection, size_t limit)
{
  const ClawRecovery *recovery = &connection->recovery;
  unsigned doubtful = claw_mtu_is_in_doubt (&connection->mtu) ? 1 : DOUBTFUL_BACKOFF;
  size_t most = claw_mtu_get_size (&connection->mtu);
  size_t size = padded_sizes[0] + CLAW_RECORD_OVERHEAD;

  if (recovery->probes > 0 && recovery->backoff >= doubtful)
    most = CLAW_MTU_SIZE_MIN;
  if (limit >= most)
    return most;
  for (unsigned i = 1; i < G_N_ELEMENTS (padded_sizes); i++)
    if (padded_sizes[i] + CLAW_RECORD_OVERHEAD <= limit)
      size = padded_sizes[i] + CLAW_RECORD_OVERHEAD;
  return size;
}

/* @size: of the datagram, at most. */
static void
begin_record (ClawWriter *writer, uint8_t *buffer, size_t size)
{
  claw_writer_init (writer, buffer + CLAW_RECORD_HEADER_SIZE, size - CLAW_RECORD_OVERHEAD);
}

static size_t
get_padded_size (size_t used, size_t most)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (padded_sizes) && padded_sizes[i] < most; i++)
    if (used <= padded_sizes[i])
      return padded_sizes[i];
  return most;
}

/* Returns: one more than the largest number in it. */
static uint64_t
write_ack (ClawConnection *connection, ClawWriter *writer, gint64 now_us)
{
  ClawWriter shorter = *writer;

  shorter.size -= MIN (BESIDE_ACK, shorter.size / 4);
  uint64_t ack_end = claw_acknowledger_write (&connection->acknowledger, &shorter, now_us);
  writer->used = shorter.used;
  return ack_end;
}

/* Pads to @size bytes of plaintext and seals. Returns: the datagram's length. */
static size_t
seal_record (
    ClawConnection *connection, ClawWriter *writer, size_t size, uint8_t *buffer, gint64 now_us)
{
  g_assert (!writer->failed && writer->used > 0 && writer->used <= size);

  memset (writer->data + writer->used, CLAW_FRAME_PADDING, size - writer->used);
  size_t length = claw_key_slots_seal (&connection->keys, connection->next_counter++, buffer, size);
  connection->stats.datagrams_sent++;
  connection->stats.bytes_sent += length;
  connection->last_sent_us = now_us;
  return length;
}

static size_t
finish_record (ClawConnection *connection, ClawWriter *writer, uint8_t *buffer, gint64 now_us)
{
  size_t size = get_padded_size (writer->used, writer->used + claw_writer_left (writer));

  return seal_record (connection, writer, size, buffer, now_us);
}

static gboolean
wants_to_tell_limit (const ClawStream *stream)
{
  return stream->must_tell_limit || claw_receive_stream_wants_raise (&stream->receive);
}

/* Whether there is anything that wants to be acknowledged. */
static gboolean
has_content (const ClawConnection *connection)
{
  uint64_t offset;
  size_t length;

  if (connection->wants_ping || connection->port_news.must_tell || connection->keepalive.must_tell
      || connection->recovery.probes > 0 || connection->outgoing.datagrams.length > 0
      || claw_rotation_wants_frame (&connection->rotation))
    return TRUE;
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    {
      const ClawStream *stream = connection->streams[id];

      if (stream != NULL
          && (wants_to_tell_limit (stream)
              || claw_send_stream_peek (&stream->send, 1, &offset, &length)))
        return TRUE;
    }
  return FALSE;
}

/* What is told again, because it was lost, is what was told then or later. */
static uint64_t
raise_limit (ClawConnection *connection, unsigned id, gint64 now_us)
{
  ClawReceiveStream *stream = &connection->streams[id]->receive;

  if (!claw_receive_stream_wants_raise (stream))
    return stream->limit;
  return claw_receive_stream_raise (stream, claw_connection_get_share (connection, id),
                                    connection->recovery.rtt.smoothed_us, now_us);
}

/* What does not fit beside a long ACK goes with the next record. */
static void
write_rekey (ClawConnection *connection, ClawWriter *writer, ClawSentPacket *packet)
{
  ClawRotation *rotation = &connection->rotation;

  if (!claw_rotation_wants_frame (rotation) || claw_writer_left (writer) < CLAW_FRAME_REKEY_SIZE)
    return;
  claw_frame_write_rekey (writer, claw_rotation_get_frame_epoch (rotation), rotation->own_key);
  claw_rotation_on_sent (rotation, packet->number);
  packet->control |= CLAW_SENT_REKEY;
}

static void
write_limits (ClawConnection *connection, ClawWriter *writer, ClawSentPacket *packet)
{
  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    {
      ClawStream *stream = connection->streams[id];

      if (stream == NULL || !wants_to_tell_limit (stream))
        continue;
      if (claw_writer_left (writer) < CLAW_FRAME_MAX_STREAM_DATA_SIZE)
        return;
      claw_frame_write_max_stream_data (writer, id,
                                        raise_limit (connection, id, packet->sent_at_us));
      stream->must_tell_limit = FALSE;
      packet->windows |= (uint16_t) (1u << id);
    }
}

static void
write_port_news (ClawConnection *connection, ClawWriter *writer, ClawSentPacket *packet)
{
  if (connection->port_news.must_tell && claw_writer_left (writer) >= CLAW_FRAME_PORT_SIZE)
    packet->port_news = claw_port_news_write (&connection->port_news, writer);
}

static void
write_quiet (ClawConnection *connection, ClawWriter *writer, ClawSentPacket *packet)
{
  if (!connection->keepalive.must_tell)
    return;
  claw_frame_write_quiet (writer, claw_keepalive_tell (&connection->keepalive));
  packet->quiet = TRUE;
}

static gboolean
write_chunk (ClawConnection *connection, unsigned id, ClawWriter *writer, ClawSentPacket *packet)
{
  ClawSendStream *stream = &connection->streams[id]->send;
  size_t left = claw_writer_left (writer);
  uint64_t sent = stream->sent;
  uint64_t offset;
  size_t length;

  if (packet->n_chunks == CLAW_SENT_CHUNKS_MAX || left <= CLAW_FRAME_STREAM_OVERHEAD
      || !claw_send_stream_peek (stream, left - CLAW_FRAME_STREAM_OVERHEAD, &offset, &length))
    return FALSE;

  uint8_t *data = claw_frame_write_stream (writer, id, offset, length);
  claw_send_stream_take (stream, offset, data, length);
  packet->chunks[packet->n_chunks++]
      = (ClawSentChunk){ .offset = offset, .length = (uint16_t) length, .stream = (uint8_t) id };
  if (stream->sent != sent)
    claw_connection_raise (connection, CLAW_ENDPOINT_PROGRESS);
  return TRUE;
}

/* Streams take turns to be first, so that a long one does not hold up a short one. */
static void
write_streams (ClawConnection *connection, ClawWriter *writer, ClawSentPacket *packet)
{
  unsigned first = connection->next_stream;

  for (unsigned i = 0; i < CLAW_CONNECTION_STREAMS_MAX; i++)
    {
      unsigned id = (first + i) % CLAW_CONNECTION_STREAMS_MAX;

      if (connection->streams[id] == NULL)
        continue;
      while (write_chunk (connection, id, writer, packet))
        connection->next_stream = (id + 1) % CLAW_CONNECTION_STREAMS_MAX;
    }
}

/* One that does not fit beside an ACK goes with the next record; one that does not even fit into an
 * empty one is dropped. Returns: whether any was written. */
static gboolean
write_datagrams (ClawConnection *connection, ClawWriter *writer)
{
  ClawDatagramQueue *queue = &connection->outgoing;
  gboolean any = FALSE;
  const uint8_t *data;
  size_t length;

  while ((data = claw_datagram_queue_peek (queue, &length)) != NULL)
    {
      size_t needed = length + CLAW_FRAME_DATAGRAM_OVERHEAD;
      gboolean fits = needed <= claw_writer_left (writer);

      if (!fits && writer->used > 0)
        break;
      if (fits)
        claw_frame_write_datagram (writer, data, length);
      any |= fits;
      claw_datagram_queue_pop (queue);
    }
  return any;
}

/* Datagrams and streams take turns to be first, so that neither holds up the other. Returns: FALSE
 * when only an ACK got into the record, beside which the next datagram did not fit. */
static gboolean
write_content (ClawConnection *connection, ClawWriter *writer, ClawSentPacket *packet)
{
  gboolean any;

  write_rekey (connection, writer, packet);
  write_quiet (connection, writer, packet);
  write_port_news (connection, writer, packet);
  write_limits (connection, writer, packet);
  if (connection->streams_first)
    write_streams (connection, writer, packet);
  any = write_datagrams (connection, writer);
  if (!connection->streams_first)
    write_streams (connection, writer, packet);
  connection->streams_first = !connection->streams_first;
  any |= packet->quiet || packet->port_news != 0 || packet->windows != 0 || packet->n_chunks > 0
         || packet->control != 0;
  if (!any && (writer->used == 0 || connection->outgoing.datagrams.length == 0))
    {
      claw_frame_write_ping (writer);
      any = TRUE;
    }
  if (any)
    connection->wants_ping = FALSE;
  return any;
}

static gboolean
may_send_news (ClawConnection *connection, gboolean wants, gint64 now_us)
{
  connection->paced_until_us = G_MAXINT64;
  return wants && claw_recovery_allows (&connection->recovery, now_us, &connection->paced_until_us);
}

/* @limit: of the datagram. In a small one an ACK leaves room for a little of what is new. */
static size_t
send_record (
    ClawConnection *connection, ClawRoute *to, size_t limit, uint8_t *buffer, gint64 now_us)
{
  ClawRecovery *recovery = &connection->recovery;
  ClawAcknowledger *acknowledger = &connection->acknowledger;
  ClawSentPacket packet = { .number = connection->next_counter, .sent_at_us = now_us };
  gboolean wants_news = has_content (connection);
  gboolean must_acknowledge = claw_acknowledger_get_deadline (acknowledger) <= now_us;
  ClawWriter writer;

  /* What goes to an unproven place is always to be answered: that proves it if the challenge gets
   * lost. */
  gboolean has_news = may_send_news (
      connection, wants_news || (must_acknowledge && limit != G_MAXSIZE), now_us);
  if (!has_news && !must_acknowledge)
    return 0;

  size_t most = get_datagram_size (connection, limit);
  begin_record (&writer, buffer, most);
  if (claw_acknowledger_has_news (acknowledger))
    packet.ack_end = write_ack (connection, &writer, now_us);
  if (has_news)
    has_news = write_content (connection, &writer, &packet);
  size_t length = finish_record (connection, &writer, buffer, now_us);
  /* Marks are for the path in use only. */
  if (limit == G_MAXSIZE)
    to->ecn = (uint8_t) claw_ecn_get_mark (&recovery->ecn, has_news);
  if (to->ecn != CLAW_ECN_NONE)
    claw_ecn_on_sent (&recovery->ecn);
  if (has_news)
    {
      packet.size = (uint16_t) length;
      packet.is_marked = to->ecn != CLAW_ECN_NONE;
      if (length == claw_mtu_get_size (&connection->mtu))
        claw_mtu_on_full (&connection->mtu, now_us);
      if (recovery->sent.outstanding == 0)
        connection->unanswered_since_us = now_us;
      claw_recovery_on_sent (recovery, &packet);
    }
  return length;
}

/* As finish_record (), for what may go elsewhere than all else: that keeps no NAT from forgetting
 * the session. */
static size_t
finish_aside (ClawConnection *connection,
              ClawWriter *writer,
              const ClawRoute *to,
              uint8_t *buffer,
              gint64 now_us)
{
  gint64 last_sent_us = connection->last_sent_us;
  size_t length = finish_record (connection, writer, buffer, now_us);

  if (!claw_route_equal (to, &connection->path.current))
    connection->last_sent_us = last_sent_us;
  return length;
}

static size_t
send_path_frame (ClawConnection *connection,
                 ClawFrameType type,
                 const uint8_t *challenge,
                 const ClawRoute *to,
                 uint8_t *buffer,
                 gint64 now_us)
{
  ClawWriter writer;

  begin_record (&writer, buffer, CLAW_PATH_DATAGRAM_SIZE);
  claw_frame_write_path (&writer, type, challenge);
  return finish_aside (connection, &writer, to, buffer, now_us);
}

static size_t
send_nat_probe (ClawConnection *connection, ClawRoute *to, uint8_t *buffer, gint64 now_us)
{
  gint64 wait_us = claw_rtt_get_probe_timeout_us (&connection->recovery.rtt);
  ClawWriter writer;

  begin_record (&writer, buffer, CLAW_PROBE_DATAGRAM_SIZE);
  claw_probe_write (&connection->probe, &connection->path.current, wait_us, now_us, &writer, to);
  return finish_aside (connection, &writer, to, buffer, now_us);
}

static size_t
send_nat_answer (ClawConnection *connection,
                 const ClawProbeAnswer *answer,
                 uint8_t *buffer,
                 gint64 now_us)
{
  ClawWriter writer;

  begin_record (&writer, buffer, CLAW_PROBE_DATAGRAM_SIZE);
  claw_frame_write_report (&writer, &answer->report);
  return finish_record (connection, &writer, buffer, now_us);
}

static size_t
send_mtu_probe (ClawConnection *connection, size_t size, uint8_t *buffer, gint64 now_us)
{
  /* A sign of life of the other side may be a few round trips late. */
  gint64 wait_us = 3 * claw_rtt_get_probe_timeout_us (&connection->recovery.rtt);
  ClawWriter writer;

  begin_record (&writer, buffer, size);
  claw_frame_write_ping (&writer);
  claw_mtu_on_probe_sent (&connection->mtu, connection->next_counter, wait_us, now_us);
  return seal_record (connection, &writer, size - CLAW_RECORD_OVERHEAD, buffer, now_us);
}

static size_t
send_close (ClawConnection *connection, ClawRoute *to, uint8_t *buffer, gint64 now_us)
{
  ClawWriter writer;

  claw_path_choose (&connection->path, to);
  begin_record (&writer, buffer, CLAW_PATH_DATAGRAM_SIZE);
  claw_frame_write_close (&writer, connection->close_code);
  size_t length = finish_record (connection, &writer, buffer, now_us);
  claw_connection_end (connection, connection->reason);
  return length;
}

/* What comes in with every turn keeps the session ready, so that wake () may never come to these.
 */
static void
wake_while_ready (ClawConnection *connection, gint64 now_us)
{
  claw_path_wake (&connection->path, now_us);
  if (claw_probe_wake (&connection->probe, now_us))
    claw_connection_raise (connection, CLAW_ENDPOINT_PROBED);
}

static size_t
send_established (ClawConnection *connection, ClawRoute *to, uint8_t *buffer, gint64 now_us)
{
  ClawPath *path = &connection->path;
  uint8_t response[CLAW_FRAME_CHALLENGE_SIZE];
  ClawProbeAnswer answer;

  claw_connection_step_keys (connection, now_us);
  if (connection->state == CLAW_CONNECTION_CLOSING)
    return send_close (connection, to, buffer, now_us);
  if (claw_probe_next_answer (&connection->probe, &answer))
    {
      *to = answer.to;
      return send_nat_answer (connection, &answer, buffer, now_us);
    }
  wake_while_ready (connection, now_us);
  ClawPathAttempt *attempt = claw_path_get_due (path, now_us);
  if (claw_path_take_response (path, response, to))
    return send_path_frame (connection, CLAW_FRAME_PATH_RESPONSE, response, to, buffer, now_us);
  if (attempt != NULL)
    {
      gint64 wait_us = claw_rtt_get_probe_timeout_us (&connection->recovery.rtt);

      *to = attempt->route;
      claw_path_on_challenged (attempt, wait_us, now_us);
      return send_path_frame (connection, CLAW_FRAME_PATH_CHALLENGE, attempt->challenge, to, buffer,
                              now_us);
    }
  if (claw_probe_wants_send (&connection->probe, now_us))
    return send_nat_probe (connection, to, buffer, now_us);
  size_t limit = claw_path_choose (path, to);
  size_t probe_size = claw_mtu_get_probe (&connection->mtu);
  if (limit == 0)
    return 0;
  if (limit == G_MAXSIZE && probe_size > 0)
    return send_mtu_probe (connection, probe_size, buffer, now_us);
  claw_congestion_set_datagram_size (&connection->recovery.congestion,
                                     claw_mtu_get_size (&connection->mtu));
  return send_record (connection, to, limit, buffer, now_us);
}

static size_t
send_response (ClawConnection *connection, ClawRoute *to, uint8_t *buffer, gint64 now_us)
{
  if (connection->response == NULL)
    return 0;
  *to = connection->path.current;
  memcpy (buffer, connection->response, CLAW_HANDSHAKE_RESPONSE_SIZE);
  g_clear_pointer (&connection->response, g_free);
  connection->response_us = now_us;
  return CLAW_HANDSHAKE_RESPONSE_SIZE;
}

static size_t
send_compromised (ClawConnection *connection, ClawRoute *to, uint8_t *buffer, gint64 now_us)
{
  ClawFrameCompromised kind;
  ClawWriter writer;

  if (!claw_connection_next_compromised (connection, &kind, to, now_us))
    return 0;
  begin_record (&writer, buffer, CLAW_PATH_DATAGRAM_SIZE);
  claw_frame_write_compromised (&writer, kind);
  return finish_record (connection, &writer, buffer, now_us);
}

size_t
claw_connection_send (ClawConnection *connection, ClawRoute *to, uint8_t *buffer, gint64 now_us)
{
  size_t length = 0;

  switch (connection->state)
    {
    case CLAW_CONNECTION_KNOCKING:
      *to = (ClawRoute){ 0 };
      length = claw_knock_send (connection->knock, &to->peer, buffer, now_us);
      break;
    case CLAW_CONNECTION_UNCONFIRMED:
      length = send_response (connection, to, buffer, now_us);
      break;
    case CLAW_CONNECTION_ESTABLISHED:
      length = send_established (connection, to, buffer, now_us);
      claw_path_on_sent (&connection->path, to, length);
      break;
    case CLAW_CONNECTION_COMPROMISED:
      length = send_compromised (connection, to, buffer, now_us);
      break;
    case CLAW_CONNECTION_CLOSING:
      length = send_close (connection, to, buffer, now_us);
      break;
    case CLAW_CONNECTION_CLOSED:
      break;
    }
  if (length == 0)
    claw_schedule_set_unready (&connection->host->schedule, &connection->task);
  claw_connection_reschedule (connection);
  return length;
}
