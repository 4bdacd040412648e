/* claw-saved-pairing.c: see claw-saved-pairing.h. */
#include "claw-saved-pairing.h"

#include "claw-aead.h"
#include "claw-bytes.h"
#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define MAGIC "CLAWPAIR"
#define MAGIC_SIZE 8
#define HEADER_SIZE (MAGIC_SIZE + 1 + CLAW_AEAD_NONCE_SIZE)
#define PLAINTEXT_MAX (CLAW_SAVED_PAIRING_SIZE_MAX - HEADER_SIZE - CLAW_AEAD_TAG_SIZE)

/* clang-format off */
G_DEFINE_QUARK (claw-saved-pairing-error-quark, claw_saved_pairing_error)
/* clang-format on */

ClawSavedPairing *
claw_saved_pairing_new (const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE])
{
  ClawSavedPairing *pairing = g_new0 (ClawSavedPairing, 1);
  memcpy (pairing->server_key, server_key, sizeof pairing->server_key);
  pairing->server_id = g_strdup ("");
  pairing->server_name = g_strdup ("");
  return pairing;
}

void
claw_saved_pairing_clear_secrets (ClawSavedPairing *pairing)
{
  claw_resumption_clear (&pairing->secrets);
  claw_key_clear (&pairing->ports.secret);
}

void
claw_saved_pairing_free (ClawSavedPairing *pairing)
{
  if (!pairing)
    return;
  claw_saved_pairing_clear_secrets (pairing);
  g_free (pairing->server_id);
  g_free (pairing->server_name);
  g_free (pairing);
}

/* What is learnt. */

/* Cut at the end of a character when it is longer than what is saved. */
static void
replace_name (char **field, const char *name)
{
  char *copy = g_strndup (name ? name : "", CLAW_SEC_FILE_NAME_MAX);
  const char *end = NULL;
  g_utf8_validate (copy, -1, &end);
  copy[end - copy] = '\0';
  g_free (*field);
  *field = copy;
}

void
claw_saved_pairing_set_server_name (ClawSavedPairing *pairing, const char *name)
{
  replace_name (&pairing->server_name, name);
}

static int
find_address (const ClawSavedPairing *pairing, const ClawAddress *address)
{
  for (unsigned i = 0; i < pairing->n_addresses; i++)
    if (claw_address_equal (&pairing->addresses[i], address))
      return (int) i;
  return -1;
}

gboolean
claw_saved_pairing_prefer_address (ClawSavedPairing *pairing, const ClawAddress *address)
{
  int found = find_address (pairing, address);
  if (address->family == CLAW_ADDRESS_NONE || address->port == 0 || found == 0)
    return FALSE;
  unsigned n_before = MIN (pairing->n_addresses, CLAW_SAVED_PAIRING_ADDRESSES_MAX - 1);
  if (found > 0)
    n_before = (unsigned) found;
  else
    pairing->n_addresses = n_before + 1;
  memmove (&pairing->addresses[1], &pairing->addresses[0], n_before * sizeof *address);
  pairing->addresses[0] = *address;
  return TRUE;
}

void
claw_saved_pairing_take_file (ClawSavedPairing *pairing, const ClawSecFile *file)
{
  replace_name (&pairing->server_id, file->server_id);
  replace_name (&pairing->server_name, file->server_name);
  for (unsigned i = MIN (file->n_candidates, CLAW_SEC_FILE_CANDIDATES_MAX); i > 0; i--)
    claw_saved_pairing_prefer_address (pairing, &file->candidates[i - 1]);
  claw_saved_pairing_prefer_address (pairing, &file->server);
  claw_key_copy (&pairing->secrets.keys[CLAW_RESUMPTION_FILE], &file->shared_secret);
}

gboolean
claw_saved_pairing_has_secret (const ClawSavedPairing *pairing)
{
  for (unsigned i = 0; i < CLAW_RESUMPTION_FILE; i++)
    if (claw_key_is_set (&pairing->secrets.keys[i]))
      return TRUE;
  return FALSE;
}

const char *
claw_saved_pairing_get_title (const ClawSavedPairing *pairing)
{
  return *pairing->server_name ? pairing->server_name : pairing->server_id;
}

/* Writing. */

static void
write_text (ClawWriter *writer, const char *text)
{
  size_t length = strlen (text);
  claw_writer_u16 (writer, (uint16_t) length);
  claw_writer_bytes (writer, text, length);
}

static void
write_key (ClawWriter *writer, const ClawKey *key)
{
  claw_writer_u8 (writer, claw_key_is_set (key) ? 1 : 0);
  if (claw_key_is_set (key))
    claw_writer_bytes (writer, key->bytes, CLAW_KEY_SIZE);
}

static void
write_address (ClawWriter *writer, const ClawAddress *address)
{
  gboolean is_ipv4 = address->family == CLAW_ADDRESS_IPV4;
  claw_writer_u8 (writer, is_ipv4 ? 4 : 6);
  claw_writer_bytes (writer, address->ip, is_ipv4 ? 4 : 16);
  claw_writer_u32 (writer, address->scope_id);
  claw_writer_u16 (writer, address->port);
}

static void
write_ports (ClawWriter *writer, const ClawSavedPorts *ports)
{
  write_key (writer, &ports->secret);
  if (!claw_key_is_set (&ports->secret))
    return;
  claw_writer_u32 (writer, ports->interval_s);
  claw_writer_u64 (writer, ports->slot);
  claw_writer_u16 (writer, ports->port);
}

static void
write_fields (ClawWriter *writer, const ClawSavedPairing *pairing)
{
  claw_writer_bytes (writer, pairing->server_key, sizeof pairing->server_key);
  write_text (writer, pairing->server_id);
  write_text (writer, pairing->server_name);
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    write_key (writer, &pairing->secrets.keys[i]);
  claw_writer_u8 (writer, (uint8_t) pairing->n_addresses);
  for (unsigned i = 0; i < pairing->n_addresses; i++)
    write_address (writer, &pairing->addresses[i]);
  write_ports (writer, &pairing->ports);
  claw_writer_u64 (writer, (uint64_t) pairing->created_s);
  claw_writer_u64 (writer, (uint64_t) pairing->connected_us);
}

size_t
claw_saved_pairing_seal (const ClawSavedPairing *pairing,
                         const ClawKey *key,
                         uint8_t out[CLAW_SAVED_PAIRING_SIZE_MAX])
{
  g_autoptr (ClawAead) aead = claw_aead_new (key);
  uint8_t *plaintext = claw_secret_new (PLAINTEXT_MAX);
  ClawWriter header, fields;

  claw_writer_init (&header, out, HEADER_SIZE);
  claw_writer_bytes (&header, MAGIC, MAGIC_SIZE);
  claw_writer_u8 (&header, CLAW_SAVED_PAIRING_VERSION);
  uint8_t *nonce = claw_writer_reserve (&header, CLAW_AEAD_NONCE_SIZE);
  g_assert (nonce != NULL);
  randombytes_buf (nonce, CLAW_AEAD_NONCE_SIZE);

  claw_writer_init (&fields, plaintext, PLAINTEXT_MAX);
  write_fields (&fields, pairing);
  g_assert (!fields.failed); /* all fields at their limits fit */
  claw_aead_seal (aead, nonce, out, HEADER_SIZE, plaintext, fields.used, out + HEADER_SIZE);
  size_t length = HEADER_SIZE + fields.used + CLAW_AEAD_TAG_SIZE;
  claw_secret_free (plaintext);
  return length;
}

/* Reading. */

/* Returns: FALSE when it is not text that we could have written. */
static gboolean
read_text (ClawReader *reader, char **text)
{
  uint16_t length = claw_reader_u16 (reader);
  const uint8_t *bytes = claw_reader_bytes (reader, length);
  if (!bytes || length > CLAW_SEC_FILE_NAME_MAX
      || !g_utf8_validate_len ((const char *) bytes, length, NULL))
    return FALSE;
  g_free (*text);
  *text = g_strndup ((const char *) bytes, length);
  return TRUE;
}

static gboolean
read_key (ClawReader *reader, ClawKey *key)
{
  uint8_t is_set = claw_reader_u8 (reader);
  if (is_set == 0)
    return !reader->failed;
  const uint8_t *bytes = claw_reader_bytes (reader, CLAW_KEY_SIZE);
  if (is_set != 1 || !bytes)
    return FALSE;
  claw_key_set (key, bytes);
  return TRUE;
}

static gboolean
read_secrets (ClawReader *reader, ClawResumption *secrets)
{
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    if (!read_key (reader, &secrets->keys[i]))
      return FALSE;
  return TRUE;
}

static gboolean
read_address (ClawReader *reader, ClawAddress *address)
{
  uint8_t family = claw_reader_u8 (reader);
  if (family != 4 && family != 6)
    return FALSE;
  address->family = family == 4 ? CLAW_ADDRESS_IPV4 : CLAW_ADDRESS_IPV6;
  claw_reader_copy (reader, address->ip, family == 4 ? 4 : 16);
  address->scope_id = claw_reader_u32 (reader);
  address->port = claw_reader_u16 (reader);
  return !reader->failed && address->port != 0;
}

static gboolean
read_addresses (ClawReader *reader, ClawSavedPairing *pairing)
{
  unsigned n = claw_reader_u8 (reader);
  if (n > CLAW_SAVED_PAIRING_ADDRESSES_MAX)
    return FALSE;
  for (; pairing->n_addresses < n; pairing->n_addresses++)
    if (!read_address (reader, &pairing->addresses[pairing->n_addresses]))
      return FALSE;
  return TRUE;
}

static gboolean
read_ports (ClawReader *reader, ClawSavedPorts *ports)
{
  if (!read_key (reader, &ports->secret))
    return FALSE;
  if (!claw_key_is_set (&ports->secret))
    return TRUE;
  ports->interval_s = claw_reader_u32 (reader);
  ports->slot = claw_reader_u64 (reader);
  ports->port = claw_reader_u16 (reader);
  return ports->interval_s > 0;
}

static gboolean
read_time (ClawReader *reader, gint64 *time)
{
  uint64_t value = claw_reader_u64 (reader);
  *time = (gint64) value;
  return value <= G_MAXINT64;
}

ClawSavedPairing *
claw_saved_pairing_parse (const uint8_t *data, size_t length)
{
  ClawReader reader;
  claw_reader_init (&reader, data, length);
  const uint8_t *server_key = claw_reader_bytes (&reader, CLAW_PUBLIC_KEY_SIZE);
  if (!server_key)
    return NULL;
  g_autoptr (ClawSavedPairing) pairing = claw_saved_pairing_new (server_key);
  if (!read_text (&reader, &pairing->server_id) || !read_text (&reader, &pairing->server_name)
      || !read_secrets (&reader, &pairing->secrets) || !read_addresses (&reader, pairing)
      || !read_ports (&reader, &pairing->ports) || !read_time (&reader, &pairing->created_s)
      || !read_time (&reader, &pairing->connected_us) || !claw_reader_at_end (&reader))
    return NULL;
  return g_steal_pointer (&pairing);
}

static void
set_damaged (GError **error, const char *name)
{
  g_set_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED,
               _ ("%s: this saved pairing is damaged, or was made by another identity. Ask for a "
                  "new .sec file to pair again, or put a backup of the file back."),
               name);
}

/* Returns: FALSE with the error set. */
static gboolean
check_header (const uint8_t *data, size_t length, const char *name, GError **error)
{
  if (length < MAGIC_SIZE + 1 || memcmp (data, MAGIC, MAGIC_SIZE) != 0)
    {
      set_damaged (error, name);
      return FALSE;
    }
  if (data[MAGIC_SIZE] != CLAW_SAVED_PAIRING_VERSION)
    {
      g_set_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_VERSION,
                   _ ("%s: this saved pairing has version %u, this program knows version %u. Start "
                      "the program that wrote it, or ask for a new .sec file."),
                   name, data[MAGIC_SIZE], CLAW_SAVED_PAIRING_VERSION);
      return FALSE;
    }
  if (length < HEADER_SIZE + CLAW_AEAD_TAG_SIZE || length > CLAW_SAVED_PAIRING_SIZE_MAX)
    {
      set_damaged (error, name);
      return FALSE;
    }
  return TRUE;
}

ClawSavedPairing *
claw_saved_pairing_open (
    const uint8_t *data, size_t length, const ClawKey *key, const char *name, GError **error)
{
  if (!check_header (data, length, name, error))
    return NULL;
  g_autoptr (ClawAead) aead = claw_aead_new (key);
  g_autoptr (ClawSavedPairing) pairing = NULL;
  uint8_t *plaintext = claw_secret_new (PLAINTEXT_MAX);
  if (claw_aead_open (aead, data + MAGIC_SIZE + 1, data, HEADER_SIZE, data + HEADER_SIZE,
                      length - HEADER_SIZE, plaintext))
    pairing = claw_saved_pairing_parse (plaintext, length - HEADER_SIZE - CLAW_AEAD_TAG_SIZE);
  claw_secret_free (plaintext);
  if (!pairing)
    set_damaged (error, name);
  return g_steal_pointer (&pairing);
}

/* Files. */

gboolean
claw_saved_pairing_save (const ClawSavedPairing *pairing,
                         const char *path,
                         const ClawKey *key,
                         GError **error)
{
  uint8_t data[CLAW_SAVED_PAIRING_SIZE_MAX];
  size_t length = claw_saved_pairing_seal (pairing, key, data);
  return claw_file_replace (path, data, length, error);
}

ClawSavedPairing *
claw_saved_pairing_load (const char *path, const ClawKey *key, GError **error)
{
  uint8_t data[CLAW_SAVED_PAIRING_SIZE_MAX];
  size_t length = 0;
  if (!claw_file_read (path, CLAW_FILE_READ_PRIVATE, data, sizeof data, &length, error))
    return NULL;
  g_autofree char *name = g_filename_display_name (path);
  return claw_saved_pairing_open (data, length, key, name, error);
}
