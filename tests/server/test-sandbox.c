/* test-sandbox.c: the walls around the server, each tried from inside, in a process of its own. */
#include "claw-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *
make_directory (void)
{
  char *directory = g_dir_make_tmp ("clawchat-sandbox-XXXXXX", NULL);

  g_assert_nonnull (directory);
  return directory;
}

/* Runs @inside in a child behind both walls. Returns: its wait status; exit code 77 means that the
 * kernel or the build lacks @needed. */
static int
run_inside (void (*inside) (const char *directory), ClawSandboxWalls needed, const char *directory)
{
  const char *const writable[] = { directory, NULL };
  const char *const readable[] = { NULL };
  int status;

  pid_t child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      claw_sandbox_restrict_files (writable, readable);
      claw_sandbox_restrict_system_calls ();
      if ((claw_sandbox_get_walls () & needed) != needed)
        _exit (77);
      inside (directory);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  return status;
}

static gboolean
is_missing (int status)
{
  if (!WIFEXITED (status) || WEXITSTATUS (status) != 77)
    return FALSE;
  g_test_skip ("this kernel or build has not all walls");
  return TRUE;
}

static void
check_files (const char *directory)
{
  g_autofree char *own = g_build_filename (directory, "own", NULL);
  g_autofree char *renamed = g_build_filename (directory, "renamed", NULL);
  int fd = open (own, O_CREAT | O_RDWR, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, "x", 1), ==, 1);
  g_assert_cmpint (rename (own, renamed), ==, 0);
  g_assert_cmpint (unlink (renamed), ==, 0);

  g_assert_cmpint (open ("/etc/passwd", O_RDONLY), ==, -1);
  g_assert_cmpint (errno, ==, EACCES);
  g_assert_cmpint (open ("/tmp/clawchat-outside", O_CREAT | O_RDWR, 0600), ==, -1);
  g_assert_cmpint (errno, ==, EACCES);
  g_assert_cmpint (g_mkdir ("/tmp/clawchat-outside", 0700), ==, -1);
  g_assert_cmpint (open ("/root", O_RDONLY | O_DIRECTORY), ==, -1);
}

/* Its own directory it may use; the rest of the machine is neither to be read nor to be written. */
static void
test_files (void)
{
  g_autofree char *directory = make_directory ();
  int status = run_inside (check_files, CLAW_SANDBOX_FILES, directory);

  g_rmdir (directory);
  if (!is_missing (status))
    g_assert_cmpint (status, ==, 0);
}

static gpointer
answer (gpointer data)
{
  return data;
}

/* A thread of a GThreadPool takes over the settings that the program had when its first pool was
 * made, which may be before the walls: who cannot is told of as a critical error. */
static void
check_scheduler (void)
{
  uint64_t settings[16] = { 0 }; /* struct sched_attr of any kernel so far */

  g_assert_cmpint (syscall (SYS_sched_getattr, 0, settings, sizeof settings, 0), ==, 0);
  g_assert_cmpint (syscall (SYS_sched_setattr, 0, settings, 0), ==, 0);
}

static void
check_work (const char *directory)
{
  struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *found = NULL;
  GThread *thread = g_thread_new ("inside", answer, (gpointer) directory);

  g_assert_true (g_thread_join (thread) == directory);
  check_scheduler ();
  g_assert_cmpint (getaddrinfo ("localhost", "3478", &hints, &found), ==, 0);
  freeaddrinfo (found);
  g_assert_cmpint (socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), >=, 0);
  g_assert_cmpint (socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), >=, 0);
  g_assert_nonnull (g_date_time_new_now_local ());
  /* Where libnatpmp finds the router. */
  g_assert_cmpint (open ("/proc/net/route", O_RDONLY | O_CLOEXEC), >=, 0);
}

/* What a server does all day works: threads, names of hosts, sockets, the local time, the route. */
static void
test_work (void)
{
  g_autofree char *directory = make_directory ();
  int status = run_inside (check_work, CLAW_SANDBOX_FILES | CLAW_SANDBOX_SYSTEM_CALLS, directory);

  g_rmdir (directory);
  if (!is_missing (status))
    g_assert_cmpint (status, ==, 0);
}

static void
check_unknown (const char *directory)
{
  g_assert_cmpint (socket (AF_PACKET, SOCK_RAW, 0), ==, -1);
  g_assert_cmpint (errno, ==, ENOSYS);
  g_assert_cmpint ((int) syscall (SYS_swapon, "/dev/null", 0), ==, -1);
  g_assert_cmpint (errno, ==, ENOSYS);
  /* Not a thread: a second process. */
  g_assert_cmpint ((int) syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0), ==, -1);
}

/* What it has no use for fails. */
static void
test_unknown (void)
{
  int status = run_inside (check_unknown, CLAW_SANDBOX_SYSTEM_CALLS, "/nowhere");

  if (!is_missing (status))
    g_assert_cmpint (status, ==, 0);
}

static void
run_program (const char *directory)
{
  execl ("/bin/true", "true", NULL);
}

static void
trace (const char *directory)
{
  ptrace (PTRACE_TRACEME, 0, NULL, NULL);
}

/* What only an intruder does ends the process. */
static void
test_deadly (void)
{
  void (*const deeds[]) (const char *directory) = { run_program, trace };

  for (unsigned i = 0; i < G_N_ELEMENTS (deeds); i++)
    {
      int status = run_inside (deeds[i], CLAW_SANDBOX_SYSTEM_CALLS, "/nowhere");

      if (is_missing (status))
        return;
      g_assert_true (WIFSIGNALED (status));
      g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
    }
}

/* It says what stands, and before anything was done, that nothing does. */
static void
test_describe (void)
{
  g_assert_cmpint (claw_sandbox_get_walls (), ==, CLAW_SANDBOX_NONE);
  g_assert_cmpstr (claw_sandbox_describe (), ==, "none");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/sandbox/describe", test_describe);
  g_test_add_func ("/sandbox/files", test_files);
  g_test_add_func ("/sandbox/system-calls/work", test_work);
  g_test_add_func ("/sandbox/system-calls/unknown", test_unknown);
  g_test_add_func ("/sandbox/system-calls/deadly", test_deadly);
  return g_test_run ();
}
