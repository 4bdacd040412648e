/* bench-archive.c: how fast a chat's history is kept, shown and searched.
 *
 *   bench-archive [MESSAGES]
 */
#include "bench-time.h"
#include "claw-archive.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE 100

static GAsyncResult *result;

static void
on_done (GObject *object, GAsyncResult *done, gpointer user_data)
{
  result = g_object_ref (done);
}

static GAsyncResult *
wait_for_result (void)
{
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&result);
}

/* Some words for each, and one of a hundred in another script. */
static ClawMessage *
make_message (unsigned i)
{
  static const char *const texts[] = { "Shall we meet at the harbour tomorrow, say at nine?", "Yes",
                                       "I have put the figures into the file as you asked, "
                                       "but somebody should look at the third column.",
                                       "ok 👍" };
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  for (unsigned j = 0; j < sizeof id; j++)
    id[j] = (uint8_t) g_random_int ();
  g_autofree char *text = g_strdup_printf ("%s %u%s", texts[i % G_N_ELEMENTS (texts)], i,
                                           i % 100 == 0 ? " Grüße" : "");
  return claw_message_new_full (id, "Alice", g_get_real_time (), text, -1, NULL);
}

static void
flush (ClawArchive *archive)
{
  claw_archive_flush_async (archive, on_done, NULL);
  g_autoptr (GAsyncResult) done = wait_for_result ();
  if (!claw_archive_flush_finish (archive, done, NULL))
    g_error ("Nothing was kept");
}

static void
keep (ClawArchive *archive, unsigned n)
{
  gint64 start_us = g_get_monotonic_time ();
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (ClawMessage) message = make_message (i);
      claw_archive_add (archive, message, i % 2 == 0, CLAW_MESSAGE_DELIVERED);
    }
  double pushed_ms = since_ms (start_us);
  flush (archive);
  double all_ms = since_ms (start_us);
  printf ("history, keeping %'u messages: %.0f ms (%'.0f a second), %.0f ms of the caller's\n", n,
          all_ms, n / all_ms * 1000, pushed_ms);
  start_us = g_get_monotonic_time ();
  g_autoptr (ClawMessage) one = make_message (0);
  claw_archive_add (archive, one, TRUE, CLAW_MESSAGE_QUEUED);
  flush (archive);
  printf ("history, one message until it is on the disk: %.2f ms\n", since_ms (start_us));
}

static void
load (ClawArchive *archive)
{
  gint64 start_us = g_get_monotonic_time ();
  claw_archive_load_async (archive, 0, PAGE, NULL, on_done, NULL);
  g_autoptr (GAsyncResult) done = wait_for_result ();
  g_autoptr (GPtrArray) page = claw_archive_load_finish (archive, done, NULL);
  printf ("history, last page of %u messages: %.2f ms\n", page->len, since_ms (start_us));
}

static void
search (ClawArchive *archive, const char *what, const char *text)
{
  gint64 start_us = g_get_monotonic_time ();
  claw_archive_search_async (archive, text, NULL, on_done, NULL);
  g_autoptr (GAsyncResult) done = wait_for_result ();
  g_autoptr (GPtrArray) found = claw_archive_search_finish (archive, done, NULL);
  printf ("history, searching all for %s: %.0f ms, %u found\n", what, since_ms (start_us),
          found->len);
}

int
main (int argc, char **argv)
{
  unsigned n = argc > 1 ? (unsigned) strtoul (argv[1], NULL, 10) : 100000;
  g_autofree char *directory = g_dir_make_tmp ("claw-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "chat.sqlite", NULL);
  g_auto (ClawKey) key = { 0 };
  g_autoptr (GError) error = NULL;
  GStatBuf status;
  setlocale (LC_ALL, "");
  claw_secret_init ();
  claw_key_generate (&key);
  ClawArchive *archive = claw_archive_open (path, &key, &error);
  if (!archive)
    g_error ("%s", error->message);
  keep (archive, n);
  g_object_unref (archive);
  gint64 start_us = g_get_monotonic_time ();
  archive = claw_archive_open (path, &key, &error);
  if (!archive || g_stat (path, &status) != 0)
    g_error ("%s", error->message);
  printf ("history, opening it: %.2f ms, %.1f MB on the disk\n", since_ms (start_us),
          (double) status.st_size / 1e6);
  load (archive);
  search (archive, "what is not there", "lighthouse");
  search (archive, "an accented word", "GRÜSSE");
  claw_archive_destroy (archive, NULL);
  g_object_unref (archive);
  g_rmdir (directory);
  return 0;
}
