/* claw-saved-chat-private.h: what the parts of a saved chat share. Private to src/client. */
#pragma once

#include "claw-saved-chat.h"

#define CLAW_SAVED_CHAT_SERVER_KEY "server-key" /* of a setting: there was a session with it */

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
  char *preview;      /* (nullable) */
  gint64 preview_time_us;
  gint64 activity_us;
  unsigned unread;
  char *draft;
  GError *resume_error; /* (nullable) */
  unsigned n_openings;  /* under way */
  gboolean is_saved;
  gboolean is_locked; /* there is what cannot be opened */
  gboolean is_in_view;
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
/* Only directories that are empty go. */
void claw_saved_chat_remove_empty (ClawSavedChat *chat);
/* Overwrites and removes all that is in @path; symbolic links are removed themselves. It gets
 * another name first, which is no chat's any more, so that a crash leaves nothing that would be
 * taken for one. @error: keeps the first one. */
gboolean claw_saved_chat_erase_directory (const char *path, GError **error);
/* Returns: (transfer full) (nullable): one line that is not too long. */
char *claw_saved_chat_clean_title (const char *title);
