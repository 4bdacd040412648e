/* claw-stun-servers.c: see claw-stun-servers.h. */
#include "claw-stun-servers.h"

#include "claw-source-address.h"
#include "claw-source.h"
#include "claw-stun.h"

#include <glib/gi18n-lib.h>

#define RESOLVE_TIMEOUT_MS 5000

/* The data of a task whose source tag is claw_stun_servers_resolve_async (). */
typedef struct
{
  ClawStunServers *servers;
  GCancellable *lookups; /* of all of them: the user's or the time's end */
  GCancellable *user;    /* (nullable) */
  gulong user_handler;
  GSource *timer;
  unsigned n_pending;
} Resolving;

typedef struct
{
  GTask *task;
  char *entry;
  uint16_t port;
} Lookup;

void
claw_stun_servers_free (ClawStunServers *servers)
{
  if (servers == NULL)
    return;

  g_array_unref (servers->ipv4);
  g_array_unref (servers->ipv6);
  g_ptr_array_unref (servers->failures);
  g_free (servers);
}

static ClawStunServers *
servers_new (void)
{
  ClawStunServers *servers = g_new0 (ClawStunServers, 1);

  servers->ipv4 = g_array_new (FALSE, TRUE, sizeof (ClawAddress));
  servers->ipv6 = g_array_new (FALSE, TRUE, sizeof (ClawAddress));
  servers->failures = g_ptr_array_new_with_free_func (g_free);
  return servers;
}

static void
resolving_free (Resolving *resolving)
{
  claw_stun_servers_free (resolving->servers);
  g_object_unref (resolving->lookups);
  g_clear_object (&resolving->user);
  g_free (resolving);
}

static void
lookup_free (Lookup *lookup)
{
  g_object_unref (lookup->task);
  g_free (lookup->entry);
  g_free (lookup);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_free)

static void
add_address (GArray *list, const ClawAddress *address)
{
  for (unsigned i = 0; i < list->len; i++)
    if (claw_address_equal (&g_array_index (list, ClawAddress, i), address))
      return;
  g_array_append_val (list, *address);
}

/* One of each family: a name with many addresses stands for many equal servers. */
static void
take_addresses (ClawStunServers *servers, GList *ips, uint16_t port)
{
  gboolean has_ipv4 = FALSE, has_ipv6 = FALSE;

  for (GList *i = ips; i != NULL; i = i->next)
    {
      g_autoptr (GSocketAddress) gio = g_inet_socket_address_new (i->data, port);
      ClawAddress address;

      if (!claw_source_address_from_gio (gio, &address))
        continue;
      gboolean *has = address.family == CLAW_ADDRESS_IPV4 ? &has_ipv4 : &has_ipv6;
      if (!*has)
        add_address (address.family == CLAW_ADDRESS_IPV4 ? servers->ipv4 : servers->ipv6, &address);
      *has = TRUE;
    }
}

static void
finish (GTask *task)
{
  Resolving *resolving = g_task_get_task_data (task);

  claw_source_clear (&resolving->timer);
  g_cancellable_disconnect (resolving->user, resolving->user_handler);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, g_steal_pointer (&resolving->servers),
                           (GDestroyNotify) claw_stun_servers_free);
}

static void
add_failure (Resolving *resolving, const char *entry, const char *reason)
{
  g_ptr_array_add (resolving->servers->failures, g_strdup_printf ("%s: %s", entry, reason));
}

static void
on_resolved (GObject *resolver, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Lookup) lookup = user_data;
  g_autoptr (GError) error = NULL;
  Resolving *resolving = g_task_get_task_data (lookup->task);
  GList *ips = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &error);

  if (error == NULL)
    take_addresses (resolving->servers, ips, lookup->port);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    add_failure (resolving, lookup->entry, _ ("no name server answered in time"));
  else
    add_failure (resolving, lookup->entry, error->message);
  g_resolver_free_addresses (ips);
  if (--resolving->n_pending == 0)
    finish (lookup->task);
}

static gboolean
on_timeout (gpointer user_data)
{
  Resolving *resolving = g_task_get_task_data (user_data);

  g_cancellable_cancel (resolving->lookups);
  return G_SOURCE_REMOVE;
}

static void
start_lookup (GTask *task, GResolver *resolver, const char *entry)
{
  Resolving *resolving = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnectable) parsed = g_network_address_parse (entry, CLAW_STUN_PORT, &error);

  if (parsed == NULL)
    {
      add_failure (resolving, entry, error->message);
      return;
    }
  Lookup *lookup = g_new0 (Lookup, 1);
  lookup->task = g_object_ref (task);
  lookup->entry = g_strdup (entry);
  lookup->port = g_network_address_get_port (G_NETWORK_ADDRESS (parsed));
  resolving->n_pending++;
  g_resolver_lookup_by_name_async (resolver,
                                   g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed)),
                                   resolving->lookups, on_resolved, lookup);
}

static void
cancel_lookups (GCancellable *user, gpointer lookups)
{
  g_cancellable_cancel (lookups);
}

void
claw_stun_servers_resolve_async (const char *const *entries,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (entries != NULL);

  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Resolving *resolving = g_new0 (Resolving, 1);
  resolving->servers = servers_new ();
  resolving->lookups = g_cancellable_new ();
  resolving->timer = g_timeout_source_new (RESOLVE_TIMEOUT_MS);
  g_source_set_callback (resolving->timer, on_timeout, task, NULL);
  g_source_attach (resolving->timer, g_task_get_context (task));
  g_task_set_source_tag (task, claw_stun_servers_resolve_async);
  g_task_set_task_data (task, resolving, (GDestroyNotify) resolving_free);
  if (cancellable != NULL)
    {
      resolving->user = g_object_ref (cancellable);
      resolving->user_handler = g_cancellable_connect (cancellable, G_CALLBACK (cancel_lookups),
                                                       resolving->lookups, NULL);
    }

  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  for (unsigned i = 0; entries[i] != NULL && i < CLAW_STUN_SERVERS_MAX; i++)
    start_lookup (task, resolver, entries[i]);
  if (resolving->n_pending == 0)
    finish (task);
}

ClawStunServers *
claw_stun_servers_resolve_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, claw_stun_servers_resolve_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
