/* test-address.c: text forms and comparison of addresses. */
#include "claw-address.h"

#include <string.h>

/* Each address is written in the one form that reads back as the same. */
static void
test_round_trip (void)
{
  static const struct
  {
    const char *text;
    const char *formatted;
    ClawAddressFamily family;
  } table[] = {
    { "203.0.113.9:50000", "203.0.113.9:50000", CLAW_ADDRESS_IPV4 },
    { "0.0.0.0:1", "0.0.0.0:1", CLAW_ADDRESS_IPV4 },
    { "[2001:db8::1]:65535", "[2001:db8::1]:65535", CLAW_ADDRESS_IPV6 },
    { "[2001:0DB8:0:0:0:0:0:1]:9", "[2001:db8::1]:9", CLAW_ADDRESS_IPV6 },
    { "[::]:443", "[::]:443", CLAW_ADDRESS_IPV6 },
    { "[fe80::1%3]:50000", "[fe80::1%3]:50000", CLAW_ADDRESS_IPV6 },
    { "[::ffff:192.0.2.7]:80", "192.0.2.7:80", CLAW_ADDRESS_IPV4 },
    { "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535",
      "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535", CLAW_ADDRESS_IPV6 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      char text[CLAW_ADDRESS_STRING_SIZE];
      ClawAddress address, again;

      g_assert_true (claw_address_parse (table[i].text, &address));
      g_assert_cmpint (address.family, ==, table[i].family);
      g_assert_cmpstr (claw_address_format (&address, text), ==, table[i].formatted);
      g_assert_true (claw_address_parse (text, &again));
      g_assert_true (claw_address_equal (&address, &again));
    }
}

/* What is not an address with a port is refused and leaves the result alone. */
static void
test_refused (void)
{
  static const char *const table[] = {
    "",
    ":",
    "1.2.3.4",
    "1.2.3.4:",
    "1.2.3.4:0",
    "1.2.3.4:65536",
    "1.2.3.4:-1",
    "1.2.3.4:+1",
    "1.2.3.4: 1",
    "1.2.3.4:1 ",
    "1.2.3.4:01",
    "1.2.3.4:99999999999999999999",
    " 1.2.3.4:1",
    "1.2.3:1",
    "1.2.3.256:1",
    "01.2.3.4:1",
    "[1.2.3.4]:1",
    "2001:db8::1:50000",
    "[2001:db8::1]",
    "[2001:db8::1]50000",
    "2001:db8::1]:50000",
    "[2001:db8::1:50000",
    "[]:1",
    "[[::1]]:1",
    "[2001:db8::1%1]:1",
    "[fe80::1%]:1",
    "[fe80::1%0]:1",
    "[fe80::1%eth0]:1",
    "[fe80::1%4294967296]:1",
    "localhost:1",
    "[0000000000000000000000000000000000000000000000000000000000000000000000000000::1]:65535",
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawAddress address = { .port = 77 };

      g_assert_false (claw_address_parse (table[i], &address));
      g_assert_cmpuint (address.port, ==, 77);
      g_assert_cmpint (address.family, ==, CLAW_ADDRESS_NONE);
    }
}

/* An IP alone takes its port from the caller and is written without it. */
static void
test_ip (void)
{
  char text[CLAW_ADDRESS_STRING_SIZE];
  ClawAddress address;

  g_assert_true (claw_address_parse_ip ("2001:db8::1", 0, &address));
  g_assert_cmpuint (address.port, ==, 0);
  g_assert_cmpstr (claw_address_format_ip (&address, text), ==, "2001:db8::1");
  g_assert_true (claw_address_parse_ip ("::ffff:10.1.2.3", 9, &address));
  g_assert_cmpuint (address.port, ==, 9);
  g_assert_cmpstr (claw_address_format_ip (&address, text), ==, "10.1.2.3");
  g_assert_false (claw_address_parse_ip ("10.1.2.3:9", 0, &address));
  g_assert_false (claw_address_parse_ip ("[::1]", 0, &address));
  g_assert_false (claw_address_parse_ip ("example.org", 0, &address));
}

/* No address has a text too, for messages. */
static void
test_none (void)
{
  char text[CLAW_ADDRESS_STRING_SIZE];
  const ClawAddress none = { 0 };

  g_assert_cmpstr (claw_address_format (&none, text), ==, "(none)");
  g_assert_true (claw_address_equal (&none, &none));
  g_assert_false (claw_address_is_any (&none));
}

/* Family, IP, port and scope each make a difference. */
static void
test_equal (void)
{
  static const char *const different[] = { "1.2.3.4:5", "1.2.3.4:6",   "1.2.3.5:5",
                                           "[::1]:5",   "[fe80::1]:5", "[fe80::1%1]:5" };

  for (guint i = 0; i < G_N_ELEMENTS (different); i++)
    for (guint j = 0; j < G_N_ELEMENTS (different); j++)
      {
        ClawAddress a, b;

        g_assert_true (claw_address_parse (different[i], &a));
        g_assert_true (claw_address_parse (different[j], &b));
        g_assert_cmpint (claw_address_equal (&a, &b), ==, i == j);
      }
}

/* Only the addresses that stand for all addresses are "any". */
static void
test_any (void)
{
  static const struct
  {
    const char *text;
    gboolean is_any;
  } table[] = { { "0.0.0.0", TRUE }, { "::", TRUE }, { "0.0.0.1", FALSE }, { "::1", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawAddress address;

      g_assert_true (claw_address_parse_ip (table[i].text, 0, &address));
      g_assert_cmpint (claw_address_is_any (&address), ==, table[i].is_any);
    }
}

/* What may be reached without a way to the internet, and the neighbours of each range. */
static void
test_local (void)
{
  static const struct
  {
    const char *text;
    gboolean is_local;
  } table[] = {
    { "127.0.0.1", TRUE },
    { "127.255.0.9", TRUE },
    { "126.0.0.1", FALSE },
    { "10.0.0.1", TRUE },
    { "11.0.0.1", FALSE },
    { "172.15.0.1", FALSE },
    { "172.16.0.1", TRUE },
    { "172.31.255.255", TRUE },
    { "172.32.0.1", FALSE },
    { "192.168.1.1", TRUE },
    { "192.169.1.1", FALSE },
    { "169.254.3.4", TRUE },
    { "169.255.3.4", FALSE },
    { "203.0.113.9", FALSE },
    { "0.0.0.0", FALSE },
    { "::1", TRUE },
    { "::2", FALSE },
    { "fe80::1", TRUE },
    { "febf::1", TRUE },
    { "fec0::1", FALSE },
    { "fc00::1", TRUE },
    { "fdff::1", TRUE },
    { "fbff::1", FALSE },
    { "2001:db8::1", FALSE },
    { "::ffff:127.0.0.1", TRUE },
  };
  ClawAddress none = { 0 };

  g_assert_false (claw_address_is_local (&none));
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawAddress address;

      g_assert_true (claw_address_parse_ip (table[i].text, 0, &address));
      g_assert_cmpint (claw_address_is_local (&address), ==, table[i].is_local);
    }
}

/* All of 127.0.0.0/8, and ::1 alone. */
static void
test_loopback (void)
{
  static const struct
  {
    const char *text;
    gboolean is_loopback;
  } table[] = {
    { "127.0.0.1", TRUE },  { "127.255.255.254", TRUE },
    { "128.0.0.1", FALSE }, { "10.0.0.1", FALSE },
    { "::1", TRUE },        { "::2", FALSE },
    { "::", FALSE },        { "fe80::1", FALSE },
  };
  ClawAddress none = { 0 };

  g_assert_false (claw_address_is_loopback (&none));
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawAddress address;

      g_assert_true (claw_address_parse_ip (table[i].text, 0, &address));
      g_assert_cmpint (claw_address_is_loopback (&address), ==, table[i].is_loopback);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/parse/round-trip", test_round_trip);
  g_test_add_func ("/address/parse/refused", test_refused);
  g_test_add_func ("/address/parse-ip/table", test_ip);
  g_test_add_func ("/address/none/formatted", test_none);
  g_test_add_func ("/address/equal/each-field-counts", test_equal);
  g_test_add_func ("/address/is-any/table", test_any);
  g_test_add_func ("/address/is-loopback/table", test_loopback);
  g_test_add_func ("/address/is-local/table", test_local);
  return g_test_run ();
}
