/* claw-client.h: a chat with one server, for a window or a terminal.
 *
 * The network, the .sec file and its key derivation run in a worker thread with a GMainContext of
 * its own; this object lives in the context that was thread-default when it was made, and emits all
 * its signals there, so that no amount of traffic stalls a frame. It reconnects by itself with the
 * pairing's resumption secret, which it keeps in the data directory: after a restart resume_async
 * () needs no file.
 *
 * Properties, all read-only with notify:
 *
 * - "state", "error", "server-name"
 * - "saving-error" (nullable): why the pairing is not on the disk, so that another run could not
 *   come back without a new file; until it is saved
 *
 * - "name": ours, as the server gave it
 * - "status": one translated line for a header, such as "Connected directly · 23 ms". While it
 * waits to reconnect it holds the seconds at the time of its last change; who shows them asks
 *   claw_client_format_status () each second, so that nothing ticks when nobody looks.
 *
 * Signals:
 *
 * - "message" (ClawMessage *message): one of another member
 *
 * - "message-state" (ClawMessage *message, guint state): one of ours is SENT or DELIVERED now
 *
 * - "message-cancelled" (ClawMessage *message): one of ours was taken back
 *
 * - "welcome" (): the server gave us our name and the members
 *
 * - "renamed" (): the server gave us another name in the middle of the session
 *
 * - "name-taken" (const char *wish, const char *name): somebody else has the name that we wish for,
 * so that we are called @name; told once, ahead of the "welcome" or "renamed" that brought it
 *
 * - "joined", "left" (const char *name)
 *
 * - "typing" (const char *name, gboolean is_typing): a member that is here writes, or no longer
 *
 * Two programs that use one data directory at the same time are one identity to a server, which
 * keeps the newer session and ends the older with CLAW_CLIENT_ERROR_REPLACED. Programs that are to
 * be members beside each other need a directory each.
 */
#pragma once

#include "claw-bootstrap-key.h"
#include "claw-message.h"
#include "claw-sec-file.h"

#include <gio/gio.h>

#define CLAW_CLIENT_ERROR (claw_client_error_quark ())
typedef enum
{
  CLAW_CLIENT_ERROR_NO_ANSWER,    /* says what was tried, what it may mean and what to do */
  CLAW_CLIENT_ERROR_REVOKED,      /* the operator ended the pairing: a new file is needed */
  CLAW_CLIENT_ERROR_DISCONNECTED, /* the operator ended the session */
  CLAW_CLIENT_ERROR_REPLACED,     /* the same identity connected from elsewhere */
  CLAW_CLIENT_ERROR_NETWORK,      /* no socket could be made */
  CLAW_CLIENT_ERROR_NOT_PAIRED,   /* nothing to resume: a file is needed */
  CLAW_CLIENT_ERROR_COMPROMISED,  /* all keys are erased, on both sides: a new file is needed */
  CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD, /* the same, but the server may not know */
  CLAW_CLIENT_ERROR_PROTOCOL,
  CLAW_CLIENT_ERROR_KEY_CHANGED, /* a file names another key for a server that is known; of
                                    claw_saved_chats_open_file_async () */
} ClawClientError;
GQuark claw_client_error_quark (void);

typedef enum
{
  CLAW_CLIENT_IDLE,     /* nothing opened yet, or disconnected by the user */
  CLAW_CLIENT_KNOCKING, /* first connection since it was opened */
  CLAW_CLIENT_CONNECTED,
  CLAW_CLIENT_RECONNECTING, /* the session was lost; messages are queued meanwhile */
  CLAW_CLIENT_COMPROMISED,  /* all keys are erased, and the server is told for some seconds, then
                               FAILED; or it told us: "error" says so at once */
  CLAW_CLIENT_FAILED,       /* "error" says why; open () may be called again */
} ClawClientState;
#define CLAW_TYPE_CLIENT_STATE (claw_client_state_get_type ())
GType claw_client_state_get_type (void);
#define CLAW_TYPE_MESSAGE (claw_client_message_get_type ())
GType claw_client_message_get_type (void); /* boxed ClawMessage */

#define CLAW_TYPE_CLIENT (claw_client_get_type ())
G_DECLARE_FINAL_TYPE (ClawClient, claw_client, CLAW, CLIENT, GObject)

/* @data_directory: where the identity is kept, NULL for $XDG_DATA_HOME/clawchat. @name: (nullable):
 * how to be shown. @timeout_s: networking.hole_punch_timeout. Nothing touches the disk or the
 * network before open (). */
ClawClient *claw_client_new (const char *data_directory, const char *name, int timeout_s);

typedef enum
{
  CLAW_CLIENT_OPEN_DEFAULT = 0,
  CLAW_CLIENT_OPEN_IGNORE_TIME = 1 << 0, /* knock even though our clock says the file is over */
  CLAW_CLIENT_OPEN_ACCEPT_KEY = 1 << 1,  /* although the server is known by another key */
} ClawClientOpenFlags;

/* Lets @monitor wake the client when the network changes or comes back, and tell the user when
 * there is none. @monitor: (transfer none): must emit its signals in this object's context. */
void claw_client_watch_network (ClawClient *client, GNetworkMonitor *monitor);
/* Reads and opens the .sec, then goes to KNOCKING. Ends any session there was. Finishes when the
 * file was opened (not when connected): errors of CLAW_SEC_FILE_ERROR, CLAW_BOOTSTRAP_KEY_ERROR,
 * CLAW_FILE_ERROR (the identity), CLAW_CLIENT_ERROR_NETWORK.
 * @key: (nullable): looked for with claw_bootstrap_key_find () when NULL. */
void claw_client_open_async (ClawClient *client,
                             const char *path,
                             ClawBootstrapKey *key,
                             ClawClientOpenFlags flags,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/* The same with a .sec that was opened already, whose key derivation is not done again; ends in
 * claw_client_open_finish (), too. @file: (transfer full). */
void claw_client_open_sec_async (ClawClient *client,
                                 ClawSecFile *file,
                                 ClawClientOpenFlags flags,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean claw_client_open_finish (ClawClient *client, GAsyncResult *result, GError **error);
/* Whether there seems to be something for resume_async (): only looks at file names, at once. */
gboolean claw_client_can_resume (ClawClient *client);
/* Connects to the server that was used last, without a file. As open_async (), but silence is no
 * end here: after networking.hole_punch_timeout the state goes on from KNOCKING to RECONNECTING,
 * with "error" set to what may be the matter. Errors: CLAW_CLIENT_ERROR_NOT_PAIRED,
 * CLAW_CLIENT_ERROR_NETWORK, CLAW_SAVED_PAIRING_ERROR, CLAW_FILE_ERROR. */
void claw_client_resume_async (ClawClient *client,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean claw_client_resume_finish (ClawClient *client, GAsyncResult *result, GError **error);
/* Leaves (tells the server) and goes to IDLE; also cancels knocking. */
void claw_client_disconnect (ClawClient *client);
/* The keys may be in wrong hands: erases the pairing with the present server (in IDLE, with the
 * last one) from disk and memory, the identity too when no other pairing uses it, and messages that
 * were not delivered. Tells the server if there is a session; its acknowledgement is waited for at
 * most CLAW_CONNECTION_COMPROMISE_US. Ends in FAILED. */
void claw_client_compromise (ClawClient *client);
/* While it waits to reconnect: tries at once instead of at the end of the pause. In FAILED: knocks
 * once more with what the last file said. */
void claw_client_retry_now (ClawClient *client);
/* Queues a message; it is sent once there is a connection. Returns: (transfer full) (nullable):
 * NULL with CLAW_MESSAGE_ERROR, or G_IO_ERROR_NOT_CONNECTED in IDLE and FAILED; the caller keeps
 * the text. */
ClawMessage *claw_client_send (ClawClient *client, const char *text, GError **error);
/* The same for a message of an earlier run of the program that was not known to be delivered. It
 * keeps its id, so that a server which has it shows it once. @state: as it was told then: one that
 * was SENT cannot be taken back. To be called once a run, when the
 * first open () or resume () has finished. */
gboolean claw_client_queue (ClawClient *client,
                            ClawMessage *message,
                            ClawMessageState state,
                            GError **error);
/* Takes back a message that is QUEUED and of which nothing was written to a connection yet.
 * "message-cancelled" follows when it was in time, else it goes on as if nothing had been said. */
void claw_client_cancel_message (ClawClient *client, ClawMessage *message);

/* As claw_client_send (), in reply to @original, which is one of ours or of others. @original:
 * (nullable) */
ClawMessage *claw_client_send_reply (ClawClient *client,
                                     ClawMessage *original,
                                     const char *text,
                                     GError **error);
/* To be called whenever the text of a message that is being written changes, and with FALSE when it
 * is given up: the others are told no more often than is useful. */
void claw_client_set_typing (ClawClient *client, gboolean is_typing);
/* Our public key: others know our messages by claw_message_share_id () with it. Returns: (transfer
 * none) (nullable): NULL before a server is opened. */
const uint8_t *claw_client_get_own_key (ClawClient *client);

/* Seals the identity, and with it the pairings, in the data directory. @key: copied; to be called
 * before the first open. */
void claw_client_set_store_key (ClawClient *client, const ClawKey *key);

/* What the user may change at any time; it counts at once. */

/* @name: (nullable). While there is a session the server is asked for it; NULL, which lets the
 * server choose, counts from the next session. */
void claw_client_set_name (ClawClient *client, const char *name);
/* From the next attempt to connect. */
void claw_client_set_timeout (ClawClient *client, int timeout_s);
/* Whether the server is asked, inside the session, which NATs are in between, and the STUN servers
 * too; what came of it is in describe (). Off at first. Turned off, what was learned is forgotten.
 */
void claw_client_set_nat_detection (ClawClient *client, gboolean is_enabled);
/* Whom to ask beside the server we are connected with: "host" or "host:port". None at first. */
void claw_client_set_stun_servers (ClawClient *client, const char *const *servers);

ClawClientState claw_client_get_state (ClawClient *client);
const GError *claw_client_get_error (ClawClient *client);        /* (nullable): of FAILED, or why
                                                                     RECONNECTING takes long */
const GError *claw_client_get_saving_error (ClawClient *client); /* (nullable) */
const char *claw_client_get_server_name (ClawClient *client);    /* (nullable) */
const char *
claw_client_get_name (ClawClient *client); /* (nullable): before WELCOME the wished one */
/* Whether it is not connected because this machine has no network; goes with "status". */
gboolean claw_client_is_offline (ClawClient *client);
const char *claw_client_get_status (ClawClient *client);         /* one line, translated */
const char *const *claw_client_get_members (ClawClient *client); /* the others, (transfer none) */
/* Several lines for /status: what claw-client-details.h lists. Returns: (transfer full) */
char *claw_client_describe (ClawClient *client);
/* For the end of a program, ahead of claw_client_shutdown (): begins it, so that several clients
 * end at a time, and lets it take up to ten seconds when a disk is slow, so that nothing is lost
 * which the server has heard that it came, and no key stays that is to be erased. Windows should be
 * hidden by then. */
void claw_client_prepare_shutdown (ClawClient *client);
/* Blocks until the CLOSE has left and the worker ended, at most a second if it was not prepared.
 * Messages that came, and what became of ours, are told before it returns; of the session nothing
 * more is. */
void claw_client_shutdown (ClawClient *client);
/* The same, but however long it takes: nothing is written any more. For who erases the directory.
 */
void claw_client_shutdown_wholly (ClawClient *client);
