/* test-sockaddr.c: addresses of the protocol and the system's own, both ways. */
#include "claw-sockaddr.h"

#include <string.h>

static ClawAddress
parse (const char *text)
{
  ClawAddress address;

  g_assert_true (claw_address_parse (text, &address));
  return address;
}

/* @local is what the socket is bound to, and @family that of the system's address; 0: it cannot
 * reach the other. */
typedef struct
{
  const char *address;
  const char *local;
  int family;
  gboolean is_ipv4;
} Case;

static const Case cases[] = {
  { "203.0.113.9:50000", "192.0.2.1:1", AF_INET, TRUE },
  { "203.0.113.9:50000", "0.0.0.0:1", AF_INET, TRUE },
  { "203.0.113.9:50000", "[::]:1", AF_INET6, TRUE }, /* mapped */
  { "203.0.113.9:50000", "[2001:db8::1]:1", 0, FALSE },
  { "[2001:db8::9]:50000", "[2001:db8::1]:1", AF_INET6, FALSE },
  { "[2001:db8::9]:50000", "[::]:1", AF_INET6, FALSE },
  { "[fe80::9%3]:50000", "[::]:1", AF_INET6, FALSE },
  { "[2001:db8::9]:50000", "0.0.0.0:1", 0, FALSE },
};

/* Every pair of an address and a socket comes out as the same address, or is refused. */
static void
test_round_trip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ClawAddress address = parse (cases[i].address), local = parse (cases[i].local);
      ClawSockaddr sockaddr;
      ClawAddress back;

      g_test_message ("%s from %s", cases[i].address, cases[i].local);
      socklen_t length = claw_sockaddr_from_address (&sockaddr, &address, &local);
      g_assert_cmpint (length > 0, ==, cases[i].family != 0);
      if (length == 0)
        continue;
      g_assert_cmpint (sockaddr.any.sa_family, ==, cases[i].family);
      g_assert_cmpint (claw_sockaddr_is_ipv4 (&sockaddr), ==, cases[i].is_ipv4);
      g_assert_true (claw_sockaddr_to_address (&sockaddr, &back));
      g_assert_true (claw_address_equal (&back, &address));
    }
}

/* No address goes nowhere, and another family is none. */
static void
test_none (void)
{
  const ClawAddress none = { 0 }, local = parse ("0.0.0.0:1");
  ClawSockaddr sockaddr;
  ClawAddress address;

  g_assert_cmpuint (claw_sockaddr_from_address (&sockaddr, &none, &local), ==, 0);
  memset (&sockaddr, 0, sizeof sockaddr);
  sockaddr.any.sa_family = AF_UNIX;
  g_assert_false (claw_sockaddr_to_address (&sockaddr, &address));
  g_assert_cmpint (address.family, ==, CLAW_ADDRESS_NONE);
}

/* The scope of an address that is not link-local is no part of it. */
static void
test_scope (void)
{
  const ClawAddress global = parse ("[2001:db8::9]:50000"), local = parse ("[::]:1");
  ClawSockaddr sockaddr;
  ClawAddress address;

  claw_sockaddr_from_address (&sockaddr, &global, &local);
  sockaddr.ipv6.sin6_scope_id = 7;
  g_assert_true (claw_sockaddr_to_address (&sockaddr, &address));
  g_assert_cmpuint (address.scope_id, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sockaddr/both-ways/same", test_round_trip);
  g_test_add_func ("/sockaddr/none/refused", test_none);
  g_test_add_func ("/sockaddr/scope/only-link-local", test_scope);
  return g_test_run ();
}
