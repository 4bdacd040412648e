/* claw-sec-json.c: see claw-sec-json.h. */
#include "claw-sec-json.h"

#include "claw-log.h"
#include "claw-sec-file.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define QUOTE_MAX 40

void
claw_sec_json_set_field_error (GError **error, const char *field, const char *expected)
{
  g_set_error (
      error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_FIELD,
      _ ("The file's field “%s” is missing or wrong: %s was expected. Ask for a new file."), field,
      expected);
}

const char *
claw_sec_json_get_string (JsonObject *object, const char *field, GError **error)
{
  const char *text = claw_json_get_string (object, field);

  if (text == NULL)
    claw_sec_json_set_field_error (error, field, _ ("a text"));
  return text;
}

gboolean
claw_sec_json_get_integer (JsonObject *object,
                           const char *field,
                           gint64 minimum,
                           gint64 maximum,
                           gint64 *value,
                           GError **error)
{
  if (claw_json_get_integer (object, field, minimum, maximum, value))
    return TRUE;

  g_autofree char *expected = g_strdup_printf (_ ("a whole number from %lld to %lld"),
                                               (long long) minimum, (long long) maximum);
  claw_sec_json_set_field_error (error, field, expected);
  return FALSE;
}

gboolean
claw_sec_json_take_base64 (
    JsonObject *object, const char *field, void *bytes, size_t size, GError **error)
{
  const char *text = claw_json_get_string (object, field);
  size_t length = 0;
  gboolean good = FALSE;

  if (text != NULL)
    {
      good = sodium_base642bin (bytes, size, text, strlen (text), NULL, &length, NULL,
                                sodium_base64_VARIANT_ORIGINAL)
                 == 0
             && length == size;
      sodium_memzero ((char *) text, strlen (text));
    }
  if (good)
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
