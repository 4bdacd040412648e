/* claw-conversation.h: the conversation as a scrolled list of bubbles and notices.
 *
 * It follows new lines only while its end is in view; otherwise a button over the list tells how
 * many there are and leads to them, and a mark stands where they begin. A hundred thousand lines
 * stay smooth, since only those in view are widgets.
 *
 * Signals, all with a ClawMessage, which the owner has to act upon:
 *
 * - "reply": the user wants to answer it
 *
 * - "retry": one of ours that is stuck is to be sent all the same, see set_stuck ()
 *
 * - "cancel": one of ours that is queued is not to be sent, see set_can_cancel ()
 *
 * - "edit": one of ours that is queued is to be taken back and written anew, offered as "cancel"
 *
 * - "original-wanted": the user wants to see what this one answers, which is not held
 *
 * and without:
 *
 * - "moved": the user goes elsewhere in it, or is led there: by scrolling, by a search, to the end
 *
 * - "older-wanted": the user has come near the beginning; once after each set_has_older ()
 *
 * - "search-changed": what get_search () says has changed
 *
 * - "follows-changed": what get_follows () says has changed
 *
 * - "focus-left": what the focus is in is about to go, and it is to go elsewhere
 */
#pragma once

#include "claw-history.h"

#include <adwaita.h>

#define CLAW_TYPE_CONVERSATION (claw_conversation_get_type ())
G_DECLARE_FINAL_TYPE (ClawConversation, claw_conversation, CLAW, CONVERSATION, AdwBin)

/* By it answers to our own messages are found; claw_client_get_own_key (). */
void claw_conversation_set_own_key (ClawConversation *conversation,
                                    const uint8_t key[CLAW_PUBLIC_KEY_SIZE]);
/* Whether the user sees it at present: the window is active, and shows this chat. TRUE at first.
 * What comes meanwhile is unread, also at the end. */
void claw_conversation_set_attended (ClawConversation *conversation, gboolean is_attended);
/* Whether "cancel" and "edit" are offered. */
void claw_conversation_set_can_cancel (ClawConversation *conversation, gboolean can_cancel);
/* Whether there is more to prepend. */
void claw_conversation_set_has_older (ClawConversation *conversation, gboolean has_older);

/* One of ours; scrolls to the end in any case. */
void claw_conversation_add_own (ClawConversation *conversation, ClawMessage *message);
void claw_conversation_add_other (ClawConversation *conversation, ClawMessage *message);
/* A line in the middle, such as "anna joined". */
void claw_conversation_add_notice (ClawConversation *conversation, const char *text);
/* Puts older messages in front; what is in view stays where it is. @items: as for
 * claw_history_prepend (). Returns: how many lines were added. */
unsigned claw_conversation_prepend (ClawConversation *conversation, GPtrArray *items);
void claw_conversation_set_state (ClawConversation *conversation,
                                  ClawMessage *message,
                                  ClawMessageState state);
/* Whether nobody tries any more to send what is queued: offers to try again then. */
void claw_conversation_set_stuck (ClawConversation *conversation, gboolean is_stuck);
void claw_conversation_remove (ClawConversation *conversation, ClawMessage *message);
void claw_conversation_clear (ClawConversation *conversation);
void claw_conversation_scroll_to_end (ClawConversation *conversation);
/* Goes to the message that others know by @id, and marks it for a moment. Returns: FALSE when it is
 * not held. */
gboolean claw_conversation_show_message (ClawConversation *conversation,
                                         const uint8_t id[CLAW_MESSAGE_ID_SIZE]);
/* Returns: (transfer none) (nullable): the message that others know by @id; NULL when it is not
 * held.
 */
ClawMessage *claw_conversation_find_message (ClawConversation *conversation,
                                             const uint8_t id[CLAW_MESSAGE_ID_SIZE]);

/* Looks for @text and emphasises it; goes to the newest match. @text: (nullable): NULL ends it. */
void claw_conversation_search (ClawConversation *conversation, const char *text);
void claw_conversation_search_step (ClawConversation *conversation, gboolean to_older);
/* @present: from 1, the newest; 0: none. Returns: whether all messages were looked at. */
gboolean claw_conversation_get_search (ClawConversation *conversation,
                                       unsigned *n_matches,
                                       unsigned *present);
/* Returns: (transfer none) (nullable): what is looked for, as claw_text_match_fold () makes it. */
const char *claw_conversation_get_search_text (ClawConversation *conversation);

gboolean claw_conversation_is_at_end (ClawConversation *conversation);
/* To look at: what is held, which lives as long as @conversation. Returns: (transfer none) */
ClawHistory *claw_conversation_get_history (ClawConversation *conversation);
/* Our own messages that are not DELIVERED. */
unsigned claw_conversation_count_pending (ClawConversation *conversation);
/* Whether its end is in view, so that what comes is seen. */
gboolean claw_conversation_get_follows (ClawConversation *conversation);
/* Messages that came while the end was not in view, or nobody looked. */
unsigned claw_conversation_count_unread (ClawConversation *conversation);
