/* test-public-address.c: questions and answers by a clock that the test turns, with STUN servers
 * that the test plays. */
#include "claw-public-address.h"

#include "claw-stun.h"

#include <string.h>

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define START_US (1000 * SECOND_US)

typedef struct
{
  ClawPublicAddress *self;
  gint64 now_us;
  ClawAddress servers[3];
  ClawAddress to; /* of the last question */
  ClawStunMessage question;
  unsigned n_questions;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->self = claw_public_address_new ();
  fixture->now_us = START_US;
  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->servers); i++)
    {
      g_autofree char *text = g_strdup_printf ("192.0.2.%u:3478", i + 1);
      g_assert_true (claw_address_parse (text, &fixture->servers[i]));
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_public_address_free (fixture->self);
}

/* Takes what is due now. Returns: whether there was a question. */
static gboolean
take_question (Fixture *fixture)
{
  uint8_t buffer[CLAW_STUN_SIZE_MAX];
  size_t length = claw_public_address_send (fixture->self, &fixture->to, buffer, sizeof buffer,
                                            fixture->now_us);

  if (length == 0)
    return FALSE;
  g_assert_true (claw_stun_read (buffer, length, &fixture->question));
  g_assert_cmpint (fixture->question.class, ==, CLAW_STUN_REQUEST);
  fixture->n_questions++;
  return TRUE;
}

/* Lets time pass until the next question, or until nothing will ever be asked. */
static gboolean
wait_for_question (Fixture *fixture)
{
  while (TRUE)
    {
      gint64 deadline_us = claw_public_address_get_deadline (fixture->self);

      if (deadline_us == G_MAXINT64)
        return FALSE;
      fixture->now_us = MAX (fixture->now_us, deadline_us);
      if (take_question (fixture))
        return TRUE;
    }
}

static gboolean
offer (Fixture *fixture, const ClawAddress *from, const ClawStunMessage *message)
{
  uint8_t buffer[CLAW_STUN_SIZE_MAX];
  size_t length = claw_stun_write (message, buffer, sizeof buffer);

  g_assert_cmpuint (length, >, 0);
  return claw_public_address_receive (fixture->self, from, buffer, length, fixture->now_us);
}

static ClawStunMessage
make_answer (Fixture *fixture, const char *mapped)
{
  ClawStunMessage answer = { .class = CLAW_STUN_SUCCESS };

  memcpy (answer.id, fixture->question.id, sizeof answer.id);
  g_assert_true (claw_address_parse (mapped, &answer.mapped));
  return answer;
}

static void
assert_known (Fixture *fixture, const char *expected)
{
  char text[CLAW_ADDRESS_STRING_SIZE];
  ClawAddress address;

  if (claw_public_address_get (fixture->self, &address))
    g_assert_cmpstr (claw_address_format (&address, text), ==, expected);
  else
    g_assert_null (expected);
}

/* Without servers nobody is asked, ever. */
static void
test_no_servers (Fixture *fixture, gconstpointer data)
{
  g_assert_false (wait_for_question (fixture));
  claw_public_address_set_servers (fixture->self, NULL, 0, fixture->now_us);
  g_assert_false (wait_for_question (fixture));
  g_assert_false (claw_public_address_has_failed (fixture->self));
}

/* The answer is the address, and the question comes again after 20 to 25 s, over and over. */
static void
test_kept_fresh (Fixture *fixture, gconstpointer data)
{
  ClawStunMessage answer;

  claw_public_address_set_servers (fixture->self, fixture->servers, 3, fixture->now_us);
  assert_known (fixture, NULL);
  for (unsigned i = 0; i < 50; i++)
    {
      gint64 before_us = fixture->now_us;

      g_assert_true (wait_for_question (fixture));
      if (i > 0)
        {
          g_assert_cmpint (fixture->now_us, >=, before_us + CLAW_PUBLIC_ADDRESS_INTERVAL_MIN_US);
          g_assert_cmpint (fixture->now_us, <=, before_us + CLAW_PUBLIC_ADDRESS_INTERVAL_MAX_US);
        }
      g_assert_true (claw_address_equal (&fixture->to, &fixture->servers[0]));
      g_assert_true (claw_public_address_is_asking (fixture->self));
      answer = make_answer (fixture, i < 25 ? "203.0.113.9:61000" : "203.0.113.8:62000");
      g_assert_true (offer (fixture, &fixture->servers[0], &answer));
      g_assert_false (claw_public_address_is_asking (fixture->self));
      assert_known (fixture, i < 25 ? "203.0.113.9:61000" : "203.0.113.8:62000");
    }
  g_assert_cmpuint (fixture->n_questions, ==, 50);
}

/* A lost question is repeated; a server that stays silent gives way to the next one. */
static void
test_next_server (Fixture *fixture, gconstpointer data)
{
  ClawStunMessage answer;

  claw_public_address_set_servers (fixture->self, fixture->servers, 3, fixture->now_us);
  g_assert_true (wait_for_question (fixture));
  while (claw_address_equal (&fixture->to, &fixture->servers[0]))
    g_assert_true (wait_for_question (fixture));
  g_assert_cmpuint (fixture->n_questions, >=, 3);
  g_assert_true (claw_address_equal (&fixture->to, &fixture->servers[1]));
  g_assert_cmpint (fixture->now_us, <=, START_US + 5 * SECOND_US);
  answer = make_answer (fixture, "203.0.113.9:61000");
  g_assert_true (offer (fixture, &fixture->servers[1], &answer));
  g_assert_true (wait_for_question (fixture));
  g_assert_true (claw_address_equal (&fixture->to, &fixture->servers[1]));
}

/* When all are silent the pauses grow to their maximum; one round is forgiven, then the address is
 * no longer believed. */
static void
test_all_silent (Fixture *fixture, gconstpointer data)
{
  ClawStunMessage answer;
  gint64 longest_us = 0;

  claw_public_address_set_servers (fixture->self, fixture->servers, 2, fixture->now_us);
  g_assert_true (wait_for_question (fixture));
  answer = make_answer (fixture, "203.0.113.9:61000");
  g_assert_true (offer (fixture, &fixture->servers[0], &answer));
  while (!claw_public_address_has_failed (fixture->self))
    {
      assert_known (fixture, "203.0.113.9:61000");
      g_assert_true (wait_for_question (fixture));
      fixture->now_us = claw_public_address_get_deadline (fixture->self);
      take_question (fixture);
    }
  for (unsigned i = 0; i < 100; i++)
    {
      gint64 before_us = fixture->now_us;

      g_assert_true (wait_for_question (fixture));
      longest_us = MAX (longest_us, fixture->now_us - before_us);
    }
  assert_known (fixture, NULL);
  g_assert_cmpint (longest_us, >=, CLAW_PUBLIC_ADDRESS_PAUSE_MAX_US);
  g_assert_cmpint (longest_us, <=, CLAW_PUBLIC_ADDRESS_PAUSE_MAX_US + 5 * SECOND_US);
  answer = make_answer (fixture, "203.0.113.9:61001");
  g_assert_true (offer (fixture, &fixture->to, &answer));
  assert_known (fixture, "203.0.113.9:61001");
  g_assert_false (claw_public_address_has_failed (fixture->self));
}

/* Others' datagrams are left to others: of a stranger, with another id, an own question thrown
 * back, something that is no STUN, and anything while nothing was asked. */
static void
test_others (Fixture *fixture, gconstpointer data)
{
  const uint8_t record[64] = { 0x40, 0, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
  ClawStunMessage answer, other;

  claw_public_address_set_servers (fixture->self, fixture->servers, 1, fixture->now_us);
  answer = make_answer (fixture, "203.0.113.9:61000");
  g_assert_false (offer (fixture, &fixture->servers[0], &answer));
  g_assert_true (wait_for_question (fixture));
  answer = make_answer (fixture, "203.0.113.9:61000");
  other = answer;
  other.id[0] ^= 1;
  g_assert_false (offer (fixture, &fixture->servers[1], &answer));
  g_assert_false (offer (fixture, &fixture->servers[0], &other));
  g_assert_false (offer (fixture, &fixture->servers[0], &fixture->question));
  g_assert_false (claw_public_address_receive (fixture->self, &fixture->servers[0], record,
                                               sizeof record, fixture->now_us));
  g_assert_false (claw_public_address_receive (fixture->self, &fixture->servers[0], record, 0,
                                               fixture->now_us));
  assert_known (fixture, NULL);
  g_assert_true (offer (fixture, &fixture->servers[0], &answer));
  g_assert_false (offer (fixture, &fixture->servers[0], &answer));
  assert_known (fixture, "203.0.113.9:61000");
}

/* A flood in a server's name is looked into up to a limit for each question, and then not at all.
 */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  ClawStunMessage answer, wrong;

  claw_public_address_set_servers (fixture->self, fixture->servers, 1, fixture->now_us);
  g_assert_true (wait_for_question (fixture));
  answer = wrong = make_answer (fixture, "203.0.113.9:61000");
  wrong.id[0] ^= 1;
  for (unsigned i = 0; i < CLAW_PUBLIC_ADDRESS_LOOKS_MAX; i++)
    g_assert_false (offer (fixture, &fixture->servers[0], &wrong));
  g_assert_false (offer (fixture, &fixture->servers[0], &answer));
  while (!claw_public_address_has_failed (fixture->self))
    {
      fixture->now_us = claw_public_address_get_deadline (fixture->self);
      take_question (fixture);
    }
  g_assert_true (wait_for_question (fixture));
  answer = make_answer (fixture, "203.0.113.9:61000");
  g_assert_true (offer (fixture, &fixture->servers[0], &answer));
}

/* A server that refuses is as good as silent, and at once. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  ClawStunMessage refusal = { .class = CLAW_STUN_ERROR, .error_code = 401 };

  claw_public_address_set_servers (fixture->self, fixture->servers, 2, fixture->now_us);
  g_assert_true (wait_for_question (fixture));
  memcpy (refusal.id, fixture->question.id, sizeof refusal.id);
  g_assert_true (offer (fixture, &fixture->servers[0], &refusal));
  g_assert_true (take_question (fixture));
  g_assert_true (claw_address_equal (&fixture->to, &fixture->servers[1]));
  assert_known (fixture, NULL);
}

/* Other servers are asked at once, the same ones are not asked again; in another network nothing
 * that was known counts. */
static void
test_changes (Fixture *fixture, gconstpointer data)
{
  ClawStunMessage answer;

  claw_public_address_set_servers (fixture->self, fixture->servers, 1, fixture->now_us);
  g_assert_true (wait_for_question (fixture));
  answer = make_answer (fixture, "203.0.113.9:61000");
  g_assert_true (offer (fixture, &fixture->servers[0], &answer));
  claw_public_address_set_servers (fixture->self, fixture->servers, 1, fixture->now_us);
  g_assert_false (take_question (fixture));
  claw_public_address_set_servers (fixture->self, fixture->servers + 1, 1, fixture->now_us);
  assert_known (fixture, "203.0.113.9:61000");
  g_assert_true (take_question (fixture));
  g_assert_true (claw_address_equal (&fixture->to, &fixture->servers[1]));
  claw_public_address_restart (fixture->self, fixture->now_us);
  assert_known (fixture, NULL);
  g_assert_true (take_question (fixture));
  claw_public_address_set_servers (fixture->self, NULL, 0, fixture->now_us);
  g_assert_false (claw_public_address_is_asking (fixture->self));
  g_assert_false (wait_for_question (fixture));
}

/* More servers than there is room for: the first ones count. */
static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  ClawAddress many[CLAW_PUBLIC_ADDRESS_SERVERS_MAX + 1];

  for (unsigned i = 0; i < G_N_ELEMENTS (many); i++)
    {
      many[i] = fixture->servers[0];
      many[i].ip[3] = (uint8_t) i;
    }
  claw_public_address_set_servers (fixture->self, many, G_N_ELEMENTS (many), fixture->now_us);
  while (!claw_public_address_has_failed (fixture->self))
    {
      g_assert_true (wait_for_question (fixture));
      g_assert_cmpuint (fixture->to.ip[3], <, CLAW_PUBLIC_ADDRESS_SERVERS_MAX);
      fixture->now_us = claw_public_address_get_deadline (fixture->self);
      take_question (fixture);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/public-address/no-servers/silent", test_no_servers);
  ADD ("/public-address/answered/kept-fresh", test_kept_fresh);
  ADD ("/public-address/silent-server/next", test_next_server);
  ADD ("/public-address/all-silent/forgotten", test_all_silent);
  ADD ("/public-address/others/left-alone", test_others);
  ADD ("/public-address/flood/limited", test_flood);
  ADD ("/public-address/refused/next", test_refused);
  ADD ("/public-address/changes/at-once", test_changes);
  ADD ("/public-address/too-many/first", test_too_many);
  return g_test_run ();
}
