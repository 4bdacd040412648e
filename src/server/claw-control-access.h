/* claw-control-access.h: who may use the control socket.
 *
 * Root, the server's own user, and processes that have the group CLAW_CONTROL_GROUP, when that is
 * the server's group, too: the service's unit makes it so. The kernel holds that by the modes of
 * the socket and of its directory; the server asks the kernel for the peer's credentials all the
 * same, since not every way to a socket goes by its modes.
 *
 * The groups are those that the peer's process has (SO_PEERGROUPS of unix(7)), all of them and not
 * only the first: what the kernel itself goes by, true without a look into /etc/group, which a
 * server behind its walls could read once only.
 */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

#define CLAW_CONTROL_GROUP "clawchat"
#define CLAW_CONTROL_NO_GROUP ((gid_t) -1)
/* Groups of one process; Linux's own limit. */
#define CLAW_CONTROL_GROUPS_MAX 65536

/* Returns: the group @name if this process runs with it, else CLAW_CONTROL_NO_GROUP. */
gid_t claw_control_access_find_group (const char *name);
/* Makes the socket's directory for this user, and for @group to pass through. One that is there
 * must be no wider than that; the error names no chmod, since it may be one as /run. */
gboolean claw_control_access_make_directory (const char *path, gid_t group, GError **error);
/* Asks the kernel who is at the other end. @peer: (out) (transfer full): its ids in words, for the
 * log. */
gboolean claw_control_access_is_allowed (GSocket *socket, gid_t group, char **peer);
