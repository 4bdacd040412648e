/* claw-old-matches.h: finds what stands in pages of the history that are not shown yet.
 *
 * When a search has no match in what is shown, the archive is asked whether there is one at all;
 * only then older pages are wanted, one after the other, up to the newest match.
 */
#pragma once

#include "claw-archive.h"
#include "claw-conversation.h"

typedef struct ClawOldMatches ClawOldMatches;

/* Another page is to be loaded; claw_old_matches_page_loaded () answers it. */
typedef void (*ClawOldMatchesWanted) (gpointer user_data);

/* @conversation: must live longer. */
ClawOldMatches *claw_old_matches_new (ClawConversation *conversation,
                                      ClawOldMatchesWanted wanted,
                                      gpointer user_data);
void claw_old_matches_free (ClawOldMatches *matches);
/* @archive: (nullable): in which to look; without one nothing is found. */
void claw_old_matches_set_archive (ClawOldMatches *matches, ClawArchive *archive);
/* The oldest row that is shown is now @first_row; 0: nothing of the archive is. */
void claw_old_matches_page_loaded (ClawOldMatches *matches, gint64 first_row);
