/* test-nat-check.c: NAT detection with real sockets and with the real program, against a STUN
 * server of the test's own on 127.0.0.1 and 127.0.0.2, which is asked on loopback only.
 */
#include "claw-nat-check.h"
#include "claw-source-address.h"
#include "claw-source.h"
#include "claw-stun.h"
#include "claw-udp-socket.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sysexits.h>

/* The server */

#define N_SOCKETS 4 /* address 0 and 1, each with port 0 and 1 */

typedef struct Server Server;

typedef struct
{
  Server *server;
  unsigned number; /* 2 × address + port */
  ClawUdpSocket *socket;
  GSource *input;
} Listener;

struct Server
{
  Listener listeners[N_SOCKETS];
  ClawAddress addresses[N_SOCKETS];
  gboolean is_silent;
  unsigned n_requests;
};

static void
answer (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  const Listener *listener = user_data;
  Server *server = listener->server;
  ClawStunMessage request, response = { .class = CLAW_STUN_SUCCESS, .mapped = from->peer };
  uint8_t buffer[CLAW_STUN_SIZE_MAX];

  /* A client of another test may be looking for its server here. */
  if (!claw_stun_read (data, length, &request))
    return;
  server->n_requests++;
  if (server->is_silent)
    return;
  memcpy (response.id, request.id, sizeof response.id);
  response.other = server->addresses[listener->number ^ 3];
  unsigned answerer = listener->number ^ (request.change_ip ? 2u : 0)
                      ^ (request.change_port ? 1u : 0);
  if (request.response_port != 0)
    response.mapped.port = request.response_port;
  size_t n = claw_stun_write (&response, buffer, sizeof buffer);
  const ClawRoute to = { .peer = response.mapped };
  claw_udp_socket_queue (server->listeners[answerer].socket, &to, buffer, n);
  claw_udp_socket_flush (server->listeners[answerer].socket);
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Listener *listener = user_data;

  claw_udp_socket_receive (listener->socket, 16, answer, listener);
  return G_SOURCE_CONTINUE;
}

static void
set_up (Server *server, gconstpointer data)
{
  uint16_t ports[2] = { 0 };

  for (unsigned i = 0; i < N_SOCKETS; i++)
    {
      Listener *listener = &server->listeners[i];
      g_autoptr (GError) error = NULL;
      ClawAddress address;

      g_assert_true (
          claw_address_parse_ip (i < 2 ? "127.0.0.1" : "127.0.0.2", ports[i % 2], &address));
      listener->socket = claw_udp_socket_new (&address, &error);
      g_assert_no_error (error);
      claw_udp_socket_get_address (listener->socket, &server->addresses[i]);
      ports[i % 2] = server->addresses[i].port;
      listener->server = server;
      listener->number = i;
      listener->input = g_socket_create_source (claw_udp_socket_get_socket (listener->socket),
                                                G_IO_IN, NULL);
      g_source_set_callback (listener->input, G_SOURCE_FUNC (on_readable), listener, NULL);
      g_source_attach (listener->input, NULL);
    }
}

static void
tear_down (Server *server, gconstpointer data)
{
  for (unsigned i = 0; i < N_SOCKETS; i++)
    {
      claw_source_clear (&server->listeners[i].input);
      g_object_unref (server->listeners[i].socket);
    }
}

/* The library */

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  *out = g_object_ref (result);
}

static gboolean
check (Server *server, GCancellable *cancellable, ClawNatVerdict *verdict, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  claw_nat_check_async (server->addresses, 1, cancellable, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return claw_nat_check_finish (result, verdict, error);
}

/* On loopback there is no NAT, and what comes from the other address gets in. */
static void
test_no_nat (Server *server, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ClawNatVerdict verdict;

  g_assert_true (check (server, NULL, &verdict, &error));
  g_assert_no_error (error);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NONE);
  g_assert_cmpint (verdict.filtering, ==, CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT);
  g_assert_true (claw_address_equal (&verdict.local, &verdict.mapped));
  g_assert_true (claw_address_equal (&verdict.server, &server->addresses[0]));
}

/* A server that says nothing looks like a network without UDP, after 3.5 s. */
static void
test_silent (Server *server, gconstpointer data)
{
  ClawNatVerdict verdict;
  gint64 start_us = g_get_monotonic_time ();

  server->is_silent = TRUE;
  g_assert_true (check (server, NULL, &verdict, NULL));
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_BLOCKED);
  g_assert_cmpuint (server->n_requests, ==, 4);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 3500 * 1000);
}

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

/* Cancelling ends a check at once, and one that was cancelled before sends nothing. */
static void
test_cancelled (Server *server, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) first = NULL, second = NULL;
  ClawNatVerdict verdict;
  gint64 start_us = g_get_monotonic_time ();

  server->is_silent = TRUE;
  g_timeout_add (20, cancel, cancellable);
  g_assert_false (check (server, cancellable, &verdict, &first));
  g_assert_error (first, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 2 * G_USEC_PER_SEC);

  while (g_main_context_iteration (NULL, FALSE))
    ;
  server->n_requests = 0;
  g_assert_false (check (server, cancellable, &verdict, &second));
  g_assert_error (second, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (server->n_requests, ==, 0);
}

/* Where there is no network of a family it is an error with a reason. */
static void
test_no_network (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ClawAddress nowhere;
  ClawNatVerdict verdict;

  g_assert_true (claw_address_parse ("255.255.255.255:3478", &nowhere));
  claw_nat_check_async (&nowhere, 1, NULL, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (claw_nat_check_finish (result, &verdict, &error));
  g_assert_nonnull (error);
}

typedef struct
{
  GCancellable *cancellable;
  unsigned alive_s;
} Progress;

static void
on_progress (const ClawNatLifetimeResult *result, gpointer user_data)
{
  Progress *progress = user_data;

  progress->alive_s = result->alive_s;
  g_cancellable_cancel (progress->cancellable);
}

/* Measuring tells what it knows so far, and can be ended from there. */
static void
test_lifetime (Server *server, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Progress progress = { .cancellable = cancellable };
  ClawNatLifetimeResult lifetime;

  claw_nat_check_lifetime_async (&server->addresses[0], on_progress, &progress, cancellable,
                                 on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (claw_nat_check_lifetime_finish (result, &lifetime, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (progress.alive_s, ==, 5);
}

/* The program */

/* Runs the program with @config and further arguments. Returns: its exit code. */
static int
run_program (const char *config, const char *argument, char **out, char **err)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  int fd = g_file_open_tmp ("clawchat-test-XXXXXX.yaml", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, config, -1, NULL));
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error,
      g_getenv ("CLAWCHAT_CLIENT"), "--config", path, "--nat-check", argument, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (process, NULL, NULL, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_subprocess_communicate_utf8_finish (process, result, out, err, &error));
  g_unlink (path);
  return g_subprocess_get_exit_status (process);
}

static void
assert_program (const char *config, const char *argument, int exit_code, const char *says)
{
  g_autofree char *out = NULL, *err = NULL;

  g_assert_cmpint (run_program (config, argument, &out, &err), ==, exit_code);
  g_test_message ("%s%s", out, err);
  /* Lines are broken where it fits. */
  g_strdelimit (out, "\n", ' ');
  g_assert_true (strstr (out, says) != NULL || strstr (err, says) != NULL);
}

/* Servers come from the settings or from an option; exit codes and words tell what to do. */
static void
test_program (Server *server, gconstpointer data)
{
  char address[CLAW_ADDRESS_STRING_SIZE];
  claw_address_format (&server->addresses[0], address);
  g_autofree char *config = g_strdup_printf ("networking: {stun_servers: ['%s']}\n", address);
  g_autofree char *forbidden = g_strdup_printf (
      "networking: {nat_detection: false, stun_servers: ['%s']}\n", address);
  g_autofree char *option = g_strdup_printf ("--stun-server=%s", address);

  assert_program (config, NULL, EX_OK, "There is no NAT");
  assert_program ("client: {}\n", option, EX_OK, "Filtering: endpoint-independent");
  assert_program ("client: {}\n", NULL, EX_CONFIG, "networking.stun_servers");
  assert_program ("client: {}\n", "--stun-server=256.0.0.1:0", EX_NOHOST, "256.0.0.1:0: ");
  server->n_requests = 0;
  assert_program (forbidden, NULL, EX_CONFIG, "nat_detection is false");
  g_assert_cmpuint (server->n_requests, ==, 0);
  server->is_silent = TRUE;
  assert_program (config, NULL, EX_UNAVAILABLE, "Nobody answered");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/nat-check/loopback/no-nat", Server, NULL, set_up, test_no_nat, tear_down);
  g_test_add ("/nat-check/silence/blocked", Server, NULL, set_up, test_silent, tear_down);
  g_test_add ("/nat-check/cancelled/at-once", Server, NULL, set_up, test_cancelled, tear_down);
  g_test_add_func ("/nat-check/no-network/error", test_no_network);
  g_test_add ("/nat-check/lifetime/told-as-it-grows", Server, NULL, set_up, test_lifetime,
              tear_down);
  g_test_add ("/nat-check/program/exit-codes", Server, NULL, set_up, test_program, tear_down);
  return g_test_run ();
}
