/* test-secret.c: keys and locked memory. */
#include "claw-secret.h"

#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MANY 5000

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZES_ADDRESSES
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZES_ADDRESSES
#endif
#endif

/* A key that is cleared is empty, and may be cleared again. */
static void
test_key_life (void)
{
  ClawKey key = { 0 };

  g_assert_false (claw_key_is_set (&key));
  claw_key_clear (&key);
  claw_key_generate (&key);
  g_assert_true (claw_key_is_set (&key));
  g_assert_false (sodium_is_zero (key.bytes, CLAW_KEY_SIZE));
  claw_key_clear (&key);
  g_assert_false (claw_key_is_set (&key));
  claw_key_clear (&key);
}

/* Copies are equal and independent; moving leaves the source empty. */
static void
test_key_copy_and_move (void)
{
  g_auto (ClawKey) a = { 0 };
  g_auto (ClawKey) b = { 0 };
  g_auto (ClawKey) c = { 0 };

  claw_key_generate (&a);
  claw_key_copy (&b, &a);
  g_assert_true (claw_key_equal (&a, &b));
  b.bytes[31] ^= 1;
  g_assert_false (claw_key_equal (&a, &b));

  uint8_t *bytes = a.bytes;
  claw_key_move (&c, &a);
  g_assert_true (c.bytes == bytes);
  g_assert_false (claw_key_is_set (&a));
  claw_key_move (&c, &c);
  g_assert_true (c.bytes == bytes);
  claw_key_copy (&c, &a);
  g_assert_false (claw_key_is_set (&c));
}

/* Empty keys are equal to nothing, so that two missing keys never open anything. */
static void
test_key_equal_empty (void)
{
  g_auto (ClawKey) a = { 0 };
  g_auto (ClawKey) b = { 0 };

  g_assert_false (claw_key_equal (&a, &b));
  claw_key_generate (&a);
  g_assert_false (claw_key_equal (&a, &b));
  g_assert_false (claw_key_equal (&b, &a));
}

/* Memory is zeroed when given and aligned, for every size. */
static void
test_new_zeroed (void)
{
  for (size_t size = 0; size < 100; size++)
    {
      uint8_t *secret = claw_secret_new (size);
      uint8_t *pooled = claw_secret_new_pooled (size);

      g_assert_cmpuint ((uintptr_t) secret % 16, ==, 0);
      g_assert_cmpuint ((uintptr_t) pooled % 16, ==, 0);
      g_assert_true (sodium_is_zero (secret, size));
      g_assert_true (sodium_is_zero (pooled, size));
      memset (secret, 0xff, size);
      memset (pooled, 0xff, size);
      claw_secret_free (secret);
      claw_secret_free_pooled (pooled, size);
    }
  claw_secret_free (NULL);
  claw_secret_free_pooled (NULL, 32);
}

/* A slot that was freed holds nothing of the secret any more. Its neighbour keeps the slab mapped.
 */
static void
test_pool_wiped (void)
{
  g_auto (ClawKey) neighbour = { 0 };
  uint8_t *slot = claw_secret_new_pooled (512);
  uint8_t *kept = claw_secret_new_pooled (512);

  claw_key_generate (&neighbour);
  memset (slot, 0xaa, 512);
  claw_secret_free_pooled (slot, 512);
  /* The beginning is used by the list of free slots. */
  g_assert_true (sodium_is_zero (slot + sizeof (void *), 512 - sizeof (void *)));
  claw_secret_free_pooled (kept, 512);
}

/* More keys than fit one slab, freed in another order, never share memory or lose what they hold.
 */
static void
test_pool_many (void)
{
  g_autofree ClawKey *keys = g_new0 (ClawKey, MANY);
  g_autofree uint8_t (*copies)[CLAW_KEY_SIZE] = g_malloc (MANY * CLAW_KEY_SIZE);

  for (unsigned round = 0; round < 3; round++)
    {
      for (unsigned i = 0; i < MANY; i++)
        if (!claw_key_is_set (&keys[i]))
          {
            claw_key_generate (&keys[i]);
            memcpy (copies[i], keys[i].bytes, CLAW_KEY_SIZE);
          }
      for (unsigned i = 0; i < MANY; i++)
        g_assert_cmpmem (keys[i].bytes, CLAW_KEY_SIZE, copies[i], CLAW_KEY_SIZE);
      for (unsigned i = round; i < MANY; i += round + 2)
        claw_key_clear (&keys[i]);
    }
  for (unsigned i = MANY; i > 0; i--)
    claw_key_clear (&keys[i - 1]);
}

static void *
churn (void *data)
{
  for (unsigned i = 0; i < 2000; i++)
    {
      g_auto (ClawKey) a = { 0 };
      g_auto (ClawKey) b = { 0 };

      claw_key_generate (&a);
      claw_key_copy (&b, &a);
      g_assert_true (claw_key_equal (&a, &b));
    }
  return NULL;
}

/* Threads take and give back keys at the same time. */
static void
test_pool_threads (void)
{
  GThread *threads[4];

  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("churn", churn, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* Giving back what is no slot ends the program at once. */
static void
test_pool_foreign (void)
{
  if (g_test_subprocess ())
    {
      g_auto (ClawKey) key = { 0 };
      claw_key_generate (&key);
      claw_secret_free_pooled (key.bytes + 1, CLAW_KEY_SIZE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
}

static void
lock_without_permission (void)
{
  struct rlimit none = { 0, 0 };

  g_assert_cmpint (setrlimit (RLIMIT_MEMLOCK, &none), ==, 0);
  /* The limit does not hold for root. */
  if (geteuid () == 0)
    g_assert_cmpint (setuid (65534), ==, 0);

  g_assert_true (claw_secret_lock_failed ());
  churn (NULL);
}

/* Memory that cannot be locked is noticed, and keys work all the same. */
static void
test_lock_failed (void)
{
  if (g_test_subprocess ())
    {
      lock_without_permission ();
      return;
    }
#ifdef SANITIZES_ADDRESSES
  g_test_skip ("AddressSanitizer makes mlock () do nothing");
#else
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/key/life", test_key_life);
  g_test_add_func ("/secret/key/copy-and-move", test_key_copy_and_move);
  g_test_add_func ("/secret/key/equal-empty", test_key_equal_empty);
  g_test_add_func ("/secret/new/zeroed", test_new_zeroed);
  g_test_add_func ("/secret/pool/wiped", test_pool_wiped);
  g_test_add_func ("/secret/pool/many", test_pool_many);
  g_test_add_func ("/secret/pool/threads", test_pool_threads);
  g_test_add_func ("/secret/pool/foreign", test_pool_foreign);
  g_test_add_func ("/secret/lock/failed", test_lock_failed);
  return g_test_run ();
}
