/* claw-mtu.c: see claw-mtu.h. */
#include "claw-mtu.h"

/* What tunnels and access lines leave of an Ethernet frame: IPv6's minimum of 1280 less 48 of
 * headers, then those of usual VPNs, PPPoE, and the whole frame with IPv6 and with IPv4 alike. */
static const uint16_t ladder[] = { 1232, 1342, 1406, 1444, CLAW_MTU_SIZE_MAX };

/* Returns: the step above @size, 0 at the top. */
static size_t
get_next_size (size_t size)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (ladder); i++)
    if (ladder[i] > size)
      return ladder[i];
  return 0;
}

static void
set_target (ClawMtu *mtu, size_t target)
{
  mtu->target = target;
  mtu->n_probes = 0;
  mtu->probe_lost_us = G_MAXINT64;
}

static void
set_state (ClawMtu *mtu, ClawMtuState state)
{
  mtu->state = state;
  switch (state)
    {
    case CLAW_MTU_BASE:
      mtu->size = CLAW_MTU_SIZE_BASE;
      mtu->is_confirmed = FALSE;
      set_target (mtu, 0);
      break;
    case CLAW_MTU_SEARCHING:
      set_target (mtu, get_next_size (mtu->size));
      break;
    case CLAW_MTU_SEARCH_COMPLETE:
      set_target (mtu, 0);
      break;
    case CLAW_MTU_ERROR:
      mtu->size = CLAW_MTU_SIZE_MIN;
      set_target (mtu, 0);
      break;
    }
}

void
claw_mtu_init (ClawMtu *mtu)
{
  *mtu = (ClawMtu){ .search_at_us = G_MININT64, .flight_us = G_MININT64 };
  set_state (mtu, CLAW_MTU_BASE);
}

void
claw_mtu_on_full (ClawMtu *mtu, gint64 now_us)
{
  if (now_us < mtu->search_at_us)
    return;
  switch (mtu->state)
    {
    case CLAW_MTU_BASE:
      if (mtu->is_confirmed)
        set_state (mtu, CLAW_MTU_SEARCHING);
      break;
    case CLAW_MTU_SEARCHING:
      break;
    case CLAW_MTU_SEARCH_COMPLETE:
      if (mtu->size < CLAW_MTU_SIZE_MAX)
        set_state (mtu, CLAW_MTU_SEARCHING);
      break;
    case CLAW_MTU_ERROR:
      if (mtu->target == 0)
        set_target (mtu, CLAW_MTU_SIZE_BASE);
      break;
    }
}

/* Whether the path may be a black hole for records of @size, and the size to fall back to is not.
 */
static gboolean
is_larger (const ClawMtu *mtu, size_t size)
{
  return size > (mtu->size > CLAW_MTU_SIZE_BASE ? CLAW_MTU_SIZE_BASE : CLAW_MTU_SIZE_MIN);
}

void
claw_mtu_on_acknowledged (ClawMtu *mtu, size_t size)
{
  if (is_larger (mtu, size))
    mtu->lost_flights = 0;
  if (mtu->state == CLAW_MTU_BASE && size >= CLAW_MTU_SIZE_BASE)
    mtu->is_confirmed = TRUE;
}

static void
fall_back (ClawMtu *mtu, gint64 now_us)
{
  mtu->lost_flights = 0;
  mtu->search_at_us = now_us + CLAW_MTU_BLACK_HOLE_US;
  set_state (mtu, mtu->size > CLAW_MTU_SIZE_BASE ? CLAW_MTU_BASE : CLAW_MTU_ERROR);
}

void
claw_mtu_on_lost (ClawMtu *mtu, size_t size, gint64 sent_at_us, gint64 now_us)
{
  if (mtu->state == CLAW_MTU_ERROR || !is_larger (mtu, size) || sent_at_us < mtu->flight_us)
    return;
  /* All that is lost of one flight may be a full queue; that nothing larger passes in several in a
   * row is not. Only losses count, not timeouts: a loss is known by a later record that passed. */
  mtu->flight_us = now_us;
  if (++mtu->lost_flights == CLAW_MTU_BLACK_HOLE_FLIGHTS)
    fall_back (mtu, now_us);
}

size_t
claw_mtu_get_probe (const ClawMtu *mtu)
{
  return mtu->probe_lost_us == G_MAXINT64 ? mtu->target : 0;
}

void
claw_mtu_on_probe_sent (ClawMtu *mtu, uint64_t number, gint64 wait_us, gint64 now_us)
{
  mtu->n_probes++;
  mtu->probe_number = number;
  mtu->probe_lost_us = now_us + wait_us;
}

static void
end_search (ClawMtu *mtu, gint64 now_us)
{
  mtu->search_at_us = now_us + CLAW_MTU_RAISE_US;
  set_state (mtu, CLAW_MTU_SEARCH_COMPLETE);
}

static void
on_probe_acknowledged (ClawMtu *mtu, gint64 now_us)
{
  mtu->lost_flights = 0;
  switch (mtu->state)
    {
    case CLAW_MTU_SEARCHING:
      mtu->size = mtu->target;
      if (get_next_size (mtu->size) != 0)
        set_state (mtu, CLAW_MTU_SEARCHING);
      else
        end_search (mtu, now_us);
      break;
    case CLAW_MTU_ERROR:
      set_state (mtu, CLAW_MTU_BASE);
      mtu->is_confirmed = TRUE;
      break;
    case CLAW_MTU_BASE:
    case CLAW_MTU_SEARCH_COMPLETE:
      break;
    }
}

void
claw_mtu_on_ack (ClawMtu *mtu, const ClawFrameAck *ack, gint64 now_us)
{
  if (mtu->probe_lost_us == G_MAXINT64)
    return;
  for (unsigned i = 0; i < ack->n_ranges; i++)
    if (ack->ranges[i].start <= mtu->probe_number && mtu->probe_number < ack->ranges[i].end)
      {
        on_probe_acknowledged (mtu, now_us);
        return;
      }
}

void
claw_mtu_wake (ClawMtu *mtu, gint64 now_us)
{
  if (now_us < mtu->probe_lost_us)
    return;
  mtu->probe_lost_us = G_MAXINT64;
  if (mtu->n_probes < CLAW_MTU_PROBES_MAX)
    return;
  switch (mtu->state)
    {
    case CLAW_MTU_SEARCHING:
      end_search (mtu, now_us);
      break;
    case CLAW_MTU_ERROR:
      mtu->search_at_us = now_us + CLAW_MTU_RAISE_US;
      set_state (mtu, CLAW_MTU_ERROR);
      break;
    case CLAW_MTU_BASE:
    case CLAW_MTU_SEARCH_COMPLETE:
      break;
    }
}

gint64
claw_mtu_get_deadline (const ClawMtu *mtu)
{
  return mtu->probe_lost_us;
}

size_t
claw_mtu_get_size (const ClawMtu *mtu)
{
  return mtu->size;
}

gboolean
claw_mtu_is_in_doubt (const ClawMtu *mtu)
{
  return mtu->lost_flights > 0;
}
