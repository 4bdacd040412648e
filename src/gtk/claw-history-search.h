/* claw-history-search.h: looking for text in a conversation, without holding up a frame.
 *
 * Goes through the messages from the newest to the oldest in slices of a few milliseconds, and
 * looks at those that come later as they come; older ones that are prepended follow the others.
 * What matches stands newest first.
 */
#pragma once

#include "claw-history.h"

typedef struct ClawHistorySearch ClawHistorySearch;

/* The number of matches, or the present one, has changed. */
typedef void (*ClawHistorySearchChanged) (gpointer user_data);

/* @history: must live longer. */
ClawHistorySearch *claw_history_search_new (ClawHistory *history,
                                            ClawHistorySearchChanged changed,
                                            gpointer user_data);
void claw_history_search_free (ClawHistorySearch *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawHistorySearch, claw_history_search_free)
/* Begins anew. @text: (nullable): NULL ends it. */
void claw_history_search_set_text (ClawHistorySearch *search, const char *text);
/* Goes to the next older match, or the next newer one, and around at the end. Returns: (transfer
 * none) (nullable): NULL when there is none. */
ClawMessageItem *claw_history_search_step (ClawHistorySearch *search, gboolean to_older);

/* (nullable): what is looked for, of claw_text_match_fold (). */
const char *claw_history_search_get_folded (ClawHistorySearch *search);
unsigned claw_history_search_count (ClawHistorySearch *search);
/* From 1, the newest; 0: none yet. */
unsigned claw_history_search_get_present (ClawHistorySearch *search);
/* Whether all messages were looked at. */
gboolean claw_history_search_is_complete (ClawHistorySearch *search);
