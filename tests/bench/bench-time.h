/* bench-time.h: what benches measure time with. */
#pragma once

#include <glib.h>
#include <time.h>

static inline double
since_ms (gint64 start_us)
{
  return (double) (g_get_monotonic_time () - start_us) / 1000;
}

/* Of this thread: others may use the machine meanwhile. */
static inline gint64
get_processor_us (void)
{
  struct timespec time;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * (gint64) G_USEC_PER_SEC + time.tv_nsec / 1000;
}
