/* claw-saved-chats.h: all chats of a user, as a GListModel of ClawSavedChat, the newest first.
 *
 * Each is a directory below one directory, named by 32 random hexadecimal digits. One whose opening
 * never came to a session leaves nothing: its directory goes with it, or at the next start when the
 * program could not do so.
 *
 * Signal: "message" (ClawSavedChat *chat, ClawMessage *message, gboolean is_own)
 */
#pragma once

#include "claw-saved-chat.h"

#define CLAW_SAVED_CHATS_ID_LENGTH 32

/* What the clients of all chats are made with. */
typedef struct
{
  const char *name; /* (nullable): how to be shown to others */
  int timeout_s;    /* networking.hole_punch_timeout */
  gboolean nat_detection;
  const char *const *stun_servers; /* (nullable) */
  gboolean drops_history;          /* of chats for which the user has not decided */
  GNetworkMonitor *monitor;        /* (nullable) */
} ClawSavedChatsOptions;

#define CLAW_TYPE_SAVED_CHATS (claw_saved_chats_get_type ())
G_DECLARE_FINAL_TYPE (ClawSavedChats, claw_saved_chats, CLAW, SAVED_CHATS, GObject)

/* @directory: NULL for $XDG_DATA_HOME/clawchat/chats. Nothing is read before load (). */
ClawSavedChats *claw_saved_chats_new (const char *directory, const ClawSavedChatsOptions *options);
/* Before load (): what seals the chats; without it they have no archive. @key: copied. */
void claw_saved_chats_set_key (ClawSavedChats *chats, const ClawKey *key);
/* Before load (): keeps them in @directory instead, and nothing of them at the end of the program.
 */
void claw_saved_chats_set_temporary (ClawSavedChats *chats, const char *directory);
/* Finds the chats of earlier runs, and removes what openings left that came to nothing. */
void claw_saved_chats_load (ClawSavedChats *chats);
/* Connects all that are not connected. */
void claw_saved_chats_resume (ClawSavedChats *chats);
/* A chat in a new directory, which its client makes when it needs it. Returns: (transfer none) */
ClawSavedChat *claw_saved_chats_add (ClawSavedChats *chats);
/* Opens the .sec at @path in a thread, then in the chat of its server, or in a new one. One that is
 * connected stays as it is: it needs no file. Waits for load (). Finishes when knocking begins.
 * Errors: as claw_client_open_async (); a chat that was made for it is gone then. */
void claw_saved_chats_open_file_async (ClawSavedChats *chats,
                                       const char *path,
                                       ClawBootstrapKey *key,
                                       ClawClientOpenFlags flags,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/* Returns: (transfer full) (nullable) */
ClawSavedChat *
claw_saved_chats_open_file_finish (ClawSavedChats *chats, GAsyncResult *result, GError **error);
/* Ends the chat, erases its keys and all else in its directory. Returns: FALSE when something is
 * left on the disk; it is out of the list in any case. */
gboolean claw_saved_chats_forget (ClawSavedChats *chats, ClawSavedChat *chat, GError **error);
/* For the end of the program: says goodbye to all servers, and forgets what never was connected.
 * Openings that are under way, or come later, are cancelled. */
void claw_saved_chats_shutdown (ClawSavedChats *chats);

/* Returns: (transfer none) (nullable) */
ClawSavedChat *claw_saved_chats_find_by_server_key (ClawSavedChats *chats,
                                                    const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE]);
ClawSavedChat *claw_saved_chats_find_by_id (ClawSavedChats *chats, const char *id);
/* Whether what @chat has not delivered is there at the next start. */
gboolean claw_saved_chats_keeps_queued (ClawSavedChats *chats, ClawSavedChat *chat);
/* What all chats and those to come are to do from now on: claw-client.h. @name: (nullable) */
void claw_saved_chats_set_name (ClawSavedChats *chats, const char *name);
void claw_saved_chats_set_timeout (ClawSavedChats *chats, int timeout_s);
void claw_saved_chats_set_nat_detection (ClawSavedChats *chats, gboolean is_enabled);
void claw_saved_chats_set_stun_servers (ClawSavedChats *chats, const char *const *servers);
/* Of chats for which the user has not decided. */
void claw_saved_chats_set_history_default (ClawSavedChats *chats, gboolean is_kept);

/* Of all chats. */
unsigned claw_saved_chats_count_unread (ClawSavedChats *chats);
