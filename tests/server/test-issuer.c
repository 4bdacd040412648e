/* test-issuer.c: the life of .sec files by a clock that the test turns. */
#include "issuer-fixture.h"

#include "claw-issuer-private.h"
#include "../support/test-warnings.h"

/* The first start writes a private file that the bootstrap key opens and that says what it should.
 */
static void
test_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawSecFile) file = NULL;
  g_autofree char *name = NULL;
  gint64 until;
  struct stat info;

  start (fixture, START_S);
  assert_count (fixture, 1);
  name = g_path_get_basename (claw_issuer_get_current (fixture->issuer, &until));
  g_assert_cmpint (until, ==, START_S + VALIDITY_S);
  g_assert_true (g_str_has_prefix (name, "harbour_1-20270115-080000-"));
  g_assert_true (g_str_has_suffix (name, ".sec"));
  g_assert_cmpint (stat (claw_issuer_get_current (fixture->issuer, NULL), &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  file = claw_sec_file_load (claw_issuer_get_current (fixture->issuer, NULL), fixture->key, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (file->server_id, ==, "harbour/1");
  g_assert_cmpstr (file->server_name, ==, "Harbour");
  g_assert_cmpint (file->timestamp_s, ==, START_S);
  g_assert_cmpint (file->valid_until_s, ==, until);
  g_assert_cmpmem (file->server_public_key, CLAW_PUBLIC_KEY_SIZE, fixture->identity.public_key,
                   CLAW_PUBLIC_KEY_SIZE);
}

/* Unused it is replaced on time; the older one is good until its own end, and then it is gone. */
static void
test_replaced (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL;

  start (fixture, START_S);
  first = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, START_S + REGENERATE_S);
  tick (fixture, START_S + REGENERATE_S - 1);
  assert_count (fixture, 1);
  tick (fixture, START_S + REGENERATE_S);
  assert_count (fixture, 2);
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), !=, first);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, START_S + VALIDITY_S);
  tick (fixture, START_S + VALIDITY_S - 1);
  g_assert_true (g_file_test (first, G_FILE_TEST_EXISTS));
  tick (fixture, START_S + VALIDITY_S);
  g_assert_false (g_file_test (first, G_FILE_TEST_EXISTS));
  assert_count (fixture, 1);
  g_assert_cmpuint (fixture->ended[CLAW_ISSUER_END_EXPIRED], ==, 1);
  g_assert_cmpuint (fixture->ended[CLAW_ISSUER_END_USED], ==, 0);
}

/* Once used, a file is gone at once, its secret is handed on, and the next one is there by the next
 * tick. */
static void
test_used (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) secret = { 0 };
  g_autofree char *first = NULL;

  start (fixture, START_S);
  first = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  g_assert_true (claw_issuer_owns (fixture->issuer, fixture->last_id));
  g_autoptr (ClawSecFile) file = claw_sec_file_load (first, fixture->key, NULL);
  claw_issuer_use (fixture->issuer, fixture->last_id, &secret, NULL);
  g_assert_true (claw_key_equal (&secret, &file->shared_secret));
  g_assert_false (claw_issuer_owns (fixture->issuer, fixture->last_id));
  assert_count (fixture, 0);
  tick (fixture, START_S);
  assert_count (fixture, 1);
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), !=, first);
  g_assert_cmpuint (fixture->ended[CLAW_ISSUER_END_USED], ==, 1);
}

/* While a fresh one is there, the use of an older one brings no further file. */
static void
test_older_used (Fixture *fixture, gconstpointer data)
{
  g_autofree char *second = NULL;

  start (fixture, START_S);
  tick (fixture, START_S + REGENERATE_S);
  second = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  use (fixture, 1);
  tick (fixture, START_S + REGENERATE_S);
  assert_count (fixture, 1);
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), ==, second);
}

/* An id that is not a file's changes nothing. */
static void
test_unknown_used (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) secret = { 0 };

  start (fixture, START_S);
  claw_issuer_use (fixture->issuer, 999, &secret, NULL);
  g_assert_false (claw_key_is_set (&secret));
  assert_count (fixture, 1);
}

/* After a restart a file that is still good is accepted again instead of being replaced. */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL;

  start (fixture, START_S);
  first = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  restart (fixture, START_S + 60);
  assert_count (fixture, 1);
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), ==, first);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, START_S + REGENERATE_S);
}

/* Of several the one that was made last is the current one again, in whatever order the directory
 * names them. */
static void
test_restart_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *last = NULL;

  start (fixture, START_S);
  for (unsigned i = 1; i < 16; i++)
    claw_issuer_issue (fixture->issuer, START_S + i, NULL);
  last = g_strdup (claw_issuer_issue (fixture->issuer, START_S + 16, NULL));
  restart (fixture, START_S + 60);
  assert_count (fixture, 17);
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), ==, last);
}

/* One that ended meanwhile is deleted and followed by another; so is one from the future. */
static void
test_restart_dead (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL, *second = NULL;

  start (fixture, START_S);
  first = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  restart (fixture, START_S + VALIDITY_S);
  assert_count (fixture, 1);
  second = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  g_assert_cmpstr (second, !=, first);
  restart (fixture, START_S);
  assert_count (fixture, 1);
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), !=, second);
}

/* Files of others stay: another name, nonsense, another key's, another server's. */
static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_build_filename (fixture->directory, "notes.txt", NULL);
  g_autofree char *nonsense = g_build_filename (fixture->directory, "x.sec", NULL);
  g_autofree char *newer = g_build_filename (fixture->directory, "newer.sec", NULL);
  static const char next_version[] = "{\"format\":\"clawchat-sec\",\"version\":\"3.0\"}";
  g_autofree char *theirs = NULL, *others = NULL;
  ClawBootstrapKey *own_key = fixture->key;

  g_assert_true (claw_file_write (text, "x", 1, NULL));
  g_assert_true (claw_file_write (nonsense, "x", 1, NULL));
  g_assert_true (claw_file_write (newer, next_version, strlen (next_version), NULL));
  /* By another bootstrap key. */
  fixture->key = claw_bootstrap_key_generate ();
  restart (fixture, START_S);
  theirs = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  claw_bootstrap_key_unref (fixture->key);
  fixture->key = own_key;
  /* By a server of another identity with our key. */
  restart (fixture, START_S);
  others = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  claw_identity_clear (&fixture->identity);
  claw_identity_generate (&fixture->identity);
  restart (fixture, START_S + VALIDITY_S * 2);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, 1);
  g_assert_cmpuint (count_files (fixture), ==, 6);
  g_assert_true (g_file_test (newer, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (theirs, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (others, G_FILE_TEST_EXISTS));
}

/* A clock set back by much makes new files rather than ones that live for years. */
static void
test_clock_set_back (Fixture *fixture, gconstpointer data)
{
  gint64 until;

  start (fixture, START_S);
  tick (fixture, START_S - 86400);
  assert_count (fixture, 1);
  claw_issuer_get_current (fixture->issuer, &until);
  g_assert_cmpint (until, ==, START_S - 86400 + VALIDITY_S);
}

/* Set back by less than a file's clock may be off: what is made then is the newest all the same, it
 * is what the operator is told, and nothing is made again and again. */
static void
test_clock_set_back_little (Fixture *fixture, gconstpointer data)
{
  const ClawIssuerWish wish = { 0 };
  const gint64 now_s = START_S - CLAW_SEC_FILE_CLOCK_TOLERANCE_S;
  g_autofree char *first = NULL, *text = NULL, *written = NULL;
  g_autoptr (GError) error = NULL;
  const ClawIssued *made;

  start (fixture, START_S);
  first = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  made = claw_issuer_make (fixture->issuer, &wish, now_s, &text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (made->path, !=, first);
  g_assert_true (g_file_get_contents (made->path, &written, NULL, NULL));
  g_assert_cmpstr (written, ==, text);
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), ==, made->path);

  claw_issuer_outdate (fixture->issuer);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, 0);
  for (unsigned i = 0; i < 3; i++)
    tick (fixture, now_s);
  assert_count (fixture, 3);
}

/* More files on request, up to the limit and no further; even then the unused one is renewed on
 * time. */
static void
test_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  start (fixture, START_S);
  for (unsigned i = 1; i < CLAW_ISSUER_FILES_MAX; i++)
    g_assert_nonnull (claw_issuer_issue (fixture->issuer, START_S, NULL));
  assert_count (fixture, CLAW_ISSUER_FILES_MAX);
  g_assert_null (claw_issuer_issue (fixture->issuer, START_S, &error));
  g_assert_error (error, CLAW_ISSUER_ERROR, CLAW_ISSUER_ERROR_TOO_MANY);
  assert_count (fixture, CLAW_ISSUER_FILES_MAX);
  tick (fixture, START_S + REGENERATE_S);
  assert_count (fixture, CLAW_ISSUER_FILES_MAX);
  tick (fixture, START_S + VALIDITY_S);
  assert_count (fixture, 1);
}

/* A directory that cannot be written is an error, and the next tick tries again. */
static void
test_unwritable (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *elsewhere = g_strconcat (fixture->directory, "-away", NULL);

  start (fixture, START_S);
  use (fixture, fixture->last_id);
  g_assert_cmpint (g_rename (fixture->directory, elsewhere), ==, 0);
  g_assert_false (claw_issuer_tick (fixture->issuer, START_S, &error));
  g_assert_nonnull (error);
  g_assert_null (claw_issuer_get_current (fixture->issuer, NULL));
  g_assert_cmpint (g_rename (elsewhere, fixture->directory), ==, 0);
  tick (fixture, START_S + 1);
  assert_count (fixture, 1);
}

/* With a passphrase the next file is sealed aside, once, and there is nothing to be done before it
 * is there. */
static void
test_passphrase (Fixture *fixture, gconstpointer data)
{
  claw_bootstrap_key_unref (fixture->key);
  fixture->key = claw_bootstrap_key_new ("correct horse battery staple", NULL);
  restart (fixture, START_S);
  assert_count (fixture, 1);
  use (fixture, fixture->last_id);
  tick (fixture, START_S);
  tick (fixture, START_S);
  assert_count (fixture, 0);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, G_MAXINT64);
  while (claw_issuer_get_count (fixture->issuer) == 0)
    g_main_context_iteration (NULL, TRUE);
  assert_count (fixture, 1);
}

/* An issuer that ends meanwhile is not touched again by its thread. */
static void
test_passphrase_ended (Fixture *fixture, gconstpointer data)
{
  claw_bootstrap_key_unref (fixture->key);
  fixture->key = claw_bootstrap_key_new ("correct horse battery staple", NULL);
  restart (fixture, START_S);
  use (fixture, fixture->last_id);
  tick (fixture, START_S);
  claw_issuer_free (fixture->issuer);
  fixture->issuer = NULL;
  while (!g_main_context_iteration (NULL, TRUE))
    ;
  g_assert_cmpuint (count_files (fixture), ==, 0);
}

/* With other addresses the file is replaced before its time, once; the older one is still accepted.
 */
static void
test_outdated (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL;

  g_assert_true (claw_issuer_start (fixture->issuer, START_S, NULL));
  first = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  claw_issuer_outdate (fixture->issuer);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), <=, START_S);
  g_assert_true (claw_issuer_tick (fixture->issuer, START_S + 1, NULL));
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), !=, first);
  g_assert_true (g_file_test (first, G_FILE_TEST_EXISTS));
  g_assert_true (claw_issuer_tick (fixture->issuer, START_S + 2, NULL));
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, 2);
  g_assert_cmpuint (g_hash_table_size (fixture->accepted), ==, 2);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, START_S + 1 + REGENERATE_S);
}

/* When the file with the new addresses was used there is another one with them at once, although
 * the older one with the old addresses is still accepted. */
static void
test_outdated_used (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  g_assert_true (claw_issuer_start (fixture->issuer, START_S, NULL));
  first = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  claw_issuer_outdate (fixture->issuer);
  g_assert_true (claw_issuer_tick (fixture->issuer, START_S + 1, NULL));
  second = g_strdup (claw_issuer_get_current (fixture->issuer, NULL));
  use (fixture, fixture->last_id);
  g_assert_false (g_file_test (second, G_FILE_TEST_EXISTS));
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), <=, START_S + 1);
  g_assert_true (claw_issuer_tick (fixture->issuer, START_S + 1, NULL));
  g_assert_cmpstr (claw_issuer_get_current (fixture->issuer, NULL), !=, first);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, 2);
}

/* The ports that files name count as long as one of the files is accepted. */
static void
test_names_port (Fixture *fixture, gconstpointer data)
{
  g_assert_false (claw_issuer_names_port (fixture->issuer, 50000));
  g_assert_true (claw_issuer_start (fixture->issuer, START_S, NULL));
  g_assert_true (claw_issuer_names_port (fixture->issuer, 50000));
  g_assert_true (claw_issuer_names_port (fixture->issuer, 50002));
  g_assert_false (claw_issuer_names_port (fixture->issuer, 50001));
}

/* Other times hold for the next file; the one that is out dies when it says. */
static void
test_times (Fixture *fixture, gconstpointer data)
{
  gint64 valid_until_s;

  start (fixture, START_S);
  claw_issuer_set_times (fixture->issuer, 120, 60);
  claw_issuer_get_current (fixture->issuer, &valid_until_s);
  g_assert_cmpint (valid_until_s, ==, START_S + VALIDITY_S);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, START_S + 60);
  tick (fixture, START_S + 60);
  claw_issuer_get_current (fixture->issuer, &valid_until_s);
  g_assert_cmpint (valid_until_s, ==, START_S + 60 + 120);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, 2);
}

/* With no automatic file there is one only while somebody has asked for it; what the ports do is no
 * reason for another, but compromised keys are. */
static void
test_not_by_itself (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) secret = { 0 };
  g_autoptr (GError) error = NULL;

  fixture->regenerate_s = 0;
  claw_issuer_free (fixture->issuer);
  fixture->issuer = make_issuer (fixture);
  start (fixture, START_S);
  assert_count (fixture, 0);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, G_MAXINT64);
  tick (fixture, START_S + 1);
  assert_count (fixture, 0);
  g_assert_nonnull (claw_issuer_issue (fixture->issuer, START_S + 2, &error));
  assert_count (fixture, 1);
  g_assert_cmpint (claw_issuer_get_deadline_s (fixture->issuer), ==, START_S + 2 + VALIDITY_S);
  claw_issuer_outdate (fixture->issuer);
  tick (fixture, START_S + REGENERATE_S + 3);
  assert_count (fixture, 1);
  claw_issuer_use (fixture->issuer, fixture->last_id, &secret, NULL);
  tick (fixture, START_S + REGENERATE_S + 4);
  assert_count (fixture, 0);
  claw_issuer_demand (fixture->issuer);
  tick (fixture, START_S + REGENERATE_S + 5);
  assert_count (fixture, 1);
  tick (fixture, START_S + REGENERATE_S + 6);
  assert_count (fixture, 1);
}

/* A directory in its place is something that nobody can unlink. */
static void
hold (const char *path)
{
  g_autofree char *aside = g_strconcat (path, ".aside", NULL);

  g_assert_cmpint (g_rename (path, aside), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

static void
let_go (const char *path)
{
  g_autofree char *aside = g_strconcat (path, ".aside", NULL);

  g_assert_cmpint (g_rmdir (path), ==, 0);
  g_assert_cmpint (g_rename (aside, path), ==, 0);
}

/* A used file that a failing disk keeps, and its record, go as soon as they can: a start with them
 * would let somebody else in. */
static void
test_undeleted (Fixture *fixture, gconstpointer data)
{
  const ClawIssuerWish wish = { .name = "anna", .validity_s = 3600 };
  g_autoptr (GError) error = NULL;
  g_autofree char *records = g_build_filename (fixture->state, CLAW_ISSUER_RECORDS, NULL);
  g_autofree char *path = NULL;
  g_autofree char *record = NULL;
  const ClawIssued *issued;

  start (fixture, START_S);
  issued = claw_issuer_make (fixture->issuer, &wish, START_S, NULL, &error);
  g_assert_no_error (error);
  path = g_strdup (issued->path);
  record = claw_issued_get_record_path (issued, records);
  hold (path);
  hold (record);
  is_warning_expected = TRUE;
  use (fixture, issued->psk_id);
  tick (fixture, START_S + 1);
  is_warning_expected = FALSE;
  let_go (path);
  let_go (record);
  tick (fixture, START_S + 2);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (record, G_FILE_TEST_EXISTS));
  restart (fixture, START_S + 3);
  assert_count (fixture, 1);
}

/* Of very many the first ones are remembered. */
static void
test_undeleted_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  start (fixture, START_S);
  is_warning_expected = TRUE;
  for (unsigned i = 0; i < CLAW_ISSUER_UNDELETED_MAX + 1; i++)
    {
      const ClawIssued *issued = claw_issuer_get (fixture->issuer, 0);

      g_ptr_array_add (paths, g_strdup (issued->path));
      hold (issued->path);
      use (fixture, issued->psk_id);
      tick (fixture, START_S + i);
    }
  is_warning_expected = FALSE;
  for (unsigned i = 0; i < paths->len; i++)
    let_go (paths->pdata[i]);
  tick (fixture, START_S + paths->len);
  g_assert_cmpuint (count_files (fixture), ==, 2);
  g_assert_true (g_file_test (paths->pdata[CLAW_ISSUER_UNDELETED_MAX], G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  allow_expected_warnings ();
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/issuer/first/private", test_first);
  ADD ("/issuer/unused/replaced", test_replaced);
  ADD ("/issuer/outdated/replaced-at-once", test_outdated);
  ADD ("/issuer/outdated/not-offered-again", test_outdated_used);
  ADD ("/issuer/names/port", test_names_port);
  ADD ("/issuer/used/replaced-at-once", test_used);
  ADD ("/issuer/used/older", test_older_used);
  ADD ("/issuer/used/unknown", test_unknown_used);
  ADD ("/issuer/used/undeleted", test_undeleted);
  ADD ("/issuer/used/undeleted-limit", test_undeleted_limit);
  ADD ("/issuer/restart/accepted-again", test_restart);
  ADD ("/issuer/restart/order", test_restart_order);
  ADD ("/issuer/restart/dead-deleted", test_restart_dead);
  ADD ("/issuer/foreign/left-alone", test_foreign);
  ADD ("/issuer/clock/set-back", test_clock_set_back);
  ADD ("/issuer/clock/set-back-little", test_clock_set_back_little);
  ADD ("/issuer/limit/held", test_limit);
  ADD ("/issuer/times/changed", test_times);
  ADD ("/issuer/unwritable/tried-again", test_unwritable);
  ADD ("/issuer/passphrase/sealed-aside", test_passphrase);
  ADD ("/issuer/passphrase/ended-meanwhile", test_passphrase_ended);
  g_test_add ("/issuer/not-by-itself/asked-for", Fixture, NULL, set_up, test_not_by_itself,
              tear_down);
  return g_test_run ();
}
