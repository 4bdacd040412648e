/* claw-sealed-identity.h: an identity whose file is sealed. Private to the store.
 *
 * "CLAWIDEN", a version byte, a nonce, and AES-256-GCM over the private key, with the bytes ahead
 * as associated data.
 */
#pragma once

#include "claw-identity.h"

#include <gio/gio.h>

/* As claw_identity_load_or_create (), but what is in the file is sealed under a key derived from
 * @store_key. A plain identity is an error like a damaged file: it is never replaced. */
gboolean claw_sealed_identity_load_or_create (ClawIdentity *identity,
                                              const char *path,
                                              const ClawKey *store_key,
                                              GError **error);
