/* claw-connection-private.h: what an endpoint does with its connections.
 *
 * The connection is in five files: claw-connection.c has life cycle, timers and the application's
 * interface, claw-connection-receive.c turns records into changes of state, claw-connection-send.c
 * turns state into records, claw-connection-keys.c changes the keys of both, and
 * claw-connection-compromise.c has what is left of one whose keys are compromised.
 */
#pragma once

#include "claw-acknowledger.h"
#include "claw-compromise.h"
#include "claw-connection.h"
#include "claw-datagram-queue.h"
#include "claw-keepalive.h"
#include "claw-key-slots.h"
#include "claw-knock.h"
#include "claw-mtu.h"
#include "claw-path.h"
#include "claw-port-news.h"
#include "claw-probe.h"
#include "claw-receive-stream.h"
#include "claw-recovery.h"
#include "claw-replay-window.h"
#include "claw-rotation.h"
#include "claw-schedule.h"
#include "claw-send-stream.h"

/* An unconfirmed session dies after this: by then its initiator has given up as well. */
#define CLAW_CONNECTION_UNCONFIRMED_US CLAW_CONNECTION_LOST_US
/* What a transfer kept for its next burst goes back when nothing came or went for so long. */
#define CLAW_CONNECTION_TRIM_US (1 * G_USEC_PER_SEC)

typedef struct
{
  ClawSendStream send;
  ClawReceiveStream receive;
  gboolean must_tell_limit; /* the MAX_STREAM_DATA that told it was lost */
} ClawStream;

/* What all connections of an endpoint share. */
typedef struct
{
  ClawSchedule schedule;
  GRand *jitter;
  ClawProbeSocket other_socket;
  ClawRotationPolicy rotation;
  unsigned streams; /* that a peer may use */
  size_t bytes;     /* that a session may hold in each direction */
} ClawConnectionHost;

struct ClawConnection
{
  ClawTask task;
  GList link; /* in the endpoint's list */
  ClawConnectionHost *host;
  ClawConnectionState state;
  gboolean is_initiator;
  gboolean is_known; /* to the application */
  gboolean was_established;
  uint32_t index; /* the peer's records name it; 0 while KNOCKING */
  uint64_t psk_id;
  uint8_t peer_key[CLAW_PUBLIC_KEY_SIZE];
  uint8_t *peer_hello;
  size_t peer_hello_length;
  gpointer user_data;
  ClawCloseReason reason;   /* CLOSING, CLOSED */
  ClawCloseCode close_code; /* to be sent, or the peer's */

  ClawKnock *knock;   /* KNOCKING */
  uint8_t *response;  /* UNCONFIRMED: (nullable): to be sent */
  gint64 response_us; /* when it was sent */
  gint64 unconfirmed_until_us;

  ClawKeySlots keys;
  ClawRotation rotation;
  ClawReplayWindow window;
  uint64_t next_counter;
  ClawRecovery recovery;
  ClawAcknowledger acknowledger;
  ClawPath path;
  ClawPortNews port_news;
  ClawMtu mtu;
  ClawProbe probe;
  ClawStream *streams[CLAW_CONNECTION_STREAMS_MAX]; /* NULL until used */
  unsigned next_stream;                             /* has the first place in the next record */
  ClawDatagramQueue outgoing, incoming;             /* unreliable */
  gboolean streams_first;                           /* ahead of them in the next record */
  gboolean wants_ping;
  gboolean keeps_memory; /* that has to be trimmed */
  gint64 paced_until_us; /* G_MAXINT64: nothing waits for the pacer */
  ClawKeepalive keepalive;
  gint64 last_sent_us;
  gint64 last_received_us;
  gint64 unanswered_since_us; /* while something is in flight */
  ClawConnectionStats stats;
  ClawCompromise compromise; /* COMPROMISED */
};

/* Life cycle */

ClawConnection *claw_connection_new_initiator (ClawConnectionHost *host,
                                               const ClawConnectRequest *request);
/* @response: (transfer full): of CLAW_HANDSHAKE_RESPONSE_SIZE. Takes the secrets out of @keys. */
ClawConnection *claw_connection_new_responder (ClawConnectionHost *host,
                                               uint32_t index,
                                               ClawHandshakeKeys *keys,
                                               uint8_t *response,
                                               const ClawRoute *route,
                                               gint64 now_us);
void claw_connection_free (ClawConnection *connection);
void claw_connection_set_peer (ClawConnection *connection,
                               const uint8_t key[CLAW_PUBLIC_KEY_SIZE],
                               const uint8_t *hello,
                               size_t hello_length);
/* KNOCKING becomes ESTABLISHED. Takes the secrets out of @answer. */
void claw_connection_begin (ClawConnection *connection,
                            uint32_t index,
                            ClawKnockAnswer *answer,
                            const ClawRoute *route,
                            gint64 now_us);
/* UNCONFIRMED becomes ESTABLISHED. */
void claw_connection_confirm (ClawConnection *connection, gint64 now_us);
/* CLOSED without another word. */
void claw_connection_end (ClawConnection *connection, ClawCloseReason reason);
/* Wipes what was written and read, and has no streams afterwards. */
void claw_connection_drop_streams (ClawConnection *connection);
/* The peer broke a rule: says so and ends. */
void claw_connection_fail (ClawConnection *connection);
/* Its keys have sealed as many records as they may: says so and ends. */
void claw_connection_wear_out (ClawConnection *connection);

/* Actions */

void claw_connection_receive (ClawConnection *connection,
                              const ClawRecordHeader *header,
                              const ClawRoute *from,
                              const uint8_t *data,
                              size_t length,
                              gint64 now_us);
/* Returns: the datagram's length, 0 when there is nothing to send now. */
size_t
claw_connection_send (ClawConnection *connection, ClawRoute *to, uint8_t *buffer, gint64 now_us);
/* Runs timers that are due; those of KNOCKING are the endpoint's. */
void claw_connection_wake (ClawConnection *connection, gint64 now_us);
/* The end of compromised keys, claw-connection-compromise.c. take_signal () may be the first that
 * is heard of it, the others are for the state COMPROMISED. */
void claw_connection_take_signal (ClawConnection *connection, const ClawRoute *from, gint64 now_us);
void claw_connection_receive_compromised (ClawConnection *connection,
                                          ClawReader *reader,
                                          const ClawRoute *from,
                                          gint64 now_us);
gboolean claw_connection_next_compromised (ClawConnection *connection,
                                           ClawFrameCompromised *kind,
                                           ClawRoute *to,
                                           gint64 now_us);
gint64 claw_connection_get_compromise_deadline (const ClawConnection *connection);
void claw_connection_wake_compromised (ClawConnection *connection, gint64 now_us);
/* Sets the task's deadline after anything happened. */
void claw_connection_reschedule (ClawConnection *connection);
void claw_connection_set_ready (ClawConnection *connection);
/* Moves towards the port that the peer has named last, if we are not there. */
void claw_connection_follow_port (ClawConnection *connection, gint64 now_us);

/* Keys, claw-connection-keys.c */

/* Begins or answers a rotation if it is time to. */
void claw_connection_step_keys (ClawConnection *connection, gint64 now_us);
/* Does what a call of claw-rotation.h makes necessary. Returns: FALSE when the peer broke a rule.
 */
gboolean claw_connection_heed_rotation (ClawConnection *connection, ClawRotationNews news);
/* A record was opened with the key of @slot. */
void claw_connection_on_opened (ClawConnection *connection, ClawKeySlotName slot, gint64 now_us);
gint64 claw_connection_get_keys_deadline (const ClawConnection *connection);

/* @event: of ClawEndpointEventType. */
void claw_connection_raise (ClawConnection *connection, ClawEndpointEventType event);
/* Made when it is first used. */
ClawStream *claw_connection_get_stream (ClawConnection *connection, unsigned id);
/* Returns: the largest window of stream @id that the session has room for: the other streams keep
 * what their windows are, and can have CLAW_STREAM_WINDOW at any time. */
size_t claw_connection_get_share (const ClawConnection *connection, unsigned id);
