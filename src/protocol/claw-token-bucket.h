/* claw-token-bucket.h: how often something may happen: so many a second, and so many at once after
 * a pause.
 *
 * It is the "virtual scheduling" form of the generic cell rate algorithm (ITU-T I.371): one number,
 * the time at which the bucket is full again. A clock that is set back costs what an empty bucket
 * does and no more.
 */
#pragma once

#include <glib.h>

typedef struct
{
  gint64 interval_ns; /* between two; 0: no limit */
  gint64 burst_ns;    /* how far full_ns may be ahead of the time */
  gint64 full_ns;
} ClawTokenBucket;

#define CLAW_TOKEN_BUCKET_RATE_MAX 1000000

/* @per_second: up to CLAW_TOKEN_BUCKET_RATE_MAX; 0: no limit. @burst: at least 1. */
void claw_token_bucket_init (ClawTokenBucket *bucket, unsigned per_second, unsigned burst);
/* Returns: whether it may happen now, which is then counted. */
gboolean claw_token_bucket_take (ClawTokenBucket *bucket, gint64 now_us);
/* Returns: whether claw_token_bucket_take () would. */
gboolean claw_token_bucket_has (const ClawTokenBucket *bucket, gint64 now_us);
