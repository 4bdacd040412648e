/* claw-congestion.h: how much may be in flight, and how fast it goes out: CUBIC of RFC 9438.
 *
 * The functions are the events of RFC 9002 appendix B. Slow start ends with a loss, a mark, or when
 * claw-hystart.h says so; a window that is not filled does not grow. Everything is in bytes; the
 * constants of RFC 9438, which counts segments, are scaled by the size of a datagram.
 *
 * Cube root and cube are taken in double: 53 bits hold any window and a millennium of microseconds
 * exactly, and what is rounded off is far below one byte.
 */
#pragma once

#include "claw-hystart.h"
#include "claw-sent-map.h"

#define CLAW_CONGESTION_INITIAL_DATAGRAMS 10 /* RFC 9002 section 7.2 */
#define CLAW_CONGESTION_MIN_DATAGRAMS 2
#define CLAW_CONGESTION_WINDOW_MAX (8 * 1024 * 1024)

#define CLAW_CONGESTION_C 0.4    /* RFC 9438 section 5 */
#define CLAW_CONGESTION_BETA 0.7 /* section 4.6 */

typedef struct
{
  size_t datagram_size; /* largest sent, as the path's MTU allows */
  uint64_t window;
  uint64_t threshold; /* slow start below it */
  uint64_t in_flight;
  uint64_t filled_end;      /* one more than the number that last filled the window; 0 for none */
  gint64 emptied_us;        /* when in_flight came to 0 */
  gint64 recovery_start_us; /* packets sent before count as one loss */
  ClawHystart hystart;
  /* Names as in RFC 9438 section 4.1.2, in bytes and seconds. The epoch is the present stage of
   * congestion avoidance. */
  double fraction; /* of a byte, that belongs to the window */
  double w_max;    /* 0: undefined */
  double w_est;
  double cwnd_prior;
  double k;
  gint64 epoch_start_us;   /* without the time in which the window was not filled; G_MAXINT64: it
                              begins with the next acknowledgement */
  gint64 limited_since_us; /* G_MAXINT64: the window is filled */
} ClawCongestion;

void claw_congestion_init (ClawCongestion *congestion, size_t datagram_size);
/* On a new path: what is in flight stays counted, everything learned is forgotten. */
void claw_congestion_restart (ClawCongestion *congestion);
/* The path takes larger or only smaller datagrams. */
void claw_congestion_set_datagram_size (ClawCongestion *congestion, size_t datagram_size);

void
claw_congestion_on_sent (ClawCongestion *congestion, uint64_t number, size_t size, gint64 now_us);
/* @smoothed_us: round trip. */
void claw_congestion_on_acknowledged (ClawCongestion *congestion,
                                      const ClawSentPacket *packet,
                                      gint64 smoothed_us,
                                      gint64 now_us);
/* After all packets of an ACK that gave a sample; see claw_hystart_on_ack (). */
void claw_congestion_on_sample (ClawCongestion *congestion,
                                uint64_t largest,
                                uint64_t next_number,
                                gint64 sample_us);
void
claw_congestion_on_lost (ClawCongestion *congestion, const ClawSentPacket *packet, gint64 now_us);
/* Section 7.1: a router has marked instead of dropped. @sent_at_us: of the newest acknowledged. */
void claw_congestion_on_marked (ClawCongestion *congestion, gint64 sent_at_us, gint64 now_us);
/* Section 7.6: everything over a long time was lost. */
void claw_congestion_on_persistent (ClawCongestion *congestion);

gboolean claw_congestion_allows (const ClawCongestion *congestion);
/* Bytes a second, RFC 9002 section 7.7. */
double claw_congestion_get_rate (const ClawCongestion *congestion, gint64 smoothed_us);
