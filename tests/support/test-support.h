/* test-support.h: what tests with files and a main loop share. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <sys/resource.h>

/* Lets the main context run until @condition; the test's timeout ends what never comes. */
#define RUN_UNTIL(condition) \
  while (!(condition)) \
  g_main_context_iteration (NULL, TRUE)

/* No file, directory or socket can be opened from now on. Returns: for allow_opening () */
static inline struct rlimit
forbid_opening (void)
{
  struct rlimit before, none;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  none = before;
  none.rlim_cur = 0;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  return before;
}

static inline void
allow_opening (const struct rlimit *before)
{
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, before), ==, 0);
}

/* Waits until no thread of this program is called @name any more. A client that is shut down does
 * not wait long for its own, "claw-network", which may still write when the disk is slow. */
static inline void
wait_for_end_of_threads (const char *name)
{
  gboolean is_there = TRUE;

  while (is_there)
    {
      g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
      const char *id = NULL;

      is_there = FALSE;
      while (!is_there && (id = g_dir_read_name (dir)))
        {
          g_autofree char *path = g_build_filename ("/proc/self/task", id, "comm", NULL);
          g_autofree char *found = NULL;

          is_there = g_file_get_contents (path, &found, NULL, NULL)
                     && g_str_equal (g_strchomp (found), name);
        }
      if (is_there)
        g_usleep (1000);
    }
}

/* Removes @path, if it is there, and all that is in it. */
static inline void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  g_remove (path);
}
