/* test-server-options.c: the command line, and how it goes over the configuration file. */
#include "claw-config.h"
#include "claw-server-options.h"

#include <glib/gstdio.h>
#include <string.h>

static gboolean
parse (ClawServerOptions *options, const char *line, GError **error)
{
  g_autofree char *full = g_strconcat ("clawchat-server ", line, NULL);
  g_auto (GStrv) argv = NULL;
  int argc;

  g_assert_true (g_shell_parse_argv (full, &argc, &argv, NULL));
  return claw_server_options_parse (options, argc, argv, error);
}

/* Every option lands where it belongs. */
static void
test_all (void)
{
  g_auto (ClawServerOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  parse (&options,
         "--headless --config c --bootstrap-key-file b --ip ::1 --port 5 --public-ip 192.0.2.1 "
         "--security-dir s --state-dir t --control-socket u --check-config --version --json",
         &error);
  g_assert_no_error (error);
  g_assert_true (options.headless && options.check_config && options.version && options.json);
  g_assert_cmpstr (options.config_path, ==, "c");
  g_assert_cmpstr (options.bootstrap_key_file, ==, "b");
  g_assert_cmpstr (options.ip, ==, "::1");
  g_assert_cmpint (options.port, ==, 5);
  g_assert_cmpstr (options.public_ip, ==, "192.0.2.1");
  g_assert_cmpstr (options.security_directory, ==, "s");
  g_assert_cmpstr (options.state_directory, ==, "t");
  g_assert_cmpstr (options.control_socket, ==, "u");
  g_assert_null (options.words);
}

/* Words are a command, options may come on either side of it. */
static void
test_command (void)
{
  g_auto (ClawServerOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  parse (&options, "--control-socket u send hello 'big world' --json", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (options.words), ==, 3);
  g_assert_cmpstr (options.words[2], ==, "big world");
  g_assert_true (options.json);
}

/* An option of commands goes with each of these. */
static void
test_command_options (void)
{
  static const char *const lines[] = {
    "new-file --for anna --valid 60 --output x --qr --force",
    "backup x --force --passphrase-file p --json",
    "restore x --force --passphrase-file p",
    "check-config --json",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_auto (ClawServerOptions) options = { 0 };
      g_autoptr (GError) error = NULL;

      parse (&options, lines[i], &error);
      g_assert_no_error (error);
    }
}

/* Wrong values are named. */
static void
test_wrong (void)
{
  static const struct
  {
    const char *line, *named;
  } cases[] = {
    { "--port 0", "0" },
    { "--port 65536", "65536" },
    { "--port x", "x" },
    { "--ip localhost", "--ip" },
    { "--public-ip 1.2.3", "--public-ip" },
    { "--nonsense", "--nonsense" },
    { "--headless status", "status" },
    { "--for anna", "--for" },
    { "--valid 60", "--valid" },
    { "--output ben.sec --headless", "--output" },
    { "--qr", "--qr" },
    { "--force", "--force" },
    { "--passphrase-file p", "--passphrase-file" },
    { "--json", "--json" },
    { "--check-config --json --qr", "--qr" },
    { "status --for anna", "“status”" },
    { "--valid 60 files", "“files”" },
    { "send --output x", "--output" },
    { "backup file --qr", "“backup”" },
    { "status --force", "--force" },
    { "check-config --passphrase-file p", "--passphrase-file" },
    { "new-file --passphrase-file p", "“new-file”" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (ClawServerOptions) options = { 0 };
      g_autoptr (GError) error = NULL;

      g_assert_false (parse (&options, cases[i].line, &error));
      g_assert_cmpint ((int) error->domain, ==, (int) G_OPTION_ERROR);
      g_assert_nonnull (strstr (error->message, cases[i].named));
    }
}

static char *
write_config (const char *text)
{
  char *path = NULL;
  int fd = g_file_open_tmp ("clawchat-options-XXXXXX.yaml", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

/* The command line goes over the file, and what it does not say stays. */
static void
test_overrides (void)
{
  g_autofree char *path = write_config (
      "server: {port: 50000, name: Harbour, public_ip: 192.0.2.7}\n");
  g_autofree char *line = g_strdup_printf ("--config %s --port 50001 --state-dir /var/x/../y",
                                           path);
  g_auto (ClawServerOptions) options = { 0 };
  g_autoptr (ClawServerConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (parse (&options, line, &error));
  config = claw_server_options_load_config (&options, &error);
  g_assert_no_error (error);
  g_assert_cmpint (config->port, ==, 50001);
  g_assert_cmpstr (config->name, ==, "Harbour");
  g_assert_cmpstr (config->public_ip, ==, "192.0.2.7");
  g_assert_cmpstr (config->state_directory, ==, "/var/y");
  g_unlink (path);
}

/* A wrong file is an error with its place. */
static void
test_wrong_file (void)
{
  g_autofree char *path = write_config ("server:\n  port: high\n");
  g_autofree char *line = g_strdup_printf ("--config %s", path);
  g_autofree char *place = g_strdup_printf ("%s:2:", path);
  g_auto (ClawServerOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (parse (&options, line, NULL));
  g_assert_null (claw_server_options_load_config (&options, &error));
  g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, place));
  g_unlink (path);
}

/* The control socket is where the option says, else systemd, else the user's session, else the
 * state directory. */
static void
test_control_socket (void)
{
  g_auto (ClawServerOptions) none = { 0 };
  g_auto (ClawServerOptions) given = { 0 };
  g_autoptr (ClawServerConfig) config = claw_server_config_new ();
  g_autofree char *a = NULL, *b = NULL, *c = NULL, *d = NULL;

  g_assert_true (parse (&none, "--state-dir /state", NULL));
  g_assert_true (parse (&given, "--control-socket /given.sock", NULL));
  g_free (config->state_directory);
  config->state_directory = g_strdup ("/state");
  g_setenv ("RUNTIME_DIRECTORY", "/run/first:/run/second", TRUE);
  g_setenv ("XDG_RUNTIME_DIR", "/run/user/1", TRUE);
  a = claw_server_options_get_control_socket (&given, config);
  g_assert_cmpstr (a, ==, "/given.sock");
  b = claw_server_options_get_control_socket (&none, config);
  g_assert_cmpstr (b, ==, "/run/first/control.sock");
  g_unsetenv ("RUNTIME_DIRECTORY");
  c = claw_server_options_get_control_socket (&none, config);
  g_assert_cmpstr (c, ==, "/run/user/1/clawchat-server/control.sock");
  g_unsetenv ("XDG_RUNTIME_DIR");
  d = claw_server_options_get_control_socket (&none, config);
  g_assert_cmpstr (d, ==, "/state/control.sock");
}

/* A command looks in all places where a server may have made its socket. */
static void
test_places (void)
{
  g_auto (ClawServerOptions) options = { 0 };
  g_auto (GStrv) sockets = NULL;

  g_assert_true (parse (&options, "--state-dir /state status", NULL));
  g_unsetenv ("RUNTIME_DIRECTORY");
  g_setenv ("XDG_RUNTIME_DIR", "/run/user/1", TRUE);
  sockets = claw_server_options_list_control_sockets (&options);
  g_assert_true (
      g_strv_contains ((const char *const *) sockets, "/run/user/1/clawchat-server/control.sock"));
  g_assert_true (g_strv_contains ((const char *const *) sockets, "/run/clawchat/control.sock"));
  g_assert_true (g_strv_contains ((const char *const *) sockets, "/state/control.sock"));
}

/* Of the system's configuration the whole directory may be read again, of another one only the
 * file.
 */
static void
test_config (void)
{
  g_auto (ClawServerOptions) options = { 0 };
  g_autofree char *path = NULL;

  g_assert_true (parse (&options, "--config server.yaml", NULL));
  path = claw_server_options_find_config (&options);
  g_assert_cmpstr (path, ==, "server.yaml");
  g_assert_false (claw_server_options_is_system_config (path));
  g_assert_true (claw_server_options_is_system_config ("/etc/clawchat/server.yaml"));
}

/* A file that was found once is the configuration also when it is gone. */
static void
test_settled (void)
{
  g_autofree char *path = write_config ("security: {automatic_file: false}\n");
  g_autofree char *line = g_strdup_printf ("--config %s", path);
  g_auto (ClawServerOptions) options = { 0 };
  g_auto (ClawServerOptions) none = { 0 };
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (parse (&options, line, NULL));
  claw_server_options_settle_config (&options);
  g_assert_cmpstr (options.config_path, ==, path);
  g_unlink (path);
  g_assert_null (claw_server_options_load_config (&options, &error));
  g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_UNREADABLE);

  /* Whether this machine has a system's one or none. */
  g_assert_true (parse (&none, "", NULL));
  found = claw_server_options_find_config (&none);
  claw_server_options_settle_config (&none);
  g_assert_cmpstr (none.config_path, ==, found);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-options/all/taken", test_all);
  g_test_add_func ("/server-options/command/taken", test_command);
  g_test_add_func ("/server-options/command/options", test_command_options);
  g_test_add_func ("/server-options/wrong/named", test_wrong);
  g_test_add_func ("/server-options/file/overridden", test_overrides);
  g_test_add_func ("/server-options/file/wrong", test_wrong_file);
  g_test_add_func ("/server-options/file/found", test_config);
  g_test_add_func ("/server-options/file/settled", test_settled);
  g_test_add_func ("/server-options/control-socket/chosen", test_control_socket);
  g_test_add_func ("/server-options/control-socket/places", test_places);
  return g_test_run ();
}
