/* bench-load.c: a real clawchat-server process with ten thousand sessions, all from one socket of
 * this process, and then under a flood of strangers' datagrams.
 *
 *   bench-load [SESSIONS]
 *
 * Prints what a pairing and a session at rest take of the server's memory, handshakes for each
 * second of its processor time, what it takes to pass a chat line on to everybody, and how many
 * strangers' datagrams a core drops; with perf installed also where the time goes then. The
 * pairings are made beforehand, as files.
 */
#include "claw-chat.h"
#include "claw-endpoint.h"
#include "claw-handshake.h"
#include "claw-pairings.h"
#include "claw-pump.h"
#include "claw-room.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SESSIONS 10000
#define OUTSTANDING 32 /* handshakes under way at a time */
#define LINES 20
#define FLOOD_US (4 * G_USEC_PER_SEC)
#define FLOOD_BURST 64
#define LIMITS \
  "limits: {members: 20000, sessions: 20000, handshakes_per_second: 100000, " \
  "messages_per_second: 10000}\n"

typedef struct
{
  ClawIdentity identity;
  ClawKey psk;
  ClawEndpoint *endpoint;
  ClawConnection *connection;
  uint64_t read;
} Client;

typedef struct
{
  char *directory, *state, *security, *control;
  ClawAddress address;
  GSubprocess *process;
  int pid;
  ClawIdentity identity;
  ClawUdpSocket *socket;
  GHashTable *by_index; /* of Client */
  Client *clients;
  unsigned n, n_started, n_established, n_heard;
} Bench;

/* The server */

static void
prepare (Bench *bench, unsigned n)
{
  g_autofree char *key = g_build_filename (bench->state, "server.key", NULL);
  g_autofree char *path = g_build_filename (bench->state, "pairings.json", NULL);
  g_autoptr (ClawPairings) pairings = NULL;

  g_assert_cmpint (g_mkdir_with_parents (bench->state, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (bench->security, 0700), ==, 0);
  g_assert_true (claw_identity_load_or_create (&bench->identity, key, NULL));
  pairings = claw_pairings_load (path, NULL);
  bench->clients = g_new0 (Client, n);
  bench->n = n;
  for (unsigned i = 0; i < n; i++)
    {
      Client *client = &bench->clients[i];

      claw_identity_generate (&client->identity);
      claw_key_generate (&client->psk);
      ClawPairing *pairing = claw_pairings_add (pairings, client->identity.public_key,
                                                g_get_real_time () / G_USEC_PER_SEC);
      claw_key_copy (&pairing->resumption, &client->psk);
    }
  g_assert_true (claw_pairings_save (pairings, NULL));
}

static void
start_server (Bench *bench)
{
  g_autofree char *config = g_build_filename (bench->directory, "server.yaml", NULL);
  g_autofree char *port = NULL;
  g_autoptr (GError) error = NULL;
  {
    g_autoptr (ClawUdpSocket) free_port = NULL;

    g_assert_true (claw_address_parse_ip ("127.0.0.1", 0, &bench->address));
    free_port = claw_udp_socket_new (&bench->address, NULL);
    claw_udp_socket_get_address (free_port, &bench->address);
  }
  port = g_strdup_printf ("%u", bench->address.port);
  g_assert_true (g_file_set_contents (config, LIMITS, -1, NULL));
  bench->process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, g_getenv ("CLAWCHAT_SERVER"), "--headless",
      "--config", config, "--ip", "127.0.0.1", "--port", port, "--security-dir", bench->security,
      "--state-dir", bench->state, "--control-socket", bench->control, NULL);
  g_assert_no_error (error);
  bench->pid = (int) g_ascii_strtoll (g_subprocess_get_identifier (bench->process), NULL, 10);
}

static uint64_t
ask_status (Bench *bench, const char *member)
{
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
      g_getenv ("CLAWCHAT_SERVER"), "--control-socket", bench->control, "status", "--json", NULL);
  g_autofree char *out = NULL;
  g_autofree char *quoted = g_strdup_printf ("\"%s\":", member);

  if (!g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, NULL) || out == NULL)
    return G_MAXUINT64;
  const char *at = strstr (out, quoted);
  return at != NULL ? g_ascii_strtoull (at + strlen (quoted), NULL, 10) : G_MAXUINT64;
}

static void
await_server (Bench *bench)
{
  while (ask_status (bench, "port") == G_MAXUINT64)
    g_usleep (20 * 1000);
}

/* Seconds of processor time that it has used. */
static double
get_cpu_s (const Bench *bench)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", bench->pid);
  g_autofree char *text = NULL;
  unsigned long user, system;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (sscanf (strrchr (text, ')'),
                           ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system),
                   ==, 2);
  return (double) (user + system) / (double) sysconf (_SC_CLK_TCK);
}

static double
get_memory (const Bench *bench)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", bench->pid);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  const char *at = strstr (text, "Private_Dirty:");
  g_assert_nonnull (at);
  return g_ascii_strtod (at + strlen ("Private_Dirty:"), NULL) * 1024;
}

static Bench *
bench_new (unsigned n)
{
  Bench *bench = g_new0 (Bench, 1);

  bench->directory = g_dir_make_tmp ("clawchat-load-XXXXXX", NULL);
  bench->state = g_build_filename (bench->directory, "state", NULL);
  bench->security = g_build_filename (bench->directory, "security", NULL);
  bench->control = g_build_filename (bench->directory, "control.sock", NULL);
  prepare (bench, n);
  start_server (bench);
  bench->by_index = g_hash_table_new (NULL, NULL);
  bench->socket = claw_udp_socket_new_client (NULL);
  int size = 8 * 1024 * 1024;
  setsockopt (g_socket_get_fd (claw_udp_socket_get_socket (bench->socket)), SOL_SOCKET,
              SO_RCVBUFFORCE, &size, sizeof size);
  await_server (bench);
  return bench;
}

static void
bench_free (Bench *bench)
{
  g_autoptr (GSubprocess) remove = NULL;

  g_subprocess_send_signal (bench->process, SIGTERM);
  g_subprocess_wait (bench->process, NULL, NULL);
  g_object_unref (bench->process);
  for (unsigned i = 0; i < bench->n; i++)
    {
      claw_endpoint_free (bench->clients[i].endpoint);
      claw_identity_clear (&bench->clients[i].identity);
      claw_key_clear (&bench->clients[i].psk);
    }
  g_free (bench->clients);
  g_hash_table_unref (bench->by_index);
  g_object_unref (bench->socket);
  claw_identity_clear (&bench->identity);
  remove = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, NULL, "rm", "-r", bench->directory, NULL);
  g_subprocess_wait (remove, NULL, NULL);
  g_free (bench->directory);
  g_free (bench->state);
  g_free (bench->security);
  g_free (bench->control);
  g_free (bench);
}

/* The clients */

static void
send_all (Bench *bench, Client *client)
{
  uint8_t buffer[CLAW_UDP_SOCKET_DATAGRAM_MAX], key_id[CLAW_HANDSHAKE_KEY_ID_SIZE];
  ClawRoute to;
  uint32_t index;
  size_t length;

  while ((length = claw_endpoint_send (client->endpoint, &to, buffer, sizeof buffer,
                                       claw_pump_now_us ()))
         > 0)
    {
      if (claw_handshake_peek_initiation (buffer, length, key_id, &index))
        g_hash_table_insert (bench->by_index, GUINT_TO_POINTER (index), client);
      claw_udp_socket_queue (bench->socket, &to, buffer, length);
    }
}

static void
take_events (Bench *bench, Client *client)
{
  ClawEndpointEvent event;
  uint8_t buffer[16384];
  uint64_t before = client->read;
  size_t length;

  while (claw_endpoint_next_event (client->endpoint, &event))
    {
      if (event.type == CLAW_ENDPOINT_CLOSED)
        g_error ("a session was closed: reason %d, code %d", event.reason, event.peer_code);
      if (event.type != CLAW_ENDPOINT_ESTABLISHED)
        continue;
      client->connection = event.connection;
      bench->n_established++;
    }
  while (client->connection != NULL
         && (length = claw_connection_read (client->connection, CLAW_CHAT_STREAM, buffer,
                                            sizeof buffer))
                > 0)
    client->read += length;
  bench->n_heard += client->read > before;
}

static void
on_datagram (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  Bench *bench = user_data;
  uint32_t index;
  Client *client;

  if (length < 5)
    return;
  index = (uint32_t) data[1] << 24 | (uint32_t) data[2] << 16 | (uint32_t) data[3] << 8 | data[4];
  client = g_hash_table_lookup (bench->by_index, GUINT_TO_POINTER (index));
  if (client == NULL)
    return;
  claw_endpoint_receive (client->endpoint, from, data, length, claw_pump_now_us ());
  take_events (bench, client);
  send_all (bench, client);
}

static void
turn (Bench *bench)
{
  claw_udp_socket_receive (bench->socket, 1024, on_datagram, bench);
  claw_udp_socket_flush (bench->socket);
}

/* Runs timers too, all of which takes a while. */
static void
turn_all (Bench *bench)
{
  for (unsigned i = 0; i < bench->n_started; i++)
    {
      Client *client = &bench->clients[i];

      if (claw_endpoint_get_deadline (client->endpoint) <= claw_pump_now_us ())
        {
          claw_endpoint_wake (client->endpoint, claw_pump_now_us ());
          take_events (bench, client);
          send_all (bench, client);
        }
      if (i % 100 == 0)
        turn (bench);
    }
}

static void
settle (Bench *bench, gint64 duration_us)
{
  for (gint64 end_us = claw_pump_now_us () + duration_us; claw_pump_now_us () < end_us;)
    {
      turn_all (bench);
      g_usleep (1000);
    }
}

static void
make_clients (Bench *bench)
{
  for (unsigned i = 0; i < bench->n; i++)
    {
      Client *client = &bench->clients[i];
      g_autofree char *hello = g_strdup_printf ("\1member-%u", i);
      const ClawEndpointConfig config = { .identity = &client->identity,
                                          .hello = hello,
                                          .hello_length = strlen (hello),
                                          .jitter_seed = i };
      const ClawConnectRequest request = { .server_key = bench->identity.public_key,
                                           .psks = { &client->psk },
                                           .addresses = &bench->address,
                                           .n_addresses = 1,
                                           .unix_us = (uint64_t) g_get_real_time (),
                                           .now_us = claw_pump_now_us (),
                                           .give_up_us = G_MAXINT64 };

      client->endpoint = claw_endpoint_new (&config);
      /* Makes the initiation, which is sent later. */
      claw_endpoint_connect (client->endpoint, &request);
    }
}

/* Measurements */

static double
get_curve_s (void)
{
  uint8_t secret[32], point[32], out[32];
  const unsigned n = 2000;
  struct timespec start, end;

  randombytes_buf (secret, sizeof secret);
  crypto_scalarmult_base (point, secret);
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &start);
  for (unsigned i = 0; i < n; i++)
    g_assert_cmpint (crypto_scalarmult (out, secret, point), ==, 0);
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &end);
  return ((double) (end.tv_sec - start.tv_sec) + (double) (end.tv_nsec - start.tv_nsec) / 1e9) / n;
}

static void
measure_handshakes (Bench *bench)
{
  double memory = get_memory (bench), cpu_s = get_cpu_s (bench), curve_s = get_curve_s ();
  unsigned n_before = 0;
  gint64 start_us = claw_pump_now_us ();

  for (unsigned i = 0; i < bench->n; i++)
    {
      /* Until then each one is told of to all that are there, which is most of the work. */
      if (i == CLAW_ROOM_PRESENCE_MAX + OUTSTANDING)
        {
          n_before = i;
          cpu_s = get_cpu_s (bench);
        }
      send_all (bench, &bench->clients[i]);
      bench->n_started++;
      for (unsigned turns = 1; bench->n_started - bench->n_established >= OUTSTANDING; turns++)
        {
          turn (bench);
          if (turns % 10000 == 0)
            turn_all (bench);
        }
      if (i % 256 == 0)
        turn_all (bench);
    }
  while (bench->n_established < bench->n)
    turn_all (bench);
  double took_s = (double) (claw_pump_now_us () - start_us) / 1e6;
  /* The last first records. */
  while (ask_status (bench, "sessions") < bench->n)
    turn_all (bench);
  double each_s = (get_cpu_s (bench) - cpu_s) / (bench->n - n_before);
  printf ("%u sessions made in %.1f s\n", bench->n, took_s);
  printf ("handshakes a second of a core, whole server  %6.0f (%.0f µs each; five X25519 %.0f µs: "
          "× %.2f)\n",
          1 / each_s, each_s * 1e6, 5 * curve_s * 1e6, each_s / curve_s / 5);
  settle (bench, 10 * G_USEC_PER_SEC);
  printf ("memory of a session at rest                  %6.2f KiB\n",
          (get_memory (bench) - memory) / bench->n / 1024);
}

static void
say (Bench *bench)
{
  g_autofree char *text = g_strnfill (80, 'x');
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, g_get_real_time (), NULL);
  uint8_t head[CLAW_CHAT_FRAME_HEAD_MAX];
  ClawWriter writer;

  claw_writer_init (&writer, head, sizeof head);
  claw_chat_frame_write_text_head (&writer, message);
  claw_connection_write (bench->clients[0].connection, CLAW_CHAT_STREAM, head, writer.used);
  claw_connection_write (bench->clients[0].connection, CLAW_CHAT_STREAM, text, strlen (text));
  send_all (bench, &bench->clients[0]);
}

static void
measure_fan_out (Bench *bench)
{
  double cpu_s = get_cpu_s (bench);
  gint64 took_us = 0;

  for (unsigned i = 0; i < LINES; i++)
    {
      gint64 start_us = claw_pump_now_us ();

      bench->n_heard = 0;
      say (bench);
      /* The speaker gets a receipt. */
      while (bench->n_heard < bench->n)
        {
          turn (bench);
          if (claw_pump_now_us () - start_us > G_USEC_PER_SEC)
            turn_all (bench);
        }
      took_us += claw_pump_now_us () - start_us;
      settle (bench, 100 * 1000);
    }
  cpu_s = get_cpu_s (bench) - cpu_s;
  printf ("a line to all %u: %.0f ms until the last has it, %.1f µs of the server for each\n",
          bench->n, (double) took_us / LINES / 1000, cpu_s * 1e6 / LINES / bench->n);
}

static void
flood (Bench *bench, gint64 duration_us)
{
  static uint8_t datagrams[FLOOD_BURST][CLAW_HANDSHAKE_INITIATION_SIZE];
  static struct mmsghdr messages[FLOOD_BURST];
  static struct iovec parts[FLOOD_BURST];
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1",
                                                                              bench->address.port);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
                                             G_SOCKET_PROTOCOL_UDP, NULL);

  g_assert_true (g_socket_connect (socket, address, NULL, NULL));
  for (unsigned i = 0; i < FLOOD_BURST; i++)
    {
      randombytes_buf (datagrams[i], sizeof datagrams[i]);
      datagrams[i][0] = CLAW_HANDSHAKE_INITIATION;
      parts[i] = (struct iovec){ datagrams[i], sizeof datagrams[i] };
      messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
    }
  for (gint64 end_us = claw_pump_now_us () + duration_us; claw_pump_now_us () < end_us;)
    {
      for (unsigned i = 0; i < FLOOD_BURST; i++)
        randombytes_buf (datagrams[i] + 1, CLAW_HANDSHAKE_KEY_ID_SIZE);
      if (sendmmsg (g_socket_get_fd (socket), messages, FLOOD_BURST, 0) < 0)
        g_usleep (10);
    }
}

static void
print_profile (const char *path)
{
  g_autofree char *command = g_strdup_printf ("perf report --stdio --no-children -g none -i '%s' "
                                              "2> /dev/null | awk '!/^#/ && NF && n++ < 5'",
                                              path);

  printf ("under the flood:\n");
  fflush (stdout);
  if (system (command) != 0)
    printf ("  perf cannot say\n");
}

static void
measure_flood (Bench *bench)
{
  g_autofree char *perf = g_find_program_in_path ("perf");
  g_autofree char *path = g_build_filename (bench->directory, "perf.data", NULL);
  g_autofree char *pid = g_strdup_printf ("%d", bench->pid);
  g_autoptr (GSubprocess) recorder = NULL;
  double cpu_s = get_cpu_s (bench);
  uint64_t before = ask_status (bench, "strangers");

  flood (bench, FLOOD_US);
  double dropped = (double) (ask_status (bench, "strangers") - before);
  cpu_s = get_cpu_s (bench) - cpu_s;
  printf ("strangers' handshakes dropped, second of core %6.0f (%.2f µs each)\n", dropped / cpu_s,
          cpu_s * 1e6 / dropped);
  if (perf == NULL)
    return;
  recorder = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, perf, "record",
      "-F", "999", "-o", path, "-p", pid, "--", "sleep", "2", NULL);
  flood (bench, 3 * G_USEC_PER_SEC);
  g_subprocess_wait (recorder, NULL, NULL);
  print_profile (path);
}

int
main (int argc, char **argv)
{
  unsigned n = argc > 1 ? (unsigned) g_ascii_strtoull (argv[1], NULL, 10) : SESSIONS;

  setlocale (LC_ALL, "");
  g_assert_nonnull (g_getenv ("CLAWCHAT_SERVER"));
  claw_secret_init ();
  Bench *empty = bench_new (0);
  double nothing = get_memory (empty);
  bench_free (empty);

  Bench *bench = bench_new (n);
  make_clients (bench);
  printf ("memory of a pairing that is away             %6.2f KiB\n",
          (get_memory (bench) - nothing) / n / 1024);
  measure_handshakes (bench);
  measure_fan_out (bench);
  measure_flood (bench);
  bench_free (bench);
  return 0;
}
