/* claw-sec-envelope.h: the outside of a .sec file, AES-256-GCM under the bootstrap key.
 *
 * Knows nothing of what is inside; claw-sec-file.h does. Errors are CLAW_SEC_FILE_ERROR.
 */
#pragma once

#include "claw-bootstrap-key.h"

#define CLAW_SEC_ENVELOPE_PLAINTEXT_MAX (40 * 1024) /* so that the file stays below its 64 KiB */

/* Returns: (transfer full) (nullable): the file's text, NUL-terminated. */
char *claw_sec_envelope_seal (const char *plaintext,
                              size_t length,
                              const ClawBootstrapKey *key,
                              GError **error);
/* Looks at the fields without opening anything. */
gboolean claw_sec_envelope_probe (const char *text,
                                  size_t length,
                                  gboolean *needs_passphrase,
                                  GError **error);
/* Returns: (transfer full) (nullable): what is inside, in memory of claw_secret_new (),
 * NUL-terminated. */
char *claw_sec_envelope_open (const char *text,
                              size_t length,
                              const ClawBootstrapKey *key,
                              size_t *plaintext_length,
                              GError **error);
