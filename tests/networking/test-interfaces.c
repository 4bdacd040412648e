/* test-interfaces.c: which addresses are offered to others, and in which order. */
#include "claw-interfaces.h"

#include <string.h>

#define ADDRESSES_MAX 16

/* Reads a list separated by spaces. */
static unsigned
parse_list (const char *text, ClawAddress *addresses)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);
  unsigned n = 0;

  for (; parts[n] != NULL && parts[n][0] != '\0'; n++)
    {
      g_assert_cmpuint (n, <, ADDRESSES_MAX);
      g_assert_true (claw_address_parse_ip (parts[n], 50000, &addresses[n]));
    }
  return n;
}

/* Global before private, IPv4 before IPv6, the system's order among equals, no useless ones, none
 * twice. */
static void
test_rank (void)
{
  static const struct
  {
    const char *from;
    const char *to;
  } table[] = {
    { "", "" },
    { "127.0.0.1 ::1", "" },
    { "192.168.1.5 203.0.113.9", "203.0.113.9 192.168.1.5" },
    { "fd00::1 10.0.0.1 2001:db8::1 203.0.113.9", "203.0.113.9 2001:db8::1 10.0.0.1 fd00::1" },
    { "203.0.113.2 203.0.113.1", "203.0.113.2 203.0.113.1" },
    { "10.0.0.1 10.0.0.1 ::ffff:10.0.0.1", "10.0.0.1" },
    { "169.254.1.1 fe80::1 fe80::1%2 febf::1 fec0::1 ff02::1 224.0.0.1 255.255.255.255", "" },
    { "0.0.0.0 0.1.2.3 ::", "" },
    { "172.15.0.1 172.16.0.1 172.31.9.9 172.32.0.1",
      "172.15.0.1 172.32.0.1 172.16.0.1 172.31.9.9" },
    { "100.63.0.1 100.64.0.1 100.127.0.1 100.128.0.1",
      "100.63.0.1 100.128.0.1 100.64.0.1 100.127.0.1" },
    { "192.167.0.1 192.168.0.1 192.169.0.1", "192.167.0.1 192.169.0.1 192.168.0.1" },
    { "fbff::1 fc00::1 fdff::1 fe00::1", "fbff::1 fe00::1 fc00::1 fdff::1" },
    { "::2", "::2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawAddress addresses[ADDRESSES_MAX];
      g_autoptr (GString) result = g_string_new (NULL);
      unsigned n = claw_interfaces_rank (addresses, parse_list (table[i].from, addresses), NULL);

      for (unsigned j = 0; j < n; j++)
        {
          char text[CLAW_ADDRESS_STRING_SIZE];

          g_assert_cmpuint (addresses[j].port, ==, 50000);
          g_string_append_printf (result, "%s%s", j > 0 ? " " : "",
                                  claw_address_format_ip (&addresses[j], text));
        }
      g_assert_cmpstr (result->str, ==, table[i].to);
    }
}

/* An address that is none is left out. */
static void
test_rank_none (void)
{
  ClawAddress none = { 0 };

  g_assert_cmpuint (claw_interfaces_rank (&none, 1, NULL), ==, 0);
}

/* What the kernel says of IPv6 addresses sorts those of one kind, and leaves out what cannot be
 * used; what it does not know, or says in no form that is known, counts as stable. */
static void
test_rank_ipv6_flags (void)
{
  static const char if_inet6[]
      = "20010db8000000000000000000000001 02 40 00 20     eth0\n" /* deprecated */
        "20010db8000000000000000000000002 02 40 00 01     eth0\n" /* temporary */
        "20010db8000000000000000000000003 02 40 00 00     eth0\n" /* stable */
        "20010db8000000000000000000000004 02 40 00 40     eth0\n" /* tentative */
        "20010db8000000000000000000000005 02 40 00 48     eth0\n" /* another machine has it */
        "20010db8000000000000000000000006 02 40 00 44     eth0\n" /* optimistic */
        "20010db8000000000000000000000007 02 40 00 21     eth0\n" /* temporary and deprecated */
        "fd000000000000000000000000000001 02 40 00 80     eth0\n"
        "20010db8000000000000000000000008 02\n";
  static const char expected[] = "203.0.113.9 2001:db8::3 2001:db8::6 2001:db8::8 2001:db8::9 "
                                 "2001:db8::2 2001:db8::1 2001:db8::7 fd00::1 ";
  ClawAddress addresses[ADDRESSES_MAX];
  g_autoptr (GString) result = g_string_new (NULL);
  char text[CLAW_ADDRESS_STRING_SIZE];
  unsigned n = parse_list ("fd00::1 2001:db8::1 2001:db8::2 2001:db8::3 2001:db8::4 2001:db8::5 "
                           "2001:db8::6 2001:db8::7 2001:db8::8 2001:db8::9 203.0.113.9",
                           addresses);

  n = claw_interfaces_rank (addresses, n, if_inet6);
  for (unsigned i = 0; i < n; i++)
    g_string_append_printf (result, "%s ", claw_address_format_ip (&addresses[i], text));
  g_assert_cmpstr (result->str, ==, expected);
}

/* Global is what everybody can reach. */
static void
test_is_global (void)
{
  static const char *const global[] = { "203.0.113.9", "100.63.0.1", "2001:db8::1" };
  static const char *const other[] = { "192.168.1.1", "100.64.0.1", "127.0.0.1", "fd00::1",
                                       "fe80::1",     "::1",        "0.0.0.0",   "224.0.0.1" };
  ClawAddress address = { 0 };

  g_assert_false (claw_interfaces_is_global (&address));
  for (guint i = 0; i < G_N_ELEMENTS (global); i++)
    {
      g_assert_true (claw_address_parse_ip (global[i], 0, &address));
      g_assert_true (claw_interfaces_is_global (&address));
    }
  for (guint i = 0; i < G_N_ELEMENTS (other); i++)
    {
      g_assert_true (claw_address_parse_ip (other[i], 0, &address));
      g_assert_false (claw_interfaces_is_global (&address));
    }
}

/* This machine's own list keeps the order and the limit, whatever its interfaces are. */
static void
test_list (void)
{
  ClawAddress all[ADDRESSES_MAX], ranked[ADDRESSES_MAX], one[2];
  unsigned n = claw_interfaces_list (1234, all, ADDRESSES_MAX);

  memcpy (ranked, all, sizeof all);
  g_assert_cmpuint (n, <=, ADDRESSES_MAX);
  g_assert_cmpuint (claw_interfaces_rank (ranked, n, NULL), ==, n);
  for (unsigned i = 0; i < n; i++)
    {
      g_assert_true (claw_address_equal (&ranked[i], &all[i]));
      g_assert_cmpuint (all[i].port, ==, 1234);
    }

  one[1].port = 77;
  g_assert_cmpuint (claw_interfaces_list (1234, one, 1), ==, MIN (n, 1));
  g_assert_cmpuint (one[1].port, ==, 77);
  g_assert_cmpuint (claw_interfaces_list (1234, NULL, 0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/interfaces/rank/table", test_rank);
  g_test_add_func ("/interfaces/rank/none", test_rank_none);
  g_test_add_func ("/interfaces/rank/ipv6-flags", test_rank_ipv6_flags);
  g_test_add_func ("/interfaces/is-global/table", test_is_global);
  g_test_add_func ("/interfaces/list/ordered", test_list);
  return g_test_run ();
}
