/* claw-control-access.c: see claw-control-access.h. */
#include "config.h"

#include "claw-control-access.h"

#include "claw-file.h"

#include <errno.h>
#include <gio/gcredentials.h>
#include <glib/gi18n-lib.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Older headers lack it; the number is that of all architectures but a few. */
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

gid_t
claw_control_access_find_group (const char *name)
{
  const struct group *group = getgrnam (name);

  return group != NULL && group->gr_gid == getegid () ? group->gr_gid : CLAW_CONTROL_NO_GROUP;
}

/* A directory of ours that others may not enter, and @group may not write to. */
static gboolean
is_fit (const char *path, gid_t group)
{
  struct stat status;

  return lstat (path, &status) == 0 && S_ISDIR (status.st_mode) && status.st_uid == geteuid ()
         && status.st_gid == group && (status.st_mode & (S_IRWXO | S_IWGRP)) == 0;
}

/* What would make the directory fit is not told: somebody may have chosen /run, and a machine whose
 * /run is closed does not work. */
static gboolean
make_private (const char *path, GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (claw_file_make_private_directory (path, &fault))
    return TRUE;
  if (g_error_matches (fault, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS))
    g_set_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS, "%s: %s", path,
                 _ ("this directory is shared with other users: choose one that is for nothing "
                    "else"));
  else
    g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

gboolean
claw_control_access_make_directory (const char *path, gid_t group, GError **error)
{
  gboolean existed = g_file_test (path, G_FILE_TEST_EXISTS);

  if (group != CLAW_CONTROL_NO_GROUP && existed && is_fit (path, group))
    return TRUE;
  if (!make_private (path, error))
    return FALSE;
  /* One that was there has another purpose, too, and stays as closed as it is. */
  if (group == CLAW_CONTROL_NO_GROUP || existed
      || (chown (path, (uid_t) -1, group) == 0 && chmod (path, 0710) == 0))
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path,
               g_strerror (errno));
  return FALSE;
}

static gboolean
has_supplementary_group (int fd, gid_t group)
{
  socklen_t size = 64 * sizeof (gid_t);
  g_autofree gid_t *groups = g_malloc (size);
  int result = getsockopt (fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size);

  /* The size that it takes is told. */
  if (result != 0 && errno == ERANGE && size <= CLAW_CONTROL_GROUPS_MAX * sizeof (gid_t))
    {
      g_free (groups);
      groups = g_malloc (size);
      result = getsockopt (fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
    }
  if (result != 0)
    return FALSE;
  for (size_t i = 0; i < size / sizeof (gid_t); i++)
    if (groups[i] == group)
      return TRUE;
  return FALSE;
}

gboolean
claw_control_access_is_allowed (GSocket *socket, gid_t group, char **peer)
{
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  int fd = g_socket_get_fd (socket);

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    {
      *peer = g_strdup (g_strerror (errno));
      return FALSE;
    }
  *peer = g_strdup_printf ("uid %u, gid %u, pid %d", (unsigned) credentials.uid,
                           (unsigned) credentials.gid, (int) credentials.pid);
  if (credentials.uid == 0 || credentials.uid == geteuid ())
    return TRUE;
  return group != CLAW_CONTROL_NO_GROUP
         && (credentials.gid == group || has_supplementary_group (fd, group));
}
