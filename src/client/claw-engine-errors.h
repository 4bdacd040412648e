/* claw-engine-errors.h: what the user is told when a client gives up. Private to src/client. */
#pragma once

#include "claw-connection.h"
#include "claw-saved-pairing.h"

/* Returns: (transfer full): CLAW_CLIENT_ERROR_NO_ANSWER: what was tried, for how long, what it may
 * mean, what to do. */
GError *claw_engine_no_answer_error (const ClawSavedPairing *pairing, int seconds);
/* The same code for a server that was there before: it goes on trying. */
GError *claw_engine_silence_error (const ClawSavedPairing *pairing, int seconds);
/* CLAW_CLIENT_ERROR_NOT_PAIRED */
GError *claw_engine_not_paired_error (void);
typedef enum
{
  CLAW_ENGINE_COMPROMISED_KNOWN,   /* we asked, and the server has acknowledged */
  CLAW_ENGINE_COMPROMISED_UNKNOWN, /* we asked, and nobody answered */
  CLAW_ENGINE_COMPROMISED_AWAY,    /* we asked without a session */
  CLAW_ENGINE_COMPROMISED_TOLD,    /* the server asked */
} ClawEngineCompromised;
/* CLAW_CLIENT_ERROR_COMPROMISED or CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD. @left_over: (nullable):
 * what is still on the disk. */
GError *claw_engine_compromised_error (ClawEngineCompromised how,
                                       const char *server_name,
                                       const char *left_over);
/* Returns: (transfer full) (nullable): NULL for codes after which a client comes back by itself. */
GError *
claw_engine_close_error (ClawCloseReason reason, ClawCloseCode code, const char *server_name);
