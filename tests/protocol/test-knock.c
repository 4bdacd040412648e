/* test-knock.c: the initiator's rounds. */
#include "claw-knock.h"

#include <string.h>

typedef struct
{
  ClawIdentity client, server;
  ClawKey psks[CLAW_ENDPOINT_PSKS_MAX];
  ClawAddress addresses[3];
  uint64_t last_timestamp_us;
  GRand *jitter;
  ClawKnockSelf self;
  ClawKnock *knock;
  uint32_t next_index;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  claw_identity_generate (&fixture->client);
  claw_identity_generate (&fixture->server);
  for (unsigned i = 0; i < CLAW_ENDPOINT_PSKS_MAX; i++)
    claw_key_generate (&fixture->psks[i]);
  g_assert_true (claw_address_parse ("192.0.2.1:1", &fixture->addresses[0]));
  g_assert_true (claw_address_parse ("192.0.2.2:2", &fixture->addresses[1]));
  g_assert_true (claw_address_parse ("[2001:db8::3]:3", &fixture->addresses[2]));
  fixture->jitter = g_rand_new_with_seed (1);
  fixture->self = (ClawKnockSelf){ .identity = &fixture->client,
                                   .hello = (const uint8_t *) "hi",
                                   .hello_length = 2,
                                   .last_timestamp_us = &fixture->last_timestamp_us,
                                   .jitter = fixture->jitter };
  ClawConnectRequest request = { .server_key = fixture->server.public_key,
                                 .addresses = fixture->addresses,
                                 .n_addresses = G_N_ELEMENTS (fixture->addresses),
                                 .unix_us = 5000000,
                                 .now_us = 1000,
                                 .give_up_us = 60 * G_USEC_PER_SEC };
  for (unsigned i = 0; i < CLAW_ENDPOINT_PSKS_MAX; i++)
    request.psks[i] = &fixture->psks[i];
  fixture->knock = claw_knock_new (&request);
  fixture->next_index = 1;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_knock_free (fixture->knock);
  for (unsigned i = 0; i < CLAW_ENDPOINT_PSKS_MAX; i++)
    claw_key_clear (&fixture->psks[i]);
  claw_identity_clear (&fixture->client);
  claw_identity_clear (&fixture->server);
  g_rand_free (fixture->jitter);
}

static void
start_round (Fixture *fixture, gint64 now_us)
{
  uint32_t indexes[CLAW_ENDPOINT_PSKS_MAX];

  for (unsigned i = 0; i < CLAW_ENDPOINT_PSKS_MAX; i++)
    indexes[i] = fixture->next_index++;
  g_assert_true (claw_knock_start_round (fixture->knock, &fixture->self, indexes, now_us));
}

/* Reads the initiation with @psk and answers it. */
static void
respond (Fixture *fixture, const ClawKey *psk, const uint8_t *initiation, uint8_t *response)
{
  g_auto (ClawHandshakeKeys) keys = { 0 };
  g_autoptr (ClawAnswer) answer = claw_answer_new (&fixture->server, psk, initiation,
                                                   CLAW_HANDSHAKE_INITIATION_SIZE);

  g_assert_nonnull (answer);
  claw_answer_respond (answer, 99, "yes", 3, response, &keys);
}

/* A round goes to every address with every psk, the likeliest psk first, with growing timestamps.
 */
static void
test_round (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX];
  uint8_t first[CLAW_HANDSHAKE_INITIATION_SIZE];
  ClawAddress to;

  g_assert_cmpuint (claw_knock_send (fixture->knock, &to, datagram, 1000), ==, 0);
  start_round (fixture, 1000);
  for (unsigned i = 0; i < 3 * CLAW_ENDPOINT_PSKS_MAX; i++)
    {
      g_assert_cmpuint (claw_knock_send (fixture->knock, &to, datagram, 1000), ==,
                        CLAW_HANDSHAKE_INITIATION_SIZE);
      g_assert_true (claw_address_equal (&to, &fixture->addresses[i % 3]));
      g_autoptr (ClawAnswer) answer = claw_answer_new (&fixture->server, &fixture->psks[i / 3],
                                                       datagram, CLAW_HANDSHAKE_INITIATION_SIZE);
      g_assert_nonnull (answer);
      g_assert_cmpuint (claw_answer_get_timestamp_us (answer), ==, 5000000 + i / 3);
      if (i == 0)
        memcpy (first, datagram, sizeof first);
    }
  g_assert_cmpuint (claw_knock_send (fixture->knock, &to, datagram, 1000), ==, 0);
  g_assert_cmpuint (fixture->last_timestamp_us, ==, 5000000 + CLAW_ENDPOINT_PSKS_MAX - 1);

  /* The next one is another initiation altogether. */
  start_round (fixture, 2000000);
  claw_knock_send (fixture->knock, &to, datagram, 2000000);
  g_assert_cmpint (memcmp (datagram + 60, first + 60, 32), !=, 0);
}

/* A clock that was set back does not repeat a timestamp. */
static void
test_clock_set_back (Fixture *fixture, gconstpointer data)
{
  fixture->last_timestamp_us = 9000000;
  start_round (fixture, 1000);
  g_assert_cmpuint (fixture->last_timestamp_us, ==, 9000000 + CLAW_ENDPOINT_PSKS_MAX);
}

/* Nor does one that is centuries off make one that no server lets in. */
static void
test_clock_centuries_off (Fixture *fixture, gconstpointer data)
{
  fixture->last_timestamp_us = 9000000;
  g_assert_cmpuint (claw_handshake_next_timestamp (CLAW_HANDSHAKE_TIMESTAMP_MAX_US, 0), ==,
                    CLAW_HANDSHAKE_TIMESTAMP_MAX_US);
  start_round (fixture, CLAW_HANDSHAKE_TIMESTAMP_MAX_US);
  g_assert_cmpuint (fixture->last_timestamp_us, ==, 9000000 + CLAW_ENDPOINT_PSKS_MAX);
}

/* Pauses of 1, 2, 4, 4 … seconds, a tenth more or less, until the end. */
static void
test_pauses (Fixture *fixture, gconstpointer data)
{
  gint64 now_us = 1000;

  g_assert_true (claw_knock_is_round_due (fixture->knock, now_us));
  for (unsigned i = 0; i < 12; i++)
    {
      gint64 pause_us = (gint64) G_USEC_PER_SEC * (i == 0 ? 1 : i == 1 ? 2 : 4);

      start_round (fixture, now_us);
      gint64 next_us = claw_knock_get_deadline (fixture->knock);
      g_assert_false (claw_knock_is_round_due (fixture->knock, next_us - 1));
      g_assert_true (claw_knock_is_round_due (fixture->knock, next_us));
      g_assert_cmpint (next_us - now_us, >=, pause_us * 9 / 10);
      g_assert_cmpint (next_us - now_us, <=, pause_us * 11 / 10);
      now_us = next_us;
    }
  g_assert_false (claw_knock_is_over (fixture->knock, 60 * G_USEC_PER_SEC - 1));
  g_assert_true (claw_knock_is_over (fixture->knock, 60 * G_USEC_PER_SEC));
}

/* The newest four rounds can be answered, the one before not any more. */
static void
test_newest_four (Fixture *fixture, gconstpointer data)
{
  uint8_t initiations[CLAW_KNOCK_ROUNDS_MAX + 1][CLAW_CONNECTION_DATAGRAM_MAX];
  uint8_t response[CLAW_HANDSHAKE_RESPONSE_SIZE];
  const unsigned N = CLAW_ENDPOINT_PSKS_MAX; /* numbers of a round */
  uint32_t indexes[CLAW_KNOCK_OUTSTANDING_MAX];
  g_auto (ClawKnockAnswer) answer = { 0 };
  ClawAddress to;

  for (unsigned i = 0; i <= CLAW_KNOCK_ROUNDS_MAX; i++)
    {
      start_round (fixture, 1000 + i);
      /* Of the second psk. */
      for (unsigned n = 0; n < 4; n++)
        claw_knock_send (fixture->knock, &to, initiations[i], 1000 + i);
    }
  g_assert_cmpuint (claw_knock_get_indexes (fixture->knock, indexes), ==,
                    CLAW_KNOCK_OUTSTANDING_MAX);
  for (unsigned i = 0; i < CLAW_KNOCK_OUTSTANDING_MAX; i++)
    g_assert_cmpuint (indexes[i], >, CLAW_ENDPOINT_PSKS_MAX);

  respond (fixture, &fixture->psks[1], initiations[0], response);
  g_assert_false (claw_knock_finish (fixture->knock, 2, response, sizeof response, 5000, &answer));
  respond (fixture, &fixture->psks[1], initiations[1], response);
  /* The wrong index, the right one with a damaged datagram, and then the right one. */
  g_assert_false (
      claw_knock_finish (fixture->knock, 2 * N + 2, response, sizeof response, 5000, &answer));
  response[200] ^= 1;
  g_assert_false (
      claw_knock_finish (fixture->knock, N + 2, response, sizeof response, 5000, &answer));
  response[200] ^= 1;
  g_assert_true (
      claw_knock_finish (fixture->knock, N + 2, response, sizeof response, 5001, &answer));
  g_assert_cmpuint (answer.psk, ==, 1);
  g_assert_cmpint (answer.rtt_us, ==, 4000);
  g_assert_cmpmem (answer.hello, answer.hello_length, "yes", 3);
  g_assert_cmpuint (answer.keys.peer_index, ==, 99);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/knock/round/all-addresses", test_round);
  add ("/knock/round/clock-set-back", test_clock_set_back);
  add ("/knock/round/clock-centuries-off", test_clock_centuries_off);
  add ("/knock/round/pauses", test_pauses);
  add ("/knock/answer/newest-four", test_newest_four);
  return g_test_run ();
}
