/* claw-compromise.h: the end of a pairing whose keys may be in wrong hands, as two sides tell it to
 * each other.
 *
 * The side that asks has erased its keys from the disk, and repeats a signal until the peer says
 * that it has done so too. The side that is told acknowledges only when its application has erased
 * everything, and stays for a moment to say so again, in case that was lost. Both may ask at the
 * same moment: a signal says as much as an acknowledgement does. Time and routes go in, what is to
 * be said comes out; the connection owns the keys and seals it.
 */
#pragma once

#include "claw-frame.h"
#include "claw-route.h"

/* A signal is repeated after a probe timeout, within these. */
#define CLAW_COMPROMISE_REPEAT_MIN_US (G_USEC_PER_SEC / 4)
#define CLAW_COMPROMISE_REPEAT_MAX_US G_USEC_PER_SEC

typedef struct
{
  gboolean is_asking;
  gboolean is_told;
  gboolean is_erased;  /* by our application: signals are acknowledged */
  gboolean peer_knows; /* it has asked or acknowledged */
  gboolean must_acknowledge;
  gboolean must_echo;    /* one signal to where the peer is now, which may not be where we think */
  ClawRoute answer_to;   /* of these two */
  gint64 next_signal_us; /* G_MAXINT64: none */
  gint64 until_us;       /* G_MAXINT64: not running yet */
} ClawCompromise;

void claw_compromise_init (ClawCompromise *compromise);
/* Our application has erased its keys and asks. */
void claw_compromise_ask (ClawCompromise *compromise);
/* Our application has erased its keys because it was told to. */
void claw_compromise_confirm (ClawCompromise *compromise);
/* An authentic record came from @from, whatever is in it. */
void claw_compromise_on_record (ClawCompromise *compromise,
                                const ClawRoute *from,
                                const ClawRoute *current);
/* Returns: TRUE for the first signal when our application does not know yet. */
gboolean
claw_compromise_on_signal (ClawCompromise *compromise, const ClawRoute *from, gint64 now_us);
/* Returns: TRUE when there is nothing left to be said. */
gboolean claw_compromise_on_acknowledgement (ClawCompromise *compromise);
/* What is to be said now, and where. @repeat_us: after which a signal is said again. Returns: FALSE
 * for nothing. */
gboolean claw_compromise_next (ClawCompromise *compromise,
                               const ClawRoute *current,
                               gint64 repeat_us,
                               gint64 now_us,
                               ClawFrameCompromised *kind,
                               ClawRoute *to);
gboolean claw_compromise_is_over (const ClawCompromise *compromise, gint64 now_us);
gint64 claw_compromise_get_deadline (const ClawCompromise *compromise);
