/* test-time-text.c: times and days as a conversation tells them. */
#include "claw-time-text.h"

#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
/* Wednesday, 15 November 2023, noon in UTC, which the test sets. */
#define NOON_US (G_GINT64_CONSTANT (1700049600) * G_USEC_PER_SEC)

static void
assert_short (gint64 age_us, const char *expected)
{
  g_autofree char *text = claw_time_text_short (NOON_US - age_us, NOON_US);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_day (gint64 time_us, const char *expected)
{
  g_autofree char *text = claw_time_text_day (time_us, NOON_US);
  g_assert_cmpstr (text, ==, expected);
}

/* The age within the first hour, then the time of day, which is told of the future too. */
static void
test_short (void)
{
  assert_short (0, "now");
  assert_short (MINUTE_US - 1, "now");
  assert_short (MINUTE_US, "1 min");
  assert_short (HOUR_US - 1, "59 min");
  assert_short (HOUR_US, "11:00");
  assert_short (-MINUTE_US, "12:01");
}

/* Today and yesterday by name, others by date, and by year when it is another. */
static void
test_day (void)
{
  assert_day (NOON_US, "Today");
  assert_day (NOON_US - 12 * HOUR_US, "Today");
  assert_day (NOON_US - 12 * HOUR_US - G_USEC_PER_SEC, "Yesterday");
  assert_day (NOON_US - 2 * DAY_US, "Monday, 13 November");
  assert_day (NOON_US - 365 * DAY_US, "Tuesday, 15 November 2022");
  assert_day (G_MAXINT64, NULL);
}

/* A day is left at both its ends only, and a time that no calendar has leaves it alone. */
static void
test_move (void)
{
  ClawTimeDay day = { 0 };
  g_assert_true (claw_time_day_move (&day, NOON_US));
  g_assert_false (claw_time_day_move (&day, NOON_US + 12 * HOUR_US - 1));
  g_assert_false (claw_time_day_move (&day, NOON_US - 12 * HOUR_US));
  g_assert_false (claw_time_day_move (&day, G_MAXINT64));
  g_assert_true (claw_time_day_move (&day, NOON_US + 12 * HOUR_US));
  g_assert_true (claw_time_day_move (&day, NOON_US));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time-text/short/ages", test_short);
  g_test_add_func ("/time-text/day/names", test_day);
  g_test_add_func ("/time-text/day/move", test_move);
  return g_test_run ();
}
