/* claw-chat-panic.c: see claw-chat-panic.h. */
#include "claw-chat-panic.h"

#include "claw-file.h"
#include "claw-saved-chat-private.h"
#include "claw-store.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A setting of the archive: code and text of the error, and the server's name. */
#define ENDED "ended"
#define ENDED_TYPE G_VARIANT_TYPE ("(iss)")

#define NOTE_SIZE_MAX 16
static const char erase_note[] = "erase\n"; /* the messages go too */
static const char keep_note[] = "keep\n";   /* the keys go, and may be there still */
static const char kept_note[] = "kept\n";   /* they are gone: keys that are there are newer */

/* The note. */

static char *
note_path (ClawSavedChat *chat)
{
  return g_build_filename (chat->directory, CLAW_CHAT_PANIC_NOTE, NULL);
}

/* A disk that takes nothing must not keep anybody from erasing keys. */
static void
write_note (ClawSavedChat *chat, const char *note)
{
  g_autofree char *path = note_path (chat);
  g_autoptr (GError) error = NULL;
  if (!claw_file_make_private_directory (chat->directory, &error)
      || !claw_file_write (path, note, strlen (note), &error))
    g_warning ("What to erase cannot be noted: %s", error->message);
}

static void
remove_note (ClawSavedChat *chat)
{
  g_autofree char *path = note_path (chat);
  g_autoptr (GError) error = NULL;
  if (!claw_file_remove (path, &error))
    g_warning ("%s", error->message);
}

/* Returns: (nullable): one of the three. What is there and cannot be read is taken for the one that
 * erases most keys and no message: a message that is erased by mistake does not come back. */
static const char *
read_note (ClawSavedChat *chat)
{
  static const char *const notes[] = { erase_note, keep_note, kept_note };
  char text[NOTE_SIZE_MAX];
  size_t length = 0;
  g_autofree char *path = note_path (chat);
  /* Without a file descriptor to be had, one that is not there cannot be opened either. */
  if (!claw_file_read (path, CLAW_FILE_READ_DEFAULT, text, sizeof text, &length, NULL))
    return g_file_test (path, G_FILE_TEST_EXISTS) ? keep_note : NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (notes); i++)
    if (length == strlen (notes[i]) && memcmp (text, notes[i], length) == 0)
      return notes[i];
  return keep_note;
}

static gboolean
has_file (ClawSavedChat *chat, const char *name)
{
  g_autofree char *path = g_build_filename (chat->directory, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* An archive that another program uses, or a newer one wrote, holds what it holds. */
static gboolean
has_archive (ClawSavedChat *chat)
{
  return has_file (chat, CLAW_SAVED_CHAT_ARCHIVE);
}

/* When the server says it, the store erases the keys, under a note of its own, before this side of
 * the program hears of it and can note anything. A pairing that was revoked, or is lost, leaves the
 * identity behind: that chat waits for a new file with all that it has. */
static gboolean
was_told (ClawSavedChat *chat)
{
  return has_file (chat, CLAW_STORE_COMPROMISED)
         || (!has_file (chat, CLAW_STORE_IDENTITY) && !claw_store_has_pairings (chat->directory));
}

/* What is told of a chat that is over. */

static void
keep_reason (ClawSavedChat *chat)
{
  const char *name = claw_client_get_server_name (chat->client);
  if (!name || !*name)
    name = chat->file_title;
  claw_saved_chat_keep_setting (chat, ENDED,
                                g_variant_new ("(iss)", chat->ended_error->code,
                                               chat->ended_error->message, name ? name : ""));
}

static void
load_reason (ClawSavedChat *chat)
{
  int code = CLAW_CLIENT_ERROR_COMPROMISED;
  const char *text = "", *name = "";
  ClawArchive *archive = claw_keeper_get_archive (chat->keeper);
  g_autoptr (GVariant) ended = claw_archive_get_setting (archive, ENDED, ENDED_TYPE);
  if (ended)
    g_variant_get (ended, "(i&s&s)", &code, &text, &name);
  if (!*text)
    text = _ ("All keys of this chat are erased here.\n"
              "To come back, ask the server’s operator for a new .sec file.");
  if (*name && !chat->file_title)
    chat->file_title = g_strdup (name);
  if (code != CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD)
    code = CLAW_CLIENT_ERROR_COMPROMISED;
  chat->ended_error = g_error_new_literal (CLAW_CLIENT_ERROR, code, text);
}

/* For claw-saved-chat.c. */

gboolean
claw_chat_panic_load (ClawSavedChat *chat)
{
  g_autoptr (GError) error = NULL;
  const char *note = read_note (chat);
  if (!note && chat->is_saved && was_told (chat))
    note = keep_note;
  if (!note || !chat->is_saved)
    return TRUE;
  if (note == erase_note)
    return FALSE;
  if (note == keep_note && !claw_store_erase (chat->directory, &error))
    g_warning ("Cannot erase all keys: %s", error->message);
  else if (note == keep_note)
    write_note (chat, kept_note);
  /* The program was killed in its first session with a new file. */
  if (claw_store_has_pairings (chat->directory))
    {
      if (note == kept_note)
        remove_note (chat);
      return TRUE;
    }
  if (!chat->keeper)
    return TRUE;
  claw_saved_chat_forget_queued (chat);
  claw_saved_chat_set_draft (chat, "");
  load_reason (chat);
  return TRUE;
}

gboolean
claw_chat_panic_keep (ClawSavedChat *chat)
{
  const GError *error = claw_client_get_error (chat->client);
  if (chat->panic == CLAW_CHAT_PANIC_ERASE || !claw_chat_panic_may_keep (chat))
    return FALSE;
  claw_saved_chat_forget_queued (chat);
  /* Without an error it is being told: the note says meanwhile what is to come. */
  if (!error)
    return TRUE;
  write_note (chat, kept_note);
  g_clear_error (&chat->ended_error);
  chat->ended_error = g_error_copy (error);
  keep_reason (chat);
  return TRUE;
}

void
claw_chat_panic_forget (ClawSavedChat *chat)
{
  g_clear_error (&chat->ended_error);
  remove_note (chat);
}

/* Another name keeps what cannot be erased even now from being the chat's; the next start tries
 * again. While the keys are being erased, they must be found where they are. */
static gboolean
clear_directory (ClawSavedChat *chat, GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autofree char *path = g_build_filename (chat->directory, CLAW_SAVED_CHAT_ARCHIVE, NULL);
  gboolean is_erasing = claw_client_get_state (chat->client) == CLAW_CLIENT_COMPROMISED
                        && !claw_client_get_error (chat->client);
  gboolean good = is_erasing ? claw_archive_erase (path, &fault)
                             : claw_saved_chat_erase_directory (chat->directory, &fault);
  if (good)
    return TRUE;
  if (is_erasing || g_file_test (chat->directory, G_FILE_TEST_EXISTS))
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  g_warning ("%s", fault->message);
  return TRUE;
}

gboolean
claw_chat_panic_make_room (ClawSavedChat *chat, GError **error)
{
  if (!chat->has_remains)
    return TRUE;
  chat->has_remains = !clear_directory (chat, error);
  return !chat->has_remains;
}

void
claw_chat_panic_connected (ClawSavedChat *chat)
{
  /* The note may be there still, of what could not be erased: it is not for what comes now. */
  gboolean is_noted = chat->ended_error || chat->panic == CLAW_CHAT_PANIC_ERASE;
  chat->panic = CLAW_CHAT_PANIC_UNDECIDED;
  if (!is_noted)
    return;
  claw_chat_panic_forget (chat);
  if (chat->keeper)
    claw_archive_set_setting (claw_keeper_get_archive (chat->keeper), ENDED, NULL);
}

/* For everybody. */

gboolean
claw_saved_chat_is_about_compromise (const GError *error)
{
  return g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_COMPROMISED)
         || g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD);
}

const GError *
claw_saved_chat_get_error (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), NULL);
  const GError *error = claw_client_get_error (chat->client);
  if (chat->resume_error)
    return chat->resume_error;
  return !error && claw_client_get_state (chat->client) == CLAW_CLIENT_IDLE ? chat->ended_error
                                                                            : error;
}

gboolean
claw_chat_panic_may_keep (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), FALSE);
  if (!chat->is_saved)
    return FALSE;
  return chat->keeper ? claw_keeper_get_history (chat->keeper)
                            || claw_keeper_may_have_messages (chat->keeper)
                      : has_archive (chat);
}

void
claw_chat_panic_begin (ClawSavedChat *chat, gboolean keeps_messages)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  gboolean keeps = keeps_messages && claw_chat_panic_may_keep (chat);
  chat->panic = keeps ? CLAW_CHAT_PANIC_KEEP : CLAW_CHAT_PANIC_ERASE;
  write_note (chat, keeps ? keep_note : erase_note);
  claw_client_compromise (chat->client);
}

void
claw_chat_panic_erase_messages (ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  if (!chat->ended_error)
    return;
  if (!chat->resume_error)
    chat->resume_error = g_error_copy (chat->ended_error);
  write_note (chat, erase_note);
  claw_saved_chat_leave_nothing (chat);
}

gboolean
claw_chat_panic_is_over (ClawSavedChat *chat)
{
  g_return_val_if_fail (CLAW_IS_SAVED_CHAT (chat), FALSE);
  return chat->ended_error != NULL;
}
