/* claw-pump.c: the turn of claw-endpoint.h on a main context.
 *
 * Three sources lead to a turn: the socket is readable; the socket is writable again (only after it
 * was not); the timer, which lives as long as the pump and is re-armed by its ready time alone.
 * kick () is that timer set to now, which is why many kicks cost one turn.
 */
#include "claw-pump.h"

/* Datagrams a turn in each direction, so that other sources of the context get their turn too. */
#define TURN_MAX 256
/* While the socket is full, deadlines in the past must not turn the loop into a busy one. */
#define BLOCKED_DELAY_US 1000
/* How long flush () waits for room in the socket's buffer. */
#define FLUSH_WAIT_US (100 * 1000)

struct ClawPump
{
  ClawEndpoint *endpoint;
  ClawUdpSocket *socket;
  ClawPumpEvent event;
  gpointer user_data;
  GMainContext *context;
  GSource *timer;
  GSource *input;
  GSource *output; /* (nullable): there while the socket's buffer is full */
  gboolean is_in_turn;
};

static void watch_output (ClawPump *pump);

/* Parts of a turn */

typedef struct
{
  ClawEndpoint *endpoint;
  gint64 now_us;
} Arrival;

static void
receive_datagram (const ClawAddress *from, const uint8_t *data, size_t length, gpointer user_data)
{
  const Arrival *arrival = user_data;

  claw_endpoint_receive (arrival->endpoint, from, data, length, arrival->now_us);
}

static void
deliver_events (ClawPump *pump)
{
  ClawEndpointEvent event;

  while (claw_endpoint_next_event (pump->endpoint, &event))
    pump->event (&event, pump->user_data);
}

/* Sends up to @max datagrams, or what the socket takes. Returns: how many. */
static unsigned
send_datagrams (ClawPump *pump, unsigned max)
{
  uint8_t buffer[CLAW_UDP_SOCKET_DATAGRAM_MAX];
  gint64 now_us = claw_pump_now_us ();
  unsigned n = 0;

  G_STATIC_ASSERT (CLAW_UDP_SOCKET_DATAGRAM_MAX >= CLAW_CONNECTION_DATAGRAM_MAX);

  while (n < max && pump->output == NULL)
    {
      ClawAddress to;
      size_t length = claw_endpoint_send (pump->endpoint, &to, buffer, sizeof buffer, now_us);

      if (length > 0)
        {
          claw_udp_socket_queue (pump->socket, &to, buffer, length);
          n++;
        }
      /* Flushed by hand before queue () would, to know when the socket is full. */
      gboolean is_batch = length == 0 || n == max || n % CLAW_UDP_SOCKET_BATCH == 0;
      if (is_batch && !claw_udp_socket_flush (pump->socket))
        watch_output (pump);
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
  else if (pump->output != NULL)
    deadline_us = MAX (deadline_us, claw_pump_now_us () + BLOCKED_DELAY_US);
  g_source_set_ready_time (pump->timer, deadline_us == G_MAXINT64 ? -1 : MAX (deadline_us, 0));
}

static void
take_turn (ClawPump *pump)
{
  Arrival arrival = { pump->endpoint, claw_pump_now_us () };
  unsigned left = TURN_MAX;
  unsigned n;

  g_return_if_fail (!pump->is_in_turn);

  pump->is_in_turn = TRUE;
  claw_udp_socket_receive (pump->socket, TURN_MAX, receive_datagram, &arrival);
  claw_endpoint_wake (pump->endpoint, arrival.now_us);

  /* Sending makes events (what was queued is sent now), and their callbacks make more to send. */
  do
    {
      deliver_events (pump);
      n = send_datagrams (pump, left);
      left -= n;
    }
  while (n > 0 && left > 0 && pump->output == NULL);
  if (n > 0)
    deliver_events (pump);

  pump->is_in_turn = FALSE;
  arm_timer (pump, left == 0);
}

/* Sources */

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  take_turn (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_writable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  ClawPump *pump = user_data;

  if (!claw_udp_socket_flush (pump->socket))
    return G_SOURCE_CONTINUE;

  g_clear_pointer (&pump->output, g_source_unref);
  take_turn (pump);
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
watch_socket (ClawPump *pump, GIOCondition condition, GSocketSourceFunc function, const char *name)
{
  GSource *source = g_socket_create_source (claw_udp_socket_get_socket (pump->socket), condition,
                                            NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (function), pump, NULL);
  g_source_set_static_name (source, name);
  g_source_attach (source, pump->context);
  return source;
}

static void
watch_output (ClawPump *pump)
{
  if (pump->output == NULL)
    pump->output = watch_socket (pump, G_IO_OUT, on_writable, "ClawPump output");
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
  pump->socket = socket;
  pump->event = event;
  pump->user_data = user_data;
  pump->context = g_main_context_ref_thread_default ();
  pump->input = watch_socket (pump, G_IO_IN, on_readable, "ClawPump input");
  pump->timer = g_source_new (&timer_functions, sizeof (GSource));
  g_source_set_callback (pump->timer, on_timer, pump, NULL);
  g_source_set_static_name (pump->timer, "ClawPump timer");
  g_source_attach (pump->timer, pump->context);
  claw_pump_kick (pump);
  return pump;
}

void
claw_pump_free (ClawPump *pump)
{
  if (pump == NULL)
    return;

  g_return_if_fail (!pump->is_in_turn);

  g_clear_pointer (&pump->input, destroy_source);
  g_clear_pointer (&pump->output, destroy_source);
  g_clear_pointer (&pump->timer, destroy_source);
  g_main_context_unref (pump->context);
  g_free (pump);
}

void
claw_pump_kick (ClawPump *pump)
{
  g_return_if_fail (pump != NULL);

  /* A turn under way takes up what its callbacks did, and arms the timer when it is over. */
  if (!pump->is_in_turn)
    g_source_set_ready_time (pump->timer, 0);
}

void
claw_pump_flush (ClawPump *pump)
{
  g_return_if_fail (pump != NULL);

  GSocket *socket = claw_udp_socket_get_socket (pump->socket);
  gint64 give_up_us = claw_pump_now_us () + FLUSH_WAIT_US;

  do
    {
      if (pump->output != NULL && claw_udp_socket_flush (pump->socket))
        g_clear_pointer (&pump->output, destroy_source);
      send_datagrams (pump, G_MAXUINT);
      gint64 left_us = give_up_us - claw_pump_now_us ();
      if (pump->output == NULL || left_us <= 0)
        break;
      g_socket_condition_timed_wait (socket, G_IO_OUT, left_us, NULL, NULL);
    }
  while (TRUE);

  claw_pump_kick (pump);
}

gint64
claw_pump_now_us (void)
{
  return g_get_monotonic_time ();
}
