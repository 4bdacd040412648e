/* claw-congestion.c: see claw-congestion.h. */
#include "claw-congestion.h"

#include "claw-connection.h"

void
claw_congestion_init (ClawCongestion *congestion)
{
  *congestion = (ClawCongestion){ .window = CLAW_CONGESTION_WINDOW_INITIAL,
                                  .threshold = G_MAXUINT64,
                                  .recovery_start_us = G_MININT64 };
}

void
claw_congestion_restart (ClawCongestion *congestion)
{
  uint64_t in_flight = congestion->in_flight;

  claw_congestion_init (congestion);
  congestion->in_flight = in_flight;
}

gboolean
claw_congestion_allows (const ClawCongestion *congestion)
{
  return congestion->in_flight + CLAW_CONNECTION_DATAGRAM_SIZE <= congestion->window;
}

void
claw_congestion_on_sent (ClawCongestion *congestion, size_t size)
{
  congestion->in_flight += size;
}

/* Section 7.8: a window that the application does not fill has not been tried, so it does not grow.
 */
static gboolean
is_filled (const ClawCongestion *congestion)
{
  if (congestion->window < congestion->threshold)
    return 2 * congestion->in_flight >= congestion->window;
  return congestion->in_flight + 3 * CLAW_CONNECTION_DATAGRAM_SIZE >= congestion->window;
}

void
claw_congestion_on_acknowledged (ClawCongestion *congestion, size_t size, gint64 sent_at_us)
{
  gboolean filled = is_filled (congestion);

  congestion->in_flight -= MIN (size, congestion->in_flight);
  if (!filled || sent_at_us <= congestion->recovery_start_us)
    return;

  if (congestion->window < congestion->threshold)
    congestion->window += size;
  else
    congestion->window += CLAW_CONNECTION_DATAGRAM_SIZE * size / congestion->window;
  congestion->window = MIN (congestion->window, CLAW_CONGESTION_WINDOW_MAX);
}

void
claw_congestion_on_lost (ClawCongestion *congestion, size_t size, gint64 sent_at_us, gint64 now_us)
{
  congestion->in_flight -= MIN (size, congestion->in_flight);
  if (sent_at_us <= congestion->recovery_start_us)
    return;

  congestion->recovery_start_us = now_us;
  congestion->window = MAX (congestion->window / 2, CLAW_CONGESTION_WINDOW_MIN);
  congestion->threshold = congestion->window;
}

void
claw_congestion_on_persistent (ClawCongestion *congestion)
{
  congestion->window = CLAW_CONGESTION_WINDOW_MIN;
  congestion->recovery_start_us = G_MININT64;
}
