/* claw-saved-chat-preview.c: the last message of a chat, as a list shows it. See
 * claw-saved-chat-private.h.
 */
#include "claw-saved-chat-private.h"

void
claw_saved_chat_tell_preview (ClawSavedChat *chat)
{
  chat->activity_us = MAX (chat->activity_us, claw_saved_chat_get_preview_time_us (chat));
  g_object_notify (G_OBJECT (chat), "preview");
  g_object_notify (G_OBJECT (chat), "preview-time");
}

/* What is being read may be gone by now. */
static void
stop_loading (ClawSavedChat *chat)
{
  if (chat->loading_last)
    g_cancellable_cancel (chat->loading_last);
  g_clear_object (&chat->loading_last);
}

void
claw_saved_chat_forget_preview (ClawSavedChat *chat)
{
  g_return_if_fail (CLAW_IS_SAVED_CHAT (chat));
  stop_loading (chat);
  claw_preview_trail_clear (chat->previews);
  claw_saved_chat_tell_preview (chat);
}

/* The program may be at its end already. */
void
claw_saved_chat_show_last (ClawSavedChat *chat)
{
  if (!chat->keeper)
    return;
  const ClawArchivedMessage *last = claw_keeper_get_last (chat->keeper);
  if (!last)
    return;
  claw_preview_trail_add_oldest (chat->previews, last->message, last->is_own, last->kept_us);
  claw_saved_chat_tell_preview (chat);
}

static void
on_last_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawSavedChat) chat = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) last = claw_archive_load_finish (CLAW_ARCHIVE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&chat->loading_last);
  if (!last)
    g_debug ("%s", error->message);
  if (!last || last->len == 0 || !chat->keeper
      || claw_preview_trail_get_newest (chat->previews) != NULL)
    return;
  const ClawArchivedMessage *archived = last->pdata[0];
  claw_preview_trail_add (chat->previews, archived->message, archived->is_own, archived->kept_us);
  claw_saved_chat_tell_preview (chat);
}

void
claw_saved_chat_drop_preview (ClawSavedChat *chat, ClawMessage *message)
{
  gboolean was_loading = chat->loading_last != NULL;
  if (claw_preview_trail_remove (chat->previews, message))
    claw_saved_chat_tell_preview (chat);
  else if (!was_loading)
    return;
  stop_loading (chat);
  if (claw_preview_trail_get_newest (chat->previews) || !chat->keeper)
    return;
  chat->loading_last = g_cancellable_new ();
  claw_archive_load_async (claw_keeper_get_archive (chat->keeper), 0, 1, chat->loading_last,
                           on_last_loaded, g_object_ref (chat));
}

void
claw_saved_chat_forget_queued (ClawSavedChat *chat)
{
  if (!chat->keeper)
    return;
  g_autoptr (GPtrArray) queued = claw_archive_get_queued (claw_keeper_get_archive (chat->keeper));
  claw_keeper_forget_queued (chat->keeper);
  for (guint i = 0; i < queued->len; i++)
    claw_saved_chat_drop_preview (chat, queued->pdata[i]);
}
