/* claw-interfaces.h: addresses of this machine's interfaces, as candidates for a .sec file. */
#pragma once

#include "claw-address.h"

/* Fills up to @max addresses of interfaces that are up, best first (global before private, IPv4
 * before IPv6, no loopback, no link-local), each with @port. Returns: how many. */
unsigned claw_interfaces_list (uint16_t port, ClawAddress *addresses, unsigned max);
/* The choice behind it, for any list: puts @addresses in that order and leaves out what nobody else
 * could reach (loopback, link-local, multicast, unspecified) and what is there twice. Returns: how
 * many are left. */
unsigned claw_interfaces_rank (ClawAddress *addresses, unsigned n);
