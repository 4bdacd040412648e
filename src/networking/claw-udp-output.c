/* claw-udp-output.c: see claw-udp-output.h. */
#include "claw-udp-output.h"

#include "claw-sockaddr.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* Messages of one call. */
#define MESSAGES_MAX CLAW_UDP_OUTPUT_RUNS_MAX

typedef struct
{
  ClawAddress to;
  ClawSockaddr name;
  socklen_t name_length;
  uint8_t ecn;
  gboolean is_refused; /* as a super-datagram: its datagrams go one by one */
  unsigned start;      /* of its first datagram, in the buffer */
  unsigned n;          /* datagrams */
  unsigned size;       /* of each, but for the last */
  unsigned last_size;
} Run;

typedef union
{
  char bytes[CMSG_SPACE (sizeof (uint16_t)) + CMSG_SPACE (sizeof (int))];
  struct cmsghdr align;
} Control;

struct ClawUdpOutput
{
  ClawAddress local;
  gboolean has_segments;
  uint8_t *buffer; /* NULL until it is needed; a page that is never written costs nothing */
  unsigned used;
  unsigned first; /* run not sent completely yet */
  unsigned n_runs;
  Run runs[CLAW_UDP_OUTPUT_RUNS_MAX];
  /* What flush () hands to the system */
  struct mmsghdr messages[MESSAGES_MAX];
  struct iovec vectors[MESSAGES_MAX];
  Control controls[MESSAGES_MAX];
  unsigned counts[MESSAGES_MAX]; /* datagrams in each */
};

ClawUdpOutput *
claw_udp_output_new (const ClawAddress *local, gboolean has_segments)
{
  ClawUdpOutput *output = g_new0 (ClawUdpOutput, 1);

  output->local = *local;
  output->has_segments = has_segments;
  return output;
}

void
claw_udp_output_free (ClawUdpOutput *output)
{
  if (output == NULL)
    return;
  g_free (output->buffer);
  g_free (output);
}

gboolean
claw_udp_output_is_empty (const ClawUdpOutput *output)
{
  return output->first == output->n_runs;
}

gboolean
claw_udp_output_has_segments (const ClawUdpOutput *output)
{
  return output->has_segments;
}

/* Queueing */

uint8_t *
claw_udp_output_reserve (ClawUdpOutput *output)
{
  G_STATIC_ASSERT (CLAW_UDP_OUTPUT_RUN_SIZE_MAX <= CLAW_UDP_OUTPUT_SIZE);

  if (output->n_runs == CLAW_UDP_OUTPUT_RUNS_MAX
      || output->used + CLAW_UDP_OUTPUT_DATAGRAM_MAX > CLAW_UDP_OUTPUT_SIZE)
    return NULL;
  if (output->buffer == NULL)
    output->buffer = g_malloc (CLAW_UDP_OUTPUT_SIZE);
  return output->buffer + output->used;
}

/* Whether a datagram of @length bytes to @to can be one more of @run. */
static gboolean
continues (const Run *run, const ClawRoute *to, size_t length)
{
  return run->last_size == run->size && length <= run->size && length > 0
         && run->n < CLAW_UDP_OUTPUT_SEGMENTS_MAX
         && (run->n + 1) * run->size <= CLAW_UDP_OUTPUT_RUN_SIZE_MAX && run->ecn == to->ecn
         && claw_address_equal (&run->to, &to->peer);
}

void
claw_udp_output_commit (ClawUdpOutput *output, const ClawRoute *to, size_t length)
{
  g_return_if_fail (output->buffer != NULL && output->n_runs < CLAW_UDP_OUTPUT_RUNS_MAX);
  g_return_if_fail (length <= CLAW_UDP_OUTPUT_DATAGRAM_MAX);

  Run *run = output->n_runs > output->first ? &output->runs[output->n_runs - 1] : NULL;
  if (output->has_segments && run != NULL && continues (run, to, length))
    {
      run->n++;
      run->last_size = (unsigned) length;
      output->used += (unsigned) length;
      return;
    }

  run = &output->runs[output->n_runs];
  *run = (Run){ .to = to->peer,
                .ecn = to->ecn,
                .start = output->used,
                .n = 1,
                .size = (unsigned) length,
                .last_size = (unsigned) length };
  run->name_length = claw_sockaddr_from_address (&run->name, &to->peer, &output->local);
  if (run->name_length == 0)
    return;
  output->n_runs++;
  output->used += (unsigned) length;
}

/* Sending */

static struct cmsghdr *
add_control (
    struct msghdr *header, Control *control, int level, int type, const void *data, size_t size)
{
  struct cmsghdr *message = (struct cmsghdr *) (void *) (control->bytes + header->msg_controllen);

  message->cmsg_level = level;
  message->cmsg_type = type;
  message->cmsg_len = CMSG_LEN (size);
  memcpy (CMSG_DATA (message), data, size);
  header->msg_control = control->bytes;
  header->msg_controllen += CMSG_SPACE (size);
  return message;
}

/* Makes message @i of the next @n datagrams of @run, after the first @skipped. */
static void
fill_message (ClawUdpOutput *output, unsigned i, Run *run, unsigned skipped, unsigned n)
{
  struct msghdr *header = &output->messages[i].msg_hdr;
  size_t length = skipped + n == run->n ? (n - 1) * run->size + run->last_size : n * run->size;
  int traffic_class = run->ecn;
  uint16_t segment = (uint16_t) run->size;

  output->counts[i] = n;
  output->vectors[i] = (struct iovec){
    .iov_base = output->buffer + run->start + skipped * run->size, .iov_len = length
  };
  *header = (struct msghdr){ .msg_name = &run->name,
                             .msg_namelen = run->name_length,
                             .msg_iov = &output->vectors[i],
                             .msg_iovlen = 1 };
  if (n > 1)
    add_control (header, &output->controls[i], SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
  /* A mapped address makes an IPv4 datagram, which knows no IPV6_TCLASS. */
  if (run->ecn != CLAW_ECN_NONE && claw_sockaddr_is_ipv4 (&run->name))
    add_control (header, &output->controls[i], IPPROTO_IP, IP_TOS, &traffic_class,
                 sizeof traffic_class);
  else if (run->ecn != CLAW_ECN_NONE)
    add_control (header, &output->controls[i], IPPROTO_IPV6, IPV6_TCLASS, &traffic_class,
                 sizeof traffic_class);
}

/* Returns: messages made of the runs, from the first on. */
static unsigned
fill_messages (ClawUdpOutput *output)
{
  unsigned n_messages = 0;

  for (unsigned i = output->first; i < output->n_runs && n_messages < MESSAGES_MAX; i++)
    {
      Run *run = &output->runs[i];
      unsigned step = output->has_segments && !run->is_refused ? run->n : 1;

      for (unsigned done = 0; done < run->n && n_messages < MESSAGES_MAX; done += step)
        fill_message (output, n_messages++, run, done, step);
    }
  return n_messages;
}

/* The datagrams of the first @n messages are done with. */
static void
advance (ClawUdpOutput *output, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      Run *run = &output->runs[output->first];

      run->start += output->counts[i] * run->size;
      run->n -= output->counts[i];
      if (run->n == 0)
        output->first++;
    }
}

/* The system has sent @n messages. That a datagram goes by itself which it refused together with
 * others of its size shows that it was UDP_SEGMENT that it did not like. */
static void
on_sent (ClawUdpOutput *output, unsigned n)
{
  const Run *run = &output->runs[output->first];

  if (run->is_refused && output->vectors[0].iov_len == run->size)
    output->has_segments = FALSE;
  advance (output, n);
}

/* The system refuses the first message. */
static void
on_refused (ClawUdpOutput *output, int saved_errno)
{
  gboolean is_super = output->counts[0] > 1;

  /* No checksum offload on the way out, so no cutting up either: that will not change. */
  if (is_super && saved_errno == EIO)
    output->has_segments = FALSE;
  /* This may mean as well that its datagrams are too large for the interface. */
  else if (is_super && saved_errno == EINVAL)
    output->runs[output->first].is_refused = TRUE;
  else
    advance (output, 1);
}

gboolean
claw_udp_output_flush (ClawUdpOutput *output, int fd)
{
  while (!claw_udp_output_is_empty (output))
    {
      int n = sendmmsg (fd, output->messages, fill_messages (output), MSG_DONTWAIT | MSG_NOSIGNAL);

      if (n > 0)
        on_sent (output, (unsigned) n);
      else if (errno == EAGAIN || errno == EWOULDBLOCK)
        return FALSE;
      else if (errno != EINTR)
        on_refused (output, errno);
    }
  output->first = output->n_runs = output->used = 0;
  return TRUE;
}
