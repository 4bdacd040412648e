/* claw-typing.h: "Anna is typing", as an unreliable datagram of a session.
 *
 * kind 1 | state 1 | name to the end
 *
 * A client says it of itself, without a name; a room tells its other members, with the name by
 * which they know the one that writes. What is told holds for CLAW_TYPING_SHOWN_US, so that nothing
 * needs to be taken back when a datagram, or a member, gets lost.
 */
#pragma once

#include "claw-message.h"

#define CLAW_TYPING_KIND 1 /* of a datagram; others are passed over */
#define CLAW_TYPING_SIZE_MAX (2 + CLAW_MESSAGE_NAME_MAX)
#define CLAW_TYPING_SHOWN_US (6 * (gint64) G_USEC_PER_SEC)
/* Who goes on writing says so again after this. */
#define CLAW_TYPING_REPEAT_US (4 * (gint64) G_USEC_PER_SEC)
/* A room passes on the beginning of one member at most so often, and one end after each. */
#define CLAW_TYPING_GATE_US ((gint64) G_USEC_PER_SEC)

typedef struct
{
  gboolean is_typing;
  const char *name; /* inside of what was read; not sanitised */
  size_t name_length;
} ClawTyping;

/* @name: of at most CLAW_MESSAGE_NAME_MAX bytes; empty from a client. Returns: the length. */
size_t
claw_typing_write (uint8_t bytes[CLAW_TYPING_SIZE_MAX], gboolean is_typing, const char *name);
/* Returns: FALSE for anything else. */
gboolean claw_typing_read (ClawTyping *typing, const uint8_t *bytes, size_t length);

/* How often something is passed on. Zero-initialise. */
typedef struct
{
  gboolean is_typing; /* what was passed on last */
  gint64 began_us;    /* when a beginning was passed on last; 0: never */
} ClawTypingGate;

/* @now_us: any clock that is always the same; when it goes back, the gate opens. */
gboolean claw_typing_gate_pass (ClawTypingGate *gate, gboolean is_typing, gint64 now_us);
