/* test-key-file.c: a secret in a file; test-identity.c has the ways in which such a file is wrong.
 */
#include "claw-key-file.h"

#include "claw-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* Made once, private, and the same afterwards. A damaged file stays, and the message says what
 * another key would cost. */
static void
test_life (void)
{
  g_autofree char *directory = g_dir_make_tmp ("clawchat-key-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "secret", NULL);
  g_auto (ClawKey) first = { 0 };
  g_auto (ClawKey) second = { 0 };
  g_autoptr (GError) error = NULL;
  struct stat status;

  claw_secret_init ();
  g_assert_true (claw_key_file_load_or_create (&first, path, "dear", &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_true (claw_key_file_load_or_create (&second, path, "dear", &error));
  g_assert_true (claw_key_equal (&first, &second));

  g_assert_true (claw_file_write (path, "half a ke", 9, NULL));
  g_assert_false (claw_key_file_load_or_create (&second, path, "dear", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "dear"));
  g_assert_true (claw_key_equal (&first, &second));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

/* One line with the format's version; another version is told apart from damage, and left alone,
 * also if it is longer. */
static void
test_version (void)
{
  g_autofree char *directory = g_dir_make_tmp ("clawchat-key-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "secret", NULL);
  g_auto (ClawKey) key = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  size_t length;

  g_assert_true (claw_key_file_load_or_create (&key, path, "dear", &error));
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_true (g_str_has_prefix (text, "clawchat-key 1 "));
  g_assert_cmpint (text[length - 1], ==, '\n');

  text[strlen ("clawchat-key ")] = '2';
  g_assert_true (claw_file_write (path, text, length, NULL));
  g_assert_false (claw_key_file_load_or_create (&key, path, "dear", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);

  g_autofree char *longer = g_strconcat (text, text, text, NULL);
  g_assert_true (claw_file_write (path, longer, 3 * length, NULL));
  g_assert_false (claw_key_file_load_or_create (&key, path, "dear", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

/* A table of what is no key. */
static void
test_damage (void)
{
  static const char *const texts[] = {
    "",
    "clawchat-key",
    "clawchat-key 1 ",
    "clawchat-key 1 \n",
    "clawchat-key 1 AAAA\n",
    "clawchat-key 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "clawchat-key 1 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= \n",
    "clawchat-key 1 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\n",
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n",
  };
  g_auto (ClawKey) key = { 0 };

  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpint (claw_key_file_parse (&key, texts[i], strlen (texts[i])), ==,
                     CLAW_KEY_FILE_DAMAGED);
  g_assert_false (claw_key_is_set (&key));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/key-file/life/made-once", test_life);
  g_test_add_func ("/key-file/version/told-apart", test_version);
  g_test_add_func ("/key-file/damage/refused", test_damage);
  return g_test_run ();
}
