/* claw-congestion.h: how much may be in flight: NewReno as in RFC 9002 section 7.
 *
 * The functions are the events of RFC 9002 appendix B, so that another controller can take its
 * place behind them.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#define CLAW_CONGESTION_WINDOW_INITIAL (10 * 1200)
#define CLAW_CONGESTION_WINDOW_MIN (2 * 1200)
#define CLAW_CONGESTION_WINDOW_MAX (4 * 1024 * 1024)

typedef struct
{
  uint64_t window;
  uint64_t threshold; /* slow start below it */
  uint64_t in_flight;
  gint64 recovery_start_us; /* packets sent before count as one loss */
} ClawCongestion;

void claw_congestion_init (ClawCongestion *congestion);
/* On a new path: what is in flight stays counted, everything learned is forgotten. */
void claw_congestion_restart (ClawCongestion *congestion);
gboolean claw_congestion_allows (const ClawCongestion *congestion);
void claw_congestion_on_sent (ClawCongestion *congestion, size_t size);
void claw_congestion_on_acknowledged (ClawCongestion *congestion, size_t size, gint64 sent_at_us);
void
claw_congestion_on_lost (ClawCongestion *congestion, size_t size, gint64 sent_at_us, gint64 now_us);
/* Section 7.6: everything over a long time was lost. */
void claw_congestion_on_persistent (ClawCongestion *congestion);
