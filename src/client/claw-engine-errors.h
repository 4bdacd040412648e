/* claw-engine-errors.h: what the user is told when a client gives up. Private to src/client. */
#pragma once

#include "claw-connection.h"
#include "claw-sec-file.h"

#define CLAW_ENGINE_ADDRESSES_MAX (CLAW_SEC_FILE_CANDIDATES_MAX + 1)

/* The addresses to knock at, each once. @addresses has room for CLAW_ENGINE_ADDRESSES_MAX. Returns:
 * how many. */
unsigned claw_engine_collect_addresses (const ClawSecFile *file, ClawAddress *addresses);
/* The name to show for the server of @file. */
const char *claw_engine_server_name (const ClawSecFile *file);
/* Returns: (transfer full): CLAW_CLIENT_ERROR_NO_ANSWER: what was tried, for how long, what it may
 * mean, what to do. */
GError *claw_engine_no_answer_error (const ClawSecFile *file, int seconds);
/* Returns: (transfer full) (nullable): NULL for codes after which a client comes back by itself. */
GError *
claw_engine_close_error (ClawCloseReason reason, ClawCloseCode code, const char *server_name);
