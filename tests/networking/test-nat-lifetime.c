/* test-nat-lifetime.c: NATs that forget sooner or later, in simulated time. */
#include "claw-nat-lifetime.h"
#include "claw-sim-stun.h"

#define START_US (1000 * G_USEC_PER_SEC)

G_STATIC_ASSERT (CLAW_SIM_STUN_SOCKETS_MAX >= CLAW_NAT_LIFETIME_SOCKETS);

static const ClawSimStunConfig patient = {
  .mapping = CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT,
  .filtering = CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT,
  .has_response_port = TRUE,
};

/* Returns: how long it took, in seconds. */
static gint64
run (const ClawSimStunConfig *config, ClawNatLifetimeResult *result)
{
  g_autoptr (ClawSimStun) sim = claw_sim_stun_new (config);
  uint8_t data[CLAW_SIM_STUN_DATAGRAM_MAX];
  gint64 now_us = START_US, deadline_us = 0;
  ClawAddress server, peer;
  unsigned socket;
  size_t length;

  claw_sim_stun_get_server (sim, 0, 0, &server);
  g_autoptr (ClawNatLifetime) lifetime = claw_nat_lifetime_new (&server, now_us);
  while (TRUE)
    {
      while ((length = claw_nat_lifetime_send (lifetime, now_us, &socket, &peer, data, sizeof data))
             > 0)
        claw_sim_stun_send (sim, now_us, socket, &peer, data, length);
      deadline_us = claw_nat_lifetime_get_deadline (lifetime);
      if (deadline_us == G_MAXINT64)
        break;
      now_us = MAX (now_us, MIN (deadline_us, claw_sim_stun_get_next_us (sim)));
      while (claw_sim_stun_receive (sim, now_us, &socket, &peer, data, &length))
        claw_nat_lifetime_receive (lifetime, socket, &peer, data, length, now_us);
    }
  claw_nat_lifetime_get_result (lifetime, result);
  return (now_us - START_US) / G_USEC_PER_SEC;
}

/* The lifetime is found between its two neighbours, and no longer than needed is measured. */
static void
test_found (void)
{
  static const struct
  {
    unsigned lifetime_s, alive_s, lost_s;
  } rows[] = { { 4, 0, 5 }, { 7, 5, 10 }, { 31, 30, 45 }, { 61, 60, 90 }, { 250, 180, 300 } };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      ClawSimStunConfig config = patient;
      ClawNatLifetimeResult result;

      config.lifetime_us = rows[i].lifetime_s * G_USEC_PER_SEC;
      g_assert_cmpint (run (&config, &result), <=, rows[i].lost_s + 7);
      g_assert_cmpint (result.state, ==, CLAW_NAT_LIFETIME_MEASURED);
      g_assert_cmpuint (result.alive_s, ==, rows[i].alive_s);
      g_assert_cmpuint (result.lost_s, ==, rows[i].lost_s);
    }
}

/* A NAT that never forgets is believed after the longest time; loss does not shorten it. */
static void
test_endless (void)
{
  ClawSimStunConfig config = patient;
  ClawNatLifetimeResult result;

  for (unsigned loss_percent = 0; loss_percent <= 5; loss_percent += 5)
    {
      config.loss_percent = loss_percent;
      g_assert_cmpint (run (&config, &result), <=, 310);
      g_assert_cmpint (result.state, ==, CLAW_NAT_LIFETIME_MEASURED);
      g_assert_cmpuint (result.alive_s, ==, 300);
      g_assert_cmpuint (result.lost_s, ==, 0);
    }
}

/* A server without RESPONSE-PORT is known as such within seconds, not after five minutes. */
static void
test_unsupported (void)
{
  ClawSimStunConfig config = patient;
  ClawNatLifetimeResult result;

  config.has_response_port = FALSE;
  g_assert_cmpint (run (&config, &result), <, 10);
  g_assert_cmpint (result.state, ==, CLAW_NAT_LIFETIME_UNSUPPORTED);
}

/* So is one that does not answer at all. */
static void
test_silent (void)
{
  ClawSimStunConfig config = patient;
  ClawNatLifetimeResult result;

  config.is_blocked = TRUE;
  g_assert_cmpint (run (&config, &result), ==, 3);
  g_assert_cmpint (result.state, ==, CLAW_NAT_LIFETIME_NO_ANSWER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nat-lifetime/forgetful/found-between", test_found);
  g_test_add_func ("/nat-lifetime/endless/believed", test_endless);
  g_test_add_func ("/nat-lifetime/no-response-port/told-soon", test_unsupported);
  g_test_add_func ("/nat-lifetime/silent/told-soon", test_silent);
  return g_test_run ();
}
