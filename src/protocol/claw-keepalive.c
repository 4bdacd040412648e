/* claw-keepalive.c: see claw-keepalive.h. */
#include "claw-keepalive.h"

static void
choose_interval (ClawKeepalive *keepalive, GRand *jitter)
{
  gboolean may_be_silent = !keepalive->is_behind_nat && keepalive->is_told && !keepalive->is_fresh;
  gint64 min_us = may_be_silent ? CLAW_KEEPALIVE_MIN_US : CLAW_KEEPALIVE_NAT_MIN_US;
  gint64 max_us = may_be_silent ? CLAW_KEEPALIVE_MAX_US : CLAW_KEEPALIVE_NAT_MAX_US;

  keepalive->interval_us = min_us + g_rand_int_range (jitter, 0, (gint32) (max_us - min_us));
}

void
claw_keepalive_init (ClawKeepalive *keepalive, GRand *jitter)
{
  *keepalive = (ClawKeepalive){ .is_behind_nat = TRUE,
                                .is_fresh = TRUE,
                                .idle_us = CLAW_KEEPALIVE_IDLE_MIN_US };
  choose_interval (keepalive, jitter);
}

void
claw_keepalive_renew (ClawKeepalive *keepalive, GRand *jitter)
{
  keepalive->is_fresh = FALSE;
  choose_interval (keepalive, jitter);
}

void
claw_keepalive_on_moved (ClawKeepalive *keepalive, GRand *jitter)
{
  keepalive->is_fresh = TRUE;
  choose_interval (keepalive, jitter);
}

void
claw_keepalive_set_behind_nat (ClawKeepalive *keepalive,
                               gboolean is_behind_nat,
                               uint64_t next_number,
                               GRand *jitter)
{
  if (keepalive->is_behind_nat == is_behind_nat)
    return;
  keepalive->is_behind_nat = is_behind_nat;
  keepalive->is_fresh = TRUE;
  keepalive->must_tell = TRUE;
  keepalive->is_told = FALSE;
  keepalive->told_from = next_number;
  choose_interval (keepalive, jitter);
}

uint64_t
claw_keepalive_tell (ClawKeepalive *keepalive)
{
  gint64 most_us = keepalive->is_behind_nat ? CLAW_KEEPALIVE_NAT_MAX_US : CLAW_KEEPALIVE_MAX_US;

  keepalive->must_tell = FALSE;
  return (uint64_t) (most_us / G_USEC_PER_SEC);
}

void
claw_keepalive_on_told (ClawKeepalive *keepalive, uint64_t number, GRand *jitter)
{
  if (number < keepalive->told_from || keepalive->is_told)
    return;
  keepalive->is_told = TRUE;
  choose_interval (keepalive, jitter);
}

void
claw_keepalive_on_lost (ClawKeepalive *keepalive)
{
  keepalive->must_tell = !keepalive->is_told;
}

void
claw_keepalive_on_quiet (ClawKeepalive *keepalive, uint64_t quiet_s, uint64_t number)
{
  const uint64_t most_s = CLAW_KEEPALIVE_IDLE_MAX_US / G_USEC_PER_SEC;
  gint64 quiet_us = (gint64) MIN (quiet_s, most_s) * G_USEC_PER_SEC;

  /* One that was overtaken by a later one says nothing any more. */
  if (number < keepalive->told_number)
    return;
  keepalive->told_number = number + 1;
  keepalive->idle_us = CLAMP (2 * quiet_us + CLAW_KEEPALIVE_IDLE_EXTRA_US,
                              CLAW_KEEPALIVE_IDLE_MIN_US, CLAW_KEEPALIVE_IDLE_MAX_US);
}
