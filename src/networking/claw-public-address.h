/* claw-public-address.h: under which address and port the Internet sees one of our UDP sockets, by
 * asking STUN servers (RFC 8489) from that very socket.
 *
 * Without sockets: the owner sends what is due through the socket and offers what arrives there.
 * The question is repeated every 20 to 25 s, which is also what keeps a NAT's mapping alive: RFC
 * 4787 wants two minutes at least, Linux gives an unanswered one 30 s. Servers are asked one at a
 * time; one that does not answer gives way to the next.
 */
#pragma once

#include "claw-address.h"

#include <stddef.h>

#define CLAW_PUBLIC_ADDRESS_SERVERS_MAX 16
#define CLAW_PUBLIC_ADDRESS_INTERVAL_MIN_US (G_GINT64_CONSTANT (20) * G_USEC_PER_SEC)
#define CLAW_PUBLIC_ADDRESS_INTERVAL_MAX_US (G_GINT64_CONSTANT (25) * G_USEC_PER_SEC)
/* When nobody answers, the pause between two rounds through all servers doubles up to this. */
#define CLAW_PUBLIC_ADDRESS_PAUSE_MAX_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)
/* Rounds without any answer after which the address is no longer believed. */
#define CLAW_PUBLIC_ADDRESS_ROUNDS 2
/* Datagrams looked into for one question; further ones are not taken for its answer. */
#define CLAW_PUBLIC_ADDRESS_LOOKS_MAX 32

typedef struct ClawPublicAddress ClawPublicAddress;

/* Nothing is asked before there are servers. */
ClawPublicAddress *claw_public_address_new (void);
void claw_public_address_free (ClawPublicAddress *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawPublicAddress, claw_public_address_free)

/* Asks these from now on; none: nobody any more. What is known stays known. */
void claw_public_address_set_servers (ClawPublicAddress *self,
                                      const ClawAddress *servers,
                                      unsigned n,
                                      gint64 now_us);
/* Another network: forgets what is known and asks at once. */
void claw_public_address_restart (ClawPublicAddress *self, gint64 now_us);
/* Writes the datagram that is due. Returns: its length, 0 when none is. */
size_t claw_public_address_send (
    ClawPublicAddress *self, ClawAddress *to, uint8_t *buffer, size_t size, gint64 now_us);
/* Returns: whether the datagram was an answer to our question, and is of no interest to anybody
 * else. Cheap when it is not: only what a server that was just asked sends is looked into. */
gboolean claw_public_address_receive (ClawPublicAddress *self,
                                      const ClawAddress *from,
                                      const uint8_t *data,
                                      size_t length,
                                      gint64 now_us);
gint64 claw_public_address_get_deadline (const ClawPublicAddress *self);

/* Returns: FALSE when it is not known. */
gboolean claw_public_address_get (const ClawPublicAddress *self, ClawAddress *address);
/* Whether a question waits for its answer. */
gboolean claw_public_address_is_asking (const ClawPublicAddress *self);
/* Whether all servers were asked, and none answered. */
gboolean claw_public_address_has_failed (const ClawPublicAddress *self);
