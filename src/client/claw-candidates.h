/* claw-candidates.h: at which addresses a client knocks, and in which order.
 *
 * In the spirit of RFC 8305: the address that worked last comes first, IPv6 and IPv4 take turns
 * after it. Unlike with TCP all of them are knocked at in one round without a pause between them: a
 * knock is one datagram, the server answers the first one that arrives and is silent to the same
 * knock on another way, and the first answer wins.
 *
 * With a port schedule each of the server's hosts is knocked at on its scheduled ports as well.
 * When that makes more addresses than a round may have, the likeliest are in every attempt and the
 * others take turns.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-saved-pairing.h"

/* In every attempt; the rest of CLAW_ENDPOINT_ADDRESSES_MAX is for those that take turns. */
#define CLAW_CANDIDATES_CONSTANT 16
/* Hosts that are looked for on scheduled ports. */
#define CLAW_CANDIDATES_HOSTS_MAX 4

/* @unix_s: the wall clock. @attempt: counts up with each attempt to connect. Returns: how many. */
unsigned claw_candidates_list (const ClawSavedPairing *pairing,
                               gint64 unix_s,
                               unsigned attempt,
                               ClawAddress addresses[CLAW_ENDPOINT_ADDRESSES_MAX]);
/* Whether the server may be reached while there is no way to the internet. */
gboolean claw_candidates_has_local (const ClawSavedPairing *pairing);
