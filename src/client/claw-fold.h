/* claw-fold.h: finding a text in others whatever the case, the width of the letters, and the way in
 * which their accents are encoded: Unicode's NFKC and case folding.
 */
#pragma once

#include <glib.h>

typedef struct ClawFold ClawFold;

/* @wanted: what is looked for, in UTF-8. */
ClawFold *claw_fold_new (const char *wanted);
void claw_fold_free (ClawFold *fold);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawFold, claw_fold_free)
/* Whether @text, @length bytes of UTF-8, holds it. The empty text is in none. */
gboolean claw_fold_matches (ClawFold *fold, const char *text, size_t length);
