/* test-ranges.c: sets of number ranges, against a plain array of flags. */
#include "claw-ranges.h"

#define SPACE 200

static void
assert_equal (const ClawRanges *ranges, const gboolean *flags)
{
  for (unsigned i = 0; i < SPACE; i++)
    g_assert_cmpint (claw_ranges_contains (ranges, i), ==, flags[i]);
  for (unsigned i = 0; i < ranges->n; i++)
    {
      g_assert_cmpuint (ranges->items[i].start, <, ranges->items[i].end);
      if (i > 0)
        g_assert_cmpuint (ranges->items[i - 1].end, <, ranges->items[i].start);
    }
}

/* Random adding and removing gives the same set as flags do, sorted and merged. */
static void
test_random (void)
{
  for (uint32_t seed = 0; seed < 50; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      gboolean flags[SPACE] = { FALSE };
      ClawRanges ranges;

      claw_ranges_init (&ranges, SPACE);
      for (unsigned step = 0; step < 300; step++)
        {
          unsigned start = (unsigned) g_rand_int_range (random, 0, SPACE);
          unsigned end = (unsigned) g_rand_int_range (random, (gint32) start, SPACE + 1);
          gboolean add = g_rand_boolean (random);

          end = MIN (end, start + 12);
          if (add)
            g_assert_true (claw_ranges_add (&ranges, start, end));
          else
            claw_ranges_remove (&ranges, start, end);
          for (unsigned i = start; i < end; i++)
            flags[i] = add;
          assert_equal (&ranges, flags);
        }
      claw_ranges_remove_below (&ranges, SPACE);
      g_assert_cmpuint (ranges.n, ==, 0);
      g_assert_null (ranges.items);
      claw_ranges_clear (&ranges);
    }
}

static void
fill (ClawRanges *ranges, unsigned max)
{
  claw_ranges_init (ranges, max);
  for (unsigned i = 0; i < max; i++)
    g_assert_true (claw_ranges_add (ranges, 10 * (i + 1), 10 * (i + 1) + 2));
}

/* One more than the maximum: refused, forgotten at the low end, or covered, by the way it is added.
 */
static void
test_maximum (void)
{
  ClawRanges ranges;

  fill (&ranges, 4);
  g_assert_false (claw_ranges_add (&ranges, 100, 101));
  g_assert_cmpuint (ranges.n, ==, 4);
  g_assert_false (claw_ranges_contains (&ranges, 100));
  g_assert_true (claw_ranges_add (&ranges, 42, 50));
  claw_ranges_clear (&ranges);

  fill (&ranges, 4);
  claw_ranges_add_forgetting (&ranges, 100, 101);
  g_assert_cmpuint (ranges.n, ==, 4);
  g_assert_false (claw_ranges_contains (&ranges, 10));
  g_assert_true (claw_ranges_contains (&ranges, 100));
  claw_ranges_add_forgetting (&ranges, 3, 4);
  g_assert_false (claw_ranges_contains (&ranges, 3));
  g_assert_true (claw_ranges_contains (&ranges, 20));
  claw_ranges_clear (&ranges);

  fill (&ranges, 4);
  claw_ranges_add_covering (&ranges, 15, 16);
  g_assert_cmpuint (ranges.n, ==, 4);
  g_assert_true (claw_ranges_contains (&ranges, 15));
  g_assert_true (claw_ranges_contains (&ranges, 19));
  claw_ranges_add_covering (&ranges, 60, 61);
  g_assert_cmpuint (ranges.n, ==, 4);
  g_assert_true (claw_ranges_contains (&ranges, 60));
  claw_ranges_clear (&ranges);
}

/* At the maximum a hole cannot be cut, but ends can. */
static void
test_remove_at_maximum (void)
{
  ClawRanges ranges;

  claw_ranges_init (&ranges, 1);
  g_assert_true (claw_ranges_add (&ranges, 10, 20));
  claw_ranges_remove (&ranges, 14, 15);
  g_assert_true (claw_ranges_contains (&ranges, 14));
  claw_ranges_remove (&ranges, 10, 12);
  claw_ranges_remove (&ranges, 18, 30);
  g_assert_cmpuint (ranges.items[0].start, ==, 12);
  g_assert_cmpuint (ranges.items[0].end, ==, 18);
  claw_ranges_clear (&ranges);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ranges/random/like-flags", test_random);
  g_test_add_func ("/ranges/maximum/add", test_maximum);
  g_test_add_func ("/ranges/maximum/remove", test_remove_at_maximum);
  return g_test_run ();
}
