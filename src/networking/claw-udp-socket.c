/* claw-udp-socket.c: a GSocket, so that main loops can wait for it, with the ways in and out of
 * claw-udp-input.h and claw-udp-output.h.
 *
 * IPv4 peers of a dual-stack socket appear as IPv4: mapped addresses are translated on the way in
 * and out.
 */
#include "claw-udp-socket.h"

#include "claw-sockaddr.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <netinet/udp.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

#define BUFFER_SIZE (1024 * 1024)
#define N_PORTS (CLAW_UDP_SOCKET_PORT_LAST - CLAW_UDP_SOCKET_PORT_FIRST + 1)

struct _ClawUdpSocket
{
  GObject parent_instance;

  GSocket *socket;
  int fd; /* of @socket */
  ClawAddress address;
  gboolean is_receiving;
  ClawUdpInput *input;
  ClawUdpOutput *output;
};

G_DEFINE_FINAL_TYPE (ClawUdpSocket, claw_udp_socket, G_TYPE_OBJECT)

/* Life cycle */

static void
claw_udp_socket_finalize (GObject *object)
{
  ClawUdpSocket *self = CLAW_UDP_SOCKET (object);

  g_clear_object (&self->socket);
  claw_udp_input_free (self->input);
  claw_udp_output_free (self->output);
  G_OBJECT_CLASS (claw_udp_socket_parent_class)->finalize (object);
}

static void
claw_udp_socket_class_init (ClawUdpSocketClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = claw_udp_socket_finalize;
}

static void
claw_udp_socket_init (ClawUdpSocket *self)
{
  self->fd = -1;
}

/* None of these is needed to work, and some systems refuse some of them. */
static void
set_options (int fd, const ClawAddress *address)
{
  const int on = 1;
  const int buffer_size = BUFFER_SIZE;
  const int probe_ipv4 = IP_PMTUDISC_PROBE;
  const int probe_ipv6 = IPV6_PMTUDISC_PROBE;

  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &buffer_size, sizeof buffer_size);
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size);
  /* Don't fragment, and don't believe ICMP about the path's MTU, which anyone can forge. */
  setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe_ipv4, sizeof probe_ipv4);
  if (address->family == CLAW_ADDRESS_IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe_ipv6, sizeof probe_ipv6);
  /* Every datagram comes with its ECN mark. */
  setsockopt (fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
  if (address->family == CLAW_ADDRESS_IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
}

static gboolean
is_offload_wanted (void)
{
  const char *wanted = g_getenv ("CLAWCHAT_UDP_OFFLOAD");

  if (wanted == NULL || *wanted == '\0' || g_str_equal (wanted, "on"))
    return TRUE;
  if (!g_str_equal (wanted, "off"))
    g_error ("CLAWCHAT_UDP_OFFLOAD is set to “%s”; it may be “on” or “off”", wanted);
  return FALSE;
}

/* What the kernel can do with many datagrams at once is asked once a socket. */
static void
make_ways (ClawUdpSocket *self)
{
  const int on = 1;
  int size = 0;
  socklen_t length = sizeof size;
  gboolean is_wanted = is_offload_wanted ();
  gboolean has_segments = is_wanted
                          && getsockopt (self->fd, SOL_UDP, UDP_SEGMENT, &size, &length) == 0;
  gboolean has_runs = is_wanted && setsockopt (self->fd, SOL_UDP, UDP_GRO, &on, sizeof on) == 0;

  self->output = claw_udp_output_new (&self->address, has_segments);
  self->input = claw_udp_input_new (has_runs);
}

/* Returns: 0 or an errno. */
static int
bind_to (int fd, const ClawAddress *address)
{
  ClawSockaddr sockaddr;
  socklen_t length = claw_sockaddr_from_address (&sockaddr, address, address);

  return bind (fd, &sockaddr.any, length) == 0 ? 0 : errno;
}

/* Tries all ports of the range in an order that nobody can guess. Returns: 0 or an errno. */
static int
bind_to_random_port (int fd, const ClawAddress *address)
{
  ClawAddress candidate = *address;
  uint32_t start = randombytes_uniform (N_PORTS);
  uint32_t step = randombytes_uniform (N_PORTS / 2) * 2
                  + 1; /* odd: meets each of 2^14 ports once */
  int result = EADDRINUSE;

  for (uint32_t i = 0; i < N_PORTS && result == EADDRINUSE; i++)
    {
      candidate.port = (uint16_t) (CLAW_UDP_SOCKET_PORT_FIRST + (start + i * step) % N_PORTS);
      result = bind_to (fd, &candidate);
    }
  return result;
}

static void
set_bind_error (GError **error, const ClawAddress *address, int saved_errno)
{
  char text[CLAW_ADDRESS_STRING_SIZE];

  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (saved_errno),
               _ ("Cannot listen on UDP %s: %s"), claw_address_format (address, text),
               g_strerror (saved_errno));
}

static ClawUdpSocket *
new_bound (const ClawAddress *address,
           int (*bind_function) (int, const ClawAddress *),
           GError **error)
{
  int family = address->family == CLAW_ADDRESS_IPV4 ? AF_INET : AF_INET6;
  int only_ipv6 = claw_sockaddr_is_dual_stack (address) ? 0 : 1;
  ClawSockaddr bound = { 0 };
  socklen_t length = sizeof bound;

  int fd = socket (family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    {
      set_bind_error (error, address, errno);
      return NULL;
    }

  int result = 0;
  if (family == AF_INET6
      && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_ipv6, sizeof only_ipv6) != 0)
    result = errno;
  set_options (fd, address);
  result = result != 0 ? result : bind_function (fd, address);
  if (result == 0 && getsockname (fd, &bound.any, &length) != 0)
    result = errno;
  if (result != 0)
    {
      close (fd);
      set_bind_error (error, address, result);
      return NULL;
    }

  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  if (socket == NULL)
    {
      close (fd);
      return NULL;
    }
  g_socket_set_blocking (socket, FALSE);

  ClawUdpSocket *self = g_object_new (CLAW_TYPE_UDP_SOCKET, NULL);
  self->socket = g_steal_pointer (&socket);
  self->fd = fd;
  claw_sockaddr_to_address (&bound, &self->address);
  make_ways (self);
  return self;
}

ClawUdpSocket *
claw_udp_socket_new (const ClawAddress *address, GError **error)
{
  g_return_val_if_fail (address != NULL && address->family != CLAW_ADDRESS_NONE, NULL);

  return new_bound (address, address->port != 0 ? bind_to : bind_to_random_port, error);
}

ClawUdpSocket *
claw_udp_socket_new_client (GError **error)
{
  const ClawAddress any_ipv6 = { .family = CLAW_ADDRESS_IPV6 };
  const ClawAddress any_ipv4 = { .family = CLAW_ADDRESS_IPV4 };
  ClawUdpSocket *self = new_bound (&any_ipv6, bind_to, NULL);

  return self != NULL ? self : new_bound (&any_ipv4, bind_to, error);
}

/* Receiving */

unsigned
claw_udp_socket_receive (ClawUdpSocket *self,
                         unsigned limit,
                         ClawUdpSocketReceived received,
                         gpointer user_data)
{
  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (self), 0);
  g_return_val_if_fail (received != NULL, 0);
  g_return_val_if_fail (!self->is_receiving, 0);

  g_object_ref (self); /* @received may drop the last other reference */
  self->is_receiving = TRUE;
  unsigned n = claw_udp_input_receive (self->input, self->fd, limit, received, user_data);
  self->is_receiving = FALSE;
  g_object_unref (self);
  return n;
}

/* Sending */

uint8_t *
claw_udp_socket_reserve (ClawUdpSocket *self)
{
  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (self), NULL);

  uint8_t *buffer = claw_udp_output_reserve (self->output);

  if (buffer == NULL && claw_udp_socket_flush (self))
    buffer = claw_udp_output_reserve (self->output);
  return buffer;
}

void
claw_udp_socket_commit (ClawUdpSocket *self, const ClawRoute *to, size_t length)
{
  g_return_if_fail (CLAW_IS_UDP_SOCKET (self));
  g_return_if_fail (to != NULL);
  g_return_if_fail (length <= CLAW_UDP_SOCKET_DATAGRAM_MAX);

  claw_udp_output_commit (self->output, to, length);
}

void
claw_udp_socket_queue (ClawUdpSocket *self, const ClawRoute *to, const uint8_t *data, size_t length)
{
  g_return_if_fail (CLAW_IS_UDP_SOCKET (self));
  g_return_if_fail (to != NULL);
  g_return_if_fail (data != NULL || length == 0);
  g_return_if_fail (length <= CLAW_UDP_SOCKET_DATAGRAM_MAX);

  uint8_t *buffer = claw_udp_socket_reserve (self);
  if (buffer == NULL)
    return;
  if (length > 0)
    memcpy (buffer, data, length);
  claw_udp_output_commit (self->output, to, length);
}

gboolean
claw_udp_socket_flush (ClawUdpSocket *self)
{
  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (self), TRUE);

  return claw_udp_output_flush (self->output, self->fd);
}

/* Queries */

void
claw_udp_socket_get_address (ClawUdpSocket *self, ClawAddress *address)
{
  g_return_if_fail (CLAW_IS_UDP_SOCKET (self));
  g_return_if_fail (address != NULL);

  *address = self->address;
}

GSocket *
claw_udp_socket_get_socket (ClawUdpSocket *self)
{
  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (self), NULL);

  return self->socket;
}

gboolean
claw_udp_socket_has_segments (ClawUdpSocket *self)
{
  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (self), FALSE);

  return claw_udp_output_has_segments (self->output);
}

gboolean
claw_udp_socket_has_runs (ClawUdpSocket *self)
{
  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (self), FALSE);

  return claw_udp_input_has_runs (self->input);
}
