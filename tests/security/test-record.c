/* test-record.c: datagrams after the handshake. */
#include "claw-record.h"

#include "claw-aead.h"

#include <sodium.h>
#include <string.h>

#define PLAINTEXT_MAX 1200

static ClawAead *
new_aead (uint8_t fill)
{
  g_auto (ClawKey) key = { 0 };
  uint8_t bytes[CLAW_KEY_SIZE];

  memset (bytes, fill, sizeof bytes);
  claw_key_set (&key, bytes);
  return claw_aead_new (&key);
}

/* The bytes on the wire are fixed: header in network order, nonce as Noise has it. */
static void
test_layout (void)
{
  static const uint8_t nonce[CLAW_AEAD_NONCE_SIZE] = { 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
  static const uint8_t head[] = { 0x42, 0xa1, 0xb2, 0xc3, 0xd4, 1, 2, 3, 4, 5, 6, 7, 8 };
  ClawRecordHeader header
      = { .phase = 2, .receiver_index = 0xa1b2c3d4, .counter = 0x0102030405060708 };
  g_autoptr (ClawAead) aead = new_aead (7);
  uint8_t datagram[5 + CLAW_RECORD_OVERHEAD], expected[5 + CLAW_AEAD_TAG_SIZE];

  memcpy (datagram + CLAW_RECORD_HEADER_SIZE, "hello", 5);
  g_assert_cmpuint (claw_record_seal (aead, &header, datagram, 5), ==, sizeof datagram);
  claw_aead_seal (aead, nonce, head, sizeof head, "hello", 5, expected);
  g_assert_cmpmem (datagram, CLAW_RECORD_HEADER_SIZE, head, sizeof head);
  g_assert_cmpmem (datagram + CLAW_RECORD_HEADER_SIZE, sizeof expected, expected, sizeof expected);
}

/* Every length from nothing to a full datagram comes back. */
static void
test_round_trip (void)
{
  g_autoptr (ClawAead) aead = new_aead (1);
  uint8_t datagram[PLAINTEXT_MAX + CLAW_RECORD_OVERHEAD], plain[PLAINTEXT_MAX],
      opened[PLAINTEXT_MAX];

  randombytes_buf (plain, sizeof plain);
  for (size_t length = 0; length <= PLAINTEXT_MAX; length++)
    {
      ClawRecordHeader header = { .phase = length % 4, .receiver_index = 5, .counter = length },
                       read;
      size_t opened_length;

      memcpy (datagram + CLAW_RECORD_HEADER_SIZE, plain, length);
      size_t sealed = claw_record_seal (aead, &header, datagram, length);
      g_assert_true (claw_record_peek (datagram, sealed, &read));
      g_assert_cmpuint (read.phase, ==, length % 4);
      g_assert_cmpuint (read.receiver_index, ==, 5);
      g_assert_cmpuint (read.counter, ==, length);
      g_assert_true (claw_record_open (aead, datagram, sealed, opened, &opened_length));
      g_assert_cmpmem (opened, opened_length, plain, length);
    }
}

/* Any bit changed, the header's included, is refused and leaves zeros. */
static void
test_changed (void)
{
  g_autoptr (ClawAead) aead = new_aead (1);
  uint8_t datagram[20 + CLAW_RECORD_OVERHEAD], opened[20];
  ClawRecordHeader header = { .phase = 1, .receiver_index = 5, .counter = 9 };
  size_t length;

  memset (datagram, 'x', sizeof datagram);
  claw_record_seal (aead, &header, datagram, 20);
  for (size_t bit = 0; bit < sizeof datagram * 8; bit++)
    {
      datagram[bit / 8] ^= (uint8_t) (1 << bit % 8);
      memset (opened, 0, sizeof opened);
      g_assert_false (claw_record_open (aead, datagram, sizeof datagram, opened, &length));
      g_assert_true (sodium_is_zero (opened, sizeof opened));
      datagram[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
  g_assert_true (claw_record_open (aead, datagram, sizeof datagram, opened, &length));
}

/* A record cut short anywhere, or with something behind it, is refused. */
static void
test_length (void)
{
  g_autoptr (ClawAead) aead = new_aead (1);
  uint8_t datagram[20 + CLAW_RECORD_OVERHEAD + 1] = { 0 };
  ClawRecordHeader header = { .counter = 9 }, read;
  size_t length;

  claw_record_seal (aead, &header, datagram, 20);
  for (size_t cut = 0; cut <= sizeof datagram; cut++)
    {
      g_autofree uint8_t *exact = g_memdup2 (datagram, cut);
      uint8_t opened[sizeof datagram];

      g_assert_true (claw_record_peek (exact, cut, &read) == (cut >= CLAW_RECORD_OVERHEAD));
      g_assert_true (claw_record_open (aead, exact, cut, opened, &length)
                     == (cut == sizeof datagram - 1));
    }
}

/* Another key opens nothing. */
static void
test_other_key (void)
{
  g_autoptr (ClawAead) aead = new_aead (1);
  g_autoptr (ClawAead) other = new_aead (2);
  uint8_t datagram[20 + CLAW_RECORD_OVERHEAD] = { 0 }, opened[20];
  ClawRecordHeader header = { 0 };
  size_t length;

  claw_record_seal (aead, &header, datagram, 20);
  g_assert_false (claw_record_open (other, datagram, sizeof datagram, opened, &length));
}

/* Only the types 0x40 to 0x43 are records. */
static void
test_type (void)
{
  uint8_t datagram[CLAW_RECORD_OVERHEAD] = { 0 };
  ClawRecordHeader header;

  for (unsigned type = 0; type < 256; type++)
    {
      datagram[0] = (uint8_t) type;
      g_assert_true (claw_record_peek (datagram, sizeof datagram, &header)
                     == (type >= 0x40 && type <= 0x43));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/layout/fixed", test_layout);
  g_test_add_func ("/record/round-trip/all-lengths", test_round_trip);
  g_test_add_func ("/record/changed/refused", test_changed);
  g_test_add_func ("/record/other-length/refused", test_length);
  g_test_add_func ("/record/other-key/refused", test_other_key);
  g_test_add_func ("/record/type/records-only", test_type);
  return g_test_run ();
}
