/* claw-interfaces.c: asks the system for its addresses and puts the most useful ones first. */
#include "claw-interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

/* More addresses of one machine than this are not looked at. */
#define ADDRESSES_MAX 128

typedef enum
{
  RANK_GLOBAL_IPV4,
  RANK_GLOBAL_IPV6,
  RANK_PRIVATE_IPV4,
  RANK_PRIVATE_IPV6,
  RANK_USELESS,
} Rank;

static Rank
rank_ipv4 (const uint8_t *ip)
{
  /* "This network", loopback, link-local, and multicast with all above it. */
  if (ip[0] == 0 || ip[0] == 127 || (ip[0] == 169 && ip[1] == 254) || ip[0] >= 224)
    return RANK_USELESS;

  /* RFC 1918 and, behind a carrier's NAT, RFC 6598. */
  if (ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) || (ip[0] == 192 && ip[1] == 168)
      || (ip[0] == 100 && (ip[1] & 0xc0) == 64))
    return RANK_PRIVATE_IPV4;
  return RANK_GLOBAL_IPV4;
}

static Rank
rank_ipv6 (const uint8_t *ip)
{
  static const uint8_t zero[15] = { 0 };
  gboolean is_any_or_loopback = memcmp (ip, zero, sizeof zero) == 0 && ip[15] <= 1;
  gboolean is_local = ip[0] == 0xfe && (ip[1] & 0x80) != 0; /* link-local and site-local */

  if (is_any_or_loopback || is_local || ip[0] == 0xff)
    return RANK_USELESS;
  if ((ip[0] & 0xfe) == 0xfc) /* RFC 4193 */
    return RANK_PRIVATE_IPV6;
  return RANK_GLOBAL_IPV6;
}

static Rank
rank_of (const ClawAddress *address)
{
  switch (address->family)
    {
    case CLAW_ADDRESS_NONE:
      return RANK_USELESS;
    case CLAW_ADDRESS_IPV4:
      return rank_ipv4 (address->ip);
    case CLAW_ADDRESS_IPV6:
      return rank_ipv6 (address->ip);
    }
  g_return_val_if_reached (RANK_USELESS);
}

static gboolean
contains (const ClawAddress *addresses, unsigned n, const ClawAddress *address)
{
  for (unsigned i = 0; i < n; i++)
    if (claw_address_equal (&addresses[i], address))
      return TRUE;
  return FALSE;
}

unsigned
claw_interfaces_rank (ClawAddress *addresses, unsigned n)
{
  unsigned n_kept = 0;

  g_return_val_if_fail (addresses != NULL || n == 0, 0);

  /* Insertion sort, because it keeps the system's order among equals and the list is short. */
  for (unsigned i = 0; i < n; i++)
    {
      ClawAddress address = addresses[i];
      unsigned place = n_kept;

      if (rank_of (&address) == RANK_USELESS || contains (addresses, n_kept, &address))
        continue;
      for (; place > 0 && rank_of (&addresses[place - 1]) > rank_of (&address); place--)
        addresses[place] = addresses[place - 1];
      addresses[place] = address;
      n_kept++;
    }
  return n_kept;
}

static gboolean
read_interface (const struct ifaddrs *interface, ClawAddress *address)
{
  if (interface->ifa_addr == NULL || (interface->ifa_flags & IFF_UP) == 0
      || (interface->ifa_flags & IFF_LOOPBACK) != 0)
    return FALSE;

  if (interface->ifa_addr->sa_family == AF_INET)
    {
      struct sockaddr_in ipv4;
      memcpy (&ipv4, interface->ifa_addr, sizeof ipv4);
      address->family = CLAW_ADDRESS_IPV4;
      memcpy (address->ip, &ipv4.sin_addr, sizeof ipv4.sin_addr);
      return TRUE;
    }
  if (interface->ifa_addr->sa_family == AF_INET6)
    {
      struct sockaddr_in6 ipv6;
      memcpy (&ipv6, interface->ifa_addr, sizeof ipv6);
      address->family = CLAW_ADDRESS_IPV6;
      memcpy (address->ip, &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
      return TRUE;
    }
  return FALSE;
}

unsigned
claw_interfaces_list (uint16_t port, ClawAddress *addresses, unsigned max)
{
  ClawAddress found[ADDRESSES_MAX] = { 0 };
  struct ifaddrs *interfaces = NULL;
  unsigned n = 0;

  g_return_val_if_fail (addresses != NULL || max == 0, 0);

  if (getifaddrs (&interfaces) != 0)
    return 0;

  for (const struct ifaddrs *i = interfaces; i != NULL && n < ADDRESSES_MAX; i = i->ifa_next)
    {
      found[n].port = port;
      if (read_interface (i, &found[n]))
        n++;
    }
  freeifaddrs (interfaces);

  n = MIN (claw_interfaces_rank (found, n), max);
  if (n > 0)
    memcpy (addresses, found, n * sizeof *addresses);
  return n;
}
