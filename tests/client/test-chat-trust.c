/* test-chat-trust.c: what is kept of a user's knowledge about a chat's server. */
#include "claw-chat-trust.h"

#include "claw-file.h"
#include "claw-store.h"

#include <glib/gstdio.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"

typedef struct
{
  char *directory; /* of all chats */
  char *chat_directory;
  ClawSavedChats *chats;
} Fixture;

/* As a session with a server whose key has this hash leaves it. */
static void
write_server (Fixture *fixture, char digit)
{
  g_autofree char *path = g_build_filename (fixture->chat_directory, CLAW_SAVED_CHAT_SERVER, NULL);
  g_autofree char *hash = g_strnfill (CLAW_STORE_HASH_LENGTH, digit);
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_file_write (path, hash, strlen (hash), &error));
  g_assert_no_error (error);
}

/* Returns: (transfer none): the one chat, as a program that begins finds it. */
static ClawSavedChat *
load (Fixture *fixture)
{
  static const ClawSavedChatsOptions options = { .timeout_s = 60 };

  g_clear_object (&fixture->chats);
  fixture->chats = claw_saved_chats_new (fixture->directory, &options);
  claw_saved_chats_load (fixture->chats);
  ClawSavedChat *chat = claw_saved_chats_find_by_id (fixture->chats, ID);
  g_assert_nonnull (chat);
  return chat;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->directory = g_dir_make_tmp ("claw-trust-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->chat_directory = g_build_filename (fixture->directory, ID, NULL);
  g_assert_true (claw_file_make_private_directory (fixture->chat_directory, &error));
  write_server (fixture, 'a');
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  claw_saved_chats_forget (fixture->chats, claw_saved_chats_find_by_id (fixture->chats, ID),
                           &error);
  g_assert_no_error (error);
  g_clear_object (&fixture->chats);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->chat_directory);
  g_free (fixture->directory);
}

/* What the user said is there again in the next run, and can be taken back. */
static void
test_kept (Fixture *fixture, gconstpointer data)
{
  ClawSavedChat *chat = load (fixture);

  g_assert_cmpint (claw_chat_trust_get (chat), ==, CLAW_CHAT_TRUST_UNKNOWN);
  claw_chat_trust_set (chat, CLAW_CHAT_TRUST_CHANGED);
  g_assert_cmpint (claw_chat_trust_get (chat), ==, CLAW_CHAT_TRUST_CHANGED);
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_CHANGED);
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_VERIFIED);
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_VERIFIED);
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_UNKNOWN);
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_UNKNOWN);
}

/* It is about one key: for another one it is void. */
static void
test_other_key (Fixture *fixture, gconstpointer data)
{
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_VERIFIED);
  write_server (fixture, 'b');
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_UNKNOWN);
}

/* A file that says something else, or more than it may, says nothing. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  static const size_t lengths[] = { 0, 5, 256, 257, 100000 };
  g_autofree char *path = g_build_filename (fixture->chat_directory, CLAW_CHAT_TRUST_FILE, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *text = g_strnfill (lengths[i], 'v');

      g_assert_true (claw_file_write (path, text, lengths[i], NULL));
      g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_UNKNOWN);
    }
}

/* A file of a server that nobody knows contradicts nothing. */
static void
test_no_namesake (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();

  load (fixture);
  file->server_id = g_strdup ("clawchat-server");
  file->server_name = g_strdup ("ClawChat Server");
  g_assert_null (claw_chat_trust_find_namesake (fixture->chats, file));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/chat-trust/said/kept", test_kept);
  ADD ("/chat-trust/other-key/void", test_other_key);
  ADD ("/chat-trust/damaged/unknown", test_damaged);
  ADD ("/chat-trust/namesake/none", test_no_namesake);
  return g_test_run ();
}
