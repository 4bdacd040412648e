/* test-midnight.c: that another day has begun is noticed by the wall clock. */
#include "claw-midnight.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S (24 * 60 * 60)
#define PATIENCE_US (20 * (gint64) G_USEC_PER_SEC)

/* Moves to where the day ends in @seconds. */
static void
travel (gint64 seconds)
{
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  int west_s = (int) ((now_s + seconds) % DAY_S);
  /* Of a zone in POSIX's notation, west of Greenwich: at most a day. */
  g_autofree char *zone = g_strdup_printf ("XXX%d:%02d:%02d", west_s / 3600, west_s / 60 % 60,
                                           west_s % 60);
  g_setenv ("TZ", zone, TRUE);
  tzset ();
}

static void
count (gpointer user_data)
{
  ++*(unsigned *) user_data;
}

/* What the kernel says of the one timer that there is. */
static char *
read_timer (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    {
      char *text = NULL;
      g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *info = g_build_filename ("/proc/self/fdinfo", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);
      if (target && strstr (target, "timerfd") && g_file_get_contents (info, &text, NULL, NULL))
        return text;
    }
  return NULL;
}

static int
read_number (const char *text, const char *name)
{
  const char *found = strstr (text, name);
  g_assert_nonnull (found);
  found += strlen (name);
  return atoi (found + strspn (found, " ("));
}

/* The end of the day is told, once, and then the end of the next one is waited for. */
static void
test_day_begins (void)
{
  unsigned n = 0;
  travel (2);
  g_autoptr (ClawMidnight) midnight = claw_midnight_new (count, &n);
  gint64 end_us = g_get_monotonic_time () + PATIENCE_US;
  while (n == 0 && g_get_monotonic_time () < end_us)
    {
      g_usleep (1000);
      g_main_context_iteration (NULL, FALSE);
    }
  for (int i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (n, ==, 1);
  g_autofree char *timer = read_timer ();
  if (timer)
    g_assert_cmpint (read_number (timer, "it_value:"), >, DAY_S - 60);
}

/* Time asleep counts: the timer is one of the wall clock, for a time of day, and is told when that
 * clock is set. */
static void
test_asleep (void)
{
  unsigned n = 0;
  travel (3600);
  g_autoptr (ClawMidnight) midnight = claw_midnight_new (count, &n);
  g_autofree char *timer = read_timer ();
  if (!timer)
    {
      g_test_skip ("the kernel tells nothing of its timers");
      return;
    }
  g_assert_cmpint (read_number (timer, "clockid:"), ==, CLOCK_REALTIME);
  g_assert_cmpint (read_number (timer, "settime flags:"), ==, 3);
  g_assert_cmpint (read_number (timer, "it_value:"), <=, 3600);
  g_assert_cmpint (read_number (timer, "it_value:"), >, 3500);
  g_assert_cmpuint (n, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/midnight/day-begins/told-once", test_day_begins);
  g_test_add_func ("/midnight/asleep/counts", test_asleep);
  return g_test_run ();
}
