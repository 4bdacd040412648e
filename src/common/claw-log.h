/* claw-log.h: where log lines go.
 *
 * Every program logs through GLib's structured log (g_info, g_message, g_warning; g_log_structured
 * for fields; events of a server are in claw-events.h). Under systemd lines go to journald with
 * their fields, else to stderr, one a line. No secret and no message text is ever logged.
 */
#pragma once

#include <glib.h>

typedef enum
{
  CLAW_LOG_LEVEL_ERROR,
  CLAW_LOG_LEVEL_WARNING,
  CLAW_LOG_LEVEL_INFO, /* g_message and g_info */
  CLAW_LOG_LEVEL_DEBUG,
} ClawLogLevel;

/* Installs the writer. @program: (nullable): put before each line on stderr. Call once, early in
 * main (). */
void claw_log_init (const char *program);
void claw_log_set_level (ClawLogLevel level);
/* Whether stderr is the journal's, so that entries keep their fields and plain text has no level.
 */
gboolean claw_log_is_journal (void);
/* Makes text from outside fit for one line of a terminal or log: control characters, line and
 * paragraph separators, marks that change the direction of text and broken UTF-8 become escapes
 * like \n or \x1b.
 * @length: in bytes, or -1 when it ends with a NUL. */
char *claw_log_escape (const char *text, gssize length);
/* "error", "warning", "info", "debug". */
gboolean claw_log_level_parse (const char *text, ClawLogLevel *level);
const char *claw_log_level_to_string (ClawLogLevel level);
/* RLIMIT_CORE 0, SIGPIPE ignored, umask 077, locale and gettext domain: what every program does
 * first. */
void claw_process_init (void);
