/* test-file.c: reading and writing files in a directory made for each test. */
#include "claw-file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *directory;
  char *path; /* of a file in it that is not there yet */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("claw-file-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
  fixture->path = g_build_filename (fixture->directory, "file", NULL);
}

static unsigned
count_entries (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  unsigned n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->directory, name, NULL);
      g_assert_no_errno (g_remove (path));
    }
  g_assert_no_errno (g_rmdir (fixture->directory));
  g_free (fixture->directory);
  g_free (fixture->path);
}

static void
assert_content (const char *path, const char *expected)
{
  g_autoptr (GError) error = NULL;
  char buffer[64];
  size_t length = 0;

  g_assert_true (
      claw_file_read (path, CLAW_FILE_READ_PRIVATE, buffer, sizeof buffer, &length, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (buffer, length, expected, strlen (expected));
}

static void
assert_refused (const char *path, ClawFileReadFlags flags, ClawFileError code)
{
  g_autoptr (GError) error = NULL;
  char buffer[8];
  size_t length = 99;

  g_assert_false (claw_file_read (path, flags, buffer, sizeof buffer, &length, &error));
  g_assert_error (error, CLAW_FILE_ERROR, (int) code);
  g_assert_cmpuint (length, ==, 0);
  g_assert_true (g_str_has_prefix (error->message, path));
}

/* What was written is read, has mode 0600, replaces what was there, and nothing else is left. */
static void
test_write (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GStatBuf status;

  g_assert_true (claw_file_write (fixture->path, "one", 3, &error));
  assert_content (fixture->path, "one");
  g_assert_no_errno (g_chmod (fixture->path, 0644));
  g_assert_true (claw_file_write (fixture->path, "two, and longer", 15, &error));
  g_assert_no_error (error);
  assert_content (fixture->path, "two, and longer");
  g_assert_true (claw_file_write (fixture->path, NULL, 0, &error));
  assert_content (fixture->path, "");

  g_assert_no_errno (g_stat (fixture->path, &status));
  g_assert_cmphex (status.st_mode & 07777, ==, 0600);
  g_assert_cmpuint (count_entries (fixture->directory), ==, 1);
}

/* What is for others can be read by them, whatever the umask is. */
static void
test_write_public (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  mode_t before = umask (077);
  GStatBuf status;

  g_assert_true (claw_file_write_public (fixture->path, "one", 3, &error));
  umask (before);
  g_assert_no_error (error);
  g_assert_no_errno (g_stat (fixture->path, &status));
  g_assert_cmphex (status.st_mode & 07777, ==, 0644);
  g_assert_no_errno (g_chmod (fixture->path, 0600));
  assert_content (fixture->path, "one");
  g_assert_cmpuint (count_entries (fixture->directory), ==, 1);
}

/* A write that fails leaves no temporary file behind and the target as it was. */
static void
test_write_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *below = g_build_filename (fixture->directory, "missing", "file", NULL);

  g_assert_no_errno (g_mkdir (fixture->path, 0700));
  g_assert_false (claw_file_write (fixture->path, "x", 1, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_REGULAR);
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_IS_DIR));
  g_assert_cmpuint (count_entries (fixture->directory), ==, 1);

  g_clear_error (&error);
  g_assert_false (claw_file_write (below, "x", 1, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND);
}

/* A write to a symbolic link replaces the link and does not touch what it points to. */
static void
test_write_symlink (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->directory, "link", NULL);

  g_assert_true (claw_file_write (fixture->path, "target", 6, NULL));
  g_assert_no_errno (symlink (fixture->path, link));
  g_assert_true (claw_file_write (link, "new", 3, NULL));
  assert_content (fixture->path, "target");
  assert_content (link, "new");
}

/* A file of exactly the size fits, one byte more does not. */
static void
test_read_limit (Fixture *fixture, gconstpointer data)
{
  char buffer[8];
  size_t length;

  g_assert_true (claw_file_write (fixture->path, "12345678", 8, NULL));
  g_assert_true (
      claw_file_read (fixture->path, CLAW_FILE_READ_DEFAULT, buffer, sizeof buffer, &length, NULL));
  g_assert_cmpuint (length, ==, 8);
  g_assert_true (claw_file_write (fixture->path, "123456789", 9, NULL));
  assert_refused (fixture->path, CLAW_FILE_READ_DEFAULT, CLAW_FILE_ERROR_TOO_LARGE);
}

/* A file that does not tell its size is bounded all the same. */
static void
test_read_limit_without_size (void)
{
  assert_refused ("/proc/self/status", CLAW_FILE_READ_DEFAULT, CLAW_FILE_ERROR_TOO_LARGE);
}

/* Links, directories, devices and pipes are refused, a pipe without waiting for a writer. */
static void
test_read_not_regular (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->directory, "link", NULL);
  g_autofree char *fifo = g_build_filename (fixture->directory, "fifo", NULL);
  char buffer[8];
  size_t length;

  g_assert_true (claw_file_write (fixture->path, "hi", 2, NULL));
  g_assert_no_errno (symlink (fixture->path, link));
  g_assert_no_errno (mkfifo (fifo, 0600));

  assert_refused (link, CLAW_FILE_READ_DEFAULT, CLAW_FILE_ERROR_NOT_REGULAR);
  assert_refused (fifo, CLAW_FILE_READ_DEFAULT, CLAW_FILE_ERROR_NOT_REGULAR);
  assert_refused (fixture->directory, CLAW_FILE_READ_DEFAULT, CLAW_FILE_ERROR_NOT_REGULAR);
  assert_refused ("/dev/null", CLAW_FILE_READ_FOLLOW_SYMLINKS, CLAW_FILE_ERROR_NOT_REGULAR);

  g_assert_true (
      claw_file_read (link, CLAW_FILE_READ_FOLLOW_SYMLINKS, buffer, sizeof buffer, &length, NULL));
  g_assert_cmpmem (buffer, length, "hi", 2);
}

/* Every permission for others is refused when the file should be private, and the message mends it.
 */
static void
test_read_private (Fixture *fixture, gconstpointer data)
{
  static const int modes[] = { 0640, 0604, 0620, 0602, 0610, 0601 };
  g_autoptr (GError) error = NULL;
  char buffer[8];
  size_t length;

  g_assert_true (claw_file_write (fixture->path, "hi", 2, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_assert_no_errno (g_chmod (fixture->path, modes[i]));
      assert_refused (fixture->path, CLAW_FILE_READ_PRIVATE, CLAW_FILE_ERROR_PERMISSIONS);
    }

  g_assert_no_errno (g_chmod (fixture->path, 0644));
  g_assert_true (
      claw_file_read (fixture->path, CLAW_FILE_READ_DEFAULT, buffer, sizeof buffer, &length, NULL));
  g_assert_false (claw_file_read (fixture->path, CLAW_FILE_READ_PRIVATE, buffer, sizeof buffer,
                                  &length, &error));
  g_assert_nonnull (strstr (error->message, "chmod 600 "));
}

/* A missing file is told apart from other faults. */
static void
test_read_missing (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture->path, CLAW_FILE_READ_DEFAULT, CLAW_FILE_ERROR_NOT_FOUND);
}

/* Removing works once and is no error the second time, but a directory is not removed. */
static void
test_remove (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_file_write (fixture->path, "hi", 2, NULL));
  g_assert_true (claw_file_remove (fixture->path, &error));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_assert_true (claw_file_remove (fixture->path, &error));
  g_assert_no_error (error);
  g_assert_false (claw_file_remove (fixture->directory, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
}

/* Missing directories are made with mode 0700; one that others may enter is refused, as is a file.
 */
static void
test_private_directory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *deep = g_build_filename (fixture->path, "deep", NULL);
  g_autofree char *file = g_build_filename (fixture->directory, "plain", NULL);
  GStatBuf status;

  g_assert_true (claw_file_make_private_directory (deep, &error));
  g_assert_true (claw_file_make_private_directory (deep, &error));
  g_assert_no_error (error);
  g_assert_no_errno (g_stat (fixture->path, &status));
  g_assert_cmphex (status.st_mode & 07777, ==, 0700);
  g_assert_no_errno (g_stat (deep, &status));
  g_assert_cmphex (status.st_mode & 07777, ==, 0700);

  g_assert_no_errno (g_chmod (deep, 0750));
  g_assert_false (claw_file_make_private_directory (deep, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS);
  g_assert_nonnull (strstr (error->message, "chmod 700 "));
  g_clear_error (&error);
  /* Nobody is told to close a directory as /tmp. */
  g_assert_no_errno (g_chmod (deep, 01777));
  g_assert_false (claw_file_make_private_directory (deep, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS);
  g_assert_null (strstr (error->message, "chmod"));
  g_clear_error (&error);

  g_assert_true (claw_file_write (file, "hi", 2, NULL));
  g_assert_false (claw_file_make_private_directory (file, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_REGULAR);
  g_assert_no_errno (g_rmdir (deep));
}

/* One that is not there has nothing in it; one that cannot be looked into is an error instead. */
static void
test_open_directory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (fixture->directory, &error);

  g_assert_no_error (error);
  g_assert_nonnull (dir);
  g_assert_null (claw_file_open_directory (fixture->path, &error));
  g_assert_no_error (error);
  g_assert_true (claw_file_write (fixture->path, "hi", 2, NULL));
  g_assert_null (claw_file_open_directory (fixture->path, &error));
  g_assert_no_error (error);
  g_assert_no_errno (g_unlink (fixture->path));
  g_assert_no_errno (symlink (fixture->path, fixture->path));
  g_assert_null (claw_file_open_directory (fixture->path, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
}

/* An erased file's bytes are gone from the disk too: a second name of it shows zeros. A link is
 * removed, what it points at is not touched. */
static void
test_erase (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *other = g_build_filename (fixture->directory, "other", NULL);
  uint8_t bytes[5001], zeros[5000] = { 0 };
  size_t length = 0;

  memset (bytes, 'k', sizeof bytes);
  g_assert_true (claw_file_write (fixture->path, bytes, 5000, NULL));
  g_assert_no_errno (link (fixture->path, other));
  g_assert_true (claw_file_erase (fixture->path, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_assert_true (
      claw_file_read (other, CLAW_FILE_READ_DEFAULT, bytes, sizeof bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, zeros, sizeof zeros);
  g_assert_true (claw_file_erase (fixture->path, &error));

  g_assert_true (claw_file_write (other, "kept", 4, NULL));
  g_assert_no_errno (symlink (other, fixture->path));
  g_assert_true (claw_file_erase (fixture->path, &error));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (
      claw_file_read (other, CLAW_FILE_READ_DEFAULT, bytes, sizeof bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, "kept", 4);
  g_assert_no_errno (g_remove (other));
}

/* What is replaced is overwritten, as one who still has it open can see; a backup that is a second
 * name of the same file keeps it. */
static void
test_replace (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *backup = g_build_filename (fixture->directory, "backup", NULL);
  char bytes[8] = "";
  size_t length = 0;

  g_assert_true (claw_file_replace (fixture->path, "first", 5, &error));
  int fd = open (fixture->path, O_RDONLY);
  g_assert_cmpint (fd, >=, 0);
  g_assert_true (claw_file_replace (fixture->path, "second", 6, &error));
  g_assert_no_error (error);
  g_assert_cmpint (read (fd, bytes, sizeof bytes), ==, 5);
  g_assert_cmpmem (bytes, 5, "\0\0\0\0\0", 5);
  close (fd);
  g_assert_true (
      claw_file_read (fixture->path, CLAW_FILE_READ_PRIVATE, bytes, sizeof bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, "second", 6);

  g_assert_no_errno (link (fixture->path, backup));
  g_assert_true (claw_file_replace (fixture->path, "third", 5, &error));
  g_assert_true (
      claw_file_read (backup, CLAW_FILE_READ_PRIVATE, bytes, sizeof bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, "second", 6);
  g_assert_no_errno (g_remove (backup));
}

/* Bytes change where they are, under every name of the file, and it does not grow. */
static void
test_overwrite (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *other = g_build_filename (fixture->directory, "other", NULL);

  g_assert_false (claw_file_overwrite (fixture->path, 0, "x", 1, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (claw_file_write (fixture->path, "0123456789", 10, NULL));
  g_assert_no_errno (link (fixture->path, other));
  g_assert_true (claw_file_overwrite (fixture->path, 4, "xyz", 3, &error));
  g_assert_no_error (error);
  assert_content (other, "0123xyz789");
  g_assert_true (claw_file_overwrite (fixture->path, 9, "!", 1, NULL));
  g_assert_false (claw_file_overwrite (fixture->path, 9, "??", 2, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
  g_assert_false (claw_file_overwrite (fixture->path, 11, "", 0, NULL));
  assert_content (fixture->path, "0123xyz78!");
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/file/write/replaces", test_write);
  ADD ("/file/write/public", test_write_public);
  ADD ("/file/write/fails-cleanly", test_write_fails);
  ADD ("/file/write/symlink", test_write_symlink);
  ADD ("/file/read/limit", test_read_limit);
  g_test_add_func ("/file/read/limit-without-size", test_read_limit_without_size);
  ADD ("/file/read/not-regular", test_read_not_regular);
  ADD ("/file/read/private", test_read_private);
  ADD ("/file/read/missing", test_read_missing);
  ADD ("/file/remove/twice", test_remove);
  ADD ("/file/erase/overwrites", test_erase);
  ADD ("/file/replace/overwrites", test_replace);
  ADD ("/file/overwrite/in-place", test_overwrite);
  ADD ("/file/private-directory/table", test_private_directory);
  ADD ("/file/open-directory/table", test_open_directory);
  return g_test_run ();
}
