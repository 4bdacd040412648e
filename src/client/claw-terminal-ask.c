/* claw-terminal-ask.c: see claw-terminal-ask.h. */
#include "claw-terminal-ask.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define TERMINAL_PATH "/dev/tty"

typedef struct
{
  int fd;
  char *buffer;
  size_t size;
  size_t used;
  gboolean line_end;
  gboolean closed;
  gboolean too_long;
} Answer;

static int
open_terminal (void)
{
  return open (TERMINAL_PATH, O_RDWR | O_CLOEXEC | O_NOCTTY);
}

gboolean
claw_terminal_can_ask (void)
{
  int fd = open_terminal ();
  if (fd < 0)
    return FALSE;
  close (fd);
  return TRUE;
}

/* One byte at a time, straight into the caller's memory: a line is short, and nothing of it is left
 * elsewhere. */
static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  Answer *answer = user_data;
  char byte = 0;
  ssize_t n = read (fd, &byte, 1);
  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n <= 0)
    answer->closed = TRUE;
  else if (byte == '\n')
    answer->line_end = TRUE;
  else if (answer->used + 1 < answer->size)
    answer->buffer[answer->used++] = byte;
  else
    answer->too_long = TRUE;
  byte = 0;
  return answer->closed || answer->line_end ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
write_text (int fd, const char *text)
{
  /* A terminal that takes no text cannot be told so either. */
  if (write (fd, text, strlen (text)) < 0)
    g_debug ("Cannot write to the terminal: %s", g_strerror (errno));
}

static void
wait_for_line (Answer *answer, const gboolean *interrupted)
{
  g_autoptr (GSource) source = g_unix_fd_source_new (answer->fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (source, G_SOURCE_FUNC (on_readable), answer, NULL);
  g_source_attach (source, NULL);
  while (!answer->closed && !answer->line_end && !*interrupted)
    g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
}

static void
ask_on (Answer *answer, const char *question, ClawTerminalAskMode mode, const gboolean *interrupted)
{
  struct termios before = { 0 };
  gboolean hide = mode == CLAW_TERMINAL_ASK_SECRET && tcgetattr (answer->fd, &before) == 0;
  if (hide)
    {
      struct termios hidden = before;
      hidden.c_lflag &= ~(tcflag_t) ECHO;
      tcsetattr (answer->fd, TCSAFLUSH, &hidden);
    }
  write_text (answer->fd, question);
  wait_for_line (answer, interrupted);
  if (hide)
    tcsetattr (answer->fd, TCSAFLUSH, &before);
  if (hide || !answer->line_end)
    write_text (answer->fd, "\n");
}

gboolean
claw_terminal_ask (const char *question,
                   ClawTerminalAskMode mode,
                   char *buffer,
                   size_t size,
                   const gboolean *interrupted,
                   GError **error)
{
  Answer answer = { .fd = open_terminal (), .buffer = buffer, .size = size };
  if (answer.fd < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("There is no terminal to ask on (%s)"), g_strerror (errno));
      return FALSE;
    }
  ask_on (&answer, question, mode, interrupted);
  close (answer.fd);
  buffer[answer.used] = '\0';
  if (!answer.line_end)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The question was not answered"));
      return FALSE;
    }
  if (answer.too_long)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                   _ ("The answer is longer than %zu bytes"), size - 1);
      return FALSE;
    }
  return TRUE;
}
