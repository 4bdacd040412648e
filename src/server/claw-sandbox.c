/* claw-sandbox.c: see claw-sandbox.h.
 *
 * References: landlock(7), seccomp(2), seccomp_rule_add(3). glibc has no wrappers for Landlock's
 * three system calls.
 */
#include "config.h"

#include "claw-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#if CLAW_HAVE_LANDLOCK
#include <linux/landlock.h>
#endif
#if CLAW_HAVE_SECCOMP
#include <seccomp.h>
#endif

/* Sanitizers look at the whole machine, and at other threads with ptrace () when they end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZER_BUILD 1
#else
#define IS_SANITIZER_BUILD 0
#endif

static ClawSandboxWalls walls;

#if CLAW_HAVE_LANDLOCK

/* Rights by the version of Landlock that brought them; older headers lack the newest. */
#define RIGHTS_1 ((UINT64_C (1) << 13) - 1)
#define RIGHT_REFER (UINT64_C (1) << 13)     /* version 2 */
#define RIGHT_TRUNCATE (UINT64_C (1) << 14)  /* version 3 */
#define RIGHT_IOCTL_DEV (UINT64_C (1) << 15) /* version 5 */
#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* Those that a rule for a single file may name. */
#define RIGHTS_FILE \
  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE | RIGHT_IOCTL_DEV)
/* Never needed in the server's directories: to run a program, to make a device. */
#define RIGHTS_NEVER \
  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK \
   | RIGHT_IOCTL_DEV)

/* What libraries read by themselves: code, locales, the time zone, names of hosts and groups. */
static const char *const system_files[] = {
  "/usr",
  "/lib",
  "/lib64",
  "/etc/ld.so.cache",
  "/etc/localtime",
  "/etc/locale.alias",
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/host.conf",
  "/etc/nsswitch.conf",
  "/etc/group",
  "/etc/gai.conf",
  "/etc/services",
  "/etc/gnutls",
  "/run/systemd/resolve",
  "/run/NetworkManager/resolv.conf",
  "/run/resolvconf",
  "/proc/self",
  "/proc/sys",
  "/proc/filesystems",
  "/dev/null",
  "/dev/urandom",
  NULL,
};

static uint64_t
get_handled_rights (long version)
{
  uint64_t rights = RIGHTS_1;

  if (version >= 2)
    rights |= RIGHT_REFER;
  if (version >= 3)
    rights |= RIGHT_TRUNCATE;
  if (version >= 5)
    rights |= RIGHT_IOCTL_DEV;
  return rights;
}

static void
allow (int ruleset, const char *path, uint64_t rights)
{
  struct landlock_path_beneath_attr rule = { .allowed_access = rights };
  struct stat status;

  rule.parent_fd = open (path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0)
    return;
  if (fstat (rule.parent_fd, &status) == 0 && !S_ISDIR (status.st_mode))
    rule.allowed_access &= RIGHTS_FILE;
  if (syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    g_debug ("Landlock does not take %s: %s", path, g_strerror (errno));
  close (rule.parent_fd);
}

static void
allow_all (int ruleset, const char *const *paths, uint64_t rights)
{
  for (; *paths != NULL; paths++)
    allow (ruleset, *paths, rights);
}

void
claw_sandbox_restrict_files (const char *const *writable, const char *const *readable)
{
  struct landlock_ruleset_attr attributes = { 0 };
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  int ruleset;

  if (IS_SANITIZER_BUILD || version < 1)
    return;

  attributes.handled_access_fs = get_handled_rights (version);
  ruleset = (int) syscall (SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (ruleset < 0)
    return;
  allow_all (ruleset, writable, attributes.handled_access_fs & ~RIGHTS_NEVER);
  allow_all (ruleset, readable, RIGHTS_READ);
  allow_all (ruleset, system_files, RIGHTS_READ);
  /* The kernel wants to know that no later program can get rights that this one has not. */
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
      && syscall (SYS_landlock_restrict_self, ruleset, 0) == 0)
    walls |= CLAW_SANDBOX_FILES;
  close (ruleset);
}

#else

void
claw_sandbox_restrict_files (const char *const *writable, const char *const *readable)
{
}

#endif

#if CLAW_HAVE_SECCOMP

/* By name, since not every architecture has every one, and libseccomp may be older than a call. */
static const char *const allowed_calls[] = {
  /* memory and threads */
  "brk",
  "mmap",
  "mmap2",
  "munmap",
  "mprotect",
  "mremap",
  "madvise",
  "mlock",
  "mlock2",
  "munlock",
  "futex",
  "futex_time64",
  "set_robust_list",
  "rseq",
  "sched_yield",
  "sched_getaffinity",
  "sched_getattr", /* GLib's pools of threads give a new one the settings of the first */
  "sched_setattr",
  "membarrier",
  "get_robust_list",
  "set_tid_address",
  "arch_prctl",
  "prctl",
  "gettid",
  "getpid",
  "getppid",
  "getuid",
  "geteuid",
  "getgid",
  "getegid",
  "getgroups",
  "getrlimit",
  "ugetrlimit",
  "prlimit64",
  "setrlimit",
  "getrusage",
  "sysinfo",
  "uname",
  "umask",
  "restart_syscall",
  "exit",
  "exit_group",
  /* signals */
  "rt_sigaction",
  "rt_sigprocmask",
  "rt_sigreturn",
  "rt_sigtimedwait",
  "sigaltstack",
  "sigreturn",
  "tgkill",
  "rt_sigpending",
  "signalfd4",
  /* time and waiting */
  "clock_gettime",
  "clock_gettime64",
  "clock_getres",
  "clock_nanosleep",
  "clock_nanosleep_time64",
  "gettimeofday",
  "nanosleep",
  "time",
  "poll",
  "ppoll",
  "ppoll_time64",
  "select",
  "pselect6",
  "epoll_create1",
  "epoll_ctl",
  "epoll_wait",
  "epoll_pwait",
  "epoll_pwait2",
  "eventfd2",
  "timerfd_create",
  "timerfd_settime",
  "timerfd_settime64",
  "timerfd_gettime",
  "pipe2",
  "getrandom",
  /* files; Landlock says which */
  "open",
  "openat",
  "openat2",
  "close",
  "close_range",
  "read",
  "readv",
  "pread64",
  "preadv",
  "write",
  "writev",
  "pwrite64",
  "pwritev",
  "lseek",
  "_llseek",
  "stat",
  "fstat",
  "lstat",
  "stat64",
  "fstat64",
  "lstat64",
  "fstatat64",
  "newfstatat",
  "statx",
  "statfs",
  "fstatfs",
  "statfs64",
  "fstatfs64",
  "access",
  "faccessat",
  "faccessat2",
  "readlink",
  "readlinkat",
  "getcwd",
  "getdents64",
  "mkdir",
  "mkdirat",
  "rename",
  "renameat",
  "renameat2",
  "unlink",
  "unlinkat",
  "rmdir",
  "ftruncate",
  "ftruncate64",
  "fallocate",
  "fsync",
  "fdatasync",
  "flock",
  "fchmod",
  "chmod",
  "fchmodat",
  "fcntl",
  "fcntl64",
  "dup",
  "dup2",
  "dup3",
  "fadvise64",
  "inotify_init1",
  "inotify_add_watch",
  "inotify_rm_watch",
  /* sockets; the ioctls are FIONREAD and those of interfaces */
  "socketpair",
  "bind",
  "listen",
  "accept",
  "accept4",
  "connect",
  "getsockname",
  "getpeername",
  "setsockopt",
  "getsockopt",
  "send",
  "sendto",
  "sendmsg",
  "sendmmsg",
  "recv",
  "recvfrom",
  "recvmsg",
  "recvmmsg",
  "recvmmsg_time64",
  "shutdown",
  "ioctl",
  NULL,
};

/* A server never asks for these; who does has taken it over. */
static const char *const deadly_calls[] = {
  "execve",
  "execveat",
  "fork",
  "vfork",
  "ptrace",
  "process_vm_readv",
  "process_vm_writev",
  "pidfd_getfd",
  "bpf",
  "perf_event_open",
  "keyctl",
  "add_key",
  "request_key",
  "init_module",
  "finit_module",
  "kexec_load",
  "kexec_file_load",
  "mount",
  "umount2",
  "pivot_root",
  "chroot",
  "setns",
  "unshare",
  "userfaultfd",
  "io_uring_setup",
  "reboot",
  NULL,
};

static gboolean
add_calls (scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
  for (; *names != NULL; names++)
    {
      int call = seccomp_syscall_resolve_name (*names);
      int result = call == __NR_SCMP_ERROR ? 0 : seccomp_rule_add (filter, action, call, 0);

      /* EDOM: this architecture does not have it. */
      if (result != 0 && result != -EDOM)
        return FALSE;
    }
  return TRUE;
}

/* Threads only: clone3 (), whose flags a filter cannot see, fails, and the C library falls back. */
static gboolean
add_threads (scmp_filter_ctx filter)
{
#ifdef __s390__
  const unsigned flags = 1;
#else
  const unsigned flags = 0;
#endif

  return seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (clone), 1,
                           SCMP_CMP (flags, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD))
         == 0;
}

/* UDP and the router's TCP, the control socket and the journal, and the list of interfaces. */
static gboolean
add_sockets (scmp_filter_ctx filter)
{
  static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

  for (unsigned i = 0; i < G_N_ELEMENTS (families); i++)
    if (seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (socket), 1,
                          SCMP_A0 (SCMP_CMP_EQ, (scmp_datum_t) families[i]))
        != 0)
      return FALSE;
  return TRUE;
}

void
claw_sandbox_restrict_system_calls (void)
{
  scmp_filter_ctx filter;

  if (IS_SANITIZER_BUILD)
    return;

  /* ENOSYS, so that a C library that is newer than the list falls back to a call that is on it. */
  filter = seccomp_init (SCMP_ACT_ERRNO (ENOSYS));
  if (filter == NULL)
    return;
  if (add_calls (filter, SCMP_ACT_ALLOW, allowed_calls) && add_threads (filter)
      && add_sockets (filter) && add_calls (filter, SCMP_ACT_KILL_PROCESS, deadly_calls)
      && seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && seccomp_load (filter) == 0)
    walls |= CLAW_SANDBOX_SYSTEM_CALLS;
  seccomp_release (filter);
}

#else

void
claw_sandbox_restrict_system_calls (void)
{
}

#endif

ClawSandboxWalls
claw_sandbox_get_walls (void)
{
  return walls;
}

const char *
claw_sandbox_describe (void)
{
  static const char *const texts[] = { "none", "files", "system calls", "files and system calls" };

  return texts[walls];
}
