/* claw-pump.c: the turn of claw-endpoint.h on a main context.
 *
 * One source does it all: it waits for the sockets, for the endpoint's deadline, and for kicks,
 * which are a deadline of now (that is why many kicks cost one turn). As everything happens in its
 * own dispatch, changing what it waits for never has to wake the main loop.
 *
 * GLib rounds waiting times up to milliseconds. That does for loss detection, whose own granularity
 * is a millisecond (RFC 9002 section 6.1.2). Pacing waits for about as long; rounded up, it would
 * need bursts of twice the size to keep its rate (section 7.7), and none of the initial window's
 * size would do beyond 12 MB/s. So a deadline nearer than PRECISE_US gets a timerfd, which is made
 * when it is needed for the first time.
 */
#include "claw-pump.h"

#include "claw-source.h"

#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Datagrams a turn in each direction, so that other sources of the context get their turn too. */
#define TURN_MAX 256
/* When a turn has not emptied the sockets, timers wait for the next one: what they would conclude
 * from, above all the absence of an ACK, may lie in a socket behind so many others after the
 * program was held up. Not for longer than this, since a flood of strangers has no end. */
#define LATE_TURNS_MAX 15
/* How many are written between two looks at the clock. */
#define CLOCK_EVERY 64
/* While the socket is full, deadlines in the past must not turn the loop into a busy one. */
#define BLOCKED_DELAY_US 1000
/* How long flush () waits for room in the socket's buffer. */
#define FLUSH_WAIT_US (100 * 1000)
/* Deadlines nearer than this are kept to the microsecond. */
#define PRECISE_US 2000

typedef struct
{
  ClawPump *pump;
  ClawUdpSocket *socket; /* NULL: there is none of this number */
  gpointer tag;          /* of its file descriptor in the source */
  gboolean is_full;      /* it waits until it is writable */
} Port;

struct ClawPump
{
  ClawEndpoint *endpoint;
  Port ports[CLAW_PUMP_SOCKETS_MAX];
  unsigned last; /* number of the socket that was sent through last */
  ClawPumpEvent event;
  gpointer user_data;
  ClawPumpFilter filter; /* (nullable) */
  gpointer filter_data;
  GSource *source;
  int timer; /* a timerfd; -1: none yet */
  gpointer timer_tag;
  gint64 timer_us;     /* what it is set to; G_MAXINT64: it is not, 0: it has gone off */
  unsigned late_turns; /* since timers ran */
  gboolean is_in_turn;
};

typedef struct
{
  GSource parent;
  ClawPump *pump;
} Source;

/* Parts of a turn */

typedef struct
{
  ClawPump *pump;
  uint8_t socket;
  gint64 now_us;
} Arrival;

static void
receive_datagram (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  const Arrival *arrival = user_data;
  const ClawPump *pump = arrival->pump;
  ClawRoute route = *from;

  route.socket = arrival->socket;
  if (pump->filter != NULL && pump->filter (&route, data, length, pump->filter_data))
    return;
  claw_endpoint_receive (pump->endpoint, &route, data, length, arrival->now_us);
}

/* All sockets are looked at, also when only a deadline is due: what is there already, above all an
 * ACK, counts before what a timer would conclude from its absence. Returns: FALSE when there may be
 * more. */
static gboolean
receive_datagrams (ClawPump *pump, gint64 now_us)
{
  gboolean is_all = TRUE;

  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    {
      Arrival arrival = { pump, (uint8_t) i, now_us };

      if (pump->ports[i].socket != NULL
          && claw_udp_socket_receive (pump->ports[i].socket, TURN_MAX, receive_datagram, &arrival)
                 >= TURN_MAX)
        is_all = FALSE;
    }
  return is_all;
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
    if (pump->ports[i].is_full)
      return TRUE;
  return FALSE;
}

static void
set_full (Port *port, gboolean is_full)
{
  if (port->is_full == is_full)
    return;
  port->is_full = is_full;
  g_source_modify_unix_fd (port->pump->source, port->tag, is_full ? G_IO_IN | G_IO_OUT : G_IO_IN);
}

static void
flush_sockets (ClawPump *pump)
{
  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    if (pump->ports[i].socket != NULL)
      set_full (&pump->ports[i], !claw_udp_socket_flush (pump->ports[i].socket));
}

/* @buffer is what was reserved in the socket that was sent through last, and so where a datagram to
 * that one is already. Another socket gets a copy; it has room, since one was reserved there when
 * it was the last. What goes to a socket that was removed is lost, as it would be on the way. */
static void
queue_datagram (ClawPump *pump, const ClawRoute *to, const uint8_t *buffer, size_t length)
{
  Port *port = to->socket < CLAW_PUMP_SOCKETS_MAX ? &pump->ports[to->socket] : NULL;

  if (port == NULL || port->socket == NULL)
    return;
  if (to->socket == pump->last)
    {
      claw_udp_socket_commit (port->socket, to, length);
      return;
    }
  claw_udp_socket_queue (port->socket, to, buffer, length);
  pump->last = to->socket;
}

/* Sends up to @max datagrams, or what the sockets take. Returns: how many. */
static unsigned
send_datagrams (ClawPump *pump, unsigned max)
{
  uint8_t nowhere[CLAW_UDP_SOCKET_DATAGRAM_MAX];
  gint64 now_us = 0;
  unsigned n;

  G_STATIC_ASSERT (CLAW_UDP_SOCKET_DATAGRAM_MAX >= CLAW_CONNECTION_DATAGRAM_MAX);

  if (is_blocked (pump))
    return 0;
  for (n = 0; n < max; n++)
    {
      Port *port = &pump->ports[pump->last];
      uint8_t *buffer = port->socket != NULL ? claw_udp_socket_reserve (port->socket) : nowhere;
      ClawRoute to;

      if (buffer == NULL)
        {
          set_full (port, TRUE);
          break;
        }
      if (n % CLOCK_EVERY == 0)
        now_us = claw_pump_now_us ();
      size_t length = claw_endpoint_send (pump->endpoint, &to, buffer, CLAW_UDP_SOCKET_DATAGRAM_MAX,
                                          now_us);
      if (length == 0)
        break;
      queue_datagram (pump, &to, buffer, length);
    }
  flush_sockets (pump);
  return n;
}

/* Time */

/* Makes the timerfd go off at @time_us, or, with G_MAXINT64, not at all. Returns: FALSE when there
 * is none to be had. */
static gboolean
set_timer (ClawPump *pump, gint64 time_us)
{
  struct itimerspec when = { 0 };

  if (time_us == pump->timer_us)
    return TRUE;
  if (pump->timer < 0)
    {
      pump->timer = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
      if (pump->timer < 0)
        return FALSE;
      pump->timer_tag = g_source_add_unix_fd (pump->source, pump->timer, G_IO_IN);
    }

  if (time_us != G_MAXINT64)
    {
      when.it_value.tv_sec = (time_t) (time_us / G_USEC_PER_SEC);
      when.it_value.tv_nsec = (long) (time_us % G_USEC_PER_SEC) * 1000;
    }
  /* This also takes back that it has gone off, so that it need not be read. */
  if (timerfd_settime (pump->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
    return FALSE;
  pump->timer_us = time_us;
  return TRUE;
}

static void
arm (ClawPump *pump, gboolean is_unfinished)
{
  gint64 deadline_us = claw_endpoint_get_deadline (pump->endpoint);
  gint64 now_us = deadline_us != G_MAXINT64 ? claw_pump_now_us () : 0;

  if (is_unfinished)
    deadline_us = 0;
  else if (is_blocked (pump))
    deadline_us = MAX (deadline_us, now_us + BLOCKED_DELAY_US);

  gboolean is_near = deadline_us > now_us && deadline_us < now_us + PRECISE_US;
  gboolean is_timed = set_timer (pump, is_near ? deadline_us : G_MAXINT64) && is_near;
  gboolean is_never = deadline_us == G_MAXINT64;
  g_source_set_ready_time (pump->source, is_timed || is_never ? -1 : MAX (deadline_us, 0));
}

static void
take_turn (ClawPump *pump)
{
  gint64 now_us = claw_pump_now_us ();
  unsigned left = TURN_MAX;
  unsigned n;

  g_return_if_fail (!pump->is_in_turn);

  pump->is_in_turn = TRUE;
  if (receive_datagrams (pump, now_us) || pump->late_turns == LATE_TURNS_MAX)
    {
      claw_endpoint_wake (pump->endpoint, now_us);
      pump->late_turns = 0;
    }
  else
    pump->late_turns++;

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
  arm (pump, left == 0);
}

/* The source */

/* Whether there is more to do than to find a full socket still full. */
static gboolean
is_awake (ClawPump *pump)
{
  gint64 ready_us = g_source_get_ready_time (pump->source);
  gboolean awake = ready_us >= 0 && ready_us <= g_source_get_time (pump->source);

  if (pump->timer_tag != NULL && g_source_query_unix_fd (pump->source, pump->timer_tag) != 0)
    {
      pump->timer_us = 0;
      awake = TRUE;
    }
  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    {
      Port *port = &pump->ports[i];
      GIOCondition condition = 0;

      if (port->socket != NULL)
        condition = g_source_query_unix_fd (pump->source, port->tag);
      if (condition & G_IO_OUT)
        set_full (port, !claw_udp_socket_flush (port->socket));
      if ((condition & ~G_IO_OUT) != 0 || ((condition & G_IO_OUT) != 0 && !port->is_full))
        awake = TRUE;
    }
  return awake;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ClawPump *pump = ((Source *) source)->pump;

  if (is_awake (pump))
    take_turn (pump);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_functions = { .dispatch = dispatch };

/* Interface */

ClawPump *
claw_pump_new (ClawEndpoint *endpoint,
               ClawUdpSocket *socket,
               ClawPumpEvent event,
               gpointer user_data)
{
  g_return_val_if_fail (endpoint != NULL, NULL);
  g_return_val_if_fail (socket == NULL || CLAW_IS_UDP_SOCKET (socket), NULL);
  g_return_val_if_fail (event != NULL, NULL);

  ClawPump *pump = g_new0 (ClawPump, 1);
  pump->endpoint = endpoint;
  pump->event = event;
  pump->user_data = user_data;
  pump->timer = -1;
  pump->timer_us = G_MAXINT64;
  pump->source = g_source_new (&source_functions, sizeof (Source));
  ((Source *) pump->source)->pump = pump;
  g_source_set_static_name (pump->source, "ClawPump");
  g_source_attach (pump->source, g_main_context_get_thread_default ());
  for (unsigned i = 0; i < CLAW_PUMP_SOCKETS_MAX; i++)
    pump->ports[i].pump = pump;
  if (socket != NULL)
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
  claw_source_clear (&pump->source);
  if (pump->timer >= 0)
    close (pump->timer);
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
      port->tag = g_source_add_unix_fd (
          pump->source, g_socket_get_fd (claw_udp_socket_get_socket (socket)), G_IO_IN);
      return i;
    }
  return -1;
}

void
claw_pump_remove_socket (ClawPump *pump, unsigned number)
{
  g_return_if_fail (pump != NULL);

  if (number >= CLAW_PUMP_SOCKETS_MAX || pump->ports[number].socket == NULL)
    return;
  Port *port = &pump->ports[number];
  g_source_remove_unix_fd (pump->source, g_steal_pointer (&port->tag));
  g_clear_object (&port->socket);
  port->is_full = FALSE;
}

void
claw_pump_set_filter (ClawPump *pump, ClawPumpFilter filter, gpointer user_data)
{
  g_return_if_fail (pump != NULL);

  pump->filter = filter;
  pump->filter_data = user_data;
}

void
claw_pump_kick (ClawPump *pump)
{
  g_return_if_fail (pump != NULL);

  /* A turn under way takes up what its callbacks did, and arms the timer when it is over. */
  if (!pump->is_in_turn)
    g_source_set_ready_time (pump->source, 0);
}

/* Blocks until @port takes datagrams again, or it is @give_up_us. */
static void
wait_for_room (Port *port, gint64 give_up_us)
{
  gint64 left_us = give_up_us - claw_pump_now_us ();

  if (!port->is_full)
    return;
  if (left_us > 0)
    g_socket_condition_timed_wait (claw_udp_socket_get_socket (port->socket), G_IO_OUT, left_us,
                                   NULL, NULL);
  set_full (port, !claw_udp_socket_flush (port->socket));
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
