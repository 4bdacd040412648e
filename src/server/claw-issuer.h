/* claw-issuer.h: keeps an unused .sec file ready in the security directory.
 *
 * There is always one that nobody used, unless that is switched off. It is replaced every
 * auto_regenerate_minutes while nobody uses it (the older one is accepted until its own
 * valid_until, so that a file carried in its last minute still works), and at once when somebody
 * has used it. Files that are used or over are deleted, also those found at start; files that
 * another program, key or server made are left alone. The issuer knows no clock: every call is told
 * the time.
 *
 * Beside these there are the files that were asked for by name or with a validity of their own:
 * they are kept (claw-issued.h), nothing takes their place, and while they are where they were
 * written they are written anew when the addresses change. One that somebody has moved away counts
 * as handed out.
 */
#pragma once

#include "claw-issued.h"

/* Files accepted at the same time; only new-file makes more than two. */
#define CLAW_ISSUER_FILES_MAX 64
/* And so many that are kept. */
#define CLAW_ISSUER_KEPT_MAX 64
#define CLAW_ISSUER_VALIDITY_MIN_S 60
#define CLAW_ISSUER_VALIDITY_MAX_S (7 * 24 * 3600)
/* The directory of their records, in the state directory. */
#define CLAW_ISSUER_RECORDS "files"
/* Files looked at in the directory at start, beside those that are kept; with a passphrase each one
 * costs a key derivation. All of the server's own, and some of others. */
#define CLAW_ISSUER_ADOPT_MAX (CLAW_ISSUER_FILES_MAX + 16)

#define CLAW_ISSUER_ERROR (claw_issuer_error_quark ())
typedef enum
{
  CLAW_ISSUER_ERROR_TOO_MANY, /* as many unused files as may be are out already */
} ClawIssuerError;
GQuark claw_issuer_error_quark (void);

typedef enum
{
  CLAW_ISSUER_END_USED,
  CLAW_ISSUER_END_EXPIRED,
  CLAW_ISSUER_END_WITHDRAWN,
} ClawIssuerEnd;

typedef struct
{
  const char *directory;
  const char *state_directory;
  const char *server_id;
  const char *server_name;
  const uint8_t *server_public_key; /* CLAW_PUBLIC_KEY_SIZE bytes */
  ClawBootstrapKey *key;
  gint64 validity_s;
  gint64 regenerate_s; /* 0: no file is made unless somebody asks for it */
  /* Gives the id for the next psk; unique, not 0. */
  uint64_t (*new_psk_id) (gpointer user_data);
  /* Fills in server, candidates and n_candidates as they are at present. */
  void (*fill_addresses) (ClawSecFile *file, gpointer user_data);
  /* From now on, or from now on no more, clients may come with this psk. */
  void (*accept) (uint64_t psk_id, const ClawKey *psk, gpointer user_data);
  void (*refuse) (uint64_t psk_id, gpointer user_data);
  /* (nullable): a new file is there. */
  void (*issued) (const char *path, gint64 valid_until_s, gpointer user_data);
  /* (nullable): it is about to be deleted. @what: as claw_issued_describe () says. */
  void (*ended) (const char *what, ClawIssuerEnd how, gpointer user_data);
  gpointer user_data;
} ClawIssuerConfig;

typedef struct
{
  const char *name;       /* (nullable): for whom; as claw_name_sanitise () makes it */
  gint64 validity_s;      /* within the limits above; 0: as configured */
  gboolean is_handed_out; /* not put into the directory: the text is all there is */
} ClawIssuerWish;

typedef struct ClawIssuer ClawIssuer;

/* @config and what it points to are copied or referenced. Nothing happens before start (). */
ClawIssuer *claw_issuer_new (const ClawIssuerConfig *config);
void claw_issuer_free (ClawIssuer *issuer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawIssuer, claw_issuer_free)

/* Other times for the files that will be made; those that are out keep theirs. */
void claw_issuer_set_times (ClawIssuer *issuer, gint64 validity_s, gint64 regenerate_s);
/* Takes the directory's files over and issues one if none is fresh enough. */
gboolean claw_issuer_start (ClawIssuer *issuer, gint64 now_s, GError **error);
/* Deletes what is over and issues what is due; with a passphrase that ends a moment later, in the
 * main context that is thread-default now. On an error the next call tries again. */
gboolean claw_issuer_tick (ClawIssuer *issuer, gint64 now_s, GError **error);
/* Issues one more. Returns: (transfer none): its path, valid until the next call. */
const char *claw_issuer_issue (ClawIssuer *issuer, gint64 now_s, GError **error);
/* One more by @wish: without any wishes as issue () does. @text: (out) (nullable): the file's.
 * Returns: (transfer none) (nullable): valid until the next call. */
const ClawIssued *claw_issuer_make (
    ClawIssuer *issuer, const ClawIssuerWish *wish, gint64 now_s, char **text, GError **error);
/* Deletes and refuses the file of that id, or all that are for the person of that name. Returns:
 * how many. */
unsigned claw_issuer_withdraw (ClawIssuer *issuer, const char *which);
/* The file of @psk_id was used: deletes it, and refuses its psk from now on. The next one is issued
 * by the next tick (). @secret: is set to the file's. @name: (out) (nullable): set to the name of
 * the person that it was for, if it was for one. */
void claw_issuer_use (ClawIssuer *issuer, uint64_t psk_id, ClawKey *secret, char **name);
/* The addresses have changed: the next tick () issues a file with the new ones, and writes those
 * that are kept anew. The older one is accepted until its end, since who has it already may know a
 * way all the same. */
void claw_issuer_outdate (ClawIssuer *issuer);
/* The next claw_issuer_tick () makes a new file, also when none is made by itself. */
void claw_issuer_demand (ClawIssuer *issuer);

/* Keys are compromised: all files are overwritten, deleted and refused, and one that is being made
 * is given up. The next tick () issues another. */
void claw_issuer_erase (ClawIssuer *issuer);
/* Whom files name from now on, CLAW_PUBLIC_KEY_SIZE bytes. */
void claw_issuer_set_server_key (ClawIssuer *issuer, const uint8_t *server_public_key);
/* The paths of all files that are out, as far as they have one. */
GStrv claw_issuer_list (const ClawIssuer *issuer);
/* Whether a file that is still accepted names this port, in any of its addresses. */
gboolean claw_issuer_names_port (const ClawIssuer *issuer, uint16_t port);
/* Whether a kept file tells others than @file does. */
gboolean claw_issuer_has_other_addresses (const ClawIssuer *issuer, const ClawSecFile *file);
gboolean claw_issuer_owns (const ClawIssuer *issuer, uint64_t psk_id);
/* Unix time at which tick () wants to be called; 0 for at once. */
gint64 claw_issuer_get_deadline_s (const ClawIssuer *issuer);
/* The unused file of those that are not kept which was made last. Returns: (transfer none)
 * (nullable).
 * @valid_until_s: (nullable). */
const char *claw_issuer_get_current (const ClawIssuer *issuer, gint64 *valid_until_s);
unsigned claw_issuer_get_count (const ClawIssuer *issuer);
/* Those that are not kept first. Returns: (transfer none) */
const ClawIssued *claw_issuer_get (const ClawIssuer *issuer, unsigned at);
gboolean claw_issuer_is_kept (const ClawIssuer *issuer, unsigned at);
