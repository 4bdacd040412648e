/* claw-file.c: bounded reading, atomic writing and private directories, on plain file descriptors.
 *
 * GIO's functions are not used because they keep copies of what they read, which would leave
 * secrets in unlocked memory, and because they cannot refuse symbolic links without a race.
 */
#include "claw-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PERMISSIONS_OF_OTHERS 077
#define PRIVATE_MODE 0600
#define PUBLIC_MODE 0644

/* clang-format off */
G_DEFINE_QUARK (claw-file-error-quark, claw_file_error)
/* clang-format on */

static void G_GNUC_PRINTF (4, 5)
    set_error (GError **error, ClawFileError code, const char *path, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (path);
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, CLAW_FILE_ERROR, (int) code, "%s: %s", name, text);
}

static void
set_error_from_errno (GError **error, const char *path, int saved_errno)
{
  if (saved_errno == ENOENT || saved_errno == ENOTDIR)
    set_error (error, CLAW_FILE_ERROR_NOT_FOUND, path, _ ("there is no such file"));
  else if (saved_errno == ELOOP)
    set_error (error, CLAW_FILE_ERROR_NOT_REGULAR, path, _ ("is a symbolic link, not a file"));
  else
    set_error (error, CLAW_FILE_ERROR_IO, path, "%s", g_strerror (saved_errno));
}

static void
close_quietly (const int *fd)
{
  if (*fd >= 0)
    close (*fd);
}
typedef int AutoFd;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AutoFd, close_quietly)

/* Directories */

static char *
directory_of (const char *path)
{
  return g_path_get_dirname (path);
}

/* A rename or unlink is on the disk only once its directory is. */
static gboolean
sync_directory_of (const char *path, GError **error)
{
  g_autofree char *directory = directory_of (path);
  g_auto (AutoFd) fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  /* Some file systems cannot sync a directory and say EINVAL: nothing more can be done there. */
  if (fd >= 0 && (fsync (fd) == 0 || errno == EINVAL))
    return TRUE;

  set_error_from_errno (error, directory, errno);
  return FALSE;
}

gboolean
claw_file_make_private_directory (const char *path, GError **error)
{
  struct stat status;

  g_return_val_if_fail (path != NULL, FALSE);

  if (g_mkdir_with_parents (path, 0700) != 0)
    {
      int saved_errno = errno;
      if (saved_errno == ENOTDIR || saved_errno == EEXIST)
        set_error (error, CLAW_FILE_ERROR_NOT_REGULAR, path, _ ("is not a directory"));
      else
        set_error_from_errno (error, path, saved_errno);
      return FALSE;
    }

  g_auto (AutoFd) fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &status) != 0)
    {
      set_error_from_errno (error, path, errno);
      return FALSE;
    }

  /* As /tmp: many programs would miss what a chmod takes away. */
  if ((status.st_mode & S_ISVTX) != 0 && (status.st_mode & PERMISSIONS_OF_OTHERS) != 0)
    {
      set_error (error, CLAW_FILE_ERROR_PERMISSIONS, path,
                 _ ("this directory is shared with other users: choose one that is for nothing "
                    "else"));
      return FALSE;
    }
  if (status.st_uid != geteuid ())
    {
      g_autofree char *quoted = g_shell_quote (path);
      set_error (error, CLAW_FILE_ERROR_PERMISSIONS, path,
                 _ ("this directory belongs to another user; run: chown %u %s"),
                 (unsigned) geteuid (), quoted);
      return FALSE;
    }
  if ((status.st_mode & PERMISSIONS_OF_OTHERS) != 0)
    {
      g_autofree char *quoted = g_shell_quote (path);
      set_error (error, CLAW_FILE_ERROR_PERMISSIONS, path,
                 _ ("other users have access to this directory; run: chmod 700 %s"), quoted);
      return FALSE;
    }
  return TRUE;
}

GDir *
claw_file_open_directory (const char *path, GError **error)
{
  g_autoptr (GError) fault = NULL;
  GDir *dir = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  dir = g_dir_open (path, 0, &fault);
  if (fault != NULL && !g_error_matches (fault, G_FILE_ERROR, G_FILE_ERROR_NOENT)
      && !g_error_matches (fault, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
    g_set_error_literal (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO, fault->message);
  return dir;
}

/* Reading */

static gboolean
check_status (int fd, const char *path, ClawFileReadFlags flags, size_t size, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    {
      set_error_from_errno (error, path, errno);
      return FALSE;
    }
  if (!S_ISREG (status.st_mode))
    {
      set_error (error, CLAW_FILE_ERROR_NOT_REGULAR, path, _ ("is not a regular file"));
      return FALSE;
    }
  if ((flags & CLAW_FILE_READ_PRIVATE) != 0 && (status.st_mode & PERMISSIONS_OF_OTHERS) != 0)
    {
      g_autofree char *quoted = g_shell_quote (path);
      set_error (error, CLAW_FILE_ERROR_PERMISSIONS, path,
                 _ ("other users have access to this file; run: chmod 600 %s"), quoted);
      return FALSE;
    }
  if (status.st_size > 0 && (guint64) status.st_size > size)
    {
      set_error (error, CLAW_FILE_ERROR_TOO_LARGE, path, _ ("is larger than the %zu bytes allowed"),
                 size);
      return FALSE;
    }
  return TRUE;
}

/* Returns: bytes read, less than @size only at the end of the file; -1 with errno. */
static ssize_t
read_fully (int fd, uint8_t *buffer, size_t size)
{
  size_t done = 0;

  while (done < size)
    {
      ssize_t n = read (fd, buffer + done, size - done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      done += (size_t) n;
    }
  return (ssize_t) done;
}

gboolean
claw_file_read (const char *path,
                ClawFileReadFlags flags,
                void *buffer,
                size_t size,
                size_t *length,
                GError **error)
{
  uint8_t one_more;

  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (buffer != NULL || size == 0, FALSE);
  g_return_val_if_fail (length != NULL, FALSE);

  *length = 0;

  /* O_NONBLOCK: opening a FIFO must not wait for its other end. */
  int follow = (flags & CLAW_FILE_READ_FOLLOW_SYMLINKS) != 0 ? 0 : O_NOFOLLOW;
  g_auto (AutoFd) fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | follow);
  if (fd < 0)
    {
      set_error_from_errno (error, path, errno);
      return FALSE;
    }
  if (!check_status (fd, path, flags, size, error))
    return FALSE;

  ssize_t n = read_fully (fd, buffer, size);
  /* The file may have grown since its size was looked at. */
  ssize_t n_more = n >= 0 ? read_fully (fd, &one_more, 1) : -1;
  if (n_more < 0)
    {
      set_error_from_errno (error, path, errno);
      return FALSE;
    }
  if (n_more > 0)
    {
      set_error (error, CLAW_FILE_ERROR_TOO_LARGE, path, _ ("is larger than the %zu bytes allowed"),
                 size);
      return FALSE;
    }

  *length = (size_t) n;
  return TRUE;
}

/* Writing */

static gboolean
write_fully (int fd, const uint8_t *data, size_t length)
{
  while (length > 0)
    {
      ssize_t n = write (fd, data, length);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      length -= (size_t) n;
    }
  return TRUE;
}

static gboolean
write_with_mode (const char *path, const void *data, size_t length, mode_t mode, GError **error)
{
  g_autofree char *directory = directory_of (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *temporary = g_strdup_printf ("%s/.%s.XXXXXX", directory, name);

  /* g_mkstemp_full () opens with O_EXCL. */
  g_auto (AutoFd) fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, PRIVATE_MODE);
  if (fd < 0)
    {
      set_error_from_errno (error, path, errno);
      return FALSE;
    }

  /* The umask does not hold for what is asked for. */
  gboolean is_closed = mode == PRIVATE_MODE;
  if (!write_fully (fd, data, length) || (!is_closed && fchmod (fd, mode) != 0) || fsync (fd) != 0
      || rename (temporary, path) != 0)
    {
      int saved_errno = errno;
      unlink (temporary);
      if (saved_errno == EISDIR)
        set_error (error, CLAW_FILE_ERROR_NOT_REGULAR, path, _ ("is a directory"));
      else
        set_error_from_errno (error, path, saved_errno);
      return FALSE;
    }
  return sync_directory_of (path, error);
}

gboolean
claw_file_write (const char *path, const void *data, size_t length, GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (data != NULL || length == 0, FALSE);

  return write_with_mode (path, data, length, PRIVATE_MODE, error);
}

gboolean
claw_file_write_public (const char *path, const void *data, size_t length, GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (data != NULL || length == 0, FALSE);

  return write_with_mode (path, data, length, PUBLIC_MODE, error);
}

gboolean
claw_file_remove (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);

  if (unlink (path) == 0)
    return sync_directory_of (path, error);
  if (errno == ENOENT)
    return TRUE;

  set_error_from_errno (error, path, errno);
  return FALSE;
}

static int
open_to_overwrite (const char *path)
{
  return open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
}

/* Best effort: a file that cannot be overwritten is removed all the same. */
static void
overwrite (int fd, nlink_t links_max)
{
  static const uint8_t zeros[4096] = { 0 };
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0 || !S_ISREG (status.st_mode)
      || status.st_nlink > links_max)
    return;
  for (off_t left = status.st_size; left > 0; left -= (off_t) sizeof zeros)
    if (!write_fully (fd, zeros, (size_t) MIN (left, (off_t) sizeof zeros)))
      return;
  fsync (fd);
}

gboolean
claw_file_overwrite (
    const char *path, size_t offset, const void *data, size_t length, GError **error)
{
  struct stat status;

  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (data != NULL || length == 0, FALSE);

  g_auto (AutoFd) fd = open_to_overwrite (path);
  if (fd < 0 || fstat (fd, &status) != 0)
    {
      set_error_from_errno (error, path, errno);
      return FALSE;
    }
  if (!S_ISREG (status.st_mode) || offset > (size_t) status.st_size
      || length > (size_t) status.st_size - offset)
    {
      set_error_from_errno (error, path, EINVAL);
      return FALSE;
    }
  if (lseek (fd, (off_t) offset, SEEK_SET) >= 0 && write_fully (fd, data, length)
      && fsync (fd) == 0)
    return TRUE;
  set_error_from_errno (error, path, errno);
  return FALSE;
}

gboolean
claw_file_erase (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);

  g_auto (AutoFd) fd = open_to_overwrite (path);
  overwrite (fd, G_MAXUSHORT);
  return claw_file_remove (path, error);
}

gboolean
claw_file_replace (const char *path, const void *data, size_t length, GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);

  g_auto (AutoFd) before = open_to_overwrite (path);
  if (!claw_file_write (path, data, length, error))
    return FALSE;
  overwrite (before, 0);
  return TRUE;
}
