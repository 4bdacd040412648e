/* claw-handshake.h: the two handshake datagrams around Noise_IKpsk1_25519_AESGCM_SHA256.
 *
 * initiation: type 0x10 | key id 8 | mac 16 | sender index 4 | e 32 | s 32+16 | payload + 16
 * response:   type 0x20 | receiver index 4 | mac 16 | sender index 4 | e 32 | payload + 16
 *
 * Key id and mac key are HKDF outputs of the psk; the mac (HMAC-SHA-256 cut to 16 bytes) covers the
 * whole datagram with the mac field zero, so that without the psk nothing beyond one keyed hash can
 * be reached. The initiation is padded inside its payload to CLAW_HANDSHAKE_INITIATION_SIZE, and
 * the response to CLAW_HANDSHAKE_RESPONSE_SIZE, which is never larger than what it answers. The
 * header ahead of e is the Noise prologue (mac field zero), for the initiation only. Payload of an
 * initiation: timestamp 8 (µs since 1970), hello length 1, hello, zero padding. Payload of a
 * response: hello length 1, hello, padding.
 */
#pragma once

#include "claw-identity.h"

#define CLAW_HANDSHAKE_INITIATION 0x10
#define CLAW_HANDSHAKE_RESPONSE 0x20
#define CLAW_HANDSHAKE_INITIATION_SIZE 384
#define CLAW_HANDSHAKE_RESPONSE_SIZE 320
#define CLAW_HANDSHAKE_KEY_ID_SIZE 8
#define CLAW_HANDSHAKE_MAC_SIZE 16
#define CLAW_HANDSHAKE_HELLO_MAX 192
/* In the year 2255. A later one is refused, so that what is kept of timestamps has a bound: it is a
 * number in JSON, which carries so much without loss. */
#define CLAW_HANDSHAKE_TIMESTAMP_MAX_US (UINT64_C (1) << 53)

/* What the handshake leaves behind on both sides. */
typedef struct
{
  ClawKey send;
  ClawKey receive;
  ClawKey chain;      /* root of key rotations; never used as a key itself */
  ClawKey resumption; /* psk of the next handshake between the two */
  uint32_t peer_index;
} ClawHandshakeKeys;
void claw_handshake_keys_clear (ClawHandshakeKeys *keys);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawHandshakeKeys, claw_handshake_keys_clear)

/* What is derived from a psk to recognise datagrams by. */
typedef struct
{
  uint8_t key_id[CLAW_HANDSHAKE_KEY_ID_SIZE];
  ClawKey mac_key;
} ClawHandshakeLock;
void claw_handshake_lock_init (ClawHandshakeLock *lock, const ClawKey *psk);
void claw_handshake_lock_clear (ClawHandshakeLock *lock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawHandshakeLock, claw_handshake_lock_clear)

/* The timestamp of the next initiation: the clock's, and in any case one more than @last_us, so
 * that a clock that was set back locks nobody out. A clock that is later than a timestamp may be
 * does not count. */
uint64_t claw_handshake_next_timestamp (uint64_t unix_us, uint64_t last_us);

/* The initiator between its initiation and the response. */
typedef struct ClawInitiation ClawInitiation;
/* Writes an initiation of CLAW_HANDSHAKE_INITIATION_SIZE bytes into @datagram.
 * Returns: (transfer full) (nullable): NULL when @responder is not a usable public key. */
ClawInitiation *claw_initiation_new (const ClawIdentity *self,
                                     const uint8_t responder[CLAW_PUBLIC_KEY_SIZE],
                                     const ClawKey *psk,
                                     uint32_t sender_index,
                                     uint64_t timestamp_us,
                                     const void *hello,
                                     size_t hello_length,
                                     uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE]);
void claw_initiation_free (ClawInitiation *initiation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawInitiation, claw_initiation_free)
/* Returns: FALSE, with nothing changed, when @datagram is not the authentic answer to this
 * initiation. */
gboolean claw_initiation_finish (ClawInitiation *initiation,
                                 const uint8_t *datagram,
                                 size_t length,
                                 ClawHandshakeKeys *keys,
                                 uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX],
                                 size_t *hello_length);

/* Of an initiation: CLAW_HANDSHAKE_MAC_SIZE bytes inside of it. */
const uint8_t *claw_handshake_get_mac (const uint8_t *initiation);
/* Whether @datagram has the size and type of an initiation; gives its key id and sender index. */
gboolean claw_handshake_peek_initiation (const uint8_t *datagram,
                                         size_t length,
                                         uint8_t key_id[CLAW_HANDSHAKE_KEY_ID_SIZE],
                                         uint32_t *sender_index);
/* Whether @datagram has the size and type of a response; gives the receiver index it names. */
gboolean
claw_handshake_peek_response (const uint8_t *datagram, size_t length, uint32_t *receiver_index);
/* The keyed hash ahead of everything, compared in constant time. */
gboolean
claw_handshake_check_mac (const ClawHandshakeLock *lock, const uint8_t *datagram, size_t length);

/* The responder between reading an initiation and answering it. */
typedef struct ClawAnswer ClawAnswer;
/* Reads an initiation whose mac was checked.
 * Returns: (transfer full) (nullable): NULL when it is not authentic. */
ClawAnswer *claw_answer_new (const ClawIdentity *self,
                             const ClawKey *psk,
                             const uint8_t *datagram,
                             size_t length);
void claw_answer_free (ClawAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawAnswer, claw_answer_free)
const uint8_t *claw_answer_get_initiator (const ClawAnswer *answer); /* 32 bytes */
uint64_t claw_answer_get_timestamp_us (const ClawAnswer *answer);
const uint8_t *claw_answer_get_hello (const ClawAnswer *answer, size_t *length);
/* Writes the response of CLAW_HANDSHAKE_RESPONSE_SIZE bytes and gives the keys; once per answer. */
void claw_answer_respond (ClawAnswer *answer,
                          uint32_t sender_index,
                          const void *hello,
                          size_t hello_length,
                          uint8_t datagram[CLAW_HANDSHAKE_RESPONSE_SIZE],
                          ClawHandshakeKeys *keys);
