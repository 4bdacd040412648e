/* claw-connection.h: one session between two authenticated sides, sans-I/O.
 *
 * Begins where the handshake ends. It turns what the application writes to streams into records,
 * and records into what the application reads; it acknowledges, notices loss (RFC 9002),
 * retransmits, and keeps the path alive. It knows no socket and no clock: claw-endpoint.h feeds it
 * datagrams and the time. Connections are made and owned by an endpoint.
 */
#pragma once

#include "claw-address.h"
#include "claw-identity.h"

typedef struct ClawConnection ClawConnection;

typedef enum
{
  CLAW_CONNECTION_KNOCKING,    /* initiator: no authentic answer yet */
  CLAW_CONNECTION_UNCONFIRMED, /* responder: answered, no record under the new keys yet; may not
                                  send */
  CLAW_CONNECTION_ESTABLISHED,
  CLAW_CONNECTION_COMPROMISED, /* dead but for saying so to the peer, claw-compromise.h */
  CLAW_CONNECTION_CLOSING,     /* CLOSE is still to be sent */
  CLAW_CONNECTION_CLOSED,
} ClawConnectionState;

typedef enum
{
  CLAW_CLOSE_LOCAL,       /* claw_connection_close () */
  CLAW_CLOSE_PEER,        /* the peer said CLOSE; its code is in the event */
  CLAW_CLOSE_NO_ANSWER,   /* knocking timed out */
  CLAW_CLOSE_LOST,        /* nothing authentic came for CLAW_CONNECTION_LOST_US although we asked */
  CLAW_CLOSE_PROTOCOL,    /* the peer broke a rule under valid keys */
  CLAW_CLOSE_COMPROMISED, /* either side asked for it; the event tells whether the peer knows */
} ClawCloseReason;

/* Codes inside a CLOSE frame. */
typedef enum
{
  CLAW_CLOSE_CODE_BYE,          /* the user left */
  CLAW_CLOSE_CODE_REPLACED,     /* a newer session of the same client took over */
  CLAW_CLOSE_CODE_REVOKED,      /* the operator ended the pairing: do not come back */
  CLAW_CLOSE_CODE_DISCONNECTED, /* the operator ended the session; coming back is fine */
  CLAW_CLOSE_CODE_TOO_SLOW,     /* what had to be kept for this peer went over its limit */
  CLAW_CLOSE_CODE_SHUTDOWN,     /* the server stops; come back later */
  CLAW_CLOSE_CODE_PROTOCOL,
  CLAW_CLOSE_CODE_TOO_FAST, /* the peer said more than it may, for too long */
  CLAW_CLOSE_CODE_FULL,     /* there are as many sessions as there may be; come back later */
} ClawCloseCode;
#define CLAW_CLOSE_CODE_LAST CLAW_CLOSE_CODE_FULL

#define CLAW_CONNECTION_DATAGRAM_SIZE \
  1200 /* largest UDP payload sent before the path is known to carry more, RFC 9000 section 14 */
#define CLAW_CONNECTION_DATAGRAM_MAX 1452 /* largest accepted, and sent */
#define CLAW_CONNECTION_STREAMS_MAX 16    /* stream ids 0 … 15, open from the start, both ways */
/* Unacknowledged and unsent bytes of a stream: at first, and when twice the congestion window is
 * more. */
#define CLAW_CONNECTION_SEND_BUFFER (256 * 1024)
#define CLAW_CONNECTION_SEND_BUFFER_MAX (4 * 1024 * 1024)
#define CLAW_CONNECTION_BUFFERS_MAX (8 * 1024 * 1024) /* of all streams, in each direction */
/* Bytes of an unreliable datagram: what the smallest path carries. */
#define CLAW_CONNECTION_UNRELIABLE_MAX 968
#define CLAW_CONNECTION_LOST_US (15 * G_USEC_PER_SEC)
#define CLAW_CONNECTION_PORT_INTERVAL_MAX_S (24 * 3600)

/* Where the responder is to be knocked at, now and later: claw-port-schedule.h computes the ports
 * of other slots. */
typedef struct
{
  uint64_t slot;       /* Unix time / interval_s, which @port belongs to */
  uint32_t interval_s; /* 0: the port stays the same */
  uint16_t port;
  ClawKey secret; /* not set when interval_s is 0 */
} ClawPortNotice;
/* How long the peer is told that the keys are compromised, or the application has time to erase
 * them; and how long a side that has acknowledged stays to say so again. */
#define CLAW_CONNECTION_COMPROMISE_US (10 * G_USEC_PER_SEC)
#define CLAW_CONNECTION_COMPROMISE_LINGER_US (3 * G_USEC_PER_SEC)

typedef struct
{
  uint64_t datagrams_sent, datagrams_received;
  uint64_t bytes_sent, bytes_received; /* of UDP payload */
  uint64_t datagrams_lost;             /* declared lost by RFC 9002 section 6 */
  uint64_t datagrams_dropped;          /* received, but not authentic, replayed or malformed */
  size_t datagram_size;                /* largest that is sent at present, RFC 8899 */
  gint64 smoothed_rtt_us;              /* 0 before the first sample */
  gint64 established_at_us;            /* monotonic */
  uint64_t key_epoch;                  /* key rotations of the session so far */
  gint64 keys_changed_at_us;           /* monotonic: when the newest keys were agreed upon */
  gint64 keys_due_at_us;               /* when this side would begin the next rotation by itself */
} ClawConnectionStats;

/* What the peer's sockets see of us, and so what the NATs on the way do. An address is NONE where
 * no answer came. */
typedef struct
{
  ClawAddress seen;          /* by the socket that the session uses */
  uint16_t other_port;       /* of another socket of the peer; 0: it has none */
  ClawAddress seen_by_other; /* by that one */
  gboolean is_open;          /* what it sent came through before we had ever sent to it */
} ClawProbeResult;

ClawConnectionState claw_connection_get_state (const ClawConnection *connection);
gboolean claw_connection_is_initiator (const ClawConnection *connection);
/* The peer's static public key, 32 bytes. */
const uint8_t *claw_connection_get_peer_key (const ClawConnection *connection);
/* Where datagrams go at present. */
const ClawAddress *claw_connection_get_peer_address (const ClawConnection *connection);
/* The application's part of the peer's handshake message. */
const uint8_t *claw_connection_get_peer_hello (const ClawConnection *connection, size_t *length);
/* Which psk was used: the responder's is the id given to claw_endpoint_accept (), the initiator's
 * the index into the psks of its connect request. */
uint64_t claw_connection_get_psk_id (const ClawConnection *connection);
/* The psk of the next handshake between the two sides, which changes with every key rotation; set
 * once ESTABLISHED (or UNCONFIRMED). To be saved beside the one before at ESTABLISHED and at each
 * REKEYED event. */
const ClawKey *claw_connection_get_resumption (const ClawConnection *connection);
void claw_connection_get_stats (const ClawConnection *connection, ClawConnectionStats *stats);
void claw_connection_set_user_data (ClawConnection *connection, gpointer user_data);
gpointer claw_connection_get_user_data (const ClawConnection *connection);

/* Takes as much of @data as the send buffer has room for. Returns: bytes taken; a PROGRESS event
 * follows when there is room again after less than @length. */
size_t claw_connection_write (ClawConnection *connection,
                              unsigned stream,
                              const void *data,
                              size_t length);
/* Returns: bytes given, 0 when there are none at present. */
size_t
claw_connection_read (ClawConnection *connection, unsigned stream, void *buffer, size_t size);
/* Sends an unreliable datagram: it may get lost or overtake others, and is not sent again. While
 * more than CLAW_DATAGRAM_QUEUE_MAX wait, the oldest are dropped. Returns: FALSE when it is longer
 * than CLAW_CONNECTION_UNRELIABLE_MAX, or the connection is not ESTABLISHED. */
gboolean
claw_connection_send_datagram (ClawConnection *connection, const void *data, size_t length);
/* The oldest one that came, after a DATAGRAM event; what is not read in time is dropped likewise.
 * Returns: FALSE when there is none. */
gboolean claw_connection_read_datagram (ClawConnection *connection,
                                        uint8_t buffer[CLAW_CONNECTION_UNRELIABLE_MAX],
                                        size_t *length);
/* Bytes of the stream since its start that were written, put into a datagram at least once, and
 * acknowledged by the peer's transport. */
uint64_t claw_connection_get_written (const ClawConnection *connection, unsigned stream);
uint64_t claw_connection_get_sent (const ClawConnection *connection, unsigned stream);
uint64_t claw_connection_get_acknowledged (const ClawConnection *connection, unsigned stream);
/* To be called when the path may have changed or come back (the network, a short sleep): asks the
 * peer at once instead of at the next timer, which also lets it see our new address. */
void claw_connection_nudge (ClawConnection *connection);
/* Responder: tells the initiator, reliably, on which port it is to go on from now on; it does so by
 * itself, from its own socket, while the old port stays in use. A newer call takes the place of an
 * older one. @interval_s: at most CLAW_CONNECTION_PORT_INTERVAL_MAX_S; 0: the port does not rotate,
 * nobody moves. @secret: (nullable) when @interval_s is 0: copied. */
void claw_connection_tell_port (ClawConnection *connection,
                                uint64_t slot,
                                uint32_t interval_s,
                                uint16_t port,
                                const ClawKey *secret);
/* Initiator: what the responder told last. Returns: (transfer none) (nullable): valid until the
 * next turn. */
const ClawPortNotice *claw_connection_get_port_schedule (const ClawConnection *connection);
/* The number of our own socket that datagrams leave by at present. */
unsigned claw_connection_get_socket (const ClawConnection *connection);
/* Initiator: whether NATs on the way have to be kept from forgetting the session. TRUE until it is
 * known better. */
void claw_connection_set_behind_nat (ClawConnection *connection, gboolean is_behind_nat);
/* Asks the peer what the NATs on the way do; takes a few round trips, or seconds where answers fail
 * to come, during which everything else goes on. A PROBED event follows, unless the session ends.
 */
void claw_connection_probe_nat (ClawConnection *connection);
/* Ends that: no PROBED event follows. */
void claw_connection_end_nat_probe (ClawConnection *connection);
/* Complete with the PROBED event. */
const ClawProbeResult *claw_connection_get_probe_result (const ClawConnection *connection);
/* The newest resumption secret is where a crash cannot take it, together with the one before.
 * Until then the keys are not changed again, so that two programs that crash at any moment still
 * share a secret. */
void claw_connection_resumption_saved (ClawConnection *connection);
/* Changes the keys as soon as may be: once the last resumption secret is saved, and the keys before
 * the present ones are erased, which takes 1 to 15 s; a change that is under way already will do. A
 * REKEYED event follows on both sides. Returns: FALSE when there is no session. */
gboolean claw_connection_rotate_keys (ClawConnection *connection);
/* Tells the peer and ends; what was not sent yet is dropped. A CLOSED event follows. */
void claw_connection_close (ClawConnection *connection, ClawCloseCode code);

/* The keys of this pairing may be in wrong hands. To be called after the application has erased
 * them from the disk, so that a crash at any later moment leaves none. The session is dead at once
 * for anything else; the peer is told until it acknowledges or CLAW_CONNECTION_COMPROMISE_US are
 * over, then CLOSED follows with CLAW_CLOSE_COMPROMISED, and no key of the session is left in
 * memory. Returns: FALSE when there is no session in which the peer can be told. */
gboolean claw_connection_compromise (ClawConnection *connection);
/* After the event CLAW_ENDPOINT_COMPROMISED: all keys of the pairing are erased from the disk. Only
 * now the peer hears so. Without this call CLOSED follows after CLAW_CONNECTION_COMPROMISE_US. */
void claw_connection_confirm_compromised (ClawConnection *connection);
