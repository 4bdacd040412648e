/* claw-conversation.h: the conversation as a scrolled list of bubbles and notices.
 *
 * It follows new lines only while its end is in view; otherwise a button over the list tells how
 * many there are and leads to them. Tens of thousands of lines stay smooth, since only those in
 * view are widgets.
 */
#pragma once

#include "claw-history.h"

#include <adwaita.h>

#define CLAW_TYPE_CONVERSATION (claw_conversation_get_type ())
G_DECLARE_FINAL_TYPE (ClawConversation, claw_conversation, CLAW, CONVERSATION, AdwBin)

/* One of ours; scrolls to the end in any case. */
void claw_conversation_add_own (ClawConversation *conversation, ClawMessage *message);
void claw_conversation_add_other (ClawConversation *conversation, ClawMessage *message);
/* A line in the middle, such as "anna joined". */
void claw_conversation_add_notice (ClawConversation *conversation, const char *text);
void claw_conversation_set_state (ClawConversation *conversation,
                                  ClawMessage *message,
                                  ClawMessageState state);
void claw_conversation_clear (ClawConversation *conversation);
void claw_conversation_scroll_to_end (ClawConversation *conversation);

gboolean claw_conversation_is_at_end (ClawConversation *conversation);
/* Our own messages that are not DELIVERED. */
unsigned claw_conversation_count_pending (ClawConversation *conversation);
