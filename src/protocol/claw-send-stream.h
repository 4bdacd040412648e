/* claw-send-stream.h: the sending half of a stream: what was written and is not acknowledged yet.
 */
#pragma once

#include "claw-ranges.h"
#include "claw-stream-ring.h"

#define CLAW_SEND_STREAM_RANGES_MAX 1024

typedef struct
{
  ClawStreamRing ring;
  uint64_t acknowledged; /* all before it is, and is forgotten */
  uint64_t sent;         /* all before it was put into a datagram at least once */
  uint64_t written;
  uint64_t limit;    /* the peer takes bytes before it */
  ClawRanges acked;  /* beyond acknowledged */
  ClawRanges resend; /* between acknowledged and sent */
} ClawSendStream;

void claw_send_stream_init (ClawSendStream *stream);
void claw_send_stream_clear (ClawSendStream *stream);
/* Whether it is empty, but has kept memory for more to come, which trim () gives back. */
gboolean claw_send_stream_keeps_memory (const ClawSendStream *stream);
void claw_send_stream_trim (ClawSendStream *stream);
/* @buffer_max: the most that the stream may hold. Returns: how many bytes were taken. */
size_t
claw_send_stream_write (ClawSendStream *stream, const void *data, size_t length, size_t buffer_max);
/* Returns: how many bytes it holds. */
size_t claw_send_stream_get_buffered (const ClawSendStream *stream);
/* What to send next, at most @max bytes, the lost ahead of the new. Returns: FALSE when there is
 * nothing to send. */
gboolean
claw_send_stream_peek (const ClawSendStream *stream, size_t max, uint64_t *offset, size_t *length);
/* Copies what peek () named and counts it as sent. */
void claw_send_stream_take (ClawSendStream *stream, uint64_t offset, uint8_t *data, size_t length);
void claw_send_stream_on_acknowledged (ClawSendStream *stream, uint64_t offset, size_t length);
void claw_send_stream_on_lost (ClawSendStream *stream, uint64_t offset, size_t length);
/* A limit that is not above the present one is out of date and ignored. */
void claw_send_stream_raise_limit (ClawSendStream *stream, uint64_t limit);
