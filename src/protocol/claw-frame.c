/* claw-frame.c: see claw-frame.h. */
#include "claw-frame.h"

#define ACK_DELAY_EXPONENT 3
/* Longer delays mean nothing to anybody, and the shift must not overflow. */
#define ACK_DELAY_MAX_US (G_USEC_PER_SEC * G_GINT64_CONSTANT (3600))

static gboolean
read_ack (ClawReader *reader, ClawFrameAck *ack)
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

  if (reader->failed || code > CLAW_CLOSE_CODE_PROTOCOL)
    return FALSE;
  frame->close = (ClawCloseCode) code;
  return TRUE;
}

gboolean
claw_frame_read (ClawReader *reader, ClawFrame *frame)
{
  uint8_t type = claw_reader_u8 (reader);

  if (reader->failed || type > CLAW_FRAME_CLOSE)
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
      return read_ack (reader, &frame->ack);
    case CLAW_FRAME_PATH_CHALLENGE:
    case CLAW_FRAME_PATH_RESPONSE:
      return claw_reader_copy (reader, frame->challenge, sizeof frame->challenge);
    case CLAW_FRAME_STREAM:
      return read_stream (reader, frame);
    case CLAW_FRAME_MAX_STREAM_DATA:
      return read_max_stream_data (reader, frame);
    case CLAW_FRAME_CLOSE:
      return read_close (reader, frame);
    }
  return FALSE;
}

gboolean
claw_frame_is_ack_eliciting (ClawFrameType type)
{
  return type != CLAW_FRAME_PADDING && type != CLAW_FRAME_ACK && type != CLAW_FRAME_CLOSE;
}

void
claw_frame_write_ping (ClawWriter *writer)
{
  claw_writer_u8 (writer, CLAW_FRAME_PING);
}

void
claw_frame_write_ack (ClawWriter *writer, const ClawRanges *ranges, gint64 delay_us)
{
  g_return_if_fail (ranges->n > 0);

  const ClawRange *newest = &ranges->items[ranges->n - 1];
  uint64_t delay = (uint64_t) CLAMP (delay_us, 0, ACK_DELAY_MAX_US) >> ACK_DELAY_EXPONENT;
  size_t needed = 1 + claw_varint_size (newest->end - 1) + claw_varint_size (delay) + 1
                  + claw_varint_size (newest->end - 1 - newest->start);
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
  claw_writer_u8 (writer, CLAW_FRAME_ACK);
  claw_writer_varint (writer, newest->end - 1);
  claw_writer_varint (writer, delay);
  claw_writer_varint (writer, further);
  claw_writer_varint (writer, newest->end - 1 - newest->start);
  for (const ClawRange *range = newest - 1; further > 0; range--, further--)
    {
      claw_writer_varint (writer, range[1].start - range->end - 1);
      claw_writer_varint (writer, range->end - 1 - range->start);
    }
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
