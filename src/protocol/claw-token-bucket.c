/* claw-token-bucket.c: see claw-token-bucket.h. */
#include "claw-token-bucket.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

void
claw_token_bucket_init (ClawTokenBucket *bucket, unsigned per_second, unsigned burst)
{
  g_return_if_fail (bucket != NULL);
  g_return_if_fail (per_second <= CLAW_TOKEN_BUCKET_RATE_MAX && burst >= 1);

  *bucket = (ClawTokenBucket){ 0 };
  if (per_second == 0)
    return;
  bucket->interval_ns = NS_PER_S / per_second;
  bucket->burst_ns = bucket->interval_ns * burst;
}

/* When the bucket will be full again, as far as that can be with the clock where it is. */
static gint64
get_full_ns (const ClawTokenBucket *bucket, gint64 now_ns)
{
  return CLAMP (bucket->full_ns, now_ns, now_ns + bucket->burst_ns);
}

gboolean
claw_token_bucket_has (const ClawTokenBucket *bucket, gint64 now_us)
{
  gint64 now_ns = now_us * 1000;

  return get_full_ns (bucket, now_ns) + bucket->interval_ns <= now_ns + bucket->burst_ns;
}

gboolean
claw_token_bucket_take (ClawTokenBucket *bucket, gint64 now_us)
{
  gint64 now_ns = now_us * 1000;

  bucket->full_ns = get_full_ns (bucket, now_ns);
  if (!claw_token_bucket_has (bucket, now_us))
    return FALSE;
  bucket->full_ns += bucket->interval_ns;
  return TRUE;
}
