/* claw-page-history.h: what a chat's page does with the chat's history on the disk.
 *
 * Shows the last messages of earlier runs, asks once whether messages are to be kept, and has the
 * actions "history" (on or off), "retention" (days) and "clear-history".
 */
#pragma once

#include "claw-conversation.h"
#include "claw-old-matches.h"
#include "claw-saved-chat.h"

/* Messages of earlier runs that are shown at first, beside those that wait: a few screens full,
 * since the list makes a row for each as soon as it gets them. */
#define CLAW_PAGE_HISTORY_FIRST 100
/* Older ones, which are loaded when the user comes near the oldest. */
#define CLAW_PAGE_HISTORY_PAGE 500

typedef struct ClawPageHistory ClawPageHistory;

/* @page: (transfer none): whose group @actions is. @question: (transfer none): shown while the user
 * has not said whether to keep messages; its buttons use "page.history-keep" and
 * "page.history-drop". */
ClawPageHistory *claw_page_history_new (GtkWidget *page,
                                        ClawSavedChat *chat,
                                        ClawConversation *conversation,
                                        GSimpleActionGroup *actions,
                                        GtkRevealer *question);
/* Shows what the archive has now. */
void claw_page_history_reload (ClawPageHistory *history);
ClawOldMatches *claw_page_history_get_matches (ClawPageHistory *history); /* (transfer none) */
void claw_page_history_free (ClawPageHistory *history);
