/* claw-backup-command.c: see claw-backup-command.h. */
#include "config.h"

#include "claw-backup-command.h"

#include "claw-backup-disk.h"
#include "claw-bootstrap-key.h"
#include "claw-file.h"
#include "claw-server-setup.h"
#include "claw-terminal-ask.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

/* Room for the newline's place and the NUL. */
#define ANSWER_SIZE (CLAW_BACKUP_PASSPHRASE_MAX + 2)

typedef int (*Run) (const ClawServerOptions *options, const ClawServerConfig *config);

static int run_backup (const ClawServerOptions *options, const ClawServerConfig *config);
static int run_restore (const ClawServerOptions *options, const ClawServerConfig *config);

static const struct
{
  const char *name;
  Run run;
} commands[] = {
  { "backup", run_backup },
  { "restore", run_restore },
};

gboolean
claw_backup_command_is (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

static int
exit_code (const GError *error)
{
  if (g_error_matches (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_WRONG_PASSPHRASE)
      || g_error_matches (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return EX_NOPERM;
  if (g_error_matches (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_MEMORY))
    return EX_OSERR;
  if (error->domain == CLAW_BACKUP_ERROR)
    return EX_DATAERR;
  if (g_error_matches (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
    return EX_NOINPUT;
  if (error->domain == CLAW_SERVER_SETUP_ERROR
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    return EX_TEMPFAIL;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    return EX_CANTCREAT;
  if (error->domain == CLAW_CONFIG_ERROR || error->domain == CLAW_BOOTSTRAP_KEY_ERROR)
    return EX_CONFIG;
  return EX_IOERR;
}

static int
fail (const GError *error)
{
  g_printerr ("clawchat-server: %s\n", error->message);
  return exit_code (error);
}

/* The passphrase */

static gboolean
on_interrupt (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static gboolean
ask (const char *question, char *answer, GError **error)
{
  gboolean interrupted = FALSE;
  guint source = g_unix_signal_add (SIGINT, on_interrupt, &interrupted);
  gboolean good = claw_terminal_ask (question, CLAW_TERMINAL_ASK_SECRET, answer, ANSWER_SIZE,
                                     &interrupted, error);

  g_source_remove (source);
  return good;
}

static gboolean
ask_twice (char *answer, GError **error)
{
  char *again = claw_secret_new (ANSWER_SIZE);
  gboolean is_asked = ask (_ ("Passphrase for the backup: "), answer, error)
                      && ask (_ ("The same once more: "), again, error);
  gboolean is_same = is_asked && strcmp (answer, again) == 0;

  claw_secret_free (again);
  if (is_asked && !is_same)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         _ ("The two are not the same. Nothing was written"));
  return is_same;
}

/* Without the end of its line. */
static gboolean
read_passphrase (const char *path, char *answer, GError **error)
{
  size_t length = 0;

  if (!claw_file_read (path, CLAW_FILE_READ_PRIVATE | CLAW_FILE_READ_FOLLOW_SYMLINKS, answer,
                       ANSWER_SIZE - 1, &length, error))
    return FALSE;
  while (length > 0 && (answer[length - 1] == '\n' || answer[length - 1] == '\r'))
    answer[--length] = '\0';
  if (strlen (answer) == length)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("%s: this is not a passphrase"),
               path);
  return FALSE;
}

/* @answer: ANSWER_SIZE bytes of locked memory. */
static gboolean
get_passphrase (const ClawServerOptions *options, gboolean is_new, char *answer, GError **error)
{
  const char *variable = g_getenv (CLAW_BACKUP_VARIABLE);

  if (options->passphrase_file != NULL)
    return read_passphrase (options->passphrase_file, answer, error);
  if (variable != NULL && *variable != '\0')
    {
      if (g_strlcpy (answer, variable, ANSWER_SIZE) < ANSWER_SIZE)
        return TRUE;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                   _ ("The passphrase is longer than %d bytes"), CLAW_BACKUP_PASSPHRASE_MAX);
      return FALSE;
    }
  if (!claw_terminal_can_ask ())
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("There is no terminal to ask for the passphrase on. Give "
                              "--passphrase-file FILE, or set CLAWCHAT_BACKUP_PASSPHRASE"));
      return FALSE;
    }
  return is_new ? ask_twice (answer, error) : ask (_ ("Passphrase of the backup: "), answer, error);
}

/* backup */

/* Where the key that opens .sec files is, if not in the security directory. Returns: (transfer
 * full) (nullable) */
static ClawBootstrapKey *
find_other_key (const ClawServerOptions *options, GError **error)
{
  g_autofree char *config = claw_server_options_find_config (options);
  g_autoptr (GError) problem = NULL;
  ClawBootstrapKey *key = claw_bootstrap_key_find (options->bootstrap_key_file, &problem);

  if (key != NULL)
    return key;
  if (!g_error_matches (problem, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  if (config == NULL || !claw_server_options_is_system_config (config)
      || options->state_directory != NULL
      || !g_file_test (CLAW_BACKUP_SERVICE_KEY, G_FILE_TEST_EXISTS))
    return NULL;
  return claw_bootstrap_key_find (CLAW_BACKUP_SERVICE_KEY, error);
}

static ClawBackup *
collect (const ClawServerOptions *options, const ClawServerConfig *config, GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (ClawBootstrapKey) key = find_other_key (options, &fault);
  const ClawBackupPlaces places = {
    .state_directory = config->state_directory,
    .security_directory = config->security_directory,
    .bootstrap_key = key == NULL ? NULL : claw_bootstrap_key_peek_text (key),
  };

  if (fault == NULL)
    return claw_backup_disk_collect (&places, g_get_real_time () / G_USEC_PER_SEC, error);
  g_propagate_error (error, g_steal_pointer (&fault));
  return NULL;
}

static gboolean
may_write (const char *path, gboolean force, GError **error)
{
  struct stat info;

  if (lstat (path, &info) != 0 || (force && S_ISREG (info.st_mode)))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               S_ISREG (info.st_mode)
                   ? _ ("%s is there already: choose another name, or replace it with --force")
                   : _ ("%s is not a regular file: choose another name"),
               path);
  return FALSE;
}

static gboolean
seal_to (const ClawBackup *backup, const char *passphrase, const char *path, GError **error)
{
  g_autoptr (GBytes) file = NULL;

  if (strlen (passphrase) < CLAW_BACKUP_PASSPHRASE_MIN)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("The passphrase has less than %d characters: whoever finds the backup could "
                      "guess it. Nothing was written"),
                   CLAW_BACKUP_PASSPHRASE_MIN);
      return FALSE;
    }
  file = claw_backup_seal (backup, passphrase, error);
  return file != NULL
         && claw_file_write (path, g_bytes_get_data (file, NULL), g_bytes_get_size (file), error);
}

static int
run_backup (const ClawServerOptions *options, const ClawServerConfig *config)
{
  const char *path = options->words[1];
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawBackup) backup = NULL;
  char *passphrase;
  gboolean good;

  if (!may_write (path, options->files.force, &error))
    return fail (error);
  backup = collect (options, config, &error);
  if (backup == NULL)
    return fail (error);
  passphrase = claw_secret_new (ANSWER_SIZE);
  good = get_passphrase (options, TRUE, passphrase, &error)
         && seal_to (backup, passphrase, path, &error);
  claw_secret_free (passphrase);
  if (!good)
    return fail (error);
  g_printerr (ngettext ("%u file is in the backup. Whoever has it and its passphrase can be this "
                        "server.\n",
                        "%u files are in the backup. Whoever has it and its passphrase can be this "
                        "server.\n",
                        claw_backup_get_count (backup)),
              claw_backup_get_count (backup));
  return EX_OK;
}

/* restore */

static ClawBackup *
open_backup (const ClawServerOptions *options, const char *path, GError **error)
{
  g_autofree char *data = g_malloc (CLAW_BACKUP_SIZE_MAX);
  ClawBackup *backup = NULL;
  size_t length = 0;
  char *passphrase;

  if (!claw_file_read (path, CLAW_FILE_READ_FOLLOW_SYMLINKS, data, CLAW_BACKUP_SIZE_MAX, &length,
                       error)
      || !claw_backup_probe (data, length, error))
    return NULL;
  passphrase = claw_secret_new (ANSWER_SIZE);
  if (get_passphrase (options, FALSE, passphrase, error))
    backup = claw_backup_open (data, length, passphrase, error);
  claw_secret_free (passphrase);
  return backup;
}

/* The service would go on with another key than the files of the backup are sealed with. */
static void
tell_of_key (const ClawServerOptions *options, const ClawServerConfig *config)
{
  g_autofree char *own = g_build_filename (config->security_directory, "bootstrap.key", NULL);
  g_autoptr (ClawBootstrapKey) restored = NULL;
  g_autoptr (ClawBootstrapKey) other = NULL;

  if (!g_file_test (own, G_FILE_TEST_EXISTS))
    return;
  restored = claw_bootstrap_key_find (own, NULL);
  other = find_other_key (options, NULL);
  if (restored == NULL)
    return;
  if (other != NULL
      && strcmp (claw_bootstrap_key_peek_text (other), claw_bootstrap_key_peek_text (restored))
             != 0)
    g_printerr (_ ("The server is given another bootstrap key than that of the backup. So that it "
                   "uses the restored one, put %s in the other one's place, or take that away.\n"),
                own);
  else if (other == NULL && claw_bootstrap_key_is_passphrase (restored))
    g_printerr (_ ("The bootstrap key is a passphrase: start the server with --bootstrap-key-file "
                   "%s, or move it to where it was.\n"),
                own);
}

static void
tell_of_old (const char *path)
{
  if (path != NULL)
    g_printerr (_ ("What was there before is in %s. Delete it when you do not need it any more.\n"),
                path);
}

static int
run_restore (const ClawServerOptions *options, const ClawServerConfig *config)
{
  const ClawBackupPlaces places = { .state_directory = config->state_directory,
                                    .security_directory = config->security_directory };
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawBackup) backup = open_backup (options, options->words[1], &error);
  g_auto (ClawBackupRestored) restored = { 0 };
  g_autoptr (GDateTime) made = NULL;
  g_autofree char *text = NULL;

  if (backup == NULL
      || !claw_backup_disk_restore (&places, backup, g_get_real_time () / G_USEC_PER_SEC,
                                    options->files.force, &restored, &error))
    return fail (error);
  made = g_date_time_new_from_unix_local (claw_backup_get_made_s (backup));
  text = made == NULL ? g_strdup ("?") : g_date_time_format (made, "%Y-%m-%d %H:%M:%S");
  g_printerr (_ ("Restored the server as it was at %s.\n"), text);
  tell_of_old (restored.old_state);
  tell_of_old (restored.old_security);
  tell_of_key (options, config);
  return EX_OK;
}

/* Both */

static int
refuse (char *problem)
{
  g_printerr ("clawchat-server: %s\n", problem);
  g_free (problem);
  return EX_USAGE;
}

int
claw_backup_command_run (const ClawServerOptions *options)
{
  const char *name = options->words[0];
  g_autoptr (ClawServerConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  if (options->words[1] == NULL)
    return refuse (g_strdup_printf (_ ("%s needs the name of a file"), name));
  if (options->words[2] != NULL)
    return refuse (g_strdup_printf (_ ("%s takes no argument “%s”"), name, options->words[2]));
  claw_secret_init ();
  config = claw_server_options_load_config (options, &error);
  if (config == NULL)
    return fail (error);
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return commands[i].run (options, config);
  return EX_USAGE;
}
