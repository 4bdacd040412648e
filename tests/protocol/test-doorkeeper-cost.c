/* test-doorkeeper-cost.c: what a stranger's datagram costs, counted and not timed, whatever is
 * wrong with it: one keyed hash and no memory. tests/bench/bench-timing.c measures the time.
 *
 * The functions of libsodium and of the C library that are counted are taken over by this program,
 * which the linker finds first. With a sanitizer, which does that itself, memory is not counted.
 */
#include "claw-doorkeeper.h"
#include "claw-endpoint.h"

#include <dlfcn.h>
#include <sodium.h>
#include <string.h>

#define PROBES 64
#define SPENT 8 /* psks that were good once */

static unsigned n_hashes, n_allocations;

int
crypto_auth_hmacsha256_init (crypto_auth_hmacsha256_state *state,
                             const unsigned char *key,
                             size_t length)
{
  static int (*real) (crypto_auth_hmacsha256_state *, const unsigned char *, size_t);

  if (real == NULL)
    *(void **) &real = dlsym (RTLD_NEXT, "crypto_auth_hmacsha256_init");
  n_hashes++;
  return real (state, key, length);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *memory, size_t size);

void *
malloc (size_t size)
{
  n_allocations++;
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  n_allocations++;
  return __libc_calloc (n, size);
}

void *
realloc (void *memory, size_t size)
{
  n_allocations++;
  return __libc_realloc (memory, size);
}
#define COUNTS_MEMORY 1
#else
#define COUNTS_MEMORY 0
#endif

typedef struct
{
  ClawIdentity server, client;
  ClawKey good, used, spent[SPENT], unknown;
  ClawEndpoint *endpoint;
} Fixture;

typedef enum
{
  UNKNOWN_KEY_ID, /* never was one */
  SPENT_KEY_ID,   /* of a file that is over, right in every other way */
  WRONG_MAC,      /* under a key id that is good */
  WRONG_BODY,     /* what is behind the mac was changed */
  NO_RECORD,      /* a record of no session */
  KINDS,
} Kind;

static void
accept (Fixture *fixture, uint64_t id, const ClawKey *psk)
{
  ClawPskEntry entry = { .id = id, .kind = CLAW_PSK_ONCE, .psk = psk };

  claw_endpoint_accept (fixture->endpoint, &entry);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  claw_identity_generate (&fixture->server);
  claw_identity_generate (&fixture->client);
  ClawEndpointConfig config = { .identity = &fixture->server, .jitter_seed = 1 };
  fixture->endpoint = claw_endpoint_new (&config);
  claw_key_generate (&fixture->good);
  claw_key_generate (&fixture->unknown);
  accept (fixture, 1, &fixture->good);
  for (unsigned i = 0; i < SPENT; i++)
    {
      claw_key_generate (&fixture->spent[i]);
      accept (fixture, 2 + i, &fixture->spent[i]);
    }
  for (unsigned i = 0; i < SPENT; i++)
    claw_endpoint_refuse (fixture->endpoint, 2 + i);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_endpoint_free (fixture->endpoint);
  claw_identity_clear (&fixture->server);
  claw_identity_clear (&fixture->client);
  claw_key_clear (&fixture->good);
  claw_key_clear (&fixture->unknown);
  for (unsigned i = 0; i < SPENT; i++)
    claw_key_clear (&fixture->spent[i]);
}

static void
make_probe (Fixture *fixture,
            Kind kind,
            unsigned number,
            uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE])
{
  const ClawKey *psk = &fixture->good;

  if (kind == UNKNOWN_KEY_ID)
    psk = &fixture->unknown;
  if (kind == SPENT_KEY_ID)
    psk = &fixture->spent[number % SPENT];
  claw_initiation_free (claw_initiation_new (&fixture->client, fixture->server.public_key, psk,
                                             number, number + 1, "", 0, datagram));
  if (kind == WRONG_MAC)
    datagram[1 + CLAW_HANDSHAKE_KEY_ID_SIZE] ^= 1;
  if (kind == WRONG_BODY)
    datagram[CLAW_HANDSHAKE_INITIATION_SIZE - 1] ^= 1;
  if (kind == NO_RECORD)
    datagram[0] = 0x40;
}

/* Each kind costs the same, and none leaves anything to do. */
static void
test_strangers (Fixture *fixture, gconstpointer data)
{
  ClawRoute from = { .peer = { .family = CLAW_ADDRESS_IPV4, .ip = { 192, 0, 2, 1 }, .port = 9 } };
  ClawEndpointStats stats;

  for (unsigned kind = 0; kind < KINDS; kind++)
    for (unsigned i = 0; i < PROBES; i++)
      {
        uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];

        make_probe (fixture, kind, i, datagram);
        unsigned hashes = n_hashes, allocations = n_allocations;
        claw_endpoint_receive (fixture->endpoint, &from, datagram, sizeof datagram, 1000);
        hashes = n_hashes - hashes;
        allocations = n_allocations - allocations;
        g_assert_cmpuint (hashes, ==, kind == NO_RECORD ? 0 : 1);
        g_assert_cmpuint (allocations, ==, 0);
      }
  claw_endpoint_get_stats (fixture->endpoint, &stats);
  g_assert_cmpuint (stats.strangers, ==, KINDS * PROBES);
  g_assert_cmpuint (stats.near_misses, ==, 0);
  g_assert_cmpint (claw_endpoint_get_deadline (fixture->endpoint), ==, G_MAXINT64);
}

/* The counters count: what the owner of a psk sends is kept, and needs more hashes. */
static void
test_counters (Fixture *fixture, gconstpointer data)
{
  ClawRoute from = { .peer = { .family = CLAW_ADDRESS_IPV4, .ip = { 192, 0, 2, 1 }, .port = 9 } };
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];
  unsigned hashes, allocations;

  make_probe (fixture, KINDS, 0, datagram);
  hashes = n_hashes;
  allocations = n_allocations;
  claw_endpoint_receive (fixture->endpoint, &from, datagram, sizeof datagram, 1000);
  claw_endpoint_wake (fixture->endpoint, 1000);
  g_assert_cmpuint (n_hashes - hashes, >, 1);
  if (COUNTS_MEMORY)
    g_assert_cmpuint (n_allocations, >, allocations);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/doorkeeper-cost/strangers/same", Fixture, NULL, set_up, test_strangers, tear_down);
  g_test_add ("/doorkeeper-cost/counters/count", Fixture, NULL, set_up, test_counters, tear_down);
  return g_test_run ();
}
