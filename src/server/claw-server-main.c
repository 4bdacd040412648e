/* claw-server-main.c: from the command line to a running server and back to an exit code.
 *
 * Everything below returns errors; this is the one place that tells them to the user and ends.
 */
#include "config.h"

#include "claw-server-main.h"

#include "claw-bootstrap-key.h"
#include "claw-config.h"
#include "claw-control-client.h"
#include "claw-control-request.h"
#include "claw-file.h"
#include "claw-notify.h"
#include "claw-pairings.h"
#include "claw-sandbox.h"
#include "claw-server-options.h"
#include "claw-server-setup.h"
#include "claw-server.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sysexits.h>

static int
setup_exit_code (ClawServerSetupError code)
{
  switch (code)
    {
    case CLAW_SERVER_SETUP_ERROR_LOCKED:
      return EX_TEMPFAIL;
    case CLAW_SERVER_SETUP_ERROR_ADDRESS:
      return EX_CONFIG;
    case CLAW_SERVER_SETUP_ERROR_PORT:
      return EX_UNAVAILABLE;
    }
  return EX_SOFTWARE;
}

static int
exit_code (const GError *error)
{
  if (error->domain == CLAW_SERVER_SETUP_ERROR)
    return setup_exit_code ((ClawServerSetupError) error->code);
  if (g_error_matches (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS))
    return EX_NOPERM;
  if (error->domain == CLAW_FILE_ERROR || error->domain == G_FILE_ERROR)
    return EX_CANTCREAT;
  if (error->domain == CLAW_PAIRINGS_ERROR
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    return EX_DATAERR;
  if (g_error_matches (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_UNREADABLE))
    return EX_NOINPUT;
  if (error->domain == CLAW_CONFIG_ERROR || error->domain == CLAW_BOOTSTRAP_KEY_ERROR)
    return EX_CONFIG;
  if (error->domain == CLAW_CONTROL_ERROR)
    return EX_UNAVAILABLE;
  return EX_OSERR;
}

static int
fail (const GError *error)
{
  g_printerr ("clawchat-server: %s\n", error->message);
  return exit_code (error);
}

static int
run_command (const ClawServerOptions *options)
{
  g_auto (GStrv) sockets = claw_server_options_list_control_sockets (options);
  g_autofree char *problem = NULL;
  const ClawControlClientOptions client = {
    .sockets = (const char *const *) sockets,
    .json = options->json,
    .n_words = (int) g_strv_length (options->words),
    .words = options->words,
  };

  if (claw_control_client_check (&client, &problem))
    return claw_control_client_run (&client);
  g_printerr ("clawchat-server: %s\n", problem);
  return EX_USAGE;
}

static gboolean
on_stop_signal (gpointer user_data)
{
  g_message (_ ("Stopping"));
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer user_data)
{
  g_message (_ ("The configuration is read at the start only: restart the server to change it"));
  return G_SOURCE_CONTINUE;
}

/* No debugger and no core dump reads keys. The leak checker of a test build has to, though. */
static void
forbid_looking_in (void)
{
#ifndef __SANITIZE_ADDRESS__
  if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    g_warning (_ ("Other programs of this user can read the server's memory"));
#endif
}

/* The directories must be there before the walls are, which name them. */
static gboolean
restrict_files (const ClawServerOptions *options,
                const ClawServerConfig *config,
                const char *control_socket,
                GError **error)
{
  g_autofree char *control_directory = g_path_get_dirname (control_socket);
  const char *const writable[] = { config->state_directory, config->security_directory,
                                   control_directory, NULL };
  const char *const readable[] = { options->bootstrap_key_file != NULL ? options->bootstrap_key_file
                                                                       : "",
                                   g_getenv ("CREDENTIALS_DIRECTORY"), NULL };

  for (unsigned i = 0; writable[i] != NULL; i++)
    if (!claw_file_make_private_directory (writable[i], error))
      return FALSE;
  claw_sandbox_restrict_files (writable, readable);
  return TRUE;
}

static int
run_server (const ClawServerOptions *options, const ClawServerConfig *config)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *control = claw_server_options_get_control_socket (options, config);
  g_autoptr (GError) error = NULL;
  ClawServer *server;

  forbid_looking_in ();
  if (!restrict_files (options, config, control, &error))
    return fail (error);
  /* They are heard in the loop only, so that one that comes during the start ends it in order, too.
   */
  g_unix_signal_add (SIGTERM, on_stop_signal, loop);
  g_unix_signal_add (SIGINT, on_stop_signal, loop);
  g_unix_signal_add (SIGHUP, on_hangup, NULL);
  server = claw_server_new (config, options->bootstrap_key_file, control, &error);
  if (server == NULL)
    return fail (error);
  claw_sandbox_restrict_system_calls ();
  g_info ("Sandbox: %s", claw_sandbox_describe ());
  claw_notify_send ("READY=1");
  g_main_loop_run (loop);
  claw_notify_send ("STOPPING=1");
  claw_server_free (server);
  return EX_OK;
}

int
claw_server_main (int argc, char **argv)
{
  g_auto (ClawServerOptions) options = { 0 };
  g_autoptr (ClawServerConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  claw_process_init ();
  claw_log_init ("clawchat-server");
  if (!claw_server_options_parse (&options, argc, argv, &error))
    {
      g_printerr ("clawchat-server: %s\n%s\n", error->message,
                  _ ("“clawchat-server --help” shows what can be said"));
      return EX_USAGE;
    }
  if (options.version)
    {
      printf ("clawchat-server %s\n", CLAW_VERSION);
      return EX_OK;
    }
  if (options.words != NULL)
    return run_command (&options);
  config = claw_server_options_load_config (&options, &error);
  if (config == NULL)
    return fail (error);
  if (options.check_config)
    {
      printf ("%s\n", _ ("The configuration is in order."));
      return EX_OK;
    }
  claw_log_set_level (config->log_level);
  return run_server (&options, config);
}
