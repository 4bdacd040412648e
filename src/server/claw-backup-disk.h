/* claw-backup-disk.h: what a backup is made of, and where it goes back to.
 *
 * Nothing of a server is ever half there: what is restored is written beside the two directories
 * first, then both take their places by renaming, and what was in them stays beside them.
 */
#pragma once

#include "claw-backup.h"

typedef struct
{
  const char *state_directory, *security_directory;
  const char *bootstrap_key; /* (nullable): its text, where it is not security/bootstrap.key */
} ClawBackupPlaces;

typedef struct
{
  char *old_state, *old_security; /* (nullable): where what was there before is now */
} ClawBackupRestored;
void claw_backup_restored_clear (ClawBackupRestored *restored);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawBackupRestored, claw_backup_restored_clear)

/* Reads all of a server, which may run meanwhile. */
ClawBackup *claw_backup_disk_collect (const ClawBackupPlaces *places, gint64 now_s, GError **error);
/* Puts all back, for the user whose directories these are. Returns: FALSE with
 * CLAW_SERVER_SETUP_ERROR_LOCKED while a server runs on them, G_IO_ERROR_EXISTS when there is a
 * server's state already and not @force, …; nothing has changed then. */
gboolean claw_backup_disk_restore (const ClawBackupPlaces *places,
                                   const ClawBackup *backup,
                                   gint64 now_s,
                                   gboolean force,
                                   ClawBackupRestored *restored,
                                   GError **error);
