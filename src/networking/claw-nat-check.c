/* claw-nat-check.c: see claw-nat-check.h. */
#include "claw-nat-check.h"

#include "claw-nat-prober.h"
#include "claw-source-address.h"
#include "claw-source.h"
#include "claw-stun.h"
#include "claw-udp-socket.h"

#define SOCKETS_MAX CLAW_NAT_LIFETIME_SOCKETS
/* Datagrams that are looked at when a socket is readable. Nobody sends as many. */
#define RECEIVE_MAX 64

typedef struct Check Check;

typedef struct
{
  Check *check;
  unsigned number;
  ClawUdpSocket *socket;
  GSource *input;
} Port;

/* The data of its task, which lives until it returns. */
struct Check
{
  GTask *task;
  /* One of these two is driven. */
  ClawNatProber *prober;
  ClawNatLifetime *lifetime;
  ClawNatCheckProgress progress; /* (nullable) */
  gpointer progress_data;
  ClawNatLifetimeResult told;
  Port ports[SOCKETS_MAX];
  unsigned n_ports;
  GSource *timer;
  GSource *cancelled; /* (nullable) */
};

G_STATIC_ASSERT (SOCKETS_MAX >= CLAW_NAT_PROBER_SOCKETS);

/* Life cycle */

static void
stop (Check *check)
{
  for (unsigned i = 0; i < check->n_ports; i++)
    claw_source_clear (&check->ports[i].input);
  claw_source_clear (&check->timer);
  claw_source_clear (&check->cancelled);
}

static void
check_free (Check *check)
{
  stop (check);
  for (unsigned i = 0; i < check->n_ports; i++)
    g_object_unref (check->ports[i].socket);
  claw_nat_prober_free (check->prober);
  claw_nat_lifetime_free (check->lifetime);
  g_free (check);
}

/* @check is gone afterwards. */
static void
finish (Check *check)
{
  g_autoptr (GTask) task = g_steal_pointer (&check->task);

  stop (check);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_boolean (task, TRUE);
}

/* The machine inside */

static size_t
machine_send (Check *check,
              gint64 now_us,
              unsigned *socket,
              ClawAddress *to,
              uint8_t buffer[CLAW_STUN_SIZE_MAX])
{
  return check->prober != NULL
             ? claw_nat_prober_send (check->prober, now_us, socket, to, buffer, CLAW_STUN_SIZE_MAX)
             : claw_nat_lifetime_send (check->lifetime, now_us, socket, to, buffer,
                                       CLAW_STUN_SIZE_MAX);
}

static gint64
machine_deadline (const Check *check)
{
  return check->prober != NULL ? claw_nat_prober_get_deadline (check->prober)
                               : claw_nat_lifetime_get_deadline (check->lifetime);
}

static void
tell_progress (Check *check)
{
  ClawNatLifetimeResult result;

  if (check->lifetime == NULL || check->progress == NULL)
    return;
  claw_nat_lifetime_get_result (check->lifetime, &result);
  if (result.alive_s == check->told.alive_s && result.lost_s == check->told.lost_s)
    return;
  check->told = result;
  check->progress (&result, check->progress_data);
}

/* Turns */

static void
send_what_is_due (Check *check)
{
  uint8_t buffer[CLAW_STUN_SIZE_MAX];
  unsigned number = 0;
  ClawRoute to = { 0 };
  size_t length;

  while ((length = machine_send (check, g_get_monotonic_time (), &number, &to.peer, buffer)) > 0)
    {
      /* A full buffer loses it, as the network might; it is sent again. */
      claw_udp_socket_queue (check->ports[number].socket, &to, buffer, length);
      claw_udp_socket_flush (check->ports[number].socket);
    }
}

/* @check may be gone afterwards. */
static void
turn (Check *check)
{
  send_what_is_due (check);
  tell_progress (check);
  gint64 deadline_us = machine_deadline (check);
  if (deadline_us == G_MAXINT64)
    finish (check);
  else
    g_source_set_ready_time (check->timer, deadline_us);
}

static void
on_datagram (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  const Port *port = user_data;
  Check *check = port->check;

  if (check->prober != NULL)
    claw_nat_prober_receive (check->prober, port->number, &from->peer, data, length,
                             g_get_monotonic_time ());
  else
    claw_nat_lifetime_receive (check->lifetime, port->number, &from->peer, data, length,
                               g_get_monotonic_time ());
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Port *port = user_data;

  claw_udp_socket_receive (port->socket, RECEIVE_MAX, on_datagram, port);
  turn (port->check);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_timer (gpointer user_data)
{
  turn (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  finish (user_data);
  return G_SOURCE_REMOVE;
}

/* Starting */

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

/* Returns: (transfer none): the data of a new task, which is owned by the data in turn. */
static Check *
check_new (GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data,
           gpointer source_tag)
{
  Check *check = g_new0 (Check, 1);

  check->task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (check->task, source_tag);
  g_task_set_task_data (check->task, check, (GDestroyNotify) check_free);
  return check;
}

static void
fail (Check *check, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&check->task);

  g_task_return_error (task, error);
}

static gboolean
open_ports (Check *check, ClawAddressFamily family, unsigned n, GError **error)
{
  const ClawAddress any = { .family = family };

  for (unsigned i = 0; i < n; i++)
    {
      Port *port = &check->ports[i];
      port->socket = claw_udp_socket_new (&any, error);
      if (port->socket == NULL)
        return FALSE;
      port->check = check;
      port->number = i;
      check->n_ports++;
    }
  return TRUE;
}

static void
watch (Check *check)
{
  GMainContext *context = g_task_get_context (check->task);
  GCancellable *cancellable = g_task_get_cancellable (check->task);

  for (unsigned i = 0; i < check->n_ports; i++)
    {
      Port *port = &check->ports[i];
      port->input = g_socket_create_source (claw_udp_socket_get_socket (port->socket), G_IO_IN,
                                            NULL);
      g_source_set_callback (port->input, G_SOURCE_FUNC (on_readable), port, NULL);
      g_source_attach (port->input, context);
    }
  check->timer = g_source_new (&timer_funcs, sizeof (GSource));
  g_source_set_callback (check->timer, on_timer, check, NULL);
  g_source_set_ready_time (check->timer, 0);
  g_source_attach (check->timer, context);
  if (cancellable == NULL)
    return;
  check->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_priority (check->cancelled, G_PRIORITY_HIGH); /* nothing is sent any more */
  g_source_set_callback (check->cancelled, G_SOURCE_FUNC (on_cancelled), check, NULL);
  g_source_attach (check->cancelled, context);
}

void
claw_nat_check_async (const ClawAddress *servers,
                      unsigned n_servers,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GError *error = NULL;
  ClawAddress local, bound;

  g_return_if_fail (servers != NULL && n_servers > 0);

  Check *check = check_new (cancellable, callback, user_data, claw_nat_check_async);
  if (!claw_source_address_find (&servers[0], &local, &error)
      || !open_ports (check, servers[0].family, CLAW_NAT_PROBER_SOCKETS, &error))
    {
      fail (check, error);
      return;
    }
  claw_udp_socket_get_address (check->ports[0].socket, &bound);
  local.port = bound.port;
  check->prober = claw_nat_prober_new (servers, n_servers, &local, g_get_monotonic_time ());
  watch (check);
}

gboolean
claw_nat_check_finish (GAsyncResult *result, ClawNatVerdict *verdict, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, claw_nat_check_async), FALSE);
  g_return_val_if_fail (verdict != NULL, FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  const Check *check = g_task_get_task_data (G_TASK (result));
  claw_nat_prober_get_verdict (check->prober, verdict);
  return TRUE;
}

void
claw_nat_check_lifetime_async (const ClawAddress *server,
                               ClawNatCheckProgress progress,
                               gpointer progress_data,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GError *error = NULL;

  g_return_if_fail (server != NULL);

  Check *check = check_new (cancellable, callback, user_data, claw_nat_check_lifetime_async);
  check->progress = progress;
  check->progress_data = progress_data;
  if (!open_ports (check, server->family, CLAW_NAT_LIFETIME_SOCKETS, &error))
    {
      fail (check, error);
      return;
    }
  check->lifetime = claw_nat_lifetime_new (server, g_get_monotonic_time ());
  watch (check);
}

gboolean
claw_nat_check_lifetime_finish (GAsyncResult *result,
                                ClawNatLifetimeResult *lifetime,
                                GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, claw_nat_check_lifetime_async), FALSE);
  g_return_val_if_fail (lifetime != NULL, FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  const Check *check = g_task_get_task_data (G_TASK (result));
  claw_nat_lifetime_get_result (check->lifetime, lifetime);
  return TRUE;
}
