/* claw-issued.c: see claw-issued.h.
 *
 * As with the pairings, the record is written by hand into a buffer that is wiped, and the parser's
 * copy of the secret is overwritten.
 */
#include "config.h"

#include "claw-issued.h"

#include "claw-file.h"
#include "claw-message.h"
#include "claw-sec-json.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define FORMAT "clawchat-issued"
#define VERSION 1
#define KEY_TEXT_SIZE 45
/* A later version, which is to be told from damage, may have more than the two of this one. */
#define DEPTH_MAX 16
#define FILE_NAME_MAX 255
#define ADDRESSES_MAX ((1 + CLAW_SEC_FILE_CANDIDATES_MAX) * CLAW_ADDRESS_STRING_SIZE)
#define TIME_MAX_S (G_GINT64_CONSTANT (1) << 40)

/* clang-format off */
G_DEFINE_QUARK (claw-issued-error-quark, claw_issued_error)
/* clang-format on */

/* One way, so that an id that is shown tells nothing of the secret. */
static void
compute_id (ClawIssued *issued)
{
  static const char context[] = "ClawChat file id";
  uint8_t hash[crypto_generichash_BYTES];

  crypto_generichash (hash, sizeof hash, (const uint8_t *) context, sizeof context - 1,
                      issued->secret.bytes, CLAW_KEY_SIZE);
  sodium_bin2hex (issued->id, sizeof issued->id, hash, (CLAW_ISSUED_ID_SIZE - 1) / 2);
}

ClawIssued *
claw_issued_new (const ClawSecFile *file, const char *name, const char *path)
{
  ClawIssued *issued = g_new0 (ClawIssued, 1);

  claw_key_copy (&issued->secret, &file->shared_secret);
  compute_id (issued);
  issued->name = g_strdup (name);
  issued->path = g_strdup (path);
  issued->timestamp_s = file->timestamp_s;
  issued->valid_until_s = file->valid_until_s;
  claw_issued_set_addresses (issued, file);
  return issued;
}

void
claw_issued_free (ClawIssued *issued)
{
  if (issued == NULL)
    return;
  claw_key_clear (&issued->secret);
  g_free (issued->name);
  g_free (issued->path);
  g_free (issued->addresses);
  g_free (issued);
}

static void
add_port (ClawIssued *issued, uint16_t port)
{
  if (claw_issued_names_port (issued, port))
    return;
  if (issued->n_ports == CLAW_ISSUED_PORTS_MAX)
    {
      memmove (issued->ports, issued->ports + 1, sizeof issued->ports - sizeof issued->ports[0]);
      issued->n_ports--;
    }
  issued->ports[issued->n_ports++] = port;
}

void
claw_issued_set_addresses (ClawIssued *issued, const ClawSecFile *file)
{
  g_free (issued->addresses);
  issued->addresses = claw_sec_file_list_addresses (file);
  add_port (issued, file->server.port);
  for (unsigned i = 0; i < file->n_candidates; i++)
    add_port (issued, file->candidates[i].port);
}

gboolean
claw_issued_has_addresses (const ClawIssued *issued, const ClawSecFile *file)
{
  g_autofree char *list = claw_sec_file_list_addresses (file);

  return strcmp (list, issued->addresses) == 0;
}

gboolean
claw_issued_names_port (const ClawIssued *issued, uint16_t port)
{
  for (unsigned i = 0; i < issued->n_ports; i++)
    if (issued->ports[i] == port)
      return TRUE;
  return FALSE;
}

const char *
claw_issued_describe (const ClawIssued *issued)
{
  if (issued->path != NULL)
    return issued->path;
  return issued->name != NULL ? issued->name : issued->id;
}

/* The record: writing */

char *
claw_issued_get_record_path (const ClawIssued *issued, const char *directory)
{
  return g_strdup_printf ("%s/%s.json", directory, issued->id);
}

/* Appends to what is in the buffer: nothing secret, and quoted as JSON wants it. */
static size_t
write_text (char *out, size_t size, const char *member, const char *value)
{
  g_autofree char *quoted = value == NULL ? NULL : claw_json_quote (value);

  return value == NULL ? 0 : (size_t) g_snprintf (out, size, ",\n  \"%s\": %s", member, quoted);
}

static size_t
write_ports (char *out, size_t size, const ClawIssued *issued)
{
  size_t used = (size_t) g_snprintf (out, size, ",\n  \"ports\": [");

  for (unsigned i = 0; i < issued->n_ports; i++)
    used += (size_t) g_snprintf (out + used, size - used, "%s%u", i == 0 ? "" : ", ",
                                 issued->ports[i]);
  return used + (size_t) g_snprintf (out + used, size - used, "]\n}\n");
}

static size_t
write_record (char *out, size_t size, const ClawIssued *issued)
{
  g_autofree char *file = issued->path == NULL ? NULL : g_path_get_basename (issued->path);
  char secret[KEY_TEXT_SIZE];
  size_t used;

  sodium_bin2base64 (secret, sizeof secret, issued->secret.bytes, CLAW_KEY_SIZE,
                     sodium_base64_VARIANT_ORIGINAL);
  used = (size_t) g_snprintf (out, size,
                              "{\n  \"format\": \"" FORMAT "\",\n  \"version\": %d,\n"
                              "  \"secret\": \"%s\",\n  \"created\": %" G_GINT64_FORMAT
                              ",\n  \"valid_until\": %" G_GINT64_FORMAT,
                              VERSION, secret, issued->timestamp_s, issued->valid_until_s);
  sodium_memzero (secret, sizeof secret);
  used += write_text (out + used, size - used, "for", issued->name);
  used += write_text (out + used, size - used, "file", file);
  used += write_text (out + used, size - used, "addresses", issued->addresses);
  used += write_ports (out + used, size - used, issued);
  g_assert (used < size);
  return used;
}

gboolean
claw_issued_save (const ClawIssued *issued, const char *directory, GError **error)
{
  g_autofree char *path = claw_issued_get_record_path (issued, directory);
  char *text = claw_secret_new (CLAW_ISSUED_RECORD_MAX);
  size_t length = write_record (text, CLAW_ISSUED_RECORD_MAX, issued);
  gboolean good = claw_file_make_private_directory (directory, error)
                  && claw_file_replace (path, text, length, error);

  claw_secret_free (text);
  return good;
}

gboolean
claw_issued_erase_record (const ClawIssued *issued, const char *directory, GError **error)
{
  g_autofree char *path = claw_issued_get_record_path (issued, directory);

  /* Without the directory there is none, and nothing to be synced. */
  return !g_file_test (directory, G_FILE_TEST_IS_DIR) || claw_file_erase (path, error);
}

/* The record: reading */

static gboolean
read_secret (JsonObject *object, ClawIssued *issued)
{
  g_auto (ClawKey) key = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  gboolean good = claw_sec_json_take_base64 (object, "secret", key.bytes, CLAW_KEY_SIZE, NULL)
                  && !sodium_is_zero (key.bytes, CLAW_KEY_SIZE);

  if (good)
    claw_key_move (&issued->secret, &key);
  return good;
}

static gboolean
read_name (JsonObject *object, ClawIssued *issued)
{
  const char *name = claw_json_get_string (object, "for");

  if (!json_object_has_member (object, "for"))
    return TRUE;
  issued->name = name == NULL ? NULL : claw_name_sanitise (name, -1);
  return issued->name != NULL;
}

/* Nothing but a plain .sec file of the security directory: it will be written, and deleted. */
static gboolean
read_file (JsonObject *object, const char *security_directory, ClawIssued *issued)
{
  const char *name = claw_json_get_string (object, "file");

  if (!json_object_has_member (object, "file"))
    return TRUE;
  if (name == NULL || strlen (name) > FILE_NAME_MAX || strchr (name, '/') != NULL || name[0] == '.'
      || !g_str_has_suffix (name, ".sec"))
    return FALSE;
  issued->path = g_build_filename (security_directory, name, NULL);
  return TRUE;
}

static gboolean
read_ports (JsonObject *object, ClawIssued *issued)
{
  JsonNode *node = json_object_get_member (object, "ports");
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  if (json_array_get_length (array) > CLAW_ISSUED_PORTS_MAX)
    return FALSE;
  for (unsigned at = 0; at < json_array_get_length (array); at++)
    {
      JsonNode *port = json_array_get_element (array, at);

      if (!JSON_NODE_HOLDS_VALUE (port) || json_node_get_value_type (port) != G_TYPE_INT64
          || json_node_get_int (port) < 1 || json_node_get_int (port) > G_MAXUINT16)
        return FALSE;
      add_port (issued, (uint16_t) json_node_get_int (port));
    }
  return TRUE;
}

/* Only what addresses are written with: it does not grow by being quoted, so the record that it is
 * written into again has room for it. */
static gboolean
read_addresses (JsonObject *object, ClawIssued *issued)
{
  const char *text = claw_json_get_string (object, "addresses");

  if (text == NULL || strlen (text) > ADDRESSES_MAX)
    return FALSE;
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isprint (*at) || *at == '"' || *at == '\\')
      return FALSE;
  issued->addresses = g_strdup (text);
  return TRUE;
}

/* Returns: (nullable): the member that is missing or wrong. */
static const char *
read_members (JsonObject *object, const char *security_directory, ClawIssued *issued)
{
  if (!read_secret (object, issued))
    return "secret";
  if (!read_name (object, issued))
    return "for";
  if (!claw_json_get_integer (object, "created", 1, TIME_MAX_S, &issued->timestamp_s))
    return "created";
  if (!claw_json_get_integer (object, "valid_until", 1, TIME_MAX_S, &issued->valid_until_s)
      || issued->valid_until_s <= issued->timestamp_s)
    return "valid_until";
  if (!read_file (object, security_directory, issued))
    return "file";
  if (!read_addresses (object, issued))
    return "addresses";
  return read_ports (object, issued) ? NULL : "ports";
}

static gboolean
damaged (const char *path, const char *fault, GError **error)
{
  g_set_error (error, CLAW_ISSUED_ERROR, CLAW_ISSUED_ERROR_DAMAGED,
               _ ("%s is damaged (%s): the .sec file that it is about lets nobody in"), path,
               fault);
  return FALSE;
}

static gboolean
parse (const char *path,
       const char *text,
       size_t length,
       const char *security_directory,
       ClawIssued *issued,
       GError **error)
{
  g_autoptr (JsonObject) object = claw_json_parse_object (text, length, DEPTH_MAX);
  const char *fault;
  gint64 version;

  if (object == NULL)
    return damaged (path, "not an object", error);
  if (g_strcmp0 (claw_json_get_string (object, "format"), FORMAT) != 0)
    return damaged (path, "\"format\"", error);
  if (!claw_json_get_integer (object, "version", 1, TIME_MAX_S, &version))
    return damaged (path, "\"version\"", error);
  if (version != VERSION)
    {
      g_set_error (error, CLAW_ISSUED_ERROR, CLAW_ISSUED_ERROR_VERSION,
                   _ ("%s has version %lld, this program knows version %d"), path,
                   (long long) version, VERSION);
      return FALSE;
    }
  fault = read_members (object, security_directory, issued);
  return fault == NULL || damaged (path, fault, error);
}

ClawIssued *
claw_issued_load (const char *path, const char *security_directory, GError **error)
{
  g_autoptr (ClawIssued) issued = g_new0 (ClawIssued, 1);
  char *text = claw_secret_new (CLAW_ISSUED_RECORD_MAX);
  size_t length = 0;
  gboolean good = claw_file_read (path, CLAW_FILE_READ_PRIVATE, text, CLAW_ISSUED_RECORD_MAX,
                                  &length, error)
                  && parse (path, text, length, security_directory, issued, error);

  claw_secret_free (text);
  if (!good)
    return NULL;
  compute_id (issued);
  return g_steal_pointer (&issued);
}
