/* claw-udp-socket.c: UDP with recvmmsg and sendmmsg, which GSocket's own calls do not batch well.
 *
 * The socket is a GSocket all the same, so that main loops can wait for it. IPv4 peers of a
 * dual-stack socket appear as IPv4: mapped addresses are translated on the way in and out.
 */
#include "claw-udp-socket.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE (1024 * 1024)
#define N_PORTS (CLAW_UDP_SOCKET_PORT_LAST - CLAW_UDP_SOCKET_PORT_FIRST + 1)
/* Errors of earlier datagrams that a socket may report before it gives the next one. */
#define PENDING_ERRORS_MAX 64

typedef struct
{
  struct mmsghdr headers[CLAW_UDP_SOCKET_BATCH];
  struct iovec vectors[CLAW_UDP_SOCKET_BATCH];
  struct sockaddr_storage peers[CLAW_UDP_SOCKET_BATCH];
  uint8_t data[CLAW_UDP_SOCKET_BATCH][CLAW_UDP_SOCKET_DATAGRAM_MAX];
} Batch;

struct _ClawUdpSocket
{
  GObject parent_instance;

  GSocket *socket;
  int fd; /* of @socket */
  ClawAddress address;
  gboolean is_receiving;
  unsigned n_queued; /* in @output */
  Batch *input;      /* not inside, as an instance of a GObject has at most 64 KiB */
  Batch *output;
};

G_DEFINE_FINAL_TYPE (ClawUdpSocket, claw_udp_socket, G_TYPE_OBJECT)

/* Addresses */

static gboolean
is_dual_stack (const ClawAddress *address)
{
  return address->family == CLAW_ADDRESS_IPV6 && claw_address_is_any (address);
}

/* Writes @address for a socket bound to @local. Returns: its length, 0 when that socket cannot
 * reach it. */
static socklen_t
to_sockaddr (const ClawAddress *address, const ClawAddress *local, struct sockaddr_storage *storage)
{
  gboolean is_mapped = address->family == CLAW_ADDRESS_IPV4 && is_dual_stack (local);

  memset (storage, 0, sizeof *storage);
  if (address->family == CLAW_ADDRESS_NONE || (address->family != local->family && !is_mapped))
    return 0;

  if (address->family == CLAW_ADDRESS_IPV4 && !is_mapped)
    {
      struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons (address->port) };
      memcpy (&ipv4.sin_addr, address->ip, sizeof ipv4.sin_addr);
      memcpy (storage, &ipv4, sizeof ipv4);
      return sizeof ipv4;
    }

  struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6,
                               .sin6_port = htons (address->port),
                               .sin6_scope_id = address->scope_id };
  if (is_mapped)
    {
      ipv6.sin6_addr.s6_addr[10] = ipv6.sin6_addr.s6_addr[11] = 0xff;
      memcpy (ipv6.sin6_addr.s6_addr + 12, address->ip, 4);
    }
  else
    memcpy (&ipv6.sin6_addr, address->ip, sizeof ipv6.sin6_addr);
  memcpy (storage, &ipv6, sizeof ipv6);
  return sizeof ipv6;
}

static gboolean
from_sockaddr (const struct sockaddr_storage *storage, ClawAddress *address)
{
  memset (address, 0, sizeof *address);

  if (storage->ss_family == AF_INET)
    {
      struct sockaddr_in ipv4;
      memcpy (&ipv4, storage, sizeof ipv4);
      address->family = CLAW_ADDRESS_IPV4;
      address->port = ntohs (ipv4.sin_port);
      memcpy (address->ip, &ipv4.sin_addr, sizeof ipv4.sin_addr);
      return TRUE;
    }
  if (storage->ss_family != AF_INET6)
    return FALSE;

  struct sockaddr_in6 ipv6;
  memcpy (&ipv6, storage, sizeof ipv6);
  address->port = ntohs (ipv6.sin6_port);
  if (IN6_IS_ADDR_V4MAPPED (&ipv6.sin6_addr))
    {
      address->family = CLAW_ADDRESS_IPV4;
      memcpy (address->ip, ipv6.sin6_addr.s6_addr + 12, 4);
      return TRUE;
    }

  address->family = CLAW_ADDRESS_IPV6;
  memcpy (address->ip, &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
  /* Elsewhere it would make equal addresses differ. */
  if (IN6_IS_ADDR_LINKLOCAL (&ipv6.sin6_addr))
    address->scope_id = ipv6.sin6_scope_id;
  return TRUE;
}

/* Life cycle */

static void
claw_udp_socket_finalize (GObject *object)
{
  ClawUdpSocket *self = CLAW_UDP_SOCKET (object);

  g_clear_object (&self->socket);
  g_free (self->input);
  g_free (self->output);
  G_OBJECT_CLASS (claw_udp_socket_parent_class)->finalize (object);
}

static void
claw_udp_socket_class_init (ClawUdpSocketClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = claw_udp_socket_finalize;
}

static Batch *
batch_new (void)
{
  Batch *batch = g_new0 (Batch, 1);

  for (unsigned i = 0; i < CLAW_UDP_SOCKET_BATCH; i++)
    {
      batch->vectors[i].iov_base = batch->data[i];
      batch->headers[i].msg_hdr.msg_iov = &batch->vectors[i];
      batch->headers[i].msg_hdr.msg_iovlen = 1;
      batch->headers[i].msg_hdr.msg_name = &batch->peers[i];
    }
  return batch;
}

static void
claw_udp_socket_init (ClawUdpSocket *self)
{
  self->fd = -1;
  self->input = batch_new ();
  self->output = batch_new ();
}

/* None of these is needed to work, and some systems refuse some of them. */
static void
set_options (int fd, const ClawAddress *address)
{
  const int buffer_size = BUFFER_SIZE;
  const int probe_ipv4 = IP_PMTUDISC_PROBE;
  const int probe_ipv6 = IPV6_PMTUDISC_PROBE;

  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &buffer_size, sizeof buffer_size);
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size);
  /* Don't fragment, and don't believe ICMP about the path's MTU, which anyone can forge. */
  setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe_ipv4, sizeof probe_ipv4);
  if (address->family == CLAW_ADDRESS_IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe_ipv6, sizeof probe_ipv6);
}

/* Returns: 0 or an errno. */
static int
bind_to (int fd, const ClawAddress *address)
{
  struct sockaddr_storage storage;
  socklen_t length = to_sockaddr (address, address, &storage);

  return bind (fd, (const struct sockaddr *) &storage, length) == 0 ? 0 : errno;
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
  int only_ipv6 = is_dual_stack (address) ? 0 : 1;
  struct sockaddr_storage bound = { 0 };
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
  if (result == 0 && getsockname (fd, (struct sockaddr *) &bound, &length) != 0)
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
  from_sockaddr (&bound, &self->address);
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

/* Receiving */

/* Returns: datagrams now in the input batch, 0 when there are none. */
static unsigned
fill_input (ClawUdpSocket *self, unsigned max)
{
  Batch *input = self->input;

  for (unsigned i = 0; i < max; i++)
    {
      input->vectors[i].iov_len = CLAW_UDP_SOCKET_DATAGRAM_MAX;
      input->headers[i].msg_hdr.msg_namelen = sizeof input->peers[i];
      input->headers[i].msg_hdr.msg_flags = 0;
    }

  for (unsigned i = 0; i < PENDING_ERRORS_MAX; i++)
    {
      int n = recvmmsg (self->fd, input->headers, max, MSG_DONTWAIT, NULL);
      if (n >= 0)
        return (unsigned) n;
      /* Anything else is what became of an earlier datagram (refused, unreachable), and no longer
       * of interest. */
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        return 0;
    }
  return 0;
}

unsigned
claw_udp_socket_receive (ClawUdpSocket *self,
                         unsigned limit,
                         ClawUdpSocketReceived received,
                         gpointer user_data)
{
  unsigned total = 0;

  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (self), 0);
  g_return_val_if_fail (received != NULL, 0);
  g_return_val_if_fail (!self->is_receiving, 0);

  g_object_ref (self); /* @received may drop the last other reference */
  self->is_receiving = TRUE;
  while (total < limit)
    {
      unsigned wanted = MIN (limit - total, CLAW_UDP_SOCKET_BATCH);
      unsigned n = fill_input (self, wanted);

      for (unsigned i = 0; i < n; i++)
        {
          const struct mmsghdr *header = &self->input->headers[i];
          ClawAddress from;

          if ((header->msg_hdr.msg_flags & MSG_TRUNC) == 0
              && from_sockaddr (&self->input->peers[i], &from))
            received (&from, self->input->data[i], header->msg_len, user_data);
        }
      total += n;
      if (n < wanted)
        break;
    }
  self->is_receiving = FALSE;
  g_object_unref (self);
  return total;
}

/* Sending */

void
claw_udp_socket_queue (ClawUdpSocket *self,
                       const ClawAddress *to,
                       const uint8_t *data,
                       size_t length)
{
  Batch *output = self->output;
  struct sockaddr_storage peer;

  g_return_if_fail (CLAW_IS_UDP_SOCKET (self));
  g_return_if_fail (to != NULL);
  g_return_if_fail (data != NULL || length == 0);
  g_return_if_fail (length <= CLAW_UDP_SOCKET_DATAGRAM_MAX);

  socklen_t peer_length = to_sockaddr (to, &self->address, &peer);
  if (peer_length == 0)
    return;
  if (self->n_queued == CLAW_UDP_SOCKET_BATCH)
    claw_udp_socket_flush (self);
  if (self->n_queued == CLAW_UDP_SOCKET_BATCH)
    return;

  unsigned i = self->n_queued++;
  if (length > 0)
    memcpy (output->data[i], data, length);
  output->peers[i] = peer;
  output->headers[i].msg_hdr.msg_namelen = peer_length;
  output->vectors[i].iov_len = length;
}

/* Moves what is left from @first on to the front of the batch. */
static void
keep_from (ClawUdpSocket *self, unsigned first)
{
  Batch *output = self->output;

  self->n_queued -= first;
  for (unsigned i = 0; first > 0 && i < self->n_queued; i++)
    {
      memcpy (output->data[i], output->data[first + i], output->vectors[first + i].iov_len);
      output->peers[i] = output->peers[first + i];
      output->vectors[i].iov_len = output->vectors[first + i].iov_len;
      output->headers[i].msg_hdr.msg_namelen = output->headers[first + i].msg_hdr.msg_namelen;
    }
}

gboolean
claw_udp_socket_flush (ClawUdpSocket *self)
{
  unsigned done = 0;

  g_return_val_if_fail (CLAW_IS_UDP_SOCKET (self), TRUE);

  while (done < self->n_queued)
    {
      int n = sendmmsg (self->fd, self->output->headers + done, self->n_queued - done,
                        MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n > 0)
        {
          done += (unsigned) n;
          continue;
        }
      if (errno == EINTR)
        continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        {
          keep_from (self, done);
          return FALSE;
        }
      done++; /* the first of the rest is what the system refuses */
    }

  self->n_queued = 0;
  return TRUE;
}
