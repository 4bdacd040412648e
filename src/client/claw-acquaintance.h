/* claw-acquaintance.h: the server that an engine deals with, and by which secrets it is known
 * there. Private to src/client.
 *
 * Holds the pairing in memory and writes every change of it to the store before it returns, so that
 * a crash at any moment leaves a pair that shares a secret; which ones we keep for that is in
 * claw-resumption.h.
 */
#pragma once

#include "claw-store.h"

/* The psks to knock with, by their index in a connect request: of claw-resumption.h. */
#define CLAW_ACQUAINTANCE_PSKS ((unsigned) CLAW_RESUMPTION_MAX)

typedef struct ClawAcquaintance ClawAcquaintance;

/* With what the store knows of the file's server already; when that cannot be read a warning is
 * logged. Nothing is saved yet. @store: (transfer none): must outlive it. */
ClawAcquaintance *claw_acquaintance_new_by_file (ClawStore *store, const ClawSecFile *file);
/* The last one used. Returns: (transfer full) (nullable): as claw_store_load_last_pairing (). */
ClawAcquaintance *claw_acquaintance_new_last (ClawStore *store, GError **error);
void claw_acquaintance_free (ClawAcquaintance *acquaintance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawAcquaintance, claw_acquaintance_free)

/* Another file of the same server. */
void claw_acquaintance_take_file (ClawAcquaintance *acquaintance, const ClawSecFile *file);
/* A session begins that was opened with psk @used; @secret is its first one. To be called before
 * anything is sent in it. When this or what the next two learn cannot be saved, there is a save
 * error from then on: the session may go on, but neither side may forget an older secret. */
void claw_acquaintance_begin_session (ClawAcquaintance *acquaintance,
                                      uint64_t used,
                                      const ClawKey *secret,
                                      gint64 unix_us);
/* The first record of the session has come. */
void claw_acquaintance_prove_session (ClawAcquaintance *acquaintance, uint64_t used);
/* The session has changed its keys. */
void claw_acquaintance_change_secret (ClawAcquaintance *acquaintance, const ClawKey *secret);
/* Tries once more to save what could not be saved. */
void claw_acquaintance_save_again (ClawAcquaintance *acquaintance);
/* Where the server was reached. */
void claw_acquaintance_learn_address (ClawAcquaintance *acquaintance, const ClawAddress *address);
void claw_acquaintance_learn_name (ClawAcquaintance *acquaintance, const char *name);
/* Without a secret the server's port stays the same: what was known of a schedule is forgotten. */
void claw_acquaintance_learn_ports (ClawAcquaintance *acquaintance, const ClawSavedPorts *ports);
/* The server ended the pairing: all secrets are erased from memory and disk. */
void claw_acquaintance_forget (ClawAcquaintance *acquaintance);
/* Its keys are compromised: the same, and the identity with which the server knows us, when nobody
 * else does. @is_over: the store is only to be freed. Returns: FALSE when something is left on the
 * disk. */
gboolean
claw_acquaintance_compromise (ClawAcquaintance *acquaintance, gboolean *is_over, GError **error);

/* Why what is in memory is not on the disk. Returns: (transfer none) (nullable) */
const GError *claw_acquaintance_get_save_error (const ClawAcquaintance *acquaintance);
const ClawSavedPairing *claw_acquaintance_get_pairing (const ClawAcquaintance *acquaintance);
/* @psks: each (transfer none), NULL where there is none. Returns: FALSE when there is none at all.
 */
gboolean claw_acquaintance_get_psks (const ClawAcquaintance *acquaintance,
                                     const ClawKey *psks[CLAW_ACQUAINTANCE_PSKS]);
