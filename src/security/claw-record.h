/* claw-record.h: sealing and opening the datagrams after the handshake.
 *
 * 1 byte type 0x40 and key phase (low 2 bits) | 4 bytes receiver index | 8 bytes counter |
 * ciphertext | 16 bytes tag The 13 bytes of header are associated data; the nonce is 4 zero bytes
 * and the counter, big-endian (Noise section 12.4, AESGCM).
 */
#pragma once

#include "claw-secret.h"

#define CLAW_RECORD_TYPE 0x40
#define CLAW_RECORD_PHASE_MASK 0x03
#define CLAW_RECORD_HEADER_SIZE 13
#define CLAW_RECORD_TAG_SIZE 16
#define CLAW_RECORD_OVERHEAD (CLAW_RECORD_HEADER_SIZE + CLAW_RECORD_TAG_SIZE)

typedef struct
{
  uint8_t phase;
  uint32_t receiver_index;
  uint64_t counter;
} ClawRecordHeader;

typedef struct ClawAead ClawAead; /* claw-aead.h */

/* Whether @datagram is long enough and typed as a record. */
gboolean claw_record_peek (const uint8_t *datagram, size_t length, ClawRecordHeader *header);
/* @datagram holds the plaintext at offset CLAW_RECORD_HEADER_SIZE, is sealed in place and must have
 * room for
 * @plaintext_length + CLAW_RECORD_OVERHEAD. Returns: the datagram's length. */
size_t claw_record_seal (const ClawAead *aead,
                         const ClawRecordHeader *header,
                         uint8_t *datagram,
                         size_t plaintext_length);
/* Opens into @plaintext (room for @length - CLAW_RECORD_OVERHEAD). Returns: FALSE when it is not
 * authentic;
 * @plaintext is then zeroed. */
gboolean claw_record_open (const ClawAead *aead,
                           const uint8_t *datagram,
                           size_t length,
                           uint8_t *plaintext,
                           size_t *plaintext_length);
