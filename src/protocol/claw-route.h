/* claw-route.h: where a datagram came from, or where it goes: the peer's address, and which of our
 * own sockets.
 *
 * A program may listen on more than one port at a time, and the same peer behind a NAT is another
 * path through each of them. The protocol knows no sockets, only their numbers, as the caller
 * gives them.
 */
#pragma once

#include "claw-address.h"

/* RFC 3168 section 5, the low two bits of the traffic class. */
typedef enum
{
  CLAW_ECN_NONE = 0, /* Not-ECT */
  CLAW_ECN_ECT1 = 1,
  CLAW_ECN_ECT0 = 2,
  CLAW_ECN_CE = 3, /* a router on the way is about to drop datagrams */
} ClawEcn;

typedef struct
{
  ClawAddress peer;
  uint8_t socket; /* 0: the program's first */
  uint8_t ecn;    /* ClawEcn of the datagram; no part of the path */
} ClawRoute;

/* Whether both are the same path; ECN does not count. */
static inline gboolean
claw_route_equal (const ClawRoute *a, const ClawRoute *b)
{
  return a->socket == b->socket && claw_address_equal (&a->peer, &b->peer);
}
