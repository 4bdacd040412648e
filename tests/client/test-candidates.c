/* test-candidates.c: where a client knocks. */
#include "claw-candidates.h"

#include "claw-port-schedule.h"

#include <string.h>

#define NOW_S 1700000000
#define SLOT 472222

typedef struct
{
  ClawSavedPairing *pairing;
  ClawAddress addresses[CLAW_ENDPOINT_ADDRESSES_MAX];
  unsigned n;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  uint8_t key[CLAW_PUBLIC_KEY_SIZE] = { 0 };
  fixture->pairing = claw_saved_pairing_new (key);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_saved_pairing_free (fixture->pairing);
}

static void
set_addresses (Fixture *fixture, const char *list)
{
  g_auto (GStrv) parts = g_strsplit (list, " ", -1);
  fixture->pairing->n_addresses = 0;
  for (unsigned i = 0; parts[i]; i++)
    g_assert_true (claw_address_parse (
        parts[i], &fixture->pairing->addresses[fixture->pairing->n_addresses++]));
}

/* The key 00 01 … 1f, whose ports are known from test-port-schedule.c. */
static void
set_ports (Fixture *fixture, uint64_t slot, uint16_t port)
{
  uint8_t bytes[CLAW_KEY_SIZE];
  for (unsigned i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t) i;
  claw_key_set (&fixture->pairing->ports.secret, bytes);
  fixture->pairing->ports.interval_s = 3600;
  fixture->pairing->ports.slot = slot;
  fixture->pairing->ports.port = port;
}

static void
list (Fixture *fixture, unsigned attempt)
{
  fixture->n = claw_candidates_list (fixture->pairing, NOW_S, attempt, fixture->addresses);
}

/* Compares the first ones with @expected. */
static void
assert_begins (const Fixture *fixture, const char *expected)
{
  g_auto (GStrv) parts = g_strsplit (expected, " ", -1);
  for (unsigned i = 0; parts[i]; i++)
    {
      char text[CLAW_ADDRESS_STRING_SIZE];
      g_assert_cmpuint (i, <, fixture->n);
      g_assert_cmpstr (claw_address_format (&fixture->addresses[i], text), ==, parts[i]);
    }
}

static gboolean
contains (const Fixture *fixture, const char *ip, uint16_t port)
{
  ClawAddress wanted;
  g_assert_true (claw_address_parse_ip (ip, port, &wanted));
  for (unsigned i = 0; i < fixture->n; i++)
    if (claw_address_equal (&fixture->addresses[i], &wanted))
      return TRUE;
  return FALSE;
}

static void
assert_no_twins (const Fixture *fixture)
{
  for (unsigned i = 0; i < fixture->n; i++)
    for (unsigned j = 0; j < i; j++)
      g_assert_false (claw_address_equal (&fixture->addresses[i], &fixture->addresses[j]));
}

/* The last one that worked first, then the families in turns, then what is left of one family. */
static void
test_families (Fixture *fixture, gconstpointer data)
{
  list (fixture, 0);
  g_assert_cmpuint (fixture->n, ==, 0);
  set_addresses (fixture, "192.0.2.1:1 192.0.2.2:1 192.0.2.3:1 [2001:db8::1]:1 [2001:db8::2]:1 "
                          "192.0.2.4:1 192.0.2.5:1");
  list (fixture, 5);
  g_assert_cmpuint (fixture->n, ==, 7);
  assert_begins (fixture, "192.0.2.1:1 [2001:db8::1]:1 192.0.2.2:1 [2001:db8::2]:1 192.0.2.3:1 "
                          "192.0.2.4:1 192.0.2.5:1");
}

/* Scheduled ports of the server's host: its last address, the present port, then all others. */
static void
test_schedule (Fixture *fixture, gconstpointer data)
{
  set_addresses (fixture, "192.0.2.1:50001");
  set_ports (fixture, 3, 50003); /* long ago: of no use */
  list (fixture, 0);
  g_assert_cmpuint (fixture->n, ==, 1 + CLAW_PORT_SCHEDULE_PORTS_MAX);
  assert_begins (fixture, "192.0.2.1:50001 192.0.2.1:64975 192.0.2.1:62785 192.0.2.1:63882");
  assert_no_twins (fixture);

  /* What the server told lately comes before what is computed. */
  set_ports (fixture, SLOT - 1, 50003);
  list (fixture, 0);
  g_assert_cmpuint (fixture->n, ==, 2 + CLAW_PORT_SCHEDULE_PORTS_MAX);
  assert_begins (fixture, "192.0.2.1:50001 192.0.2.1:50003 192.0.2.1:64975");
}

/* Several hosts: the present port of each, the saved addresses, and then the rest; the first ones
 * are in every attempt, all the others in some attempt. */
static void
test_turns (Fixture *fixture, gconstpointer data)
{
  static const char *const hosts[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1" };
  uint16_t ports[CLAW_PORT_SCHEDULE_PORTS_MAX];
  gboolean seen[G_N_ELEMENTS (hosts)][CLAW_PORT_SCHEDULE_PORTS_MAX] = { { FALSE } };
  set_addresses (fixture, "192.0.2.1:1 192.0.2.2:1 192.0.2.3:1 [2001:db8::1]:1 192.0.2.5:1");
  set_ports (fixture, 3, 3);
  unsigned n_ports = claw_port_schedule_list (&fixture->pairing->ports.secret, SLOT, ports);
  for (unsigned attempt = 0; attempt < 10; attempt++)
    {
      list (fixture, attempt);
      g_assert_cmpuint (fixture->n, ==, CLAW_ENDPOINT_ADDRESSES_MAX);
      assert_begins (fixture, "192.0.2.1:1 192.0.2.1:64975 [2001:db8::1]:64975 192.0.2.2:64975 "
                              "192.0.2.3:64975 [2001:db8::1]:1 192.0.2.2:1 192.0.2.3:1 "
                              "192.0.2.5:1");
      assert_no_twins (fixture);
      for (unsigned host = 0; host < G_N_ELEMENTS (hosts); host++)
        for (unsigned port = 0; port < n_ports; port++)
          seen[host][port] = seen[host][port] || contains (fixture, hosts[host], ports[port]);
    }
  for (unsigned host = 0; host < G_N_ELEMENTS (hosts); host++)
    for (unsigned port = 0; port < n_ports; port++)
      g_assert_true (seen[host][port]);
}

/* As many addresses as can be saved, with a schedule, still fit, whatever the attempt's number. */
static void
test_most (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < CLAW_SAVED_PAIRING_ADDRESSES_MAX; i++)
    {
      g_autofree char *text = g_strdup_printf ("192.0.2.%u:1", i);
      g_assert_true (claw_address_parse (text, &fixture->pairing->addresses[i]));
      fixture->pairing->n_addresses++;
    }
  set_ports (fixture, SLOT, 50003);
  static const unsigned attempts[] = { 0, 1, 7, 1000000, G_MAXUINT };
  for (unsigned i = 0; i < G_N_ELEMENTS (attempts); i++)
    {
      list (fixture, attempts[i]);
      g_assert_cmpuint (fixture->n, ==, CLAW_ENDPOINT_ADDRESSES_MAX);
      assert_no_twins (fixture);
    }
}

/* One local address is enough to try without a network. */
static void
test_local (Fixture *fixture, gconstpointer data)
{
  g_assert_false (claw_candidates_has_local (fixture->pairing));
  set_addresses (fixture, "203.0.113.1:1 [2001:db8::1]:1");
  g_assert_false (claw_candidates_has_local (fixture->pairing));
  set_addresses (fixture, "203.0.113.1:1 192.168.1.1:1");
  g_assert_true (claw_candidates_has_local (fixture->pairing));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  add ("/candidates/saved/families-in-turns", test_families);
  add ("/candidates/schedule/one-host", test_schedule);
  add ("/candidates/schedule/takes-turns", test_turns);
  add ("/candidates/schedule/most", test_most);
  add ("/candidates/local/one-is-enough", test_local);
  return g_test_run ();
}
