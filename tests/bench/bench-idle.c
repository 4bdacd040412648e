/* bench-idle.c: what an idle client costs in datagrams, on a simulated network. */
#include "pair.h"

#include <stdio.h>

#define HOUR_US (3600 * (gint64) G_USEC_PER_SEC)

static void
measure (gboolean is_behind_nat)
{
  g_autoptr (Pair) pair = pair_new (1);

  pair_establish (pair);
  claw_connection_set_behind_nat (pair->sides[PAIR_CLIENT].connection, is_behind_nat);
  /* The first keepalive is early in any case. */
  pair_run (pair, 30 * G_USEC_PER_SEC);
  unsigned sent = pair->sides[PAIR_CLIENT].n_sent, received = pair->sides[PAIR_SERVER].n_sent;
  size_t bytes = pair->sides[PAIR_CLIENT].bytes_sent + pair->sides[PAIR_SERVER].bytes_sent;
  pair_run (pair, HOUR_US);
  sent = pair->sides[PAIR_CLIENT].n_sent - sent;
  received = pair->sides[PAIR_SERVER].n_sent - received;
  bytes = pair->sides[PAIR_CLIENT].bytes_sent + pair->sides[PAIR_SERVER].bytes_sent - bytes;
  printf ("idle client %s a NAT: %.2f datagrams sent and %.2f received a minute, %.1f bytes/s\n",
          is_behind_nat ? "behind" : "without", sent / 60.0, received / 60.0,
          (double) bytes / 3600.0);
}

int
main (void)
{
  measure (TRUE);
  measure (FALSE);
  return 0;
}
