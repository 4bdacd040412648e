/* test-mtu.c: path MTU discovery, as a machine by itself and between two endpoints. */
#include "claw-connection-private.h"
#include "claw-mtu.h"
#include "pair.h"

#include <string.h>

#define WAIT_US 100000

/* The machine. */

typedef struct
{
  ClawMtu mtu;
  gint64 now_us;
  uint64_t number;
  unsigned n_probes;
} Machine;

static void
machine_init (Machine *machine)
{
  *machine = (Machine){ .now_us = G_USEC_PER_SEC };
  claw_mtu_init (&machine->mtu);
}

static void
acknowledge (Machine *machine, uint64_t number)
{
  ClawFrameAck ack = { .n_ranges = 1, .ranges = { { number, number + 1 } } };

  claw_mtu_on_ack (&machine->mtu, &ack, machine->now_us);
}

/* Sends a full record and all probes that follow, over a path that carries up to @path_size. */
static void
use (Machine *machine, size_t path_size)
{
  ClawMtu *mtu = &machine->mtu;
  size_t size = claw_mtu_get_size (mtu);

  claw_mtu_on_full (mtu, machine->now_us);
  machine->now_us++;
  if (size <= path_size)
    claw_mtu_on_acknowledged (mtu, size);
  else
    claw_mtu_on_lost (mtu, size, machine->now_us - 1, machine->now_us);
  while ((size = claw_mtu_get_probe (mtu)) > 0)
    {
      machine->n_probes++;
      claw_mtu_on_probe_sent (mtu, ++machine->number, WAIT_US, machine->now_us);
      g_assert_cmpuint (claw_mtu_get_probe (mtu), ==, 0);
      machine->now_us += WAIT_US;
      g_assert_cmpint (claw_mtu_get_deadline (mtu), ==, machine->now_us);
      if (size <= path_size)
        acknowledge (machine, machine->number);
      claw_mtu_wake (mtu, machine->now_us);
    }
  g_assert_cmpint (claw_mtu_get_deadline (mtu), ==, G_MAXINT64);
}

/* What is found on each kind of path, and with how many probes. */
static void
test_sizes (void)
{
  static const struct
  {
    size_t path_size;
    size_t size;
    unsigned n_probes;
    ClawMtuState state;
  } table[] = {
    { 1452, 1452, 5, CLAW_MTU_SEARCH_COMPLETE }, { 9000, 1452, 5, CLAW_MTU_SEARCH_COMPLETE },
    { 1451, 1444, 7, CLAW_MTU_SEARCH_COMPLETE }, { 1444, 1444, 7, CLAW_MTU_SEARCH_COMPLETE },
    { 1406, 1406, 6, CLAW_MTU_SEARCH_COMPLETE }, { 1342, 1342, 5, CLAW_MTU_SEARCH_COMPLETE },
    { 1300, 1232, 4, CLAW_MTU_SEARCH_COMPLETE }, { 1231, 1200, 3, CLAW_MTU_SEARCH_COMPLETE },
    { 1200, 1200, 3, CLAW_MTU_SEARCH_COMPLETE }, { 1199, 1000, 0, CLAW_MTU_ERROR },
    { 1000, 1000, 0, CLAW_MTU_ERROR },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      Machine machine;

      machine_init (&machine);
      for (unsigned j = 0; j < 10; j++)
        use (&machine, table[i].path_size);
      g_test_message ("path of %u", (unsigned) table[i].path_size);
      g_assert_cmpuint (claw_mtu_get_size (&machine.mtu), ==, table[i].size);
      g_assert_cmpuint (machine.n_probes, ==, table[i].n_probes);
      g_assert_cmpint (machine.mtu.state, ==, table[i].state);
    }
}

/* Nothing larger is tried before 1200 bytes are known to arrive. */
static void
test_base_first (void)
{
  Machine machine;

  machine_init (&machine);
  claw_mtu_on_full (&machine.mtu, 1);
  g_assert_cmpuint (claw_mtu_get_probe (&machine.mtu), ==, 0);
  claw_mtu_on_acknowledged (&machine.mtu, 1053);
  claw_mtu_on_full (&machine.mtu, 2);
  g_assert_cmpuint (claw_mtu_get_probe (&machine.mtu), ==, 0);
  claw_mtu_on_acknowledged (&machine.mtu, 1200);
  g_assert_cmpuint (claw_mtu_get_probe (&machine.mtu), ==, 0);
  claw_mtu_on_full (&machine.mtu, 3);
  g_assert_cmpuint (claw_mtu_get_probe (&machine.mtu), ==, 1232);
}

/* Ten minutes after a search that ended below the top another one is made, but only for somebody
 * who fills records. */
static void
test_raise (void)
{
  Machine machine;

  machine_init (&machine);
  for (unsigned i = 0; i < 3; i++)
    use (&machine, 1406);
  unsigned before = machine.n_probes;
  machine.now_us += CLAW_MTU_RAISE_US - 1000 * 1000;
  use (&machine, 1452);
  g_assert_cmpuint (machine.n_probes, ==, before);

  machine.now_us += CLAW_MTU_RAISE_US;
  claw_mtu_wake (&machine.mtu, machine.now_us);
  g_assert_cmpuint (claw_mtu_get_probe (&machine.mtu), ==, 0);
  use (&machine, 1452);
  g_assert_cmpuint (claw_mtu_get_size (&machine.mtu), ==, 1452);
  g_assert_cmpuint (machine.n_probes, ==, before + 2);

  /* At the top there is nothing left to look for. */
  machine.now_us += 2 * CLAW_MTU_RAISE_US;
  use (&machine, 1452);
  g_assert_cmpuint (machine.n_probes, ==, before + 2);
}

/* When only smaller records arrive it goes back, to 1200 or beyond that to 1000, and looks again
 * after a minute. */
static void
test_black_hole (void)
{
  static const struct
  {
    size_t hole; /* what is still carried */
    size_t size; /* soon */
    size_t later;
  } table[] = { { 1300, 1200, 1232 }, { 1200, 1200, 1200 }, { 1100, 1000, 1000 } };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      Machine machine;

      machine_init (&machine);
      for (unsigned j = 0; j < 3; j++)
        use (&machine, 1452);
      for (unsigned j = 0; j < 2 * CLAW_MTU_BLACK_HOLE_FLIGHTS; j++)
        use (&machine, table[i].hole);
      g_assert_cmpuint (claw_mtu_get_size (&machine.mtu), ==, table[i].size);
      unsigned before = machine.n_probes;
      machine.now_us += CLAW_MTU_BLACK_HOLE_US;
      use (&machine, table[i].hole);
      g_assert_cmpuint (claw_mtu_get_size (&machine.mtu), ==, table[i].later);
      g_assert_cmpuint (machine.n_probes, >=, before + CLAW_MTU_PROBES_MAX);

      /* And when the path is good again, so is the size. */
      machine.now_us += CLAW_MTU_RAISE_US;
      use (&machine, 1452);
      use (&machine, 1452);
      g_assert_cmpuint (claw_mtu_get_size (&machine.mtu), ==, 1452);
    }
}

/* A full queue, one after another, with records that arrive in between, is congestion and no hole;
 * nor are losses of one flight that are noticed one by one. */
static void
test_congestion (void)
{
  Machine machine;
  ClawMtu *mtu = &machine.mtu;

  machine_init (&machine);
  for (unsigned i = 0; i < 3; i++)
    use (&machine, 1452);
  for (unsigned i = 0; i < 100; i++)
    {
      gint64 sent_at_us = machine.now_us;

      machine.now_us += 1000;
      for (unsigned j = 0; j < 50; j++)
        claw_mtu_on_lost (mtu, 1452, sent_at_us, machine.now_us + j);
      if (i % 2 == 1)
        claw_mtu_on_acknowledged (mtu, 1452);
    }
  g_assert_cmpuint (claw_mtu_get_size (mtu), ==, 1452);
}

/* Records that are small anyway tell nothing about large ones. */
static void
test_small_losses (void)
{
  Machine machine;

  machine_init (&machine);
  for (unsigned i = 0; i < 3; i++)
    use (&machine, 1452);
  for (unsigned i = 0; i < 100; i++)
    {
      machine.now_us += 1000;
      claw_mtu_on_lost (&machine.mtu, 1200, machine.now_us - 1, machine.now_us);
    }
  g_assert_cmpuint (claw_mtu_get_size (&machine.mtu), ==, 1452);

  claw_mtu_init (&machine.mtu);
  for (unsigned i = 0; i < 100; i++)
    {
      machine.now_us += 1000;
      claw_mtu_on_lost (&machine.mtu, 1000, machine.now_us - 1, machine.now_us);
    }
  g_assert_cmpuint (claw_mtu_get_size (&machine.mtu), ==, 1200);
}

/* Between two endpoints. */

typedef struct
{
  size_t path_size;  /* what is larger gets lost */
  unsigned n_probes; /* datagrams larger than the sender's size in use */
  gboolean lose_probes;
} Path;

static gboolean
filter (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  Path *path = pair->filter_data;
  const ClawConnection *connection = pair->sides[side].connection;
  gboolean is_probe = connection != NULL && length > claw_mtu_get_size (&connection->mtu);

  path->n_probes += is_probe;
  return length <= path->path_size && !(is_probe && path->lose_probes);
}

static Pair *
pair_new_on (Path *path)
{
  Pair *pair = pair_new (1);

  pair->filter = filter;
  pair->filter_data = path;
  pair_establish (pair);
  return pair;
}

static size_t
get_size (Pair *pair)
{
  ClawConnectionStats stats;

  claw_connection_get_stats (pair->sides[PAIR_CLIENT].connection, &stats);
  return stats.datagram_size;
}

/* Lets the client write @length bytes, which arrive unchanged within @limit_us. */
static void
transfer (Pair *pair, size_t length, gint64 limit_us)
{
  PairSide *server = &pair->sides[PAIR_SERVER];
  g_autofree uint8_t *data = g_malloc (length);

  for (size_t i = 0; i < length; i++)
    data[i] = (uint8_t) (i * 7 + i / 251);
  g_byte_array_set_size (server->received, 0);
  pair_write (pair, PAIR_CLIENT, data, length);
  gint64 end_us = pair->now_us + limit_us;
  while (server->received->len < length && pair->now_us < end_us)
    pair_run (pair, 10 * 1000);
  g_assert_cmpmem (server->received->data, server->received->len, data, length);
}

/* On an Ethernet path the largest size is found soon, and used. */
static void
test_finds_1452 (void)
{
  Path path = { .path_size = 1452 };
  g_autoptr (Pair) pair = pair_new_on (&path);

  transfer (pair, 200 * 1000, 2 * G_USEC_PER_SEC);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (get_size (pair), ==, 1452);
  g_assert_cmpuint (path.n_probes, ==, 5);
  pair->sides[PAIR_CLIENT].largest_sent = 0;
  transfer (pair, 100 * 1000, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].largest_sent, ==, 1452);
  g_assert_cmpuint (path.n_probes, ==, 5);
}

/* Lines of chat fill no record, so nothing is probed; nor does a session that is silent. */
static void
test_idle (void)
{
  Path path = { .path_size = 1452 };
  g_autoptr (Pair) pair = pair_new_on (&path);

  for (unsigned i = 0; i < 100; i++)
    transfer (pair, 200, G_USEC_PER_SEC);
  pair_run (pair, 3600 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpuint (path.n_probes, ==, 0);

  /* Once found, the size is not asked for again, whatever time goes by. */
  transfer (pair, 200 * 1000, 2 * G_USEC_PER_SEC);
  pair_run (pair, 3600 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpuint (path.n_probes, ==, 5);
}

/* The path carries less all of a sudden: everything in flight is cut anew and arrives in time. */
static void
test_hole_mid_session (gconstpointer data)
{
  size_t hole = GPOINTER_TO_SIZE (data);
  Path path = { .path_size = 1452 };
  g_autoptr (Pair) pair = pair_new_on (&path);

  transfer (pair, 500 * 1000, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (get_size (pair), ==, 1452);
  g_autofree uint8_t *more = g_malloc0 (1000 * 1000);
  pair_write (pair, PAIR_CLIENT, more, 1000 * 1000);
  pair_run (pair, 30 * 1000);
  path.path_size = hole;
  gint64 fell_at_us = pair->now_us;
  while (get_size (pair) > hole && pair->now_us < fell_at_us + 10 * G_USEC_PER_SEC)
    pair_run (pair, 10 * 1000);
  g_test_message ("after %.2f s datagrams have %u bytes",
                  (double) (pair->now_us - fell_at_us) / G_USEC_PER_SEC,
                  (unsigned) get_size (pair));
  pair_run (pair, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 1500 * 1000);
  g_assert_cmpuint (get_size (pair), ==, hole < 1200 ? 1000 : 1200);
  transfer (pair, 300 * 1000, 10 * G_USEC_PER_SEC);

  /* The path mends, and after a while so does the size. */
  path.path_size = 1452;
  pair_run (pair, CLAW_MTU_BLACK_HOLE_US);
  for (unsigned i = 0; i < 6; i++)
    transfer (pair, 300 * 1000, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (get_size (pair), ==, 1452);
}

/* A path that never carried 1200 bytes carries chat all the same. */
static void
test_narrow (void)
{
  Path path = { .path_size = 1010 };
  g_autoptr (Pair) pair = pair_new_on (&path);

  transfer (pair, 100 * 1000, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (get_size (pair), ==, 1000);
}

/* A total outage tells nothing about sizes. */
static void
test_outage (void)
{
  Path path = { .path_size = 1452 };
  g_autoptr (Pair) pair = pair_new_on (&path);
  g_autofree uint8_t *more = g_malloc0 (200 * 1000);

  transfer (pair, 500 * 1000, 5 * G_USEC_PER_SEC);
  pair_write (pair, PAIR_CLIENT, more, 200 * 1000);
  pair->loss = 1;
  pair_run (pair, 10 * G_USEC_PER_SEC);
  pair->loss = 0;
  pair_run (pair, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 700 * 1000);
  g_assert_cmpuint (get_size (pair), ==, 1452);
}

/* Lost probes are no loss: the window and the counts stay what they were. */
static void
test_lost_probes (void)
{
  Path path = { .path_size = 1452, .lose_probes = TRUE };
  g_autoptr (Pair) pair = pair_new_on (&path);
  const ClawRecovery *recovery = &pair->sides[PAIR_CLIENT].connection->recovery;
  uint64_t least = G_MAXUINT64;

  g_autofree uint8_t *data = g_malloc0 (200 * 1000);
  pair_write (pair, PAIR_CLIENT, data, 200 * 1000);
  for (unsigned i = 0; i < 300; i++)
    {
      pair_run (pair, 10 * 1000);
      least = MIN (least, recovery->congestion.window);
    }
  g_assert_cmpuint (path.n_probes, ==, CLAW_MTU_PROBES_MAX);
  g_assert_cmpuint (get_size (pair), ==, 1200);
  g_assert_cmpuint (recovery->n_lost, ==, 0);
  g_assert_cmpuint (recovery->backoff, ==, 0);
  g_assert_cmpuint (recovery->congestion.in_flight, ==, 0);
  g_assert_cmpuint (least, >=, CLAW_CONGESTION_INITIAL_DATAGRAMS * CLAW_CONNECTION_DATAGRAM_SIZE);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].received->len, ==, 200 * 1000);
}

/* The congestion window is counted in datagrams as large as they are. */
static void
test_congestion_is_told (void)
{
  Path path = { .path_size = 1452 };
  g_autoptr (Pair) pair = pair_new_on (&path);

  transfer (pair, 500 * 1000, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].connection->recovery.congestion.datagram_size, ==,
                    1452);
}

/* Another host is another path, where nothing is known; another port of it is the same one. */
static void
test_path_change (void)
{
  static const char *const addresses[] = { "192.0.2.1:40001", "192.0.2.9:40001" };

  for (unsigned i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      Path path = { .path_size = 1452 };
      g_autoptr (Pair) pair = pair_new_on (&path);
      g_autofree uint8_t *data = g_malloc0 (500 * 1000);
      const ClawMtu *mtu = &pair->sides[PAIR_SERVER].connection->mtu;

      pair_write (pair, PAIR_SERVER, data, 500 * 1000);
      pair_run (pair, 2 * G_USEC_PER_SEC);
      g_assert_cmpuint (claw_mtu_get_size (mtu), ==, 1452);
      g_assert_true (claw_address_parse (addresses[i], &pair->sides[PAIR_CLIENT].address));
      pair_write (pair, PAIR_CLIENT, "moved", 5);
      pair_run (pair, G_USEC_PER_SEC);
      g_assert_true (claw_address_equal (
          claw_connection_get_peer_address (pair->sides[PAIR_SERVER].connection),
          &pair->sides[PAIR_CLIENT].address));
      g_assert_cmpuint (claw_mtu_get_size (mtu), ==, i == 0 ? 1452 : 1200);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mtu/machine/sizes", test_sizes);
  g_test_add_func ("/mtu/machine/base-first", test_base_first);
  g_test_add_func ("/mtu/machine/raise", test_raise);
  g_test_add_func ("/mtu/machine/black-hole", test_black_hole);
  g_test_add_func ("/mtu/machine/congestion", test_congestion);
  g_test_add_func ("/mtu/machine/small-losses", test_small_losses);
  g_test_add_func ("/mtu/session/finds-1452", test_finds_1452);
  g_test_add_func ("/mtu/session/idle", test_idle);
  g_test_add_data_func ("/mtu/session/hole-of-1300", GSIZE_TO_POINTER (1300),
                        test_hole_mid_session);
  g_test_add_data_func ("/mtu/session/hole-of-1100", GSIZE_TO_POINTER (1100),
                        test_hole_mid_session);
  g_test_add_func ("/mtu/session/narrow", test_narrow);
  g_test_add_func ("/mtu/session/outage", test_outage);
  g_test_add_func ("/mtu/session/lost-probes", test_lost_probes);
  g_test_add_func ("/mtu/session/congestion-is-told", test_congestion_is_told);
  g_test_add_func ("/mtu/session/path-change", test_path_change);
  return g_test_run ();
}
