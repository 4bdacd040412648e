/* claw-host-page.c: see claw-host-page.h. */
#include "claw-host-page.h"

#include "claw-dialogs.h"
#include "claw-page-dialog.h"
#include "claw-qr.h"
#include "claw-safety-number.h"
#include "claw-save-dialog.h"
#include "claw-stack.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _ClawHostPage
{
  AdwBin parent_instance;

  ClawHost *host;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  AdwStatusPage *failed_page;
  AdwEntryRow *name_row;
  AdwPasswordEntryRow *passphrase_row;
  GtkWidget *start_button;
  AdwActionRow *file_row;
  GtkWidget *save_button;
  AdwExpanderRow *qr_row;
  ClawQr *qr;
  AdwActionRow *key_row;
  GtkToggleButton *show_key;
  AdwActionRow *reach_row;
  AdwActionRow *port_row;
  AdwPreferencesGroup *members_group;
  GPtrArray *member_rows; /* of GtkWidget */
  char *shown_file;       /* (nullable): that the QR code is of */
  guint source;           /* the countdown, while on the screen */
};

static unsigned open_chat_signal;

G_DEFINE_FINAL_TYPE (ClawHostPage, claw_host_page, ADW_TYPE_BIN)

static void
toast (ClawHostPage *page, const char *text)
{
  AdwToast *message = adw_toast_new ("");
  g_autofree char *markup = g_markup_escape_text (text, -1);
  adw_toast_set_title (message, markup);
  adw_toast_overlay_add_toast (page->toasts, message);
}

static GtkWindow *
get_window (ClawHostPage *page)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (page));
  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

/* What is shown. */

static void
show_validity (ClawHostPage *page)
{
  gint64 left_s = claw_host_get_valid_until_s (page->host) - g_get_real_time () / G_USEC_PER_SEC;
  g_autofree char *text = NULL;
  if (!claw_host_get_file (page->host))
    text = g_strdup (_ ("The next file is being made"));
  else if (left_s <= 0)
    text = g_strdup (_ ("Over"));
  else
    /* Translators: minutes and seconds. */
    text = g_strdup_printf (_ ("Good for one person, for %d:%02d more"), (int) (left_s / 60),
                            (int) (left_s % 60));
  adw_action_row_set_subtitle (page->file_row, text);
}

static void
show_qr (ClawHostPage *page, const char *path)
{
  g_autofree char *text = NULL;
  if (g_strcmp0 (path, page->shown_file) == 0)
    return;
  g_free (page->shown_file);
  page->shown_file = g_strdup (path);
  if (path)
    g_file_get_contents (path, &text, NULL, NULL);
  gtk_widget_set_visible (GTK_WIDGET (page->qr_row), claw_qr_set_text (page->qr, text));
}

static void
show_file (ClawHostPage *page)
{
  const char *path = claw_host_get_file (page->host);
  g_autofree char *name = path ? g_path_get_basename (path) : g_strdup (_ (".sec File"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (page->file_row), name);
  gtk_widget_set_sensitive (page->save_button, path != NULL);
  show_qr (page, path);
  show_validity (page);
}

static void
show_key (ClawHostPage *page)
{
  ClawBootstrapKey *key = claw_host_get_key (page->host);
  gboolean is_shown = gtk_toggle_button_get_active (page->show_key);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (page->key_row),
                                 key && claw_bootstrap_key_is_passphrase (key) ? _ ("Passphrase")
                                                                               : _ ("Key"));
  adw_action_row_set_subtitle (page->key_row, !key       ? ""
                                              : is_shown ? claw_bootstrap_key_peek_text (key)
                                                         : "••••••••••••");
}

static void
on_expanded (AdwExpanderRow *row, GParamSpec *pspec, GtkWidget *number_row)
{
  const uint8_t *own = g_object_get_data (G_OBJECT (row), "own-key");
  const uint8_t *other = g_object_get_data (G_OBJECT (row), "other-key");
  char number[CLAW_SAFETY_NUMBER_SIZE];
  if (adw_expander_row_get_expanded (row) && own && other)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (number_row),
                                 claw_safety_number (own, other, number));
}

static GtkWidget *
make_member_row (ClawHostPage *page, const ClawHostMember *member)
{
  GtkWidget *row = adw_expander_row_new ();
  GtkWidget *number_row = adw_action_row_new ();
  const uint8_t *own = claw_host_get_public_key (page->host);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), member->name ? member->name : "");
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row),
                                 member->is_present ? _ ("Connected") : _ ("Away"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (number_row), _ ("Safety Number"));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (number_row), 0);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), number_row);
  /* Computed only for who looks. */
  if (own)
    g_object_set_data_full (G_OBJECT (row), "own-key", g_memdup2 (own, CLAW_PUBLIC_KEY_SIZE),
                            g_free);
  g_object_set_data_full (G_OBJECT (row), "other-key",
                          g_memdup2 (member->public_key, CLAW_PUBLIC_KEY_SIZE), g_free);
  g_signal_connect_object (row, "notify::expanded", G_CALLBACK (on_expanded), number_row, 0);
  return row;
}

/* Whether the rows that are there tell the same; then those that are open stay so. */
static gboolean
update_members (ClawHostPage *page, GPtrArray *members)
{
  if (members->len != page->member_rows->len)
    return FALSE;
  for (unsigned i = 0; i < members->len; i++)
    {
      const ClawHostMember *member = members->pdata[i];
      GtkWidget *row = page->member_rows->pdata[i];
      const uint8_t *key = g_object_get_data (G_OBJECT (row), "other-key");
      if (!key || memcmp (key, member->public_key, CLAW_PUBLIC_KEY_SIZE) != 0)
        return FALSE;
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), member->name ? member->name : "");
      adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row),
                                     member->is_present ? _ ("Connected") : _ ("Away"));
    }
  return TRUE;
}

static void
show_members (ClawHostPage *page)
{
  GPtrArray *members = claw_host_get_members (page->host);
  adw_preferences_group_set_description (page->members_group,
                                         members->len == 0 ? _ ("Nobody has come yet.") : NULL);
  if (update_members (page, members))
    return;
  for (unsigned i = 0; i < page->member_rows->len; i++)
    adw_preferences_group_remove (page->members_group, page->member_rows->pdata[i]);
  g_ptr_array_set_size (page->member_rows, 0);
  for (unsigned i = 0; i < members->len; i++)
    {
      GtkWidget *row = make_member_row (page, members->pdata[i]);
      adw_preferences_group_add (page->members_group, row);
      g_ptr_array_add (page->member_rows, row);
    }
}

static void
show_running (ClawHostPage *page)
{
  const char *reach = claw_host_get_reach (page->host);
  g_autofree char *port = g_strdup_printf (_ ("UDP %u"), claw_host_get_port (page->host));
  adw_action_row_set_subtitle (page->reach_row, reach ? reach : "");
  adw_action_row_set_subtitle (page->port_row, port);
  show_file (page);
  show_key (page);
  show_members (page);
}

static const char *
page_of (ClawHostState state)
{
  switch (state)
    {
    case CLAW_HOST_OFF:
      return "setup";
    case CLAW_HOST_STARTING:
    case CLAW_HOST_STOPPING:
      return "waiting";
    case CLAW_HOST_RUNNING:
      return "running";
    case CLAW_HOST_FAILED:
      return "failed";
    }
  return "setup";
}

static void
show_page (ClawHostPage *page, const char *name)
{
  gtk_stack_set_visible_child_name (page->stack, name);
  claw_stack_hide_others (page->stack);
}

/* The spinner, which was shown until now, could not take it. */
static void
focus_if_lost (ClawHostPage *page)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (page));
  if (gtk_widget_get_mapped (GTK_WIDGET (page)) && !gtk_root_get_focus (root))
    gtk_widget_child_focus (gtk_stack_get_visible_child (page->stack), GTK_DIR_TAB_FORWARD);
}

static void
update (ClawHostPage *page)
{
  ClawHostState state = claw_host_get_state (page->host);
  const GError *error = claw_host_get_error (page->host);
  const char *before = gtk_stack_get_visible_child_name (page->stack);
  gboolean is_new = g_strcmp0 (before, page_of (state)) != 0;
  show_page (page, page_of (state));
  if (state == CLAW_HOST_RUNNING)
    show_running (page);
  if (state == CLAW_HOST_FAILED && error)
    {
      g_autofree char *markup = g_markup_escape_text (error->message, -1);
      adw_status_page_set_description (page->failed_page, markup);
    }
  if (is_new)
    focus_if_lost (page);
}

static gboolean
on_second (gpointer user_data)
{
  ClawHostPage *page = user_data;
  if (claw_host_get_state (page->host) == CLAW_HOST_RUNNING)
    show_validity (page);
  return G_SOURCE_CONTINUE;
}

/* What the user does. */

static void
on_name_changed (ClawHostPage *page)
{
  g_autofree char *name = g_strstrip (
      g_strdup (gtk_editable_get_text (GTK_EDITABLE (page->name_row))));
  gtk_widget_set_sensitive (page->start_button, *name != '\0');
}

static void
on_start (ClawHostPage *page)
{
  g_autofree char *name = g_strstrip (
      g_strdup (gtk_editable_get_text (GTK_EDITABLE (page->name_row))));
  g_autoptr (GError) error = NULL;
  if (*name == '\0')
    return;
  if (!claw_host_start (page->host, name,
                        gtk_editable_get_text (GTK_EDITABLE (page->passphrase_row)), &error))
    toast (page, error->message);
  gtk_editable_set_text (GTK_EDITABLE (page->passphrase_row), "");
}

static void
on_back (ClawHostPage *page)
{
  show_page (page, "setup");
}

static void
on_stop_confirmed (gboolean accepted, gpointer user_data)
{
  ClawHostPage *page = user_data;
  if (accepted && page->host)
    claw_host_stop (page->host);
}

static void
on_stop (ClawHostPage *page)
{
  const ClawQuestion question = {
    .heading = _ ("Stop Hosting?"),
    .body = _ ("Everybody is disconnected, and nobody can come, until you host this chat again."),
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Stop Hosting"),
    .is_destructive = TRUE,
  };
  claw_dialogs_ask (get_window (page), &question, on_stop_confirmed, g_object_ref (page),
                    g_object_unref);
}

static void
on_new_file (ClawHostPage *page)
{
  claw_host_make_file (page->host);
}

static void
on_copy_key (ClawHostPage *page)
{
  ClawBootstrapKey *key = claw_host_get_key (page->host);
  if (!key)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (page)),
                          claw_bootstrap_key_peek_text (key));
  toast (page, _ ("Copied. Hand the key over by another way than the file."));
}

static void
on_open_chat (ClawHostPage *page)
{
  g_signal_emit (page, open_chat_signal, 0);
  claw_page_dialog_close (GTK_WIDGET (page));
}

typedef struct
{
  ClawHostPage *page;
  GFile *file;
} Saving;

static void
saving_free (Saving *saving)
{
  g_object_unref (saving->page);
  g_object_unref (saving->file);
  g_free (saving);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Saving, saving_free)

static void
on_copied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ClawHostPage) page = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_saved = g_file_copy_finish (G_FILE (source), result, &error);
  /* Closed meanwhile. */
  if (!page->host)
    return;
  if (is_saved)
    toast (page, _ ("Saved. Hand the file over by a way that you trust."));
  else
    toast (page, error->message);
}

static void
on_save_chosen (GFile *file, gpointer user_data)
{
  g_autoptr (Saving) saving = user_data;
  if (file)
    g_file_copy_async (saving->file, file, G_FILE_COPY_OVERWRITE, G_PRIORITY_DEFAULT, NULL, NULL,
                       NULL, on_copied, g_object_ref (saving->page));
}

static void
on_save (ClawHostPage *page)
{
  const char *path = claw_host_get_file (page->host);
  if (!path)
    return;
  g_autofree char *name = g_path_get_basename (path);
  Saving *saving = g_new0 (Saving, 1);
  saving->page = g_object_ref (page);
  saving->file = g_file_new_for_path (path);
  claw_save_dialog_ask (get_window (page), _ ("Save the .sec File"), name, on_save_chosen, saving);
}

static GdkContentProvider *
on_drag (GtkDragSource *source, double x, double y, ClawHostPage *page)
{
  const char *path = claw_host_get_file (page->host);
  if (!path)
    return NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GFile *files[] = { file };
  GdkFileList *list = gdk_file_list_new_from_array (files, G_N_ELEMENTS (files));
  GdkContentProvider *content = gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, list);
  g_boxed_free (GDK_TYPE_FILE_LIST, list);
  return content;
}

/* The object. */

static void
claw_host_page_map (GtkWidget *widget)
{
  ClawHostPage *page = CLAW_HOST_PAGE (widget);
  update (page);
  page->source = g_timeout_add_seconds (1, on_second, page);
  GTK_WIDGET_CLASS (claw_host_page_parent_class)->map (widget);
}

static void
claw_host_page_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&CLAW_HOST_PAGE (widget)->source, g_source_remove);
  GTK_WIDGET_CLASS (claw_host_page_parent_class)->unmap (widget);
}

static void
claw_host_page_dispose (GObject *object)
{
  ClawHostPage *page = CLAW_HOST_PAGE (object);
  g_clear_handle_id (&page->source, g_source_remove);
  if (page->host)
    g_signal_handlers_disconnect_by_data (page->host, page);
  g_clear_object (&page->host);
  g_clear_pointer (&page->member_rows, g_ptr_array_unref);
  g_clear_pointer (&page->shown_file, g_free);
  G_OBJECT_CLASS (claw_host_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, toasts);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, stack);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, failed_page);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, name_row);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, passphrase_row);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, start_button);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, file_row);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, save_button);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, qr_row);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, qr);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, key_row);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, show_key);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, reach_row);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, port_row);
  gtk_widget_class_bind_template_child (widget_class, ClawHostPage, members_group);
}

static void
claw_host_page_class_init (ClawHostPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_host_page_dispose;
  widget_class->map = claw_host_page_map;
  widget_class->unmap = claw_host_page_unmap;
  open_chat_signal = g_signal_new ("open-chat", CLAW_TYPE_HOST_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (CLAW_TYPE_QR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/host-page.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_name_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_start);
  gtk_widget_class_bind_template_callback (widget_class, on_back);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  gtk_widget_class_bind_template_callback (widget_class, on_new_file);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_key);
  gtk_widget_class_bind_template_callback (widget_class, on_open_chat);
  gtk_widget_class_bind_template_callback_full (widget_class, "show_key", G_CALLBACK (show_key));
}

static void
claw_host_page_init (ClawHostPage *page)
{
  page->member_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (page));
  GtkDragSource *drag = gtk_drag_source_new ();
  g_signal_connect (drag, "prepare", G_CALLBACK (on_drag), page);
  gtk_widget_add_controller (GTK_WIDGET (page->file_row), GTK_EVENT_CONTROLLER (drag));
}

GtkWidget *
claw_host_page_new (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  ClawHostPage *page = g_object_new (CLAW_TYPE_HOST_PAGE, NULL);
  const char *name = claw_host_get_name (host);
  page->host = g_object_ref (host);
  gtk_editable_set_text (GTK_EDITABLE (page->name_row), name ? name : _ ("My Chat"));
  g_signal_connect_swapped (host, "notify::state", G_CALLBACK (update), page);
  g_signal_connect_swapped (host, "changed", G_CALLBACK (update), page);
  return GTK_WIDGET (page);
}

ClawHostPage *
claw_host_page_show (GtkWindow *parent, ClawHost *host)
{
  GtkWidget *page = claw_host_page_new (host);
  claw_page_dialog_show (parent, page, _ ("Host a Chat"), 520, 720);
  return CLAW_HOST_PAGE (page);
}
