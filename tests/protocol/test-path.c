/* test-path.c: how a session moves to another address. */
#include "claw-path.h"

#include <string.h>

typedef struct
{
  ClawRoute home, away, elsewhere;
  ClawPath path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_assert_true (claw_address_parse ("192.0.2.1:1000", &fixture->home.peer));
  g_assert_true (claw_address_parse ("192.0.2.1:2000", &fixture->away.peer));
  g_assert_true (claw_address_parse ("[2001:db8::1]:1000", &fixture->elsewhere.peer));
  claw_path_init (&fixture->path, &fixture->home);
}

static gboolean
answer (Fixture *fixture, gboolean *host_changed)
{
  uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE];

  memcpy (challenge, fixture->path.challenge, sizeof challenge);
  return claw_path_on_response (&fixture->path, challenge, host_changed);
}

/* A newest record from elsewhere, a challenge, its answer: then the path moves, and only then. */
static void
test_move (Fixture *fixture, gconstpointer data)
{
  gboolean host_changed = TRUE;

  claw_path_on_received (&fixture->path, &fixture->away, 100, TRUE, 1000);
  g_assert_true (claw_path_wants_challenge (&fixture->path, 1000));
  /* No answer counts before the question was asked. */
  g_assert_false (answer (fixture, &host_changed));
  claw_path_on_challenged (&fixture->path, 500, 1000);
  g_assert_true (claw_route_equal (&fixture->path.current, &fixture->home));
  g_assert_false (
      claw_path_on_response (&fixture->path, (const uint8_t *) "guessing", &host_changed));
  g_assert_true (answer (fixture, &host_changed));
  g_assert_true (claw_route_equal (&fixture->path.current, &fixture->away));
  g_assert_false (host_changed);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
  g_assert_false (answer (fixture, &host_changed));

  claw_path_on_received (&fixture->path, &fixture->elsewhere, 100, TRUE, 2000);
  claw_path_on_challenged (&fixture->path, 500, 2000);
  g_assert_true (answer (fixture, &host_changed));
  g_assert_true (host_changed);
}

/* An old record from elsewhere is only late. */
static void
test_late_record (Fixture *fixture, gconstpointer data)
{
  claw_path_on_received (&fixture->path, &fixture->away, 100, FALSE, 1000);
  g_assert_false (claw_path_wants_challenge (&fixture->path, 1000));
}

/* A peer that speaks from its old address again has not moved. */
static void
test_back_home (Fixture *fixture, gconstpointer data)
{
  gboolean host_changed;

  claw_path_on_received (&fixture->path, &fixture->away, 100, TRUE, 1000);
  claw_path_on_challenged (&fixture->path, 500, 1000);
  claw_path_on_received (&fixture->path, &fixture->home, 100, TRUE, 1100);
  g_assert_false (answer (fixture, &host_changed));
  g_assert_true (claw_route_equal (&fixture->path.current, &fixture->home));
}

/* Challenges are repeated with longer pauses, and then given up. */
static void
test_give_up (Fixture *fixture, gconstpointer data)
{
  static const gint64 due_us[] = { 1000, 1500, 2500 };

  claw_path_on_received (&fixture->path, &fixture->away, 10000, TRUE, 1000);
  for (unsigned i = 0; i < CLAW_PATH_CHALLENGES_MAX; i++)
    {
      g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, due_us[i]);
      claw_path_wake (&fixture->path, due_us[i]);
      g_assert_false (claw_path_wants_challenge (&fixture->path, due_us[i] - 1));
      g_assert_true (claw_path_wants_challenge (&fixture->path, due_us[i]));
      claw_path_on_challenged (&fixture->path, 500, due_us[i]);
    }
  g_assert_false (claw_path_wants_challenge (&fixture->path, 4500));
  claw_path_wake (&fixture->path, 4500);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
}

/* Never more than three times what came from there; a deadline that cannot be met does not stay. */
static void
test_amplification (Fixture *fixture, gconstpointer data)
{
  claw_path_on_received (&fixture->path, &fixture->away, 40, TRUE, 1000);
  g_assert_true (claw_path_wants_challenge (&fixture->path, 1000));
  claw_path_on_challenged (&fixture->path, 500, 1000);
  g_assert_false (claw_path_wants_challenge (&fixture->path, 1500));
  claw_path_on_received (&fixture->path, &fixture->away, 40, FALSE, 1200);
  g_assert_true (claw_path_wants_challenge (&fixture->path, 1500));
  claw_path_on_challenged (&fixture->path, 500, 1500);
  claw_path_wake (&fixture->path, 2500);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
}

/* The peer's challenge is answered where it came from. */
static void
test_respond (Fixture *fixture, gconstpointer data)
{
  claw_path_on_challenge (&fixture->path, (const uint8_t *) "question", &fixture->elsewhere);
  g_assert_true (fixture->path.must_respond);
  g_assert_cmpmem (fixture->path.response, 8, "question", 8);
  g_assert_true (claw_route_equal (&fixture->path.response_to, &fixture->elsewhere));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/path/move/after-answer", test_move);
  add ("/path/move/late-record", test_late_record);
  add ("/path/move/back-home", test_back_home);
  add ("/path/challenge/give-up", test_give_up);
  add ("/path/challenge/amplification", test_amplification);
  add ("/path/challenge/respond", test_respond);
  return g_test_run ();
}
