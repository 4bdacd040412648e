/* client-fixture.c: see client-fixture.h. */
#include "client-fixture.h"

#include "claw-store.h"

#include <glib/gstdio.h>
#include <string.h>

static void
on_message (ClawClient *client, ClawMessage *message, Fixture *fixture)
{
  g_ptr_array_add (fixture->received, g_strdup_printf ("%s: %s", claw_message_get_sender (message),
                                                       claw_message_get_text (message, NULL)));
}

static void
on_message_state (ClawClient *client, ClawMessage *message, unsigned state, Fixture *fixture)
{
  if (state == CLAW_MESSAGE_SENT)
    fixture->sent++;
  else if (state == CLAW_MESSAGE_DELIVERED)
    fixture->delivered++;
}

static void
on_message_cancelled (ClawClient *client, ClawMessage *message, Fixture *fixture)
{
  fixture->cancelled++;
}

static void
on_welcome (ClawClient *client, Fixture *fixture)
{
  fixture->welcomes++;
}

static void
make_client (Fixture *fixture, int timeout_s)
{
  fixture->client = claw_client_new (fixture->data_directory, "wished", timeout_s);
  g_signal_connect (fixture->client, "message", G_CALLBACK (on_message), fixture);
  g_signal_connect (fixture->client, "message-state", G_CALLBACK (on_message_state), fixture);
  g_signal_connect (fixture->client, "message-cancelled", G_CALLBACK (on_message_cancelled),
                    fixture);
  g_signal_connect (fixture->client, "welcome", G_CALLBACK (on_welcome), fixture);
}

void
fixture_init (Fixture *fixture, int timeout_s)
{
  memset (fixture, 0, sizeof *fixture);
  claw_test_chat_init (&fixture->chat);
  fixture->data_directory = g_build_filename (fixture->chat.directory, "data", NULL);
  fixture->received = g_ptr_array_new_with_free_func (g_free);
  make_client (fixture, timeout_s);
}

void
restart_client (Fixture *fixture, int timeout_s)
{
  claw_client_shutdown (fixture->client);
  g_assert_finalize_object (fixture->client);
  wait_for_end_of_threads ("claw-network");
  make_client (fixture, timeout_s);
}

char *
find_pairing_file (const Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->data_directory, CLAW_STORE_PAIRINGS, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = dir ? g_dir_read_name (dir) : NULL;
  return name ? g_build_filename (path, name, NULL) : NULL;
}

void
fixture_clear (Fixture *fixture)
{
  static const char *const names[] = { "data/identity.key", "data/last-timestamp", "test.sec" };
  if (fixture->client)
    {
      claw_client_shutdown (fixture->client);
      g_assert_finalize_object (fixture->client);
    }
  wait_for_end_of_threads ("claw-network");
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->chat.directory, names[i], NULL);
      g_remove (path);
    }
  g_autofree char *pairings = g_build_filename (fixture->data_directory, CLAW_STORE_PAIRINGS, NULL);
  g_autofree char *pairing = find_pairing_file (fixture);
  if (pairing)
    g_remove (pairing);
  g_rmdir (pairings);
  g_rmdir (fixture->data_directory);
  g_assert_cmpint (g_rmdir (fixture->chat.directory), ==, 0);
  claw_test_chat_clear (&fixture->chat);
  g_clear_error (&fixture->open_error);
  g_ptr_array_unref (fixture->received);
  g_free (fixture->data_directory);
}

void
on_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_clear_error (&fixture->open_error);
  claw_client_open_finish (CLAW_CLIENT (object), result, &fixture->open_error);
  fixture->opened = TRUE;
}

void
open_file (Fixture *fixture, ClawClientOpenFlags flags)
{
  fixture->opened = FALSE;
  claw_client_open_async (fixture->client, fixture->chat.sec, fixture->chat.key, flags, NULL,
                          on_opened, fixture);
  RUN_UNTIL (fixture->opened);
}

static void
on_resumed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_clear_error (&fixture->open_error);
  claw_client_resume_finish (CLAW_CLIENT (object), result, &fixture->open_error);
  fixture->opened = TRUE;
}

void
resume (Fixture *fixture)
{
  fixture->opened = FALSE;
  claw_client_resume_async (fixture->client, NULL, on_resumed, fixture);
  RUN_UNTIL (fixture->opened);
}

void
connect_client (Fixture *fixture)
{
  unsigned welcomes = fixture->welcomes;
  claw_test_server_accept_file (&fixture->chat.server);
  open_file (fixture, CLAW_CLIENT_OPEN_DEFAULT);
  g_assert_no_error (fixture->open_error);
  RUN_UNTIL (fixture->welcomes > welcomes);
  g_assert_cmpint (claw_client_get_state (fixture->client), ==, CLAW_CLIENT_CONNECTED);
}

void
send_text (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_client_send (fixture->client, text, &error);
  g_assert_no_error (error);
  g_assert_nonnull (message);
}

void
wait_for_state (Fixture *fixture, ClawClientState state)
{
  RUN_UNTIL (claw_client_get_state (fixture->client) == state);
}
