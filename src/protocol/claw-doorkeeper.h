/* claw-doorkeeper.h: whom the responder lets in.
 *
 * Knows the psks and looks at initiations in the order of cost: size and type, one keyed hash (also
 * when the key id is unknown, so that time tells nothing), and only then public-key work. A
 * datagram of a stranger allocates nothing and changes nothing but a counter.
 *
 * Who holds a psk, or has recorded what somebody sent who does, could ask for public-key work as
 * fast as a network carries it. So there is so much of it a second and no more, in all and for each
 * psk, and a datagram that came a moment ago is known again by its mac. It is a step of its own, so
 * that the caller can do first what others wait for.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-handshake.h"
#include "claw-token-bucket.h"

/* Client keys whose greatest timestamp is remembered for a ONCE psk; others are refused. */
#define CLAW_DOORKEEPER_CLIENTS_MAX 16
/* Unconfirmed sessions of one client: as many as it has initiations that can still be answered. */
#define CLAW_DOORKEEPER_PENDING_PER_CLIENT_MAX 4

/* Initiations with one psk that are worth public-key work: a client sends one a second at most, yet
 * several may try the same file, and what waited on the way comes at once. Less where that would be
 * more than a part of what is there for all psks. */
#define CLAW_DOORKEEPER_PSK_PER_SECOND 4
#define CLAW_DOORKEEPER_PSK_PART 8
#define CLAW_DOORKEEPER_PSK_BURST 32
/* Macs of initiations of a psk that came last. */
#define CLAW_DOORKEEPER_MACS 4

typedef struct ClawDoorkeeper ClawDoorkeeper;

/* Tells the owner of an unconfirmed session to let it die; it is no longer in the doorkeeper's
 * list. */
typedef void (*ClawDoorkeeperDrop) (gpointer owner, gpointer user_data);

typedef enum
{
  CLAW_DOORKEEPER_STRANGER,
  CLAW_DOORKEEPER_NEAR_MISS,
  CLAW_DOORKEEPER_KNOWN, /* holds a psk: claw_doorkeeper_read () says more */
  CLAW_DOORKEEPER_WELCOME,
} ClawDoorkeeperVerdict;

typedef struct
{
  ClawAnswer *answer;  /* (transfer full): WELCOME */
  uint64_t psk_id;     /* KNOWN, WELCOME */
  uint32_t peer_index; /* the initiation's sender index */
  const char *reason;  /* NEAR_MISS */
} ClawDoorkeeperGuest;

/* @per_second: initiations of all psks that are worth public-key work; 0: no limit. */
ClawDoorkeeper *claw_doorkeeper_new (const ClawIdentity *identity,
                                     unsigned per_second,
                                     ClawDoorkeeperDrop drop,
                                     gpointer user_data);
void claw_doorkeeper_free (ClawDoorkeeper *doorkeeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawDoorkeeper, claw_doorkeeper_free)

/* An entry with the same id is replaced; when the psk is the same too, unconfirmed sessions stay.
 */
void claw_doorkeeper_accept (ClawDoorkeeper *doorkeeper, const ClawPskEntry *entry);
void claw_doorkeeper_refuse (ClawDoorkeeper *doorkeeper, uint64_t psk_id);
/* All psks are forgotten, and unconfirmed sessions dropped. */
void claw_doorkeeper_set_identity (ClawDoorkeeper *doorkeeper, const ClawIdentity *identity);
/* Returns: STRANGER, NEAR_MISS or KNOWN, at the cost of one keyed hash. */
ClawDoorkeeperVerdict claw_doorkeeper_check (ClawDoorkeeper *doorkeeper,
                                             const uint8_t *datagram,
                                             size_t length,
                                             gint64 now_us,
                                             ClawDoorkeeperGuest *guest);
/* Does the public-key work for an initiation that is KNOWN. @guest: as check () has left it.
 * Returns: STRANGER when the psk was taken back meanwhile, NEAR_MISS or WELCOME. On WELCOME the
 * timestamp is remembered, and the answer has to be used. */
ClawDoorkeeperVerdict claw_doorkeeper_read (ClawDoorkeeper *doorkeeper,
                                            const uint8_t *datagram,
                                            size_t length,
                                            ClawDoorkeeperGuest *guest);
/* Adds an unconfirmed session; the oldest of the same client is dropped at its limit. */
void claw_doorkeeper_add_pending (ClawDoorkeeper *doorkeeper,
                                  uint64_t psk_id,
                                  const uint8_t client_key[CLAW_PUBLIC_KEY_SIZE],
                                  gpointer owner);
/* It died by itself. */
void claw_doorkeeper_remove_pending (ClawDoorkeeper *doorkeeper, uint64_t psk_id, gpointer owner);
/* It proved itself: all others of the same client are dropped, whatever their psk, since the client
 * may have given up the secrets that they would lead to; and a ONCE psk is used up and all others
 * of it are dropped. */
void claw_doorkeeper_confirm (ClawDoorkeeper *doorkeeper, uint64_t psk_id, gpointer owner);
/* 0 when the id is unknown. Of a ONCE psk that is used up, that of the client that has used it. */
uint64_t claw_doorkeeper_get_greatest_timestamp_us (const ClawDoorkeeper *doorkeeper,
                                                    uint64_t psk_id);
