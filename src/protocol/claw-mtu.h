/* claw-mtu.h: how large a datagram the path carries: packetization layer path MTU discovery, RFC
 * 8899.
 *
 * Sizes are of UDP payload. It begins at 1200 bytes, which nearly every path carries; an
 * acknowledged record of that size confirms it. Larger ones are tried one by one with probes:
 * records of a PING and padding, outside of loss recovery, so that a lost one is neither repeated
 * nor a sign of congestion. When the larger records of several flights are lost one after another
 * while smaller ones pass, the path has become a black hole for them.
 *
 * Who does not fill records needs no larger ones: nothing is ever probed but after a record that
 * was full, so an idle session stays asleep.
 */
#pragma once

#include "claw-frame.h"

#define CLAW_MTU_SIZE_MIN 1000
#define CLAW_MTU_SIZE_BASE CLAW_CONNECTION_DATAGRAM_SIZE
#define CLAW_MTU_SIZE_MAX CLAW_CONNECTION_DATAGRAM_MAX
#define CLAW_MTU_PROBES_MAX 3 /* of one size, RFC 8899 5.1.2 */
#define CLAW_MTU_RAISE_US (G_GINT64_CONSTANT (600) * G_USEC_PER_SEC) /* RFC 8899 section 5.1.1 */
/* After a black hole: the path has just changed, and may do so again. */
#define CLAW_MTU_BLACK_HOLE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define CLAW_MTU_BLACK_HOLE_FLIGHTS 3

/* RFC 8899 section 5.2. */
typedef enum
{
  CLAW_MTU_BASE,            /* 1200 in use; nothing larger is known to pass */
  CLAW_MTU_SEARCHING,       /* trying larger ones */
  CLAW_MTU_SEARCH_COMPLETE, /* the largest that passes is in use */
  CLAW_MTU_ERROR,           /* not even 1200 passes; 1000 in use */
} ClawMtuState;

typedef struct
{
  ClawMtuState state;
  size_t size;           /* in use */
  gboolean is_confirmed; /* BASE: a record of that size was acknowledged */
  size_t target;         /* to be probed; 0 for none */
  unsigned n_probes;     /* sent of that size */
  uint64_t probe_number; /* of the one under way */
  gint64 probe_lost_us;  /* when it counts as lost; G_MAXINT64: none is under way */
  gint64 search_at_us;   /* no search before */
  unsigned lost_flights; /* since a larger record was acknowledged */
  gint64 flight_us;      /* records sent before belong to flights that were counted */
} ClawMtu;

/* Also for a path to another host, of which nothing is known. */
void claw_mtu_init (ClawMtu *mtu);
/* A record of the size in use was sent because there was so much to say. */
void claw_mtu_on_full (ClawMtu *mtu, gint64 now_us);
/* What became of a record that was no probe. */
void claw_mtu_on_acknowledged (ClawMtu *mtu, size_t size);
void claw_mtu_on_lost (ClawMtu *mtu, size_t size, gint64 sent_at_us, gint64 now_us);
/* Returns: the size of the probe to send now, 0 for none. */
size_t claw_mtu_get_probe (const ClawMtu *mtu);
/* @wait_us: after which it counts as lost. */
void claw_mtu_on_probe_sent (ClawMtu *mtu, uint64_t number, gint64 wait_us, gint64 now_us);
void claw_mtu_on_ack (ClawMtu *mtu, const ClawFrameAck *ack, gint64 now_us);
/* Runs what is due. */
void claw_mtu_wake (ClawMtu *mtu, gint64 now_us);
gint64 claw_mtu_get_deadline (const ClawMtu *mtu);
size_t claw_mtu_get_size (const ClawMtu *mtu);
/* Whether the last larger records were lost, so that only small ones are sure to arrive. */
gboolean claw_mtu_is_in_doubt (const ClawMtu *mtu);
