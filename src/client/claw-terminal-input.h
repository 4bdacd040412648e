/* claw-terminal-input.h: the terminal client's standard input as a source of lines.
 *
 * With stdin and stderr on a terminal, lines are edited with libedit, with a history that is kept
 * in memory only: what people say here stays on no disk. Otherwise lines come from a pipe or a
 * file, only as fast as they are taken. Prompt and editing go to stderr, so that stdout holds
 * messages alone.
 */
#pragma once

#include "claw-terminal-line.h"

#define CLAW_TERMINAL_INPUT_HISTORY_MAX 500

typedef struct ClawTerminalInput ClawTerminalInput;

/* @line: (nullable): set for CLAW_LINE_READY, else @length tells of what was dropped. */
typedef void (*ClawTerminalInputLine) (ClawLineResult result,
                                       const char *line,
                                       size_t length,
                                       gpointer user_data);
typedef void (*ClawTerminalInputEnd) (gpointer user_data);

/* To be called while there is no other thread, which begins with the signals of this one: it would
 * take those that are looked for here. */
void claw_terminal_input_prepare (void);
/* Begins to read. There can be one at a time, since libedit knows one terminal. */
ClawTerminalInput *
claw_terminal_input_new (ClawTerminalInputLine line, ClawTerminalInputEnd end, gpointer user_data);
/* Not from within the callbacks. */
void claw_terminal_input_free (ClawTerminalInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawTerminalInput, claw_terminal_input_free)
/* No more lines and no end; also from within the callbacks. Gives the terminal back as it was. */
void claw_terminal_input_stop (ClawTerminalInput *input);
/* No lines while paused, for a pipe; on a terminal it has no effect. */
void claw_terminal_input_set_paused (ClawTerminalInput *input, gboolean paused);
/* Around output: takes the prompt off the screen and draws it again. */
void claw_terminal_input_hide (ClawTerminalInput *input);
void claw_terminal_input_show (ClawTerminalInput *input);
/* @names: (transfer full): what Tab may make of the word that is being typed; asked each time.
 * Those that a terminal could take for a command are left out. */
void claw_terminal_input_set_completer (ClawTerminalInput *input,
                                        GStrv (*names) (gpointer user_data),
                                        gpointer user_data);
gboolean claw_terminal_input_is_interactive (ClawTerminalInput *input);
