/* claw-page-history.c: see claw-page-history.h. */
#include "claw-page-history.h"

#include "claw-chat-page.h"
#include "claw-chat-panic.h"
#include "claw-dialogs.h"
#include "claw-old-matches.h"
#include "claw-original-search.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct ClawPageHistory
{
  GtkWidget *page;
  ClawSavedChat *chat;
  ClawConversation *conversation;
  GSimpleActionGroup *actions;
  GtkRevealer *question;
  GCancellable *cancellable; /* of the page under way */
  gint64 first_row;          /* of what is shown; 0 for none */
  gboolean is_locked;        /* the archive could not be opened */
  gboolean is_cut_off;       /* nothing of the archive is shown any more, and nothing can be */
  gboolean is_loading;       /* a page */
  unsigned limit;            /* of it */
  ClawOldMatches *matches;
  ClawOriginalSearch *originals;
};

static ClawKeeper *
get_keeper (ClawPageHistory *history)
{
  return claw_saved_chat_get_keeper (history->chat);
}

/* What is held. */
static GListModel *
get_lines (ClawPageHistory *history)
{
  return claw_history_get_model (claw_conversation_get_history (history->conversation));
}

static GtkWindow *
get_window (ClawPageHistory *history)
{
  return GTK_WINDOW (gtk_widget_get_root (history->page));
}

/* What is shown. */

static void
set_state (ClawPageHistory *history, const char *name, GVariant *state, gboolean is_enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (history->actions), name);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_enabled);
  if (state)
    g_simple_action_set_state (G_SIMPLE_ACTION (action), state);
}

/* What goes with the focus in it would hand it to whatever stands nearest. */
static void
show_question (ClawPageHistory *history, gboolean is_asked)
{
  GtkWidget *question = GTK_WIDGET (history->question);
  GtkRoot *window = gtk_widget_get_root (question);
  GtkWidget *focus = window ? gtk_root_get_focus (window) : NULL;
  if (!is_asked && focus && gtk_widget_is_ancestor (focus, question))
    claw_chat_page_focus (CLAW_CHAT_PAGE (history->page));
  gtk_widget_set_visible (question, is_asked);
  gtk_revealer_set_reveal_child (history->question, is_asked);
}

static void
update (ClawPageHistory *history)
{
  ClawKeeper *keeper = get_keeper (history);
  gboolean has = keeper != NULL;
  ClawArchive *archive = has ? claw_keeper_get_archive (keeper) : NULL;
  claw_old_matches_set_archive (history->matches, archive);
  claw_original_search_set_archive (history->originals, archive);
  g_autofree char *days = g_strdup_printf ("%u", has ? claw_keeper_get_retention (keeper) : 0);
  set_state (history, "history", g_variant_new_boolean (has && claw_keeper_get_history (keeper)),
             has);
  set_state (history, "retention", g_variant_new_string (days), has);
  set_state (history, "clear-history", NULL, has);
  gboolean is_asked = has && claw_saved_chat_get_is_saved (history->chat)
                      && !claw_keeper_is_history_decided (keeper)
                      && !claw_chat_panic_is_over (history->chat);
  show_question (history, is_asked);
}

static ClawMessageItem *
item_new (ClawMessage *message, gboolean is_own, ClawMessageState state)
{
  ClawMessageItem *item = claw_message_item_new (message, is_own ? CLAW_MESSAGE_ITEM_OWN
                                                                 : CLAW_MESSAGE_ITEM_OTHER);
  claw_message_item_set_state (item, state);
  return item;
}

/* Whether @message is in @page (element-type ClawArchivedMessage). */
static gboolean
is_in (const GPtrArray *page, ClawMessage *message)
{
  for (guint i = 0; i < page->len; i++)
    {
      const ClawArchivedMessage *archived = page->pdata[i];
      if (memcmp (claw_message_get_id (archived->message), claw_message_get_id (message),
                  CLAW_MESSAGE_ID_SIZE)
          == 0)
        return TRUE;
    }
  return FALSE;
}

/* What waits stands in the history only where that is kept. */
static void
add_queued (ClawPageHistory *history, const GPtrArray *page, GPtrArray *items)
{
  ClawKeeper *keeper = get_keeper (history);
  GPtrArray *queued = keeper ? claw_keeper_get_queued (keeper) : NULL;
  for (guint i = 0; queued && i < queued->len; i++)
    if (!is_in (page, queued->pdata[i]))
      {
        ClawMessageState state = claw_archive_get_queued_state (claw_keeper_get_archive (keeper),
                                                                queued->pdata[i]);
        g_ptr_array_add (items, item_new (queued->pdata[i], TRUE, state));
      }
}

/* Who waits for a page: @row is the oldest that is shown. */
static void
tell_page (ClawPageHistory *history, gint64 row)
{
  claw_old_matches_page_loaded (history->matches, row);
  claw_original_search_page_loaded (history->originals, row);
}

static void
tell_no_page (ClawPageHistory *history)
{
  claw_old_matches_end (history->matches);
  claw_original_search_stop (history->originals);
}

/* After @page. Returns: whether there was no room for all of it. */
static gboolean
find_first_row (ClawPageHistory *history, const GPtrArray *page)
{
  if (page->len == 0)
    return FALSE;
  const ClawArchivedMessage *archived = page->pdata[0];
  gint64 row = claw_history_get_first_row (claw_conversation_get_history (history->conversation));
  history->first_row = row != 0 ? row : archived->row;
  return history->first_row > archived->row;
}

static void
show_page (ClawPageHistory *history, const GPtrArray *page)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean is_newest = history->first_row == 0;
  for (guint i = 0; i < page->len; i++)
    {
      const ClawArchivedMessage *archived = page->pdata[i];
      ClawMessageItem *item = item_new (archived->message, archived->is_own, archived->state);
      claw_message_item_set_row (item, archived->row);
      g_ptr_array_add (items, item);
    }
  if (is_newest)
    add_queued (history, page, items);
  claw_conversation_prepend (history->conversation, items);
  gboolean is_full = find_first_row (history, page);
  claw_conversation_set_has_older (history->conversation, page->len == history->limit && !is_full);
  tell_page (history, history->first_row);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = claw_archive_load_finish (CLAW_ARCHIVE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  ClawPageHistory *history = user_data;
  history->is_loading = FALSE;
  if (page)
    show_page (history, page);
  else
    {
      tell_no_page (history);
      claw_conversation_add_notice (history->conversation, error->message);
    }
}

/* What waits is among the newest, and has to stand in its place. */
static unsigned
get_limit (ClawPageHistory *history, ClawKeeper *keeper)
{
  if (history->first_row != 0)
    return CLAW_PAGE_HISTORY_PAGE;
  return CLAW_PAGE_HISTORY_FIRST + claw_keeper_get_queued (keeper)->len;
}

/* Returns: FALSE when none can be had. */
static gboolean
load_page (ClawPageHistory *history)
{
  ClawKeeper *keeper = get_keeper (history);
  if (!keeper || history->is_cut_off)
    return FALSE;
  if (history->is_loading)
    return TRUE;
  history->is_loading = TRUE;
  history->limit = get_limit (history, keeper);
  claw_archive_load_async (claw_keeper_get_archive (keeper), history->first_row, history->limit,
                           history->cancellable, on_loaded, history);
  return TRUE;
}

static void
cancel_page (ClawPageHistory *history)
{
  g_cancellable_cancel (history->cancellable);
  g_object_unref (history->cancellable);
  history->cancellable = g_cancellable_new ();
  history->is_loading = FALSE;
}

/* New lines took the place of the oldest: the next page is what comes ahead of those that are left.
 * Where these are all of this run, that is not known. */
static void
on_lines_changed (ClawPageHistory *history, unsigned position, unsigned removed)
{
  if (position > 0 || removed == 0 || g_list_model_get_n_items (get_lines (history)) == 0)
    return;
  gint64 row = claw_history_get_first_row (claw_conversation_get_history (history->conversation));
  if (history->first_row == 0 || row == history->first_row)
    return;
  cancel_page (history);
  history->is_cut_off = row == 0;
  if (!history->is_cut_off)
    history->first_row = row;
  claw_conversation_set_has_older (history->conversation, !history->is_cut_off);
  tell_page (history, row);
}

static void
on_page_wanted (gpointer user_data)
{
  load_page (user_data);
}

static gboolean
on_original_page_wanted (gpointer user_data)
{
  return load_page (user_data);
}

/* Messages that wait. */

static void
on_cancel (ClawConversation *conversation, ClawMessage *message, gpointer user_data)
{
  ClawPageHistory *history = user_data;
  claw_saved_chat_cancel (history->chat, message);
}

static void
on_cancelled (ClawClient *client, ClawMessage *message, gpointer user_data)
{
  ClawPageHistory *history = user_data;
  claw_conversation_remove (history->conversation, message);
}

static void
on_older_wanted (ClawConversation *conversation, gpointer user_data)
{
  load_page (user_data);
}

static void
on_changed (GObject *chat, GParamSpec *pspec, gpointer user_data)
{
  ClawPageHistory *history = user_data;
  update (history);
  if (!history->is_locked || !get_keeper (history))
    return;
  history->is_locked = FALSE;
  load_page (history);
}

/* The question, and the switch. */

static void
decide (ClawPageHistory *history, gboolean is_kept)
{
  ClawKeeper *keeper = get_keeper (history);
  if (keeper)
    claw_keeper_set_history (keeper, is_kept);
  update (history);
}

static GWeakRef *
weak_ref_new (GtkWidget *page)
{
  GWeakRef *ref = g_new0 (GWeakRef, 1);
  g_weak_ref_init (ref, page);
  return ref;
}

static void
weak_ref_free (gpointer user_data)
{
  g_weak_ref_clear (user_data);
  g_free (user_data);
}

static void
ignore_answer (gboolean accepted, gpointer user_data)
{
}

/* They are not in view any more, and would be there again after a restart. */
static void
on_clear_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) page = g_weak_ref_get (user_data);
  g_autoptr (GError) error = NULL;
  weak_ref_free (user_data);
  if (claw_archive_clear_finish (CLAW_ARCHIVE (source), result, &error)
      || g_error_matches (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_GONE))
    return;
  ClawQuestion question = {
    .heading = _ ("Messages Not Deleted Yet"),
    .body = error->message,
    .cancel = _ ("_Close"),
  };
  GtkRoot *window = page ? gtk_widget_get_root (page) : NULL;
  if (window)
    claw_dialogs_ask (GTK_WINDOW (window), &question, ignore_answer, NULL, NULL);
  else
    g_warning ("%s", error->message);
}

/* With nothing shown, and no page under way. */
static void
begin_anew (ClawPageHistory *history)
{
  cancel_page (history);
  history->is_cut_off = FALSE;
  history->first_row = 0;
  tell_no_page (history);
  tell_page (history, 0);
  claw_conversation_set_has_older (history->conversation, FALSE);
  claw_conversation_clear (history->conversation);
}

/* What waits goes too, unless it is on its way already. */
static void
cancel_queued (ClawPageHistory *history, ClawKeeper *keeper)
{
  ClawClient *client = claw_saved_chat_get_client (history->chat);
  g_autoptr (GPtrArray) queued = claw_archive_get_queued (claw_keeper_get_archive (keeper));
  for (guint i = 0; i < queued->len; i++)
    claw_client_cancel_message (client, queued->pdata[i]);
  claw_keeper_forget_queued (keeper);
}

static void
clear (ClawPageHistory *history)
{
  ClawKeeper *keeper = get_keeper (history);
  if (!keeper)
    return;
  cancel_queued (history, keeper);
  claw_keeper_clear_async (keeper, on_clear_done, weak_ref_new (history->page));
  claw_saved_chat_forget_preview (history->chat);
  begin_anew (history);
}

static void
on_keep (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  decide (user_data, TRUE);
}

/* What came before the answer goes too. */
static void
on_drop (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawPageHistory *history = user_data;
  decide (history, FALSE);
  if (get_keeper (history))
    claw_keeper_clear_async (get_keeper (history), on_clear_done, weak_ref_new (history->page));
}

static void
on_history (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  decide (user_data, g_variant_get_boolean (value));
}

static void
on_retention (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  ClawPageHistory *history = user_data;
  guint64 days = g_ascii_strtoull (g_variant_get_string (value, NULL), NULL, 10);
  if (get_keeper (history))
    claw_keeper_set_retention (get_keeper (history), (unsigned) days);
  update (history);
}

/* Deleting. */

static void
on_clear_answer (gboolean accepted, gpointer user_data)
{
  GWeakRef *ref = user_data;
  g_autoptr (GtkWidget) page = g_weak_ref_get (ref);
  ClawPageHistory *history = page ? g_object_get_data (G_OBJECT (page), "claw-history") : NULL;
  if (history && accepted)
    clear (history);
}

static void
on_clear (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawPageHistory *history = user_data;
  ClawQuestion question = {
    .heading = _ ("Delete All Messages?"),
    .body = _ ("All messages of this chat are erased from this computer. Others keep theirs."),
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Delete"),
    .is_destructive = TRUE,
  };
  claw_dialogs_ask (get_window (history), &question, on_clear_answer, weak_ref_new (history->page),
                    weak_ref_free);
}

/* Life cycle. */

ClawPageHistory *
claw_page_history_new (GtkWidget *page,
                       ClawSavedChat *chat,
                       ClawConversation *conversation,
                       GSimpleActionGroup *actions,
                       GtkRevealer *question)
{
  static const GActionEntry entries[] = {
    { "history", NULL, NULL, "false", on_history, { 0 } },
    { "retention", NULL, "s", "'0'", on_retention, { 0 } },
    { "history-keep", on_keep, NULL, NULL, NULL, { 0 } },
    { "history-drop", on_drop, NULL, NULL, NULL, { 0 } },
    { "clear-history", on_clear, NULL, NULL, NULL, { 0 } },
  };
  ClawPageHistory *history = g_new0 (ClawPageHistory, 1);
  history->page = page;
  history->chat = g_object_ref (chat);
  history->conversation = conversation;
  history->actions = actions;
  history->question = question;
  history->cancellable = g_cancellable_new ();
  history->matches = claw_old_matches_new (conversation, on_page_wanted, history);
  history->originals = claw_original_search_new (conversation, on_original_page_wanted, history);
  g_object_set_data (G_OBJECT (page), "claw-history", history);
  g_action_map_add_action_entries (G_ACTION_MAP (actions), entries, G_N_ELEMENTS (entries),
                                   history);
  g_signal_connect (chat, "notify::is-saved", G_CALLBACK (on_changed), history);
  g_signal_connect (conversation, "older-wanted", G_CALLBACK (on_older_wanted), history);
  g_signal_connect_swapped (get_lines (history), "items-changed", G_CALLBACK (on_lines_changed),
                            history);
  g_signal_connect (conversation, "cancel", G_CALLBACK (on_cancel), history);
  g_signal_connect (claw_saved_chat_get_client (chat), "message-cancelled",
                    G_CALLBACK (on_cancelled), history);
  claw_conversation_set_can_cancel (conversation, TRUE);
  history->is_locked = claw_saved_chat_get_is_locked (chat) && !get_keeper (history);
  load_page (history);
  update (history);
  return history;
}

void
claw_page_history_reload (ClawPageHistory *history)
{
  g_return_if_fail (history != NULL);
  begin_anew (history);
  load_page (history);
  update (history);
}

ClawOldMatches *
claw_page_history_get_matches (ClawPageHistory *history)
{
  g_return_val_if_fail (history != NULL, NULL);
  return history->matches;
}

void
claw_page_history_free (ClawPageHistory *history)
{
  if (!history)
    return;
  g_object_set_data (G_OBJECT (history->page), "claw-history", NULL);
  g_cancellable_cancel (history->cancellable);
  claw_original_search_free (history->originals);
  claw_old_matches_free (history->matches);
  g_object_unref (history->cancellable);
  g_signal_handlers_disconnect_by_data (history->chat, history);
  g_signal_handlers_disconnect_by_data (history->conversation, history);
  g_signal_handlers_disconnect_by_data (get_lines (history), history);
  g_signal_handlers_disconnect_by_data (claw_saved_chat_get_client (history->chat), history);
  g_object_unref (history->chat);
  g_free (history);
}
