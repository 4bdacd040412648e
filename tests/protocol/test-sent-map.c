/* test-sent-map.c: packets in flight. */
#include "claw-sent-map.h"

static void
add (ClawSentMap *map, uint64_t number, gint64 sent_at_us)
{
  ClawSentPacket packet = { .number = number, .sent_at_us = sent_at_us, .size = 100 };

  claw_sent_map_add (map, &packet);
}

static void
note (const ClawSentPacket *packet, gpointer user_data)
{
  g_string_append_printf (user_data, "%u ", (unsigned) packet->number);
}

/* Each packet is acknowledged once, gaps and numbers that were never kept do no harm. */
static void
test_acknowledge (void)
{
  g_autoptr (GString) taken = g_string_new (NULL);
  ClawSentMap map;

  claw_sent_map_init (&map);
  for (uint64_t number = 10; number < 40; number += 2)
    add (&map, number, 0);
  claw_sent_map_acknowledge (&map, 0, 11, note, taken);
  claw_sent_map_acknowledge (&map, 20, 25, note, taken);
  claw_sent_map_acknowledge (&map, 19, 27, note, taken);
  claw_sent_map_acknowledge (&map, 41, 100, note, taken);
  g_assert_cmpstr (taken->str, ==, "10 20 22 24 26 ");
  g_assert_cmpuint (map.outstanding, ==, 10);
  claw_sent_map_acknowledge (&map, 0, 100, note, taken);
  g_assert_cmpuint (map.outstanding, ==, 0);
  g_assert_null (map.packets);
}

/* Lost are those three numbers behind, or late; the next to be late is told. */
static void
test_lost (void)
{
  g_autoptr (GString) taken = g_string_new (NULL);
  ClawSentMap map;
  ClawSentMapLoss loss
      = { .largest_acknowledged = 8, .now_us = 1000, .loss_delay_us = 400, .first_sample_us = 0 };

  claw_sent_map_init (&map);
  for (uint64_t number = 4; number <= 9; number++)
    add (&map, number, number == 6 ? 700 : 900);
  claw_sent_map_acknowledge (&map, 8, 9, note, taken);
  claw_sent_map_detect_lost (&map, &loss, note, taken);
  g_assert_cmpstr (taken->str, ==, "8 4 5 ");
  g_assert_cmpint (loss.next_us, ==, 1100);

  loss.now_us = 900 + 400;
  claw_sent_map_detect_lost (&map, &loss, note, taken);
  g_assert_cmpstr (taken->str, ==, "8 4 5 6 7 ");
  g_assert_cmpint (loss.next_us, ==, G_MAXINT64);
  g_assert_cmpuint (map.outstanding, ==, 1);
  claw_sent_map_clear (&map);
}

/* The span of losses counts only where nothing between was acknowledged. */
static void
test_span (void)
{
  static const struct
  {
    uint64_t acknowledged;
    gint64 first_sample_us;
    gint64 span_us;
  } table[] = { { 20, 0, 900 }, { 5, 0, 400 }, { 20, 200, 800 } };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GString) taken = g_string_new (NULL);
      ClawSentMap map;
      ClawSentMapLoss loss = { .largest_acknowledged = 20,
                               .now_us = 100000,
                               .loss_delay_us = 1,
                               .first_sample_us = table[i].first_sample_us };

      claw_sent_map_init (&map);
      for (uint64_t number = 1; number <= 10; number++)
        add (&map, number, (gint64) number * 100);
      add (&map, 20, 2000);
      add (&map, 21, 2000);
      claw_sent_map_acknowledge (&map, table[i].acknowledged, table[i].acknowledged + 1, note,
                                 taken);
      claw_sent_map_detect_lost (&map, &loss, note, taken);
      g_assert_cmpint (loss.span_us, ==, table[i].span_us);
      claw_sent_map_clear (&map);
    }
}

/* The map has a maximum and comes around its ring without mixing anything up. */
static void
test_ring (void)
{
  g_autoptr (GString) taken = g_string_new (NULL);
  ClawSentMap map;
  uint64_t number = 0;

  claw_sent_map_init (&map);
  for (; number < 10000; number++)
    {
      add (&map, number, 0);
      if (number >= 5)
        claw_sent_map_acknowledge (&map, number - 5, number - 4, note, taken);
      g_assert_cmpuint (map.n, <=, 6);
    }
  g_assert_cmpuint (map.allocated, <=, 8);
  while (!claw_sent_map_is_full (&map))
    add (&map, number++, 0);
  g_assert_cmpuint (map.outstanding, ==, CLAW_SENT_MAP_MAX);
  g_assert_false (claw_sent_map_keeps_memory (&map));
  claw_sent_map_acknowledge (&map, 0, number, note, taken);
  g_assert_false (claw_sent_map_is_full (&map));

  /* What is kept for another burst works as new, and is given back on demand. */
  g_assert_true (claw_sent_map_keeps_memory (&map));
  add (&map, number, 0);
  claw_sent_map_trim (&map);
  g_assert_cmpuint (map.outstanding, ==, 1);
  claw_sent_map_acknowledge (&map, 0, number + 1, note, taken);
  g_assert_cmpuint (map.n, ==, 0);
  claw_sent_map_trim (&map);
  g_assert_null (map.packets);
}

/* Probing walks from the oldest to the newest. */
static void
test_unprobed (void)
{
  ClawSentMap map;

  claw_sent_map_init (&map);
  add (&map, 1, 0);
  add (&map, 2, 0);
  for (uint64_t number = 1; number <= 2; number++)
    {
      ClawSentPacket *packet = claw_sent_map_get_oldest_unprobed (&map);

      g_assert_cmpuint (packet->number, ==, number);
      packet->probed = TRUE;
    }
  g_assert_null (claw_sent_map_get_oldest_unprobed (&map));
  claw_sent_map_clear (&map);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/sent-map/acknowledge/once", test_acknowledge);
  g_test_add_func ("/sent-map/lost/thresholds", test_lost);
  g_test_add_func ("/sent-map/lost/span", test_span);
  g_test_add_func ("/sent-map/memory/ring", test_ring);
  g_test_add_func ("/sent-map/probe/oldest-first", test_unprobed);
  return g_test_run ();
}
