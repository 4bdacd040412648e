/* test-memory-scan.c: the scanner finds what is there, in this process and in another. */
#include "claw-memory-scan.h"

#include <signal.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 32

/* Fills @secret with bytes that this program holds nowhere else. */
static void
make_secret (ClawMemoryScan *scan, uint8_t secret[SIZE])
{
  randombytes_buf (secret, SIZE);
  claw_memory_scan_add (scan, "secret", secret, SIZE);
}

static unsigned
count (ClawMemoryScan *scan, pid_t pid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = claw_memory_scan_run (scan, pid, &error);

  g_assert_no_error (error);
  return claw_memory_scan_count (found, "secret");
}

/* On the heap, on the stack, and in libsodium's locked memory: once each, and gone when wiped. The
 * scan leaves no copies. */
static void
test_own (void)
{
  g_autoptr (ClawMemoryScan) scan = claw_memory_scan_new ();
  uint8_t stack[SIZE];
  uint8_t *heap = g_malloc (SIZE);
  uint8_t *locked = sodium_malloc (SIZE);

  make_secret (scan, stack);
  g_assert_cmpuint (count (scan, 0), ==, 1);
  memcpy (heap, stack, SIZE);
  memcpy (locked, stack, SIZE);
  g_assert_cmpuint (count (scan, 0), ==, 3);
  g_assert_cmpuint (count (scan, getpid ()), ==, 3);
  sodium_memzero (stack, SIZE);
  sodium_memzero (heap, SIZE);
  g_assert_cmpuint (count (scan, 0), ==, 1);
  sodium_free (locked);
  g_assert_cmpuint (count (scan, 0), ==, 0);
  g_free (heap);
}

/* Across the border of two chunks that are read. */
static void
test_across (void)
{
  g_autoptr (ClawMemoryScan) scan = claw_memory_scan_new ();
  uint8_t secret[SIZE];
  size_t size = 8 * 1024 * 1024;
  g_autofree uint8_t *heap = g_malloc0 (size);

  make_secret (scan, secret);
  unsigned n = 1;
  for (size_t at = 1000; at + SIZE < size; at += 1024 * 1024 - 7, n++)
    memcpy (heap + at, secret, SIZE);
  g_assert_cmpuint (count (scan, 0), ==, n);
}

/* A process of its own, which has the secret and this one no more. */
static void
test_other (void)
{
  g_autoptr (ClawMemoryScan) scan = claw_memory_scan_new ();
  uint8_t secret[SIZE];

  make_secret (scan, secret);
  pid_t child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      pause ();
      _exit (0);
    }
  sodium_memzero (secret, SIZE);
  unsigned others = count (scan, child);
  unsigned own = count (scan, 0);
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  g_assert_cmpuint (others, ==, 1);
  g_assert_cmpuint (own, ==, 0);
}

/* Nobody there: an error, not "nothing found". */
static void
test_nobody (void)
{
  g_autoptr (ClawMemoryScan) scan = claw_memory_scan_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (claw_memory_scan_run (scan, G_MAXINT, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (sodium_init (), >=, 0);

  g_test_add_func ("/memory-scan/own/found", test_own);
  g_test_add_func ("/memory-scan/own/across-chunks", test_across);
  g_test_add_func ("/memory-scan/other/found", test_other);
  g_test_add_func ("/memory-scan/other/nobody", test_nobody);
  return g_test_run ();
}
