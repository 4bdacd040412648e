/* claw-key-slots.h: the keys that records are sealed and opened with, by key phase.
 *
 * One slot, phase 0, as long as keys do not rotate; the connection asks for a phase and never holds
 * a key itself.
 */
#pragma once

#include "claw-aead.h"
#include "claw-handshake.h"
#include "claw-record.h"

typedef struct
{
  ClawAead *send;
  ClawAead *receive;
  uint8_t phase;
} ClawKeySlot;

typedef struct
{
  ClawKeySlot current;
  ClawKey chain;      /* root of rotations */
  ClawKey resumption; /* psk of the next handshake */
  uint32_t peer_index;
} ClawKeySlots;

/* Takes the secrets out of @keys. */
void claw_key_slots_init (ClawKeySlots *slots, ClawHandshakeKeys *keys);
void claw_key_slots_clear (ClawKeySlots *slots);
/* @datagram holds @length bytes of plaintext at CLAW_RECORD_HEADER_SIZE. Returns: the length of the
 * record. */
size_t
claw_key_slots_seal (const ClawKeySlots *slots, uint64_t counter, uint8_t *datagram, size_t length);
/* Returns: FALSE when the phase has no key or the record is not authentic. */
gboolean claw_key_slots_open (const ClawKeySlots *slots,
                              const ClawRecordHeader *header,
                              const uint8_t *datagram,
                              size_t length,
                              uint8_t *plaintext,
                              size_t *plaintext_length);
