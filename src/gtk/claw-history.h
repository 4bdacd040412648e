/* claw-history.h: the lines of a conversation, oldest first.
 *
 * Adds a line where a day begins, tells runs of one sender, finds messages by their ids, and
 * forgets the oldest lines beyond its limits, so that no peer can fill the memory. It is kept
 * nowhere but in memory; older pages that are kept elsewhere are put in front by
 * claw_history_prepend ().
 */
#pragma once

#include "claw-message-item.h"

#include <gio/gio.h>

#define CLAW_HISTORY_ITEMS_MAX 120000
#define CLAW_HISTORY_BYTES_MAX (64 * 1024 * 1024)
/* A pause after which the same sender is told again. */
#define CLAW_HISTORY_RUN_US (5 * 60 * (gint64) G_USEC_PER_SEC)

typedef struct ClawHistory ClawHistory;

ClawHistory *claw_history_new (void);
void claw_history_free (ClawHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawHistory, claw_history_free)

/* Our public key: by it others know our messages, and so answers name them. */
void claw_history_set_own_key (ClawHistory *history, const uint8_t key[CLAW_PUBLIC_KEY_SIZE]);
/* Returns: (nullable): the key, once it is known. */
const uint8_t *claw_history_get_own_key (const ClawHistory *history);
void
claw_history_add_message (ClawHistory *history, ClawMessage *message, ClawMessageItemKind kind);
void claw_history_add_notice (ClawHistory *history, const char *text);
/* Puts messages in front of all others. @items: of ClawMessageItem, OWN and OTHER, oldest first.
 * Those that are held already, and the oldest of what is too much, are left out; of the former,
 * their rows are learned. Returns: how many lines were added, days included. */
unsigned claw_history_prepend (ClawHistory *history, GPtrArray *items);
/* What is added from now on is unread: puts a mark there, in the place of an earlier one. */
void claw_history_mark_unread (ClawHistory *history);
void claw_history_clear_unread (ClawHistory *history);
/* These ignore messages that are not in the history. */
void claw_history_set_state (ClawHistory *history, ClawMessage *message, ClawMessageState state);
void claw_history_remove (ClawHistory *history, ClawMessage *message);
void claw_history_clear (ClawHistory *history);
/* Whether nobody tries any more to send what is queued: it is shown as failed then. */
void claw_history_set_stuck (ClawHistory *history, gboolean is_stuck);

/* Of ClawMessageItem; (transfer none), lives as long as @history. */
GListModel *claw_history_get_model (ClawHistory *history);
/* The message that others know by @id. Returns: (transfer none) (nullable) */
ClawMessageItem *claw_history_find (ClawHistory *history, const uint8_t id[CLAW_MESSAGE_ID_SIZE]);
/* Returns: (transfer none) (nullable): the mark. */
ClawMessageItem *claw_history_get_unread (ClawHistory *history);
/* The archive's row of the oldest message. Returns: 0 when there is no message, or it is not known.
 */
gint64 claw_history_get_first_row (ClawHistory *history);
/* Takes as long as there are lines. Returns: FALSE when it is not there. */
gboolean
claw_history_get_position (ClawHistory *history, ClawMessageItem *item, unsigned *position);
/* Our own messages that are not DELIVERED. */
unsigned claw_history_count_pending (ClawHistory *history);
