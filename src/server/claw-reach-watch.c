/* claw-reach-watch.c: sockets, the router, and the system's news of its network, on one timer. */
#include "config.h"

#include "claw-reach-watch.h"

#include "claw-public-address.h"
#include "claw-source.h"
#include "claw-stun-servers.h"
#include "claw-stun.h"

#include <glib/gi18n-lib.h>

#define SOCKETS_MAX CLAW_PORT_MAPPING_PORTS_MAX
/* Addresses of this machine that are compared; more than a .sec file has room for. */
#define OWN_MAX 32

typedef struct
{
  ClawUdpSocket *socket;
  ClawPublicAddress *seen;
} Port;

struct ClawReachWatch
{
  ClawReachWatchConfig config;
  char *public_ip;
  GStrv stun_servers;
  GMainContext *context;
  Port ports[SOCKETS_MAX]; /* the one for new clients last */
  unsigned n_ports;
  ClawStunServers *servers; /* (nullable): not looked up yet */
  GCancellable *resolving;  /* (nullable): they are being looked up */
  gint64 resolve_us;        /* when to do so */
  char *resolve_problem;
  ClawPortMapping *mapping; /* (nullable): the router is not to be asked */
  ClawAddress own[OWN_MAX]; /* as they were last, without ports */
  unsigned n_own;
  GNetworkMonitor *monitor; /* (nullable) */
  gulong monitor_handler;
  gint64 settled_us; /* when to tell of a change; G_MAXINT64: there is none */
  GSource *timer;
};

static void
arm_timer (ClawReachWatch *watch)
{
  gint64 deadline_us = watch->settled_us;

  if (watch->mapping != NULL)
    deadline_us = MIN (deadline_us, claw_port_mapping_get_deadline (watch->mapping));
  if (watch->resolving == NULL)
    deadline_us = MIN (deadline_us, watch->resolve_us);
  for (unsigned i = 0; i < watch->n_ports; i++)
    deadline_us = MIN (deadline_us, claw_public_address_get_deadline (watch->ports[i].seen));
  g_source_set_ready_time (watch->timer, deadline_us == G_MAXINT64 ? -1 : deadline_us);
}

/* The first change of several begins the time, so that a network that never rests is told of, too.
 */
static void
note_change (ClawReachWatch *watch)
{
  if (watch->settled_us == G_MAXINT64)
    watch->settled_us = g_get_monotonic_time () + watch->config.settle_us;
  arm_timer (watch);
}

static void
on_mapping_changed (gpointer user_data)
{
  note_change (user_data);
}

static void
tell_change (ClawReachWatch *watch, gint64 now_us)
{
  if (now_us < watch->settled_us)
    return;
  watch->settled_us = G_MAXINT64;
  watch->config.changed (watch->config.user_data);
}

static gboolean
dispatch_timer (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static GSourceFuncs timer_functions = { .dispatch = dispatch_timer };

static void
get_for (const ClawReachWatch *watch, const Port *port, ClawReach *reach)
{
  ClawAddress own[OWN_MAX];
  uint16_t number;

  *reach = (ClawReach){ .n_own = 0 };
  claw_udp_socket_get_address (port->socket, &reach->listening);
  number = reach->listening.port;
  claw_reach_set_own (reach, own, watch->config.list_own (number, own, OWN_MAX));
  if (watch->public_ip != NULL)
    claw_address_parse_ip (watch->public_ip, number, &reach->configured);
  if (!claw_reach_is_behind_nat (reach))
    return;
  claw_public_address_get (port->seen, &reach->seen);
  if (watch->mapping == NULL)
    return;
  reach->is_asking = claw_port_mapping_get_state (watch->mapping, number)
                     == CLAW_PORT_MAPPING_ASKING;
  claw_port_mapping_get_external (watch->mapping, number, &reach->mapped);
}

/* STUN */

static gboolean
is_any_behind_nat (const ClawReachWatch *watch)
{
  ClawReach reach;

  for (unsigned i = 0; i < watch->n_ports; i++)
    {
      get_for (watch, &watch->ports[i], &reach);
      if (claw_reach_is_behind_nat (&reach))
        return TRUE;
    }
  return FALSE;
}

/* Lets the servers be asked for the ports that a NAT hides, and for no others. */
static void
update_servers (ClawReachWatch *watch)
{
  gint64 now_us = g_get_monotonic_time ();

  for (unsigned i = 0; i < watch->n_ports; i++)
    {
      Port *port = &watch->ports[i];
      ClawReach reach;
      gboolean is_wanted;

      get_for (watch, port, &reach);
      is_wanted = watch->servers != NULL && claw_reach_is_behind_nat (&reach);
      claw_public_address_set_servers (
          port->seen, is_wanted ? (const ClawAddress *) (void *) watch->servers->ipv4->data : NULL,
          is_wanted ? watch->servers->ipv4->len : 0, now_us);
    }
}

static void
set_resolve_problem (ClawReachWatch *watch)
{
  g_clear_pointer (&watch->resolve_problem, g_free);
  if (watch->servers->failures->len > 0)
    watch->resolve_problem = g_strdup (g_ptr_array_index (watch->servers->failures, 0));
  else if (watch->servers->ipv4->len == 0)
    watch->resolve_problem = g_strdup (_ ("the servers have no IPv4 address"));
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ClawStunServers *servers = claw_stun_servers_resolve_finish (result, NULL);
  ClawReachWatch *watch = user_data;

  /* Cancelled, and with it the watch gone. */
  if (servers == NULL)
    return;
  g_clear_object (&watch->resolving);
  /* What was known of a name that cannot be looked up at the moment is better than nothing. */
  if (servers->ipv4->len > 0 || watch->servers == NULL)
    {
      g_clear_pointer (&watch->servers, claw_stun_servers_free);
      watch->servers = g_steal_pointer (&servers);
      set_resolve_problem (watch);
    }
  claw_stun_servers_free (servers);
  watch->resolve_us = g_get_monotonic_time ()
                      + (watch->resolve_problem == NULL ? CLAW_REACH_WATCH_RESOLVE_US
                                                        : CLAW_REACH_WATCH_RESOLVE_AGAIN_US);
  update_servers (watch);
  note_change (watch);
}

static void
resolve (ClawReachWatch *watch, gint64 now_us)
{
  if (now_us < watch->resolve_us || watch->resolving != NULL)
    return;
  watch->resolve_us = G_MAXINT64;
  if (watch->stun_servers[0] == NULL || !is_any_behind_nat (watch))
    return;
  watch->resolving = g_cancellable_new ();
  claw_stun_servers_resolve_async ((const char *const *) watch->stun_servers, watch->resolving,
                                   on_resolved, watch);
}

static void
send_question (ClawReachWatch *watch, Port *port, gint64 now_us)
{
  gboolean had_failed = claw_public_address_has_failed (port->seen);
  uint8_t buffer[CLAW_STUN_SIZE_MAX];
  ClawAddress to;
  size_t length = claw_public_address_send (port->seen, &to, buffer, sizeof buffer, now_us);

  if (length > 0)
    {
      const ClawRoute route = { .peer = to };

      claw_udp_socket_queue (port->socket, &route, buffer, length);
      claw_udp_socket_flush (port->socket);
    }
  if (claw_public_address_has_failed (port->seen) != had_failed)
    note_change (watch);
}

static gboolean
take_answer (
    ClawReachWatch *watch, Port *port, const ClawAddress *from, const uint8_t *data, size_t length)
{
  gboolean had_failed = claw_public_address_has_failed (port->seen);
  ClawAddress before = { 0 }, after = { 0 };

  claw_public_address_get (port->seen, &before);
  if (!claw_public_address_receive (port->seen, from, data, length, g_get_monotonic_time ()))
    return FALSE;
  claw_public_address_get (port->seen, &after);
  if (!claw_address_equal (&before, &after)
      || claw_public_address_has_failed (port->seen) != had_failed)
    note_change (watch);
  arm_timer (watch);
  return TRUE;
}

gboolean
claw_reach_watch_receive (ClawReachWatch *watch,
                          const ClawAddress *from,
                          const uint8_t *data,
                          size_t length)
{
  g_return_val_if_fail (watch != NULL && from != NULL, FALSE);

  for (unsigned i = 0; i < watch->n_ports; i++)
    if (claw_public_address_is_asking (watch->ports[i].seen)
        && take_answer (watch, &watch->ports[i], from, data, length))
      return TRUE;
  return FALSE;
}

/* The router, and the timer of all */

/* Has the ports mapped that a router could have something to pass on to, and no others. */
static void
update_ports (ClawReachWatch *watch)
{
  ClawReach reach;

  if (watch->mapping == NULL)
    return;
  for (unsigned i = 0; i < watch->n_ports; i++)
    {
      get_for (watch, &watch->ports[i], &reach);
      if (claw_reach_is_behind_nat (&reach))
        claw_port_mapping_add_port (watch->mapping, reach.listening.port);
      else
        claw_port_mapping_remove_port (watch->mapping, reach.listening.port);
    }
}

static gboolean
on_timer (gpointer user_data)
{
  ClawReachWatch *watch = user_data;
  gint64 now_us = g_get_monotonic_time ();

  if (watch->mapping != NULL)
    claw_port_mapping_wake (watch->mapping, now_us);
  resolve (watch, now_us);
  for (unsigned i = 0; i < watch->n_ports; i++)
    send_question (watch, &watch->ports[i], now_us);
  tell_change (watch, now_us);
  arm_timer (watch);
  return G_SOURCE_CONTINUE;
}

/* Returns: whether this machine has other addresses than the last time. */
static gboolean
look_at_own (ClawReachWatch *watch)
{
  ClawAddress own[OWN_MAX];
  unsigned n = watch->config.list_own (0, own, OWN_MAX);
  gboolean is_same = n == watch->n_own;

  for (unsigned i = 0; i < n && is_same; i++)
    is_same = claw_address_equal (&own[i], &watch->own[i]);
  watch->n_own = n;
  for (unsigned i = 0; i < n; i++)
    watch->own[i] = own[i];
  return !is_same;
}

/* Comes often, and mostly for nothing that matters here. */
void
claw_reach_watch_network_changed (ClawReachWatch *watch)
{
  g_return_if_fail (watch != NULL);

  if (!look_at_own (watch))
    return;
  if (watch->mapping != NULL)
    claw_port_mapping_restart (watch->mapping);
  update_ports (watch);
  for (unsigned i = 0; i < watch->n_ports; i++)
    claw_public_address_restart (watch->ports[i].seen, g_get_monotonic_time ());
  update_servers (watch);
  watch->resolve_us = 0;
  note_change (watch);
}

static void
on_network_changed (GNetworkMonitor *monitor, gboolean is_available, gpointer user_data)
{
  claw_reach_watch_network_changed (user_data);
}

/* The monitor speaks in the main context; elsewhere somebody else has to pass the news on. */
static void
watch_network (ClawReachWatch *watch)
{
  if (watch->context != g_main_context_default ())
    return;
  watch->monitor = g_object_ref (g_network_monitor_get_default ());
  watch->monitor_handler = g_signal_connect (watch->monitor, "network-changed",
                                             G_CALLBACK (on_network_changed), watch);
}

ClawReachWatch *
claw_reach_watch_new (const ClawReachWatchConfig *config)
{
  g_return_val_if_fail (config != NULL && config->list_own != NULL && config->changed != NULL,
                        NULL);

  ClawReachWatch *watch = g_new0 (ClawReachWatch, 1);
  watch->config = *config;
  watch->public_ip = g_strdup (config->public_ip);
  watch->stun_servers = config->stun_servers != NULL ? g_strdupv ((char **) config->stun_servers)
                                                     : g_new0 (char *, 1);
  watch->resolve_us = G_MAXINT64;
  watch->context = g_main_context_ref_thread_default ();
  watch->settled_us = G_MAXINT64;
  watch->timer = g_source_new (&timer_functions, sizeof (GSource));
  g_source_set_callback (watch->timer, on_timer, watch, NULL);
  g_source_set_static_name (watch->timer, "ClawReachWatch");
  g_source_attach (watch->timer, watch->context);
  if (config->protocols != NULL && config->protocols[0] != NULL)
    watch->mapping = claw_port_mapping_new (config->protocols, on_mapping_changed, watch);
  look_at_own (watch);
  watch_network (watch);
  return watch;
}

void
claw_reach_watch_set_public_ip (ClawReachWatch *watch, const char *public_ip)
{
  g_return_if_fail (watch != NULL);

  if (g_strcmp0 (watch->public_ip, public_ip) == 0)
    return;
  g_free (watch->public_ip);
  watch->public_ip = g_strdup (public_ip);
  note_change (watch);
}

static void
port_clear (Port *port)
{
  g_object_unref (port->socket);
  claw_public_address_free (port->seen);
}

void
claw_reach_watch_free (ClawReachWatch *watch)
{
  if (watch == NULL)
    return;
  if (watch->monitor != NULL)
    g_signal_handler_disconnect (watch->monitor, watch->monitor_handler);
  g_clear_object (&watch->monitor);
  if (watch->resolving != NULL)
    g_cancellable_cancel (watch->resolving);
  g_clear_object (&watch->resolving);
  claw_port_mapping_free (watch->mapping);
  while (watch->n_ports > 0)
    port_clear (&watch->ports[--watch->n_ports]);
  claw_stun_servers_free (watch->servers);
  g_free (watch->resolve_problem);
  g_strfreev (watch->stun_servers);
  claw_source_clear (&watch->timer);
  g_main_context_unref (watch->context);
  g_free (watch->public_ip);
  g_free (watch);
}

/* Returns: FALSE when @socket is not there. */
static gboolean
bring_forward (ClawReachWatch *watch, ClawUdpSocket *socket)
{
  for (unsigned i = 0; i < watch->n_ports; i++)
    if (watch->ports[i].socket == socket)
      {
        Port port = watch->ports[i];

        for (; i + 1 < watch->n_ports; i++)
          watch->ports[i] = watch->ports[i + 1];
        watch->ports[i] = port;
        return TRUE;
      }
  return FALSE;
}

void
claw_reach_watch_add_socket (ClawReachWatch *watch, ClawUdpSocket *socket)
{
  g_return_if_fail (watch != NULL && CLAW_IS_UDP_SOCKET (socket));

  if (bring_forward (watch, socket))
    {
      note_change (watch);
      return;
    }
  if (watch->n_ports == SOCKETS_MAX)
    claw_reach_watch_remove_socket (watch, watch->ports[0].socket);
  watch->ports[watch->n_ports++] = (Port){ .socket = g_object_ref (socket),
                                           .seen = claw_public_address_new () };
  update_ports (watch);
  update_servers (watch);
  if (watch->servers == NULL)
    watch->resolve_us = 0;
  note_change (watch);
}

void
claw_reach_watch_remove_socket (ClawReachWatch *watch, ClawUdpSocket *socket)
{
  ClawAddress address;
  unsigned at = 0;

  g_return_if_fail (watch != NULL && CLAW_IS_UDP_SOCKET (socket));

  while (at < watch->n_ports && watch->ports[at].socket != socket)
    at++;
  if (at == watch->n_ports)
    return;
  claw_udp_socket_get_address (socket, &address);
  if (watch->mapping != NULL)
    claw_port_mapping_remove_port (watch->mapping, address.port);
  port_clear (&watch->ports[at]);
  watch->n_ports--;
  for (; at < watch->n_ports; at++)
    watch->ports[at] = watch->ports[at + 1];
  arm_timer (watch);
}

void
claw_reach_watch_get (ClawReachWatch *watch, ClawReach *reach)
{
  g_return_if_fail (watch != NULL && watch->n_ports > 0 && reach != NULL);

  get_for (watch, &watch->ports[watch->n_ports - 1], reach);
}

const char *
claw_reach_watch_get_protocol (const ClawReachWatch *watch)
{
  g_return_val_if_fail (watch != NULL, NULL);

  return watch->mapping != NULL ? claw_port_mapping_get_protocol (watch->mapping) : NULL;
}

const char *
claw_reach_watch_get_problem (const ClawReachWatch *watch)
{
  g_return_val_if_fail (watch != NULL, NULL);

  return watch->mapping != NULL ? claw_port_mapping_get_problem (watch->mapping) : NULL;
}

const char *
claw_reach_watch_get_stun_problem (const ClawReachWatch *watch)
{
  g_return_val_if_fail (watch != NULL, NULL);

  if (watch->resolve_problem != NULL)
    return watch->resolve_problem;
  if (watch->n_ports > 0 && claw_public_address_has_failed (watch->ports[watch->n_ports - 1].seen))
    return _ ("no server answers");
  return NULL;
}
