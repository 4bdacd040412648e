/* test-export-bar.c: how far an export is, and giving it up, on a display. */
#include "claw-export-bar.h"
#include "own-archive.h"
#include "widget-test.h"
#include "../support/held-exports.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_MESSAGES 20000
#define NOW_US (G_GINT64_CONSTANT (1700049600) * G_USEC_PER_SEC)

typedef struct
{
  char *directory;
  GFile *file;
  ClawArchive *archive;
  GtkWidget *window;
  ClawExportBar *bar;
  GSimpleActionGroup *actions;
} Fixture;

static void
add_messages (Fixture *fixture)
{
  for (unsigned i = 0; i < N_MESSAGES; i++)
    {
      uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 1 };
      memcpy (id + 1, &i, sizeof i);
      g_autoptr (ClawMessage) message = claw_message_new_full (id, "anna", NOW_US, "What was said",
                                                               -1, NULL);
      claw_archive_add (fixture->archive, message, FALSE, CLAW_MESSAGE_DELIVERED);
    }
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  gboolean is_flushed = FALSE;
  GtkWidget *toasts = adw_toast_overlay_new ();
  fixture->archive = open_own_archive (&fixture->directory);
  g_autofree char *path = g_build_filename (fixture->directory, "messages.json", NULL);
  fixture->file = g_file_new_for_path (path);
  add_messages (fixture);
  claw_archive_flush_async (fixture->archive, on_flushed, &is_flushed);
  RUN_UNTIL (is_flushed);
  fixture->bar = g_object_new (CLAW_TYPE_EXPORT_BAR, "valign", GTK_ALIGN_START, NULL);
  fixture->actions = g_simple_action_group_new ();
  fixture->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 360, 200);
  gtk_widget_insert_action_group (fixture->window, "page", G_ACTION_GROUP (fixture->actions));
  claw_export_bar_set_chat (fixture->bar, NULL, fixture->actions, ADW_TOAST_OVERLAY (toasts));
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (toasts), GTK_WIDGET (fixture->bar));
  gtk_window_set_child (GTK_WINDOW (fixture->window), toasts);
  show_window (fixture->window);
  run_for_ms (50);
}

/* Nothing but the archive may be left. */
static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  run_for_ms (20);
  destroy_own_archive (fixture->archive, fixture->directory);
  g_object_unref (fixture->actions);
  g_object_unref (fixture->file);
}

/* The file does not stand there before release_exports (). */
static void
begin (Fixture *fixture)
{
  hold_exports ();
  claw_export_bar_begin (fixture->bar, fixture->archive, "anna", fixture->file, CLAW_ARCHIVE_JSON);
}

static gboolean
may_cancel (Fixture *fixture)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->actions), "export-cancel");
}

/* How far it is goes up; at the end the file is there, for its user alone, and a toast says so. */
static void
test_done (Fixture *fixture, gconstpointer data)
{
  GStatBuf status;
  GtkWidget *progress = find_type (GTK_WIDGET (fixture->bar), GTK_TYPE_PROGRESS_BAR);
  begin (fixture);
  g_assert_true (may_cancel (fixture));
  RUN_UNTIL (gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (progress)) > 0);
  g_assert_false (g_file_query_exists (fixture->file, NULL));
  release_exports ();
  RUN_UNTIL (!may_cancel (fixture));
  g_assert_cmpfloat (gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (progress)), ==, 1);
  g_assert_false (gtk_widget_get_mapped (progress));
  g_assert_true (says (fixture->window, "Messages exported. The file is not encrypted."));
  g_assert_cmpint (g_stat (g_file_peek_path (fixture->file), &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_delete (fixture->file, NULL, NULL));
}

/* The button gives the export up, and no file is left. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  GtkWidget *progress = find_type (GTK_WIDGET (fixture->bar), GTK_TYPE_PROGRESS_BAR);
  GtkWidget *button = find_type (GTK_WIDGET (fixture->bar), GTK_TYPE_BUTTON);
  begin (fixture);
  RUN_UNTIL (gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (progress)) > 0);
  g_assert_true (gtk_widget_get_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  release_exports ();
  RUN_UNTIL (!may_cancel (fixture));
  g_assert_true (says (fixture->window, "Export cancelled. No file was written."));
  g_assert_false (g_file_query_exists (fixture->file, NULL));
}

static void
on_focus_left (ClawExportBar *bar, gpointer user_data)
{
  gtk_widget_grab_focus (user_data);
}

/* Given up with its button, it lets the focus go before it goes itself. */
static void
test_focus (Fixture *fixture, gconstpointer data)
{
  GtkWidget *button = find_type (GTK_WIDGET (fixture->bar), GTK_TYPE_BUTTON);
  GtkWidget *toasts = gtk_window_get_child (GTK_WINDOW (fixture->window));
  GtkWidget *revealer = find_type (GTK_WIDGET (fixture->bar), GTK_TYPE_REVEALER);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *other = gtk_button_new_with_label ("Other");
  g_object_ref (fixture->bar);
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (toasts), box);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->bar));
  gtk_box_append (GTK_BOX (box), gtk_button_new_with_label ("Nearest"));
  gtk_box_append (GTK_BOX (box), other);
  g_object_unref (fixture->bar);
  g_signal_connect (fixture->bar, "focus-left", G_CALLBACK (on_focus_left), other);
  begin (fixture);
  RUN_UNTIL (gtk_revealer_get_reveal_child (GTK_REVEALER (revealer)));
  g_assert_true (gtk_widget_grab_focus (button));
  g_signal_emit_by_name (button, "clicked");
  release_exports ();
  RUN_UNTIL (!may_cancel (fixture));
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (fixture->window)) == other);
  g_assert_false (g_file_query_exists (fixture->file, NULL));
}

static void
on_gone (gpointer user_data, GObject *former)
{
  *(gboolean *) user_data = TRUE;
}

/* Whoever closes the window, or the page, gives it up; what is written then is told to nobody. */
static void
test_closed (Fixture *fixture, gconstpointer data)
{
  gboolean is_gone = FALSE, is_flushed = FALSE;
  g_object_weak_ref (G_OBJECT (fixture->bar), on_gone, &is_gone);
  begin (fixture);
  gtk_window_set_child (GTK_WINDOW (fixture->window), NULL);
  RUN_UNTIL (is_gone);
  release_exports ();
  claw_archive_flush_async (fixture->archive, on_flushed, &is_flushed);
  RUN_UNTIL (is_flushed);
  g_assert_false (g_file_query_exists (fixture->file, NULL));
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 77;
  claw_secret_init ();
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/export-bar/done/file", test_done);
  ADD ("/export-bar/cancelled/nothing", test_cancelled);
  ADD ("/export-bar/cancelled/focus", test_focus);
  ADD ("/export-bar/closed/nothing", test_closed);
  return g_test_run ();
}
