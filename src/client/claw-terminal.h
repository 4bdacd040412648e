/* claw-terminal.h: the terminal client: clawchat --no-gui. */
#pragma once

#include <glib.h>

typedef struct
{
  const char *file;               /* .sec; (nullable): NULL for the server used last */
  const char *bootstrap_key_file; /* (nullable) */
  const char *name;               /* (nullable) */
  int timeout_s;
  gboolean nat_detection;
  const char *const *stun_servers; /* as networking.stun_servers; may be empty */
} ClawTerminalOptions;

/* Runs until /quit, end of input or SIGINT/SIGTERM. Returns: a sysexits code. */
int claw_terminal_run (const ClawTerminalOptions *options);
