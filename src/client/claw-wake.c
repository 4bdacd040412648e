/* claw-wake.c: see claw-wake.h. */
#include "claw-wake.h"

#include "claw-source.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Far enough: the timer is never to expire, only to be cancelled. */
#define NEVER_S (INT64_C (1) << 40)

struct ClawWake
{
  ClawWakeCallback callback;
  gpointer user_data;
  gint64 asleep_us;
  int fd;          /* -1: the kernel has no such timer */
  GSource *source; /* (nullable) */
};

ClawWakeKind
claw_wake_compare (gint64 *asleep_us, gint64 boottime_us, gint64 monotonic_us)
{
  gint64 now_asleep_us = boottime_us - monotonic_us;
  gint64 slept_us = now_asleep_us - *asleep_us;
  if (slept_us < CLAW_WAKE_SHORTEST_US && slept_us > -CLAW_WAKE_SHORTEST_US)
    return CLAW_WAKE_NOTHING;
  *asleep_us = now_asleep_us;
  if (slept_us < 0) /* a container that was moved: nothing to go by */
    return CLAW_WAKE_SHORT;
  return slept_us < CLAW_WAKE_LONG_US ? CLAW_WAKE_SHORT : CLAW_WAKE_LONG;
}

static gint64
read_clock_us (clockid_t clock)
{
  struct timespec now = { 0 };
  clock_gettime (clock, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

void
claw_wake_check (ClawWake *wake)
{
  gint64 monotonic_us = read_clock_us (CLOCK_MONOTONIC);
  ClawWakeKind kind = claw_wake_compare (&wake->asleep_us, read_clock_us (CLOCK_BOOTTIME),
                                         monotonic_us);
  if (kind != CLAW_WAKE_NOTHING)
    wake->callback (kind, wake->user_data);
}

/* ECANCELED: armed all the same, but the clock has jumped meanwhile. */
static gboolean
arm (ClawWake *wake)
{
  const struct itimerspec never = { .it_value.tv_sec = (time_t) NEVER_S };
  return timerfd_settime (wake->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0
         || errno == ECANCELED;
}

static gboolean
on_clock_set (int fd, GIOCondition condition, gpointer user_data)
{
  ClawWake *wake = user_data;
  uint64_t expirations;
  /* Fails with ECANCELED, which is the news. */
  ssize_t n = read (fd, &expirations, sizeof expirations);
  gboolean goes_on = n < 0 && (condition & (G_IO_ERR | G_IO_HUP)) == 0 && arm (wake);
  claw_wake_check (wake);
  return goes_on ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
watch_clock (ClawWake *wake)
{
  wake->fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (wake->fd < 0 || !arm (wake))
    return;
  wake->source = g_unix_fd_source_new (wake->fd, G_IO_IN);
  g_source_set_callback (wake->source, G_SOURCE_FUNC (on_clock_set), wake, NULL);
  g_source_set_static_name (wake->source, "ClawWake");
  g_source_attach (wake->source, g_main_context_get_thread_default ());
}

ClawWake *
claw_wake_new (ClawWakeCallback callback, gpointer user_data)
{
  ClawWake *wake = g_new0 (ClawWake, 1);
  wake->callback = callback;
  wake->user_data = user_data;
  gint64 monotonic_us = read_clock_us (CLOCK_MONOTONIC);
  wake->asleep_us = read_clock_us (CLOCK_BOOTTIME) - monotonic_us;
  watch_clock (wake);
  return wake;
}

void
claw_wake_free (ClawWake *wake)
{
  if (!wake)
    return;
  claw_source_clear (&wake->source);
  if (wake->fd >= 0)
    close (wake->fd);
  g_free (wake);
}
