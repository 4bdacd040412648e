/* test-udp-socket.c: datagrams between sockets on loopback, where what was sent is there at once.
 *
 * bind (), sendmmsg () and recvmmsg () are replaced here by functions that fail on request, because
 * a real system gives neither a full range of ports nor a full send buffer nor an interface that
 * cannot cut up super-datagrams when a test would like one. Most tests run twice, with and without
 * what the kernel can do with many datagrams at once.
 */
#include "claw-udp-socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned binds_to_fail; /* next so many bind () say EADDRINUSE */
static unsigned n_binds;
static int room_left = -1; /* messages until sendmmsg () says EAGAIN; -1: no end */
static int refuse_super;   /* what super-datagrams fail with; 0: they do not */
static size_t refuse_from; /* single datagrams of this size and more fail with EMSGSIZE; 0: none */
static gboolean cut_received; /* what was received counts as cut off */
static GString *messages;     /* for each message that was sent how many datagrams it had */

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

/* Returns: how many datagrams @message is cut up into. */
static size_t
count_segments (const struct msghdr *message)
{
  struct cmsghdr *control = CMSG_FIRSTHDR (message);
  uint16_t size = 0;

  if (control == NULL || control->cmsg_level != SOL_UDP || control->cmsg_type != UDP_SEGMENT)
    return 1;
  memcpy (&size, CMSG_DATA (control), sizeof size);
  return (message->msg_iov->iov_len + size - 1) / size;
}

/* Returns: 0 or the errno that the test wants @message to fail with. */
static int
refuse (const struct msghdr *message)
{
  if (room_left == 0)
    return EAGAIN;
  if (count_segments (message) > 1)
    return refuse_super;
  return refuse_from > 0 && message->msg_iov->iov_len >= refuse_from ? EMSGSIZE : 0;
}

int
sendmmsg (int fd, struct mmsghdr *headers, unsigned n, int flags)
{
  unsigned i;

  for (i = 0; i < n; i++)
    {
      errno = refuse (&headers[i].msg_hdr);
      if (errno != 0 || syscall (SYS_sendmmsg, fd, &headers[i], 1, flags) != 1)
        break;
      room_left -= room_left > 0 ? 1 : 0;
      g_string_append_printf (messages, "%zu ", count_segments (&headers[i].msg_hdr));
    }
  return i > 0 ? (int) i : -1;
}

int
recvmmsg (int fd, struct mmsghdr *headers, unsigned n, int flags, struct timespec *timeout)
{
  int received = (int) syscall (SYS_recvmmsg, fd, headers, n, flags, timeout);

  for (int i = 0; i < received && cut_received; i++)
    headers[i].msg_hdr.msg_flags |= MSG_TRUNC;
  return received;
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
  ClawAddress from;   /* of the last */
  gboolean has_marks; /* the text has each one's ECN mark as well */
} Inbox;

static void
collect (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  Inbox *inbox = user_data;

  g_string_append_len (inbox->text, (const char *) data, (gssize) length);
  if (inbox->has_marks)
    g_string_append_printf (inbox->text, ":%u", from->ecn);
  g_string_append_c (inbox->text, ' ');
  inbox->from = from->peer;
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
queue_marked (ClawUdpSocket *socket, const ClawAddress *to, uint8_t ecn, const char *text)
{
  const ClawRoute route = { .peer = *to, .ecn = ecn };

  claw_udp_socket_queue (socket, &route, (const uint8_t *) text, strlen (text));
}

static void
queue_text (ClawUdpSocket *socket, const ClawAddress *to, const char *text)
{
  queue_marked (socket, to, CLAW_ECN_NONE, text);
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

/* @offload: "on" or "off" */
static void
set_up (Fixture *fixture, gconstpointer offload)
{
  g_setenv ("CLAWCHAT_UDP_OFFLOAD", offload, TRUE);
  room_left = -1;
  binds_to_fail = 0;
  refuse_super = 0;
  refuse_from = 0;
  cut_received = FALSE;
  messages = g_string_new (NULL);
  fixture->sender = new_socket ("127.0.0.1");
  fixture->receiver = new_socket ("127.0.0.1");
  claw_udp_socket_get_address (fixture->receiver, &fixture->to);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->sender);
  g_assert_finalize_object (fixture->receiver);
  g_string_free (messages, TRUE);
  messages = NULL;
}

/* Whether the kernel cuts up and puts together datagrams here, without which some tests say
 * nothing. */
static gboolean
has_offload (Fixture *fixture)
{
  if (claw_udp_socket_has_segments (fixture->sender)
      && claw_udp_socket_has_runs (fixture->receiver))
    return TRUE;
  g_test_skip ("no UDP_SEGMENT or no UDP_GRO here");
  return FALSE;
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
  g_unsetenv ("CLAWCHAT_UDP_OFFLOAD");
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

/* More than two batches arrive in order. */
static void
test_batches (Fixture *fixture, gconstpointer data)
{
  g_autofree char *all = numbers (1000, 1200);

  queue_numbers (fixture->sender, &fixture->to, 1000, 1200);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 1000, 200, all);
  assert_received (fixture->receiver, 1000, 0, "");
}

/* No more come at once than asked for, but for a run, which comes whole. */
static void
test_limit (Fixture *fixture, gconstpointer offload)
{
  gboolean is_single = g_str_equal (offload, "off");
  g_autofree char *first = is_single ? numbers (10, 50) : numbers (10, 74);
  g_autofree char *rest = is_single ? numbers (50, 80) : numbers (74, 80);

  if (!is_single && !has_offload (fixture))
    return;
  queue_numbers (fixture->sender, &fixture->to, 10, 80);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 40, is_single ? 40 : 64, first);
  assert_received (fixture->receiver, 1000, is_single ? 30 : 6, rest);
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
  queue_text (fixture->sender, &fixture->to, "");
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

/* Nothing grows while the buffer is full: one run more than a batch is dropped. */
static void
test_full_runs (Fixture *fixture, gconstpointer data)
{
  g_autofree char *batch = numbers (0, CLAW_UDP_OUTPUT_RUNS_MAX);

  room_left = 0;
  queue_numbers (fixture->sender, &fixture->to, 0, CLAW_UDP_OUTPUT_RUNS_MAX + 1);
  g_assert_null (claw_udp_socket_reserve (fixture->sender));
  room_left = -1;
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 100, CLAW_UDP_OUTPUT_RUNS_MAX, batch);
}

/* The same for bytes: what does not fit into the buffer is dropped, and room comes back. */
static void
test_full_bytes (Fixture *fixture, gconstpointer data)
{
  const unsigned max = CLAW_UDP_OUTPUT_SIZE / CLAW_UDP_SOCKET_DATAGRAM_MAX;
  g_autofree char *text = g_strnfill (CLAW_UDP_SOCKET_DATAGRAM_MAX, 'x');
  g_autoptr (GString) received = g_string_new (NULL);
  Inbox inbox = { .text = received };

  room_left = 0;
  for (unsigned i = 0; i < max + 1; i++)
    queue_text (fixture->sender, &fixture->to, text);
  room_left = -1;
  g_assert_nonnull (claw_udp_socket_reserve (fixture->sender));
  g_assert_cmpuint (claw_udp_socket_receive (fixture->receiver, 1000, collect, &inbox), ==, max);
}

/* What is written in place arrives like what is copied; without a commit nothing does. */
static void
test_reserve (Fixture *fixture, gconstpointer data)
{
  const ClawRoute route = { .peer = fixture->to };

  memcpy (claw_udp_socket_reserve (fixture->sender), "lost", 4);
  memcpy (claw_udp_socket_reserve (fixture->sender), "kept", 4);
  claw_udp_socket_commit (fixture->sender, &route, 4);
  queue_text (fixture->sender, &fixture->to, "too");
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 10, 2, "kept too ");
}

/* Runs */

/* Neighbours of one size to one peer with one mark go as one message; a shorter one ends the run,
 * and so does another peer, another mark or a longer one. */
static void
test_runs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawUdpSocket) other = new_socket ("127.0.0.1");
  ClawAddress to_other;

  if (!has_offload (fixture))
    return;
  claw_udp_socket_get_address (other, &to_other);
  for (const char *const *text = (const char *const[]){ "aaa", "bbb", "cc", "dd", "eee", NULL };
       *text != NULL; text++)
    queue_text (fixture->sender, &fixture->to, *text);
  queue_text (fixture->sender, &to_other, "fff");
  queue_text (fixture->sender, &to_other, "ggg");
  queue_marked (fixture->sender, &to_other, CLAW_ECN_ECT0, "hhh");
  queue_text (fixture->sender, &to_other, "");
  queue_text (fixture->sender, &to_other, "");
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  g_assert_cmpstr (messages->str, ==, "3 1 1 2 1 1 1 ");
  assert_received (fixture->receiver, 10, 5, "aaa bbb cc dd eee ");
  assert_received (other, 10, 5, "fff ggg hhh   ");
}

/* A run has at most 64 datagrams and 65,000 bytes. */
static void
test_run_limits (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill (CLAW_UDP_SOCKET_DATAGRAM_MAX, 'x');
  g_autoptr (GString) received = g_string_new (NULL);
  Inbox inbox = { .text = received };

  if (!has_offload (fixture))
    return;
  queue_numbers (fixture->sender, &fixture->to, 100, 100 + CLAW_UDP_OUTPUT_SEGMENTS_MAX + 1);
  for (unsigned i = 0; i < CLAW_UDP_OUTPUT_RUN_SIZE_MAX / CLAW_UDP_SOCKET_DATAGRAM_MAX + 1; i++)
    queue_text (fixture->sender, &fixture->to, large);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  g_assert_cmpstr (messages->str, ==, "64 1 31 1 ");
  g_assert_cmpuint (claw_udp_socket_receive (fixture->receiver, 1000, collect, &inbox), ==, 97);
}

/* An interface that cannot cut up super-datagrams (EIO) gets single ones from then on, and nothing
 * is lost or out of order. */
static void
test_no_segments (Fixture *fixture, gconstpointer error)
{
  g_autofree char *all = numbers (10, 60);

  if (!has_offload (fixture))
    return;
  refuse_super = GPOINTER_TO_INT (error);
  queue_numbers (fixture->sender, &fixture->to, 10, 40);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  g_assert_false (claw_udp_socket_has_segments (fixture->sender));
  queue_numbers (fixture->sender, &fixture->to, 40, 60);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 100, 50, all);
}

static void
set_up_on (Fixture *fixture, gconstpointer error)
{
  set_up (fixture, "on");
}

/* A socket that is full in the middle of that goes on where it was. */
static void
test_no_segments_full (Fixture *fixture, gconstpointer data)
{
  g_autofree char *all = numbers (10, 40);

  if (!has_offload (fixture))
    return;
  refuse_super = EINVAL;
  room_left = 7;
  queue_numbers (fixture->sender, &fixture->to, 10, 40);
  g_assert_false (claw_udp_socket_flush (fixture->sender));
  room_left = -1;
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  assert_received (fixture->receiver, 100, 30, all);
}

/* Datagrams that are too large for the interface are no reason to give up UDP_SEGMENT, although it
 * says EINVAL about them too. */
static void
test_too_large_run (Fixture *fixture, gconstpointer data)
{
  if (!has_offload (fixture))
    return;
  refuse_super = EINVAL;
  refuse_from = 5;
  for (unsigned i = 0; i < 3; i++)
    queue_text (fixture->sender, &fixture->to, "large");
  queue_text (fixture->sender, &fixture->to, "last");
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  g_assert_true (claw_udp_socket_has_segments (fixture->sender));
  assert_received (fixture->receiver, 10, 1, "last ");
}

/* Sends @length bytes past the socket's own code, cut up by the kernel into datagrams of @size. */
static void
send_raw (Fixture *fixture, const char *data, size_t length, uint16_t size)
{
  int fd = g_socket_get_fd (claw_udp_socket_get_socket (fixture->sender));
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (fixture->to.port) };
  int segment = size;

  memcpy (&address.sin_addr, fixture->to.ip, 4);
  g_assert_cmpint (setsockopt (fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment), ==, 0);
  g_assert_cmpint (sendto (fd, data, length, 0, (struct sockaddr *) &address, sizeof address), ==,
                   length);
}

/* The limit of a datagram's size holds for each one of a run. */
static void
test_run_of_too_large (Fixture *fixture, gconstpointer data)
{
  const unsigned size = CLAW_UDP_SOCKET_DATAGRAM_MAX + 1;
  g_autofree char *text = g_strnfill (2 * size + 1, 'x');

  if (!has_offload (fixture))
    return;
  send_raw (fixture, text, 2 * size + 1, (uint16_t) size);
  assert_received (fixture->receiver, 10, 3, "x ");
}

/* Of a run that does not fit, the part of a datagram at its end is not taken for a whole one. */
static void
test_cut_run (Fixture *fixture, gconstpointer data)
{
  if (!has_offload (fixture))
    return;
  send_raw (fixture, "aabbc", 5, 2);
  cut_received = TRUE;
  assert_received (fixture->receiver, 10, 3, "aa bb ");
}

/* Without the kernel's help, each datagram is a message. */
static void
test_off (Fixture *fixture, gconstpointer data)
{
  g_assert_false (claw_udp_socket_has_segments (fixture->sender));
  g_assert_false (claw_udp_socket_has_runs (fixture->receiver));
  queue_numbers (fixture->sender, &fixture->to, 0, 3);
  g_assert_true (claw_udp_socket_flush (fixture->sender));
  g_assert_cmpstr (messages->str, ==, "1 1 1 ");
}

/* ECN */

/* Sends every mark from @sender to where @receiver is reached, and expects them there. */
static void
assert_marks (ClawUdpSocket *sender, ClawUdpSocket *receiver, const ClawAddress *to)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Inbox inbox = { .text = text, .has_marks = TRUE };

  for (unsigned ecn = 0; ecn < 4; ecn++)
    for (unsigned i = 0; i < 2; i++)
      queue_marked (sender, to, (uint8_t) ecn, "x");
  g_assert_true (claw_udp_socket_flush (sender));
  g_assert_cmpuint (claw_udp_socket_receive (receiver, 100, collect, &inbox), ==, 8);
  g_assert_cmpstr (text->str, ==, "x:0 x:0 x:1 x:1 x:2 x:2 x:3 x:3 ");
}

/* Each datagram arrives with its own mark: IPv4 to IPv4, and both ways with a dual-stack socket. */
static void
test_ecn_ipv4 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawUdpSocket) client = claw_udp_socket_new_client (NULL);
  ClawAddress address;

  g_assert_nonnull (client);
  assert_marks (fixture->sender, fixture->receiver, &fixture->to);
  assert_marks (client, fixture->receiver, &fixture->to);
  claw_udp_socket_get_address (client, &address);
  uint16_t port = address.port;
  g_assert_true (claw_address_parse_ip ("127.0.0.1", port, &address));
  assert_marks (fixture->receiver, client, &address);
}

/* The same for IPv6, where the machine has it. */
static void
test_ecn_ipv6 (Fixture *fixture, gconstpointer data)
{
  ClawAddress address, client_address;

  g_assert_true (claw_address_parse_ip ("::1", 0, &address));
  g_autoptr (ClawUdpSocket) server = claw_udp_socket_new (&address, NULL);
  g_autoptr (ClawUdpSocket) client = claw_udp_socket_new_client (NULL);
  if (server == NULL)
    {
      g_test_skip ("no IPv6 here");
      return;
    }

  claw_udp_socket_get_address (server, &address);
  assert_marks (client, server, &address);
  claw_udp_socket_get_address (client, &client_address);
  g_assert_true (claw_address_parse_ip ("::1", client_address.port, &address));
  assert_marks (server, client, &address);
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
test_client_ipv6 (Fixture *fixture, gconstpointer data)
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

#define ADD_ONE(path, offload, function) \
  g_test_add ("/udp-socket/" path, Fixture, offload, set_up, function, tear_down)
#define ADD(path, function) \
  ADD_ONE (path "/plain", "off", function); \
  ADD_ONE (path "/offload", "on", function)

static void
add_run_tests (void)
{
  ADD_ONE ("run/split", "on", test_runs);
  ADD_ONE ("run/limits", "on", test_run_limits);
  ADD_ONE ("run/full", "on", test_no_segments_full);
  ADD_ONE ("run/too-large-for-interface", "on", test_too_large_run);
  ADD_ONE ("run/of-too-large", "on", test_run_of_too_large);
  ADD_ONE ("run/cut", "on", test_cut_run);
  ADD_ONE ("run/off", "off", test_off);
  g_test_add ("/udp-socket/run/eio", Fixture, GINT_TO_POINTER (EIO), set_up_on, test_no_segments,
              tear_down);
  g_test_add ("/udp-socket/run/einval", Fixture, GINT_TO_POINTER (EINVAL), set_up_on,
              test_no_segments, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("port/random", test_random_port);
  g_test_add_func ("/udp-socket/port/in-use", test_ports_in_use);
  ADD ("port/fixed", test_fixed_port);
  ADD ("options/set", test_options);
  ADD ("receive/batches", test_batches);
  ADD ("receive/limit", test_limit);
  ADD ("receive/sizes", test_sizes);
  ADD_ONE ("full/keeps-order", "off", test_full_keeps);
  ADD_ONE ("full/runs", "off", test_full_runs);
  ADD ("full/bytes", test_full_bytes);
  ADD ("send/reserve", test_reserve);
  ADD ("send/refused-destination", test_refused_destination);
  ADD ("send/nobody-listens", test_nobody_listens);
  ADD ("client/ipv4", test_client_ipv4);
  ADD ("client/ipv6", test_client_ipv6);
  ADD ("ecn/ipv4", test_ecn_ipv4);
  ADD ("ecn/ipv6", test_ecn_ipv6);
  add_run_tests ();
  return g_test_run ();
}
