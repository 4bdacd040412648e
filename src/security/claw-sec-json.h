/* claw-sec-json.h: the fields of the JSON objects of a .sec file, and of the server's record of it.
 *
 * A field that is missing, of another type or out of its range is CLAW_SEC_FILE_ERROR_FIELD, and
 * the message names it.
 */
#pragma once

#include "claw-json.h"

void claw_sec_json_set_field_error (GError **error, const char *field, const char *expected);
/* Returns: (transfer none) (nullable). */
const char *claw_sec_json_get_string (JsonObject *object, const char *field, GError **error);
gboolean claw_sec_json_get_integer (JsonObject *object,
                                    const char *field,
                                    gint64 minimum,
                                    gint64 maximum,
                                    gint64 *value,
                                    GError **error);
/* Exactly @size bytes in padded base64. The parser's copy of the text is overwritten, so that no
 * secret stays behind in ordinary memory: it can be read once. */
gboolean claw_sec_json_take_base64 (
    JsonObject *object, const char *field, void *bytes, size_t size, GError **error);
/* Makes a text from the file fit for a message: one line, not too long. */
char *claw_sec_json_quote (const char *text);
