/* claw-control-chat.h: attach: the operator's chat, on a terminal or through a pipe.
 *
 * On a terminal lines are edited, names are completed with Tab, messages have their time and names
 * their colour, and a server that restarts is waited for. In a pipe messages are NAME: TEXT on
 * standard output and each line of input is sent; it ends when the input does, and the server has
 * taken everything, or with the server.
 */
#pragma once

#include <glib.h>

/* @sockets: tried in this order, NULL-terminated. Returns: a sysexits code. */
int claw_control_chat_run (const char *const *sockets);
