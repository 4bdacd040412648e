/* claw-receive-stream.h: the receiving half of a stream: parts that came, put in order for the
 * application. */
#pragma once

#include "claw-ranges.h"
#include "claw-stream-ring.h"

/* Parts with gaps between them; a packet that would make more is left unacknowledged and so comes
 * again. */
#define CLAW_RECEIVE_STREAM_RANGES_MAX 256

typedef struct
{
  ClawStreamRing ring;
  uint64_t read;   /* all before it was read by the application */
  uint64_t limit;  /* what the peer was told it may send before */
  ClawRanges have; /* from read on */
} ClawReceiveStream;

typedef enum
{
  CLAW_RECEIVE_STREAM_TAKEN,
  CLAW_RECEIVE_STREAM_FULL,   /* too many gaps: treat the packet as lost */
  CLAW_RECEIVE_STREAM_BEYOND, /* the peer broke the limit */
} ClawReceiveStreamResult;

void claw_receive_stream_init (ClawReceiveStream *stream);
void claw_receive_stream_clear (ClawReceiveStream *stream);
/* Whether it is empty, but has kept memory for more to come, which trim () gives back. */
gboolean claw_receive_stream_keeps_memory (const ClawReceiveStream *stream);
void claw_receive_stream_trim (ClawReceiveStream *stream);
ClawReceiveStreamResult claw_receive_stream_put (ClawReceiveStream *stream,
                                                 uint64_t offset,
                                                 const uint8_t *data,
                                                 size_t length);
/* Bytes that can be read now. */
size_t claw_receive_stream_get_readable (const ClawReceiveStream *stream);
size_t claw_receive_stream_read (ClawReceiveStream *stream, void *buffer, size_t size);
/* Whether the peer should hear of a higher limit. */
gboolean claw_receive_stream_wants_raise (const ClawReceiveStream *stream);
/* Returns: the limit to tell the peer. */
uint64_t claw_receive_stream_raise (ClawReceiveStream *stream);
