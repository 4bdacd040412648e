/* claw-host-port.h: a host that the user named, with a port or without. */
#pragma once

#include <glib.h>

/* Whether @text is "host" or "host:port": the host a numeric address or a name of the letters that
 * names are made of, the port from 1 to 65535. Nothing is looked up. @length: in bytes; a text with
 * a NUL among them is none. */
gboolean claw_host_port_is_valid (const char *text, size_t length);
