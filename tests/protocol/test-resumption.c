/* test-resumption.c: which secrets an initiator keeps. */
#include "claw-resumption.h"

typedef struct
{
  ClawResumption kept;
  ClawKey secrets[4];
  ClawKey file;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->secrets); i++)
    claw_key_generate (&fixture->secrets[i]);
  claw_key_generate (&fixture->file);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->secrets); i++)
    claw_key_clear (&fixture->secrets[i]);
  claw_key_clear (&fixture->file);
  claw_resumption_clear (&fixture->kept);
}

/* @unproven, @newest, @previous: numbers of secrets, -1 for none. */
static void
assert_kept (const Fixture *fixture, int unproven, int newest, int previous)
{
  const int expected[CLAW_RESUMPTION_FILE] = { unproven, newest, previous };

  for (unsigned i = 0; i < CLAW_RESUMPTION_FILE; i++)
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

static void
take_file (Fixture *fixture)
{
  claw_key_copy (&fixture->kept.keys[CLAW_RESUMPTION_FILE], &fixture->file);
}

static gboolean
has_file (const Fixture *fixture)
{
  return claw_resumption_has (&fixture->kept, &fixture->file);
}

/* With a file, a session and a rotation. */
static void
pair (Fixture *fixture)
{
  take_file (fixture);
  begin (fixture, CLAW_RESUMPTION_FILE, 0);
  assert_kept (fixture, 0, -1, -1);
  claw_resumption_on_proven (&fixture->kept, CLAW_RESUMPTION_FILE);
  g_assert_true (
      claw_key_equal (&fixture->kept.keys[CLAW_RESUMPTION_NEWEST], &fixture->secrets[0]));
  g_assert_true (claw_key_equal (&fixture->kept.keys[CLAW_RESUMPTION_PREVIOUS], &fixture->file));
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
  assert_kept (fixture, 2, 0, 1);
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
  assert_kept (fixture, 3, 0, 1);
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

/* The secret that has opened the session without proof stays when that session's own opens the next
 * one, whichever of the two it was: the responder may have established that session without having
 * saved it. */
static void
test_late_proof_of_previous (Fixture *fixture, gconstpointer data)
{
  pair (fixture);
  begin (fixture, CLAW_RESUMPTION_PREVIOUS, 2);
  begin (fixture, CLAW_RESUMPTION_UNPROVEN, 3);
  assert_kept (fixture, 3, 2, 0);
  claw_resumption_on_proven (&fixture->kept, CLAW_RESUMPTION_UNPROVEN);
  assert_kept (fixture, -1, 3, 2);
}

/* The file stays as long as no session is proven, however many it opens: the responder may have
 * established any of them. */
static void
test_file (Fixture *fixture, gconstpointer data)
{
  take_file (fixture);
  for (unsigned i = 0; i < 3; i++)
    {
      begin (fixture, CLAW_RESUMPTION_FILE, i);
      assert_kept (fixture, (int) i, -1, -1);
      g_assert_true (has_file (fixture));
    }
  begin (fixture, CLAW_RESUMPTION_UNPROVEN, 3);
  assert_kept (fixture, 3, 2, -1);
  g_assert_true (has_file (fixture));
  claw_resumption_on_proven (&fixture->kept, CLAW_RESUMPTION_UNPROVEN);
  assert_kept (fixture, -1, 3, 2);
  g_assert_false (has_file (fixture));
}

/* A further file costs nothing of what is there before a session that it has opened is proven, and
 * is gone when another one is. */
static void
test_another_file (Fixture *fixture, gconstpointer data)
{
  pair (fixture);
  take_file (fixture);
  begin (fixture, CLAW_RESUMPTION_FILE, 2);
  assert_kept (fixture, 2, 1, 0);
  begin (fixture, CLAW_RESUMPTION_NEWEST, 3);
  assert_kept (fixture, 3, 1, 0);
  g_assert_true (has_file (fixture));
  claw_resumption_on_proven (&fixture->kept, CLAW_RESUMPTION_NEWEST);
  assert_kept (fixture, -1, 3, 1);
  g_assert_false (has_file (fixture));
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
  ADD ("/resumption/late-proof/opener-stays", test_late_proof_of_previous);
  ADD ("/resumption/file/stays-until-proof", test_file);
  ADD ("/resumption/another-file/nothing-lost", test_another_file);
#undef ADD
  return g_test_run ();
}
