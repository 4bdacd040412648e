/* test-backup-disk.c: a server's directories go into a backup and come out of it, or stay as they
 * were. */
#include "claw-backup-disk.h"

#include "claw-file.h"
#include "claw-server-setup.h"
#include "server-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_S 1800000000

typedef struct
{
  char *directory, *state, *security, *new_state, *new_security;
  ClawBackupPlaces from, to;
} Disk;

static void
put (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *above = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_no_errno (g_mkdir_with_parents (above, 0700));
  claw_file_write (path, text, strlen (text), &error);
  g_assert_no_error (error);
}

static void
disk_set_up (Disk *disk, gconstpointer data)
{
  claw_secret_init ();
  disk->directory = g_dir_make_tmp ("clawchat-backup-XXXXXX", NULL);
  disk->state = g_build_filename (disk->directory, "state", NULL);
  disk->security = g_build_filename (disk->directory, "security", NULL);
  disk->new_state = g_build_filename (disk->directory, "new", "deep", "state", NULL);
  disk->new_security = g_build_filename (disk->directory, "new", "security", NULL);
  disk->from = (ClawBackupPlaces){ disk->state, disk->security, NULL };
  disk->to = (ClawBackupPlaces){ disk->new_state, disk->new_security, NULL };
  put (disk->state, "server.key", "key");
  put (disk->state, "port.secret", "secret");
  put (disk->state, "pairings.json", "pairings");
  put (disk->state, "files/0123abcd.json", "record");
  put (disk->state, "files/.0123abcd.json.XXXXXX", "left over");
  put (disk->state, "lock", "");
  put (disk->security, "bootstrap.key", "bootstrap");
  put (disk->security, "anna.sec", "anna");
  put (disk->security, "notes.txt", "the admin's own");
}

static void
disk_tear_down (Disk *disk, gconstpointer data)
{
  remove_tree (disk->directory);
  g_free (disk->directory);
  g_free (disk->state);
  g_free (disk->security);
  g_free (disk->new_state);
  g_free (disk->new_security);
}

static void
assert_content (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *content = NULL;
  struct stat info;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, text);
  g_assert_no_errno (g_stat (path, &info));
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

static unsigned
count (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  unsigned n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static ClawBackup *
collect (Disk *disk)
{
  g_autoptr (GError) error = NULL;
  ClawBackup *backup = claw_backup_disk_collect (&disk->from, NOW_S, &error);

  g_assert_no_error (error);
  return backup;
}

/* All that is the server's, and nothing that is not, arrives in directories that were not there,
 * for this user alone. */
static void
test_new (Disk *disk, gconstpointer data)
{
  g_autoptr (ClawBackup) backup = collect (disk);
  g_auto (ClawBackupRestored) restored = { 0 };
  g_autoptr (GError) error = NULL;
  struct stat info;

  g_assert_cmpuint (claw_backup_get_count (backup), ==, 6);
  claw_backup_disk_restore (&disk->to, backup, NOW_S, FALSE, &restored, &error);
  g_assert_no_error (error);
  g_assert_null (restored.old_state);
  g_assert_null (restored.old_security);
  assert_content (disk->new_state, "server.key", "key");
  assert_content (disk->new_state, "port.secret", "secret");
  assert_content (disk->new_state, "pairings.json", "pairings");
  assert_content (disk->new_state, "files/0123abcd.json", "record");
  assert_content (disk->new_security, "bootstrap.key", "bootstrap");
  assert_content (disk->new_security, "anna.sec", "anna");
  g_assert_cmpuint (count (disk->new_security), ==, 2);
  g_assert_no_errno (g_stat (disk->new_state, &info));
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_autofree char *above = g_path_get_dirname (disk->new_state);
  g_assert_cmpuint (count (above), ==, 1);
}

/* Nothing is left out because it cannot be looked at. */
static void
test_blind (Disk *disk, gconstpointer data)
{
  g_autofree char *records = g_build_filename (disk->state, "files", NULL);
  g_autofree char *aside = g_strconcat (records, ".aside", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_no_errno (g_rename (records, aside));
  g_assert_no_errno (symlink (records, records));
  g_assert_null (claw_backup_disk_collect (&disk->from, NOW_S, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
}

/* What is there is replaced only by force, and is kept beside; empty directories are nothing. */
static void
test_force (Disk *disk, gconstpointer data)
{
  g_autoptr (ClawBackup) backup = collect (disk);
  g_auto (ClawBackupRestored) restored = { 0 };
  g_autoptr (GError) error = NULL;

  put (disk->new_state, "lock", "");
  g_assert_no_errno (g_mkdir_with_parents (disk->new_security, 0700));
  claw_backup_disk_restore (&disk->to, backup, NOW_S, FALSE, &restored, &error);
  g_assert_no_error (error);
  g_assert_null (restored.old_state);
  put (disk->new_state, "server.key", "of later");
  g_assert_false (claw_backup_disk_restore (&disk->to, backup, NOW_S, FALSE, &restored, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  assert_content (disk->new_state, "server.key", "of later");
  g_clear_error (&error);
  claw_backup_disk_restore (&disk->to, backup, NOW_S, TRUE, &restored, &error);
  g_assert_no_error (error);
  assert_content (disk->new_state, "server.key", "key");
  assert_content (restored.old_state, "server.key", "of later");
  assert_content (restored.old_security, "bootstrap.key", "bootstrap");
}

/* While a server runs there nothing happens, not by force either. */
static void
test_locked (Disk *disk, gconstpointer data)
{
  g_autoptr (ClawBackup) backup = collect (disk);
  g_auto (ClawBackupRestored) restored = { 0 };
  g_autoptr (GError) error = NULL;
  int lock = claw_server_setup_lock (disk->state, NULL);

  g_assert_cmpint (lock, >=, 0);
  put (disk->state, "server.key", "of later");
  g_assert_false (claw_backup_disk_restore (&disk->from, backup, NOW_S, TRUE, &restored, &error));
  g_assert_error (error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_LOCKED);
  assert_content (disk->state, "server.key", "of later");
  close (lock);
}

/* When the second of the two cannot take its place, the first one is as it was, and nothing is left
 * lying about. */
static void
test_undone (Disk *disk, gconstpointer data)
{
  g_autoptr (ClawBackup) backup = collect (disk);
  g_auto (ClawBackupRestored) restored = { 0 };
  g_autofree char *in_the_way = g_strdup_printf ("%s.before-restore-20270115-080000",
                                                 disk->security);
  g_autoptr (GError) error = NULL;

  put (in_the_way, "something", "else");
  put (disk->state, "server.key", "of later");
  g_assert_false (claw_backup_disk_restore (&disk->from, backup, NOW_S, TRUE, &restored, &error));
  g_assert_nonnull (error);
  assert_content (disk->state, "server.key", "of later");
  assert_content (disk->security, "notes.txt", "the admin's own");
  g_assert_cmpuint (count (disk->directory), ==, 3);
}

/* So it is when an earlier one was killed while it undid what it had done, whatever it left. */
static void
test_undone_again (Disk *disk, gconstpointer data)
{
  g_autoptr (ClawBackup) backup = collect (disk);
  g_auto (ClawBackupRestored) restored = { 0 };
  g_autofree char *in_the_way = g_strdup_printf ("%s.before-restore-20270115-080000",
                                                 disk->security);
  g_autofree char *left = g_strconcat (disk->state, ".restore-undone", NULL);
  g_autoptr (GError) error = NULL;

  put (in_the_way, "something", "else");
  put (left, "server.key", "of a restore that was killed");
  put (disk->state, "server.key", "of later");
  g_assert_false (claw_backup_disk_restore (&disk->from, backup, NOW_S, TRUE, &restored, &error));
  g_assert_nonnull (error);
  assert_content (disk->state, "server.key", "of later");
  assert_content (disk->security, "notes.txt", "the admin's own");
  g_assert_cmpuint (count (disk->directory), ==, 4);
}

/* Directories of which one is in the other are refused before anything is written. */
static void
test_nested (Disk *disk, gconstpointer data)
{
  g_autoptr (ClawBackup) backup = collect (disk);
  g_autofree char *inside = g_build_filename (disk->new_state, "security", NULL);
  const ClawBackupPlaces places = { disk->new_state, inside, NULL };
  g_auto (ClawBackupRestored) restored = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (claw_backup_disk_restore (&places, backup, NOW_S, TRUE, &restored, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_false (g_file_test (disk->new_state, G_FILE_TEST_EXISTS));
}

/* A bootstrap key from elsewhere goes in as the directory's own; a directory without a server, and
 * one whose keys are about to be erased, give nothing. */
static void
test_collect (Disk *disk, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *key = g_build_filename (disk->state, "server.key", NULL);

  disk->from.bootstrap_key = "other";
  g_autoptr (ClawBackup) backup = collect (disk);
  const ClawBackupEntry *entry = claw_backup_find (backup, "security/bootstrap.key");
  g_assert_cmpmem (entry->content, entry->length, "other", 5);
  put (disk->state, "compromised", "");
  g_assert_null (claw_backup_disk_collect (&disk->from, NOW_S, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_no_errno (g_unlink (key));
  g_assert_null (claw_backup_disk_collect (&disk->from, NOW_S, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND);
}

/* Root gives what it restores to the user whose directory it goes into. */
static void
test_owner (Disk *disk, gconstpointer data)
{
  g_autoptr (ClawBackup) backup = collect (disk);
  g_autofree char *above = g_build_filename (disk->directory, "new", NULL);
  g_autofree char *key = g_build_filename (disk->new_state, "server.key", NULL);
  g_autofree char *records = g_build_filename (disk->new_state, "files", NULL);
  const char *const paths[] = { disk->new_state, key, records, disk->new_security };
  g_auto (ClawBackupRestored) restored = { 0 };
  g_autoptr (GError) error = NULL;
  struct stat info;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can give files away");
      return;
    }
  g_assert_no_errno (g_mkdir (above, 0700));
  g_assert_no_errno (chown (above, 12345, 23456));
  claw_backup_disk_restore (&disk->to, backup, NOW_S, FALSE, &restored, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_assert_no_errno (g_stat (paths[i], &info));
      g_assert_cmpuint (info.st_uid, ==, 12345);
      g_assert_cmpuint (info.st_gid, ==, 23456);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Disk, NULL, disk_set_up, function, disk_tear_down)
  ADD ("/backup-disk/new/all-there", test_new);
  ADD ("/backup-disk/collect/blind", test_blind);
  ADD ("/backup-disk/replaced/by-force-only", test_force);
  ADD ("/backup-disk/locked/refused", test_locked);
  ADD ("/backup-disk/fault/undone", test_undone);
  ADD ("/backup-disk/fault/undone-again", test_undone_again);
  ADD ("/backup-disk/nested/refused", test_nested);
  ADD ("/backup-disk/collect/what-there-is", test_collect);
  ADD ("/backup-disk/root/owner", test_owner);
  return g_test_run ();
}
