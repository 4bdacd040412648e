/* claw-sim-enemies.c: see claw-sim-enemies.h. */
#include "claw-sim-enemies.h"

#include "claw-handshake.h"

/* There was nothing left to do before, so that whatever there is to do now came of what was just
 * received. */
static void
assert_nothing_came (ClawEndpoint *endpoint,
                     unsigned connections,
                     gint64 deadline_us,
                     gint64 now_us)
{
  ClawEndpointStats stats;
  ClawEndpointEvent event;
  uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
  ClawRoute to;

  claw_endpoint_get_stats (endpoint, &stats);
  g_assert_cmpuint (stats.connections, ==, connections);
  g_assert_cmpint (claw_endpoint_get_deadline (endpoint), ==, deadline_us);
  g_assert_false (claw_endpoint_next_event (endpoint, &event));
  g_assert_cmpuint (claw_endpoint_send (endpoint, &to, buffer, sizeof buffer, now_us), ==, 0);
}

static void
receive_silently (ClawEndpoint *endpoint,
                  const ClawAddress *from,
                  const uint8_t *data,
                  size_t length,
                  gint64 now_us)
{
  gint64 deadline_us = claw_endpoint_get_deadline (endpoint);
  const ClawRoute route = { .peer = *from };
  ClawEndpointStats stats;

  claw_endpoint_get_stats (endpoint, &stats);
  claw_endpoint_receive (endpoint, &route, data, length, now_us);
  /* Whoever shows a psk, also by a replay, waits until now to be looked at further. */
  claw_endpoint_wake (endpoint, now_us);
  assert_nothing_came (endpoint, stats.connections, deadline_us, now_us);
}

void
claw_sim_enemies_attack (ClawSimNetwork *network,
                         unsigned host,
                         ClawEndpoint *endpoint,
                         gint64 now_us)
{
  static const uint8_t types[] = { 0x10, 0x20, 0x40, 0x41, 0x42, 0x43 };
  static const size_t lengths[] = { 0, 1, 13, 28, 29, 30, 320, 384, 1200, 1452, 1453, 1500 };
  ClawSimRandom *random = claw_sim_network_get_random (network);
  ClawAddress from = { .family = CLAW_ADDRESS_IPV4, .ip = { 192, 0, 2, 66 }, .port = 6666 };
  uint8_t data[CLAW_SIM_NETWORK_DATAGRAM_MAX];
  size_t length;

  for (unsigned i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      claw_sim_random_fill (random, data, sizeof data);
      data[0] = types[claw_sim_random_range (random, 0, G_N_ELEMENTS (types) - 1)];
      receive_silently (endpoint, &from, data, lengths[i], now_us);
    }
  if (!claw_sim_network_get_captured (network, host, &from, data, &length))
    return;
  /* One bit changed somewhere, and cut. */
  data[claw_sim_random_range (random, 0, (gint64) length - 1)]
      ^= (uint8_t) (1 << claw_sim_random_range (random, 0, 7));
  receive_silently (endpoint, &from, data, length, now_us);
  receive_silently (endpoint, &from, data,
                    (size_t) claw_sim_random_range (random, 0, (gint64) length), now_us);
}

void
claw_sim_enemies_replay (ClawSimNetwork *network,
                         unsigned host,
                         ClawEndpoint *endpoint,
                         GHashTable *taken,
                         gint64 now_us)
{
  ClawSimRandom *random = claw_sim_network_get_random (network);
  ClawAddress elsewhere = { .family = CLAW_ADDRESS_IPV4, .ip = { 192, 0, 2, 66 }, .port = 6666 };
  uint8_t data[CLAW_SIM_NETWORK_DATAGRAM_MAX];
  ClawAddress from;
  size_t length;

  if (!claw_sim_network_get_captured (network, host, &from, data, &length))
    return;
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, length);
  if (data[0] == CLAW_HANDSHAKE_INITIATION && !g_hash_table_contains (taken, bytes))
    return;
  receive_silently (endpoint, claw_sim_random_chance (random, 500) ? &from : &elsewhere, data,
                    length, now_us);
}
