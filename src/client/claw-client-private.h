/* claw-client-private.h: what the parts of a client share. Private to src/client. */
#pragma once

#include "claw-client.h"

#include "claw-engine-report.h"
#include "claw-worker.h"

struct _ClawClient
{
  GObject parent_instance;

  char *data_directory;
  char *wished_name; /* (nullable) */
  int timeout_s;
  gboolean nat_detection;
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
  char *server_name;
  char *name;
  char *status;
  GPtrArray *members; /* of char *, NULL-terminated */
  ClawEngineReport report;

  /* Ours that are not DELIVERED: never more than a chat's outbox may hold. */
  unsigned pending_messages;
  size_t pending_bytes;
};
