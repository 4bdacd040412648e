/* claw-sim-random.h: the one source of chance in a simulation (SplitMix64).
 *
 * Cheap to seed, so that thousands of runs can each have their own.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct
{
  uint64_t state;
} ClawSimRandom;

void claw_sim_random_init (ClawSimRandom *random, uint64_t seed);
uint64_t claw_sim_random_next (ClawSimRandom *random);
/* Returns: @first … @last, both included. */
gint64 claw_sim_random_range (ClawSimRandom *random, gint64 first, gint64 last);
/* Whether something happens that happens @permille times of a thousand. */
gboolean claw_sim_random_chance (ClawSimRandom *random, unsigned permille);
void claw_sim_random_fill (ClawSimRandom *random, void *buffer, size_t length);
