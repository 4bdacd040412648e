/* claw-nat-lifetime.h: how long a NAT remembers a mapping that nobody uses, RFC 5780 section 4.6,
 * as a state machine without sockets and clock.
 *
 * For each of the times in question there is a socket that makes itself a mapping and is silent for
 * that time; then one more socket asks the server to answer to the mapping of that one
 * (RESPONSE-PORT), and either the answer still finds its way or not. All times run side by side, so
 * that the whole takes as long as the longest that matters. A time of zero comes first and tells
 * whether the server can do this at all.
 */
#pragma once

#include "claw-address.h"

#define CLAW_NAT_LIFETIME_RUNGS 13
#define CLAW_NAT_LIFETIME_SOCKETS (CLAW_NAT_LIFETIME_RUNGS + 1)

/* The times, in seconds; the first is 0. */
extern const unsigned claw_nat_lifetime_rungs_s[CLAW_NAT_LIFETIME_RUNGS];

typedef struct ClawNatLifetime ClawNatLifetime;

typedef enum
{
  CLAW_NAT_LIFETIME_MEASURING,
  CLAW_NAT_LIFETIME_MEASURED,
  CLAW_NAT_LIFETIME_NO_ANSWER,   /* from the server, to a plain question */
  CLAW_NAT_LIFETIME_UNSUPPORTED, /* by the server */
} ClawNatLifetimeState;

typedef struct
{
  ClawNatLifetimeState state;
  unsigned alive_s; /* the longest silence that was survived; 0: none yet */
  unsigned lost_s;  /* the shortest that was not; 0: none */
} ClawNatLifetimeResult;

ClawNatLifetime *claw_nat_lifetime_new (const ClawAddress *server, gint64 now_us);
void claw_nat_lifetime_free (ClawNatLifetime *lifetime);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawNatLifetime, claw_nat_lifetime_free)
/* As claw_nat_prober_send (), …_receive () and …_get_deadline (). */
size_t claw_nat_lifetime_send (ClawNatLifetime *lifetime,
                               gint64 now_us,
                               unsigned *socket,
                               ClawAddress *to,
                               uint8_t *buffer,
                               size_t size);
void claw_nat_lifetime_receive (ClawNatLifetime *lifetime,
                                unsigned socket,
                                const ClawAddress *from,
                                const uint8_t *data,
                                size_t length,
                                gint64 now_us);
gint64 claw_nat_lifetime_get_deadline (const ClawNatLifetime *lifetime);
void claw_nat_lifetime_get_result (const ClawNatLifetime *lifetime, ClawNatLifetimeResult *result);
