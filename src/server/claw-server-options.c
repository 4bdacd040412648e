/* claw-server-options.c: GOption's table, and how options and configuration come together. */
#include "config.h"

#include "claw-server-options.h"

#include "claw-address.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SOCKET_NAME "control.sock"
/* Where systemd puts a RuntimeDirectory=clawchat for root's eyes, who has no RUNTIME_DIRECTORY. */
#define SYSTEM_SOCKET "/run/clawchat/" SOCKET_NAME
#define SYSTEM_CONFIG "/etc/clawchat/server.yaml"

void
claw_server_options_clear (ClawServerOptions *options)
{
  g_free (options->config_path);
  g_free (options->bootstrap_key_file);
  g_free (options->ip);
  g_free (options->public_ip);
  g_free (options->security_directory);
  g_free (options->state_directory);
  g_free (options->control_socket);
  g_free (options->passphrase_file);
  claw_control_files_options_clear (&options->files);
  g_strfreev (options->words);
  memset (options, 0, sizeof *options);
}

static const char summary[] = N_ (
    "Runs the ClawChat server, or asks the one that runs:\n"
    "  status             show where it listens, its .sec file, and who is there\n"
    "  new-file           make one more .sec file and print its path; see --for, --valid,\n"
    "                     --output and --qr\n"
    "  files              list the .sec files that nobody has used\n"
    "  withdraw ID|NAME   delete one of them, or those for a person\n"
    "  members            list all paired clients\n"
    "  sessions           list the connected ones\n"
    "  disconnect ID      end a session; the client may come back\n"
    "  revoke ID          forget a paired client; it needs a new .sec file\n"
    "  rotate [ID]        change the keys of one session or of all, now\n"
    "  safety-number ID   print what the operator and this member compare\n"
    "  compromised [ID]   keys may be in wrong hands: erase those of one pairing, or of all\n"
    "                     and the server's own, on both sides, and make a new .sec file\n"
    "  attach             chat as the operator, under the server's name; works in a pipe\n"
    "  metrics            print figures for Prometheus\n"
    "  send [TEXT]        send one message as the operator; without TEXT standard input\n"
    "  backup FILE        write all keys and pairings into a file, sealed by a passphrase\n"
    "  restore FILE       put them back, while no server runs\n"
    "  tail               print what happens as it happens, until the server ends\n"
    "  check-config       tell all faults of the configuration, as --check-config\n"
    "Each of them prints JSON with --json; attach then takes JSON, too.");

static gboolean
parse_context (ClawServerOptions *options, GStrv *arguments, GError **error)
{
  const GOptionEntry entries[] = {
    { "headless", 0, 0, G_OPTION_ARG_NONE, &options->headless,
      N_ ("Run without a display (always so; may be left out)"), NULL },
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options->config_path,
      N_ ("Read this configuration instead of /etc/clawchat/server.yaml"), N_ ("FILE") },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &options->check_config,
      N_ ("Tell all faults of the configuration and exit"), NULL },
    { "bootstrap-key-file", 0, 0, G_OPTION_ARG_FILENAME, &options->bootstrap_key_file,
      N_ ("Seal .sec files with the key in this file"), N_ ("FILE") },
    { "ip", 0, 0, G_OPTION_ARG_STRING, &options->ip, N_ ("Listen on this address"),
      N_ ("ADDRESS") },
    { "port", 0, 0, G_OPTION_ARG_INT, &options->port, N_ ("Listen on this UDP port"), N_ ("N") },
    { "public-ip", 0, 0, G_OPTION_ARG_STRING, &options->public_ip,
      N_ ("Tell clients to knock at this address"), N_ ("ADDRESS") },
    { "security-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->security_directory,
      N_ ("Write .sec files here"), N_ ("DIR") },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->state_directory,
      N_ ("Keep keys and pairings here"), N_ ("DIR") },
    { "control-socket", 0, 0, G_OPTION_ARG_FILENAME, &options->control_socket,
      N_ ("Where commands reach the server"), N_ ("PATH") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print a command's result as JSON"),
      NULL },
    { "for", 0, 0, G_OPTION_ARG_STRING, &options->files.name,
      N_ ("new-file: make it for this person"), N_ ("NAME") },
    { "valid", 0, 0, G_OPTION_ARG_STRING, &options->files.valid,
      N_ ("new-file: let it be good for so long"), N_ ("MINUTES") },
    { "output", 0, 0, G_OPTION_ARG_FILENAME, &options->files.output,
      N_ ("new-file: write it here and leave nothing in the directory; - for standard output"),
      N_ ("FILE") },
    { "qr", 0, 0, G_OPTION_ARG_NONE, &options->files.qr, N_ ("new-file: show it as a QR code"),
      NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options->files.force,
      N_ ("new-file --output, backup, restore: replace what is there"), NULL },
    { "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &options->passphrase_file,
      N_ ("backup, restore: read the passphrase from this file"), N_ ("FILE") },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Print the version and exit"),
      NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->words, NULL,
      N_ ("[COMMAND]") },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  options->port = -1;
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  return g_option_context_parse_strv (context, arguments, error);
}

/* Whoever gives an option that nothing is made of has forgotten the command, or means another one.
 * Returns: (transfer full) (nullable): the first of these options, and why it is one. */
static char *
find_stray_option (const ClawServerOptions *options)
{
  const char *command = options->words != NULL ? options->words[0] : NULL;
  const struct
  {
    const char *name;
    gboolean is_given;
    const char *commands[4]; /* none: all */
  } all[] = {
    { "--for", options->files.name != NULL, { "new-file" } },
    { "--valid", options->files.valid != NULL, { "new-file" } },
    { "--output", options->files.output != NULL, { "new-file" } },
    { "--qr", options->files.qr, { "new-file" } },
    { "--force", options->files.force, { "new-file", "backup", "restore" } },
    { "--passphrase-file", options->passphrase_file != NULL, { "backup", "restore" } },
    { "--json", options->json && !options->check_config && !options->version, { NULL } },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (all); i++)
    {
      if (!all[i].is_given)
        continue;
      if (command == NULL)
        return g_strdup_printf (_ ("%s goes with a command, and none is given"), all[i].name);
      if (all[i].commands[0] != NULL && !g_strv_contains (all[i].commands, command))
        return g_strdup_printf (_ ("%s does not go with “%s”"), all[i].name, command);
    }
  return NULL;
}

/* Returns: (transfer full) (nullable): what is wrong with the options' values. */
static char *
find_problem (const ClawServerOptions *options)
{
  ClawAddress address;

  if (options->port != -1 && (options->port < 1 || options->port > 65535))
    return g_strdup_printf (_ ("--port %d is not a port: choose one within 1–65535"),
                            options->port);
  if (options->ip != NULL && !claw_address_parse_ip (options->ip, 0, &address))
    return g_strdup_printf (_ ("--ip “%s” is not a numeric IPv4 or IPv6 address"), options->ip);
  if (options->public_ip != NULL && !claw_address_parse_ip (options->public_ip, 0, &address))
    return g_strdup_printf (_ ("--public-ip “%s” is not a numeric IPv4 or IPv6 address"),
                            options->public_ip);
  if (options->words != NULL && options->headless)
    return g_strdup_printf (_ ("--headless runs the server and goes with no command such as “%s”"),
                            options->words[0]);
  return find_stray_option (options);
}

gboolean
claw_server_options_parse (ClawServerOptions *options, int argc, char **argv, GError **error)
{
  g_auto (GStrv) arguments = NULL;
  g_autofree char *problem = NULL;

  /* GOption takes entries out of the array, so that it gets one of its own. */
  arguments = g_new0 (char *, (size_t) argc + 1);
  for (int i = 0; i < argc; i++)
    arguments[i] = g_strdup (argv[i]);
  if (!parse_context (options, &arguments, error))
    return FALSE;
  problem = find_problem (options);
  if (problem == NULL)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, problem);
  return FALSE;
}

static const char *const places[] = { CLAW_SYSTEM_CONFIG_DIR "/server.yaml", SYSTEM_CONFIG };

char *
claw_server_options_find_config (const ClawServerOptions *options)
{
  if (options->config_path != NULL)
    return g_strdup (options->config_path);
  for (unsigned i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_file_test (places[i], G_FILE_TEST_EXISTS))
      return g_strdup (places[i]);
  return NULL;
}

void
claw_server_options_settle_config (ClawServerOptions *options)
{
  char *path = claw_server_options_find_config (options);

  g_free (options->config_path);
  options->config_path = path;
}

gboolean
claw_server_options_is_system_config (const char *path)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (places); i++)
    if (strcmp (places[i], path) == 0)
      return TRUE;
  return FALSE;
}

static void
replace (char **setting, const char *value)
{
  if (value == NULL)
    return;
  g_free (*setting);
  *setting = g_strdup (value);
}

static void
replace_path (char **setting, const char *value)
{
  g_autofree char *path = value == NULL ? NULL : g_canonicalize_filename (value, NULL);

  replace (setting, path);
}

ClawServerConfig *
claw_server_options_load_config (const ClawServerOptions *options, GError **error)
{
  g_autofree char *path = claw_server_options_find_config (options);
  ClawServerConfig *config = path == NULL ? claw_server_config_new ()
                                          : claw_server_config_load (path, error);

  if (config == NULL)
    return NULL;
  replace (&config->ip, options->ip);
  replace (&config->public_ip, options->public_ip);
  replace_path (&config->security_directory, options->security_directory);
  replace_path (&config->state_directory, options->state_directory);
  if (options->port != -1)
    config->port = options->port;
  return config;
}

/* The first of systemd's directories, which are separated by colons. */
static char *
runtime_directory_socket (void)
{
  const char *directories = g_getenv ("RUNTIME_DIRECTORY");
  g_autofree char *first = NULL;

  if (directories == NULL || directories[0] != '/')
    return NULL;
  first = g_strndup (directories, strcspn (directories, ":"));
  return g_build_filename (first, SOCKET_NAME, NULL);
}

static char *
user_socket (void)
{
  const char *directory = g_getenv ("XDG_RUNTIME_DIR");

  if (directory == NULL || directory[0] != '/')
    return NULL;
  return g_build_filename (directory, "clawchat-server", SOCKET_NAME, NULL);
}

char *
claw_server_options_get_control_socket (const ClawServerOptions *options,
                                        const ClawServerConfig *config)
{
  char *path = NULL;

  if (options->control_socket != NULL)
    return g_canonicalize_filename (options->control_socket, NULL);
  path = runtime_directory_socket ();
  if (path == NULL)
    path = user_socket ();
  if (path == NULL)
    path = g_build_filename (config->state_directory, SOCKET_NAME, NULL);
  return path;
}

static void
add_path (GPtrArray *paths, char *path)
{
  if (path != NULL)
    g_ptr_array_add (paths, path);
}

GStrv
claw_server_options_list_control_sockets (const ClawServerOptions *options)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_autoptr (ClawServerConfig) config = NULL;

  if (options->control_socket != NULL)
    add_path (paths, g_canonicalize_filename (options->control_socket, NULL));
  else
    {
      add_path (paths, runtime_directory_socket ());
      add_path (paths, user_socket ());
      add_path (paths, g_strdup (SYSTEM_SOCKET));
      /* A configuration that cannot be read is the server's trouble, not that of a command. */
      config = claw_server_options_load_config (options, NULL);
      if (config != NULL)
        add_path (paths, g_build_filename (config->state_directory, SOCKET_NAME, NULL));
    }
  g_ptr_array_add (paths, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}
