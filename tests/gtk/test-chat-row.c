/* test-chat-row.c: a chat in the list of chats, while messages come. */
#include "claw-chat-row.h"
#include "claw-saved-chats.h"
#include "widget-test.h"
#include "../support/test-support.h"

#include <adwaita.h>
#include <glib/gstdio.h>

#define N_MESSAGES 100
#define FRAMES_MS 300

/* Stands for a catalogue of a language that has another comma. */
const char *
g_dgettext (const char *domain, const char *text)
{
  return g_str_equal (text, "%s, %s") ? "%s、%s" : text;
}

typedef struct
{
  char *directory;
  ClawSavedChats *chats;
  ClawSavedChat *chat; /* (transfer none), as the other one */
  ClawSavedChat *other;
  GtkWidget *window;
  ClawChatRow *row;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ClawSavedChatsOptions options = { .timeout_s = 60 };
  fixture->directory = g_dir_make_tmp ("claw-chat-row-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->chats = claw_saved_chats_new (fixture->directory, &options);
  claw_saved_chats_load (fixture->chats);
  fixture->chat = claw_saved_chats_add (fixture->chats);
  fixture->other = claw_saved_chats_add (fixture->chats);
  fixture->window = gtk_window_new ();
  fixture->row = CLAW_CHAT_ROW (claw_chat_row_new ());
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->row));
  claw_chat_row_set_chat (fixture->row, fixture->chat);
  show_window (fixture->window);
  run_for_ms (FRAMES_MS);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  run_for_ms (20);
  claw_saved_chats_shutdown (fixture->chats);
  g_object_unref (fixture->chats);
  g_rmdir (fixture->directory);
  g_free (fixture->directory);
}

static void
receive (ClawSavedChat *chat, unsigned number)
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE] = { (uint8_t) number };
  g_autofree char *text = g_strdup_printf ("number %u", number);
  g_autoptr (ClawMessage) message = claw_message_new_full (id, "anna", 1, text, -1, NULL);
  g_signal_emit_by_name (claw_saved_chat_get_client (chat), "message", message);
}

static gboolean
shows (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
      && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    if (shows (child, text))
      return TRUE;
  return FALSE;
}

/* Of what came since the last frame the newest is shown, and all is counted. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < N_MESSAGES; i++)
    receive (fixture->chat, i);
  g_assert_false (shows (fixture->window, "anna: number 99"));
  RUN_UNTIL (shows (fixture->window, "anna: number 99"));
  g_assert_true (shows (fixture->window, "100"));
}

/* A row that is used for another chat meanwhile shows that one. */
static void
test_other (Fixture *fixture, gconstpointer data)
{
  receive (fixture->other, 1);
  receive (fixture->chat, 2);
  claw_chat_row_set_chat (fixture->row, fixture->other);
  g_assert_true (shows (fixture->window, "anna: number 1"));
  run_for_ms (FRAMES_MS);
  g_assert_true (shows (fixture->window, "anna: number 1"));
}

/* One without a chat has nothing to show, and says so by no warning. */
static void
test_none (Fixture *fixture, gconstpointer data)
{
  receive (fixture->chat, 1);
  claw_chat_row_set_chat (fixture->row, NULL);
  run_for_ms (FRAMES_MS);
  g_assert_null (claw_chat_row_get_chat (fixture->row));
}

/* A row may go before the frame. */
static void
test_gone (Fixture *fixture, gconstpointer data)
{
  receive (fixture->chat, 1);
  gtk_window_set_child (GTK_WINDOW (fixture->window), NULL);
  run_for_ms (FRAMES_MS);
}

/* What a screen reader says is joined as the language joins it. */
static void
test_name (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected = NULL;
  receive (fixture->chat, 1);
  run_for_ms (FRAMES_MS);
  g_autofree char *time = claw_chat_row_format_time (
      claw_saved_chat_get_preview_time_us (fixture->chat), g_get_real_time ());
  expected = g_strdup_printf ("%s、Not connected、1 unread message、anna: number 1、%s",
                              claw_saved_chat_get_title (fixture->chat), time);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (fixture->row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       expected);
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 77;
  struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/chat-row/many-messages/newest-at-next-frame", test_many },
    { "/chat-row/other-chat/at-once", test_other },
    { "/chat-row/no-chat/quiet", test_none },
    { "/chat-row/gone/quiet", test_gone },
    { "/chat-row/name/joined-as-translated", test_name },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
