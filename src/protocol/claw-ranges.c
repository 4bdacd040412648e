/* claw-ranges.c: see claw-ranges.h. */
#include "claw-ranges.h"

#include <string.h>

#define ALLOCATED_FIRST 4

void
claw_ranges_init (ClawRanges *ranges, unsigned max)
{
  g_return_if_fail (max > 0);

  *ranges = (ClawRanges){ .max = max };
}

void
claw_ranges_clear (ClawRanges *ranges)
{
  g_clear_pointer (&ranges->items, g_free);
  ranges->n = ranges->allocated = 0;
}

/* The first range that ends at or after @value. */
static unsigned
find (const ClawRanges *ranges, uint64_t value)
{
  unsigned low = 0, high = ranges->n;

  while (low < high)
    {
      unsigned middle = low + (high - low) / 2;

      if (ranges->items[middle].end < value)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
insert (ClawRanges *ranges, unsigned at, uint64_t start, uint64_t end)
{
  if (ranges->n == ranges->allocated)
    {
      ranges->allocated = MAX (ALLOCATED_FIRST, 2 * ranges->allocated);
      ranges->items = g_renew (ClawRange, ranges->items, ranges->allocated);
    }
  memmove (&ranges->items[at + 1], &ranges->items[at], (ranges->n - at) * sizeof (ClawRange));
  ranges->items[at] = (ClawRange){ start, end };
  ranges->n++;
}

static void
erase (ClawRanges *ranges, unsigned at, unsigned count)
{
  if (count == 0)
    return;

  ranges->n -= count;
  memmove (&ranges->items[at], &ranges->items[at + count], (ranges->n - at) * sizeof (ClawRange));
  if (ranges->n == 0)
    claw_ranges_clear (ranges);
}

gboolean
claw_ranges_add (ClawRanges *ranges, uint64_t start, uint64_t end)
{
  if (start >= end)
    return TRUE;

  unsigned first = find (ranges, start);
  unsigned next = first;
  while (next < ranges->n && ranges->items[next].start <= end)
    next++;

  if (next == first)
    {
      if (ranges->n == ranges->max)
        return FALSE;
      insert (ranges, first, start, end);
      return TRUE;
    }
  ClawRange *range = &ranges->items[first];
  range->start = MIN (range->start, start);
  range->end = MAX (ranges->items[next - 1].end, end);
  erase (ranges, first + 1, next - first - 1);
  return TRUE;
}

void
claw_ranges_add_forgetting (ClawRanges *ranges, uint64_t start, uint64_t end)
{
  if (claw_ranges_add (ranges, start, end) || end < ranges->items[0].start)
    return;

  erase (ranges, 0, 1);
  claw_ranges_add (ranges, start, end);
}

void
claw_ranges_add_covering (ClawRanges *ranges, uint64_t start, uint64_t end)
{
  if (claw_ranges_add (ranges, start, end))
    return;

  unsigned next = find (ranges, start);
  if (next < ranges->n)
    end = ranges->items[next].start;
  else
    start = ranges->items[next - 1].end;
  claw_ranges_add (ranges, start, end);
}

void
claw_ranges_remove (ClawRanges *ranges, uint64_t start, uint64_t end)
{
  if (start >= end)
    return;

  unsigned at = find (ranges, start);
  if (at < ranges->n && ranges->items[at].start < start && ranges->items[at].end > end)
    {
      if (ranges->n == ranges->max)
        return;
      insert (ranges, at + 1, end, ranges->items[at].end);
      ranges->items[at].end = start;
      return;
    }
  if (at < ranges->n && ranges->items[at].start < start)
    {
      ranges->items[at].end = MIN (ranges->items[at].end, start);
      at++;
    }

  unsigned next = at;
  while (next < ranges->n && ranges->items[next].end <= end)
    next++;
  if (next < ranges->n)
    ranges->items[next].start = MAX (ranges->items[next].start, end);
  erase (ranges, at, next - at);
}

void
claw_ranges_remove_below (ClawRanges *ranges, uint64_t value)
{
  claw_ranges_remove (ranges, 0, value);
}

gboolean
claw_ranges_contains (const ClawRanges *ranges, uint64_t value)
{
  unsigned at = find (ranges, value + 1);

  return at < ranges->n && ranges->items[at].start <= value;
}
