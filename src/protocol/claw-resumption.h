/* claw-resumption.h: the secrets that an initiator keeps to come back with.
 *
 * A responder keeps two: its newest, and the one that the initiator has shown to have. Which two
 * these are the initiator knows only once a record of the session has come; before, the responder
 * may lose the session again, or forget the secret that opened it since the session before, a
 * datagram of which was still on its way, has changed its keys. So the initiator changes its own
 * two only on proof, and keeps the secret of a session without proof beside them. With each change
 * saved before anything is sent, the two always share a secret, whoever crashes, and when.
 *
 * The secret of a file counts like a newest one until a session that it has opened is proven: the
 * responder may have established another one of ours with it than the last, whose record was only
 * late, and then keeps it for us as the secret that we have shown to have.
 */
#pragma once

#include "claw-secret.h"

/* In the order in which they are psks of a connect request. */
typedef enum
{
  CLAW_RESUMPTION_UNPROVEN, /* of the last session, of which no record has come yet */
  CLAW_RESUMPTION_NEWEST,   /* or the one that opened the session without proof */
  CLAW_RESUMPTION_PREVIOUS, /* the other of the two */
  CLAW_RESUMPTION_FILE,     /* of a .sec file, until a session is proven */
  CLAW_RESUMPTION_MAX
} ClawResumptionIndex;

typedef struct
{
  ClawKey keys[CLAW_RESUMPTION_MAX];
} ClawResumption;

void claw_resumption_clear (ClawResumption *resumption);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawResumption, claw_resumption_clear)
/* Whether @secret is one of them. */
gboolean claw_resumption_has (const ClawResumption *resumption, const ClawKey *secret);
/* A session was established with psk @used; its secret is @secret. */
void
claw_resumption_on_established (ClawResumption *resumption, uint64_t used, const ClawKey *secret);
/* The first record of the session has come. @used: as above, what it was when it was established.
 */
void claw_resumption_on_proven (ClawResumption *resumption, uint64_t used);
/* The session has changed its keys. */
void claw_resumption_on_rotated (ClawResumption *resumption, const ClawKey *secret);
