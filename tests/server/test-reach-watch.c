/* test-reach-watch.c: what the server learns while it runs, from a router and interfaces that the
 * test plays, with real sockets. */
#include "claw-reach-watch.h"

#include "claw-stun.h"
#include "../support/test-support.h"

#include <string.h>

static char *own_addresses; /* separated by spaces, without ports */
static gint n_asked;        /* atomic */

/* The router's table, which the mapping's thread writes. */
static GMutex mutex;
static uint16_t mapped[8];
static unsigned n_mapped;

static unsigned
list_own (uint16_t port, ClawAddress *addresses, unsigned max)
{
  g_auto (GStrv) parts = g_strsplit (own_addresses, " ", -1);
  unsigned n = 0;

  for (; parts[n] != NULL && parts[n][0] != '\0' && n < max; n++)
    g_assert_true (claw_address_parse_ip (parts[n], port, &addresses[n]));
  return n;
}

static gpointer
open_router (GCancellable *cancellable, GError **error)
{
  g_atomic_int_inc (&n_asked);
  return &n_asked;
}

static void
close_router (gpointer router)
{
}

static unsigned
find_mapped (uint16_t port)
{
  unsigned at = 0;

  while (at < n_mapped && mapped[at] != port)
    at++;
  return at;
}

static unsigned
count_mapped (void)
{
  unsigned n;

  g_mutex_lock (&mutex);
  n = n_mapped;
  g_mutex_unlock (&mutex);
  return n;
}

/* As a router of another network would have it. */
static void
forget_mapped (void)
{
  g_mutex_lock (&mutex);
  n_mapped = 0;
  g_mutex_unlock (&mutex);
}

static gboolean
map (gpointer router,
     uint32_t lifetime_s,
     ClawRouterGrant *grant,
     GCancellable *cancellable,
     GError **error)
{
  g_assert_true (claw_address_parse_ip ("203.0.113.9", grant->port, &grant->external));
  grant->lifetime_s = lifetime_s;
  g_mutex_lock (&mutex);
  if (find_mapped (grant->port) == n_mapped)
    mapped[n_mapped++] = grant->port;
  g_mutex_unlock (&mutex);
  return TRUE;
}

static gboolean
unmap (gpointer router, const ClawRouterGrant *grant, GError **error)
{
  g_mutex_lock (&mutex);
  /* What it does not know, it removes gladly, as routers do. */
  if (find_mapped (grant->port) < n_mapped)
    {
      mapped[find_mapped (grant->port)] = mapped[n_mapped - 1];
      n_mapped--;
    }
  g_mutex_unlock (&mutex);
  return TRUE;
}

static const ClawRouterProtocol protocol = { "Played", open_router, close_router, map, unmap };
static const ClawRouterProtocol *const protocols[] = { &protocol, NULL };

typedef struct
{
  ClawReachWatch *watch;
  ClawUdpSocket *socket;
  unsigned n_changes;
} Fixture;

static void
on_changed (gpointer data)
{
  ((Fixture *) data)->n_changes++;
}

static ClawUdpSocket *
new_socket (const char *ip)
{
  g_autoptr (GError) error = NULL;
  ClawAddress address;

  g_assert_true (claw_address_parse_ip (ip, 0, &address));
  ClawUdpSocket *socket = claw_udp_socket_new (&address, &error);
  g_assert_no_error (error);
  return socket;
}

static void
start_with_stun (
    Fixture *fixture, const char *ip, const char *own, gboolean may_ask, const char *const *stun)
{
  const ClawReachWatchConfig config = {
    .protocols = may_ask ? protocols : NULL,
    .stun_servers = stun,
    .list_own = list_own,
    .changed = on_changed,
    .user_data = fixture,
  };

  g_free (own_addresses);
  own_addresses = g_strdup (own);
  g_atomic_int_set (&n_asked, 0);
  forget_mapped ();
  fixture->watch = claw_reach_watch_new (&config);
  fixture->socket = new_socket (ip);
  claw_reach_watch_add_socket (fixture->watch, fixture->socket);
}

static void
start (Fixture *fixture, const char *ip, const char *own, gboolean may_ask)
{
  start_with_stun (fixture, ip, own, may_ask, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_reach_watch_free (fixture->watch);
  g_assert_finalize_object (fixture->socket);
  g_assert_cmpuint (count_mapped (), ==, 0);
  g_clear_pointer (&own_addresses, g_free);
}

static ClawReachKind
judge (Fixture *fixture)
{
  ClawReach reach;

  claw_reach_watch_get (fixture->watch, &reach);
  return claw_reach_judge (&reach);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Behind a NAT the router is asked; its answer is told, and taken back at the end. */
static void
test_mapped (Fixture *fixture, gconstpointer data)
{
  start (fixture, "0.0.0.0", "192.168.1.2", TRUE);
  g_assert_cmpint (judge (fixture), ==, CLAW_REACH_ASKING);
  RUN_UNTIL (judge (fixture) == CLAW_REACH_MAPPED);
  g_assert_cmpstr (claw_reach_watch_get_protocol (fixture->watch), ==, "Played");
  g_assert_null (claw_reach_watch_get_problem (fixture->watch));
  RUN_UNTIL (fixture->n_changes > 0);
  g_assert_cmpuint (count_mapped (), ==, 1);
}

/* Nobody is asked who need not be: for a public address, for this machine alone, or when it is off.
 */
static void
test_not_asked (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *ip, *own;
    gboolean may_ask;
    ClawReachKind kind;
  } table[] = {
    { "0.0.0.0", "203.0.113.1 192.168.1.2", TRUE, CLAW_REACH_PUBLIC },
    { "127.0.0.1", "192.168.1.2", TRUE, CLAW_REACH_LOCAL },
    { "0.0.0.0", "", TRUE, CLAW_REACH_OFFLINE },
    { "0.0.0.0", "192.168.1.2", FALSE, CLAW_REACH_NAT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      start (fixture, table[i].ip, table[i].own, table[i].may_ask);
      RUN_UNTIL (fixture->n_changes > i);
      settle ();
      g_assert_cmpint (judge (fixture), ==, table[i].kind);
      g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 0);
      if (i + 1 == G_N_ELEMENTS (table))
        return;
      claw_reach_watch_free (fixture->watch);
      g_assert_finalize_object (fixture->socket);
    }
}

/* The operator says another address, or takes it back. */
static void
test_configured (Fixture *fixture, gconstpointer data)
{
  ClawReach reach;
  ClawAddress address;

  start (fixture, "0.0.0.0", "192.168.1.2", FALSE);
  RUN_UNTIL (fixture->n_changes > 0);
  claw_reach_watch_set_public_ip (fixture->watch, "203.0.113.7");
  claw_reach_watch_set_public_ip (fixture->watch, "203.0.113.7");
  RUN_UNTIL (fixture->n_changes > 1);
  settle ();
  g_assert_cmpuint (fixture->n_changes, ==, 2);
  g_assert_cmpint (judge (fixture), ==, CLAW_REACH_CONFIGURED);
  claw_reach_watch_get (fixture->watch, &reach);
  claw_udp_socket_get_address (fixture->socket, &address);
  g_assert_cmpuint (reach.configured.port, ==, address.port);
  claw_reach_watch_set_public_ip (fixture->watch, NULL);
  g_assert_cmpint (judge (fixture), ==, CLAW_REACH_NAT);
}

/* While a server changes its port both are mapped, and new clients are told the new one. */
static void
test_port_changes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawUdpSocket) other = new_socket ("0.0.0.0");
  ClawReach reach;
  ClawAddress address;

  start (fixture, "0.0.0.0", "192.168.1.2", TRUE);
  RUN_UNTIL (judge (fixture) == CLAW_REACH_MAPPED);
  claw_reach_watch_add_socket (fixture->watch, other);
  RUN_UNTIL (judge (fixture) == CLAW_REACH_MAPPED);
  g_assert_cmpuint (count_mapped (), ==, 2);
  claw_udp_socket_get_address (other, &address);
  claw_reach_watch_get (fixture->watch, &reach);
  g_assert_cmpuint (reach.mapped.port, ==, address.port);
  claw_reach_watch_add_socket (fixture->watch, fixture->socket);
  claw_reach_watch_get (fixture->watch, &reach);
  g_assert_cmpuint (reach.mapped.port, !=, address.port);
  claw_reach_watch_remove_socket (fixture->watch, other);
  claw_reach_watch_remove_socket (fixture->watch, other);
  g_assert_cmpint (judge (fixture), ==, CLAW_REACH_MAPPED);
  claw_udp_socket_get_address (fixture->socket, &address);
  claw_reach_watch_get (fixture->watch, &reach);
  g_assert_cmpuint (reach.mapped.port, ==, address.port);
}

/* The system's news of its network: only other addresses make anybody ask again, and a public one
 * ends the asking. */
static void
test_network_changes (Fixture *fixture, gconstpointer data)
{
  GNetworkMonitor *monitor = g_network_monitor_get_default ();
  int asked;

  start (fixture, "0.0.0.0", "192.168.1.2", TRUE);
  RUN_UNTIL (judge (fixture) == CLAW_REACH_MAPPED);
  asked = g_atomic_int_get (&n_asked);
  g_signal_emit_by_name (monitor, "network-changed", TRUE);
  g_assert_cmpint (judge (fixture), ==, CLAW_REACH_MAPPED);
  g_free (own_addresses);
  own_addresses = g_strdup ("192.168.1.3");
  forget_mapped ();
  g_signal_emit_by_name (monitor, "network-changed", TRUE);
  g_assert_cmpint (judge (fixture), ==, CLAW_REACH_ASKING);
  RUN_UNTIL (judge (fixture) == CLAW_REACH_MAPPED);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, asked + 1);
  g_free (own_addresses);
  own_addresses = g_strdup ("203.0.113.5");
  forget_mapped ();
  g_signal_emit_by_name (monitor, "network-changed", TRUE);
  g_assert_cmpint (judge (fixture), ==, CLAW_REACH_PUBLIC);
}

/* A STUN server on loopback that sees everybody as @mapped. */
typedef struct
{
  ClawUdpSocket *socket;
  char *entry; /* for the configuration */
  const char *mapped;
  unsigned n_asked;
} StunServer;

static void
answer_stun (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  StunServer *server = user_data;
  ClawStunMessage message;
  ClawStunMessage answer = { .class = CLAW_STUN_SUCCESS };
  uint8_t buffer[CLAW_STUN_SIZE_MAX];

  g_assert_true (claw_stun_read (data, length, &message));
  memcpy (answer.id, message.id, sizeof answer.id);
  g_assert_true (claw_address_parse (server->mapped, &answer.mapped));
  length = claw_stun_write (&answer, buffer, sizeof buffer);
  claw_udp_socket_queue (server->socket, from, buffer, length);
  claw_udp_socket_flush (server->socket);
  server->n_asked++;
}

static void
take_stun (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  g_assert_true (claw_reach_watch_receive (user_data, &from->peer, data, length));
}

/* One turn of the main loop and of both ends' sockets. */
static void
turn (Fixture *fixture, StunServer *server)
{
  g_main_context_iteration (NULL, FALSE);
  claw_udp_socket_receive (server->socket, 10, answer_stun, server);
  claw_udp_socket_receive (fixture->socket, 10, take_stun, fixture->watch);
}

static void
stun_server_init (StunServer *server)
{
  char text[CLAW_ADDRESS_STRING_SIZE];
  ClawAddress address;

  server->socket = new_socket ("127.0.0.1");
  claw_udp_socket_get_address (server->socket, &address);
  server->entry = g_strdup (claw_address_format (&address, text));
}

/* Behind a NAT a STUN server is asked from the socket itself, and what it sees is told. */
static void
test_seen (Fixture *fixture, gconstpointer data)
{
  StunServer server = { .mapped = "203.0.113.9:61000" };
  ClawReach reach = { .n_own = 0 };
  char text[CLAW_ADDRESS_STRING_SIZE];

  stun_server_init (&server);
  const char *const entries[] = { server.entry, NULL };
  start_with_stun (fixture, "0.0.0.0", "192.168.1.2", FALSE, entries);
  while (reach.seen.family == CLAW_ADDRESS_NONE)
    {
      turn (fixture, &server);
      claw_reach_watch_get (fixture->watch, &reach);
    }
  g_assert_cmpstr (claw_address_format (&reach.seen, text), ==, "203.0.113.9:61000");
  g_assert_cmpuint (server.n_asked, ==, 1);
  g_assert_null (claw_reach_watch_get_stun_problem (fixture->watch));
  g_object_unref (server.socket);
  g_free (server.entry);
}

/* A machine with a public address asks no STUN server; one that gets into a NAT does. */
static void
test_seen_when_needed (Fixture *fixture, gconstpointer data)
{
  StunServer server = { .mapped = "203.0.113.9:61000" };

  stun_server_init (&server);
  const char *const entries[] = { server.entry, NULL };
  start_with_stun (fixture, "0.0.0.0", "203.0.113.1", FALSE, entries);
  while (fixture->n_changes == 0)
    turn (fixture, &server);
  g_assert_cmpuint (server.n_asked, ==, 0);
  g_free (own_addresses);
  own_addresses = g_strdup ("192.168.1.2");
  g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", TRUE);
  while (server.n_asked == 0)
    turn (fixture, &server);
  g_object_unref (server.socket);
  g_free (server.entry);
}

/* Names that lead nowhere are told with the reason. */
static void
test_stun_problem (Fixture *fixture, gconstpointer data)
{
  static const char *const entries[] = { "::1", NULL };

  start_with_stun (fixture, "0.0.0.0", "192.168.1.2", FALSE, entries);
  RUN_UNTIL (claw_reach_watch_get_stun_problem (fixture->watch) != NULL);
  g_assert_cmpstr (claw_reach_watch_get_stun_problem (fixture->watch), ==,
                   "the servers have no IPv4 address");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/reach-watch/behind-nat/mapped", test_mapped);
  ADD ("/reach-watch/no-need/not-asked", test_not_asked);
  ADD ("/reach-watch/configured/changed", test_configured);
  ADD ("/reach-watch/port-changes/both-mapped", test_port_changes);
  ADD ("/reach-watch/network-changes/afresh", test_network_changes);
  ADD ("/reach-watch/stun/seen", test_seen);
  ADD ("/reach-watch/stun/when-needed", test_seen_when_needed);
  ADD ("/reach-watch/stun/problem", test_stun_problem);
  return g_test_run ();
}
