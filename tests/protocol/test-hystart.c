/* test-hystart.c: HyStart++, RFC 9406. */
#include "claw-hystart.h"

typedef struct
{
  ClawHystart hystart;
  uint64_t next; /* number of the next packet */
} Fixture;

/* A round of @n ACKs, each of one packet, with the same round trip. Returns: whether slow start
 * ended. */
static gboolean
run_round (Fixture *fixture, unsigned n, gint64 sample_us)
{
  uint64_t first = fixture->next;
  gboolean is_over = FALSE;

  fixture->next += n;
  for (unsigned i = 0; i < n; i++)
    is_over |= claw_hystart_on_ack (&fixture->hystart, first + i, fixture->next, sample_us);
  return is_over;
}

static void
begin (Fixture *fixture)
{
  fixture->next = 0;
  claw_hystart_init (&fixture->hystart);
  run_round (fixture, 16, 80000);
  run_round (fixture, 16, 80000);
}

/* An even round trip is no reason to leave slow start. */
static void
test_even (void)
{
  Fixture fixture;

  begin (&fixture);
  for (unsigned i = 0; i < 20; i++)
    g_assert_false (run_round (&fixture, 16, 80000 + i % 2 * 3000));
  g_assert_cmpint (fixture.hystart.phase, ==, CLAW_HYSTART_SLOW_START);
  g_assert_cmpuint (claw_hystart_get_growth (&fixture.hystart, 1200), ==, 1200);
}

/* An eighth more, between 4 and 16 ms, makes it cautious; a microsecond less does not. */
static void
test_threshold (void)
{
  static const struct
  {
    gint64 before_us, threshold_us;
  } table[] = { { 80000, 10000 }, { 8000, 4000 }, { 400000, 16000 } };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    for (int more = -1; more <= 0; more++)
      {
        Fixture fixture = { .next = 0 };

        claw_hystart_init (&fixture.hystart);
        run_round (&fixture, 16, table[i].before_us);
        run_round (&fixture, 16, table[i].before_us);
        g_assert_false (
            run_round (&fixture, 16, table[i].before_us + table[i].threshold_us + more));
        g_assert_cmpint (fixture.hystart.phase, ==,
                         more < 0 ? CLAW_HYSTART_SLOW_START : CLAW_HYSTART_CONSERVATIVE);
      }
}

/* Fewer than eight samples a round say nothing. */
static void
test_few_samples (void)
{
  Fixture fixture;

  begin (&fixture);
  for (unsigned i = 1; i < 10; i++)
    g_assert_false (run_round (&fixture, CLAW_HYSTART_SAMPLES - 1, 80000 + i * 20000));
  g_assert_cmpint (fixture.hystart.phase, ==, CLAW_HYSTART_SLOW_START);
}

/* The cautious phase grows by a quarter, and after five rounds slow start is over for good. */
static void
test_over (void)
{
  Fixture fixture;

  begin (&fixture);
  g_assert_false (run_round (&fixture, 16, 95000));
  g_assert_cmpuint (claw_hystart_get_growth (&fixture.hystart, 1200), ==, 300);
  unsigned rounds = 1;
  while (!run_round (&fixture, 16, 96000))
    rounds++;
  /* A round's end is seen with the first ACK of the next. */
  g_assert_cmpuint (rounds, ==, CLAW_HYSTART_ROUNDS);
  g_assert_cmpint (fixture.hystart.phase, ==, CLAW_HYSTART_DONE);
  g_assert_false (run_round (&fixture, 16, 200000));
}

/* When the round trip falls back it was a false alarm. */
static void
test_false_alarm (void)
{
  Fixture fixture;

  begin (&fixture);
  run_round (&fixture, 16, 95000);
  g_assert_cmpint (fixture.hystart.phase, ==, CLAW_HYSTART_CONSERVATIVE);
  g_assert_false (run_round (&fixture, 16, 94000));
  g_assert_cmpint (fixture.hystart.phase, ==, CLAW_HYSTART_SLOW_START);
}

/* A loss ends it at once. */
static void
test_stop (void)
{
  Fixture fixture;

  begin (&fixture);
  claw_hystart_stop (&fixture.hystart);
  for (unsigned i = 0; i < 10; i++)
    g_assert_false (run_round (&fixture, 16, 95000 + 20000 * i));
  g_assert_cmpint (fixture.hystart.phase, ==, CLAW_HYSTART_DONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hystart/slow-start/even", test_even);
  g_test_add_func ("/hystart/slow-start/threshold", test_threshold);
  g_test_add_func ("/hystart/slow-start/few-samples", test_few_samples);
  g_test_add_func ("/hystart/slow-start/stop", test_stop);
  g_test_add_func ("/hystart/conservative/over", test_over);
  g_test_add_func ("/hystart/conservative/false-alarm", test_false_alarm);
  return g_test_run ();
}
