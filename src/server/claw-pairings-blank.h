/* claw-pairings-blank.h: makes secrets unreadable in a list of pairings that cannot be replaced.
 *
 * A full disk takes no new list, so that the old one would bring a pairing that was ended back at
 * the next start. Overwriting its secrets where they are needs no room. What is left of such a
 * pairing goes with the next list that is written.
 */
#pragma once

#include "claw-pairings.h"

/* What base64 does not have. */
#define CLAW_PAIRINGS_BLANK '-'

/* Overwrites in the list at @path the secrets of all pairings that are not among @pairings.
 * Returns: FALSE with CLAW_FILE_ERROR when one of them may still be readable. */
gboolean claw_pairings_blank (const ClawPairings *pairings, const char *path, GError **error);
