/* bench-conversation.c: how long frames of a long conversation take on a display.
 *
 *   tests/gtk/run-on-display bench-conversation [MESSAGES]
 *
 * Fills a conversation beside a list of chats, scrolls through it by wheel steps and far jumps,
 * then lets 500 messages a second arrive at its end, and some more in the other chats. A frame's
 * work is the processor's time from its beginning to the end of its painting, as the window's
 * GdkFrameClock tells; frames that come late show in the interval, so what is done for messages
 * between the frames counts there. That is told by itself too, for each message.
 */
#include "bench-time.h"
#include "claw-client.h"
#include "claw-conversation.h"
#include "claw-resources.h"
#include "claw-sidebar.h"
#include "widget-test.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MESSAGES_PER_SECOND 500
#define FRAME_MS 1000.0 / 60
#define BURST_MESSAGES 5000
#define N_CHATS 8
/* So many messages come in the chat in view for each one that comes elsewhere. */
#define MESSAGES_PER_FOREIGN 10

typedef struct
{
  char *directory; /* of the chats, in which nothing is written */
  ClawSavedChats *chats;
  ClawSavedChat *chat; /* the one in view; (transfer none) */
  GtkWidget *window;
  ClawConversation *conversation;
  GdkFrameClock *clock;
  GArray *work; /* of double, ms: of this thread's processor, between before- and after-paint */
  GArray *intervals; /* of double, ms: from one frame to the next while always one is wanted */
  gint64 begun_us;
  gint64 last_us; /* 0: none yet */
  unsigned n_added;
  gint64 arrival_us; /* since when messages arrive */
  unsigned n_arrived;
  gint64 arrival_work_us; /* of the processor, for them, outside frames */
} Bench;

static double
get_memory_mib (void)
{
  g_autofree char *text = NULL;
  unsigned long size, resident;
  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)
      || sscanf (text, "%lu %lu", &size, &resident) != 2)
    return 0;
  return (double) resident * (double) sysconf (_SC_PAGESIZE) / (1024 * 1024);
}

static void
on_before (GdkFrameClock *clock, Bench *bench)
{
  gint64 now_us = g_get_monotonic_time ();
  bench->begun_us = get_processor_us ();
  if (bench->last_us != 0)
    {
      double ms = (double) (now_us - bench->last_us) / 1000;
      g_array_append_val (bench->intervals, ms);
    }
  bench->last_us = now_us;
}

static void
on_after (GdkFrameClock *clock, Bench *bench)
{
  double ms = (double) (get_processor_us () - bench->begun_us) / 1000;
  g_array_append_val (bench->work, ms);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

static double
percentile (GArray *values, double share)
{
  if (values->len == 0)
    return 0;
  return g_array_index (values, double, (unsigned) (share * (values->len - 1)));
}

static void
begin (Bench *bench)
{
  g_array_set_size (bench->work, 0);
  g_array_set_size (bench->intervals, 0);
  bench->last_us = 0;
}

static void
report (Bench *bench, const char *what)
{
  unsigned n_late = 0;
  for (unsigned i = 0; i < bench->work->len; i++)
    n_late += g_array_index (bench->work, double, i) > FRAME_MS;
  g_array_sort (bench->work, compare);
  g_array_sort (bench->intervals, compare);
  printf ("%s: %u frames, work 50th %.1f ms, 99th %.1f ms, longest %.1f ms, %u over %.1f ms; "
          "interval 50th %.1f ms, 99th %.1f ms; %.0f MiB\n",
          what, bench->work->len, percentile (bench->work, 0.5), percentile (bench->work, 0.99),
          percentile (bench->work, 1), n_late, FRAME_MS, percentile (bench->intervals, 0.5),
          percentile (bench->intervals, 0.99), get_memory_mib ());
  fflush (stdout);
}

/* Of very different lengths, every tenth an answer, every twentieth with a link. Every fifth is of
 * ben, who sits here. */
static ClawMessage *
make_message (unsigned number)
{
  static const char *words = "The quick brown fox jumps over the lazy dog, and on it goes. ";
  uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 0 };
  ClawMessageReply reply = { .sender = (char *) "ben", .excerpt = (char *) "what was said before" };
  unsigned earlier = number > 7 ? number - 7 : 0;
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, "%u: ", number);
  for (unsigned i = 0; i < (number * 7919) % 7; i++)
    g_string_append (text, words);
  if (number % 20 == 0)
    g_string_append (text, "https://example.org/a/page?and=more");
  memcpy (id, &number, sizeof number);
  memcpy (reply.id, &earlier, sizeof earlier);
  return claw_message_new_with_reply (
      id, number % 5 ? "anna" : "ben",
      g_get_real_time () - (gint64) (200000 - MIN (number, 200000)) * 10 * G_USEC_PER_SEC,
      number % 10 == 0 ? &reply : NULL, text->str, -1, NULL);
}

static void
fill (Bench *bench, unsigned n_messages)
{
  g_autoptr (GPtrArray) page = g_ptr_array_new_with_free_func (g_object_unref);
  double memory = get_memory_mib ();
  for (unsigned i = 0; i < n_messages; i++)
    {
      g_autoptr (ClawMessage) message = make_message (bench->n_added++);
      g_ptr_array_add (page, claw_message_item_new (message, i % 5 ? CLAW_MESSAGE_ITEM_OTHER
                                                                   : CLAW_MESSAGE_ITEM_OWN));
    }
  gint64 start_us = g_get_monotonic_time ();
  claw_conversation_prepend (bench->conversation, page);
  printf ("%u messages in front in one page: %.0f ms; %.0f MiB before, %.0f MiB after\n",
          n_messages, (double) (g_get_monotonic_time () - start_us) / 1000, memory,
          get_memory_mib ());
}

static gboolean
on_tick_wanted (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static double step_px;

static gboolean
on_scroll_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  GtkAdjustment *adjustment = user_data;
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + step_px);
  return G_SOURCE_CONTINUE;
}

/* A touchpad moves some dozen pixels a frame, a flick some hundred. */
static void
measure_scrolling (Bench *bench, double pixels, const char *what)
{
  GtkWidget *scroller = find_type (GTK_WIDGET (bench->conversation), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  step_px = pixels;
  begin (bench);
  unsigned tick = gtk_widget_add_tick_callback (bench->window, on_scroll_tick, adjustment, NULL);
  run_for_ms (5000);
  gtk_widget_remove_tick_callback (bench->window, tick);
  report (bench, what);
}

/* As if @chat's client had received it. */
static void
receive (ClawSavedChat *chat, ClawMessage *message)
{
  g_signal_emit_by_name (claw_saved_chat_get_client (chat), "message", message);
}

static void
receive_elsewhere (Bench *bench, unsigned number, ClawMessage *message)
{
  g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (bench->chats),
                                                          number % N_CHATS);
  if (chat != bench->chat)
    receive (chat, message);
}

static gboolean
on_message_due (gpointer user_data)
{
  Bench *bench = user_data;
  gint64 begun_us = get_processor_us ();
  gint64 age_us = g_get_monotonic_time () - bench->arrival_us;
  unsigned n_due = (unsigned) (age_us * MESSAGES_PER_SECOND / G_USEC_PER_SEC);
  for (; bench->n_arrived < n_due; bench->n_arrived++)
    {
      g_autoptr (ClawMessage) message = make_message (bench->n_added++);
      receive (bench->chat, message);
      if (bench->n_arrived % MESSAGES_PER_FOREIGN == 0)
        receive_elsewhere (bench, bench->n_arrived / MESSAGES_PER_FOREIGN, message);
    }
  bench->arrival_work_us += get_processor_us () - begun_us;
  return G_SOURCE_CONTINUE;
}

static void
measure_arrival (Bench *bench, const char *what)
{
  begin (bench);
  bench->arrival_us = g_get_monotonic_time ();
  bench->n_arrived = 0;
  bench->arrival_work_us = 0;
  unsigned source = g_timeout_add (10, on_message_due, bench);
  run_for_ms (5000);
  g_source_remove (source);
  printf ("%u messages came in 5 s, %.0f us for each, ", bench->n_arrived,
          (double) bench->arrival_work_us / MAX (bench->n_arrived, 1));
  report (bench, what);
}

/* What waited on the server comes at once. */
static void
measure_burst (Bench *bench, unsigned n_messages)
{
  begin (bench);
  gint64 begun_us = get_processor_us ();
  for (unsigned i = 0; i < n_messages; i++)
    {
      g_autoptr (ClawMessage) message = make_message (bench->n_added++);
      receive (bench->chat, message);
    }
  double ms = (double) (get_processor_us () - begun_us) / 1000;
  run_for_ms (1000);
  printf ("%u messages came at once: %.0f ms, ", n_messages, ms);
  report (bench, "after it");
}

static void
measure_search (Bench *bench)
{
  unsigned n = 0, present = 0;
  begin (bench);
  gint64 start_us = g_get_monotonic_time ();
  claw_conversation_search (bench->conversation, "lazy dog, and on it goes. https");
  while (!claw_conversation_get_search (bench->conversation, &n, &present))
    g_main_context_iteration (NULL, TRUE);
  printf ("search: %u matches in %.0f ms; ", n,
          (double) (g_get_monotonic_time () - start_us) / 1000);
  report (bench, "meanwhile");
  claw_conversation_search (bench->conversation, NULL);
}

static void
on_message (ClawConversation *conversation, ClawMessage *message, gboolean is_own)
{
  claw_conversation_add_other (conversation, message);
}

static void
make_chats (Bench *bench)
{
  ClawSavedChatsOptions options = { .timeout_s = 60 };
  bench->directory = g_dir_make_tmp ("bench-conversation-XXXXXX", NULL);
  bench->chats = claw_saved_chats_new (bench->directory, &options);
  claw_saved_chats_load (bench->chats);
  for (unsigned i = 0; i < N_CHATS; i++)
    bench->chat = claw_saved_chats_add (bench->chats);
  claw_saved_chat_set_is_in_view (bench->chat, TRUE);
}

static void
end_chats (Bench *bench)
{
  claw_saved_chats_shutdown (bench->chats);
  g_object_unref (bench->chats);
  g_rmdir (bench->directory);
  g_free (bench->directory);
}

static void
make_window (Bench *bench)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  ClawSidebar *sidebar = g_object_new (CLAW_TYPE_SIDEBAR, NULL);
  bench->conversation = g_object_new (CLAW_TYPE_CONVERSATION, NULL);
  bench->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (bench->window), 1100, 900);
  gtk_widget_set_size_request (GTK_WIDGET (sidebar), 300, -1);
  gtk_widget_set_hexpand (GTK_WIDGET (bench->conversation), TRUE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (sidebar));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (bench->conversation));
  gtk_window_set_child (GTK_WINDOW (bench->window), box);
  claw_sidebar_set_chats (sidebar, bench->chats);
  g_signal_connect_object (bench->chat, "message", G_CALLBACK (on_message), bench->conversation,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (bench->window));
  run_for_ms (500);
  bench->clock = gtk_widget_get_frame_clock (bench->window);
  g_signal_connect (bench->clock, "before-paint", G_CALLBACK (on_before), bench);
  g_signal_connect_after (bench->clock, "after-paint", G_CALLBACK (on_after), bench);
}

int
main (int argc, char **argv)
{
  Bench bench = { 0 };
  unsigned n_messages = argc > 1 ? (unsigned) atoi (argv[1]) : 100000;
  if (!gtk_init_check ())
    {
      printf ("there is no display\n");
      return 0;
    }
  adw_init ();
  claw_register_resource ();
  g_autoptr (GtkCssProvider) css = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (css, "/org/clawchat/ClawChat/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (css),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()),
                                    "/org/clawchat/ClawChat/icons");
  bench.work = g_array_new (FALSE, FALSE, sizeof (double));
  bench.intervals = g_array_new (FALSE, FALSE, sizeof (double));
  make_chats (&bench);
  make_window (&bench);
  fill (&bench, n_messages);
  run_for_ms (3000);
  gtk_widget_add_tick_callback (bench.window, on_tick_wanted, NULL, NULL);
  measure_scrolling (&bench, -40, "scrolling up 40 px a frame");
  measure_scrolling (&bench, -400, "scrolling up 400 px a frame");
  measure_arrival (&bench, "while scrolled up");
  claw_conversation_scroll_to_end (bench.conversation);
  run_for_ms (1000);
  measure_arrival (&bench, "at the end");
  measure_burst (&bench, BURST_MESSAGES);
  measure_search (&bench);
  gtk_window_destroy (GTK_WINDOW (bench.window));
  run_for_ms (50);
  end_chats (&bench);
  g_array_unref (bench.work);
  g_array_unref (bench.intervals);
  return 0;
}
