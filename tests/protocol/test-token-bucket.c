/* test-token-bucket.c: how often something may happen. */
#include "claw-token-bucket.h"

#define START_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)

static unsigned
take_all (ClawTokenBucket *bucket, gint64 now_us)
{
  unsigned n = 0;

  while (n < 10000 && claw_token_bucket_take (bucket, now_us))
    n++;
  g_assert_cmpint (claw_token_bucket_has (bucket, now_us), ==, n == 10000);
  return n;
}

/* At once as many as the burst, then so many a second, and after a long pause no more than the
 * burst again. */
static void
test_rate (void)
{
  ClawTokenBucket bucket;

  claw_token_bucket_init (&bucket, 10, 25);
  g_assert_cmpuint (take_all (&bucket, START_US), ==, 25);
  g_assert_cmpuint (take_all (&bucket, START_US + 99999), ==, 0);
  g_assert_cmpuint (take_all (&bucket, START_US + 100000), ==, 1);
  g_assert_cmpuint (take_all (&bucket, START_US + 1100000), ==, 10);
  g_assert_cmpuint (take_all (&bucket, START_US + 3600 * (gint64) G_USEC_PER_SEC), ==, 25);
}

/* A rate that does not divide a second is kept over a long time. */
static void
test_uneven (void)
{
  ClawTokenBucket bucket;
  unsigned n = 0;

  claw_token_bucket_init (&bucket, 7, 1);
  for (unsigned ms = 0; ms < 100000; ms++)
    n += claw_token_bucket_take (&bucket, START_US + ms * 1000);
  g_assert_cmpuint (n, >=, 693);
  g_assert_cmpuint (n, <=, 701);
}

/* Without a limit there is none. */
static void
test_none (void)
{
  ClawTokenBucket bucket;

  claw_token_bucket_init (&bucket, 0, 1);
  g_assert_cmpuint (take_all (&bucket, START_US), ==, 10000);
}

/* The greatest rate and burst do not overflow. */
static void
test_greatest (void)
{
  ClawTokenBucket bucket;

  claw_token_bucket_init (&bucket, CLAW_TOKEN_BUCKET_RATE_MAX, G_MAXUINT);
  g_assert_cmpuint (take_all (&bucket, START_US), ==, 10000);
  claw_token_bucket_init (&bucket, 1, G_MAXUINT);
  g_assert_cmpuint (take_all (&bucket, START_US), ==, 10000);
}

/* A clock that is set back by a year is an empty bucket, not a year of silence. */
static void
test_clock_set_back (void)
{
  ClawTokenBucket bucket;
  gint64 earlier_us = START_US - 365 * 86400 * (gint64) G_USEC_PER_SEC;

  claw_token_bucket_init (&bucket, 10, 25);
  g_assert_cmpuint (take_all (&bucket, START_US), ==, 25);
  g_assert_cmpuint (take_all (&bucket, earlier_us), ==, 0);
  g_assert_cmpuint (take_all (&bucket, earlier_us + G_USEC_PER_SEC), ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/token-bucket/rate/kept", test_rate);
  g_test_add_func ("/token-bucket/rate/uneven", test_uneven);
  g_test_add_func ("/token-bucket/rate/none", test_none);
  g_test_add_func ("/token-bucket/rate/greatest", test_greatest);
  g_test_add_func ("/token-bucket/clock/set-back", test_clock_set_back);
  return g_test_run ();
}
