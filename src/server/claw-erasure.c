/* claw-erasure.c: the note, and the files.
 *
 * The note is text: a first line, then "all", "member NUMBER" or "file NAME" (of the security
 * directory), one a line. It is written atomically, so that a damaged one was made by somebody
 * else; the safe thing is to take it for "all". A newer version's is known to be right, but not
 * what it says: nothing is erased by guess, and no server begins.
 */
#include "config.h"

#include "claw-erasure.h"

#include "claw-file.h"
#include "claw-issuer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FORMAT "clawchat-compromised "
#define VERSION 1
#define FIRST_LINE FORMAT G_STRINGIFY (VERSION)
/* Some thousand members and files. */
#define NOTE_SIZE_MAX (256 * 1024)

struct ClawErasure
{
  char *state_directory, *security_directory, *path;
  gboolean is_all;
  gboolean is_foreign;  /* not our note: which files are ours is not known, so all of them */
  gboolean is_erased;   /* what the note is about is gone; what is there now is new */
  gboolean is_finished; /* nothing is left but the note */
  GHashTable *members;  /* of numbers */
  GPtrArray *files;     /* of names */
};

/* The server's own files in the state directory. Its key goes last: while it is there, the rest is
 * not gone. */
static const char *const own_files[] = { "port.secret", "pairings.json", "server.key" };

static void
forget (ClawErasure *erasure)
{
  erasure->is_all = FALSE;
  erasure->is_foreign = FALSE;
  erasure->is_erased = FALSE;
  erasure->is_finished = FALSE;
  g_hash_table_remove_all (erasure->members);
  g_ptr_array_set_size (erasure->files, 0);
}

static gboolean
is_plain_name (const char *name)
{
  return *name != '\0' && strchr (name, '/') == NULL && strcmp (name, ".") != 0
         && strcmp (name, "..") != 0;
}

static gboolean
read_line (ClawErasure *erasure, const char *line)
{
  guint64 member;

  if (strcmp (line, "all") == 0)
    {
      erasure->is_all = TRUE;
      return TRUE;
    }
  if (g_str_has_prefix (line, "file ") && is_plain_name (line + strlen ("file ")))
    {
      g_ptr_array_add (erasure->files, g_strdup (line + strlen ("file ")));
      return TRUE;
    }
  if (!g_str_has_prefix (line, "member ")
      || !g_ascii_string_to_unsigned (line + strlen ("member "), 10, 1, G_MAXUINT32, &member, NULL))
    return FALSE;
  g_hash_table_add (erasure->members, GUINT_TO_POINTER ((guint) member));
  return TRUE;
}

static gboolean
read_note (ClawErasure *erasure, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  unsigned n = g_strv_length (lines);

  if (n < 3 || strcmp (lines[0], FIRST_LINE) != 0 || *lines[n - 1] != '\0')
    return FALSE;
  for (unsigned i = 1; i + 1 < n; i++)
    if (!read_line (erasure, lines[i]))
      return FALSE;
  return TRUE;
}

static gboolean
is_newer (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 2);
  guint64 version;

  return lines[0] != NULL && g_str_has_prefix (lines[0], FORMAT)
         && g_ascii_string_to_unsigned (lines[0] + strlen (FORMAT), 10, VERSION + 1, G_MAXUINT32,
                                        &version, NULL);
}

static gboolean
load (ClawErasure *erasure, GError **error)
{
  g_autofree char *text = g_malloc0 (NOTE_SIZE_MAX + 1);
  g_autoptr (GError) fault = NULL;
  size_t length = 0;

  if (!claw_file_read (erasure->path, CLAW_FILE_READ_DEFAULT, text, NOTE_SIZE_MAX, &length, &fault))
    {
      if (g_error_matches (fault, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  if (strlen (text) == length && read_note (erasure, text))
    return TRUE;
  if (is_newer (text))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("%s says in a format that this program does not know which keys are to be "
                      "erased: start the program that wrote it, or empty the file to have all "
                      "erased"),
                   erasure->path);
      return FALSE;
    }
  forget (erasure);
  erasure->is_all = TRUE;
  erasure->is_foreign = TRUE;
  return TRUE;
}

ClawErasure *
claw_erasure_new (const char *state_directory, const char *security_directory, GError **error)
{
  g_autoptr (ClawErasure) erasure = g_new0 (ClawErasure, 1);

  erasure->state_directory = g_strdup (state_directory);
  erasure->security_directory = g_strdup (security_directory);
  erasure->path = g_build_filename (state_directory, CLAW_ERASURE_NOTE, NULL);
  erasure->members = g_hash_table_new (NULL, NULL);
  erasure->files = g_ptr_array_new_with_free_func (g_free);
  return load (erasure, error) ? g_steal_pointer (&erasure) : NULL;
}

void
claw_erasure_free (ClawErasure *erasure)
{
  if (erasure == NULL)
    return;
  g_hash_table_unref (erasure->members);
  g_ptr_array_unref (erasure->files);
  g_free (erasure->state_directory);
  g_free (erasure->security_directory);
  g_free (erasure->path);
  g_free (erasure);
}

/* The note */

static gboolean
write_note (ClawErasure *erasure, GError **error)
{
  g_autoptr (GString) text = g_string_new (FIRST_LINE "\n");
  GHashTableIter iter;
  gpointer member;

  if (erasure->is_all)
    g_string_append (text, "all\n");
  g_hash_table_iter_init (&iter, erasure->members);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    g_string_append_printf (text, "member %u\n", GPOINTER_TO_UINT (member));
  for (unsigned i = 0; i < erasure->files->len; i++)
    g_string_append_printf (text, "file %s\n",
                            (const char *) g_ptr_array_index (erasure->files, i));
  return claw_file_write (erasure->path, text->str, text->len, error);
}

/* What comes now is not erased yet, and what the note was about before is no part of it any more.
 */
static void
begin_note (ClawErasure *erasure)
{
  if (erasure->is_finished)
    forget (erasure);
  erasure->is_erased = FALSE;
}

gboolean
claw_erasure_note_member (ClawErasure *erasure, uint32_t member, GError **error)
{
  begin_note (erasure);
  g_hash_table_add (erasure->members, GUINT_TO_POINTER (member));
  return write_note (erasure, error);
}

gboolean
claw_erasure_note_all (ClawErasure *erasure, const char *const *files, GError **error)
{
  begin_note (erasure);
  erasure->is_all = TRUE;
  for (unsigned i = 0; files[i] != NULL; i++)
    g_ptr_array_add (erasure->files, g_path_get_basename (files[i]));
  return write_note (erasure, error);
}

gboolean
claw_erasure_finish (ClawErasure *erasure, GError **error)
{
  erasure->is_finished = TRUE;
  if (!claw_file_remove (erasure->path, error))
    return FALSE;
  forget (erasure);
  return TRUE;
}

/* The files */

/* @error: keeps the first one. */
static gboolean
erase (const char *directory, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  return claw_file_erase (path, error != NULL && *error == NULL ? error : NULL);
}

/* What a stop in the middle of claw_file_write () left of @name. */
static gboolean
is_left_of (const char *entry, const char *name)
{
  return entry[0] == '.' && g_str_has_prefix (entry + 1, name) && entry[1 + strlen (name)] == '.';
}

static gboolean
must_go_from_state (const ClawErasure *erasure, const char *entry)
{
  if (is_left_of (entry, "pairings.json"))
    return TRUE;
  for (unsigned i = 0; erasure->is_all && i < G_N_ELEMENTS (own_files); i++)
    if (is_left_of (entry, own_files[i]))
      return TRUE;
  return FALSE;
}

static gboolean
must_go_from_security (const ClawErasure *erasure, const char *entry)
{
  if (entry[0] == '.' && strstr (entry, ".sec.") != NULL)
    return TRUE;
  return erasure->is_foreign && g_str_has_suffix (entry, ".sec");
}

static gboolean
must_go_from_records (const ClawErasure *erasure, const char *entry)
{
  return TRUE;
}

static gboolean
sweep (const ClawErasure *erasure,
       const char *directory,
       gboolean (*must_go) (const ClawErasure *erasure, const char *entry),
       GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (directory, &fault);
  gboolean good = fault == NULL;
  const char *entry;

  if (fault != NULL && *error == NULL)
    g_propagate_error (error, g_steal_pointer (&fault));
  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (must_go (erasure, entry) && !erase (directory, entry, error))
      good = FALSE;
  return good;
}

gboolean
claw_erasure_run (ClawErasure *erasure, GError **error)
{
  g_autofree char *records = g_build_filename (erasure->state_directory, CLAW_ISSUER_RECORDS, NULL);
  g_autoptr (GError) first = NULL;
  gboolean good = TRUE;

  if (erasure->is_erased)
    return TRUE;
  for (unsigned i = 0; i < erasure->files->len; i++)
    good &= erase (erasure->security_directory, g_ptr_array_index (erasure->files, i), &first);
  good &= sweep (erasure, erasure->state_directory, must_go_from_state, &first);
  /* Of single members there is nothing in them: that they cannot be looked into is no matter. */
  if (erasure->is_all)
    {
      good &= sweep (erasure, erasure->security_directory, must_go_from_security, &first);
      good &= sweep (erasure, records, must_go_from_records, &first);
    }
  for (unsigned i = 0; erasure->is_all && i < G_N_ELEMENTS (own_files); i++)
    good &= erase (erasure->state_directory, own_files[i], &first);
  if (!good)
    g_propagate_error (error, g_steal_pointer (&first));
  erasure->is_erased = good;
  return good;
}

/* Queries */

gboolean
claw_erasure_is_pending (const ClawErasure *erasure)
{
  return erasure->is_all || g_hash_table_size (erasure->members) > 0;
}

gboolean
claw_erasure_is_erased (const ClawErasure *erasure)
{
  return !claw_erasure_is_pending (erasure) || erasure->is_erased;
}

gboolean
claw_erasure_is_all (const ClawErasure *erasure)
{
  return erasure->is_all && !erasure->is_finished;
}

gboolean
claw_erasure_has_member (const ClawErasure *erasure, uint32_t member)
{
  return claw_erasure_is_all (erasure)
         || (!erasure->is_finished
             && g_hash_table_contains (erasure->members, GUINT_TO_POINTER (member)));
}
