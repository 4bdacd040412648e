/* claw-store.h: what a client keeps in its data directory: its identity, the last handshake
 * timestamp (claw-saved-timestamp.h), and its pairings.
 *
 * Handshake timestamps must never repeat or go back for one identity, or the server takes a knock
 * for a replay. The file therefore holds a value ahead of those in use: after a crash the next
 * program starts above it. Two programs that run at the same time on one directory are one identity
 * to a server, which keeps the newer session and ends the older (CLAW_CLIENT_ERROR_REPLACED); each
 * has a directory of its own when both are to be members.
 *
 * Each server's pairing is a file of its own below pairings, named by a hash of the server's key,
 * and sealed under a key that is derived from the identity's private key.
 *
 * The desktop opens its stores with a key (claw-keyring.h). Then the identity's file is sealed
 * under it, the names of pairings are keyed hashes and the timestamp is sealed too, so that who has
 * the directory without the key learns nothing but how many files there are, how long, and of when.
 * The terminal client has no such key: its identity and its timestamp are plain files of mode 0600,
 * and the names tell servers that one knows. All else is the same for both.
 */
#pragma once

#include "claw-saved-pairing.h"

#include <gio/gio.h>

#define CLAW_STORE_IDENTITY "identity.key"
#define CLAW_STORE_TIMESTAMP "last-timestamp"
#define CLAW_STORE_PAIRINGS "pairings"
/* Names the servers whose keys are being erased, until they are. */
#define CLAW_STORE_COMPROMISED "compromised"
#define CLAW_STORE_PAIRING_SUFFIX ".pairing"
/* A file that cannot be opened any more gets this appended before another takes its place. */
#define CLAW_STORE_UNREADABLE_SUFFIX ".unreadable"
/* Saved ahead of need, so that reconnecting does not write at each attempt. */
#define CLAW_STORE_AHEAD_US (10 * 60 * (uint64_t) G_USEC_PER_SEC)

typedef struct ClawStore ClawStore;

/* Makes the directory and the identity at first use; before that it finishes an interrupted
 * claw_store_compromise (). Returns: (transfer full) (nullable): NULL with CLAW_FILE_ERROR or
 * G_IO_ERROR_INVALID_DATA. @key: (nullable): seals all of it. */
ClawStore *claw_store_open (const char *directory, const ClawKey *key, GError **error);
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

/* Erases what claw_store_compromise () of every pairing in @directory erases. Returns: FALSE with
 * the first error; what can go has gone all the same. */
gboolean claw_store_erase (const char *directory, GError **error);
/* Whether @directory holds any pairing, good or not: only names are looked at. TRUE when they
 * cannot be, for instance for want of file descriptors or rights. */
gboolean claw_store_has_pairings (const char *directory);
/* With whom the last session in @directory was, whether or not anything else tells. Returns: FALSE
 * without an error when there is no pairing, and else as claw_store_load_pairing (). */
gboolean claw_store_find_server (const char *directory,
                                 const ClawKey *key,
                                 uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                                 GError **error);
/* Returns: (transfer full) (nullable): NULL without an error when there is none, and with
 * CLAW_SAVED_PAIRING_ERROR or CLAW_FILE_ERROR when there is one that cannot be used. */
ClawSavedPairing *claw_store_load_pairing (const ClawStore *store,
                                           const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                                           GError **error);
/* The one whose last session began last. One that cannot be read is an error only when there is no
 * other, and else a warning. Returns: as claw_store_load_pairing (). */
ClawSavedPairing *claw_store_load_last_pairing (const ClawStore *store, GError **error);
/* Is on the disk on return. An unreadable file in its place is moved aside, with a warning. */
gboolean
claw_store_save_pairing (const ClawStore *store, const ClawSavedPairing *pairing, GError **error);
/* Overwrites and removes all that is there of this server's pairing; none is a success. */
gboolean claw_store_forget_pairing (const ClawStore *store,
                                    const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                                    GError **error);
/* This server's keys are compromised: overwrites and removes its pairing and, when no other pairing
 * uses it, the identity, which the server knows and whose copy could come back with a new file of
 * ours. What is to go is noted first, so that a crash at any moment ends with it gone. @is_over:
 * the identity is gone, and with it this store, which is only to be freed. Returns: FALSE with the
 * first error; what can go has gone all the same. */
gboolean claw_store_compromise (ClawStore *store,
                                const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                                gboolean *is_over,
                                GError **error);
