/* claw-saved-timestamp.c: see claw-saved-timestamp.h. */
#include "claw-saved-timestamp.h"

#include "claw-aead.h"
#include "claw-bytes.h"
#include "claw-file.h"
#include "claw-handshake.h"

#include <gio/gio.h>
#include <sodium.h>
#include <string.h>

/* The decimal digits of a 64-bit number and a newline. */
#define TEXT_SIZE 24
#define MAGIC "CLAWTIME"
#define MAGIC_SIZE 8
#define VERSION 1
#define HEADER_SIZE (MAGIC_SIZE + 1 + CLAW_AEAD_NONCE_SIZE)
#define SEALED_SIZE (HEADER_SIZE + 8 + CLAW_AEAD_TAG_SIZE)

static gboolean
parse (char *data, size_t length, uint64_t *timestamp_us, GError **error)
{
  guint64 value = 0;
  data[length] = '\0';
  if (!g_ascii_string_to_unsigned (g_strchomp (data), 10, 0, G_MAXINT64, &value, error))
    return FALSE;
  *timestamp_us = value;
  return TRUE;
}

static gboolean
open_sealed (
    const char *data, size_t length, const ClawKey *key, uint64_t *timestamp_us, GError **error)
{
  uint8_t plaintext[8];
  ClawReader reader;
  g_autoptr (ClawAead) aead = claw_aead_new (key);
  if (length == SEALED_SIZE && memcmp (data, MAGIC, MAGIC_SIZE) == 0 && data[MAGIC_SIZE] == VERSION
      && claw_aead_open (aead, (const uint8_t *) data + MAGIC_SIZE + 1, data, HEADER_SIZE,
                         data + HEADER_SIZE, length - HEADER_SIZE, plaintext))
    {
      claw_reader_init (&reader, plaintext, sizeof plaintext);
      *timestamp_us = claw_reader_u64 (&reader);
      return TRUE;
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "it is damaged, or sealed under another key");
  return FALSE;
}

uint64_t
claw_saved_timestamp_load (const char *path, const ClawKey *key)
{
  char data[SEALED_SIZE + 1] = "";
  G_STATIC_ASSERT (SEALED_SIZE >= TEXT_SIZE);
  uint64_t timestamp_us = 0;
  size_t length = 0;
  g_autoptr (GError) error = NULL;
  if (!claw_file_read (path, CLAW_FILE_READ_DEFAULT, data, key ? SEALED_SIZE : TEXT_SIZE, &length,
                       &error))
    {
      if (!g_error_matches (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
        g_warning ("The last handshake's time is not known: %s", error->message);
      return 0;
    }
  gboolean is_good = key ? open_sealed (data, length, key, &timestamp_us, &error)
                         : parse (data, length, &timestamp_us, &error);
  if (!is_good)
    g_warning ("The last handshake's time is not known: %s: %s", path, error->message);
  /* Of a handshake that no server would let in, when the clock was far off: with one more than that
   * nobody would ever come in again. */
  return timestamp_us <= CLAW_HANDSHAKE_TIMESTAMP_MAX_US ? timestamp_us : 0;
}

static gboolean
save_sealed (const char *path, const ClawKey *key, uint64_t timestamp_us, GError **error)
{
  uint8_t data[SEALED_SIZE], plaintext[8];
  ClawWriter writer, fields;
  g_autoptr (ClawAead) aead = claw_aead_new (key);
  claw_writer_init (&writer, data, sizeof data);
  claw_writer_bytes (&writer, MAGIC, MAGIC_SIZE);
  claw_writer_u8 (&writer, VERSION);
  uint8_t *nonce = claw_writer_reserve (&writer, CLAW_AEAD_NONCE_SIZE);
  randombytes_buf (nonce, CLAW_AEAD_NONCE_SIZE);
  claw_writer_init (&fields, plaintext, sizeof plaintext);
  claw_writer_u64 (&fields, timestamp_us);
  claw_aead_seal (aead, nonce, data, HEADER_SIZE, plaintext, sizeof plaintext, data + HEADER_SIZE);
  return claw_file_write (path, data, sizeof data, error);
}

gboolean
claw_saved_timestamp_save (const char *path,
                           const ClawKey *key,
                           uint64_t timestamp_us,
                           GError **error)
{
  if (key)
    return save_sealed (path, key, timestamp_us, error);
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT "\n", (guint64) timestamp_us);
  return claw_file_write (path, text, strlen (text), error);
}
