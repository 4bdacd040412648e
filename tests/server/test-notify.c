/* test-notify.c: systemd's socket gets what is meant for it, and its absence is no trouble. */
#include "claw-notify.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

static GSocket *
listen_at (GSocketAddress *address)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM,
                                  G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  return socket;
}

static void
assert_received (GSocket *socket, const char *expected)
{
  char buffer[64] = { 0 };

  g_assert_true (claw_notify_send (expected));
  g_assert_cmpint (g_socket_receive (socket, buffer, sizeof buffer - 1, NULL, NULL), >, 0);
  g_assert_cmpstr (buffer, ==, expected);
}

/* A socket in the file system gets the state. */
static void
test_path (void)
{
  g_autofree char *directory = g_dir_make_tmp ("clawchat-notify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "notify", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = listen_at (address);

  g_setenv ("NOTIFY_SOCKET", path, TRUE);
  assert_received (socket, "READY=1");
  g_unlink (path);
  g_rmdir (directory);
}

/* So does one in the abstract namespace, which is written with an @. */
static void
test_abstract (void)
{
  g_autofree char *name = g_strdup_printf ("@clawchat-notify-%08x", g_random_int ());
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new_with_type (
      name + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  g_autoptr (GSocket) socket = listen_at (address);

  g_setenv ("NOTIFY_SOCKET", name, TRUE);
  assert_received (socket, "STOPPING=1");
}

/* Without systemd, or with a name that is none, nothing is sent. */
static void
test_absent (void)
{
  g_autofree char *too_long = g_strnfill (200, '/');

  g_unsetenv ("NOTIFY_SOCKET");
  g_assert_false (claw_notify_send ("READY=1"));
  g_setenv ("NOTIFY_SOCKET", "", TRUE);
  g_assert_false (claw_notify_send ("READY=1"));
  g_setenv ("NOTIFY_SOCKET", "relative", TRUE);
  g_assert_false (claw_notify_send ("READY=1"));
  g_setenv ("NOTIFY_SOCKET", "/nonexistent/notify", TRUE);
  g_assert_false (claw_notify_send ("READY=1"));
  g_setenv ("NOTIFY_SOCKET", too_long, TRUE);
  g_assert_false (claw_notify_send ("READY=1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notify/path/sent", test_path);
  g_test_add_func ("/notify/abstract/sent", test_abstract);
  g_test_add_func ("/notify/absent/ignored", test_absent);
  return g_test_run ();
}
