/* test-chat-trust.c: what is kept of a user's knowledge about a chat's server. */
#include "claw-chat-trust.h"

#include "claw-archive.h"
#include "claw-file.h"

#include <glib/gstdio.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"

typedef struct
{
  char *directory; /* of all chats */
  char *chat_directory;
  ClawKey key;
  ClawSavedChats *chats; /* (nullable) */
} Fixture;

static void
write_setting (Fixture *fixture, const char *name, GVariant *value)
{
  g_autofree char *path = g_build_filename (fixture->chat_directory, CLAW_SAVED_CHAT_ARCHIVE, NULL);
  g_autoptr (GError) error = NULL;

  if (fixture->chats)
    claw_saved_chats_shutdown (fixture->chats);
  g_clear_object (&fixture->chats);
  g_autoptr (ClawArchive) archive = claw_archive_open (path, &fixture->key, &error);
  g_assert_no_error (error);
  claw_archive_set_setting (archive, name, value);
  claw_archive_close (archive);
}

static GVariant *
key_new (char byte, gsize size)
{
  g_autofree char *bytes = g_strnfill (size, byte);

  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, size, 1);
}

/* As a session with a server of such a key leaves it. */
static void
write_server (Fixture *fixture, char byte)
{
  write_setting (fixture, "server-key", key_new (byte, CLAW_PUBLIC_KEY_SIZE));
}

/* Returns: (transfer none): the one chat, as a program that begins finds it. */
static ClawSavedChat *
load (Fixture *fixture)
{
  static const ClawSavedChatsOptions options = { .timeout_s = 60 };

  if (fixture->chats)
    claw_saved_chats_shutdown (fixture->chats);
  g_clear_object (&fixture->chats);
  fixture->chats = claw_saved_chats_new (fixture->directory, &options);
  claw_saved_chats_set_key (fixture->chats, &fixture->key);
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
  claw_key_generate (&fixture->key);
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
  claw_key_clear (&fixture->key);
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

/* Whoever takes the mark back is warned again of a key that has changed, also after a restart
 * between any two of these. */
static void
test_warned_again (Fixture *fixture, gconstpointer data)
{
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_CHANGED);
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_VERIFIED);
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_VERIFIED);
  claw_chat_trust_take_back (load (fixture));
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_CHANGED);
  claw_chat_trust_take_back (load (fixture));
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_CHANGED);
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_VERIFIED);
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_UNKNOWN);
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_UNKNOWN);
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_VERIFIED);
  claw_chat_trust_take_back (load (fixture));
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_UNKNOWN);
}

/* The same where it is kept in memory only, as of a chat that has no archive. */
static void
test_warned_again_in_memory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawSavedChat) chat = g_object_ref (load (fixture));

  claw_saved_chat_shutdown (chat);
  g_assert_null (claw_saved_chat_get_keeper (chat));
  claw_chat_trust_set (chat, CLAW_CHAT_TRUST_CHANGED);
  claw_chat_trust_set (chat, CLAW_CHAT_TRUST_VERIFIED);
  g_assert_cmpint (claw_chat_trust_get (chat), ==, CLAW_CHAT_TRUST_VERIFIED);
  claw_chat_trust_take_back (chat);
  g_assert_cmpint (claw_chat_trust_get (chat), ==, CLAW_CHAT_TRUST_CHANGED);
}

/* It is about one key: for another one it is void. */
static void
test_other_key (Fixture *fixture, gconstpointer data)
{
  claw_chat_trust_set (load (fixture), CLAW_CHAT_TRUST_VERIFIED);
  write_server (fixture, 'b');
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_UNKNOWN);
}

/* What is no key, by its length or its type, says nothing, and no other file is left for it. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  static const gsize sizes[] = { 0, 1, CLAW_PUBLIC_KEY_SIZE - 1, CLAW_PUBLIC_KEY_SIZE + 1 };

  for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      write_setting (fixture, "verified-key", key_new ('a', sizes[i]));
      g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_UNKNOWN);
    }
  write_setting (fixture, "verified-key", g_variant_new_string ("a"));
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_UNKNOWN);
  write_setting (fixture, "verified-key", key_new ('a', CLAW_PUBLIC_KEY_SIZE));
  g_assert_cmpint (claw_chat_trust_get (load (fixture)), ==, CLAW_CHAT_TRUST_VERIFIED);
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
  ADD ("/chat-trust/taken-back/warned-again", test_warned_again);
  ADD ("/chat-trust/taken-back/warned-again-in-memory", test_warned_again_in_memory);
  ADD ("/chat-trust/other-key/void", test_other_key);
  ADD ("/chat-trust/damaged/unknown", test_damaged);
  ADD ("/chat-trust/namesake/none", test_no_namesake);
  return g_test_run ();
}
