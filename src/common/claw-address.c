/* claw-address.c: text forms and comparison of addresses.
 *
 * Only numeric addresses are read: a name would need a resolver, and whoever answers for names
 * would learn whom the user talks to.
 */
#include "claw-address.h"

#include <arpa/inet.h>
#include <string.h>

#define IPV4_LENGTH 4
#define IPV6_LENGTH 16

static gboolean
is_link_local (const uint8_t *ipv6)
{
  return ipv6[0] == 0xfe && (ipv6[1] & 0xc0) == 0x80;
}

static void
set_ipv6 (ClawAddress *address, const uint8_t ip[IPV6_LENGTH])
{
  static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

  if (memcmp (ip, mapped, sizeof mapped) == 0)
    {
      address->family = CLAW_ADDRESS_IPV4;
      memcpy (address->ip, ip + sizeof mapped, IPV4_LENGTH);
      return;
    }

  address->family = CLAW_ADDRESS_IPV6;
  memcpy (address->ip, ip, IPV6_LENGTH);
}

/* Digits only, in the one form that formatting gives: no sign, no space, no leading zero. */
static gboolean
parse_number (const char *text, guint64 minimum, guint64 maximum, guint64 *number)
{
  if (!g_ascii_isdigit (text[0]) || (text[0] == '0' && text[1] != '\0'))
    return FALSE;

  return g_ascii_string_to_unsigned (text, 10, minimum, maximum, number, NULL);
}

gboolean
claw_address_parse_ip (const char *text, uint16_t port, ClawAddress *address)
{
  char ip_text[CLAW_ADDRESS_STRING_SIZE];
  uint8_t ip[IPV6_LENGTH] = { 0 };
  ClawAddress parsed = { .port = port };
  guint64 scope_id = 0;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (address != NULL, FALSE);

  if (g_strlcpy (ip_text, text, sizeof ip_text) >= sizeof ip_text)
    return FALSE;

  if (inet_pton (AF_INET, ip_text, parsed.ip) == 1)
    {
      parsed.family = CLAW_ADDRESS_IPV4;
      *address = parsed;
      return TRUE;
    }

  char *scope = strchr (ip_text, '%');
  if (scope != NULL)
    {
      *scope = '\0';
      if (!parse_number (scope + 1, 1, G_MAXUINT32, &scope_id))
        return FALSE;
    }

  if (inet_pton (AF_INET6, ip_text, ip) != 1 || (scope != NULL && !is_link_local (ip)))
    return FALSE;

  set_ipv6 (&parsed, ip);
  parsed.scope_id = (uint32_t) scope_id;
  *address = parsed;
  return TRUE;
}

gboolean
claw_address_parse (const char *text, ClawAddress *address)
{
  char ip_text[CLAW_ADDRESS_STRING_SIZE];
  guint64 port = 0;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (address != NULL, FALSE);

  if (g_strlcpy (ip_text, text, sizeof ip_text) >= sizeof ip_text)
    return FALSE;

  char *colon = strrchr (ip_text, ':');
  if (colon == NULL || colon == ip_text || !parse_number (colon + 1, 1, G_MAXUINT16, &port))
    return FALSE;
  *colon = '\0';

  /* An IPv6 address without brackets is refused: its last group would be taken for the port. */
  gboolean bracketed = ip_text[0] == '[' && colon[-1] == ']';
  if (!bracketed && strchr (ip_text, ':') != NULL)
    return FALSE;
  if (!bracketed)
    return claw_address_parse_ip (ip_text, (uint16_t) port, address);

  colon[-1] = '\0';
  return strchr (ip_text, ':') != NULL
         && claw_address_parse_ip (ip_text + 1, (uint16_t) port, address);
}

const char *
claw_address_format_ip (const ClawAddress *address, char buffer[CLAW_ADDRESS_STRING_SIZE])
{
  char ip_text[INET6_ADDRSTRLEN] = "";

  g_return_val_if_fail (address != NULL, NULL);

  switch (address->family)
    {
    case CLAW_ADDRESS_NONE:
      g_strlcpy (ip_text, "(none)", sizeof ip_text);
      break;
    case CLAW_ADDRESS_IPV4:
      inet_ntop (AF_INET, address->ip, ip_text, sizeof ip_text);
      break;
    case CLAW_ADDRESS_IPV6:
      inet_ntop (AF_INET6, address->ip, ip_text, sizeof ip_text);
      break;
    }

  if (address->family == CLAW_ADDRESS_IPV6 && address->scope_id != 0)
    g_snprintf (buffer, CLAW_ADDRESS_STRING_SIZE, "%s%%%u", ip_text, address->scope_id);
  else
    g_strlcpy (buffer, ip_text, CLAW_ADDRESS_STRING_SIZE);
  return buffer;
}

const char *
claw_address_format (const ClawAddress *address, char buffer[CLAW_ADDRESS_STRING_SIZE])
{
  char ip_text[CLAW_ADDRESS_STRING_SIZE];

  g_return_val_if_fail (address != NULL, NULL);

  claw_address_format_ip (address, ip_text);
  if (address->family == CLAW_ADDRESS_NONE)
    g_strlcpy (buffer, ip_text, CLAW_ADDRESS_STRING_SIZE);
  else if (address->family == CLAW_ADDRESS_IPV4)
    g_snprintf (buffer, CLAW_ADDRESS_STRING_SIZE, "%s:%u", ip_text, address->port);
  else
    g_snprintf (buffer, CLAW_ADDRESS_STRING_SIZE, "[%s]:%u", ip_text, address->port);
  return buffer;
}

gboolean
claw_address_equal (const ClawAddress *a, const ClawAddress *b)
{
  if (a->family != b->family)
    return FALSE;

  switch (a->family)
    {
    case CLAW_ADDRESS_NONE:
      return TRUE;
    case CLAW_ADDRESS_IPV4:
      return a->port == b->port && memcmp (a->ip, b->ip, IPV4_LENGTH) == 0;
    case CLAW_ADDRESS_IPV6:
      return a->port == b->port && a->scope_id == b->scope_id
             && memcmp (a->ip, b->ip, IPV6_LENGTH) == 0;
    }

  g_return_val_if_reached (FALSE);
}

gboolean
claw_address_is_any (const ClawAddress *address)
{
  static const uint8_t any[IPV6_LENGTH] = { 0 };

  if (address->family == CLAW_ADDRESS_NONE)
    return FALSE;

  size_t length = address->family == CLAW_ADDRESS_IPV4 ? IPV4_LENGTH : IPV6_LENGTH;
  return memcmp (address->ip, any, length) == 0;
}

gboolean
claw_address_is_loopback (const ClawAddress *address)
{
  static const uint8_t loopback[IPV6_LENGTH] = { [IPV6_LENGTH - 1] = 1 };

  if (address->family == CLAW_ADDRESS_IPV4)
    return address->ip[0] == 127;
  return memcmp (address->ip, loopback, sizeof loopback) == 0;
}

static gboolean
is_local_ipv4 (const uint8_t *ip)
{
  return ip[0] == 127 || ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16)
         || (ip[0] == 192 && ip[1] == 168) || (ip[0] == 169 && ip[1] == 254);
}

static gboolean
is_local_ipv6 (const uint8_t *ip)
{
  static const uint8_t loopback[IPV6_LENGTH] = { [15] = 1 };

  return memcmp (ip, loopback, sizeof loopback) == 0 || (ip[0] & 0xfe) == 0xfc
         || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
}

gboolean
claw_address_is_local (const ClawAddress *address)
{
  switch (address->family)
    {
    case CLAW_ADDRESS_NONE:
      return FALSE;
    case CLAW_ADDRESS_IPV4:
      return is_local_ipv4 (address->ip);
    case CLAW_ADDRESS_IPV6:
      return is_local_ipv6 (address->ip);
    }
  g_return_val_if_reached (FALSE);
}
