/* test-congestion.c: CUBIC, RFC 9438, behind the events of RFC 9002 appendix B. */
#include "claw-congestion.h"

#include <math.h>

#define SIZE 1200
#define ROUND_TRIP_US 50000
#define INITIAL (CLAW_CONGESTION_INITIAL_DATAGRAMS * SIZE)
#define MINIMUM (CLAW_CONGESTION_MIN_DATAGRAMS * SIZE)

typedef struct
{
  ClawCongestion congestion;
  GQueue in_flight; /* of ClawSentPacket */
  uint64_t next;
  gint64 now_us;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_congestion_init (&fixture->congestion, SIZE);
  g_queue_init (&fixture->in_flight);
  fixture->now_us = 1000;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_queue_clear_full (&fixture->in_flight, g_free);
}

static void
send (Fixture *fixture)
{
  ClawSentPacket *packet = g_new0 (ClawSentPacket, 1);

  packet->number = fixture->next++;
  packet->size = SIZE;
  packet->sent_at_us = fixture->now_us;
  claw_congestion_on_sent (&fixture->congestion, packet->number, SIZE, fixture->now_us);
  g_queue_push_tail (&fixture->in_flight, packet);
}

static void
fill (Fixture *fixture)
{
  while (claw_congestion_allows (&fixture->congestion))
    send (fixture);
}

static void
acknowledge (Fixture *fixture)
{
  g_autofree ClawSentPacket *packet = g_queue_pop_head (&fixture->in_flight);

  claw_congestion_on_acknowledged (&fixture->congestion, packet, ROUND_TRIP_US, fixture->now_us);
}

static void
lose (Fixture *fixture)
{
  g_autofree ClawSentPacket *packet = g_queue_pop_head (&fixture->in_flight);

  claw_congestion_on_lost (&fixture->congestion, packet, fixture->now_us);
}

/* A round trip in which the window is full all the time. */
static void
run_round (Fixture *fixture)
{
  fill (fixture);
  unsigned n = fixture->in_flight.length;
  for (unsigned i = 0; i < n; i++)
    {
      fixture->now_us += ROUND_TRIP_US / n;
      acknowledge (fixture);
      fill (fixture);
    }
}

/* The window becomes @window, all of it in flight, and the next loss ends that. */
static void
begin_at (Fixture *fixture, uint64_t window)
{
  fixture->congestion.window = window;
  fill (fixture);
  fixture->now_us += ROUND_TRIP_US;
  lose (fixture);
}

static double
get_window (const Fixture *fixture)
{
  return (double) fixture->congestion.window;
}

static void
assert_near (double value, double expected, double tolerance)
{
  g_assert_cmpfloat (value, >=, expected - tolerance);
  g_assert_cmpfloat (value, <=, expected + tolerance);
}

/* The first flight is ten datagrams; slow start grows by what is acknowledged. */
static void
test_slow_start (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
  g_assert_cmpuint (fixture->congestion.in_flight, ==, INITIAL);
  acknowledge (fixture);
  g_assert_cmpuint (fixture->congestion.window, ==, INITIAL + SIZE);
  run_round (fixture);
  g_assert_cmpuint (fixture->congestion.window, ==, 2 * (INITIAL + SIZE));
}

/* HyStart++ ends slow start where the window is. */
static void
test_delay_ends_slow_start (Fixture *fixture, gconstpointer data)
{
  for (unsigned round = 0; fixture->congestion.threshold == G_MAXUINT64; round++)
    {
      g_assert_cmpuint (round, <, 10);
      for (unsigned i = 0; i < 10; i++)
        claw_congestion_on_sample (&fixture->congestion, round * 10 + i, round * 10 + 10,
                                   ROUND_TRIP_US + (round >= 2 ? 20000 : 0));
    }
  g_assert_cmpuint (fixture->congestion.threshold, ==, fixture->congestion.window);
  /* RFC 9438 section 4.8: the curve begins flat, at the window. */
  run_round (fixture);
  assert_near (fixture->congestion.k, 0, 0);
  assert_near (fixture->congestion.w_max, INITIAL, 0);
}

/* Who sends a line now and then has not tried the path, so the window stays as it is. */
static void
test_unfilled (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 100; i++)
    {
      send (fixture);
      acknowledge (fixture);
    }
  g_assert_cmpuint (fixture->congestion.window, ==, INITIAL);
  g_assert_cmpuint (fixture->congestion.in_flight, ==, 0);
}

/* One ACK for a whole window makes it grow as much as an ACK for each packet. */
static void
test_acknowledged_at_once (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
  while (fixture->in_flight.length > 0)
    acknowledge (fixture);
  g_assert_cmpuint (fixture->congestion.window, ==, 2 * INITIAL);
}

/* Losses of one flight take 0.3 of the window once; it never falls below two datagrams. */
static void
test_loss (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
  fixture->now_us += ROUND_TRIP_US;
  lose (fixture);
  lose (fixture);
  g_assert_cmpuint (fixture->congestion.window, ==, (uint64_t) (0.7 * INITIAL));
  g_assert_cmpuint (fixture->congestion.threshold, ==, fixture->congestion.window);
  /* What was sent before the loss was noticed does not make it grow. */
  uint64_t window = fixture->congestion.window;
  while (fixture->in_flight.length > 0)
    acknowledge (fixture);
  g_assert_cmpuint (fixture->congestion.window, ==, window);
  for (unsigned i = 0; i < 20; i++)
    {
      fixture->now_us++;
      send (fixture);
      lose (fixture);
    }
  g_assert_cmpuint (fixture->congestion.window, ==, MINIMUM);
}

/* A mark counts as a loss of which nothing has to be sent again. */
static void
test_marked (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
  gint64 sent_at_us = fixture->now_us;
  fixture->now_us += ROUND_TRIP_US;
  claw_congestion_on_marked (&fixture->congestion, sent_at_us, fixture->now_us);
  claw_congestion_on_marked (&fixture->congestion, sent_at_us, fixture->now_us);
  g_assert_cmpuint (fixture->congestion.window, ==, (uint64_t) (0.7 * INITIAL));
  g_assert_cmpuint (fixture->congestion.in_flight, ==, INITIAL);
}

/* After a loss the window follows W_cubic (t) = C (t - K)^3 + W_max with K = cbrt ((W_max - cwnd) /
 * C), through the plateau and beyond, wherever that is above what Reno would have. */
static void
test_curve (Fixture *fixture, gconstpointer data)
{
  const double w_max = 1000;

  begin_at (fixture, (uint64_t) w_max * SIZE);
  g_assert_cmpuint (fixture->congestion.window, ==, (uint64_t) (0.7 * w_max * SIZE));
  while (fixture->congestion.epoch_start_us == G_MAXINT64)
    run_round (fixture);
  double k = cbrt (w_max * 0.3 / 0.4);
  assert_near (fixture->congestion.k, k, 0.01);
  double t = 0;
  while (t < 1.5 * k)
    {
      run_round (fixture);
      t = (double) (fixture->now_us - fixture->congestion.epoch_start_us) / G_USEC_PER_SEC;
      double expected = 0.4 * pow (t - k, 3) + w_max;
      /* It aims at where the curve is a round trip later. */
      assert_near (get_window (fixture) / SIZE, expected, 0.005 * expected + 1);
    }
  g_assert_cmpfloat (get_window (fixture) / SIZE, >, 1.03 * w_max);
}

/* On a short path with a small window it keeps up with Reno: alpha a round trip until the old
 * window is there again, and one datagram from then on (section 4.3). */
static void
test_reno_friendly (Fixture *fixture, gconstpointer data)
{
  const double alpha = 3 * 0.3 / 1.7;
  double expected = 0.7 * 20;

  begin_at (fixture, 20 * SIZE);
  while (fixture->congestion.epoch_start_us == G_MAXINT64)
    run_round (fixture);
  for (unsigned i = 0; i < 40; i++)
    {
      run_round (fixture);
      expected += expected < 20 ? alpha : 1;
      assert_near (fixture->congestion.w_est / SIZE, expected, 1.5);
      g_assert_cmpuint (fixture->congestion.window, >=, (uint64_t) fixture->congestion.w_est);
    }
  assert_near (get_window (fixture) / SIZE, expected, 2);
}

/* A second loss below the old maximum gives room to others: W_max becomes 0.85 of the window
 * (section 4.7). */
static void
test_fast_convergence (Fixture *fixture, gconstpointer data)
{
  begin_at (fixture, 100 * SIZE);
  assert_near (fixture->congestion.w_max, 100 * SIZE, 0);
  fill (fixture);
  while (fixture->in_flight.length > 50)
    acknowledge (fixture);
  fixture->now_us += ROUND_TRIP_US;
  fill (fixture);
  double window = get_window (fixture);
  fixture->now_us += ROUND_TRIP_US;
  while (fixture->in_flight.length > 1)
    acknowledge (fixture);
  window = get_window (fixture);
  g_assert_cmpfloat (window, <, 100 * SIZE);
  lose (fixture);
  assert_near (fixture->congestion.w_max, 0.85 * window, 1);
  assert_near (get_window (fixture), 0.7 * window, 1);
}

/* Time in which the application did not fill the window is no time for the curve (section 5.8): the
 * window does not jump when it comes back. */
static void
test_application_limited (Fixture *fixture, gconstpointer data)
{
  for (unsigned kind = 0; kind < 2; kind++)
    {
      tear_down (fixture, data);
      set_up (fixture, data);
      begin_at (fixture, 500 * SIZE);
      for (unsigned i = 0; i < 5; i++)
        run_round (fixture);
      while (fixture->in_flight.length > 0)
        acknowledge (fixture);
      double window = get_window (fixture);
      gint64 t = fixture->now_us - fixture->congestion.epoch_start_us;
      for (unsigned i = 0; i < 600; i++)
        {
          /* A line every now and then, or nothing at all. */
          fixture->now_us += 100 * 1000;
          if (kind == 0)
            continue;
          send (fixture);
          acknowledge (fixture);
        }
      assert_near (get_window (fixture), window, 0);
      run_round (fixture);
      assert_near (get_window (fixture), window, 0.05 * window);
      assert_near ((double) (fixture->now_us - fixture->congestion.epoch_start_us), (double) t,
                   3 * ROUND_TRIP_US);
    }
}

/* The window has a maximum. */
static void
test_maximum (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 12; i++)
    run_round (fixture);
  g_assert_cmpuint (fixture->congestion.window, ==, CLAW_CONGESTION_WINDOW_MAX);
  g_assert_cmpuint (fixture->in_flight.length, <, CLAW_SENT_MAP_MAX);
}

/* Persistent congestion starts over from the minimum; a new path from the beginning. */
static void
test_start_over (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
  lose (fixture);
  claw_congestion_on_persistent (&fixture->congestion);
  g_assert_cmpuint (fixture->congestion.window, ==, MINIMUM);
  g_assert_cmpuint (fixture->congestion.threshold, ==, (uint64_t) (0.7 * INITIAL));
  claw_congestion_restart (&fixture->congestion);
  g_assert_cmpuint (fixture->congestion.window, ==, INITIAL);
  g_assert_cmpuint (fixture->congestion.in_flight, ==, INITIAL - SIZE);
}

/* Minimum and growth are in datagrams of what the path takes now. */
static void
test_datagram_size (Fixture *fixture, gconstpointer data)
{
  fixture->congestion.window = MINIMUM;
  claw_congestion_set_datagram_size (&fixture->congestion, 1452);
  g_assert_cmpuint (fixture->congestion.window, ==, 2 * 1452);
  claw_congestion_on_sent (&fixture->congestion, 0, 1452, 0);
  g_assert_true (claw_congestion_allows (&fixture->congestion));
  claw_congestion_on_sent (&fixture->congestion, 1, 1452, 0);
  g_assert_false (claw_congestion_allows (&fixture->congestion));
  claw_congestion_set_datagram_size (&fixture->congestion, 1000);
  g_assert_cmpuint (fixture->congestion.window, ==, 2 * 1452);
}

/* The pace is twice the window a round trip in slow start, five quarters of it later. */
static void
test_rate (Fixture *fixture, gconstpointer data)
{
  assert_near (claw_congestion_get_rate (&fixture->congestion, 100000), 20 * INITIAL, 1);
  fixture->congestion.threshold = INITIAL;
  assert_near (claw_congestion_get_rate (&fixture->congestion, 100000), 12.5 * INITIAL, 1);
  g_assert_cmpfloat (claw_congestion_get_rate (&fixture->congestion, 0), >, 0);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/congestion/slow-start/grows", test_slow_start);
  add ("/congestion/slow-start/delay-ends-it", test_delay_ends_slow_start);
  add ("/congestion/slow-start/acknowledged-at-once", test_acknowledged_at_once);
  add ("/congestion/window/unfilled", test_unfilled);
  add ("/congestion/window/maximum", test_maximum);
  add ("/congestion/window/datagram-size", test_datagram_size);
  add ("/congestion/loss/once", test_loss);
  add ("/congestion/loss/marked", test_marked);
  add ("/congestion/loss/start-over", test_start_over);
  add ("/congestion/cubic/curve", test_curve);
  add ("/congestion/cubic/reno-friendly", test_reno_friendly);
  add ("/congestion/cubic/fast-convergence", test_fast_convergence);
  add ("/congestion/cubic/application-limited", test_application_limited);
  add ("/congestion/pace/rate", test_rate);
  return g_test_run ();
}
