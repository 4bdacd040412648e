/* claw-saved-chat-private.h: what the parts of a saved chat share. Private to src/client. */
#pragma once

#include "claw-saved-chat.h"

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
  char *own_title;   /* (nullable) */
  char *file_title;  /* (nullable): of the .sec */
  char *server_hash; /* (nullable): before the first file was opened */
  char *preview;     /* (nullable) */
  gint64 preview_time_us;
  gint64 activity_us;
  unsigned unread;
  char *draft;
  GError *resume_error; /* (nullable) */
  unsigned n_openings;  /* under way */
  gboolean is_saved;
  gboolean is_in_view;
  gboolean is_erased;
};

/* Returns: (transfer full) (nullable): the line in the file @name, of at most @size bytes. */
char *claw_saved_chat_read_line (ClawSavedChat *chat, const char *name, size_t size);
/* @text: (nullable): NULL removes the file. What fails is a warning in the log. */
void claw_saved_chat_write_line (ClawSavedChat *chat, const char *name, const char *text);
/* @value: floating, and taken. Without an archive nothing happens. */
void claw_saved_chat_keep_setting (ClawSavedChat *chat, const char *name, GVariant *value);
/* What the archive knows of title, draft, unread and activity. */
void claw_saved_chat_load_settings (ClawSavedChat *chat);
/* Only directories that are empty go. */
void claw_saved_chat_remove_empty (ClawSavedChat *chat);
/* Overwrites and removes all that is in @path; symbolic links are removed themselves. @error: keeps
 * the first one. */
gboolean claw_saved_chat_erase_directory (const char *path, GError **error);
/* Returns: (transfer full) (nullable): one line that is not too long. */
char *claw_saved_chat_clean_title (const char *title);
