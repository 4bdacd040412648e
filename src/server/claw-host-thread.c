/* claw-host-thread.c: the thread in which a hosted server lives.
 *
 * Orders go in as sources on its context; snapshots come out as sources on the owner's. */
#include "config.h"

#include "claw-file.h"
#include "claw-host-private.h"
#include "claw-server-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct ClawHostThread
{
  gatomicrefcount references; /* the owner's, the thread's, one for each source under way */
  ClawHostThreadListener listener;
  gpointer user_data;
  gboolean is_silent; /* the owner does not listen any more; in its thread only */
  GMainContext *owner, *context;
  GMainLoop *loop;
  GThread *thread;
  ClawServerConfig *config;
  char *key_path, *control_socket;
  ClawServer *server; /* (nullable): in the thread only */
};

/* Something to be done in another context. */
typedef struct
{
  ClawHostThread *thread;
  void (*run) (ClawHostThread *thread, gpointer data);
  gpointer data;
  GDestroyNotify free_data; /* (nullable) */
} Order;

static void
member_free (gpointer data)
{
  ClawHostMember *member = data;

  g_free (member->name);
  g_free (member);
}

ClawHostSnapshot *
claw_host_snapshot_new (void)
{
  ClawHostSnapshot *snapshot = g_new0 (ClawHostSnapshot, 1);

  snapshot->members = g_ptr_array_new_with_free_func (member_free);
  return snapshot;
}

void
claw_host_snapshot_free (ClawHostSnapshot *snapshot)
{
  if (snapshot == NULL)
    return;
  g_free (snapshot->file);
  g_free (snapshot->reach);
  g_ptr_array_unref (snapshot->members);
  g_free (snapshot);
}

static ClawHostThread *
thread_ref (ClawHostThread *thread)
{
  g_atomic_ref_count_inc (&thread->references);
  return thread;
}

static void
thread_unref (ClawHostThread *thread)
{
  if (!g_atomic_ref_count_dec (&thread->references))
    return;
  claw_server_config_free (thread->config);
  g_free (thread->key_path);
  g_free (thread->control_socket);
  g_main_loop_unref (thread->loop);
  g_main_context_unref (thread->context);
  g_main_context_unref (thread->owner);
  g_free (thread);
}

static gboolean
run_order (gpointer user_data)
{
  Order *order = user_data;

  order->run (order->thread, order->data);
  return G_SOURCE_REMOVE;
}

static void
order_free (gpointer user_data)
{
  Order *order = user_data;

  if (order->free_data != NULL)
    order->free_data (order->data);
  thread_unref (order->thread);
  g_free (order);
}

/* @data: freed when it was run, or never will be. */
static void
post (ClawHostThread *thread,
      GMainContext *context,
      void (*run) (ClawHostThread *thread, gpointer data),
      gpointer data,
      GDestroyNotify free_data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Order *order = g_new0 (Order, 1);

  order->thread = thread_ref (thread);
  order->run = run;
  order->data = data;
  order->free_data = free_data;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_order, order, order_free);
  g_source_attach (source, context);
}

/* In the owner's context. */

static void
tell_changed (ClawHostThread *thread, gpointer data)
{
  ClawHostSnapshot **snapshot = data;

  if (!thread->is_silent)
    thread->listener.changed (g_steal_pointer (snapshot), thread->user_data);
}

static void
snapshot_box_free (gpointer data)
{
  ClawHostSnapshot **snapshot = data;

  claw_host_snapshot_free (*snapshot);
  g_free (snapshot);
}

static void
tell_ended (ClawHostThread *thread, gpointer data)
{
  GError **error = data;

  if (!thread->is_silent)
    thread->listener.ended (g_steal_pointer (error), thread->user_data);
}

static void
error_box_free (gpointer data)
{
  GError **error = data;

  g_clear_error (error);
  g_free (error);
}

/* In the thread. */

static void
copy_members (ClawServer *server, GPtrArray *members)
{
  for (unsigned at = 0; at < claw_pairings_get_count (server->pairings); at++)
    {
      const ClawPairing *pairing = claw_pairings_get (server->pairings, at);
      ClawHostMember *member = g_new0 (ClawHostMember, 1);

      member->id = pairing->id;
      member->name = g_strdup (pairing->name);
      member->is_present = claw_room_get_connection (server->room, pairing->id) != NULL;
      memcpy (member->public_key, pairing->client_key, CLAW_PUBLIC_KEY_SIZE);
      g_ptr_array_add (members, member);
    }
}

static void
on_changed (gpointer user_data)
{
  ClawHostThread *thread = user_data;
  ClawServer *server = thread->server;
  ClawHostSnapshot **box = g_new0 (ClawHostSnapshot *, 1);
  ClawHostSnapshot *snapshot = *box = claw_host_snapshot_new ();

  snapshot->file = g_strdup (claw_issuer_get_current (server->issuer, &snapshot->valid_until_s));
  snapshot->port = server->listening.port;
  snapshot->reach = claw_server_describe_hosted_reach (server);
  memcpy (snapshot->public_key, server->identity.public_key, CLAW_PUBLIC_KEY_SIZE);
  copy_members (server, snapshot->members);
  post (thread, thread->owner, tell_changed, box, snapshot_box_free);
}

static gboolean
begin (ClawHostThread *thread, GError **error)
{
  g_autoptr (GError) problem = NULL;

  thread->server = claw_server_new (thread->config, thread->key_path, thread->control_socket,
                                    &problem);
  if (thread->server == NULL && strcmp (thread->config->ip, "::") == 0
      && g_error_matches (problem, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_PORT))
    {
      g_clear_error (&problem);
      g_free (thread->config->ip);
      thread->config->ip = g_strdup ("0.0.0.0");
      thread->server = claw_server_new (thread->config, thread->key_path, thread->control_socket,
                                        &problem);
    }
  if (thread->server == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  claw_server_watch (thread->server, on_changed, thread);
  on_changed (thread);
  return TRUE;
}

static gpointer
run_thread (gpointer user_data)
{
  ClawHostThread *thread = user_data;
  GError **error = g_new0 (GError *, 1);

  g_main_context_push_thread_default (thread->context);
  if (begin (thread, error))
    g_main_loop_run (thread->loop);
  g_clear_pointer (&thread->server, claw_server_free);
  g_main_context_pop_thread_default (thread->context);
  post (thread, thread->owner, tell_ended, error, error_box_free);
  thread_unref (thread);
  return NULL;
}

static void
quit (ClawHostThread *thread, gpointer data)
{
  g_main_loop_quit (thread->loop);
}

static void
make_file (ClawHostThread *thread, gpointer data)
{
  ClawServer *server = thread->server;
  g_autoptr (GError) error = NULL;

  if (server == NULL)
    return;
  if (claw_server_doors_open (server, &error)
      && claw_issuer_issue (server->issuer, claw_server_now_s (), &error) != NULL)
    claw_server_maintain (server);
  else
    g_warning (_ ("Could not make a .sec file: %s"), error->message);
  claw_server_note_change (server);
}

static void
network_changed (ClawHostThread *thread, gpointer data)
{
  if (thread->server != NULL)
    claw_server_network_changed (thread->server);
}

typedef struct
{
  GTask *task;
  char *path;
} OwnFile;

static void
own_file_free (gpointer data)
{
  OwnFile *own = data;

  if (own->task != NULL)
    g_task_return_new_error (own->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                             _ ("The chat is not hosted any more"));
  g_clear_object (&own->task);
  g_free (own->path);
  g_free (own);
}

/* The loopback address, where a server on any address listens too. */
static gboolean
write_own_file (ClawServer *server, const char *path, GError **error)
{
  g_autoptr (ClawSecFile) file = NULL;
  g_autofree char *text = NULL;
  const char *issued;
  ClawAddress loopback;

  if (!claw_server_doors_open (server, error))
    return FALSE;
  issued = claw_issuer_issue (server->issuer, claw_server_now_s (), error);
  if (issued == NULL)
    return FALSE;
  file = claw_sec_file_load (issued, server->bootstrap_key, error);
  if (file == NULL || !claw_address_parse_ip ("127.0.0.1", server->listening.port, &loopback))
    return FALSE;
  if (file->n_candidates < CLAW_SEC_FILE_CANDIDATES_MAX)
    file->candidates[file->n_candidates++] = file->server;
  file->server = loopback;
  text = claw_sec_file_seal (file, server->bootstrap_key, error);
  return text != NULL && claw_file_write (path, text, strlen (text), error);
}

static void
make_own_file (ClawHostThread *thread, gpointer data)
{
  OwnFile *own = data;
  GError *error = NULL;

  if (thread->server == NULL)
    return;
  g_autoptr (GTask) task = g_steal_pointer (&own->task);
  if (write_own_file (thread->server, own->path, &error))
    g_task_return_pointer (task, g_strdup (own->path), g_free);
  else
    g_task_return_error (task, error);
}

/* For the owner. */

ClawHostThread *
claw_host_thread_new (ClawServerConfig *config,
                      const char *key_path,
                      const char *control_socket,
                      const ClawHostThreadListener *listener,
                      gpointer user_data)
{
  ClawHostThread *thread = g_new0 (ClawHostThread, 1);

  g_atomic_ref_count_init (&thread->references);
  thread->listener = *listener;
  thread->user_data = user_data;
  thread->config = config;
  thread->key_path = g_strdup (key_path);
  thread->control_socket = g_strdup (control_socket);
  thread->owner = g_main_context_ref_thread_default ();
  thread->context = g_main_context_new ();
  thread->loop = g_main_loop_new (thread->context, FALSE);
  thread->thread = g_thread_new ("claw-host", run_thread, thread_ref (thread));
  return thread;
}

void
claw_host_thread_quit (ClawHostThread *thread)
{
  post (thread, thread->context, quit, NULL, NULL);
}

void
claw_host_thread_stop (ClawHostThread *thread)
{
  thread->is_silent = TRUE;
  claw_host_thread_quit (thread);
  g_thread_join (thread->thread);
  /* What was ordered after the end is given up here, and drops its reference. */
  while (g_main_context_iteration (thread->context, FALSE))
    ;
  thread_unref (thread);
}

void
claw_host_thread_make_file (ClawHostThread *thread)
{
  post (thread, thread->context, make_file, NULL, NULL);
}

void
claw_host_thread_network_changed (ClawHostThread *thread)
{
  post (thread, thread->context, network_changed, NULL, NULL);
}

void
claw_host_thread_make_own_file (ClawHostThread *thread, GTask *task, const char *path)
{
  OwnFile *own = g_new0 (OwnFile, 1);

  own->task = task;
  own->path = g_strdup (path);
  post (thread, thread->context, make_own_file, own, own_file_free);
}
