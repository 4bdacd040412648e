/* claw-file.h: reading and writing the program's files so that nothing is lost and nothing leaks.
 *
 * Writes go to a temporary file of mode 0600 in the same directory, are fsynced and renamed into
 * place, and the directory is fsynced. Reads are bounded, refuse symbolic links and anything that
 * is not a regular file, and can refuse files that group or others may read.
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#define CLAW_FILE_ERROR (claw_file_error_quark ())
typedef enum
{
  CLAW_FILE_ERROR_NOT_FOUND,
  CLAW_FILE_ERROR_TOO_LARGE,
  CLAW_FILE_ERROR_NOT_REGULAR, /* a symbolic link, a directory, a device */
  CLAW_FILE_ERROR_PERMISSIONS, /* may be read by others; the message says which chmod mends it */
  CLAW_FILE_ERROR_IO,
} ClawFileError;
GQuark claw_file_error_quark (void);

typedef enum
{
  CLAW_FILE_READ_DEFAULT = 0,
  CLAW_FILE_READ_PRIVATE = 1 << 0,         /* refuse group- or world-readable files */
  CLAW_FILE_READ_FOLLOW_SYMLINKS = 1 << 1, /* for files that the user picked */
} ClawFileReadFlags;

/* Reads the whole of @path into @buffer (which may be locked memory) without any copy of it
 * elsewhere. Returns: FALSE with CLAW_FILE_ERROR when there are more than @size bytes, … */
gboolean claw_file_read (const char *path,
                         ClawFileReadFlags flags,
                         void *buffer,
                         size_t size,
                         size_t *length,
                         GError **error);
/* Atomically replaces @path, mode 0600. On failure the old file is untouched and no temporary file
 * is left. */
gboolean claw_file_write (const char *path, const void *data, size_t length, GError **error);
/* The same for what others may read, mode 0644. */
gboolean claw_file_write_public (const char *path, const void *data, size_t length, GError **error);
/* The same, for secrets: what was in @path before is overwritten as claw_file_erase () does, once
 * the new content is in its place. Another name (a hard link, a backup) of the old file keeps it as
 * it is. */
gboolean claw_file_replace (const char *path, const void *data, size_t length, GError **error);
/* Overwrites bytes of @path where they are, and nothing else: that needs no room, and is not
 * atomic. Returns: FALSE also when there are not as many in it. */
gboolean claw_file_overwrite (
    const char *path, size_t offset, const void *data, size_t length, GError **error);
/* Removes @path and fsyncs its directory; a missing file is a success. */
gboolean claw_file_remove (const char *path, GError **error);
/* Overwrites what is in @path before removing it, for secrets: on most file systems the old bytes
 * are gone then, though not on those that write elsewhere (btrfs, flash memory's own mapping). A
 * symbolic link is removed itself. A missing file is a success. */
gboolean claw_file_erase (const char *path, GError **error);
/* Makes @path and missing parents with mode 0700; an existing one must belong to this user, and
 * permissions for group or others on it are an error that names the chmod, unless it is one as
 * /tmp, which is to stay as it is. */
gboolean claw_file_make_private_directory (const char *path, GError **error);
/* To look at what is in @path. Returns: (transfer full) (nullable): NULL without an error when
 * there is no such directory. With an error, what is in it is not known: it must not pass for
 * empty. */
GDir *claw_file_open_directory (const char *path, GError **error);
