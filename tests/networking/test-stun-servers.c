/* test-stun-servers.c: the configuration's entries become addresses, without asking any name
 * server: a resolver of the test's own answers. */
#include "claw-stun-servers.h"

#include <string.h>

/* The resolver */

#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)
struct _TestResolver
{
  GResolver parent_instance;
};
G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  g_task_return_error_if_cancelled (task);
}

/* "silent" answers only by being cancelled, "both" has addresses of both families, others have
 * none. */
static void
lookup_async (GResolver *resolver,
              const char *name,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, user_data);

  if (strcmp (name, "silent") == 0)
    {
      g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), g_object_ref (task), NULL);
      return;
    }
  if (strcmp (name, "both") != 0)
    {
      g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
      return;
    }
  GList *ips = NULL;
  ips = g_list_append (ips, g_inet_address_new_from_string ("2001:db8::1"));
  ips = g_list_append (ips, g_inet_address_new_from_string ("192.0.2.1"));
  ips = g_list_append (ips, g_inet_address_new_from_string ("192.0.2.2"));
  g_task_return_pointer (task, ips, (GDestroyNotify) g_resolver_free_addresses);
}

static GList *
lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = lookup_async;
  G_RESOLVER_CLASS (klass)->lookup_by_name_finish = lookup_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

/* Tests */

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  *out = g_object_ref (result);
}

static ClawStunServers *
resolve (const char *const *entries, GCancellable *cancellable, gboolean cancel, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  claw_stun_servers_resolve_async (entries, cancellable, on_resolved, &result);
  g_assert_null (result);
  if (cancel)
    g_cancellable_cancel (cancellable);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return claw_stun_servers_resolve_finish (result, error);
}

/* @expected: addresses with spaces between them, in any order. */
static void
assert_has (const GArray *list, const char *expected)
{
  g_auto (GStrv) texts = g_strsplit (expected, " ", -1);

  g_assert_cmpuint (g_strv_length (texts), ==, list->len);
  for (unsigned i = 0; texts[i] != NULL; i++)
    {
      ClawAddress address;
      gboolean is_there = FALSE;

      g_assert_true (claw_address_parse (texts[i], &address));
      for (unsigned j = 0; j < list->len; j++)
        is_there |= claw_address_equal (&g_array_index (list, ClawAddress, j), &address);
      g_assert_true (is_there);
    }
}

/* Names give one address of each family, numbers themselves, each once; the port may be left out;
 * what fails is told by name. */
static void
test_entries (void)
{
  static const char *const entries[]
      = { "both",        "both:5000", "192.0.2.7", "192.0.2.7:3478", "[2001:db8::7]:1",
          "2001:db8::8", "none:1",    NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawStunServers) servers = resolve (entries, NULL, FALSE, &error);

  g_assert_no_error (error);
  assert_has (servers->ipv4, "192.0.2.1:3478 192.0.2.1:5000 192.0.2.7:3478");
  assert_has (servers->ipv6, "[2001:db8::1]:3478 [2001:db8::1]:5000 [2001:db8::7]:1 "
                             "[2001:db8::8]:3478");
  g_assert_cmpuint (servers->failures->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (servers->failures, 0), ==, "none:1: no such name");
}

/* Nothing is no error. */
static void
test_empty (void)
{
  static const char *const entries[] = { NULL };
  g_autoptr (ClawStunServers) servers = resolve (entries, NULL, FALSE, NULL);

  g_assert_cmpuint (servers->ipv4->len + servers->ipv6->len + servers->failures->len, ==, 0);
}

/* One entry more than are looked up is passed over. */
static void
test_max (void)
{
  const char *entries[CLAW_STUN_SERVERS_MAX + 2] = { NULL };

  for (unsigned i = 0; i < CLAW_STUN_SERVERS_MAX; i++)
    entries[i] = "192.0.2.1";
  entries[CLAW_STUN_SERVERS_MAX] = "192.0.2.2";
  g_autoptr (ClawStunServers) servers = resolve (entries, NULL, FALSE, NULL);
  assert_has (servers->ipv4, "192.0.2.1:3478");
}

/* Who cancels gets no answer, at once; and cancelling leaves nothing behind. */
static void
test_cancelled (void)
{
  static const char *const entries[] = { "silent", "both", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_assert_null (resolve (entries, cancellable, TRUE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GResolver) resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_resolver_set_default (resolver);
  g_test_add_func ("/stun-servers/entries/resolved", test_entries);
  g_test_add_func ("/stun-servers/none/nothing", test_empty);
  g_test_add_func ("/stun-servers/too-many/passed-over", test_max);
  g_test_add_func ("/stun-servers/cancelled/error", test_cancelled);
  return g_test_run ();
}
