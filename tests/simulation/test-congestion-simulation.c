/* test-congestion-simulation.c: bulk transfers through a bottleneck.
 *
 * CUBIC against RFC 9438's own formulas, how well a link is filled, how two flows share it, and
 * what must hold after each event whatever the network does. CLAWCHAT_SIMULATION_SEED takes a
 * single seed of the tests that have several, to repeat a failure.
 */
#include "claw-connection-private.h"
#include "claw-sim-flow.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SECOND_US G_USEC_PER_SEC
#define START_US CLAW_SIM_NETWORK_START_US
#define MEGABIT UINT64_C (1000000)
#define SIZE CLAW_CONNECTION_DATAGRAM_SIZE

typedef struct
{
  ClawSimNetwork *network;
  ClawSimBottleneck bottleneck;
  ClawSimFlow *flows[2];
  uint64_t in_flight[2]; /* before the last event */
  uint64_t window[2];
  unsigned n_flows;
} World;

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

static void
set_seed (uint64_t seed)
{
  g_snprintf (how_to_repeat, sizeof how_to_repeat,
              "\n# To repeat: CLAWCHAT_SIMULATION_SEED=%" G_GUINT64_FORMAT
              " tests/simulation/test-congestion-simulation -p %s\n",
              seed, g_test_get_path ());
}

static void
run_seeds (void (*run) (uint64_t seed), uint64_t seeds)
{
  const char *single = g_getenv ("CLAWCHAT_SIMULATION_SEED");

  if (single != NULL && *single != '\0')
    {
      set_seed (g_ascii_strtoull (single, NULL, 10));
      run (g_ascii_strtoull (single, NULL, 10));
      return;
    }
  for (uint64_t seed = 1; seed <= seeds; seed++)
    {
      set_seed (seed);
      run (seed);
    }
  g_test_message ("%" G_GUINT64_FORMAT " seeds", seeds);
}

static uint64_t
get_product (uint64_t rate, gint64 round_trip_us)
{
  return rate / 8 * (uint64_t) round_trip_us / SECOND_US;
}

/* One flow over a line of @rate bits a second. @queue: of the bottleneck, in bytes. */
static void
world_init (World *world, uint64_t seed, uint64_t rate, gint64 round_trip_us, uint64_t queue)
{
  memset (world, 0, sizeof *world);
  world->network = claw_sim_network_new (seed);
  world->bottleneck = (ClawSimBottleneck){ .rate = rate, .queue_max = queue };
  world->flows[0] = claw_sim_flow_new (world->network, START_US, (uint32_t) seed);
  world->n_flows = 1;
  claw_sim_flow_get_link (world->flows[0])->bottleneck = &world->bottleneck;
  claw_sim_flow_get_link (world->flows[0])->delay_us = round_trip_us / 2;
  claw_sim_flow_get_back_link (world->flows[0])->delay_us = round_trip_us / 2;
}

/* Another flow over the same line. */
static void
world_add (World *world, gint64 start_us)
{
  ClawSimFlow *flow = claw_sim_flow_new (world->network, start_us, (uint32_t) start_us);

  *claw_sim_flow_get_link (flow) = *claw_sim_flow_get_link (world->flows[0]);
  *claw_sim_flow_get_back_link (flow) = *claw_sim_flow_get_back_link (world->flows[0]);
  world->flows[world->n_flows++] = flow;
}

static void
world_clear (World *world)
{
  for (unsigned i = 0; i < world->n_flows; i++)
    claw_sim_flow_free (world->flows[i]);
  claw_sim_network_free (world->network);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static gint64
get_now_us (const World *world)
{
  return claw_sim_network_get_now_us (world->network) - START_US;
}

static const ClawCongestion *
get_congestion (const World *world, unsigned flow)
{
  ClawConnection *sender = claw_sim_flow_get_sender (world->flows[flow]);

  return sender == NULL ? NULL : &sender->recovery.congestion;
}

/* What must hold after each event. */

static void
check_congestion (World *world, unsigned flow)
{
  const ClawRecovery *recovery = &claw_sim_flow_get_sender (world->flows[flow])->recovery;
  const ClawCongestion *congestion = &recovery->congestion;
  uint64_t allowed = MAX (world->window[flow], congestion->window);

  g_assert_cmpuint (congestion->window, >=, CLAW_CONGESTION_MIN_DATAGRAMS * CLAW_MTU_SIZE_MIN);
  g_assert_cmpuint (congestion->window, <=, CLAW_CONGESTION_WINDOW_MAX);
  /* It grows up to the window, and only probes go beyond it. */
  if (congestion->in_flight > world->in_flight[flow])
    g_assert_cmpuint (congestion->in_flight, <=,
                      MAX (allowed, world->in_flight[flow])
                          + CLAW_RECOVERY_PROBES_MAX * (uint64_t) CLAW_CONNECTION_DATAGRAM_MAX);
  g_assert_cmpuint (recovery->sent.n, <=, CLAW_SENT_MAP_MAX);
  g_assert_cmpuint (recovery->sent.outstanding, <=, recovery->sent.n);
  g_assert_true ((congestion->in_flight == 0) == (recovery->sent.outstanding == 0));
  world->in_flight[flow] = congestion->in_flight;
  world->window[flow] = congestion->window;
}

static void
check_buffers (const ClawConnection *connection)
{
  size_t credit = 0, sending = 0;

  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    {
      const ClawStream *stream = connection->streams[id];

      if (stream == NULL)
        continue;
      g_assert_cmpuint (claw_receive_stream_get_credit (&stream->receive), <=,
                        CLAW_STREAM_WINDOW_MAX);
      g_assert_cmpuint (stream->receive.have.n, <=, CLAW_RECEIVE_STREAM_RANGES_MAX);
      g_assert_cmpuint (stream->send.acked.n, <=, CLAW_SEND_STREAM_RANGES_MAX);
      g_assert_cmpuint (claw_send_stream_get_buffered (&stream->send), <=,
                        CLAW_CONNECTION_SEND_BUFFER_MAX);
      credit += claw_receive_stream_get_credit (&stream->receive);
      sending += claw_send_stream_get_buffered (&stream->send);
    }
  g_assert_cmpuint (credit, <=, CLAW_CONNECTION_BUFFERS_MAX);
  g_assert_cmpuint (sending, <=, CLAW_CONNECTION_BUFFERS_MAX);
}

static gboolean
step (World *world, gint64 until_us)
{
  if (!claw_sim_network_step (world->network, START_US + until_us))
    return FALSE;
  for (unsigned i = 0; i < world->n_flows; i++)
    {
      if (claw_sim_flow_get_sender (world->flows[i]) == NULL)
        continue;
      check_congestion (world, i);
      check_buffers (claw_sim_flow_get_sender (world->flows[i]));
      if (claw_sim_flow_get_receiver (world->flows[i]) != NULL)
        check_buffers (claw_sim_flow_get_receiver (world->flows[i]));
    }
  return TRUE;
}

static void
run_until (World *world, gint64 until_us)
{
  while (step (world, until_us))
    continue;
}

/* CUBIC. */

typedef struct
{
  double window; /* of the last event; all in datagrams */
  double w_max;
  double cwnd_epoch;
  double epoch_s; /* < 0: recovery is not over */
  unsigned n_losses;
  unsigned n_samples;
  double worst; /* greatest distance from the curve, as a share of it */
} Watch;

/* A path that carries no more than all do, for formulas that count in datagrams. */
static void
keep_datagram_size (World *world)
{
  claw_sim_flow_get_link (world->flows[0])->mtu = SIZE;
}

/* RFC 9438 figure 1 and 2, computed from nothing but what is seen of the window. */
static double
get_curve (const Watch *watch, double t)
{
  double k = cbrt ((watch->w_max - watch->cwnd_epoch) / 0.4);

  return 0.4 * pow (t - k, 3) + watch->w_max;
}

static void
watch_window (Watch *watch, const ClawCongestion *congestion, double now_s, double round_trip_s)
{
  double window = (double) congestion->window / SIZE;

  if (window < watch->window)
    {
      /* Sections 4.6 and 4.7. The ACK that tells of the loss lets the window grow first. */
      double before = window / 0.7;

      g_assert_cmpfloat (before, >=, watch->window - 0.01);
      g_assert_cmpfloat (before, <=, watch->window + 2.01);
      watch->w_max = watch->n_losses > 0 && before < watch->w_max ? 0.85 * before : before;
      watch->n_losses++;
      watch->epoch_s = -1;
    }
  else if (window > watch->window && watch->epoch_s < 0)
    {
      watch->epoch_s = now_s;
      watch->cwnd_epoch = watch->window;
    }
  else if (watch->n_losses > 0 && watch->epoch_s >= 0 && now_s > watch->epoch_s + round_trip_s)
    {
      /* It aims a round trip ahead, and is there one later. */
      double t = now_s - watch->epoch_s;
      double below = get_curve (watch, t - round_trip_s),
             above = get_curve (watch, t + round_trip_s);
      double off = window < below ? below - window : window > above ? window - above : 0;

      watch->worst = MAX (watch->worst, off / window);
      watch->n_samples++;
    }
  watch->window = window;
}

/* The window of a run goes along W_cubic (t), between losses that take 0.3 of it. */
static void
test_curve (void)
{
  const gint64 round_trip_us = 100 * 1000;
  const uint64_t rate = 20 * MEGABIT;
  g_auto (World) world = { 0 };
  Watch watch = { .epoch_s = -1 };

  set_seed (1);
  world_init (&world, 1, rate, round_trip_us, get_product (rate, round_trip_us));
  keep_datagram_size (&world);
  while (step (&world, 40 * SECOND_US))
    if (get_congestion (&world, 0) != NULL)
      watch_window (&watch, get_congestion (&world, 0), (double) get_now_us (&world) / 1e6,
                    2 * (double) round_trip_us / 1e6);
  g_test_message ("%u losses, %u samples, at most %.3f %% off the curve", watch.n_losses,
                  watch.n_samples, 100 * watch.worst);
  g_assert_cmpuint (watch.n_losses, >=, 3);
  g_assert_cmpuint (watch.n_samples, >=, 10000);
  g_assert_cmpfloat (watch.worst, <=, 0.005);
}

/* On a short path it is W_est of section 4.3 that rules: alpha a round trip up to the old window,
 * one datagram beyond. */
static void
test_reno_friendly (void)
{
  const gint64 round_trip_us = 10 * 1000;
  const uint64_t rate = 10 * MEGABIT;
  g_auto (World) world = { 0 };
  double slowest = G_MAXDOUBLE, fastest = 0;
  gint64 since_us = 0;
  uint64_t first = 0;
  unsigned n = 0;

  set_seed (1);
  world_init (&world, 1, rate, round_trip_us, get_product (rate, round_trip_us));
  keep_datagram_size (&world);
  while (step (&world, 20 * SECOND_US))
    {
      const ClawConnection *sender = claw_sim_flow_get_sender (world.flows[0]);
      const ClawCongestion *congestion = get_congestion (&world, 0);
      gint64 elapsed_us = get_now_us (&world) - since_us;

      if (congestion == NULL || congestion->epoch_start_us == G_MAXINT64 || since_us == 0)
        {
          gboolean has_epoch = congestion != NULL && congestion->epoch_start_us != G_MAXINT64;

          since_us = has_epoch ? get_now_us (&world) : 0;
          first = has_epoch ? congestion->window : 0;
          continue;
        }
      double round_trips = (double) elapsed_us / (double) sender->recovery.rtt.smoothed_us;
      if (round_trips < 6)
        continue;
      double growth = (double) (congestion->window - first) / SIZE / round_trips;
      slowest = MIN (slowest, growth);
      fastest = MAX (fastest, growth);
      since_us = 0;
      n++;
    }
  g_test_message ("%.2f to %.2f datagrams a round trip, %u samples", slowest, fastest, n);
  g_assert_cmpuint (n, >=, 50);
  g_assert_cmpfloat (slowest, >=, 0.45);
  g_assert_cmpfloat (fastest, <=, 1.15);
}

/* Filling a link. */

typedef struct
{
  const char *path;
  gint64 round_trip_us;
  unsigned queue_percent; /* of the bandwidth-delay product */
  gboolean has_ecn;
} Link;

/* A stream fills more than 90 % of 100 Mbit/s with its own bytes, from its first second on. */
static void
test_utilisation (gconstpointer data)
{
  const Link *link = data;
  const uint64_t rate = 100 * MEGABIT;
  uint64_t product = get_product (rate, link->round_trip_us);
  g_auto (World) world = { 0 };
  ClawConnectionStats stats;

  set_seed (1);
  world_init (&world, 1, rate, link->round_trip_us, product * link->queue_percent / 100);
  if (link->has_ecn)
    world.bottleneck.mark_above = world.bottleneck.queue_max / 4;
  run_until (&world, SECOND_US);
  uint64_t before = claw_sim_flow_get_read (world.flows[0]);
  uint64_t dropped_before = world.bottleneck.n_dropped;
  run_until (&world, 11 * SECOND_US);
  uint64_t read = claw_sim_flow_get_read (world.flows[0]) - before;
  double used = (double) read * 8 / 10 / (double) rate;

  claw_connection_get_stats (claw_sim_flow_get_sender (world.flows[0]), &stats);
  g_test_message (
      "%.1f %% (%.1f %% of the first second), %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
      " datagrams lost, %" G_GUINT64_FORMAT " marked, queue up to %.0f %%",
      100 * used, 100 * (double) before * 8 / (double) rate, stats.datagrams_lost,
      stats.datagrams_sent, world.bottleneck.n_marked,
      100 * (double) world.bottleneck.queued_peak / (double) world.bottleneck.queue_max);
  g_assert_cmpfloat (used, >=, 0.90);
  if (!link->has_ecn)
    return;
  /* With marks nothing has to be dropped. */
  g_assert_cmpuint (world.bottleneck.n_marked, >, 0);
  g_assert_cmpuint (world.bottleneck.n_dropped, ==, dropped_before);
}

/* Slow start ends by HyStart++ before a deep queue overflows, which it would fill without. */
static void
test_hystart (void)
{
  const uint64_t rate = 4 * MEGABIT;
  const gint64 round_trip_us = 50 * 1000;
  g_auto (World) world = { 0 };

  set_seed (1);
  world_init (&world, 1, rate, round_trip_us, 16 * get_product (rate, round_trip_us));
  run_until (&world, 3 * SECOND_US);
  g_assert_cmpint (get_congestion (&world, 0)->hystart.phase, ==, CLAW_HYSTART_DONE);
  g_assert_cmpuint (get_congestion (&world, 0)->threshold, <,
                    16 * get_product (rate, round_trip_us));
  g_assert_cmpuint (world.bottleneck.n_dropped, ==, 0);
}

/* Sharing. */

/* Of two flows, one of which came first, each gets between 0.4 and 0.6 of the line in the end. */
static void
run_sharing (uint64_t seed, uint64_t rate, gint64 duration_us)
{
  const gint64 round_trip_us = 50 * 1000;
  g_auto (World) world = { 0 };
  uint64_t before[2];
  double share[2];

  world_init (&world, seed, rate, round_trip_us, get_product (rate, round_trip_us));
  /* Without it, who is dropped would be a matter of phase, the same one for a long time. */
  claw_sim_flow_get_back_link (world.flows[0])->jitter_us = 1000;
  world_add (&world, START_US + (gint64) seed * 700 * 1000);
  run_until (&world, duration_us / 2);
  for (unsigned i = 0; i < 2; i++)
    before[i] = claw_sim_flow_get_read (world.flows[i]);
  run_until (&world, duration_us);
  for (unsigned i = 0; i < 2; i++)
    share[i] = (double) (claw_sim_flow_get_read (world.flows[i]) - before[i]) * 8
               / ((double) rate * (double) (duration_us / 2) / SECOND_US);
  double sum = share[0] + share[1];
  g_test_message ("seed %u: %.2f and %.2f of %.1f %%", (unsigned) seed, share[0] / sum,
                  share[1] / sum, 100 * sum);
  g_assert_cmpfloat (sum, >=, 0.90);
  g_assert_cmpfloat (share[0] / sum, >=, 0.4);
  g_assert_cmpfloat (share[0] / sum, <=, 0.6);
}

/* Bad networks. */

static gint64
pick (World *world, gint64 first, gint64 last)
{
  return claw_sim_random_range (claw_sim_network_get_random (world->network), first, last);
}

static void
spoil_link (World *world, ClawSimLink *link)
{
  link->loss_permille = (unsigned) (pick (world, 0, 1) * pick (world, 0, 100));
  link->burst_permille = (unsigned) (pick (world, 0, 1) * pick (world, 0, 3));
  /* Counted in datagrams, so that a session whose probes all fall into one would be given up. */
  link->burst_length = (unsigned) pick (world, 1, 10);
  link->duplicate_permille = (unsigned) (pick (world, 0, 1) * pick (world, 0, 100));
  link->reorder_permille = (unsigned) (pick (world, 0, 1) * pick (world, 0, 50));
  link->jitter_us = pick (world, 0, 1) * pick (world, 0, link->delay_us);
  link->bleach = pick (world, 0, 3) == 0;
}

/* Whatever is lost, marked, or comes late: a transfer ends, whole, and what must hold holds after
 * each event. */
static void
run_bad_network (uint64_t seed)
{
  g_auto (World) world = { 0 };
  g_autoptr (GRand) random = g_rand_new_with_seed ((uint32_t) seed);
  uint64_t rate = (uint64_t) g_rand_int_range (random, 500, 50000) * 1000;
  gint64 round_trip_us = g_rand_int_range (random, 1, 400) * 1000;
  uint64_t queue = 5 * SIZE + get_product (rate, g_rand_int_range (random, 1, 400) * 1000);
  uint64_t size = (uint64_t) g_rand_int_range (random, 1000, 1500 * 1000);

  world_init (&world, seed, rate, round_trip_us, queue);
  if (seed % 2 == 0)
    world.bottleneck.mark_above = queue / 2;
  spoil_link (&world, claw_sim_flow_get_link (world.flows[0]));
  spoil_link (&world, claw_sim_flow_get_back_link (world.flows[0]));
  claw_sim_flow_set_size (world.flows[0], size);
  if (seed % 5 == 0)
    claw_sim_flow_set_reading (world.flows[0], 200 * 1000);
  while (claw_sim_flow_get_read (world.flows[0]) < size && step (&world, 600 * SECOND_US))
    continue;
  g_assert_cmpuint (claw_sim_flow_get_read (world.flows[0]), ==, size);
}

/* An outage in the middle of a transfer; afterwards it goes on and fills the link again. */
static void
test_outage (void)
{
  const uint64_t rate = 20 * MEGABIT;
  const gint64 round_trip_us = 50 * 1000;
  g_auto (World) world = { 0 };

  set_seed (1);
  world_init (&world, 1, rate, round_trip_us, get_product (rate, round_trip_us));
  run_until (&world, 3 * SECOND_US);
  claw_sim_flow_get_link (world.flows[0])->down = TRUE;
  run_until (&world, 8 * SECOND_US);
  claw_sim_flow_get_link (world.flows[0])->down = FALSE;
  run_until (&world, 12 * SECOND_US);
  uint64_t before = claw_sim_flow_get_read (world.flows[0]);
  run_until (&world, 17 * SECOND_US);
  uint64_t read = claw_sim_flow_get_read (world.flows[0]) - before;
  g_assert_cmpfloat ((double) read * 8 / 5, >=, 0.90 * (double) rate);
}

/* A reader that takes 1 Mbit/s of 100 makes the receiver hold the first window and no more. */
static void
test_slow_reader (void)
{
  const uint64_t rate = 100 * MEGABIT;
  const gint64 round_trip_us = 50 * 1000;
  g_auto (World) world = { 0 };

  set_seed (1);
  world_init (&world, 1, rate, round_trip_us, get_product (rate, round_trip_us));
  claw_sim_flow_set_reading (world.flows[0], 125 * 1000);
  run_until (&world, 20 * SECOND_US);
  const ClawStream *stream = claw_sim_flow_get_receiver (world.flows[0])->streams[0];
  g_assert_cmpuint (stream->receive.window, ==, CLAW_STREAM_WINDOW);
  g_assert_cmpuint (stream->receive.ring.allocated, <=, CLAW_STREAM_WINDOW);
  g_assert_cmpuint (claw_sim_flow_get_read (world.flows[0]), >=, 18 * 125 * 1000);
}

/* Marks that are washed off are noticed, and no more are sent. */
static void
test_bleached (void)
{
  const uint64_t rate = 20 * MEGABIT;
  const gint64 round_trip_us = 50 * 1000;
  g_auto (World) world = { 0 };

  set_seed (1);
  world_init (&world, 1, rate, round_trip_us, get_product (rate, round_trip_us));
  claw_sim_flow_get_link (world.flows[0])->bleach = TRUE;
  run_until (&world, SECOND_US);
  const ClawEcnValidation *ecn = &claw_sim_flow_get_sender (world.flows[0])->recovery.ecn;
  g_assert_cmpint (ecn->state, ==, CLAW_ECN_FAILED);
  g_assert_cmpuint (ecn->n_sent, <=, CLAW_ECN_TEST_RECORDS);
}

/* A path that swallows marked datagrams holds up a session for a few probe timeouts only. */
static void
test_swallowed (void)
{
  const uint64_t rate = 20 * MEGABIT;
  const gint64 round_trip_us = 50 * 1000;
  g_auto (World) world = { 0 };

  set_seed (1);
  world_init (&world, 1, rate, round_trip_us, get_product (rate, round_trip_us));
  claw_sim_flow_get_link (world.flows[0])->drop_marked = TRUE;
  claw_sim_flow_get_back_link (world.flows[0])->drop_marked = TRUE;
  claw_sim_flow_set_size (world.flows[0], 100 * 1000);
  run_until (&world, 3 * SECOND_US);
  g_assert_cmpuint (claw_sim_flow_get_read (world.flows[0]), ==, 100 * 1000);
}

static void
run_sharing_slow (uint64_t seed)
{
  run_sharing (seed, 20 * MEGABIT, 90 * SECOND_US);
}

static void
test_sharing_slow (void)
{
  run_seeds (run_sharing_slow, 8);
}

static void
run_sharing_fast (uint64_t seed)
{
  run_sharing (seed, 100 * MEGABIT, 120 * SECOND_US);
}

static void
test_sharing_fast (void)
{
  run_seeds (run_sharing_fast, 2);
}

static void
test_bad_network (void)
{
  run_seeds (run_bad_network, 60);
}

int
main (int argc, char **argv)
{
  static const Link links[] = {
    { "/congestion-simulation/utilisation/50ms-whole-queue", 50 * 1000, 100, FALSE },
    { "/congestion-simulation/utilisation/50ms-quarter-queue", 50 * 1000, 25, FALSE },
    { "/congestion-simulation/utilisation/100ms-whole-queue", 100 * 1000, 100, FALSE },
    { "/congestion-simulation/utilisation/100ms-quarter-queue", 100 * 1000, 25, FALSE },
    { "/congestion-simulation/utilisation/50ms-marks", 50 * 1000, 100, TRUE },
  };

  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  signal (SIGABRT, on_abort);
  g_test_add_func ("/congestion-simulation/cubic/curve", test_curve);
  g_test_add_func ("/congestion-simulation/cubic/reno-friendly", test_reno_friendly);
  g_test_add_func ("/congestion-simulation/cubic/hystart", test_hystart);
  for (unsigned i = 0; i < G_N_ELEMENTS (links); i++)
    g_test_add_data_func (links[i].path, &links[i], test_utilisation);
  g_test_add_func ("/congestion-simulation/sharing/two-flows-20mbit", test_sharing_slow);
  g_test_add_func ("/congestion-simulation/sharing/two-flows-100mbit", test_sharing_fast);
  g_test_add_func ("/congestion-simulation/ecn/bleached", test_bleached);
  g_test_add_func ("/congestion-simulation/ecn/swallowed", test_swallowed);
  g_test_add_func ("/congestion-simulation/bad-network/ends-whole", test_bad_network);
  g_test_add_func ("/congestion-simulation/bad-network/outage", test_outage);
  g_test_add_func ("/congestion-simulation/reader/slow", test_slow_reader);
  return g_test_run ();
}
