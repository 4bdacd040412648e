/* bench-bulk.c: one stream, as fast as it goes, between two processes with a processor each.
 *
 *   bench-bulk [--seconds N] [--receive-netns FILE --send-netns FILE] ADDRESS
 *
 * Prints the payload that was sealed, sent under flow and congestion control, opened, read and
 * acknowledged, and the processor time that each side took for it. ADDRESS is where the receiver
 * listens; the network namespaces are those of `ip netns`. CLAWCHAT_UDP_OFFLOAD and CLAWCHAT_AEAD
 * of the environment are obeyed and printed.
 */
#include "claw-aead.h"
#include "claw-pump.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <locale.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAM 1
#define CHUNK (64 * 1024)
/* Slow start and everything else that happens once is over by then. */
#define WARM_UP_US (G_USEC_PER_SEC / 2)
#define PORT 50123

static int seconds = 5;
static char *receive_netns, *send_netns;

static const GOptionEntry options[] = {
  { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "Measure for so long", "N" },
  { "receive-netns", 0, 0, G_OPTION_ARG_FILENAME, &receive_netns, "Receive in this one", "FILE" },
  { "send-netns", 0, 0, G_OPTION_ARG_FILENAME, &send_netns, "Send from this one", "FILE" },
  G_OPTION_ENTRY_NULL,
};

/* What the sender tells the receiver when it is done. */
typedef struct
{
  uint64_t bytes; /* acknowledged */
  gint64 elapsed_us;
  gint64 processor_us;
  gboolean has_offload;
  ClawConnectionStats stats;
} Result;

typedef struct
{
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  ClawUdpSocket *socket;
  ClawPump *pump;
  ClawConnection *connection;
  uint64_t total; /* bytes read */
  gboolean is_closed;
  /* At the end of the warming up */
  gint64 start_us;
  gint64 start_processor_us;
  uint64_t start_bytes;
} Side;

static uint8_t chunk[CHUNK];

static gint64
processor_us (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec
         + usage.ru_stime.tv_usec;
}

static void
start_clock (Side *side, uint64_t bytes)
{
  side->start_us = claw_pump_now_us ();
  side->start_processor_us = processor_us ();
  side->start_bytes = bytes;
}

/* Moves to processor @number and, if there is one, to a network namespace. */
static void
settle_down (unsigned number, const char *netns)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (number % g_get_num_processors (), &set);
  sched_setaffinity (0, sizeof set, &set);
  if (netns == NULL)
    return;
  int fd = open (netns, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns (fd, CLONE_NEWNET) != 0)
    g_error ("Cannot go to %s", netns);
  close (fd);
}

static void
start_pump (Side *side, ClawUdpSocket *socket, ClawPumpEvent event)
{
  const ClawEndpointConfig config = { .identity = &side->identity, .jitter_seed = 1 };

  g_assert_nonnull (socket);
  side->socket = socket;
  side->endpoint = claw_endpoint_new (&config);
  side->pump = claw_pump_new (side->endpoint, socket, event, side);
}

static void
stop_pump (Side *side)
{
  claw_pump_free (side->pump);
  claw_endpoint_free (side->endpoint);
  g_object_unref (side->socket);
  claw_identity_clear (&side->identity);
}

/* Receiver */

static void
on_receiver_event (const ClawEndpointEvent *event, gpointer user_data)
{
  Side *side = user_data;
  size_t length;

  side->connection = event->connection;
  side->is_closed = event->type == CLAW_ENDPOINT_CLOSED;
  if (event->type != CLAW_ENDPOINT_READABLE)
    return;
  while ((length = claw_connection_read (event->connection, STREAM, chunk, sizeof chunk)) > 0)
    side->total += length;
}

static void
receive (Side *side, const ClawAddress *address, const ClawKey *psk, int ready)
{
  const ClawPskEntry entry = { .id = 1, .kind = CLAW_PSK_ONCE, .psk = psk };
  g_autoptr (GError) error = NULL;

  start_pump (side, claw_udp_socket_new (address, &error), on_receiver_event);
  claw_endpoint_accept (side->endpoint, &entry);
  g_assert_cmpint (write (ready, "r", 1), ==, 1);
  while (side->total == 0)
    g_main_context_iteration (NULL, TRUE);
  start_clock (side, side->total);
  while (!side->is_closed)
    g_main_context_iteration (NULL, TRUE);
}

/* Sender */

static void
on_sender_event (const ClawEndpointEvent *event, gpointer user_data)
{
  Side *side = user_data;

  side->is_closed = event->type == CLAW_ENDPOINT_CLOSED;
  if (event->type != CLAW_ENDPOINT_ESTABLISHED && event->type != CLAW_ENDPOINT_PROGRESS)
    return;
  while (claw_connection_write (event->connection, STREAM, chunk, sizeof chunk) == sizeof chunk)
    ;
}

static void
run_until (Side *side, gint64 end_us)
{
  while (claw_pump_now_us () < end_us && !side->is_closed)
    g_main_context_iteration (NULL, TRUE);
}

static Result
send_for (Side *side, const ClawAddress *address, const uint8_t *server_key, const ClawKey *psk)
{
  const ClawConnectRequest request = { .server_key = server_key,
                                       .psks = { psk },
                                       .addresses = address,
                                       .n_addresses = 1,
                                       .unix_us = (uint64_t) g_get_real_time (),
                                       .now_us = claw_pump_now_us (),
                                       .give_up_us = claw_pump_now_us () + 5 * G_USEC_PER_SEC };
  Result result = { 0 };

  start_pump (side, claw_udp_socket_new_client (NULL), on_sender_event);
  side->connection = claw_endpoint_connect (side->endpoint, &request);
  claw_pump_kick (side->pump);
  run_until (side, claw_pump_now_us () + WARM_UP_US);
  if (side->is_closed)
    g_error ("The receiver does not answer");
  start_clock (side, claw_connection_get_acknowledged (side->connection, STREAM));
  run_until (side, side->start_us + seconds * G_USEC_PER_SEC);

  result.bytes = claw_connection_get_acknowledged (side->connection, STREAM) - side->start_bytes;
  result.elapsed_us = claw_pump_now_us () - side->start_us;
  result.processor_us = processor_us () - side->start_processor_us;
  result.has_offload = claw_udp_socket_has_segments (side->socket);
  claw_connection_get_stats (side->connection, &result.stats);
  claw_connection_close (side->connection, CLAW_CLOSE_CODE_BYE);
  claw_pump_flush (side->pump);
  return result;
}

/* Both */

static void
print (const Side *receiver, const Result *result)
{
  double gigabytes = (double) result->bytes / 1e9;
  double received = (double) (receiver->total - receiver->start_bytes) / 1e9;
  double receiver_s = (double) (processor_us () - receiver->start_processor_us) / 1e6;

  g_print ("%s, %s: %7.0f MB/s; processor s/GB: sender %.2f, receiver %.2f; "
           "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " datagrams lost, "
           "%.0f bytes each, round trip %" G_GINT64_FORMAT " µs\n",
           result->has_offload ? "with GSO   " : "without GSO", claw_aead_get_backend (),
           (double) result->bytes / (double) result->elapsed_us,
           (double) result->processor_us / 1e6 / gigabytes, receiver_s / received,
           result->stats.datagrams_lost, result->stats.datagrams_sent,
           (double) result->stats.bytes_sent / (double) result->stats.datagrams_sent,
           result->stats.smoothed_rtt_us);
}

static void
run_sender (Side *side,
            const ClawAddress *address,
            const uint8_t *server_key,
            const ClawKey *psk,
            int ready,
            int results)
{
  char byte;

  settle_down (1, send_netns);
  if (read (ready, &byte, 1) != 1)
    exit (1);
  Result result = send_for (side, address, server_key, psk);
  g_assert_cmpint (write (results, &result, sizeof result), ==, sizeof result);
  stop_pump (side);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("ADDRESS");
  g_autoptr (GError) error = NULL;
  g_auto (ClawKey) psk = { 0 };
  Side sides[2] = { 0 };
  ClawAddress address;
  Result result;
  int ready[2], results[2];

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2
      || !claw_address_parse_ip (argv[1], PORT, &address))
    g_error ("%s", error != NULL ? error->message : "Give the address to receive at");

  claw_secret_init ();
  claw_key_generate (&psk);
  claw_identity_generate (&sides[0].identity);
  claw_identity_generate (&sides[1].identity);
  g_assert_true (g_unix_open_pipe (ready, FD_CLOEXEC, NULL)
                 && g_unix_open_pipe (results, FD_CLOEXEC, NULL));

  pid_t child = fork ();
  if (child == 0)
    {
      run_sender (&sides[1], &address, sides[0].identity.public_key, &psk, ready[0], results[1]);
      return 0;
    }
  settle_down (0, receive_netns);
  receive (&sides[0], &address, &psk, ready[1]);
  g_assert_cmpint (read (results[0], &result, sizeof result), ==, sizeof result);
  print (&sides[0], &result);
  stop_pump (&sides[0]);
  waitpid (child, NULL, 0);
  return 0;
}
