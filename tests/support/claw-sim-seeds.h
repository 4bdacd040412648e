/* claw-sim-seeds.h: doing a test with thousands of seeds, and again with the one that failed.
 *
 * CLAWCHAT_SIMULATION_SEEDS says how many seeds each test takes, CLAWCHAT_SIMULATION_SEED takes a
 * single one, to repeat a failure; even the keys are the same then. A test that aborts says last
 * how it is repeated.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef void (*ClawSimRun) (uint64_t seed);

/* After g_test_init (). */
void claw_sim_seeds_init (void);
/* Calls @run for each seed. @share: how many of a thousand of the usual number this test takes. */
void claw_sim_seeds_run (ClawSimRun run, unsigned share);
/* Makes keys, ids and indices those of @seed, the same each time. */
void claw_sim_seeds_fix (uint64_t seed);
/* Whether one seed is repeated, so that nothing can be expected of all of them. */
gboolean claw_sim_seeds_is_single (void);
