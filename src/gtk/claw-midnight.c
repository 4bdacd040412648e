/* claw-midnight.c: see claw-midnight.h. */
#include "claw-midnight.h"

#include "claw-source.h"
#include "claw-time-text.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct ClawMidnight
{
  ClawMidnightCallback callback;
  gpointer user_data;
  int fd;          /* -1: the kernel has no such timer */
  GSource *source; /* (nullable) */
};

/* ECANCELED: armed all the same, but the clock has jumped meanwhile. */
static gboolean
arm (ClawMidnight *midnight)
{
  ClawTimeDay day = { 0 };
  claw_time_day_move (&day, g_get_real_time ());
  const struct itimerspec next = { .it_value.tv_sec = (time_t) (day.end_us / G_USEC_PER_SEC) };
  return timerfd_settime (midnight->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &next, NULL)
             == 0
         || errno == ECANCELED;
}

static gboolean
on_midnight (int fd, GIOCondition condition, gpointer user_data)
{
  ClawMidnight *midnight = user_data;
  uint64_t expirations;
  /* Fails with ECANCELED when the clock was set. */
  gboolean is_well = read (fd, &expirations, sizeof expirations) > 0 || errno == ECANCELED
                     || errno == EAGAIN;
  gboolean goes_on = is_well && (condition & (G_IO_ERR | G_IO_HUP)) == 0 && arm (midnight);
  midnight->callback (midnight->user_data);
  return goes_on ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

ClawMidnight *
claw_midnight_new (ClawMidnightCallback callback, gpointer user_data)
{
  g_return_val_if_fail (callback != NULL, NULL);
  ClawMidnight *midnight = g_new0 (ClawMidnight, 1);
  midnight->callback = callback;
  midnight->user_data = user_data;
  midnight->fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (midnight->fd < 0 || !arm (midnight))
    return midnight;
  midnight->source = g_unix_fd_source_new (midnight->fd, G_IO_IN);
  g_source_set_callback (midnight->source, G_SOURCE_FUNC (on_midnight), midnight, NULL);
  g_source_set_static_name (midnight->source, "ClawMidnight");
  g_source_attach (midnight->source, g_main_context_get_thread_default ());
  return midnight;
}

void
claw_midnight_free (ClawMidnight *midnight)
{
  if (!midnight)
    return;
  claw_source_clear (&midnight->source);
  if (midnight->fd >= 0)
    close (midnight->fd);
  g_free (midnight);
}
