/* test-ecn.c: whether a path is trusted with ECN marks, RFC 9000 section 13.4.2. */
#include "claw-ecn.h"

static void
send (ClawEcnValidation *validation, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_assert_cmpint (claw_ecn_get_mark (validation, TRUE), ==, CLAW_ECN_ECT0);
      claw_ecn_on_sent (validation);
    }
}

/* Ten records try the path; the first good answer makes it capable, and then all are marked. */
static void
test_capable (void)
{
  ClawEcnValidation validation;
  ClawEcnCounts counts = { .ect0 = 2 };

  claw_ecn_init (&validation);
  g_assert_cmpint (claw_ecn_get_mark (&validation, FALSE), ==, CLAW_ECN_NONE);
  send (&validation, CLAW_ECN_TEST_RECORDS);
  g_assert_cmpint (claw_ecn_get_mark (&validation, TRUE), ==, CLAW_ECN_NONE);
  g_assert_false (claw_ecn_on_ack (&validation, 2, &counts));
  g_assert_cmpint (validation.state, ==, CLAW_ECN_CAPABLE);
  g_assert_cmpint (claw_ecn_get_mark (&validation, TRUE), ==, CLAW_ECN_ECT0);
  g_assert_cmpint (claw_ecn_get_mark (&validation, FALSE), ==, CLAW_ECN_ECT0);
}

/* Each answer that cannot be true ends marking. */
static void
test_failed (void)
{
  static const struct
  {
    unsigned n_marked;
    gboolean has_counts;
    ClawEcnCounts counts;
    const char *what;
  } table[] = {
    { 1, FALSE, { 0 }, "marks were washed off" },
    { 3, TRUE, { 6, 0, 1 }, "fewer than were acknowledged" },
    { 1, TRUE, { 6, 1, 0 }, "ECT(1), which was never sent" },
    { 1, TRUE, { 11, 0, 0 }, "more than were sent" },
    { 1, TRUE, { 5, 0, 6 }, "more than were sent, with CE" },
    { 0, TRUE, { 4, 0, 3 }, "a count that went down" },
    { 0, TRUE, { 8, 0, 0 }, "CE that went down" },
    { 1, TRUE, { UINT64_MAX, 0, UINT64_MAX }, "so many that their sum is small" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawEcnValidation validation;
      const ClawEcnCounts before = { .ect0 = 5, .ce = 1 };

      g_test_message ("%s", table[i].what);
      claw_ecn_init (&validation);
      send (&validation, 10);
      g_assert_true (claw_ecn_on_ack (&validation, 5, &before));
      g_assert_false (claw_ecn_on_ack (&validation, table[i].n_marked,
                                       table[i].has_counts ? &table[i].counts : NULL));
      g_assert_cmpint (validation.state, ==, CLAW_ECN_FAILED);
      g_assert_cmpint (claw_ecn_get_mark (&validation, TRUE), ==, CLAW_ECN_NONE);
      /* And nothing that comes later is believed. */
      g_assert_false (claw_ecn_on_ack (&validation, 1, &(ClawEcnCounts){ .ect0 = 5, .ce = 4 }));
      g_assert_cmpint (validation.state, ==, CLAW_ECN_FAILED);
    }
}

/* CE is congestion each time that its count goes up, and only then. */
static void
test_congestion (void)
{
  ClawEcnValidation validation;

  claw_ecn_init (&validation);
  send (&validation, 8);
  g_assert_false (claw_ecn_on_ack (&validation, 2, &(ClawEcnCounts){ .ect0 = 2 }));
  g_assert_true (claw_ecn_on_ack (&validation, 2, &(ClawEcnCounts){ .ect0 = 3, .ce = 1 }));
  g_assert_false (claw_ecn_on_ack (&validation, 1, &(ClawEcnCounts){ .ect0 = 4, .ce = 1 }));
  g_assert_true (claw_ecn_on_ack (&validation, 1, &(ClawEcnCounts){ .ect0 = 4, .ce = 2 }));
}

/* On a path that swallows what is marked, the second probe timeout ends it, and only an
 * acknowledgement of a marked record brings it back. */
static void
test_swallowed (void)
{
  ClawEcnValidation validation;

  claw_ecn_init (&validation);
  send (&validation, 3);
  claw_ecn_on_probe_timeout (&validation, 1);
  send (&validation, 2);
  claw_ecn_on_probe_timeout (&validation, 2);
  g_assert_cmpint (claw_ecn_get_mark (&validation, TRUE), ==, CLAW_ECN_NONE);
  g_assert_false (claw_ecn_on_ack (&validation, 0, NULL));
  g_assert_cmpint (claw_ecn_get_mark (&validation, TRUE), ==, CLAW_ECN_NONE);
  g_assert_false (claw_ecn_on_ack (&validation, 1, &(ClawEcnCounts){ .ect0 = 1 }));
  g_assert_cmpint (claw_ecn_get_mark (&validation, TRUE), ==, CLAW_ECN_ECT0);
}

/* A new path is tried again, against the counts so far. */
static void
test_new_path (void)
{
  ClawEcnValidation validation;

  claw_ecn_init (&validation);
  send (&validation, 5);
  g_assert_false (claw_ecn_on_ack (&validation, 1, NULL));
  claw_ecn_restart (&validation, 100);
  g_assert_cmpuint (validation.first_number, ==, 100);
  send (&validation, CLAW_ECN_TEST_RECORDS);
  g_assert_false (claw_ecn_on_ack (&validation, 4, &(ClawEcnCounts){ .ect0 = 4 }));
  g_assert_cmpint (validation.state, ==, CLAW_ECN_CAPABLE);
}

/* The receiver counts each mark for itself. */
static void
test_count (void)
{
  static const uint8_t marks[] = { CLAW_ECN_NONE, CLAW_ECN_ECT0, CLAW_ECN_ECT1, CLAW_ECN_CE };
  ClawEcnCounts counts = { 0 };

  for (unsigned i = 0; i < G_N_ELEMENTS (marks); i++)
    for (unsigned n = 0; n < i; n++)
      claw_ecn_count (&counts, marks[i]);
  g_assert_cmpuint (counts.ect0, ==, 1);
  g_assert_cmpuint (counts.ect1, ==, 2);
  g_assert_cmpuint (counts.ce, ==, 3);
  g_assert_true (claw_ecn_has_any (&counts));
  counts = (ClawEcnCounts){ 0 };
  claw_ecn_count (&counts, CLAW_ECN_NONE);
  g_assert_false (claw_ecn_has_any (&counts));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ecn/validation/capable", test_capable);
  g_test_add_func ("/ecn/validation/failed", test_failed);
  g_test_add_func ("/ecn/validation/congestion", test_congestion);
  g_test_add_func ("/ecn/validation/swallowed", test_swallowed);
  g_test_add_func ("/ecn/validation/new-path", test_new_path);
  g_test_add_func ("/ecn/receiver/count", test_count);
  return g_test_run ();
}
