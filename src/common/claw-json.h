/* claw-json.h: strict reading of JSON (RFC 8259), whoever wrote it.
 *
 * json-glib takes more than the RFC allows: comments, texts in single quotes, octal escapes and
 * halves of surrogate pairs, which make texts that are not UTF-8. It also parses recursively. So
 * what is not JSON, and what is nested deeper than its reader expects, is refused before json-glib
 * sees it, and no text leaves here that is not UTF-8, or that has a NUL in it.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stddef.h>

/* Returns: (transfer full) (nullable): the object that @text is, with at most @depth_max objects
 * and arrays within each other, itself counted; NULL when it is not one. */
JsonObject *claw_json_parse_object (const char *text, size_t length, unsigned depth_max);

/* Returns: (transfer none) (nullable): the member of @object as a plain value of @type. */
JsonNode *claw_json_get_value (JsonObject *object, const char *member, GType type);

/* Returns: (transfer none) (nullable): a member that is a text and UTF-8. */
const char *claw_json_get_string (JsonObject *object, const char *member);

/* Returns: FALSE when it is missing, no whole number, or out of [@minimum, @maximum]. */
gboolean claw_json_get_integer (
    JsonObject *object, const char *member, gint64 minimum, gint64 maximum, gint64 *value);

/* Returns: (transfer full): @text as JSON writes it, with its quotes. */
char *claw_json_quote (const char *text);
