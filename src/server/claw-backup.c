/* claw-backup.c: see claw-backup.h. */
#include "config.h"

#include "claw-backup.h"

#include "claw-aead.h"
#include "claw-bytes.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define MAGIC "CLAWCHAT-BACKUP\n"
#define MAGIC_SIZE 16
#define KDF_ARGON2ID 1
/* As for .sec files; a backup is for longer, and made rarely. */
#define KDF_OPERATIONS crypto_pwhash_OPSLIMIT_MODERATE
#define KDF_MEMORY (UINT64_C (128) * 1024 * 1024)
/* What a file may ask of its reader. */
#define KDF_OPERATIONS_MAX 10
#define KDF_MEMORY_MIN 8192
#define KDF_MEMORY_MAX (UINT64_C (1024) * 1024 * 1024)
#define TIME_MAX_S (UINT64_C (1) << 40)

#define STATE "state/"
#define RECORDS "state/files/"
#define SECURITY "security/"

/* clang-format off */
G_DEFINE_QUARK (claw-backup-error-quark, claw_backup_error)
/* clang-format on */

struct ClawBackup
{
  gint64 made_s;
  GPtrArray *entries; /* of ClawBackupEntry */
  size_t size;        /* of what they will take inside */
};

typedef struct
{
  uint64_t operations, memory;
  uint8_t salt[crypto_pwhash_SALTBYTES];
  uint8_t nonce[CLAW_AEAD_NONCE_SIZE];
} Header;

static void
entry_free (gpointer data)
{
  ClawBackupEntry *entry = data;

  claw_secret_free (entry->content);
  g_free (entry->name);
  g_free (entry);
}

ClawBackup *
claw_backup_new (gint64 made_s)
{
  ClawBackup *backup = g_new0 (ClawBackup, 1);

  backup->made_s = made_s;
  backup->entries = g_ptr_array_new_with_free_func (entry_free);
  backup->size = 8 + 2;
  return backup;
}

void
claw_backup_free (ClawBackup *backup)
{
  if (backup == NULL)
    return;
  g_ptr_array_unref (backup->entries);
  g_free (backup);
}

/* Names */

/* "STEM" and "SUFFIX" together, of harmless characters alone, and no hidden file. */
static gboolean
is_plain (const char *name, const char *suffix)
{
  size_t length = strlen (name);

  return length > strlen (suffix) && length <= 255 && name[0] != '.'
         && g_str_has_suffix (name, suffix)
         && strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.") == length;
}

gboolean
claw_backup_is_name (const char *name)
{
  static const char *const fixed[] = { STATE "server.key", STATE "port.secret",
                                       STATE "pairings.json", SECURITY "bootstrap.key", NULL };

  if (g_strv_contains (fixed, name))
    return TRUE;
  if (g_str_has_prefix (name, RECORDS))
    return is_plain (name + strlen (RECORDS), ".json");
  return g_str_has_prefix (name, SECURITY) && is_plain (name + strlen (SECURITY), ".sec");
}

/* Making one */

gboolean
claw_backup_add (
    ClawBackup *backup, const char *name, const void *content, size_t length, GError **error)
{
  size_t size = 2 + strlen (name) + 4 + length;
  ClawBackupEntry *entry;

  g_return_val_if_fail (claw_backup_is_name (name), FALSE);
  g_return_val_if_fail (claw_backup_find (backup, name) == NULL, FALSE);

  if (backup->entries->len >= CLAW_BACKUP_ENTRIES_MAX
      || size > CLAW_BACKUP_SIZE_MAX - CLAW_BACKUP_HEADER_SIZE - CLAW_AEAD_TAG_SIZE - backup->size)
    {
      g_set_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_TOO_LARGE,
                   _ ("There is more than a backup holds (%d files, %d MiB)"),
                   CLAW_BACKUP_ENTRIES_MAX, CLAW_BACKUP_SIZE_MAX / (1024 * 1024));
      return FALSE;
    }
  entry = g_new0 (ClawBackupEntry, 1);
  entry->name = g_strdup (name);
  entry->length = length;
  entry->content = claw_secret_new (length + 1);
  if (length > 0)
    memcpy (entry->content, content, length);
  g_ptr_array_add (backup->entries, entry);
  backup->size += size;
  return TRUE;
}

static void
write_inside (const ClawBackup *backup, uint8_t *inside)
{
  ClawWriter writer;

  claw_writer_init (&writer, inside, backup->size);
  claw_writer_u64 (&writer, (uint64_t) backup->made_s);
  claw_writer_u16 (&writer, (uint16_t) backup->entries->len);
  for (unsigned at = 0; at < backup->entries->len; at++)
    {
      const ClawBackupEntry *entry = claw_backup_get (backup, at);

      claw_writer_u16 (&writer, (uint16_t) strlen (entry->name));
      claw_writer_bytes (&writer, entry->name, strlen (entry->name));
      claw_writer_u32 (&writer, (uint32_t) entry->length);
      claw_writer_bytes (&writer, entry->content, entry->length);
    }
  g_assert (!writer.failed && claw_writer_left (&writer) == 0);
}

static void
write_header (const Header *header, uint8_t out[CLAW_BACKUP_HEADER_SIZE])
{
  ClawWriter writer;

  claw_writer_init (&writer, out, CLAW_BACKUP_HEADER_SIZE);
  claw_writer_bytes (&writer, MAGIC, MAGIC_SIZE);
  claw_writer_u32 (&writer, CLAW_BACKUP_VERSION);
  claw_writer_u32 (&writer, KDF_ARGON2ID);
  claw_writer_u64 (&writer, header->operations);
  claw_writer_u64 (&writer, header->memory);
  claw_writer_bytes (&writer, header->salt, sizeof header->salt);
  claw_writer_bytes (&writer, header->nonce, sizeof header->nonce);
  g_assert (!writer.failed && claw_writer_left (&writer) == 0);
}

/* Returns: (nullable) */
static ClawAead *
derive (const Header *header, const char *passphrase, GError **error)
{
  g_auto (ClawKey) key = { claw_secret_new_pooled (CLAW_KEY_SIZE) };

  if (crypto_pwhash (key.bytes, CLAW_KEY_SIZE, passphrase, strlen (passphrase), header->salt,
                     header->operations, header->memory, crypto_pwhash_ALG_ARGON2ID13)
      == 0)
    return claw_aead_new (&key);
  g_set_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_MEMORY,
               _ ("There is not enough memory to use the passphrase: %llu MiB are needed."),
               (unsigned long long) (header->memory / (1024 * 1024)));
  return NULL;
}

GBytes *
claw_backup_seal (const ClawBackup *backup, const char *passphrase, GError **error)
{
  Header header = { .operations = KDF_OPERATIONS, .memory = KDF_MEMORY };
  size_t length = CLAW_BACKUP_HEADER_SIZE + backup->size + CLAW_AEAD_TAG_SIZE;
  g_autoptr (ClawAead) aead = NULL;
  uint8_t *inside, *file;

  randombytes_buf (header.salt, sizeof header.salt);
  randombytes_buf (header.nonce, sizeof header.nonce);
  aead = derive (&header, passphrase, error);
  if (aead == NULL)
    return NULL;
  inside = claw_secret_new (backup->size);
  write_inside (backup, inside);
  file = g_malloc (length);
  write_header (&header, file);
  claw_aead_seal (aead, header.nonce, file, CLAW_BACKUP_HEADER_SIZE, inside, backup->size,
                  file + CLAW_BACKUP_HEADER_SIZE);
  claw_secret_free (inside);
  return g_bytes_new_take (file, length);
}

/* Reading one */

static gboolean
not_backup (GError **error)
{
  g_set_error_literal (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_NOT_BACKUP,
                       _ ("This is not a backup of a ClawChat server, or a part of it is missing"));
  return FALSE;
}

static gboolean
check_version (uint32_t version, uint32_t kdf, GError **error)
{
  if (version == CLAW_BACKUP_VERSION && kdf == KDF_ARGON2ID)
    return TRUE;
  g_set_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_VERSION,
               _ ("This backup has version %u, this program knows version %d: use the program that "
                  "wrote it, or a newer one"),
               version, CLAW_BACKUP_VERSION);
  return FALSE;
}

static gboolean
read_header (const void *data, size_t length, Header *header, GError **error)
{
  ClawReader reader;
  const uint8_t *magic;
  uint32_t version, kdf;

  claw_reader_init (&reader, data, length);
  magic = claw_reader_bytes (&reader, MAGIC_SIZE);
  version = claw_reader_u32 (&reader);
  kdf = claw_reader_u32 (&reader);
  if (reader.failed || memcmp (magic, MAGIC, MAGIC_SIZE) != 0)
    return not_backup (error);
  if (!check_version (version, kdf, error))
    return FALSE;
  header->operations = claw_reader_u64 (&reader);
  header->memory = claw_reader_u64 (&reader);
  claw_reader_copy (&reader, header->salt, sizeof header->salt);
  claw_reader_copy (&reader, header->nonce, sizeof header->nonce);
  if (reader.failed || reader.left < CLAW_AEAD_TAG_SIZE || header->operations < 1
      || header->operations > KDF_OPERATIONS_MAX || header->memory < KDF_MEMORY_MIN
      || header->memory > KDF_MEMORY_MAX)
    return not_backup (error);
  return TRUE;
}

gboolean
claw_backup_probe (const void *data, size_t length, GError **error)
{
  Header header;

  return read_header (data, length, &header, error);
}

ClawBackup *
claw_backup_open (const void *data, size_t length, const char *passphrase, GError **error)
{
  const uint8_t *file = data;
  size_t sealed = length - CLAW_BACKUP_HEADER_SIZE;
  g_autoptr (ClawAead) aead = NULL;
  ClawBackup *backup = NULL;
  Header header;
  uint8_t *inside;

  if (!read_header (data, length, &header, error))
    return NULL;
  aead = derive (&header, passphrase, error);
  if (aead == NULL)
    return NULL;
  inside = claw_secret_new (sealed);
  if (claw_aead_open (aead, header.nonce, file, CLAW_BACKUP_HEADER_SIZE,
                      file + CLAW_BACKUP_HEADER_SIZE, sealed, inside))
    backup = claw_backup_parse (inside, sealed - CLAW_AEAD_TAG_SIZE, error);
  else
    g_set_error_literal (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_WRONG_PASSPHRASE,
                         _ ("The passphrase is wrong, or the backup was changed"));
  claw_secret_free (inside);
  return backup;
}

/* Returns: (transfer full) (nullable): NULL when it is not a name. */
static char *
read_name (ClawReader *reader)
{
  size_t length = claw_reader_u16 (reader);
  const uint8_t *bytes = length > CLAW_BACKUP_NAME_MAX ? NULL : claw_reader_bytes (reader, length);
  g_autofree char *name = NULL;

  if (bytes == NULL || memchr (bytes, '\0', length) != NULL)
    return NULL;
  name = g_strndup ((const char *) bytes, length);
  return claw_backup_is_name (name) ? g_steal_pointer (&name) : NULL;
}

static gboolean
read_entry (ClawReader *reader, ClawBackup *backup)
{
  g_autofree char *name = read_name (reader);
  size_t length = claw_reader_u32 (reader);
  const uint8_t *content = claw_reader_bytes (reader, length);

  return name != NULL && !reader->failed && claw_backup_find (backup, name) == NULL
         && claw_backup_add (backup, name, content, length, NULL);
}

static gboolean
read_inside (ClawReader *reader, ClawBackup *backup)
{
  uint64_t made_s = claw_reader_u64 (reader);
  unsigned n = claw_reader_u16 (reader);

  if (reader->failed || made_s > TIME_MAX_S)
    return FALSE;
  backup->made_s = (gint64) made_s;
  for (unsigned i = 0; i < n; i++)
    if (!read_entry (reader, backup))
      return FALSE;
  return claw_reader_at_end (reader) && claw_backup_find (backup, STATE "server.key") != NULL;
}

ClawBackup *
claw_backup_parse (const void *data, size_t length, GError **error)
{
  g_autoptr (ClawBackup) backup = claw_backup_new (0);
  ClawReader reader;

  claw_reader_init (&reader, data, length);
  if (read_inside (&reader, backup))
    return g_steal_pointer (&backup);
  g_set_error_literal (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_CONTENT,
                       _ ("What is in this backup is not a ClawChat server"));
  return NULL;
}

/* Queries */

gint64
claw_backup_get_made_s (const ClawBackup *backup)
{
  return backup->made_s;
}

unsigned
claw_backup_get_count (const ClawBackup *backup)
{
  return backup->entries->len;
}

const ClawBackupEntry *
claw_backup_get (const ClawBackup *backup, unsigned at)
{
  return g_ptr_array_index (backup->entries, at);
}

const ClawBackupEntry *
claw_backup_find (const ClawBackup *backup, const char *name)
{
  for (unsigned at = 0; at < backup->entries->len; at++)
    if (strcmp (claw_backup_get (backup, at)->name, name) == 0)
      return claw_backup_get (backup, at);
  return NULL;
}
