/* claw-sockaddr.c: see claw-sockaddr.h. */
#include "claw-sockaddr.h"

#include <string.h>

gboolean
claw_sockaddr_is_dual_stack (const ClawAddress *local)
{
  return local->family == CLAW_ADDRESS_IPV6 && claw_address_is_any (local);
}

socklen_t
claw_sockaddr_from_address (ClawSockaddr *sockaddr,
                            const ClawAddress *address,
                            const ClawAddress *local)
{
  gboolean is_mapped = address->family == CLAW_ADDRESS_IPV4 && claw_sockaddr_is_dual_stack (local);

  memset (sockaddr, 0, sizeof *sockaddr);
  if (address->family == CLAW_ADDRESS_NONE || (address->family != local->family && !is_mapped))
    return 0;

  if (address->family == CLAW_ADDRESS_IPV4 && !is_mapped)
    {
      sockaddr->ipv4.sin_family = AF_INET;
      sockaddr->ipv4.sin_port = htons (address->port);
      memcpy (&sockaddr->ipv4.sin_addr, address->ip, sizeof sockaddr->ipv4.sin_addr);
      return sizeof sockaddr->ipv4;
    }

  struct sockaddr_in6 *ipv6 = &sockaddr->ipv6;
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons (address->port);
  ipv6->sin6_scope_id = address->scope_id;
  if (is_mapped)
    {
      ipv6->sin6_addr.s6_addr[10] = ipv6->sin6_addr.s6_addr[11] = 0xff;
      memcpy (ipv6->sin6_addr.s6_addr + 12, address->ip, 4);
    }
  else
    memcpy (&ipv6->sin6_addr, address->ip, sizeof ipv6->sin6_addr);
  return sizeof *ipv6;
}

gboolean
claw_sockaddr_to_address (const ClawSockaddr *sockaddr, ClawAddress *address)
{
  memset (address, 0, sizeof *address);

  if (sockaddr->any.sa_family == AF_INET)
    {
      address->family = CLAW_ADDRESS_IPV4;
      address->port = ntohs (sockaddr->ipv4.sin_port);
      memcpy (address->ip, &sockaddr->ipv4.sin_addr, sizeof sockaddr->ipv4.sin_addr);
      return TRUE;
    }
  if (sockaddr->any.sa_family != AF_INET6)
    return FALSE;

  const struct sockaddr_in6 *ipv6 = &sockaddr->ipv6;
  address->port = ntohs (ipv6->sin6_port);
  if (claw_sockaddr_is_ipv4 (sockaddr))
    {
      address->family = CLAW_ADDRESS_IPV4;
      memcpy (address->ip, ipv6->sin6_addr.s6_addr + 12, 4);
      return TRUE;
    }

  address->family = CLAW_ADDRESS_IPV6;
  memcpy (address->ip, &ipv6->sin6_addr, sizeof ipv6->sin6_addr);
  /* Elsewhere it would make equal addresses differ. */
  if (IN6_IS_ADDR_LINKLOCAL (&ipv6->sin6_addr))
    address->scope_id = ipv6->sin6_scope_id;
  return TRUE;
}

gboolean
claw_sockaddr_is_ipv4 (const ClawSockaddr *sockaddr)
{
  return sockaddr->any.sa_family == AF_INET
         || (sockaddr->any.sa_family == AF_INET6
             && IN6_IS_ADDR_V4MAPPED (&sockaddr->ipv6.sin6_addr));
}
