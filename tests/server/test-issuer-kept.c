/* test-issuer-kept.c: files that somebody asked for by name or with a validity of their own. */
#include "issuer-fixture.h"
#include "../support/test-warnings.h"

#include <unistd.h>

static const ClawIssued *
make_kept (Fixture *fixture,
           const char *name,
           gint64 validity_s,
           gboolean hand_out,
           gint64 now_s,
           char **text)
{
  const ClawIssuerWish wish = { name, validity_s, hand_out };
  g_autoptr (GError) error = NULL;
  const ClawIssued *issued = claw_issuer_make (fixture->issuer, &wish, now_s, text, &error);

  g_assert_no_error (error);
  return issued;
}

static unsigned
count_records (Fixture *fixture)
{
  g_autofree char *records = g_build_filename (fixture->state, "files", NULL);
  g_autoptr (GDir) dir = g_dir_open (records, 0, NULL);
  unsigned count = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static uint16_t
port_in (Fixture *fixture, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawSecFile) file = claw_sec_file_load (path, fixture->key, &error);

  g_assert_no_error (error);
  return file->server.port;
}

/* A file for somebody has its name and its own validity, and a private record; the automatic one
 * goes on beside it as if it was not there. */
static void
test_kept (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  const ClawIssued *issued;
  gint64 until_s;

  start (fixture, START_S);
  issued = make_kept (fixture, "Zoë/..", 3600, FALSE, START_S + 5, NULL);
  name = g_path_get_basename (issued->path);
  g_assert_true (g_str_has_prefix (name, "Zoe_..-20270115-080005-"));
  g_assert_cmpint (issued->valid_until_s, ==, START_S + 5 + 3600);
  g_assert_cmpstr (issued->name, ==, "Zoë/..");
  g_assert_cmpuint (strlen (issued->id), ==, 8);
  assert_count (fixture, 2);
  g_assert_cmpuint (count_records (fixture), ==, 1);
  claw_issuer_get_current (fixture->issuer, &until_s);
  g_assert_cmpint (until_s, ==, START_S + VALIDITY_S);
  tick (fixture, START_S + REGENERATE_S);
  assert_count (fixture, 3);
  tick (fixture, START_S + 3604);
  g_assert_cmpuint (count_records (fixture), ==, 1);
  tick (fixture, START_S + 3605);
  g_assert_cmpuint (count_records (fixture), ==, 0);
  for (unsigned at = 0; at < claw_issuer_get_count (fixture->issuer); at++)
    g_assert_false (claw_issuer_is_kept (fixture->issuer, at));
}

/* Each is used once, tells for whom it was, and leaves the other one alone, over a restart too. */
static void
test_kept_used (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) secret = { 0 };
  g_auto (ClawKey) used = { 0 };
  g_autofree char *name = NULL;
  const ClawIssued *issued;
  uint64_t ben;

  start (fixture, START_S);
  make_kept (fixture, "anna", 3600, FALSE, START_S, NULL);
  issued = make_kept (fixture, "ben", 7200, TRUE, START_S + 1, NULL);
  claw_key_copy (&secret, &issued->secret);
  g_assert_null (issued->path);
  restart (fixture, START_S + 2);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, 3);
  issued = claw_issuer_get (fixture->issuer, 2);
  g_assert_cmpstr (issued->name, ==, "ben");
  g_assert_cmpint (issued->valid_until_s, ==, START_S + 1 + 7200);
  g_assert_true (claw_issuer_owns (fixture->issuer, issued->psk_id));
  ben = issued->psk_id;
  claw_issuer_use (fixture->issuer, ben, &used, &name);
  g_assert_true (claw_key_equal (&used, &secret));
  g_assert_cmpstr (name, ==, "ben");
  g_assert_false (claw_issuer_owns (fixture->issuer, ben));
  restart (fixture, START_S + 3);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, 2);
  g_assert_cmpuint (count_records (fixture), ==, 1);
  g_assert_cmpstr (claw_issuer_get (fixture->issuer, 1)->name, ==, "anna");
  restart (fixture, START_S + 3600);
  g_assert_cmpuint (count_records (fixture), ==, 0);
}

/* One that is handed out leaves nothing but its record, and its text opens as any other. */
static void
test_kept_handed_out (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  const ClawIssued *issued;

  issued = make_kept (fixture, NULL, 0, TRUE, START_S, &text);
  g_autoptr (ClawSecFile) file = claw_sec_file_open (text, strlen (text), fixture->key, &error);
  g_assert_no_error (error);
  g_assert_true (claw_key_equal (&file->shared_secret, &issued->secret));
  g_assert_cmpint (issued->valid_until_s, ==, START_S + VALIDITY_S);
  g_assert_cmpuint (count_files (fixture), ==, 0);
  g_assert_cmpuint (count_records (fixture), ==, 1);
}

/* New addresses are written into each file that is where it was, which stays good; one that
 * somebody moved away counts as handed out. The older port is remembered over a restart. */
static void
test_kept_outdated (Fixture *fixture, gconstpointer data)
{
  g_autofree char *anna = NULL;
  g_autofree char *ben = NULL;
  g_autoptr (ClawSecFile) now = claw_sec_file_new ();

  start (fixture, START_S);
  anna = g_strdup (make_kept (fixture, "anna", 3600, FALSE, START_S, NULL)->path);
  ben = g_strdup (make_kept (fixture, "ben", 3600, FALSE, START_S + 1, NULL)->path);
  g_assert_cmpint (g_unlink (ben), ==, 0);
  fixture->port = 50009;
  fill_addresses (now, fixture);
  g_assert_true (claw_issuer_has_other_addresses (fixture->issuer, now));
  claw_issuer_outdate (fixture->issuer);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, 0);
  tick (fixture, START_S + 10);
  g_assert_cmpuint (port_in (fixture, anna), ==, 50009);
  g_assert_false (g_file_test (ben, G_FILE_TEST_EXISTS));
  g_assert_false (claw_issuer_has_other_addresses (fixture->issuer, now));
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), >, START_S + 10);
  restart (fixture, START_S + 11);
  g_assert_true (claw_issuer_names_port (fixture->issuer, 50000));
  g_assert_true (claw_issuer_names_port (fixture->issuer, 50009));
  g_assert_cmpuint (count_records (fixture), ==, 2);
}

/* A disk that takes nothing leaves the file as it was, says so, and the next time it is done. */
static void
test_kept_unwritable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *anna = NULL;
  g_autofree char *records = g_build_filename (fixture->state, "files", NULL);
  g_autofree char *aside = g_build_filename (fixture->state, "aside", NULL);
  const ClawIssuerWish wish = { "ben", 0, FALSE };
  g_autoptr (GError) error = NULL;

  start (fixture, START_S);
  anna = g_strdup (make_kept (fixture, "anna", 3600, FALSE, START_S, NULL)->path);
  g_assert_no_errno (g_rename (records, aside));
  g_assert_true (g_file_set_contents (records, "", 0, NULL));
  fixture->port = 50009;
  claw_issuer_outdate (fixture->issuer);
  g_assert_false (claw_issuer_tick (fixture->issuer, START_S + 1, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (port_in (fixture, anna), ==, 50000);
  g_clear_error (&error);
  g_assert_null (claw_issuer_make (fixture->issuer, &wish, START_S + 2, NULL, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (g_hash_table_size (fixture->accepted), ==, 3);
  g_assert_no_errno (g_unlink (records));
  g_assert_no_errno (g_rename (aside, records));
  tick (fixture, START_S + 3);
  g_assert_cmpuint (port_in (fixture, anna), ==, 50009);
}

/* A copy of a file that is kept is not another file. */
static void
test_kept_copied (Fixture *fixture, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (fixture->directory, "copy.sec", NULL);
  g_autofree char *text = NULL;
  size_t length;

  start (fixture, START_S);
  g_assert_true (g_file_get_contents (make_kept (fixture, "anna", 3600, FALSE, START_S, NULL)->path,
                                      &text, &length, NULL));
  g_assert_true (claw_file_write (copy, text, length, NULL));
  restart (fixture, START_S + 1);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, 2);
  g_assert_cmpuint (g_hash_table_size (fixture->accepted), ==, 2);
}

/* By its id one file goes, by a name all for that person; what nobody has is none. */
static void
test_withdrawn (Fixture *fixture, gconstpointer data)
{
  char id[CLAW_ISSUED_ID_SIZE];

  start (fixture, START_S);
  make_kept (fixture, "anna", 3600, FALSE, START_S, NULL);
  make_kept (fixture, "anna", 3600, TRUE, START_S, NULL);
  make_kept (fixture, "ben", 3600, FALSE, START_S, NULL);
  g_strlcpy (id, claw_issuer_get (fixture->issuer, 0)->id, sizeof id);
  g_assert_cmpuint (claw_issuer_withdraw (fixture->issuer, "nobody"), ==, 0);
  g_assert_cmpuint (claw_issuer_withdraw (fixture->issuer, "anna"), ==, 2);
  g_assert_cmpuint (claw_issuer_withdraw (fixture->issuer, id), ==, 1);
  g_assert_null (claw_issuer_get_current (fixture->issuer, NULL));
  assert_count (fixture, 1);
  g_assert_cmpuint (count_records (fixture), ==, 1);
  tick (fixture, START_S + 1);
  assert_count (fixture, 2);
}

/* There are so many and no more; the automatic one is not among them. */
static void
test_kept_limit (Fixture *fixture, gconstpointer data)
{
  const ClawIssuerWish wish = { "one too many", 3600, FALSE };
  g_autoptr (GError) error = NULL;

  start (fixture, START_S);
  for (unsigned i = 0; i < CLAW_ISSUER_KEPT_MAX; i++)
    make_kept (fixture, "anna", 3600, i % 2 == 0, START_S, NULL);
  g_assert_null (claw_issuer_make (fixture->issuer, &wish, START_S, NULL, &error));
  g_assert_error (error, CLAW_ISSUER_ERROR, CLAW_ISSUER_ERROR_TOO_MANY);
  g_assert_cmpuint (count_records (fixture), ==, CLAW_ISSUER_KEPT_MAX);
  tick (fixture, START_S + REGENERATE_S);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, CLAW_ISSUER_KEPT_MAX + 2);
  restart (fixture, START_S + REGENERATE_S + 1);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, CLAW_ISSUER_KEPT_MAX + 2);
}

/* As many of both kinds as there may be are there again after a restart, and some of others beside
 * them do not matter. */
static void
test_restart_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  start (fixture, START_S);
  for (unsigned i = 0; i < CLAW_ISSUER_KEPT_MAX; i++)
    make_kept (fixture, "anna", 3600, FALSE, START_S, NULL);
  for (unsigned i = 1; i < CLAW_ISSUER_FILES_MAX; i++)
    g_assert_nonnull (claw_issuer_issue (fixture->issuer, START_S, &error));
  assert_count (fixture, CLAW_ISSUER_KEPT_MAX + CLAW_ISSUER_FILES_MAX);
  for (unsigned i = CLAW_ISSUER_FILES_MAX; i < CLAW_ISSUER_ADOPT_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.sec", i);
      g_autofree char *path = g_build_filename (fixture->directory, name, NULL);

      g_assert_true (claw_file_write (path, "x", 1, NULL));
    }
  restart (fixture, START_S + 1);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==,
                    CLAW_ISSUER_KEPT_MAX + CLAW_ISSUER_FILES_MAX);
}

/* Compromised keys take all of them along. */
static void
test_kept_erased (Fixture *fixture, gconstpointer data)
{
  start (fixture, START_S);
  make_kept (fixture, "anna", 3600, FALSE, START_S, NULL);
  make_kept (fixture, "ben", 3600, TRUE, START_S, NULL);
  claw_issuer_erase (fixture->issuer);
  assert_count (fixture, 0);
  g_assert_cmpuint (count_records (fixture), ==, 0);
}

/* With a passphrase they are written anew one after the other, aside. */
static void
test_kept_passphrase (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawSecFile) now = claw_sec_file_new ();
  char *paths[2];

  claw_bootstrap_key_unref (fixture->key);
  fixture->key = claw_bootstrap_key_new ("correct horse battery staple", NULL);
  fixture->regenerate_s = 0;
  claw_issuer_free (fixture->issuer);
  fixture->issuer = make_issuer (fixture);
  start (fixture, START_S);
  paths[0] = g_strdup (make_kept (fixture, "anna", 3600, FALSE, START_S, NULL)->path);
  paths[1] = g_strdup (make_kept (fixture, "ben", 3600, FALSE, START_S, NULL)->path);
  fixture->port = 50009;
  claw_issuer_outdate (fixture->issuer);
  tick (fixture, START_S + 1);
  fill_addresses (now, fixture);
  while (claw_issuer_has_other_addresses (fixture->issuer, now))
    g_main_context_iteration (NULL, TRUE);
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_cmpuint (port_in (fixture, paths[i]), ==, 50009);
      g_free (paths[i]);
    }
}

/* Where the records cannot be looked at, their files do not pass for others, which would leave the
 * records to let somebody in once more. */
static void
test_kept_blind (Fixture *fixture, gconstpointer data)
{
  g_autofree char *records = g_build_filename (fixture->state, CLAW_ISSUER_RECORDS, NULL);
  g_autofree char *aside = g_strconcat (records, ".aside", NULL);
  g_autoptr (GError) error = NULL;

  start (fixture, START_S);
  make_kept (fixture, "anna", 3600, FALSE, START_S, NULL);
  g_assert_cmpint (g_rename (records, aside), ==, 0);
  g_assert_cmpint (symlink (records, records), ==, 0);
  claw_issuer_free (fixture->issuer);
  g_hash_table_remove_all (fixture->accepted);
  fixture->issuer = make_issuer (fixture);
  g_assert_false (claw_issuer_start (fixture->issuer, START_S + 1, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
  g_assert_cmpuint (g_hash_table_size (fixture->accepted), ==, 0);

  g_assert_cmpint (g_unlink (records), ==, 0);
  g_assert_cmpint (g_rename (aside, records), ==, 0);
  restart (fixture, START_S + 2);
  assert_count (fixture, 2);
  g_assert_true (claw_issuer_is_kept (fixture->issuer, 1));
}

typedef enum
{
  DAMAGED,
  NEWER,      /* of a later version */
  OF_OTHERS,  /* permissions that were changed */
  A_DIRECTORY /* in its place */
} Unreadable;

static void
make_unreadable (const char *path, Unreadable how)
{
  static const char newer[] = "{\"format\": \"clawchat-issued\", \"version\": 2}";

  if (how == A_DIRECTORY)
    {
      g_assert_cmpint (g_unlink (path), ==, 0);
      g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
    }
  else if (how == OF_OTHERS)
    g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  else
    g_assert_true (claw_file_write (path, newer, how == NEWER ? strlen (newer) : 5, NULL));
}

/* A file whose record cannot be read, that one alone, does not pass for another one: nobody comes
 * in with it, and both stay until the record can be read again. */
static void
test_kept_unreadable (Fixture *fixture, gconstpointer data)
{
  Unreadable how = GPOINTER_TO_UINT (data);
  g_autofree char *records = g_build_filename (fixture->state, CLAW_ISSUER_RECORDS, NULL);
  g_autofree char *content = NULL;
  size_t length = 0;

  start (fixture, START_S);
  const ClawIssued *issued = make_kept (fixture, "anna", 3600, FALSE, START_S + 1, NULL);
  g_autofree char *path = g_strdup (issued->path);
  g_autofree char *record = claw_issued_get_record_path (issued, records);
  g_assert_true (g_file_get_contents (record, &content, &length, NULL));
  make_unreadable (record, how);
  is_warning_expected = TRUE;
  n_warnings = 0;
  restart (fixture, START_S + 2);
  is_warning_expected = FALSE;
  g_assert_cmpuint (n_warnings, ==, 2);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, 1);
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), !=, path);
  g_assert_cmpuint (g_hash_table_size (fixture->accepted), ==, 1);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (record, G_FILE_TEST_EXISTS));

  g_remove (record);
  g_assert_true (claw_file_write (record, content, length, NULL));
  restart (fixture, START_S + 3);
  assert_count (fixture, 2);
  g_assert_true (claw_issuer_is_kept (fixture->issuer, 1));
  g_assert_cmpstr (claw_issuer_get (fixture->issuer, 1)->path, ==, path);
  g_assert_cmpstr (claw_issuer_get (fixture->issuer, 1)->name, ==, "anna");
  make_unreadable (record, how);
  is_warning_expected = TRUE;
  restart (fixture, START_S + 1 + 3600);
  is_warning_expected = FALSE;
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (record, G_FILE_TEST_EXISTS));
  g_remove (record);
}

#define ADD_UNREADABLE(path, how) \
  g_test_add (path, Fixture, GUINT_TO_POINTER (how), set_up, test_kept_unreadable, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  allow_expected_warnings ();
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/issuer-kept/beside-automatic", test_kept);
  ADD ("/issuer-kept/used-once", test_kept_used);
  ADD ("/issuer-kept/handed-out", test_kept_handed_out);
  ADD ("/issuer-kept/outdated-written-anew", test_kept_outdated);
  ADD ("/issuer-kept/unwritable-tried-again", test_kept_unwritable);
  ADD ("/issuer-kept/copy-ignored", test_kept_copied);
  ADD ("/issuer-kept/withdrawn", test_withdrawn);
  ADD ("/issuer-kept/limit", test_kept_limit);
  ADD ("/issuer-kept/restart/all-accepted-again", test_restart_full);
  ADD ("/issuer-kept/erased", test_kept_erased);
  ADD ("/issuer-kept/blind", test_kept_blind);
  ADD ("/issuer-kept/passphrase", test_kept_passphrase);
  ADD_UNREADABLE ("/issuer-kept/unreadable/damaged", DAMAGED);
  ADD_UNREADABLE ("/issuer-kept/unreadable/newer", NEWER);
  ADD_UNREADABLE ("/issuer-kept/unreadable/of-others", OF_OTHERS);
  ADD_UNREADABLE ("/issuer-kept/unreadable/a-directory", A_DIRECTORY);
  return g_test_run ();
}
