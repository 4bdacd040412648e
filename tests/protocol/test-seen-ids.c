/* test-seen-ids.c: what is remembered, and what is forgotten at the maximum. */
#include "claw-seen-ids.h"

#include <string.h>

static gboolean
add (ClawSeenIds *seen, uint64_t number)
{
  uint8_t id[CLAW_SEEN_IDS_ID_SIZE] = { 0 };

  memcpy (id, &number, sizeof number);
  return claw_seen_ids_add (seen, id);
}

/* An id is new once. */
static void
test_once (void)
{
  g_autoptr (ClawSeenIds) seen = claw_seen_ids_new (16);

  g_assert_cmpuint (claw_seen_ids_get_count (seen), ==, 0);
  g_assert_true (add (seen, 0));
  g_assert_false (add (seen, 0));
  g_assert_true (add (seen, 1));
  g_assert_false (add (seen, 0));
  g_assert_cmpuint (claw_seen_ids_get_count (seen), ==, 2);
}

/* At one more than the maximum just the oldest is forgotten. */
static void
test_maximum (void)
{
  g_autoptr (ClawSeenIds) seen = claw_seen_ids_new (4096);

  for (unsigned i = 0; i < 4096; i++)
    g_assert_true (add (seen, i));
  for (unsigned i = 0; i < 4096; i++)
    g_assert_false (add (seen, i));
  g_assert_true (add (seen, 4096));
  g_assert_cmpuint (claw_seen_ids_get_count (seen), ==, 4096);
  for (unsigned i = 1; i <= 4096; i++)
    g_assert_false (add (seen, i));
  g_assert_true (add (seen, 0));
}

/* The same answers as a plain list gives, over long use with many repetitions. */
static void
test_model (void)
{
  g_autoptr (ClawSeenIds) seen = claw_seen_ids_new (64);
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  g_autoptr (GArray) model = g_array_new (FALSE, FALSE, sizeof (uint32_t));

  for (unsigned round = 0; round < 50000; round++)
    {
      uint32_t number = g_rand_int_range (random, 0, 160);
      gboolean known = FALSE;

      for (unsigned i = 0; i < model->len && !known; i++)
        known = g_array_index (model, uint32_t, i) == number;
      g_assert_true (add (seen, number) == !known);
      if (known)
        continue;
      if (model->len == 64)
        g_array_remove_index (model, 0);
      g_array_append_val (model, number);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/seen-ids/same-id/seen-once", test_once);
  g_test_add_func ("/seen-ids/maximum/oldest-forgotten", test_maximum);
  g_test_add_func ("/seen-ids/long-use/as-a-list", test_model);
  return g_test_run ();
}
