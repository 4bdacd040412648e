/* claw-json.c: see claw-json.h. */
#include "claw-json.h"

#include <string.h>

/* Reads four hexadecimal digits. Returns: -1 when these are none. */
static int
read_code_unit (const char *text, size_t length)
{
  int unit = 0;

  if (length < 4)
    return -1;
  for (size_t at = 0; at < 4; at++)
    {
      int digit = g_ascii_xdigit_value (text[at]);

      if (digit < 0)
        return -1;
      unit = unit << 4 | digit;
    }
  return unit;
}

/* How long the escape is that begins with the backslash at @text, or 0 when it is none: two halves
 * of a surrogate pair are one. json-glib 1.6 leaks the text in which such a half stands alone. NUL
 * is none either, since whoever reads the text would miss what follows. */
static size_t
measure_escape (const char *text, size_t length)
{
  int unit;

  if (length < 2 || strchr ("\"\\/bfnrtu", text[1]) == NULL)
    return 0;
  if (text[1] != 'u')
    return 2;
  unit = read_code_unit (text + 2, length - 2);
  if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
    return 0;
  if (unit < 0xd800 || unit > 0xdfff)
    return 6;
  if (length < 8 || text[6] != '\\' || text[7] != 'u')
    return 0;
  unit = read_code_unit (text + 8, length - 8);
  return unit >= 0xdc00 && unit <= 0xdfff ? 12 : 0;
}

/* The index of the quote that ends the text which begins behind @at, or @length. */
static size_t
skip_string (const char *text, size_t length, size_t at)
{
  at++;
  while (at < length && text[at] != '"')
    {
      size_t step = text[at] == '\\' ? measure_escape (text + at, length - at) : 1;

      if (step == 0)
        return length;
      at += step;
    }
  return at;
}

/* Outside of texts there are brackets, separators, numbers and three words: with nothing else let
 * through, json-glib takes for a text what is taken for one here, and the depth is right. Around
 * the one object there is only space: of two values json-glib 1.6 leaks the first. */
static gboolean
is_object (const char *text, size_t length, unsigned depth_max)
{
  unsigned depth = 0;
  gboolean has_begun = FALSE;

  for (size_t at = 0; at < length; at++)
    {
      char c = text[at];

      if (depth == 0 && !g_ascii_isspace (c))
        {
          if (has_begun || c != '{')
            return FALSE;
          has_begun = TRUE;
        }
      if (c == '"')
        at = skip_string (text, length, at);
      else if ((c == '{' || c == '[') && ++depth > depth_max)
        return FALSE;
      else if (c == '}' || c == ']')
        depth--;
      else if (!g_ascii_isalnum (c) && strchr ("{}[],:-+. \t\r\n", c) == NULL)
        return FALSE;
      if (at == length)
        return FALSE;
    }
  return has_begun && depth == 0;
}

JsonObject *
claw_json_parse_object (const char *text, size_t length, unsigned depth_max)
{
  /* Not an immutable one: json-glib 1.10 aborts when it finds two values in one text. */
  g_autoptr (JsonParser) parser = json_parser_new ();

  /* This refuses NUL as well. */
  if (length > G_MAXSSIZE || !g_utf8_validate_len (text, length, NULL))
    return NULL;
  if (!is_object (text, length, depth_max)
      || !json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return NULL;

  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  return json_object_ref (json_node_get_object (root));
}

JsonNode *
claw_json_get_value (JsonObject *object, const char *member, GType type)
{
  JsonNode *node = json_object_get_member (object, member);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;
  return node;
}

const char *
claw_json_get_string (JsonObject *object, const char *member)
{
  JsonNode *node = claw_json_get_value (object, member, G_TYPE_STRING);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;

  return text != NULL && g_utf8_validate (text, -1, NULL) ? text : NULL;
}

gboolean
claw_json_get_integer (
    JsonObject *object, const char *member, gint64 minimum, gint64 maximum, gint64 *value)
{
  JsonNode *node = claw_json_get_value (object, member, G_TYPE_INT64);

  if (node == NULL)
    return FALSE;
  *value = json_node_get_int (node);
  return *value >= minimum && *value <= maximum;
}

char *
claw_json_quote (const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);

  return json_to_string (node, FALSE);
}
