/* claw-probe.h: looks at a .sec file before it is opened: is it one, and do we have a key for it?
 *
 * In a thread, since files may be on slow disks and networks.
 */
#pragma once

#include "claw-bootstrap-key.h"

#include <gio/gio.h>

/* @key_file: (nullable): of --bootstrap-key-file. Fails with CLAW_FILE_ERROR, CLAW_SEC_FILE_ERROR,
 * and CLAW_BOOTSTRAP_KEY_ERROR for a key that is there but cannot be used. */
void claw_probe_async (const char *path,
                       const char *key_file,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
/* @key: (out) (transfer full) (nullable): NULL when the user has to be asked for it. */
gboolean claw_probe_finish (GAsyncResult *result,
                            gboolean *needs_passphrase,
                            ClawBootstrapKey **key,
                            GError **error);
