/* claw-secret.c: locked memory, its pools, and the 32-byte key on top of them.
 *
 * A pool hands out slots of one size from slabs of sodium_malloc (). A slab keeps its free slots as
 * a list that runs through the slots themselves; slabs with free slots are in a queue, and all
 * slabs are in an array sorted by address, so that the slab of a slot is found again without a
 * header beside the secret.
 */
#include "claw-secret.h"

#include <sodium.h>
#include <string.h>

/* Whole pages together with the canary of 16 bytes that sodium_malloc () puts ahead of them. */
#define SLAB_SIZE (32 * 1024)
#define SODIUM_CANARY_SIZE 16
#define ALIGNMENT 16

typedef struct Slot
{
  struct Slot *next;
} Slot;

typedef struct
{
  uint8_t *memory;
  size_t n_used;
  Slot *free;
  GList link; /* in the pool's queue while there are free slots */
} Slab;

typedef struct
{
  size_t slot_size;
  GPtrArray *slabs; /* sorted by address */
  GQueue roomy;     /* slabs with free slots */
} Pool;

static Pool pools[] = { { .slot_size = CLAW_KEY_SIZE }, { .slot_size = CLAW_SECRET_POOLED_MAX } };
static GMutex pools_lock;
static gint lock_failed; /* atomic */

/* sodium_malloc () does not tell whether the memory could be locked; locking it again does. */
static void *
allocate_locked (size_t size)
{
  void *memory = sodium_malloc (size);

  if (memory == NULL)
    g_error ("There is no memory left for keys");
  if (sodium_mlock (memory, size) != 0)
    g_atomic_int_set (&lock_failed, TRUE);
  sodium_memzero (memory, size);
  return memory;
}

void
claw_secret_init (void)
{
  static gsize done;

  if (!g_once_init_enter (&done))
    return;

  if (sodium_init () < 0)
    g_error ("libsodium could not be started");
  /* So that claw_secret_lock_failed () has an answer before the first key is made. */
  sodium_free (allocate_locked (ALIGNMENT));
  g_once_init_leave (&done, 1);
}

gboolean
claw_secret_lock_failed (void)
{
  claw_secret_init ();
  return g_atomic_int_get (&lock_failed);
}

void *
claw_secret_new (size_t size)
{
  g_assert (size <= G_MAXSSIZE);

  claw_secret_init ();
  /* sodium_malloc () puts the end of the memory against the guard page, so the size decides the
   * alignment. */
  return allocate_locked ((size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

void
claw_secret_free (void *secret)
{
  sodium_free (secret);
}

/* The pools */

static size_t
slots_per_slab (const Pool *pool)
{
  return (SLAB_SIZE - SODIUM_CANARY_SIZE) / pool->slot_size;
}

static Pool *
pool_for_size (size_t size)
{
  for (size_t i = 0; i < G_N_ELEMENTS (pools); i++)
    if (size <= pools[i].slot_size)
      return &pools[i];
  g_assert_not_reached ();
}

/* Returns: the index of the first slab that begins after @address. */
static guint
slab_upper_bound (const Pool *pool, const void *address)
{
  guint low = 0, high = pool->slabs->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const Slab *slab = g_ptr_array_index (pool->slabs, middle);

      if ((uintptr_t) slab->memory <= (uintptr_t) address)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
add_slab (Pool *pool)
{
  size_t n_slots = slots_per_slab (pool);
  Slab *slab = g_new0 (Slab, 1);

  slab->memory = allocate_locked (n_slots * pool->slot_size);
  slab->link.data = slab;
  for (size_t i = n_slots; i > 0; i--)
    {
      Slot *slot = (Slot *) (void *) (slab->memory + (i - 1) * pool->slot_size);
      slot->next = slab->free;
      slab->free = slot;
    }

  if (pool->slabs == NULL)
    pool->slabs = g_ptr_array_new ();
  g_ptr_array_insert (pool->slabs, (int) slab_upper_bound (pool, slab->memory), slab);
  g_queue_push_head_link (&pool->roomy, &slab->link);
}

static void
remove_slab (Pool *pool, guint index)
{
  Slab *slab = g_ptr_array_remove_index (pool->slabs, index);

  g_queue_unlink (&pool->roomy, &slab->link);
  sodium_free (slab->memory);
  g_free (slab);
}

static Slot *
take_slot (Pool *pool)
{
  if (pool->roomy.head == NULL)
    add_slab (pool);

  Slab *slab = pool->roomy.head->data;
  Slot *slot = slab->free;

  slab->free = slot->next;
  slab->n_used++;
  if (slab->free == NULL)
    g_queue_unlink (&pool->roomy, &slab->link);
  slot->next = NULL;
  return slot;
}

static void
give_slot (Pool *pool, Slot *slot)
{
  guint after = pool->slabs != NULL ? slab_upper_bound (pool, slot) : 0;

  g_assert (after > 0);
  Slab *slab = g_ptr_array_index (pool->slabs, after - 1);
  size_t offset = (size_t) ((uint8_t *) slot - slab->memory);
  g_assert (slab->n_used > 0 && offset % pool->slot_size == 0
            && offset / pool->slot_size < slots_per_slab (pool));

  if (slab->free == NULL)
    g_queue_push_head_link (&pool->roomy, &slab->link);
  slot->next = slab->free;
  slab->free = slot;
  slab->n_used--;
  /* The last roomy slab stays, so that one key coming and going does not map and unmap memory each
   * time. */
  if (slab->n_used == 0 && pool->roomy.length > 1)
    remove_slab (pool, after - 1);
}

void *
claw_secret_new_pooled (size_t size)
{
  g_assert (size <= CLAW_SECRET_POOLED_MAX);

  claw_secret_init ();
  g_mutex_lock (&pools_lock);
  void *secret = take_slot (pool_for_size (size));
  g_mutex_unlock (&pools_lock);
  return secret;
}

void
claw_secret_free_pooled (void *secret, size_t size)
{
  if (secret == NULL)
    return;

  Pool *pool = pool_for_size (size);
  sodium_memzero (secret, pool->slot_size);
  g_mutex_lock (&pools_lock);
  give_slot (pool, secret);
  g_mutex_unlock (&pools_lock);
}

/* Keys */

static void
ensure_bytes (ClawKey *key)
{
  if (key->bytes == NULL)
    key->bytes = claw_secret_new_pooled (CLAW_KEY_SIZE);
}

void
claw_key_set (ClawKey *key, const uint8_t bytes[CLAW_KEY_SIZE])
{
  g_return_if_fail (key != NULL && bytes != NULL);

  ensure_bytes (key);
  memmove (key->bytes, bytes, CLAW_KEY_SIZE);
}

void
claw_key_generate (ClawKey *key)
{
  g_return_if_fail (key != NULL);

  ensure_bytes (key);
  randombytes_buf (key->bytes, CLAW_KEY_SIZE);
}

void
claw_key_copy (ClawKey *destination, const ClawKey *source)
{
  g_return_if_fail (destination != NULL && source != NULL);

  if (source->bytes == NULL)
    claw_key_clear (destination);
  else
    claw_key_set (destination, source->bytes);
}

void
claw_key_move (ClawKey *destination, ClawKey *source)
{
  g_return_if_fail (destination != NULL && source != NULL);

  if (destination == source)
    return;

  claw_key_clear (destination);
  destination->bytes = g_steal_pointer (&source->bytes);
}

void
claw_key_clear (ClawKey *key)
{
  g_return_if_fail (key != NULL);

  claw_secret_free_pooled (g_steal_pointer (&key->bytes), CLAW_KEY_SIZE);
}

gboolean
claw_key_is_set (const ClawKey *key)
{
  return key->bytes != NULL;
}

gboolean
claw_key_equal (const ClawKey *a, const ClawKey *b)
{
  return a->bytes != NULL && b->bytes != NULL
         && sodium_memcmp (a->bytes, b->bytes, CLAW_KEY_SIZE) == 0;
}
