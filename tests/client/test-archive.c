/* test-archive.c: a chat's history, outbox and settings on the disk. */
#include "archive-fixture.h"

#include "../support/held-exports.h"
#include "../support/test-support.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

static GPtrArray *
search (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->result);
  claw_archive_search_async (fixture->archive, text, NULL, on_done, fixture);
  wait_for_result (fixture);
  GPtrArray *found = claw_archive_search_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  return found;
}

/* Everything of a message comes back, also after the program ended. */
static void
test_whole (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) own = make_message (NULL, "mine\nin two lines");
  g_autoptr (ClawMessage) other = make_message ("Zoë", "Grüße 👋");
  gint64 before_us = g_get_real_time ();
  gint64 row = claw_archive_add (fixture->archive, own, TRUE, CLAW_MESSAGE_SENT);
  g_assert_cmpint (claw_archive_add (fixture->archive, other, FALSE, CLAW_MESSAGE_QUEUED), >, row);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 2);
  const ClawArchivedMessage *first = page->pdata[0], *second = page->pdata[1];
  g_assert_cmpint (first->row, ==, row);
  g_assert_true (first->is_own);
  g_assert_cmpint (first->state, ==, CLAW_MESSAGE_SENT);
  g_assert_cmpint (first->kept_us, >=, before_us);
  g_assert_null (claw_message_get_sender (first->message));
  g_assert_cmpstr (get_text (page, 0), ==, "mine\nin two lines");
  g_assert_cmpmem (claw_message_get_id (first->message), CLAW_MESSAGE_ID_SIZE,
                   claw_message_get_id (own), CLAW_MESSAGE_ID_SIZE);
  g_assert_false (second->is_own);
  g_assert_cmpstr (claw_message_get_sender (second->message), ==, "Zoë");
  g_assert_cmpint (claw_message_get_time_us (second->message), ==,
                   G_GINT64_CONSTANT (1700000000123456));
  g_assert_cmpstr (get_text (page, 1), ==, "Grüße 👋");
}

/* The longest message that there is comes back too. */
static void
test_longest (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  g_autofree char *name = g_strnfill (CLAW_MESSAGE_NAME_MAX, 'n');
  add (fixture, name, text);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 1);
  g_assert_cmpuint (page->len, ==, 1);
  g_assert_cmpstr (get_text (page, 0), ==, text);
}

/* Pages follow each other backwards without a gap, each of them oldest first. */
static void
test_pages (Fixture *fixture, gconstpointer data)
{
  add_numbered (fixture, 0, 25);
  gint64 before_row = 0;
  unsigned expected[] = { 10, 10, 5, 0 }, end = 25;
  for (unsigned i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (GPtrArray) page = load (fixture, before_row, 10);
      g_assert_cmpuint (page->len, ==, expected[i]);
      end -= page->len;
      for (unsigned j = 0; j < page->len; j++)
        {
          g_autofree char *text = g_strdup_printf ("%u", end + j);
          g_assert_cmpstr (get_text (page, j), ==, text);
        }
      if (page->len > 0)
        before_row = ((ClawArchivedMessage *) page->pdata[0])->row;
    }
  g_autoptr (GPtrArray) nothing = load (fixture, 0, 0);
  g_assert_cmpuint (nothing->len, ==, 0);
}

/* A message that the server sends a second time, after a restart, is kept once. */
static void
test_twice (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = make_message ("Alice", "once");
  claw_archive_add (fixture->archive, message, FALSE, CLAW_MESSAGE_QUEUED);
  reopen (fixture);
  claw_archive_add (fixture->archive, message, FALSE, CLAW_MESSAGE_QUEUED);
  add (fixture, "Alice", "after");
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_cmpstr (get_text (page, 1), ==, "after");
}

/* The state goes forward, never back; one of a message that is not there is nothing. */
static void
test_states (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = make_message (NULL, "mine");
  g_autoptr (ClawMessage) unknown = make_message (NULL, "never kept");
  claw_archive_add (fixture->archive, message, TRUE, CLAW_MESSAGE_QUEUED);
  claw_archive_set_state (fixture->archive, message, CLAW_MESSAGE_DELIVERED);
  claw_archive_set_state (fixture->archive, message, CLAW_MESSAGE_SENT);
  claw_archive_set_state (fixture->archive, unknown, CLAW_MESSAGE_SENT);
  reopen (fixture);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 1);
  g_assert_cmpint (((ClawArchivedMessage *) page->pdata[0])->state, ==, CLAW_MESSAGE_DELIVERED);
  claw_archive_remove (fixture->archive, message);
  g_autoptr (GPtrArray) empty = load (fixture, 0, 10);
  g_assert_cmpuint (empty->len, ==, 0);
}

/* What was not delivered is there after a restart, in order, whether or not there is a history, and
 * whether it may have been sent is known. */
static void
test_outbox (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) first = make_message (NULL, "first");
  g_autoptr (ClawMessage) second = make_message (NULL, "second");
  g_autoptr (ClawMessage) third = make_message (NULL, "third");
  claw_archive_keep_queued (fixture->archive, first);
  claw_archive_keep_queued (fixture->archive, second);
  claw_archive_keep_queued (fixture->archive, second);
  claw_archive_keep_queued (fixture->archive, third);
  claw_archive_forget_queued (fixture->archive, first);
  claw_archive_set_state (fixture->archive, third, CLAW_MESSAGE_SENT);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) queued = claw_archive_get_queued (fixture->archive);
      g_assert_cmpuint (queued->len, ==, 2);
      g_assert_cmpstr (claw_message_get_text (queued->pdata[0], NULL), ==, "second");
      g_assert_cmpmem (claw_message_get_id (queued->pdata[1]), CLAW_MESSAGE_ID_SIZE,
                       claw_message_get_id (third), CLAW_MESSAGE_ID_SIZE);
      g_assert_cmpint (claw_archive_get_queued_state (fixture->archive, second), ==,
                       CLAW_MESSAGE_QUEUED);
      g_assert_cmpint (claw_archive_get_queued_state (fixture->archive, third), ==,
                       CLAW_MESSAGE_SENT);
      reopen (fixture);
    }
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 0);
}

/* Settings of any type come back by name; one that was removed, or has another type, does not. */
static void
test_settings (Fixture *fixture, gconstpointer data)
{
  claw_archive_set_setting (fixture->archive, "title", g_variant_new_string ("Family"));
  claw_archive_set_setting (fixture->archive, "title", g_variant_new_string ("Friends"));
  claw_archive_set_setting (fixture->archive, "history", g_variant_new_boolean (FALSE));
  claw_archive_set_setting (fixture->archive, "draft", g_variant_new_string ("gone"));
  claw_archive_set_setting (fixture->archive, "draft", NULL);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GVariant) title = claw_archive_get_setting (fixture->archive, "title",
                                                             G_VARIANT_TYPE_STRING);
      g_autoptr (GVariant) history = claw_archive_get_setting (fixture->archive, "history",
                                                               G_VARIANT_TYPE_BOOLEAN);
      g_assert_cmpstr (g_variant_get_string (title, NULL), ==, "Friends");
      g_assert_false (g_variant_get_boolean (history));
      g_assert_null (claw_archive_get_setting (fixture->archive, "draft", G_VARIANT_TYPE_STRING));
      g_assert_null (claw_archive_get_setting (fixture->archive, "title", G_VARIANT_TYPE_INT32));
      reopen (fixture);
    }
}

/* Found whatever the case, the way accents are encoded, and the width of the letters; newest first.
 */
static void
test_search (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *wanted;
    unsigned n;
    const char *newest;
  } cases[] = {
    { "hello", 2, "Say HELLO" },
    { "CAFÉ", 1, "Cafe\xcc\x81 au lait" },
    { "cafe\xcc\x81", 1, "Cafe\xcc\x81 au lait" },
    { "STRASSE", 1, "Straße" },
    { "straße", 1, "Straße" },
    { "ａｂｃ", 1, "abc" },
    { "ΣΊΣΥΦΟΣ", 1, "Σίσυφος" },
    { "nowhere", 0, NULL },
    { "", 0, NULL },
    { "100%_", 1, "100%_ sure" },
  };
  static const char *const texts[] = { "Hello there", "Cafe\xcc\x81 au lait", "Straße",   "abc",
                                       "Σίσυφος",     "100%_ sure",           "Say HELLO" };
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    add (fixture, "Alice", texts[i]);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) found = search (fixture, cases[i].wanted);
      g_assert_cmpuint (found->len, ==, cases[i].n);
      if (found->len > 0)
        g_assert_cmpstr (get_text (found, 0), ==, cases[i].newest);
    }
}

/* No more than so many are given, and one that nobody waits for any more stops. */
static void
test_search_ends (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  for (unsigned i = 0; i < CLAW_ARCHIVE_SEARCH_MAX + 1; i++)
    add (fixture, "Alice", "the same");
  g_autoptr (GPtrArray) found = search (fixture, "same");
  g_assert_cmpuint (found->len, ==, CLAW_ARCHIVE_SEARCH_MAX);
  g_clear_object (&fixture->result);
  claw_archive_search_async (fixture->archive, "other", cancellable, on_done, fixture);
  g_cancellable_cancel (cancellable);
  wait_for_result (fixture);
  g_assert_null (claw_archive_search_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Export. */

static void
on_progress (goffset done, goffset total, gpointer user_data)
{
  gint64 *last = user_data;
  g_assert_cmpint (done, >, *last);
  g_assert_cmpint (done, <=, total);
  *last = done;
}

/* Returns: (transfer full): what is in the file */
static char *
export_to (Fixture *fixture, ClawArchiveFormat format, gint64 *progress)
{
  g_autofree char *path = g_build_filename (fixture->directory, "export", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  char *content = NULL;
  GStatBuf status;
  g_clear_object (&fixture->result);
  claw_archive_export_async (fixture->archive, file, format, "Me", on_progress, progress, NULL,
                             on_done, fixture);
  wait_for_result (fixture);
  claw_archive_export_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  return content;
}

/* One reads the text, and a program the JSON. */
static void
test_export (Fixture *fixture, gconstpointer data)
{
  gint64 progress = 0;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  add (fixture, "Alice", "say \"hello\"\nin two lines");
  add (fixture, NULL, "hello");
  add_numbered (fixture, 0, 1500);
  g_autofree char *text = export_to (fixture, CLAW_ARCHIVE_TEXT, &progress);
  g_assert_cmpint (progress, ==, 1502);
  g_assert_nonnull (strstr (text, "] Alice: say \"hello\"\nin two lines\n["));
  g_assert_nonnull (strstr (text, "] Me: hello\n["));
  g_assert_true (g_str_has_suffix (text, "] Alice: 1499\n"));
  progress = 0;
  g_autofree char *json = export_to (fixture, CLAW_ARCHIVE_JSON, &progress);
  json_parser_load_from_data (parser, json, -1, &error);
  g_assert_no_error (error);
  JsonArray *messages = json_object_get_array_member (
      json_node_get_object (json_parser_get_root (parser)), "messages");
  g_assert_cmpuint (json_array_get_length (messages), ==, 1502);
  JsonObject *first = json_array_get_object_element (messages, 0);
  JsonObject *second = json_array_get_object_element (messages, 1);
  g_assert_cmpstr (json_object_get_string_member (first, "text"), ==,
                   "say \"hello\"\nin two lines");
  g_assert_cmpstr (json_object_get_string_member (first, "time"), ==, "2023-11-14T22:13:20Z");
  g_assert_cmpstr (json_object_get_string_member (second, "state"), ==, "queued");
  g_assert_true (json_object_get_boolean_member (second, "own"));
}

static void
cancel_at_first (goffset done, goffset total, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static void
assert_none (const Fixture *fixture, const char *name, const char *suffix)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *found = NULL;
  while ((found = g_dir_read_name (dir)))
    {
      g_assert_cmpstr (found, !=, name);
      g_assert_false (g_str_has_suffix (found, suffix));
    }
}

static void
cancel_and_release (goffset done, goffset total, gpointer user_data)
{
  g_cancellable_cancel (user_data);
  release_exports ();
}

/* Exports to a file "new", with @progress to call it off. Returns: what is told at the end. */
static gboolean
export_cancelled (Fixture *fixture, GFileProgressCallback progress, GError **error)
{
  g_autofree char *path = g_build_filename (fixture->directory, "new", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_clear_object (&fixture->result);
  claw_archive_export_async (fixture->archive, file, CLAW_ARCHIVE_JSON, "Me", progress, cancellable,
                             cancellable, on_done, fixture);
  wait_for_result (fixture);
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  return claw_archive_export_finish (fixture->archive, fixture->result, error);
}

/* Where there was nothing, an export that is given up leaves nothing. */
static void
test_export_cancelled_new (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  add_numbered (fixture, 0, 5000);
  hold_exports ();
  g_assert_false (export_cancelled (fixture, cancel_and_release, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_none (fixture, "new", ".part");
}

/* So few messages that the first progress is that of the file that stands there. */
static void
test_export_cancelled_late (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "new", NULL);
  g_autoptr (GError) error = NULL;
  add_numbered (fixture, 0, 3);
  g_assert_true (export_cancelled (fixture, cancel_at_first, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_remove (path), ==, 0);
}

/* The first time all is written, and the file does not stand there yet. */
static void
look_and_release (goffset done, goffset total, gpointer user_data)
{
  if (done < total || !exports_are_held ())
    return;
  assert_none (user_data, "new", ".part");
  release_exports ();
}

/* A program that is killed while it exports leaves no half file either: there is none before it is
 * whole, where the file system knows files without a name. */
static void
test_export_nameless (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "new", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  GStatBuf status;
  int fd = open (fixture->directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      g_test_skip ("no files without a name here");
      return;
    }
  close (fd);
  add_numbered (fixture, 0, 5000);
  for (unsigned i = 0; i < 2; i++)
    {
      g_clear_object (&fixture->result);
      if (i == 0)
        hold_exports ();
      claw_archive_export_async (fixture->archive, file, CLAW_ARCHIVE_JSON, "Me", look_and_release,
                                 fixture, NULL, on_done, fixture);
      wait_for_result (fixture);
      g_assert_false (exports_are_held ());
      g_assert_true (claw_archive_export_finish (fixture->archive, fixture->result, &error));
      g_assert_no_error (error);
      g_assert_cmpint (g_stat (path, &status), ==, 0);
      g_assert_cmpint (status.st_mode & 0777, ==, 0600);
      g_assert_cmpuint (count_files (fixture, ".part"), ==, 0);
    }
}

/* An export that is given up, or cannot be written, leaves what was there. */
static void
test_export_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "export", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) nowhere = g_file_new_for_path ("/nonexistent/export");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  g_assert_true (g_file_set_contents (path, "before", -1, NULL));
  add_numbered (fixture, 0, 5000);
  g_clear_object (&fixture->result);
  g_cancellable_cancel (cancellable);
  claw_archive_export_async (fixture->archive, file, CLAW_ARCHIVE_TEXT, "Me", NULL, NULL,
                             cancellable, on_done, fixture);
  wait_for_result (fixture);
  g_assert_false (claw_archive_export_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "before");
  g_clear_error (&error);
  g_clear_object (&fixture->result);
  claw_archive_export_async (fixture->archive, nowhere, CLAW_ARCHIVE_JSON, "Me", NULL, NULL, NULL,
                             on_done, fixture);
  wait_for_result (fixture);
  g_assert_false (claw_archive_export_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* What is removed is gone from the files too; the outbox stays. */
static void
test_clear (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) queued = make_message (NULL, "not delivered");
  claw_archive_keep_queued (fixture->archive, queued);
  add_numbered (fixture, 0, 500);
  flush_well (fixture);
  g_clear_object (&fixture->result);
  claw_archive_clear_async (fixture->archive, on_done, fixture);
  wait_for_result (fixture);
  claw_archive_clear_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  add (fixture, "Alice", "anew");
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 1);
  /* Numbers are not used again. */
  g_assert_cmpint (((ClawArchivedMessage *) page->pdata[0])->row, >, 500);
  reopen (fixture);
  g_autoptr (GPtrArray) outbox = claw_archive_get_queued (fixture->archive);
  g_assert_cmpuint (outbox->len, ==, 1);
}

/* What was kept before a time goes, and what came later stays. */
static void
test_expire (Fixture *fixture, gconstpointer data)
{
  add_numbered (fixture, 0, 5);
  gint64 before_us = g_get_real_time () + 1;
  while (g_get_real_time () <= before_us)
    ;
  add_numbered (fixture, 5, 8);
  claw_archive_expire (fixture->archive, 1);
  g_autoptr (GPtrArray) all = load (fixture, 0, 10);
  g_assert_cmpuint (all->len, ==, 8);
  claw_archive_expire (fixture->archive, before_us);
  g_autoptr (GPtrArray) page = load (fixture, 0, 10);
  g_assert_cmpuint (page->len, ==, 3);
  g_assert_cmpstr (get_text (page, 0), ==, "5");
}

/* After destroy () no file is left, and what is asked later fails without harm. */
static void
test_destroy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *aside = g_strconcat (fixture->path, CLAW_ARCHIVE_DAMAGED_SUFFIX "1", NULL);
  g_assert_true (g_file_set_contents (aside, "old", -1, NULL));
  add_numbered (fixture, 0, 50);
  claw_archive_destroy (fixture->archive, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (fixture, ""), ==, 0);
  add (fixture, "Alice", "too late");
  g_assert_false (flush (fixture, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_GONE);
  g_assert_cmpuint (count_files (fixture, ""), ==, 0);
}

static void
count_gone (GObject *object, GAsyncResult *result, gpointer user_data)
{
  unsigned *n = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = claw_archive_search_finish (CLAW_ARCHIVE (object), result, &error);
  *n += g_error_matches (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_GONE);
}

/* The archive's thread is under way with an export that does not end, until the archive calls
 * something off. */
static gboolean
on_called_off (GSignalInvocationHint *hint, unsigned n, const GValue *values, gpointer user_data)
{
  release_exports ();
  return G_SOURCE_REMOVE;
}

/* What waits when all is erased is not waited for, and nothing is exported any more. */
static void
test_destroy_busy (Fixture *fixture, gconstpointer data)
{
  unsigned n = 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->directory, "export", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  add_numbered (fixture, 0, 1000);
  flush_well (fixture);
  g_clear_object (&fixture->result);
  hold_exports ();
  claw_archive_export_async (fixture->archive, file, CLAW_ARCHIVE_TEXT, "Me", NULL, NULL, NULL,
                             on_done, fixture);
  for (unsigned i = 0; i < 20; i++)
    claw_archive_search_async (fixture->archive, "nowhere", NULL, count_gone, &n);
  g_type_class_unref (g_type_class_ref (G_TYPE_CANCELLABLE));
  g_signal_add_emission_hook (g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE), 0, on_called_off,
                              NULL, NULL);
  claw_archive_destroy (fixture->archive, &error);
  g_assert_no_error (error);
  wait_for_result (fixture);
  g_assert_false (claw_archive_export_finish (fixture->archive, fixture->result, &error));
  g_assert_error (error, CLAW_ARCHIVE_ERROR, CLAW_ARCHIVE_ERROR_GONE);
  RUN_UNTIL (n == 20);
  g_assert_cmpuint (count_files (fixture, ""), ==, 0);
}

static gint64
find (Fixture *fixture, const uint8_t *id, const uint8_t *own_key, gint64 before_row)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->result);
  claw_archive_find_async (fixture->archive, id, own_key, before_row, NULL, on_done, fixture);
  wait_for_result (fixture);
  gint64 row = claw_archive_find_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  return row;
}

/* What somebody answered is found by the id that all know: of our own messages another one than the
 * archive's, with the key that it is made of. */
static void
test_find (Fixture *fixture, gconstpointer data)
{
  const uint8_t own_key[CLAW_PUBLIC_KEY_SIZE] = { 1 };
  uint8_t shared[CLAW_MESSAGE_ID_SIZE];
  g_autoptr (ClawMessage) own = make_message (NULL, "ours");
  g_autoptr (ClawMessage) other = make_message ("Alice", "hers");
  const uint8_t *other_id = claw_message_get_id (other);
  claw_message_share_id (claw_message_get_id (own), own_key, shared);
  gint64 own_row = claw_archive_add (fixture->archive, own, TRUE, CLAW_MESSAGE_SENT);
  gint64 other_row = claw_archive_add (fixture->archive, other, FALSE, CLAW_MESSAGE_QUEUED);
  add_numbered (fixture, 0, 10);
  g_assert_cmpint (find (fixture, other_id, own_key, 0), ==, other_row);
  g_assert_cmpint (find (fixture, other_id, NULL, 0), ==, other_row);
  g_assert_cmpint (find (fixture, other_id, own_key, other_row + 1), ==, other_row);
  g_assert_cmpint (find (fixture, other_id, own_key, other_row), ==, 0);
  g_assert_cmpint (find (fixture, shared, own_key, 0), ==, own_row);
  g_assert_cmpint (find (fixture, shared, NULL, 0), ==, 0);
  g_assert_cmpint (find (fixture, claw_message_get_id (own), own_key, 0), ==, 0);
}

/* Looking for a message can be given up. */
static void
test_find_given_up (Fixture *fixture, gconstpointer data)
{
  const uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  add_numbered (fixture, 0, 10);
  claw_archive_find_async (fixture->archive, id, NULL, 0, cancellable, on_done, fixture);
  g_cancellable_cancel (cancellable);
  wait_for_result (fixture);
  g_assert_cmpint (claw_archive_find_finish (fixture->archive, fixture->result, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  claw_secret_init ();
  g_test_init (&argc, &argv, NULL);
  ADD ("/archive/messages/whole", test_whole);
  ADD ("/archive/messages/longest", test_longest);
  ADD ("/archive/messages/pages", test_pages);
  ADD ("/archive/messages/twice", test_twice);
  ADD ("/archive/messages/states", test_states);
  ADD ("/archive/outbox/survives", test_outbox);
  ADD ("/archive/settings/survive", test_settings);
  ADD ("/archive/search/finds", test_search);
  ADD ("/archive/search/ends", test_search_ends);
  ADD ("/archive/find/by-what-others-know", test_find);
  ADD ("/archive/find/given-up", test_find_given_up);
  ADD ("/archive/export/both-formats", test_export);
  ADD ("/archive/export/given-up", test_export_cancelled);
  ADD ("/archive/export/given-up-new", test_export_cancelled_new);
  ADD ("/archive/export/given-up-late", test_export_cancelled_late);
  ADD ("/archive/export/no-half-file", test_export_nameless);
  ADD ("/archive/remove/clear", test_clear);
  ADD ("/archive/remove/expire", test_expire);
  ADD ("/archive/remove/destroy", test_destroy);
  ADD ("/archive/remove/destroy-busy", test_destroy_busy);
  return g_test_run ();
}
