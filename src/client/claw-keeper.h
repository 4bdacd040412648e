/* claw-keeper.h: keeps what happens in a chat in the chat's archive.
 *
 * Follows the client: messages of others go into the history, the states of ours too, and what is
 * delivered leaves the outbox. Whoever sends through the client tells of the message by
 * claw_keeper_add_own ().
 *
 * Signals: "loaded" (): the last messages are known, see claw_keeper_get_last ();
 * "error-changed" (): see claw_keeper_get_error ()
 */
#pragma once

#include "claw-archive.h"
#include "claw-chat.h"
#include "claw-client.h"

/* The last messages, by whose ids one that comes once more is known. A server that has not heard
 * that they came sends a full outbox of them again; and since our messages go over the same stream
 * as what it has not heard, no more than a full outbox of ours stands between them and the end. */
#define CLAW_KEEPER_KNOWN (2 * CLAW_CHAT_OUTBOX_MESSAGES_MAX)
#define CLAW_KEEPER_EXPIRY_S (60 * 60)

#define CLAW_TYPE_KEEPER (claw_keeper_get_type ())
G_DECLARE_FINAL_TYPE (ClawKeeper, claw_keeper, CLAW, KEEPER, GObject)

/* Opens or makes the archive at @path; a damaged one is moved aside, which is the keeper's error
 * then. Returns: (transfer full) (nullable): NULL with CLAW_ARCHIVE_ERROR. */
ClawKeeper *
claw_keeper_new (ClawClient *client, const char *path, const ClawKey *key, GError **error);
/* Writes what waits. Blocks. */
void claw_keeper_close (ClawKeeper *keeper);
/* Erases everything. */
gboolean claw_keeper_destroy (ClawKeeper *keeper, GError **error);

void claw_keeper_add_own (ClawKeeper *keeper, ClawMessage *message);
/* What was not delivered will not be, and leaves the history too. */
void claw_keeper_forget_queued (ClawKeeper *keeper);
/* Gives the client what earlier runs did not deliver; once. */
void claw_keeper_queue (ClawKeeper *keeper);
/* Takes back one of an earlier run that the client was not given, whose "message-cancelled" tells.
 * Returns: FALSE when it is no such one: then it is the client's. */
gboolean claw_keeper_cancel (ClawKeeper *keeper, ClawMessage *message);
/* Whether the history is kept while nobody has decided for this chat: TRUE at first. */
void claw_keeper_set_history_default (ClawKeeper *keeper, gboolean is_kept);
/* Decides it. */
void claw_keeper_set_history (ClawKeeper *keeper, gboolean is_kept);
gboolean claw_keeper_get_history (ClawKeeper *keeper);
/* Whether the user has said so, or else, ever. */
gboolean claw_keeper_is_history_decided (ClawKeeper *keeper);
/* After how many days messages go; 0: never. Takes effect at once, at each start, and every
 * CLAW_KEEPER_EXPIRY_S. */
void claw_keeper_set_retention (ClawKeeper *keeper, unsigned days);
unsigned claw_keeper_get_retention (ClawKeeper *keeper);

/* As claw_archive_clear_async (), and finished like it. */
void claw_keeper_clear_async (ClawKeeper *keeper, GAsyncReadyCallback callback, gpointer user_data);

/* Whether the history may hold anything, of this run or an earlier one: TRUE until that is known.
 */
gboolean claw_keeper_may_have_messages (ClawKeeper *keeper);
/* Whether it is one of the last that were there when the archive was opened. */
gboolean claw_keeper_knows (ClawKeeper *keeper, ClawMessage *message);
/* Returns: (transfer none) (nullable): the last message of the earlier runs, once it is loaded */
const ClawArchivedMessage *claw_keeper_get_last (ClawKeeper *keeper);
/* What earlier runs did not deliver, when the archive was opened, but for what was taken back.
 * Returns: (transfer none) (element-type ClawMessage) */
GPtrArray *claw_keeper_get_queued (ClawKeeper *keeper);
/* Why what happens is not kept, until that works again, or what of the past was lost: until it is
 * dismissed. Returns: (transfer none) (nullable) */
const GError *claw_keeper_get_error (ClawKeeper *keeper);
void claw_keeper_dismiss_error (ClawKeeper *keeper);
ClawArchive *claw_keeper_get_archive (ClawKeeper *keeper); /* (transfer none) */
