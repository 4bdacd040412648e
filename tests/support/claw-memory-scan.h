/* claw-memory-scan.h: looks for secrets in the memory of a process, to prove that they are gone.
 *
 * Reads everything that a process may write to, its own memory or another one's, through /proc
 * (another's needs the right to trace it). The secrets looked for are kept inverted, so that the
 * scanner itself never has what it must not find.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct ClawMemoryScan ClawMemoryScan;

ClawMemoryScan *claw_memory_scan_new (void);
void claw_memory_scan_free (ClawMemoryScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawMemoryScan, claw_memory_scan_free)
/* @name: copied. At least 8 bytes; a key schedule of AES-256 begins with the key. */
void
claw_memory_scan_add (ClawMemoryScan *scan, const char *name, const void *secret, size_t length);
/* @pid: 0 for this process. Returns: (transfer full) (element-type utf8): "NAME at ADDRESS in
 * MAPPING" of each place found; NULL with an error when the memory cannot be read. */
GPtrArray *claw_memory_scan_run (ClawMemoryScan *scan, pid_t pid, GError **error);
/* How often the secret of that name was found. */
unsigned claw_memory_scan_count (const GPtrArray *found, const char *name);
