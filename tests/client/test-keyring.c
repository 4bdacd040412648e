/* test-keyring.c: where the store's key comes from.
 *
 * The Secret Service is gnome-keyring-daemon on a bus of the test's own, with a home of its own;
 * without that program its tests are skipped. Each situation is a process of its own, because
 * libsecret keeps its connection.
 */
#include "claw-keyring.h"

#include "claw-file.h"
#include "claw-keyring-file.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>
#include <sys/wait.h>

typedef struct
{
  char *parent;
  char *directory;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture->parent = g_dir_make_tmp ("claw-keyring-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->directory = g_build_filename (fixture->parent, "data", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->parent);
  g_clear_object (&fixture->result);
  g_free (fixture->parent);
  g_free (fixture->directory);
}

static void
on_unlocked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_set_object (&fixture->result, result);
}

static gboolean
finish (Fixture *fixture, ClawKeyring *keyring, GError **error)
{
  while (!fixture->result)
    g_main_context_iteration (NULL, TRUE);
  g_autoptr (GAsyncResult) result = g_steal_pointer (&fixture->result);
  return claw_keyring_unlock_finish (keyring, result, error);
}

static gboolean
unlock (Fixture *fixture, ClawKeyring *keyring, GError **error)
{
  claw_keyring_unlock_async (keyring, NULL, on_unlocked, fixture);
  return finish (fixture, keyring, error);
}

static gboolean
unlock_by_passphrase (Fixture *fixture,
                      ClawKeyring *keyring,
                      const char *passphrase,
                      GError **error)
{
  claw_keyring_unlock_by_passphrase_async (keyring, passphrase, NULL, on_unlocked, fixture);
  return finish (fixture, keyring, error);
}

/* Without a bus that is said, and a passphrase or memory alone are ways on. */
static void
test_no_bus (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawKeyring) keyring = claw_keyring_new (fixture->directory);
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (claw_keyring_get_kind (keyring), ==, CLAW_KEYRING_NEW);
  g_assert_false (unlock (fixture, keyring, &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_NO_SERVICE);
  g_assert_null (claw_keyring_get_key (keyring));
  g_assert_cmpint (claw_keyring_get_kind (keyring), ==, CLAW_KEYRING_NEW);
  claw_keyring_use_memory (keyring);
  g_assert_nonnull (claw_keyring_get_key (keyring));
  g_assert_cmpint (claw_keyring_get_kind (keyring), ==, CLAW_KEYRING_MEMORY);
  g_autoptr (ClawKeyring) next = claw_keyring_new (fixture->directory);
  g_assert_cmpint (claw_keyring_get_kind (next), ==, CLAW_KEYRING_NEW);
}

/* The right passphrase opens what it sealed, and no other does; without one, that is asked for. */
static void
test_passphrase (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawKeyring) first = claw_keyring_new (fixture->directory);
  g_autoptr (GError) error = NULL;
  g_assert_false (unlock_by_passphrase (fixture, first, "", &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_BAD_PASSPHRASE);
  g_clear_error (&error);
  unlock_by_passphrase (fixture, first, "correct horse", &error);
  g_assert_no_error (error);
  g_autoptr (ClawKeyring) second = claw_keyring_new (fixture->directory);
  g_assert_cmpint (claw_keyring_get_kind (second), ==, CLAW_KEYRING_PASSPHRASE);
  g_assert_false (unlock (fixture, second, &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_PASSPHRASE_NEEDED);
  g_clear_error (&error);
  g_assert_false (unlock_by_passphrase (fixture, second, "wrong horse", &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_WRONG_PASSPHRASE);
  g_assert_null (claw_keyring_get_key (second));
  g_clear_error (&error);
  unlock_by_passphrase (fixture, second, "correct horse", &error);
  g_assert_no_error (error);
  g_assert_true (claw_key_equal (claw_keyring_get_key (first), claw_keyring_get_key (second)));
}

/* Whoever gave up waiting gets no key, and nothing is written. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawKeyring) keyring = claw_keyring_new (fixture->directory);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  claw_keyring_unlock_by_passphrase_async (keyring, "correct horse", cancellable, on_unlocked,
                                           fixture);
  g_cancellable_cancel (cancellable);
  g_assert_false (finish (fixture, keyring, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (claw_keyring_get_key (keyring));
  g_assert_cmpint (claw_keyring_get_kind (keyring), ==, CLAW_KEYRING_NEW);
}

/* A damaged file is never taken for none, which would bury what was sealed; starting over is. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, CLAW_KEYRING_FILE_NAME, NULL);
  g_autoptr (ClawKeyring) keyring = claw_keyring_new (fixture->directory);
  g_autoptr (GError) error = NULL;
  g_assert_true (claw_file_make_private_directory (fixture->directory, NULL));
  g_assert_true (claw_file_write (path, "CLAWKEYS\x01\x02", 10, NULL));
  g_assert_cmpint (claw_keyring_get_kind (keyring), !=, CLAW_KEYRING_NEW);
  g_assert_false (unlock (fixture, keyring, &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_false (unlock_by_passphrase (fixture, keyring, "any", &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_DAMAGED);
  g_assert_true (claw_keyring_forget (keyring, NULL));
  g_assert_cmpint (claw_keyring_get_kind (keyring), ==, CLAW_KEYRING_NEW);
}

/* Every byte of the file counts: changed, cut short or longer it does not give a key. */
static void
test_file (void)
{
  uint8_t bytes[CLAW_KEYRING_FILE_SIZE_MAX], bad[CLAW_KEYRING_FILE_SIZE_MAX];
  g_auto (ClawKey) key = { 0 };
  g_auto (ClawKey) opened = { 0 };
  ClawKeyringFile file, again;
  g_autoptr (GError) error = NULL;
  claw_key_generate (&key);
  claw_keyring_file_init_passphrase (&file, &key, "x", 1, crypto_pwhash_argon2id_MEMLIMIT_MIN,
                                     &error);
  g_assert_no_error (error);
  size_t length = claw_keyring_file_write (&file, bytes);
  g_assert_true (claw_keyring_file_read (&again, bytes, length));
  g_assert_true (claw_keyring_file_open_passphrase (&again, "x", &opened, NULL));
  g_assert_true (claw_key_equal (&key, &opened));
  for (size_t i = 0; i < length; i++)
    {
      memcpy (bad, bytes, sizeof bad);
      bad[i] ^= 1;
      g_assert_false (claw_keyring_file_read (&again, bytes, i));
      g_assert_false (claw_keyring_file_read (&again, bad, length)
                      && again.memory <= 2 * crypto_pwhash_argon2id_MEMLIMIT_MIN
                      && claw_keyring_file_open_passphrase (&again, "x", &opened, NULL));
    }
  g_assert_false (claw_keyring_file_read (&again, bytes, length + 1));
  claw_keyring_file_init_service (&file, &key);
  length = claw_keyring_file_write (&file, bytes);
  g_assert_true (claw_keyring_file_read (&again, bytes, length));
  g_assert_true (claw_keyring_file_check (&again, &key));
  claw_key_generate (&opened);
  g_assert_false (claw_keyring_file_check (&again, &opened));
}

/* A file that would take all the memory or time of the machine is damaged. */
static void
test_greedy (void)
{
  uint8_t bytes[CLAW_KEYRING_FILE_SIZE_MAX];
  ClawKeyringFile file = { .kind = CLAW_KEYRING_FILE_PASSPHRASE,
                           .operations = CLAW_KEYRING_FILE_OPERATIONS_MAX,
                           .memory = CLAW_KEYRING_FILE_MEMORY_MAX };
  ClawKeyringFile read;
  size_t length = claw_keyring_file_write (&file, bytes);
  g_assert_true (claw_keyring_file_read (&read, bytes, length));
  file.memory++;
  length = claw_keyring_file_write (&file, bytes);
  g_assert_false (claw_keyring_file_read (&read, bytes, length));
  file.memory--;
  file.operations++;
  length = claw_keyring_file_write (&file, bytes);
  g_assert_false (claw_keyring_file_read (&read, bytes, length));
}

/* With a bus. */

/* In a process with the service: the key is made once and found again; another directory has
 * another; one that the service lost is missed. */
static int
check_service (const char *parent)
{
  Fixture fixture = { .directory = g_build_filename (parent, "data", NULL) };
  g_autofree char *directory = fixture.directory;
  g_autofree char *other_directory = g_build_filename (parent, "other", NULL);
  g_autoptr (ClawKeyring) first = claw_keyring_new (directory);
  g_autoptr (ClawKeyring) second = claw_keyring_new (directory);
  g_autoptr (ClawKeyring) other = claw_keyring_new (other_directory);
  g_autoptr (GError) error = NULL;
  unlock (&fixture, first, &error);
  g_assert_no_error (error);
  g_assert_cmpint (claw_keyring_get_kind (second), ==, CLAW_KEYRING_SERVICE);
  unlock (&fixture, second, &error);
  g_assert_no_error (error);
  unlock (&fixture, other, &error);
  g_assert_no_error (error);
  g_assert_true (claw_key_equal (claw_keyring_get_key (first), claw_keyring_get_key (second)));
  g_assert_false (claw_key_equal (claw_keyring_get_key (first), claw_keyring_get_key (other)));
  g_assert_false (unlock_by_passphrase (&fixture, second, "any", &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_WRONG_PASSPHRASE);
  g_clear_error (&error);

  ClawKeyringFile file;
  g_autofree char *path = g_build_filename (directory, CLAW_KEYRING_FILE_NAME, NULL);
  g_assert_true (claw_keyring_file_load (&file, path, NULL));
  file.check[0] ^= 1;
  g_assert_true (claw_keyring_file_save (&file, path, NULL));
  g_assert_false (unlock (&fixture, second, &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_MISSING);
  g_clear_error (&error);
  file.id[0] ^= 1;
  g_assert_true (claw_keyring_file_save (&file, path, NULL));
  g_assert_false (unlock (&fixture, second, &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, CLAW_KEYRING_ERROR_MISSING);
  return 0;
}

/* In a process with a bus on which nobody can unlock, or keep, anything. */
static int
check_error (const char *parent, ClawKeyringError code)
{
  Fixture fixture = { .directory = g_build_filename (parent, "data", NULL) };
  g_autofree char *directory = fixture.directory;
  g_autoptr (ClawKeyring) keyring = claw_keyring_new (directory);
  g_autoptr (GError) error = NULL;
  g_assert_false (unlock (&fixture, keyring, &error));
  g_assert_error (error, CLAW_KEYRING_ERROR, (int) code);
  g_assert_null (claw_keyring_get_key (keyring));
  return 0;
}

/* A bus that starts no services by itself, the daemon as @daemon says, and this program once more
 * with @what. */
static void
run_on_bus (Fixture *fixture, const char *daemon, const char *what)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *config = g_build_filename (fixture->parent, "bus.conf", NULL);
  g_autofree char *script = g_strdup_printf (
      "set -e; unset DISPLAY WAYLAND_DISPLAY; mkdir -p \"$2/run\" \"$2/home\"; "
      "chmod 700 \"$2/run\"; export XDG_RUNTIME_DIR=\"$2/run\" HOME=\"$2/home\" "
      "XDG_DATA_HOME=\"$2/home\" XDG_CACHE_HOME=\"$2/home\" XDG_CONFIG_HOME=\"$2/home\"; %s "
      "status=0; \"$1\" \"$3\" \"$2\" || status=$?; [ -z \"$daemon\" ] || kill $daemon; "
      "exit $status",
      daemon);
  const char *arguments[] = { "dbus-run-session",
                              "--config-file",
                              config,
                              "--",
                              "bash",
                              "-c",
                              script,
                              "bash",
                              self,
                              fixture->parent,
                              what,
                              NULL };
  g_autoptr (GError) error = NULL;
  int status = 0;
  g_assert_true (g_file_set_contents (
      config,
      "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>"
      "<policy context='default'><allow send_destination='*' eavesdrop='true'/>"
      "<allow eavesdrop='true'/><allow own='*'/></policy></busconfig>",
      -1, NULL));
  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static gboolean
has_programs (gboolean with_daemon)
{
  g_autofree char *bus = g_find_program_in_path ("dbus-run-session");
  g_autofree char *daemon = g_find_program_in_path ("gnome-keyring-daemon");
  if (bus && (daemon || !with_daemon))
    return TRUE;
  g_test_skip ("dbus-run-session or gnome-keyring-daemon is not installed");
  return FALSE;
}

#define WAIT_FOR_DAEMON \
  "until dbus-send --session --print-reply --dest=org.freedesktop.DBus / " \
  "org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q true; " \
  "do kill -0 $daemon; sleep 0.05; done;"
#define UNLOCKED_DAEMON \
  "printf secret | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null " \
  "2>&1 & daemon=$!;" WAIT_FOR_DAEMON

/* gnome-keyring keeps the key. */
static void
test_service (Fixture *fixture, gconstpointer data)
{
  if (has_programs (TRUE))
    run_on_bus (fixture, UNLOCKED_DAEMON, "--service");
}

/* A bus without a keyring is as good as none. */
static void
test_no_provider (Fixture *fixture, gconstpointer data)
{
  if (has_programs (FALSE))
    run_on_bus (fixture, "daemon=;", "--no-provider");
}

/* A keyring that is locked, and cannot ask, is no reason to make another key. */
static void
test_locked (Fixture *fixture, gconstpointer data)
{
  if (!has_programs (TRUE))
    return;
  run_on_bus (fixture, UNLOCKED_DAEMON, "--make");
  run_on_bus (fixture,
              "gnome-keyring-daemon --components=secrets --foreground >/dev/null 2>&1 & "
              "daemon=$!;" WAIT_FOR_DAEMON,
              "--locked");
}

static int
make_key (const char *parent)
{
  Fixture fixture = { .directory = g_build_filename (parent, "data", NULL) };
  g_autofree char *directory = fixture.directory;
  g_autoptr (ClawKeyring) keyring = claw_keyring_new (directory);
  g_autoptr (GError) error = NULL;
  unlock (&fixture, keyring, &error);
  g_assert_no_error (error);
  return 0;
}

static int
run_child (const char *what, const char *parent)
{
  if (g_str_equal (what, "--service"))
    return check_service (parent);
  if (g_str_equal (what, "--make"))
    return make_key (parent);
  return check_error (parent, g_str_equal (what, "--locked") ? CLAW_KEYRING_ERROR_LOCKED
                                                             : CLAW_KEYRING_ERROR_NO_SERVICE);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  claw_secret_init ();
  if (argc == 3 && g_str_has_prefix (argv[1], "--") && argv[2][0] == '/')
    return run_child (argv[1], argv[2]);
  g_test_init (&argc, &argv, NULL);
  /* Away from the session of whoever runs this. */
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  ADD ("/keyring/no-bus/told", test_no_bus);
  ADD ("/keyring/passphrase/opens", test_passphrase);
  ADD ("/keyring/passphrase/cancelled", test_cancelled);
  ADD ("/keyring/damaged/never-replaced", test_damaged);
  g_test_add_func ("/keyring/file/every-byte-counts", test_file);
  g_test_add_func ("/keyring/file/greedy", test_greedy);
  ADD ("/keyring/service/keeps-the-key", test_service);
  ADD ("/keyring/service/none-on-the-bus", test_no_provider);
  ADD ("/keyring/service/locked", test_locked);
  return g_test_run ();
}
