/* claw-issued.h: one .sec file that is out, and what is kept of it in the state directory.
 *
 * A file that somebody asked for with a name or a validity of its own is kept: its record is a
 * file of its own, state_directory/files/ID.json, so that it is good after a restart wherever its
 * bytes have gone, and so that using it up is one removal, which works on a full disk as well. The
 * record is JSON, format "clawchat-issued", version 1, mode 0600, replaced atomically:
 *
 *   "secret" (base64), "for" (a name; may be missing), "created" and "valid_until" (Unix seconds),
 *   "file" (its name in the security directory; missing when it was handed out), "addresses" (as
 *   the file has them, with blanks between), "ports" (all that it has ever named)
 *
 * The automatic file has no record: it is read from the security directory itself.
 */
#pragma once

#include "claw-sec-file.h"

#include <gio/gio.h>

/* Ports that are remembered of a file which is written anew with each change of the port. */
#define CLAW_ISSUED_PORTS_MAX 64
/* Eight hexadecimal digits of a hash of the secret, and a NUL: the same after a restart. */
#define CLAW_ISSUED_ID_SIZE 9
#define CLAW_ISSUED_RECORD_MAX 8192

#define CLAW_ISSUED_ERROR (claw_issued_error_quark ())
typedef enum
{
  CLAW_ISSUED_ERROR_DAMAGED, /* the message names the file and the member */
  CLAW_ISSUED_ERROR_VERSION, /* written by a newer version */
} ClawIssuedError;
GQuark claw_issued_error_quark (void);

typedef struct
{
  char id[CLAW_ISSUED_ID_SIZE];
  ClawKey secret;
  char *name; /* (nullable): of the person that it is for */
  char *path; /* (nullable): where it is; NULL once it was handed out */
  gint64 timestamp_s, valid_until_s;
  char *addresses;
  /* Of all its addresses, the newest last: a router may map the port to another one. */
  uint16_t ports[CLAW_ISSUED_PORTS_MAX];
  unsigned n_ports;
  uint64_t psk_id;      /* in this run; not saved */
  gboolean is_outdated; /* tells addresses that are no longer right */
} ClawIssued;

/* @name, @path: (nullable). */
ClawIssued *claw_issued_new (const ClawSecFile *file, const char *name, const char *path);
void claw_issued_free (ClawIssued *issued); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawIssued, claw_issued_free)
/* @file is what it says now. The ports of before stay known: somebody may have an older copy. */
void claw_issued_set_addresses (ClawIssued *issued, const ClawSecFile *file);
gboolean claw_issued_has_addresses (const ClawIssued *issued, const ClawSecFile *file);
gboolean claw_issued_names_port (const ClawIssued *issued, uint16_t port);

/* For people: where it is, else for whom, else its id. Returns: (transfer none) */
const char *claw_issued_describe (const ClawIssued *issued);

/* The record. @directory: state_directory/files. */
char *claw_issued_get_record_path (const ClawIssued *issued, const char *directory);
gboolean claw_issued_save (const ClawIssued *issued, const char *directory, GError **error);
/* Overwrites and removes it; none there is a success. */
gboolean claw_issued_erase_record (const ClawIssued *issued, const char *directory, GError **error);
/* @security_directory: where its path is. Returns: (transfer full): NULL with CLAW_ISSUED_ERROR or
 * CLAW_FILE_ERROR. */
ClawIssued *claw_issued_load (const char *path, const char *security_directory, GError **error);
