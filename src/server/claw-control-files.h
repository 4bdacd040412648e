/* claw-control-files.h: what commands say about .sec files: new-file, files, withdraw.
 *
 * The file that --output names is written here, by whoever gives the command, from bytes that came
 * over the control socket: the server itself can write in its own directories only.
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#define CLAW_CONTROL_FILES_VALID_MAX_MIN (7 * 24 * 60)

/* What new-file asks for, on the command line. */
typedef struct
{
  char *name;     /* --for (nullable) */
  char *valid;    /* --valid (nullable): minutes */
  char *output;   /* --output (nullable); "-" for standard output */
  gboolean qr;    /* --qr */
  gboolean force; /* --force: --output may replace a file */
} ClawControlFilesOptions;

/* The same as a request of the control socket has it. */
typedef struct
{
  char *name; /* (nullable): sanitised */
  gint64 validity_s;
  gboolean wants_content, is_handed_out;
} ClawControlFileWish;

void claw_control_files_options_clear (ClawControlFilesOptions *options);
void claw_control_file_wish_clear (ClawControlFileWish *wish);

/* Whether the options of new-file go with each other. @problem: (transfer full): why not. */
gboolean
claw_control_files_check (const ClawControlFilesOptions *options, gboolean json, char **problem);
/* Adds the members of the request. */
void claw_control_files_fill (const ClawControlFilesOptions *options, JsonObject *request);
/* Reads them. Returns: (nullable): what is wrong, translated. */
const char *claw_control_files_read (JsonObject *request, ClawControlFileWish *wish);
/* Whether the output can be made, before there is something to put into it; makes it, empty, if it
 * is a new one. */
gboolean claw_control_files_prepare (const ClawControlFilesOptions *options, GError **error);
/* Writes the output, and takes "content" out of the @result, which has its place as "file" then.
 * On an error what prepare () has made is gone again. */
gboolean claw_control_files_write (const ClawControlFilesOptions *options,
                                   JsonObject *result,
                                   GError **error);
/* The reply was none: removes what prepare () has made. */
void claw_control_files_give_up (const ClawControlFilesOptions *options);
/* Prints the result for people, a QR code too. Returns: FALSE with an error when that could not be
 * shown; the file is there all the same. */
gboolean claw_control_files_print_new (const ClawControlFilesOptions *options,
                                       JsonObject *result,
                                       const char *content,
                                       GError **error);
/* Several lines, each with its newline. Returns: (transfer full) */
char *claw_control_files_print_list (JsonObject *result);
char *claw_control_files_print_withdrawn (JsonObject *result);
