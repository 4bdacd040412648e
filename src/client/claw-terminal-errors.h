/* claw-terminal-errors.h: which exit code (sysexits.h) tells which error. */
#pragma once

#include <glib.h>

int claw_terminal_exit_code (const GError *error);
