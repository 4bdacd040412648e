/* claw-stream-ring.h: the bytes of a stream between two offsets, in a ring that is only there while
 * it holds some; a large one somewhat longer, because a bulk transfer empties it all the time and
 * getting the memory anew would cost more than filling it. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* Flow control window of a stream in each direction at first, and what it can grow to, which is the
 * most that a ring holds. Powers of two. */
#define CLAW_STREAM_WINDOW (256 * 1024)
#define CLAW_STREAM_WINDOW_MAX (4 * 1024 * 1024)

/* Larger ones stay when they become empty, until claw_stream_ring_clear (). */
#define CLAW_STREAM_RING_SMALL_MAX (16 * 1024)

typedef struct
{
  uint8_t *bytes; /* NULL while there is none */
  size_t allocated;
} ClawStreamRing;

/* Makes room for the bytes from @start to @end, which are at most CLAW_STREAM_WINDOW_MAX; keeps
 * those from @start to @used. */
void claw_stream_ring_reserve (ClawStreamRing *ring, uint64_t start, uint64_t used, uint64_t end);
void claw_stream_ring_put (ClawStreamRing *ring, uint64_t offset, const void *data, size_t length);
void claw_stream_ring_get (const ClawStreamRing *ring, uint64_t offset, void *data, size_t length);
/* It holds nothing any more, and is gone if it is small. */
void claw_stream_ring_set_empty (ClawStreamRing *ring);
void claw_stream_ring_clear (ClawStreamRing *ring);
