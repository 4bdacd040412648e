/* claw-key-slots.h: the keys that records are sealed and opened with, by key phase.
 *
 * Three slots, so that a key rotation delays nothing: with the current keys we seal and open, with
 * the next ones, agreed upon already, the peer may seal, and with the previous ones we open what
 * was under way when the keys changed, until their grace is over. The phase in a record's header
 * says which are meant. The connection asks for a phase and never holds a key itself.
 */
#pragma once

#include "claw-aead.h"
#include "claw-handshake.h"
#include "claw-record.h"

typedef enum
{
  CLAW_KEY_SLOT_NONE = 0,
  CLAW_KEY_SLOT_PREVIOUS,
  CLAW_KEY_SLOT_CURRENT,
  CLAW_KEY_SLOT_NEXT,
} ClawKeySlotName;

typedef struct
{
  ClawAead *send;    /* NULL in the previous slot */
  ClawAead *receive; /* NULL: the slot is empty */
  uint8_t phase;
} ClawKeySlot;

typedef struct
{
  ClawKeySlot previous, current, next;
  ClawKey chain;      /* root of the next rotation */
  ClawKey resumption; /* psk of the next handshake; of the newest keys */
  uint32_t peer_index;
  uint64_t sealed;          /* records under the current keys */
  gint64 previous_until_us; /* G_MAXINT64: its grace has not begun, or there is none */
} ClawKeySlots;

/* Takes the secrets out of @keys. */
void claw_key_slots_init (ClawKeySlots *slots, ClawHandshakeKeys *keys);
void claw_key_slots_clear (ClawKeySlots *slots);
/* Takes the secrets out of @keys: those of the next phase, a new chain and a new resumption secret.
 * The next slot must be empty. */
void claw_key_slots_set_next (ClawKeySlots *slots, ClawHandshakeKeys *keys);
/* Seals with the next keys from now on. The old key to send is erased, that to receive becomes the
 * previous one; one that was still there is erased. */
void claw_key_slots_promote (ClawKeySlots *slots);
/* The previous key is erased at @until_us. */
void claw_key_slots_start_grace (ClawKeySlots *slots, gint64 until_us);
/* Erases what is due. */
void claw_key_slots_wake (ClawKeySlots *slots, gint64 now_us);
/* G_MAXINT64 for never. */
gint64 claw_key_slots_get_deadline (const ClawKeySlots *slots);
gboolean claw_key_slots_has_previous (const ClawKeySlots *slots);
gboolean claw_key_slots_has_next (const ClawKeySlots *slots);
/* Keeps no more than it takes to say that the rest is gone: the keys of records. */
void claw_key_slots_forget_secrets (ClawKeySlots *slots);
/* @datagram holds @length bytes of plaintext at CLAW_RECORD_HEADER_SIZE. Returns: the length of the
 * record. */
size_t
claw_key_slots_seal (ClawKeySlots *slots, uint64_t counter, uint8_t *datagram, size_t length);
/* Returns: whose key opened it; NONE (which is FALSE) when the phase has no key or the record is
 * not authentic. */
ClawKeySlotName claw_key_slots_open (const ClawKeySlots *slots,
                                     const ClawRecordHeader *header,
                                     const uint8_t *datagram,
                                     size_t length,
                                     uint8_t *plaintext,
                                     size_t *plaintext_length);
