/* archive-fixture.c: see archive-fixture.h. */
#include "archive-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static void
on_error (ClawArchive *archive, GError *error, Fixture *fixture)
{
  fixture->faults++;
  g_clear_error (&fixture->fault);
  fixture->fault = g_error_copy (error);
}

void
open_archive (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  fixture->archive = claw_archive_open (fixture->path, &fixture->key, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->archive);
  g_signal_connect (fixture->archive, "error", G_CALLBACK (on_error), fixture);
}

void
close_archive (Fixture *fixture)
{
  if (fixture->archive)
    claw_archive_close (fixture->archive);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->archive);
}

void
reopen (Fixture *fixture)
{
  close_archive (fixture);
  open_archive (fixture);
}

void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture->directory = g_dir_make_tmp ("claw-archive-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "chat.sqlite", NULL);
  claw_key_generate (&fixture->key);
  open_archive (fixture);
}

void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name = NULL;
  close_archive (fixture);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (fixture->directory, name, NULL);
      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  claw_key_clear (&fixture->key);
  g_clear_error (&fixture->fault);
  g_clear_object (&fixture->result);
  g_free (fixture->directory);
  g_free (fixture->path);
}

void
on_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_set_object (&fixture->result, result);
}

void
wait_for_result (Fixture *fixture)
{
  while (!fixture->result)
    g_main_context_iteration (NULL, TRUE);
}

gboolean
flush (Fixture *fixture, GError **error)
{
  g_clear_object (&fixture->result);
  claw_archive_flush_async (fixture->archive, on_done, fixture);
  wait_for_result (fixture);
  return claw_archive_flush_finish (fixture->archive, fixture->result, error);
}

void
flush_well (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  flush (fixture, &error);
  g_assert_no_error (error);
}

GPtrArray *
load (Fixture *fixture, gint64 before_row, unsigned limit)
{
  g_autoptr (GError) error = NULL;
  g_clear_object (&fixture->result);
  claw_archive_load_async (fixture->archive, before_row, limit, NULL, on_done, fixture);
  wait_for_result (fixture);
  GPtrArray *page = claw_archive_load_finish (fixture->archive, fixture->result, &error);
  g_assert_no_error (error);
  return page;
}

ClawMessage *
make_message (const char *sender, const char *text)
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) random = claw_message_new (text, -1, 0, &error);
  g_assert_no_error (error);
  memcpy (id, claw_message_get_id (random), sizeof id);
  return claw_message_new_full (id, sender, G_GINT64_CONSTANT (1700000000123456), text, -1, NULL);
}

void
add (Fixture *fixture, const char *sender, const char *text)
{
  g_autoptr (ClawMessage) message = make_message (sender, text);
  claw_archive_add (fixture->archive, message, sender == NULL, CLAW_MESSAGE_QUEUED);
}

void
add_numbered (Fixture *fixture, unsigned from, unsigned to)
{
  for (unsigned i = from; i < to; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);
      add (fixture, "Alice", text);
    }
}

const char *
get_text (const GPtrArray *messages, unsigned i)
{
  const ClawArchivedMessage *archived = messages->pdata[i];
  return claw_message_get_text (archived->message, NULL);
}

unsigned
count_files (Fixture *fixture, const char *part)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name = NULL;
  unsigned n = 0;
  while ((name = g_dir_read_name (dir)))
    n += strstr (name, part) != NULL;
  return n;
}
