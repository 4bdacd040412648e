/* claw-original-search.c: see claw-original-search.h. */
#include "claw-original-search.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What is found faster shows no toast that only flashes. */
#define SHOW_AFTER_MS 300

struct ClawOriginalSearch
{
  ClawConversation *conversation;
  ClawOriginalSearchWanted wanted;
  gpointer user_data;
  ClawArchive *archive;             /* (nullable) */
  GCancellable *cancellable;        /* (nullable): while the archive looks */
  uint8_t id[CLAW_MESSAGE_ID_SIZE]; /* of the original */
  gint64 target_row;                /* pages are wanted down to it; 0: none */
  gint64 begin_row;                 /* was the oldest that was shown, at the beginning */
  gint64 first_row;
  unsigned show_timer;
  AdwToast *toast; /* (nullable) */
};

/* The toast. */

/* Returns: (nullable): there is none in a window of a test. */
static AdwToastOverlay *
get_overlay (ClawOriginalSearch *search)
{
  GtkWidget *widget = GTK_WIDGET (search->conversation);
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);
  return overlay ? ADW_TOAST_OVERLAY (overlay) : NULL;
}

static unsigned
get_percentage (const ClawOriginalSearch *search)
{
  gint64 whole = search->begin_row - search->target_row;
  gint64 done = search->begin_row - search->first_row;
  if (search->target_row == 0 || whole <= 0)
    return 0;
  return (unsigned) (CLAMP (done, 0, whole) * 100 / whole);
}

static void
update_toast (ClawOriginalSearch *search)
{
  if (!search->toast)
    return;
  /* Translators: how much of the history, down to it, is loaded: "42%". */
  g_autofree char *text = g_strdup_printf (_ ("Looking for the quoted message… %u%%"),
                                           get_percentage (search));
  adw_toast_set_title (search->toast, text);
}

static gboolean
on_show_timer (gpointer user_data)
{
  ClawOriginalSearch *search = user_data;
  AdwToastOverlay *overlay = get_overlay (search);
  search->show_timer = 0;
  if (!overlay)
    return G_SOURCE_REMOVE;
  search->toast = adw_toast_new ("");
  adw_toast_set_timeout (search->toast, 0);
  adw_toast_set_button_label (search->toast, _ ("_Cancel"));
  g_signal_connect_swapped (search->toast, "button-clicked", G_CALLBACK (claw_original_search_stop),
                            search);
  g_signal_connect_swapped (search->toast, "dismissed", G_CALLBACK (claw_original_search_stop),
                            search);
  update_toast (search);
  adw_toast_overlay_add_toast (overlay, g_object_ref (search->toast));
  return G_SOURCE_REMOVE;
}

static void
hide_toast (ClawOriginalSearch *search)
{
  g_autoptr (AdwToast) toast = g_steal_pointer (&search->toast);
  g_clear_handle_id (&search->show_timer, g_source_remove);
  if (!toast)
    return;
  g_signal_handlers_disconnect_by_data (toast, search);
  adw_toast_dismiss (toast);
}

/* Looking. */

void
claw_original_search_stop (ClawOriginalSearch *search)
{
  g_return_if_fail (search != NULL);
  if (search->cancellable)
    g_cancellable_cancel (search->cancellable);
  g_clear_object (&search->cancellable);
  search->target_row = 0;
  hide_toast (search);
}

/* It was deleted, or came before we were here. */
static void
fail (ClawOriginalSearch *search)
{
  AdwToastOverlay *overlay = get_overlay (search);
  claw_original_search_stop (search);
  if (overlay)
    adw_toast_overlay_add_toast (overlay, adw_toast_new (_ ("The quoted message was not found")));
}

static void
go_on (ClawOriginalSearch *search)
{
  if (search->target_row == 0)
    return;
  if (claw_conversation_show_message (search->conversation, search->id))
    claw_original_search_stop (search);
  else if ((search->first_row != 0 && search->first_row <= search->target_row)
           || !search->wanted (search->user_data))
    fail (search);
  else
    update_toast (search);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gint64 row = claw_archive_find_finish (CLAW_ARCHIVE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  ClawOriginalSearch *search = user_data;
  g_clear_object (&search->cancellable);
  if (error)
    g_warning ("%s", error->message);
  search->target_row = row;
  search->begin_row = search->first_row;
  if (row != 0)
    go_on (search);
  else
    fail (search);
}

static void
on_original_wanted (ClawConversation *conversation, ClawMessage *answer, gpointer user_data)
{
  ClawOriginalSearch *search = user_data;
  ClawHistory *history = claw_conversation_get_history (conversation);
  claw_original_search_stop (search);
  if (!search->archive)
    {
      fail (search);
      return;
    }
  memcpy (search->id, claw_message_get_reply (answer)->id, CLAW_MESSAGE_ID_SIZE);
  search->cancellable = g_cancellable_new ();
  search->show_timer = g_timeout_add (SHOW_AFTER_MS, on_show_timer, search);
  claw_archive_find_async (search->archive, search->id, claw_history_get_own_key (history),
                           search->first_row, search->cancellable, on_found, search);
}

/* Life cycle. */

ClawOriginalSearch *
claw_original_search_new (ClawConversation *conversation,
                          ClawOriginalSearchWanted wanted,
                          gpointer user_data)
{
  g_return_val_if_fail (CLAW_IS_CONVERSATION (conversation) && wanted != NULL, NULL);
  ClawOriginalSearch *search = g_new0 (ClawOriginalSearch, 1);
  search->conversation = conversation;
  search->wanted = wanted;
  search->user_data = user_data;
  g_signal_connect (conversation, "original-wanted", G_CALLBACK (on_original_wanted), search);
  g_signal_connect_swapped (conversation, "moved", G_CALLBACK (claw_original_search_stop), search);
  g_signal_connect_swapped (conversation, "unmap", G_CALLBACK (claw_original_search_stop), search);
  return search;
}

void
claw_original_search_free (ClawOriginalSearch *search)
{
  if (!search)
    return;
  claw_original_search_stop (search);
  g_signal_handlers_disconnect_by_data (search->conversation, search);
  g_clear_object (&search->archive);
  g_free (search);
}

void
claw_original_search_set_archive (ClawOriginalSearch *search, ClawArchive *archive)
{
  g_return_if_fail (search != NULL);
  if (archive == search->archive)
    return;
  claw_original_search_stop (search);
  g_set_object (&search->archive, archive);
}

void
claw_original_search_page_loaded (ClawOriginalSearch *search, gint64 first_row)
{
  g_return_if_fail (search != NULL);
  gboolean is_last = first_row == search->first_row;
  search->first_row = first_row;
  /* Where a page brings nothing older, there is no more. */
  if (is_last && search->target_row != 0)
    fail (search);
  else
    go_on (search);
}

gboolean
claw_original_search_is_busy (const ClawOriginalSearch *search)
{
  g_return_val_if_fail (search != NULL, FALSE);
  return search->cancellable || search->target_row != 0;
}
