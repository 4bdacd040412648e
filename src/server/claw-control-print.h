/* claw-control-print.h: what the server's commands show to people, from the replies of the control
 * socket. */
#pragma once

#include <json-glib/json-glib.h>

/* "NAME: TEXT". Control characters are escaped, and further lines of a text begin with a tab, so
 * that no text can pass for a line of somebody else or command the terminal. Returns: (transfer
 * full): without a newline. */
char *claw_control_print_message (const char *name, const char *text);
/* The same escaping for a single line, such as a name. Returns: (transfer full) */
char *claw_control_print_line (const char *text);
/* Several lines, each with its newline. @result: of the command of that name. Returns: (transfer
 * full) */
char *claw_control_print_status (JsonObject *result);
char *claw_control_print_members (JsonObject *result);
char *claw_control_print_sessions (JsonObject *result);
char *claw_control_print_rotate (JsonObject *result);
char *claw_control_print_compromised (JsonObject *result);
/* Of the events "compromised" and "file". */
char *claw_control_print_event (JsonObject *event);
