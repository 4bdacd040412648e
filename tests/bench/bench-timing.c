/* bench-timing.c: whether the time that the server spends on a stranger's datagram tells what is
 * wrong with it.
 *
 * There is no answer whose time anybody could take, so this is what somebody on the same machine
 * might see at best: the time inside of claw_endpoint_receive (). Datagrams of two kinds are taken
 * in turns, in random order, and compared by Welch's t-test over the quickest nine tenths of each
 * (what is slower was interrupted). |t| above 4.5, the usual threshold in side-channel tests, is a
 * difference.
 */
#include "claw-endpoint.h"
#include "claw-handshake.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROBES 10000
/* Secrets of each kind: those that the server knows, that it has known, and that it never knew.
 * Each is used as often as another, so that none is more at hand in the processor's memory. */
#define SECRETS 1000
#define THRESHOLD 4.5

typedef enum
{
  UNKNOWN_KEY_ID,
  SPENT_KEY_ID,
  WRONG_MAC,
  WRONG_BODY,
  KINDS,
} Kind;

static const char *const names[KINDS] = { "unknown key id", "expired key id", "wrong mac",
                                          "wrong body" };

typedef struct
{
  ClawIdentity server, client;
  ClawEndpoint *endpoint;
  ClawKey good[SECRETS], spent[SECRETS], unknown[SECRETS];
} Bench;

static void
accept (Bench *bench, uint64_t id, ClawKey *psk)
{
  ClawPskEntry entry = { .id = id, .kind = CLAW_PSK_ONCE, .psk = psk };

  claw_key_generate (psk);
  claw_endpoint_accept (bench->endpoint, &entry);
}

static Bench *
bench_new (void)
{
  Bench *bench = g_new0 (Bench, 1);

  claw_identity_generate (&bench->server);
  claw_identity_generate (&bench->client);
  ClawEndpointConfig config = { .identity = &bench->server, .jitter_seed = 1 };
  bench->endpoint = claw_endpoint_new (&config);
  for (unsigned i = 0; i < SECRETS; i++)
    {
      claw_key_generate (&bench->unknown[i]);
      accept (bench, 1 + 2 * i, &bench->good[i]);
      accept (bench, 2 + 2 * i, &bench->spent[i]);
    }
  for (unsigned i = 0; i < SECRETS; i++)
    claw_endpoint_refuse (bench->endpoint, 2 + 2 * i);
  return bench;
}

static void
bench_free (Bench *bench)
{
  claw_endpoint_free (bench->endpoint);
  for (unsigned i = 0; i < SECRETS; i++)
    {
      claw_key_clear (&bench->good[i]);
      claw_key_clear (&bench->spent[i]);
      claw_key_clear (&bench->unknown[i]);
    }
  claw_identity_clear (&bench->server);
  claw_identity_clear (&bench->client);
  g_free (bench);
}

static void
make_probe (Bench *bench, Kind kind, uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE])
{
  unsigned number = randombytes_uniform (SECRETS);
  const ClawKey *psk = &bench->good[number];

  if (kind == UNKNOWN_KEY_ID)
    psk = &bench->unknown[number];
  if (kind == SPENT_KEY_ID)
    psk = &bench->spent[number];
  claw_initiation_free (
      claw_initiation_new (&bench->client, bench->server.public_key, psk, 1, 1, "", 0, datagram));
  if (kind == WRONG_MAC)
    datagram[1 + CLAW_HANDSHAKE_KEY_ID_SIZE] ^= 1;
  if (kind == WRONG_BODY)
    datagram[CLAW_HANDSHAKE_INITIATION_SIZE - 1] ^= 1;
}

static double
receive (Bench *bench, const uint8_t *datagram)
{
  ClawRoute from = { .peer = { .family = CLAW_ADDRESS_IPV4, .ip = { 192, 0, 2, 1 }, .port = 9 } };
  static uint8_t buffer[CLAW_HANDSHAKE_INITIATION_SIZE];
  struct timespec before, after;

  /* As all come from one buffer of the socket. */
  memcpy (buffer, datagram, sizeof buffer);
  clock_gettime (CLOCK_MONOTONIC, &before);
  claw_endpoint_receive (bench->endpoint, &from, buffer, sizeof buffer, 1000);
  clock_gettime (CLOCK_MONOTONIC, &after);
  return (double) (after.tv_sec - before.tv_sec) * 1e9 + (double) (after.tv_nsec - before.tv_nsec);
}

static int
compare (const void *a, const void *b)
{
  double difference = *(const double *) a - *(const double *) b;

  return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

typedef struct
{
  double times[PROBES];
  double mean, variance;
  unsigned n;
} Sample;

static void
evaluate (Sample *sample)
{
  double sum = 0, squares = 0;

  qsort (sample->times, PROBES, sizeof (double), compare);
  sample->n = PROBES * 9 / 10;
  for (unsigned i = 0; i < sample->n; i++)
    sum += sample->times[i];
  sample->mean = sum / sample->n;
  for (unsigned i = 0; i < sample->n; i++)
    squares += pow (sample->times[i] - sample->mean, 2);
  sample->variance = squares / (sample->n - 1);
}

static void
print_sample (const char *name, const Sample *sample)
{
  printf ("  %-15s mean %7.1f ns, deviation %6.1f; quantiles 5 %% %6.0f, 25 %% %6.0f, 50 %% %6.0f, "
          "75 %% "
          "%6.0f, 95 %% %6.0f\n",
          name, sample->mean, sqrt (sample->variance), sample->times[PROBES / 20],
          sample->times[PROBES / 4], sample->times[PROBES / 2], sample->times[PROBES * 3 / 4],
          sample->times[PROBES * 19 / 20]);
}

/* @one and @other may be the same kind, which shows what the noise does. */
static void
measure (Bench *bench, Kind one, Kind other)
{
  g_autofree uint8_t (*probes)[CLAW_HANDSHAKE_INITIATION_SIZE] = g_malloc (2 * PROBES
                                                                           * sizeof *probes);
  g_autofree Sample *samples = g_new0 (Sample, 2);
  unsigned n[2] = { 0, 0 };

  for (unsigned i = 0; i < PROBES; i++)
    {
      make_probe (bench, one, probes[2 * i]);
      make_probe (bench, other, probes[2 * i + 1]);
    }
  for (unsigned i = 0; i < 1000; i++)
    receive (bench, probes[i]);
  while (n[0] < PROBES || n[1] < PROBES)
    {
      unsigned which = n[0] == PROBES ? 1 : n[1] == PROBES ? 0 : randombytes_uniform (2);

      samples[which].times[n[which]] = receive (bench, probes[2 * n[which] + which]);
      n[which]++;
    }
  evaluate (&samples[0]);
  evaluate (&samples[1]);
  double t = (samples[0].mean - samples[1].mean)
             / sqrt (samples[0].variance / samples[0].n + samples[1].variance / samples[1].n);
  printf ("%s against %s: t = %+.2f, difference %+.1f ns%s\n", names[one], names[other], t,
          samples[0].mean - samples[1].mean, fabs (t) > THRESHOLD ? "  (a difference)" : "");
  print_sample (names[one], &samples[0]);
  print_sample (names[other], &samples[1]);
}

int
main (void)
{
  claw_secret_init ();
  Bench *bench = bench_new ();

  printf ("%u datagrams of strangers of each kind; %u secrets are good, as many are over\n", PROBES,
          SECRETS);
  measure (bench, UNKNOWN_KEY_ID, UNKNOWN_KEY_ID);
  measure (bench, UNKNOWN_KEY_ID, SPENT_KEY_ID);
  measure (bench, UNKNOWN_KEY_ID, WRONG_MAC);
  measure (bench, WRONG_MAC, WRONG_BODY);
  bench_free (bench);
  return 0;
}
