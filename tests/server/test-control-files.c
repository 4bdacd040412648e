/* test-control-files.c: the options of new-file, on their way into a request and out of a reply
 * into a file. */
#include "claw-control-files.h"

#include "claw-control-request.h"
#include "claw-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *directory, *output;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("clawchat-output-XXXXXX", NULL);
  fixture->output = g_build_filename (fixture->directory, "anna.sec", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->output);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->output);
}

/* What does not go together is told before a server is asked. */
static void
test_check (void)
{
  static const struct
  {
    ClawControlFilesOptions options;
    gboolean json;
    const char *named; /* NULL: good */
  } cases[] = {
    { { NULL, NULL, NULL, FALSE, FALSE }, TRUE, NULL },
    { { (char *) "anna", (char *) "60", (char *) "x", TRUE, TRUE }, FALSE, NULL },
    { { NULL, (char *) "1", (char *) "x", FALSE, FALSE }, TRUE, NULL },
    { { NULL, (char *) "10080", NULL, FALSE, FALSE }, TRUE, NULL },
    { { NULL, (char *) "10081", NULL, FALSE, FALSE }, FALSE, "10081" },
    { { NULL, (char *) "0", NULL, FALSE, FALSE }, FALSE, "--valid 0" },
    { { NULL, (char *) "1h", NULL, FALSE, FALSE }, FALSE, "--valid 1h" },
    { { (char *) " ", NULL, NULL, FALSE, FALSE }, FALSE, "--for" },
    { { (char *) "\xff", NULL, NULL, FALSE, FALSE }, FALSE, "--for" },
    { { NULL, NULL, NULL, TRUE, FALSE }, TRUE, "--json" },
    { { NULL, NULL, (char *) "-", FALSE, FALSE }, TRUE, "--json" },
    { { NULL, NULL, (char *) "-", TRUE, FALSE }, FALSE, "--qr" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *problem = NULL;
      gboolean good = claw_control_files_check (&cases[i].options, cases[i].json, &problem);

      g_test_message ("%u", i);
      g_assert_true (good == (cases[i].named == NULL));
      if (!good)
        g_assert_nonnull (strstr (problem, cases[i].named));
    }
}

/* What was asked for is what the server reads. */
static void
test_round_trip (void)
{
  const ClawControlFilesOptions options = { (char *) " anna\n", (char *) "120", (char *) "x", FALSE,
                                            FALSE };
  g_autoptr (JsonObject) request = json_object_new ();
  ClawControlFileWish wish = { 0 };

  claw_control_files_fill (&options, request);
  g_assert_null (claw_control_files_read (request, &wish));
  g_assert_cmpstr (wish.name, ==, "anna");
  g_assert_cmpint (wish.validity_s, ==, 7200);
  g_assert_true (wish.wants_content && wish.is_handed_out);
  claw_control_file_wish_clear (&wish);
}

/* The server checks what anybody may send. */
static void
test_read (void)
{
  static const char *const bad[] = {
    "{\"for\":7}",
    "{\"for\":\"\"}",
    "{\"for\":\"\\n\"}",
    "{\"valid\":0}",
    "{\"valid\":10081}",
    "{\"valid\":\"1\"}",
    "{\"valid\":1.5}",
    "{\"content\":1}",
    "{\"hand_out\":\"yes\"}",
    "{\"hand_out\":true}",
    "{\"hand_out\":true,\"content\":false}",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (bad[i], NULL);
      ClawControlFileWish wish = { 0 };

      g_test_message ("%s", bad[i]);
      g_assert_nonnull (claw_control_files_read (json_node_get_object (node), &wish));
      claw_control_file_wish_clear (&wish);
    }
}

static JsonObject *
make_result (void)
{
  JsonObject *result = json_object_new ();

  json_object_set_string_member (result, "content", "{sealed}");
  json_object_set_null_member (result, "file");
  return result;
}

/* The output is whole, for this user alone, and named in the result. */
static void
test_output (Fixture *fixture, gconstpointer data)
{
  const ClawControlFilesOptions options = { NULL, NULL, fixture->output, FALSE, FALSE };
  g_autoptr (JsonObject) result = make_result ();
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;

  g_assert_true (claw_control_files_prepare (&options, &error));
  g_assert_true (claw_control_files_write (&options, result, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (fixture->output, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{sealed}");
  g_assert_no_errno (g_stat (fixture->output, &info));
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpstr (json_object_get_string_member (result, "file"), ==, fixture->output);
}

/* What is there already stays, unless it is said otherwise; a link is never written through. */
static void
test_in_the_way (Fixture *fixture, gconstpointer data)
{
  ClawControlFilesOptions options = { NULL, NULL, fixture->output, FALSE, FALSE };
  g_autoptr (JsonObject) result = make_result ();
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (fixture->output, "mine", -1, NULL));
  g_assert_false (claw_control_files_prepare (&options, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  claw_control_files_give_up (&options);
  options.force = TRUE;
  g_assert_true (claw_control_files_prepare (&options, &error));
  g_assert_true (g_file_get_contents (fixture->output, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "mine");
  g_assert_true (claw_control_files_write (&options, result, &error));
  g_assert_no_errno (g_unlink (fixture->output));
  g_assert_no_errno (symlink ("/tmp/clawchat-elsewhere", fixture->output));
  g_assert_false (claw_control_files_prepare (&options, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_REGULAR);
}

/* Nothing is left when the server made none, or said nothing that makes sense. */
static void
test_given_up (Fixture *fixture, gconstpointer data)
{
  const ClawControlFilesOptions options = { NULL, NULL, fixture->output, FALSE, FALSE };
  g_autoptr (JsonObject) result = json_object_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_control_files_prepare (&options, &error));
  g_assert_true (g_file_test (fixture->output, G_FILE_TEST_EXISTS));
  claw_control_files_give_up (&options);
  g_assert_false (g_file_test (fixture->output, G_FILE_TEST_EXISTS));
  g_assert_true (claw_control_files_prepare (&options, &error));
  g_assert_false (claw_control_files_write (&options, result, &error));
  g_assert_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID);
  g_assert_false (g_file_test (fixture->output, G_FILE_TEST_EXISTS));
}

/* The list has a line for each file, and no name moves the cursor. */
static void
test_list (void)
{
  g_autoptr (JsonNode) node = json_from_string (
      "{\"files\":[{\"id\":\"0123abcd\",\"file\":\"/s/a.sec\",\"valid_until\":1800000000},"
      "{\"id\":\"89abcdef\",\"for\":\"be\\u001bn\",\"file\":null,\"outdated\":true},7]}",
      NULL);
  g_autofree char *text = claw_control_files_print_list (json_node_get_object (node));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_true (g_str_has_prefix (lines[1], "0123abcd  2027-01-15 "));
  g_assert_true (g_str_has_suffix (lines[1], "  -                 /s/a.sec"));
  g_assert_nonnull (strstr (lines[2], "be\\x1bn"));
  g_assert_nonnull (strstr (lines[2], "handed out (names an older address or port)"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  g_test_add_func ("/control-files/options/checked", test_check);
  g_test_add_func ("/control-files/request/round-trip", test_round_trip);
  g_test_add_func ("/control-files/request/wrong", test_read);
  ADD ("/control-files/output/private", test_output);
  ADD ("/control-files/output/in-the-way", test_in_the_way);
  ADD ("/control-files/output/given-up", test_given_up);
  g_test_add_func ("/control-files/list/lines", test_list);
  return g_test_run ();
}
