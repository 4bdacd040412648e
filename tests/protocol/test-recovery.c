/* test-recovery.c: loss, probes and round-trip times together, and the traps known of them. */
#include "claw-recovery.h"

#include "claw-connection.h"

typedef struct
{
  ClawRecovery recovery;
  uint64_t next;
  GString *log; /* "a3 " acknowledged, "r3 " to be sent again */
} Fixture;

static void
note_acknowledged (const ClawSentPacket *packet, gpointer user_data)
{
  g_string_append_printf (user_data, "a%u ", (unsigned) packet->number);
}

static void
note_resend (const ClawSentPacket *packet, gpointer user_data)
{
  g_string_append_printf (user_data, "r%u ", (unsigned) packet->number);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const ClawRecoveryCallbacks callbacks = { note_acknowledged, note_resend };

  fixture->log = g_string_new (NULL);
  claw_recovery_init (&fixture->recovery, 100000, &callbacks, fixture->log);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_recovery_clear (&fixture->recovery);
  g_string_free (fixture->log, TRUE);
}

static void
send (Fixture *fixture, gint64 now_us)
{
  ClawSentPacket packet = { .number = fixture->next++, .sent_at_us = now_us, .size = 1200 };

  claw_recovery_on_sent (&fixture->recovery, &packet);
}

static gboolean
acknowledge (Fixture *fixture, uint64_t start, uint64_t end, gint64 now_us)
{
  ClawFrameAck ack = { .n_ranges = 1, .ranges = { { start, end } } };

  return claw_recovery_on_ack (&fixture->recovery, &ack, fixture->next, now_us);
}

/* An ACK of what was never sent is a lie. */
static void
test_unsent (Fixture *fixture, gconstpointer data)
{
  send (fixture, 0);
  g_assert_false (acknowledge (fixture, 0, 2, 1000));
  g_assert_cmpstr (fixture->log->str, ==, "");
  g_assert_true (acknowledge (fixture, 0, 1, 1000));
  g_assert_true (acknowledge (fixture, 0, 1, 2000));
  g_assert_cmpstr (fixture->log->str, ==, "a0 ");
}

/* Three newer ones acknowledged: lost at once. Fewer: after 9/8 of the round-trip time. */
static void
test_thresholds (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 5; i++)
    send (fixture, 0);
  g_assert_true (acknowledge (fixture, 4, 5, 80000));
  g_assert_cmpstr (fixture->log->str, ==, "a4 r0 r1 ");
  g_assert_cmpint (claw_recovery_get_deadline (&fixture->recovery), ==, 90000);
  claw_recovery_wake (&fixture->recovery, 89999);
  g_assert_cmpstr (fixture->log->str, ==, "a4 r0 r1 ");
  claw_recovery_wake (&fixture->recovery, 90000);
  g_assert_cmpstr (fixture->log->str, ==, "a4 r0 r1 r2 r3 ");
  g_assert_cmpint (claw_recovery_get_deadline (&fixture->recovery), ==, G_MAXINT64);
  g_assert_cmpuint (fixture->recovery.n_lost, ==, 4);
}

/* Only the largest number newly acknowledged gives a sample; an old packet whose ACK came late
 * gives none. */
static void
test_samples (Fixture *fixture, gconstpointer data)
{
  send (fixture, 0);
  send (fixture, 1000);
  g_assert_true (acknowledge (fixture, 1, 2, 51000));
  g_assert_cmpint (fixture->recovery.rtt.latest_us, ==, 50000);
  /* 0 is new here, but 1 is the largest and is not. */
  g_assert_true (acknowledge (fixture, 0, 2, 55000));
  g_assert_cmpstr (fixture->log->str, ==, "a1 a0 ");
  g_assert_cmpint (fixture->recovery.rtt.latest_us, ==, 50000);
}

/* The probe timeout doubles each time up to its maximum, carries the oldest content, and goes back
 * with the next new ACK. */
static void
test_backoff (Fixture *fixture, gconstpointer data)
{
  gint64 pto_us = claw_rtt_get_probe_timeout_us (&fixture->recovery.rtt);
  gint64 now_us = 0;

  send (fixture, now_us);
  for (unsigned i = 0; i < 20; i++)
    {
      gint64 wait_us = MIN (pto_us << MIN (i, 10), CLAW_RECOVERY_PROBE_TIMEOUT_MAX_US);

      g_assert_cmpint (claw_recovery_get_deadline (&fixture->recovery), ==, now_us + wait_us);
      now_us += wait_us;
      claw_recovery_wake (&fixture->recovery, now_us - 1);
      g_assert_cmpuint (fixture->recovery.probes, ==, 0);
      claw_recovery_wake (&fixture->recovery, now_us);
      g_assert_cmpuint (fixture->recovery.probes, ==, CLAW_RECOVERY_PROBES_MAX);
      /* Until the probes are out there is no next one. */
      g_assert_cmpint (claw_recovery_get_deadline (&fixture->recovery), ==, G_MAXINT64);
      send (fixture, now_us);
      send (fixture, now_us);
    }
  g_assert_true (g_str_has_prefix (fixture->log->str, "r0 r1 r2 r3 r4 "));
  g_assert_true (acknowledge (fixture, fixture->next - 2, fixture->next, now_us + 1000));
  g_assert_cmpuint (fixture->recovery.backoff, ==, 0);
  send (fixture, now_us + 2000);
  pto_us = claw_rtt_get_probe_timeout_us (&fixture->recovery.rtt);
  g_assert_cmpint (claw_recovery_get_deadline (&fixture->recovery), ==, now_us + 2000 + pto_us);
}

/* A nudge probes at once after any number of timeouts, once for several nudges in a row, and the
 * next timeout is a short one again. */
static void
test_nudge (Fixture *fixture, gconstpointer data)
{
  gint64 pto_us = claw_rtt_get_probe_timeout_us (&fixture->recovery.rtt);
  gint64 now_us = 0;

  claw_recovery_nudge (&fixture->recovery);
  g_assert_cmpuint (fixture->recovery.probes, ==, 0);

  send (fixture, now_us);
  for (unsigned i = 0; i < 5; i++)
    {
      now_us = claw_recovery_get_deadline (&fixture->recovery);
      claw_recovery_wake (&fixture->recovery, now_us);
      send (fixture, now_us);
      send (fixture, now_us);
    }
  g_string_truncate (fixture->log, 0);
  claw_recovery_nudge (&fixture->recovery);
  claw_recovery_nudge (&fixture->recovery);
  g_assert_cmpuint (fixture->recovery.probes, ==, CLAW_RECOVERY_PROBES_MAX);
  g_assert_cmpstr (fixture->log->str, ==, "r9 r10 ");
  send (fixture, now_us + 1);
  send (fixture, now_us + 1);
  g_assert_cmpint (claw_recovery_get_deadline (&fixture->recovery), ==, now_us + 1 + pto_us);
}

/* A path whose round trip is longer than that maximum is not probed before an ACK can be there. */
static void
test_long_path (Fixture *fixture, gconstpointer data)
{
  claw_rtt_add_sample (&fixture->recovery.rtt, 5 * G_USEC_PER_SEC, 0);
  send (fixture, 0);
  g_assert_cmpint (claw_recovery_get_deadline (&fixture->recovery), >, 5 * G_USEC_PER_SEC);
}

/* What a probe carried again is not sent a third time when the first packet is found lost. */
static void
test_probed_then_lost (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 3; i++)
    send (fixture, 0);
  claw_recovery_wake (&fixture->recovery, claw_recovery_get_deadline (&fixture->recovery));
  g_assert_cmpuint (fixture->recovery.probes, ==, CLAW_RECOVERY_PROBES_MAX);
  g_assert_cmpstr (fixture->log->str, ==, "r0 r1 ");
  send (fixture, 600000);
  send (fixture, 600000);
  g_assert_true (acknowledge (fixture, 3, 5, 650000));
  g_assert_cmpstr (fixture->log->str, ==, "r0 r1 a3 a4 r2 ");
}

/* Probes may go beyond a full congestion window, and need not wait for the pacer; other packets
 * not. */
static void
test_probe_beyond_window (Fixture *fixture, gconstpointer data)
{
  gint64 release_us;

  while (claw_recovery_allows (&fixture->recovery, 0, &release_us))
    send (fixture, 0);
  g_assert_cmpint (release_us, ==, G_MAXINT64);
  g_assert_cmpuint (fixture->next, ==, CLAW_CONGESTION_INITIAL_DATAGRAMS);
  claw_recovery_wake (&fixture->recovery, claw_recovery_get_deadline (&fixture->recovery));
  for (unsigned i = 0; i < CLAW_RECOVERY_PROBES_MAX; i++)
    {
      g_assert_true (claw_recovery_allows (&fixture->recovery, 1000, &release_us));
      send (fixture, 1000);
    }
  g_assert_false (claw_recovery_allows (&fixture->recovery, 1000, &release_us));
}

/* As many packets as can be in flight get lost at once, and all that probes for them: each timeout
 * until the session is given up still finds room for its probes, and what is new does not. */
static void
test_probe_all_lost (Fixture *fixture, gconstpointer data)
{
  const gint64 rtts_us[] = { 1, 1000, 100000 };

  for (unsigned i = 0; i < G_N_ELEMENTS (rtts_us); i++)
    {
      ClawRecovery *recovery = &fixture->recovery;
      gint64 now_us = 0, release_us;

      claw_recovery_clear (recovery);
      claw_recovery_init (recovery, rtts_us[i], recovery->callbacks, fixture->log);
      claw_rtt_add_sample (&recovery->rtt, rtts_us[i], 0);
      recovery->congestion.window = 1 << 30;
      while (claw_recovery_allows (recovery, now_us, &release_us) || release_us != G_MAXINT64)
        if (release_us == G_MAXINT64)
          send (fixture, now_us);
        else
          now_us = release_us;
      g_assert_cmpuint (recovery->sent.n, ==, CLAW_SENT_MAP_MAX - CLAW_RECOVERY_PROBE_PLACES);
      gint64 end_us = now_us + CLAW_CONNECTION_LOST_US;
      while (now_us < end_us)
        {
          now_us = claw_recovery_get_deadline (recovery);
          claw_recovery_wake (recovery, now_us);
          for (unsigned n = 0; n < CLAW_RECOVERY_PROBES_MAX; n++)
            {
              g_assert_true (claw_recovery_allows (recovery, now_us, &release_us));
              send (fixture, now_us);
            }
          g_assert_false (claw_recovery_allows (recovery, now_us, &release_us));
        }
    }
}

/* What the window allows but the pacer does not is told when to come again, and then is allowed. */
static void
test_paced (Fixture *fixture, gconstpointer data)
{
  gint64 release_us;

  fixture->recovery.congestion.window = 100 * 1200;
  while (claw_recovery_allows (&fixture->recovery, 0, &release_us))
    send (fixture, 0);
  g_assert_cmpuint (fixture->next, ==, CLAW_PACER_BURST_DATAGRAMS);
  /* Twice the window in 100 ms: a datagram every 500 us, and a millisecond's worth at a time. */
  g_assert_cmpint (release_us, ==, CLAW_PACER_QUANTUM_US);
  g_assert_false (claw_recovery_allows (&fixture->recovery, release_us - 1, &release_us));
  g_assert_cmpint (release_us, ==, CLAW_PACER_QUANTUM_US);
  g_assert_true (claw_recovery_allows (&fixture->recovery, release_us, &release_us));
  g_assert_cmpint (release_us, ==, G_MAXINT64);
}

/* What an old path did to marks says nothing of a new one: acknowledgements of what went over the
 * old one neither prove nor refute anything. */
static void
test_new_path (Fixture *fixture, gconstpointer data)
{
  ClawSentPacket packet = { .number = 0, .size = 1200, .is_marked = TRUE };

  claw_recovery_on_sent (&fixture->recovery, &packet);
  claw_ecn_on_sent (&fixture->recovery.ecn);
  fixture->next = 1;
  claw_recovery_restart_ecn (&fixture->recovery);
  g_assert_true (acknowledge (fixture, 0, 1, 50000));
  g_assert_cmpint (fixture->recovery.ecn.state, ==, CLAW_ECN_TESTING);
  packet.number = 1;
  claw_recovery_on_sent (&fixture->recovery, &packet);
  claw_ecn_on_sent (&fixture->recovery.ecn);
  fixture->next = 2;
  g_assert_true (acknowledge (fixture, 1, 2, 100000));
  g_assert_cmpint (fixture->recovery.ecn.state, ==, CLAW_ECN_FAILED);
}

/* A CE more is congestion once a round trip, and no loss. */
static void
test_marked (Fixture *fixture, gconstpointer data)
{
  ClawFrameAck ack = { .has_counts = TRUE, .n_ranges = 1 };
  uint64_t window = fixture->recovery.congestion.window;

  for (unsigned i = 0; i < 4; i++)
    {
      ClawSentPacket packet = { .number = i, .sent_at_us = 0, .size = 1200, .is_marked = TRUE };

      claw_recovery_on_sent (&fixture->recovery, &packet);
      claw_ecn_on_sent (&fixture->recovery.ecn);
    }
  fixture->next = 4;
  for (uint64_t i = 1; i <= 2; i++)
    {
      ack.ranges[0] = (ClawRange){ 0, 2 * i };
      ack.counts = (ClawEcnCounts){ .ect0 = i, .ce = i };
      g_assert_true (claw_recovery_on_ack (&fixture->recovery, &ack, 4, 50000));
      g_assert_cmpint (fixture->recovery.ecn.state, ==, CLAW_ECN_CAPABLE);
      g_assert_cmpuint (fixture->recovery.congestion.window, ==,
                        (uint64_t) ((double) window * CLAW_CONGESTION_BETA));
    }
  g_assert_cmpuint (fixture->recovery.n_lost, ==, 0);
  g_assert_cmpstr (fixture->log->str, ==, "a0 a1 a2 a3 ");
}

/* An ACK that comes in the same turn as the timer is heard first: nothing is probed. */
static void
test_ack_before_timer (Fixture *fixture, gconstpointer data)
{
  send (fixture, 0);
  gint64 late_us = claw_recovery_get_deadline (&fixture->recovery) + 5 * G_USEC_PER_SEC;
  g_assert_true (acknowledge (fixture, 0, 1, late_us));
  claw_recovery_wake (&fixture->recovery, late_us);
  g_assert_cmpuint (fixture->recovery.probes, ==, 0);
  g_assert_cmpstr (fixture->log->str, ==, "a0 ");
}

/* Everything over more than three probe timeouts lost brings the window to its minimum. */
static void
test_persistent (Fixture *fixture, gconstpointer data)
{
  send (fixture, 0);
  g_assert_true (acknowledge (fixture, 0, 1, 50000));
  for (gint64 now_us = 100000; now_us < 4000000; now_us += 500000)
    send (fixture, now_us);
  send (fixture, 5000000);
  g_assert_true (acknowledge (fixture, fixture->next - 1, fixture->next, 5050000));
  g_assert_cmpuint (fixture->recovery.congestion.window, ==, CLAW_CONGESTION_MIN_DATAGRAMS * 1200);
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

  add ("/recovery/ack/unsent", test_unsent);
  add ("/recovery/ack/before-timer", test_ack_before_timer);
  add ("/recovery/ack/samples", test_samples);
  add ("/recovery/loss/thresholds", test_thresholds);
  add ("/recovery/loss/persistent", test_persistent);
  add ("/recovery/congestion/paced", test_paced);
  add ("/recovery/congestion/marked", test_marked);
  add ("/recovery/congestion/marks-on-a-new-path", test_new_path);
  add ("/recovery/probe/backoff", test_backoff);
  add ("/recovery/probe/nudge", test_nudge);
  add ("/recovery/probe/long-path", test_long_path);
  add ("/recovery/probe/then-lost", test_probed_then_lost);
  add ("/recovery/probe/beyond-window", test_probe_beyond_window);
  add ("/recovery/probe/all-lost", test_probe_all_lost);
  return g_test_run ();
}
