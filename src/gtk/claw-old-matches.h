/* claw-old-matches.h: finds what stands in pages of the history that are not shown yet.
 *
 * Each search is also asked of the archive, which says how many matches there are in older pages.
 * Pages are loaded, one after the other, only down to a match that is to be shown: at once when
 * nothing that is shown matches, else when the user goes on from the oldest match that is shown.
 */
#pragma once

#include "claw-archive.h"
#include "claw-conversation.h"

typedef struct ClawOldMatches ClawOldMatches;

/* Another page is to be loaded; claw_old_matches_page_loaded () answers it. */
typedef void (*ClawOldMatchesWanted) (gpointer user_data);
/* count () or is_busy () says something else. */
typedef void (*ClawOldMatchesChanged) (gpointer user_data);

/* @conversation: must live longer. */
ClawOldMatches *claw_old_matches_new (ClawConversation *conversation,
                                      ClawOldMatchesWanted wanted,
                                      gpointer user_data);
void claw_old_matches_free (ClawOldMatches *matches);
/* @changed: (nullable) */
void claw_old_matches_set_changed (ClawOldMatches *matches,
                                   ClawOldMatchesChanged changed,
                                   gpointer user_data);
/* @archive: (nullable): in which to look; without one nothing is found. */
void claw_old_matches_set_archive (ClawOldMatches *matches, ClawArchive *archive);
/* The oldest row that is shown is now @first_row; 0: nothing of the archive is. */
void claw_old_matches_page_loaded (ClawOldMatches *matches, gint64 first_row);
/* No more pages can be had. */
void claw_old_matches_end (ClawOldMatches *matches);
/* Loads what it takes to go to the next older match, and goes there. Returns: FALSE when there is
 * none that is not loaded. */
gboolean claw_old_matches_load_next (ClawOldMatches *matches);

/* Matches that are not loaded. @is_more: (out): there are more than the archive has told. */
unsigned claw_old_matches_count (const ClawOldMatches *matches, gboolean *is_more);
/* Whether the archive looks, or pages are being loaded. */
gboolean claw_old_matches_is_busy (const ClawOldMatches *matches);
