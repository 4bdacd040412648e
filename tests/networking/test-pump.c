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

#define WATCHDOG_S 30
#define TURN_MAX 256 /* the pump's */

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
  ClawAddress to;   /* where its datagrams go */
  unsigned to_send; /* how many it still wants to send */
  unsigned n_sent;  /* taken by the pump */
  unsigned n_received;
  unsigned n_wakes;
  unsigned n_events;  /* not taken yet */
  gint64 deadline_us; /* cleared by the wake at or after it */
  GString *order;     /* of calls: r, w, e, s */
  gboolean is_event_per_send;
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
  *to = (ClawRoute){ .peer = endpoint->to };
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
  guint watchdog;
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

static gboolean
on_watchdog (gpointer user_data)
{
  g_error ("The test waits for something that does not come");
  return G_SOURCE_REMOVE;
}

/* Runs turns until nothing is ready any more. */
static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  is_socket_full = FALSE;
  fixture->socket = new_socket ();
  fixture->peer = new_socket ();
  claw_udp_socket_get_address (fixture->socket, &fixture->address);
  claw_udp_socket_get_address (fixture->peer, &fixture->endpoint.to);
  fixture->endpoint.deadline_us = G_MAXINT64;
  fixture->endpoint.order = g_string_new (NULL);
  fixture->pump = claw_pump_new (&fixture->endpoint, fixture->socket, on_event, fixture);
  fixture->watchdog = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, NULL);
  settle ();
  g_string_truncate (fixture->endpoint.order, 0);
  fixture->endpoint.n_wakes = 0;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_source_remove (fixture->watchdog);
  claw_pump_free (fixture->pump);
  g_assert_finalize_object (fixture->socket);
  g_assert_finalize_object (fixture->peer);
  g_string_free (fixture->endpoint.order, TRUE);
}

static void
count (const ClawAddress *from, const uint8_t *data, size_t length, gpointer user_data)
{
}

static unsigned
receive_at_peer (Fixture *fixture)
{
  return claw_udp_socket_receive (fixture->peer, 10000, count, NULL);
}

static void
send_from_peer (Fixture *fixture, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    claw_udp_socket_queue (fixture->peer, &fixture->address, (const uint8_t *) "x", 1);
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

/* A flood from outside is taken in shares too: between two wakes there are never more datagrams
 * than that. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  unsigned run = 0;

  send_from_peer (fixture, 2 * TURN_MAX);
  settle ();
  g_assert_cmpuint (fixture->endpoint.n_received, >, 0);
  for (const char *c = fixture->endpoint.order->str; *c != '\0'; c++)
    {
      run = *c == 'r' ? run + 1 : 0;
      g_assert_cmpuint (run, <=, TURN_MAX);
    }
}

/* While the socket is full the endpoint keeps its datagrams; when there is room they go, none is
 * lost. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  is_socket_full = TRUE;
  fixture->endpoint.to_send = 3 * CLAW_UDP_SOCKET_BATCH;
  claw_pump_kick (fixture->pump);
  for (guint i = 0; i < 20; i++)
    {
      claw_pump_kick (fixture->pump);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (fixture->endpoint.n_sent, ==, CLAW_UDP_SOCKET_BATCH);
  g_assert_cmpuint (receive_at_peer (fixture), ==, 0);

  is_socket_full = FALSE;
  while (fixture->endpoint.to_send > 0)
    g_main_context_iteration (NULL, TRUE);
  settle ();
  g_assert_cmpuint (receive_at_peer (fixture), ==, 3 * CLAW_UDP_SOCKET_BATCH);
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

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/pump/turn/order", test_order);
  ADD ("/pump/turn/bounded", test_bounded);
  ADD ("/pump/turn/flood", test_flood);
  ADD ("/pump/kick/one-turn", test_kick);
  ADD ("/pump/deadline/wakes", test_deadline);
  ADD ("/pump/event/callback-kicks", test_callback_kicks);
  ADD ("/pump/event/from-sending", test_event_from_sending);
  ADD ("/pump/full/keeps", test_full);
  ADD ("/pump/full/deadline", test_full_with_deadline);
  ADD ("/pump/flush/at-once", test_flush);
  ADD ("/pump/flush/full", test_flush_full);
  ADD ("/pump/free/no-source-left", test_free);
  ADD ("/pump/context/thread-default", test_context);
  return g_test_run ();
}
