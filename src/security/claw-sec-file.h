/* claw-sec-file.h: the .sec file, the only introduction two machines need.
 *
 * A JSON envelope around AES-256-GCM; the associated data is the envelope's own fields (format,
 * version, cipher, kdf, kdf_ops, kdf_mem, salt, nonce) joined by newlines. Inside is JSON again.
 * With a random bootstrap key kdf is "none", kdf_ops and kdf_mem are 0 and salt is empty.
 */
#pragma once

#include "claw-address.h"
#include "claw-bootstrap-key.h"
#include "claw-identity.h"

#include <glib.h>

#define CLAW_SEC_FILE_SIZE_MAX 65536
#define CLAW_SEC_FILE_CANDIDATES_MAX 16
#define CLAW_SEC_FILE_NAME_MAX 256
#define CLAW_SEC_FILE_CLOCK_TOLERANCE_S 120

#define CLAW_SEC_FILE_ERROR (claw_sec_file_error_quark ())
typedef enum
{
  CLAW_SEC_FILE_ERROR_NOT_SEC,   /* not JSON, or JSON of something else */
  CLAW_SEC_FILE_ERROR_TOO_LARGE, /* over 64 KiB */
  CLAW_SEC_FILE_ERROR_VERSION,   /* made by a newer or unknown version */
  CLAW_SEC_FILE_ERROR_FIELD,     /* a field is missing or mistyped; the message names it */
  CLAW_SEC_FILE_ERROR_WRONG_KEY, /* the bootstrap key does not open it, or it was changed */
  CLAW_SEC_FILE_ERROR_EXPIRED,   /* "expired 4 minutes ago" */
  CLAW_SEC_FILE_ERROR_CLOCK,     /* issued in the future: one of the two clocks is wrong */
  CLAW_SEC_FILE_ERROR_UNREADABLE,
} ClawSecFileError;
GQuark claw_sec_file_error_quark (void);

typedef struct
{
  ClawKey shared_secret;
  uint8_t server_public_key[CLAW_PUBLIC_KEY_SIZE];
  char *server_id;
  char *server_name;
  gint64 timestamp_s; /* Unix */
  gint64 valid_until_s;
  ClawAddress server; /* server_public_ip and server_udp_port */
  ClawAddress candidates[CLAW_SEC_FILE_CANDIDATES_MAX];
  unsigned n_candidates;
} ClawSecFile;

ClawSecFile *claw_sec_file_new (void);
void claw_sec_file_free (ClawSecFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawSecFile, claw_sec_file_free)
/* Seals into the envelope's text. Returns: (transfer full): NUL-terminated. */
char *claw_sec_file_seal (const ClawSecFile *file, const ClawBootstrapKey *key, GError **error);
/* Only the envelope is looked at: what kind of key will be needed, without having it. */
gboolean
claw_sec_file_probe (const char *text, size_t length, gboolean *needs_passphrase, GError **error);
/* Returns: (transfer full): NULL with CLAW_SEC_FILE_ERROR. Does not look at the time. With a
 * passphrase it takes up to a second: not for the main thread. */
ClawSecFile *
claw_sec_file_open (const char *text, size_t length, const ClawBootstrapKey *key, GError **error);
/* Reads the file at @path (at most 64 KiB) and opens it. */
ClawSecFile *claw_sec_file_load (const char *path, const ClawBootstrapKey *key, GError **error);
/* Whether the file is good at @now_s by this machine's clock, 2 minutes allowed. */
gboolean claw_sec_file_check_time (const ClawSecFile *file, gint64 now_s, GError **error);
/* Where it says that the server is: all its addresses, with blanks between. Returns: (transfer
 * full) */
char *claw_sec_file_list_addresses (const ClawSecFile *file);
