/* claw-server-doors.c: whether the server has sockets at all.
 *
 * While there is no unused .sec file, none is about to be made, and nobody is paired, nobody can
 * come; then there is no socket, and from outside no difference to a machine that never had one.
 * The first file opens them again, and names the port that it opened. Sessions that end (of a
 * client whose pairing was revoked, say) are ended properly before the last socket closes.
 */
#include "config.h"

#include "claw-server-private.h"

#include "claw-events.h"

#include <glib/gi18n-lib.h>

static void
on_opened (ClawUdpSocket *socket, gpointer user_data)
{
  ClawServer *server = user_data;

  claw_reach_watch_add_socket (server->reach, socket);
}

static void
on_closing (ClawUdpSocket *socket, gpointer user_data)
{
  ClawServer *server = user_data;

  if (server->reach != NULL)
    claw_reach_watch_remove_socket (server->reach, socket);
}

/* By an unused .sec file. */
static gboolean
is_named (uint16_t port, gpointer user_data)
{
  ClawServer *server = user_data;

  return claw_issuer_names_port (server->issuer, port);
}

gboolean
claw_server_doors_begin (ClawServer *server, GError **error)
{
  static const ClawServerPortsListener listener = { on_opened, on_closing };

  server->ports = claw_server_ports_new (
      server->config, (gint64) server->config->file_validity_minutes * 60, error);
  if (server->ports == NULL)
    return FALSE;
  server->pump = claw_pump_new (server->endpoint, NULL, claw_server_sessions_event, server);
  claw_pump_set_filter (server->pump, claw_server_take_stun, server);
  claw_server_ports_set_named (server->ports, is_named, server);
  claw_server_ports_attach (server->ports, server->endpoint, server->pump, &listener, server);
  claw_server_begin_reach (server);
  return TRUE;
}

gboolean
claw_server_doors_open (ClawServer *server, GError **error)
{
  if (claw_server_ports_is_open (server->ports))
    return TRUE;
  if (!claw_server_ports_open (server->ports, claw_server_now_s (), error))
    return FALSE;
  claw_udp_socket_get_address (claw_server_ports_get_socket (server->ports), &server->listening);
  claw_server_probe_port_open (server);
  claw_server_await_rotation (server);
  claw_event (CLAW_EVENT_PORT_OPENED, &(ClawEventFields){ .port = server->listening.port },
              _ ("Listening on UDP port %u"), server->listening.port);
  return TRUE;
}

static void
close_all (ClawServer *server)
{
  if (!claw_server_ports_is_open (server->ports))
    return;
  claw_server_probe_port_close (server);
  claw_server_ports_close (server->ports);
  server->listening.port = 0;
  claw_event (
      CLAW_EVENT_PORTS_CLOSED, NULL, "%s",
      _ ("Closed all UDP ports: there is no unused .sec file and nobody is paired, so nobody "
         "can come"));
}

static gboolean
may_anybody_come (ClawServer *server)
{
  ClawEndpointStats stats;

  claw_endpoint_get_stats (server->endpoint, &stats);
  return claw_server_config_get_regenerate_s (server->config) > 0
         || claw_issuer_get_count (server->issuer) > 0
         || claw_pairings_get_count (server->pairings) > 0 || stats.connections > 0;
}

gboolean
claw_server_doors_update (ClawServer *server, GError **error)
{
  if (may_anybody_come (server))
    return claw_server_doors_open (server, error);
  close_all (server);
  return TRUE;
}
