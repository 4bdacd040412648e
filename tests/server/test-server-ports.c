/* test-server-ports.c: a server's sockets over hours that pass in no time. */
#include "claw-server-ports.h"

#include "../support/own-network.h"

#include "claw-file.h"
#include "claw-key-file.h"
#include "claw-port-schedule.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define INTERVAL_S 3600
#define SLOT 500000
#define START_S ((gint64) SLOT * INTERVAL_S + 10)
#define KEEP_S 660

typedef struct
{
  char *directory, *secret_path;
  ClawServerConfig *config;
  ClawKey secret; /* once there are ports */
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  ClawServerPorts *ports;
  ClawPump *pump;
  unsigned n_opened, n_closed;
  GPtrArray *others; /* sockets of other programs */
} Fixture;

/* Structured messages do not reach g_test_expect_message (). */
static unsigned n_warnings;

static GLogWriterOutput
count_warnings (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if (level & G_LOG_LEVEL_WARNING)
    n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  fixture->directory = g_dir_make_tmp ("clawchat-ports-XXXXXX", NULL);
  fixture->secret_path = g_build_filename (fixture->directory, "port.secret", NULL);
  fixture->config = claw_server_config_new ();
  g_free (fixture->config->state_directory);
  fixture->config->state_directory = g_strdup (fixture->directory);
  g_free (fixture->config->ip);
  fixture->config->ip = g_strdup ("127.0.0.1");
  fixture->config->port_rotation_interval_s = INTERVAL_S;
  claw_identity_generate (&fixture->identity);
  fixture->endpoint = claw_endpoint_new (
      &(ClawEndpointConfig){ .identity = &fixture->identity, .jitter_seed = 1 });
  fixture->others = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
stop (Fixture *fixture)
{
  g_clear_pointer (&fixture->ports, claw_server_ports_free);
  g_clear_pointer (&fixture->pump, claw_pump_free);
  claw_key_clear (&fixture->secret);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  stop (fixture);
  g_ptr_array_unref (fixture->others);
  claw_endpoint_free (fixture->endpoint);
  claw_identity_clear (&fixture->identity);
  g_unlink (fixture->secret_path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_server_config_free (fixture->config);
  g_free (fixture->secret_path);
  g_free (fixture->directory);
}

static void
ignore_event (const ClawEndpointEvent *event, gpointer user_data)
{
}

static void
on_opened (ClawUdpSocket *socket, gpointer user_data)
{
  ((Fixture *) user_data)->n_opened++;
}

static void
on_closing (ClawUdpSocket *socket, gpointer user_data)
{
  ((Fixture *) user_data)->n_closed++;
}

static void
start (Fixture *fixture, gint64 now_s)
{
  static const ClawServerPortsListener listener = { on_opened, on_closing };
  g_autoptr (GError) error = NULL;

  fixture->ports = claw_server_ports_new (fixture->config, KEEP_S, &error);
  g_assert_no_error (error);
  fixture->pump = claw_pump_new (fixture->endpoint, NULL, ignore_event, fixture);
  claw_server_ports_attach (fixture->ports, fixture->endpoint, fixture->pump, &listener, fixture);
  claw_server_ports_open (fixture->ports, now_s, &error);
  g_assert_no_error (error);
  fixture->n_opened = fixture->n_closed = 0; /* what disturbed starts left */
  if (fixture->config->port == 0)
    g_assert_true (claw_key_file_load_or_create (&fixture->secret, fixture->secret_path, "", NULL));
}

/* With the time counted from START_S. */
static gboolean
tick (Fixture *fixture, gint64 after_s)
{
  return claw_server_ports_tick (fixture->ports, START_S + after_s,
                                 (1000 + after_s) * G_USEC_PER_SEC);
}

static uint16_t
get_port (const Fixture *fixture)
{
  return claw_server_ports_get_port (fixture->ports);
}

static unsigned
count (const Fixture *fixture)
{
  uint16_t list[CLAW_SERVER_PORTS_MAX];

  return claw_server_ports_list (fixture->ports, list);
}

/* Another program takes @port, unless it is taken already. */
static void
take_port (Fixture *fixture, uint16_t port)
{
  ClawAddress address;
  ClawUdpSocket *socket;

  g_assert_true (claw_address_parse_ip ("127.0.0.1", port, &address));
  socket = claw_udp_socket_new (&address, NULL);
  if (socket != NULL)
    g_ptr_array_add (fixture->others, socket);
}

static gboolean
is_free (uint16_t port)
{
  ClawAddress address;

  g_assert_true (claw_address_parse_ip ("127.0.0.1", port, &address));
  g_autoptr (ClawUdpSocket) socket = claw_udp_socket_new (&address, NULL);
  return socket != NULL;
}

/* Which attempt of @slot @port is. */
static unsigned
get_attempt (const Fixture *fixture, uint64_t slot, uint16_t port)
{
  unsigned attempt = 0;

  while (attempt < CLAW_PORT_SCHEDULE_ATTEMPTS
         && claw_port_schedule_get (&fixture->secret, slot, attempt) != port)
    attempt++;
  return attempt;
}

/* Makes sure that the machine's other programs do not disturb, by another secret if they do. */
static void
start_undisturbed (Fixture *fixture)
{
  for (unsigned i = 0;; i++)
    {
      gboolean is_undisturbed = TRUE;

      start (fixture, START_S);
      for (uint64_t slot = SLOT - 1; slot <= SLOT + 2; slot++)
        for (unsigned attempt = 0; attempt < CLAW_PORT_SCHEDULE_ATTEMPTS; attempt++)
          {
            uint16_t port = claw_port_schedule_get (&fixture->secret, slot, attempt);

            is_undisturbed &= (slot == SLOT && attempt == 0) == (port == get_port (fixture));
            is_undisturbed &= port == get_port (fixture) || is_free (port);
          }
      if (is_undisturbed)
        return;
      g_assert_cmpuint (i, <, 20);
      stop (fixture);
      g_unlink (fixture->secret_path);
    }
}

/* The secret is made once, private; the port is what it says for the time, also after a restart. */
static void
test_start (Fixture *fixture, gconstpointer data)
{
  struct stat info;
  uint16_t port;

  start_undisturbed (fixture);
  port = get_port (fixture);
  g_assert_cmpint (stat (fixture->secret_path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpuint (get_attempt (fixture, SLOT, port), ==, 0);
  g_assert_cmpint (claw_server_ports_get_since_s (fixture->ports), ==, START_S);
  g_assert_cmpint (claw_server_ports_get_next_s (fixture->ports), ==,
                   (gint64) (SLOT + 1) * INTERVAL_S);
  g_assert_cmpint (claw_server_ports_get_deadline_s (fixture->ports), ==,
                   (gint64) (SLOT + 1) * INTERVAL_S);
  stop (fixture);
  start (fixture, START_S + INTERVAL_S - 11);
  g_assert_cmpuint (get_port (fixture), ==, port);
  stop (fixture);
  start (fixture, START_S + INTERVAL_S);
  g_assert_cmpuint (get_attempt (fixture, SLOT + 1, get_port (fixture)), <,
                    CLAW_PORT_SCHEDULE_ATTEMPTS);
}

/* A damaged secret is an error: another one would lock out who is away. */
static void
test_damaged_secret (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_file_write (fixture->secret_path, "aGFsZg\n", 7, NULL));
  g_assert_null (claw_server_ports_new (fixture->config, KEEP_S, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, fixture->secret_path));
}

/* The next slot's socket is there at its first second and not before; the old one stays for those
 * who have a file that names it, and goes then. */
static void
test_rotation (Fixture *fixture, gconstpointer data)
{
  start_undisturbed (fixture);
  uint16_t old = get_port (fixture);

  g_assert_false (tick (fixture, INTERVAL_S - 11));
  g_assert_cmpuint (count (fixture), ==, 1);
  g_assert_true (tick (fixture, INTERVAL_S - 10));
  g_assert_cmpuint (get_attempt (fixture, SLOT + 1, get_port (fixture)), ==, 0);
  g_assert_cmpuint (count (fixture), ==, 2);
  g_assert_cmpuint (fixture->n_opened, ==, 1);
  g_assert_cmpint (claw_server_ports_get_since_s (fixture->ports), ==, START_S + INTERVAL_S - 10);
  g_assert_false (is_free (old));
  g_assert_false (tick (fixture, INTERVAL_S - 10 + KEEP_S - 1));
  g_assert_cmpuint (count (fixture), ==, 2);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  g_assert_cmpint (claw_server_ports_get_deadline_s (fixture->ports), <=,
                   START_S + INTERVAL_S + KEEP_S + CLAW_SERVER_PORTS_CLOSE_S);
  g_assert_false (tick (fixture, INTERVAL_S - 10 + KEEP_S));
  g_assert_cmpuint (count (fixture), ==, 1);
  g_assert_cmpuint (fixture->n_closed, ==, 1);
  g_assert_true (is_free (old));
}

/* A machine that slept wakes up in its present slot; the slots in between are not made up for. */
static void
test_slept (Fixture *fixture, gconstpointer data)
{
  start_undisturbed (fixture);
  g_assert_true (tick (fixture, 2 * INTERVAL_S));
  g_assert_cmpuint (get_attempt (fixture, SLOT + 2, get_port (fixture)), ==, 0);
  g_assert_cmpuint (count (fixture), ==, 2);
}

/* A clock that was set back leads to the port of that time, where clients whose clocks are right
 * look; a socket that is still open is used again. */
static void
test_clock_set_back (Fixture *fixture, gconstpointer data)
{
  start_undisturbed (fixture);
  uint16_t old = get_port (fixture);

  g_assert_true (tick (fixture, INTERVAL_S));
  g_assert_true (tick (fixture, 0));
  g_assert_cmpuint (get_port (fixture), ==, old);
  g_assert_cmpuint (count (fixture), ==, 2);
  g_assert_true (tick (fixture, INTERVAL_S));
  g_assert_cmpuint (get_attempt (fixture, SLOT + 1, get_port (fixture)), ==, 0);
  g_assert_cmpuint (count (fixture), ==, 2);
}

/* Ports of another program are passed over in the order in which clients look for them. */
static void
test_taken (Fixture *fixture, gconstpointer data)
{
  start_undisturbed (fixture);
  for (unsigned attempt = 0; attempt < 2; attempt++)
    take_port (fixture, claw_port_schedule_get (&fixture->secret, SLOT + 1, attempt));
  g_assert_true (tick (fixture, INTERVAL_S));
  g_assert_cmpuint (get_attempt (fixture, SLOT + 1, get_port (fixture)), ==, 2);
  stop (fixture);
  start (fixture, START_S + INTERVAL_S);
  g_assert_cmpuint (get_attempt (fixture, SLOT + 1, get_port (fixture)), ==, 2);
}

static void
take_slot (Fixture *fixture, uint64_t slot)
{
  for (unsigned attempt = 0; attempt < CLAW_PORT_SCHEDULE_ATTEMPTS; attempt++)
    take_port (fixture, claw_port_schedule_get (&fixture->secret, slot, attempt));
}

/* When all ports of a slot are taken the server stays where it is, says so once, and moves as soon
 * as one is free. */
static void
test_all_taken (Fixture *fixture, gconstpointer data)
{
  start_undisturbed (fixture);
  uint16_t old = get_port (fixture);

  take_slot (fixture, SLOT + 1);
  n_warnings = 0;
  g_assert_false (tick (fixture, INTERVAL_S));
  g_assert_cmpuint (get_port (fixture), ==, old);
  g_assert_cmpint (claw_server_ports_get_deadline_s (fixture->ports), ==,
                   START_S + INTERVAL_S + CLAW_SERVER_PORTS_RETRY_S);
  g_assert_false (tick (fixture, INTERVAL_S + CLAW_SERVER_PORTS_RETRY_S));
  g_assert_cmpuint (n_warnings, ==, 1);
  g_ptr_array_remove_index (fixture->others, 3);
  g_assert_true (tick (fixture, INTERVAL_S + 2 * CLAW_SERVER_PORTS_RETRY_S));
  g_assert_cmpuint (get_attempt (fixture, SLOT + 1, get_port (fixture)), ==, 3);
  g_assert_cmpuint (count (fixture), ==, 2);
}

/* A server that finds all ports taken starts on any other, and is on the schedule again later. */
static void
test_all_taken_at_start (Fixture *fixture, gconstpointer data)
{
  start_undisturbed (fixture);
  stop (fixture);
  g_assert_true (claw_key_file_load_or_create (&fixture->secret, fixture->secret_path, "", NULL));
  take_slot (fixture, SLOT);
  claw_key_clear (&fixture->secret);
  n_warnings = 0;
  start (fixture, START_S);
  g_assert_cmpuint (n_warnings, ==, 1);
  g_assert_cmpuint (get_attempt (fixture, SLOT, get_port (fixture)), ==,
                    CLAW_PORT_SCHEDULE_ATTEMPTS);
  g_ptr_array_set_size (fixture->others, 0);
  g_assert_true (tick (fixture, CLAW_SERVER_PORTS_RETRY_S));
  g_assert_cmpuint (get_attempt (fixture, SLOT, get_port (fixture)), ==, 0);
}

/* A configured port stays, and needs no secret. */
static void
test_configured (Fixture *fixture, gconstpointer data)
{
  uint16_t port;

  start_undisturbed (fixture);
  port = get_port (fixture);
  stop (fixture);
  g_unlink (fixture->secret_path);
  fixture->config->port = port;
  start (fixture, START_S);
  g_assert_false (tick (fixture, 5 * INTERVAL_S));
  g_assert_cmpuint (get_port (fixture), ==, port);
  g_assert_cmpint (claw_server_ports_get_next_s (fixture->ports), ==, 0);
  g_assert_cmpint (claw_server_ports_get_deadline_s (fixture->ports), ==, G_MAXINT64);
  g_assert_false (g_file_test (fixture->secret_path, G_FILE_TEST_EXISTS));
}

static gboolean
are_distinct (const Fixture *fixture, uint64_t slot, unsigned n)
{
  g_autoptr (GHashTable) ports = g_hash_table_new (NULL, NULL);

  for (unsigned i = 0; i < n; i++)
    {
      uint16_t port = claw_port_schedule_get (&fixture->secret, slot + i, 0);

      if (!g_hash_table_add (ports, GUINT_TO_POINTER (port)) || (i > 0 && !is_free (port)))
        return FALSE;
    }
  return claw_port_schedule_get (&fixture->secret, slot, 0) == get_port (fixture);
}

/* With @n slots of @interval_s that have ports of their own, by another secret if they have not. */
static void
start_distinct (Fixture *fixture, unsigned interval_s, unsigned n)
{
  fixture->config->port_rotation_interval_s = (int) interval_s;
  start (fixture, START_S);
  while (!are_distinct (fixture, claw_port_schedule_get_slot (START_S, interval_s), n))
    {
      stop (fixture);
      g_unlink (fixture->secret_path);
      start (fixture, START_S);
    }
}

/* However short the interval, there are never more sockets than CLAW_SERVER_PORTS_MAX, and the
 * oldest gives way. */
static void
test_limit (Fixture *fixture, gconstpointer data)
{
  start_distinct (fixture, 10, 3 * CLAW_SERVER_PORTS_MAX + 1);
  uint16_t first = get_port (fixture);
  uint16_t second = 0;

  for (unsigned i = 1; i <= 3 * CLAW_SERVER_PORTS_MAX; i++)
    {
      uint16_t list[CLAW_SERVER_PORTS_MAX];

      g_assert_true (tick (fixture, 10 * i));
      if (i == 1)
        second = get_port (fixture);
      unsigned n = claw_server_ports_list (fixture->ports, list);
      g_assert_cmpuint (n, ==, MIN (i + 1, CLAW_SERVER_PORTS_MAX));
      g_assert_cmpuint (list[n - 1], ==, get_port (fixture));
      if (i == CLAW_SERVER_PORTS_MAX - 1)
        g_assert_cmpuint (list[0], ==, first);
      if (i == CLAW_SERVER_PORTS_MAX)
        g_assert_cmpuint (list[0], ==, second);
    }
}

static gboolean
is_named (uint16_t port, gpointer user_data)
{
  return port == *(uint16_t *) user_data;
}

/* A server that starts again after a rotation also listens at the port that a file of before names,
 * for as long as there is such a file. */
static void
test_previous (Fixture *fixture, gconstpointer data)
{
  start_undisturbed (fixture);
  uint16_t old = get_port (fixture);
  uint16_t none = 1;

  stop (fixture);
  start (fixture, START_S + INTERVAL_S);
  uint16_t present = get_port (fixture);
  claw_server_ports_set_named (fixture->ports, is_named, &none);
  claw_server_ports_open_previous (fixture->ports, START_S + INTERVAL_S, 1000);
  g_assert_cmpuint (count (fixture), ==, 1);
  claw_server_ports_set_named (fixture->ports, is_named, &old);
  claw_server_ports_open_previous (fixture->ports, START_S + INTERVAL_S,
                                   (1000 + (gint64) INTERVAL_S) * G_USEC_PER_SEC);
  g_assert_cmpuint (count (fixture), ==, 2);
  g_assert_cmpuint (get_port (fixture), ==, present);
  g_assert_false (is_free (old));
  tick (fixture, INTERVAL_S + KEEP_S);
  g_assert_cmpuint (count (fixture), ==, 2);
  claw_server_ports_set_named (fixture->ports, is_named, &none);
  tick (fixture, INTERVAL_S + KEEP_S + CLAW_SERVER_PORTS_CLOSE_S);
  g_assert_cmpuint (count (fixture), ==, 1);
  g_assert_cmpuint (get_port (fixture), ==, present);
}

/* Closed there is no port, no rotation and nothing to wait for; opened again, the port is that of
 * the time. */
static void
test_closed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  start (fixture, START_S);
  tick (fixture, INTERVAL_S);
  g_assert_cmpuint (count (fixture), ==, 2);
  uint16_t port = get_port (fixture);
  claw_server_ports_close (fixture->ports);
  g_assert_cmpuint (fixture->n_closed, ==, 2);
  g_assert_false (claw_server_ports_is_open (fixture->ports));
  g_assert_true (is_free (port));
  g_assert_cmpuint (count (fixture), ==, 0);
  g_assert_cmpuint (get_port (fixture), ==, 0);
  g_assert_null (claw_server_ports_get_socket (fixture->ports));
  g_assert_cmpint (claw_server_ports_get_deadline_s (fixture->ports), ==, G_MAXINT64);
  g_assert_false (tick (fixture, 2 * INTERVAL_S));
  g_assert_cmpuint (count (fixture), ==, 0);
  claw_server_ports_open (fixture->ports, START_S + INTERVAL_S + 5, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (get_port (fixture), ==, port);
  g_assert_false (is_free (port));
  g_assert_cmpint (claw_server_ports_get_deadline_s (fixture->ports), ==,
                   (gint64) (SLOT + 2) * INTERVAL_S);
  g_assert_true (tick (fixture, 2 * INTERVAL_S));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  enter_own_network ();
  g_log_set_writer_func (count_warnings, NULL, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/server-ports/start/scheduled", test_start);
  ADD ("/server-ports/start/damaged-secret", test_damaged_secret);
  ADD ("/server-ports/start/all-taken", test_all_taken_at_start);
  ADD ("/server-ports/start/configured", test_configured);
  ADD ("/server-ports/start/previous", test_previous);
  ADD ("/server-ports/rotation/boundary", test_rotation);
  ADD ("/server-ports/rotation/slept", test_slept);
  ADD ("/server-ports/rotation/clock-set-back", test_clock_set_back);
  ADD ("/server-ports/rotation/taken", test_taken);
  ADD ("/server-ports/rotation/all-taken", test_all_taken);
  ADD ("/server-ports/rotation/limit", test_limit);
  g_test_add ("/server-ports/closed/opened-again", Fixture, NULL, set_up, test_closed, tear_down);
  return g_test_run ();
}
