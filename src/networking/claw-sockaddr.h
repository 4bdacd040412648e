/* claw-sockaddr.h: addresses of the protocol as the system's calls want them. */
#pragma once

#include "claw-address.h"

#include <netinet/in.h>
#include <sys/socket.h>

typedef union
{
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
} ClawSockaddr;

/* Whether a socket bound to @local takes IPv4 as well, under mapped addresses. */
gboolean claw_sockaddr_is_dual_stack (const ClawAddress *local);
/* Writes @address for a socket bound to @local. Returns: its length, 0 when that socket cannot
 * reach it. */
socklen_t claw_sockaddr_from_address (ClawSockaddr *sockaddr,
                                      const ClawAddress *address,
                                      const ClawAddress *local);
/* Mapped addresses become IPv4. Returns: FALSE when it is of another family. */
gboolean claw_sockaddr_to_address (const ClawSockaddr *sockaddr, ClawAddress *address);
/* Whether the datagrams to or from it are IPv4, mapped or not. */
gboolean claw_sockaddr_is_ipv4 (const ClawSockaddr *sockaddr);
