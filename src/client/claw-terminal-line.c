/* claw-terminal-line.c: see claw-terminal-line.h. */
#include "claw-terminal-line.h"

#include <string.h>

struct ClawLineReader
{
  GByteArray *buffer;
  size_t dropped; /* bytes of the present line that were thrown away: it is too long */
  gboolean ended;
};

ClawLineReader *
claw_line_reader_new (void)
{
  ClawLineReader *reader = g_new0 (ClawLineReader, 1);
  reader->buffer = g_byte_array_new ();
  return reader;
}

void
claw_line_reader_free (ClawLineReader *reader)
{
  if (!reader)
    return;
  g_byte_array_unref (reader->buffer);
  g_free (reader);
}

void
claw_line_reader_push (ClawLineReader *reader, const void *data, size_t length)
{
  g_return_if_fail (length <= G_MAXINT);
  g_byte_array_append (reader->buffer, data, (guint) length);
}

void
claw_line_reader_end (ClawLineReader *reader)
{
  if (!reader->ended && (reader->buffer->len > 0 || reader->dropped > 0))
    g_byte_array_append (reader->buffer, (const guint8 *) "\n", 1);
  reader->ended = TRUE;
}

/* @length: of the line's last part in the buffer. */
static ClawLineResult
classify (ClawLineReader *reader, size_t length, char **line, size_t *line_length)
{
  const char *data = (const char *) reader->buffer->data;
  *line_length = reader->dropped + length;
  reader->dropped = 0;
  if (*line_length > CLAW_LINE_READER_LINE_MAX)
    return CLAW_LINE_TOO_LONG;
  if (memchr (data, '\0', length))
    return CLAW_LINE_NUL;
  if (length > 0 && data[length - 1] == '\r')
    length--;
  *line = g_strndup (data, length);
  *line_length = length;
  return CLAW_LINE_READY;
}

ClawLineResult
claw_line_reader_next (ClawLineReader *reader, char **line, size_t *length)
{
  GByteArray *buffer = reader->buffer;
  const uint8_t *newline = buffer->len > 0 ? memchr (buffer->data, '\n', buffer->len) : NULL;
  *line = NULL;
  *length = 0;
  if (!newline)
    {
      /* Once over the limit, the rest of the line is counted only. */
      if (reader->dropped > 0 || buffer->len > CLAW_LINE_READER_LINE_MAX)
        {
          reader->dropped += buffer->len;
          g_byte_array_set_size (buffer, 0);
        }
      return CLAW_LINE_NONE;
    }
  size_t part = (size_t) (newline - buffer->data);
  ClawLineResult result = classify (reader, part, line, length);
  g_byte_array_remove_range (buffer, 0, (guint) part + 1);
  return result;
}

/* Characters that change how the text around them is shown. */
static gboolean
is_override (gunichar character)
{
  return (character >= 0x202a && character <= 0x202e)
         || (character >= 0x2066 && character <= 0x2069) || character == 0x2028
         || character == 0x2029;
}

static void
append_escaped (GString *out, gunichar character)
{
  if (character < 0x80)
    g_string_append_printf (out, "\\x%02x", character);
  else if (is_override (character) || (character >= 0x80 && character < 0xa0))
    g_string_append_printf (out, "\\u{%04x}", character);
  else
    g_string_append_unichar (out, character);
}

static gboolean
is_plain (gunichar character)
{
  return character >= 0x20 && character != 0x7f;
}

char *
claw_terminal_escape_text (const char *text)
{
  GString *out = g_string_new (NULL);
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);
      if (character == '\n')
        g_string_append (out, "\n\t");
      else if (character == '\t' || (character < 0x80 && is_plain (character)))
        g_string_append_c (out, (char) character);
      else
        append_escaped (out, character);
    }
  return g_string_free (out, FALSE);
}

char *
claw_terminal_escape_name (const char *name)
{
  GString *out = g_string_new (NULL);
  for (const char *p = name; *p; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);
      if (character < 0x80 && character != ':' && is_plain (character))
        g_string_append_c (out, (char) character);
      else
        append_escaped (out, character);
    }
  return g_string_free (out, FALSE);
}

static char *
escape_sender (const char *name)
{
  return claw_terminal_escape_name (name ? name : "?");
}

char *
claw_terminal_format_message (const ClawMessage *message)
{
  const ClawMessageReply *reply = claw_message_get_reply (message);
  g_autofree char *name = escape_sender (claw_message_get_sender (message));
  g_autofree char *text = claw_terminal_escape_text (claw_message_get_text (message, NULL));
  if (!reply)
    return g_strdup_printf ("%s: %s", name, text);
  g_autofree char *quoted_name = escape_sender (reply->sender);
  g_autofree char *quoted = claw_terminal_escape_text (reply->excerpt);
  return g_strdup_printf ("%s: > %s: %s\n\t%s", name, quoted_name, quoted, text);
}

/* What follows must be there word by word: a slip must not erase anything. */
static gboolean
is_compromised (const char *line, const char **text)
{
  static const char word[] = "/compromised";
  if (!g_str_has_prefix (line, word))
    return FALSE;
  const char *rest = line + strlen (word);
  if (*rest != '\0' && *rest != ' ')
    return FALSE;
  *text = *rest == ' ' ? rest + 1 : rest;
  return TRUE;
}

ClawTerminalCommand
claw_terminal_parse (const char *line, const char **text)
{
  static const struct
  {
    const char *name;
    ClawTerminalCommand command;
  } commands[] = {
    { "/help", CLAW_TERMINAL_HELP },     { "/status", CLAW_TERMINAL_STATUS },
    { "/safety", CLAW_TERMINAL_SAFETY }, { "/members", CLAW_TERMINAL_MEMBERS },
    { "/quit", CLAW_TERMINAL_QUIT },
  };
  *text = NULL;
  if (*line == '\0')
    return CLAW_TERMINAL_NOTHING;
  if (line[0] != '/' || line[1] == '/')
    {
      *text = line[0] == '/' ? line + 1 : line;
      return CLAW_TERMINAL_MESSAGE;
    }
  if (is_compromised (line, text))
    return CLAW_TERMINAL_COMPROMISED;
  g_autofree char *word = g_strchomp (g_strdup (line));
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (word, commands[i].name) == 0)
      return commands[i].command;
  return CLAW_TERMINAL_UNKNOWN;
}

gboolean
claw_terminal_completes (const char *word, const char *name)
{
  if (!g_utf8_validate (word, -1, NULL))
    return FALSE;
  g_autofree char *folded_word = g_utf8_casefold (word, -1);
  g_autofree char *folded_name = g_utf8_casefold (name, -1);
  return g_str_has_prefix (folded_name, folded_word);
}

unsigned
claw_terminal_count_rows (const char *text, size_t length, unsigned columns)
{
  const char *end = text + length;
  unsigned column = 0;
  unsigned rows = 0;
  if (columns == 0)
    return 0;
  for (const char *p = text; p < end;)
    {
      gunichar character = g_utf8_get_char_validated (p, end - p);
      gboolean valid = character < (gunichar) -2;
      unsigned width = 1;
      if (valid && g_unichar_iszerowidth (character))
        width = 0;
      else if (valid && g_unichar_iswide (character))
        width = 2;
      if (column + width > columns)
        {
          rows++;
          column = 0;
        }
      column += width;
      p = valid ? g_utf8_next_char (p) : p + 1;
    }
  /* The cursor of a line that fills its row stands on the next. */
  return column == columns ? rows + 1 : rows;
}
