/* claw-terminal-input.c: see claw-terminal-input.h. */
#include "claw-terminal-input.h"

#include "claw-source.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <editline/readline.h>

#define CHUNK_SIZE 16384
#define PROMPT "> "

struct ClawTerminalInput
{
  ClawTerminalInputLine line;
  ClawTerminalInputEnd end;
  gpointer user_data;
  gboolean interactive;
  gboolean paused;
  gboolean
      ended; /* there is nothing more to read; end () was called, or will be after the last line */
  gboolean stopped;       /* neither lines nor end () are wanted any more */
  GSource *source;        /* (nullable): reads stdin */
  ClawLineReader *reader; /* of a pipe */
  gboolean prompting;     /* the prompt is on the screen */
  GSource *resized;       /* (nullable): SIGWINCH */
  GSource *continued;     /* (nullable): SIGCONT, through @signal_fd, since GLib does not take it */
  int signal_fd;          /* -1: none */
  GStrv (*names) (gpointer user_data); /* (nullable) */
  gpointer names_data;
  GStrv candidates; /* (nullable): of the completion that is going on */
  unsigned candidate;
};

/* libedit's callbacks have no user data. */
static ClawTerminalInput *current;

static gboolean on_readable (int fd, GIOCondition condition, gpointer user_data);

static void
stop_reading (ClawTerminalInput *input)
{
  claw_source_clear (&input->source);
}

static void
start_reading (ClawTerminalInput *input)
{
  if (input->source || input->ended)
    return;
  input->source = g_unix_fd_source_new (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL);
  g_source_set_callback (input->source, G_SOURCE_FUNC (on_readable), input, NULL);
  g_source_attach (input->source, NULL);
}

/* A pipe or a file. */

static void
drain_lines (ClawTerminalInput *input)
{
  while (!input->paused && !input->stopped)
    {
      g_autofree char *line = NULL;
      size_t length = 0;
      ClawLineResult result = claw_line_reader_next (input->reader, &line, &length);
      if (result == CLAW_LINE_NONE)
        break;
      input->line (result, line, length, input->user_data);
    }
  if (input->paused || input->stopped)
    stop_reading (input);
  else if (input->ended)
    input->end (input->user_data);
  else
    start_reading (input);
}

static void
read_pipe (ClawTerminalInput *input)
{
  char chunk[CHUNK_SIZE];
  ssize_t n = read (STDIN_FILENO, chunk, sizeof chunk);
  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (n > 0)
    claw_line_reader_push (input->reader, chunk, (size_t) n);
  else
    {
      claw_line_reader_end (input->reader);
      input->ended = TRUE;
      stop_reading (input);
    }
  drain_lines (input);
}

/* A terminal. */

static void on_edited_line (char *line);

static void
show_prompt (ClawTerminalInput *input)
{
  rl_callback_handler_install (PROMPT, on_edited_line);
  input->prompting = TRUE;
}

static void
on_edited_line (char *text)
{
  ClawTerminalInput *input = current;
  input->prompting = FALSE;
  if (!text)
    {
      input->ended = TRUE;
      rl_callback_handler_remove ();
      stop_reading (input);
      fputc ('\n', stderr);
      input->end (input->user_data);
      return;
    }
  if (*text)
    add_history (text);
  input->line (CLAW_LINE_READY, text, strlen (text), input->user_data);
  free (text);
  if (!input->stopped)
    show_prompt (input);
}

static gboolean
on_resized (gpointer user_data)
{
  rl_resize_terminal ();
  return G_SOURCE_CONTINUE;
}

/* The shell has set the terminal to its own liking meanwhile; libedit believes it is as it left it.
 */
static gboolean
on_continued (int fd, GIOCondition condition, gpointer user_data)
{
  ClawTerminalInput *input = user_data;
  struct signalfd_siginfo info;
  if (read (fd, &info, sizeof info) != sizeof info || !input->prompting)
    return G_SOURCE_CONTINUE;
  rl_deprep_terminal ();
  rl_prep_terminal (1);
  rl_forced_update_display ();
  return G_SOURCE_CONTINUE;
}

static void
get_signals (sigset_t *signals)
{
  sigemptyset (signals);
  sigaddset (signals, SIGCONT);
}

void
claw_terminal_input_prepare (void)
{
  sigset_t signals;
  get_signals (&signals);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
}

static void
watch_terminal (ClawTerminalInput *input)
{
  input->resized = g_unix_signal_source_new (SIGWINCH);
  g_source_set_callback (input->resized, on_resized, input, NULL);
  g_source_attach (input->resized, NULL);

  sigset_t signals;
  get_signals (&signals);
  input->signal_fd = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (input->signal_fd < 0)
    return;
  input->continued = g_unix_fd_source_new (input->signal_fd, G_IO_IN);
  g_source_set_callback (input->continued, G_SOURCE_FUNC (on_continued), input, NULL);
  g_source_attach (input->continued, NULL);
}

static void
unwatch_terminal (ClawTerminalInput *input)
{
  claw_source_clear (&input->resized);
  claw_source_clear (&input->continued);
  if (input->signal_fd >= 0)
    close (input->signal_fd);
  input->signal_fd = -1;
}

/* Tab. */

/* The words that libedit asks for one by one; it frees them. */
static char *
next_candidate (const char *word, int state)
{
  ClawTerminalInput *input = current;
  if (state == 0)
    {
      g_clear_pointer (&input->candidates, g_strfreev);
      input->candidates = input->names ? input->names (input->names_data) : NULL;
      input->candidate = 0;
    }
  while (input->candidates && input->candidates[input->candidate])
    {
      const char *name = input->candidates[input->candidate++];
      g_autofree char *safe = claw_terminal_escape_name (name);
      if (claw_terminal_completes (word, name) && strcmp (safe, name) == 0)
        return strdup (name);
    }
  return NULL;
}

static char **
complete (const char *word, int start, int end)
{
  /* Never a file's name. */
  rl_attempted_completion_over = 1;
  return rl_completion_matches (word, next_candidate);
}

static void
start_editing (ClawTerminalInput *input)
{
  rl_instream = stdin;
  rl_outstream = stderr;
  rl_readline_name = (char *) "clawchat";
  rl_attempted_completion_function = complete;
  using_history ();
  stifle_history (CLAW_TERMINAL_INPUT_HISTORY_MAX);
  show_prompt (input);
  watch_terminal (input);
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  ClawTerminalInput *input = user_data;
  if (!input->interactive)
    read_pipe (input);
  else if (condition & G_IO_IN)
    rl_callback_read_char ();
  else
    on_edited_line (NULL); /* the terminal is gone */
  return G_SOURCE_CONTINUE;
}

ClawTerminalInput *
claw_terminal_input_new (ClawTerminalInputLine line, ClawTerminalInputEnd end, gpointer user_data)
{
  g_return_val_if_fail (current == NULL, NULL);
  ClawTerminalInput *input = g_new0 (ClawTerminalInput, 1);
  input->line = line;
  input->end = end;
  input->user_data = user_data;
  input->signal_fd = -1;
  input->reader = claw_line_reader_new ();
  input->interactive = isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
  current = input;
  start_reading (input);
  if (input->interactive)
    start_editing (input);
  return input;
}

void
claw_terminal_input_stop (ClawTerminalInput *input)
{
  if (input->stopped)
    return;
  claw_terminal_input_hide (input);
  input->prompting = FALSE;
  input->stopped = TRUE;
  stop_reading (input);
  unwatch_terminal (input);
  if (input->interactive && !input->ended)
    rl_callback_handler_remove ();
}

void
claw_terminal_input_free (ClawTerminalInput *input)
{
  if (!input)
    return;
  claw_terminal_input_stop (input);
  if (input->interactive)
    clear_history ();
  claw_line_reader_free (input->reader);
  g_strfreev (input->candidates);
  current = NULL;
  g_free (input);
}

void
claw_terminal_input_set_paused (ClawTerminalInput *input, gboolean paused)
{
  if (input->interactive || input->stopped || input->paused == paused)
    return;
  input->paused = paused;
  /* Lines that were read already wait; the drain looks before each. */
  if (!paused)
    drain_lines (input);
}

void
claw_terminal_input_hide (ClawTerminalInput *input)
{
  if (!input->prompting)
    return;
  int rows = 0;
  int columns = 0;
  rl_get_screen_size (&rows, &columns);
  g_autofree char *shown = g_strdup_printf ("%s%.*s", PROMPT, rl_point,
                                            rl_line_buffer ? rl_line_buffer : "");
  unsigned up = claw_terminal_count_rows (shown, strlen (shown), (unsigned) MAX (columns, 0));
  if (up > 0)
    fprintf (stderr, "\033[%uA", up);
  /* To the first column, and everything below is cleared. */
  fputs ("\r\033[J", stderr);
  fflush (stderr);
}

void
claw_terminal_input_show (ClawTerminalInput *input)
{
  if (input->prompting)
    rl_forced_update_display ();
}

void
claw_terminal_input_set_completer (ClawTerminalInput *input,
                                   GStrv (*names) (gpointer user_data),
                                   gpointer user_data)
{
  input->names = names;
  input->names_data = user_data;
}

gboolean
claw_terminal_input_is_interactive (ClawTerminalInput *input)
{
  return input->interactive;
}
