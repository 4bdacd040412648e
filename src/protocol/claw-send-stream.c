/* claw-send-stream.c: see claw-send-stream.h. */
#include "claw-send-stream.h"

#include "claw-connection.h"

G_STATIC_ASSERT (CLAW_CONNECTION_SEND_BUFFER_MAX <= CLAW_STREAM_WINDOW_MAX);

void
claw_send_stream_init (ClawSendStream *stream)
{
  *stream = (ClawSendStream){ .limit = CLAW_STREAM_WINDOW };
  claw_ranges_init (&stream->acked, CLAW_SEND_STREAM_RANGES_MAX);
  claw_ranges_init (&stream->resend, CLAW_SEND_STREAM_RANGES_MAX);
}

void
claw_send_stream_clear (ClawSendStream *stream)
{
  claw_stream_ring_clear (&stream->ring);
  claw_ranges_clear (&stream->acked);
  claw_ranges_clear (&stream->resend);
}

gboolean
claw_send_stream_keeps_memory (const ClawSendStream *stream)
{
  return stream->ring.bytes != NULL && stream->acknowledged == stream->written;
}

void
claw_send_stream_trim (ClawSendStream *stream)
{
  if (claw_send_stream_keeps_memory (stream))
    claw_stream_ring_clear (&stream->ring);
}

size_t
claw_send_stream_write (ClawSendStream *stream, const void *data, size_t length, size_t buffer_max)
{
  size_t buffered = claw_send_stream_get_buffered (stream);

  /* The maximum may have come down since. */
  length = buffer_max > buffered ? MIN (length, buffer_max - buffered) : 0;
  claw_stream_ring_reserve (&stream->ring, stream->acknowledged, stream->written,
                            stream->written + length);
  claw_stream_ring_put (&stream->ring, stream->written, data, length);
  stream->written += length;
  return length;
}

size_t
claw_send_stream_get_buffered (const ClawSendStream *stream)
{
  return (size_t) (stream->written - stream->acknowledged);
}

gboolean
claw_send_stream_peek (const ClawSendStream *stream, size_t max, uint64_t *offset, size_t *length)
{
  uint64_t end;

  if (stream->resend.n > 0)
    {
      *offset = stream->resend.items[0].start;
      end = stream->resend.items[0].end;
    }
  else
    {
      *offset = stream->sent;
      end = MIN (stream->written, stream->limit);
    }
  if (end <= *offset || max == 0)
    return FALSE;
  *length = (size_t) MIN (end - *offset, max);
  return TRUE;
}

void
claw_send_stream_take (ClawSendStream *stream, uint64_t offset, uint8_t *data, size_t length)
{
  claw_stream_ring_get (&stream->ring, offset, data, length);
  claw_ranges_remove (&stream->resend, offset, offset + length);
  stream->sent = MAX (stream->sent, offset + length);
}

void
claw_send_stream_on_acknowledged (ClawSendStream *stream, uint64_t offset, size_t length)
{
  uint64_t end = offset + length;

  offset = MAX (offset, stream->acknowledged);
  if (end <= offset)
    return;

  if (!claw_ranges_add (&stream->acked, offset, end))
    {
      /* No room to remember it: sending it once more is right as well. */
      claw_ranges_add_covering (&stream->resend, offset, end);
      return;
    }
  claw_ranges_remove (&stream->resend, offset, end);
  if (stream->acked.items[0].start > stream->acknowledged)
    return;

  stream->acknowledged = stream->acked.items[0].end;
  claw_ranges_remove_below (&stream->acked, stream->acknowledged);
  claw_ranges_remove_below (&stream->resend, stream->acknowledged);
  if (stream->acknowledged == stream->written)
    claw_stream_ring_set_empty (&stream->ring);
}

void
claw_send_stream_on_lost (ClawSendStream *stream, uint64_t offset, size_t length)
{
  uint64_t end = offset + length;

  offset = MAX (offset, stream->acknowledged);
  if (end <= offset)
    return;

  claw_ranges_add_covering (&stream->resend, offset, end);
  for (unsigned i = 0; i < stream->acked.n && stream->acked.items[i].start < end; i++)
    if (stream->acked.items[i].end > offset)
      claw_ranges_remove (&stream->resend, stream->acked.items[i].start,
                          stream->acked.items[i].end);
}

void
claw_send_stream_raise_limit (ClawSendStream *stream, uint64_t limit)
{
  stream->limit = MAX (stream->limit, limit);
}
