/* claw-archive-seal.h: sealing the rows of an archive. Private to the archive.
 *
 * XChaCha20-Poly1305 of libsodium with a random nonce of 192 bits, so that no counter has to
 * survive a crash. The associated data are the table's name and the row's number: a row that was
 * moved, or put into another archive (each has a key of its own), does not open. Rows are padded to
 * a multiple of CLAW_ARCHIVE_SEAL_BLOCK bytes, so that a length tells little.
 */
#pragma once

#include "claw-secret.h"

#define CLAW_ARCHIVE_SEAL_BLOCK 64
#define CLAW_ARCHIVE_TAG_SIZE 16

typedef struct
{
  ClawKey rows;
  ClawKey tags;
} ClawArchiveSeal;

/* @key: the archive's own. */
void claw_archive_seal_init (ClawArchiveSeal *seal, const ClawKey *key);
void claw_archive_seal_clear (ClawArchiveSeal *seal);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawArchiveSeal, claw_archive_seal_clear)

/* @key as it is in the archive's file, sealed under @store_key. Returns: (transfer full) */
GBytes *claw_archive_seal_wrap (const ClawKey *key, const ClawKey *store_key);
/* Returns: FALSE when it was sealed under another key, or is damaged. */
gboolean claw_archive_seal_unwrap (const ClawKey *store_key,
                                   const void *wrapped,
                                   size_t length,
                                   ClawKey *key);

/* Returns: (transfer full) */
GBytes *claw_archive_seal_row (const ClawArchiveSeal *seal,
                               const char *table,
                               gint64 row,
                               const void *plaintext,
                               size_t length);
/* Returns: (transfer full) (nullable): the plaintext, NULL when it is not authentic. */
GBytes *claw_archive_seal_open (
    const ClawArchiveSeal *seal, const char *table, gint64 row, const void *sealed, size_t length);
/* What a row is found by: a keyed hash, which tells nothing of @name without the key. */
void claw_archive_seal_tag (const ClawArchiveSeal *seal,
                            const void *name,
                            size_t length,
                            uint8_t tag[CLAW_ARCHIVE_TAG_SIZE]);
