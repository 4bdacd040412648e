/* test-server-setup.c: a server's first steps in a directory of its own. */
#include "claw-server-setup.h"

#include "claw-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *directory;
  ClawServerConfig *config;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  fixture->directory = g_dir_make_tmp ("clawchat-setup-XXXXXX", NULL);
  fixture->config = claw_server_config_new ();
  g_free (fixture->config->state_directory);
  fixture->config->state_directory = g_strdup (fixture->directory);
  g_free (fixture->config->ip);
  fixture->config->ip = g_strdup ("127.0.0.1");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "lock", "bootstrap.key", "given.key" };

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->directory, names[i], NULL);
      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_server_config_free (fixture->config);
  g_free (fixture->directory);
}

/* Two servers on one state directory would overwrite each other's pairings. */
static void
test_lock (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int first = claw_server_setup_lock (fixture->directory, &error);
  int again;

  g_assert_no_error (error);
  g_assert_cmpint (claw_server_setup_lock (fixture->directory, &error), ==, -1);
  g_assert_error (error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, fixture->directory));
  close (first);
  again = claw_server_setup_lock (fixture->directory, NULL);
  g_assert_cmpint (again, >=, 0);
  close (again);
}

/* The key is made once, privately, and is the same afterwards. */
static void
test_key_made (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "bootstrap.key", NULL);
  g_autoptr (ClawBootstrapKey) first = NULL;
  g_autoptr (ClawBootstrapKey) second = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;

  first = claw_server_setup_bootstrap_key (NULL, fixture->directory, &error);
  g_assert_no_error (error);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  second = claw_server_setup_bootstrap_key (NULL, fixture->directory, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (claw_bootstrap_key_peek_text (first), ==, claw_bootstrap_key_peek_text (second));
}

/* A key that was given counts; a wrong one is an error and no reason to make another. */
static void
test_key_given (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "given.key", NULL);
  g_autofree char *own = g_build_filename (fixture->directory, "bootstrap.key", NULL);
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_generate ();
  g_autoptr (ClawBootstrapKey) found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (claw_server_setup_bootstrap_key (path, fixture->directory, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_true (claw_bootstrap_key_save (key, path, NULL));
  found = claw_server_setup_bootstrap_key (path, fixture->directory, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (claw_bootstrap_key_peek_text (key), ==, claw_bootstrap_key_peek_text (found));
  g_assert_false (g_file_test (own, G_FILE_TEST_EXISTS));
}

/* Half a key at the place of the server's own is no passphrase, and a link there is not followed.
 */
static void
test_key_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *own = g_build_filename (fixture->directory, "bootstrap.key", NULL);
  g_autofree char *given = g_build_filename (fixture->directory, "given.key", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_file_write (own, "aGFsZiBhIGtleQ\n", 15, NULL));
  g_assert_null (claw_server_setup_bootstrap_key (NULL, fixture->directory, &error));
  g_assert_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE);
  g_clear_error (&error);
  g_assert_cmpint (g_rename (own, given), ==, 0);
  g_assert_cmpint (symlink (given, own), ==, 0);
  g_assert_null (claw_server_setup_bootstrap_key (NULL, fixture->directory, &error));
  g_assert_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE);
  g_assert_nonnull (strstr (error->message, "symbolic link"));
}

/* A configured port that is taken is an error that names it. */
static void
test_port_configured (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawUdpSocket) other = claw_server_setup_socket (fixture->config, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *number = NULL;
  ClawAddress address;

  claw_udp_socket_get_address (other, &address);
  fixture->config->port = address.port;
  g_assert_null (claw_server_setup_socket (fixture->config, &error));
  g_assert_error (error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_PORT);
  number = g_strdup_printf ("%u", address.port);
  g_assert_nonnull (strstr (error->message, number));
}

/* An address that is none is named. */
static void
test_address (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_free (fixture->config->ip);
  fixture->config->ip = g_strdup ("127.0.0.256");
  g_assert_null (claw_server_setup_socket (fixture->config, &error));
  g_assert_error (error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_ADDRESS);
  g_assert_nonnull (strstr (error->message, "127.0.0.256"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("CLAWCHAT_BOOTSTRAP_KEY");
  g_unsetenv ("CREDENTIALS_DIRECTORY");
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/server-setup/lock/exclusive", test_lock);
  ADD ("/server-setup/bootstrap-key/made-once", test_key_made);
  ADD ("/server-setup/bootstrap-key/given", test_key_given);
  ADD ("/server-setup/bootstrap-key/damaged", test_key_damaged);
  ADD ("/server-setup/port/configured-taken", test_port_configured);
  ADD ("/server-setup/port/wrong-address", test_address);
  return g_test_run ();
}
