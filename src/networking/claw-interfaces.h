/* claw-interfaces.h: addresses of this machine's interfaces, as candidates for a .sec file. */
#pragma once

#include "claw-address.h"

/* Fills up to @max addresses of interfaces that are up, best first (global before private, IPv4
 * before IPv6, no loopback, no link-local), each with @port. Returns: how many. */
unsigned claw_interfaces_list (uint16_t port, ClawAddress *addresses, unsigned max);
/* The choice behind it, for any list: puts @addresses in that order and leaves out what nobody else
 * could reach (loopback, link-local, multicast, unspecified) and what is there twice.
 * @if_inet6: (nullable): the text of /proc/net/if_inet6, which says what getifaddrs () does not:
 * among IPv6 addresses of the same kind stable ones come first, then temporary (RFC 8981), then
 * deprecated ones, and those that are not to be used yet, or not at all, are left out.
 * Returns: how many are left. */
unsigned claw_interfaces_rank (ClawAddress *addresses, unsigned n, const char *if_inet6);
/* Whether everybody on the Internet could knock there: neither private (RFC 1918, RFC 4193), nor
 * behind a carrier's NAT (RFC 6598), nor of this link or machine. */
gboolean claw_interfaces_is_global (const ClawAddress *address);
