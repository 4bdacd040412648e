/* test-port-schedule.c: both sides compute the same ports, which nobody else can foresee. */
#include "claw-port-schedule.h"

static void
make_secret (ClawKey *secret, uint8_t first)
{
  uint8_t bytes[CLAW_KEY_SIZE];

  for (unsigned i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t) (first + i);
  claw_key_set (secret, bytes);
}

/* Known answers, computed with Python's hmac and hashlib for the key 00 01 … 1f. */
static void
test_known (void)
{
  static const struct
  {
    uint64_t slot;
    uint16_t ports[CLAW_PORT_SCHEDULE_ATTEMPTS];
  } table[] = {
    { 0, { 62874, 57572, 58295, 55956 } },      { 1, { 65414, 53954, 62190, 60846 } },
    { 472221, { 63882, 58280, 55935, 60040 } }, { 472222, { 64975, 51264, 58057, 64926 } },
    { 472223, { 62785, 60865, 54329, 56465 } }, { G_MAXUINT64, { 51729, 49438, 56784, 57265 } },
  };
  g_auto (ClawKey) secret = { 0 };

  make_secret (&secret, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    for (unsigned attempt = 0; attempt < CLAW_PORT_SCHEDULE_ATTEMPTS; attempt++)
      g_assert_cmpuint (claw_port_schedule_get (&secret, table[i].slot, attempt), ==,
                        table[i].ports[attempt]);
}

/* Every port is a dynamic one (RFC 6335), they fill the range evenly, and another secret has
 * others. */
static void
test_range (void)
{
  g_auto (ClawKey) secret = { 0 }, other = { 0 };
  unsigned quarters[4] = { 0 }, n_same = 0;

  make_secret (&secret, 7);
  make_secret (&other, 8);
  for (uint64_t slot = 0; slot < 4000; slot++)
    {
      uint16_t port = claw_port_schedule_get (&secret, slot, 0);

      g_assert_cmpuint (port, >=, CLAW_PORT_SCHEDULE_FIRST);
      quarters[(port - CLAW_PORT_SCHEDULE_FIRST) / 4096]++;
      n_same += port == claw_port_schedule_get (&other, slot, 0) ? 1 : 0;
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (quarters); i++)
    g_assert_cmpuint (quarters[i], >, 800);
  g_assert_cmpuint (n_same, <, 10);
}

/* A slot is as long as the interval, and a clock before 1970 breaks nothing. */
static void
test_slot (void)
{
  static const struct
  {
    gint64 unix_s;
    uint32_t interval_s;
    uint64_t slot;
  } table[] = {
    { 0, 3600, 0 },
    { 3599, 3600, 0 },
    { 3600, 3600, 1 },
    { 1700000000, 3600, 472222 },
    { 1700000000, 1, 1700000000 },
    { -1, 3600, 0 },
    { G_MININT64, 1, 0 },
    { G_MAXINT64, 1, G_MAXINT64 },
    { G_MAXINT64, G_MAXUINT32, (uint64_t) G_MAXINT64 / G_MAXUINT32 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpuint (claw_port_schedule_get_slot (table[i].unix_s, table[i].interval_s), ==,
                      table[i].slot);
}

/* The present slot's first attempt comes first, then its neighbours', and nothing comes twice. */
static void
test_list (void)
{
  static const uint16_t expected[] = { 64975, 62785, 63882, 51264, 60865, 58280,
                                       58057, 54329, 55935, 64926, 56465, 60040 };
  uint16_t ports[CLAW_PORT_SCHEDULE_PORTS_MAX];
  g_auto (ClawKey) secret = { 0 };

  make_secret (&secret, 0);
  unsigned n = claw_port_schedule_list (&secret, 472222, ports);
  g_assert_cmpmem (ports, n * sizeof *ports, expected, sizeof expected);

  /* The first slot has no one before it. */
  n = claw_port_schedule_list (&secret, 0, ports);
  g_assert_cmpuint (n, ==, 2 * CLAW_PORT_SCHEDULE_ATTEMPTS);
  g_assert_cmpuint (ports[0], ==, 62874);
  g_assert_cmpuint (ports[1], ==, 65414);

  /* After the last one comes the first; what counts is that nothing breaks. */
  n = claw_port_schedule_list (&secret, G_MAXUINT64, ports);
  g_assert_cmpuint (n, ==, CLAW_PORT_SCHEDULE_PORTS_MAX);
  g_assert_cmpuint (ports[0], ==, 51729);
}

/* A server that finds its first ports taken is met all the same when the clocks are up to one slot
 * apart. */
static void
test_both_sides_meet (void)
{
  g_auto (ClawKey) secret = { 0 };

  make_secret (&secret, 42);
  for (uint64_t server_slot = 1000; server_slot < 1100; server_slot++)
    for (unsigned taken = 0; taken < CLAW_PORT_SCHEDULE_ATTEMPTS; taken++)
      for (uint64_t client_slot = server_slot - 1; client_slot <= server_slot + 1; client_slot++)
        {
          uint16_t ports[CLAW_PORT_SCHEDULE_PORTS_MAX];
          uint16_t port = claw_port_schedule_get (&secret, server_slot, taken);
          unsigned n = claw_port_schedule_list (&secret, client_slot, ports);
          gboolean found = FALSE;

          for (unsigned i = 0; i < n; i++)
            found = found || ports[i] == port;
          g_assert_true (found);
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_test_add_func ("/port-schedule/get/known-answers", test_known);
  g_test_add_func ("/port-schedule/get/range", test_range);
  g_test_add_func ("/port-schedule/slot/table", test_slot);
  g_test_add_func ("/port-schedule/list/order", test_list);
  g_test_add_func ("/port-schedule/list/both-sides-meet", test_both_sides_meet);
  return g_test_run ();
}
