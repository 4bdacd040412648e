/* claw-sim-ports.c: see claw-sim-ports.h. */
#include "claw-sim-ports.h"

/* Of a thousand ports, those that another program has. */
#define TAKEN_PERMILLE 300

struct ClawSimPorts
{
  ClawSimNetwork *network;
  unsigned host;
  uint32_t interval_s;
  ClawKey secret;
  uint64_t slot;
  unsigned present; /* its socket */
  uint16_t open[CLAW_SIM_NETWORK_SOCKETS_MAX];
  unsigned rotations;
};

static uint64_t
get_slot (const ClawSimPorts *ports, uint64_t unix_us)
{
  return claw_port_schedule_get_slot ((gint64) (unix_us / G_USEC_PER_SEC), ports->interval_s);
}

static void
set_port (ClawSimPorts *ports, unsigned socket, uint16_t port)
{
  ports->open[socket] = port;
  claw_sim_network_open (ports->network, ports->host, socket, port);
}

static uint16_t
pick_port (const ClawSimPorts *ports)
{
  unsigned attempt = 0;

  while (attempt + 1 < CLAW_PORT_SCHEDULE_ATTEMPTS
         && claw_sim_random_chance (claw_sim_network_get_random (ports->network), TAKEN_PERMILLE))
    attempt++;
  return claw_port_schedule_get (&ports->secret, ports->slot, attempt);
}

ClawSimPorts *
claw_sim_ports_new (ClawSimNetwork *network, unsigned host, uint32_t interval_s, uint64_t unix_us)
{
  ClawSimPorts *ports = g_new0 (ClawSimPorts, 1);

  ports->network = network;
  ports->host = host;
  ports->interval_s = interval_s;
  claw_key_generate (&ports->secret);
  ports->slot = get_slot (ports, unix_us);
  set_port (ports, 0, pick_port (ports));
  return ports;
}

void
claw_sim_ports_free (ClawSimPorts *ports)
{
  if (ports == NULL)
    return;
  claw_key_clear (&ports->secret);
  g_free (ports);
}

void
claw_sim_ports_tell (ClawSimPorts *ports, ClawConnection *connection)
{
  claw_connection_tell_port (connection, ports->slot, ports->interval_s,
                             claw_sim_ports_get_port (ports), &ports->secret);
}

static void
tell_one (ClawConnection *connection, gpointer user_data)
{
  claw_sim_ports_tell (user_data, connection);
}

static void
close_unused (ClawSimPorts *ports, const ClawEndpoint *endpoint)
{
  for (unsigned socket = 0; socket < CLAW_SIM_NETWORK_SOCKETS_MAX; socket++)
    if (socket != ports->present && ports->open[socket] != 0
        && !claw_endpoint_uses_socket (endpoint, socket))
      set_port (ports, socket, 0);
}

/* The socket at @port, else the next one, which is the oldest: it gives way, whoever still uses it.
 */
static unsigned
find_socket (const ClawSimPorts *ports, uint16_t port)
{
  for (unsigned socket = 0; socket < CLAW_SIM_NETWORK_SOCKETS_MAX; socket++)
    if (ports->open[socket] == port)
      return socket;
  return (ports->present + 1) % CLAW_SIM_NETWORK_SOCKETS_MAX;
}

void
claw_sim_ports_tick (ClawSimPorts *ports, ClawEndpoint *endpoint, uint64_t unix_us)
{
  uint64_t slot = get_slot (ports, unix_us);

  if (slot == ports->slot)
    {
      close_unused (ports, endpoint);
      return;
    }
  ports->slot = slot;
  uint16_t port = pick_port (ports);
  ports->present = find_socket (ports, port);
  set_port (ports, ports->present, port);
  ports->rotations++;
  claw_endpoint_foreach (endpoint, tell_one, ports);
}

gint64
claw_sim_ports_get_wait_us (const ClawSimPorts *ports, uint64_t unix_us)
{
  uint64_t end_us = (ports->slot + 1) * ports->interval_s * (uint64_t) G_USEC_PER_SEC;

  return end_us > unix_us ? (gint64) (end_us - unix_us) : 0;
}

uint16_t
claw_sim_ports_get_port (const ClawSimPorts *ports)
{
  return ports->open[ports->present];
}

unsigned
claw_sim_ports_get_rotations (const ClawSimPorts *ports)
{
  return ports->rotations;
}

void
claw_sim_schedule_learn (ClawSimSchedule *schedule, const ClawConnection *connection)
{
  const ClawPortNotice *notice = claw_connection_get_port_schedule (connection);

  claw_key_copy (&schedule->secret, &notice->secret);
  schedule->interval_s = notice->interval_s;
  schedule->server = *claw_connection_get_peer_address (connection);
}

unsigned
claw_sim_schedule_list (const ClawSimSchedule *schedule,
                        uint64_t unix_us,
                        ClawAddress addresses[CLAW_ENDPOINT_ADDRESSES_MAX])
{
  uint16_t list[CLAW_PORT_SCHEDULE_PORTS_MAX];
  gint64 unix_s = (gint64) (unix_us / G_USEC_PER_SEC);

  G_STATIC_ASSERT (CLAW_PORT_SCHEDULE_PORTS_MAX <= CLAW_ENDPOINT_ADDRESSES_MAX);
  if (!claw_key_is_set (&schedule->secret))
    return 0;
  unsigned n = claw_port_schedule_list (
      &schedule->secret, claw_port_schedule_get_slot (unix_s, schedule->interval_s), list);
  for (unsigned i = 0; i < n; i++)
    {
      addresses[i] = schedule->server;
      addresses[i].port = list[i];
    }
  return n;
}
