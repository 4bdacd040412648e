/* claw-ranges.h: a small sorted set of number ranges with a fixed maximum.
 *
 * Holds received packet numbers (to acknowledge them), received parts of a stream, and parts of a
 * stream that are acknowledged or lost. The three ways to add differ in what happens at the
 * maximum, since each user can afford to lose something else.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct
{
  uint64_t start;
  uint64_t end; /* one more than the last number */
} ClawRange;

typedef struct
{
  ClawRange *items; /* ascending, never touching; NULL while empty */
  unsigned n;
  unsigned allocated;
  unsigned max;
} ClawRanges;

void claw_ranges_init (ClawRanges *ranges, unsigned max);
void claw_ranges_clear (ClawRanges *ranges);
/* Returns: FALSE, with nothing changed, when that would make more than the maximum. */
gboolean claw_ranges_add (ClawRanges *ranges, uint64_t start, uint64_t end);
/* At the maximum the lowest range is forgotten, or the new one when it would be the lowest. */
void claw_ranges_add_forgetting (ClawRanges *ranges, uint64_t start, uint64_t end);
/* At the maximum the gap to a neighbour is filled, so that the set holds more than was added. */
void claw_ranges_add_covering (ClawRanges *ranges, uint64_t start, uint64_t end);
/* Takes out what it can; a range that would have to be split at the maximum stays whole. */
void claw_ranges_remove (ClawRanges *ranges, uint64_t start, uint64_t end);
void claw_ranges_remove_below (ClawRanges *ranges, uint64_t value);
gboolean claw_ranges_contains (const ClawRanges *ranges, uint64_t value);
