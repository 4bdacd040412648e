/* claw-original-search.h: leads from an answer to what it quotes, in a page of the history that is
 * not shown yet.
 *
 * The archive is asked first whether it has the original, and where, so that nothing is loaded in
 * vain; then pages are loaded, one after the other, down to it. What takes longer than a moment is
 * told by a toast, which also offers to give up; so does the user who goes elsewhere, in the
 * conversation or out of it. That it is nowhere is told as well.
 */
#pragma once

#include "claw-archive.h"
#include "claw-conversation.h"

typedef struct ClawOriginalSearch ClawOriginalSearch;

/* Another page is to be loaded; claw_original_search_page_loaded () answers it. Returns: FALSE when
 * none can be had. */
typedef gboolean (*ClawOriginalSearchWanted) (gpointer user_data);

/* @conversation: must live longer. Toasts are shown in the AdwToastOverlay around it. */
ClawOriginalSearch *claw_original_search_new (ClawConversation *conversation,
                                              ClawOriginalSearchWanted wanted,
                                              gpointer user_data);
void claw_original_search_free (ClawOriginalSearch *search);
/* @archive: (nullable): in which to look; without one nothing is found. */
void claw_original_search_set_archive (ClawOriginalSearch *search, ClawArchive *archive);
/* The oldest row that is shown is now @first_row; 0: nothing of the archive is. */
void claw_original_search_page_loaded (ClawOriginalSearch *search, gint64 first_row);
/* Gives up, and says nothing. */
void claw_original_search_stop (ClawOriginalSearch *search);

gboolean claw_original_search_is_busy (const ClawOriginalSearch *search);
