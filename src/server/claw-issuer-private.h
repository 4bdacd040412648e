/* claw-issuer-private.h: the issuer's parts, shared by the files that are its inside only. */
#pragma once

#include "claw-issued.h"
#include "claw-issuer.h"

/* How many files are remembered that could not be deleted. */
#define CLAW_ISSUER_UNDELETED_MAX 64

struct ClawIssuer
{
  ClawIssuerConfig config;
  char *directory, *records, *server_id, *server_name;
  uint8_t server_public_key[CLAW_PUBLIC_KEY_SIZE];
  GPtrArray *files;      /* of ClawIssued, without a record, oldest first */
  GPtrArray *kept;       /* of ClawIssued, with a record, oldest first */
  GPtrArray *undeleted;  /* of paths: a start with one of them would let its secret in again */
  gboolean is_outdated;  /* the addresses have changed since the last one was made */
  gboolean is_demanded;  /* a new one is, whatever the settings */
  GCancellable *sealing; /* NULL while no thread seals */
};

/* claw-issuer.c */
/* With the present addresses, a new secret, and @validity_s. Returns: (transfer full) */
ClawSecFile *claw_issuer_new_sec (ClawIssuer *issuer, gint64 now_s, gint64 validity_s);
/* Where a file goes whose name begins with @stem. Returns: (transfer full) */
char *claw_issuer_new_path (ClawIssuer *issuer, const char *stem, gint64 now_s);
/* Something a shell and a file dialog like, whatever somebody chose as a name. */
char *claw_issuer_make_stem (const char *name);
/* Lets its secret in, and puts it at the end of @list, which is in the order in which files were
 * made: a clock that was set back does not matter. @issued: (transfer full) */
void claw_issuer_take_in (ClawIssuer *issuer, GPtrArray *list, ClawIssued *issued);
/* Logs it when that fails, and then tries again at each tick, as claw_issuer_remove_later () does.
 */
void claw_issuer_remove_file (ClawIssuer *issuer, const char *path);
void claw_issuer_remove_later (ClawIssuer *issuer, const char *path);
/* Also logs it. */
void claw_issuer_tell_ended (ClawIssuer *issuer, const ClawIssued *issued, ClawIssuerEnd how);
void claw_issuer_tell_issued (ClawIssuer *issuer, const ClawIssued *issued);
/* Seals @file in a thread of its own and then comes back, to claw_issuer_kept_rewritten () when
 * @rewritten (a psk id) is not 0. @file: (transfer full) */
void claw_issuer_seal_aside (ClawIssuer *issuer, ClawSecFile *file, uint64_t rewritten);

/* claw-issuer-kept.c */
/* Reads the records; what is over goes. Returns: FALSE with an error when it is not known which
 * there are: their files must not pass for others then, as the records would let somebody in again.
 */
gboolean claw_issuer_kept_start (ClawIssuer *issuer, gint64 now_s, GError **error);
gboolean
claw_issuer_kept_has_secret (const ClawIssuer *issuer, const ClawKey *secret, const char *path);
/* Whether the record of @file is on the disk, or may be, also when it cannot be read. */
gboolean claw_issuer_kept_has_record (const ClawIssuer *issuer, const ClawSecFile *file);
/* Makes one by @wish. Returns: (transfer none) (nullable) */
const ClawIssued *claw_issuer_kept_make (
    ClawIssuer *issuer, const ClawIssuerWish *wish, gint64 now_s, char **text, GError **error);
void claw_issuer_kept_end (ClawIssuer *issuer, unsigned at, ClawIssuerEnd how);
void claw_issuer_kept_erase (ClawIssuer *issuer);
/* Whether one waits to be written anew with the present addresses. */
gboolean claw_issuer_kept_is_due (const ClawIssuer *issuer);
/* Writes them anew; with a passphrase the next one aside. */
gboolean claw_issuer_kept_rewrite (ClawIssuer *issuer, GError **error);
/* @text: (nullable): of the one with @psk_id, which may be gone by now. */
gboolean claw_issuer_kept_rewritten (
    ClawIssuer *issuer, uint64_t psk_id, const ClawSecFile *file, const char *text, GError **error);
