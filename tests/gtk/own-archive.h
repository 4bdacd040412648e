/* own-archive.h: an archive in a directory of its own, for tests that load and export what is kept.
 */
#pragma once

#include "claw-archive.h"

#include <glib/gstdio.h>

/* @directory: (out) (transfer full): made for it. Returns: (transfer full) */
static inline ClawArchive *
open_own_archive (char **directory)
{
  g_autoptr (GError) error = NULL;
  ClawKey key = { 0 };
  claw_key_generate (&key);
  *directory = g_dir_make_tmp ("claw-archive-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (*directory, "chat.sqlite", NULL);
  ClawArchive *archive = claw_archive_open (path, &key, &error);
  g_assert_no_error (error);
  claw_key_clear (&key);
  return archive;
}

/* Nothing else may be left in @directory. Both: (transfer full) */
static inline void
destroy_own_archive (ClawArchive *archive, char *directory)
{
  g_autoptr (GError) error = NULL;
  claw_archive_destroy (archive, &error);
  g_assert_no_error (error);
  g_object_unref (archive);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
  g_free (directory);
}
