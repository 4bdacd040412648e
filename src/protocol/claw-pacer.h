/* claw-pacer.h: spreads what the congestion window allows over the round trip, RFC 9002
 * section 7.7.
 *
 * A bucket of tokens, one a byte, that fills at the given rate. It holds enough for a timer that is
 * a millisecond or two late, and once it is empty nothing goes before a millisecond's worth is in
 * it, so that a fast session is neither held up by its timers nor wakes for every datagram.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#define CLAW_PACER_BURST_DATAGRAMS 10 /* RFC 9002 section 7.7: as the initial window */
#define CLAW_PACER_BURST_US 2000      /* worth of the rate, when that is more */
#define CLAW_PACER_QUANTUM_US 1000    /* worth of the rate that is waited for */

typedef struct
{
  double tokens;      /* bytes; below zero after what had to be sent at once */
  gint64 refilled_us; /* G_MININT64: never, it is full */
  gint64 release_us;  /* closed until then; G_MININT64: it is not */
} ClawPacer;

void claw_pacer_init (ClawPacer *pacer);
/* Whether a datagram of @size bytes may go at @rate bytes a second; else there is a release time.
 */
gboolean claw_pacer_allows (ClawPacer *pacer, double rate, size_t size, gint64 now_us);
/* Also of what was sent without being asked for. */
void claw_pacer_on_sent (ClawPacer *pacer, size_t size);
/* When to ask again after a FALSE. */
gint64 claw_pacer_get_release_us (const ClawPacer *pacer);
