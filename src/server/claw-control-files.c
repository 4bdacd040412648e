/* claw-control-files.c: see claw-control-files.h. */
#include "config.h"

#include "claw-control-files.h"

#include "claw-control-print.h"
#include "claw-control-request.h"
#include "claw-file.h"
#include "claw-json.h"
#include "claw-message.h"
#include "claw-terminal-qr.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

void
claw_control_files_options_clear (ClawControlFilesOptions *options)
{
  g_clear_pointer (&options->name, g_free);
  g_clear_pointer (&options->valid, g_free);
  g_clear_pointer (&options->output, g_free);
}

void
claw_control_file_wish_clear (ClawControlFileWish *wish)
{
  g_clear_pointer (&wish->name, g_free);
}

static gboolean
is_standard_output (const ClawControlFilesOptions *options)
{
  return g_strcmp0 (options->output, "-") == 0;
}

/* The command line */

/* Returns: 0 when it is none. */
static gint64
get_valid_min (const ClawControlFilesOptions *options)
{
  guint64 minutes = 0;

  if (!g_ascii_string_to_unsigned (options->valid, 10, 1, CLAW_CONTROL_FILES_VALID_MAX_MIN,
                                   &minutes, NULL))
    return 0;
  return (gint64) minutes;
}

/* Returns: (transfer full) (nullable) */
static char *
find_problem (const ClawControlFilesOptions *options, gboolean json)
{
  if (options->name != NULL)
    {
      g_autofree char *name = g_utf8_validate (options->name, -1, NULL)
                                  ? claw_name_sanitise (options->name, -1)
                                  : NULL;

      if (name == NULL)
        return g_strdup (_ ("--for needs the name of a person"));
    }
  if (options->valid != NULL && get_valid_min (options) == 0)
    return g_strdup_printf (_ ("--valid %s is not a number of minutes within 1–%d"), options->valid,
                            CLAW_CONTROL_FILES_VALID_MAX_MIN);
  if (json && (options->qr || is_standard_output (options)))
    return g_strdup (_ ("--json goes neither with --qr nor with --output -"));
  if (options->qr && is_standard_output (options))
    return g_strdup (_ ("--qr does not go with --output -"));
  return NULL;
}

gboolean
claw_control_files_check (const ClawControlFilesOptions *options, gboolean json, char **problem)
{
  *problem = find_problem (options, json);
  return *problem == NULL;
}

/* The request */

void
claw_control_files_fill (const ClawControlFilesOptions *options, JsonObject *request)
{
  if (options->name != NULL)
    json_object_set_string_member (request, "for", options->name);
  if (options->valid != NULL)
    json_object_set_int_member (request, "valid", get_valid_min (options));
  if (options->output != NULL || options->qr)
    json_object_set_boolean_member (request, "content", TRUE);
  if (options->output != NULL)
    json_object_set_boolean_member (request, "hand_out", TRUE);
}

static gboolean
read_flag (JsonObject *request, const char *member, gboolean *flag)
{
  JsonNode *node = claw_json_get_value (request, member, G_TYPE_BOOLEAN);

  if (!json_object_has_member (request, member))
    return TRUE;
  *flag = node != NULL && json_node_get_boolean (node);
  return node != NULL;
}

const char *
claw_control_files_read (JsonObject *request, ClawControlFileWish *wish)
{
  if (json_object_has_member (request, "for"))
    {
      const char *name = claw_json_get_string (request, "for");

      wish->name = name == NULL ? NULL : claw_name_sanitise (name, -1);
      if (wish->name == NULL)
        return _ ("\"for\" is not the name of a person");
    }
  if (json_object_has_member (request, "valid"))
    {
      gint64 valid_min;

      if (!claw_json_get_integer (request, "valid", 1, CLAW_CONTROL_FILES_VALID_MAX_MIN,
                                  &valid_min))
        return _ ("\"valid\" is not a number of minutes, at most those of a week");
      wish->validity_s = valid_min * 60;
    }
  if (!read_flag (request, "content", &wish->wants_content)
      || !read_flag (request, "hand_out", &wish->is_handed_out))
    return _ ("\"content\" or \"hand_out\" is neither true nor false");
  if (wish->is_handed_out && !wish->wants_content)
    return _ ("with \"hand_out\" goes \"content\"");
  return NULL;
}

/* The output */

static gboolean
io_error (GError **error, const char *path, int saved_errno)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
               _ ("Could not write %s: %s. No .sec file was made"), name, g_strerror (saved_errno));
  return FALSE;
}

/* Whether a file that is there already may be replaced. */
static gboolean
may_replace (const ClawControlFilesOptions *options, const struct stat *info, GError **error)
{
  g_autofree char *name = g_filename_display_name (options->output);

  if (!S_ISREG (info->st_mode))
    g_set_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_REGULAR,
                 _ ("%s is not a regular file: choose another name with --output"), name);
  else if (!options->force)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 _ ("%s is there already: choose another name, or replace it with --force"), name);
  else
    return TRUE;
  return FALSE;
}

gboolean
claw_control_files_prepare (const ClawControlFilesOptions *options, GError **error)
{
  struct stat info;
  int fd;

  if (options->output == NULL || is_standard_output (options))
    return TRUE;
  if (lstat (options->output, &info) == 0)
    return may_replace (options, &info, error);
  fd = open (options->output, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return io_error (error, options->output, errno);
  close (fd);
  return TRUE;
}

void
claw_control_files_give_up (const ClawControlFilesOptions *options)
{
  struct stat info;

  /* An empty one is ours. */
  if (options->output != NULL && !is_standard_output (options)
      && lstat (options->output, &info) == 0 && S_ISREG (info.st_mode) && info.st_size == 0)
    g_unlink (options->output);
}

gboolean
claw_control_files_write (const ClawControlFilesOptions *options,
                          JsonObject *result,
                          GError **error)
{
  const char *content = json_object_get_string_member_with_default (result, "content", NULL);
  g_autofree char *path = NULL;

  if (options->output == NULL)
    return TRUE;
  if (content == NULL)
    {
      claw_control_files_give_up (options);
      g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID,
                           _ ("The server's reply cannot be understood"));
      return FALSE;
    }
  if (is_standard_output (options))
    {
      if (fputs (content, stdout) >= 0 && fflush (stdout) == 0)
        return TRUE;
      return io_error (error, _ ("standard output"), errno);
    }
  /* A whole file takes the empty one's place, or that of the one that may be replaced. */
  if (!claw_file_write (options->output, content, strlen (content), error))
    {
      claw_control_files_give_up (options);
      return FALSE;
    }
  path = g_canonicalize_filename (options->output, NULL);
  json_object_set_string_member (result, "file", path);
  return TRUE;
}

/* For people */

static char *
time_text (JsonObject *object, const char *member)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (
      json_object_get_int_member_with_default (object, member, 0));

  return time == NULL ? g_strdup ("") : g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
}

static char *
text_of (JsonObject *object, const char *member)
{
  return claw_control_print_line (json_object_get_string_member_with_default (object, member, ""));
}

/* Whoever carries it away should know for how long that makes sense. */
static void
warn_of_ports (JsonObject *result)
{
  gint64 until = json_object_get_int_member_with_default (result, "valid_until", 0);
  gint64 reach = json_object_get_int_member_with_default (result, "reach_until", until);
  g_autofree char *text = time_text (result, "reach_until");

  if (reach < until)
    g_printerr (_ ("The server's port changes: a copy that leaves this machine now finds it until "
                   "about %s. With a fixed port (server.port) it does until the end.\n"),
                text);
}

static gboolean
print_qr (const char *content, GError **error)
{
  gboolean is_terminal = isatty (STDOUT_FILENO);
  struct winsize window = { 0 };
  ClawTerminalQrSize size = { 0 };
  g_autofree char *picture = claw_terminal_qr_render (content, is_terminal, &size, error);

  if (picture == NULL)
    return FALSE;
  if (is_terminal && ioctl (STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0
      && (window.ws_col < size.columns || window.ws_row < size.lines))
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
          _ ("The QR code does not fit: it takes %u columns and %u lines, this terminal has "
             "%u and %u. Make the window larger or its letters smaller, or bring the file "
             "another way"),
          size.columns, size.lines, window.ws_col, window.ws_row);
      return FALSE;
    }
  fputs (picture, stdout);
  return TRUE;
}

gboolean
claw_control_files_print_new (const ClawControlFilesOptions *options,
                              JsonObject *result,
                              const char *content,
                              GError **error)
{
  g_autofree char *file = text_of (result, "file");

  warn_of_ports (result);
  if (!is_standard_output (options))
    printf ("%s\n", file);
  return !options->qr || print_qr (content, error);
}

static void
append_file (GString *out, JsonObject *entry)
{
  g_autofree char *id = text_of (entry, "id");
  g_autofree char *until = time_text (entry, "valid_until");
  g_autofree char *made_for = text_of (entry, "for");
  g_autofree char *file = text_of (entry, "file");

  g_string_append_printf (out, "%-8s  %-19s  %-16s  %s", id, until,
                          made_for[0] != '\0' ? made_for : "-",
                          file[0] != '\0' ? file : _ ("handed out"));
  if (json_object_get_boolean_member_with_default (entry, "outdated", FALSE))
    g_string_append (out, _ (" (names an older address or port)"));
  g_string_append_c (out, '\n');
}

char *
claw_control_files_print_list (JsonObject *result)
{
  GString *out = g_string_new (_ ("ID        VALID UNTIL          FOR               FILE\n"));
  JsonNode *node = json_object_get_member (result, "files");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                                                  : NULL;

  for (unsigned at = 0; array != NULL && at < json_array_get_length (array); at++)
    {
      JsonNode *entry = json_array_get_element (array, at);

      if (JSON_NODE_HOLDS_OBJECT (entry))
        append_file (out, json_node_get_object (entry));
    }
  return g_string_free (out, FALSE);
}

char *
claw_control_files_print_withdrawn (JsonObject *result)
{
  int n = (int) json_object_get_int_member_with_default (result, "withdrawn", 0);

  return g_strdup_printf (ngettext ("Withdrew %d file\n", "Withdrew %d files\n", (gulong) n), n);
}
