/* test-path.c: how a session moves to another address. */
#include "claw-path.h"

#include <string.h>

typedef struct
{
  ClawRoute home, away, elsewhere;
  ClawRoute new_port; /* of the peer */
  ClawRoute other_socket;
  ClawPath path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_assert_true (claw_address_parse ("192.0.2.1:1000", &fixture->home.peer));
  g_assert_true (claw_address_parse ("192.0.2.1:2000", &fixture->away.peer));
  g_assert_true (claw_address_parse ("192.0.2.1:3000", &fixture->new_port.peer));
  g_assert_true (claw_address_parse ("[2001:db8::1]:1000", &fixture->elsewhere.peer));
  fixture->other_socket = fixture->home;
  fixture->other_socket.socket = 1;
  claw_path_init (&fixture->path, &fixture->home);
}

static void
receive (Fixture *fixture, const ClawRoute *from, size_t size, gint64 now_us)
{
  claw_path_on_received (&fixture->path, from, size, TRUE, now_us);
}

/* Challenges what is due, as a connection does. */
static void
challenge (Fixture *fixture, gint64 now_us)
{
  ClawPathAttempt *attempt = claw_path_get_due (&fixture->path, now_us);
  ClawRoute route;

  g_assert_nonnull (attempt);
  route = attempt->route;
  claw_path_on_challenged (attempt, 500, now_us);
  claw_path_on_sent (&fixture->path, &route, CLAW_PATH_DATAGRAM_SIZE);
}

static ClawPathChange
answer (Fixture *fixture, ClawPathAttempt *attempt, const ClawRoute *from, gboolean *host_changed)
{
  uint8_t response[CLAW_FRAME_CHALLENGE_SIZE];

  memcpy (response, attempt->challenge, sizeof response);
  return claw_path_on_response (&fixture->path, response, from, host_changed);
}

static void
assert_at (const Fixture *fixture, const ClawRoute *route)
{
  g_assert_true (claw_route_equal (&fixture->path.current, route));
}

/* A sign of the peer from elsewhere, a challenge, its answer: then the path moves, and only then.
 */
static void
test_follow (Fixture *fixture, gconstpointer data)
{
  ClawPathAttempt *candidate = &fixture->path.candidate;
  gboolean host_changed = TRUE;

  receive (fixture, &fixture->away, 100, 1000);
  /* No answer counts before the question was asked. */
  g_assert_cmpint (answer (fixture, candidate, &fixture->away, &host_changed), ==,
                   CLAW_PATH_STAYED);
  challenge (fixture, 1000);
  assert_at (fixture, &fixture->home);
  g_assert_cmpint (claw_path_on_response (&fixture->path, (const uint8_t *) "guessing",
                                          &fixture->away, &host_changed),
                   ==, CLAW_PATH_STAYED);
  g_assert_cmpint (answer (fixture, candidate, &fixture->away, &host_changed), ==,
                   CLAW_PATH_FOLLOWED);
  assert_at (fixture, &fixture->away);
  g_assert_false (host_changed);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
  g_assert_cmpint (answer (fixture, candidate, &fixture->away, &host_changed), ==,
                   CLAW_PATH_STAYED);

  receive (fixture, &fixture->elsewhere, 100, 2000);
  challenge (fixture, 2000);
  g_assert_cmpint (answer (fixture, candidate, &fixture->elsewhere, &host_changed), ==,
                   CLAW_PATH_FOLLOWED);
  g_assert_true (host_changed);
}

/* An old record from elsewhere, or a question, is no sign that the peer is there. */
static void
test_no_sign (Fixture *fixture, gconstpointer data)
{
  claw_path_on_received (&fixture->path, &fixture->away, 100, FALSE, 1000);
  g_assert_null (claw_path_get_due (&fixture->path, 1000));
}

/* A peer that speaks from its old address again has not moved. */
static void
test_back_home (Fixture *fixture, gconstpointer data)
{
  ClawPathAttempt kept;
  gboolean host_changed;

  receive (fixture, &fixture->away, 100, 1000);
  challenge (fixture, 1000);
  kept = fixture->path.candidate;
  receive (fixture, &fixture->home, 100, 1100);
  g_assert_cmpint (answer (fixture, &kept, &fixture->away, &host_changed), ==, CLAW_PATH_STAYED);
  assert_at (fixture, &fixture->home);
}

/* A second place where the peer is seen waits until the first one had time to answer. */
static void
test_one_after_the_other (Fixture *fixture, gconstpointer data)
{
  receive (fixture, &fixture->away, 100, 1000);
  challenge (fixture, 1000);
  receive (fixture, &fixture->elsewhere, 100, 1200);
  g_assert_true (claw_route_equal (&fixture->path.candidate.route, &fixture->away));
  challenge (fixture, 1500);
  receive (fixture, &fixture->elsewhere, 100, 1600);
  g_assert_true (claw_route_equal (&fixture->path.candidate.route, &fixture->elsewhere));
}

/* Challenges are repeated with longer pauses, and then given up. */
static void
test_give_up (Fixture *fixture, gconstpointer data)
{
  static const gint64 due_us[] = { 1000, 1500, 2500 };

  receive (fixture, &fixture->away, 10000, 1000);
  for (unsigned i = 0; i < CLAW_PATH_CHALLENGES_MAX; i++)
    {
      g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, due_us[i]);
      claw_path_wake (&fixture->path, due_us[i]);
      g_assert_null (claw_path_get_due (&fixture->path, due_us[i] - 1));
      challenge (fixture, due_us[i]);
    }
  g_assert_null (claw_path_get_due (&fixture->path, 4500));
  claw_path_wake (&fixture->path, 4500);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
}

/* Never more than three times what came from there; a deadline that cannot be met does not stay. */
static void
test_amplification (Fixture *fixture, gconstpointer data)
{
  receive (fixture, &fixture->away, 40, 1000);
  challenge (fixture, 1000);
  g_assert_null (claw_path_get_due (&fixture->path, 1500));
  claw_path_on_received (&fixture->path, &fixture->away, 40, FALSE, 1200);
  challenge (fixture, 1500);
  claw_path_wake (&fixture->path, 2500);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), >, 2500);
  g_assert_null (claw_path_get_due (&fixture->path, 2500));
  claw_path_wake (&fixture->path, 10000);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);

  receive (fixture, &fixture->away, 30, 20000);
  g_assert_null (claw_path_get_due (&fixture->path, 20000));
  claw_path_wake (&fixture->path, 20000);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
}

/* What is said to a peer that moved goes after it at once, within the limit; beyond it waits, but
 * not longer than for the first answer. */
static void
test_data_to_candidate (Fixture *fixture, gconstpointer data)
{
  ClawRoute to;

  g_assert_cmpuint (claw_path_choose (&fixture->path, &to), ==, G_MAXSIZE);
  receive (fixture, &fixture->away, 100, 1000);
  challenge (fixture, 1000);
  /* There is room left for the second challenge. */
  g_assert_cmpuint (claw_path_choose (&fixture->path, &to), ==, 300 - 2 * CLAW_PATH_DATAGRAM_SIZE);
  g_assert_true (claw_route_equal (&to, &fixture->away));
  claw_path_on_sent (&fixture->path, &to, 100);
  g_assert_cmpuint (claw_path_choose (&fixture->path, &to), ==, 0);
  claw_path_on_received (&fixture->path, &fixture->away, 50, FALSE, 1200);
  g_assert_cmpuint (claw_path_choose (&fixture->path, &to), >=, CLAW_PATH_DATAGRAM_SIZE);
  claw_path_on_sent (&fixture->path, &to, 130);
  g_assert_cmpuint (claw_path_choose (&fixture->path, &to), ==, 0);
  challenge (fixture, 1500);
  g_assert_cmpuint (claw_path_choose (&fixture->path, &to), ==, G_MAXSIZE);
  assert_at (fixture, &to);
}

/* A peer that came to another socket of ours hears what comes over the old path: nothing waits. */
static void
test_data_to_other_socket (Fixture *fixture, gconstpointer data)
{
  ClawRoute to;

  receive (fixture, &fixture->other_socket, 40, 1000);
  challenge (fixture, 1000);
  g_assert_cmpuint (claw_path_choose (&fixture->path, &to), ==, G_MAXSIZE);
  assert_at (fixture, &to);
}

/* Our own move: a challenge without anything received from there, and the old path until the answer
 * has come from there. */
static void
test_move (Fixture *fixture, gconstpointer data)
{
  ClawPathAttempt *move = &fixture->path.move;
  gboolean host_changed = TRUE;
  ClawRoute to;

  claw_path_move_to (&fixture->path, &fixture->new_port, 1000);
  challenge (fixture, 1000);
  claw_path_move_to (&fixture->path, &fixture->new_port, 1000);
  g_assert_null (claw_path_get_due (&fixture->path, 1000));
  g_assert_cmpuint (claw_path_choose (&fixture->path, &to), ==, G_MAXSIZE);
  g_assert_true (claw_route_equal (&to, &fixture->home));
  g_assert_cmpint (answer (fixture, move, &fixture->home, &host_changed), ==, CLAW_PATH_STAYED);
  g_assert_cmpint (answer (fixture, move, &fixture->new_port, &host_changed), ==, CLAW_PATH_MOVED);
  g_assert_false (host_changed);
  assert_at (fixture, &fixture->new_port);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
}

static void
move (Fixture *fixture)
{
  gboolean host_changed;

  claw_path_move_to (&fixture->path, &fixture->new_port, 1000);
  challenge (fixture, 1000);
  g_assert_cmpint (answer (fixture, &fixture->path.move, &fixture->new_port, &host_changed), ==,
                   CLAW_PATH_MOVED);
}

/* The peer, which follows a little later and may be seen at both places in turns, does not lead us
 * back; we may go there ourselves. */
static void
test_not_led_back (Fixture *fixture, gconstpointer data)
{
  move (fixture);
  receive (fixture, &fixture->home, 100, 2000);
  receive (fixture, &fixture->new_port, 100, 2100);
  receive (fixture, &fixture->home, 100, 2200);
  g_assert_null (claw_path_get_due (&fixture->path, 2200));
  claw_path_move_to (&fixture->path, &fixture->home, 2300);
  g_assert_nonnull (claw_path_get_due (&fixture->path, 2300));
}

/* A peer that is seen at a third place right after our move is followed there. */
static void
test_peer_roams_after_move (Fixture *fixture, gconstpointer data)
{
  gboolean host_changed;

  move (fixture);
  receive (fixture, &fixture->elsewhere, 100, 2000);
  challenge (fixture, 2000);
  g_assert_cmpint (answer (fixture, &fixture->path.candidate, &fixture->elsewhere, &host_changed),
                   ==, CLAW_PATH_FOLLOWED);
  assert_at (fixture, &fixture->elsewhere);
}

/* Nobody answers from there: the old path stays, and after 5 s, 10 s, 20 s and so on the move is
 * tried again with a new challenge, at most every 5 minutes. */
static void
test_move_fails (Fixture *fixture, gconstpointer data)
{
  gint64 now_us = 1000;
  uint8_t before[CLAW_FRAME_CHALLENGE_SIZE];

  claw_path_move_to (&fixture->path, &fixture->new_port, now_us);
  for (unsigned attempt = 0; attempt < 12; attempt++)
    {
      gint64 failed_us;

      for (unsigned i = 0; i < CLAW_PATH_CHALLENGES_MAX; i++)
        {
          now_us = claw_path_get_deadline (&fixture->path);
          claw_path_wake (&fixture->path, now_us);
          challenge (fixture, now_us);
        }
      failed_us = claw_path_get_deadline (&fixture->path);
      claw_path_wake (&fixture->path, failed_us);
      g_assert_null (claw_path_get_due (&fixture->path, failed_us));
      memcpy (before, fixture->path.move.challenge, sizeof before);
      now_us = claw_path_get_deadline (&fixture->path);
      g_assert_cmpint (now_us - failed_us, ==,
                       MIN (CLAW_PATH_RETRY_MIN_US << attempt, CLAW_PATH_RETRY_MAX_US));
      claw_path_wake (&fixture->path, now_us);
      g_assert_true (memcmp (before, fixture->path.move.challenge, sizeof before) != 0);
      assert_at (fixture, &fixture->home);
    }
}

/* The answer to a challenge of a move that has failed is only late. */
static void
test_late_answer (Fixture *fixture, gconstpointer data)
{
  gboolean host_changed;
  gint64 now_us = 1000;

  claw_path_move_to (&fixture->path, &fixture->new_port, now_us);
  for (unsigned i = 0; i < CLAW_PATH_CHALLENGES_MAX; i++)
    {
      challenge (fixture, now_us);
      now_us = claw_path_get_deadline (&fixture->path);
    }
  claw_path_wake (&fixture->path, now_us);
  g_assert_cmpint (answer (fixture, &fixture->path.move, &fixture->new_port, &host_changed), ==,
                   CLAW_PATH_MOVED);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
}

/* A candidate of the peer's and a move of our own at the same moment do not disturb each other,
 * whichever is answered first. */
static void
test_both_at_once (Fixture *fixture, gconstpointer data)
{
  for (unsigned first = 0; first < 2; first++)
    {
      ClawPath *path = &fixture->path;
      gboolean host_changed;

      claw_path_init (path, &fixture->home);
      receive (fixture, &fixture->elsewhere, 100, 1000);
      claw_path_move_to (path, &fixture->new_port, 1000);
      challenge (fixture, 1000);
      challenge (fixture, 1000);
      g_assert_null (claw_path_get_due (path, 1000));
      if (first == 0)
        g_assert_cmpint (answer (fixture, &path->move, &fixture->new_port, &host_changed), ==,
                         CLAW_PATH_MOVED);
      g_assert_cmpint (answer (fixture, &path->candidate, &fixture->elsewhere, &host_changed), ==,
                       CLAW_PATH_FOLLOWED);
      g_assert_true (host_changed);
      assert_at (fixture, &fixture->elsewhere);
      if (first == 1)
        g_assert_cmpint (answer (fixture, &path->move, &fixture->new_port, &host_changed), ==,
                         CLAW_PATH_MOVED);
      g_assert_cmpint (claw_path_get_deadline (path), ==, G_MAXINT64);
    }
}

/* A move to where the peer leads us anyway is over when we are there. */
static void
test_same_place (Fixture *fixture, gconstpointer data)
{
  gboolean host_changed;

  claw_path_move_to (&fixture->path, &fixture->new_port, 1000);
  challenge (fixture, 1000);
  receive (fixture, &fixture->new_port, 100, 1000);
  challenge (fixture, 1000);
  g_assert_cmpint (answer (fixture, &fixture->path.candidate, &fixture->new_port, &host_changed),
                   ==, CLAW_PATH_FOLLOWED);
  g_assert_cmpint (claw_path_get_deadline (&fixture->path), ==, G_MAXINT64);
  claw_path_move_to (&fixture->path, &fixture->away, 2000);
  claw_path_move_to (&fixture->path, &fixture->new_port, 2000);
  g_assert_null (claw_path_get_due (&fixture->path, 2000));
}

/* The peer's challenges, two at once, are answered where they came from; a third takes the place of
 * the second. */
static void
test_respond (Fixture *fixture, gconstpointer data)
{
  uint8_t response[CLAW_FRAME_CHALLENGE_SIZE];
  ClawRoute to;

  g_assert_false (claw_path_take_response (&fixture->path, response, &to));
  claw_path_on_record (&fixture->path, CLAW_PATH_DATAGRAM_SIZE);
  claw_path_on_challenge (&fixture->path, (const uint8_t *) "question", &fixture->elsewhere);
  claw_path_on_record (&fixture->path, CLAW_PATH_DATAGRAM_SIZE);
  claw_path_on_challenge (&fixture->path, (const uint8_t *) "question", &fixture->home);
  claw_path_on_record (&fixture->path, CLAW_PATH_DATAGRAM_SIZE);
  claw_path_on_challenge (&fixture->path, (const uint8_t *) "another.", &fixture->away);
  g_assert_true (claw_path_take_response (&fixture->path, response, &to));
  g_assert_cmpmem (response, 8, "another.", 8);
  g_assert_true (claw_route_equal (&to, &fixture->away));
  g_assert_true (claw_path_take_response (&fixture->path, response, &to));
  g_assert_cmpmem (response, 8, "question", 8);
  g_assert_true (claw_route_equal (&to, &fixture->elsewhere));
  g_assert_false (claw_path_take_response (&fixture->path, response, &to));

  /* One for a record that is as large. */
  claw_path_on_record (&fixture->path, CLAW_PATH_DATAGRAM_SIZE - 1);
  claw_path_on_challenge (&fixture->path, (const uint8_t *) "question", &fixture->elsewhere);
  g_assert_false (claw_path_take_response (&fixture->path, response, &to));
  claw_path_on_record (&fixture->path, CLAW_PATH_DATAGRAM_SIZE);
  claw_path_on_challenge (&fixture->path, (const uint8_t *) "question", &fixture->elsewhere);
  claw_path_on_challenge (&fixture->path, (const uint8_t *) "another.", &fixture->elsewhere);
  g_assert_true (claw_path_take_response (&fixture->path, response, &to));
  g_assert_cmpmem (response, 8, "question", 8);
  g_assert_false (claw_path_take_response (&fixture->path, response, &to));
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

  add ("/path/follow/after-answer", test_follow);
  add ("/path/follow/no-sign", test_no_sign);
  add ("/path/follow/back-home", test_back_home);
  add ("/path/follow/one-after-the-other", test_one_after_the_other);
  add ("/path/data/candidate", test_data_to_candidate);
  add ("/path/data/other-socket", test_data_to_other_socket);
  add ("/path/move/after-answer", test_move);
  add ("/path/move/not-led-back", test_not_led_back);
  add ("/path/move/peer-roams", test_peer_roams_after_move);
  add ("/path/move/fails", test_move_fails);
  add ("/path/move/late-answer", test_late_answer);
  add ("/path/move/both-at-once", test_both_at_once);
  add ("/path/move/same-place", test_same_place);
  add ("/path/challenge/give-up", test_give_up);
  add ("/path/challenge/amplification", test_amplification);
  add ("/path/challenge/respond", test_respond);
  return g_test_run ();
}
