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
/* A line of JSON, with the characters that could command a terminal in JSON's own escapes. Returns:
 * (transfer full) */
char *claw_control_print_json (const char *line);
/* Several lines, each with its newline. @result: of the command of that name. Returns: (transfer
 * full) */
char *claw_control_print_status (JsonObject *result);
char *claw_control_print_members (JsonObject *result);
char *claw_control_print_sessions (JsonObject *result);
char *claw_control_print_rotate (JsonObject *result);
char *claw_control_print_compromised (JsonObject *result);
/* Of any event but "message": a line without its newline. Returns: (transfer full) */
char *claw_control_print_event (JsonObject *event);
/* A line of tail, without its newline: date and time and what happened. Returns: (transfer full) */
char *claw_control_print_tail (JsonObject *event);

/* How the operator's chat looks. */
typedef struct
{
  gboolean has_times;
  gboolean has_colours;
} ClawControlPrintStyle;
/* @is_terminal: FALSE for plain NAME: TEXT. Colours are there unless NO_COLOR or TERM say
 * otherwise. */
void claw_control_print_style_init (ClawControlPrintStyle *style, gboolean is_terminal);
/* A message's event. Returns: (transfer full): without a newline. */
char *claw_control_print_chat (const ClawControlPrintStyle *style, JsonObject *event);
/* @text: escaped already. Returns: (transfer full): without a newline. */
char *
claw_control_print_notice (const ClawControlPrintStyle *style, gint64 time_us, const char *text);
