/* claw-acknowledger.c: see claw-acknowledger.h. */
#include "claw-acknowledger.h"

#include "claw-frame.h"
#include "claw-rtt.h"

#define WAITING_MAX 2

void
claw_acknowledger_init (ClawAcknowledger *acknowledger)
{
  *acknowledger = (ClawAcknowledger){ .due_us = G_MAXINT64 };
  claw_ranges_init (&acknowledger->received, CLAW_ACKNOWLEDGER_RANGES_MAX);
}

void
claw_acknowledger_clear (ClawAcknowledger *acknowledger)
{
  claw_ranges_clear (&acknowledger->received);
}

void
claw_acknowledger_on_received (ClawAcknowledger *acknowledger,
                               uint64_t number,
                               gboolean is_ack_eliciting,
                               gint64 now_us)
{
  ClawRanges *received = &acknowledger->received;
  gboolean is_first = received->n == 0;
  uint64_t expected = is_first ? number : received->items[received->n - 1].end;
  gboolean is_urgent = is_first || number != expected || acknowledger->is_congested;

  acknowledger->is_congested = FALSE;
  claw_ranges_add_forgetting (received, number, number + 1);
  if (number >= expected)
    acknowledger->largest_at_us = now_us;
  if (!is_ack_eliciting)
    return;

  /* The first is answered at once, so that the peer's first sample is the round trip alone. Out of
   * order means that something may be lost, and CE that it soon will be, which the sender wants to
   * know at once. */
  acknowledger->waiting++;
  if (is_urgent || acknowledger->waiting >= WAITING_MAX)
    acknowledger->due_us = now_us;
  else
    acknowledger->due_us = MIN (acknowledger->due_us, now_us + CLAW_RTT_ACK_DELAY_MAX_US);
}

void
claw_acknowledger_on_marked (ClawAcknowledger *acknowledger, uint8_t ecn)
{
  claw_ecn_count (&acknowledger->counts, ecn);
  acknowledger->is_congested = ecn == CLAW_ECN_CE;
}

gboolean
claw_acknowledger_has_news (const ClawAcknowledger *acknowledger)
{
  return acknowledger->waiting > 0 && acknowledger->received.n > 0;
}

gint64
claw_acknowledger_get_deadline (const ClawAcknowledger *acknowledger)
{
  return acknowledger->due_us;
}

uint64_t
claw_acknowledger_write (ClawAcknowledger *acknowledger, ClawWriter *writer, gint64 now_us)
{
  const ClawRanges *received = &acknowledger->received;

  claw_frame_write_ack (writer, received, now_us - acknowledger->largest_at_us,
                        claw_ecn_has_any (&acknowledger->counts) ? &acknowledger->counts : NULL);
  acknowledger->waiting = 0;
  acknowledger->due_us = G_MAXINT64;
  return received->items[received->n - 1].end;
}

void
claw_acknowledger_forget_below (ClawAcknowledger *acknowledger, uint64_t end)
{
  /* The newest stays, to tell in order from out of order. */
  ClawRanges *received = &acknowledger->received;

  if (received->n > 0)
    claw_ranges_remove_below (received, MIN (end, received->items[received->n - 1].end - 1));
}
