/* claw-control-link.h: the near end of the control socket: a program's connection to the server
 * that runs. */
#pragma once

#include "claw-control.h"

typedef struct
{
  GSocket *socket;
  GByteArray *in;
} ClawControlLink;
void claw_control_link_clear (ClawControlLink *link);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawControlLink, claw_control_link_clear)

/* Connects to the first of @sockets that answers, and hears the server's greeting. @link is zeroed.
 */
gboolean claw_control_link_open (ClawControlLink *link, const char *const *sockets, GError **error);
/* Sends a request; waits until the socket has taken it. */
gboolean claw_control_link_send (ClawControlLink *link, JsonObject *request, GError **error);
/* The same for a line that is JSON already, without its newline. */
gboolean claw_control_link_send_line (ClawControlLink *link, const char *line, GError **error);
/* Takes in what has come, or waits for it. */
gboolean claw_control_link_receive (ClawControlLink *link, GError **error);
/* Returns: (transfer full) (nullable): the next whole line that has come. */
char *claw_control_link_take_line (ClawControlLink *link);
/* Waits for the next line. Returns: (transfer full) (nullable) */
JsonObject *claw_control_link_wait (ClawControlLink *link, GError **error);
/* Sends a request and waits for its reply, which must be the next line. Returns: (transfer full)
 * (nullable): the result. */
JsonObject *claw_control_link_ask (ClawControlLink *link, JsonObject *request, GError **error);

/* Takes a whole line off @buffer. Returns: (transfer full) (nullable): NULL when there is none. */
char *claw_control_take_line (GByteArray *buffer);
/* Returns: (transfer full) (nullable) */
JsonObject *claw_control_parse_object (const char *line, GError **error);
/* The result of a reply, or its error. Returns: (transfer full) (nullable) */
JsonObject *claw_control_read_reply (JsonObject *reply, GError **error);
/* Says what was wrong on stderr. Returns: its sysexits code. */
int claw_control_fail (const GError *error);
