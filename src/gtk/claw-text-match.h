/* claw-text-match.h: finding text in text whatever the case of its letters. */
#pragma once

#include <glib.h>

/* What to look for, as claw_text_match_find () wants it: letters in lower case, without white space
 * at the ends. Returns: (transfer full) (nullable): NULL for nothing. */
char *claw_text_match_fold (const char *text);
/* The first match in @text of @length bytes; both valid UTF-8. Letters are compared one by one, so
 * that a match is always a part of @text. Returns: (nullable): inside @text. */
const char *
claw_text_match_find (const char *text, size_t length, const char *folded, size_t *match_length);
