/* claw-host.h: a server inside a program that does other things as well, such as a window.
 *
 * It is the server of clawchat-server, in a thread with a GMainContext of its own and with
 * directories of its own; what it does not have is the sandbox, which would be one for the whole
 * program. This object lives in the context that was thread-default when it was made, and is told
 * about the server there: everything that can be asked here is a copy.
 *
 * Below the directory: state and security as a server has them, bootstrap.key with the key or
 * passphrase that opens the files, host.ini with what to start again with, own.sec for the program
 * itself, and control.sock for "clawchat-server --control-socket".
 *
 * Properties, read-only with notify: "state", "error". Signal: "changed" (): members came or went,
 * or there is another file or port.
 */
#pragma once

#include "claw-bootstrap-key.h"
#include "claw-identity.h"
#include "claw-server-config.h"

#include <gio/gio.h>

typedef enum
{
  CLAW_HOST_OFF,
  CLAW_HOST_STARTING,
  CLAW_HOST_RUNNING,
  CLAW_HOST_STOPPING,
  CLAW_HOST_FAILED, /* "error" says why */
} ClawHostState;
#define CLAW_TYPE_HOST_STATE (claw_host_state_get_type ())
GType claw_host_state_get_type (void);

/* Somebody who is paired. */
typedef struct
{
  unsigned id;
  char *name;
  gboolean is_present;
  uint8_t public_key[CLAW_PUBLIC_KEY_SIZE];
} ClawHostMember;

#define CLAW_TYPE_HOST (claw_host_get_type ())
G_DECLARE_FINAL_TYPE (ClawHost, claw_host, CLAW, HOST, GObject)

/* @config: (transfer full): for all but the name and the directories. An ip of "::" becomes
 * "0.0.0.0" on a machine without IPv6. Nothing happens before start (). */
ClawHost *claw_host_new (const char *directory, ClawServerConfig *config);
/* Of the configuration; counts from the next start. @servers: as networking.stun_servers. */
void claw_host_set_stun_servers (ClawHost *host, const char *const *servers);
/* @name: of the chat, as others see it. @passphrase: (nullable): to open its files with; without
 * one a random key is made once and stays. From now on start_again () starts it. Returns: FALSE
 * with an error when nothing was begun; what fails later ends in FAILED. */
gboolean claw_host_start (ClawHost *host, const char *name, const char *passphrase, GError **error);
/* When it was on at the end of the last run: as it was then. Returns: whether it was. */
gboolean claw_host_start_again (ClawHost *host);
/* Tells all members; the state is OFF when it is done, a moment later. It stays off. */
void claw_host_stop (ClawHost *host);
/* The program ends: stops and waits for that, but start_again () will start it. */
void claw_host_shutdown (ClawHost *host);
/* Makes one more .sec file; "changed" follows. */
void claw_host_make_file (ClawHost *host);
/* Makes a file for this program itself, with an address that leads there without any network.
 * Returns in finish (): (transfer full): its path; the key is get_key ()'s. */
void
claw_host_make_own_file_async (ClawHost *host, GAsyncReadyCallback callback, gpointer user_data);
char *claw_host_make_own_file_finish (ClawHost *host, GAsyncResult *result, GError **error);

ClawHostState claw_host_get_state (ClawHost *host);
const GError *claw_host_get_error (ClawHost *host); /* (nullable) */
/* The last name it had. Returns: (nullable) */
const char *claw_host_get_name (ClawHost *host);
/* The key that opens its files. Returns: (transfer none) (nullable): NULL before the first start.
 */
ClawBootstrapKey *claw_host_get_key (ClawHost *host);

/* The file with that key. */
const char *claw_host_get_key_path (ClawHost *host);

/* While RUNNING; else nothing, as the comments say. */
const char *claw_host_get_file (ClawHost *host);     /* (nullable): the newest that nobody used */
gint64 claw_host_get_valid_until_s (ClawHost *host); /* of that file, Unix; 0: none */
unsigned claw_host_get_port (ClawHost *host);        /* 0: none */
const char *claw_host_get_reach (ClawHost *host);    /* (nullable): who can come in, in words */
const uint8_t *claw_host_get_public_key (ClawHost *host); /* (nullable): CLAW_PUBLIC_KEY_SIZE */
/* Returns: (transfer none): of ClawHostMember; may be empty. */
GPtrArray *claw_host_get_members (ClawHost *host);
