/* claw-history.h: the lines of a conversation, oldest first.
 *
 * Adds lines about the day where it changes, tells runs of one sender, finds our own messages again
 * when their state changes, and forgets the oldest lines beyond its limits, so that no peer can
 * fill the memory. It is kept nowhere but in memory.
 */
#pragma once

#include "claw-message-item.h"

#include <gio/gio.h>

#define CLAW_HISTORY_ITEMS_MAX 20000
#define CLAW_HISTORY_BYTES_MAX (64 * 1024 * 1024)
/* A pause after which the same sender is told again. */
#define CLAW_HISTORY_RUN_US (5 * 60 * (gint64) G_USEC_PER_SEC)

typedef struct ClawHistory ClawHistory;

ClawHistory *claw_history_new (void);
void claw_history_free (ClawHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawHistory, claw_history_free)

void
claw_history_add_message (ClawHistory *history, ClawMessage *message, ClawMessageItemKind kind);
void claw_history_add_notice (ClawHistory *history, const char *text);
/* Ignores messages that are not in the history. */
void claw_history_set_state (ClawHistory *history, ClawMessage *message, ClawMessageState state);
void claw_history_clear (ClawHistory *history);

/* Of ClawMessageItem; (transfer none), lives as long as @history. */
GListModel *claw_history_get_model (ClawHistory *history);
/* Our own messages that are not DELIVERED. */
unsigned claw_history_count_pending (ClawHistory *history);
