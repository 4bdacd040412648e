/* claw-keepalive.h: how long either side may be silent.
 *
 * The initiator is the one who may be behind a NAT, which forgets a session in which nothing is
 * sent outwards. Until it is known that there is none, it says something often; afterwards only so
 * often that firewalls do not forget it either. It tells the peer with QUIET before it keeps silent
 * that long, so that the peer does not take it for gone.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

/* RFC 4787 lets a NAT forget after 2 minutes, real ones do so after 30 s. Random, so that ten
 * thousand clients do not speak at once. */
#define CLAW_KEEPALIVE_NAT_MIN_US (G_GINT64_CONSTANT (20) * G_USEC_PER_SEC)
#define CLAW_KEEPALIVE_NAT_MAX_US (G_GINT64_CONSTANT (25) * G_USEC_PER_SEC)
/* Stateful firewalls, Linux's at least, forget a UDP stream after 120 s; but after 30 s what has
 * not gone on for 2 s, and so may have been but a question and its answer. Half of the longer time,
 * because a peer that was killed and started again is silent to the sessions it has forgotten:
 * nothing but the next keepalive notices. */
#define CLAW_KEEPALIVE_MIN_US (G_GINT64_CONSTANT (50) * G_USEC_PER_SEC)
#define CLAW_KEEPALIVE_MAX_US (G_GINT64_CONSTANT (55) * G_USEC_PER_SEC)
/* The responder gives up after two keepalives and what recovery makes of their loss. */
#define CLAW_KEEPALIVE_IDLE_MIN_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define CLAW_KEEPALIVE_IDLE_MAX_US (G_GINT64_CONSTANT (600) * G_USEC_PER_SEC)
#define CLAW_KEEPALIVE_IDLE_EXTRA_US (G_GINT64_CONSTANT (20) * G_USEC_PER_SEC)

typedef struct
{
  gboolean is_behind_nat; /* or nobody knows */
  gboolean is_fresh;      /* the path: no keepalive has gone over it */
  gint64 interval_us;     /* until the next keepalive, with nothing sent in between */
  gboolean must_tell;
  gboolean is_told;     /* the peer knows it */
  uint64_t told_from;   /* records before this number told something else */
  gint64 idle_us;       /* the peer is gone when nothing came for so long */
  uint64_t told_number; /* one more than that of the record by which the peer told it; 0: none */
} ClawKeepalive;

/* @jitter: (transfer none) */
void claw_keepalive_init (ClawKeepalive *keepalive, GRand *jitter);
/* A keepalive was sent: another pause until the next. */
void claw_keepalive_renew (ClawKeepalive *keepalive, GRand *jitter);
/* The session goes over another path: firewalls there have not seen it for long. */
void claw_keepalive_on_moved (ClawKeepalive *keepalive, GRand *jitter);
/* @next_number: of the first record that can tell the peer. */
void claw_keepalive_set_behind_nat (ClawKeepalive *keepalive,
                                    gboolean is_behind_nat,
                                    uint64_t next_number,
                                    GRand *jitter);
/* Seconds, for a QUIET that is to be sent now. */
uint64_t claw_keepalive_tell (ClawKeepalive *keepalive);
/* What became of the record with the QUIET. */
void claw_keepalive_on_told (ClawKeepalive *keepalive, uint64_t number, GRand *jitter);
void claw_keepalive_on_lost (ClawKeepalive *keepalive);
/* The peer told it in record @number. */
void claw_keepalive_on_quiet (ClawKeepalive *keepalive, uint64_t quiet_s, uint64_t number);
