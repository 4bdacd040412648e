/* test-udp-socket.c: datagrams between sockets on loopback, where what was sent is there at once.
 *
 * bind () and sendmmsg () are replaced here by functions that fail on request, because a real
 * system gives neither a full range of ports nor a full send buffer when a test would like one.
 */
#include "claw-udp-socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned binds_to_fail; /* next so many bind () say EADDRINUSE */
static unsigned n_binds;
static int room_left = -1; /* datagrams until sendmmsg () says EAGAIN; -1: no end */

int
bind (int fd, const struct sockaddr *address, socklen_t length)
{
  n_binds++;
  if (binds_to_fail > 0)
    {
      binds_to_fail--;
      errno = EADDRINUSE;
      return -1;
    }
  return (int) syscall (SYS_bind, fd, address, length);
}

int
sendmmsg (int fd, struct mmsghdr *headers, unsigned n, int flags)
{
  if (room_left == 0)
    {
      errno = EAGAIN;
      return -1;
    }
  if (room_left > 0)
    n = MIN (n, (unsigned) room_left);

  int sent = (int) syscall (SYS_sendmmsg, fd, headers, n, flags);
  if (room_left > 0 && sent > 0)
    room_left -= sent;
  return sent;
}

static ClawUdpSocket *
new_socket (const char *ip)
{
  g_autoptr (GError) error = NULL;
  ClawAddress address;

  g_assert_true (claw_address_parse_ip (ip, 0, &address));
  ClawUdpSocket *socket = claw_udp_socket_new (&address, &error);
  g_assert_no_error (error);
  return socket;
}

/* Collects what came as a text: datagrams that hold a text each, separated by spaces. */
typedef struct
{
  GString *text;
  ClawAddress from; /* of the last */
} Inbox;

static void
collect (const ClawAddress *from, const uint8_t *data, size_t length, gpointer user_data)
{
  Inbox *inbox = user_data;

  g_string_append_len (inbox->text, (const char *) data, (gssize) length);
  g_string_append_c (inbox->text, ' ');
  inbox->from = *from;
}

static void
assert_received (ClawUdpSocket *socket, unsigned limit, unsigned n, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Inbox inbox = { .text = text };

  g_assert_cmpuint (claw_udp_socket_receive (socket, limit, collect, &inbox), ==, n);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
queue_text (ClawUdpSocket *socket, const ClawAddress *to, const char *text)
{
  claw_udp_socket_queue (socket, to, (const uint8_t *) text, strlen (text));
}

/* Queues the numbers from @first to before @end. */
static void
queue_numbers (ClawUdpSocket *socket, const ClawAddress *to, unsigned first, unsigned end)
{
  for (unsigned i = first; i < end; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);
      queue_text (socket, to, text);
    }
}

static char *
numbers (unsigned first, unsigned end)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = first; i < end; i++)
    g_string_append_printf (text, "%u ", i);
  return g_string_free (text, FALSE);
}

typedef struct
{
  ClawUdpSocket *sender;
  ClawUdpSocket *receiver;
  ClawAddress to; /* the receiver's address */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  room_left = -1;
  binds_to_fail = 0;
  fixture->sender = new_socket ("127.0.0.1");
  fixture->receiver = new_socket ("127.0.0.1");
  claw_udp_socket_get_address (fixture->receiver, &fixture->to);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->sender);
  g_assert_finalize_object (fixture->receiver);
}

/* Port 0 gives a port of the range, other ones for other sockets. */
static void
test_random_port (Fixture *fixture, gconstpointer data)
{
  ClawAddress address;

  claw_udp_socket_get_address (fixture->sender, &address);
  g_assert_cmpuint (address.port, >=, CLAW_UDP_SOCKET_PORT_FIRST);
  g_assert_false (claw_address_equal (&address, &fixture->to));
}

/* Ports in use are passed over; only when all are in use is it an error, which names the address.
 */
static void
test_ports_in_use (void)
{
  g_autoptr (GError) error = NULL;
  ClawAddress address;

  g_assert_true (claw_address_parse_ip ("127.0.0.1", 0, &address));
  binds_to_fail = 1000;
  g_autoptr (ClawUdpSocket) socket = claw_udp_socket_new (&address, &error);
  g_assert_no_error (error);
  g_assert_nonnull (socket);
  g_assert_cmpuint (binds_to_fail, ==, 0);

  n_binds = 0;
  binds_to_fail = G_MAXUINT;
  g_assert_null (claw_udp_socket_new (&address, &error));
  binds_to_fail = 0;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, "127.0.0.1"));
  g_assert_cmpuint (n_binds, ==, CLAW_UDP_SOCKET_PORT_LAST - CLAW_UDP_SOCKET_PORT_FIRST + 1);
}

/* A given port is taken, and it is not shared with a second socket. */
static void
test_fixed_port (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (claw_udp_socket_new (&fixture->to, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

/* Datagrams are not fragmented, the address is not shared, and nothing waits. */
static void
test_options (Fixture *fixture, gconstpointer data)
{
  GSocket *socket = claw_udp_socket_get_socket (fixture->sender);
  int value = -1;

  g_assert_true (g_socket_get_option (socket, IPPROTO_IP, IP_MTU_DISCOVER, &value, NULL));
  g_assert_cmpint (value, ==, IP_PMTUDISC_PROBE);
  g_assert_true (g_socket_get_option (socket, SOL_SOCKET, SO_REUSEADDR, &value, NULL));
  g_assert_cmpint (value, ==, 0);
  g_assert_false (g_socket_get_blocking (socket));
  assert_received (fixture->receiver, 10, 0, "");
}

/* More than two batches arrive in order, and no more at once than asked for. */
static void
test_batches (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = numbers (0, 40);
  g_autofree char *rest = numbers (40, 70);

  queue_numbers (fixture->sender, &fixture->to, 0, 70);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 40, 40, first);
  assert_received (fixture->receiver, 1000, 30, rest);
  assert_received (fixture->receiver, 1000, 0, "");
}

/* The largest datagram and an empty one come whole; a larger one is not given on, and does no harm.
 */
static void
test_sizes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (CLAW_UDP_SOCKET_DATAGRAM_MAX, 'x');
  g_autofree char *expected = g_strconcat (text, "  after ", NULL);
  g_autofree char *too_large = g_strnfill (CLAW_UDP_SOCKET_DATAGRAM_MAX + 1, 'x');
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (fixture->to.port) };

  memcpy (&address.sin_addr, fixture->to.ip, 4);
  queue_text (fixture->sender, &fixture->to, text);
  claw_udp_socket_queue (fixture->sender, &fixture->to, NULL, 0);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  int fd = g_socket_get_fd (claw_udp_socket_get_socket (fixture->sender));
  g_assert_cmpint (
      sendto (fd, too_large, strlen (too_large), 0, (struct sockaddr *) &address, sizeof address),
      ==, CLAW_UDP_SOCKET_DATAGRAM_MAX + 1);
  queue_text (fixture->sender, &fixture->to, "after");
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 10, 4, expected);
}

/* What a full buffer does not take stays queued, in order, together with what comes after. */
static void
test_full_keeps (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = numbers (0, 3);
  g_autofree char *rest = numbers (3, 15);

  room_left = 3;
  queue_numbers (fixture->sender, &fixture->to, 0, 10);
  g_assert_false (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 100, 3, first);
  g_assert_false (claw_udp_socket_flush (fixture->sender));

  queue_numbers (fixture->sender, &fixture->to, 10, 15);
  room_left = -1;
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 100, 12, rest);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 100, 0, "");
}

/* Nothing grows while the buffer is full: one more than a batch is dropped. */
static void
test_full_limit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *batch = numbers (0, CLAW_UDP_SOCKET_BATCH);

  room_left = 0;
  queue_numbers (fixture->sender, &fixture->to, 0, CLAW_UDP_SOCKET_BATCH + 1);
  room_left = -1;
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 100, CLAW_UDP_SOCKET_BATCH, batch);
}

/* What the system or the family refuses is dropped, and its neighbours arrive. */
static void
test_refused_destination (Fixture *fixture, gconstpointer data)
{
  ClawAddress no_port = fixture->to, ipv6, none = { 0 };

  no_port.port = 0;
  g_assert_true (claw_address_parse ("[::1]:50000", &ipv6));
  queue_text (fixture->sender, &fixture->to, "a");
  queue_text (fixture->sender, &no_port, "b");
  queue_text (fixture->sender, &ipv6, "c");
  queue_text (fixture->sender, &none, "d");
  queue_text (fixture->sender, &fixture->to, "e");
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 10, 2, "a e ");
}

/* A port where nobody listens any more is no error of the socket. */
static void
test_nobody_listens (Fixture *fixture, gconstpointer data)
{
  ClawUdpSocket *gone = new_socket ("127.0.0.1");
  ClawAddress nobody;

  claw_udp_socket_get_address (gone, &nobody);
  g_object_unref (gone);
  for (guint i = 0; i < 3; i++)
    {
      queue_text (fixture->sender, &nobody, "x");
      g_assert_true (claw_udp_socket_flush (fixture->sender));
      assert_received (fixture->sender, 10, 0, "");
    }
  queue_text (fixture->sender, &fixture->to, "y");
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 10, 1, "y ");
}

/* A client's socket reaches IPv4, sees it as IPv4, and answers there; also through a dual-stack
 * socket. */
static void
test_client_ipv4 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawUdpSocket) client = claw_udp_socket_new_client (&error);
  g_autoptr (GString) text = g_string_new (NULL);
  Inbox inbox = { .text = text };

  g_assert_no_error (error);
  queue_text (client, &fixture->to, "question");
  g_assert_true (claw_udp_socket_flush (client));
  claw_udp_socket_receive (fixture->receiver, 1, collect, &inbox);
  g_assert_cmpint (inbox.from.family, ==, CLAW_ADDRESS_IPV4);

  queue_text (fixture->receiver, &inbox.from, "answer");
  g_assert_true (claw_udp_socket_flush (fixture->receiver));
  g_assert_cmpuint (claw_udp_socket_receive (client, 1, collect, &inbox), ==, 1);
  g_assert_cmpstr (text->str, ==, "question answer ");
  g_assert_true (claw_address_equal (&inbox.from, &fixture->to));
}

/* IPv6 works the same where the machine has it. */
static void
test_client_ipv6 (void)
{
  ClawAddress address, from_expected;

  g_assert_true (claw_address_parse_ip ("::1", 0, &address));
  g_autoptr (ClawUdpSocket) server = claw_udp_socket_new (&address, NULL);
  if (server == NULL)
    {
      g_test_skip ("no IPv6 here");
      return;
    }

  g_autoptr (ClawUdpSocket) client = claw_udp_socket_new_client (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  Inbox inbox = { .text = text };

  claw_udp_socket_get_address (server, &address);
  claw_udp_socket_get_address (client, &from_expected);
  queue_text (client, &address, "six");
  g_assert_true (claw_udp_socket_flush (client));
  g_assert_cmpuint (claw_udp_socket_receive (server, 9, collect, &inbox), ==, 1);
  g_assert_cmpstr (text->str, ==, "six ");
  g_assert_cmpint (inbox.from.family, ==, CLAW_ADDRESS_IPV6);
  g_assert_cmpuint (inbox.from.port, ==, from_expected.port);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/udp-socket/port/random", test_random_port);
  g_test_add_func ("/udp-socket/port/in-use", test_ports_in_use);
  ADD ("/udp-socket/port/fixed", test_fixed_port);
  ADD ("/udp-socket/options/set", test_options);
  ADD ("/udp-socket/receive/batches", test_batches);
  ADD ("/udp-socket/receive/sizes", test_sizes);
  ADD ("/udp-socket/full/keeps-order", test_full_keeps);
  ADD ("/udp-socket/full/limit", test_full_limit);
  ADD ("/udp-socket/send/refused-destination", test_refused_destination);
  ADD ("/udp-socket/send/nobody-listens", test_nobody_listens);
  ADD ("/udp-socket/client/ipv4", test_client_ipv4);
  g_test_add_func ("/udp-socket/client/ipv6", test_client_ipv6);
  return g_test_run ();
}
