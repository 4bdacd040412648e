/* fuzz-file.h: a target's bytes as a file, for what reads files only. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <unistd.h>

/* Makes a private file of @data, in memory where the system has a place for that. Returns:
 * (transfer none): its path, which stays the same. */
static inline const char *
fuzz_file_make (const uint8_t *data, size_t size)
{
  static char *path;

  if (path == NULL)
    path = g_strdup_printf ("%s/clawchat-fuzz-%d",
                            g_file_test ("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm"
                                                                         : g_get_tmp_dir (),
                            (int) getpid ());
  g_assert_true (g_file_set_contents_full (path, (const char *) data, (gssize) size,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  return path;
}
