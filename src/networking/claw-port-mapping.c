/* claw-port-mapping.c: one router, several ports, one thread at a time.
 *
 * Whoever speaks to the router holds its mutex for as long as that takes, and what the router has
 * granted is written down under it. So the thread that takes everything back at the end finds what
 * a job got in its last moment, and no answer is lost between two threads. The main thread never
 * takes that mutex; it learns of a job's results when the job is done.
 */
#include "claw-port-mapping.h"

#include <string.h>

#define LIFETIME_MAX_S (24 * 3600)
/* A router that grants seconds must not keep this machine busy. */
#define RENEWAL_MIN_US (G_GINT64_CONSTANT (5) * G_USEC_PER_SEC)

typedef struct
{
  const ClawRouterProtocol *const *protocols;
  GMutex mutex; /* of all below it */
  const ClawRouterProtocol *protocol;
  gpointer session; /* NULL while no router is known */
  ClawRouterGrant grants[CLAW_PORT_MAPPING_PORTS_MAX];
  unsigned n_grants;
  /* For the end alone. */
  GMutex end_mutex;
  GCond end_cond;
  gboolean has_ended;
} Router;

typedef struct
{
  uint16_t port;
  ClawPortMappingState state;
  ClawAddress external;
  gint64 until_us; /* when the router forgets it */
} Port;

typedef struct
{
  ClawPortMapping *mapping; /* NULL once it was freed */
  Router *router;
  GCancellable *cancellable;
  gint64 started_us;
  gboolean is_fresh; /* whatever was known of a router is to be forgotten */
  uint16_t ports[CLAW_PORT_MAPPING_PORTS_MAX];
  unsigned n_ports;
  /* Results */
  ClawRouterGrant grants[CLAW_PORT_MAPPING_PORTS_MAX];
  unsigned n_grants;
  const char *protocol;
  char *problem;
} Job;

struct ClawPortMapping
{
  Router *router;
  ClawPortMappingChanged changed;
  gpointer user_data;
  Port ports[CLAW_PORT_MAPPING_PORTS_MAX];
  unsigned n_ports;
  Job *job; /* (nullable): under way; belongs to its task */
  gint64 due_us;
  gint64 retry_us;
  gboolean is_fresh;
  const char *protocol;
  char *problem;
};

/* The router, in a thread and with its mutex held */

static void
clear_router (gpointer data)
{
  Router *router = data;

  if (router->session != NULL)
    router->protocol->close (router->session);
  g_mutex_clear (&router->mutex);
  g_mutex_clear (&router->end_mutex);
  g_cond_clear (&router->end_cond);
}

static void
router_unref (Router *router)
{
  g_atomic_rc_box_release_full (router, clear_router);
}

/* Forgets the router with all that it granted. */
static void
leave_router (Router *router)
{
  if (router->session != NULL)
    router->protocol->close (router->session);
  router->session = NULL;
  router->n_grants = 0;
}

static void
unmap_at (Router *router, unsigned at)
{
  g_autoptr (GError) error = NULL;

  /* One that the router keeps all the same ends with its lifetime. */
  if (!router->protocol->unmap (router->session, &router->grants[at], &error))
    g_info ("Mapping of port %u not removed: %s", router->grants[at].port, error->message);
  router->grants[at] = router->grants[--router->n_grants];
}

static gboolean
job_wants (const Job *job, uint16_t port)
{
  for (unsigned i = 0; i < job->n_ports; i++)
    if (job->ports[i] == port)
      return TRUE;
  return FALSE;
}

static ClawRouterGrant *
find_grant (Router *router, uint16_t port)
{
  for (unsigned i = 0; i < router->n_grants; i++)
    if (router->grants[i].port == port)
      return &router->grants[i];
  return NULL;
}

static gboolean
map_port (Router *router, Job *job, uint16_t port, GError **error)
{
  ClawRouterGrant *known = find_grant (router, port);
  ClawRouterGrant grant = { .port = port };

  if (known != NULL)
    grant = *known;
  if (!router->protocol->map (router->session, CLAW_PORT_MAPPING_LIFETIME_S, &grant,
                              job->cancellable, error))
    return FALSE;
  if (known == NULL)
    known = &router->grants[router->n_grants++];
  *known = grant;
  job->grants[job->n_grants++] = grant;
  return TRUE;
}

/* Returns: whether the router mapped any. The first one decides whether it is worth going on: one
 * that is gone costs a time-out each. */
static gboolean
map_ports (Router *router, Job *job)
{
  job->n_grants = 0;
  for (unsigned i = 0; i < job->n_ports; i++)
    {
      g_autoptr (GError) error = NULL;

      if (map_port (router, job, job->ports[i], &error))
        continue;
      g_free (job->problem);
      job->problem = g_strdup (error->message);
      if (job->n_grants == 0)
        return FALSE;
    }
  job->protocol = router->protocol->name;
  return TRUE;
}

/* Tries the protocols from the first on. Every one's reason is told, as the last one's alone would
 * mislead. */
static void
find_router (Router *router, Job *job)
{
  g_autoptr (GString) problems = g_string_new (NULL);

  for (unsigned i = 0;
       router->protocols[i] != NULL && !g_cancellable_is_cancelled (job->cancellable); i++)
    {
      g_autoptr (GError) error = NULL;

      g_clear_pointer (&job->problem, g_free);
      router->protocol = router->protocols[i];
      router->session = router->protocol->open (job->cancellable, &error);
      if (router->session != NULL && map_ports (router, job))
        return;
      leave_router (router);
      g_string_append_printf (problems, "%s%s", problems->len > 0 ? "; " : "",
                              error != NULL ? error->message : job->problem);
    }
  g_free (job->problem);
  job->problem = g_string_free (g_steal_pointer (&problems), FALSE);
}

static void
do_job (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  Router *router = job->router;

  g_mutex_lock (&router->mutex);
  if (job->is_fresh)
    leave_router (router);
  for (unsigned i = router->n_grants; i-- > 0;)
    if (!job_wants (job, router->grants[i].port))
      unmap_at (router, i);
  if (job->n_ports > 0 && (router->session == NULL || !map_ports (router, job)))
    {
      leave_router (router);
      find_router (router, job);
    }
  g_mutex_unlock (&router->mutex);
  g_task_return_boolean (task, TRUE);
}

/* The end: takes back what was granted, after a job that may still be under way. */
static gpointer
end_router (gpointer data)
{
  Router *router = data;

  g_mutex_lock (&router->mutex);
  while (router->n_grants > 0)
    unmap_at (router, router->n_grants - 1);
  g_mutex_unlock (&router->mutex);
  g_mutex_lock (&router->end_mutex);
  router->has_ended = TRUE;
  g_cond_signal (&router->end_cond);
  g_mutex_unlock (&router->end_mutex);
  router_unref (router);
  return NULL;
}

/* The object, in its own thread */

static Port *
find_port (const ClawPortMapping *mapping, uint16_t port)
{
  for (unsigned i = 0; i < mapping->n_ports; i++)
    if (mapping->ports[i].port == port)
      return (Port *) &mapping->ports[i];
  return NULL;
}

static void
job_free (gpointer data)
{
  Job *job = data;

  router_unref (job->router);
  g_object_unref (job->cancellable);
  g_free (job->problem);
  g_free (job);
}

static void
take_grant (ClawPortMapping *mapping, const ClawRouterGrant *grant, gint64 now_us)
{
  Port *port = find_port (mapping, grant->port);
  gint64 lifetime_s = grant->lifetime_s;

  if (port == NULL)
    return;
  /* One without an end is looked after as if it had one, for routers forget. */
  if (lifetime_s == 0)
    lifetime_s = CLAW_PORT_MAPPING_LIFETIME_S;
  port->state = CLAW_PORT_MAPPING_MAPPED;
  port->external = grant->external;
  port->until_us = now_us + MIN (lifetime_s, LIFETIME_MAX_S) * G_USEC_PER_SEC;
  mapping->due_us = MIN (
      mapping->due_us,
      now_us + CLAMP ((port->until_us - now_us) / 2, RENEWAL_MIN_US, CLAW_PORT_MAPPING_CHECK_US));
}

/* For ports that the job did not get: what was granted earlier counts until its end. */
static void
take_failure (ClawPortMapping *mapping, const Job *job)
{
  mapping->due_us = MIN (mapping->due_us, job->started_us + mapping->retry_us);
  mapping->retry_us = MIN (2 * mapping->retry_us, CLAW_PORT_MAPPING_RETRY_MAX_US);
  for (unsigned i = 0; i < mapping->n_ports; i++)
    {
      Port *port = &mapping->ports[i];

      if (!job_wants (job, port->port))
        continue;
      if (port->until_us <= job->started_us)
        port->state = CLAW_PORT_MAPPING_FAILED;
      else
        mapping->due_us = MIN (mapping->due_us, port->until_us);
    }
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Job *job = g_task_get_task_data (G_TASK (result));
  ClawPortMapping *mapping = job->mapping;
  gboolean was_touched;

  if (mapping == NULL)
    return;
  /* What happened meanwhile is due at once. */
  was_touched = mapping->due_us == 0;
  mapping->job = NULL;
  if (!mapping->is_fresh)
    {
      mapping->due_us = G_MAXINT64;
      mapping->protocol = job->protocol;
      g_free (mapping->problem);
      mapping->problem = g_steal_pointer (&job->problem);
      for (unsigned i = 0; i < job->n_grants; i++)
        take_grant (mapping, &job->grants[i], job->started_us);
      if (job->n_grants < job->n_ports)
        take_failure (mapping, job);
      else
        mapping->retry_us = CLAW_PORT_MAPPING_RETRY_US;
    }
  if (was_touched)
    mapping->due_us = 0;
  mapping->changed (mapping->user_data);
}

ClawPortMapping *
claw_port_mapping_new (const ClawRouterProtocol *const *protocols,
                       ClawPortMappingChanged changed,
                       gpointer user_data)
{
  g_return_val_if_fail (protocols != NULL, NULL);
  g_return_val_if_fail (changed != NULL, NULL);

  ClawPortMapping *mapping = g_new0 (ClawPortMapping, 1);
  mapping->router = g_atomic_rc_box_new0 (Router);
  mapping->router->protocols = protocols;
  g_mutex_init (&mapping->router->mutex);
  g_mutex_init (&mapping->router->end_mutex);
  g_cond_init (&mapping->router->end_cond);
  mapping->changed = changed;
  mapping->user_data = user_data;
  mapping->due_us = G_MAXINT64;
  mapping->retry_us = CLAW_PORT_MAPPING_RETRY_US;
  return mapping;
}

static gboolean
has_nothing_to_end (Router *router)
{
  gboolean has_nothing;

  if (!g_mutex_trylock (&router->mutex))
    return FALSE; /* a job is under way */
  has_nothing = router->n_grants == 0;
  g_mutex_unlock (&router->mutex);
  return has_nothing;
}

static void
end_and_wait (Router *router)
{
  gint64 give_up_us = g_get_monotonic_time () + CLAW_PORT_MAPPING_FREE_MS * G_TIME_SPAN_MILLISECOND;
  GThread *thread = g_thread_try_new ("claw-port-unmap", end_router,
                                      g_atomic_rc_box_acquire (router), NULL);

  if (thread == NULL)
    {
      router_unref (router);
      return;
    }
  g_thread_unref (thread);
  g_mutex_lock (&router->end_mutex);
  while (!router->has_ended
         && g_cond_wait_until (&router->end_cond, &router->end_mutex, give_up_us))
    ;
  g_mutex_unlock (&router->end_mutex);
}

void
claw_port_mapping_free (ClawPortMapping *mapping)
{
  if (mapping == NULL)
    return;
  if (mapping->job != NULL)
    {
      mapping->job->mapping = NULL;
      g_cancellable_cancel (mapping->job->cancellable);
    }
  if (mapping->job != NULL || !has_nothing_to_end (mapping->router))
    end_and_wait (mapping->router);
  router_unref (mapping->router);
  g_free (mapping->problem);
  g_free (mapping);
}

void
claw_port_mapping_add_port (ClawPortMapping *mapping, uint16_t port)
{
  g_return_if_fail (mapping != NULL && port != 0);

  if (find_port (mapping, port) != NULL)
    return;
  if (mapping->n_ports == CLAW_PORT_MAPPING_PORTS_MAX)
    claw_port_mapping_remove_port (mapping, mapping->ports[0].port);
  mapping->ports[mapping->n_ports++] = (Port){ .port = port };
  mapping->due_us = 0;
}

void
claw_port_mapping_remove_port (ClawPortMapping *mapping, uint16_t port)
{
  Port *found;

  g_return_if_fail (mapping != NULL);

  found = find_port (mapping, port);
  if (found == NULL)
    return;
  memmove (found, found + 1,
           (size_t) (&mapping->ports[--mapping->n_ports] - found) * sizeof *found);
  mapping->due_us = 0;
}

void
claw_port_mapping_restart (ClawPortMapping *mapping)
{
  g_return_if_fail (mapping != NULL);

  mapping->is_fresh = TRUE;
  mapping->due_us = 0;
  mapping->retry_us = CLAW_PORT_MAPPING_RETRY_US;
  mapping->protocol = NULL;
  g_clear_pointer (&mapping->problem, g_free);
  for (unsigned i = 0; i < mapping->n_ports; i++)
    mapping->ports[i] = (Port){ .port = mapping->ports[i].port };
  if (mapping->job != NULL)
    g_cancellable_cancel (mapping->job->cancellable);
}

static void
begin_job (ClawPortMapping *mapping, gint64 now_us)
{
  Job *job = g_new0 (Job, 1);
  g_autoptr (GTask) task = NULL;

  job->mapping = mapping;
  job->router = g_atomic_rc_box_acquire (mapping->router);
  job->cancellable = g_cancellable_new ();
  job->started_us = now_us;
  job->is_fresh = mapping->is_fresh;
  for (unsigned i = 0; i < mapping->n_ports; i++)
    job->ports[job->n_ports++] = mapping->ports[i].port;
  mapping->is_fresh = FALSE;
  mapping->due_us = G_MAXINT64;
  mapping->job = job;
  task = g_task_new (NULL, job->cancellable, on_done, NULL);
  g_task_set_name (task, "ClawPortMapping");
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, do_job);
}

void
claw_port_mapping_wake (ClawPortMapping *mapping, gint64 now_us)
{
  g_return_if_fail (mapping != NULL);

  if (mapping->job == NULL && now_us >= mapping->due_us)
    begin_job (mapping, now_us);
}

gint64
claw_port_mapping_get_deadline (const ClawPortMapping *mapping)
{
  g_return_val_if_fail (mapping != NULL, G_MAXINT64);

  return mapping->job != NULL ? G_MAXINT64 : mapping->due_us;
}

ClawPortMappingState
claw_port_mapping_get_state (const ClawPortMapping *mapping, uint16_t port)
{
  const Port *found;

  g_return_val_if_fail (mapping != NULL, CLAW_PORT_MAPPING_FAILED);

  found = find_port (mapping, port);
  return found != NULL ? found->state : CLAW_PORT_MAPPING_FAILED;
}

gboolean
claw_port_mapping_get_external (const ClawPortMapping *mapping,
                                uint16_t port,
                                ClawAddress *external)
{
  const Port *found;

  g_return_val_if_fail (mapping != NULL, FALSE);

  found = find_port (mapping, port);
  if (found == NULL || found->state != CLAW_PORT_MAPPING_MAPPED)
    return FALSE;
  *external = found->external;
  return TRUE;
}

const char *
claw_port_mapping_get_protocol (const ClawPortMapping *mapping)
{
  g_return_val_if_fail (mapping != NULL, NULL);

  return mapping->protocol;
}

const char *
claw_port_mapping_get_problem (const ClawPortMapping *mapping)
{
  g_return_val_if_fail (mapping != NULL, NULL);

  return mapping->problem;
}
