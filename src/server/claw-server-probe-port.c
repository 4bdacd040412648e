/* claw-server-probe-port.c: a second UDP port, from which a client's questions about its NAT are
 * answered when it wishes so.
 *
 * It is there as long as the first one: one socket costs less than to make and lose it with each
 * session. Strangers meet the same silence there as at the first one. A server that gets none works
 * all the same; its clients learn less about their NATs.
 */
#include "claw-server-private.h"

void
claw_server_probe_port_open (ClawServer *server)
{
  ClawAddress address = server->listening;
  g_autoptr (GError) error = NULL;

  address.port = 0;
  server->probe_socket = claw_udp_socket_new (&address, &error);
  if (server->probe_socket == NULL)
    {
      g_info ("No second port for questions about NATs: %s", error->message);
      return;
    }
  int number = claw_pump_add_socket (server->pump, server->probe_socket);
  if (number < 0)
    {
      g_clear_object (&server->probe_socket);
      return;
    }
  server->probe_number = (unsigned) number;
  claw_udp_socket_get_address (server->probe_socket, &address);
  claw_endpoint_set_other_socket (server->endpoint, (uint8_t) number, address.port);
  g_info ("Answering questions about NATs from UDP port %u as well", address.port);
}

void
claw_server_probe_port_close (ClawServer *server)
{
  if (server->probe_socket == NULL)
    return;
  claw_endpoint_set_other_socket (server->endpoint, 0, 0);
  claw_pump_remove_socket (server->pump, server->probe_number);
  g_clear_object (&server->probe_socket);
}
