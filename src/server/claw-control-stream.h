/* claw-control-stream.h: commands that go on until the server or the program beside them ends:
 * tail, and attach for programs. */
#pragma once

#include "claw-control-link.h"

/* Prints events until the server goes. @json: as they come, one a line. Returns: a sysexits code.
 */
int claw_control_stream_tail (ClawControlLink *link, gboolean json);
/* Takes requests from standard input, and prints replies and events, both JSON, one a line, until
 * the end of input, when the server has answered everything. Returns: a sysexits code. */
int claw_control_stream_attach (ClawControlLink *link);
