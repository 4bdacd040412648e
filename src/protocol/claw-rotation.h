/* claw-rotation.h: when and how the two sides of a session change its keys.
 *
 * A rotation takes a session from one epoch to the next with one REKEY frame each way; what the
 * keys are made of is in claw-rekey.h. PROTOCOL.md has the rules and why they are safe.
 *
 *   who begins:   IDLE → BEGUN → (peer's REKEY) AGREED → (ours was acknowledged) SWITCHED → IDLE
 *   who answers:  IDLE → (peer's REKEY) ANSWERED → (first record under the new keys) IDLE
 *
 * A REKEY is answered, and a rotation begun, only when the application has confirmed that it saved
 * the resumption secret of the one before (ASKED waits for that), so that a crash of either side at
 * any moment leaves two programs that still share a secret. When both begin at the same moment both
 * are in BEGUN and take each other's REKEY as the answer. Time goes in as an argument.
 */
#pragma once

#include "claw-identity.h"
#include "claw-key-slots.h"

/* Between two rotations; each is up to a tenth earlier by chance, so that a server's sessions do
 * not all rotate at once. The handshake's initiator waits a tenth longer, so that it normally
 * leaves the beginning to the responder. */
#define CLAW_ROTATION_INTERVAL_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define CLAW_ROTATION_JITTER 10 /* divides the interval */
/* Records under one key before a rotation is begun. RFC 9001 section 6.6 allows AES-GCM 2^23 of any
 * length, and its appendix B 2^28 of at most 2^11 bytes, as ours are; twice as many as this end the
 * session. */
#define CLAW_ROTATION_RECORDS (UINT64_C (1) << 23)
/* How long the previous key stays: probe timeouts of the peer, within bounds. */
#define CLAW_ROTATION_GRACE_TIMEOUTS 3
#define CLAW_ROTATION_GRACE_MIN_US G_USEC_PER_SEC
#define CLAW_ROTATION_GRACE_MAX_US (15 * G_USEC_PER_SEC)

typedef enum
{
  CLAW_ROTATION_IDLE,     /* all keys are in use; perhaps the previous one is in its grace */
  CLAW_ROTATION_ASKED,    /* the peer's key is here, the last secret is not saved yet */
  CLAW_ROTATION_BEGUN,    /* our key is under way, the peer's is not here */
  CLAW_ROTATION_ANSWERED, /* new keys are here; we may not send under them before the peer has */
  CLAW_ROTATION_AGREED,   /* new keys are here; does the peer have them too? */
  CLAW_ROTATION_SWITCHED, /* we send under the new keys; nothing under them has come yet */
} ClawRotationState;

/* What came of a call, bits. */
typedef enum
{
  CLAW_ROTATION_NOTHING = 0,
  CLAW_ROTATION_DERIVED = 1 << 0,      /* there is a new resumption secret to be saved */
  CLAW_ROTATION_SWITCHED_NOW = 1 << 1, /* the peer has to get a record under the new keys soon */
  CLAW_ROTATION_BROKEN = 1 << 2,       /* the peer broke a rule */
} ClawRotationNews;

/* Of all sessions of an endpoint. */
typedef struct
{
  gint64 interval_us;
  uint64_t records;
  GRand *jitter;
} ClawRotationPolicy;

typedef struct
{
  ClawRotationState state;
  const ClawRotationPolicy *policy;
  gboolean is_initiator;
  gboolean is_saved;      /* the newest resumption secret, as the application says */
  gboolean is_wanted;     /* on demand */
  uint64_t epoch;         /* of the newest keys */
  gint64 changed_us;      /* when they were made */
  gint64 due_us;          /* when the next ones are to be */
  ClawIdentity ephemeral; /* BEGUN only */
  uint8_t own_key[CLAW_PUBLIC_KEY_SIZE];
  uint8_t peer_key[CLAW_PUBLIC_KEY_SIZE]; /* of the newest epoch, or of the one ASKED for */
  gboolean must_send;                     /* our REKEY, the first time or again */
  gboolean is_acknowledged;
  uint64_t first_record; /* that carried our REKEY; G_MAXUINT64: none yet */
} ClawRotation;

/* @policy is borrowed. */
void claw_rotation_init (ClawRotation *rotation,
                         const ClawRotationPolicy *policy,
                         gboolean is_initiator);
void claw_rotation_clear (ClawRotation *rotation);
/* The session is established. */
void claw_rotation_start (ClawRotation *rotation, gint64 now_us);

/* Begins as soon as may be, whatever the time. */
void claw_rotation_request (ClawRotation *rotation);
/* The application has saved the newest resumption secret. */
void claw_rotation_confirm (ClawRotation *rotation);
/* To be called when it is due, and ahead of sending: begins or answers if it is time to. */
ClawRotationNews claw_rotation_step (ClawRotation *rotation, ClawKeySlots *slots, gint64 now_us);
/* A REKEY came. */
ClawRotationNews claw_rotation_on_rekey (ClawRotation *rotation,
                                         ClawKeySlots *slots,
                                         uint64_t epoch,
                                         const uint8_t key[CLAW_PUBLIC_KEY_SIZE],
                                         gint64 now_us);
/* A record was opened; to be called before its frames are looked at. */
void claw_rotation_on_opened (ClawRotation *rotation,
                              ClawKeySlots *slots,
                              ClawKeySlotName slot,
                              gint64 probe_timeout_us,
                              gint64 now_us);
/* Record @number carries our REKEY, was acknowledged, or is lost. */
void claw_rotation_on_sent (ClawRotation *rotation, uint64_t number);
ClawRotationNews
claw_rotation_on_acknowledged (ClawRotation *rotation, ClawKeySlots *slots, uint64_t number);
void claw_rotation_on_lost (ClawRotation *rotation, uint64_t number);

/* Whether a REKEY with own_key wants to be sent. */
gboolean claw_rotation_wants_frame (const ClawRotation *rotation);
/* The epoch that our REKEY speaks of. */
uint64_t claw_rotation_get_frame_epoch (const ClawRotation *rotation);
/* Whether the current key has sealed as many records as one may at all. */
gboolean claw_rotation_is_worn (const ClawRotation *rotation, const ClawKeySlots *slots);
/* When step () has to be called; G_MAXINT64 for never. */
gint64 claw_rotation_get_deadline (const ClawRotation *rotation, const ClawKeySlots *slots);
