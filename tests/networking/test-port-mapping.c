/* test-port-mapping.c: the life of mappings by a clock that the test turns, with routers that the
 * test plays.
 *
 * The played protocols run in the mapping's own thread; the test looks at them only while no job is
 * under way, or under their mutex.
 */
#include "claw-port-mapping.h"

#include <string.h>

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define HOUR_US (3600 * SECOND_US)

typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean is_there;
  gboolean is_stuck; /* open () waits until it is cancelled */
  gboolean is_in_open;
  uint32_t lifetime_s;
  int external_port; /* 0: the one that is wanted */
  const char *external_ip;
  unsigned refuse_from; /* mappings beyond this number */
  unsigned n_opened, n_closed, n_mapped, n_unmapped;
  uint16_t ports[16]; /* mapped now */
  unsigned n_ports;
  uint16_t last_wanted; /* external port of the last request */
} Router;

static Router first, second;

static Router *
find_router (gboolean is_first)
{
  return is_first ? &first : &second;
}

static gpointer
open_router (Router *router, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&router->mutex);

  router->n_opened++;
  router->is_in_open = TRUE;
  g_cond_broadcast (&router->cond);
  while (router->is_stuck && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait_until (&router->cond, &router->mutex, g_get_monotonic_time () + 1000);
  router->is_in_open = FALSE;
  if (router->is_there && !g_cancellable_is_cancelled (cancellable))
    return router;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: nobody there",
               router == &first ? "first" : "second");
  return NULL;
}

static gpointer
open_first (GCancellable *cancellable, GError **error)
{
  return open_router (find_router (TRUE), cancellable, error);
}

static gpointer
open_second (GCancellable *cancellable, GError **error)
{
  return open_router (find_router (FALSE), cancellable, error);
}

static void
close_router (gpointer data)
{
  Router *router = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&router->mutex);

  router->n_closed++;
}

static unsigned
find_port (const Router *router, uint16_t port)
{
  unsigned at = 0;

  while (at < router->n_ports && router->ports[at] != port)
    at++;
  return at;
}

static gboolean
map (gpointer data,
     uint32_t lifetime_s,
     ClawRouterGrant *grant,
     GCancellable *cancellable,
     GError **error)
{
  Router *router = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&router->mutex);
  unsigned at = find_port (router, grant->port);

  router->last_wanted = grant->external.port;
  if (!router->is_there || at >= router->refuse_from)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: refused",
                   router == &first ? "first" : "second");
      return FALSE;
    }
  if (at == router->n_ports)
    router->ports[router->n_ports++] = grant->port;
  router->n_mapped++;
  g_assert_true (claw_address_parse_ip (router->external_ip, 0, &grant->external));
  grant->external.port = (uint16_t) (router->external_port != 0 ? router->external_port
                                                                : grant->port);
  grant->lifetime_s = router->lifetime_s;
  return TRUE;
}

static gboolean
unmap (gpointer data, const ClawRouterGrant *grant, GError **error)
{
  Router *router = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&router->mutex);
  unsigned at = find_port (router, grant->port);

  router->n_unmapped++;
  g_assert_cmpuint (at, <, router->n_ports);
  router->ports[at] = router->ports[--router->n_ports];
  return TRUE;
}

static const ClawRouterProtocol protocol_first = { "first", open_first, close_router, map, unmap };
static const ClawRouterProtocol protocol_second = { "second", open_second, close_router, map,
                                                    unmap };
static const ClawRouterProtocol *const protocols[] = { &protocol_first, &protocol_second, NULL };

/* Fixture */

typedef struct
{
  ClawPortMapping *mapping;
  gint64 now_us;
  unsigned n_changes;
} Fixture;

static void
on_changed (gpointer data)
{
  ((Fixture *) data)->n_changes++;
}

static void
reset (Router *router, const char *external_ip)
{
  memset (router, 0, sizeof *router);
  router->lifetime_s = 1000;
  router->external_ip = external_ip;
  router->refuse_from = G_MAXUINT;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  reset (&first, "203.0.113.1");
  reset (&second, "203.0.113.2");
  first.is_there = TRUE;
  fixture->now_us = HOUR_US;
  fixture->mapping = claw_port_mapping_new (protocols, on_changed, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_port_mapping_free (fixture->mapping);
}

/* Begins what is due now and waits for it. */
static void
run_job (Fixture *fixture)
{
  unsigned before = fixture->n_changes;

  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), <=, fixture->now_us);
  claw_port_mapping_wake (fixture->mapping, fixture->now_us);
  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==, G_MAXINT64);
  while (fixture->n_changes == before)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_external (Fixture *fixture, uint16_t port, const char *expected)
{
  ClawAddress external;
  char text[CLAW_ADDRESS_STRING_SIZE];
  gboolean is_mapped = claw_port_mapping_get_external (fixture->mapping, port, &external);

  g_assert_cmpint (is_mapped, ==,
                   claw_port_mapping_get_state (fixture->mapping, port)
                       == CLAW_PORT_MAPPING_MAPPED);
  g_assert_cmpstr (is_mapped ? claw_address_format (&external, text) : NULL, ==, expected);
}

/* Without a port there is nothing to ask, and nobody is asked before the first wake. */
static void
test_idle (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==, G_MAXINT64);
  claw_port_mapping_wake (fixture->mapping, fixture->now_us);
  claw_port_mapping_add_port (fixture->mapping, 50000);
  g_assert_cmpint (claw_port_mapping_get_state (fixture->mapping, 50000), ==,
                   CLAW_PORT_MAPPING_ASKING);
  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==, 0);
  g_assert_cmpuint (first.n_opened, ==, 0);
}

/* The router's address and port are told, which may be another port than ours. */
static void
test_mapped (Fixture *fixture, gconstpointer data)
{
  first.external_port = 61000;
  claw_port_mapping_add_port (fixture->mapping, 50000);
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.1:61000");
  assert_external (fixture, 50001, NULL);
  g_assert_cmpstr (claw_port_mapping_get_protocol (fixture->mapping), ==, "first");
  g_assert_null (claw_port_mapping_get_problem (fixture->mapping));
  g_assert_cmpuint (second.n_opened, ==, 0);
}

/* Renewed at half of the lifetime, asking for the same external port, over the router known. */
static void
test_renewed (Fixture *fixture, gconstpointer data)
{
  first.external_port = 61000;
  claw_port_mapping_add_port (fixture->mapping, 50000);
  run_job (fixture);
  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==,
                   fixture->now_us + 500 * SECOND_US);
  claw_port_mapping_wake (fixture->mapping, fixture->now_us + 499 * SECOND_US);
  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), !=, G_MAXINT64);
  fixture->now_us += 500 * SECOND_US;
  first.external_ip = "203.0.113.77";
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.77:61000");
  g_assert_cmpuint (first.last_wanted, ==, 61000);
  g_assert_cmpuint (first.n_opened, ==, 1);
  g_assert_cmpuint (first.n_mapped, ==, 2);
}

/* However long or short a router grants: neither is its address believed for hours, nor is it asked
 * every second. */
static void
test_odd_lifetimes (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    uint32_t lifetime_s;
    gint64 wait_us;
  } table[] = {
    { 1, 5 * SECOND_US },
    { 60, 30 * SECOND_US },
    { 1000, 500 * SECOND_US },
    { 7200, CLAW_PORT_MAPPING_CHECK_US },
    { 0, CLAW_PORT_MAPPING_CHECK_US },
    { G_MAXUINT32, CLAW_PORT_MAPPING_CHECK_US },
  };

  claw_port_mapping_add_port (fixture->mapping, 50000);
  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      first.lifetime_s = table[i].lifetime_s;
      run_job (fixture);
      g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==,
                       fixture->now_us + table[i].wait_us);
      fixture->now_us += table[i].wait_us;
    }
}

/* When the first protocol is not spoken here, the second one gets its turn. */
static void
test_second_protocol (Fixture *fixture, gconstpointer data)
{
  first.is_there = FALSE;
  second.is_there = TRUE;
  claw_port_mapping_add_port (fixture->mapping, 50000);
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.2:50000");
  g_assert_cmpstr (claw_port_mapping_get_protocol (fixture->mapping), ==, "second");
}

/* A router that is there and refuses is not the end: the second protocol may be allowed. */
static void
test_refused_by_first (Fixture *fixture, gconstpointer data)
{
  first.refuse_from = 0;
  second.is_there = TRUE;
  claw_port_mapping_add_port (fixture->mapping, 50000);
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.2:50000");
  g_assert_cmpuint (first.n_closed, ==, 1);
}

/* Without any router every protocol's reason is told, and the pauses grow up to their maximum. */
static void
test_nobody (Fixture *fixture, gconstpointer data)
{
  gint64 pause_us = CLAW_PORT_MAPPING_RETRY_US;

  first.is_there = FALSE;
  claw_port_mapping_add_port (fixture->mapping, 50000);
  for (unsigned i = 0; i < 10; i++)
    {
      run_job (fixture);
      g_assert_cmpint (claw_port_mapping_get_state (fixture->mapping, 50000), ==,
                       CLAW_PORT_MAPPING_FAILED);
      g_assert_cmpstr (claw_port_mapping_get_problem (fixture->mapping), ==,
                       "first: nobody there; second: nobody there");
      g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==,
                       fixture->now_us + pause_us);
      fixture->now_us += pause_us;
      pause_us = MIN (2 * pause_us, CLAW_PORT_MAPPING_RETRY_MAX_US);
    }
  first.is_there = TRUE;
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.1:50000");
}

/* One renewal that fails does not take the mapping away, which the router keeps until its end; from
 * then on it is gone. */
static void
test_renewal_fails (Fixture *fixture, gconstpointer data)
{
  gint64 until_us = fixture->now_us + 1000 * SECOND_US;

  claw_port_mapping_add_port (fixture->mapping, 50000);
  run_job (fixture);
  first.is_there = FALSE;
  fixture->now_us += 500 * SECOND_US;
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.1:50000");
  g_assert_nonnull (claw_port_mapping_get_problem (fixture->mapping));
  while (fixture->now_us < until_us)
    {
      assert_external (fixture, 50000, "203.0.113.1:50000");
      fixture->now_us = claw_port_mapping_get_deadline (fixture->mapping);
      g_assert_cmpint (fixture->now_us, <=, until_us);
      run_job (fixture);
    }
  assert_external (fixture, 50000, NULL);
}

/* A port that is left is taken back from the router while the new one is mapped. */
static void
test_port_changes (Fixture *fixture, gconstpointer data)
{
  claw_port_mapping_add_port (fixture->mapping, 50000);
  run_job (fixture);
  claw_port_mapping_add_port (fixture->mapping, 50001);
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.1:50000");
  assert_external (fixture, 50001, "203.0.113.1:50001");
  claw_port_mapping_remove_port (fixture->mapping, 50000);
  claw_port_mapping_remove_port (fixture->mapping, 50000);
  assert_external (fixture, 50000, NULL);
  run_job (fixture);
  g_assert_cmpuint (first.n_ports, ==, 1);
  g_assert_cmpuint (first.ports[0], ==, 50001);
  assert_external (fixture, 50001, "203.0.113.1:50001");
}

/* A router with room for one keeps that one; the other is said to be missing, with the reason. */
static void
test_partly (Fixture *fixture, gconstpointer data)
{
  first.refuse_from = 1;
  claw_port_mapping_add_port (fixture->mapping, 50000);
  claw_port_mapping_add_port (fixture->mapping, 50001);
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.1:50000");
  assert_external (fixture, 50001, NULL);
  g_assert_cmpstr (claw_port_mapping_get_problem (fixture->mapping), ==, "first: refused");
  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==,
                   fixture->now_us + CLAW_PORT_MAPPING_RETRY_US);
}

/* One port more than there may be drops the oldest, at the router too. */
static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i <= CLAW_PORT_MAPPING_PORTS_MAX; i++)
    {
      claw_port_mapping_add_port (fixture->mapping, (uint16_t) (50000 + i));
      run_job (fixture);
    }
  g_assert_cmpuint (first.n_ports, ==, CLAW_PORT_MAPPING_PORTS_MAX);
  g_assert_cmpuint (first.n_unmapped, ==, 1);
  assert_external (fixture, 50000, NULL);
  assert_external (fixture, 50001, "203.0.113.1:50001");
}

static void
begin_stuck_job (Fixture *fixture)
{
  first.is_stuck = TRUE;
  claw_port_mapping_add_port (fixture->mapping, 50000);
  claw_port_mapping_wake (fixture->mapping, fixture->now_us);
  g_mutex_lock (&first.mutex);
  while (!first.is_in_open)
    g_cond_wait (&first.cond, &first.mutex);
  g_mutex_unlock (&first.mutex);
}

/* What is asked for while a job is under way is due as soon as that is done. */
static void
test_added_meanwhile (Fixture *fixture, gconstpointer data)
{
  begin_stuck_job (fixture);
  claw_port_mapping_add_port (fixture->mapping, 50001);
  claw_port_mapping_wake (fixture->mapping, fixture->now_us);
  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==, G_MAXINT64);
  g_mutex_lock (&first.mutex);
  first.is_stuck = FALSE;
  g_mutex_unlock (&first.mutex);
  while (fixture->n_changes == 0)
    g_main_context_iteration (NULL, TRUE);
  assert_external (fixture, 50000, "203.0.113.1:50000");
  g_assert_cmpint (claw_port_mapping_get_deadline (fixture->mapping), ==, 0);
  run_job (fixture);
  assert_external (fixture, 50001, "203.0.113.1:50001");
}

/* Another network: what was known counts no more, and a job that waits for the old one is stopped.
 */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  begin_stuck_job (fixture);
  claw_port_mapping_restart (fixture->mapping);
  while (fixture->n_changes == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (claw_port_mapping_get_state (fixture->mapping, 50000), ==,
                   CLAW_PORT_MAPPING_ASKING);
  first.is_stuck = FALSE;
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.1:50000");
  first.external_ip = "203.0.113.55";
  claw_port_mapping_restart (fixture->mapping);
  assert_external (fixture, 50000, NULL);
  run_job (fixture);
  assert_external (fixture, 50000, "203.0.113.55:50000");
}

/* At the end the router has nothing left of ours. */
static void
test_removed_at_end (Fixture *fixture, gconstpointer data)
{
  claw_port_mapping_add_port (fixture->mapping, 50000);
  claw_port_mapping_add_port (fixture->mapping, 50001);
  run_job (fixture);
  g_assert_cmpuint (first.n_ports, ==, 2);
  g_clear_pointer (&fixture->mapping, claw_port_mapping_free);
  g_assert_cmpuint (first.n_ports, ==, 0);
}

/* The end interrupts a job, which leaves nothing behind and calls nobody. */
static void
test_freed_meanwhile (Fixture *fixture, gconstpointer data)
{
  begin_stuck_job (fixture);
  g_clear_pointer (&fixture->mapping, claw_port_mapping_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->n_changes, ==, 0);
  g_assert_cmpuint (first.n_ports, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/port-mapping/no-port/idle", test_idle);
  ADD ("/port-mapping/router/mapped", test_mapped);
  ADD ("/port-mapping/half-time/renewed", test_renewed);
  ADD ("/port-mapping/odd-lifetimes/bounded", test_odd_lifetimes);
  ADD ("/port-mapping/first-protocol-unknown/second", test_second_protocol);
  ADD ("/port-mapping/first-protocol-refuses/second", test_refused_by_first);
  ADD ("/port-mapping/no-router/asked-less-and-less", test_nobody);
  ADD ("/port-mapping/renewal-fails/kept-until-end", test_renewal_fails);
  ADD ("/port-mapping/port-changes/old-one-removed", test_port_changes);
  ADD ("/port-mapping/router-full/partly", test_partly);
  ADD ("/port-mapping/too-many-ports/oldest-dropped", test_too_many);
  ADD ("/port-mapping/added-meanwhile/due", test_added_meanwhile);
  ADD ("/port-mapping/network-changes/afresh", test_restart);
  ADD ("/port-mapping/end/removed", test_removed_at_end);
  ADD ("/port-mapping/end-meanwhile/interrupted", test_freed_meanwhile);
  return g_test_run ();
}
