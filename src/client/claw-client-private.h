/* claw-client-private.h: what the parts of a client share. Private to src/client. */
#pragma once

#include "claw-client.h"

#include "claw-engine.h"
#include "claw-safety-number.h"
#include "claw-worker.h"

struct _ClawClient
{
  GObject parent_instance;

  char *data_directory;
  char *wished_name; /* (nullable) */
  int timeout_s;
  gboolean nat_detection;
  GStrv stun_servers; /* (nullable) */
  char *told_wish;    /* (nullable): what was told to be taken, and … */
  char *told_name;    /* … what we are called instead */
  ClawKey store_key;  /* empty: the identity is not sealed */
  GMainContext *context;
  ClawMailbox *mailbox; /* with the worker: both or none */
  ClawWorker *worker;
  unsigned serial; /* of the last open, disconnect or shutdown */

  GTask *opening;      /* (nullable) */
  GSource *cancelling; /* (nullable): watches the cancellable of @opening */

  GNetworkMonitor *monitor; /* (nullable) */

  ClawClientState state;
  gboolean has_local; /* the server may be reached without a network */
  GError *error;
  GError *saving_error; /* (nullable) */
  char *server_name;
  char *server_id;
  char *name;
  char *status;
  GPtrArray *members; /* of char *, NULL-terminated */
  ClawEngineReport report;
  gint64 next_attempt_us; /* monotonic; 0: not waiting */

  gboolean has_keys; /* the two below are set */
  uint8_t own_key[CLAW_PUBLIC_KEY_SIZE], server_key[CLAW_PUBLIC_KEY_SIZE];
  char safety_number[CLAW_SAFETY_NUMBER_SIZE]; /* empty: not asked for yet */

  GHashTable *typing;    /* (nullable): name -> gint64 *, monotonic: until when it is shown */
  GSource *typing_timer; /* (nullable): until the first of them */
  gboolean is_typing;    /* as the others were told */
  gint64 typing_told_us;

  /* Ours that are not DELIVERED: never more than a chat's outbox may hold. */
  unsigned pending_messages;
  size_t pending_bytes;
};

/* claw-client-talk.c */
/* @original: (nullable): what it answers. Returns: (transfer full) (nullable) */
ClawMessage *claw_client_make_message (ClawClient *client,
                                       ClawMessage *original,
                                       const char *text,
                                       GError **error);
/* @name: (nullable): a member writes, or no longer. */
void claw_client_hear_typing (ClawClient *client, const char *name, gboolean is_typing);
/* Of all. */
void claw_client_clear_typing (ClawClient *client);

/* claw-client-settings.c */
/* Of a WELCOME or a NAME: tells when the name that was wished for is taken. */
void claw_client_hear_name (ClawClient *client, const ClawEngineEvent *event);
/* To a worker that is new. */
void claw_client_tell_settings (ClawClient *client);

/* claw-client-outbox.c */
/* Accounts for what became of one of ours. */
void claw_client_settle_message (ClawClient *client, ClawMessage *message);
