/* claw-time-text.c: see claw-time-text.h. */
#include "claw-time-text.h"

#include <glib/gi18n-lib.h>

#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)

static GDateTime *
to_local (gint64 time_us)
{
  return g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
}

char *
claw_time_text_short (gint64 time_us, gint64 now_us)
{
  gint64 age_us = now_us - time_us;
  if (age_us >= 0 && age_us < MINUTE_US)
    /* Translators: the age of a message that has just come. */
    return g_strdup (_ ("now"));
  if (age_us >= 0 && age_us < CLAW_TIME_TEXT_RECENT_US)
    {
      unsigned minutes = (unsigned) (age_us / MINUTE_US);
      /* Translators: the age of a message, as short as can be. */
      return g_strdup_printf (ngettext ("%u min", "%u min", minutes), minutes);
    }
  g_autoptr (GDateTime) time = to_local (time_us);
  /* Translators: the time of a message, see g_date_time_format (). */
  return time ? g_date_time_format (time, _ ("%H:%M")) : g_strdup ("");
}

char *
claw_time_text_full (gint64 time_us)
{
  g_autoptr (GDateTime) time = to_local (time_us);
  return time ? g_date_time_format (time, "%c") : g_strdup ("");
}

static gboolean
is_same_day (GDateTime *a, GDateTime *b)
{
  return g_date_time_get_year (a) == g_date_time_get_year (b)
         && g_date_time_get_day_of_year (a) == g_date_time_get_day_of_year (b);
}

char *
claw_time_text_day (gint64 time_us, gint64 now_us)
{
  g_autoptr (GDateTime) time = to_local (time_us);
  g_autoptr (GDateTime) now = to_local (now_us);
  if (!time || !now)
    return NULL;
  if (is_same_day (time, now))
    return g_strdup (_ ("Today"));
  g_autoptr (GDateTime) yesterday = g_date_time_add_days (now, -1);
  if (yesterday && is_same_day (time, yesterday))
    return g_strdup (_ ("Yesterday"));
  if (g_date_time_get_year (time) == g_date_time_get_year (now))
    /* Translators: a day between two messages, see g_date_time_format (): "Monday, 2 November". */
    return g_date_time_format (time, _ ("%A, %-d %B"));
  /* Translators: the same of another year: "Monday, 2 November 2020". */
  return g_date_time_format (time, _ ("%A, %-d %B %Y"));
}

static gint64
get_midnight_us (GDateTime *time)
{
  g_autoptr (GDateTime) midnight = g_date_time_new_local (
      g_date_time_get_year (time), g_date_time_get_month (time),
      g_date_time_get_day_of_month (time), 0, 0, 0);
  return midnight ? g_date_time_to_unix (midnight) * G_USEC_PER_SEC : G_MAXINT64;
}

gboolean
claw_time_day_move (ClawTimeDay *day, gint64 time_us)
{
  if (time_us >= day->start_us && time_us < day->end_us)
    return FALSE;
  g_autoptr (GDateTime) time = to_local (time_us);
  if (!time)
    return FALSE;
  g_autoptr (GDateTime) next = g_date_time_add_days (time, 1);
  day->start_us = MIN (get_midnight_us (time), time_us);
  day->end_us = next ? MAX (get_midnight_us (next), time_us + 1) : G_MAXINT64;
  return TRUE;
}
