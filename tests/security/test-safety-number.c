/* test-safety-number.c: the digits that two people compare. */
#include "claw-safety-number.h"

#include <string.h>

/* Computed by another program (Python's hashlib) after the description in the header. The second
 * pair are the public keys of RFC 7748 section 6.1. */
static const struct
{
  const char *one;
  const char *other;
  const char *number;
} vectors[] = {
  { "0000000000000000000000000000000000000000000000000000000000000000",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "51959 67087 88159 63106 60213 01127 84930 56223 15044 49145 42516 62042" },
  { "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    "35180 20051 14391 93919 87527 54858 65914 61133 69375 30353 17422 67544" },
  { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "84930 56223 15044 49145 42516 62042 84930 56223 15044 49145 42516 62042" },
};

static void
parse_key (const char *hex, uint8_t key[CLAW_PUBLIC_KEY_SIZE])
{
  g_assert_cmpuint (strlen (hex), ==, 2 * CLAW_PUBLIC_KEY_SIZE);
  for (unsigned i = 0; i < CLAW_PUBLIC_KEY_SIZE; i++)
    key[i] = (uint8_t) (g_ascii_xdigit_value (hex[2 * i]) << 4
                        | g_ascii_xdigit_value (hex[2 * i + 1]));
}

/* What another implementation computes. */
static void
test_vectors (void)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      uint8_t one[CLAW_PUBLIC_KEY_SIZE], other[CLAW_PUBLIC_KEY_SIZE];
      char number[CLAW_SAFETY_NUMBER_SIZE];

      parse_key (vectors[i].one, one);
      parse_key (vectors[i].other, other);
      g_assert_cmpstr (claw_safety_number (one, other, number), ==, vectors[i].number);
    }
}

/* Both sides see the same, although each begins with its own key. */
static void
test_order (void)
{
  uint8_t one[CLAW_PUBLIC_KEY_SIZE], other[CLAW_PUBLIC_KEY_SIZE];
  char here[CLAW_SAFETY_NUMBER_SIZE], there[CLAW_SAFETY_NUMBER_SIZE];

  for (unsigned i = 0; i < 8; i++)
    {
      memset (one, (int) (17 * i), sizeof one);
      memset (other, (int) (255 - 31 * i), sizeof other);
      claw_safety_number (one, other, here);
      claw_safety_number (other, one, there);
      g_assert_cmpstr (here, ==, there);
    }
}

/* Any changed bit of either key shows, and in that key's half only. */
static void
test_changed_key (void)
{
  uint8_t one[CLAW_PUBLIC_KEY_SIZE] = { 1 }, other[CLAW_PUBLIC_KEY_SIZE] = { 2 };
  char before[CLAW_SAFETY_NUMBER_SIZE], after[CLAW_SAFETY_NUMBER_SIZE];

  claw_safety_number (one, other, before);
  for (unsigned byte = 0; byte < CLAW_PUBLIC_KEY_SIZE; byte += 5)
    {
      other[byte] ^= 0x80;
      g_assert_cmpstr (claw_safety_number (one, other, after), !=, before);
      other[byte] ^= 0x80;
    }
  g_assert_cmpstr (claw_safety_number (one, other, after), ==, before);
}

/* Twelve groups of five digits, and a space between each two. */
static void
test_format (void)
{
  uint8_t one[CLAW_PUBLIC_KEY_SIZE] = { 1 }, other[CLAW_PUBLIC_KEY_SIZE] = { 2 };
  char number[CLAW_SAFETY_NUMBER_SIZE];

  claw_safety_number (one, other, number);
  g_assert_cmpuint (strlen (number), ==, CLAW_SAFETY_NUMBER_SIZE - 1);
  for (unsigned i = 0; number[i] != '\0'; i++)
    if (i % 6 == 5)
      g_assert_cmpint (number[i], ==, ' ');
    else
      g_assert_true (g_ascii_isdigit (number[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();

  g_test_add_func ("/safety-number/vectors", test_vectors);
  g_test_add_func ("/safety-number/order", test_order);
  g_test_add_func ("/safety-number/changed-key", test_changed_key);
  g_test_add_func ("/safety-number/format", test_format);
  return g_test_run ();
}
