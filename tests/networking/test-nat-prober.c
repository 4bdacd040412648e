/* test-nat-prober.c: every NAT and every kind of server, in simulated time. */
#include "claw-nat-prober.h"
#include "claw-sim-stun.h"
#include "claw-stun.h"

#include <string.h>

#define START_US (1000 * G_USEC_PER_SEC)

#define EIB CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT
#define ADB CLAW_NAT_BEHAVIOUR_ADDRESS_DEPENDENT
#define APB CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT
#define UNK CLAW_NAT_BEHAVIOUR_UNKNOWN

static const ClawSimStunConfig good = {
  .mapping = EIB,
  .filtering = EIB,
  .has_two_addresses = TRUE,
  .has_two_ports = TRUE,
};

/* Runs a check to its end. Returns: how long it took, in ms. */
static gint64
run (ClawSimStun *sim, const ClawAddress *servers, unsigned n, ClawNatVerdict *verdict)
{
  uint8_t data[CLAW_SIM_STUN_DATAGRAM_MAX];
  gint64 now_us = START_US;
  ClawAddress local, peer;
  unsigned socket;
  size_t length;

  claw_sim_stun_get_local (sim, 0, &local);
  g_autoptr (ClawNatProber) prober = claw_nat_prober_new (servers, n, &local, now_us);
  while (!claw_nat_prober_is_done (prober))
    {
      while ((length = claw_nat_prober_send (prober, now_us, &socket, &peer, data, sizeof data))
             > 0)
        claw_sim_stun_send (sim, now_us, socket, &peer, data, length);
      gint64 next_us = MIN (claw_nat_prober_get_deadline (prober), claw_sim_stun_get_next_us (sim));
      if (claw_nat_prober_is_done (prober))
        break;
      g_assert_cmpint (next_us, <, G_MAXINT64);
      now_us = MAX (now_us, next_us);
      while (claw_sim_stun_receive (sim, now_us, &socket, &peer, data, &length))
        claw_nat_prober_receive (prober, socket, &peer, data, length, now_us);
    }
  g_assert_cmpint (claw_nat_prober_get_deadline (prober), ==, G_MAXINT64);
  claw_nat_prober_get_verdict (prober, verdict);
  return (now_us - START_US) / 1000;
}

static gint64
run_config (const ClawSimStunConfig *config, ClawNatVerdict *verdict)
{
  g_autoptr (ClawSimStun) sim = claw_sim_stun_new (config);
  ClawAddress server;

  claw_sim_stun_get_server (sim, 0, 0, &server);
  gint64 took_ms = run (sim, &server, 1, verdict);
  g_assert_cmpuint (claw_sim_stun_get_n_strays (sim), ==, 0);
  return took_ms;
}

/* All nine combinations, in IPv4 and IPv6, are told exactly, within two round trips and the 1.2 s
 * of silence. */
static void
test_all_kinds (void)
{
  for (ClawNatBehaviour mapping = EIB; mapping <= APB; mapping++)
    for (ClawNatBehaviour filtering = EIB; filtering <= APB; filtering++)
      for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++)
        {
          ClawSimStunConfig config = good;
          ClawNatVerdict verdict;

          config.mapping = mapping;
          config.filtering = filtering;
          config.is_ipv6 = is_ipv6;
          g_assert_cmpint (run_config (&config, &verdict), <, 1400);
          g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NAT);
          g_assert_cmpint (verdict.mapping, ==, mapping);
          g_assert_false (verdict.mapping_at_least);
          g_assert_cmpint (verdict.filtering, ==, filtering);
          g_assert_false (verdict.filtering_at_least);
          g_assert_cmpint (verdict.hairpin, ==, CLAW_NAT_ANSWER_NO);
          g_assert_cmpuint (verdict.mapped.port, ==, 20001);
          g_assert_cmpuint (verdict.server.port, ==, 3478);
        }
}

/* Hairpinning is found behind strict filters too, because both sides send. */
static void
test_hairpin (void)
{
  for (ClawNatBehaviour filtering = EIB; filtering <= APB; filtering++)
    {
      ClawSimStunConfig config = good;
      ClawNatVerdict verdict;

      config.filtering = filtering;
      config.hairpins = TRUE;
      run_config (&config, &verdict);
      g_assert_cmpint (verdict.hairpin, ==, CLAW_NAT_ANSWER_YES);
    }
}

/* Who is seen under the own address has no NAT; the filter is a firewall's. */
static void
test_no_nat (void)
{
  ClawSimStunConfig config = good;
  ClawNatVerdict verdict;

  config.is_untranslated = TRUE;
  g_assert_cmpint (run_config (&config, &verdict), <, 200);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NONE);
  g_assert_cmpint (verdict.filtering, ==, EIB);
  config.filtering = APB;
  run_config (&config, &verdict);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NONE);
  g_assert_cmpint (verdict.filtering, ==, APB);
  g_assert_cmpint (verdict.hairpin, ==, CLAW_NAT_ANSWER_UNKNOWN);
}

/* Silence ends after 3.5 s, however many servers there are. */
static void
test_blocked (void)
{
  ClawSimStunConfig config = good;
  ClawAddress servers[CLAW_NAT_PROBER_SERVERS_MAX];
  ClawNatVerdict verdict;

  config.is_blocked = TRUE;
  g_autoptr (ClawSimStun) sim = claw_sim_stun_new (&config);
  for (unsigned i = 0; i < G_N_ELEMENTS (servers); i++)
    claw_sim_stun_get_plain (sim, i, &servers[i]);
  g_assert_cmpint (run (sim, servers, G_N_ELEMENTS (servers), &verdict), ==, 3500);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_BLOCKED);
}

/* Servers that can do less lead to verdicts that claim less. */
static void
test_lesser_servers (void)
{
  static const struct
  {
    const char *what;
    ClawNatBehaviour mapping, filtering; /* of the NAT */
    ClawSimStunConfig server;
    ClawNatBehaviour mapping_told;
    gboolean mapping_at_least;
    ClawNatBehaviour filtering_told;
    gboolean filtering_at_least;
  } rows[] = {
    { "plain", APB, APB, { 0 }, UNK, FALSE, UNK, FALSE },
    { "two ports", EIB, EIB, { .has_two_ports = TRUE }, EIB, TRUE, EIB, TRUE },
    { "two ports", ADB, ADB, { .has_two_ports = TRUE }, EIB, TRUE, EIB, TRUE },
    { "two ports", APB, APB, { .has_two_ports = TRUE }, APB, FALSE, APB, FALSE },
    { "two addresses", EIB, EIB, { .has_two_addresses = TRUE }, EIB, FALSE, EIB, FALSE },
    { "two addresses", APB, APB, { .has_two_addresses = TRUE }, ADB, TRUE, ADB, TRUE },
    { "refuses",
      EIB,
      APB,
      { .has_two_addresses = TRUE, .has_two_ports = TRUE, .change = CLAW_SIM_STUN_REFUSES_CHANGE },
      EIB,
      FALSE,
      UNK,
      FALSE },
    { "ignores",
      APB,
      APB,
      { .has_two_addresses = TRUE, .has_two_ports = TRUE, .change = CLAW_SIM_STUN_IGNORES_CHANGE },
      APB,
      FALSE,
      UNK,
      FALSE },
    /* Its silence says nothing about the NAT, but the other port of the first address answers. */
    { "other is dead",
      EIB,
      EIB,
      { .has_two_addresses = TRUE, .has_two_ports = TRUE, .other_is_dead = TRUE },
      UNK,
      FALSE,
      EIB,
      TRUE },
    { "other is dead",
      APB,
      APB,
      { .has_two_addresses = TRUE, .has_two_ports = TRUE, .other_is_dead = TRUE },
      UNK,
      FALSE,
      UNK,
      FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      ClawSimStunConfig config = rows[i].server;
      ClawNatVerdict verdict;

      g_test_message ("row %zu: %s", i, rows[i].what);
      config.mapping = rows[i].mapping;
      config.filtering = rows[i].filtering;
      g_assert_cmpint (run_config (&config, &verdict), <, 9000);
      g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NAT);
      g_assert_cmpint (verdict.mapping, ==, rows[i].mapping_told);
      g_assert_cmpint (verdict.mapping_at_least, ==, rows[i].mapping_at_least);
      g_assert_cmpint (verdict.filtering, ==, rows[i].filtering_told);
      g_assert_cmpint (verdict.filtering_at_least, ==, rows[i].filtering_at_least);
    }
}

/* Two plain servers show together what one alone cannot; the best one is chosen wherever it stands.
 */
static void
test_several_servers (void)
{
  ClawSimStunConfig config = good;
  ClawAddress servers[3];
  ClawNatVerdict verdict;

  config.mapping = config.filtering = APB;
  {
    g_autoptr (ClawSimStun) sim = claw_sim_stun_new (&config);
    claw_sim_stun_get_plain (sim, 0, &servers[0]);
    claw_sim_stun_get_plain (sim, 1, &servers[1]);
    g_assert_cmpint (run (sim, servers, 2, &verdict), <, 2000);
    g_assert_cmpint (verdict.mapping, ==, ADB);
    g_assert_true (verdict.mapping_at_least);
    g_assert_cmpint (verdict.filtering, ==, UNK);
  }

  g_autoptr (ClawSimStun) sim = claw_sim_stun_new (&config);
  claw_sim_stun_get_server (sim, 0, 0, &servers[2]);
  g_assert_cmpint (run (sim, servers, 3, &verdict), <, 1400);
  g_assert_cmpint (verdict.mapping, ==, APB);
  g_assert_cmpint (verdict.filtering, ==, APB);
  g_assert_true (claw_address_equal (&verdict.server, &servers[2]));
}

/* A server that is off costs time, but not the verdict. */
static void
test_dead_neighbour (void)
{
  ClawAddress servers[2];
  ClawNatVerdict verdict;
  g_autoptr (ClawSimStun) sim = claw_sim_stun_new (&good);

  claw_sim_stun_get_plain (sim, 100, &servers[0]); /* there are not as many */
  claw_sim_stun_get_server (sim, 0, 0, &servers[1]);
  g_assert_cmpint (run (sim, servers, 2, &verdict), <, 1400);
  g_assert_cmpint (verdict.mapping, ==, EIB);
}

/* One more server than are asked does no harm. */
static void
test_servers_max (void)
{
  ClawAddress servers[CLAW_NAT_PROBER_SERVERS_MAX + 1];
  ClawNatVerdict verdict;
  g_autoptr (ClawSimStun) sim = claw_sim_stun_new (&good);

  for (unsigned i = 0; i < G_N_ELEMENTS (servers); i++)
    claw_sim_stun_get_plain (sim, i, &servers[i]);
  run (sim, servers, G_N_ELEMENTS (servers), &verdict);
  g_assert_cmpint (verdict.mapping, ==, EIB);
  g_assert_false (verdict.mapping_at_least);
}

/* Loss in both directions costs time, and seldom anything else: a wrong verdict never claims
 * that something gets through which does not. */
static void
test_loss (void)
{
  unsigned n_right = 0, n_runs = 0;

  for (ClawNatBehaviour mapping = EIB; mapping <= APB; mapping++)
    for (ClawNatBehaviour filtering = EIB; filtering <= APB; filtering++)
      {
        ClawSimStunConfig config = good;
        ClawNatVerdict verdict;

        config.mapping = mapping;
        config.filtering = filtering;
        config.loss_percent = 10;
        g_assert_cmpint (run_config (&config, &verdict), <, 9000);
        n_runs++;
        n_right += verdict.mapping == mapping && verdict.filtering == filtering;
        if (verdict.filtering != UNK && !verdict.filtering_at_least)
          g_assert_cmpint (verdict.filtering, >=, filtering);
      }
  g_assert_cmpuint (n_right, >=, n_runs - 1);
}

/* A server cannot have us send to addresses that no server of its kind has. */
static void
test_other_address (void)
{
  static const char *const others[] = { "0.0.0.0:3479", "127.0.0.1:3479", "224.0.0.1:3479",
                                        "255.255.255.255:3479", "[2001:db8::1]:3479" };

  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    {
      ClawSimStunConfig config = good;
      ClawNatVerdict verdict;

      config.other = others[i];
      run_config (&config, &verdict);
      g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NAT);
      g_assert_cmpint (verdict.mapping, ==, UNK);
    }
}

/* Answers with another id, from elsewhere, or at another socket are not believed, nor are requests
 * of strangers. */
static void
test_strangers (void)
{
  ClawAddress server = { 0 }, local = { 0 }, stranger = { 0 }, to;
  ClawStunMessage message;
  uint8_t buffer[CLAW_STUN_SIZE_MAX];
  unsigned socket;

  g_assert_true (claw_address_parse ("198.51.100.1:3478", &server));
  g_assert_true (claw_address_parse ("198.51.100.66:3478", &stranger));
  g_assert_true (claw_address_parse ("192.168.1.2:50000", &local));
  g_autoptr (ClawNatProber) prober = claw_nat_prober_new (&server, 1, &local, START_US);
  size_t length = claw_nat_prober_send (prober, START_US, &socket, &to, buffer, sizeof buffer);
  g_assert_true (claw_stun_read (buffer, length, &message));
  claw_nat_prober_receive (prober, 0, &stranger, buffer, length, START_US); /* its own request */

  message.class = CLAW_STUN_SUCCESS;
  message.mapped = stranger;
  length = claw_stun_write (&message, buffer, sizeof buffer);
  claw_nat_prober_receive (prober, 0, &stranger, buffer, length, START_US);
  message.id[3] ^= 1;
  length = claw_stun_write (&message, buffer, sizeof buffer);
  claw_nat_prober_receive (prober, 0, &server, buffer, length, START_US);
  claw_nat_prober_receive (prober, 0, &server, buffer, length - 1, START_US);
  g_assert_cmpint (claw_nat_prober_get_deadline (prober), ==, START_US + 500 * 1000);

  message.id[3] ^= 1;
  length = claw_stun_write (&message, buffer, sizeof buffer);
  claw_nat_prober_receive (prober, 0, &server, buffer, length, START_US);
  g_assert_cmpint (claw_nat_prober_get_deadline (prober), ==, START_US);
}

/* A server that answers with an error was heard all the same: UDP is not blocked. */
static void
test_error_only (void)
{
  ClawAddress server, local, to;
  ClawStunMessage message;
  ClawNatVerdict verdict;
  uint8_t buffer[CLAW_STUN_SIZE_MAX];
  unsigned socket;

  g_assert_true (claw_address_parse ("198.51.100.1:3478", &server));
  g_assert_true (claw_address_parse ("192.168.1.2:50000", &local));
  g_autoptr (ClawNatProber) prober = claw_nat_prober_new (&server, 1, &local, START_US);
  size_t length = claw_nat_prober_send (prober, START_US, &socket, &to, buffer, sizeof buffer);
  g_assert_true (claw_stun_read (buffer, length, &message));
  message.class = CLAW_STUN_ERROR;
  message.error_code = 500;
  length = claw_stun_write (&message, buffer, sizeof buffer);
  claw_nat_prober_receive (prober, 0, &server, buffer, length, START_US);
  g_assert_true (claw_nat_prober_is_done (prober));
  claw_nat_prober_get_verdict (prober, &verdict);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_UNKNOWN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nat-prober/all-kinds/told-exactly", test_all_kinds);
  g_test_add_func ("/nat-prober/hairpin/found", test_hairpin);
  g_test_add_func ("/nat-prober/no-nat/told", test_no_nat);
  g_test_add_func ("/nat-prober/blocked/told-after-3.5-s", test_blocked);
  g_test_add_func ("/nat-prober/lesser-servers/claim-less", test_lesser_servers);
  g_test_add_func ("/nat-prober/several-servers/compared", test_several_servers);
  g_test_add_func ("/nat-prober/dead-neighbour/passed-over", test_dead_neighbour);
  g_test_add_func ("/nat-prober/too-many-servers/passed-over", test_servers_max);
  g_test_add_func ("/nat-prober/loss/tolerated", test_loss);
  g_test_add_func ("/nat-prober/other-address/doubted", test_other_address);
  g_test_add_func ("/nat-prober/strangers/ignored", test_strangers);
  g_test_add_func ("/nat-prober/errors-only/not-blocked", test_error_only);
  return g_test_run ();
}
