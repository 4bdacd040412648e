/* claw-sim-seeds.c: see claw-sim-seeds.h. */
#include "claw-sim-seeds.h"

#include "claw-secret.h"
#include "claw-sim-random.h"

#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define SEEDS 1000
#define SINGLE "CLAWCHAT_SIMULATION_SEED"

static ClawSimRandom sodium_random;
static gboolean sodium_is_fixed;

static const char *
get_random_name (void)
{
  return "simulation";
}

static void
fill_random (void *const buffer, const size_t size)
{
  claw_sim_random_fill (&sodium_random, buffer, size);
}

static uint32_t
get_random (void)
{
  return (uint32_t) claw_sim_random_next (&sodium_random);
}

void
claw_sim_seeds_fix (uint64_t seed)
{
  static struct randombytes_implementation implementation
      = { .implementation_name = get_random_name, .random = get_random, .buf = fill_random };

  claw_sim_random_init (&sodium_random, ~seed);
  if (sodium_is_fixed)
    return;
  sodium_is_fixed = TRUE;
  claw_secret_init ();
  randombytes_set_implementation (&implementation);
}

/* A failed assertion aborts; this is the last that is said. */
static char how_to_repeat[300];

static void
on_abort (int signal_number)
{
  ssize_t written = write (STDERR_FILENO, how_to_repeat, strlen (how_to_repeat));

  signal (signal_number, SIG_DFL);
  if (written > 0)
    raise (signal_number);
}

static uint64_t
get_setting (const char *variable, uint64_t fallback)
{
  const char *text = g_getenv (variable);

  return text == NULL || *text == '\0' ? fallback : g_ascii_strtoull (text, NULL, 10);
}

static void
run_seed (ClawSimRun run, uint64_t seed)
{
  g_autofree char *program = g_path_get_basename (g_get_prgname ());

  g_snprintf (how_to_repeat, sizeof how_to_repeat,
              "\n# To repeat: CLAWCHAT_SIMULATION_SEED=%" G_GUINT64_FORMAT
              " tests/simulation/%s -p %s\n",
              seed, program, g_test_get_path ());
  claw_sim_seeds_fix (seed);
  run (seed);
}

void
claw_sim_seeds_run (ClawSimRun run, unsigned share)
{
  uint64_t seeds = MAX (get_setting ("CLAWCHAT_SIMULATION_SEEDS", SEEDS) * share / 1000, 1);

  if (claw_sim_seeds_is_single ())
    {
      run_seed (run, get_setting (SINGLE, 0));
      return;
    }
  for (uint64_t seed = 1; seed <= seeds; seed++)
    run_seed (run, seed);
  g_test_message ("%" G_GUINT64_FORMAT " seeds", seeds);
}

void
claw_sim_seeds_init (void)
{
  signal (SIGABRT, on_abort);
}

gboolean
claw_sim_seeds_is_single (void)
{
  const char *single = g_getenv (SINGLE);

  return single != NULL && *single != '\0';
}
