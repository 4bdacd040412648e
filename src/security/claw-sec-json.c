/* claw-sec-json.c: see claw-sec-json.h. */
#include "claw-sec-json.h"

#include "claw-log.h"
#include "claw-sec-file.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define QUOTE_MAX 40

JsonObject *
claw_sec_json_parse (const char *text, size_t length, size_t brackets_max)
{
  /* Not an immutable one: json-glib 1.10 aborts when it finds two values in one text. */
  g_autoptr (JsonParser) parser = json_parser_new ();
  size_t brackets = 0;

  for (size_t i = 0; i < length; i++)
    brackets += text[i] == '{' || text[i] == '[';
  if (brackets == 0 || brackets > brackets_max)
    return NULL;
  /* This refuses NUL as well. */
  if (!g_utf8_validate_len (text, length, NULL))
    return NULL;
  if (!json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return NULL;

  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  return json_object_ref (json_node_get_object (root));
}

void
claw_sec_json_set_field_error (GError **error, const char *field, const char *expected)
{
  g_set_error (
      error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_FIELD,
      _ ("The file's field “%s” is missing or wrong: %s was expected. Ask for a new file."), field,
      expected);
}

/* Returns: (nullable): the member as a plain value of @type. */
static JsonNode *
get_value (JsonObject *object, const char *field, GType type)
{
  JsonNode *node = json_object_get_member (object, field);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;
  return node;
}

const char *
claw_sec_json_get_string (JsonObject *object, const char *field, GError **error)
{
  JsonNode *node = get_value (object, field, G_TYPE_STRING);

  if (node == NULL)
    {
      claw_sec_json_set_field_error (error, field, _ ("a text"));
      return NULL;
    }
  return json_node_get_string (node);
}

gboolean
claw_sec_json_get_integer (JsonObject *object,
                           const char *field,
                           gint64 minimum,
                           gint64 maximum,
                           gint64 *value,
                           GError **error)
{
  JsonNode *node = get_value (object, field, G_TYPE_INT64);

  if (node != NULL)
    {
      *value = json_node_get_int (node);
      if (*value >= minimum && *value <= maximum)
        return TRUE;
    }

  g_autofree char *expected = g_strdup_printf (_ ("a whole number from %lld to %lld"),
                                               (long long) minimum, (long long) maximum);
  claw_sec_json_set_field_error (error, field, expected);
  return FALSE;
}

gboolean
claw_sec_json_get_base64 (
    JsonObject *object, const char *field, void *bytes, size_t size, GError **error)
{
  JsonNode *node = get_value (object, field, G_TYPE_STRING);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;
  size_t length;

  if (text != NULL
      && sodium_base642bin (bytes, size, text, strlen (text), NULL, &length, NULL,
                            sodium_base64_VARIANT_ORIGINAL)
             == 0
      && length == size)
    return TRUE;

  g_autofree char *expected = g_strdup_printf (_ ("%zu bytes written in base64"), size);
  claw_sec_json_set_field_error (error, field, expected);
  return FALSE;
}

char *
claw_sec_json_quote (const char *text)
{
  g_autofree char *escaped = claw_log_escape (text, -1);

  if (g_utf8_strlen (escaped, -1) <= QUOTE_MAX)
    return g_steal_pointer (&escaped);

  g_autofree char *start = g_utf8_substring (escaped, 0, QUOTE_MAX);
  return g_strconcat (start, "…", NULL);
}
