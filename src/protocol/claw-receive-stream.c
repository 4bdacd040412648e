/* claw-receive-stream.c: see claw-receive-stream.h. */
#include "claw-receive-stream.h"

void
claw_receive_stream_init (ClawReceiveStream *stream)
{
  *stream = (ClawReceiveStream){ .limit = CLAW_STREAM_WINDOW,
                                 .window = CLAW_STREAM_WINDOW,
                                 .told_us = G_MININT64 };
  claw_ranges_init (&stream->have, CLAW_RECEIVE_STREAM_RANGES_MAX);
}

void
claw_receive_stream_clear (ClawReceiveStream *stream)
{
  claw_stream_ring_clear (&stream->ring);
  claw_ranges_clear (&stream->have);
}

gboolean
claw_receive_stream_keeps_memory (const ClawReceiveStream *stream)
{
  return stream->ring.bytes != NULL && stream->have.n == 0;
}

void
claw_receive_stream_trim (ClawReceiveStream *stream)
{
  if (claw_receive_stream_keeps_memory (stream))
    claw_stream_ring_clear (&stream->ring);
}

ClawReceiveStreamResult
claw_receive_stream_put (ClawReceiveStream *stream,
                         uint64_t offset,
                         const uint8_t *data,
                         size_t length)
{
  uint64_t end = offset + length;

  if (end > stream->limit)
    return CLAW_RECEIVE_STREAM_BEYOND;
  if (end <= stream->read)
    return CLAW_RECEIVE_STREAM_TAKEN;
  if (offset < stream->read)
    {
      data += stream->read - offset;
      offset = stream->read;
    }
  if (offset == end)
    return CLAW_RECEIVE_STREAM_TAKEN;

  uint64_t used = stream->have.n > 0 ? stream->have.items[stream->have.n - 1].end : stream->read;
  if (!claw_ranges_add (&stream->have, offset, end))
    return CLAW_RECEIVE_STREAM_FULL;
  claw_stream_ring_reserve (&stream->ring, stream->read, used, end);
  claw_stream_ring_put (&stream->ring, offset, data, (size_t) (end - offset));
  return CLAW_RECEIVE_STREAM_TAKEN;
}

size_t
claw_receive_stream_get_readable (const ClawReceiveStream *stream)
{
  if (stream->have.n == 0 || stream->have.items[0].start > stream->read)
    return 0;
  return (size_t) (stream->have.items[0].end - stream->read);
}

size_t
claw_receive_stream_read (ClawReceiveStream *stream, void *buffer, size_t size)
{
  size_t length = MIN (size, claw_receive_stream_get_readable (stream));

  if (length == 0)
    return 0;
  claw_stream_ring_get (&stream->ring, stream->read, buffer, length);
  stream->read += length;
  claw_ranges_remove_below (&stream->have, stream->read);
  if (stream->have.n == 0)
    claw_stream_ring_set_empty (&stream->ring);
  return length;
}

gboolean
claw_receive_stream_wants_raise (const ClawReceiveStream *stream)
{
  return claw_receive_stream_get_credit (stream) <= stream->window / 2;
}

uint64_t
claw_receive_stream_raise (ClawReceiveStream *stream,
                           size_t share,
                           gint64 round_trip_us,
                           gint64 now_us)
{
  g_return_val_if_fail (share >= claw_receive_stream_get_credit (stream), stream->limit);

  if (stream->told_us != G_MININT64
      && now_us - stream->told_us <= CLAW_RECEIVE_STREAM_ROUND_TRIPS * round_trip_us)
    stream->window = MIN (2 * stream->window, CLAW_STREAM_WINDOW_MAX);
  stream->told_us = now_us;
  stream->window = MIN (stream->window, share);
  stream->limit = stream->read + stream->window;
  return stream->limit;
}

size_t
claw_receive_stream_get_credit (const ClawReceiveStream *stream)
{
  return (size_t) (stream->limit - stream->read);
}
