/* claw-udp-input.c: see claw-udp-input.h. */
#include "claw-udp-input.h"

#include "claw-sockaddr.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define SLOTS_MAX 32
/* A run is 64 KiB at most, and a few of them are enough to pay for the call. */
#define RUN_SIZE (64 * 1024)
#define RUNS_MAX 4
#define RUN_DATAGRAMS 64 /* in it, at most, UDP_GRO_CNT_MAX of the kernel */
/* Errors of earlier datagrams that a socket may report before it gives the next one. */
#define PENDING_ERRORS_MAX 64
#define ECN_MASK 0x03

typedef union
{
  char bytes[CMSG_SPACE (sizeof (int)) * 4];
  struct cmsghdr align;
} Control;

struct ClawUdpInput
{
  gboolean has_runs;
  unsigned n_slots;
  size_t slot_size;
  uint8_t *buffer; /* NULL until it is needed; a page that is never written costs nothing */
  struct mmsghdr messages[SLOTS_MAX];
  struct iovec vectors[SLOTS_MAX];
  ClawSockaddr names[SLOTS_MAX];
  Control controls[SLOTS_MAX];
};

ClawUdpInput *
claw_udp_input_new (gboolean has_runs)
{
  ClawUdpInput *input = g_new0 (ClawUdpInput, 1);

  input->has_runs = has_runs;
  input->n_slots = has_runs ? RUNS_MAX : SLOTS_MAX;
  input->slot_size = has_runs ? RUN_SIZE : CLAW_UDP_INPUT_DATAGRAM_MAX;
  return input;
}

void
claw_udp_input_free (ClawUdpInput *input)
{
  if (input == NULL)
    return;
  g_free (input->buffer);
  g_free (input);
}

gboolean
claw_udp_input_has_runs (const ClawUdpInput *input)
{
  return input->has_runs;
}

static void
prepare (ClawUdpInput *input, unsigned n)
{
  if (input->buffer == NULL)
    input->buffer = g_malloc (input->n_slots * input->slot_size);
  for (unsigned i = 0; i < n; i++)
    {
      input->vectors[i] = (struct iovec){ .iov_base = input->buffer + i * input->slot_size,
                                          .iov_len = input->slot_size };
      input->messages[i].msg_hdr = (struct msghdr){ .msg_name = &input->names[i],
                                                    .msg_namelen = sizeof input->names[i],
                                                    .msg_iov = &input->vectors[i],
                                                    .msg_iovlen = 1,
                                                    .msg_control = &input->controls[i],
                                                    .msg_controllen = sizeof input->controls[i] };
    }
}

/* Returns: messages now in the slots, 0 when there are none. */
static unsigned
fill (ClawUdpInput *input, int fd, unsigned max)
{
  prepare (input, max);
  for (unsigned i = 0; i < PENDING_ERRORS_MAX; i++)
    {
      int n = recvmmsg (fd, input->messages, max, MSG_DONTWAIT, NULL);
      if (n >= 0)
        return (unsigned) n;
      /* Anything else is what became of an earlier datagram (refused, unreachable), and no longer
       * of interest. */
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        return 0;
    }
  return 0;
}

/* The system writes a mark of IPv4 as a byte, all else as an int. */
static int
read_control (const struct cmsghdr *control)
{
  int value = 0;

  if (control->cmsg_len >= CMSG_LEN (sizeof value))
    memcpy (&value, CMSG_DATA (control), sizeof value);
  else if (control->cmsg_len >= CMSG_LEN (1))
    value = *CMSG_DATA (control);
  return value;
}

/* Reads the ECN mark. Returns: the size of the datagrams of a run, 0 for a single one. */
static size_t
read_controls (struct msghdr *header, uint8_t *ecn)
{
  int size = 0;

  *ecn = CLAW_ECN_NONE;
  for (struct cmsghdr *c = CMSG_FIRSTHDR (header); c != NULL; c = CMSG_NXTHDR (header, c))
    {
      if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
        size = read_control (c);
      else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
               || (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS))
        *ecn = (uint8_t) (read_control (c) & ECN_MASK);
    }
  return size > 0 ? (size_t) size : 0;
}

/* Gives on the datagrams of slot @i. Returns: how many there were. */
static unsigned
give (ClawUdpInput *input, unsigned i, ClawUdpInputReceived received, gpointer user_data)
{
  struct msghdr *header = &input->messages[i].msg_hdr;
  const uint8_t *data = input->vectors[i].iov_base;
  size_t left = input->messages[i].msg_len;
  gboolean is_cut = (header->msg_flags & MSG_TRUNC) != 0;
  ClawRoute from = { 0 };
  size_t size = read_controls (header, &from.ecn);
  unsigned n = 0;

  gboolean is_known = claw_sockaddr_to_address (&input->names[i], &from.peer);
  if (size == 0)
    size = left;
  do
    {
      size_t length = MIN (size, left);

      left -= length;
      /* What was cut off belongs to the last datagram or came after it. */
      gboolean is_whole = left > 0 || !is_cut;
      if (is_known && is_whole && length <= CLAW_UDP_INPUT_DATAGRAM_MAX)
        received (&from, data, length, user_data);
      data += length;
      n++;
    }
  while (left > 0);
  return n;
}

unsigned
claw_udp_input_receive (
    ClawUdpInput *input, int fd, unsigned limit, ClawUdpInputReceived received, gpointer user_data)
{
  unsigned total = 0;

  while (total < limit)
    {
      unsigned expected = input->has_runs ? RUN_DATAGRAMS : 1;
      unsigned wanted = MIN ((limit - total + expected - 1) / expected, input->n_slots);
      unsigned n = fill (input, fd, wanted);

      for (unsigned i = 0; i < n; i++)
        total += give (input, i, received, user_data);
      if (n < wanted)
        break;
    }
  return total;
}
