/* claw-server-main.c: from the command line to a running server and back to an exit code.
 *
 * Everything below returns errors; this is the one place that tells them to the user and ends.
 */
#include "config.h"

#include "claw-server-main.h"

#include "claw-backup-command.h"
#include "claw-bootstrap-key.h"
#include "claw-config.h"
#include "claw-control-access.h"
#include "claw-control-client.h"
#include "claw-control-request.h"
#include "claw-events.h"
#include "claw-file.h"
#include "claw-notify.h"
#include "claw-pairings.h"
#include "claw-sandbox.h"
#include "claw-server-options.h"
#include "claw-server-reload.h"
#include "claw-server-setup.h"
#include "claw-server.h"
#include "claw-watchdog.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

/* What the signals are about. */
typedef struct
{
  const ClawServerOptions *options;
  ClawServerConfig *config;
  GMainLoop *loop;
  ClawServer *server;
} Run;

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
  /* Of a file: not one, or of another version. */
  if (error->domain == CLAW_PAIRINGS_ERROR
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
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
  g_autofree char *status = g_strdup_printf ("STATUS=%s", error->message);

  /* A status is one line. */
  claw_notify_send (g_strdelimit (status, "\n", ' '));
  if (claw_log_is_journal ())
    claw_event (CLAW_EVENT_START_FAILED, NULL, "%s", error->message);
  else
    g_printerr ("clawchat-server: %s\n", error->message);
  return exit_code (error);
}

/* @faults: (nullable): one a line; NULL when there are none. */
static void
print_check_as_json (const char *path, const char *faults)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_auto (GStrv) lines = g_strsplit (faults != NULL ? faults : "", "\n", -1);
  JsonArray *array = json_array_new ();
  g_autofree char *text = NULL;

  for (unsigned i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      json_array_add_string_element (array, lines[i]);
  json_object_set_boolean_member (object, "ok", faults == NULL);
  json_object_set_string_member (object, "file", path);
  json_object_set_array_member (object, "faults", array);
  text = json_to_string (node, FALSE);
  printf ("%s\n", text);
}

/* Of the file that a server reads which is started with the same options. */
static int
check_config (const ClawServerOptions *options)
{
  g_autofree char *path = claw_server_options_find_config (options);
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawServerConfig) config = claw_server_options_load_config (options, &error);

  if (options->json)
    print_check_as_json (path, config == NULL ? error->message : NULL);
  if (config == NULL)
    return fail (error);
  if (!options->json)
    printf ("%s\n", _ ("The configuration is in order."));
  return fflush (stdout) == 0 ? EX_OK : EX_IOERR;
}

static int
run_command (const ClawServerOptions *options)
{
  g_auto (GStrv) sockets = claw_server_options_list_control_sockets (options);
  g_autofree char *problem = NULL;
  const ClawControlClientOptions client = {
    .sockets = (const char *const *) sockets,
    .json = options->json,
    .files = options->files,
    .n_words = (int) g_strv_length (options->words),
    .words = options->words,
  };

  if (claw_control_client_check (&client, &problem))
    return strcmp (options->words[0], "check-config") == 0 ? check_config (options)
                                                           : claw_control_client_run (&client);
  g_printerr ("clawchat-server: %s\n", problem);
  return EX_USAGE;
}

static gboolean
on_stop_signal (gpointer user_data)
{
  Run *run = user_data;

  claw_event (CLAW_EVENT_STOPPING, NULL, "%s", _ ("Stopping"));
  g_main_loop_quit (run->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer user_data)
{
  Run *run = user_data;
  g_autofree char *reloading = g_strdup_printf (
      "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT "\nSTATUS=%s", g_get_monotonic_time (),
      _ ("Reading the configuration anew"));
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawServerConfig) fresh = NULL;

  claw_notify_send (reloading);
  fresh = claw_server_options_load_config (run->options, &error);
  if (fresh != NULL)
    claw_server_reload (run->server, run->config, fresh);
  else
    claw_event (CLAW_EVENT_RELOAD_REFUSED, NULL, _ ("The configuration stays as it was: %s"),
                error->message);
  claw_server_notify_ready (run->server);
  return G_SOURCE_CONTINUE;
}

/* No debugger and no core dump reads keys. The leak checker of a test build has to, though. */
static void
forbid_looking_in (void)
{
#ifndef __SANITIZE_ADDRESS__
  if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    claw_event (CLAW_EVENT_UNPROTECTED, NULL, "%s",
                _ ("Other programs of this user can read the server's memory"));
#endif
}

/* The directories must be there before the walls are, which name them. The configuration is there
 * to be read again. Editors put a new file in an old one's place: where a directory is for nothing
 * but the configuration all of it can be read. */
static gboolean
restrict_files (const ClawServerOptions *options,
                const ClawServerConfig *config,
                const char *control_socket,
                GError **error)
{
  g_autofree char *control_directory = g_path_get_dirname (control_socket);
  g_autofree char *config_path = claw_server_options_find_config (options);
  g_autofree char *config_directory = config_path == NULL ? NULL : g_path_get_dirname (config_path);
  g_autofree char *metrics_directory = config->metrics_textfile == NULL
                                           ? NULL
                                           : g_path_get_dirname (config->metrics_textfile);
  /* The last one may be NULL, and is somebody else's. */
  const char *const writable[] = { config->state_directory, config->security_directory,
                                   control_directory, metrics_directory, NULL };
  const char *readable[5] = { 0 };
  unsigned n_readable = 0;

  if (options->bootstrap_key_file != NULL)
    readable[n_readable++] = options->bootstrap_key_file;
  if (config_path != NULL)
    readable[n_readable++] = config_path;
  if (config_path != NULL && claw_server_options_is_system_config (config_path))
    readable[n_readable++] = config_directory;
  /* The last one, since it may be NULL. */
  readable[n_readable] = g_getenv ("CREDENTIALS_DIRECTORY");

  if (!claw_file_make_private_directory (config->state_directory, error)
      || !claw_file_make_private_directory (config->security_directory, error)
      || !claw_control_access_make_directory (
          control_directory, claw_control_access_find_group (CLAW_CONTROL_GROUP), error))
    return FALSE;
  claw_sandbox_restrict_files (writable, readable);
  return TRUE;
}

static void
tell_stopping (void)
{
  g_autofree char *state = g_strdup_printf ("STOPPING=1\nSTATUS=%s",
                                            _ ("Telling the members that the server stops"));

  claw_notify_send (state);
}

static int
run_server (const ClawServerOptions *options, ClawServerConfig *config)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *control = claw_server_options_get_control_socket (options, config);
  g_autoptr (GError) error = NULL;
  Run run = { options, config, loop, NULL };
  guint watchdog;

  claw_event (CLAW_EVENT_STARTED, NULL, _ ("Starting ClawChat server %s"), CLAW_VERSION);
  forbid_looking_in ();
  if (!restrict_files (options, config, control, &error))
    return fail (error);
  /* They are heard in the loop only, so that one that comes during the start ends it in order, too.
   */
  g_unix_signal_add (SIGTERM, on_stop_signal, &run);
  g_unix_signal_add (SIGINT, on_stop_signal, &run);
  g_unix_signal_add (SIGHUP, on_hangup, &run);
  run.server = claw_server_new (config, options->bootstrap_key_file, control, &error);
  if (run.server == NULL)
    return fail (error);
  claw_sandbox_restrict_system_calls ();
  g_info ("Sandbox: %s", claw_sandbox_describe ());
  claw_server_notify_ready (run.server);
  claw_event (CLAW_EVENT_READY, NULL, "%s", _ ("Ready"));
  watchdog = claw_watchdog_start ();
  g_main_loop_run (loop);
  g_clear_handle_id (&watchdog, g_source_remove);
  tell_stopping ();
  claw_server_free (run.server);
  claw_event (CLAW_EVENT_STOPPED, NULL, "%s", _ ("Stopped"));
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
  if (options.words != NULL && claw_backup_command_is (options.words[0]))
    return claw_backup_command_run (&options);
  if (options.words != NULL)
    return run_command (&options);
  if (options.check_config)
    return check_config (&options);
  claw_server_options_settle_config (&options);
  config = claw_server_options_load_config (&options, &error);
  if (config == NULL)
    return fail (error);
  claw_log_set_level (config->log_level);
  claw_events_set_peer_addresses (config->peer_addresses);
  return run_server (&options, config);
}
