/* claw-nat-prober.h: RFC 5780 NAT behaviour discovery for one address family, as a state machine
 * without sockets and clock.
 *
 * First all servers are asked from one socket, which already shows the mapping when there are two
 * of them. The best one (two addresses before two ports before one of each) is then asked for all
 * the rest at the same time: mapping from the first socket, filtering from a fresh one, hairpinning
 * between the first and a third. With an answer within a round trip this takes two round trips and
 * the 1.2 s that silence takes to be believed; at the very worst 9 s.
 */
#pragma once

#include "claw-nat-verdict.h"

#define CLAW_NAT_PROBER_SERVERS_MAX 16 /* further ones are not asked */
#define CLAW_NAT_PROBER_SOCKETS 3      /* numbers 0 to 2, which the owner binds to any port */

typedef struct ClawNatProber ClawNatProber;

/* @servers: all of one family, none of them twice. @local: the address of socket 0, as it is used
 * towards the first of them. */
ClawNatProber *claw_nat_prober_new (const ClawAddress *servers,
                                    unsigned n_servers,
                                    const ClawAddress *local,
                                    gint64 now_us);
void claw_nat_prober_free (ClawNatProber *prober);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawNatProber, claw_nat_prober_free)
/* Writes one datagram that is due. Returns: its length, 0 when there is none. */
size_t claw_nat_prober_send (ClawNatProber *prober,
                             gint64 now_us,
                             unsigned *socket,
                             ClawAddress *to,
                             uint8_t *buffer,
                             size_t size);
void claw_nat_prober_receive (ClawNatProber *prober,
                              unsigned socket,
                              const ClawAddress *from,
                              const uint8_t *data,
                              size_t length,
                              gint64 now_us);
/* When to call send () again. Returns: G_MAXINT64 once it is done. */
gint64 claw_nat_prober_get_deadline (const ClawNatProber *prober);
gboolean claw_nat_prober_is_done (const ClawNatProber *prober);
void claw_nat_prober_get_verdict (const ClawNatProber *prober, ClawNatVerdict *verdict);
