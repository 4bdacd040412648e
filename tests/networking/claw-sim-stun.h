/* claw-sim-stun.h: STUN servers behind a NAT, in memory only, for tests of what asks them.
 *
 * One server as RFC 5780 wants it (or as it should not be), any number of plain ones, and between
 * them and the sockets a NAT as described. A datagram takes 20 ms each way.
 */
#pragma once

#include "claw-nat-verdict.h"

#define CLAW_SIM_STUN_SOCKETS_MAX 20
#define CLAW_SIM_STUN_DATAGRAM_MAX 512

typedef enum
{
  CLAW_SIM_STUN_CHANGES,        /* answers from where it is asked to */
  CLAW_SIM_STUN_REFUSES_CHANGE, /* with error 420 */
  CLAW_SIM_STUN_IGNORES_CHANGE, /* answers from where it was asked */
} ClawSimStunChange;

typedef struct
{
  /* The NAT */
  gboolean is_blocked;      /* nothing passes */
  gboolean is_untranslated; /* only the filter is there */
  gboolean hairpins;
  ClawNatBehaviour mapping;
  ClawNatBehaviour filtering;
  gint64 lifetime_us; /* of a mapping; 0: for ever */
  unsigned loss_percent;
  /* The server */
  gboolean is_ipv6;
  gboolean has_two_addresses;
  gboolean has_two_ports;
  gboolean other_is_dead; /* the other address is told, but does nothing */
  gboolean has_response_port;
  ClawSimStunChange change;
  const char *other; /* (nullable): what it tells as its other address, instead */
} ClawSimStunConfig;

typedef struct ClawSimStun ClawSimStun;

ClawSimStun *claw_sim_stun_new (const ClawSimStunConfig *config);
void claw_sim_stun_free (ClawSimStun *sim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawSimStun, claw_sim_stun_free)
/* A socket sends. */
void claw_sim_stun_send (ClawSimStun *sim,
                         gint64 now_us,
                         unsigned socket,
                         const ClawAddress *to,
                         const uint8_t *data,
                         size_t length);
/* Gives the next datagram that arrives at a socket at or before @now_us. */
gboolean claw_sim_stun_receive (ClawSimStun *sim,
                                gint64 now_us,
                                unsigned *socket,
                                ClawAddress *from,
                                uint8_t data[CLAW_SIM_STUN_DATAGRAM_MAX],
                                size_t *length);
/* Returns: when there is something to receive, G_MAXINT64 for never. */
gint64 claw_sim_stun_get_next_us (const ClawSimStun *sim);
/* The server's address @address (0 or 1) and port @port (0 or 1). */
void claw_sim_stun_get_server (const ClawSimStun *sim,
                               unsigned address,
                               unsigned port,
                               ClawAddress *server);
/* Another server, with one address and one port. */
void claw_sim_stun_get_plain (const ClawSimStun *sim, unsigned number, ClawAddress *server);
/* The address that @socket has on its own machine. */
void claw_sim_stun_get_local (const ClawSimStun *sim, unsigned socket, ClawAddress *local);
/* Datagrams that were sent to where no server is. */
unsigned claw_sim_stun_get_n_strays (const ClawSimStun *sim);
