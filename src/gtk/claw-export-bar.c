/* claw-export-bar.c: see claw-export-bar.h. */
#include "claw-export-bar.h"

#include "claw-dialogs.h"
#include "claw-save-dialog.h"

#include <glib/gi18n-lib.h>

/* What is written faster shows no bar that only flashes. */
#define SHOW_AFTER_MS 150

struct _ClawExportBar
{
  AdwBin parent_instance;

  ClawSavedChat *chat;         /* (nullable) */
  GSimpleActionGroup *actions; /* (nullable) */
  AdwToastOverlay *toasts;     /* (nullable) */
  GCancellable *cancellable;   /* (nullable): while something is written */
  guint show_timer;
  GtkRevealer *revealer;
  GtkLabel *label;
  GtkProgressBar *progress;
};

enum
{
  SIGNAL_FOCUS_LEFT,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawExportBar, claw_export_bar, ADW_TYPE_BIN)

static void
enable (ClawExportBar *bar, const char *name, gboolean is_enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (bar->actions), name);
  if (action)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_enabled);
}

static void
update (ClawExportBar *bar)
{
  gboolean may = bar->chat && claw_saved_chat_get_keeper (bar->chat) && !bar->cancellable;
  if (!bar->actions)
    return;
  enable (bar, "export-text", may);
  enable (bar, "export-json", may);
  enable (bar, "export-cancel", bar->cancellable != NULL);
}

/* Not even for an instant after the end: a screen reader would tell of it. */
static void
hide (ClawExportBar *bar)
{
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (bar));
  GtkWidget *focus = window ? gtk_root_get_focus (window) : NULL;
  if (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (bar)))
    g_signal_emit (bar, signals[SIGNAL_FOCUS_LEFT], 0);
  g_clear_handle_id (&bar->show_timer, g_source_remove);
  gtk_revealer_set_reveal_child (bar->revealer, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (bar->revealer), FALSE);
}

static gboolean
on_show_timer (gpointer user_data)
{
  ClawExportBar *bar = user_data;
  bar->show_timer = 0;
  gtk_widget_set_visible (GTK_WIDGET (bar->revealer), TRUE);
  gtk_revealer_set_reveal_child (bar->revealer, TRUE);
  return G_SOURCE_REMOVE;
}

static void
toast (ClawExportBar *bar, const char *text)
{
  adw_toast_overlay_add_toast (bar->toasts, adw_toast_new (text));
}

static void
ignore_answer (gboolean accepted, gpointer user_data)
{
}

/* A toast would cut what can be done about it. */
static void
tell_error (ClawExportBar *bar, const GError *error)
{
  ClawQuestion question
      = { .heading = _ ("Messages Not Exported"), .body = error->message, .cancel = _ ("_Close") };
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (bar));
  if (window)
    claw_dialogs_ask (GTK_WINDOW (window), &question, ignore_answer, NULL, NULL);
  else
    g_warning ("%s", error->message);
}

/* Nothing under way keeps a bar whose page is gone: it has to give up what it began. */
static GWeakRef *
weak_ref_new (ClawExportBar *bar)
{
  GWeakRef *ref = g_new0 (GWeakRef, 1);
  g_weak_ref_init (ref, bar);
  return ref;
}

/* @ref: (transfer full). Returns: (transfer full) (nullable) */
static ClawExportBar *
weak_ref_free (GWeakRef *ref)
{
  ClawExportBar *bar = g_weak_ref_get (ref);
  g_weak_ref_clear (ref);
  g_free (ref);
  return bar;
}

static void
on_progress (goffset done, goffset total, gpointer user_data)
{
  g_autoptr (ClawExportBar) bar = g_weak_ref_get (user_data);
  double fraction = total > 0 ? (double) done / (double) total : 1;
  if (bar)
    gtk_progress_bar_set_fraction (bar->progress, MIN (fraction, 1));
}

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawExportBar) bar = weak_ref_free (user_data);
  g_autoptr (GError) error = NULL;
  gboolean good = claw_archive_export_finish (CLAW_ARCHIVE (source), result, &error);
  if (!bar)
    return;
  g_clear_object (&bar->cancellable);
  hide (bar);
  update (bar);
  if (good)
    toast (bar, _ ("Messages exported. The file is not encrypted."));
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    toast (bar, _ ("Export cancelled. No file was written."));
  else
    tell_error (bar, error);
}

void
claw_export_bar_begin (ClawExportBar *bar,
                       ClawArchive *archive,
                       const char *own_name,
                       GFile *file,
                       ClawArchiveFormat format)
{
  g_return_if_fail (CLAW_IS_EXPORT_BAR (bar) && CLAW_IS_ARCHIVE (archive) && G_IS_FILE (file));
  if (bar->cancellable)
    return;
  bar->cancellable = g_cancellable_new ();
  gtk_progress_bar_set_fraction (bar->progress, 0);
  bar->show_timer = g_timeout_add (SHOW_AFTER_MS, on_show_timer, bar);
  update (bar);
  GWeakRef *ref = weak_ref_new (bar);
  claw_archive_export_async (archive, file, format, own_name, on_progress, ref, bar->cancellable,
                             on_exported, ref);
}

/* @bar: (nullable) */
static void
export_to (ClawExportBar *bar, GFile *file, ClawArchiveFormat format)
{
  ClawKeeper *keeper = bar && bar->chat ? claw_saved_chat_get_keeper (bar->chat) : NULL;
  if (!file || !keeper)
    return;
  const char *name = claw_client_get_name (claw_saved_chat_get_client (bar->chat));
  claw_export_bar_begin (bar, claw_keeper_get_archive (keeper), name ? name : _ ("You"), file,
                         format);
}

static void
on_text_chosen (GFile *file, gpointer user_data)
{
  g_autoptr (ClawExportBar) bar = weak_ref_free (user_data);
  export_to (bar, file, CLAW_ARCHIVE_TEXT);
}

static void
on_json_chosen (GFile *file, gpointer user_data)
{
  g_autoptr (ClawExportBar) bar = weak_ref_free (user_data);
  export_to (bar, file, CLAW_ARCHIVE_JSON);
}

/* A title may hold what a file's name may not. */
static void
choose (ClawExportBar *bar, const char *suffix, ClawSaveDialogChosen callback)
{
  g_autofree char *name = g_strconcat (claw_saved_chat_get_title (bar->chat), suffix, NULL);
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (bar));
  g_strdelimit (name, G_DIR_SEPARATOR_S, '-');
  claw_save_dialog_ask (GTK_WINDOW (window), _ ("Export Messages"), name, callback,
                        weak_ref_new (bar));
}

static void
on_export_text (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  choose (user_data, ".txt", on_text_chosen);
}

static void
on_export_json (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  choose (user_data, ".json", on_json_chosen);
}

static void
on_export_cancel (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawExportBar *bar = user_data;
  if (bar->cancellable)
    g_cancellable_cancel (bar->cancellable);
}

/* The object. */

static void
claw_export_bar_dispose (GObject *object)
{
  ClawExportBar *bar = CLAW_EXPORT_BAR (object);
  g_clear_handle_id (&bar->show_timer, g_source_remove);
  if (bar->cancellable)
    g_cancellable_cancel (bar->cancellable);
  g_clear_object (&bar->cancellable);
  if (bar->chat)
    g_signal_handlers_disconnect_by_data (bar->chat, bar);
  g_clear_object (&bar->chat);
  g_clear_object (&bar->actions);
  bar->toasts = NULL;
  G_OBJECT_CLASS (claw_export_bar_parent_class)->dispose (object);
}

static void
claw_export_bar_class_init (ClawExportBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_export_bar_dispose;
  signals[SIGNAL_FOCUS_LEFT] = g_signal_new ("focus-left", CLAW_TYPE_EXPORT_BAR, G_SIGNAL_RUN_LAST,
                                             0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/export-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawExportBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, ClawExportBar, label);
  gtk_widget_class_bind_template_child (widget_class, ClawExportBar, progress);
}

static void
claw_export_bar_init (ClawExportBar *bar)
{
  gtk_widget_init_template (GTK_WIDGET (bar));
}

void
claw_export_bar_set_chat (ClawExportBar *bar,
                          ClawSavedChat *chat,
                          GSimpleActionGroup *actions,
                          AdwToastOverlay *toasts)
{
  static const GActionEntry entries[] = {
    { "export-text", on_export_text, NULL, NULL, NULL, { 0 } },
    { "export-json", on_export_json, NULL, NULL, NULL, { 0 } },
    { "export-cancel", on_export_cancel, NULL, NULL, NULL, { 0 } },
  };
  g_return_if_fail (CLAW_IS_EXPORT_BAR (bar) && !bar->actions);
  g_set_object (&bar->chat, chat);
  bar->actions = g_object_ref (actions);
  bar->toasts = toasts;
  g_action_map_add_action_entries (G_ACTION_MAP (actions), entries, G_N_ELEMENTS (entries), bar);
  if (chat)
    g_signal_connect_swapped (chat, "notify::is-saved", G_CALLBACK (update), bar);
  update (bar);
}
