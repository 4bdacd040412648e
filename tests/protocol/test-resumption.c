/* test-resumption.c: which secrets an initiator keeps. */
#include "claw-resumption.h"

typedef struct
{
  ClawResumption kept;
  ClawKey secrets[4];
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->secrets); i++)
    claw_key_generate (&fixture->secrets[i]);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->secrets); i++)
    claw_key_clear (&fixture->secrets[i]);
  claw_resumption_clear (&fixture->kept);
}

/* @unproven, @newest, @previous: numbers of secrets, -1 for none. */
static void
assert_kept (const Fixture *fixture, int unproven, int newest, int previous)
{
  const int expected[CLAW_RESUMPTION_MAX] = { unproven, newest, previous };

  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    if (expected[i] < 0)
      g_assert_false (claw_key_is_set (&fixture->kept.keys[i]));
    else
      g_assert_true (claw_key_equal (&fixture->kept.keys[i], &fixture->secrets[expected[i]]));
}

static void
begin (Fixture *fixture, uint64_t used, unsigned secret)
{
  claw_resumption_on_established (&fixture->kept, used, &fixture->secrets[secret]);
}

/* With a file, a session and a rotation. */
static void
pair (Fixture *fixture)
{
  begin (fixture, CLAW_RESUMPTION_MAX, 0);
  assert_kept (fixture, 0, -1, -1);
  claw_resumption_on_proven (&fixture->kept, CLAW_RESUMPTION_MAX);
  assert_kept (fixture, -1, 0, -1);
  claw_resumption_on_rotated (&fixture->kept, &fixture->secrets[1]);
  assert_kept (fixture, -1, 1, 0);
  g_assert_true (claw_resumption_has (&fixture->kept, &fixture->secrets[0]));
  g_assert_false (claw_resumption_has (&fixture->kept, &fixture->secrets[2]));
}

/* Back with the newest secret: it stays as the previous one once the session is proven. */
static void
test_newest (Fixture *fixture, gconstpointer data)
{
  pair (fixture);
  begin (fixture, CLAW_RESUMPTION_NEWEST, 2);
  assert_kept (fixture, 2, 1, 0);
  claw_resumption_on_proven (&fixture->kept, CLAW_RESUMPTION_NEWEST);
  assert_kept (fixture, -1, 2, 1);
}

/* Back with the previous one: the responder does not know the newest, which is forgotten once the
 * session is proven. */
static void
test_previous (Fixture *fixture, gconstpointer data)
{
  pair (fixture);
  begin (fixture, CLAW_RESUMPTION_PREVIOUS, 2);
  assert_kept (fixture, 2, 1, 0);
  claw_resumption_on_proven (&fixture->kept, CLAW_RESUMPTION_PREVIOUS);
  assert_kept (fixture, -1, 2, 0);
}

/* Sessions without proof, one after another, cost none of the two that count. */
static void
test_no_proof (Fixture *fixture, gconstpointer data)
{
  pair (fixture);
  begin (fixture, CLAW_RESUMPTION_PREVIOUS, 2);
  begin (fixture, CLAW_RESUMPTION_NEWEST, 3);
  assert_kept (fixture, 3, 1, 0);
}

/* A session opened with the secret of one without proof proves that one. */
static void
test_late_proof (Fixture *fixture, gconstpointer data)
{
  pair (fixture);
  begin (fixture, CLAW_RESUMPTION_NEWEST, 2);
  begin (fixture, CLAW_RESUMPTION_UNPROVEN, 3);
  assert_kept (fixture, 3, 2, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/resumption/newest/stays", test_newest);
  ADD ("/resumption/previous/newest-forgotten", test_previous);
  ADD ("/resumption/no-proof/both-stay", test_no_proof);
  ADD ("/resumption/late-proof/taken", test_late_proof);
#undef ADD
  return g_test_run ();
}
