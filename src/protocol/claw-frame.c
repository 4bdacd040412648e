/* claw-frame.c: see claw-frame.h. */
#include "claw-frame.h"

#define ACK_DELAY_EXPONENT 3
/* Longer delays mean nothing to anybody, and the shift must not overflow. */
#define ACK_DELAY_MAX_US (G_USEC_PER_SEC * G_GINT64_CONSTANT (3600))

#define PROBE_FROM_OTHER 0x01
#define REPORT_IPV4 4
#define REPORT_IPV6 6

static gboolean
read_ack_ranges (ClawReader *reader, ClawFrameAck *ack)
{
  uint64_t largest = claw_reader_varint (reader);
  uint64_t delay = claw_reader_varint (reader);
  uint64_t further = claw_reader_varint (reader);
  uint64_t first = claw_reader_varint (reader);

  if (reader->failed || first > largest || further >= CLAW_FRAME_ACK_RANGES_MAX)
    return FALSE;

  ack->delay_us = (gint64) MIN (delay, (uint64_t) ACK_DELAY_MAX_US >> ACK_DELAY_EXPONENT)
                  << ACK_DELAY_EXPONENT;
  ack->ranges[0] = (ClawRange){ largest - first, largest + 1 };
  ack->n_ranges = 1;
  while (ack->n_ranges <= further)
    {
      uint64_t smallest = ack->ranges[ack->n_ranges - 1].start;
      uint64_t gap = claw_reader_varint (reader);
      uint64_t length = claw_reader_varint (reader);

      /* RFC 9000 section 19.3.1: both count one less, and one number lies between. */
      if (reader->failed || smallest < gap + 2 || smallest - gap - 2 < length)
        return FALSE;
      largest = smallest - gap - 2;
      ack->ranges[ack->n_ranges++] = (ClawRange){ largest - length, largest + 1 };
    }
  return TRUE;
}

static gboolean
read_ack (ClawReader *reader, ClawFrameAck *ack, gboolean has_counts)
{
  if (!read_ack_ranges (reader, ack))
    return FALSE;

  ack->has_counts = has_counts;
  ack->counts = (ClawEcnCounts){ 0 };
  if (!has_counts)
    return TRUE;
  ack->counts.ect0 = claw_reader_varint (reader);
  ack->counts.ect1 = claw_reader_varint (reader);
  ack->counts.ce = claw_reader_varint (reader);
  return !reader->failed;
}

static gboolean
read_stream (ClawReader *reader, ClawFrame *frame)
{
  uint64_t id = claw_reader_varint (reader);
  uint64_t offset = claw_reader_varint (reader);
  uint64_t length = claw_reader_varint (reader);

  frame->stream.data = claw_reader_bytes (reader, length);
  if (reader->failed || id >= CLAW_CONNECTION_STREAMS_MAX || offset > CLAW_VARINT_MAX - length)
    return FALSE;

  frame->stream.id = (unsigned) id;
  frame->stream.offset = offset;
  frame->stream.length = length;
  return TRUE;
}

static gboolean
read_max_stream_data (ClawReader *reader, ClawFrame *frame)
{
  uint64_t id = claw_reader_varint (reader);

  frame->max_stream_data.limit = claw_reader_varint (reader);
  if (reader->failed || id >= CLAW_CONNECTION_STREAMS_MAX)
    return FALSE;
  frame->max_stream_data.id = (unsigned) id;
  return TRUE;
}

static gboolean
read_close (ClawReader *reader, ClawFrame *frame)
{
  uint64_t code = claw_reader_varint (reader);

  if (reader->failed || code > CLAW_CLOSE_CODE_LAST)
    return FALSE;
  frame->close = (ClawCloseCode) code;
  return TRUE;
}

static gboolean
read_datagram (ClawReader *reader, ClawFrame *frame)
{
  uint64_t length = claw_reader_varint (reader);

  frame->datagram.data = claw_reader_bytes (reader, length);
  frame->datagram.length = length;
  return !reader->failed;
}

static gboolean
read_rekey (ClawReader *reader, ClawFrame *frame)
{
  frame->rekey.epoch = claw_reader_varint (reader);
  frame->rekey.public_key = claw_reader_bytes (reader, CLAW_PUBLIC_KEY_SIZE);
  return !reader->failed;
}

static gboolean
read_port (ClawReader *reader, ClawFramePort *port)
{
  port->slot = claw_reader_varint (reader);
  port->interval_s = claw_reader_varint (reader);
  port->port = claw_reader_u16 (reader);
  port->secret = claw_reader_bytes (reader, CLAW_KEY_SIZE);
  return !reader->failed && port->port != 0;
}

static gboolean
read_probe (ClawReader *reader, ClawFrame *frame)
{
  claw_reader_copy (reader, frame->probe.token, sizeof frame->probe.token);
  uint8_t flags = claw_reader_u8 (reader);

  frame->probe.from_other = (flags & PROBE_FROM_OTHER) != 0;
  return !reader->failed && (flags & ~PROBE_FROM_OTHER) == 0;
}

static gboolean
read_report (ClawReader *reader, ClawFrameReport *report)
{
  ClawAddress *seen = &report->seen;

  *seen = (ClawAddress){ 0 };
  claw_reader_copy (reader, report->token, sizeof report->token);
  uint8_t family = claw_reader_u8 (reader);
  if (family != REPORT_IPV4 && family != REPORT_IPV6)
    return FALSE;
  seen->family = family == REPORT_IPV4 ? CLAW_ADDRESS_IPV4 : CLAW_ADDRESS_IPV6;
  claw_reader_copy (reader, seen->ip, family == REPORT_IPV4 ? 4 : sizeof seen->ip);
  seen->port = claw_reader_u16 (reader);
  report->other_port = claw_reader_u16 (reader);
  return !reader->failed;
}

static gboolean
read_compromised (ClawReader *reader, ClawFrame *frame)
{
  uint64_t kind = claw_reader_varint (reader);

  if (reader->failed || kind > CLAW_FRAME_COMPROMISED_ACKNOWLEDGEMENT)
    return FALSE;
  frame->compromised = (ClawFrameCompromised) kind;
  return TRUE;
}

gboolean
claw_frame_read (ClawReader *reader, ClawFrame *frame)
{
  uint8_t type = claw_reader_u8 (reader);

  if (reader->failed || type > CLAW_FRAME_COMPROMISED)
    return FALSE;

  frame->type = (ClawFrameType) type;
  switch (frame->type)
    {
    case CLAW_FRAME_PADDING:
      while (reader->left > 0 && reader->data[0] == CLAW_FRAME_PADDING)
        claw_reader_u8 (reader);
      return TRUE;
    case CLAW_FRAME_PING:
      return TRUE;
    case CLAW_FRAME_ACK:
    case CLAW_FRAME_ACK_ECN:
      return read_ack (reader, &frame->ack, frame->type == CLAW_FRAME_ACK_ECN);
    case CLAW_FRAME_PATH_CHALLENGE:
    case CLAW_FRAME_PATH_RESPONSE:
      return claw_reader_copy (reader, frame->challenge, sizeof frame->challenge);
    case CLAW_FRAME_STREAM:
      return read_stream (reader, frame);
    case CLAW_FRAME_MAX_STREAM_DATA:
      return read_max_stream_data (reader, frame);
    case CLAW_FRAME_CLOSE:
      return read_close (reader, frame);
    case CLAW_FRAME_DATAGRAM:
      return read_datagram (reader, frame);
    case CLAW_FRAME_REKEY:
      return read_rekey (reader, frame);
    case CLAW_FRAME_PORT:
      return read_port (reader, &frame->port);
    case CLAW_FRAME_PROBE:
      return read_probe (reader, frame);
    case CLAW_FRAME_REPORT:
      return read_report (reader, &frame->report);
    case CLAW_FRAME_QUIET:
      frame->quiet_s = claw_reader_varint (reader);
      return !reader->failed;
    case CLAW_FRAME_COMPROMISED:
      return read_compromised (reader, frame);
    }
  return FALSE;
}

gboolean
claw_frame_is_ack_eliciting (ClawFrameType type)
{
  switch (type)
    {
    case CLAW_FRAME_PADDING:
    case CLAW_FRAME_ACK:
    case CLAW_FRAME_ACK_ECN:
    case CLAW_FRAME_CLOSE:
    case CLAW_FRAME_COMPROMISED: /* has an acknowledgement of its own */
    case CLAW_FRAME_PROBE:       /* these two are about a path that may carry no ACK */
    case CLAW_FRAME_REPORT:
      return FALSE;
    case CLAW_FRAME_PING:
    case CLAW_FRAME_PATH_CHALLENGE:
    case CLAW_FRAME_PATH_RESPONSE:
    case CLAW_FRAME_STREAM:
    case CLAW_FRAME_MAX_STREAM_DATA:
    case CLAW_FRAME_DATAGRAM:
    case CLAW_FRAME_REKEY:
    case CLAW_FRAME_PORT:
    case CLAW_FRAME_QUIET:
      return TRUE;
    }
  return TRUE;
}

gboolean
claw_frame_is_probing (ClawFrameType type)
{
  return type == CLAW_FRAME_PADDING || type == CLAW_FRAME_PATH_CHALLENGE
         || type == CLAW_FRAME_PATH_RESPONSE || type == CLAW_FRAME_PROBE
         || type == CLAW_FRAME_REPORT;
}

void
claw_frame_write_ping (ClawWriter *writer)
{
  claw_writer_u8 (writer, CLAW_FRAME_PING);
}

void
claw_frame_write_ack (ClawWriter *writer,
                      const ClawRanges *ranges,
                      gint64 delay_us,
                      const ClawEcnCounts *counts)
{
  g_return_if_fail (ranges->n > 0);

  const ClawRange *newest = &ranges->items[ranges->n - 1];
  uint64_t delay = (uint64_t) CLAMP (delay_us, 0, ACK_DELAY_MAX_US) >> ACK_DELAY_EXPONENT;
  size_t needed = 1 + claw_varint_size (newest->end - 1) + claw_varint_size (delay) + 1
                  + claw_varint_size (newest->end - 1 - newest->start);
  if (counts != NULL)
    needed += claw_varint_size (counts->ect0) + claw_varint_size (counts->ect1)
              + claw_varint_size (counts->ce);
  unsigned further = 0;
  unsigned most = MIN (ranges->n, CLAW_FRAME_ACK_RANGES_MAX) - 1;

  G_STATIC_ASSERT (CLAW_FRAME_ACK_RANGES_MAX <= 64); /* the count takes one byte */
  for (; further < most; further++)
    {
      const ClawRange *range = newest - further - 1;

      needed += claw_varint_size (range[1].start - range->end - 1)
                + claw_varint_size (range->end - 1 - range->start);
      if (needed > claw_writer_left (writer))
        break;
    }
  claw_writer_u8 (writer, counts != NULL ? CLAW_FRAME_ACK_ECN : CLAW_FRAME_ACK);
  claw_writer_varint (writer, newest->end - 1);
  claw_writer_varint (writer, delay);
  claw_writer_varint (writer, further);
  claw_writer_varint (writer, newest->end - 1 - newest->start);
  for (const ClawRange *range = newest - 1; further > 0; range--, further--)
    {
      claw_writer_varint (writer, range[1].start - range->end - 1);
      claw_writer_varint (writer, range->end - 1 - range->start);
    }
  if (counts == NULL)
    return;
  claw_writer_varint (writer, counts->ect0);
  claw_writer_varint (writer, counts->ect1);
  claw_writer_varint (writer, counts->ce);
}

void
claw_frame_write_path (ClawWriter *writer,
                       ClawFrameType type,
                       const uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE])
{
  claw_writer_u8 (writer, (uint8_t) type);
  claw_writer_bytes (writer, challenge, CLAW_FRAME_CHALLENGE_SIZE);
}

uint8_t *
claw_frame_write_stream (ClawWriter *writer, unsigned id, uint64_t offset, size_t length)
{
  claw_writer_u8 (writer, CLAW_FRAME_STREAM);
  claw_writer_varint (writer, id);
  claw_writer_varint (writer, offset);
  claw_writer_varint (writer, length);
  return claw_writer_reserve (writer, length);
}

void
claw_frame_write_max_stream_data (ClawWriter *writer, unsigned id, uint64_t limit)
{
  claw_writer_u8 (writer, CLAW_FRAME_MAX_STREAM_DATA);
  claw_writer_varint (writer, id);
  claw_writer_varint (writer, limit);
}

void
claw_frame_write_close (ClawWriter *writer, ClawCloseCode code)
{
  claw_writer_u8 (writer, CLAW_FRAME_CLOSE);
  claw_writer_varint (writer, code);
}

void
claw_frame_write_datagram (ClawWriter *writer, const void *data, size_t length)
{
  claw_writer_u8 (writer, CLAW_FRAME_DATAGRAM);
  claw_writer_varint (writer, length);
  claw_writer_bytes (writer, data, length);
}

void
claw_frame_write_rekey (ClawWriter *writer,
                        uint64_t epoch,
                        const uint8_t public_key[CLAW_PUBLIC_KEY_SIZE])
{
  claw_writer_u8 (writer, CLAW_FRAME_REKEY);
  claw_writer_varint (writer, epoch);
  claw_writer_bytes (writer, public_key, CLAW_PUBLIC_KEY_SIZE);
}

void
claw_frame_write_port (ClawWriter *writer, const ClawFramePort *port)
{
  claw_writer_u8 (writer, CLAW_FRAME_PORT);
  claw_writer_varint (writer, port->slot);
  claw_writer_varint (writer, port->interval_s);
  claw_writer_u16 (writer, port->port);
  claw_writer_bytes (writer, port->secret, CLAW_KEY_SIZE);
}

void
claw_frame_write_probe (ClawWriter *writer,
                        const uint8_t token[CLAW_FRAME_CHALLENGE_SIZE],
                        gboolean from_other)
{
  claw_writer_u8 (writer, CLAW_FRAME_PROBE);
  claw_writer_bytes (writer, token, CLAW_FRAME_CHALLENGE_SIZE);
  claw_writer_u8 (writer, from_other ? PROBE_FROM_OTHER : 0);
}

void
claw_frame_write_report (ClawWriter *writer, const ClawFrameReport *report)
{
  gboolean is_ipv4 = report->seen.family == CLAW_ADDRESS_IPV4;

  g_return_if_fail (report->seen.family != CLAW_ADDRESS_NONE);

  claw_writer_u8 (writer, CLAW_FRAME_REPORT);
  claw_writer_bytes (writer, report->token, CLAW_FRAME_CHALLENGE_SIZE);
  claw_writer_u8 (writer, is_ipv4 ? REPORT_IPV4 : REPORT_IPV6);
  claw_writer_bytes (writer, report->seen.ip, is_ipv4 ? 4 : sizeof report->seen.ip);
  claw_writer_u16 (writer, report->seen.port);
  claw_writer_u16 (writer, report->other_port);
}

void
claw_frame_write_quiet (ClawWriter *writer, uint64_t quiet_s)
{
  claw_writer_u8 (writer, CLAW_FRAME_QUIET);
  claw_writer_varint (writer, quiet_s);
}

void
claw_frame_write_compromised (ClawWriter *writer, ClawFrameCompromised kind)
{
  claw_writer_u8 (writer, CLAW_FRAME_COMPROMISED);
  claw_writer_varint (writer, (uint64_t) kind);
}
