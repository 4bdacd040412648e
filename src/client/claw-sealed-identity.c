/* claw-sealed-identity.c: see claw-sealed-identity.h. */
#include "claw-sealed-identity.h"

#include "claw-aead.h"
#include "claw-bytes.h"
#include "claw-file.h"
#include "claw-hkdf.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define MAGIC "CLAWIDEN"
#define MAGIC_SIZE 8
#define VERSION 1
#define LABEL "clawchat identity"
#define HEADER_SIZE (MAGIC_SIZE + 1 + CLAW_AEAD_NONCE_SIZE)
#define FILE_SIZE (HEADER_SIZE + CLAW_KEY_SIZE + CLAW_AEAD_TAG_SIZE)

static ClawAead *
make_aead (const ClawKey *store_key)
{
  g_auto (ClawKey) key = { 0 };
  claw_hkdf_derive_key (store_key, LABEL, &key);
  return claw_aead_new (&key);
}

static gboolean
create (ClawIdentity *identity, const char *path, const ClawKey *store_key, GError **error)
{
  uint8_t data[FILE_SIZE];
  ClawWriter writer;
  g_autoptr (ClawAead) aead = make_aead (store_key);
  claw_identity_generate (identity);
  claw_writer_init (&writer, data, sizeof data);
  claw_writer_bytes (&writer, MAGIC, MAGIC_SIZE);
  claw_writer_u8 (&writer, VERSION);
  uint8_t *nonce = claw_writer_reserve (&writer, CLAW_AEAD_NONCE_SIZE);
  randombytes_buf (nonce, CLAW_AEAD_NONCE_SIZE);
  claw_aead_seal (aead, nonce, data, HEADER_SIZE, identity->private_key.bytes, CLAW_KEY_SIZE,
                  data + HEADER_SIZE);
  if (claw_file_replace (path, data, sizeof data, error))
    return TRUE;
  claw_identity_clear (identity);
  return FALSE;
}

static gboolean
open_sealed (ClawIdentity *identity, const uint8_t *data, size_t length, const ClawKey *store_key)
{
  g_auto (ClawKey) key = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  if (length != FILE_SIZE || memcmp (data, MAGIC, MAGIC_SIZE) != 0 || data[MAGIC_SIZE] != VERSION)
    return FALSE;
  g_autoptr (ClawAead) aead = make_aead (store_key);
  if (!claw_aead_open (aead, data + MAGIC_SIZE + 1, data, HEADER_SIZE, data + HEADER_SIZE,
                       length - HEADER_SIZE, key.bytes))
    return FALSE;
  claw_identity_set (identity, &key);
  return TRUE;
}

gboolean
claw_sealed_identity_load_or_create (ClawIdentity *identity,
                                     const char *path,
                                     const ClawKey *store_key,
                                     GError **error)
{
  uint8_t data[FILE_SIZE];
  size_t length = 0;
  g_autoptr (GError) local_error = NULL;
  gboolean was_read = claw_file_read (path, CLAW_FILE_READ_PRIVATE, data, sizeof data, &length,
                                      &local_error);
  if (was_read && open_sealed (identity, data, length, store_key))
    return TRUE;
  if (g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
    return create (identity, path, store_key, error);
  if (local_error && !g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_TOO_LARGE))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("%s: this identity is damaged, or was sealed under another key. Restore it from "
                  "a backup, or forget the chat and ask for a new .sec file."),
               name);
  return FALSE;
}
