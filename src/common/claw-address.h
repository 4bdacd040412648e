/* claw-address.h: an IP address and UDP port as a plain value.
 *
 * The protocol must not know sockets, so it speaks of addresses in this type; networking turns it
 * into a sockaddr. IPv4-mapped IPv6 addresses are always stored as IPv4.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef enum
{
  CLAW_ADDRESS_NONE,
  CLAW_ADDRESS_IPV4,
  CLAW_ADDRESS_IPV6,
} ClawAddressFamily;

typedef struct
{
  ClawAddressFamily family;
  uint8_t ip[16];    /* the first 4 for IPv4; network order; unused bytes are zero */
  uint16_t port;     /* host order; 0 when there is none */
  uint32_t scope_id; /* IPv6 link-local only */
} ClawAddress;

/* Long enough for "[ipv6%scope]:port" and its NUL. */
#define CLAW_ADDRESS_STRING_SIZE 72

/* Parses a numeric IP without a port ("203.0.113.9", "2001:db8::1"). */
gboolean claw_address_parse_ip (const char *text, uint16_t port, ClawAddress *address);
/* Parses "203.0.113.9:50000" or "[2001:db8::1]:50000"; the port may not be 0. */
gboolean claw_address_parse (const char *text, ClawAddress *address);
/* Writes the form that claw_address_parse () reads. Returns: @buffer. */
const char *claw_address_format (const ClawAddress *address, char buffer[CLAW_ADDRESS_STRING_SIZE]);
/* The same without the port and without brackets. Returns: @buffer. */
const char *claw_address_format_ip (const ClawAddress *address,
                                    char buffer[CLAW_ADDRESS_STRING_SIZE]);
gboolean claw_address_equal (const ClawAddress *a, const ClawAddress *b);
gboolean claw_address_is_any (const ClawAddress *address);      /* 0.0.0.0 or :: */
gboolean claw_address_is_loopback (const ClawAddress *address); /* 127.0.0.0/8 or ::1 */
/* Whether it may be reached while a machine has no way to the internet: loopback, link-local, and
 * what networks use inside (RFC 1918, RFC 4193). */
gboolean claw_address_is_local (const ClawAddress *address);
