/* claw-interfaces.c: asks the system for its addresses and puts the most useful ones first. */
#include "claw-interfaces.h"

#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
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

gboolean
claw_interfaces_is_global (const ClawAddress *address)
{
  Rank rank;

  g_return_val_if_fail (address != NULL, FALSE);

  rank = rank_of (address);
  return rank == RANK_GLOBAL_IPV4 || rank == RANK_GLOBAL_IPV6;
}

/* Returns: the kernel's flags of @address (IFA_F_…, the low eight), 0 when they are not known. */
static unsigned
find_flags (const char *if_inet6, const ClawAddress *address)
{
  char hex[33];
  const char *line;
  unsigned flags = 0;

  if (if_inet6 == NULL || address->family != CLAW_ADDRESS_IPV6)
    return 0;
  for (unsigned i = 0; i < 16; i++)
    g_snprintf (hex + 2 * i, 3, "%02x", address->ip[i]);
  /* Address, then interface, prefix length, scope and flags, all of them hexadecimal. */
  line = strstr (if_inet6, hex);
  if (line == NULL || sscanf (line + 32, " %*x %*x %*x %x", &flags) != 1)
    return 0;
  return flags;
}

/* What sorts the address: the kind first, then how long it will be there. -1: not to be used. */
static int
weigh (const ClawAddress *address, const char *if_inet6)
{
  Rank rank = rank_of (address);
  unsigned flags = find_flags (if_inet6, address);
  gboolean is_tentative = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;

  if (rank == RANK_USELESS || is_tentative || (flags & IFA_F_DADFAILED) != 0)
    return -1;
  if ((flags & IFA_F_DEPRECATED) != 0)
    return 3 * (int) rank + 2;
  return 3 * (int) rank + ((flags & IFA_F_TEMPORARY) != 0 ? 1 : 0);
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
claw_interfaces_rank (ClawAddress *addresses, unsigned n, const char *if_inet6)
{
  unsigned n_kept = 0;

  g_return_val_if_fail (addresses != NULL || n == 0, 0);

  /* Insertion sort, because it keeps the system's order among equals and the list is short. */
  for (unsigned i = 0; i < n; i++)
    {
      ClawAddress address = addresses[i];
      int weight = weigh (&address, if_inet6);
      unsigned place = n_kept;

      if (weight < 0 || contains (addresses, n_kept, &address))
        continue;
      for (; place > 0 && weigh (&addresses[place - 1], if_inet6) > weight; place--)
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
  g_autofree char *if_inet6 = NULL;
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

  /* Not there without IPv6, or in a sandbox: all are equal then. */
  g_file_get_contents ("/proc/net/if_inet6", &if_inet6, NULL, NULL);
  n = MIN (claw_interfaces_rank (found, n, if_inet6), max);
  if (n > 0)
    memcpy (addresses, found, n * sizeof *addresses);
  return n;
}
