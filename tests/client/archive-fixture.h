/* archive-fixture.h: an archive in a directory of its own. */
#pragma once

#include "claw-archive.h"

typedef struct
{
  char *directory;
  char *path;
  ClawKey key;
  ClawArchive *archive; /* (nullable) */
  GAsyncResult *result; /* (nullable): of the last operation */
  unsigned faults;
  GError *fault; /* the last */
} Fixture;

/* With an archive that is open. */
void set_up (Fixture *fixture, gconstpointer data);
void tear_down (Fixture *fixture, gconstpointer data);
void open_archive (Fixture *fixture);
void close_archive (Fixture *fixture);
void reopen (Fixture *fixture);

/* An operation's callback, whose @user_data is the fixture; the result is waited for then. */
void on_done (GObject *object, GAsyncResult *result, gpointer user_data);
void wait_for_result (Fixture *fixture);
/* These wait by themselves, and all but flush () do not fail. Returns: (transfer full) */
gboolean flush (Fixture *fixture, GError **error);
void flush_well (Fixture *fixture);
GPtrArray *load (Fixture *fixture, gint64 before_row, unsigned limit);

/* @sender: (nullable): for one of ours. Returns: (transfer full) */
ClawMessage *make_message (const char *sender, const char *text);
void add (Fixture *fixture, const char *sender, const char *text);
/* Texts that are the numbers @from to @to - 1. */
void add_numbered (Fixture *fixture, unsigned from, unsigned to);
const char *get_text (const GPtrArray *messages, unsigned i);
/* How many files of the directory have @part in their names. */
unsigned count_files (Fixture *fixture, const char *part);
