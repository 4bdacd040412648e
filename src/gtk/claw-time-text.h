/* claw-time-text.h: times and days as a conversation tells them. Times are µs since 1970. */
#pragma once

#include <glib.h>

/* From this age on a message tells the time of day instead of its age. */
#define CLAW_TIME_TEXT_RECENT_US (60 * 60 * (gint64) G_USEC_PER_SEC)

/* "now", "5 min", then the time of day. Returns: (transfer full) */
char *claw_time_text_short (gint64 time_us, gint64 now_us);
/* "Today", "Yesterday", then the date, with its year when that is another. Returns: (transfer full)
 * (nullable): NULL for a time that no calendar has. */
char *claw_time_text_day (gint64 time_us, gint64 now_us);
/* Date and time in full. Returns: (transfer full) */
char *claw_time_text_full (gint64 time_us);

/* A local day: from @start_us to before @end_us. Zero-initialise. */
typedef struct
{
  gint64 start_us;
  gint64 end_us;
} ClawTimeDay;

/* Makes @day the one of @time_us. Returns: whether it was another before; FALSE for a time that no
 * calendar has, too. */
gboolean claw_time_day_move (ClawTimeDay *day, gint64 time_us);
