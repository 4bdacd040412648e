/* claw-terminal-key.h: where the terminal client has its bootstrap key from. */
#pragma once

#include "claw-bootstrap-key.h"

/* From the key file, the environment or a credential, else asked for; @asked tells which. @file:
 * the .sec file, which is looked at before the question. Returns: (transfer full) (nullable) */
ClawBootstrapKey *claw_terminal_find_key (const char *file,
                                          const char *key_file,
                                          const gboolean *interrupted,
                                          gboolean *asked,
                                          GError **error);
/* Asks for the key of @file. Returns: (transfer full) (nullable) */
ClawBootstrapKey *
claw_terminal_ask_key (const char *file, const gboolean *interrupted, GError **error);
