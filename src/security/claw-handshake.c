/* claw-handshake.c: ClawChat's two datagrams around claw-noise.h.
 *
 * What a stranger can reach is claw_handshake_peek_initiation () and claw_handshake_check_mac ():
 * one keyed hash, no memory taken. Everything behind them is for somebody who holds the psk.
 */
#include "claw-handshake.h"

#include "claw-aead.h"
#include "claw-bytes.h"
#include "claw-hkdf.h"
#include "claw-noise.h"

#include <sodium.h>
#include <string.h>

#define PROTOCOL "Noise_IKpsk1_25519_AESGCM_SHA256"
#define LABEL_KEY_ID "clawchat 1 handshake key id"
#define LABEL_MAC "clawchat 1 handshake mac"
#define LABEL_CHAIN "clawchat 1 chain"
#define LABEL_RESUMPTION "clawchat 1 resumption"

#define MAC_SIZE CLAW_HANDSHAKE_MAC_SIZE
#define INITIATION_MAC_OFFSET (1 + CLAW_HANDSHAKE_KEY_ID_SIZE)
#define INITIATION_HEADER_SIZE (INITIATION_MAC_OFFSET + MAC_SIZE + 4)
#define INITIATION_PAYLOAD_SIZE \
  (CLAW_HANDSHAKE_INITIATION_SIZE - INITIATION_HEADER_SIZE - 2 * CLAW_PUBLIC_KEY_SIZE \
   - 2 * CLAW_AEAD_TAG_SIZE)
#define RESPONSE_MAC_OFFSET (1 + 4)
#define RESPONSE_HEADER_SIZE (RESPONSE_MAC_OFFSET + MAC_SIZE + 4)
#define RESPONSE_PAYLOAD_SIZE \
  (CLAW_HANDSHAKE_RESPONSE_SIZE - RESPONSE_HEADER_SIZE - CLAW_PUBLIC_KEY_SIZE - CLAW_AEAD_TAG_SIZE)

G_STATIC_ASSERT (8 + 1 + CLAW_HANDSHAKE_HELLO_MAX <= INITIATION_PAYLOAD_SIZE);
G_STATIC_ASSERT (1 + CLAW_HANDSHAKE_HELLO_MAX <= RESPONSE_PAYLOAD_SIZE);
/* Nobody can have more sent to a forged address than it costs to ask. */
G_STATIC_ASSERT (CLAW_HANDSHAKE_RESPONSE_SIZE <= CLAW_HANDSHAKE_INITIATION_SIZE);

struct ClawInitiation
{
  ClawNoise *noise;
  ClawHandshakeLock lock;
  uint32_t sender_index;
};

struct ClawAnswer
{
  ClawNoise *noise;
  ClawHandshakeLock lock;
  uint32_t initiator_index;
  uint64_t timestamp_us;
  size_t hello_length;
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
};
G_STATIC_ASSERT (sizeof (struct ClawAnswer) <= CLAW_SECRET_POOLED_MAX);

void
claw_handshake_keys_clear (ClawHandshakeKeys *keys)
{
  g_return_if_fail (keys != NULL);

  claw_key_clear (&keys->send);
  claw_key_clear (&keys->receive);
  claw_key_clear (&keys->chain);
  claw_key_clear (&keys->resumption);
  keys->peer_index = 0;
}

/* The lock: what a psk's datagrams are recognised by */

void
claw_handshake_lock_init (ClawHandshakeLock *lock, const ClawKey *psk)
{
  g_return_if_fail (lock != NULL && psk != NULL && claw_key_is_set (psk));

  claw_hkdf (NULL, 0, psk->bytes, CLAW_KEY_SIZE, LABEL_KEY_ID, strlen (LABEL_KEY_ID), lock->key_id,
             sizeof lock->key_id);
  claw_hkdf_derive_key (psk, LABEL_MAC, &lock->mac_key);
}

void
claw_handshake_lock_clear (ClawHandshakeLock *lock)
{
  g_return_if_fail (lock != NULL);

  claw_key_clear (&lock->mac_key);
  sodium_memzero (lock->key_id, sizeof lock->key_id);
}

/* Gives the place of the mac. Returns: FALSE when it is neither an initiation nor a response. */
static gboolean
find_mac (const uint8_t *datagram, size_t length, size_t *offset)
{
  if (length == CLAW_HANDSHAKE_INITIATION_SIZE && datagram[0] == CLAW_HANDSHAKE_INITIATION)
    *offset = INITIATION_MAC_OFFSET;
  else if (length == CLAW_HANDSHAKE_RESPONSE_SIZE && datagram[0] == CLAW_HANDSHAKE_RESPONSE)
    *offset = RESPONSE_MAC_OFFSET;
  else
    return FALSE;
  return TRUE;
}

/* The hash is over the whole datagram with zeros where the mac goes. */
static void
compute_mac (const ClawHandshakeLock *lock,
             const uint8_t *datagram,
             size_t length,
             size_t offset,
             uint8_t hash[crypto_auth_hmacsha256_BYTES])
{
  static const uint8_t zeros[MAC_SIZE];
  crypto_auth_hmacsha256_state state;
  size_t after = offset + MAC_SIZE;

  crypto_auth_hmacsha256_init (&state, lock->mac_key.bytes, CLAW_KEY_SIZE);
  crypto_auth_hmacsha256_update (&state, datagram, offset);
  crypto_auth_hmacsha256_update (&state, zeros, sizeof zeros);
  crypto_auth_hmacsha256_update (&state, datagram + after, length - after);
  crypto_auth_hmacsha256_final (&state, hash);
  sodium_memzero (&state, sizeof state);
}

gboolean
claw_handshake_check_mac (const ClawHandshakeLock *lock, const uint8_t *datagram, size_t length)
{
  uint8_t hash[crypto_auth_hmacsha256_BYTES];
  size_t offset;

  g_return_val_if_fail (lock != NULL && claw_key_is_set (&lock->mac_key), FALSE);

  if (!find_mac (datagram, length, &offset))
    return FALSE;

  compute_mac (lock, datagram, length, offset, hash);
  gboolean right = sodium_memcmp (hash, datagram + offset, MAC_SIZE) == 0;
  sodium_memzero (hash, sizeof hash);
  return right;
}

static void
put_mac (const ClawHandshakeLock *lock, uint8_t *datagram, size_t length)
{
  uint8_t hash[crypto_auth_hmacsha256_BYTES];
  size_t offset = 0;
  gboolean found = find_mac (datagram, length, &offset);

  g_assert (found);
  compute_mac (lock, datagram, length, offset, hash);
  memcpy (datagram + offset, hash, MAC_SIZE);
  sodium_memzero (hash, sizeof hash);
}

/* What can be seen without any key */

gboolean
claw_handshake_peek_initiation (const uint8_t *datagram,
                                size_t length,
                                uint8_t key_id[CLAW_HANDSHAKE_KEY_ID_SIZE],
                                uint32_t *sender_index)
{
  ClawReader reader;

  g_return_val_if_fail (key_id != NULL && sender_index != NULL, FALSE);

  if (length != CLAW_HANDSHAKE_INITIATION_SIZE || datagram[0] != CLAW_HANDSHAKE_INITIATION)
    return FALSE;

  claw_reader_init (&reader, datagram + 1, length - 1);
  claw_reader_copy (&reader, key_id, CLAW_HANDSHAKE_KEY_ID_SIZE);
  claw_reader_bytes (&reader, MAC_SIZE);
  *sender_index = claw_reader_u32 (&reader);
  return TRUE;
}

const uint8_t *
claw_handshake_get_mac (const uint8_t *initiation)
{
  return initiation + INITIATION_MAC_OFFSET;
}

gboolean
claw_handshake_peek_response (const uint8_t *datagram, size_t length, uint32_t *receiver_index)
{
  ClawReader reader;

  g_return_val_if_fail (receiver_index != NULL, FALSE);

  if (length != CLAW_HANDSHAKE_RESPONSE_SIZE || datagram[0] != CLAW_HANDSHAKE_RESPONSE)
    return FALSE;

  claw_reader_init (&reader, datagram + 1, length - 1);
  *receiver_index = claw_reader_u32 (&reader);
  return TRUE;
}

/* Reads hello and the zeros behind it; they must be zeros, so that nothing can hide there. */
static gboolean
read_hello (ClawReader *reader, uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX], size_t *hello_length)
{
  size_t length = claw_reader_u8 (reader);

  if (length > CLAW_HANDSHAKE_HELLO_MAX || length > reader->left)
    return FALSE;

  const uint8_t *bytes = claw_reader_bytes (reader, length);
  size_t padding = reader->left;
  if (bytes == NULL || !sodium_is_zero (claw_reader_bytes (reader, padding), padding))
    return FALSE;

  memcpy (hello, bytes, length);
  *hello_length = length;
  return TRUE;
}

static void
take_keys (const ClawNoise *noise, uint32_t peer_index, ClawHandshakeKeys *keys)
{
  claw_noise_split (noise, &keys->send, &keys->receive);
  claw_noise_export (noise, LABEL_CHAIN, &keys->chain);
  claw_noise_export (noise, LABEL_RESUMPTION, &keys->resumption);
  keys->peer_index = peer_index;
}

/* @header: the datagram's first bytes, with zeros where the mac goes. */
static ClawNoise *
new_noise (const ClawIdentity *self,
           const uint8_t *responder,
           const ClawKey *psk,
           const uint8_t header[INITIATION_HEADER_SIZE])
{
  ClawNoiseConfig config = { .protocol = PROTOCOL,
                             .initiator = responder != NULL,
                             .prologue = header,
                             .prologue_length = INITIATION_HEADER_SIZE,
                             .local = self,
                             .remote = responder,
                             .psks = &psk,
                             .n_psks = 1 };

  return claw_noise_new (&config);
}

/* The initiator */

static void
write_initiation_header (const ClawHandshakeLock *lock, uint32_t sender_index, uint8_t *datagram)
{
  ClawWriter writer;

  claw_writer_init (&writer, datagram, INITIATION_HEADER_SIZE);
  claw_writer_u8 (&writer, CLAW_HANDSHAKE_INITIATION);
  claw_writer_bytes (&writer, lock->key_id, sizeof lock->key_id);
  memset (claw_writer_reserve (&writer, MAC_SIZE), 0, MAC_SIZE);
  claw_writer_u32 (&writer, sender_index);
}

static gboolean
write_initiation_body (ClawNoise *noise,
                       uint64_t timestamp_us,
                       const void *hello,
                       size_t hello_length,
                       uint8_t *datagram)
{
  uint8_t payload[INITIATION_PAYLOAD_SIZE] = { 0 };
  ClawWriter writer;
  size_t length = 0;

  claw_writer_init (&writer, payload, sizeof payload);
  claw_writer_u64 (&writer, timestamp_us);
  claw_writer_u8 (&writer, (uint8_t) hello_length);
  claw_writer_bytes (&writer, hello, hello_length);

  gboolean written = claw_noise_write (
      noise, payload, sizeof payload, datagram + INITIATION_HEADER_SIZE,
      CLAW_HANDSHAKE_INITIATION_SIZE - INITIATION_HEADER_SIZE, &length);
  sodium_memzero (payload, sizeof payload);
  g_assert (!written || length == CLAW_HANDSHAKE_INITIATION_SIZE - INITIATION_HEADER_SIZE);
  return written;
}

ClawInitiation *
claw_initiation_new (const ClawIdentity *self,
                     const uint8_t responder[CLAW_PUBLIC_KEY_SIZE],
                     const ClawKey *psk,
                     uint32_t sender_index,
                     uint64_t timestamp_us,
                     const void *hello,
                     size_t hello_length,
                     uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE])
{
  g_return_val_if_fail (self != NULL && claw_key_is_set (&self->private_key), NULL);
  g_return_val_if_fail (responder != NULL && psk != NULL && claw_key_is_set (psk), NULL);
  g_return_val_if_fail (datagram != NULL, NULL);
  g_return_val_if_fail (hello_length <= CLAW_HANDSHAKE_HELLO_MAX, NULL);
  g_return_val_if_fail (hello != NULL || hello_length == 0, NULL);

  g_autoptr (ClawInitiation) initiation = claw_secret_new_pooled (sizeof *initiation);
  initiation->sender_index = sender_index;
  claw_handshake_lock_init (&initiation->lock, psk);
  write_initiation_header (&initiation->lock, sender_index, datagram);
  initiation->noise = new_noise (self, responder, psk, datagram);
  if (!write_initiation_body (initiation->noise, timestamp_us, hello, hello_length, datagram))
    return NULL;

  put_mac (&initiation->lock, datagram, CLAW_HANDSHAKE_INITIATION_SIZE);
  return g_steal_pointer (&initiation);
}

void
claw_initiation_free (ClawInitiation *initiation)
{
  if (initiation == NULL)
    return;

  claw_noise_free (initiation->noise);
  claw_handshake_lock_clear (&initiation->lock);
  claw_secret_free_pooled (initiation, sizeof *initiation);
}

static gboolean
read_response_payload (ClawNoise *noise,
                       const uint8_t *datagram,
                       uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX],
                       size_t *hello_length)
{
  uint8_t payload[CLAW_HANDSHAKE_RESPONSE_SIZE];
  ClawReader reader;
  size_t length;

  if (!claw_noise_read (noise, datagram + RESPONSE_HEADER_SIZE,
                        CLAW_HANDSHAKE_RESPONSE_SIZE - RESPONSE_HEADER_SIZE, payload, &length))
    return FALSE;

  claw_reader_init (&reader, payload, length);
  gboolean read = read_hello (&reader, hello, hello_length);
  sodium_memzero (payload, sizeof payload);
  return read;
}

gboolean
claw_initiation_finish (ClawInitiation *initiation,
                        const uint8_t *datagram,
                        size_t length,
                        ClawHandshakeKeys *keys,
                        uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX],
                        size_t *hello_length)
{
  uint32_t receiver_index;
  ClawReader reader;

  g_return_val_if_fail (initiation != NULL && keys != NULL, FALSE);
  g_return_val_if_fail (hello != NULL && hello_length != NULL, FALSE);
  g_return_val_if_fail (!claw_noise_is_finished (initiation->noise), FALSE);

  if (!claw_handshake_peek_response (datagram, length, &receiver_index)
      || receiver_index != initiation->sender_index
      || !claw_handshake_check_mac (&initiation->lock, datagram, length))
    return FALSE;

  /* On a copy, so that a forged response does not make the true one unreadable. */
  g_autoptr (ClawNoise) noise = claw_noise_copy (initiation->noise);
  if (!read_response_payload (noise, datagram, hello, hello_length))
    return FALSE;

  claw_reader_init (&reader, datagram + RESPONSE_MAC_OFFSET + MAC_SIZE, 4);
  take_keys (noise, claw_reader_u32 (&reader), keys);
  claw_noise_free (initiation->noise);
  initiation->noise = g_steal_pointer (&noise);
  return TRUE;
}

uint64_t
claw_handshake_next_timestamp (uint64_t unix_us, uint64_t last_us)
{
  uint64_t clock_us = unix_us <= CLAW_HANDSHAKE_TIMESTAMP_MAX_US ? unix_us : 0;

  return MAX (clock_us, last_us + 1);
}

/* The responder */

static gboolean
read_initiation_payload (ClawAnswer *answer, const uint8_t *datagram)
{
  uint8_t payload[CLAW_HANDSHAKE_INITIATION_SIZE];
  ClawReader reader;
  size_t length;

  if (!claw_noise_read (answer->noise, datagram + INITIATION_HEADER_SIZE,
                        CLAW_HANDSHAKE_INITIATION_SIZE - INITIATION_HEADER_SIZE, payload, &length))
    return FALSE;

  claw_reader_init (&reader, payload, length);
  answer->timestamp_us = claw_reader_u64 (&reader);
  gboolean read = read_hello (&reader, answer->hello, &answer->hello_length);
  sodium_memzero (payload, sizeof payload);
  return read;
}

ClawAnswer *
claw_answer_new (const ClawIdentity *self,
                 const ClawKey *psk,
                 const uint8_t *datagram,
                 size_t length)
{
  uint8_t header[INITIATION_HEADER_SIZE];
  uint8_t key_id[CLAW_HANDSHAKE_KEY_ID_SIZE];
  uint32_t initiator_index;

  g_return_val_if_fail (self != NULL && claw_key_is_set (&self->private_key), NULL);
  g_return_val_if_fail (psk != NULL && claw_key_is_set (psk), NULL);

  if (!claw_handshake_peek_initiation (datagram, length, key_id, &initiator_index))
    return NULL;

  memcpy (header, datagram, sizeof header);
  memset (header + INITIATION_MAC_OFFSET, 0, MAC_SIZE);

  g_autoptr (ClawAnswer) answer = claw_secret_new_pooled (sizeof *answer);
  answer->initiator_index = initiator_index;
  claw_handshake_lock_init (&answer->lock, psk);
  answer->noise = new_noise (self, NULL, psk, header);
  if (!read_initiation_payload (answer, datagram))
    return NULL;
  return g_steal_pointer (&answer);
}

void
claw_answer_free (ClawAnswer *answer)
{
  if (answer == NULL)
    return;

  claw_noise_free (answer->noise);
  claw_handshake_lock_clear (&answer->lock);
  claw_secret_free_pooled (answer, sizeof *answer);
}

const uint8_t *
claw_answer_get_initiator (const ClawAnswer *answer)
{
  return claw_noise_get_remote (answer->noise);
}

uint64_t
claw_answer_get_timestamp_us (const ClawAnswer *answer)
{
  return answer->timestamp_us;
}

const uint8_t *
claw_answer_get_hello (const ClawAnswer *answer, size_t *length)
{
  *length = answer->hello_length;
  return answer->hello;
}

static void
write_response_header (const ClawAnswer *answer, uint32_t sender_index, uint8_t *datagram)
{
  ClawWriter writer;

  claw_writer_init (&writer, datagram, RESPONSE_HEADER_SIZE);
  claw_writer_u8 (&writer, CLAW_HANDSHAKE_RESPONSE);
  claw_writer_u32 (&writer, answer->initiator_index);
  memset (claw_writer_reserve (&writer, MAC_SIZE), 0, MAC_SIZE);
  claw_writer_u32 (&writer, sender_index);
}

void
claw_answer_respond (ClawAnswer *answer,
                     uint32_t sender_index,
                     const void *hello,
                     size_t hello_length,
                     uint8_t datagram[CLAW_HANDSHAKE_RESPONSE_SIZE],
                     ClawHandshakeKeys *keys)
{
  uint8_t payload[RESPONSE_PAYLOAD_SIZE] = { 0 };
  ClawWriter writer;
  size_t length = 0;

  g_return_if_fail (answer != NULL && datagram != NULL && keys != NULL);
  g_return_if_fail (hello_length <= CLAW_HANDSHAKE_HELLO_MAX);
  g_return_if_fail (hello != NULL || hello_length == 0);
  g_return_if_fail (!claw_noise_is_finished (answer->noise));

  claw_writer_init (&writer, payload, sizeof payload);
  claw_writer_u8 (&writer, (uint8_t) hello_length);
  claw_writer_bytes (&writer, hello, hello_length);

  write_response_header (answer, sender_index, datagram);
  gboolean written = claw_noise_write (
      answer->noise, payload, sizeof payload, datagram + RESPONSE_HEADER_SIZE,
      CLAW_HANDSHAKE_RESPONSE_SIZE - RESPONSE_HEADER_SIZE, &length);
  sodium_memzero (payload, sizeof payload);
  /* Both keys of the initiator went through es and ss before, so they cannot be of small order. */
  g_assert (written && length == CLAW_HANDSHAKE_RESPONSE_SIZE - RESPONSE_HEADER_SIZE);

  put_mac (&answer->lock, datagram, CLAW_HANDSHAKE_RESPONSE_SIZE);
  take_keys (answer->noise, answer->initiator_index, keys);
}
