/* bench-reconnect.c: how many round trips it takes to connect, to come back, and to go on from
 * another address, on a simulated network of 100 ms there and back. */
#include "pair.h"

#include <stdio.h>

#define ROUND_TRIP_US (100 * (gint64) 1000)
#define STEP_US ((gint64) 1000)
#define PATIENCE_US (60 * (gint64) G_USEC_PER_SEC)

/* The client has a line to say as soon as it can; the server answers each of its bytes at once. */
typedef struct
{
  gint64 established_us, heard_us, answered_us; /* since the beginning; 0: not yet */
} Figures;

static void
step (Pair *pair, gint64 begun_us, Figures *figures)
{
  PairSide *client = &pair->sides[PAIR_CLIENT], *server = &pair->sides[PAIR_SERVER];
  gint64 passed_us;

  pair_run (pair, STEP_US);
  passed_us = pair->now_us - begun_us;
  if (figures->established_us == 0 && client->events[CLAW_ENDPOINT_ESTABLISHED] > 0)
    {
      figures->established_us = passed_us;
      pair_write (pair, PAIR_CLIENT, "line", 4);
    }
  if (figures->heard_us == 0 && server->received->len > 0)
    {
      figures->heard_us = passed_us;
      pair_write (pair, PAIR_SERVER, "answer", 6);
    }
  if (client->received->len > 0)
    figures->answered_us = passed_us;
}

static double
to_round_trips (gint64 duration_us)
{
  return (double) duration_us / ROUND_TRIP_US;
}

static void
report (Pair *pair, const char *what, gint64 begun_us, Figures *figures)
{
  while (figures->answered_us == 0 && pair->now_us - begun_us < PATIENCE_US)
    step (pair, begun_us, figures);
  printf ("%s: the client's line heard after %.2f round trips, the answer to it after %.2f\n", what,
          to_round_trips (figures->heard_us), to_round_trips (figures->answered_us));
}

static Pair *
start (void)
{
  Pair *pair = pair_new (1);

  pair->delay_us = ROUND_TRIP_US / 2;
  return pair;
}

/* A file's secret and a resumption secret are used in the same way. */
static void
measure_connect (void)
{
  g_autoptr (Pair) pair = start ();
  Figures figures = { 0 };
  gint64 begun_us = pair->now_us;

  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, NULL, pair->now_us + PATIENCE_US);
  report (pair, "connecting, or coming back", begun_us, &figures);
  printf ("… the session established after %.2f\n", to_round_trips (figures.established_us));
}

static void
measure_roaming (void)
{
  g_autoptr (Pair) pair = start ();
  Figures figures = { .established_us = 1 };
  gint64 begun_us;

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  pair->sides[PAIR_CLIENT].address.port++;
  begun_us = pair->now_us;
  pair_write (pair, PAIR_CLIENT, "line", 4);
  report (pair, "going on from another address", begun_us, &figures);
}

int
main (void)
{
  measure_connect ();
  measure_roaming ();
  return 0;
}
