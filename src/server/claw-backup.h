/* claw-backup.h: everything that makes a server, in one file that a passphrase seals.
 *
 * Version 1, all numbers big-endian:
 *
 *    0  16  "CLAWCHAT-BACKUP\n"
 *   16   4  version, 1
 *   20   4  how the key comes from the passphrase: 1, Argon2id (RFC 9106) version 1.3, one lane
 *   24   8  its passes
 *   32   8  its memory in bytes
 *   40  16  its salt
 *   56  12  nonce
 *   68      AES-256-GCM of what follows, with the 68 bytes before as associated data, and the tag
 *
 * Inside:
 *
 *    0   8  when it was made, Unix seconds
 *    8   2  number of entries, then for each of them
 *        2  length of the name
 *           name
 *        4  length of the content
 *           content
 *
 * An entry is a file: "state/server.key", "state/port.secret", "state/pairings.json",
 * "state/files/ID.json", "security/bootstrap.key" or "security/NAME.sec". A reader refuses other
 * names, the same name twice, and anything after the last entry. Nothing here touches a disk.
 */
#pragma once

#include "claw-secret.h"

#include <gio/gio.h>

#define CLAW_BACKUP_VERSION 1
#define CLAW_BACKUP_HEADER_SIZE 68
/* The list of pairings may have 20 MiB. */
#define CLAW_BACKUP_SIZE_MAX (32 * 1024 * 1024)
#define CLAW_BACKUP_ENTRIES_MAX 512
#define CLAW_BACKUP_NAME_MAX 300
#define CLAW_BACKUP_PASSPHRASE_MAX 1024

#define CLAW_BACKUP_ERROR (claw_backup_error_quark ())
typedef enum
{
  CLAW_BACKUP_ERROR_NOT_BACKUP,       /* not such a file, or cut off */
  CLAW_BACKUP_ERROR_VERSION,          /* of a newer program */
  CLAW_BACKUP_ERROR_WRONG_PASSPHRASE, /* or it was changed */
  CLAW_BACKUP_ERROR_CONTENT,          /* authentic, but not what it should be */
  CLAW_BACKUP_ERROR_TOO_LARGE,
  CLAW_BACKUP_ERROR_MEMORY, /* Argon2id did not get what it needs */
} ClawBackupError;
GQuark claw_backup_error_quark (void);

typedef struct
{
  char *name;
  uint8_t *content; /* in the memory of secrets */
  size_t length;
} ClawBackupEntry;

typedef struct ClawBackup ClawBackup;

ClawBackup *claw_backup_new (gint64 made_s);
void claw_backup_free (ClawBackup *backup); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawBackup, claw_backup_free)
/* Whether an entry may have this name. */
gboolean claw_backup_is_name (const char *name);
/* @content: copied. */
gboolean claw_backup_add (
    ClawBackup *backup, const char *name, const void *content, size_t length, GError **error);
/* Takes up to a second. Returns: (transfer full): the file. */
GBytes *claw_backup_seal (const ClawBackup *backup, const char *passphrase, GError **error);
/* Looks at the header alone: whether it is worth asking for a passphrase. */
gboolean claw_backup_probe (const void *data, size_t length, GError **error);
ClawBackup *
claw_backup_open (const void *data, size_t length, const char *passphrase, GError **error);
/* What is inside, as open () reads it once it is authentic. */
ClawBackup *claw_backup_parse (const void *data, size_t length, GError **error);

gint64 claw_backup_get_made_s (const ClawBackup *backup);
unsigned claw_backup_get_count (const ClawBackup *backup);
const ClawBackupEntry *claw_backup_get (const ClawBackup *backup, unsigned at);
const ClawBackupEntry *claw_backup_find (const ClawBackup *backup,
                                         const char *name); /* (nullable) */
