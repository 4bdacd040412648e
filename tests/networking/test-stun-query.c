/* test-stun-query.c: when a question is repeated, and which answers end it. */
#include "claw-stun-query.h"

#include <string.h>

#define START_US (1000 * G_USEC_PER_SEC)

typedef struct
{
  ClawStunQuery query;
  ClawAddress server;
  ClawStunMessage answer;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer schedule)
{
  uint8_t buffer[CLAW_STUN_SIZE_MAX];

  g_assert_true (claw_address_parse ("198.51.100.1:3478", &fixture->server));
  claw_stun_query_start (&fixture->query, 2, &fixture->server,
                         schedule != NULL ? schedule : &claw_stun_schedule_patient, START_US);
  g_assert_cmpuint (claw_stun_query_send (&fixture->query, START_US, buffer, sizeof buffer), ==,
                    20);
  fixture->answer.class = CLAW_STUN_SUCCESS;
  memcpy (fixture->answer.id, fixture->query.request.id, sizeof fixture->answer.id);
  g_assert_true (claw_address_parse ("203.0.113.9:5", &fixture->answer.mapped));
}

static gboolean
receive (Fixture *fixture, unsigned socket, const char *from)
{
  ClawAddress address;

  g_assert_true (claw_address_parse (from, &address));
  return claw_stun_query_receive (&fixture->query, socket, &address, &fixture->answer,
                                  START_US + 1);
}

/* Four sendings with growing intervals, all with the same id, then silence; nothing is sent early.
 */
static void
test_patient (Fixture *fixture, gconstpointer data)
{
  static const gint64 at_ms[] = { 500, 1500, 2500 };
  uint8_t first[CLAW_STUN_SIZE_MAX], again[CLAW_STUN_SIZE_MAX];
  size_t length = claw_stun_write (&fixture->query.request, first, sizeof first);

  for (size_t i = 0; i < G_N_ELEMENTS (at_ms); i++)
    {
      gint64 at_us = START_US + at_ms[i] * 1000;
      g_assert_cmpint (claw_stun_query_get_deadline (&fixture->query), ==, at_us);
      g_assert_cmpuint (claw_stun_query_send (&fixture->query, at_us - 1, again, sizeof again), ==,
                        0);
      g_assert_cmpuint (claw_stun_query_send (&fixture->query, at_us, again, sizeof again), ==,
                        length);
      g_assert_cmpmem (again, length, first, length);
    }
  g_assert_cmpint (claw_stun_query_get_deadline (&fixture->query), ==, START_US + 3500 * 1000);
  g_assert_cmpuint (
      claw_stun_query_send (&fixture->query, START_US + 3500 * 1000, again, sizeof again), ==, 0);
  g_assert_cmpint (fixture->query.state, ==, CLAW_STUN_QUERY_SILENT);
  g_assert_cmpint (claw_stun_query_get_deadline (&fixture->query), ==, G_MAXINT64);
  g_assert_false (receive (fixture, 2, "198.51.100.1:3478")); /* too late */
}

/* Five sendings, and over after 1.2 s and what an answer takes. */
static void
test_doubtful (Fixture *fixture, gconstpointer data)
{
  uint8_t buffer[CLAW_STUN_SIZE_MAX];
  unsigned n_sent = 1;
  gint64 now_us = START_US;

  fixture->query.patience_us = 70 * 1000;
  while (fixture->query.state == CLAW_STUN_QUERY_PENDING)
    {
      now_us = claw_stun_query_get_deadline (&fixture->query);
      n_sent += claw_stun_query_send (&fixture->query, now_us, buffer, sizeof buffer) > 0;
    }
  g_assert_cmpuint (n_sent, ==, 5);
  g_assert_cmpint (now_us, ==, START_US + 1270 * 1000);
}

/* The right id from the right place at the right socket answers, once. */
static void
test_answered (Fixture *fixture, gconstpointer data)
{
  g_assert_true (receive (fixture, 2, "198.51.100.1:3478"));
  g_assert_cmpint (fixture->query.state, ==, CLAW_STUN_QUERY_ANSWERED);
  g_assert_cmpuint (fixture->query.mapped.port, ==, 5);
  g_assert_false (receive (fixture, 2, "198.51.100.1:3478"));
}

/* Wrong ids, sources, and classes are somebody else's. */
static void
test_ignored (Fixture *fixture, gconstpointer data)
{
  g_assert_false (receive (fixture, 2, "198.51.100.1:3479"));
  g_assert_false (receive (fixture, 2, "198.51.100.2:3478"));
  fixture->answer.class = CLAW_STUN_INDICATION;
  g_assert_false (receive (fixture, 2, "198.51.100.1:3478"));
  fixture->answer.class = CLAW_STUN_REQUEST;
  g_assert_false (receive (fixture, 2, "198.51.100.1:3478"));
  fixture->answer.class = CLAW_STUN_SUCCESS;
  fixture->answer.id[0] ^= 1;
  g_assert_false (receive (fixture, 2, "198.51.100.1:3478"));
  g_assert_cmpint (fixture->query.state, ==, CLAW_STUN_QUERY_PENDING);
}

/* Errors, answers that cannot be understood or lack the address, and answers from the server itself
 * where another address was asked for, are refusals. */
static void
test_refused (void)
{
  for (unsigned i = 0; i < 6; i++)
    {
      Fixture fixture = { 0 };

      set_up (&fixture, NULL);
      if (i == 0)
        fixture.answer.class = CLAW_STUN_ERROR;
      if (i == 1)
        fixture.answer.n_not_understood = 1;
      if (i == 2)
        fixture.answer.mapped.family = CLAW_ADDRESS_NONE;
      if (i == 3)
        fixture.answer.mapped.port = 0;
      if (i == 4)
        fixture.query.from.port++;
      if (i == 5)
        fixture.query.answer_socket++;
      g_assert_true (receive (&fixture, 2, "198.51.100.1:3478"));
      g_assert_cmpint (fixture.query.state, ==, CLAW_STUN_QUERY_REFUSED);
    }
}

/* With another source asked for, that one answers. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_assert_true (claw_address_parse ("198.51.100.2:3479", &fixture->query.from));
  g_assert_true (receive (fixture, 2, "198.51.100.2:3479"));
  g_assert_cmpint (fixture->query.state, ==, CLAW_STUN_QUERY_ANSWERED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/stun-query/silence/four-sendings", Fixture, NULL, set_up, test_patient, NULL);
  g_test_add ("/stun-query/doubtful/over-soon", Fixture, &claw_stun_schedule_doubtful, set_up,
              test_doubtful, NULL);
  g_test_add ("/stun-query/answer/taken-once", Fixture, NULL, set_up, test_answered, NULL);
  g_test_add ("/stun-query/strangers/ignored", Fixture, NULL, set_up, test_ignored, NULL);
  g_test_add_func ("/stun-query/other-answers/refused", test_refused);
  g_test_add ("/stun-query/other-source/taken", Fixture, NULL, set_up, test_changed, NULL);
  return g_test_run ();
}
