/* claw-terminal-key.c: see claw-terminal-key.h. */
#include "claw-terminal-key.h"

#include "claw-file.h"
#include "claw-sec-file.h"
#include "claw-terminal-ask.h"

#include <glib/gi18n-lib.h>

/* Room for the newline's place and the NUL. */
#define ANSWER_SIZE (CLAW_BOOTSTRAP_KEY_PASSPHRASE_MAX + 2)

/* What kind of key the file wants; a file that is none is told before anybody types a secret. */
static gboolean
probe_file (const char *file, gboolean *needs_passphrase, GError **error)
{
  g_autofree char *text = g_malloc (CLAW_SEC_FILE_SIZE_MAX);
  size_t length = 0;
  return claw_file_read (file, CLAW_FILE_READ_FOLLOW_SYMLINKS, text, CLAW_SEC_FILE_SIZE_MAX,
                         &length, error)
         && claw_sec_file_probe (text, length, needs_passphrase, error);
}

static ClawBootstrapKey *
ask_with_buffer (const char *question, char *buffer, const gboolean *interrupted, GError **error)
{
  if (!claw_terminal_ask (question, CLAW_TERMINAL_ASK_SECRET, buffer, ANSWER_SIZE, interrupted,
                          error))
    return NULL;
  return claw_bootstrap_key_new (buffer, error);
}

ClawBootstrapKey *
claw_terminal_ask_key (const char *file, const gboolean *interrupted, GError **error)
{
  gboolean needs_passphrase = FALSE;
  if (!probe_file (file, &needs_passphrase, error))
    return NULL;
  g_autofree char *name = g_filename_display_basename (file);
  g_autofree char *question = g_strdup_printf (
      needs_passphrase ? _ ("Passphrase for %s: ") : _ ("Bootstrap key for %s (44 characters): "),
      name);
  char *buffer = claw_secret_new (ANSWER_SIZE);
  ClawBootstrapKey *key = ask_with_buffer (question, buffer, interrupted, error);
  claw_secret_free (buffer);
  return key;
}

ClawBootstrapKey *
claw_terminal_find_key (const char *file,
                        const char *key_file,
                        const gboolean *interrupted,
                        gboolean *asked,
                        GError **error)
{
  g_autoptr (GError) local_error = NULL;
  ClawBootstrapKey *key = claw_bootstrap_key_find (key_file, &local_error);
  *asked = FALSE;
  if (key)
    return key;
  if (!g_error_matches (local_error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (!claw_terminal_can_ask ())
    {
      g_set_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN,
                   _ ("The file needs its bootstrap key, and there is no terminal to ask for it. "
                      "Give --bootstrap-key-file FILE, or set CLAWCHAT_BOOTSTRAP_KEY."));
      return NULL;
    }
  *asked = TRUE;
  return claw_terminal_ask_key (file, interrupted, error);
}
