/* claw-server-ports.c: see claw-server-ports.h. */
#include "config.h"

#include "claw-server-ports.h"

#include "claw-events.h"
#include "claw-key-file.h"
#include "claw-port-schedule.h"
#include "claw-server-setup.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  ClawUdpSocket *socket;
  uint16_t port;
  unsigned number; /* in the pump */
  gint64 left_us;  /* when it stopped being the present one, monotonic */
} Port;

struct ClawServerPorts
{
  const ClawServerConfig *config;
  uint32_t interval_s; /* 0: the port is configured */
  gint64 keep_us;
  ClawAddress address; /* to bind to; its port is not used */
  ClawKey secret;
  Port ports[CLAW_SERVER_PORTS_MAX]; /* oldest first, the present one last */
  unsigned n;                        /* 0: closed */
  uint64_t slot;                     /* for which ports were tried last */
  gboolean is_by_slot;               /* the present port is one of the slot's */
  gint64 retry_s; /* when they are tried again; G_MAXINT64: not before the next slot */
  gint64 since_s;
  gint64 next_close_s;
  ClawEndpoint *endpoint; /* NULL before attach () */
  ClawPump *pump;
  ClawServerPortsListener listener;
  gpointer user_data;
  gboolean (*is_named) (uint16_t port, gpointer user_data); /* (nullable): by a .sec file */
  gpointer named_data;
};

static Port *
get_present (const ClawServerPorts *ports)
{
  return (Port *) &ports->ports[ports->n - 1];
}

static ClawUdpSocket *
bind_port (const ClawServerPorts *ports, uint16_t port)
{
  ClawAddress address = ports->address;

  address.port = port;
  return claw_udp_socket_new (&address, NULL);
}

/* Returns: (transfer full) (nullable): a socket on the first port of @slot that can be had. @port:
 * also when there is an open one already, which is then not opened again. */
static ClawUdpSocket *
bind_slot (const ClawServerPorts *ports, uint64_t slot, uint16_t *port)
{
  for (unsigned attempt = 0; attempt < CLAW_PORT_SCHEDULE_ATTEMPTS; attempt++)
    {
      *port = claw_port_schedule_get (&ports->secret, slot, attempt);
      for (unsigned i = 0; i < ports->n; i++)
        if (ports->ports[i].port == *port)
          return g_object_ref (ports->ports[i].socket);
      ClawUdpSocket *socket = bind_port (ports, *port);
      if (socket != NULL)
        return socket;
    }
  return NULL;
}

/* Life cycle */

static char *
secret_path (const ClawServerConfig *config)
{
  return g_build_filename (config->state_directory, "port.secret", NULL);
}

static gboolean
load_secret (ClawServerPorts *ports, const ClawServerConfig *config, GError **error)
{
  g_autofree char *path = secret_path (config);

  ports->interval_s = (uint32_t) config->port_rotation_interval_s;
  return claw_key_file_load_or_create (&ports->secret, path,
                                       _ ("clients that are away during that time will need a new "
                                          ".sec file"),
                                       error)
         && claw_server_setup_listen_address (config, &ports->address, error);
}

ClawServerPorts *
claw_server_ports_new (const ClawServerConfig *config, gint64 keep_s, GError **error)
{
  g_autoptr (ClawServerPorts) ports = g_new0 (ClawServerPorts, 1);

  ports->config = config;
  ports->keep_us = keep_s * G_USEC_PER_SEC;
  ports->retry_s = ports->next_close_s = G_MAXINT64;
  if (config->port == 0 && !load_secret (ports, config, error))
    return NULL;
  return g_steal_pointer (&ports);
}

static void
close_port (ClawServerPorts *ports, unsigned at)
{
  Port port = ports->ports[at];

  if (ports->listener.closing != NULL)
    ports->listener.closing (port.socket, ports->user_data);
  if (ports->pump != NULL)
    claw_pump_remove_socket (ports->pump, port.number);
  g_object_unref (port.socket);
  ports->n--;
  for (unsigned i = at; i < ports->n; i++)
    ports->ports[i] = ports->ports[i + 1];
}

void
claw_server_ports_set_keep (ClawServerPorts *ports, gint64 keep_s)
{
  ports->keep_us = keep_s * G_USEC_PER_SEC;
}

void
claw_server_ports_free (ClawServerPorts *ports)
{
  if (ports == NULL)
    return;
  claw_server_ports_close (ports);
  claw_key_clear (&ports->secret);
  g_free (ports);
}

void
claw_server_ports_attach (ClawServerPorts *ports,
                          ClawEndpoint *endpoint,
                          ClawPump *pump,
                          const ClawServerPortsListener *listener,
                          gpointer user_data)
{
  g_return_if_fail (ports != NULL && endpoint != NULL && pump != NULL);

  ports->endpoint = endpoint;
  ports->pump = pump;
  if (listener != NULL)
    ports->listener = *listener;
  ports->user_data = user_data;
}

/* Rotation */

static gboolean
is_named (const ClawServerPorts *ports, uint16_t port)
{
  return ports->is_named != NULL && ports->is_named (port, ports->named_data);
}

/* The oldest that neither a session uses nor a file names, else the oldest that no session uses,
 * else the oldest, but never the present one. */
static void
make_room (ClawServerPorts *ports)
{
  unsigned at = 0, cost_of_it = 3;

  for (unsigned i = 0; i + 1 < ports->n; i++)
    {
      const Port *port = &ports->ports[i];
      unsigned cost = claw_endpoint_uses_socket (ports->endpoint, port->number) ? 2
                      : is_named (ports, port->port)                            ? 1
                                                                                : 0;

      if (cost >= cost_of_it)
        continue;
      at = i;
      cost_of_it = cost;
    }
  close_port (ports, at);
}

/* @socket: (transfer full). Returns: FALSE when the pump has no room for it. */
static gboolean
add_port (ClawServerPorts *ports, ClawUdpSocket *socket, uint16_t port)
{
  if (ports->n == CLAW_SERVER_PORTS_MAX)
    make_room (ports);
  int number = claw_pump_add_socket (ports->pump, socket);
  if (number < 0 && ports->n > 1)
    {
      make_room (ports);
      number = claw_pump_add_socket (ports->pump, socket);
    }
  if (number < 0)
    {
      g_object_unref (socket);
      return FALSE;
    }
  ports->ports[ports->n++] = (Port){ .socket = socket, .port = port, .number = (unsigned) number };
  return TRUE;
}

/* Makes the socket at @port, which is open, the present one. */
static void
bring_forward (ClawServerPorts *ports, uint16_t port)
{
  for (unsigned i = 0; i + 1 < ports->n; i++)
    if (ports->ports[i].port == port)
      {
        Port chosen = ports->ports[i];

        for (unsigned j = i; j + 1 < ports->n; j++)
          ports->ports[j] = ports->ports[j + 1];
        ports->ports[ports->n - 1] = chosen;
        return;
      }
}

static gboolean
has_port (const ClawServerPorts *ports, uint16_t port)
{
  for (unsigned i = 0; i < ports->n; i++)
    if (ports->ports[i].port == port)
      return TRUE;
  return FALSE;
}

void
claw_server_ports_tell (ClawServerPorts *ports, ClawConnection *connection)
{
  uint16_t port = claw_server_ports_get_port (ports);

  if (ports->interval_s == 0)
    claw_connection_tell_port (connection, 0, 0, port, NULL);
  else
    claw_connection_tell_port (connection, ports->slot, ports->interval_s, port, &ports->secret);
}

static void
tell_one (ClawConnection *connection, gpointer user_data)
{
  claw_server_ports_tell (user_data, connection);
}

/* Returns: (transfer full) (nullable): on the port of @now_s, if that can be had. */
static ClawUdpSocket *
bind_now (ClawServerPorts *ports, gint64 now_s)
{
  uint16_t port;

  ports->slot = claw_port_schedule_get_slot (now_s, ports->interval_s);
  ClawUdpSocket *socket = bind_slot (ports, ports->slot, &port);
  ports->is_by_slot = socket != NULL;
  ports->retry_s = ports->is_by_slot ? G_MAXINT64 : now_s + CLAW_SERVER_PORTS_RETRY_S;
  return socket;
}

gboolean
claw_server_ports_open (ClawServerPorts *ports, gint64 now_s, GError **error)
{
  ClawUdpSocket *socket = NULL;
  ClawAddress bound;

  g_return_val_if_fail (ports != NULL && ports->pump != NULL && ports->n == 0, FALSE);

  if (ports->interval_s > 0)
    socket = bind_now (ports, now_s);
  /* Any port at first is better than none: a .sec file names it, and the next one is by the
   * schedule again. */
  if (socket == NULL)
    socket = claw_server_setup_socket (ports->config, error);
  if (socket == NULL)
    return FALSE;
  if (ports->interval_s > 0 && !ports->is_by_slot)
    claw_event (CLAW_EVENT_PORT_UNAVAILABLE, NULL, "%s",
                _ ("All UDP ports of this time are taken by other programs: clients that were away "
                   "will find this server at the next change of its port"));
  claw_udp_socket_get_address (socket, &bound);
  /* The pump keeps room for all of ours. */
  gboolean is_added = add_port (ports, socket, bound.port);
  g_assert (is_added);
  ports->since_s = now_s;
  if (ports->listener.opened != NULL)
    ports->listener.opened (socket, ports->user_data);
  return TRUE;
}

void
claw_server_ports_close (ClawServerPorts *ports)
{
  g_return_if_fail (ports != NULL);

  while (ports->n > 0)
    close_port (ports, ports->n - 1);
  ports->retry_s = ports->next_close_s = G_MAXINT64;
}

/* Returns: whether there is another present port now. */
static gboolean
rotate (ClawServerPorts *ports, gint64 now_s, gint64 now_us)
{
  uint16_t before = claw_server_ports_get_port (ports);
  uint16_t port;
  ClawUdpSocket *socket = bind_slot (ports, ports->slot, &port);

  if (socket != NULL && has_port (ports, port))
    g_object_unref (socket);
  else if (socket == NULL || !add_port (ports, socket, port))
    {
      if (ports->retry_s == G_MAXINT64)
        claw_event (CLAW_EVENT_PORT_UNAVAILABLE, &(ClawEventFields){ .port = before },
                    _ ("All UDP ports of this time are taken by other programs: staying on port %u "
                       "until one is free"),
                    before);
      ports->is_by_slot = FALSE;
      ports->retry_s = now_s + CLAW_SERVER_PORTS_RETRY_S;
      return FALSE;
    }
  ports->is_by_slot = TRUE;
  ports->retry_s = G_MAXINT64;
  bring_forward (ports, port);
  claw_endpoint_foreach (ports->endpoint, tell_one, ports);
  claw_pump_kick (ports->pump);
  if (port == before)
    return FALSE;
  for (unsigned i = 0; i + 1 < ports->n; i++)
    if (ports->ports[i].port == before)
      ports->ports[i].left_us = now_us;
  ports->since_s = now_s;
  if (ports->listener.opened != NULL)
    ports->listener.opened (get_present (ports)->socket, ports->user_data);
  return TRUE;
}

static void
close_unused (ClawServerPorts *ports, gint64 now_s, gint64 now_us)
{
  for (unsigned i = ports->n - 1; i-- > 0;)
    if (now_us - ports->ports[i].left_us >= ports->keep_us
        && !is_named (ports, ports->ports[i].port)
        && !claw_endpoint_uses_socket (ports->endpoint, ports->ports[i].number))
      close_port (ports, i);
  ports->next_close_s = ports->n > 1 ? now_s + CLAW_SERVER_PORTS_CLOSE_S : G_MAXINT64;
}

gboolean
claw_server_ports_tick (ClawServerPorts *ports, gint64 now_s, gint64 now_us)
{
  gboolean has_rotated = FALSE;

  g_return_val_if_fail (ports != NULL && ports->pump != NULL, FALSE);

  if (ports->interval_s == 0 || ports->n == 0)
    return FALSE;
  uint64_t slot = claw_port_schedule_get_slot (now_s, ports->interval_s);
  if (slot != ports->slot || now_s >= ports->retry_s)
    {
      ports->slot = slot;
      has_rotated = rotate (ports, now_s, now_us);
    }
  close_unused (ports, now_s, now_us);
  return has_rotated;
}

void
claw_server_ports_renew (ClawServerPorts *ports, gint64 now_s)
{
  if (ports->interval_s == 0)
    return;
  claw_key_clear (&ports->secret);
  claw_key_generate (&ports->secret);
  ports->retry_s = now_s;
}

gboolean
claw_server_ports_save (const ClawServerPorts *ports,
                        const ClawServerConfig *config,
                        GError **error)
{
  g_autofree char *path = secret_path (config);

  return ports->interval_s == 0 || claw_key_file_save (&ports->secret, path, error);
}

void
claw_server_ports_set_named (ClawServerPorts *ports,
                             gboolean (*named) (uint16_t port, gpointer user_data),
                             gpointer user_data)
{
  ports->is_named = named;
  ports->named_data = user_data;
}

static void
open_slot_before (ClawServerPorts *ports, uint64_t slot, gint64 now_s, gint64 now_us)
{
  for (unsigned attempt = 0; attempt < CLAW_PORT_SCHEDULE_ATTEMPTS; attempt++)
    {
      uint16_t port = claw_port_schedule_get (&ports->secret, slot, attempt);
      uint16_t present = claw_server_ports_get_port (ports);

      if (has_port (ports, port) || !is_named (ports, port))
        continue;
      ClawUdpSocket *socket = bind_port (ports, port);
      if (socket == NULL || !add_port (ports, socket, port))
        continue;
      get_present (ports)->left_us = now_us;
      if (ports->listener.opened != NULL)
        ports->listener.opened (socket, ports->user_data);
      bring_forward (ports, present);
      ports->next_close_s = now_s + CLAW_SERVER_PORTS_CLOSE_S;
      /* Who listens takes the last one that was opened for the present one. */
      if (ports->listener.opened != NULL)
        ports->listener.opened (get_present (ports)->socket, ports->user_data);
    }
}

void
claw_server_ports_open_previous (ClawServerPorts *ports, gint64 now_s, gint64 now_us)
{
  g_return_if_fail (ports != NULL && ports->pump != NULL);

  /* Oldest first, as they are kept. */
  for (unsigned back = CLAW_SERVER_PORTS_MAX - 1; back > 0; back--)
    if (ports->n > 0 && ports->interval_s > 0 && ports->slot >= back)
      open_slot_before (ports, ports->slot - back, now_s, now_us);
}

/* Queries */

gint64
claw_server_ports_get_deadline_s (const ClawServerPorts *ports)
{
  if (ports->interval_s == 0 || ports->n == 0)
    return G_MAXINT64;
  return MIN (claw_server_ports_get_next_s (ports), MIN (ports->retry_s, ports->next_close_s));
}

gboolean
claw_server_ports_is_open (const ClawServerPorts *ports)
{
  return ports->n > 0;
}

ClawUdpSocket *
claw_server_ports_get_socket (const ClawServerPorts *ports)
{
  return ports->n > 0 ? get_present (ports)->socket : NULL;
}

uint16_t
claw_server_ports_get_port (const ClawServerPorts *ports)
{
  return ports->n > 0 ? get_present (ports)->port : 0;
}

gint64
claw_server_ports_get_since_s (const ClawServerPorts *ports)
{
  return ports->since_s;
}

gint64
claw_server_ports_get_next_s (const ClawServerPorts *ports)
{
  return ports->interval_s == 0 ? 0 : (gint64) ((ports->slot + 1) * ports->interval_s);
}

unsigned
claw_server_ports_list (const ClawServerPorts *ports, uint16_t list[CLAW_SERVER_PORTS_MAX])
{
  for (unsigned i = 0; i < ports->n; i++)
    list[i] = ports->ports[i].port;
  return ports->n;
}
