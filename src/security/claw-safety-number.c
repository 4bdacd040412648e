/* claw-safety-number.c: see claw-safety-number.h. */
#include "claw-safety-number.h"

#include <sodium.h>
#include <string.h>

#define HALF_GROUPS (CLAW_SAFETY_NUMBER_GROUPS / 2)
#define GROUP_BYTES 5
#define GROUP_VALUES 100000
/* With the space after each group. */
#define GROUP_SIZE (CLAW_SAFETY_NUMBER_GROUP_DIGITS + 1)
#define HALF_SIZE (HALF_GROUPS * GROUP_SIZE)

G_STATIC_ASSERT (HALF_GROUPS *GROUP_BYTES <= crypto_hash_sha512_BYTES);
G_STATIC_ASSERT (2 * HALF_SIZE == CLAW_SAFETY_NUMBER_SIZE);

static void
hash_key (const uint8_t key[CLAW_PUBLIC_KEY_SIZE], uint8_t hash[crypto_hash_sha512_BYTES])
{
  static const uint8_t version[2] = { CLAW_SAFETY_NUMBER_VERSION >> 8,
                                      CLAW_SAFETY_NUMBER_VERSION & 0xff };
  crypto_hash_sha512_state state;

  crypto_hash_sha512_init (&state);
  crypto_hash_sha512_update (&state, version, sizeof version);
  crypto_hash_sha512_update (&state, key, CLAW_PUBLIC_KEY_SIZE);
  crypto_hash_sha512_update (&state, (const uint8_t *) CLAW_SAFETY_NUMBER_NAME,
                             strlen (CLAW_SAFETY_NUMBER_NAME));
  crypto_hash_sha512_update (&state, key, CLAW_PUBLIC_KEY_SIZE);
  crypto_hash_sha512_final (&state, hash);
  for (unsigned i = 1; i < CLAW_SAFETY_NUMBER_ITERATIONS; i++)
    {
      crypto_hash_sha512_init (&state);
      crypto_hash_sha512_update (&state, hash, crypto_hash_sha512_BYTES);
      crypto_hash_sha512_update (&state, key, CLAW_PUBLIC_KEY_SIZE);
      crypto_hash_sha512_final (&state, hash);
    }
}

/* @half: six groups, each with a space after it; no NUL. */
static void
format_half (const uint8_t key[CLAW_PUBLIC_KEY_SIZE], char half[HALF_SIZE])
{
  uint8_t hash[crypto_hash_sha512_BYTES];
  char group[GROUP_SIZE + 1];

  hash_key (key, hash);
  for (unsigned i = 0; i < HALF_GROUPS; i++)
    {
      uint64_t value = 0;

      for (unsigned j = 0; j < GROUP_BYTES; j++)
        value = value << 8 | hash[i * GROUP_BYTES + j];
      g_snprintf (group, sizeof group, "%05u ", (unsigned) (value % GROUP_VALUES));
      memcpy (half + i * GROUP_SIZE, group, GROUP_SIZE);
    }
}

const char *
claw_safety_number (const uint8_t one_key[CLAW_PUBLIC_KEY_SIZE],
                    const uint8_t other_key[CLAW_PUBLIC_KEY_SIZE],
                    char number[CLAW_SAFETY_NUMBER_SIZE])
{
  char one[HALF_SIZE], other[HALF_SIZE];

  format_half (one_key, one);
  format_half (other_key, other);
  gboolean is_one_first = memcmp (one, other, HALF_SIZE) <= 0;
  memcpy (number, is_one_first ? one : other, HALF_SIZE);
  memcpy (number + HALF_SIZE, is_one_first ? other : one, HALF_SIZE);
  /* In place of the last space. */
  number[CLAW_SAFETY_NUMBER_SIZE - 1] = '\0';
  return number;
}
