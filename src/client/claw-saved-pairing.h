/* claw-saved-pairing.h: what a client keeps of a pairing, so that it comes back without a file.
 *
 * The file is "CLAWPAIR", a version byte, a nonce, and AES-256-GCM over all fields, with the bytes
 * ahead as associated data. The key is the caller's. Every save has a fresh random nonce, replaces
 * the file atomically (mode 0600), and is on the disk when it returns.
 */
#pragma once

#include "claw-address.h"
#include "claw-identity.h"
#include "claw-resumption.h"
#include "claw-sec-file.h"

#include <gio/gio.h>

#define CLAW_SAVED_PAIRING_VERSION 1
#define CLAW_SAVED_PAIRING_SIZE_MAX 4096
#define CLAW_SAVED_PAIRING_ADDRESSES_MAX 24
G_STATIC_ASSERT (CLAW_SAVED_PAIRING_ADDRESSES_MAX > CLAW_SEC_FILE_CANDIDATES_MAX + 1);

#define CLAW_SAVED_PAIRING_ERROR (claw_saved_pairing_error_quark ())
typedef enum
{
  CLAW_SAVED_PAIRING_ERROR_DAMAGED, /* truncated, changed, of another key, or something else */
  CLAW_SAVED_PAIRING_ERROR_VERSION, /* written by a newer version */
} ClawSavedPairingError;
GQuark claw_saved_pairing_error_quark (void);

/* Where the server listens at which time, see claw-port-schedule.h. */
typedef struct
{
  ClawKey secret;      /* empty: the server did not tell */
  uint32_t interval_s; /* at least 1 when there is a secret */
  uint64_t slot;       /* the last one that the server told of, and its port */
  uint16_t port;
} ClawSavedPorts;

typedef struct
{
  uint8_t server_key[CLAW_PUBLIC_KEY_SIZE];
  char *server_id;        /* never NULL, at most CLAW_SEC_FILE_NAME_MAX bytes of UTF-8 */
  char *server_name;      /* as the server says, else as the file said; likewise */
  ClawResumption secrets; /* any of them may be empty */
  ClawAddress
      addresses[CLAW_SAVED_PAIRING_ADDRESSES_MAX]; /* the one that worked last comes first */
  unsigned n_addresses;
  ClawSavedPorts ports;
  gint64 created_s;
  gint64 connected_us; /* when the last session began; 0 for never */
} ClawSavedPairing;

ClawSavedPairing *claw_saved_pairing_new (const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE]);
void claw_saved_pairing_free (ClawSavedPairing *pairing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawSavedPairing, claw_saved_pairing_free)

/* @file, of the same server, is newer than what is known: its names and its secret replace ours,
 * its addresses come first. */
void claw_saved_pairing_take_file (ClawSavedPairing *pairing, const ClawSecFile *file);
/* Puts @address first. Returns: FALSE when it was there already. */
gboolean claw_saved_pairing_prefer_address (ClawSavedPairing *pairing, const ClawAddress *address);
void claw_saved_pairing_set_server_name (ClawSavedPairing *pairing, const char *name);
/* Whether there was a session ever, so that there is more than a file's secret. */
gboolean claw_saved_pairing_has_secret (const ClawSavedPairing *pairing);
/* Forgets all secrets, but not who the server is. */
void claw_saved_pairing_clear_secrets (ClawSavedPairing *pairing);
/* The name to be shown, never NULL. */
const char *claw_saved_pairing_get_title (const ClawSavedPairing *pairing);

/* Returns: bytes written to @out. */
size_t claw_saved_pairing_seal (const ClawSavedPairing *pairing,
                                const ClawKey *key,
                                uint8_t out[CLAW_SAVED_PAIRING_SIZE_MAX]);
/* Returns: (transfer full): NULL with CLAW_SAVED_PAIRING_ERROR. @name: of the file, for messages.
 */
ClawSavedPairing *claw_saved_pairing_open (
    const uint8_t *data, size_t length, const ClawKey *key, const char *name, GError **error);
/* The sealed part by itself, which is what a fuzzer can reach. Returns: (transfer full) (nullable)
 */
ClawSavedPairing *claw_saved_pairing_parse (const uint8_t *data, size_t length);

gboolean claw_saved_pairing_save (const ClawSavedPairing *pairing,
                                  const char *path,
                                  const ClawKey *key,
                                  GError **error);
/* Refuses symbolic links and files that others may read. Returns: (transfer full): NULL with
 * CLAW_SAVED_PAIRING_ERROR or CLAW_FILE_ERROR; the file is left as it is. */
ClawSavedPairing *claw_saved_pairing_load (const char *path, const ClawKey *key, GError **error);
