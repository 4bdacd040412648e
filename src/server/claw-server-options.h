/* claw-server-options.h: the server's command line, read and checked, before anything is done. */
#pragma once

#include "claw-control-files.h"
#include "claw-server-config.h"

#include <gio/gio.h>

typedef struct
{
  char *config_path; /* (nullable) */
  char *bootstrap_key_file;
  char *ip;
  int port;
  char *public_ip;
  char *security_directory;
  char *state_directory;
  char *control_socket;
  gboolean headless;
  gboolean version;
  gboolean check_config;
  gboolean json;
  ClawControlFilesOptions files;
  char *passphrase_file; /* of a backup; (nullable) */
  char **words;          /* a command and its arguments; (nullable) */
} ClawServerOptions;

void claw_server_options_clear (ClawServerOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawServerOptions, claw_server_options_clear)
/* @argv: (transfer none). --help prints and ends the program. Errors are G_OPTION_ERROR. */
gboolean
claw_server_options_parse (ClawServerOptions *options, int argc, char **argv, GError **error);
/* Returns: (transfer full) (nullable): the configuration file, NULL for the built-in settings. */
char *claw_server_options_find_config (const ClawServerOptions *options);
/* From now on the file that is found now is the configuration, as if it had been named: one that is
 * missing later is an error, and neither another one nor the built-in settings take its place. */
void claw_server_options_settle_config (ClawServerOptions *options);
/* Whether the file at @path is one of the system's, which has a directory to itself. */
gboolean claw_server_options_is_system_config (const char *path);
/* The configuration file's settings, or the built-in ones, with the command line's over them.
 * Returns: (transfer full): NULL with CLAW_CONFIG_ERROR. */
ClawServerConfig *claw_server_options_load_config (const ClawServerOptions *options,
                                                   GError **error);
/* Where the control socket is made. Returns: (transfer full) */
char *claw_server_options_get_control_socket (const ClawServerOptions *options,
                                              const ClawServerConfig *config);
/* Where commands look for it, best first. Returns: (transfer full) */
GStrv claw_server_options_list_control_sockets (const ClawServerOptions *options);
