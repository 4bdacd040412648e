/* pair.h: two endpoints joined in memory, with a clock and a network that the test rules.
 *
 * Side 0 is the initiator ("client"), side 1 the responder ("server"). What goes wrong on the way
 * is decided by a seeded generator, so that a failure can be repeated.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-handshake.h"

#define PAIR_CLIENT 0
#define PAIR_SERVER 1
#define PAIR_PSK_ID 7
#define PAIR_START_US (1000 * G_USEC_PER_SEC)
#define PAIR_UNIX_US (G_GUINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)

#define PAIR_SOCKETS_MAX 4

typedef struct Pair Pair;

/* Returns: TRUE to let the datagram, which @side has sent, pass. */
typedef gboolean (*PairFilter) (Pair *pair, unsigned side, const uint8_t *data, size_t length);
typedef void (*PairListener) (Pair *pair, unsigned side, const ClawEndpointEvent *event);

/* Does what the routers between the two do. @to: as @side sends it. @from: as the receiver sees it;
 * at first the sender's address. @socket: of the receiver's. Returns: FALSE when it gets lost. */
typedef gboolean (*PairCarrier) (
    Pair *pair, unsigned side, const ClawRoute *to, ClawAddress *from, uint8_t *socket);

typedef struct
{
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  ClawAddress address;              /* of socket 0, as the other side sees it */
  uint16_t ports[PAIR_SOCKETS_MAX]; /* of the other sockets, at the same IP; 0: closed */
  gboolean is_symmetric; /* behind a NAT that maps each port of the peer to another one of ours */
  ClawConnection *connection; /* of the last ESTABLISHED or connect; NULL once CLOSED */
  unsigned events[CLAW_ENDPOINT_CLOSED + 1]; /* by ClawEndpointEventType */
  ClawCloseReason reason;
  ClawCloseCode peer_code;
  gboolean peer_knows;
  GByteArray *received; /* on stream 0 */
  GByteArray *to_write; /* on stream 0, as there is room */
  unsigned n_sent;      /* datagrams */
  size_t bytes_sent;
  size_t largest_sent;
  gboolean holds_saves; /* resumption secrets are not confirmed as saved */
} PairSide;

struct Pair
{
  PairSide sides[2];
  ClawKey psk;
  GRand *random;
  GQueue flying;
  gint64 now_us;
  gint64 delay_us;  /* one way */
  gint64 jitter_us; /* up to so much more, which reorders */
  double loss;
  double duplication;
  PairFilter filter;
  gpointer filter_data;
  PairCarrier carrier; /* (nullable) */
  gpointer carrier_data;
  PairListener listener; /* (nullable): hears of each event */
  gpointer listener_data;
  gint64 rotation_us; /* of endpoints made by pair_restart (); 0: the default */
  uint64_t rotation_records;
  ClawAddress last_to; /* where the last datagram of any side was sent to */
};

Pair *pair_new (uint32_t seed);
void pair_free (Pair *pair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)
void
pair_accept (Pair *pair, uint64_t id, ClawPskKind kind, const ClawKey *psk, const uint8_t *key);
/* Knocks with @psk (the pair's when NULL). */
void pair_connect (Pair *pair, const ClawKey *psk, gint64 give_up_us);
/* Accepts the pair's psk as ONCE, connects and lets both sides be ESTABLISHED. */
void pair_establish (Pair *pair);
/* Lets @duration_us pass. */
void pair_run (Pair *pair, gint64 duration_us);
/* Gives a datagram to @side as though it came from @from now. */
void pair_inject (
    Pair *pair, unsigned side, const ClawAddress *from, const uint8_t *data, size_t length);
void pair_write (Pair *pair, unsigned side, const void *data, size_t length);
/* Where the other side sees @socket, when that speaks with @remote_port. */
void pair_get_address (const PairSide *side,
                       unsigned socket,
                       uint16_t remote_port,
                       ClawAddress *address);
/* Makes a fresh endpoint of @side, with its identity. */
void pair_restart (Pair *pair, unsigned side, uint64_t last_timestamp_us);
/* A filter: nothing of the client's gets through. */
gboolean pair_drop_client (Pair *pair, unsigned side, const uint8_t *data, size_t length);

/* @size bytes of the pair's generator. Returns: (transfer full) */
GByteArray *pair_make_bulk (Pair *pair, size_t size);
void pair_assert_received (const Pair *pair, unsigned side, const GByteArray *expected);
/* Datagrams of both sides. */
unsigned pair_count_sent (const Pair *pair);
