/* claw-sim-random.c: SplitMix64 by Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014. */
#include "claw-sim-random.h"

void
claw_sim_random_init (ClawSimRandom *random, uint64_t seed)
{
  random->state = seed;
}

uint64_t
claw_sim_random_next (ClawSimRandom *random)
{
  uint64_t value = random->state += UINT64_C (0x9e3779b97f4a7c15);

  value = (value ^ (value >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C (0x94d049bb133111eb);
  return value ^ (value >> 31);
}

gint64
claw_sim_random_range (ClawSimRandom *random, gint64 first, gint64 last)
{
  g_assert (first <= last);
  return first + (gint64) (claw_sim_random_next (random) % (uint64_t) (last - first + 1));
}

gboolean
claw_sim_random_chance (ClawSimRandom *random, unsigned permille)
{
  return permille > 0 && claw_sim_random_next (random) % 1000 < permille;
}

void
claw_sim_random_fill (ClawSimRandom *random, void *buffer, size_t length)
{
  uint8_t *bytes = buffer;

  for (size_t i = 0; i < length; i++)
    bytes[i] = (uint8_t) claw_sim_random_next (random);
}
