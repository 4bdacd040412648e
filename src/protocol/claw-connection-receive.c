/* claw-connection-receive.c: from an authentic record to changes of a connection's state.
 *
 * Nothing changes before the record was opened; then the replay window is marked, and each frame
 * does its part. Frames are harmless when they come again.
 */
#include "claw-connection-private.h"

/* An ACK must be able to name it and the one after, RFC 9000 section 12.3. */
#define COUNTER_MAX (CLAW_VARINT_MAX - 1)

typedef enum
{
  FRAME_TAKEN,
  FRAME_REFUSED, /* for lack of room: the record counts as lost */
  FRAME_WRONG,   /* the peer broke the protocol */
  FRAME_CLOSED,
  FRAME_COMPROMISED,
} FrameResult;

static FrameResult
take_stream (ClawConnection *connection, const ClawFrame *frame)
{
  if (frame->stream.id >= connection->host->streams)
    return FRAME_WRONG;

  ClawReceiveStream *stream = &claw_connection_get_stream (connection, frame->stream.id)->receive;
  size_t before = claw_receive_stream_get_readable (stream);

  switch (claw_receive_stream_put (stream, frame->stream.offset, frame->stream.data,
                                   frame->stream.length))
    {
    case CLAW_RECEIVE_STREAM_TAKEN:
      if (claw_receive_stream_get_readable (stream) > before)
        claw_connection_raise (connection, CLAW_ENDPOINT_READABLE);
      return FRAME_TAKEN;
    case CLAW_RECEIVE_STREAM_FULL:
      return FRAME_REFUSED;
    case CLAW_RECEIVE_STREAM_BEYOND:
      return FRAME_WRONG;
    }
  return FRAME_WRONG;
}

static FrameResult
take_ack (ClawConnection *connection, const ClawFrameAck *ack, gint64 now_us)
{
  if (!claw_recovery_on_ack (&connection->recovery, ack, connection->next_counter, now_us))
    return FRAME_WRONG;
  if (claw_sent_map_keeps_memory (&connection->recovery.sent))
    connection->keeps_memory = TRUE;
  claw_mtu_on_ack (&connection->mtu, ack, now_us);
  return FRAME_TAKEN;
}

static FrameResult
take_path_response (ClawConnection *connection,
                    const ClawFrame *frame,
                    const ClawRoute *from,
                    gint64 now_us)
{
  gboolean host_changed = FALSE;

  switch (claw_path_on_response (&connection->path, frame->challenge, from, &host_changed))
    {
    case CLAW_PATH_STAYED:
      return FRAME_TAKEN;
    case CLAW_PATH_FOLLOWED:
      claw_connection_follow_port (connection, now_us);
      break;
    case CLAW_PATH_MOVED:
      /* The peer follows the first record that is not about paths only. */
      connection->wants_ping = TRUE;
      break;
    }
  claw_keepalive_on_moved (&connection->keepalive, connection->host->jitter);
  claw_recovery_restart_ecn (&connection->recovery);
  if (host_changed)
    {
      claw_recovery_restart (&connection->recovery);
      claw_mtu_init (&connection->mtu);
    }
  /* What was learned of NATs on the way was of another way. */
  if (connection->probe.state != CLAW_PROBE_IDLE)
    claw_probe_start (&connection->probe);
  return FRAME_TAKEN;
}

static FrameResult
take_port (ClawConnection *connection, const ClawFramePort *port, uint64_t counter, gint64 now_us)
{
  /* Only who was knocked at has a port to tell. */
  if (!connection->is_initiator || !claw_port_news_hear (&connection->port_news, port, counter))
    return FRAME_WRONG;
  claw_connection_follow_port (connection, now_us);
  claw_connection_raise (connection, CLAW_ENDPOINT_PORT);
  return FRAME_TAKEN;
}

static FrameResult
take_datagram (ClawConnection *connection, const ClawFrame *frame)
{
  if (frame->datagram.length > CLAW_CONNECTION_UNRELIABLE_MAX)
    return FRAME_WRONG;
  claw_datagram_queue_push (&connection->incoming, frame->datagram.data, frame->datagram.length);
  claw_connection_raise (connection, CLAW_ENDPOINT_DATAGRAM);
  return FRAME_TAKEN;
}

static FrameResult
take_report (ClawConnection *connection, const ClawFrameReport *report, const ClawRoute *from)
{
  if (claw_probe_on_report (&connection->probe, report, from, &connection->path.current))
    claw_connection_raise (connection, CLAW_ENDPOINT_PROBED);
  return FRAME_TAKEN;
}

static FrameResult
take_rekey (ClawConnection *connection, const ClawFrame *frame, gint64 now_us)
{
  ClawRotationNews news = claw_rotation_on_rekey (&connection->rotation, &connection->keys,
                                                  frame->rekey.epoch, frame->rekey.public_key,
                                                  now_us);

  return claw_connection_heed_rotation (connection, news) ? FRAME_TAKEN : FRAME_WRONG;
}

static FrameResult
take_frame (ClawConnection *connection,
            const ClawFrame *frame,
            uint64_t counter,
            const ClawRoute *from,
            gint64 now_us)
{
  ClawStream *stream;

  switch (frame->type)
    {
    case CLAW_FRAME_PADDING:
    case CLAW_FRAME_PING:
      return FRAME_TAKEN;
    case CLAW_FRAME_ACK:
    case CLAW_FRAME_ACK_ECN:
      return take_ack (connection, &frame->ack, now_us);
    case CLAW_FRAME_PATH_CHALLENGE:
      claw_path_on_challenge (&connection->path, frame->challenge, from);
      return FRAME_TAKEN;
    case CLAW_FRAME_PATH_RESPONSE:
      return take_path_response (connection, frame, from, now_us);
    case CLAW_FRAME_STREAM:
      return take_stream (connection, frame);
    case CLAW_FRAME_MAX_STREAM_DATA:
      if (frame->max_stream_data.id >= connection->host->streams)
        return FRAME_WRONG;
      stream = claw_connection_get_stream (connection, frame->max_stream_data.id);
      claw_send_stream_raise_limit (&stream->send, frame->max_stream_data.limit);
      return FRAME_TAKEN;
    case CLAW_FRAME_CLOSE:
      connection->close_code = frame->close;
      return FRAME_CLOSED;
    case CLAW_FRAME_REKEY:
      return take_rekey (connection, frame, now_us);
    case CLAW_FRAME_PORT:
      return take_port (connection, &frame->port, counter, now_us);
    case CLAW_FRAME_COMPROMISED:
      if (frame->compromised == CLAW_FRAME_COMPROMISED_ACKNOWLEDGEMENT)
        return FRAME_WRONG; /* we have not asked */
      claw_connection_take_signal (connection, from, now_us);
      return FRAME_COMPROMISED;
    case CLAW_FRAME_PROBE:
      claw_probe_on_probe (&connection->probe, frame->probe.token, frame->probe.from_other, from,
                           &connection->host->other_socket);
      return FRAME_TAKEN;
    case CLAW_FRAME_REPORT:
      return take_report (connection, &frame->report, from);
    case CLAW_FRAME_QUIET:
      claw_keepalive_on_quiet (&connection->keepalive, frame->quiet_s, counter);
      return FRAME_TAKEN;
    case CLAW_FRAME_DATAGRAM:
      return take_datagram (connection, frame);
    }
  return FRAME_WRONG;
}

static FrameResult
take_frames (ClawConnection *connection,
             ClawReader *reader,
             uint64_t counter,
             const ClawRoute *from,
             gint64 now_us,
             gboolean *is_ack_eliciting,
             gboolean *is_probing)
{
  FrameResult result = FRAME_TAKEN;

  while (reader->left > 0)
    {
      ClawFrame frame;

      if (!claw_frame_read (reader, &frame))
        return FRAME_WRONG;
      *is_ack_eliciting |= claw_frame_is_ack_eliciting (frame.type);
      *is_probing &= claw_frame_is_probing (frame.type);
      FrameResult one = take_frame (connection, &frame, counter, from, now_us);
      if (one == FRAME_WRONG || one == FRAME_CLOSED || one == FRAME_COMPROMISED)
        return one;
      if (one == FRAME_REFUSED)
        result = one;
    }
  return result;
}

/* The record is authentic and new; its bytes are @reader's. */
static void
take_record (ClawConnection *connection,
             ClawReader *reader,
             uint64_t counter,
             const ClawRoute *from,
             size_t length,
             gint64 now_us)
{
  gboolean is_newest = counter + 1 == connection->window.greatest;
  gboolean is_ack_eliciting = FALSE;
  gboolean is_probing = TRUE;

  claw_probe_on_record (&connection->probe, length);
  claw_path_on_record (&connection->path, length);
  FrameResult result = take_frames (connection, reader, counter, from, now_us, &is_ack_eliciting,
                                    &is_probing);

  claw_path_on_received (&connection->path, from, length, is_newest && !is_probing, now_us);
  switch (result)
    {
    case FRAME_TAKEN:
      claw_acknowledger_on_marked (&connection->acknowledger, from->ecn);
      claw_acknowledger_on_received (&connection->acknowledger, counter, is_ack_eliciting, now_us);
      break;
    case FRAME_REFUSED:
      connection->stats.datagrams_dropped++;
      break;
    case FRAME_WRONG:
      claw_connection_fail (connection);
      return;
    case FRAME_CLOSED:
      claw_connection_end (connection, CLAW_CLOSE_PEER);
      return;
    case FRAME_COMPROMISED:
      claw_connection_set_ready (connection);
      return;
    }
  connection->unanswered_since_us = now_us;
  claw_connection_set_ready (connection);
}

void
claw_connection_receive (ClawConnection *connection,
                         const ClawRecordHeader *header,
                         const ClawRoute *from,
                         const uint8_t *data,
                         size_t length,
                         gint64 now_us)
{
  uint8_t plaintext[CLAW_CONNECTION_DATAGRAM_MAX];
  size_t plaintext_length;
  ClawKeySlotName slot = CLAW_KEY_SLOT_NONE;
  gboolean is_open = connection->state == CLAW_CONNECTION_UNCONFIRMED
                     || connection->state == CLAW_CONNECTION_ESTABLISHED
                     || connection->state == CLAW_CONNECTION_COMPROMISED;

  if (!is_open || length > CLAW_CONNECTION_DATAGRAM_MAX || header->counter > COUNTER_MAX
      || !claw_replay_window_check (&connection->window, header->counter)
      || (slot = claw_key_slots_open (&connection->keys, header, data, length, plaintext,
                                      &plaintext_length))
             == CLAW_KEY_SLOT_NONE)
    {
      connection->stats.datagrams_dropped++;
      return;
    }
  claw_replay_window_add (&connection->window, header->counter);
  connection->stats.datagrams_received++;
  connection->stats.bytes_received += length;

  ClawReader reader;
  claw_reader_init (&reader, plaintext, plaintext_length);
  if (connection->state == CLAW_CONNECTION_COMPROMISED)
    claw_connection_receive_compromised (connection, &reader, from, now_us);
  else
    {
      if (connection->state == CLAW_CONNECTION_UNCONFIRMED)
        claw_connection_confirm (connection, now_us);
      connection->last_received_us = now_us;
      claw_connection_on_opened (connection, slot, now_us);
      take_record (connection, &reader, header->counter, from, length, now_us);
    }
  claw_connection_reschedule (connection);
}
