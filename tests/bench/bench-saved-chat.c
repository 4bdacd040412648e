/* bench-saved-chat.c: what a long saved history costs the window. tests/bench/saved-chat runs it.
 *
 *   bench-saved-chat fill MESSAGES
 *   bench-saved-chat start BEGUN-US
 *   bench-saved-chat use BEGUN-US EXPORTED-FILE
 *
 * fill: writes messages into the archive of the one chat below $XDG_DATA_HOME, under the key that
 * the keyring has, as the window would. start: opens the window with all that the program does, and
 * tells when there was what to see. use: then scrolls up through the whole history, exports it and
 * deletes it. BEGUN-US: the monotonic clock when the process was started.
 *
 * A stall is how long the main loop was busy without a pause, so that no key and no frame could
 * come between: from the return of its poll to the next call.
 */
#include "bench-time.h"
#include "claw-application.h"
#include "claw-chat-page.h"
#include "claw-conversation.h"
#include "claw-export-bar.h"
#include "claw-keyring.h"
#include "claw-log.h"
#include "claw-message-row.h"
#include "claw-window.h"
#include "widget-test.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEWEST "The newest message of all"
#define QUIET_US (G_USEC_PER_SEC / 5)
#define BUSY_US 1000
#define PATIENCE_US (60 * (gint64) G_USEC_PER_SEC)
#define SETTLE_MS 4000

typedef struct
{
  ClawApplication *application;
  gint64 begun_us;
  gint64 frame_us;      /* when the first frame was painted; 0: not yet */
  gint64 newest_us;     /* when the newest message was */
  const char *exported; /* (nullable) */
} Bench;

/* The main loop. */

static gint64 polled_us;       /* when poll returned; 0: not yet */
static gint64 polled_work_us;  /* the thread's processor time then */
static gint64 busy_us;         /* when the last iteration ended that took a moment */
static gint64 longest_us;      /* stall */
static gint64 longest_work_us; /* of the processor in one stall */

static void
note_stall (void)
{
  gint64 stall_us = g_get_monotonic_time () - polled_us;
  longest_us = MAX (longest_us, stall_us);
  longest_work_us = MAX (longest_work_us, get_processor_us () - polled_work_us);
  if (stall_us > BUSY_US)
    busy_us = g_get_monotonic_time ();
}

static int
poll_and_measure (GPollFD *fds, unsigned n_fds, int timeout_ms)
{
  if (polled_us != 0)
    note_stall ();
  int result = g_poll (fds, n_fds, timeout_ms);
  polled_us = g_get_monotonic_time ();
  polled_work_us = get_processor_us ();
  return result;
}

/* What is under way does not count any more. */
static void
begin_stalls (void)
{
  polled_us = g_get_monotonic_time ();
  polled_work_us = get_processor_us ();
  longest_us = longest_work_us = 0;
}

static void
print_stall (void)
{
  printf ("; longest stall %.0f ms, of the processor %.0f ms\n", (double) longest_us / 1000,
          (double) longest_work_us / 1000);
}

typedef gboolean (*Condition) (gpointer user_data);

static void
run_until (Condition condition, gpointer user_data, const char *what)
{
  gint64 end_us = g_get_monotonic_time () + PATIENCE_US;
  gboolean is_woken = FALSE;
  guint wake = g_timeout_add (5, widget_test_on_timeout, &is_woken);
  while (!condition (user_data))
    {
      if (g_get_monotonic_time () > end_us)
        g_error ("waited in vain for %s", what);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (wake);
}

static gboolean
is_quiet (gpointer user_data)
{
  return g_get_monotonic_time () - busy_us > QUIET_US;
}

/* Memory. */

/* Of a line "Name:   123 kB". */
static double
find_mib (const char *text, const char *name)
{
  const char *line = text ? strstr (text, name) : NULL;
  return line ? g_ascii_strtod (line + strlen (name), NULL) / 1024 : 0;
}

static void
print_memory (const char *when)
{
  g_autofree char *rollup = NULL;
  g_file_get_contents ("/proc/self/smaps_rollup", &rollup, NULL, NULL);
  printf ("  memory %s: %.0f MiB proportional, %.0f private\n", when, find_mib (rollup, "\nPss:"),
          find_mib (rollup, "\nPrivate_Clean:") + find_mib (rollup, "\nPrivate_Dirty:"));
}

static double
get_peak_mib (void)
{
  g_autofree char *status = NULL;
  g_file_get_contents ("/proc/self/status", &status, NULL, NULL);
  return find_mib (status, "\nVmHWM:");
}

static void
reset_peak (void)
{
  /* Not by g_file_set_contents (), which would rename a file over it. */
  FILE *file = fopen ("/proc/self/clear_refs", "w");
  if (file && fputs ("5", file) >= 0)
    fclose (file);
}

/* Filling. */

static void
on_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
has_result (gpointer user_data)
{
  return *(GAsyncResult **) user_data != NULL;
}

static void
flush (ClawArchive *archive)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  claw_archive_flush_async (archive, on_done, &result);
  run_until (has_result, &result, "the archive");
  if (!claw_archive_flush_finish (archive, result, &error))
    g_error ("%s", error->message);
}

/* Of one to six sentences; a minute apart, so that there are some months of them. Every third is
 * ours. */
static void
add_message (ClawArchive *archive, unsigned number, unsigned n_messages)
{
  static const char *words = " The quick brown fox jumps over the lazy dog, and on it goes.";
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 age_us = (gint64) (n_messages - number) * 60 * G_USEC_PER_SEC;
  gboolean is_own = number % 3 == 0;
  for (unsigned i = 0; i < sizeof id; i++)
    id[i] = (uint8_t) g_random_int ();
  g_string_append_printf (text, "%u:", number);
  for (unsigned i = 0; i <= (number * 7919) % 6; i++)
    g_string_append (text, words);
  g_autoptr (ClawMessage) message = claw_message_new_full (
      id, is_own ? "ben" : "anna", g_get_real_time () - age_us,
      number + 1 == n_messages ? NEWEST : text->str, -1, NULL);
  claw_archive_add (archive, message, is_own, CLAW_MESSAGE_DELIVERED);
}

/* Returns: (transfer full) */
static ClawArchive *
open_only_archive (const char *directory, const ClawKey *key)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *chats = g_build_filename (directory, "chats", NULL);
  g_autoptr (GDir) dir = g_dir_open (chats, 0, &error);
  const char *id = dir ? g_dir_read_name (dir) : NULL;
  if (!id)
    g_error ("there is no chat in %s", chats);
  g_autofree char *path = g_build_filename (chats, id, CLAW_SAVED_CHAT_ARCHIVE, NULL);
  ClawArchive *archive = claw_archive_open (path, key, &error);
  if (!archive)
    g_error ("%s", error->message);
  return archive;
}

static int
fill (unsigned n_messages)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *directory = g_build_filename (g_get_user_data_dir (), "clawchat", NULL);
  g_autoptr (ClawKeyring) keyring = claw_keyring_new (directory);
  claw_keyring_unlock_async (keyring, NULL, on_done, &result);
  run_until (has_result, &result, "the keyring");
  if (!claw_keyring_unlock_finish (keyring, result, &error))
    g_error ("%s", error->message);
  g_autoptr (ClawArchive) archive = open_only_archive (directory, claw_keyring_get_key (keyring));
  claw_archive_set_setting (archive, "history", g_variant_new_boolean (TRUE));
  for (unsigned i = 0; i < n_messages; i++)
    add_message (archive, i, n_messages);
  flush (archive);
  return 0;
}

/* The window. */

static ClawConversation *
get_conversation (Bench *bench)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (bench->application));
  return CLAW_CONVERSATION (find_type (GTK_WIDGET (window), CLAW_TYPE_CONVERSATION));
}

static ClawChatPage *
get_page (Bench *bench)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (bench->application));
  return CLAW_CHAT_PAGE (find_type (GTK_WIDGET (window), CLAW_TYPE_CHAT_PAGE));
}

/* Whether a row of @widget shows the newest message within what is in view of @around. */
static gboolean
shows_newest (GtkWidget *widget, GtkWidget *around)
{
  graphene_rect_t bounds;
  if (!gtk_widget_get_mapped (widget))
    return FALSE;
  if (CLAW_IS_MESSAGE_ROW (widget))
    {
      ClawMessageItem *item = claw_message_row_get_item (CLAW_MESSAGE_ROW (widget));
      return item && g_str_equal (claw_message_item_get_text (item), NEWEST)
             && gtk_widget_compute_bounds (widget, around, &bounds) && bounds.origin.y >= 0
             && bounds.origin.y + bounds.size.height <= (float) gtk_widget_get_height (around);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    if (shows_newest (child, around))
      return TRUE;
  return FALSE;
}

static void
on_painted (GdkFrameClock *clock, Bench *bench)
{
  ClawConversation *conversation = get_conversation (bench);
  if (bench->frame_us == 0)
    bench->frame_us = g_get_monotonic_time ();
  if (bench->newest_us == 0 && conversation
      && shows_newest (GTK_WIDGET (conversation), GTK_WIDGET (conversation)))
    bench->newest_us = g_get_monotonic_time ();
}

static void
on_realize (GtkWidget *window, Bench *bench)
{
  g_signal_connect_after (gtk_widget_get_frame_clock (window), "after-paint",
                          G_CALLBACK (on_painted), bench);
}

static void
on_window_added (GtkApplication *application, GtkWindow *window, Bench *bench)
{
  if (CLAW_IS_WINDOW (window))
    g_signal_connect (window, "realize", G_CALLBACK (on_realize), bench);
}

static gboolean
is_connected (gpointer user_data)
{
  Bench *bench = user_data;
  ClawChatPage *page = bench->frame_us != 0 ? get_page (bench) : NULL;
  return page
         && claw_saved_chat_get_state (claw_chat_page_get_chat (page)) == CLAW_CLIENT_CONNECTED;
}

static void
measure_start (Bench *bench)
{
  run_until (is_connected, bench, "the chat to be connected");
  run_until (is_quiet, NULL, "the window to be quiet");
  printf ("  first frame after %.0f ms, ", (double) (bench->frame_us - bench->begun_us) / 1000);
  if (bench->newest_us != 0)
    printf ("the newest message after %.0f ms, ",
            (double) (bench->newest_us - bench->begun_us) / 1000);
  printf ("usable after %.0f ms", (double) (busy_us - bench->begun_us) / 1000);
  print_stall ();
  run_for_ms (SETTLE_MS);
  print_memory ("when all is quiet");
}

/* Scrolling. */

static unsigned
count_lines (ClawConversation *conversation)
{
  GtkWidget *list = find_type (GTK_WIDGET (conversation), GTK_TYPE_LIST_VIEW);
  GtkSelectionModel *model = gtk_list_view_get_model (GTK_LIST_VIEW (list));
  return g_list_model_get_n_items (G_LIST_MODEL (model));
}

typedef struct
{
  ClawConversation *conversation;
  GtkAdjustment *adjustment;
  unsigned n_lines;
  gint64 until_us;
} Upward;

/* As a hand on the wheel, which does not stop at the top. */
static gboolean
on_upward_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Upward *upward = user_data;
  gtk_adjustment_set_value (upward->adjustment,
                            gtk_adjustment_get_value (upward->adjustment) / 2 - 1);
  return G_SOURCE_CONTINUE;
}

static gboolean
has_more_lines (gpointer user_data)
{
  const Upward *upward = user_data;
  return count_lines (upward->conversation) > upward->n_lines
         || g_get_monotonic_time () > upward->until_us;
}

static void
measure_scrolling (Bench *bench)
{
  ClawConversation *conversation = get_conversation (bench);
  GtkWidget *scroller = find_type (GTK_WIDGET (conversation), GTK_TYPE_SCROLLED_WINDOW);
  Upward upward = {
    .conversation = conversation,
    .adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)),
  };
  unsigned n_pages = 0;
  gint64 start_us = g_get_monotonic_time ();
  begin_stalls ();
  unsigned tick = gtk_widget_add_tick_callback (scroller, on_upward_tick, &upward, NULL);
  while (upward.n_lines != count_lines (conversation))
    {
      upward.n_lines = count_lines (conversation);
      upward.until_us = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;
      run_until (has_more_lines, &upward, "older messages");
      n_pages++;
    }
  gtk_widget_remove_tick_callback (scroller, tick);
  printf ("  scrolling up to the oldest: %u lines, %u pages, %.0f ms each", upward.n_lines, n_pages,
          (since_ms (start_us) - 2000) / n_pages);
  print_stall ();
  run_for_ms (SETTLE_MS);
  print_memory ("with all of them in the window");
}

/* Exporting and deleting. */

static gboolean
is_file_there (gpointer user_data)
{
  return g_file_test (user_data, G_FILE_TEST_EXISTS);
}

static void
measure_export (Bench *bench)
{
  ClawChatPage *page = get_page (bench);
  ClawKeeper *keeper = claw_saved_chat_get_keeper (claw_chat_page_get_chat (page));
  GtkWidget *bar = find_type (GTK_WIDGET (page), CLAW_TYPE_EXPORT_BAR);
  g_autoptr (GFile) file = g_file_new_for_path (bench->exported);
  GStatBuf status;
  reset_peak ();
  double before_mib = get_peak_mib ();
  gint64 start_us = g_get_monotonic_time ();
  begin_stalls ();
  claw_export_bar_begin (CLAW_EXPORT_BAR (bar), claw_keeper_get_archive (keeper), "ben", file,
                         CLAW_ARCHIVE_JSON);
  run_until (is_file_there, (gpointer) bench->exported, "the exported file");
  double ms = since_ms (start_us);
  run_for_ms (200);
  if (g_stat (bench->exported, &status) != 0)
    g_error ("nothing was exported");
  printf ("  export to JSON: %.1f MB in %.0f ms, %.0f MiB more at the most",
          (double) status.st_size / 1e6, ms, get_peak_mib () - before_mib);
  print_stall ();
}

/* Returns: (transfer none) (nullable): in any window */
static GtkWidget *
find_button (GtkWidget *widget, const char *label)
{
  if (GTK_IS_BUTTON (widget) && gtk_widget_get_mapped (widget)
      && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_button (child, label);
      if (found)
        return found;
    }
  return NULL;
}

/* Tells when. */
static gboolean
click_delete (gpointer user_data)
{
  gint64 *clicked_us = user_data;
  GListModel *windows = gtk_window_get_toplevels ();
  for (unsigned i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);
      GtkWidget *button = find_button (window, "_Delete");
      if (!button)
        continue;
      begin_stalls ();
      *clicked_us = g_get_monotonic_time ();
      g_signal_emit_by_name (button, "clicked");
      return TRUE;
    }
  return FALSE;
}

static gboolean
is_empty (gpointer user_data)
{
  return count_lines (user_data) == 0;
}

static void
measure_deleting (Bench *bench)
{
  ClawChatPage *page = get_page (bench);
  ClawKeeper *keeper = claw_saved_chat_get_keeper (claw_chat_page_get_chat (page));
  g_action_group_activate_action (claw_chat_page_get_actions (page), "clear-history", NULL);
  gint64 start_us = 0;
  run_until (click_delete, &start_us, "the question");
  run_until (is_empty, get_conversation (bench), "the conversation to be empty");
  double shown_ms = since_ms (start_us);
  flush (claw_keeper_get_archive (keeper));
  double ms = since_ms (start_us);
  run_for_ms (500);
  printf ("  deleting all: out of view after %.0f ms, off the disk after %.0f ms", shown_ms, ms);
  print_stall ();
  run_for_ms (SETTLE_MS);
  print_memory ("after that");
}

static gboolean
measure (gpointer user_data)
{
  Bench *bench = user_data;
  measure_start (bench);
  if (bench->exported)
    {
      measure_scrolling (bench);
      measure_export (bench);
      measure_deleting (bench);
    }
  fflush (stdout);
  g_application_quit (G_APPLICATION (bench->application));
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  char *no_arguments[] = { argv[0], NULL };
  Bench bench = { .exported = argc > 3 ? argv[3] : NULL };
  claw_process_init ();
  claw_log_init ("clawchat");
  if (argc < 3)
    return 64;
  if (g_str_equal (argv[1], "fill"))
    return fill ((unsigned) strtoul (argv[2], NULL, 10));
  bench.begun_us = g_ascii_strtoll (argv[2], NULL, 10);
  if (!gtk_init_check ())
    return 77;
  g_main_context_set_poll_func (NULL, poll_and_measure);
  bench.application = claw_application_new ();
  g_signal_connect (bench.application, "window-added", G_CALLBACK (on_window_added), &bench);
  g_idle_add (measure, &bench);
  int code = g_application_run (G_APPLICATION (bench.application), 1, no_arguments);
  g_object_unref (bench.application);
  return code;
}
