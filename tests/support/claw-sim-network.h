/* claw-sim-network.h: a network and a clock that exist in memory only.
 *
 * Hosts send datagrams, which arrive later, more than once, in another order, or never, as the link
 * of their sender says. Time jumps from one event to the next. All chance comes from one seed, so
 * that the same calls lead to the same run, event by event.
 *
 * Every host is behind a NAT of its own: the address that others see can change at any time, and
 * what is on its way to the old one gets lost.
 */
#pragma once

#include "claw-route.h"
#include "claw-sim-random.h"

#define CLAW_SIM_NETWORK_DATAGRAM_MAX 1500
#define CLAW_SIM_NETWORK_START_US (1000 * G_USEC_PER_SEC)
#define CLAW_SIM_NETWORK_CAPTURED_MAX 64 /* datagrams kept for replays, the newest */
#define CLAW_SIM_NETWORK_IN_FLIGHT_MAX 20000
#define CLAW_SIM_NETWORK_SOCKETS_MAX 4 /* of a host */

/* A router's queue in front of a line with a rate, first in, first out. Several hosts may share
 * one. */
typedef struct
{
  uint64_t rate;    /* bits a second */
  size_t queue_max; /* bytes that may wait; a datagram that would make more is dropped */
  size_t
      mark_above; /* bytes: with more waiting, datagrams that can be are marked CE; 0 for never */
  /* What came of it */
  uint64_t bytes; /* carried */
  uint64_t n_dropped;
  uint64_t n_marked;
  size_t queued_peak;
  double free_at_us; /* the router's own: when the last datagram will have left */
} ClawSimBottleneck;

/* What happens to the datagrams that a host sends. */
typedef struct
{
  gboolean down;           /* nothing gets through */
  unsigned loss_permille;  /* each for itself */
  unsigned burst_permille; /* chance of a datagram to begin a burst, in which all are lost */
  unsigned burst_length;   /* datagrams, at most */
  unsigned duplicate_permille;
  unsigned reorder_permille; /* held back by up to ten times the delay */
  gint64 delay_us;
  gint64 jitter_us;              /* up to so much more, each for itself, which reorders as well */
  size_t mtu;                    /* larger UDP payloads are dropped; 0 for any */
  gboolean drop_marked;          /* what has an ECN mark is dropped */
  gboolean bleach;               /* ECN marks are washed off */
  ClawSimBottleneck *bottleneck; /* (nullable): the caller's; comes ahead of the delay */
} ClawSimLink;

typedef struct ClawSimNetwork ClawSimNetwork;
typedef void (*ClawSimReceive) (const ClawRoute *from,
                                const uint8_t *data,
                                size_t length,
                                gpointer user_data);
typedef void (*ClawSimCall) (gpointer user_data);

typedef struct
{
  uint64_t sent;
  uint64_t delivered; /* with duplicates */
  uint64_t dropped;
} ClawSimStats;

ClawSimNetwork *claw_sim_network_new (uint64_t seed);
void claw_sim_network_free (ClawSimNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawSimNetwork, claw_sim_network_free)
/* Returns: the new host's number. Its link is perfect, but for a delay of 20 ms. */
unsigned claw_sim_network_add (ClawSimNetwork *network, ClawSimReceive receive, gpointer user_data);

void claw_sim_network_send (ClawSimNetwork *network,
                            unsigned host,
                            const ClawRoute *to,
                            const uint8_t *data,
                            size_t length);
/* Opens @socket of @host, beside its first, at the same IP address and at @port, or closes it with
 * port 0; also moves the first. */
void claw_sim_network_open (ClawSimNetwork *network, unsigned host, unsigned socket, uint16_t port);
/* Gives @host another address, and all of its sockets another port, as a NAT does that forgot them.
 */
void claw_sim_network_rebind (ClawSimNetwork *network, unsigned host);
/* Calls once at @at_us, or as soon as possible when that is over. A host has at most one call: a
 * new one takes the place of the one before; G_MAXINT64 for none. */
void claw_sim_network_call_at (
    ClawSimNetwork *network, unsigned host, gint64 at_us, ClawSimCall call, gpointer user_data);
/* Goes to the next event at or before @until_us. Returns: FALSE when there is none; then it is
 * @until_us. */
gboolean claw_sim_network_step (ClawSimNetwork *network, gint64 until_us);

ClawSimLink *claw_sim_network_get_link (ClawSimNetwork *network, unsigned host);
/* Copies one of the datagrams that arrived at @host of late. Returns: FALSE when there is none. */
gboolean claw_sim_network_get_captured (ClawSimNetwork *network,
                                        unsigned host,
                                        ClawAddress *from,
                                        uint8_t data[CLAW_SIM_NETWORK_DATAGRAM_MAX],
                                        size_t *length);
/* The address of the first socket as others see it. */
const ClawAddress *claw_sim_network_get_address (const ClawSimNetwork *network, unsigned host);
ClawSimRandom *claw_sim_network_get_random (ClawSimNetwork *network);
gint64 claw_sim_network_get_now_us (const ClawSimNetwork *network);
void claw_sim_network_get_stats (const ClawSimNetwork *network, ClawSimStats *stats);
