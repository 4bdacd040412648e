/* test-control-access.c: who may use the control socket, asked of the kernel with real processes.
 */
#include "claw-control-access.h"

#include "claw-file.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define GROUP 54321
#define OTHER_GROUP 12345

typedef struct
{
  char *directory, *path;
  GSocket *listener;
  GSocketAddress *address;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->directory = g_dir_make_tmp ("clawchat-access-XXXXXX", &error);
  g_assert_no_error (error);
  g_assert_cmpint (chmod (fixture->directory, 0755), ==, 0);
  fixture->path = g_build_filename (fixture->directory, "sock", NULL);
  fixture->address = g_unix_socket_address_new (fixture->path);
  fixture->listener = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                    G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (fixture->listener, fixture->address, FALSE, NULL));
  g_assert_true (g_socket_listen (fixture->listener, NULL));
  g_assert_cmpint (chmod (fixture->path, 0666), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->listener);
  g_object_unref (fixture->address);
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->path);
}

/* Connects as another user, and waits until the other side has looked. */
static void
be_client (Fixture *fixture, uid_t user, gid_t first, const gid_t *groups, size_t n_groups)
{
  char byte;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, NULL);

  if (setgroups (n_groups, groups) != 0 || setgid (first) != 0 || setuid (user) != 0
      || !g_socket_connect (socket, fixture->address, NULL, NULL))
    _exit (1);
  g_socket_receive (socket, &byte, 1, NULL, NULL);
  _exit (0);
}

static gboolean
is_allowed (Fixture *fixture, uid_t user, gid_t first, const gid_t *groups, size_t n_groups)
{
  pid_t child = fork ();
  g_autoptr (GSocket) socket = NULL;
  g_autofree char *peer = NULL;
  g_autofree char *expected = g_strdup_printf ("uid %u, gid %u, pid %d", (unsigned) user,
                                               (unsigned) first, (int) child);
  gboolean allowed;
  int status;

  if (child == 0)
    be_client (fixture, user, first, groups, n_groups);
  socket = g_socket_accept (fixture->listener, NULL, NULL);
  allowed = claw_control_access_is_allowed (socket, GROUP, &peer);
  g_assert_cmpstr (peer, ==, expected);
  g_clear_object (&socket);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  return allowed;
}

/* Root, and whoever has the group, be it the first of its groups or the last of very many. */
static void
test_allowed (Fixture *fixture, gconstpointer data)
{
  gid_t many[200];
  const gid_t one = GROUP;

  if (geteuid () != 0)
    {
      g_test_skip ("it takes root to be another user");
      return;
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (many); i++)
    many[i] = OTHER_GROUP + i;
  many[G_N_ELEMENTS (many) - 1] = GROUP;
  g_assert_true (is_allowed (fixture, 0, NOBODY, NULL, 0));
  g_assert_true (is_allowed (fixture, NOBODY, GROUP, NULL, 0));
  g_assert_true (is_allowed (fixture, NOBODY, NOBODY, &one, 1));
  g_assert_true (is_allowed (fixture, NOBODY, NOBODY, many, G_N_ELEMENTS (many)));
}

/* Nobody else. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  const gid_t other = OTHER_GROUP;

  if (geteuid () != 0)
    {
      g_test_skip ("it takes root to be another user");
      return;
    }
  g_assert_false (is_allowed (fixture, NOBODY, NOBODY, NULL, 0));
  g_assert_false (is_allowed (fixture, NOBODY, NOBODY, &other, 1));
}

/* Where there is no group, even one with the number that stands for none is not let in. */
static void
test_no_group (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) client = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (GSocket) server = NULL;
  g_autofree char *peer = NULL;

  g_assert_true (g_socket_connect (client, fixture->address, NULL, NULL));
  server = g_socket_accept (fixture->listener, NULL, NULL);
  /* This very user. */
  g_assert_true (claw_control_access_is_allowed (server, CLAW_CONTROL_NO_GROUP, &peer));
}

/* The group counts only when it is the process' own. */
static void
test_find_group (void)
{
  const struct group *own = getgrgid (getegid ());

  g_assert_true (claw_control_access_find_group ("no-such-group-anywhere")
                 == CLAW_CONTROL_NO_GROUP);
  if (own == NULL)
    return;
  g_assert_true (claw_control_access_find_group (own->gr_name) == getegid ());
  g_assert_true (claw_control_access_find_group (getegid () == 0 ? "daemon" : "root")
                 == CLAW_CONTROL_NO_GROUP);
}

static void
assert_mode (const char *path, mode_t mode)
{
  struct stat status;

  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, mode);
}

/* A new directory lets the group through and nobody else; one that was there stays as it is. */
static void
test_directory (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *base = g_dir_make_tmp ("clawchat-access-XXXXXX", NULL);
  g_autofree char *open = g_build_filename (base, "open", NULL);
  g_autofree char *closed = g_build_filename (base, "closed", NULL);

  g_assert_true (claw_control_access_make_directory (open, getegid (), NULL));
  assert_mode (open, 0710);
  g_assert_true (claw_control_access_make_directory (open, getegid (), NULL));
  g_assert_true (claw_control_access_make_directory (closed, CLAW_CONTROL_NO_GROUP, NULL));
  g_assert_true (claw_control_access_make_directory (closed, getegid (), NULL));
  assert_mode (closed, 0700);
  /* Wider than that, or open to another group. */
  chmod (open, 0730);
  g_assert_false (claw_control_access_make_directory (open, getegid (), &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS);
  g_assert_true (g_str_has_prefix (error->message, open));
  g_assert_null (strstr (error->message, "chmod"));
  chmod (open, 0711);
  g_assert_false (claw_control_access_make_directory (open, getegid (), NULL));
  chmod (open, 0710);
  g_assert_false (claw_control_access_make_directory (open, getegid () + 1, NULL));
  g_assert_false (claw_control_access_make_directory (open, CLAW_CONTROL_NO_GROUP, NULL));
  g_rmdir (open);
  g_rmdir (closed);
  g_rmdir (base);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/control-access/root-and-group/allowed", test_allowed);
  ADD ("/control-access/others/refused", test_refused);
  ADD ("/control-access/no-group/own-user-allowed", test_no_group);
  g_test_add_func ("/control-access/group/own-only", test_find_group);
  g_test_add_func ("/control-access/directory/group-passes", test_directory);
  return g_test_run ();
}
