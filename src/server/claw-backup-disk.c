/* claw-backup-disk.c: see claw-backup-disk.h.
 *
 * The pairings are read before the files that nobody has used: one that is used just then is in
 * neither, and its client asks for another; the other way round it would let a second one in.
 */
#include "config.h"

#include "claw-backup-disk.h"

#include "claw-erasure.h"
#include "claw-file.h"
#include "claw-issuer.h"
#include "claw-pairings.h"
#include "claw-server-setup.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE "state/"
#define SECURITY "security/"
#define RECORDS STATE CLAW_ISSUER_RECORDS "/"

void
claw_backup_restored_clear (ClawBackupRestored *restored)
{
  g_clear_pointer (&restored->old_state, g_free);
  g_clear_pointer (&restored->old_security, g_free);
}

static gboolean
io_error (GError **error, const char *path, int saved_errno)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s", name,
               g_strerror (saved_errno));
  return FALSE;
}

/* Reading */

/* @is_needed: else one that is not there is no fault. */
static gboolean
add_file (ClawBackup *backup,
          const char *name,
          const char *path,
          size_t size_max,
          gboolean is_needed,
          GError **error)
{
  g_autoptr (GError) fault = NULL;
  char *content = claw_secret_new (size_max);
  size_t length = 0;
  gboolean good = claw_file_read (path, CLAW_FILE_READ_PRIVATE, content, size_max, &length, &fault);

  if (good)
    good = claw_backup_add (backup, name, content, length, error);
  else if (!is_needed && g_error_matches (fault, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
    good = TRUE;
  else
    g_propagate_error (error, g_steal_pointer (&fault));
  claw_secret_free (content);
  return good;
}

/* Those whose names a backup may have; anything else is not the server's. */
static gboolean
add_directory (ClawBackup *backup,
               const char *prefix,
               const char *directory,
               const char *suffix,
               size_t size_max,
               GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (directory, &fault);
  const char *entry;

  if (fault != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = g_strconcat (prefix, entry, NULL);
      g_autofree char *path = g_build_filename (directory, entry, NULL);

      if (g_str_has_suffix (entry, suffix) && claw_backup_is_name (name)
          && !add_file (backup, name, path, size_max, FALSE, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_state (ClawBackup *backup, const char *directory, GError **error)
{
  g_autofree char *key = g_build_filename (directory, "server.key", NULL);
  g_autofree char *secret = g_build_filename (directory, "port.secret", NULL);
  g_autofree char *pairings = g_build_filename (directory, "pairings.json", NULL);
  g_autofree char *records = g_build_filename (directory, CLAW_ISSUER_RECORDS, NULL);

  return add_file (backup, STATE "server.key", key, 256, TRUE, error)
         && add_file (backup, STATE "port.secret", secret, 256, FALSE, error)
         && add_file (backup, STATE "pairings.json", pairings, CLAW_PAIRINGS_FILE_SIZE_MAX, FALSE,
                      error)
         && add_directory (backup, RECORDS, records, ".json", CLAW_ISSUED_RECORD_MAX, error);
}

static gboolean
add_security (ClawBackup *backup, const ClawBackupPlaces *places, GError **error)
{
  g_autofree char *own = g_build_filename (places->security_directory, "bootstrap.key", NULL);
  size_t size_max = CLAW_BOOTSTRAP_KEY_PASSPHRASE_MAX + 64;

  if (places->bootstrap_key == NULL)
    {
      if (!add_file (backup, SECURITY "bootstrap.key", own, size_max, FALSE, error))
        return FALSE;
    }
  else if (!claw_backup_add (backup, SECURITY "bootstrap.key", places->bootstrap_key,
                             strlen (places->bootstrap_key), error))
    return FALSE;
  return add_directory (backup, SECURITY, places->security_directory, ".sec",
                        CLAW_SEC_FILE_SIZE_MAX, error);
}

ClawBackup *
claw_backup_disk_collect (const ClawBackupPlaces *places, gint64 now_s, GError **error)
{
  g_autofree char *note = g_build_filename (places->state_directory, CLAW_ERASURE_NOTE, NULL);
  g_autoptr (ClawBackup) backup = claw_backup_new (now_s);

  if (!add_state (backup, places->state_directory, error) || !add_security (backup, places, error))
    return NULL;
  if (!g_file_test (note, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&backup);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
               _ ("Compromised keys are about to be erased (%s): nothing of them is backed up"),
               note);
  return NULL;
}

/* Writing */

typedef struct
{
  uid_t user;
  gid_t group;
  gboolean is_other; /* than the one that this runs as */
} Owner;

/* Of @path, or of what will be above it. */
static Owner
find_owner (const char *path)
{
  g_autofree char *at = g_strdup (path);
  struct stat info;
  Owner owner = { 0 };

  while (stat (at, &info) != 0 && strcmp (at, "/") != 0)
    {
      char *above = g_path_get_dirname (at);

      g_free (at);
      at = above;
    }
  if (stat (at, &info) != 0)
    return owner;
  owner.user = info.st_uid;
  owner.group = info.st_gid;
  owner.is_other = geteuid () == 0 && info.st_uid != 0;
  return owner;
}

static gboolean
give_to (const char *path, const Owner *owner, GError **error)
{
  return !owner->is_other || lchown (path, owner->user, owner->group) == 0
         || io_error (error, path, errno);
}

static gboolean
make_directory (const char *path, const Owner *owner, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (g_mkdir (path, 0700) != 0)
    return io_error (error, path, errno);
  return give_to (path, owner, error);
}

static gboolean
make_above (const char *path, const Owner *owner, GError **error)
{
  g_autofree char *above = g_path_get_dirname (path);

  return g_file_test (above, G_FILE_TEST_IS_DIR)
         || (make_above (above, owner, error) && make_directory (above, owner, error));
}

/* One of the two directories on its way into its place. */
typedef struct
{
  const char *prefix; /* of the entries that are for it */
  char *path;         /* without symbolic links, as far as it is there */
  char *fresh;        /* (nullable): beside it, where the new content is made, and goes if undone */
  char *old;          /* (nullable): beside it, once its content has moved there */
  gboolean is_placed; /* the new content is in its place */
  Owner owner;
} Side;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        claw_file_erase (child, NULL);
    }
  g_rmdir (path);
}

static void
side_clear (Side *side)
{
  if (side->fresh != NULL && !side->is_placed)
    remove_tree (side->fresh);
  g_free (side->fresh);
  g_free (side->path);
  g_free (side->old);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static void
side_init (Side *side, const char *prefix, const char *path)
{
  char *real = realpath (path, NULL);

  side->prefix = prefix;
  side->path = real != NULL ? g_strdup (real) : g_canonicalize_filename (path, NULL);
  side->owner = find_owner (side->path);
  free (real);
}

static gboolean
write_entry (const Side *side, const ClawBackupEntry *entry, GError **error)
{
  g_autofree char *path = g_build_filename (side->fresh, entry->name + strlen (side->prefix), NULL);
  g_autofree char *directory = g_path_get_dirname (path);

  return make_directory (directory, &side->owner, error)
         && claw_file_write (path, entry->content, entry->length, error)
         && give_to (path, &side->owner, error);
}

static gboolean
write_beside (Side *side, const ClawBackup *backup, GError **error)
{
  g_autofree char *fresh = g_strconcat (side->path, ".restore-XXXXXX", NULL);

  if (!make_above (side->path, &side->owner, error))
    return FALSE;
  if (g_mkdtemp_full (fresh, 0700) == NULL)
    return io_error (error, fresh, errno);
  side->fresh = g_steal_pointer (&fresh);
  for (unsigned at = 0; at < claw_backup_get_count (backup); at++)
    if (g_str_has_prefix (claw_backup_get (backup, at)->name, side->prefix)
        && !write_entry (side, claw_backup_get (backup, at), error))
      return FALSE;
  return give_to (side->fresh, &side->owner, error);
}

static void
sync_above (const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);
  int fd = open (above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  if (fsync (fd) != 0)
    g_debug ("Could not sync %s: %s", above, g_strerror (errno));
  close (fd);
}

static gboolean
put_in_place (Side *side, const char *stamp, GError **error)
{
  g_autofree char *old = g_strconcat (side->path, ".before-restore-", stamp, NULL);

  if (g_rename (side->path, old) == 0)
    side->old = g_steal_pointer (&old);
  else if (errno != ENOENT)
    return io_error (error, side->path, errno);
  if (g_rename (side->fresh, side->path) != 0)
    {
      int saved_errno = errno;

      if (side->old != NULL)
        g_rename (side->old, side->path);
      g_clear_pointer (&side->old, g_free);
      return io_error (error, side->path, saved_errno);
    }
  side->is_placed = TRUE;
  sync_above (side->path);
  return TRUE;
}

/* The other one could not be put in its place. The name that the new content had is as unique as
 * it was: nothing that an earlier restore left is in the way. */
static void
take_back (Side *side)
{
  side->is_placed = g_rename (side->path, side->fresh) != 0;
  if (!side->is_placed && side->old != NULL)
    g_rename (side->old, side->path);
  g_clear_pointer (&side->old, g_free);
}

/* Returns: (transfer full) (nullable): where the old content is, NULL when there was none. */
static char *
settle (Side *side)
{
  g_autofree char *lock = NULL;

  if (side->old == NULL)
    return NULL;
  lock = g_build_filename (side->old, "lock", NULL);
  g_unlink (lock);
  if (g_rmdir (side->old) == 0)
    g_clear_pointer (&side->old, g_free);
  return g_steal_pointer (&side->old);
}

/* Whether something would be replaced. */
static gboolean
has_server (const Side *state, const Side *security)
{
  g_autofree char *key = g_build_filename (state->path, "server.key", NULL);
  g_autofree char *pairings = g_build_filename (state->path, "pairings.json", NULL);
  g_autofree char *bootstrap = g_build_filename (security->path, "bootstrap.key", NULL);

  return g_file_test (key, G_FILE_TEST_EXISTS) || g_file_test (pairings, G_FILE_TEST_EXISTS)
         || g_file_test (bootstrap, G_FILE_TEST_EXISTS);
}

static gboolean
is_below (const char *path, const char *other)
{
  g_autofree char *directory = g_strconcat (other, "/", NULL);

  return strcmp (path, other) == 0 || g_str_has_prefix (path, directory);
}

static gboolean
check (const Side *state, const Side *security, gboolean force, GError **error)
{
  if (is_below (state->path, security->path) || is_below (security->path, state->path))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("%s and %s are one within the other: restore to directories that are apart, "
                      "with --state-dir and --security-dir"),
                   state->path, security->path);
      return FALSE;
    }
  if (force || !has_server (state, security))
    return TRUE;
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_EXISTS,
      _ ("There is a server's state already in %s or %s. With --force the backup takes its "
         "place, and it is kept beside it"),
      state->path, security->path);
  return FALSE;
}

/* @lock: held until all is in its place; -1 when there is no directory yet. */
static gboolean
lock_state (const Side *state, int *lock, GError **error)
{
  if (!g_file_test (state->path, G_FILE_TEST_IS_DIR))
    return TRUE;
  *lock = claw_server_setup_lock (state->path, error);
  if (*lock < 0)
    return FALSE;
  /* One that was made just now must not keep the server out if nothing comes of it. */
  return !state->owner.is_other || fchown (*lock, state->owner.user, state->owner.group) == 0
         || io_error (error, state->path, errno);
}

static gboolean
replace_both (Side *state, Side *security, const char *stamp, GError **error)
{
  if (!put_in_place (state, stamp, error))
    return FALSE;
  if (put_in_place (security, stamp, error))
    return TRUE;
  take_back (state);
  return FALSE;
}

gboolean
claw_backup_disk_restore (const ClawBackupPlaces *places,
                          const ClawBackup *backup,
                          gint64 now_s,
                          gboolean force,
                          ClawBackupRestored *restored,
                          GError **error)
{
  g_auto (Side) state = { 0 };
  g_auto (Side) security = { 0 };
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (now_s);
  g_autofree char *stamp = g_date_time_format (time, "%Y%m%d-%H%M%S");
  gboolean good;
  int lock = -1;

  side_init (&state, STATE, places->state_directory);
  side_init (&security, SECURITY, places->security_directory);
  good = lock_state (&state, &lock, error) && check (&state, &security, force, error)
         && write_beside (&state, backup, error) && write_beside (&security, backup, error)
         && replace_both (&state, &security, stamp, error);
  if (good)
    {
      restored->old_state = settle (&state);
      restored->old_security = settle (&security);
    }
  if (lock >= 0)
    close (lock);
  return good;
}
