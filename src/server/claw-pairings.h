/* claw-pairings.h: the clients that this server knows, kept in state_directory/pairings.json.
 *
 * The file is JSON, version 1, mode 0600, and replaced atomically. A damaged one is an error that
 * stops the start: it is never silently replaced, because that would lock every client out. The
 * secrets inside are wiped from memory as far as JSON's library allows.
 */
#pragma once

#include "claw-secret.h"

#include <gio/gio.h>

#define CLAW_PAIRINGS_MAX 20000
#define CLAW_PAIRINGS_FILE_SIZE_MAX (20 * 1024 * 1024)
#define CLAW_PAIRING_CLIENT_KEY_SIZE 32

#define CLAW_PAIRINGS_ERROR (claw_pairings_error_quark ())
typedef enum
{
  CLAW_PAIRINGS_ERROR_DAMAGED, /* the message names the file, the fault, and what to do */
  CLAW_PAIRINGS_ERROR_VERSION, /* written by a newer version */
} ClawPairingsError;
GQuark claw_pairings_error_quark (void);

typedef struct
{
  uint32_t id; /* counts up, never used again; what the operator types */
  uint8_t client_key[CLAW_PAIRING_CLIENT_KEY_SIZE];
  char *name;
  char *made_for;     /* (nullable): whom the operator made the .sec file for that it came with */
  ClawKey resumption; /* of the last handshake */
  ClawKey previous; /* the one before, at first the file's, because the client may not have got the
                       newest; may be empty */
  gint64 created_s, last_seen_s;
  uint64_t greatest_timestamp_us;
  gboolean is_saved; /* these two secrets are on the disk */
  /* Ids of the two psks in this run, 0 while not accepted; not saved. */
  uint64_t resumption_psk_id, previous_psk_id;
} ClawPairing;

typedef struct ClawPairings ClawPairings;

/* Reads @path; none there is an empty list. Returns: (transfer full): NULL with CLAW_PAIRINGS_ERROR
 * or CLAW_FILE_ERROR. */
ClawPairings *claw_pairings_load (const char *path, GError **error);
void claw_pairings_free (ClawPairings *pairings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawPairings, claw_pairings_free)

/* Sets how many there may be, up to CLAW_PAIRINGS_MAX, which it is before. Those that are there
 * already stay. */
void claw_pairings_set_max (ClawPairings *pairings, unsigned max);
/* Returns: FALSE when the list is not on the disk as it is now. Secrets of pairings that were
 * removed are made unreadable there all the same, if that works. */
gboolean claw_pairings_save (ClawPairings *pairings, GError **error);
/* Whether the last claw_pairings_save () left no secret on the disk of one that was removed; FALSE
 * as well before the first, when the rest of such a one was found. */
gboolean claw_pairings_are_erased (const ClawPairings *pairings);
/* Returns: (transfer none) (nullable): NULL when there are as many as may be, or this key is known.
 */
ClawPairing *claw_pairings_add (ClawPairings *pairings,
                                const uint8_t client_key[CLAW_PAIRING_CLIENT_KEY_SIZE],
                                gint64 now_s);
/* Wipes and frees @pairing. */
void claw_pairings_remove (ClawPairings *pairings, ClawPairing *pairing);
/* The client came with a .sec file: its secret, which is accepted from nobody else any more, counts
 * as the one that the client was given last, in place of all before. The ids of those are the
 * caller's to refuse; @file_psk_id is the file's new one. claw_pairing_renew () has to follow. */
void
claw_pairing_take_file (ClawPairing *pairing, const ClawKey *file_secret, uint64_t file_psk_id);
/* @resumption is what the handshake gave that was made with @used_psk_id. The secret that the
 * client has shown to have stays as the previous one. The ids of both are the caller's to renew:
 * the new secret's is set to @new_psk_id. Returns: the id of the secret that is forgotten by this,
 * 0 for none. */
uint64_t claw_pairing_renew (ClawPairing *pairing,
                             uint64_t used_psk_id,
                             const ClawKey *resumption,
                             uint64_t new_psk_id);
/* The client was there. A clock that is set back, or was behind when the machine started, takes
 * nothing from the pairing's lifetime. */
void claw_pairing_touch (ClawPairing *pairing, gint64 now_s);
void claw_pairing_set_name (ClawPairing *pairing, const char *name);
void claw_pairing_set_made_for (ClawPairing *pairing, const char *name); /* (nullable) */

unsigned claw_pairings_get_count (const ClawPairings *pairings);
/* Returns: (transfer none): in the order in which they were made. */
ClawPairing *claw_pairings_get (const ClawPairings *pairings, unsigned at);
ClawPairing *claw_pairings_find_id (const ClawPairings *pairings, uint32_t id); /* (nullable) */
ClawPairing *
claw_pairings_find_key (const ClawPairings *pairings,
                        const uint8_t client_key[CLAW_PAIRING_CLIENT_KEY_SIZE]); /* (nullable) */
/* One that was last seen @lifetime_s ago or earlier. Returns: (transfer none) (nullable) */
ClawPairing *
claw_pairings_find_expired (const ClawPairings *pairings, gint64 now_s, gint64 lifetime_s);
