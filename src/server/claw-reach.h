/* claw-reach.h: how a server can be reached, judged from what is known: its machine's addresses,
 * what the operator said, what the router granted, and what a STUN server saw.
 *
 * No I/O here: claw-server-reach.c collects the facts. What comes out are the addresses of a .sec
 * file, in the order in which a client should prefer them, and one word for the operator.
 */
#pragma once

#include "claw-sec-file.h"

typedef enum
{
  CLAW_REACH_LOCAL,      /* programs on this machine only */
  CLAW_REACH_OFFLINE,    /* this machine has no address that others could know */
  CLAW_REACH_LAN,        /* the local network only, and no NAT that could change that */
  CLAW_REACH_PUBLIC,     /* a public address on this machine */
  CLAW_REACH_MAPPED,     /* behind a NAT; the router passes a port on */
  CLAW_REACH_CONFIGURED, /* at an address that the operator named, and has to take care of */
  CLAW_REACH_DOUBLE_NAT, /* the router passes a port on, but is behind a NAT itself */
  CLAW_REACH_ASKING,     /* behind a NAT; the router has not answered yet */
  CLAW_REACH_NAT,        /* behind a NAT that lets nobody in whom the server did not write to */
} ClawReachKind;

typedef struct
{
  ClawAddress listening;
  ClawAddress configured; /* server.public_ip with a port; CLAW_ADDRESS_NONE: not given */
  ClawAddress own[CLAW_SEC_FILE_CANDIDATES_MAX]; /* of this machine, as claw-interfaces.h sorts */
  unsigned n_own;
  ClawAddress mapped; /* where the router listens; CLAW_ADDRESS_NONE: nowhere */
  ClawAddress seen;   /* by a STUN server; CLAW_ADDRESS_NONE: not known */
  gboolean is_asking; /* the router */
} ClawReach;

/* Takes the machine's addresses in that a socket bound to @listening can be reached at. */
void claw_reach_set_own (ClawReach *reach, const ClawAddress *addresses, unsigned n);
/* Whether a router could have something to pass on: the socket takes IPv4, this machine has a
 * private IPv4 address, and no public one. */
gboolean claw_reach_is_behind_nat (const ClawReach *reach);
/* Whether anybody can knock by IPv6 at an address of this machine, firewalls aside. */
gboolean claw_reach_has_public_ipv6 (const ClawReach *reach);
ClawReachKind claw_reach_judge (const ClawReach *reach);
/* The word for a kind, as the control socket has it ("public", "nat", …). */
const char *claw_reach_kind_to_string (ClawReachKind kind);
/* The reverse of it. Returns: FALSE when it is none. */
gboolean claw_reach_kind_from_string (const char *text, ClawReachKind *kind);
/* Fills in server, candidates and n_candidates: first what the operator said, a public IPv4 address
 * of this machine, what the router passes on, what a STUN server saw, public IPv6, then the local
 * network; none twice. Returns: FALSE when it is but a guess that reaches no further than this
 * machine. */
gboolean claw_reach_fill (const ClawReach *reach, ClawSecFile *file);

/* What the operator reads about it, in the server's log and in the window that hosts it. */
typedef struct
{
  ClawReachKind kind;
  gboolean is_hosted;   /* by a window, which has neither options nor a configuration for it */
  unsigned port;        /* of this machine */
  unsigned mapped_port; /* of the router */
  const char *mapped;   /* (nullable): address and port of the router */
  const char *seen;     /* (nullable): address and port as a STUN server sees them */
  const char *problem;  /* (nullable): why the router maps nothing */
} ClawReachWords;

/* Returns: (transfer full): what follows “Reachable:”, translated, without a full stop. */
char *claw_reach_describe (const ClawReachWords *words);
