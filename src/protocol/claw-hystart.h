/* claw-hystart.h: leaving slow start before the queue overflows, HyStart++ of RFC 9406.
 *
 * A round trip that grows from one round to the next says that a queue builds up. Then the window
 * grows more slowly for some rounds; if the round trip falls back it was a false alarm, else slow
 * start is over. For a first slow start only, and with pacing, so that L of section 4.3 is
 * infinite.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

/* Section 4.3 */
#define CLAW_HYSTART_THRESHOLD_MIN_US 4000
#define CLAW_HYSTART_THRESHOLD_MAX_US 16000
#define CLAW_HYSTART_THRESHOLD_DIVISOR 8
#define CLAW_HYSTART_SAMPLES 8
#define CLAW_HYSTART_GROWTH_DIVISOR 4
#define CLAW_HYSTART_ROUNDS 5

typedef enum
{
  CLAW_HYSTART_SLOW_START,
  CLAW_HYSTART_CONSERVATIVE, /* "CSS" */
  CLAW_HYSTART_DONE,
} ClawHystartPhase;

typedef struct
{
  ClawHystartPhase phase;
  uint64_t round_end;    /* the first number that was not sent when the round began */
  gint64 last_min_us;    /* of the round before; G_MAXINT64 for none */
  gint64 current_min_us; /* G_MAXINT64 for none */
  gint64 baseline_us;    /* CONSERVATIVE: what it must fall below to be a false alarm */
  unsigned n_samples;    /* in this round */
  unsigned n_rounds;     /* CONSERVATIVE */
} ClawHystart;

void claw_hystart_init (ClawHystart *hystart);
/* Something was lost or marked: slow start is over anyway. */
void claw_hystart_stop (ClawHystart *hystart);
/* An ACK came. @largest: of those newly acknowledged; @next_number: the first one not sent yet;
 * @sample_us: its round trip. Returns: TRUE when slow start is over now. */
gboolean claw_hystart_on_ack (ClawHystart *hystart,
                              uint64_t largest,
                              uint64_t next_number,
                              gint64 sample_us);
/* Returns: by how much the window grows for @size acknowledged bytes. */
size_t claw_hystart_get_growth (const ClawHystart *hystart, size_t size);
