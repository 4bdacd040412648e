/* test-slow-disk.c: what is erased while the chat's own thread waits for the disk.
 *
 * The disk does not answer before that thread is waited for, however long that takes.
 */
#include "saved-chats-fixture.h"

#include "claw-store.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static GMutex mutex; /* of what follows */
static GCond cond;
static gboolean is_armed; /* the next pairing to be written waits */
static GThread *stuck;    /* (nullable): who does */
static GThread *joined;   /* (nullable): who is waited for, or was last */

static gboolean
is_pairing (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *path = g_file_read_link (link, NULL);
  return path && strstr (path, "/" CLAW_STORE_PAIRINGS "/");
}

/* In place of the C library's. */
int
fsync (int fd)
{
  g_mutex_lock (&mutex);
  if (is_armed && is_pairing (fd))
    {
      is_armed = FALSE;
      stuck = g_thread_self ();
      g_main_context_wakeup (NULL);
      while (joined != stuck)
        g_cond_wait (&cond, &mutex);
      stuck = NULL;
    }
  g_mutex_unlock (&mutex);
  return (int) syscall (SYS_fsync, fd);
}

/* In place of GLib's. */
gpointer
g_thread_join (GThread *thread)
{
  static gpointer (*real) (GThread * thread);
  if (!real)
    *(void **) &real = dlsym (RTLD_NEXT, "g_thread_join");
  g_mutex_lock (&mutex);
  joined = thread;
  g_cond_signal (&cond);
  g_mutex_unlock (&mutex);
  return real (thread);
}

static void
arm (void)
{
  g_mutex_lock (&mutex);
  is_armed = TRUE;
  g_mutex_unlock (&mutex);
}

static gboolean
is_stuck (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  return stuck != NULL;
}

/* Who forgets a chat in that moment finds nothing of it later: its thread is over by then. */
static void
test_forget (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  fixture_init (&fixture);
  arm ();
  claw_test_server_accept_file (&fixture.peers[0].server);
  open_file (&fixture, 0, fixture.peers[0].key);
  g_assert_no_error (fixture.error);
  RUN_UNTIL (is_stuck ());
  g_assert_true (claw_saved_chats_forget (fixture.chats, fixture.opened, &error));
  g_assert_no_error (error);
  g_assert_false (is_stuck ());
  g_assert_cmpuint (count_directories (&fixture), ==, 0);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_test_add_func ("/slow-disk/forget/leaves-nothing", test_forget);
  return g_test_run ();
}
