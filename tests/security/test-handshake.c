/* test-handshake.c: the two handshake datagrams, and everything that is wrong with them. */
#include "claw-handshake.h"

#include <sodium.h>
#include <string.h>

#define TIMESTAMP_US UINT64_C (1700000000123456)

typedef struct
{
  ClawIdentity client, server;
  ClawKey psk;
  ClawHandshakeLock lock;
  uint8_t initiation[CLAW_HANDSHAKE_INITIATION_SIZE];
  uint8_t response[CLAW_HANDSHAKE_RESPONSE_SIZE];
  ClawInitiation *pending;
  ClawHandshakeKeys client_keys, server_keys;
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
  size_t hello_length;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_identity_generate (&fixture->client);
  claw_identity_generate (&fixture->server);
  claw_key_generate (&fixture->psk);
  claw_handshake_lock_init (&fixture->lock, &fixture->psk);
  fixture->pending = claw_initiation_new (&fixture->client, fixture->server.public_key,
                                          &fixture->psk, 0x11223344, TIMESTAMP_US, "hello server",
                                          12, fixture->initiation);
  g_assert_nonnull (fixture->pending);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_initiation_free (fixture->pending);
  claw_identity_clear (&fixture->client);
  claw_identity_clear (&fixture->server);
  claw_key_clear (&fixture->psk);
  claw_handshake_lock_clear (&fixture->lock);
  claw_handshake_keys_clear (&fixture->client_keys);
  claw_handshake_keys_clear (&fixture->server_keys);
}

static ClawAnswer *
read_initiation (Fixture *fixture)
{
  if (!claw_handshake_check_mac (&fixture->lock, fixture->initiation, sizeof fixture->initiation))
    return NULL;
  return claw_answer_new (&fixture->server, &fixture->psk, fixture->initiation,
                          sizeof fixture->initiation);
}

static void
respond (Fixture *fixture)
{
  g_autoptr (ClawAnswer) answer = read_initiation (fixture);

  g_assert_nonnull (answer);
  claw_answer_respond (answer, 0x55667788, "hello client", 12, fixture->response,
                       &fixture->server_keys);
}

static gboolean
finish_with (Fixture *fixture, const uint8_t *response, size_t length)
{
  return claw_initiation_finish (fixture->pending, response, length, &fixture->client_keys,
                                 fixture->hello, &fixture->hello_length);
}

static gboolean
finish (Fixture *fixture)
{
  return finish_with (fixture, fixture->response, sizeof fixture->response);
}

/* Puts the right mac on a datagram that was changed, as a holder of the psk could. */
static void
forge_mac (Fixture *fixture, uint8_t *datagram, size_t length, size_t offset)
{
  uint8_t hash[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_state state;

  memset (datagram + offset, 0, 16);
  crypto_auth_hmacsha256_init (&state, fixture->lock.mac_key.bytes, CLAW_KEY_SIZE);
  crypto_auth_hmacsha256_update (&state, datagram, length);
  crypto_auth_hmacsha256_final (&state, hash);
  memcpy (datagram + offset, hash, 16);
  g_assert_true (claw_handshake_check_mac (&fixture->lock, datagram, length));
}

/* Both sides end with the same keys, mirrored, and know what the other said. */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawAnswer) answer = read_initiation (fixture);
  size_t length;

  g_assert_nonnull (answer);
  g_assert_cmpmem (claw_answer_get_initiator (answer), CLAW_PUBLIC_KEY_SIZE,
                   fixture->client.public_key, CLAW_PUBLIC_KEY_SIZE);
  g_assert_cmpuint (claw_answer_get_timestamp_us (answer), ==, TIMESTAMP_US);
  const uint8_t *hello = claw_answer_get_hello (answer, &length);
  g_assert_cmpmem (hello, length, "hello server", 12);

  claw_answer_respond (answer, 0x55667788, "hello client", 12, fixture->response,
                       &fixture->server_keys);
  g_assert_true (finish (fixture));
  g_assert_cmpmem (fixture->hello, fixture->hello_length, "hello client", 12);

  const ClawHandshakeKeys *client = &fixture->client_keys, *server = &fixture->server_keys;
  g_assert_true (claw_key_equal (&client->send, &server->receive));
  g_assert_true (claw_key_equal (&client->receive, &server->send));
  g_assert_true (claw_key_equal (&client->chain, &server->chain));
  g_assert_true (claw_key_equal (&client->resumption, &server->resumption));
  g_assert_cmphex (client->peer_index, ==, 0x55667788);
  g_assert_cmphex (server->peer_index, ==, 0x11223344);
}

/* No two of the keys are the same, so that one gives nothing about another. */
static void
test_keys_distinct (Fixture *fixture, gconstpointer data)
{
  respond (fixture);
  g_assert_true (finish (fixture));

  const ClawHandshakeKeys *keys = &fixture->client_keys;
  const ClawKey *all[] = { &keys->send, &keys->receive, &keys->chain, &keys->resumption,
                           &fixture->psk };
  for (size_t i = 0; i < G_N_ELEMENTS (all); i++)
    for (size_t j = i + 1; j < G_N_ELEMENTS (all); j++)
      g_assert_false (claw_key_equal (all[i], all[j]));
}

/* A resumption secret is the psk of the next handshake. */
static void
test_resumption (Fixture *fixture, gconstpointer data)
{
  respond (fixture);
  g_assert_true (finish (fixture));

  const ClawKey *resumption = &fixture->client_keys.resumption;
  g_autoptr (ClawInitiation) next = claw_initiation_new (
      &fixture->client, fixture->server.public_key, resumption, 1, TIMESTAMP_US + 1, NULL, 0,
      fixture->initiation);
  g_autoptr (ClawAnswer) answer = claw_answer_new (&fixture->server,
                                                   &fixture->server_keys.resumption,
                                                   fixture->initiation, sizeof fixture->initiation);
  g_assert_nonnull (next);
  g_assert_nonnull (answer);
}

/* What can be seen without a key: the right key id and index. */
static void
test_peek (Fixture *fixture, gconstpointer data)
{
  uint8_t key_id[CLAW_HANDSHAKE_KEY_ID_SIZE];
  uint32_t index;

  g_assert_true (claw_handshake_peek_initiation (fixture->initiation, sizeof fixture->initiation,
                                                 key_id, &index));
  g_assert_cmpmem (key_id, sizeof key_id, fixture->lock.key_id, sizeof fixture->lock.key_id);
  g_assert_cmphex (index, ==, 0x11223344);
  g_assert_false (
      claw_handshake_peek_response (fixture->initiation, sizeof fixture->initiation, &index));

  respond (fixture);
  g_assert_true (
      claw_handshake_peek_response (fixture->response, sizeof fixture->response, &index));
  g_assert_cmphex (index, ==, 0x11223344);
  g_assert_false (
      claw_handshake_peek_initiation (fixture->response, sizeof fixture->response, key_id, &index));
}

/* Any bit changed in the initiation is noticed by the keyed hash already. */
static void
test_initiation_changed (Fixture *fixture, gconstpointer data)
{
  for (size_t i = 0; i < sizeof fixture->initiation * 8; i++)
    {
      fixture->initiation[i / 8] ^= (uint8_t) (1 << i % 8);
      g_assert_false (claw_handshake_check_mac (&fixture->lock, fixture->initiation,
                                                sizeof fixture->initiation));
      fixture->initiation[i / 8] ^= (uint8_t) (1 << i % 8);
    }
  respond (fixture);
}

/* A holder of the psk who changes any byte and mends the mac is refused by Noise. The mac itself is
 * no part of what Noise protects. */
static void
test_initiation_changed_with_mac (Fixture *fixture, gconstpointer data)
{
  for (size_t i = 0; i < sizeof fixture->initiation; i++)
    {
      uint8_t changed[CLAW_HANDSHAKE_INITIATION_SIZE];

      if (i == 0 || (i >= 9 && i < 25))
        continue;
      memcpy (changed, fixture->initiation, sizeof changed);
      changed[i] ^= 0x01;
      forge_mac (fixture, changed, sizeof changed, 9);
      g_assert_null (claw_answer_new (&fixture->server, &fixture->psk, changed, sizeof changed));
    }
}

/* An initiation of any other length than its own is nothing. */
static void
test_initiation_length (Fixture *fixture, gconstpointer data)
{
  uint8_t longer[CLAW_HANDSHAKE_INITIATION_SIZE + 1] = { 0 };
  uint8_t key_id[CLAW_HANDSHAKE_KEY_ID_SIZE];
  uint32_t index;

  memcpy (longer, fixture->initiation, sizeof fixture->initiation);
  for (size_t length = 0; length <= sizeof longer; length++)
    {
      g_autofree uint8_t *exact = g_memdup2 (longer, length);
      g_autoptr (ClawAnswer) answer = claw_answer_new (&fixture->server, &fixture->psk, exact,
                                                       length);
      gboolean right = length == CLAW_HANDSHAKE_INITIATION_SIZE;

      g_assert_true (claw_handshake_peek_initiation (exact, length, key_id, &index) == right);
      g_assert_true (claw_handshake_check_mac (&fixture->lock, exact, length) == right);
      g_assert_true ((answer != NULL) == right);
    }
}

/* Any bit changed in the response is noticed, and the true response still works afterwards. */
static void
test_response_changed (Fixture *fixture, gconstpointer data)
{
  respond (fixture);
  for (size_t i = 0; i < sizeof fixture->response * 8; i++)
    {
      fixture->response[i / 8] ^= (uint8_t) (1 << i % 8);
      g_assert_false (finish (fixture));
      fixture->response[i / 8] ^= (uint8_t) (1 << i % 8);
    }
  g_assert_false (claw_key_is_set (&fixture->client_keys.send));
  g_assert_true (finish (fixture));
}

/* A response that is forged with the psk, but without the server's key, is refused and spoils
 * nothing. */
static void
test_response_changed_with_mac (Fixture *fixture, gconstpointer data)
{
  respond (fixture);
  for (size_t i = 25; i < sizeof fixture->response; i++)
    {
      uint8_t changed[CLAW_HANDSHAKE_RESPONSE_SIZE];

      memcpy (changed, fixture->response, sizeof changed);
      changed[i] ^= 0x01;
      forge_mac (fixture, changed, sizeof changed, 5);
      g_assert_false (finish_with (fixture, changed, sizeof changed));
    }
  g_assert_true (finish (fixture));
}

/* A response of any other length is nothing. */
static void
test_response_length (Fixture *fixture, gconstpointer data)
{
  uint8_t longer[CLAW_HANDSHAKE_RESPONSE_SIZE + 1] = { 0 };

  respond (fixture);
  memcpy (longer, fixture->response, sizeof fixture->response);
  for (size_t length = 0; length <= sizeof longer; length++)
    {
      g_autofree uint8_t *exact = g_memdup2 (longer, length);

      if (length != CLAW_HANDSHAKE_RESPONSE_SIZE)
        g_assert_false (finish_with (fixture, exact, length));
    }
  g_assert_true (finish (fixture));
}

/* The answer to another initiation, of the same client under the same psk, is not taken. */
static void
test_response_to_another (Fixture *fixture, gconstpointer data)
{
  respond (fixture);
  g_autoptr (ClawInitiation) other = claw_initiation_new (
      &fixture->client, fixture->server.public_key, &fixture->psk, 0x11223344, TIMESTAMP_US,
      "hello server", 12, fixture->initiation);
  g_assert_false (claw_initiation_finish (other, fixture->response, sizeof fixture->response,
                                          &fixture->client_keys, fixture->hello,
                                          &fixture->hello_length));
}

/* With another psk the hash does not fit, and what lies behind it cannot be read either. */
static void
test_wrong_psk (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) psk = { 0 };
  g_auto (ClawHandshakeLock) lock = { 0 };

  claw_key_generate (&psk);
  claw_handshake_lock_init (&lock, &psk);
  g_assert_false (
      claw_handshake_check_mac (&lock, fixture->initiation, sizeof fixture->initiation));
  g_assert_null (
      claw_answer_new (&fixture->server, &psk, fixture->initiation, sizeof fixture->initiation));
}

/* A server with another static key cannot read what was meant for the right one. */
static void
test_wrong_server_key (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawIdentity) other = { 0 };

  claw_identity_generate (&other);
  g_assert_null (
      claw_answer_new (&other, &fixture->psk, fixture->initiation, sizeof fixture->initiation));
}

/* A server key of small order would make the secrets known to everybody: no initiation is made. */
static void
test_server_key_small_order (Fixture *fixture, gconstpointer data)
{
  static const uint8_t points[][CLAW_PUBLIC_KEY_SIZE] = { { 0 }, { 1 } };

  for (size_t i = 0; i < G_N_ELEMENTS (points); i++)
    g_assert_null (claw_initiation_new (&fixture->client, points[i], &fixture->psk, 1, 1, NULL, 0,
                                        fixture->initiation));
}

/* Datagrams with an ephemeral key of small order are refused, even with the right mac. */
static void
test_ephemeral_small_order (Fixture *fixture, gconstpointer data)
{
  respond (fixture);
  memset (fixture->initiation + 29, 0, CLAW_PUBLIC_KEY_SIZE);
  forge_mac (fixture, fixture->initiation, sizeof fixture->initiation, 9);
  g_assert_null (claw_answer_new (&fixture->server, &fixture->psk, fixture->initiation,
                                  sizeof fixture->initiation));

  memset (fixture->response + 25, 0, CLAW_PUBLIC_KEY_SIZE);
  forge_mac (fixture, fixture->response, sizeof fixture->response, 5);
  g_assert_false (finish (fixture));
}

/* A hello of the largest size goes both ways. */
static void
test_hello_largest (Fixture *fixture, gconstpointer data)
{
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
  size_t length;

  randombytes_buf (hello, sizeof hello);
  claw_initiation_free (fixture->pending);
  fixture->pending = claw_initiation_new (&fixture->client, fixture->server.public_key,
                                          &fixture->psk, 1, TIMESTAMP_US, hello, sizeof hello,
                                          fixture->initiation);
  g_autoptr (ClawAnswer) answer = read_initiation (fixture);
  const uint8_t *read = claw_answer_get_hello (answer, &length);
  g_assert_cmpmem (read, length, hello, sizeof hello);

  claw_answer_respond (answer, 2, hello, sizeof hello, fixture->response, &fixture->server_keys);
  g_assert_true (finish (fixture));
  g_assert_cmpmem (fixture->hello, fixture->hello_length, hello, sizeof hello);
}

/* A hello that is one byte too long is a bug of the caller. */
static void
test_hello_too_long (Fixture *fixture, gconstpointer data)
{
  static const uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX + 1];

  if (g_test_subprocess ())
    {
      claw_initiation_new (&fixture->client, fixture->server.public_key, &fixture->psk, 1, 1, hello,
                           sizeof hello, fixture->initiation);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CLAW_HANDSHAKE_HELLO_MAX*");
}

/* The datagram shows nothing of who sends it: neither a static key nor the hello is in it. */
static void
test_initiation_hides (Fixture *fixture, gconstpointer data)
{
  g_assert_null (memmem (fixture->initiation, sizeof fixture->initiation, "hello", 5));
  g_assert_null (memmem (fixture->initiation, sizeof fixture->initiation,
                         fixture->client.public_key, CLAW_PUBLIC_KEY_SIZE));
  g_assert_null (memmem (fixture->initiation, sizeof fixture->initiation,
                         fixture->server.public_key, CLAW_PUBLIC_KEY_SIZE));
}

#define ADD(path, function) \
  g_test_add ("/handshake/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("round-trip/keys-mirrored", test_round_trip);
  ADD ("round-trip/keys-distinct", test_keys_distinct);
  ADD ("round-trip/resumption", test_resumption);
  ADD ("peek/key-id-and-index", test_peek);
  ADD ("initiation/changed/refused", test_initiation_changed);
  ADD ("initiation/changed-with-mac/refused", test_initiation_changed_with_mac);
  ADD ("initiation/other-length/refused", test_initiation_length);
  ADD ("initiation/seen/hides-identities", test_initiation_hides);
  ADD ("response/changed/refused", test_response_changed);
  ADD ("response/changed-with-mac/refused", test_response_changed_with_mac);
  ADD ("response/other-length/refused", test_response_length);
  ADD ("response/to-another/refused", test_response_to_another);
  ADD ("psk/wrong/refused", test_wrong_psk);
  ADD ("server-key/wrong/refused", test_wrong_server_key);
  ADD ("server-key/small-order/refused", test_server_key_small_order);
  ADD ("ephemeral/small-order/refused", test_ephemeral_small_order);
  ADD ("hello/largest/accepted", test_hello_largest);
  ADD ("hello/too-long/refused", test_hello_too_long);
  return g_test_run ();
}
