/* claw-terminal-line.h: the terminal client's text: lines in, lines out, and what a line means.
 *
 * Input is cut into lines of bounded length. Output is escaped so that nothing a member sends can
 * move the cursor, or look like a line of somebody else: a received message is NAME: TEXT, and only
 * a continuation line begins with a tab.
 */
#pragma once

#include "claw-message.h"

/* One more for the slash that escapes a slash, and one for a carriage return. */
#define CLAW_LINE_READER_LINE_MAX (CLAW_MESSAGE_TEXT_MAX + 2)

typedef struct ClawLineReader ClawLineReader;

typedef enum
{
  CLAW_LINE_NONE, /* no whole line yet: push more */
  CLAW_LINE_READY,
  CLAW_LINE_TOO_LONG, /* was dropped; its length in bytes is told */
  CLAW_LINE_NUL,      /* has a NUL byte; was dropped */
} ClawLineResult;

ClawLineReader *claw_line_reader_new (void);
void claw_line_reader_free (ClawLineReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawLineReader, claw_line_reader_free)
/* To be called only after next () said NONE, so that never more than a line and @length is kept. */
void claw_line_reader_push (ClawLineReader *reader, const void *data, size_t length);
/* The input is over: what is left without a newline is a line too. */
void claw_line_reader_end (ClawLineReader *reader);
/* @line: (out) (transfer full): without its line ending, set for READY only. */
ClawLineResult claw_line_reader_next (ClawLineReader *reader, char **line, size_t *length);

/* Makes control characters and bidi overrides visible as \xNN or \u{NNNN}, and begins continuation
 * lines with a tab. Returns: (transfer full) */
char *claw_terminal_escape_text (const char *text);
/* The same for a name, which has no lines, and in which a colon is escaped too. Returns: (transfer
 * full) */
char *claw_terminal_escape_name (const char *name);
/* A received message as NAME: TEXT; an answer as NAME: > NAME: QUOTED with the text in the next
 * line. Returns: (transfer full) */
char *claw_terminal_format_message (const ClawMessage *message);

typedef enum
{
  CLAW_TERMINAL_NOTHING, /* an empty line */
  CLAW_TERMINAL_MESSAGE,
  CLAW_TERMINAL_HELP,
  CLAW_TERMINAL_STATUS,
  CLAW_TERMINAL_MEMBERS,
  CLAW_TERMINAL_SAFETY,
  CLAW_TERMINAL_QUIT,
  CLAW_TERMINAL_COMPROMISED,
  CLAW_TERMINAL_UNKNOWN,
} ClawTerminalCommand;

/* @text: (out): what to send, for MESSAGE; what was said after the word, for COMPROMISED; inside
 * @line. */
ClawTerminalCommand claw_terminal_parse (const char *line, const char **text);

/* Whether Tab may make @name of @word, whatever their case. */
gboolean claw_terminal_completes (const char *word, const char *name);

/* How many rows below its first the cursor of a terminal of @columns is, after it wrote @length
 * bytes of @text. */
unsigned claw_terminal_count_rows (const char *text, size_t length, unsigned columns);
