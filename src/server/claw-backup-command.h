/* claw-backup-command.h: clawchat-server backup FILE and restore FILE.
 *
 * They work on the directories of the configuration themselves, not over the control socket: a
 * backup can be made of a server that does not start any more.
 */
#pragma once

#include "claw-server-options.h"

/* Where the service has its bootstrap key, as scripts/install_server.sh puts it. */
#define CLAW_BACKUP_SERVICE_KEY "/etc/credstore/clawchat.bootstrap-key"
#define CLAW_BACKUP_VARIABLE "CLAWCHAT_BACKUP_PASSPHRASE"
#define CLAW_BACKUP_PASSPHRASE_MIN 8

/* Whether the command's name is one of the two. */
gboolean claw_backup_command_is (const char *name);
/* Returns: a sysexits code; what is wrong is said on stderr. */
int claw_backup_command_run (const ClawServerOptions *options);
