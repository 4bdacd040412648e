/* claw-control-client.h: the clawchat-server COMMAND side of the control socket. */
#pragma once

#include "claw-control-files.h"

#include <glib.h>

typedef struct
{
  const char *const *sockets; /* tried in this order, NULL-terminated */
  gboolean json;              /* print the reply's result as it came */
  ClawControlFilesOptions files;
  int n_words; /* the command and its arguments */
  char **words;
} ClawControlClientOptions;

/* Whether the words are a command with the right number of arguments. @problem: (transfer full):
 * why not. */
gboolean claw_control_client_check (const ClawControlClientOptions *options, char **problem);
/* Returns: a sysexits code; what is wrong is said on stderr. */
int claw_control_client_run (const ClawControlClientOptions *options);
