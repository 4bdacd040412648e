/* claw-archive-seal.c: see claw-archive-seal.h. */
#include "claw-archive-seal.h"

#include "claw-bytes.h"
#include "claw-hkdf.h"

#include <sodium.h>
#include <string.h>

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define WRAP_LABEL "clawchat archive"
#define ROWS_LABEL "clawchat archive rows"
#define TAGS_LABEL "clawchat archive tags"
#define WRAP_TABLE "key"
/* A table's name and a number. */
#define ASSOCIATED_MAX 64

G_STATIC_ASSERT (CLAW_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

void
claw_archive_seal_init (ClawArchiveSeal *seal, const ClawKey *key)
{
  claw_hkdf_derive_key (key, ROWS_LABEL, &seal->rows);
  claw_hkdf_derive_key (key, TAGS_LABEL, &seal->tags);
}

void
claw_archive_seal_clear (ClawArchiveSeal *seal)
{
  claw_key_clear (&seal->rows);
  claw_key_clear (&seal->tags);
}

/* Returns: how many bytes of @associated are used. */
static size_t
write_associated (const char *table, gint64 row, uint8_t associated[ASSOCIATED_MAX])
{
  ClawWriter writer;
  claw_writer_init (&writer, associated, ASSOCIATED_MAX);
  claw_writer_u64 (&writer, (uint64_t) row);
  claw_writer_bytes (&writer, table, strlen (table));
  g_assert (!writer.failed);
  return writer.used;
}

/* Nonce, length of the plaintext, plaintext and padding, tag. */
static GBytes *
seal_bytes (const ClawKey *key, const char *table, gint64 row, const void *plaintext, size_t length)
{
  uint8_t associated[ASSOCIATED_MAX];
  size_t associated_length = write_associated (table, row, associated);
  size_t padded = (4 + length + CLAW_ARCHIVE_SEAL_BLOCK - 1) / CLAW_ARCHIVE_SEAL_BLOCK
                  * CLAW_ARCHIVE_SEAL_BLOCK;
  uint8_t *sealed = g_malloc0 (NONCE_SIZE + padded + TAG_SIZE);
  ClawWriter writer;
  claw_writer_init (&writer, sealed + NONCE_SIZE, padded);
  claw_writer_u32 (&writer, (uint32_t) length);
  claw_writer_bytes (&writer, plaintext, length);
  g_assert (!writer.failed);
  randombytes_buf (sealed, NONCE_SIZE);
  crypto_aead_xchacha20poly1305_ietf_encrypt (sealed + NONCE_SIZE, NULL, sealed + NONCE_SIZE,
                                              padded, associated, associated_length, NULL, sealed,
                                              key->bytes);
  return g_bytes_new_take (sealed, NONCE_SIZE + padded + TAG_SIZE);
}

/* Returns: (nullable): from sodium_malloc or g_malloc, as @plaintext is given. The caller wipes. */
static gboolean
open_bytes (const ClawKey *key,
            const char *table,
            gint64 row,
            const uint8_t *sealed,
            size_t length,
            uint8_t *plaintext,
            const uint8_t **content,
            size_t *content_length)
{
  uint8_t associated[ASSOCIATED_MAX];
  size_t associated_length = write_associated (table, row, associated);
  ClawReader reader;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt (plaintext, NULL, NULL, sealed + NONCE_SIZE,
                                                  length - NONCE_SIZE, associated,
                                                  associated_length, sealed, key->bytes)
      != 0)
    return FALSE;
  claw_reader_init (&reader, plaintext, length - NONCE_SIZE - TAG_SIZE);
  *content_length = claw_reader_u32 (&reader);
  *content = claw_reader_bytes (&reader, *content_length);
  return *content != NULL;
}

GBytes *
claw_archive_seal_wrap (const ClawKey *key, const ClawKey *store_key)
{
  g_auto (ClawKey) wrapping = { 0 };
  claw_hkdf_derive_key (store_key, WRAP_LABEL, &wrapping);
  return seal_bytes (&wrapping, WRAP_TABLE, 0, key->bytes, CLAW_KEY_SIZE);
}

gboolean
claw_archive_seal_unwrap (const ClawKey *store_key,
                          const void *wrapped,
                          size_t length,
                          ClawKey *key)
{
  g_auto (ClawKey) wrapping = { 0 };
  const uint8_t *content = NULL;
  size_t content_length = 0;
  if (length != NONCE_SIZE + CLAW_ARCHIVE_SEAL_BLOCK + TAG_SIZE)
    return FALSE;
  claw_hkdf_derive_key (store_key, WRAP_LABEL, &wrapping);
  uint8_t *plaintext = claw_secret_new_pooled (CLAW_ARCHIVE_SEAL_BLOCK);
  gboolean is_good = open_bytes (&wrapping, WRAP_TABLE, 0, wrapped, length, plaintext, &content,
                                 &content_length)
                     && content_length == CLAW_KEY_SIZE;
  if (is_good)
    claw_key_set (key, content);
  claw_secret_free_pooled (plaintext, CLAW_ARCHIVE_SEAL_BLOCK);
  return is_good;
}

GBytes *
claw_archive_seal_row (const ClawArchiveSeal *seal,
                       const char *table,
                       gint64 row,
                       const void *plaintext,
                       size_t length)
{
  return seal_bytes (&seal->rows, table, row, plaintext, length);
}

GBytes *
claw_archive_seal_open (
    const ClawArchiveSeal *seal, const char *table, gint64 row, const void *sealed, size_t length)
{
  const uint8_t *content = NULL;
  size_t content_length = 0;
  if (length < NONCE_SIZE + TAG_SIZE)
    return NULL;
  uint8_t *plaintext = g_malloc (MAX (length - NONCE_SIZE - TAG_SIZE, 1));
  g_autoptr (GBytes) whole = g_bytes_new_take (plaintext, length - NONCE_SIZE - TAG_SIZE);
  if (!open_bytes (&seal->rows, table, row, sealed, length, plaintext, &content, &content_length))
    return NULL;
  return g_bytes_new_from_bytes (whole, (size_t) (content - plaintext), content_length);
}

void
claw_archive_seal_tag (const ClawArchiveSeal *seal,
                       const void *name,
                       size_t length,
                       uint8_t tag[CLAW_ARCHIVE_TAG_SIZE])
{
  crypto_generichash (tag, CLAW_ARCHIVE_TAG_SIZE, name, length, seal->tags.bytes, CLAW_KEY_SIZE);
}
