/* test-saved-chats.c: chats that begin, are kept, known again, locked, renamed and forgotten. */
#include "saved-chats-fixture.h"

#include "claw-archive.h"
#include "claw-chat-panic.h"
#include "claw-store.h"
#include "../support/test-warnings.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

/* Two servers are two chats, whose directories and identities have nothing in common. */
static void
test_two_servers (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  ClawSavedChat *first = connect_to (&fixture, 0);
  ClawSavedChat *second = connect_to (&fixture, 1);
  g_assert_cmpuint (count_chats (&fixture), ==, 2);
  g_assert_true (get_chat (&fixture, 0) == second);
  g_assert_true (get_chat (&fixture, 1) == first);
  g_assert_cmpint (claw_saved_chat_get_state (first), ==, CLAW_CLIENT_CONNECTED);
  g_assert_true (claw_saved_chat_get_is_saved (first));
  g_assert_cmpuint (strlen (claw_saved_chat_get_id (first)), ==, CLAW_SAVED_CHATS_ID_LENGTH);
  g_assert_true (claw_saved_chats_find_by_id (fixture.chats, claw_saved_chat_get_id (first))
                 == first);
  g_assert_true (claw_saved_chats_find_by_server_key (fixture.chats,
                                                      fixture.peers[0].server.identity.public_key)
                 == first);
  g_assert_cmpuint (count_directories (&fixture), ==, 2);
  g_assert_cmpint (memcmp (fixture.peers[0].server.client_key, fixture.peers[1].server.client_key,
                           CLAW_PUBLIC_KEY_SIZE),
                   !=, 0);
  fixture_clear (&fixture);
}

/* Chats of which nobody has said anything are in the order in which they were opened also at the
 * next start, whichever was written to last. */
static void
test_order (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *first = connect_to (&fixture, 0);
  ClawSavedChat *second = connect_to (&fixture, 1);
  g_autofree char *directory = g_strdup (claw_saved_chat_get_directory (first));
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (second));
  end_chats (&fixture);
  struct utimbuf later = { .modtime = g_get_real_time () / G_USEC_PER_SEC + 60 };
  later.actime = later.modtime;
  g_assert_cmpint (g_utime (directory, &later), ==, 0);
  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 2);
  g_assert_cmpstr (claw_saved_chat_get_id (get_chat (&fixture, 0)), ==, id);
  fixture_clear (&fixture);
}

/* Another file of a server that is known opens in its chat; while that is connected it needs none.
 */
static void
test_known_server (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  open_file (&fixture, 0, fixture.peers[0].key);
  g_assert_true (fixture.opened == chat);
  g_assert_cmpint (claw_saved_chat_get_state (chat), ==, CLAW_CLIENT_CONNECTED);
  RUN_UNTIL (fixture.peers[0].server.connection);
  g_assert_cmpuint (fixture.peers[0].server.sessions, ==, 1);
  claw_saved_chat_disconnect (chat);
  g_assert_true (connect_to (&fixture, 0) == chat);
  RUN_UNTIL (fixture.peers[0].server.sessions == 2);
  g_assert_cmpuint (count_chats (&fixture), ==, 1);
  fixture_clear (&fixture);
}

/* A file that cannot be opened makes no chat, and says why. */
static void
test_wrong_files (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (ClawBootstrapKey) wrong = claw_bootstrap_key_generate ();
  open_file (&fixture, 0, wrong);
  g_assert_error (fixture.error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY);
  claw_test_chat_write_file (&fixture.peers[0], -600);
  open_file (&fixture, 0, fixture.peers[0].key);
  g_assert_error (fixture.error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_EXPIRED);
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

/* An opening that never came to a session leaves nothing, however the program ended. */
static void
test_never_connected (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  open_file (&fixture, 0, fixture.peers[0].key);
  g_assert_no_error (fixture.error);
  g_assert_cmpint (claw_saved_chat_get_state (fixture.opened), ==, CLAW_CLIENT_KNOCKING);
  g_assert_false (claw_saved_chat_get_is_saved (fixture.opened));
  g_assert_cmpstr (claw_saved_chat_get_title (fixture.opened), ==, "Name in the File");
  g_assert_cmpuint (count_directories (&fixture), ==, 1);
  end_chats (&fixture);
  g_assert_cmpuint (count_directories (&fixture), ==, 0);

  /* What a crash would leave. */
  g_autofree char *id = g_strnfill (CLAW_SAVED_CHATS_ID_LENGTH, 'a');
  g_autofree char *path = g_build_filename (fixture.chats_directory, id, NULL);
  g_autofree char *identity = g_build_filename (path, "identity.key", NULL);
  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_assert_true (g_file_set_contents (identity, "secret", -1, NULL));
  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

/* What changes reaches the chats that are there, connected or not, and those to come. */
static void
test_settings (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *connected = connect_to (&fixture, 0);
  ClawSavedChat *waiting = claw_saved_chats_add (fixture.chats);
  claw_saved_chats_set_name (fixture.chats, "ada");
  claw_saved_chats_set_nat_detection (fixture.chats, TRUE);
  claw_saved_chats_set_timeout (fixture.chats, 5);
  claw_saved_chats_set_stun_servers (fixture.chats, (const char *const[]){ NULL });
  ClawClient *client = claw_saved_chat_get_client (connected);
  /* Before the server has said how it is called, a client goes by what it wishes for. */
  RUN_UNTIL (fixture.peers[0].server.asked->len == 1);
  RUN_UNTIL (g_strcmp0 (claw_client_get_name (client), "ada") == 0);
  g_assert_cmpstr (fixture.peers[0].server.asked->pdata[0], ==, "ada");
  g_assert_cmpstr (claw_client_get_name (claw_saved_chat_get_client (waiting)), ==, "ada");
  ClawSavedChat *later = claw_saved_chats_add (fixture.chats);
  g_assert_cmpstr (claw_client_get_name (claw_saved_chat_get_client (later)), ==, "ada");
  fixture_clear (&fixture);
}

/* Without a key a chat is known again by its pairing, and nothing else is kept of it. */
static void
test_no_key (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  end_chats (&fixture);
  claw_key_clear (&fixture.store_key);
  make_chats (&fixture);
  claw_saved_chat_rename (connect_to (&fixture, 0), "Friends");
  g_assert_false (claw_saved_chats_keeps_queued (fixture.chats, fixture.opened));
  end_chats (&fixture);
  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 1);
  g_assert_null (claw_saved_chat_get_own_title (get_chat (&fixture, 0)));
  g_assert_true (claw_saved_chats_find_by_server_key (fixture.chats,
                                                      fixture.peers[0].server.identity.public_key)
                 == get_chat (&fixture, 0));
  fixture_clear (&fixture);
}

/* What goes with the program keeps nothing for the next one. */
static void
test_temporary (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  end_chats (&fixture);
  ClawSavedChatsOptions options = { .name = "wished", .timeout_s = 60 };
  g_autofree char *nowhere = g_build_filename (fixture.directory, "nowhere", NULL);
  fixture.chats = claw_saved_chats_new (nowhere, &options);
  claw_saved_chats_set_temporary (fixture.chats, fixture.chats_directory);
  claw_saved_chats_set_key (fixture.chats, &fixture.store_key);
  claw_saved_chats_load (fixture.chats);
  connect_to (&fixture, 0);
  g_assert_true (claw_saved_chat_get_is_saved (fixture.opened));
  g_assert_nonnull (claw_saved_chat_get_keeper (fixture.opened));
  g_assert_false (claw_saved_chats_keeps_queued (fixture.chats, fixture.opened));
  fixture_clear (&fixture);
}

/* Which server it is, is known by the pairing alone, when the program was killed before the archive
 * had it, and by the archive alone, when the operator has ended the pairing. */
static void
test_either (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  const uint8_t *server_key = fixture.peers[0].server.identity.public_key;
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (connect_to (&fixture, 0)));
  g_autofree char *archive = g_build_filename (fixture.chats_directory, id, CLAW_SAVED_CHAT_ARCHIVE,
                                               NULL);
  end_chats (&fixture);
  g_assert_cmpint (g_remove (archive), ==, 0);
  for (unsigned i = 0; i < 3; i++)
    {
      ClawSavedChat *chat = restart (&fixture, id);
      g_assert_true (claw_saved_chats_find_by_server_key (fixture.chats, server_key) == chat);
      /* The first time, as it is when a file is opened. */
      if (i == 0)
        g_assert_true (connect_to (&fixture, 0) == chat);
      end_chats (&fixture);
      if (i == 1)
        remove_pairing (&fixture, id);
    }
  make_chats (&fixture);
  fixture_clear (&fixture);
}

/* Under another key a chat is there, as a locked one and not by its name; nothing of it is lost,
 * and it can be forgotten all the same. */
static void
test_locked (void)
{
  Fixture fixture;
  g_auto (ClawKey) key = { 0 };
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (chat));
  claw_saved_chat_rename (chat, "Friends");
  end_chats (&fixture);
  claw_key_move (&key, &fixture.store_key);
  is_warning_expected = TRUE;
  for (unsigned i = 0; i < 2; i++)
    {
      if (i == 1)
        claw_key_generate (&fixture.store_key);
      chat = restart (&fixture, id);
      g_assert_true (claw_saved_chat_get_is_locked (chat));
      g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Locked Chat");
      g_assert_null (claw_saved_chat_get_server_key (chat));
      end_chats (&fixture);
    }
  claw_key_copy (&fixture.store_key, &key);
  chat = restart (&fixture, id);
  g_assert_false (claw_saved_chat_get_is_locked (chat));
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Friends");
  end_chats (&fixture);
  claw_key_generate (&fixture.store_key);
  restart (&fixture, id);
  is_warning_expected = FALSE;
  fixture_clear (&fixture);
}

/* A damaged archive that was moved aside is kept, also when nothing else tells of the chat. */
static void
test_damaged (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (connect_to (&fixture, 0)));
  g_autofree char *archive = g_build_filename (fixture.chats_directory, id, CLAW_SAVED_CHAT_ARCHIVE,
                                               NULL);
  g_autofree char *aside = g_strconcat (archive, CLAW_ARCHIVE_DAMAGED_SUFFIX "1", NULL);
  end_chats (&fixture);
  remove_pairing (&fixture, id);
  g_assert_true (g_file_set_contents (archive,
                                      "not an archive, but long enough for SQLite to "
                                      "look at, which takes a hundred bytes of it or so",
                                      -1, NULL));
  is_warning_expected = TRUE;
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_true (claw_saved_chat_get_is_locked (restart (&fixture, id)));
      g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
      end_chats (&fixture);
    }
  is_warning_expected = FALSE;
  make_chats (&fixture);
  fixture_clear (&fixture);
}

#define NOBODY 65534

/* As what somebody began who is not this user. Root's rights are put off meanwhile. */
static void
close_directory (const Fixture *fixture, const char *directory)
{
  g_assert_cmpint (g_chmod (directory, 0), ==, 0);
  if (geteuid () != 0)
    return;
  g_assert_cmpint (chown (fixture->directory, NOBODY, (gid_t) -1), ==, 0);
  g_assert_cmpint (chown (fixture->chats_directory, NOBODY, (gid_t) -1), ==, 0);
  g_assert_cmpint (seteuid (NOBODY), ==, 0);
}

static void
open_directory (const Fixture *fixture, const char *directory)
{
  if (getuid () == 0)
    {
      g_assert_cmpint (seteuid (0), ==, 0);
      g_assert_cmpint (chown (fixture->directory, 0, (gid_t) -1), ==, 0);
      g_assert_cmpint (chown (fixture->chats_directory, 0, (gid_t) -1), ==, 0);
    }
  g_assert_cmpint (g_chmod (directory, 0700), ==, 0);
}

/* A chat whose directory cannot be looked into is not taken for an empty one and erased: it is
 * there, locked, and as it was once it can. */
static void
test_closed (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (chat));
  g_autofree char *directory = g_strdup (claw_saved_chat_get_directory (chat));
  claw_saved_chat_rename (chat, "Friends");
  claw_saved_chat_set_draft (chat, "not sent");
  end_chats (&fixture);
  close_directory (&fixture, directory);
  is_warning_expected = TRUE;
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_true (claw_saved_chat_get_is_locked (restart (&fixture, id)));
      end_chats (&fixture);
    }
  is_warning_expected = FALSE;
  open_directory (&fixture, directory);
  chat = restart (&fixture, id);
  g_assert_false (claw_saved_chat_get_is_locked (chat));
  g_assert_false (claw_chat_panic_is_over (chat));
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Friends");
  g_assert_cmpstr (claw_saved_chat_get_draft (chat), ==, "not sent");
  fixture_clear (&fixture);
}

/* Where all of them cannot be looked at, that is said; they are there again once they can. */
static void
test_all_closed (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (connect_to (&fixture, 0)));
  g_autofree char *aside = g_strconcat (fixture.chats_directory, ".aside", NULL);
  end_chats (&fixture);
  g_assert_cmpint (g_rename (fixture.chats_directory, aside), ==, 0);
  g_assert_cmpint (symlink (fixture.chats_directory, fixture.chats_directory), ==, 0);
  is_warning_expected = TRUE;
  n_warnings = 0;
  make_chats (&fixture);
  is_warning_expected = FALSE;
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  g_assert_cmpuint (n_warnings, ==, 1);
  end_chats (&fixture);
  g_assert_cmpint (g_unlink (fixture.chats_directory), ==, 0);
  g_assert_cmpint (g_rename (aside, fixture.chats_directory), ==, 0);
  restart (&fixture, id);
  fixture_clear (&fixture);
}

/* A chat whose erasing was interrupted does not come back: the rest of it goes at the next start.
 */
static void
test_forgotten (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_autofree char *from = g_strdup (claw_saved_chat_get_directory (chat));
  g_autofree char *to = g_strconcat (from, CLAW_SAVED_CHAT_FORGOTTEN_SUFFIX, NULL);
  end_chats (&fixture);
  g_assert_cmpint (g_rename (from, to), ==, 0);
  make_chats (&fixture);
  g_assert_cmpuint (count_chats (&fixture), ==, 0);
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

/* Only the chat that is forgotten goes, with all that it had on the disk. */
static void
test_forget (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  ClawSavedChat *first = connect_to (&fixture, 0);
  ClawSavedChat *second = connect_to (&fixture, 1);
  g_assert_true (claw_saved_chats_forget (fixture.chats, first, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_chats (&fixture), ==, 1);
  g_assert_true (get_chat (&fixture, 0) == second);
  g_assert_cmpuint (count_directories (&fixture), ==, 1);
  g_assert_cmpint (claw_saved_chat_get_state (second), ==, CLAW_CLIENT_CONNECTED);
  fixture_clear (&fixture);
}

/* Compromised keys take all of the chat from the disk; it stays in the list to say so, and another
 * file begins anew. */
static void
test_compromised (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  claw_saved_chat_rename (chat, "Friends");
  claw_saved_chat_set_draft (chat, "not sent");
  claw_chat_panic_begin (chat, FALSE);
  RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_FAILED);
  g_assert_true (claw_saved_chat_is_about_compromise (claw_saved_chat_get_error (chat)));
  g_assert_false (claw_saved_chat_get_is_saved (chat));
  g_assert_cmpstr (claw_saved_chat_get_draft (chat), ==, "");
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  g_assert_cmpuint (count_chats (&fixture), ==, 1);
  g_assert_true (connect_to (&fixture, 0) == chat);
  g_assert_true (claw_saved_chat_get_is_saved (chat));
  fixture_clear (&fixture);
}

/* Whether what is told of the disk has @text in it; NULL: nothing is told. */
static void
assert_keeping_error (ClawSavedChat *chat, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_object_get (chat, "keeping-error", &error, NULL);
  g_assert_true ((error != NULL) == (text != NULL));
  g_assert_true (!text || strstr (error->message, text));
}

/* A first pairing that cannot be saved is told, so that nobody relies on coming back; not any more
 * once it is saved, or the user has read it. */
static void
test_unsaved (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  is_warning_expected = TRUE;
  for (unsigned i = 0; i < N_SERVERS; i++)
    {
      ClawTestServer *server = &fixture.peers[i].server;
      claw_test_chat_renew_file (&fixture.peers[i]);
      open_file (&fixture, i, fixture.peers[i].key);
      g_assert_no_error (fixture.error);
      ClawSavedChat *chat = fixture.opened;
      g_autofree char *path = g_build_filename (claw_saved_chat_get_directory (chat),
                                                CLAW_STORE_PAIRINGS, NULL);
      g_assert_true (g_file_set_contents (path, "in the way", -1, NULL));
      assert_keeping_error (chat, NULL);
      claw_test_server_accept_file (server);
      RUN_UNTIL (claw_saved_chat_get_keeping_error (chat));
      assert_keeping_error (chat, CLAW_STORE_PAIRINGS);
      RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_CONNECTED);
      g_assert_cmpint (g_remove (path), ==, 0);
      if (i > 0)
        claw_saved_chat_dismiss_keeping_error (chat);
      else
        {
          RUN_UNTIL (server->connection);
          claw_test_server_close (server, CLAW_CLOSE_CODE_SHUTDOWN);
          RUN_UNTIL (claw_saved_chat_get_state (chat) == CLAW_CLIENT_RECONNECTING);
          claw_test_server_refuse_all (server);
          claw_test_server_accept_pairing (server);
          claw_saved_chat_reconnect (chat);
          RUN_UNTIL (!claw_saved_chat_get_keeping_error (chat));
          g_assert_true (claw_store_has_pairings (claw_saved_chat_get_directory (chat)));
        }
      assert_keeping_error (chat, NULL);
    }
  fixture_clear (&fixture);
  is_warning_expected = FALSE;
}

/* A name is one line of bounded length; without one the chat is called as its server is. */
static void
test_rename (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  ClawSavedChat *chat = connect_to (&fixture, 0);
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Test Server");
  claw_saved_chat_rename (chat, " a\nb ");
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "a b");
  g_autofree char *longest = g_strnfill (CLAW_SAVED_CHAT_TITLE_MAX, 'x');
  g_autofree char *longer = g_strconcat (longest, "x", NULL);
  claw_saved_chat_rename (chat, longer);
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, longest);
  g_autofree char *letters = g_strnfill (CLAW_SAVED_CHAT_TITLE_MAX - 1, 'x');
  g_autofree char *wide = g_strconcat (letters, "ü", NULL);
  claw_saved_chat_rename (chat, wide);
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, letters);
  claw_saved_chat_rename (chat, "  ");
  g_assert_cmpstr (claw_saved_chat_get_title (chat), ==, "Test Server");
  g_assert_null (claw_saved_chat_get_own_title (chat));
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  allow_expected_warnings ();
  g_test_add_func ("/saved-chats/two-servers/have-nothing-in-common", test_two_servers);
  g_test_add_func ("/saved-chats/two-servers/keep-their-order", test_order);
  g_test_add_func ("/saved-chats/known-server/opens-in-its-chat", test_known_server);
  g_test_add_func ("/saved-chats/wrong-files/make-no-chat", test_wrong_files);
  g_test_add_func ("/saved-chats/never-connected/leaves-nothing", test_never_connected);
  g_test_add_func ("/saved-chats/settings/at-once", test_settings);
  g_test_add_func ("/saved-chats/no-key/known-by-its-pairing", test_no_key);
  g_test_add_func ("/saved-chats/temporary/keeps-nothing-queued", test_temporary);
  g_test_add_func ("/saved-chats/server/known-by-either", test_either);
  g_test_add_func ("/saved-chats/other-key/locked", test_locked);
  g_test_add_func ("/saved-chats/damaged/kept", test_damaged);
  g_test_add_func ("/saved-chats/closed/kept", test_closed);
  g_test_add_func ("/saved-chats/closed/all", test_all_closed);
  g_test_add_func ("/saved-chats/forget/interrupted", test_forgotten);
  g_test_add_func ("/saved-chats/forget/erases-one", test_forget);
  g_test_add_func ("/saved-chats/compromised/leaves-nothing", test_compromised);
  g_test_add_func ("/saved-chats/pairing/not-saved", test_unsaved);
  g_test_add_func ("/saved-chats/rename/is-bounded", test_rename);
  return g_test_run ();
}
