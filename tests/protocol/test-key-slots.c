/* test-key-slots.c: records between two sides of one handshake. */
#include "claw-key-slots.h"

#include <string.h>

typedef struct
{
  ClawKeySlots sides[2];
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawHandshakeKeys) first = { .peer_index = 0x01020304 };
  g_auto (ClawHandshakeKeys) second = { .peer_index = 0x05060708 };

  claw_secret_init ();
  claw_key_generate (&first.send);
  claw_key_generate (&first.receive);
  claw_key_generate (&first.chain);
  claw_key_generate (&first.resumption);
  claw_key_copy (&second.send, &first.receive);
  claw_key_copy (&second.receive, &first.send);
  claw_key_copy (&second.chain, &first.chain);
  claw_key_copy (&second.resumption, &first.resumption);
  claw_key_slots_init (&fixture->sides[0], &first);
  claw_key_slots_init (&fixture->sides[1], &second);
  /* Nothing secret stays with the caller. */
  g_assert_false (claw_key_is_set (&first.send));
  g_assert_false (claw_key_is_set (&first.receive));
  g_assert_false (claw_key_is_set (&first.chain));
  g_assert_false (claw_key_is_set (&first.resumption));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_key_slots_clear (&fixture->sides[0]);
  claw_key_slots_clear (&fixture->sides[1]);
}

static size_t
seal (Fixture *fixture, uint8_t *datagram, ClawRecordHeader *header)
{
  memcpy (datagram + CLAW_RECORD_HEADER_SIZE, "hello", 5);
  size_t length = claw_key_slots_seal (&fixture->sides[0], 77, datagram, 5);
  g_assert_true (claw_record_peek (datagram, length, header));
  return length;
}

/* What one side seals the other opens, with the peer's index and the counter in the header. */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[100], plaintext[100];
  ClawRecordHeader header;
  size_t plaintext_length;

  size_t length = seal (fixture, datagram, &header);
  g_assert_cmpuint (header.receiver_index, ==, 0x01020304);
  g_assert_cmpuint (header.counter, ==, 77);
  g_assert_cmpuint (header.phase, ==, 0);
  g_assert_true (claw_key_slots_open (&fixture->sides[1], &header, datagram, length, plaintext,
                                      &plaintext_length));
  g_assert_cmpmem (plaintext, plaintext_length, "hello", 5);
  /* Not what one has sealed oneself. */
  g_assert_false (claw_key_slots_open (&fixture->sides[0], &header, datagram, length, plaintext,
                                       &plaintext_length));
}

/* A phase without a key opens nothing. */
static void
test_other_phase (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[100], plaintext[100];
  ClawRecordHeader header;
  size_t plaintext_length;

  size_t length = seal (fixture, datagram, &header);
  for (uint8_t phase = 1; phase <= CLAW_RECORD_PHASE_MASK; phase++)
    {
      header.phase = phase;
      g_assert_false (claw_key_slots_open (&fixture->sides[1], &header, datagram, length, plaintext,
                                           &plaintext_length));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/key-slots/records/round-trip", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/key-slots/records/other-phase", Fixture, NULL, set_up, test_other_phase, tear_down);
  return g_test_run ();
}
