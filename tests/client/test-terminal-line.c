/* test-terminal-line.c: lines in, lines out, commands. */
#include "claw-terminal-line.h"

#include <string.h>

static void
assert_ready (ClawLineReader *reader, const char *expected)
{
  g_autofree char *line = NULL;
  size_t length = 0;
  g_assert_cmpint (claw_line_reader_next (reader, &line, &length), ==, CLAW_LINE_READY);
  g_assert_cmpstr (line, ==, expected);
  g_assert_cmpuint (length, ==, strlen (expected));
}

static void
assert_result (ClawLineReader *reader, ClawLineResult result, size_t expected_length)
{
  g_autofree char *line = NULL;
  size_t length = 0;
  g_assert_cmpint (claw_line_reader_next (reader, &line, &length), ==, (int) result);
  g_assert_null (line);
  g_assert_cmpuint (length, ==, expected_length);
}

static void
push (ClawLineReader *reader, const char *text)
{
  claw_line_reader_push (reader, text, strlen (text));
}

/* Lines come whole, however the input was cut; a carriage return before the newline belongs to the
 * ending. */
static void
test_reader_cuts (void)
{
  g_autoptr (ClawLineReader) reader = claw_line_reader_new ();
  push (reader, "one\ntw");
  assert_ready (reader, "one");
  assert_result (reader, CLAW_LINE_NONE, 0);
  push (reader, "o\r\n\n");
  assert_ready (reader, "two");
  assert_ready (reader, "");
  assert_result (reader, CLAW_LINE_NONE, 0);
  push (reader, "last");
  assert_result (reader, CLAW_LINE_NONE, 0);
  claw_line_reader_end (reader);
  assert_ready (reader, "last");
  assert_result (reader, CLAW_LINE_NONE, 0);
}

/* Input that ends with a newline, or is empty, has no further line. */
static void
test_reader_end (void)
{
  g_autoptr (ClawLineReader) reader = claw_line_reader_new ();
  claw_line_reader_end (reader);
  claw_line_reader_end (reader);
  assert_result (reader, CLAW_LINE_NONE, 0);
}

static void
push_many (ClawLineReader *reader, size_t length)
{
  g_autofree char *text = g_strnfill (length, 'x');
  claw_line_reader_push (reader, text, length);
}

/* The longest line comes, one byte more is dropped and counted, and the line after it comes again.
 */
static void
test_reader_limit (void)
{
  g_autoptr (ClawLineReader) reader = claw_line_reader_new ();
  g_autofree char *longest = g_strnfill (CLAW_LINE_READER_LINE_MAX, 'x');
  push_many (reader, CLAW_LINE_READER_LINE_MAX);
  assert_result (reader, CLAW_LINE_NONE, 0);
  push (reader, "\n");
  assert_ready (reader, longest);
  push_many (reader, CLAW_LINE_READER_LINE_MAX + 1);
  push (reader, "\nnext\n");
  assert_result (reader, CLAW_LINE_TOO_LONG, CLAW_LINE_READER_LINE_MAX + 1);
  assert_ready (reader, "next");
}

/* A line without end is counted, not kept. */
static void
test_reader_endless (void)
{
  g_autoptr (ClawLineReader) reader = claw_line_reader_new ();
  for (unsigned i = 0; i < 1000; i++)
    {
      push_many (reader, 100000);
      assert_result (reader, CLAW_LINE_NONE, 0);
    }
  claw_line_reader_end (reader);
  assert_result (reader, CLAW_LINE_TOO_LONG, 100000000);
}

/* A NUL byte would cut the text short unseen. */
static void
test_reader_nul (void)
{
  g_autoptr (ClawLineReader) reader = claw_line_reader_new ();
  claw_line_reader_push (reader, "a\0b\nc\n", 6);
  assert_result (reader, CLAW_LINE_NUL, 3);
  assert_ready (reader, "c");
}

/* Nothing of a text acts on the terminal, and no second line can look like another member's. */
static void
test_escape_text (void)
{
  static const struct
  {
    const char *text;
    const char *shown;
  } cases[] = {
    { "Grüße, 你好 👩‍👩‍👧", "Grüße, 你好 👩‍👩‍👧" },
    { "a\tb \\ c", "a\tb \\ c" },
    { "hi\nanna: I resign", "hi\n\tanna: I resign" },
    { "hi\r\nanna: x", "hi\\x0d\n\tanna: x" },
    { "\033[2J\a\b\177", "\\x1b[2J\\x07\\x08\\x7f" },
    { "\xc2\x9b"
      "2J\xc2\x85",
      "\\u{009b}2J\\u{0085}" },
    { "\xe2\x80\xae"
      "abc\xe2\x81\xa6\xe2\x80\xa8",
      "\\u{202e}abc\\u{2066}\\u{2028}" },
    { "", "" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = claw_terminal_escape_text (cases[i].text);
      g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

/* A name can neither end early nor hold a line. */
static void
test_escape_name (void)
{
  g_autofree char *shown = claw_terminal_escape_name ("anna: hi\n\tJörg\033");
  g_assert_cmpstr (shown, ==, "anna\\x3a hi\\x0a\\x09Jörg\\x1b");
}

/* A message is NAME: TEXT; an answer has the quoted words ahead, and its text in the next line. */
static void
test_format_message (void)
{
  static const uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 1 };
  ClawMessageReply reply = { .sender = "b:en", .excerpt = "who\033?" };
  g_autoptr (ClawMessage) plain = claw_message_new_full (id, "anna", 1, "a\nb", -1, NULL);
  g_autoptr (ClawMessage) answer = claw_message_new_with_reply (id, "anna", 1, &reply, "I", -1,
                                                                NULL);
  g_autofree char *plain_text = claw_terminal_format_message (plain);
  g_autofree char *answer_text = claw_terminal_format_message (answer);
  g_assert_cmpstr (plain_text, ==, "anna: a\n\tb");
  g_assert_cmpstr (answer_text, ==, "anna: > b\\x3aen: who?\n\tI");
}

/* Commands, messages, and the escaped slash. */
static void
test_parse (void)
{
  static const struct
  {
    const char *line;
    ClawTerminalCommand command;
    const char *text;
  } cases[] = {
    { "", CLAW_TERMINAL_NOTHING, NULL },
    { "hello", CLAW_TERMINAL_MESSAGE, "hello" },
    { " /quit", CLAW_TERMINAL_MESSAGE, " /quit" },
    { "//quit", CLAW_TERMINAL_MESSAGE, "/quit" },
    { "//", CLAW_TERMINAL_MESSAGE, "/" },
    { "/help", CLAW_TERMINAL_HELP, NULL },
    { "/status", CLAW_TERMINAL_STATUS, NULL },
    { "/safety", CLAW_TERMINAL_SAFETY, NULL },
    { "/members  ", CLAW_TERMINAL_MEMBERS, NULL },
    { "/quit", CLAW_TERMINAL_QUIT, NULL },
    { "/", CLAW_TERMINAL_UNKNOWN, NULL },
    { "/quit now", CLAW_TERMINAL_UNKNOWN, NULL },
    { "/QUIT", CLAW_TERMINAL_UNKNOWN, NULL },
    { "/usr/bin", CLAW_TERMINAL_UNKNOWN, NULL },
    { "/compromised", CLAW_TERMINAL_COMPROMISED, "" },
    { "/compromised YES", CLAW_TERMINAL_COMPROMISED, "YES" },
    { "/compromised  YES", CLAW_TERMINAL_COMPROMISED, " YES" },
    { "/compromised yes ", CLAW_TERMINAL_COMPROMISED, "yes " },
    { "/compromisedYES", CLAW_TERMINAL_UNKNOWN, NULL },
    { "/Compromised YES", CLAW_TERMINAL_UNKNOWN, NULL },
    { "//compromised YES", CLAW_TERMINAL_MESSAGE, "/compromised YES" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *text = NULL;
      g_assert_cmpint (claw_terminal_parse (cases[i].line, &text), ==, (int) cases[i].command);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* Tab makes a name of its beginning, in any case and script, and of nothing else. */
static void
test_completes (void)
{
  g_assert_true (claw_terminal_completes ("an", "Anna"));
  g_assert_true (claw_terminal_completes ("", "Anna"));
  g_assert_true (claw_terminal_completes ("ÄN", "änne"));
  g_assert_true (claw_terminal_completes ("anna", "anna"));
  g_assert_false (claw_terminal_completes ("anna-", "anna"));
  g_assert_false (claw_terminal_completes ("na", "anna"));
  g_assert_false (claw_terminal_completes ("\xc3", "\xc3\xa4nne"));
}

/* Wide characters take two columns and do not fit into the last one; a full row puts the cursor on
 * the next. */
static void
test_rows (void)
{
  static const struct
  {
    const char *text;
    unsigned columns;
    unsigned rows;
  } cases[] = {
    { "", 10, 0 },        { "123456789", 10, 0 }, { "1234567890", 10, 1 }, { "12345678901", 10, 1 },
    { "你好你好", 9, 0 }, { "你好你好你", 9, 1 }, { "e\xcc\x81", 2, 0 },   { "\xff\xff", 10, 0 },
    { "anything", 0, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (
        claw_terminal_count_rows (cases[i].text, strlen (cases[i].text), cases[i].columns), ==,
        cases[i].rows);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/terminal-line/reader/any-cut", test_reader_cuts);
  g_test_add_func ("/terminal-line/reader/end-without-line", test_reader_end);
  g_test_add_func ("/terminal-line/reader/limit", test_reader_limit);
  g_test_add_func ("/terminal-line/reader/endless-line", test_reader_endless);
  g_test_add_func ("/terminal-line/reader/nul-byte", test_reader_nul);
  g_test_add_func ("/terminal-line/text/cannot-act", test_escape_text);
  g_test_add_func ("/terminal-line/name/cannot-act", test_escape_name);
  g_test_add_func ("/terminal-line/message/answer", test_format_message);
  g_test_add_func ("/terminal-line/parse/commands", test_parse);
  g_test_add_func ("/terminal-line/completes/beginnings", test_completes);
  g_test_add_func ("/terminal-line/rows/widths", test_rows);
  return g_test_run ();
}
