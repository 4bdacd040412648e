/* claw-saved-chat.h: one chat of several, which is kept in a directory of its own.
 *
 * A chat is a pairing with one server under an identity of its own, so that two servers cannot see
 * that the same person uses both. It holds the client, and what a list of chats shows of it: a
 * title, the last message, and how many are unread.
 *
 * Properties, all with notify:
 *
 * - "client" (construct only), "id": the name of its directory
 * - "title": the name that the user gave it, else the server's, else the file's; never NULL. Of a
 *   chat whose files cannot be opened, say because they are sealed under another key, only that
 * - "preview" (nullable), "preview-time" (gint64, µs since 1970; 0 for none): the last message
 * - "unread": messages of others since the end of the conversation was last seen
 * - "state", "error", "status": as the client's; "error" also tells why it could not come back
 * - "keeping-error" (nullable): why what happens is not on the disk, or what of it was lost; until
 *   that works again, or claw_saved_chat_dismiss_keeping_error ()
 * - "is-saved": whether there was a session with its server, so that it comes back by itself
 * - "is-opening": between open or resume and the first knock
 * - "draft": (never NULL), what the user has not sent yet; writable
 * - "is-in-view": whether the user has it before the eyes, at its end or further up; writable
 *
 * Signal: "message" (ClawMessage *message, gboolean is_own), after all of the above was updated.
 */
#pragma once

#include "claw-client.h"
#include "claw-keeper.h"

/* All that is kept in the directory beside the client's own files. */
#define CLAW_SAVED_CHAT_ARCHIVE "chat.sqlite"
/* Of the name of a directory that is being erased. */
#define CLAW_SAVED_CHAT_FORGOTTEN_SUFFIX ".forgotten"

#define CLAW_SAVED_CHAT_TITLE_MAX 256 /* bytes of UTF-8 */

#define CLAW_TYPE_SAVED_CHAT (claw_saved_chat_get_type ())
G_DECLARE_FINAL_TYPE (ClawSavedChat, claw_saved_chat, CLAW, SAVED_CHAT, GObject)

/* @client: uses @directory. Reads what is there of an earlier run. @key: (nullable): seals the
 * client's files and an archive, which holds the history, the outbox, which server it is and
 * whether the user knows it, the title, the draft and what is unread; without it the chat is known
 * again by its pairing, and all else is gone at the end. */
ClawSavedChat *claw_saved_chat_new (ClawClient *client, const char *directory, const ClawKey *key);

/* Connects with a .sec that was opened to be @file: as claw_client_open_sec_async (), which it
 * finishes like. The chat is this server's from here on. @file: (transfer full). */
void claw_saved_chat_open_async (ClawSavedChat *chat,
                                 ClawSecFile *file,
                                 ClawClientOpenFlags flags,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean claw_saved_chat_open_finish (ClawSavedChat *chat, GAsyncResult *result, GError **error);
/* Comes back without a file; what prevents it is told by "error". Neither this nor open_async ()
 * connects a chat with a key whose archive cannot be opened: what came would be kept nowhere. */
void claw_saved_chat_resume (ClawSavedChat *chat);
/* Whatever brings it back from where it is: an attempt at once, or claw_saved_chat_resume (). */
void claw_saved_chat_reconnect (ClawSavedChat *chat);
void claw_saved_chat_disconnect (ClawSavedChat *chat);
/* As claw_client_send_reply (). @original: (nullable): what it answers. */
ClawMessage *
claw_saved_chat_send (ClawSavedChat *chat, ClawMessage *original, const char *text, GError **error);
/* As claw_client_cancel_message (), also for one of an earlier run while nothing could be resumed:
 * then it is taken back at once. */
void claw_saved_chat_cancel (ClawSavedChat *chat, ClawMessage *message);
/* When the messages were deleted, of which the last one stands in the preview. */
void claw_saved_chat_forget_preview (ClawSavedChat *chat);
/* @title: (nullable): for the server's name. What is not saved is only a warning in the log. */
void claw_saved_chat_rename (ClawSavedChat *chat, const char *title);
/* The user has read it. Another one may come up behind it. */
void claw_saved_chat_dismiss_keeping_error (ClawSavedChat *chat);
/* On the disk within a second; at once when it is empty, or holds a message that was taken back to
 * be edited. */
void claw_saved_chat_set_draft (ClawSavedChat *chat, const char *draft);
void claw_saved_chat_set_is_in_view (ClawSavedChat *chat, gboolean is_in_view);
/* Whether what shows it shows its end, so that new messages are seen while it is in view. TRUE at
 * first. */
void claw_saved_chat_set_is_at_end (ClawSavedChat *chat, gboolean is_at_end);
/* What the chat does with messages before the user has said whether to keep them: TRUE at first. */
void claw_saved_chat_set_history_default (ClawSavedChat *chat, gboolean is_kept);
/* For the end of the program: says goodbye, and writes what waits. Blocks. */
void claw_saved_chat_shutdown (ClawSavedChat *chat);
/* Ends the client, overwrites every file and removes the directory. Returns: FALSE with the first
 * error; what can go has gone all the same. */
gboolean claw_saved_chat_erase (ClawSavedChat *chat, GError **error);

ClawClient *claw_saved_chat_get_client (ClawSavedChat *chat);
/* (transfer none) (nullable): NULL without a key, before the first opening, and when it could not
 * be opened, which was told in the log. */
ClawKeeper *claw_saved_chat_get_keeper (ClawSavedChat *chat);
const char *claw_saved_chat_get_id (ClawSavedChat *chat);
const char *claw_saved_chat_get_directory (ClawSavedChat *chat);
const char *claw_saved_chat_get_title (ClawSavedChat *chat);
const char *claw_saved_chat_get_own_title (ClawSavedChat *chat); /* (nullable) */
/* CLAW_PUBLIC_KEY_SIZE bytes. Returns: (transfer none) (nullable): before the first file was
 * opened, and while the chat is locked */
GBytes *claw_saved_chat_get_server_key (ClawSavedChat *chat);
const char *claw_saved_chat_get_preview (ClawSavedChat *chat); /* (nullable) */
gint64 claw_saved_chat_get_preview_time_us (ClawSavedChat *chat);
/* When something last happened, µs since 1970: what a list is sorted by. */
gint64 claw_saved_chat_get_activity_us (ClawSavedChat *chat);
unsigned claw_saved_chat_get_unread (ClawSavedChat *chat);
ClawClientState claw_saved_chat_get_state (ClawSavedChat *chat);
const GError *claw_saved_chat_get_error (ClawSavedChat *chat);         /* (nullable) */
const GError *claw_saved_chat_get_keeping_error (ClawSavedChat *chat); /* (nullable) */
const char *claw_saved_chat_get_draft (ClawSavedChat *chat);
gboolean claw_saved_chat_get_is_saved (ClawSavedChat *chat);
/* Whether there are files that cannot be opened. */
gboolean claw_saved_chat_get_is_locked (ClawSavedChat *chat);
gboolean claw_saved_chat_get_is_opening (ClawSavedChat *chat);
gboolean claw_saved_chat_get_is_in_view (ClawSavedChat *chat);
/* Whether @error (nullable) tells that all keys are erased. */
gboolean claw_saved_chat_is_about_compromise (const GError *error);
