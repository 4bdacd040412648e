/* test-rotation-memory.c: keys of the past are gone from the whole memory of the process.
 *
 * The keys of an epoch are computed a second time from what the two sides have in the moment they
 * agree, and given to the scanner, which keeps them inverted; then it looks for them everywhere.
 * That it finds them while they are in use shows that it would.
 */
#include "claw-connection-private.h"
#include "claw-memory-scan.h"
#include "claw-rekey.h"
#include "pair.h"

#define EPOCHS 3

typedef struct
{
  ClawMemoryScan *scan;
  uint64_t epoch; /* whose keys the scanner knows */
} Watch;

static void
add (Watch *watch, const char *what, const ClawKey *key)
{
  g_autofree char *name = g_strdup_printf ("%s %u", what, (unsigned) watch->epoch);

  claw_memory_scan_add (watch->scan, name, key->bytes, CLAW_KEY_SIZE);
}

/* The server has answered, and the client, who began, does not have the answer yet. */
static void
on_event (Pair *pair, unsigned side, const ClawEndpointEvent *event)
{
  Watch *watch = pair->listener_data;
  const ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
  g_auto (ClawHandshakeKeys) keys = { 0 };
  g_auto (ClawIdentity) ephemeral = { 0 };
  g_auto (ClawKey) chain = { 0 };

  if (side != PAIR_SERVER || event->type != CLAW_ENDPOINT_REKEYED)
    return;
  g_assert_cmpint (client->rotation.state, ==, CLAW_ROTATION_BEGUN);
  watch->epoch = client->rotation.epoch + 1;
  claw_key_copy (&chain, &client->keys.chain);
  claw_identity_copy (&ephemeral, &client->rotation.ephemeral);
  add (watch, "ephemeral", &ephemeral.private_key);
  g_assert_true (claw_rekey_derive (&chain, &ephemeral, event->connection->rotation.own_key, TRUE,
                                    watch->epoch, &keys));
  add (watch, "chain", &keys.chain);
  add (watch, "send", &keys.send);
  add (watch, "receive", &keys.receive);
  add (watch, "resumption", &keys.resumption);
}

static GPtrArray *
scan (const Watch *watch)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *found = claw_memory_scan_run (watch->scan, 0, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < found->len; i++)
    g_test_message ("%s", (const char *) g_ptr_array_index (found, i));
  return found;
}

static unsigned
count (const GPtrArray *found, const char *what, unsigned epoch)
{
  g_autofree char *name = g_strdup_printf ("%s %u", what, epoch);

  return claw_memory_scan_count (found, name);
}

/* The sessions use epoch @epoch and have forgotten all those before. */
static void
assert_only (const Watch *watch, unsigned epoch)
{
  g_autoptr (GPtrArray) found = scan (watch);

  for (unsigned old = 1; old < epoch; old++)
    {
      g_assert_cmpuint (count (found, "chain", old), ==, 0);
      g_assert_cmpuint (count (found, "send", old), ==, 0);
      g_assert_cmpuint (count (found, "receive", old), ==, 0);
      g_assert_cmpuint (count (found, "resumption", old), ==, 0);
    }
  for (unsigned any = 1; any <= epoch; any++)
    g_assert_cmpuint (count (found, "ephemeral", any), ==, 0);
  /* Both sides have them, and nobody else has a copy. */
  g_assert_cmpuint (count (found, "chain", epoch), ==, 2);
  g_assert_cmpuint (count (found, "resumption", epoch), ==, 2);
  g_assert_cmpuint (count (found, "send", epoch), >=, 2);
  g_assert_cmpuint (count (found, "receive", epoch), >=, 2);
}

/* Some traffic under the keys, so that they pass through everything that uses them. */
static void
talk (Pair *pair)
{
  uint8_t data[20000] = { 0 };

  for (unsigned side = 0; side < 2; side++)
    pair_write (pair, side, data, sizeof data);
  pair_run (pair, 2 * G_USEC_PER_SEC);
}

/* After each rotation and its grace: chain, record keys (an expanded AES key begins with the key
 * itself) and resumption secret of the epochs before are nowhere. */
static void
test_old_keys (void)
{
  g_autoptr (Pair) pair = pair_new (1);
  g_autoptr (ClawMemoryScan) scanner = claw_memory_scan_new ();
  Watch watch = { .scan = scanner };

  pair_establish (pair);
  pair->listener = on_event;
  pair->listener_data = &watch;
  for (unsigned epoch = 1; epoch <= EPOCHS; epoch++)
    {
      claw_connection_rotate_keys (pair->sides[PAIR_CLIENT].connection);
      pair_run (pair, 500 * 1000);
      g_assert_cmpuint (watch.epoch, ==, epoch);
      if (epoch > 1)
        {
          /* Still in the grace: the old key to open with is there, and nothing else of it. */
          g_autoptr (GPtrArray) found = scan (&watch);

          g_assert_cmpuint (count (found, "send", epoch - 1), >=, 1);
          g_assert_cmpuint (count (found, "chain", epoch - 1), ==, 0);
        }
      talk (pair);
      assert_only (&watch, epoch);
    }
}

/* With the sessions the last keys go. */
static void
test_end (void)
{
  Pair *pair = pair_new (2);
  g_autoptr (ClawMemoryScan) scanner = claw_memory_scan_new ();
  Watch watch = { .scan = scanner };

  pair_establish (pair);
  pair->listener = on_event;
  pair->listener_data = &watch;
  claw_connection_rotate_keys (pair->sides[PAIR_CLIENT].connection);
  pair_run (pair, 200 * 1000);
  talk (pair);
  claw_connection_close (pair->sides[PAIR_CLIENT].connection, CLAW_CLOSE_CODE_BYE);
  pair_run (pair, G_USEC_PER_SEC);
  g_autoptr (GPtrArray) found = scan (&watch);
  g_assert_cmpuint (found->len, ==, 0);
  pair_free (pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rotation-memory/old-keys/gone", test_old_keys);
  g_test_add_func ("/rotation-memory/end/all-gone", test_end);
  return g_test_run ();
}
