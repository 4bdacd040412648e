/* claw-sim-invariants.h: what must hold of a session after each event, whatever the network did.
 *
 * Looks into the connection, beyond what an application sees: congestion window and bytes in
 * flight, buffers, timers, and the route.
 */
#pragma once

#include "claw-connection.h"

/* Of one session, in the memory of who looks; all zero at first. */
typedef struct
{
  const ClawConnection *connection; /* that of the last look */
  uint64_t window_peak;             /* of the congestion window */
} ClawSimWatch;

/* After a turn. @sockets: how many the host may have. */
void claw_sim_invariants_check (ClawSimWatch *watch,
                                const ClawConnection *connection,
                                unsigned sockets,
                                gint64 now_us);
