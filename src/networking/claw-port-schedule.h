/* claw-port-schedule.h: on which UDP port a server listens at which time.
 *
 * The port is a keyed function of a time slot, so that whoever has the secret (a paired client got
 * it inside the session) computes it, and nobody else can foresee it:
 *
 *   port (slot, attempt) = 49152 + (HMAC-SHA-256 (secret, "clawchat port" ‖ slot u64 ‖ attempt u8)
 *                                   [0..1] & 0x3fff), slot = Unix seconds / interval
 *
 * with all numbers big-endian. The attempts of a slot are for ports that another program has taken:
 * the server binds the first that is free, a client tries all of them. Pure: no clock, no socket.
 */
#pragma once

#include "claw-secret.h"

#define CLAW_PORT_SCHEDULE_FIRST 49152
#define CLAW_PORT_SCHEDULE_MASK 0x3fff
#define CLAW_PORT_SCHEDULE_ATTEMPTS 4
/* The attempts of a slot and of both its neighbours. */
#define CLAW_PORT_SCHEDULE_PORTS_MAX (3 * CLAW_PORT_SCHEDULE_ATTEMPTS)

/* @interval_s: at least 1. Times before 1970 are slot 0. */
uint64_t claw_port_schedule_get_slot (gint64 unix_s, uint32_t interval_s);
/* @attempt: less than CLAW_PORT_SCHEDULE_ATTEMPTS. */
uint16_t claw_port_schedule_get (const ClawKey *secret, uint64_t slot, unsigned attempt);
/* The ports at which a server whose clock may differ from ours is to be looked for, likeliest
 * first, each once: the first attempts of @slot, of the one after it and of the one before, then
 * the second attempts in that order, and so on. Returns: how many. */
unsigned claw_port_schedule_list (const ClawKey *secret,
                                  uint64_t slot,
                                  uint16_t ports[CLAW_PORT_SCHEDULE_PORTS_MAX]);
