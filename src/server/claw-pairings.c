/* claw-pairings.c: reading, checking and writing the list of known clients.
 *
 * The text is written by hand into one buffer that is wiped, so that no secret passes through a
 * JSON generator's memory; only the name needs JSON's escaping. For reading, the strings of the
 * parsed tree are overwritten.
 */
#include "config.h"

#include "claw-pairings.h"

#include "claw-file.h"
#include "claw-handshake.h"
#include "claw-message.h"
#include "claw-pairings-blank.h"
#include "claw-sec-json.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define FORMAT "clawchat-pairings"
#define VERSION 1
/* A later version, which is to be told from damage, may have more than the three of this one. */
#define DEPTH_MAX 16
#define NUMBER_MAX (G_GINT64_CONSTANT (1) << 53)
G_STATIC_ASSERT (NUMBER_MAX == CLAW_HANDSHAKE_TIMESTAMP_MAX_US);
/* The bytes of two names may each become \u00XX; the rest is fixed. */
#define ENTRY_SIZE_MAX (512 + 2 * 6 * CLAW_MESSAGE_NAME_MAX)
#define KEY_TEXT_SIZE 45

/* clang-format off */
G_DEFINE_QUARK (claw-pairings-error-quark, claw_pairings_error)
/* clang-format on */

struct ClawPairings
{
  char *path;
  GPtrArray *list;    /* of ClawPairing */
  GHashTable *by_id;  /* the same */
  GHashTable *by_key; /* the same, by client_key */
  unsigned max;
  uint32_t next_id;
  gboolean has_removed; /* one of which the disk has something */
};

static void
pairing_free (gpointer data)
{
  ClawPairing *pairing = data;

  claw_key_clear (&pairing->resumption);
  claw_key_clear (&pairing->previous);
  g_free (pairing->name);
  g_free (pairing->made_for);
  g_free (pairing);
}

static guint
hash_key (gconstpointer key)
{
  guint hash;

  /* A public key is as good as random, and each one that is like another would cost its owner a
   * .sec file. */
  memcpy (&hash, key, sizeof hash);
  return hash;
}

static gboolean
equal_key (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, CLAW_PAIRING_CLIENT_KEY_SIZE) == 0;
}

/* @pairing: (transfer full) */
static void
append (ClawPairings *pairings, ClawPairing *pairing)
{
  g_ptr_array_add (pairings->list, pairing);
  g_hash_table_insert (pairings->by_id, GUINT_TO_POINTER (pairing->id), pairing);
  g_hash_table_insert (pairings->by_key, pairing->client_key, pairing);
}

static ClawPairings *
pairings_new (const char *path)
{
  ClawPairings *pairings = g_new0 (ClawPairings, 1);

  pairings->path = g_strdup (path);
  pairings->list = g_ptr_array_new_with_free_func (pairing_free);
  pairings->by_id = g_hash_table_new (NULL, NULL);
  pairings->by_key = g_hash_table_new (hash_key, equal_key);
  pairings->max = CLAW_PAIRINGS_MAX;
  pairings->next_id = 1;
  return pairings;
}

void
claw_pairings_free (ClawPairings *pairings)
{
  if (pairings == NULL)
    return;
  g_hash_table_unref (pairings->by_id);
  g_hash_table_unref (pairings->by_key);
  g_ptr_array_unref (pairings->list);
  g_free (pairings->path);
  g_free (pairings);
}

/* A whole number that JSON carries without loss. */
static gboolean
read_number (JsonObject *object, const char *member, gint64 *value)
{
  return claw_json_get_integer (object, member, 0, NUMBER_MAX, value);
}

static gboolean
read_bytes (JsonObject *object, const char *member, uint8_t bytes[CLAW_KEY_SIZE])
{
  return claw_sec_json_take_base64 (object, member, bytes, CLAW_KEY_SIZE, NULL);
}

static gboolean
read_secret (JsonObject *object, const char *member, ClawKey *key)
{
  uint8_t bytes[CLAW_KEY_SIZE];
  gboolean good = read_bytes (object, member, bytes);

  if (good)
    claw_key_set (key, bytes);
  sodium_memzero (bytes, sizeof bytes);
  return good;
}

/* Earlier versions let clients in whose clock was later than a timestamp may be, and saved it. Such
 * a one gives way to when the client was last there: what it sent until then stays a replay, and it
 * comes in again once its clock is right. @pairing: with last_seen_s. */
static gboolean
read_timestamp (JsonObject *object, ClawPairing *pairing)
{
  gint64 timestamp;

  if (!claw_json_get_integer (object, "greatest_timestamp", G_MININT64, G_MAXINT64, &timestamp))
    return FALSE;
  /* What does not even fit its type has come back negative. */
  if (timestamp < 0 || timestamp > NUMBER_MAX)
    timestamp = MIN (pairing->last_seen_s, NUMBER_MAX / G_USEC_PER_SEC) * G_USEC_PER_SEC;
  pairing->greatest_timestamp_us = (uint64_t) timestamp;
  return TRUE;
}

/* Returns: (nullable): the name of the member that is missing or wrong. */
static const char *
read_pairing (ClawPairings *pairings, JsonObject *object, ClawPairing *pairing)
{
  gint64 id;
  const char *name = claw_json_get_string (object, "name");

  if (!read_number (object, "id", &id) || id == 0 || id >= G_MAXUINT32
      || claw_pairings_find_id (pairings, (uint32_t) id) != NULL)
    return "id";
  pairing->id = (uint32_t) id;
  if (!read_bytes (object, "client_key", pairing->client_key)
      || claw_pairings_find_key (pairings, pairing->client_key) != NULL)
    return "client_key";
  pairing->name = name == NULL ? NULL : claw_name_sanitise (name, -1);
  if (pairing->name == NULL)
    return "name";
  if (json_object_has_member (object, "for"))
    {
      const char *made_for = claw_json_get_string (object, "for");

      pairing->made_for = made_for == NULL ? NULL : claw_name_sanitise (made_for, -1);
      if (pairing->made_for == NULL)
        return "for";
    }
  if (!read_secret (object, "resumption", &pairing->resumption))
    return "resumption";
  if (json_object_has_member (object, "previous")
      && !read_secret (object, "previous", &pairing->previous))
    return "previous";
  if (!read_number (object, "created", &pairing->created_s))
    return "created";
  if (!read_number (object, "last_seen", &pairing->last_seen_s))
    return "last_seen";
  if (!read_timestamp (object, pairing))
    return "greatest_timestamp";
  pairing->is_saved = TRUE;
  return NULL;
}

/* See claw-pairings-blank.h. */
static gboolean
is_blank (JsonObject *object)
{
  static const char blank[] = { CLAW_PAIRINGS_BLANK, '\0' };
  const char *resumption = claw_json_get_string (object, "resumption");

  return resumption != NULL && strlen (resumption) == KEY_TEXT_SIZE - 1
         && strspn (resumption, blank) == KEY_TEXT_SIZE - 1;
}

static gboolean
damaged (const char *path, const char *fault, GError **error)
{
  g_set_error (error, CLAW_PAIRINGS_ERROR, CLAW_PAIRINGS_ERROR_DAMAGED,
               _ ("%s is damaged (%s). Put a backup of it back, or move it away to start without "
                  "pairings; every client then needs a new .sec file"),
               path, fault);
  return FALSE;
}

static gboolean
read_list (ClawPairings *pairings, JsonArray *array, GError **error)
{
  if (json_array_get_length (array) > CLAW_PAIRINGS_MAX)
    return damaged (pairings->path, "too many pairings", error);
  for (unsigned at = 0; at < json_array_get_length (array); at++)
    {
      JsonNode *node = json_array_get_element (array, at);
      g_autofree char *fault = NULL;
      const char *member;
      ClawPairing *pairing;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        return damaged (pairings->path, "a pairing is not an object", error);
      if (is_blank (json_node_get_object (node)))
        {
          pairings->has_removed = TRUE;
          continue;
        }
      pairing = g_new0 (ClawPairing, 1);
      member = read_pairing (pairings, json_node_get_object (node), pairing);
      if (member == NULL)
        {
          append (pairings, pairing);
          pairings->next_id = MAX (pairings->next_id, pairing->id + 1);
          continue;
        }
      pairing_free (pairing);
      fault = g_strdup_printf ("pairing %u: \"%s\"", at + 1, member);
      return damaged (pairings->path, fault, error);
    }
  return TRUE;
}

static gboolean
parse (ClawPairings *pairings, const char *text, size_t length, GError **error)
{
  g_autoptr (JsonObject) object = claw_json_parse_object (text, length, DEPTH_MAX);
  gint64 version, next_id;
  JsonNode *list;

  if (object == NULL)
    return damaged (pairings->path, "not an object", error);
  if (g_strcmp0 (claw_json_get_string (object, "format"), FORMAT) != 0)
    return damaged (pairings->path, "\"format\"", error);
  if (!read_number (object, "version", &version))
    return damaged (pairings->path, "\"version\"", error);
  if (version != VERSION)
    {
      g_set_error (error, CLAW_PAIRINGS_ERROR, CLAW_PAIRINGS_ERROR_VERSION,
                   _ ("%s has version %lld, this program knows version %d: start the program that "
                      "wrote it"),
                   pairings->path, (long long) version, VERSION);
      return FALSE;
    }
  if (!read_number (object, "next_id", &next_id) || next_id == 0 || next_id >= G_MAXUINT32)
    return damaged (pairings->path, "\"next_id\"", error);
  pairings->next_id = (uint32_t) next_id;
  list = json_object_get_member (object, "pairings");
  if (list == NULL || !JSON_NODE_HOLDS_ARRAY (list))
    return damaged (pairings->path, "\"pairings\"", error);
  return read_list (pairings, json_node_get_array (list), error);
}

ClawPairings *
claw_pairings_load (const char *path, GError **error)
{
  g_autoptr (ClawPairings) pairings = pairings_new (path);
  g_autoptr (GError) fault = NULL;
  g_autofree char *text = g_malloc (CLAW_PAIRINGS_FILE_SIZE_MAX);
  size_t length = 0;
  gboolean good;

  good = claw_file_read (path, CLAW_FILE_READ_PRIVATE, text, CLAW_PAIRINGS_FILE_SIZE_MAX, &length,
                         &fault);
  if (!good && g_error_matches (fault, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
    return g_steal_pointer (&pairings);
  if (!good)
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return NULL;
    }
  good = parse (pairings, text, length, error);
  sodium_memzero (text, length);
  return good ? g_steal_pointer (&pairings) : NULL;
}

static size_t
write_secret (char *out, size_t size, const char *member, const ClawKey *key)
{
  char text[KEY_TEXT_SIZE];
  int length;

  if (!claw_key_is_set (key))
    return 0;
  sodium_bin2base64 (text, sizeof text, key->bytes, CLAW_KEY_SIZE, sodium_base64_VARIANT_ORIGINAL);
  length = g_snprintf (out, size, ", \"%s\": \"%s\"", member, text);
  sodium_memzero (text, sizeof text);
  return (size_t) length;
}

static size_t
write_made_for (char *out, size_t size, const char *made_for)
{
  g_autofree char *quoted = made_for == NULL ? NULL : claw_json_quote (made_for);

  return made_for == NULL ? 0 : (size_t) g_snprintf (out, size, ", \"for\": %s", quoted);
}

static size_t
write_pairing (char *out, size_t size, const ClawPairing *pairing)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), pairing->name);
  g_autofree char *name = json_to_string (node, FALSE);
  char key[KEY_TEXT_SIZE];
  size_t used;

  sodium_bin2base64 (key, sizeof key, pairing->client_key, sizeof pairing->client_key,
                     sodium_base64_VARIANT_ORIGINAL);
  used = (size_t) g_snprintf (
      out, size,
      "    {\"id\": %" G_GUINT32_FORMAT
      ", \"name\": %s, \"client_key\": \"%s\", \"created\": %" G_GINT64_FORMAT
      ", \"last_seen\": %" G_GINT64_FORMAT ", \"greatest_timestamp\": %" G_GUINT64_FORMAT,
      pairing->id, name, key, pairing->created_s, pairing->last_seen_s,
      (guint64) pairing->greatest_timestamp_us);
  used += write_made_for (out + used, size - used, pairing->made_for);
  used += write_secret (out + used, size - used, "resumption", &pairing->resumption);
  used += write_secret (out + used, size - used, "previous", &pairing->previous);
  used += (size_t) g_snprintf (out + used, size - used, "}");
  g_assert (used < size);
  return used;
}

void
claw_pairings_set_max (ClawPairings *pairings, unsigned max)
{
  g_return_if_fail (pairings != NULL && max <= CLAW_PAIRINGS_MAX);

  pairings->max = max;
}

gboolean
claw_pairings_save (ClawPairings *pairings, GError **error)
{
  size_t size = 256 + (size_t) pairings->list->len * ENTRY_SIZE_MAX;
  g_autofree char *text = g_malloc (size);
  size_t used;
  gboolean good;

  used = (size_t) g_snprintf (text, size,
                              "{\n  \"format\": \"" FORMAT "\",\n  \"version\": %d,\n"
                              "  \"next_id\": %" G_GUINT32_FORMAT ",\n  \"pairings\": [\n",
                              VERSION, pairings->next_id);
  for (unsigned at = 0; at < pairings->list->len; at++)
    {
      used += write_pairing (text + used, size - used, g_ptr_array_index (pairings->list, at));
      used += (size_t) g_snprintf (text + used, size - used,
                                   at + 1 < pairings->list->len ? ",\n" : "\n");
    }
  used += (size_t) g_snprintf (text + used, size - used, "  ]\n}\n");
  g_assert (used < size);
  good = claw_file_replace (pairings->path, text, used, error);
  sodium_memzero (text, size);
  for (unsigned at = 0; at < pairings->list->len && good; at++)
    claw_pairings_get (pairings, at)->is_saved = TRUE;
  if (good || (pairings->has_removed && claw_pairings_blank (pairings, pairings->path, NULL)))
    pairings->has_removed = FALSE;
  return good;
}

ClawPairing *
claw_pairings_add (ClawPairings *pairings,
                   const uint8_t client_key[CLAW_PAIRING_CLIENT_KEY_SIZE],
                   gint64 now_s)
{
  ClawPairing *pairing;

  if (pairings->list->len >= pairings->max || claw_pairings_find_key (pairings, client_key) != NULL)
    return NULL;
  pairing = g_new0 (ClawPairing, 1);
  pairing->id = pairings->next_id++;
  memcpy (pairing->client_key, client_key, CLAW_PAIRING_CLIENT_KEY_SIZE);
  pairing->name = g_strdup_printf ("guest-%02x%02x", client_key[0], client_key[1]);
  pairing->created_s = now_s;
  pairing->last_seen_s = now_s;
  append (pairings, pairing);
  return pairing;
}

void
claw_pairings_remove (ClawPairings *pairings, ClawPairing *pairing)
{
  pairings->has_removed = TRUE;
  g_hash_table_remove (pairings->by_id, GUINT_TO_POINTER (pairing->id));
  g_hash_table_remove (pairings->by_key, pairing->client_key);
  g_ptr_array_remove (pairings->list, pairing);
}

void
claw_pairing_take_file (ClawPairing *pairing, const ClawKey *file_secret, uint64_t file_psk_id)
{
  claw_key_clear (&pairing->previous);
  pairing->previous_psk_id = 0;
  claw_key_copy (&pairing->resumption, file_secret);
  pairing->resumption_psk_id = file_psk_id;
}

uint64_t
claw_pairing_renew (ClawPairing *pairing,
                    uint64_t used_psk_id,
                    const ClawKey *resumption,
                    uint64_t new_psk_id)
{
  uint64_t forgotten;

  if (used_psk_id != 0 && used_psk_id == pairing->previous_psk_id)
    {
      /* The client never got what came after: that one is of no use. */
      forgotten = pairing->resumption_psk_id;
    }
  else
    {
      forgotten = pairing->previous_psk_id;
      claw_key_move (&pairing->previous, &pairing->resumption);
      pairing->previous_psk_id = pairing->resumption_psk_id;
    }
  claw_key_copy (&pairing->resumption, resumption);
  pairing->resumption_psk_id = new_psk_id;
  pairing->is_saved = FALSE;
  return forgotten;
}

void
claw_pairing_touch (ClawPairing *pairing, gint64 now_s)
{
  pairing->last_seen_s = MAX (pairing->last_seen_s, now_s);
}

void
claw_pairing_set_name (ClawPairing *pairing, const char *name)
{
  char *copy = g_strdup (name);

  g_free (pairing->name);
  pairing->name = copy;
}

void
claw_pairing_set_made_for (ClawPairing *pairing, const char *name)
{
  char *copy = g_strdup (name);

  g_free (pairing->made_for);
  pairing->made_for = copy;
}

gboolean
claw_pairings_are_erased (const ClawPairings *pairings)
{
  return !pairings->has_removed;
}

unsigned
claw_pairings_get_count (const ClawPairings *pairings)
{
  return pairings->list->len;
}

ClawPairing *
claw_pairings_get (const ClawPairings *pairings, unsigned at)
{
  return g_ptr_array_index (pairings->list, at);
}

ClawPairing *
claw_pairings_find_id (const ClawPairings *pairings, uint32_t id)
{
  return g_hash_table_lookup (pairings->by_id, GUINT_TO_POINTER (id));
}

ClawPairing *
claw_pairings_find_key (const ClawPairings *pairings,
                        const uint8_t client_key[CLAW_PAIRING_CLIENT_KEY_SIZE])
{
  return g_hash_table_lookup (pairings->by_key, client_key);
}

ClawPairing *
claw_pairings_find_expired (const ClawPairings *pairings, gint64 now_s, gint64 lifetime_s)
{
  for (unsigned at = 0; at < pairings->list->len; at++)
    if (now_s - claw_pairings_get (pairings, at)->last_seen_s >= lifetime_s)
      return claw_pairings_get (pairings, at);
  return NULL;
}
