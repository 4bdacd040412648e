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

/* Makes the next keys of both sides. */
static void
set_next (Fixture *fixture)
{
  g_auto (ClawHandshakeKeys) first = { 0 };
  g_auto (ClawHandshakeKeys) second = { 0 };

  claw_key_generate (&first.send);
  claw_key_generate (&first.receive);
  claw_key_generate (&first.chain);
  claw_key_generate (&first.resumption);
  claw_key_copy (&second.send, &first.receive);
  claw_key_copy (&second.receive, &first.send);
  claw_key_copy (&second.chain, &first.chain);
  claw_key_copy (&second.resumption, &first.resumption);
  claw_key_slots_set_next (&fixture->sides[0], &first);
  claw_key_slots_set_next (&fixture->sides[1], &second);
  g_assert_false (claw_key_is_set (&first.send) || claw_key_is_set (&first.receive)
                  || claw_key_is_set (&first.chain) || claw_key_is_set (&first.resumption));
}

static ClawKeySlotName
open_record (Fixture *fixture, const uint8_t *datagram, size_t length)
{
  uint8_t plaintext[100];
  ClawRecordHeader header;
  size_t plaintext_length;

  g_assert_true (claw_record_peek (datagram, length, &header));
  return claw_key_slots_open (&fixture->sides[1], &header, datagram, length, plaintext,
                              &plaintext_length);
}

/* Through eight epochs: what is sealed under the old key opens before and after the change, what is
 * sealed under the new one from the moment it is known; the phase goes round. */
static void
test_rotation (Fixture *fixture, gconstpointer data)
{
  uint8_t old[100], new[100];
  ClawRecordHeader header;

  for (uint8_t epoch = 1; epoch <= 8; epoch++)
    {
      size_t length = seal (fixture, old, &header);

      g_assert_cmpuint (header.phase, ==, (epoch - 1) % 4);
      set_next (fixture);
      g_assert_true (claw_key_slots_has_next (&fixture->sides[1]));
      claw_key_slots_promote (&fixture->sides[0]);
      g_assert_cmpuint (fixture->sides[0].sealed, ==, 0);
      g_assert_cmpuint (seal (fixture, new, &header), ==, length);
      g_assert_cmpuint (header.phase, ==, epoch % 4);
      g_assert_cmpuint (fixture->sides[0].sealed, ==, 1);
      g_assert_cmpint (open_record (fixture, old, length), ==, CLAW_KEY_SLOT_CURRENT);
      g_assert_cmpint (open_record (fixture, new, length), ==, CLAW_KEY_SLOT_NEXT);
      claw_key_slots_promote (&fixture->sides[1]);
      g_assert_false (claw_key_slots_has_next (&fixture->sides[1]));
      g_assert_cmpint (open_record (fixture, old, length), ==, CLAW_KEY_SLOT_PREVIOUS);
      g_assert_cmpint (open_record (fixture, new, length), ==, CLAW_KEY_SLOT_CURRENT);
    }
}

/* The previous key is there until the end of its grace, which has no end before it has begun. */
static void
test_grace (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[100];
  ClawRecordHeader header;
  ClawKeySlots *slots = &fixture->sides[1];

  size_t length = seal (fixture, datagram, &header);
  g_assert_cmpint (claw_key_slots_get_deadline (slots), ==, G_MAXINT64);
  set_next (fixture);
  claw_key_slots_promote (slots);
  g_assert_null (slots->previous.send);
  claw_key_slots_wake (slots, G_MAXINT64 - 1);
  g_assert_true (claw_key_slots_has_previous (slots));
  claw_key_slots_start_grace (slots, 1000);
  g_assert_cmpint (claw_key_slots_get_deadline (slots), ==, 1000);
  claw_key_slots_wake (slots, 999);
  g_assert_cmpint (open_record (fixture, datagram, length), ==, CLAW_KEY_SLOT_PREVIOUS);
  claw_key_slots_wake (slots, 1000);
  g_assert_false (claw_key_slots_has_previous (slots));
  g_assert_cmpint (open_record (fixture, datagram, length), ==, CLAW_KEY_SLOT_NONE);
  g_assert_cmpint (claw_key_slots_get_deadline (slots), ==, G_MAXINT64);
}

/* A rotation within the grace of the one before erases the oldest key: never more than three. */
static void
test_three_at_most (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[100];
  ClawRecordHeader header;
  ClawKeySlots *slots = &fixture->sides[1];

  size_t length = seal (fixture, datagram, &header);
  set_next (fixture);
  claw_key_slots_promote (slots);
  claw_key_slots_start_grace (slots, 1000);
  claw_key_slots_promote (&fixture->sides[0]);
  set_next (fixture);
  g_assert_cmpint (open_record (fixture, datagram, length), ==, CLAW_KEY_SLOT_PREVIOUS);
  claw_key_slots_promote (slots);
  g_assert_cmpint (open_record (fixture, datagram, length), ==, CLAW_KEY_SLOT_NONE);
  /* The grace of the next one has not begun. */
  g_assert_cmpint (claw_key_slots_get_deadline (slots), ==, G_MAXINT64);
  g_assert_true (claw_key_slots_has_previous (slots));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/key-slots/records/round-trip", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/key-slots/records/other-phase", Fixture, NULL, set_up, test_other_phase, tear_down);
  g_test_add ("/key-slots/rotation/all-phases", Fixture, NULL, set_up, test_rotation, tear_down);
  g_test_add ("/key-slots/rotation/grace", Fixture, NULL, set_up, test_grace, tear_down);
  g_test_add ("/key-slots/rotation/three-at-most", Fixture, NULL, set_up, test_three_at_most,
              tear_down);
  return g_test_run ();
}
