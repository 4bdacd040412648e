/* claw-sec-json.h: strict reading of the flat JSON objects of a .sec file.
 *
 * A field that is missing, of another type or out of its range is CLAW_SEC_FILE_ERROR_FIELD, and
 * the message names it.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

/* Returns: (transfer full) (nullable): the object that @text is, or NULL when it is not one.
 * json-glib parses recursively, so a text with more than @brackets_max opening brackets, in strings
 * or not, is refused before it can use up the stack. */
JsonObject *claw_sec_json_parse (const char *text, size_t length, size_t brackets_max);
void claw_sec_json_set_field_error (GError **error, const char *field, const char *expected);
/* Returns: (transfer none) (nullable). */
const char *claw_sec_json_get_string (JsonObject *object, const char *field, GError **error);
gboolean claw_sec_json_get_integer (JsonObject *object,
                                    const char *field,
                                    gint64 minimum,
                                    gint64 maximum,
                                    gint64 *value,
                                    GError **error);
/* Exactly @size bytes in padded base64. */
gboolean claw_sec_json_get_base64 (
    JsonObject *object, const char *field, void *bytes, size_t size, GError **error);
/* Makes a text from the file fit for a message: one line, not too long. */
char *claw_sec_json_quote (const char *text);
