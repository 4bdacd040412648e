/* fuzz-handshake.c: any bytes as a handshake datagram, with and without the right mac put on it. */
#include "claw-handshake.h"

#include <sodium.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static ClawIdentity client, server;
static ClawKey psk;
static ClawHandshakeLock lock;
static ClawInitiation *initiation;

static void
set_up (void)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];

  claw_identity_generate (&client);
  claw_identity_generate (&server);
  claw_key_generate (&psk);
  claw_handshake_lock_init (&lock, &psk);
  initiation = claw_initiation_new (&client, server.public_key, &psk, 1, 1, "hello", 5, datagram);
}

/* As a holder of the psk could, so that the fuzzer gets beyond the keyed hash. */
static void
put_mac (uint8_t *datagram, size_t size, size_t offset)
{
  uint8_t hash[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_state state;

  memset (datagram + offset, 0, 16);
  crypto_auth_hmacsha256_init (&state, lock.mac_key.bytes, CLAW_KEY_SIZE);
  crypto_auth_hmacsha256_update (&state, datagram, size);
  crypto_auth_hmacsha256_final (&state, hash);
  memcpy (datagram + offset, hash, 16);
  g_assert_true (claw_handshake_check_mac (&lock, datagram, size));
}

static void
try_datagram (const uint8_t *datagram, size_t size)
{
  g_auto (ClawHandshakeKeys) keys = { 0 };
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
  uint8_t key_id[CLAW_HANDSHAKE_KEY_ID_SIZE];
  uint32_t index;
  size_t length;

  /* None of this was made by a holder of the static keys, so nothing of it may be taken. */
  g_assert_null (claw_answer_new (&server, &psk, datagram, size));
  g_assert_false (claw_initiation_finish (initiation, datagram, size, &keys, hello, &length));
  claw_handshake_peek_initiation (datagram, size, key_id, &index);
  claw_handshake_peek_response (datagram, size, &index);
  claw_handshake_check_mac (&lock, datagram, size);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree uint8_t *datagram = g_memdup2 (data, size);

  if (initiation == NULL)
    set_up ();
  try_datagram (datagram, size);
  if (size == CLAW_HANDSHAKE_INITIATION_SIZE && datagram[0] == CLAW_HANDSHAKE_INITIATION)
    put_mac (datagram, size, 1 + CLAW_HANDSHAKE_KEY_ID_SIZE);
  else if (size == CLAW_HANDSHAKE_RESPONSE_SIZE && datagram[0] == CLAW_HANDSHAKE_RESPONSE)
    put_mac (datagram, size, 1 + 4);
  else
    return 0;
  try_datagram (datagram, size);
  return 0;
}
