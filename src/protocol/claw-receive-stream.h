/* claw-receive-stream.h: the receiving half of a stream: parts that came, put in order for the
 * application. */
#pragma once

#include "claw-ranges.h"
#include "claw-stream-ring.h"

/* Parts with gaps between them; a packet that would make more is left unacknowledged and so comes
 * again. */
#define CLAW_RECEIVE_STREAM_RANGES_MAX 1024
/* The window doubles when half of it was read within so many round trips: it should hold twice what
 * is in flight, since the peer hears of a new limit only when half is used up. */
#define CLAW_RECEIVE_STREAM_ROUND_TRIPS 2

typedef struct
{
  ClawStreamRing ring;
  uint64_t read;   /* all before it was read by the application */
  uint64_t limit;  /* what the peer was told it may send before */
  size_t window;   /* how far the limit is ahead when it is told */
  gint64 told_us;  /* when it was raised last; G_MININT64: never */
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
/* Raises the limit, and doubles the window when it may be what holds up the peer. @share: the
 * largest window that the session has room for, at least what the peer has been given already.
 * Returns: the limit to tell the peer. */
uint64_t claw_receive_stream_raise (ClawReceiveStream *stream,
                                    size_t share,
                                    gint64 round_trip_us,
                                    gint64 now_us);
/* How many bytes the peer may make this stream hold. */
size_t claw_receive_stream_get_credit (const ClawReceiveStream *stream);
