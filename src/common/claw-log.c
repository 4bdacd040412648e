/* claw-log.c: the log writer of all programs.
 *
 * Under systemd the entries go to journald with all their fields; elsewhere each becomes one line
 * on stderr. What a text holds may come from a stranger, so nothing in it can begin a new line or
 * steer the terminal.
 */
#include "claw-log.h"

#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *level_names[] = {
  [CLAW_LOG_LEVEL_ERROR] = "error",
  [CLAW_LOG_LEVEL_WARNING] = "warning",
  [CLAW_LOG_LEVEL_INFO] = "info",
  [CLAW_LOG_LEVEL_DEBUG] = "debug",
};

static int greatest_level = CLAW_LOG_LEVEL_INFO; /* atomic: other threads log too */
static char *program_name;                       /* set once, before there are threads */
static GLogLevelFlags always_fatal;

static ClawLogLevel
level_of (GLogLevelFlags flags)
{
  if ((flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0)
    return CLAW_LOG_LEVEL_ERROR;
  if ((flags & G_LOG_LEVEL_WARNING) != 0)
    return CLAW_LOG_LEVEL_WARNING;
  if ((flags & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO)) != 0)
    return CLAW_LOG_LEVEL_INFO;
  return CLAW_LOG_LEVEL_DEBUG;
}

/* Returns: (nullable): the text of the field @key. */
static char *
dup_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].length < 0 ? g_strdup (fields[i].value)
                                  : g_strndup (fields[i].value, (gsize) fields[i].length);
  return NULL;
}

/* Libraries chat at the levels info and debug: of those only our own are of use to a user, unless
 * G_MESSAGES_DEBUG asks for more. */
static gboolean
is_wanted (GLogLevelFlags flags, const char *domain)
{
  gboolean is_chatter = (flags & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG)) != 0;

  if (is_chatter && !g_log_writer_default_would_drop (flags, domain))
    return TRUE;
  if (is_chatter && g_strcmp0 (domain, G_LOG_DOMAIN) != 0)
    return FALSE;
  return (int) level_of (flags) <= g_atomic_int_get (&greatest_level);
}

static void
write_line (GLogLevelFlags flags, const char *message)
{
  static const char *colours[] = {
    [CLAW_LOG_LEVEL_ERROR] = "\033[1;31m",
    [CLAW_LOG_LEVEL_WARNING] = "\033[1;33m",
    [CLAW_LOG_LEVEL_INFO] = "\033[32m",
    [CLAW_LOG_LEVEL_DEBUG] = "\033[2m",
  };
  ClawLogLevel level = level_of (flags);
  gboolean is_coloured = g_log_writer_supports_color (fileno (stderr));
  g_autofree char *text = claw_log_escape (message, -1);
  g_autofree char *line = g_strdup_printf (
      "%s%s%s%s%s: %s\n", program_name != NULL ? program_name : "",
      program_name != NULL ? ": " : "", is_coloured ? colours[level] : "", level_names[level],
      is_coloured ? "\033[0m" : "", text);

  /* In one piece, so that lines of two threads do not mix. */
  fwrite (line, 1, strlen (line), stderr);
  fflush (stderr);
}

/* With the program's name, by which `journalctl -t` finds it whatever its file is called. */
static GLogWriterOutput
write_journal (GLogLevelFlags flags, const GLogField *fields, gsize n_fields)
{
  g_autofree GLogField *all = g_new (GLogField, n_fields + 1);

  memcpy (all, fields, n_fields * sizeof *fields);
  if (program_name != NULL)
    all[n_fields++] = (GLogField){ "SYSLOG_IDENTIFIER", program_name, -1 };
  return g_log_writer_journald (flags, all, n_fields, NULL);
}

static GLogWriterOutput
write_log (GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  g_autofree char *domain = dup_field (fields, n_fields, "GLIB_DOMAIN");
  GLogWriterOutput output = G_LOG_WRITER_UNHANDLED;

  if (is_wanted (flags, domain))
    {
      if (claw_log_is_journal ())
        output = write_journal (flags, fields, n_fields);
      if (output == G_LOG_WRITER_UNHANDLED)
        {
          g_autofree char *message = dup_field (fields, n_fields, "MESSAGE");
          write_line (flags, message != NULL ? message : "");
        }
    }

  /* GLib leaves G_DEBUG=fatal-… to its own writer. */
  if ((flags & always_fatal) != 0)
    g_abort ();
  return G_LOG_WRITER_HANDLED;
}

void
claw_log_init (const char *program)
{
  g_return_if_fail (program_name == NULL);

  program_name = g_strdup (program);
  /* There is no other way to read it. */
  always_fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_log_set_always_fatal (always_fatal);
  g_log_set_writer_func (write_log, NULL, NULL);
}

gboolean
claw_log_is_journal (void)
{
  return g_log_writer_is_journald (fileno (stderr));
}

void
claw_log_set_level (ClawLogLevel level)
{
  g_atomic_int_set (&greatest_level, (int) level);
}

gboolean
claw_log_level_parse (const char *text, ClawLogLevel *level)
{
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (level != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (level_names); i++)
    if (strcmp (text, level_names[i]) == 0)
      {
        *level = (ClawLogLevel) i;
        return TRUE;
      }
  return FALSE;
}

const char *
claw_log_level_to_string (ClawLogLevel level)
{
  g_return_val_if_fail ((guint) level < G_N_ELEMENTS (level_names), NULL);

  return level_names[level];
}

/* Line and paragraph separators, and the marks with which text can be made to look like other text.
 */
static gboolean
is_deceptive (gunichar c)
{
  return c == 0x2028 || c == 0x2029 || c == 0x200e || c == 0x200f || c == 0x061c
         || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *
claw_log_escape (const char *text, gssize length)
{
  g_return_val_if_fail (text != NULL, NULL);

  size_t left = length < 0 ? strlen (text) : (size_t) length;
  GString *escaped = g_string_sized_new (left);

  while (left > 0)
    {
      gunichar c = g_utf8_get_char_validated (text, (gssize) left);
      gboolean is_broken = c == (gunichar) -1 || c == (gunichar) -2;
      size_t size = is_broken || c == 0 ? 1 : (size_t) g_unichar_to_utf8 (c, NULL);

      if (c == '\n')
        g_string_append (escaped, "\\n");
      else if (c == '\t')
        g_string_append (escaped, "\\t");
      else if (is_broken || c < 0x20 || c == 0x7f)
        g_string_append_printf (escaped, "\\x%02x", (guint) (guchar) *text);
      else if (g_unichar_iscntrl (c) || is_deceptive (c))
        g_string_append_printf (escaped, "\\u%04x", c);
      else
        g_string_append_len (escaped, text, (gssize) size);

      text += size;
      left -= size;
    }
  return g_string_free (escaped, FALSE);
}

void
claw_process_init (void)
{
  const struct rlimit no_core = { 0, 0 };

  /* Keys must not end up in a core dump. */
  if (setrlimit (RLIMIT_CORE, &no_core) != 0)
    g_warning ("Cannot turn core dumps off: %s", g_strerror (errno));

  /* A peer of a socket or pipe that goes away is an error of write (), not the end of the program.
   */
  signal (SIGPIPE, SIG_IGN);
  umask (077);

  /* A program that runs from its build directory has its translations there. */
  const char *locale_dir = g_getenv ("CLAWCHAT_LOCALE_DIR");
  setlocale (LC_ALL, "");
  bindtextdomain (CLAW_GETTEXT_DOMAIN, locale_dir ? locale_dir : CLAW_LOCALE_DIR);
  bind_textdomain_codeset (CLAW_GETTEXT_DOMAIN, "UTF-8");
  textdomain (CLAW_GETTEXT_DOMAIN);
}
