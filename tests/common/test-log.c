/* test-log.c: what reaches stderr, seen from outside of a child process. */
#include "claw-log.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Runs the test @path as a child whose stderr is not the journal's. */
static void
run_child (const char *path)
{
  g_unsetenv ("JOURNAL_STREAM");
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_trap_subprocess (path, 0, 0);
}

/* Levels have names that are read back. */
static void
test_level_names (void)
{
  static const ClawLogLevel levels[] = { CLAW_LOG_LEVEL_ERROR, CLAW_LOG_LEVEL_WARNING,
                                         CLAW_LOG_LEVEL_INFO, CLAW_LOG_LEVEL_DEBUG };
  ClawLogLevel level = CLAW_LOG_LEVEL_ERROR;

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      g_assert_true (claw_log_level_parse (claw_log_level_to_string (levels[i]), &level));
      g_assert_cmpint (level, ==, levels[i]);
    }
  g_assert_false (claw_log_level_parse ("Info", &level));
  g_assert_false (claw_log_level_parse ("", &level));
}

/* Whatever could begin a line, steer a terminal or reverse text is written out. */
static void
test_escape (void)
{
  static const struct
  {
    const char *text;
    gssize length;
    const char *escaped;
  } table[] = {
    { "plain text, grüße, 猫, 😀", -1, "plain text, grüße, 猫, 😀" },
    { "a\nb\rc\td", -1, "a\\nb\\x0dc\\td" },
    { "\033[31mred\177", -1, "\\x1b[31mred\\x7f" },
    { "\xc2\x9b"
      "2J",
      -1, "\\u009b2J" },
    { "bad \xff\xc3", -1, "bad \\xff\\xc3" },
    { "a\0b", 3, "a\\x00b" },
    { "cut é", 5, "cut \\xc3" },
    { "\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6", -1, "\\u2028\\u202e\\u2066" },
    { "", -1, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *escaped = claw_log_escape (table[i].text, table[i].length);
      g_assert_cmpstr (escaped, ==, table[i].escaped);
    }
}

/* A line is "program: level: text", and a text from outside cannot forge a second one. */
static void
test_line (void)
{
  if (g_test_subprocess ())
    {
      claw_log_init ("claw-program");
      g_message ("hello\nclaw-program: error: %s", "forged");
      return;
    }

  run_child (NULL);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("claw-program: info: hello\\nclaw-program: error: forged\n");
}

/* Levels above the one set are not shown. */
static void
test_level_filter (void)
{
  if (g_test_subprocess ())
    {
      claw_log_init (NULL);
      g_debug ("one");
      g_info ("two");
      claw_log_set_level (CLAW_LOG_LEVEL_WARNING);
      g_info ("three");
      g_message ("four");
      claw_log_set_level (CLAW_LOG_LEVEL_DEBUG);
      g_debug ("five");
      return;
    }

  run_child (NULL);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("info: two\ndebug: five\n");
}

/* Libraries' chatter stays out at our level debug, but G_MESSAGES_DEBUG brings it. */
static void
test_other_domains (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("G_MESSAGES_DEBUG", "Noisy", TRUE);
      claw_log_init (NULL);
      claw_log_set_level (CLAW_LOG_LEVEL_DEBUG);
      g_log ("Chatty", G_LOG_LEVEL_DEBUG, "one");
      g_log ("Chatty", G_LOG_LEVEL_MESSAGE, "two");
      g_log ("Noisy", G_LOG_LEVEL_DEBUG, "three");
      return;
    }

  run_child (NULL);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("info: two\ndebug: three\n");
}

/* G_DEBUG=fatal-criticals ends the program, as it does with GLib's own writer. */
static void
test_fatal (void)
{
  if (g_test_subprocess ())
    {
      claw_log_init (NULL);
      g_critical ("broken");
      return;
    }

  run_child (NULL);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("error: broken\n*");
}

/* After the first step of a program there are no core dumps, no SIGPIPE and no files for others. */
static void
test_process (void)
{
  if (g_test_subprocess ())
    {
      struct rlimit limit;
      struct sigaction action;

      claw_process_init ();
      g_assert_no_errno (getrlimit (RLIMIT_CORE, &limit));
      g_assert_cmpuint (limit.rlim_cur, ==, 0);
      g_assert_cmpuint (limit.rlim_max, ==, 0);
      g_assert_no_errno (sigaction (SIGPIPE, NULL, &action));
      g_assert_true (action.sa_handler == SIG_IGN);
      g_assert_cmphex (umask (077), ==, 077);
      return;
    }

  run_child (NULL);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/level/names", test_level_names);
  g_test_add_func ("/log/escape/table", test_escape);
  g_test_add_func ("/log/line/not-forged", test_line);
  g_test_add_func ("/log/level/filter", test_level_filter);
  g_test_add_func ("/log/other-domains/quiet", test_other_domains);
  g_test_add_func ("/log/critical/fatal", test_fatal);
  g_test_add_func ("/log/process/hardened", test_process);
  return g_test_run ();
}
