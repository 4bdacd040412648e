/* clawchat.c: the clawchat program: the window, the terminal client, or the server, as its options
 * say.
 *
 * The server takes over the whole command line with --headless, and nothing of GTK is initialised
 * then. For the client the options are read here; the window gets the same command line again
 * through GApplication, which hands it over to an instance that runs already.
 */
#include "config.h"

#include "claw-client-config.h"
#include "claw-message.h"
#include "claw-server-main.h"
#include "claw-terminal-nat-check.h"
#include "claw-terminal.h"
#if CLAW_HAVE_GUI
#include "claw-application.h"
#endif

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

typedef struct
{
  char *config;
  char *file;
  char *name;
  char *bootstrap_key_file;
  GStrv stun_servers;
  GStrv files; /* bare arguments */
  gboolean no_gui;
  gboolean headless; /* only for --help: main () looks for it before */
  gboolean check_config;
  gboolean nat_check;
  gboolean lifetime;
  gboolean version;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->config);
  g_free (options->file);
  g_free (options->name);
  g_free (options->bootstrap_key_file);
  g_strfreev (options->stun_servers);
  g_strfreev (options->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static int G_GNUC_PRINTF (2, 3) complain (int exit_code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "clawchat: %s\n", text);
  return exit_code;
}

static gboolean
has_option (int argc, char **argv, const char *option)
{
  for (int i = 1; i < argc && strcmp (argv[i], "--") != 0; i++)
    if (strcmp (argv[i], option) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
parse_options (Options *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "file", 0, 0, G_OPTION_ARG_FILENAME, &options->file,
      N_ ("Connect with this .sec file, as a bare FILE.sec does; else to the server used last"),
      N_ ("FILE") },
    { "bootstrap-key-file", 0, 0, G_OPTION_ARG_FILENAME, &options->bootstrap_key_file,
      N_ ("The key that opens .sec files; else $CLAWCHAT_BOOTSTRAP_KEY"), N_ ("FILE") },
    { "name", 0, 0, G_OPTION_ARG_STRING, &options->name, N_ ("The name to be shown to others"),
      N_ ("NAME") },
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options->config,
      N_ ("Settings; else clawchat/client.yaml in the user's configuration"), N_ ("FILE") },
    { "no-gui", 0, 0, G_OPTION_ARG_NONE, &options->no_gui, N_ ("Chat in the terminal"), NULL },
    { "headless", 0, 0, G_OPTION_ARG_NONE, &options->headless,
      N_ ("Run the server; --headless --help tells its options"), NULL },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &options->check_config,
      N_ ("Tell all faults of the settings and end"), NULL },
    { "nat-check", 0, 0, G_OPTION_ARG_NONE, &options->nat_check,
      N_ ("Tell what kind of NAT this machine is behind, asking the STUN servers of the settings"),
      NULL },
    { "stun-server", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->stun_servers,
      N_ ("With --nat-check: ask this one instead; may be given more than once"),
      N_ ("HOST:PORT") },
    { "lifetime", 0, 0, G_OPTION_ARG_NONE, &options->lifetime,
      N_ ("With --nat-check: measure for how long the NAT remembers, too; takes minutes"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Tell the version and end"),
      NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files, NULL,
      N_ ("[FILE.sec]") },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (context, _ ("Private chat, introduced by a .sec file."));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  /* A copy, since parsing takes out what it knows. */
  g_auto (GStrv) arguments = g_new0 (char *, argc + 1);
  for (int i = 0; i < argc; i++)
    arguments[i] = g_strdup (argv[i]);
  return g_option_context_parse_strv (context, &arguments, error);
}

/* Returns: (transfer full) (nullable): NULL when there is none, and the defaults apply. */
static char *
find_config (const Options *options)
{
  if (options->config)
    return g_strdup (options->config);
  g_autofree char *path = g_build_filename (g_get_user_config_dir (), "clawchat", "client.yaml",
                                            NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

static int
check_config (const char *path)
{
  if (path)
    printf (_ ("%s: no faults\n"), path);
  else
    printf (_ ("There is no configuration file; the defaults apply\n"));
  return EX_OK;
}

/* Moves a bare FILE.sec to where --file is. */
static int
take_file (Options *options)
{
  unsigned n_files = options->files ? g_strv_length (options->files) : 0;
  if (n_files + (options->file ? 1 : 0) > 1)
    return complain (EX_USAGE, _ ("one .sec file at a time, please"));
  if (n_files == 1)
    options->file = g_strdup (options->files[0]);
  return EX_OK;
}

static int
run_terminal (Options *options, const ClawClientConfig *config)
{
  int usage = take_file (options);
  if (usage != EX_OK)
    return usage;
  ClawTerminalOptions terminal = {
    .file = options->file,
    .bootstrap_key_file = options->bootstrap_key_file,
    .name = options->name ? options->name : config->name,
    .timeout_s = config->hole_punch_timeout_s,
    .nat_detection = config->nat_detection,
    .stun_servers = (const char *const *) config->stun_servers,
  };
  return claw_terminal_run (&terminal);
}

static int
run_nat_check (const Options *options, const ClawClientConfig *config)
{
  GStrv servers = options->stun_servers ? options->stun_servers : config->stun_servers;
  ClawTerminalNatCheckOptions nat_check = {
    .servers = (const char *const *) servers,
    .is_allowed = config->nat_detection,
    .with_lifetime = options->lifetime,
  };
  return claw_terminal_nat_check (&nat_check);
}

#if CLAW_HAVE_GUI
static int
run_window (int argc, char **argv)
{
  if (!gtk_init_check ())
    return complain (EX_UNAVAILABLE,
                     _ ("there is no display to show a window on; use --no-gui to chat in the "
                        "terminal, or --headless to run the server"));
  g_autoptr (ClawApplication) application = claw_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
#else
static int
run_window (int argc, char **argv)
{
  return complain (EX_UNAVAILABLE,
                   _ ("this build has no window; use --no-gui to chat in the terminal, or "
                      "--headless to run the server"));
}
#endif

static int
run_client (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GError) error = NULL;
  if (!parse_options (&options, argc, argv, &error))
    return complain (EX_USAGE, _ ("%s; --help lists the options"), error->message);
  if (options.version)
    {
      printf ("clawchat %s\n", CLAW_VERSION);
      return EX_OK;
    }

  g_autofree char *path = find_config (&options);
  g_autoptr (ClawClientConfig) config = path ? claw_client_config_load (path, &error)
                                             : claw_client_config_new ();
  if (!config)
    {
      /* Each line begins with the file's name already. */
      fprintf (stderr, "%s\n", error->message);
      return EX_CONFIG;
    }
  if (options.check_config)
    return check_config (path);
  claw_log_set_level (config->log_level);
  if (options.nat_check)
    return run_nat_check (&options, config);
  if (options.lifetime || options.stun_servers)
    return complain (EX_USAGE, _ ("--lifetime and --stun-server go with --nat-check"));

  g_autofree char *name = options.name ? claw_name_sanitise (options.name, -1) : NULL;
  if (options.name && !name)
    return complain (EX_USAGE, _ ("--name: nothing of this name can be shown"));
  if (options.no_gui || !config->use_gui)
    return run_terminal (&options, config);
  return run_window (argc, argv);
}

int
main (int argc, char **argv)
{
  claw_process_init ();
  if (has_option (argc, argv, "--headless"))
    return claw_server_main (argc, argv);
  claw_log_init ("clawchat");
  /* Started over D-Bus: the options are those of GApplication. */
  if (has_option (argc, argv, "--gapplication-service"))
    return run_window (argc, argv);
  return run_client (argc, argv);
}
