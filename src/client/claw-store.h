/* claw-store.h: what a client keeps in its data directory: its identity and the last handshake
 * timestamp.
 *
 * Handshake timestamps must never repeat or go back for one identity, or the server takes a knock
 * for a replay. The file therefore holds a value ahead of those in use: after a crash the next
 * program starts above it. Two programs that run at the same time on one directory are one identity
 * to a server, which keeps the newer session and ends the older (CLAW_CLIENT_ERROR_REPLACED); each
 * has a directory of its own when both are to be members.
 */
#pragma once

#include "claw-identity.h"

#include <gio/gio.h>

#define CLAW_STORE_IDENTITY "identity.key"
#define CLAW_STORE_TIMESTAMP "last-timestamp"
/* Saved ahead of need, so that reconnecting does not write at each attempt. */
#define CLAW_STORE_AHEAD_US (10 * 60 * (uint64_t) G_USEC_PER_SEC)

typedef struct ClawStore ClawStore;

/* Makes the directory and the identity at first use. Returns: (transfer full) (nullable): NULL with
 * CLAW_FILE_ERROR or G_IO_ERROR_INVALID_DATA. */
ClawStore *claw_store_open (const char *directory, GError **error);
void claw_store_free (ClawStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawStore, claw_store_free)
const ClawIdentity *claw_store_get_identity (const ClawStore *store);
/* The greatest timestamp that may have been sent. */
uint64_t claw_store_get_timestamp_us (const ClawStore *store);
/* To be called before timestamps up to @until_us are sent. Returns: FALSE when it could not be
 * saved; a clock that goes forward makes up for that, so it is no reason to stop. */
gboolean claw_store_reserve (ClawStore *store, uint64_t until_us, GError **error);
/* Gives back what was reserved and not used. */
gboolean claw_store_settle (ClawStore *store, uint64_t last_us, GError **error);
