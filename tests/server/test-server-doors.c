/* test-server-doors.c: a whole server that has sockets only while somebody may come. */
#include "server-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>

/* Whether any socket of this program is one of UDP. */
static gboolean
has_udp_socket (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      int type = 0, domain = 0, fd = (int) g_ascii_strtoll (name, NULL, 10);
      socklen_t length = sizeof type;

      if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_DGRAM)
        continue;
      length = sizeof domain;
      if (getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0
          && (domain == AF_INET || domain == AF_INET6))
        return TRUE;
    }
  return FALSE;
}

/* As a server without automatic files, which begins anew. */
static void
begin_closed (Fixture *fixture)
{
  g_autofree char *security = g_strdup (fixture->config->security_directory);

  claw_server_free (fixture->server);
  remove_tree (security);
  fixture->config->auto_regenerate_minutes = 0;
  start (fixture);
  g_assert_false (claw_server_ports_is_open (fixture->server->ports));
  g_assert_cmpuint (fixture->server->listening.port, ==, 0);
  g_assert_false (has_udp_socket ());
}

static void
issue (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (
      claw_issuer_issue (fixture->server->issuer, g_get_real_time () / G_USEC_PER_SEC, &error));
  g_assert_no_error (error);
}

/* With automatic files there is always one, and so a socket. */
static void
test_automatic (Fixture *fixture, gconstpointer data)
{
  g_assert_true (claw_server_ports_is_open (fixture->server->ports));
  g_assert_true (has_udp_socket ());
}

/* The first file opens the server, and names the port that it opened; the pairing keeps it open,
 * also over a restart; when that is revoked, its client is told so and the server closes. */
static void
test_from_file_to_revocation (Fixture *fixture, gconstpointer data)
{
  begin_closed (fixture);
  issue (fixture);
  g_assert_true (claw_server_ports_is_open (fixture->server->ports));
  g_assert_nonnull (fixture->server->probe_socket);
  {
    g_autoptr (ClawSecFile) file = open_current (fixture);

    g_assert_cmpuint (file->server.port, ==, fixture->server->listening.port);
  }

  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_auto (ClawKey) secret = { 0 };
  g_assert_cmpuint (claw_issuer_get_count (fixture->server->issuer), ==, 0);
  claw_server_maintain (fixture->server);
  g_assert_true (claw_server_ports_is_open (fixture->server->ports));

  claw_key_copy (&secret, &anna->resumption);
  restart (fixture);
  RUN_UNTIL (anna->closed);
  join (fixture, anna, &secret);

  claw_server_forget (fixture->server, claw_pairings_get (fixture->server->pairings, 0),
                      CLAW_CLOSE_CODE_REVOKED);
  RUN_UNTIL (anna->closed);
  g_assert_cmpint (anna->code, ==, CLAW_CLOSE_CODE_REVOKED);
  RUN_UNTIL (!claw_server_ports_is_open (fixture->server->ports));
  g_assert_null (fixture->server->probe_socket);
}

/* A file that nobody used closes the server when it is over. */
static void
test_file_over (Fixture *fixture, gconstpointer data)
{
  begin_closed (fixture);
  issue (fixture);
  claw_issuer_erase (fixture->server->issuer);
  claw_server_maintain (fixture->server);
  g_assert_false (claw_server_ports_is_open (fixture->server->ports));
  g_assert_false (has_udp_socket ());
  issue (fixture);
  g_assert_true (claw_server_ports_is_open (fixture->server->ports));
}

/* What a file has opened changes its port in time, and does not wait for the next maintenance. */
static void
test_rotation (Fixture *fixture, gconstpointer data)
{
  fixture->config->port_rotation_interval_s = 10;
  begin_closed (fixture);
  g_assert_cmpuint (fixture->server->ports_source, ==, 0);
  issue (fixture);
  g_assert_cmpuint (fixture->server->ports_source, !=, 0);
}

/* A file of before the restart opens the server, which is then found where the file says. */
static void
test_adopted (Fixture *fixture, gconstpointer data)
{
  begin_closed (fixture);
  issue (fixture);
  uint16_t port = fixture->server->listening.port;
  restart (fixture);
  g_assert_true (claw_server_ports_is_open (fixture->server->ports));
  g_assert_cmpuint (fixture->server->listening.port, ==, port);
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
}

/* Closed, what the ports would do in the course of time does nothing. */
static void
test_closed_over_time (Fixture *fixture, gconstpointer data)
{
  begin_closed (fixture);
  for (unsigned slots = 1; slots < 5; slots++)
    g_assert_false (
        claw_server_ports_tick (fixture->server->ports,
                                g_get_real_time () / G_USEC_PER_SEC
                                    + slots * (gint64) fixture->config->port_rotation_interval_s,
                                g_get_monotonic_time ()));
  claw_server_maintain (fixture->server);
  g_assert_false (has_udp_socket ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("CLAWCHAT_BOOTSTRAP_KEY");
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_unsetenv ("NOTIFY_SOCKET");
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/server-doors/automatic/open", test_automatic);
  ADD ("/server-doors/by-hand/from-file-to-revocation", test_from_file_to_revocation);
  ADD ("/server-doors/by-hand/file-over", test_file_over);
  ADD ("/server-doors/by-hand/adopted", test_adopted);
  ADD ("/server-doors/by-hand/rotation", test_rotation);
  ADD ("/server-doors/closed/over-time", test_closed_over_time);
  return g_test_run ();
}
