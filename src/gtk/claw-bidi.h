/* claw-bidi.h: characters that turn the order of the text after them (Unicode Annex 9, 2.1-2.5).
 *
 * What a peer opens with them goes on behind its own text, and nested deeply enough it goes through
 * whatever isolates what follows; so they are removed where the order of letters matters.
 */
#pragma once

#include <glib.h>

/* Embeddings, overrides and isolates, and what closes them. Marks only stand for a letter. */
static inline gboolean
claw_bidi_is_control (gunichar character)
{
  return (character >= 0x202a && character <= 0x202e)
         || (character >= 0x2066 && character <= 0x2069);
}
