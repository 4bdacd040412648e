/* claw-compromise.c: see claw-compromise.h. */
#include "claw-compromise.h"

void
claw_compromise_init (ClawCompromise *compromise)
{
  *compromise = (ClawCompromise){ .next_signal_us = G_MAXINT64, .until_us = G_MAXINT64 };
}

/* Whatever signals are still on their way are answered for a while. */
static void
linger (ClawCompromise *compromise)
{
  compromise->is_erased = TRUE;
  compromise->must_acknowledge = TRUE;
  compromise->must_echo = FALSE;
  compromise->next_signal_us = G_MAXINT64;
  compromise->until_us = G_MAXINT64;
}

void
claw_compromise_ask (ClawCompromise *compromise)
{
  if (compromise->is_asking || compromise->is_erased)
    return;
  if (compromise->is_told)
    {
      linger (compromise);
      return;
    }
  compromise->is_asking = TRUE;
  compromise->next_signal_us = G_MININT64;
}

void
claw_compromise_confirm (ClawCompromise *compromise)
{
  if (compromise->is_told && !compromise->is_erased)
    linger (compromise);
}

void
claw_compromise_on_record (ClawCompromise *compromise,
                           const ClawRoute *from,
                           const ClawRoute *current)
{
  /* One record for one: a forged source gets no more than was sent in its name. */
  if (!compromise->is_asking || compromise->peer_knows || claw_route_equal (from, current))
    return;
  compromise->must_echo = TRUE;
  compromise->answer_to = *from;
}

gboolean
claw_compromise_on_signal (ClawCompromise *compromise, const ClawRoute *from, gint64 now_us)
{
  gboolean is_first = !compromise->is_told;

  compromise->is_told = TRUE;
  compromise->peer_knows = TRUE;
  compromise->answer_to = *from;
  if (compromise->is_erased)
    compromise->must_acknowledge = TRUE;
  else if (compromise->is_asking)
    linger (compromise);
  else if (is_first)
    {
      compromise->until_us = now_us + CLAW_CONNECTION_COMPROMISE_US;
      return TRUE;
    }
  return FALSE;
}

gboolean
claw_compromise_on_acknowledgement (ClawCompromise *compromise)
{
  if (!compromise->is_asking)
    return FALSE;
  compromise->peer_knows = TRUE;
  /* One that asks as well repeats its signal until it is answered. */
  return !compromise->is_told;
}

static gboolean
next_acknowledgement (ClawCompromise *compromise, gint64 now_us)
{
  if (!compromise->must_acknowledge)
    return FALSE;
  compromise->must_acknowledge = FALSE;
  if (compromise->until_us == G_MAXINT64)
    compromise->until_us = now_us + CLAW_CONNECTION_COMPROMISE_LINGER_US;
  return TRUE;
}

gboolean
claw_compromise_next (ClawCompromise *compromise,
                      const ClawRoute *current,
                      gint64 repeat_us,
                      gint64 now_us,
                      ClawFrameCompromised *kind,
                      ClawRoute *to)
{
  *kind = CLAW_FRAME_COMPROMISED_ACKNOWLEDGEMENT;
  *to = compromise->answer_to;
  if (next_acknowledgement (compromise, now_us))
    return TRUE;

  *kind = CLAW_FRAME_COMPROMISED_SIGNAL;
  if (compromise->must_echo)
    {
      compromise->must_echo = FALSE;
      return TRUE;
    }
  *to = *current;
  if (compromise->next_signal_us > now_us)
    return FALSE;
  compromise->next_signal_us
      = now_us + CLAMP (repeat_us, CLAW_COMPROMISE_REPEAT_MIN_US, CLAW_COMPROMISE_REPEAT_MAX_US);
  if (compromise->until_us == G_MAXINT64)
    compromise->until_us = now_us + CLAW_CONNECTION_COMPROMISE_US;
  return TRUE;
}

gboolean
claw_compromise_is_over (const ClawCompromise *compromise, gint64 now_us)
{
  return compromise->until_us <= now_us;
}

gint64
claw_compromise_get_deadline (const ClawCompromise *compromise)
{
  return MIN (compromise->next_signal_us, compromise->until_us);
}
