/* test-erasure.c: the note of what is to be erased, and that it is. */
#include "claw-erasure.h"

#include "claw-file.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *directory, *state, *security, *note;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("claw-erasure-XXXXXX", NULL);
  fixture->state = g_build_filename (fixture->directory, "state", NULL);
  fixture->security = g_build_filename (fixture->directory, "security", NULL);
  fixture->note = g_build_filename (fixture->state, CLAW_ERASURE_NOTE, NULL);
  g_assert_no_errno (g_mkdir (fixture->state, 0700));
  g_assert_no_errno (g_mkdir (fixture->security, 0700));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->state);
  g_free (fixture->security);
  g_free (fixture->note);
}

static void
put (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  g_assert_true (claw_file_write (path, "secret", 6, NULL));
}

static gboolean
is_there (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static ClawErasure *
load (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  ClawErasure *erasure = claw_erasure_new (fixture->state, fixture->security, &error);

  g_assert_no_error (error);
  return erasure;
}

static void
put_everything (Fixture *fixture)
{
  put (fixture->state, "server.key");
  put (fixture->state, "pairings.json");
  put (fixture->state, ".pairings.json.AbCdEf");
  put (fixture->state, "port.secret");
  put (fixture->state, ".server.key.AbCdEf");
  put (fixture->state, "lock");
  put (fixture->security, "ours.sec");
  put (fixture->security, "of-another-server.sec");
  put (fixture->security, ".ours.sec.AbCdEf");
  put (fixture->security, "bootstrap.key");
}

/* Without a note nothing is to be done, and nothing is. */
static void
test_none (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawErasure) erasure = load (fixture);

  put_everything (fixture);
  g_assert_false (claw_erasure_is_pending (erasure));
  g_assert_false (claw_erasure_has_member (erasure, 1));
}

/* Single members stay noted over a restart until it is finished; what a save left of the list of
 * pairings goes, the server's own files stay. */
static void
test_members (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawErasure) before = load (fixture);

  put_everything (fixture);
  g_assert_true (claw_erasure_note_member (before, 3, NULL));
  g_assert_true (claw_erasure_note_member (before, G_MAXUINT32, NULL));
  g_autoptr (ClawErasure) after = load (fixture);
  g_assert_true (claw_erasure_is_pending (after));
  g_assert_false (claw_erasure_is_all (after));
  g_assert_true (claw_erasure_has_member (after, 3));
  g_assert_true (claw_erasure_has_member (after, G_MAXUINT32));
  g_assert_false (claw_erasure_has_member (after, 4));
  g_assert_true (claw_erasure_run (after, NULL));
  g_assert_false (is_there (fixture->state, ".pairings.json.AbCdEf"));
  g_assert_true (is_there (fixture->state, "server.key"));
  g_assert_true (is_there (fixture->state, "pairings.json"));
  g_assert_true (is_there (fixture->security, "ours.sec"));
  g_assert_true (claw_erasure_finish (after, NULL));
  g_assert_false (claw_erasure_is_pending (after));
  g_assert_false (g_file_test (fixture->note, G_FILE_TEST_EXISTS));
}

/* Everything means the keys and the files named; what is not ours, and what is no secret of a
 * pairing, stays. */
static void
test_all (Fixture *fixture, gconstpointer data)
{
  g_autofree char *ours = g_build_filename (fixture->security, "ours.sec", NULL);
  const char *const files[] = { ours, NULL };
  g_autoptr (ClawErasure) before = load (fixture);

  g_autofree char *records = g_build_filename (fixture->state, "files", NULL);

  put_everything (fixture);
  g_assert_no_errno (g_mkdir (records, 0700));
  put (records, "0123abcd.json");
  put (records, ".0123abcd.json.AbCdEf");
  g_assert_true (claw_erasure_note_all (before, files, NULL));
  g_autoptr (ClawErasure) after = load (fixture);
  g_assert_true (claw_erasure_is_all (after));
  g_assert_true (claw_erasure_has_member (after, 17));
  for (unsigned i = 0; i < 2; i++)
    g_assert_true (claw_erasure_run (after, NULL));
  static const char *const gone[] = { "server.key", "pairings.json", ".pairings.json.AbCdEf",
                                      "port.secret", ".server.key.AbCdEf" };
  for (unsigned i = 0; i < G_N_ELEMENTS (gone); i++)
    g_assert_false (is_there (fixture->state, gone[i]));
  g_assert_no_errno (g_rmdir (records));
  g_assert_false (is_there (fixture->security, "ours.sec"));
  g_assert_false (is_there (fixture->security, ".ours.sec.AbCdEf"));
  g_assert_true (is_there (fixture->security, "of-another-server.sec"));
  g_assert_true (is_there (fixture->security, "bootstrap.key"));
  g_assert_true (is_there (fixture->state, "lock"));
}

/* A note that is none of ours, such as an empty one by the operator's hand, is taken for
 * everything, with all .sec files. */
static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  static const char *const notes[] = {
    "",
    "all\n",
    "clawchat-compromised 1\n",
    "clawchat-compromised 1\nmember 3",
    "clawchat-compromised 1\nmember 0\n",
    "clawchat-compromised 1\nmember 4294967296\n",
    "clawchat-compromised 1\nmember 3\nfile ../../etc/passwd\n",
    "clawchat-compromised 1\nfile ..\n",
    "clawchat-compromised 1\nmember 3\nnothing\n",
    "clawchat-compromised 0\nmember 3\n",
    "clawchat-compromised 01\nmember 3\n",
    "clawchat-compromised 2x\nmember 3\n",
    "clawchat-compromised -2\nmember 3\n",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (notes); i++)
    {
      g_test_message ("%u", i);
      put_everything (fixture);
      g_assert_true (claw_file_write (fixture->note, notes[i], strlen (notes[i]), NULL));
      g_autoptr (ClawErasure) erasure = load (fixture);
      g_assert_true (claw_erasure_is_all (erasure));
      g_assert_true (claw_erasure_run (erasure, NULL));
      g_assert_false (is_there (fixture->state, "server.key"));
      g_assert_false (is_there (fixture->security, "of-another-server.sec"));
      g_assert_true (claw_erasure_finish (erasure, NULL));
    }
}

/* A note of a newer version is not guessed at: nothing goes, and it says who can read it. */
static void
test_newer (Fixture *fixture, gconstpointer data)
{
  static const char *const notes[] = {
    "clawchat-compromised 2\nmember 3\n",
    "clawchat-compromised 4294967295",
  };

  put_everything (fixture);
  for (unsigned i = 0; i < G_N_ELEMENTS (notes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (claw_file_write (fixture->note, notes[i], strlen (notes[i]), NULL));
      g_assert_null (claw_erasure_new (fixture->state, fixture->security, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
      g_assert_nonnull (strstr (error->message, fixture->note));
      g_assert_true (is_there (fixture->state, CLAW_ERASURE_NOTE));
      g_assert_true (is_there (fixture->state, "server.key"));
    }
}

/* What cannot be erased is an error that names it; everything else goes all the same, and a later
 * run makes up for it. */
static void
test_failing (Fixture *fixture, gconstpointer data)
{
  const char *const files[] = { NULL };
  g_autofree char *pairings = g_build_filename (fixture->state, "pairings.json", NULL);
  g_autoptr (ClawErasure) erasure = load (fixture);
  g_autoptr (GError) error = NULL;

  put_everything (fixture);
  g_assert_no_errno (g_remove (pairings));
  g_assert_no_errno (g_mkdir (pairings, 0700));
  g_assert_true (claw_erasure_note_all (erasure, files, NULL));
  g_assert_false (claw_erasure_run (erasure, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, pairings));
  g_assert_false (is_there (fixture->state, "server.key"));
  g_assert_true (g_file_test (fixture->note, G_FILE_TEST_EXISTS));
  g_assert_no_errno (g_rmdir (pairings));
  g_assert_true (claw_erasure_run (erasure, NULL));
}

/* A directory that cannot be looked into is not done with: the note stays until it can. Where only
 * members go, there is nothing in it to go. */
static void
test_blind (Fixture *fixture, gconstpointer data)
{
  const char *const files[] = { NULL };
  g_autofree char *records = g_build_filename (fixture->state, "files", NULL);
  g_autofree char *aside = g_strconcat (records, ".aside", NULL);
  g_autoptr (ClawErasure) erasure = load (fixture);
  g_autoptr (GError) error = NULL;

  put_everything (fixture);
  g_assert_no_errno (g_mkdir (records, 0700));
  put (records, "0123abcd.json");
  g_assert_no_errno (g_rename (records, aside));
  g_assert_no_errno (symlink (records, records));
  g_assert_true (claw_erasure_note_member (erasure, 3, NULL));
  g_assert_true (claw_erasure_run (erasure, &error));
  g_assert_true (claw_erasure_finish (erasure, NULL));
  g_assert_true (claw_erasure_note_all (erasure, files, NULL));
  g_assert_false (claw_erasure_run (erasure, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
  g_assert_false (claw_erasure_is_erased (erasure));
  g_assert_false (is_there (fixture->state, "server.key"));

  g_assert_no_errno (g_unlink (records));
  g_assert_no_errno (g_rename (aside, records));
  g_assert_true (claw_erasure_run (erasure, NULL));
  g_assert_false (is_there (records, "0123abcd.json"));
}

/* A note that cannot be removed stays pending, but what lies there now is new and stays; more that
 * is noted then is that alone. */
static void
test_note_stays (Fixture *fixture, gconstpointer data)
{
  const char *const files[] = { NULL };
  g_autoptr (ClawErasure) erasure = load (fixture);
  g_autoptr (GError) error = NULL;

  put_everything (fixture);
  g_assert_true (claw_erasure_note_all (erasure, files, NULL));
  g_assert_false (claw_erasure_is_erased (erasure));
  g_assert_true (claw_erasure_run (erasure, NULL));
  g_assert_no_errno (g_remove (fixture->note));
  g_assert_no_errno (g_mkdir (fixture->note, 0700));
  put (fixture->state, "server.key");
  g_assert_false (claw_erasure_finish (erasure, &error));
  g_assert_nonnull (strstr (error->message, fixture->note));
  g_assert_true (claw_erasure_is_pending (erasure));
  g_assert_true (claw_erasure_is_erased (erasure));
  g_assert_false (claw_erasure_is_all (erasure));
  g_assert_false (claw_erasure_has_member (erasure, 1));
  g_assert_true (claw_erasure_run (erasure, NULL));
  g_assert_true (is_there (fixture->state, "server.key"));

  g_assert_no_errno (g_rmdir (fixture->note));
  put (fixture->state, ".pairings.json.AbCdEf");
  g_assert_true (claw_erasure_note_member (erasure, 5, NULL));
  g_assert_false (claw_erasure_is_erased (erasure));
  g_assert_false (claw_erasure_is_all (erasure));
  g_assert_true (claw_erasure_has_member (erasure, 5));
  g_assert_true (claw_erasure_run (erasure, NULL));
  g_assert_false (is_there (fixture->state, ".pairings.json.AbCdEf"));
  g_assert_true (is_there (fixture->state, "server.key"));
  g_assert_true (claw_erasure_finish (erasure, NULL));
  g_assert_false (claw_erasure_is_pending (erasure));
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/erasure/note/none", test_none);
  ADD ("/erasure/note/members", test_members);
  ADD ("/erasure/note/all", test_all);
  ADD ("/erasure/note/foreign", test_foreign);
  ADD ("/erasure/note/newer", test_newer);
  ADD ("/erasure/disk/failing", test_failing);
  ADD ("/erasure/disk/blind", test_blind);
  ADD ("/erasure/disk/note-stays", test_note_stays);
  return g_test_run ();
}
