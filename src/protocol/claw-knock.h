/* claw-knock.h: the initiator's attempts to be let in.
 *
 * Each round is a fresh initiation for each psk (new ephemeral key, greater timestamp), sent to all
 * addresses. Between rounds are pauses of 1 s, 2 s, and then 4 s each, 10 % more or less. The
 * initiations of the newest CLAW_KNOCK_ROUNDS_MAX rounds can still be answered.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-handshake.h"

#define CLAW_KNOCK_ROUNDS_MAX 4
#define CLAW_KNOCK_OUTSTANDING_MAX (CLAW_KNOCK_ROUNDS_MAX * CLAW_ENDPOINT_PSKS_MAX)

typedef struct ClawKnock ClawKnock;

/* What the endpoint lends for a round. */
typedef struct
{
  const ClawIdentity *identity;
  const uint8_t *hello;
  size_t hello_length;
  uint64_t *last_timestamp_us; /* is moved on */
  GRand *jitter;
} ClawKnockSelf;

typedef struct
{
  ClawHandshakeKeys keys;
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
  size_t hello_length;
  unsigned psk; /* which of the request's */
  gint64 rtt_us;
} ClawKnockAnswer;
void claw_knock_answer_clear (ClawKnockAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawKnockAnswer, claw_knock_answer_clear)

/* Copies all of @request. */
ClawKnock *claw_knock_new (const ClawConnectRequest *request);
void claw_knock_free (ClawKnock *knock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawKnock, claw_knock_free)
/* Starts a round. @indexes: one fresh receiver index for each psk.
 * Returns: FALSE when the server's key is not usable. */
gboolean claw_knock_start_round (ClawKnock *knock,
                                 const ClawKnockSelf *self,
                                 const uint32_t indexes[CLAW_ENDPOINT_PSKS_MAX],
                                 gint64 now_us);
/* Fills the next datagram of the round. Returns: its length, 0 when all went out. */
size_t claw_knock_send (ClawKnock *knock, ClawAddress *to, uint8_t *buffer, gint64 now_us);
/* Returns: FALSE, with nothing changed, when @datagram answers none of the initiations. */
gboolean claw_knock_finish (ClawKnock *knock,
                            uint32_t receiver_index,
                            const uint8_t *datagram,
                            size_t length,
                            gint64 now_us,
                            ClawKnockAnswer *answer);
/* When the next round or the end is due. */
gint64 claw_knock_get_deadline (const ClawKnock *knock);
gboolean claw_knock_is_over (const ClawKnock *knock, gint64 now_us);
gboolean claw_knock_is_round_due (const ClawKnock *knock, gint64 now_us);
/* The receiver indexes that can still be answered. Returns: how many. */
unsigned claw_knock_get_indexes (const ClawKnock *knock,
                                 uint32_t indexes[CLAW_KNOCK_OUTSTANDING_MAX]);
const uint8_t *claw_knock_get_server_key (const ClawKnock *knock);
