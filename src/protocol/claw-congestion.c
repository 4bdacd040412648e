/* claw-congestion.c: see claw-congestion.h. */
#include "claw-congestion.h"

#include <math.h>

/* RFC 9438 section 4.3: grows as Reno would that halves, with the decrease of CUBIC. */
#define ALPHA (3.0 * (1.0 - CLAW_CONGESTION_BETA) / (1.0 + CLAW_CONGESTION_BETA))
/* RFC 9002 section 7.7: a little faster than the window goes round, or it is never filled; in slow
 * start as fast as it grows. */
#define PACE 1.25
#define PACE_SLOW_START 2.0
/* What may be missing of a window that still counts as filled. */
#define SLACK_DATAGRAMS 3

void
claw_congestion_init (ClawCongestion *congestion, size_t datagram_size)
{
  *congestion = (ClawCongestion){ .datagram_size = datagram_size,
                                  .window = CLAW_CONGESTION_INITIAL_DATAGRAMS * datagram_size,
                                  .threshold = G_MAXUINT64,
                                  .emptied_us = G_MAXINT64,
                                  .recovery_start_us = G_MININT64,
                                  .epoch_start_us = G_MAXINT64,
                                  .limited_since_us = G_MAXINT64 };
  claw_hystart_init (&congestion->hystart);
}

void
claw_congestion_restart (ClawCongestion *congestion)
{
  uint64_t in_flight = congestion->in_flight;

  claw_congestion_init (congestion, congestion->datagram_size);
  congestion->in_flight = in_flight;
}

static uint64_t
get_minimum (const ClawCongestion *congestion)
{
  return CLAW_CONGESTION_MIN_DATAGRAMS * congestion->datagram_size;
}

static gboolean
is_slow_start (const ClawCongestion *congestion)
{
  return congestion->window < congestion->threshold;
}

void
claw_congestion_set_datagram_size (ClawCongestion *congestion, size_t datagram_size)
{
  if (datagram_size == congestion->datagram_size)
    return;
  congestion->datagram_size = datagram_size;
  congestion->window = MAX (congestion->window, get_minimum (congestion));
  /* The curve is in datagrams: another one from here. */
  congestion->epoch_start_us = G_MAXINT64;
}

/* RFC 9002 section 7.8: a window that the application does not fill has not been tried, so it does
 * not grow. Slow start grows by what comes back, so half is enough there. */
static gboolean
is_filled (const ClawCongestion *congestion)
{
  if (is_slow_start (congestion))
    return 2 * congestion->in_flight >= congestion->window;
  return congestion->in_flight + SLACK_DATAGRAMS * congestion->datagram_size >= congestion->window;
}

/* RFC 9438 section 5.8: the time in which the window could not grow is no time for the curve. */
static void
leave_out (ClawCongestion *congestion, gint64 since_us, gint64 now_us)
{
  if (congestion->epoch_start_us != G_MAXINT64 && since_us < now_us)
    congestion->epoch_start_us += now_us - MAX (since_us, congestion->epoch_start_us);
}

void
claw_congestion_on_sent (ClawCongestion *congestion, uint64_t number, size_t size, gint64 now_us)
{
  if (congestion->in_flight == 0 && congestion->limited_since_us == G_MAXINT64)
    leave_out (congestion, congestion->emptied_us, now_us);
  congestion->in_flight += size;
  if (is_filled (congestion))
    congestion->filled_end = number + 1;
}

static void
take_out (ClawCongestion *congestion, size_t size, gint64 now_us)
{
  congestion->in_flight -= MIN (size, congestion->in_flight);
  if (congestion->in_flight == 0)
    congestion->emptied_us = now_us;
}

static double
get_curve (const ClawCongestion *congestion, double t)
{
  double since_k = t - congestion->k;

  return CLAW_CONGESTION_C * (double) congestion->datagram_size * since_k * since_k * since_k
         + congestion->w_max;
}

/* Section 4.2; and 4.8 where no loss has told W_max yet. */
static void
begin_epoch (ClawCongestion *congestion, gint64 now_us)
{
  double window = (double) congestion->window + congestion->fraction;

  if (congestion->w_max < window)
    congestion->w_max = window;
  if (congestion->cwnd_prior < window)
    congestion->cwnd_prior = window;
  congestion->k = cbrt ((congestion->w_max - window)
                        / (CLAW_CONGESTION_C * (double) congestion->datagram_size));
  congestion->w_est = window;
  congestion->epoch_start_us = now_us;
}

static double
to_seconds (gint64 duration_us)
{
  return (double) duration_us / (double) G_USEC_PER_SEC;
}

/* Sections 4.2 to 4.5. */
static void
grow_along_curve (ClawCongestion *congestion, size_t size, gint64 smoothed_us, gint64 now_us)
{
  double window = (double) congestion->window + congestion->fraction;
  double acknowledged = (double) size;

  if (congestion->epoch_start_us == G_MAXINT64)
    begin_epoch (congestion, now_us);
  double t = to_seconds (now_us - congestion->epoch_start_us);
  double alpha = congestion->w_est < congestion->cwnd_prior ? ALPHA : 1.0;

  congestion->w_est += alpha * (double) congestion->datagram_size * acknowledged / window;
  if (get_curve (congestion, t) < congestion->w_est)
    window = MAX (window, congestion->w_est);
  else
    {
      double target = get_curve (congestion, t + to_seconds (smoothed_us));

      target = CLAMP (target, window, 1.5 * window);
      window += (target - window) * acknowledged / window;
    }
  congestion->window = (uint64_t) window;
  congestion->fraction = window - floor (window);
}

static void
clamp_window (ClawCongestion *congestion)
{
  if (congestion->window < CLAW_CONGESTION_WINDOW_MAX)
    return;
  congestion->window = CLAW_CONGESTION_WINDOW_MAX;
  congestion->fraction = 0;
}

void
claw_congestion_on_acknowledged (ClawCongestion *congestion,
                                 const ClawSentPacket *packet,
                                 gint64 smoothed_us,
                                 gint64 now_us)
{
  take_out (congestion, packet->size, now_us);
  if (packet->sent_at_us <= congestion->recovery_start_us)
    return;
  /* It was in flight when the window was full, or else the window never was since. */
  if (packet->number >= congestion->filled_end)
    {
      congestion->limited_since_us = MIN (congestion->limited_since_us, now_us);
      return;
    }
  leave_out (congestion, congestion->limited_since_us, now_us);
  congestion->limited_since_us = G_MAXINT64;

  if (is_slow_start (congestion))
    congestion->window += claw_hystart_get_growth (&congestion->hystart, packet->size);
  else
    grow_along_curve (congestion, packet->size, smoothed_us, now_us);
  clamp_window (congestion);
}

void
claw_congestion_on_sample (ClawCongestion *congestion,
                           uint64_t largest,
                           uint64_t next_number,
                           gint64 sample_us)
{
  if (claw_hystart_on_ack (&congestion->hystart, largest, next_number, sample_us))
    congestion->threshold = congestion->window;
}

/* Sections 4.6 and 4.7. */
static void
reduce (ClawCongestion *congestion, gint64 sent_at_us, gint64 now_us)
{
  double window = (double) congestion->window;
  double reduced = window * CLAW_CONGESTION_BETA;

  if (sent_at_us <= congestion->recovery_start_us)
    return;

  congestion->recovery_start_us = now_us;
  claw_hystart_stop (&congestion->hystart);
  congestion->cwnd_prior = window;
  if (window < congestion->w_max)
    congestion->w_max = window * (1.0 + CLAW_CONGESTION_BETA) / 2.0;
  else
    congestion->w_max = window;
  congestion->window = MAX ((uint64_t) reduced, get_minimum (congestion));
  congestion->threshold = congestion->window;
  congestion->fraction = 0;
  congestion->epoch_start_us = G_MAXINT64;
}

void
claw_congestion_on_lost (ClawCongestion *congestion, const ClawSentPacket *packet, gint64 now_us)
{
  take_out (congestion, packet->size, now_us);
  reduce (congestion, packet->sent_at_us, now_us);
}

void
claw_congestion_on_marked (ClawCongestion *congestion, gint64 sent_at_us, gint64 now_us)
{
  reduce (congestion, sent_at_us, now_us);
}

void
claw_congestion_on_persistent (ClawCongestion *congestion)
{
  congestion->window = get_minimum (congestion);
  congestion->fraction = 0;
  congestion->recovery_start_us = G_MININT64;
  /* RFC 9438 section 4.8: the next epoch begins its curve at its own window. */
  congestion->w_max = congestion->cwnd_prior = 0;
  congestion->epoch_start_us = G_MAXINT64;
}

gboolean
claw_congestion_allows (const ClawCongestion *congestion)
{
  return congestion->in_flight + congestion->datagram_size <= congestion->window;
}

double
claw_congestion_get_rate (const ClawCongestion *congestion, gint64 smoothed_us)
{
  double pace = is_slow_start (congestion) ? PACE_SLOW_START : PACE;

  return pace * (double) congestion->window / to_seconds (MAX (smoothed_us, 1));
}
