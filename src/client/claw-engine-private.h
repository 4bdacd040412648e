/* claw-engine-private.h: the engine's inside, for the files that are parts of it.
 *
 * claw-engine.c opens, knocks, keeps and reconnects; claw-engine-tell.c says how that goes;
 * claw-engine-talk.c tells who is typing; claw-engine-settings.c takes what changes while it runs;
 * claw-engine-compromise.c ends it all.
 */
#pragma once

#include "claw-acquaintance.h"
#include "claw-backoff.h"
#include "claw-engine.h"
#include "claw-handshake.h"
#include "claw-nat-watch.h"
#include "claw-pump.h"
#include "claw-store.h"
#include "claw-stun-watch.h"
#include "claw-udp-socket.h"

struct ClawEngine
{
  ClawEngineEmit emit;
  ClawEngineMayTake may_take; /* (nullable) */
  gpointer user_data;
  char *data_directory;
  char *name; /* (nullable): as wished */
  int timeout_s;
  gboolean is_name_due; /* it changed while a handshake with another one was under way */
  unsigned names_asked; /* in the session, by NAME, and not answered yet */

  ClawClientState state;
  unsigned serial;
  gboolean paused;    /* the receiver of events has no room */
  gboolean is_paired; /* there was a session before, so that silence is no reason to give up */

  ClawKey store_key;        /* empty: the identity is not sealed */
  ClawStore *store;         /* (nullable): from the first open () */
  ClawAcquaintance *server; /* (nullable): of the last open () */
  char *server_name;        /* (nullable): as the server says, else as the file says */
  ClawChat *chat;           /* with @server; survives sessions */

  /* The transport: all or none. */
  ClawUdpSocket *socket;
  ClawEndpoint *endpoint;
  ClawPump *pump;
  ClawConnection *connection; /* (nullable): the one that counts */
  ClawNatWatch nat;
  ClawStunWatch *stun;

  ClawBackoff backoff;
  unsigned attempts;       /* to connect, of this open () */
  gint64 attempt_us;       /* when the last one began */
  int attempt_s;           /* for how long it knocks */
  gint64 silent_since_us;  /* since when there is no session; G_MAXINT64: silence was told */
  ClawWake *wake;          /* (nullable): from the first open () */
  GSource *retry;          /* (nullable): the pause before the next attempt */
  GSource *report;         /* (nullable): while CONNECTED */
  unsigned report_s;       /* after which it comes */
  uint64_t reported;       /* datagrams that the last one counted */
  gboolean is_unsaved;     /* as was told: the pairing could not be saved */
  gboolean is_unconfirmed; /* the session waits for its newest secret to be on the disk */
  gboolean was_told;       /* COMPROMISED: by the server */
  char *left_over;         /* COMPROMISED: (nullable): what could not be erased, and why */
  GSource *cleanup;        /* (nullable): frees the transport outside of its own callbacks */
};

/* claw-engine.c */
ClawEngineEvent *claw_engine_event_new (ClawEngine *engine, ClawEngineEventType type);
/* @event: (transfer full) */
void claw_engine_emit (ClawEngine *engine, ClawEngineEvent *event);
/* @error: (transfer full) (nullable) */
void claw_engine_set_state (ClawEngine *engine, ClawClientState state, GError *error);
/* Goes to FAILED. @error: (transfer full) */
void claw_engine_fail (ClawEngine *engine, GError *error);
/* The pause before the next attempt, and reports. */
void claw_engine_stop_timers (ClawEngine *engine);
gboolean claw_engine_open_store (ClawEngine *engine, GError **error);
/* Not from within the pump. */
void claw_engine_free_transport (ClawEngine *engine);

/* Takes what the chat has to say, and gives it what there is to send. */
void claw_engine_pump_chat (ClawEngine *engine);
/* Frees the chat. What it has still to tell of messages is told first, also while paused: the
 * server has heard that they came. */
void claw_engine_end_chat (ClawEngine *engine);

/* claw-engine-settings.c */
/* Returns: its length. */
size_t claw_engine_make_hello (const ClawEngine *engine, uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX]);
/* The chat has a new session: asks for a name that its handshake did not have. */
void claw_engine_begin_names (ClawEngine *engine);
/* The server says how we are called: puts into @event what that answers. */
void claw_engine_answer_name (ClawEngine *engine, ClawEngineEvent *event);
/* Looks whether the way to the server is another one by now, and asks about it then. Returns: TRUE
 * when the pump has something to do. */
gboolean claw_engine_check_nat (ClawEngine *engine, gboolean must_look);
/* Asks the STUN servers, while there is a session and it is wanted. */
void claw_engine_ask_stun (ClawEngine *engine);
void claw_engine_on_stun (gpointer user_data);

/* claw-engine-tell.c */
/* The state is CONNECTED now: reports come from time to time. */
void claw_engine_begin_reports (ClawEngine *engine);
/* Something is said after a silence. */
void claw_engine_quicken_reports (ClawEngine *engine);
/* When the next attempt to reconnect begins, monotonic; 0: one is under way. */
void claw_engine_tell_attempt (ClawEngine *engine, gint64 next_us);
/* The pairing was to be saved: tells when that failed, once until it works again, and lets the
 * session change its keys when it did not. */
void claw_engine_settle_saved (ClawEngine *engine);
/* Puts both sides' public keys and the server's id into @event. */
void claw_engine_set_keys (const ClawEngine *engine, ClawEngineEvent *event);

/* claw-engine-outbox.c */
/* Returns: (transfer full) (nullable) */
ClawStore *claw_engine_make_store (ClawEngine *engine, GError **error);

/* claw-engine-compromise.c */
void claw_engine_compromise_told (ClawEngine *engine);
/* CLOSED in the state COMPROMISED. */
void claw_engine_compromise_ended (ClawEngine *engine, const ClawEndpointEvent *event);

/* claw-engine-talk.c */
/* Unreliable datagrams have come. */
void claw_engine_read_datagrams (ClawEngine *engine);
