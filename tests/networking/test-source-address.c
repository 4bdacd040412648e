/* test-source-address.c: the own address towards another, and addresses for GIO and back. */
#include "claw-source-address.h"

static void
parse (const char *text, ClawAddress *address)
{
  g_assert_true (claw_address_parse (text, address));
}

/* Towards loopback it is loopback's, whatever the port. */
static void
test_loopback (void)
{
  g_autoptr (GError) error = NULL;
  ClawAddress destination, source;
  char text[CLAW_ADDRESS_STRING_SIZE];

  parse ("127.0.0.1:9", &destination);
  g_assert_true (claw_source_address_find (&destination, &source, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (claw_address_format_ip (&source, text), ==, "127.0.0.1");
  g_assert_cmpuint (source.port, ==, 0);
}

/* Where no datagram can go there is an error, not an address. */
static void
test_no_way (void)
{
  g_autoptr (GError) error = NULL;
  ClawAddress destination, source;

  parse ("255.255.255.255:9", &destination);
  g_assert_false (claw_source_address_find (&destination, &source, &error));
  g_assert_nonnull (error);
}

/* Addresses of both families, with a scope where they have one, come back as they were. */
static void
test_round_trip (void)
{
  static const char *const texts[] = { "192.0.2.1:1", "[2001:db8::1]:65535", "[fe80::1%7]:3478" };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      ClawAddress address, again;

      parse (texts[i], &address);
      g_autoptr (GSocketAddress) gio = claw_source_address_to_gio (&address);
      g_assert_true (claw_source_address_from_gio (gio, &again));
      g_assert_true (claw_address_equal (&address, &again));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source-address/loopback/found", test_loopback);
  g_test_add_func ("/source-address/no-way/error", test_no_way);
  g_test_add_func ("/source-address/gio/round-trip", test_round_trip);
  return g_test_run ();
}
