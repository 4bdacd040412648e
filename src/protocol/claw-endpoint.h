/* claw-endpoint.h: all sessions of one program behind one UDP port, sans-I/O.
 *
 * Give it datagrams with their arrival time; take from it datagrams to send, events, and the time
 * at which it wants to be woken. It knocks (initiator), answers those who hold a psk (responder),
 * and finds the connection of a record by its receiver index. A datagram of a stranger changes
 * nothing and is never answered.
 *
 * A turn: receive () for all that came, wake (), then next_event () until FALSE, then send () until
 * 0, then wait until get_deadline () or the next datagram. After calls into connections from
 * outside, go round again from next_event ().
 */
#pragma once

#include "claw-connection.h"
#include "claw-route.h"

typedef struct ClawEndpoint ClawEndpoint;

#define CLAW_ENDPOINT_ADDRESSES_MAX 32
/* Tried side by side when knocking: those of claw-resumption.h, of which there are two most of the
 * time, and a file's. */
#define CLAW_ENDPOINT_PSKS_MAX 4
#define CLAW_ENDPOINT_PENDING_MAX 8 /* unconfirmed sessions per psk */
/* Responder: handshakes answered a second, unless the configuration says otherwise. */
#define CLAW_ENDPOINT_HANDSHAKES_PER_SECOND 500
/* Of those, how many are answered in a turn, after the records of the turn, and how many wait. */
#define CLAW_ENDPOINT_HANDSHAKES_PER_TURN 4
#define CLAW_ENDPOINT_HANDSHAKES_WAITING_MAX 64

typedef struct
{
  const ClawIdentity *identity; /* copied */
  const void *hello;            /* the application's part of our handshake messages, copied */
  size_t hello_length;          /* ≤ CLAW_HANDSHAKE_HELLO_MAX */
  uint64_t
      last_timestamp_us;  /* greatest handshake timestamp that this identity ever sent, 0 if none */
  uint32_t jitter_seed;   /* for timers' jitter only; the simulator fixes it */
  gint64 key_rotation_us; /* between two changes of a session's keys; 0: an hour */
  uint64_t key_rotation_records;  /* at the latest after so many, for tests; 0: 2^23 */
  unsigned handshakes_per_second; /* 0: CLAW_ENDPOINT_HANDSHAKES_PER_SECOND */
  /* Streams that a peer may use, from 0 on; 0: all. A peer that uses another one breaks the rules.
   */
  unsigned streams;
  /* Bytes that a session holds in each direction; 0: CLAW_CONNECTION_BUFFERS_MAX. At least
   * CLAW_CONNECTION_SEND_BUFFER for each of the streams, which a peer may count on. */
  size_t session_bytes;
} ClawEndpointConfig;

typedef enum
{
  CLAW_PSK_ONCE, /* of a .sec file: any client key; used up by the first session that is established
                  */
  CLAW_PSK_PAIRING, /* of a pairing: only the client key given */
} ClawPskKind;

typedef struct
{
  uint64_t id; /* the caller's, unique, not 0; given back by claw_connection_get_psk_id () */
  ClawPskKind kind;
  const ClawKey *psk;             /* copied */
  const uint8_t *client_key;      /* PAIRING: 32 bytes; ONCE: NULL */
  uint64_t greatest_timestamp_us; /* PAIRING: greatest seen of this client, so that a replay stays
                                     silent after a restart */
} ClawPskEntry;

typedef struct
{
  const uint8_t *server_key;                   /* 32 bytes */
  const ClawKey *psks[CLAW_ENDPOINT_PSKS_MAX]; /* copied; NULL for none */
  const ClawAddress *addresses;                /* every attempt goes to all of them */
  unsigned n_addresses;
  uint64_t unix_us; /* the wall clock at now_us */
  gint64 now_us;
  gint64 give_up_us; /* monotonic time at which a NO_ANSWER event ends it; G_MAXINT64 for never */
} ClawConnectRequest;

typedef enum
{
  CLAW_ENDPOINT_ESTABLISHED,
  CLAW_ENDPOINT_READABLE, /* something to read on some stream */
  CLAW_ENDPOINT_PROGRESS, /* sent or acknowledged offsets moved, or there is room to write again */
  CLAW_ENDPOINT_PORT,     /* initiator: the responder has told its port, as
                             claw_connection_get_port_schedule () has it */
  CLAW_ENDPOINT_DATAGRAM, /* claw_connection_read_datagram () has something */
  CLAW_ENDPOINT_PROBED,   /* claw_connection_get_probe_result () has news */
  CLAW_ENDPOINT_REKEYED,  /* there is a resumption secret that the peer has as well: save it, then
                             claw_connection_resumption_saved (). An initiator hears it for its
                             first secret too, with the responder's first record, since a responder
                             may forget a session until then. */
  CLAW_ENDPOINT_COMPROMISED, /* the peer says that the pairing's keys are compromised: erase them
                                all, then claw_connection_confirm_compromised () */
  CLAW_ENDPOINT_CLOSED, /* @connection is freed at the next call of claw_endpoint_next_event () */
} ClawEndpointEventType;

typedef struct
{
  ClawEndpointEventType type;
  ClawConnection *connection;
  ClawCloseReason reason;  /* CLOSED */
  ClawCloseCode peer_code; /* CLOSED with CLAW_CLOSE_PEER */
  gboolean peer_knows; /* CLOSED with CLAW_CLOSE_COMPROMISED: the peer has erased its keys too */
} ClawEndpointEvent;

/* Reasons for a near miss that are told apart; more than there are. */
#define CLAW_ENDPOINT_REASONS_MAX 16

typedef struct
{
  const char *reason; /* static, English */
  uint64_t count;
} ClawEndpointRefusals;

typedef struct
{
  uint64_t strangers;   /* datagrams that no psk and no index of ours fits */
  uint64_t near_misses; /* right psk, yet refused: replayed, other client key, not decryptable, too
                           many pending */
  const char *last_near_miss; /* (nullable): a static English reason for the local log */
  ClawAddress last_near_miss_from;
  ClawEndpointRefusals refusals[CLAW_ENDPOINT_REASONS_MAX]; /* the near misses by reason */
  unsigned n_refusals;
  uint64_t handshakes;      /* answered */
  uint64_t records_dropped; /* for a session of ours, but not authentic, replayed or malformed */
  uint64_t datagrams_sent, datagrams_received;
  uint64_t bytes_sent, bytes_received; /* of UDP payload */
  unsigned connections;
} ClawEndpointStats;

ClawEndpoint *claw_endpoint_new (const ClawEndpointConfig *config);
void claw_endpoint_free (ClawEndpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawEndpoint, claw_endpoint_free)
/* What handshake messages that are made from here on carry. @length: ≤ CLAW_HANDSHAKE_HELLO_MAX */
void claw_endpoint_set_hello (ClawEndpoint *endpoint, const void *hello, size_t length);

/* Lets clients in that hold this psk. An entry with the same id is replaced. */
void claw_endpoint_accept (ClawEndpoint *endpoint, const ClawPskEntry *entry);
/* Forgets the psk; sessions made with it go on, unconfirmed ones die. */
void claw_endpoint_refuse (ClawEndpoint *endpoint, uint64_t psk_id);
/* Becomes somebody else: nobody is let in any more before the next claw_endpoint_accept (), and
 * later handshakes are @identity's (copied). Sessions go on. */
void claw_endpoint_set_identity (ClawEndpoint *endpoint, const ClawIdentity *identity);
/* Returns: (transfer none): the new connection, KNOCKING. */
ClawConnection *claw_endpoint_connect (ClawEndpoint *endpoint, const ClawConnectRequest *request);

/* A socket of ours on another port but the sessions' own, from which questions of peers about their
 * NAT are answered when they wish so. @port 0: there is none any more. */
void claw_endpoint_set_other_socket (ClawEndpoint *endpoint, uint8_t socket, uint16_t port);

/* @data is not changed. Anything up to 65,535 bytes may be given. */
void claw_endpoint_receive (ClawEndpoint *endpoint,
                            const ClawRoute *from,
                            const uint8_t *data,
                            size_t length,
                            gint64 now_us);
/* Runs timers that are due, and answers handshakes that came. */
void claw_endpoint_wake (ClawEndpoint *endpoint, gint64 now_us);
/* Fills one datagram; @to says where it goes and with which ECN mark. Knocks leave by socket 0.
 * @size must be at least CLAW_CONNECTION_DATAGRAM_MAX. Returns: its length, 0 when there is nothing
 * to send now. */
size_t claw_endpoint_send (
    ClawEndpoint *endpoint, ClawRoute *to, uint8_t *buffer, size_t size, gint64 now_us);
/* Monotonic time at which wake () wants to be called; G_MAXINT64 for never. */
gint64 claw_endpoint_get_deadline (const ClawEndpoint *endpoint);
gboolean claw_endpoint_next_event (ClawEndpoint *endpoint, ClawEndpointEvent *event);
/* Greatest timestamp sent as initiator, to be saved by the caller. */
uint64_t claw_endpoint_get_last_timestamp_us (const ClawEndpoint *endpoint);
/* Greatest timestamp seen from the client of a pairing; 0 when the id is unknown. */
uint64_t claw_endpoint_get_greatest_timestamp_us (const ClawEndpoint *endpoint, uint64_t psk_id);
void claw_endpoint_get_stats (const ClawEndpoint *endpoint, ClawEndpointStats *stats);
/* Whether any session, also one that is not established yet, goes by our socket of this number;
 * takes time in proportion to the number of sessions. */
gboolean claw_endpoint_uses_socket (const ClawEndpoint *endpoint, unsigned socket);
/* Calls @each for every established session. */
void claw_endpoint_foreach (ClawEndpoint *endpoint,
                            void (*each) (ClawConnection *connection, gpointer user_data),
                            gpointer user_data);
