/* claw-sandbox.h: what the server gives up before it meets the network.
 *
 * Two walls of Linux stand around the running server. Landlock leaves it its own directories and
 * what the C library reads, so that a server that was taken over can neither read the admin's files
 * nor leave any behind. seccomp leaves it the system calls that it needs: the few that only an
 * intruder would use (a new program, a look into another one) end it, all others fail as on a
 * kernel that does not know them.
 *
 * Each wall is put up where the kernel and the build have it; what is missing is said by
 * claw_sandbox_describe (), and is no reason not to run. Both last until the process ends.
 */
#pragma once

#include <gio/gio.h>

typedef enum
{
  CLAW_SANDBOX_NONE = 0,
  CLAW_SANDBOX_FILES = 1 << 0,        /* Landlock */
  CLAW_SANDBOX_SYSTEM_CALLS = 1 << 1, /* seccomp */
} ClawSandboxWalls;

/* Leaves this thread, and those it starts from now on, the directories in @writable and the files
 * and directories in @readable (both NULL-terminated; missing ones and NULL are passed over) and
 * the system's libraries, locales, time zones and name resolution. To be called while there is no
 * other thread. */
void claw_sandbox_restrict_files (const char *const *writable, const char *const *readable);
/* Leaves all threads the system calls of a server that runs. */
void claw_sandbox_restrict_system_calls (void);
/* The walls that stand. */
ClawSandboxWalls claw_sandbox_get_walls (void);
/* Returns: (transfer none): "files and system calls", "files", "system calls" or "none". */
const char *claw_sandbox_describe (void);
