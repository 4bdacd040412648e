/* test-pump.c: the turn, with a scripted endpoint in place of the real one and real sockets on
 * loopback.
 *
 * The program defines the functions of claw-endpoint.h itself, so that what the pump asks for, and
 * in which order, can be seen and steered. sendmmsg () can be made to say that the socket is full.
 */
#include "claw-pump.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TURN_MAX 256      /* the pump's */
#define LATE_TURNS_MAX 15 /* likewise */

static gboolean is_socket_full;

int
sendmmsg (int fd, struct mmsghdr *headers, unsigned n, int flags)
{
  if (is_socket_full)
    {
      errno = EAGAIN;
      return -1;
    }
  return (int) syscall (SYS_sendmmsg, fd, headers, n, flags);
}

/* The scripted endpoint */

struct ClawEndpoint
{
  ClawRoute to;       /* where its datagrams go */
  unsigned n_sockets; /* it sends through so many in turn; 0: through that of @to */
  GString *arrivals;  /* "socket:ecn " of each datagram */
  unsigned to_send;   /* how many it still wants to send */
  unsigned n_sent;    /* taken by the pump */
  unsigned n_received;
  unsigned n_wakes;
  unsigned n_events;  /* not taken yet */
  gint64 deadline_us; /* cleared by the wake at or after it */
  GString *order;     /* of calls: r, w, e, s */
  gboolean is_event_per_send;
  void (*on_receive) (gpointer user_data); /* (nullable) */
  gpointer on_receive_data;
};

void
claw_endpoint_receive (ClawEndpoint *endpoint,
                       const ClawRoute *from,
                       const uint8_t *data,
                       size_t length,
                       gint64 now_us)
{
  endpoint->n_received++;
  g_string_append_c (endpoint->order, 'r');
  g_string_append_printf (endpoint->arrivals, "%u:%u ", from->socket, from->ecn);
  if (endpoint->on_receive != NULL)
    endpoint->on_receive (endpoint->on_receive_data);
}

void
claw_endpoint_wake (ClawEndpoint *endpoint, gint64 now_us)
{
  endpoint->n_wakes++;
  g_string_append_c (endpoint->order, 'w');
  if (now_us >= endpoint->deadline_us)
    endpoint->deadline_us = G_MAXINT64;
}

size_t
claw_endpoint_send (
    ClawEndpoint *endpoint, ClawRoute *to, uint8_t *buffer, size_t size, gint64 now_us)
{
  g_assert_cmpuint (size, >=, CLAW_CONNECTION_DATAGRAM_MAX);
  if (endpoint->to_send == 0)
    return 0;

  endpoint->to_send--;
  endpoint->n_sent++;
  endpoint->n_events += endpoint->is_event_per_send ? 1 : 0;
  g_string_append_c (endpoint->order, 's');
  *to = endpoint->to;
  if (endpoint->n_sockets > 0)
    to->socket = (uint8_t) (endpoint->n_sent % endpoint->n_sockets);
  buffer[0] = 'x';
  return 1;
}

gint64
claw_endpoint_get_deadline (const ClawEndpoint *endpoint)
{
  return endpoint->deadline_us;
}

gboolean
claw_endpoint_next_event (ClawEndpoint *endpoint, ClawEndpointEvent *event)
{
  if (endpoint->n_events == 0)
    return FALSE;

  endpoint->n_events--;
  g_string_append_c (endpoint->order, 'e');
  *event = (ClawEndpointEvent){ .type = CLAW_ENDPOINT_READABLE };
  return TRUE;
}

/* Fixture */

typedef struct
{
  ClawEndpoint endpoint;
  ClawUdpSocket *socket;
  ClawUdpSocket *peer;
  ClawAddress address; /* of @socket */
  ClawPump *pump;
  unsigned n_events;
  void (*on_event) (gpointer fixture); /* (nullable) */
} Fixture;

static ClawUdpSocket *
new_socket (void)
{
  g_autoptr (GError) error = NULL;
  ClawAddress address;

  g_assert_true (claw_address_parse_ip ("127.0.0.1", 0, &address));
  ClawUdpSocket *socket = claw_udp_socket_new (&address, &error);
  g_assert_no_error (error);
  return socket;
}

static void
on_event (const ClawEndpointEvent *event, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpint (event->type, ==, CLAW_ENDPOINT_READABLE);
  fixture->n_events++;
  if (fixture->on_event != NULL)
    fixture->on_event (fixture);
}

/* Runs turns until nothing is ready any more. */
static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* @offload: "on" or "off" */
static void
set_up (Fixture *fixture, gconstpointer offload)
{
  g_setenv ("CLAWCHAT_UDP_OFFLOAD", offload, TRUE);
  is_socket_full = FALSE;
  fixture->socket = new_socket ();
  fixture->peer = new_socket ();
  claw_udp_socket_get_address (fixture->socket, &fixture->address);
  claw_udp_socket_get_address (fixture->peer, &fixture->endpoint.to.peer);
  fixture->endpoint.deadline_us = G_MAXINT64;
  fixture->endpoint.order = g_string_new (NULL);
  fixture->endpoint.arrivals = g_string_new (NULL);
  fixture->pump = claw_pump_new (&fixture->endpoint, fixture->socket, on_event, fixture);
  settle ();
  g_string_truncate (fixture->endpoint.order, 0);
  fixture->endpoint.n_wakes = 0;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_pump_free (fixture->pump);
  g_assert_finalize_object (fixture->socket);
  g_assert_finalize_object (fixture->peer);
  g_string_free (fixture->endpoint.order, TRUE);
  g_string_free (fixture->endpoint.arrivals, TRUE);
}

static void
count (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
}

static unsigned
receive_at_peer (Fixture *fixture)
{
  return claw_udp_socket_receive (fixture->peer, 10000, count, NULL);
}

static void
send_to (Fixture *fixture, const ClawAddress *address, uint8_t ecn)
{
  const ClawRoute route = { .peer = *address, .ecn = ecn };

  claw_udp_socket_queue (fixture->peer, &route, (const uint8_t *) "x", 1);
}

static void
send_from_peer (Fixture *fixture, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    send_to (fixture, &fixture->address, CLAW_ECN_NONE);
  g_assert_true (claw_udp_socket_flush (fixture->peer));
}

/* What came is received before timers run, then events are told, then it sends. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  fixture->endpoint.n_events = 1;
  fixture->endpoint.to_send = 2;
  send_from_peer (fixture, 2);
  settle ();
  g_assert_cmpstr (fixture->endpoint.order->str, ==, "rrwess");
  g_assert_cmpuint (receive_at_peer (fixture), ==, 2);
}

/* Any number of kicks costs one turn, and without one there is none. */
static void
test_kick (Fixture *fixture, gconstpointer data)
{
  settle ();
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 0);
  for (guint i = 0; i < 100; i++)
    claw_pump_kick (fixture->pump);
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 0);
  settle ();
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 1);
}

/* A deadline that a kick brought up wakes the endpoint when it is reached, once. */
static void
test_deadline (Fixture *fixture, gconstpointer data)
{
  gint64 deadline_us = claw_pump_now_us () + 2000;

  fixture->endpoint.deadline_us = deadline_us;
  claw_pump_kick (fixture->pump);
  while (fixture->endpoint.deadline_us != G_MAXINT64)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (claw_pump_now_us (), >=, deadline_us);
  g_assert_cmpuint (fixture->endpoint.n_wakes, <=, 3); /* a poll may end a moment early */
  settle ();
}

/* Deadlines one soon after the other, as pacing makes them, each cost one turn and come well before
 * the next millisecond. The best of many counts, as the machine may be busy with something else. */
static void
test_near_deadline (Fixture *fixture, gconstpointer data)
{
  gint64 late_us = G_MAXINT64;

  for (guint i = 0; i < 50; i++)
    {
      gint64 deadline_us = claw_pump_now_us () + 150;

      fixture->endpoint.n_wakes = 0;
      fixture->endpoint.deadline_us = deadline_us;
      claw_pump_kick (fixture->pump);
      while (fixture->endpoint.deadline_us != G_MAXINT64)
        g_main_context_iteration (NULL, TRUE);
      late_us = MIN (late_us, claw_pump_now_us () - deadline_us);
      g_assert_cmpuint (fixture->endpoint.n_wakes, <=, 2);
    }
  g_assert_cmpint (late_us, >=, 0);
  g_assert_cmpint (late_us, <, 500);

  /* The timer that went off is not left ready. */
  settle ();
  g_assert_false (g_main_context_pending (NULL));
}

/* A near deadline that moves away does not wake any more when it would have been. */
static void
test_deadline_moves (Fixture *fixture, gconstpointer data)
{
  fixture->endpoint.deadline_us = claw_pump_now_us () + 1500;
  claw_pump_kick (fixture->pump);
  settle ();
  fixture->endpoint.deadline_us = claw_pump_now_us () + 60 * G_USEC_PER_SEC;
  claw_pump_kick (fixture->pump);
  settle ();
  unsigned n_wakes = fixture->endpoint.n_wakes;
  gint64 end_us = claw_pump_now_us () + 3000;
  while (claw_pump_now_us () < end_us)
    settle ();
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, n_wakes);
}

static gboolean
take_short (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  Fixture *fixture = user_data;
  ClawAddress peer;

  claw_udp_socket_get_address (fixture->peer, &peer);
  g_assert_true (claw_address_equal (&from->peer, &peer));
  g_assert_cmpuint (from->socket, ==, 0);
  return length == 1;
}

/* What the filter takes never reaches the endpoint; what it leaves does, and without one all does.
 */
static void
test_filter (Fixture *fixture, gconstpointer data)
{
  const ClawRoute route = { .peer = fixture->address };

  claw_pump_set_filter (fixture->pump, take_short, fixture);
  send_from_peer (fixture, 3);
  claw_udp_socket_queue (fixture->peer, &route, (const uint8_t *) "xy", 2);
  g_assert_true (claw_udp_socket_flush (fixture->peer));
  settle ();
  g_assert_cmpuint (fixture->endpoint.n_received, ==, 1);
  claw_pump_set_filter (fixture->pump, NULL, NULL);
  send_from_peer (fixture, 3);
  settle ();
  g_assert_cmpuint (fixture->endpoint.n_received, ==, 4);
}

static void
answer (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->endpoint.to_send++;
  fixture->endpoint.n_events += fixture->n_events < 3 ? 1 : 0;
  claw_pump_kick (fixture->pump);
}

/* What an event's callback asks for, events and datagrams, is part of the same turn. */
static void
test_callback_kicks (Fixture *fixture, gconstpointer data)
{
  fixture->on_event = answer;
  fixture->endpoint.n_events = 1;
  claw_pump_kick (fixture->pump);
  settle ();
  g_assert_cmpuint (fixture->n_events, ==, 3);
  g_assert_cmpuint (receive_at_peer (fixture), ==, 3);
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 1);
}

/* Events that sending makes do not wait for the next turn. */
static void
test_event_from_sending (Fixture *fixture, gconstpointer data)
{
  fixture->endpoint.is_event_per_send = TRUE;
  fixture->endpoint.to_send = 2;
  claw_pump_kick (fixture->pump);
  settle ();
  g_assert_cmpuint (fixture->n_events, ==, 2);
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 1);
}

static gboolean
note_progress (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (fixture->endpoint.n_sent, <=, TURN_MAX);
  g_assert_cmpuint (fixture->endpoint.n_received, <=, TURN_MAX);
  fixture->n_events++; /* a sign that this ran */
  return G_SOURCE_REMOVE;
}

/* A turn sends and receives no more than its share before other sources run, and in the end all is
 * done. */
static void
test_bounded (Fixture *fixture, gconstpointer data)
{
  fixture->endpoint.to_send = 4 * TURN_MAX + 1;
  claw_pump_kick (fixture->pump);
  g_timeout_add (0, note_progress, fixture);
  settle ();
  g_assert_cmpuint (fixture->n_events, ==, 1);
  g_assert_cmpuint (fixture->endpoint.n_sent, ==, 4 * TURN_MAX + 1);
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 5);
}

static gboolean
note_share (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (fixture->endpoint.n_received, <=, TURN_MAX);
  fixture->n_events++;
  return G_SOURCE_REMOVE;
}

/* More than a turn takes, and what a socket's default buffer is sure to hold. */
#define BACKLOG (TURN_MAX + 10)

/* Timers are run after all that is in the socket was received, also when that takes more than one
 * turn: the program may have been held up, and an ACK may lie behind many other datagrams. Other
 * sources have their turn all the same. */
static void
test_late_timers (Fixture *fixture, gconstpointer data)
{
  fixture->endpoint.deadline_us = 0;
  send_from_peer (fixture, BACKLOG);
  g_timeout_add (0, note_share, fixture);
  settle ();
  g_assert_cmpuint (fixture->n_events, ==, 1);
  g_assert_cmpuint (fixture->endpoint.n_received, ==, BACKLOG);
  g_assert_cmpuint (strspn (fixture->endpoint.order->str, "r"), ==, BACKLOG);
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 1);
}

#define FLOOD ((LATE_TURNS_MAX + 3) * TURN_MAX)

static void
send_another (gpointer user_data)
{
  Fixture *fixture = user_data;

  if (fixture->endpoint.n_received < FLOOD)
    send_from_peer (fixture, 1);
}

/* A flood that never ends holds timers up for a limited number of turns, in each of which there are
 * never more datagrams than its share. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  fixture->endpoint.on_receive = send_another;
  fixture->endpoint.on_receive_data = fixture;
  send_from_peer (fixture, BACKLOG);
  g_timeout_add (0, note_share, fixture);
  settle ();
  g_assert_cmpuint (fixture->n_events, ==, 1);
  g_assert_cmpuint (fixture->endpoint.n_received, >=, FLOOD);
  g_assert_cmpuint (strspn (fixture->endpoint.order->str, "r"), >, TURN_MAX);
  g_assert_cmpuint (strspn (fixture->endpoint.order->str, "r"), <=,
                    (LATE_TURNS_MAX + 1) * TURN_MAX);
}

/* While the socket is full the endpoint keeps its datagrams; when there is room they go, none is
 * lost. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  is_socket_full = TRUE;
  fixture->endpoint.to_send = 3 * CLAW_UDP_OUTPUT_RUNS_MAX;
  claw_pump_kick (fixture->pump);
  for (guint i = 0; i < 20; i++)
    {
      claw_pump_kick (fixture->pump);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (fixture->endpoint.n_sent, ==, CLAW_UDP_OUTPUT_RUNS_MAX);
  g_assert_cmpuint (receive_at_peer (fixture), ==, 0);

  is_socket_full = FALSE;
  while (fixture->endpoint.to_send > 0)
    g_main_context_iteration (NULL, TRUE);
  settle ();
  g_assert_cmpuint (receive_at_peer (fixture), ==, 3 * CLAW_UDP_OUTPUT_RUNS_MAX);
}

/* Full and with a deadline in the past, the loop does not spin through the timer. */
static void
test_full_with_deadline (Fixture *fixture, gconstpointer data)
{
  is_socket_full = TRUE;
  fixture->endpoint.to_send = 1;
  claw_pump_kick (fixture->pump);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->endpoint.n_sent, ==, 1);

  unsigned n_wakes = fixture->endpoint.n_wakes;
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, n_wakes);
}

/* A flush sends at once, without the main loop, also from inside of a callback. */
static void
flush_from_event (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->endpoint.to_send = 1;
  claw_pump_flush (fixture->pump);
  g_assert_cmpuint (receive_at_peer (fixture), ==, 1);
}

static void
test_flush (Fixture *fixture, gconstpointer data)
{
  fixture->endpoint.to_send = 2 * TURN_MAX;
  claw_pump_flush (fixture->pump);
  g_assert_cmpuint (fixture->endpoint.n_sent, ==, 2 * TURN_MAX);
  receive_at_peer (fixture);

  fixture->on_event = flush_from_event;
  fixture->endpoint.n_events = 1;
  settle ();
  g_assert_cmpuint (fixture->n_events, ==, 1);
}

/* A flush on a socket that stays full gives up, and the rest goes later. */
static void
test_flush_full (Fixture *fixture, gconstpointer data)
{
  is_socket_full = TRUE;
  fixture->endpoint.to_send = 1;
  claw_pump_flush (fixture->pump);
  g_assert_cmpuint (receive_at_peer (fixture), ==, 0);

  is_socket_full = FALSE;
  settle ();
  g_assert_cmpuint (receive_at_peer (fixture), ==, 1);
}

/* A pump that is gone is not called any more, whatever was pending. */
static void
test_free (Fixture *fixture, gconstpointer data)
{
  is_socket_full = TRUE;
  fixture->endpoint.to_send = 1;
  claw_pump_kick (fixture->pump);
  g_main_context_iteration (NULL, FALSE);
  g_string_truncate (fixture->endpoint.order, 0);

  fixture->endpoint.deadline_us = 0;
  claw_pump_kick (fixture->pump);
  is_socket_full = FALSE;
  send_from_peer (fixture, 1);
  g_clear_pointer (&fixture->pump, claw_pump_free);
  settle ();
  g_assert_cmpstr (fixture->endpoint.order->str, ==, "");
}

/* The pump works on the context that was the thread's default when it was made, not on the global
 * one. */
static void
test_context (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  claw_pump_free (fixture->pump);
  g_main_context_push_thread_default (context);
  fixture->pump = claw_pump_new (&fixture->endpoint, fixture->socket, on_event, fixture);
  g_main_context_pop_thread_default (context);

  settle ();
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 0);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_assert_cmpuint (fixture->endpoint.n_wakes, ==, 1);
  g_clear_pointer (&fixture->pump, claw_pump_free);
}

/* Several sockets */

static void
note_route (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  GString *text = user_data;

  g_string_append_printf (text, "%u:%u ", from->peer.port, from->ecn);
}

/* Adds a socket to the pump. Returns: (transfer full) */
static ClawUdpSocket *
add_socket (Fixture *fixture, int expected_number, ClawAddress *address)
{
  ClawUdpSocket *socket = new_socket ();

  claw_udp_socket_get_address (socket, address);
  g_assert_cmpint (claw_pump_add_socket (fixture->pump, socket), ==, expected_number);
  return socket;
}

/* What comes to a socket has its number, and what goes to that number leaves by it. ECN marks pass
 * both ways. */
static void
test_two_sockets (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  ClawAddress second;
  g_autoptr (ClawUdpSocket) socket = add_socket (fixture, 1, &second);
  g_autofree char *expected = g_strdup_printf ("%u:2 %u:2 %u:2 %u:2 ", fixture->address.port,
                                               fixture->address.port, second.port, second.port);

  send_to (fixture, &second, CLAW_ECN_ECT0);
  send_to (fixture, &second, CLAW_ECN_CE);
  g_assert_true (claw_udp_socket_flush (fixture->peer));
  settle ();
  send_to (fixture, &fixture->address, CLAW_ECN_ECT1);
  g_assert_true (claw_udp_socket_flush (fixture->peer));
  settle ();
  g_assert_cmpstr (fixture->endpoint.arrivals->str, ==, "1:2 1:3 0:1 ");

  fixture->endpoint.n_sockets = 2;
  fixture->endpoint.to.ecn = CLAW_ECN_ECT0;
  fixture->endpoint.to_send = 4;
  claw_pump_kick (fixture->pump);
  settle ();
  g_assert_cmpuint (claw_udp_socket_receive (fixture->peer, 10, note_route, text), ==, 4);
  g_assert_cmpstr (text->str, ==, expected);
}

/* Many datagrams through sockets in turn all go, although the buffers fill up in between. */
static void
test_alternating (Fixture *fixture, gconstpointer data)
{
  const unsigned n = 3 * 64 + 5;
  ClawAddress second, third;
  g_autoptr (ClawUdpSocket) b = add_socket (fixture, 1, &second);
  g_autoptr (ClawUdpSocket) c = add_socket (fixture, 2, &third);

  fixture->endpoint.n_sockets = 3;
  fixture->endpoint.to_send = n;
  claw_pump_kick (fixture->pump);
  settle ();
  g_assert_cmpuint (receive_at_peer (fixture), ==, n);
}

/* There is a limit, and the number of a removed socket is given again. Nothing is heard of a
 * removed one, and what goes to it is lost. */
static void
test_remove (Fixture *fixture, gconstpointer data)
{
  ClawAddress second = { 0 };
  g_autoptr (ClawUdpSocket) too_many = new_socket ();

  for (int i = 1; i < CLAW_PUMP_SOCKETS_MAX; i++)
    g_object_unref (add_socket (fixture, i, &second));
  g_assert_cmpint (claw_pump_add_socket (fixture->pump, too_many), ==, -1);

  g_object_unref (fixture->socket);
  fixture->socket = g_object_ref (too_many); /* so that the fixture finds one to take down */
  claw_pump_remove_socket (fixture->pump, 0);
  claw_pump_remove_socket (fixture->pump, 0);
  claw_pump_remove_socket (fixture->pump, CLAW_PUMP_SOCKETS_MAX);
  send_from_peer (fixture, 1);
  fixture->endpoint.to_send = 2;
  claw_pump_kick (fixture->pump);
  settle ();
  g_assert_cmpuint (fixture->endpoint.n_received, ==, 0);
  g_assert_cmpuint (fixture->endpoint.n_sent, ==, 2);
  g_assert_cmpuint (receive_at_peer (fixture), ==, 0);
  g_object_unref (add_socket (fixture, 0, &second));
  fixture->endpoint.to_send = 2;
  claw_pump_kick (fixture->pump);
  settle ();
  g_assert_cmpuint (receive_at_peer (fixture), ==, 2);
  claw_pump_remove_socket (fixture->pump, 0);
  g_clear_object (&too_many);
}

static void
replace_socket (gpointer user_data)
{
  Fixture *fixture = user_data;

  claw_pump_remove_socket (fixture->pump, 0);
  g_assert_cmpint (claw_pump_add_socket (fixture->pump, fixture->peer), ==, 0);
}

/* An event's callback may take away the socket that the event came through, and put another one in
 * its place, which is then heard and sent through. */
static void
test_replace_in_callback (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawUdpSocket) other = new_socket ();
  ClawRoute to_new = { 0 };

  claw_udp_socket_get_address (fixture->peer, &to_new.peer);
  claw_udp_socket_get_address (other, &fixture->endpoint.to.peer);
  fixture->on_event = replace_socket;
  fixture->endpoint.n_events = 1;
  fixture->endpoint.to_send = 1;
  send_from_peer (fixture, 1);
  settle ();
  g_assert_cmpuint (fixture->endpoint.n_received, ==, 1);
  g_assert_cmpuint (claw_udp_socket_receive (other, 10, count, NULL), ==, 1);

  claw_udp_socket_queue (other, &to_new, (const uint8_t *) "x", 1);
  g_assert_true (claw_udp_socket_flush (other));
  settle ();
  g_assert_cmpuint (fixture->endpoint.n_received, ==, 2);
  claw_pump_remove_socket (fixture->pump, 0);
}

/* A full socket that is removed blocks nobody any more. */
static void
test_remove_full (Fixture *fixture, gconstpointer data)
{
  ClawAddress second;
  g_autoptr (ClawUdpSocket) socket = add_socket (fixture, 1, &second);

  is_socket_full = TRUE;
  fixture->endpoint.to_send = 1;
  claw_pump_kick (fixture->pump);
  g_main_context_iteration (NULL, FALSE);
  is_socket_full = FALSE;
  claw_pump_remove_socket (fixture->pump, 0);
  fixture->endpoint.to.socket = 1;
  fixture->endpoint.to_send = 1;
  claw_pump_kick (fixture->pump);
  settle ();
  g_assert_cmpuint (receive_at_peer (fixture), ==, 1);
}

#define ADD_ONE(path, offload, function) \
  g_test_add (path, Fixture, offload, set_up, function, tear_down)
#define ADD(path, function) ADD_ONE (path, "off", function)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/pump/turn/order", test_order);
  ADD ("/pump/turn/bounded", test_bounded);
  ADD ("/pump/turn/late-timers", test_late_timers);
  ADD ("/pump/turn/flood", test_flood);
  ADD_ONE ("/pump/turn/flood/offload", "on", test_flood);
  ADD ("/pump/filter/before-endpoint", test_filter);
  ADD ("/pump/kick/one-turn", test_kick);
  ADD ("/pump/deadline/wakes", test_deadline);
  ADD ("/pump/deadline/near", test_near_deadline);
  ADD ("/pump/deadline/moves-away", test_deadline_moves);
  ADD ("/pump/event/callback-kicks", test_callback_kicks);
  ADD ("/pump/event/from-sending", test_event_from_sending);
  ADD ("/pump/full/keeps", test_full);
  ADD ("/pump/full/deadline", test_full_with_deadline);
  ADD ("/pump/flush/at-once", test_flush);
  ADD ("/pump/flush/full", test_flush_full);
  ADD ("/pump/free/no-source-left", test_free);
  ADD ("/pump/context/thread-default", test_context);
  ADD ("/pump/sockets/two", test_two_sockets);
  ADD_ONE ("/pump/sockets/two/offload", "on", test_two_sockets);
  ADD ("/pump/sockets/alternating", test_alternating);
  ADD_ONE ("/pump/sockets/alternating/offload", "on", test_alternating);
  ADD ("/pump/sockets/remove", test_remove);
  ADD ("/pump/sockets/remove-full", test_remove_full);
  ADD ("/pump/sockets/replace-in-callback", test_replace_in_callback);
  return g_test_run ();
}
