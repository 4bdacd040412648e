/* claw-stream-ring.c: see claw-stream-ring.h. */
#include "claw-stream-ring.h"

#include <string.h>

#define ALLOCATED_FIRST 1024

static size_t
until_wrap (const ClawStreamRing *ring, uint64_t offset, size_t length)
{
  return MIN (length, ring->allocated - (size_t) (offset & (ring->allocated - 1)));
}

void
claw_stream_ring_put (ClawStreamRing *ring, uint64_t offset, const void *data, size_t length)
{
  if (length == 0)
    return;
  g_return_if_fail (length <= ring->allocated);

  size_t first = until_wrap (ring, offset, length);
  memcpy (ring->bytes + (offset & (ring->allocated - 1)), data, first);
  memcpy (ring->bytes, (const uint8_t *) data + first, length - first);
}

void
claw_stream_ring_get (const ClawStreamRing *ring, uint64_t offset, void *data, size_t length)
{
  if (length == 0)
    return;
  g_return_if_fail (length <= ring->allocated);

  size_t first = until_wrap (ring, offset, length);
  memcpy (data, ring->bytes + (offset & (ring->allocated - 1)), first);
  memcpy ((uint8_t *) data + first, ring->bytes, length - first);
}

void
claw_stream_ring_reserve (ClawStreamRing *ring, uint64_t start, uint64_t used, uint64_t end)
{
  g_return_if_fail (end - start <= CLAW_STREAM_WINDOW_MAX);

  if (end - start <= ring->allocated)
    return;

  ClawStreamRing grown = { .allocated = MAX (ALLOCATED_FIRST, ring->allocated) };
  while (grown.allocated < end - start)
    grown.allocated *= 2;
  grown.bytes = g_malloc (grown.allocated);
  while (start < used)
    {
      size_t length = until_wrap (ring, start, (size_t) (used - start));

      claw_stream_ring_put (&grown, start, ring->bytes + (start & (ring->allocated - 1)), length);
      start += length;
    }
  claw_stream_ring_clear (ring);
  *ring = grown;
}

void
claw_stream_ring_set_empty (ClawStreamRing *ring)
{
  if (ring->allocated <= CLAW_STREAM_RING_SMALL_MAX)
    claw_stream_ring_clear (ring);
}

void
claw_stream_ring_clear (ClawStreamRing *ring)
{
  /* Plaintext of the conversation; not a key, but no use leaving it in freed memory either. */
  if (ring->bytes != NULL)
    explicit_bzero (ring->bytes, ring->allocated);
  g_free (ring->bytes);
  *ring = (ClawStreamRing){ 0 };
}
