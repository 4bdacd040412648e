/* claw-terminal-nat-check.h: clawchat --nat-check: what kind of NAT this machine is behind, in
 * words on a terminal.
 */
#pragma once

#include <glib.h>

typedef struct
{
  const char *const *servers; /* "host" or "host:port" each; may be empty */
  gboolean is_allowed;        /* networking.nat_detection; when FALSE nothing is sent */
  gboolean with_lifetime;     /* measure for how long the NAT remembers, too: minutes */
} ClawTerminalNatCheckOptions;

/* Results go to stdout, everything else to stderr. Returns: a sysexits code: EX_OK when something
 * could be said about at least one of IPv4 and IPv6, EX_CONFIG when it is not allowed or there are
 * no servers, EX_NOHOST when no name could be resolved, EX_UNAVAILABLE when nobody answered,
 * EX_TEMPFAIL when a signal came before there was a result. */
int claw_terminal_nat_check (const ClawTerminalNatCheckOptions *options);
