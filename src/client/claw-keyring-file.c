/* claw-keyring-file.c: see claw-keyring-file.h. */
#include "claw-keyring-file.h"

#include "claw-aead.h"
#include "claw-bytes.h"
#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define MAGIC "CLAWKEYS"
#define MAGIC_SIZE 8
#define VERSION 1
#define CHECK_LABEL "clawchat keyring check"
#define PASSPHRASE_MAX 1024

G_STATIC_ASSERT (CLAW_KEYRING_FILE_SALT_SIZE == crypto_pwhash_argon2id_SALTBYTES);
G_STATIC_ASSERT (CLAW_KEYRING_FILE_NONCE_SIZE == CLAW_AEAD_NONCE_SIZE);
G_STATIC_ASSERT (CLAW_KEYRING_FILE_SEALED_SIZE == CLAW_KEY_SIZE + CLAW_AEAD_TAG_SIZE);

/* clang-format off */
G_DEFINE_QUARK (claw-keyring-error-quark, claw_keyring_error)
/* clang-format on */

static void
compute_check (const ClawKey *key, uint8_t check[CLAW_KEYRING_FILE_CHECK_SIZE])
{
  crypto_generichash (check, CLAW_KEYRING_FILE_CHECK_SIZE, (const uint8_t *) CHECK_LABEL,
                      strlen (CHECK_LABEL), key->bytes, CLAW_KEY_SIZE);
}

void
claw_keyring_file_init_service (ClawKeyringFile *file, const ClawKey *key)
{
  memset (file, 0, sizeof *file);
  file->kind = CLAW_KEYRING_FILE_SERVICE;
  randombytes_buf (file->id, sizeof file->id);
  compute_check (key, file->check);
}

gboolean
claw_keyring_file_check (const ClawKeyringFile *file, const ClawKey *key)
{
  uint8_t check[CLAW_KEYRING_FILE_CHECK_SIZE];
  compute_check (key, check);
  return sodium_memcmp (check, file->check, sizeof check) == 0;
}

/* Passphrases. */

static gboolean
derive (const ClawKeyringFile *file, const char *passphrase, ClawKey *derived, GError **error)
{
  size_t length = strlen (passphrase);
  g_auto (ClawKey) key = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  if (length == 0 || length > PASSPHRASE_MAX)
    {
      g_set_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_BAD_PASSPHRASE,
                   length == 0 ? _ ("The passphrase is empty")
                               : _ ("The passphrase is longer than 1024 bytes"));
      return FALSE;
    }
  if (crypto_pwhash_argon2id (key.bytes, CLAW_KEY_SIZE, passphrase, length, file->salt,
                              file->operations, file->memory, crypto_pwhash_ALG_ARGON2ID13)
      != 0)
    {
      g_set_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_FAILED,
                   _ ("Not enough memory for the passphrase: %u MiB are needed. Close other "
                      "programs and try again."),
                   (unsigned) (file->memory >> 20));
      return FALSE;
    }
  claw_key_move (derived, &key);
  return TRUE;
}

static void
write_head (const ClawKeyringFile *file, ClawWriter *writer)
{
  claw_writer_bytes (writer, MAGIC, MAGIC_SIZE);
  claw_writer_u8 (writer, VERSION);
  claw_writer_u8 (writer, (uint8_t) file->kind);
  if (file->kind == CLAW_KEYRING_FILE_SERVICE)
    {
      claw_writer_bytes (writer, file->id, sizeof file->id);
      claw_writer_bytes (writer, file->check, sizeof file->check);
      return;
    }
  claw_writer_bytes (writer, file->salt, sizeof file->salt);
  claw_writer_u64 (writer, file->operations);
  claw_writer_u64 (writer, file->memory);
  claw_writer_bytes (writer, file->nonce, sizeof file->nonce);
}

gboolean
claw_keyring_file_init_passphrase (ClawKeyringFile *file,
                                   const ClawKey *key,
                                   const char *passphrase,
                                   uint64_t operations,
                                   uint64_t memory,
                                   GError **error)
{
  g_auto (ClawKey) derived = { 0 };
  uint8_t head[CLAW_KEYRING_FILE_SIZE_MAX];
  ClawWriter writer;
  memset (file, 0, sizeof *file);
  file->kind = CLAW_KEYRING_FILE_PASSPHRASE;
  file->operations = operations;
  file->memory = memory;
  randombytes_buf (file->salt, sizeof file->salt);
  randombytes_buf (file->nonce, sizeof file->nonce);
  if (!derive (file, passphrase, &derived, error))
    return FALSE;
  g_autoptr (ClawAead) aead = claw_aead_new (&derived);
  claw_writer_init (&writer, head, sizeof head);
  write_head (file, &writer);
  claw_aead_seal (aead, file->nonce, head, writer.used, key->bytes, CLAW_KEY_SIZE, file->sealed);
  return TRUE;
}

gboolean
claw_keyring_file_open_passphrase (const ClawKeyringFile *file,
                                   const char *passphrase,
                                   ClawKey *key,
                                   GError **error)
{
  g_auto (ClawKey) derived = { 0 };
  g_auto (ClawKey) opened = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  uint8_t head[CLAW_KEYRING_FILE_SIZE_MAX];
  ClawWriter writer;
  if (!derive (file, passphrase, &derived, error))
    return FALSE;
  g_autoptr (ClawAead) aead = claw_aead_new (&derived);
  claw_writer_init (&writer, head, sizeof head);
  write_head (file, &writer);
  if (!claw_aead_open (aead, file->nonce, head, writer.used, file->sealed, sizeof file->sealed,
                       opened.bytes))
    {
      g_set_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_WRONG_PASSPHRASE,
                   _ ("The passphrase is wrong"));
      return FALSE;
    }
  claw_key_move (key, &opened);
  return TRUE;
}

/* Bytes and files. */

size_t
claw_keyring_file_write (const ClawKeyringFile *file, uint8_t out[CLAW_KEYRING_FILE_SIZE_MAX])
{
  ClawWriter writer;
  claw_writer_init (&writer, out, CLAW_KEYRING_FILE_SIZE_MAX);
  write_head (file, &writer);
  if (file->kind == CLAW_KEYRING_FILE_PASSPHRASE)
    claw_writer_bytes (&writer, file->sealed, sizeof file->sealed);
  g_assert (!writer.failed);
  return writer.used;
}

static gboolean
read_body (ClawKeyringFile *file, ClawReader *reader)
{
  if (file->kind == CLAW_KEYRING_FILE_SERVICE)
    {
      claw_reader_copy (reader, file->id, sizeof file->id);
      claw_reader_copy (reader, file->check, sizeof file->check);
      return claw_reader_at_end (reader);
    }
  claw_reader_copy (reader, file->salt, sizeof file->salt);
  file->operations = claw_reader_u64 (reader);
  file->memory = claw_reader_u64 (reader);
  claw_reader_copy (reader, file->nonce, sizeof file->nonce);
  claw_reader_copy (reader, file->sealed, sizeof file->sealed);
  return claw_reader_at_end (reader) && file->operations >= crypto_pwhash_argon2id_OPSLIMIT_MIN
         && file->operations <= CLAW_KEYRING_FILE_OPERATIONS_MAX
         && file->memory >= crypto_pwhash_argon2id_MEMLIMIT_MIN
         && file->memory <= CLAW_KEYRING_FILE_MEMORY_MAX;
}

gboolean
claw_keyring_file_read (ClawKeyringFile *file, const uint8_t *data, size_t length)
{
  ClawReader reader;
  memset (file, 0, sizeof *file);
  claw_reader_init (&reader, data, length);
  const uint8_t *magic = claw_reader_bytes (&reader, MAGIC_SIZE);
  uint8_t version = claw_reader_u8 (&reader);
  file->kind = (ClawKeyringFileKind) claw_reader_u8 (&reader);
  return magic && memcmp (magic, MAGIC, MAGIC_SIZE) == 0 && version == VERSION
         && (file->kind == CLAW_KEYRING_FILE_SERVICE || file->kind == CLAW_KEYRING_FILE_PASSPHRASE)
         && read_body (file, &reader);
}

gboolean
claw_keyring_file_save (const ClawKeyringFile *file, const char *path, GError **error)
{
  uint8_t data[CLAW_KEYRING_FILE_SIZE_MAX];
  size_t length = claw_keyring_file_write (file, data);
  return claw_file_replace (path, data, length, error);
}

gboolean
claw_keyring_file_load (ClawKeyringFile *file, const char *path, GError **error)
{
  uint8_t data[CLAW_KEYRING_FILE_SIZE_MAX];
  size_t length = 0;
  g_autoptr (GError) local_error = NULL;
  gboolean was_read = claw_file_read (path, CLAW_FILE_READ_PRIVATE, data, sizeof data, &length,
                                      &local_error);
  if (was_read && claw_keyring_file_read (file, data, length))
    return TRUE;
  if (!was_read && !g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_TOO_LARGE))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_DAMAGED,
               _ ("%s: this file is damaged, or of a newer version. Put a backup back, or start "
                  "over without the saved chats."),
               name);
  return FALSE;
}
