/* claw-terminal-ask.h: a question to the user on the controlling terminal, wherever stdin and
 * stdout go. */
#pragma once

#include <gio/gio.h>

typedef enum
{
  CLAW_TERMINAL_ASK_ECHO,
  CLAW_TERMINAL_ASK_SECRET, /* what is typed is not shown */
} ClawTerminalAskMode;

/* Whether there is somebody to ask. */
gboolean claw_terminal_can_ask (void);
/* Writes @question and reads a line into @buffer (which may be locked memory; no copy is made
 * elsewhere), without its newline. The main context runs meanwhile. Returns: FALSE with
 * G_IO_ERROR_NOT_FOUND when there is no terminal, G_IO_ERROR_CANCELLED when @interrupted became
 * TRUE or the terminal was closed, G_IO_ERROR_NO_SPACE for too long a line. */
gboolean claw_terminal_ask (const char *question,
                            ClawTerminalAskMode mode,
                            char *buffer,
                            size_t size,
                            const gboolean *interrupted,
                            GError **error);
