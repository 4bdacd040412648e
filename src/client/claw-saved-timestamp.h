/* claw-saved-timestamp.h: the file that holds the time of an identity's last handshake. Private to
 * the store.
 *
 * In the terminal client's directory it is a decimal number, for the identity beside it is not
 * sealed either. In the desktop's it is sealed, since it tells when somebody was here:
 *
 *   "CLAWTIME" | version 1 | nonce 12 | AES-256-GCM (µs since 1970, 8, big-endian)
 *
 * with the bytes ahead as associated data. A file that is missing, damaged or sealed under another
 * key counts as none, all but the first with a warning: the clock is right nearly always, and being
 * locked out because of a damaged counter would be worse.
 */
#pragma once

#include "claw-secret.h"

/* @key: (nullable): of a sealed one. Returns: 0 for none, and for one that is
 * later than a handshake may be. */
uint64_t claw_saved_timestamp_load (const char *path, const ClawKey *key);
/* Is on the disk on return, whole or as it was. */
gboolean claw_saved_timestamp_save (const char *path,
                                    const ClawKey *key,
                                    uint64_t timestamp_us,
                                    GError **error);
