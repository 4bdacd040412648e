/* claw-pump.c: the turn of claw-endpoint.h on a main context.
 *
 * Three kinds of source lead to a turn: a socket is readable; a socket is writable again (only
 * after it was not); the timer, which lives as long as the pump and is re-armed by its ready time
 * alone. kick () is that timer set to now, which is why many kicks cost one turn.
 */
#include "claw-pump.h"

/* Datagrams a turn in each direction, so that other sources of the context get their turn too. */
#define TURN_MAX 256
/* While the socket is full, deadlines in the past must not turn the loop into a busy one. */
#define BLOCKED_DELAY_US 1000
/* How long flush () waits for room in the socket's buffer. */
#define FLUSH_WAIT_US (100 * 1000)

typedef struct
{
  ClawPump *pump;
  ClawUdpSocket *socket; /* NULL: there is none of this number */
  GSource *input;
  GSource *output; /* (nullable): there while the socket's buffer is full */
} Port;

struct ClawPump
{
  ClawEndpoint *endpoint;
  Port ports[CLAW_PUMP_SOCKETS_MAX];
  ClawPumpEvent event;
  gpointer user_data;
  GMainContext *context;
  GSource *timer;
  gboolean is_in_turn;
};

static void watch_output (Port *port);

/* Parts of a turn */

typedef struct
{
  ClawEndpoint *endpoint;
  uint8_t socket;
  gint64 now_us;
} Arrival;

static void
receive_datagram (const ClawAddress *from, const uint8_t *data, size_t length, gpointer user_data)
{
  const Arrival *arrival = user_data;

  const ClawRoute route = { .peer = *from, .socket = arrival->socket };

  claw_endpoint_receive (arrival->endpoint, &route, data, length, arrival->now_us);
}

static void
receive_datagrams (ClawPump *pump, gint64 now_us)
{
  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    {
      Arrival arrival = { pump->endpoint, (uint8_t) i, now_us };

      if (pump->ports[i].socket != NULL)
        claw_udp_socket_receive (pump->ports[i].socket, TURN_MAX, receive_datagram, &arrival);
    }
}

static void
deliver_events (ClawPump *pump)
{
  ClawEndpointEvent event;

  while (claw_endpoint_next_event (pump->endpoint, &event))
    pump->event (&event, pump->user_data);
}

static gboolean
is_blocked (const ClawPump *pump)
{
  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    if (pump->ports[i].output != NULL)
      return TRUE;
  return FALSE;
}

static void
flush_sockets (ClawPump *pump)
{
  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    if (pump->ports[i].socket != NULL && !claw_udp_socket_flush (pump->ports[i].socket))
      watch_output (&pump->ports[i]);
}

/* What goes to a socket that was removed is lost, as it would be on the way. */
static void
queue_datagram (ClawPump *pump, const ClawRoute *to, const uint8_t *data, size_t length)
{
  if (to->socket < CLAW_PUMP_SOCKETS_MAX && pump->ports[to->socket].socket != NULL)
    claw_udp_socket_queue (pump->ports[to->socket].socket, &to->peer, data, length);
}

/* Sends up to @max datagrams, or what the sockets take. Returns: how many. */
static unsigned
send_datagrams (ClawPump *pump, unsigned max)
{
  uint8_t buffer[CLAW_UDP_SOCKET_DATAGRAM_MAX];
  gint64 now_us = claw_pump_now_us ();
  unsigned n = 0;

  G_STATIC_ASSERT (CLAW_UDP_SOCKET_DATAGRAM_MAX >= CLAW_CONNECTION_DATAGRAM_MAX);

  while (n < max && !is_blocked (pump))
    {
      ClawRoute to;
      size_t length = claw_endpoint_send (pump->endpoint, &to, buffer, sizeof buffer, now_us);

      if (length > 0)
        {
          queue_datagram (pump, &to, buffer, length);
          n++;
        }
      /* Flushed by hand before queue () would, to know when a socket is full. */
      if (length == 0 || n == max || n % CLAW_UDP_SOCKET_BATCH == 0)
        flush_sockets (pump);
      if (length == 0)
        break;
    }
  return n;
}

static void
arm_timer (ClawPump *pump, gboolean is_unfinished)
{
  gint64 deadline_us = claw_endpoint_get_deadline (pump->endpoint);

  if (is_unfinished)
    deadline_us = 0;
  else if (is_blocked (pump))
    deadline_us = MAX (deadline_us, claw_pump_now_us () + BLOCKED_DELAY_US);
  g_source_set_ready_time (pump->timer, deadline_us == G_MAXINT64 ? -1 : MAX (deadline_us, 0));
}

static void
take_turn (ClawPump *pump)
{
  gint64 now_us = claw_pump_now_us ();
  unsigned left = TURN_MAX;
  unsigned n;

  g_return_if_fail (!pump->is_in_turn);

  pump->is_in_turn = TRUE;
  receive_datagrams (pump, now_us);
  claw_endpoint_wake (pump->endpoint, now_us);

  /* Sending makes events (what was queued is sent now), and their callbacks make more to send. */
  do
    {
      deliver_events (pump);
      n = send_datagrams (pump, left);
      left -= n;
    }
  while (n > 0 && left > 0 && !is_blocked (pump));
  if (n > 0)
    deliver_events (pump);

  pump->is_in_turn = FALSE;
  arm_timer (pump, left == 0);
}

/* Sources */

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Port *port = user_data;

  take_turn (port->pump);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_writable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Port *port = user_data;

  if (!claw_udp_socket_flush (port->socket))
    return G_SOURCE_CONTINUE;

  g_clear_pointer (&port->output, g_source_unref);
  take_turn (port->pump);
  return G_SOURCE_REMOVE;
}

static gboolean
on_timer (gpointer user_data)
{
  take_turn (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_timer (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static GSourceFuncs timer_functions = { .dispatch = dispatch_timer };

static GSource *
watch_socket (Port *port, GIOCondition condition, GSocketSourceFunc function, const char *name)
{
  GSource *source = g_socket_create_source (claw_udp_socket_get_socket (port->socket), condition,
                                            NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (function), port, NULL);
  g_source_set_static_name (source, name);
  g_source_attach (source, port->pump->context);
  return source;
}

static void
watch_output (Port *port)
{
  if (port->output == NULL)
    port->output = watch_socket (port, G_IO_OUT, on_writable, "ClawPump output");
}

static void
destroy_source (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

/* Interface */

ClawPump *
claw_pump_new (ClawEndpoint *endpoint,
               ClawUdpSocket *socket,
               ClawPumpEvent event,
               gpointer user_data)
{
  g_return_val_if_fail (endpoint != NULL, NULL);
  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (socket), NULL);
  g_return_val_if_fail (event != NULL, NULL);

  ClawPump *pump = g_new0 (ClawPump, 1);
  pump->endpoint = endpoint;
  pump->event = event;
  pump->user_data = user_data;
  pump->context = g_main_context_ref_thread_default ();
  pump->timer = g_source_new (&timer_functions, sizeof (GSource));
  g_source_set_callback (pump->timer, on_timer, pump, NULL);
  g_source_set_static_name (pump->timer, "ClawPump timer");
  g_source_attach (pump->timer, pump->context);
  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    pump->ports[i].pump = pump;
  claw_pump_add_socket (pump, socket);
  claw_pump_kick (pump);
  return pump;
}

void
claw_pump_free (ClawPump *pump)
{
  if (pump == NULL)
    return;

  g_return_if_fail (!pump->is_in_turn);

  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    claw_pump_remove_socket (pump, i);
  g_clear_pointer (&pump->timer, destroy_source);
  g_main_context_unref (pump->context);
  g_free (pump);
}

int
claw_pump_add_socket (ClawPump *pump, ClawUdpSocket *socket)
{
  g_return_val_if_fail (pump != NULL, -1);
  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (socket), -1);

  for (int i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    {
      Port *port = &pump->ports[i];

      if (port->socket != NULL)
        continue;
      port->socket = g_object_ref (socket);
      port->input = watch_socket (port, G_IO_IN, on_readable, "ClawPump input");
      return i;
    }
  return -1;
}

void
claw_pump_remove_socket (ClawPump *pump, unsigned number)
{
  g_return_if_fail (pump != NULL);

  if (number >= CLAW_PUMP_SOCKETS_MAX)
    return;
  g_clear_pointer (&pump->ports[number].input, destroy_source);
  g_clear_pointer (&pump->ports[number].output, destroy_source);
  g_clear_object (&pump->ports[number].socket);
}

void
claw_pump_kick (ClawPump *pump)
{
  g_return_if_fail (pump != NULL);

  /* A turn under way takes up what its callbacks did, and arms the timer when it is over. */
  if (!pump->is_in_turn)
    g_source_set_ready_time (pump->timer, 0);
}

/* Blocks until @port takes datagrams again, or it is @give_up_us. */
static void
wait_for_room (Port *port, gint64 give_up_us)
{
  gint64 left_us = give_up_us - claw_pump_now_us ();

  if (port->output == NULL)
    return;
  if (left_us > 0)
    g_socket_condition_timed_wait (claw_udp_socket_get_socket (port->socket), G_IO_OUT, left_us,
                                   NULL, NULL);
  if (claw_udp_socket_flush (port->socket))
    g_clear_pointer (&port->output, destroy_source);
}

void
claw_pump_flush (ClawPump *pump)
{
  g_return_if_fail (pump != NULL);

  gint64 give_up_us = claw_pump_now_us () + FLUSH_WAIT_US;

  do
    {
      for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
        wait_for_room (&pump->ports[i], give_up_us);
      send_datagrams (pump, G_MAXUINT);
    }
  while (is_blocked (pump) && claw_pump_now_us () < give_up_us);

  claw_pump_kick (pump);
}

gint64
claw_pump_now_us (void)
{
  return g_get_monotonic_time ();
}
