/* claw-search-bar.h: looks for text in a conversation: entry, number of matches, older and newer.
 *
 * Enter and Ctrl+G go to the next older match, Shift+Ctrl+G to the next newer one, Escape ends it.
 *
 * Signal "ended" (): the user ended the search while the focus was in it, which is to go elsewhere.
 */
#pragma once

#include "claw-conversation.h"
#include "claw-old-matches.h"

#define CLAW_TYPE_SEARCH_BAR (claw_search_bar_get_type ())
G_DECLARE_FINAL_TYPE (ClawSearchBar, claw_search_bar, CLAW, SEARCH_BAR, AdwBin)

/* @conversation: must live as long. */
void claw_search_bar_set_conversation (ClawSearchBar *bar, ClawConversation *conversation);
/* @matches: (nullable): of pages that are not loaded; must live until the next call. */
void claw_search_bar_set_old_matches (ClawSearchBar *bar, ClawOldMatches *matches);
/* Shows it with the focus in its entry, or ends the search. */
void claw_search_bar_set_active (ClawSearchBar *bar, gboolean is_active);
gboolean claw_search_bar_is_active (ClawSearchBar *bar);
