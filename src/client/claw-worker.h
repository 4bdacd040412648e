/* claw-worker.h: the thread in which an engine lives. Private to src/client.
 *
 * Commands go in by sources on the thread's own GMainContext, in order; events come out through the
 * mailbox.
 */
#pragma once

#include "claw-engine.h"
#include "claw-mailbox.h"

#define CLAW_WORKER_STOP_US G_USEC_PER_SEC
/* A disk that is slow is no reason to lose what came. */
#define CLAW_WORKER_SETTLE_US (10 * G_USEC_PER_SEC)

typedef struct ClawWorker ClawWorker;

/* Starts the thread. @mailbox: (transfer none): receives ClawEngineEvents. */
ClawWorker *
claw_worker_new (const char *data_directory, const char *name, int timeout_s, ClawMailbox *mailbox);
/* Before the first command. @key: copied. */
void claw_worker_set_store_key (ClawWorker *worker, const ClawKey *key);
/* Says CLOSE and begins to end the thread, so that several of them end at a time; no more commands
 * may follow. claw_worker_stop () then waits up to CLAW_WORKER_SETTLE_US from here for what the
 * thread has to tell, to save and to erase. */
void claw_worker_prepare_stop (ClawWorker *worker);
/* Says CLOSE, ends the thread and waits for it, at most CLAW_WORKER_STOP_US when it was not
 * prepared, or is in the middle of a key derivation. A thread that takes longer ends by itself
 * later, and takes no message from the server any more, which would confirm it. @worker is gone
 * afterwards. */
void claw_worker_stop (ClawWorker *worker);
/* The same, but waits for the thread however long it takes. */
void claw_worker_stop_wholly (ClawWorker *worker);

/* @serial: the newest; an open that is older by the time it is reached does nothing. */
void claw_worker_open (ClawWorker *worker,
                       const char *path,
                       ClawBootstrapKey *key,
                       ClawClientOpenFlags flags,
                       unsigned serial);
/* @file: (transfer full): one that was opened. */
void claw_worker_open_sec (ClawWorker *worker,
                           ClawSecFile *file,
                           ClawClientOpenFlags flags,
                           unsigned serial);
void claw_worker_open_last (ClawWorker *worker, unsigned serial);
void claw_worker_disconnect (ClawWorker *worker, unsigned serial);
void claw_worker_compromise (ClawWorker *worker, unsigned serial);
void claw_worker_retry_now (ClawWorker *worker);
void claw_worker_nudge (ClawWorker *worker);
/* @is_again: as for claw_engine_send () */
void claw_worker_send (ClawWorker *worker, ClawMessage *message, gboolean is_again);
void claw_worker_set_typing (ClawWorker *worker, gboolean is_typing);
/* The settings, at any time: claw-engine.h. @name: (nullable) */
void claw_worker_set_name (ClawWorker *worker, const char *name);
void claw_worker_set_timeout (ClawWorker *worker, int timeout_s);
void claw_worker_set_nat_detection (ClawWorker *worker, gboolean is_enabled);
void claw_worker_set_stun_servers (ClawWorker *worker, const char *const *servers);
void claw_worker_cancel (ClawWorker *worker, ClawMessage *message);
void claw_worker_resume (ClawWorker *worker);
/* A REPORT follows at once, if there is a session. */
void claw_worker_report (ClawWorker *worker);
