/* saved-chats-fixture.c: see saved-chats-fixture.h. */
#include "saved-chats-fixture.h"

#include "claw-saved-chat-private.h"
#include "claw-store.h"

#include <glib/gstdio.h>
#include <string.h>

void
on_message (Fixture *fixture)
{
  fixture->n_messages++;
}

void
make_chats (Fixture *fixture)
{
  ClawSavedChatsOptions options = { .name = "wished", .timeout_s = 60 };
  fixture->chats = claw_saved_chats_new (fixture->chats_directory, &options);
  g_signal_connect_swapped (fixture->chats, "message", G_CALLBACK (on_message), fixture);
  if (claw_key_is_set (&fixture->store_key))
    claw_saved_chats_set_key (fixture->chats, &fixture->store_key);
  claw_saved_chats_load (fixture->chats);
}

void
end_chats (Fixture *fixture)
{
  g_clear_object (&fixture->opened);
  claw_saved_chats_shutdown (fixture->chats);
  wait_for_end_of_threads ("claw-network");
  g_assert_finalize_object (fixture->chats);
  fixture->chats = NULL;
}

void
fixture_init (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  memset (fixture, 0, sizeof *fixture);
  claw_key_generate (&fixture->store_key);
  fixture->directory = g_dir_make_tmp ("claw-saved-chats-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->chats_directory = g_build_filename (fixture->directory, "chats", NULL);
  for (unsigned i = 0; i < N_SERVERS; i++)
    claw_test_chat_init (&fixture->peers[i]);
  make_chats (fixture);
}

unsigned
count_directories (const Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->chats_directory, 0, NULL);
  unsigned n = 0;
  while (dir && g_dir_read_name (dir))
    n++;
  return n;
}

ClawSavedChat *
get_chat (Fixture *fixture, unsigned position)
{
  g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (fixture->chats), position);
  return chat;
}

unsigned
count_chats (Fixture *fixture)
{
  return g_list_model_get_n_items (G_LIST_MODEL (fixture->chats));
}

void
fixture_clear (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->opened);
  while (count_chats (fixture) > 0)
    {
      claw_saved_chats_forget (fixture->chats, get_chat (fixture, 0), &error);
      g_assert_no_error (error);
    }
  end_chats (fixture);
  g_assert_cmpuint (count_directories (fixture), ==, 0);
  for (unsigned i = 0; i < N_SERVERS; i++)
    claw_test_chat_clear (&fixture->peers[i]);
  g_rmdir (fixture->chats_directory);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_key_clear (&fixture->store_key);
  g_clear_error (&fixture->error);
  g_free (fixture->directory);
  g_free (fixture->chats_directory);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  fixture->opened = claw_saved_chats_open_file_finish (CLAW_SAVED_CHATS (source), result,
                                                       &fixture->error);
  fixture->is_done = TRUE;
}

void
open_file (Fixture *fixture, unsigned i, ClawBootstrapKey *key)
{
  fixture->is_done = FALSE;
  g_clear_object (&fixture->opened);
  g_clear_error (&fixture->error);
  claw_saved_chats_open_file_async (fixture->chats, fixture->peers[i].sec, key,
                                    CLAW_CLIENT_OPEN_DEFAULT, NULL, on_opened, fixture);
  RUN_UNTIL (fixture->is_done);
}

ClawSavedChat *
connect_to (Fixture *fixture, unsigned i)
{
  claw_test_chat_renew_file (&fixture->peers[i]);
  claw_test_server_accept_file (&fixture->peers[i].server);
  open_file (fixture, i, fixture->peers[i].key);
  g_assert_no_error (fixture->error);
  ClawSavedChat *chat = fixture->opened;
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_CONNECTED);
  return chat;
}

ClawSavedChat *
restart (Fixture *fixture, const char *id)
{
  make_chats (fixture);
  g_assert_cmpuint (count_chats (fixture), ==, 1);
  ClawSavedChat *chat = claw_saved_chats_find_by_id (fixture->chats, id);
  g_assert_nonnull (chat);
  g_assert_true (claw_saved_chat_get_is_saved (chat));
  return chat;
}

void
remove_pairing (Fixture *fixture, const char *id)
{
  g_autofree char *path = g_build_filename (fixture->chats_directory, id, CLAW_STORE_PAIRINGS,
                                            NULL);
  g_autoptr (GError) error = NULL;
  claw_saved_chat_erase_directory (path, &error);
  g_assert_no_error (error);
}
