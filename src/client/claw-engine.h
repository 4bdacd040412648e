/* claw-engine.h: what a client does with a connection. Private to src/client.
 *
 * Lives in one thread, whose thread-default GMainContext drives its socket and timers. It opens a
 * .sec file or takes the last pairing from the disk, knocks, keeps the session, and when that is
 * lost knocks again with the pairing's resumption secret, until it is told to leave. What happens
 * is told as ClawEngineEvent; every event carries the serial of the last open or disconnect, so
 * that the receiver can tell those of an earlier session.
 */
#pragma once

#include "claw-chat.h"
#include "claw-client.h"
#include "claw-nat-verdict.h"
#include "claw-saved-pairing.h"
#include "claw-stun-watch.h"
#include "claw-wake.h"

/* First byte of the application's part of a handshake message; the name follows, UTF-8, possibly
 * empty. */
#define CLAW_ENGINE_HELLO_VERSION 1
/* How long one attempt to reconnect knocks before it pauses. */
#define CLAW_ENGINE_ATTEMPT_US (5 * (gint64) G_USEC_PER_SEC)
/* An attempt that is younger is not begun anew, whatever the network says. */
#define CLAW_ENGINE_BURST_US (G_USEC_PER_SEC / 2)
/* Reports come this often while something is said, and less and less often in silence, since each
 * wakes the machine. */
#define CLAW_ENGINE_REPORT_INTERVAL_S 2
#define CLAW_ENGINE_REPORT_IDLE_S 30

typedef struct ClawEngine ClawEngine;

typedef enum
{
  CLAW_ENGINE_OPENED,        /* error: (nullable): how open () ended */
  CLAW_ENGINE_STATE,         /* state; error: of FAILED, or why RECONNECTING takes long */
  CLAW_ENGINE_SERVER,        /* name: the server's; keys */
  CLAW_ENGINE_ATTEMPT,       /* next_attempt_us: when it tries again to reconnect */
  CLAW_ENGINE_MESSAGE,       /* message */
  CLAW_ENGINE_MESSAGE_STATE, /* message, message_state */
  CLAW_ENGINE_CANCELLED,     /* message: taken back, and never sent */
  CLAW_ENGINE_WELCOME,       /* name: ours; wish; members */
  CLAW_ENGINE_NAME,          /* name: ours from now on; wish */
  CLAW_ENGINE_JOINED,        /* name */
  CLAW_ENGINE_LEFT,          /* name */
  CLAW_ENGINE_TYPING,        /* name, is_typing */
  CLAW_ENGINE_FORGOTTEN,     /* the outbox was for another server and is gone */
  CLAW_ENGINE_REPORT,        /* report */
  CLAW_ENGINE_SAVED,         /* error: (nullable): why the pairing is not on the disk */
} ClawEngineEventType;

typedef struct
{
  ClawConnectionStats stats;
  ClawAddress address;      /* of the server */
  ClawAddress local;        /* of this machine towards it; NONE when not known */
  uint32_t port_interval_s; /* after which the server changes its port; 0: it does not */
  gboolean has_nat;         /* @nat was found out */
  ClawNatVerdict nat;
  ClawStunWatchState stun_state; /* what came of asking the STUN servers */
  ClawNatVerdict stun;           /* of ANSWERED */
} ClawEngineReport;

typedef struct
{
  ClawEngineEventType type;
  unsigned serial;
  ClawClientState state;
  gboolean
      has_local; /* of STATE: the server may be reached while there is no way to the internet */
  ClawMessageState message_state;
  ClawMessage *message;
  char *name;
  char *wish; /* (nullable): what was asked for; NULL when there is another answer to come */
  gboolean is_typing;
  char *server_id; /* of SERVER */
  GStrv members;
  GError *error;
  ClawEngineReport report;
  gint64 next_attempt_us; /* monotonic; 0: an attempt is under way */
  uint8_t own_key[CLAW_PUBLIC_KEY_SIZE], server_key[CLAW_PUBLIC_KEY_SIZE]; /* of SERVER */
} ClawEngineEvent;
void claw_engine_event_free (ClawEngineEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawEngineEvent, claw_engine_event_free)

/* @event: (transfer full). Returns: FALSE to hear of no more messages before claw_engine_resume ().
 */
typedef gboolean (*ClawEngineEmit) (ClawEngineEvent *event, gpointer user_data);

/* @name: (nullable). Touches neither the disk nor the network. */
ClawEngine *claw_engine_new (const char *data_directory,
                             const char *name,
                             int timeout_s,
                             ClawEngineEmit emit,
                             gpointer user_data);
/* Asked each time before messages are taken from the server, which confirms them. */
typedef gboolean (*ClawEngineMayTake) (gpointer user_data);
/* Before the first open (). @may_take: with the user data of @emit. */
void claw_engine_set_may_take (ClawEngine *engine, ClawEngineMayTake may_take);
/* Says CLOSE when there is a session. Not from within @emit. */
void claw_engine_free (ClawEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawEngine, claw_engine_free)

/* At any time. Off at first: asks the server about NATs, and the STUN servers too. */
void claw_engine_set_nat_detection (ClawEngine *engine, gboolean is_enabled);
/* At any time. @servers: "host" or "host:port"; none at first. */
void claw_engine_set_stun_servers (ClawEngine *engine, const char *const *servers);
/* At any time; the next attempt takes as long. */
void claw_engine_set_timeout (ClawEngine *engine, int timeout_s);
/* At any time. @name: (nullable). While there is a session the server is asked for it; NULL waits
 * for the next session. */
void claw_engine_set_name (ClawEngine *engine, const char *name);
/* Before the first open (). @key: copied. */
void claw_engine_set_store_key (ClawEngine *engine, const ClawKey *key);
/* As claw_client_open_async (); blocks for as long as the key derivation takes; OPENED follows in
 * any case. */
void claw_engine_open (ClawEngine *engine,
                       const char *path,
                       ClawBootstrapKey *key,
                       ClawClientOpenFlags flags,
                       unsigned serial);
/* As claw_client_open_sec_async (); OPENED follows in any case. */
void claw_engine_open_sec (ClawEngine *engine,
                           const ClawSecFile *file,
                           ClawClientOpenFlags flags,
                           unsigned serial);
/* As claw_client_resume_async (); OPENED follows in any case. */
void claw_engine_open_last (ClawEngine *engine, unsigned serial);
/* As claw_client_compromise (). The state goes to COMPROMISED when the server can be told, and
 * then, or at once, to FAILED. */
void claw_engine_compromise (ClawEngine *engine, unsigned serial);
void claw_engine_disconnect (ClawEngine *engine, unsigned serial);
/* While it waits to reconnect: now. After a failure that another attempt may mend: with the same
 * file. */
void claw_engine_retry_now (ClawEngine *engine);
/* The network has changed or come back: asks the server at once, or knocks at once. */
void claw_engine_nudge (ClawEngine *engine);
/* The machine was asleep, as the engine notices by itself: asks at once, or begins a new session
 * when the old one cannot have lived so long. */
void claw_engine_wake (ClawEngine *engine, ClawWakeKind kind);
/* Reports at once, if there is a session. */
void claw_engine_report (ClawEngine *engine);
/* Where the server says that it listens from now on; saved before it returns. To be called from the
 * event that brings the news. */
void claw_engine_learn_ports (ClawEngine *engine, const ClawSavedPorts *ports);
/* @is_again: an earlier run may have sent it, so that it cannot be taken back. */
void claw_engine_send (ClawEngine *engine, ClawMessage *message, gboolean is_again);
/* Tells the others that we write, or have stopped; without effect while there is no session. */
void claw_engine_set_typing (ClawEngine *engine, gboolean is_typing);
/* As claw_client_cancel_message (); CANCELLED follows if it was in time. */
void claw_engine_cancel (ClawEngine *engine, ClawMessage *message);
void claw_engine_resume (ClawEngine *engine);
