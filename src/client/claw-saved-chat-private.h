/* claw-saved-chat-private.h: what the parts of a saved chat share. Private to src/client. */
#pragma once

#include "claw-preview-trail.h"
#include "claw-saved-chat.h"

#define CLAW_SAVED_CHAT_SERVER_KEY "server-key" /* of a setting: there was a session with it */

/* What the user wants of the messages when keys are compromised: see claw-chat-panic.h. */
typedef enum
{
  CLAW_CHAT_PANIC_UNDECIDED,
  CLAW_CHAT_PANIC_KEEP,
  CLAW_CHAT_PANIC_ERASE,
} ClawChatPanic;

struct _ClawSavedChat
{
  GObject parent_instance;

  ClawClient *client;
  char *directory;
  ClawKey key;        /* empty: there is no archive */
  ClawKeeper *keeper; /* (nullable) */
  guint draft_timer;
  gboolean drops_by_default;
  char *id;
  char *own_title;    /* (nullable) */
  char *file_title;   /* (nullable): of the .sec */
  GBytes *server_key; /* (nullable): before the first file was opened, and when locked */
  ClawPreviewTrail *previews;
  GCancellable *loading_last; /* (nullable): while there is no preview, and one is looked for */
  gint64 activity_us;
  unsigned unread;
  char *draft;
  GError *resume_error;         /* (nullable) */
  gboolean is_saving_dismissed; /* the client's "saving-error" */
  GError *ended_error;          /* (nullable): why it is over, while its messages are kept */
  ClawChatPanic panic;
  gboolean has_remains; /* what should be erased, and could not be */
  unsigned n_openings;  /* under way */
  gboolean is_saved;
  gboolean is_locked; /* there is what cannot be opened */
  gboolean is_in_view;
  gboolean is_at_end; /* as who shows it says */
  gboolean is_ending; /* the program does: nobody sees what comes now */
  gboolean is_erased;
};

/* @value: (nullable): floating is taken; NULL removes it. Without an archive nothing happens. */
void claw_saved_chat_keep_setting (ClawSavedChat *chat, const char *name, GVariant *value);
/* The same for a public key. */
void claw_saved_chat_keep_key (ClawSavedChat *chat, const char *name, GBytes *key);
/* Returns: (transfer full) (nullable): one that keep_key () kept. */
GBytes *claw_saved_chat_get_key (ClawSavedChat *chat, const char *name);
/* What the archive knows of the server, title, draft, unread and activity. */
void claw_saved_chat_load_settings (ClawSavedChat *chat);
/* With whom the chat is, when no archive tells; whether it is saved, and whether it is locked. */
void claw_saved_chat_find_server (ClawSavedChat *chat);
/* Erases the archive, and forgets all that tells of the chat. */
void claw_saved_chat_leave_nothing (ClawSavedChat *chat);
/* Only directories that are empty go. */
void claw_saved_chat_remove_empty (ClawSavedChat *chat);
/* Overwrites and removes all that is in @path; symbolic links are removed themselves. It gets
 * another name first, which is no chat's any more, so that a crash leaves nothing that would be
 * taken for one. @error: keeps the first one. */
gboolean claw_saved_chat_erase_directory (const char *path, GError **error);
/* Returns: (transfer full) (nullable): one line that is not too long. */
char *claw_saved_chat_clean_title (const char *title);

/* claw-saved-chat-preview.c */

void claw_saved_chat_tell_preview (ClawSavedChat *chat);
/* Of the earlier runs: the keeper knows it by now. */
void claw_saved_chat_show_last (ClawSavedChat *chat);
/* Of @message, which the history does not hold any more; shows what was there before it. */
void claw_saved_chat_drop_preview (ClawSavedChat *chat, ClawMessage *message);
/* What was not delivered will not be, and nothing shows it. Without an archive nothing happens. */
void claw_saved_chat_forget_queued (ClawSavedChat *chat);

/* claw-chat-panic.c */

/* Does what an earlier run had not finished. Returns: FALSE when nothing of the chat is to be kept.
 */
gboolean claw_chat_panic_load (ClawSavedChat *chat);
/* Its keys are compromised. Returns: FALSE when the messages go too. */
gboolean claw_chat_panic_keep (ClawSavedChat *chat);
/* Nothing is left, and nothing to be noted. */
void claw_chat_panic_forget (ClawSavedChat *chat);
/* Before it opens anything: what could not be erased does not come back with a new file. Returns:
 * FALSE when it is still in the way. */
gboolean claw_chat_panic_make_room (ClawSavedChat *chat, GError **error);
/* There are new keys. */
void claw_chat_panic_connected (ClawSavedChat *chat);
