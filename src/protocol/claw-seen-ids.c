/* claw-seen-ids.c: ring and index.
 *
 * The index is open addressing with linear probing over 16-bit positions in the ring; it has twice
 * as many places as the ring. Taking one out moves later ones of the same run back (Knuth, volume
 * 3, 6.4, algorithm R), so that no marks of deleted ones pile up.
 */
#include "claw-seen-ids.h"

#include <sodium.h>
#include <string.h>

#define FIRST_SIZE 16
#define NOTHING UINT16_MAX

typedef uint8_t Id[CLAW_SEEN_IDS_ID_SIZE];

struct ClawSeenIds
{
  uint8_t key[crypto_shorthash_KEYBYTES];
  unsigned max;
  unsigned size;   /* of the ring, a power of two; 0 at first */
  unsigned count;  /* ids in it */
  unsigned oldest; /* where the next one goes once all places are taken */
  Id *ring;
  uint16_t *index; /* 2 × size places */
};

ClawSeenIds *
claw_seen_ids_new (unsigned max)
{
  ClawSeenIds *seen;

  g_return_val_if_fail (max >= FIRST_SIZE && max <= 32768 && (max & (max - 1)) == 0, NULL);
  seen = g_new0 (ClawSeenIds, 1);
  seen->max = max;
  crypto_shorthash_keygen (seen->key);
  return seen;
}

void
claw_seen_ids_free (ClawSeenIds *seen)
{
  if (seen == NULL)
    return;
  g_free (seen->ring);
  g_free (seen->index);
  g_free (seen);
}

static unsigned
home_of (const ClawSeenIds *seen, const uint8_t *id)
{
  uint8_t hash[crypto_shorthash_BYTES];
  uint32_t value;

  crypto_shorthash (hash, id, CLAW_SEEN_IDS_ID_SIZE, seen->key);
  memcpy (&value, hash, sizeof value);
  return value & (2 * seen->size - 1);
}

/* Returns: the place of @id in the index, or the free one that it would take. */
static unsigned
find_place (const ClawSeenIds *seen, const uint8_t *id)
{
  unsigned place = home_of (seen, id);

  while (seen->index[place] != NOTHING
         && memcmp (seen->ring[seen->index[place]], id, CLAW_SEEN_IDS_ID_SIZE) != 0)
    place = (place + 1) & (2 * seen->size - 1);
  return place;
}

static void
forget (ClawSeenIds *seen, const uint8_t *id)
{
  unsigned mask = 2 * seen->size - 1;
  unsigned gap = find_place (seen, id);

  for (unsigned place = (gap + 1) & mask; seen->index[place] != NOTHING; place = (place + 1) & mask)
    {
      unsigned home = home_of (seen, seen->ring[seen->index[place]]);

      /* Whether the gap lies between its home and where it is, counted around the end. */
      if (((place - home) & mask) < ((place - gap) & mask))
        continue;
      seen->index[gap] = seen->index[place];
      gap = place;
    }
  seen->index[gap] = NOTHING;
}

static void
grow (ClawSeenIds *seen)
{
  seen->size = seen->size == 0 ? FIRST_SIZE : 2 * seen->size;
  seen->ring = g_renew (Id, seen->ring, seen->size);
  seen->index = g_renew (uint16_t, seen->index, 2 * seen->size);
  memset (seen->index, 0xff, 2 * seen->size * sizeof *seen->index);
  for (unsigned i = 0; i < seen->count; i++)
    seen->index[find_place (seen, seen->ring[i])] = (uint16_t) i;
}

gboolean
claw_seen_ids_add (ClawSeenIds *seen, const uint8_t id[CLAW_SEEN_IDS_ID_SIZE])
{
  unsigned position;

  if (seen->count > 0 && seen->index[find_place (seen, id)] != NOTHING)
    return FALSE;
  if (seen->count == seen->size && seen->size < seen->max)
    grow (seen);
  if (seen->count < seen->size)
    position = seen->count++;
  else
    {
      position = seen->oldest;
      seen->oldest = (seen->oldest + 1) & (seen->size - 1);
      forget (seen, seen->ring[position]);
    }
  memcpy (seen->ring[position], id, CLAW_SEEN_IDS_ID_SIZE);
  /* The place is looked for while the index does not name the new one yet. */
  seen->index[find_place (seen, id)] = (uint16_t) position;
  return TRUE;
}

unsigned
claw_seen_ids_get_count (const ClawSeenIds *seen)
{
  return seen->count;
}
