/* test-control.c: the control socket with real clients, which are served by the same thread's main
 * context. */
#include "claw-control-access.h"
#include "claw-control.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *directory, *path;
  ClawControl *control;
  unsigned attached;
  unsigned requests;
  ClawControlPeer *last_peer;
} Fixture;

static JsonNode *
on_request (ClawControlPeer *peer, const ClawControlRequest *request, GError **error, gpointer data)
{
  Fixture *fixture = data;

  fixture->requests++;
  fixture->last_peer = peer;
  if (request->command == CLAW_CONTROL_REVOKE)
    {
      g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_NOT_FOUND, "no %u",
                   request->member);
      return NULL;
    }
  return json_from_string ("{\"answer\": 42}", NULL);
}

static void
on_attached (unsigned attached, gpointer data)
{
  ((Fixture *) data)->attached = attached;
}

static const ClawControlHandler handler = { on_request, on_attached };

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("clawchat-control-XXXXXX", &error);

  g_assert_no_error (error);
  fixture->directory = g_steal_pointer (&directory);
  fixture->path = g_build_filename (fixture->directory, "run", "control.sock", NULL);
  fixture->control = claw_control_new (fixture->path, "Test", CLAW_CONTROL_NO_GROUP, &handler,
                                       fixture, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *run = g_path_get_dirname (fixture->path);

  claw_control_free (fixture->control);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_rmdir (run);
  g_rmdir (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->path);
}

/* Serves until nobody wants anything any more. */
static void
serve (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static GSocket *
connect_client (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (fixture->path);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                  G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (socket, FALSE);
  serve ();
  return socket;
}

/* Everything that has come. Returns: (nullable): NULL at the end of the connection. */
static char *
receive (GSocket *socket)
{
  GString *text = g_string_new (NULL);
  char buffer[4096];
  gssize length;

  serve ();
  while ((length = g_socket_receive (socket, buffer, sizeof buffer, NULL, NULL)) > 0)
    {
      g_string_append_len (text, buffer, length);
      serve ();
    }
  if (length == 0 && text->len == 0)
    {
      g_string_free (text, TRUE);
      return NULL;
    }
  return g_string_free (text, FALSE);
}

static void
assert_received (GSocket *socket, const char *expected)
{
  g_autofree char *text = receive (socket);

  g_assert_cmpstr (text, ==, expected);
}

static void
say (GSocket *socket, const char *text)
{
  size_t length = strlen (text), done = 0;

  while (done < length)
    {
      gssize sent = g_socket_send (socket, text + done, length - done, NULL, NULL);

      serve ();
      if (sent > 0)
        done += (size_t) sent;
      else if (g_socket_condition_check (socket, G_IO_HUP) != 0)
        return;
    }
}

static GSocket *
greeted (Fixture *fixture)
{
  GSocket *socket = connect_client (fixture);

  assert_received (socket, "{\"protocol\":\"clawchat-control\",\"version\":1,\"name\":\"Test\"}\n");
  return socket;
}

/* Nobody else can reach the socket. */
static void
test_modes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *run = g_path_get_dirname (fixture->path);
  struct stat info;

  g_assert_cmpint (stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (stat (run, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
}

/* Replies come in order, with the number of their request, however the lines are cut. */
static void
test_requests (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = greeted (fixture);

  say (socket, "{\"command\":\"status\",\"id\":1}\n{\"command\":\"members\"}\n{\"command\":");
  assert_received (socket, "{\"ok\":true,\"id\":1,\"result\":{\"answer\":42}}\n"
                           "{\"ok\":true,\"result\":{\"answer\":42}}\n");
  say (socket, "\"revoke\",\"member\":9,\"id\":3}\n");
  assert_received (socket, "{\"ok\":false,\"id\":3,\"code\":\"not-found\",\"message\":\"no 9\"}\n");
}

/* A line that is no request is answered, and the connection goes on. */
static void
test_nonsense (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = greeted (fixture);
  g_autofree char *reply = NULL;

  say (socket, "nonsense\n");
  reply = receive (socket);
  g_assert_true (g_str_has_prefix (reply, "{\"ok\":false,\"code\":\"invalid\""));
  say (socket, "{\"command\":\"status\"}\n");
  assert_received (socket, "{\"ok\":true,\"result\":{\"answer\":42}}\n");
  g_assert_cmpuint (fixture->requests, ==, 1);
}

/* A line without an end is not kept for ever. */
static void
test_endless_line (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = greeted (fixture);
  g_autofree char *longest = g_strnfill (CLAW_CONTROL_LINE_MAX, ' ');
  g_autofree char *rest = NULL;

  say (socket, longest);
  serve ();
  g_assert_cmpuint (claw_control_get_clients (fixture->control), ==, 1);
  say (socket, "  ");
  serve ();
  g_assert_cmpuint (claw_control_get_clients (fixture->control), ==, 0);
  rest = receive (socket);
  g_assert_nonnull (strstr (rest, "\"invalid\""));
}

/* One client more than allowed is turned away, and a place that gets free can be had. */
static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  GSocket *sockets[CLAW_CONTROL_CLIENTS_MAX];
  g_autoptr (GSocket) late = NULL;
  g_autoptr (GSocket) later = NULL;
  g_autofree char *reason = NULL;

  for (unsigned i = 0; i < CLAW_CONTROL_CLIENTS_MAX; i++)
    sockets[i] = greeted (fixture);
  late = connect_client (fixture);
  reason = receive (late);
  g_assert_true (g_str_has_prefix (reason, "{\"ok\":false,\"code\":\"busy\""));
  g_assert_null (receive (late));
  g_object_unref (sockets[0]);
  serve ();
  later = greeted (fixture);
  for (unsigned i = 1; i < CLAW_CONTROL_CLIENTS_MAX; i++)
    g_object_unref (sockets[i]);
}

/* Events reach those who are attached, but not the one whose doing they are. */
static void
test_broadcast (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) first = greeted (fixture);
  g_autoptr (GSocket) second = greeted (fixture);
  g_autoptr (GSocket) silent = greeted (fixture);
  g_autoptr (JsonNode) event = json_from_string ("{\"event\":\"x\"}", NULL);

  say (first, "{\"command\":\"attach\"}\n");
  say (second, "{\"command\":\"attach\"}\n");
  assert_received (first, "{\"ok\":true,\"result\":{\"answer\":42}}\n");
  assert_received (second, "{\"ok\":true,\"result\":{\"answer\":42}}\n");
  g_assert_cmpuint (fixture->attached, ==, 2);
  claw_control_broadcast (fixture->control, event, CLAW_CONTROL_ATTACHED, fixture->last_peer);
  assert_received (first, "{\"event\":\"x\"}\n");
  assert_received (second, "");
  assert_received (silent, "");
  g_socket_close (second, NULL);
  serve ();
  g_assert_cmpuint (fixture->attached, ==, 1);
}

/* One that tails hears what is for it and for everybody, once even if it is attached as well, and
 * is no operator. */
static void
test_tail (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) tailing = greeted (fixture);
  g_autoptr (GSocket) attached = greeted (fixture);
  g_autoptr (JsonNode) event = json_from_string ("{\"event\":\"x\"}", NULL);

  g_assert_false (claw_control_is_heard (fixture->control, CLAW_CONTROL_EVERYBODY));
  say (tailing, "{\"command\":\"tail\"}\n");
  g_free (receive (tailing));
  g_assert_cmpuint (fixture->attached, ==, 0);
  g_assert_true (claw_control_is_heard (fixture->control, CLAW_CONTROL_TAILING));
  g_assert_false (claw_control_is_heard (fixture->control, CLAW_CONTROL_ATTACHED));
  say (attached, "{\"command\":\"attach\"}\n");
  g_free (receive (attached));
  claw_control_broadcast (fixture->control, event, CLAW_CONTROL_TAILING, NULL);
  assert_received (tailing, "{\"event\":\"x\"}\n");
  assert_received (attached, "");
  claw_control_broadcast (fixture->control, event, CLAW_CONTROL_ATTACHED, NULL);
  assert_received (tailing, "");
  assert_received (attached, "{\"event\":\"x\"}\n");
  say (tailing, "{\"command\":\"attach\"}\n{\"command\":\"tail\"}\n");
  g_free (receive (tailing));
  claw_control_broadcast (fixture->control, event, CLAW_CONTROL_EVERYBODY, NULL);
  assert_received (tailing, "{\"event\":\"x\"}\n");
  g_socket_close (tailing, NULL);
  serve ();
  g_assert_false (claw_control_is_heard (fixture->control, CLAW_CONTROL_TAILING));
  g_assert_cmpuint (fixture->attached, ==, 1);
}

/* With a group the socket and a new directory are the group's, too. */
static void
test_group (Fixture *fixture, gconstpointer data)
{
  g_autofree char *run = g_build_filename (fixture->directory, "group", NULL);
  g_autofree char *path = g_build_filename (run, "control.sock", NULL);
  ClawControl *control = claw_control_new (path, "Test", getegid (), &handler, fixture, NULL);
  struct stat info;

  g_assert_nonnull (control);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0660);
  g_assert_cmpint (stat (run, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0710);
  claw_control_free (control);
  g_rmdir (run);
}

/* One that does not read is dropped at the limit; another one gets everything. */
static void
test_slow_reader (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) slow = greeted (fixture);
  g_autoptr (GSocket) quick = greeted (fixture);
  g_autofree char *filler = g_strnfill (64 * 1024, 'x');
  g_autofree char *line = g_strdup_printf ("{\"event\":\"%s\"}", filler);
  g_autoptr (JsonNode) event = json_from_string (line, NULL);
  unsigned sent = 0;

  say (slow, "{\"command\":\"attach\"}\n");
  say (quick, "{\"command\":\"attach\"}\n");
  g_free (receive (quick));
  while (fixture->attached == 2 && sent < 400)
    {
      g_autofree char *text = NULL;

      claw_control_broadcast (fixture->control, event, CLAW_CONTROL_EVERYBODY, NULL);
      sent++;
      text = receive (quick);
      g_assert_cmpuint (strlen (text), ==, strlen (line) + 1);
    }
  g_assert_cmpuint (fixture->attached, ==, 1);
  g_assert_cmpuint (sent * strlen (line), >=, CLAW_CONTROL_UNREAD_MAX);
}

/* The socket of a running server is left alone. */
static void
test_second_server (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      claw_control_new (fixture->path, "Second", CLAW_CONTROL_NO_GROUP, &handler, fixture, &error));
  g_assert_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_FAILED);
  serve ();
  g_object_unref (greeted (fixture));
}

/* The socket of a server that was killed is replaced. */
static void
test_stale_socket (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->directory, "run", "stale.sock", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) dead = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                           G_SOCKET_PROTOCOL_DEFAULT, NULL);
  ClawControl *control;

  g_assert_true (g_socket_bind (dead, address, FALSE, NULL));
  g_socket_close (dead, NULL);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  control = claw_control_new (path, "Second", CLAW_CONTROL_NO_GROUP, &handler, fixture, &error);
  g_assert_no_error (error);
  claw_control_free (control);
}

/* A file that is no socket is never removed. */
static void
test_file_in_the_way (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->directory, "run", "precious", NULL);

  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_assert_null (
      claw_control_new (path, "Second", CLAW_CONTROL_NO_GROUP, &handler, fixture, &error));
  g_assert_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* A path that no Unix socket can have is an error that says so. */
static void
test_long_path (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strnfill (108, 'x');
  g_autofree char *path = g_build_filename (fixture->directory, name, NULL);

  g_assert_null (
      claw_control_new (path, "Second", CLAW_CONTROL_NO_GROUP, &handler, fixture, &error));
  g_assert_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/control/socket/private", test_modes);
  ADD ("/control/requests/answered-in-order", test_requests);
  ADD ("/control/nonsense/answered", test_nonsense);
  ADD ("/control/endless-line/dropped", test_endless_line);
  ADD ("/control/too-many/refused", test_too_many);
  ADD ("/control/broadcast/all-but-one", test_broadcast);
  ADD ("/control/tail/everything", test_tail);
  ADD ("/control/group/let-through", test_group);
  ADD ("/control/slow-reader/dropped", test_slow_reader);
  ADD ("/control/second-server/refused", test_second_server);
  ADD ("/control/stale-socket/replaced", test_stale_socket);
  ADD ("/control/file-in-the-way/left-alone", test_file_in_the_way);
  ADD ("/control/long-path/refused", test_long_path);
  return g_test_run ();
}
