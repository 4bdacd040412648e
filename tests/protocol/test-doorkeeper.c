/* test-doorkeeper.c: whom the responder lets in. */
#include "claw-doorkeeper.h"

#include <string.h>

typedef struct
{
  ClawIdentity server;
  ClawIdentity clients[CLAW_DOORKEEPER_CLIENTS_MAX + 1];
  ClawKey psk;
  ClawDoorkeeper *doorkeeper;
  GString *dropped; /* names of the owners */
  gint64 now_us;
} Fixture;

#define PER_SECOND 100
#define BURST 5 /* a twentieth of it */

static void
note_dropped (gpointer owner, gpointer user_data)
{
  g_string_append (((Fixture *) user_data)->dropped, owner);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  claw_identity_generate (&fixture->server);
  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->clients); i++)
    claw_identity_generate (&fixture->clients[i]);
  claw_key_generate (&fixture->psk);
  fixture->dropped = g_string_new (NULL);
  fixture->doorkeeper = claw_doorkeeper_new (&fixture->server, PER_SECOND, note_dropped, fixture);
  fixture->now_us = G_USEC_PER_SEC;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_doorkeeper_free (fixture->doorkeeper);
  claw_identity_clear (&fixture->server);
  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->clients); i++)
    claw_identity_clear (&fixture->clients[i]);
  claw_key_clear (&fixture->psk);
  g_string_free (fixture->dropped, TRUE);
}

static void
accept (Fixture *fixture, uint64_t id, ClawPskKind kind, const ClawKey *psk)
{
  ClawPskEntry entry = { .id = id,
                         .kind = kind,
                         .psk = psk,
                         .client_key = kind == CLAW_PSK_PAIRING ? fixture->clients[0].public_key
                                                                : NULL };

  claw_doorkeeper_accept (fixture->doorkeeper, &entry);
}

static void
make_initiation (Fixture *fixture,
                 unsigned client,
                 const ClawKey *psk,
                 uint64_t timestamp_us,
                 uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE])
{
  g_autoptr (ClawInitiation) initiation = claw_initiation_new (&fixture->clients[client],
                                                               fixture->server.public_key, psk, 55,
                                                               timestamp_us, "", 0, datagram);

  g_assert_nonnull (initiation);
}

/* Both steps, the second one a second after the first. */
static ClawDoorkeeperVerdict
knock (Fixture *fixture, unsigned client, const ClawKey *psk, uint64_t timestamp_us)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];
  ClawDoorkeeperGuest guest;

  make_initiation (fixture, client, psk, timestamp_us, datagram);
  ClawDoorkeeperVerdict verdict = claw_doorkeeper_check (fixture->doorkeeper, datagram,
                                                         sizeof datagram, fixture->now_us, &guest);
  fixture->now_us += G_USEC_PER_SEC;
  if (verdict == CLAW_DOORKEEPER_KNOWN)
    verdict = claw_doorkeeper_read (fixture->doorkeeper, datagram, sizeof datagram, &guest);
  if (verdict == CLAW_DOORKEEPER_WELCOME)
    {
      g_assert_cmpmem (claw_answer_get_initiator (guest.answer), CLAW_PUBLIC_KEY_SIZE,
                       fixture->clients[client].public_key, CLAW_PUBLIC_KEY_SIZE);
      g_assert_cmpuint (guest.peer_index, ==, 55);
    }
  else
    g_assert_null (guest.answer);
  g_assert_cmpint (verdict == CLAW_DOORKEEPER_NEAR_MISS, ==, guest.reason != NULL);
  claw_answer_free (guest.answer);
  return verdict;
}

static void
add_pending (Fixture *fixture, unsigned client, const char *owner)
{
  claw_doorkeeper_add_pending (fixture->doorkeeper, 1, fixture->clients[client].public_key,
                               (gpointer) owner);
}

/* Timestamps must grow for each client key by itself. */
static void
test_timestamps (Fixture *fixture, gconstpointer data)
{
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 100), ==, CLAW_DOORKEEPER_WELCOME);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 100), ==, CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 99), ==, CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpint (knock (fixture, 1, &fixture->psk, 50), ==, CLAW_DOORKEEPER_WELCOME);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 101), ==, CLAW_DOORKEEPER_WELCOME);
  g_assert_cmpuint (claw_doorkeeper_get_greatest_timestamp_us (fixture->doorkeeper, 1), ==, 101);
  g_assert_cmpuint (claw_doorkeeper_get_greatest_timestamp_us (fixture->doorkeeper, 2), ==, 0);
}

/* What is kept of timestamps has a bound: the greatest is let in, one more is not, and changes
 * nothing for the client. */
static void
test_timestamp_limit (Fixture *fixture, gconstpointer data)
{
  static const uint64_t too_late[] = { CLAW_HANDSHAKE_TIMESTAMP_MAX_US + 1, G_MAXUINT64 };
  const uint64_t max_us = CLAW_HANDSHAKE_TIMESTAMP_MAX_US;

  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  for (unsigned i = 0; i < G_N_ELEMENTS (too_late); i++)
    g_assert_cmpint (knock (fixture, 0, &fixture->psk, too_late[i]), ==, CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 100), ==, CLAW_DOORKEEPER_WELCOME);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, G_MAXUINT64), ==, CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpuint (claw_doorkeeper_get_greatest_timestamp_us (fixture->doorkeeper, 1), ==, 100);
  g_assert_cmpint (knock (fixture, 1, &fixture->psk, max_us), ==, CLAW_DOORKEEPER_WELCOME);
  g_assert_cmpuint (claw_doorkeeper_get_greatest_timestamp_us (fixture->doorkeeper, 1), ==, max_us);
}

/* A psk that nobody gave out is a stranger's; so is one that was taken back. */
static void
test_unknown (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 1), ==, CLAW_DOORKEEPER_STRANGER);
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 2), ==, CLAW_DOORKEEPER_WELCOME);
  add_pending (fixture, 0, "a");
  claw_doorkeeper_refuse (fixture->doorkeeper, 1);
  g_assert_cmpstr (fixture->dropped->str, ==, "a");
  claw_doorkeeper_refuse (fixture->doorkeeper, 1);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 3), ==, CLAW_DOORKEEPER_STRANGER);
}

/* PAIRING knows one client, and keeps its timestamp when the entry is given again. */
static void
test_pairing (Fixture *fixture, gconstpointer data)
{
  accept (fixture, 1, CLAW_PSK_PAIRING, &fixture->psk);
  g_assert_cmpint (knock (fixture, 1, &fixture->psk, 100), ==, CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 100), ==, CLAW_DOORKEEPER_WELCOME);
  add_pending (fixture, 0, "a");
  accept (fixture, 1, CLAW_PSK_PAIRING, &fixture->psk);
  g_assert_cmpstr (fixture->dropped->str, ==, "");
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 100), ==, CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 101), ==, CLAW_DOORKEEPER_WELCOME);
  claw_doorkeeper_confirm (fixture->doorkeeper, 1, (gpointer) "a");
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 102), ==, CLAW_DOORKEEPER_WELCOME);
}

/* Another psk under the same id takes the place of the first. */
static void
test_replace (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) other = { 0 };

  claw_key_generate (&other);
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  knock (fixture, 0, &fixture->psk, 1);
  add_pending (fixture, 0, "a");
  accept (fixture, 1, CLAW_PSK_ONCE, &other);
  g_assert_cmpstr (fixture->dropped->str, ==, "a");
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 2), ==, CLAW_DOORKEEPER_STRANGER);
  g_assert_cmpint (knock (fixture, 0, &other, 3), ==, CLAW_DOORKEEPER_WELCOME);
}

/* ONCE is used up by the first that proves itself; all others of it die. */
static void
test_once (Fixture *fixture, gconstpointer data)
{
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  add_pending (fixture, 0, "a");
  add_pending (fixture, 1, "b");
  add_pending (fixture, 0, "c");
  claw_doorkeeper_confirm (fixture->doorkeeper, 1, (gpointer) "b");
  g_assert_cmpstr (fixture->dropped->str, ==, "ca");
  g_assert_cmpint (knock (fixture, 1, &fixture->psk, 9), ==, CLAW_DOORKEEPER_NEAR_MISS);
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  g_assert_cmpint (knock (fixture, 1, &fixture->psk, 10), ==, CLAW_DOORKEEPER_NEAR_MISS);
}

/* One that proves itself ends the others of its client, whatever secret they came with, and nobody
 * else's. */
static void
test_other_psk (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) other = { 0 };

  claw_key_generate (&other);
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  accept (fixture, 2, CLAW_PSK_PAIRING, &other);
  add_pending (fixture, 0, "a");
  add_pending (fixture, 1, "b");
  claw_doorkeeper_add_pending (fixture->doorkeeper, 2, fixture->clients[0].public_key,
                               (gpointer) "c");
  claw_doorkeeper_confirm (fixture->doorkeeper, 2, (gpointer) "c");
  g_assert_cmpstr (fixture->dropped->str, ==, "a");
  claw_doorkeeper_confirm (fixture->doorkeeper, 1, (gpointer) "b");
  g_assert_cmpstr (fixture->dropped->str, ==, "a");
}

/* The timestamps of those who only tried a file are not the one's who used it up. */
static void
test_timestamp_of_user (Fixture *fixture, gconstpointer data)
{
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, CLAW_HANDSHAKE_TIMESTAMP_MAX_US), ==,
                   CLAW_DOORKEEPER_WELCOME);
  g_assert_cmpint (knock (fixture, 1, &fixture->psk, 70), ==, CLAW_DOORKEEPER_WELCOME);
  g_assert_cmpint (knock (fixture, 2, &fixture->psk, 90), ==, CLAW_DOORKEEPER_WELCOME);
  add_pending (fixture, 1, "a");
  claw_doorkeeper_confirm (fixture->doorkeeper, 1, (gpointer) "a");
  g_assert_cmpuint (claw_doorkeeper_get_greatest_timestamp_us (fixture->doorkeeper, 1), ==, 70);
}

/* One client has four unconfirmed sessions at most, the oldest goes; those that died by themselves
 * do not count. */
static void
test_pending_of_client (Fixture *fixture, gconstpointer data)
{
  accept (fixture, 1, CLAW_PSK_PAIRING, &fixture->psk);
  add_pending (fixture, 0, "a");
  add_pending (fixture, 0, "b");
  add_pending (fixture, 0, "c");
  add_pending (fixture, 0, "d");
  claw_doorkeeper_remove_pending (fixture->doorkeeper, 1, (gpointer) "a");
  add_pending (fixture, 0, "e");
  g_assert_cmpstr (fixture->dropped->str, ==, "");
  add_pending (fixture, 0, "f");
  g_assert_cmpstr (fixture->dropped->str, ==, "b");
  claw_doorkeeper_confirm (fixture->doorkeeper, 1, (gpointer) "d");
  g_assert_cmpstr (fixture->dropped->str, ==, "bfec");
}

/* A full psk refuses new clients, but not one that only knocks again. */
static void
test_pending_of_psk (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == CLAW_ENDPOINT_PENDING_MAX);
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  for (unsigned i = 0; i < CLAW_ENDPOINT_PENDING_MAX; i++)
    {
      g_assert_cmpint (knock (fixture, i, &fixture->psk, 1), ==, CLAW_DOORKEEPER_WELCOME);
      add_pending (fixture, i, names[i]);
    }
  g_assert_cmpint (knock (fixture, CLAW_ENDPOINT_PENDING_MAX, &fixture->psk, 1), ==,
                   CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpint (knock (fixture, 3, &fixture->psk, 2), ==, CLAW_DOORKEEPER_WELCOME);
  add_pending (fixture, 3, "i");
  g_assert_cmpstr (fixture->dropped->str, ==, "d");
}

/* One client key more than are remembered is refused. */
static void
test_clients (Fixture *fixture, gconstpointer data)
{
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  for (unsigned i = 0; i < CLAW_DOORKEEPER_CLIENTS_MAX; i++)
    g_assert_cmpint (knock (fixture, i, &fixture->psk, 1), ==, CLAW_DOORKEEPER_WELCOME);
  g_assert_cmpint (knock (fixture, CLAW_DOORKEEPER_CLIENTS_MAX, &fixture->psk, 1), ==,
                   CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpint (knock (fixture, 0, &fixture->psk, 2), ==, CLAW_DOORKEEPER_WELCOME);
}

static ClawDoorkeeperVerdict
check_fresh (Fixture *fixture, const ClawKey *psk, uint64_t timestamp_us, const char **reason)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];
  ClawDoorkeeperGuest guest;

  make_initiation (fixture, 0, psk, timestamp_us, datagram);
  ClawDoorkeeperVerdict verdict = claw_doorkeeper_check (fixture->doorkeeper, datagram,
                                                         sizeof datagram, fixture->now_us, &guest);
  *reason = guest.reason;
  return verdict;
}

/* One psk is worth so much public-key work a second, and what is too much does not touch the share
 * of another one. */
static void
test_rate_of_psk (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) other = { 0 };
  const char *reason;
  uint64_t n = 0;

  claw_key_generate (&other);
  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  accept (fixture, 2, CLAW_PSK_ONCE, &other);
  while (check_fresh (fixture, &fixture->psk, n + 1, &reason) == CLAW_DOORKEEPER_KNOWN)
    {
      n++;
      fixture->now_us += G_USEC_PER_SEC / PER_SECOND;
    }
  /* And what became due again while the burst was used up. */
  g_assert_cmpuint (n, >=, CLAW_DOORKEEPER_PSK_BURST);
  g_assert_cmpuint (n, <=, CLAW_DOORKEEPER_PSK_BURST + 2);
  g_assert_cmpstr (reason, ==, "too many handshakes with the same secret");
  for (unsigned i = 0; i < 1000; i++)
    g_assert_cmpint (check_fresh (fixture, &fixture->psk, 1000 + i, &reason), ==,
                     CLAW_DOORKEEPER_NEAR_MISS);
  g_assert_cmpint (check_fresh (fixture, &other, 1, &reason), ==, CLAW_DOORKEEPER_KNOWN);
  fixture->now_us += G_USEC_PER_SEC;
  for (unsigned i = 0; i < CLAW_DOORKEEPER_PSK_PER_SECOND; i++)
    g_assert_cmpint (check_fresh (fixture, &fixture->psk, 3000 + i, &reason), ==,
                     CLAW_DOORKEEPER_KNOWN);
}

/* All psks together are worth so much. */
static void
test_rate_of_all (Fixture *fixture, gconstpointer data)
{
  const char *reason;

  for (unsigned i = 0; i < BURST + 1; i++)
    {
      g_auto (ClawKey) psk = { 0 };

      claw_key_generate (&psk);
      accept (fixture, i + 1, CLAW_PSK_ONCE, &psk);
      g_assert_cmpint (check_fresh (fixture, &psk, 1, &reason), ==,
                       i < BURST ? CLAW_DOORKEEPER_KNOWN : CLAW_DOORKEEPER_NEAR_MISS);
      if (i < BURST)
        continue;
      g_assert_cmpstr (reason, ==, "more handshakes than limits.handshakes_per_second allows");
      fixture->now_us += G_USEC_PER_SEC / PER_SECOND;
      g_assert_cmpint (check_fresh (fixture, &psk, 1, &reason), ==, CLAW_DOORKEEPER_KNOWN);
    }
}

/* One datagram again and again, as a recorder sends it, costs public-key work once, and takes
 * nothing from the client that it is of. */
static void
test_repeated (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];
  ClawDoorkeeperGuest guest;
  const char *reason;

  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  make_initiation (fixture, 0, &fixture->psk, 1, datagram);
  g_assert_cmpint (claw_doorkeeper_check (fixture->doorkeeper, datagram, sizeof datagram,
                                          fixture->now_us, &guest),
                   ==, CLAW_DOORKEEPER_KNOWN);
  for (unsigned i = 0; i < 1000; i++)
    {
      g_assert_cmpint (claw_doorkeeper_check (fixture->doorkeeper, datagram, sizeof datagram,
                                              fixture->now_us, &guest),
                       ==, CLAW_DOORKEEPER_NEAR_MISS);
      g_assert_cmpstr (guest.reason, ==, "a handshake came again");
    }
  for (unsigned i = 1; i < BURST; i++)
    g_assert_cmpint (check_fresh (fixture, &fixture->psk, i + 1, &reason), ==,
                     CLAW_DOORKEEPER_KNOWN);
}

/* Somebody without any key replays some recorded initiations of one client in turn, a thousand a
 * second. That uses up what that client's psk may cost, but once its burst is over it keeps nobody
 * else out, however little there is for all. */
static void
test_replays_of_one (Fixture *fixture, gconstpointer data)
{
  static const unsigned rates[] = { 4, 8, 32, 500 };
  uint8_t recorded[2 * CLAW_DOORKEEPER_MACS][CLAW_HANDSHAKE_INITIATION_SIZE];
  g_auto (ClawKey) other = { 0 };
  const char *reason;

  claw_key_generate (&other);
  for (unsigned i = 0; i < G_N_ELEMENTS (recorded); i++)
    make_initiation (fixture, 1, &fixture->psk, i + 1, recorded[i]);
  for (unsigned i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      claw_doorkeeper_free (fixture->doorkeeper);
      fixture->doorkeeper = claw_doorkeeper_new (&fixture->server, rates[i], note_dropped, fixture);
      accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
      accept (fixture, 2, CLAW_PSK_PAIRING, &other);
      for (unsigned ms = 0; ms < 20000; ms++, fixture->now_us += 1000)
        {
          ClawDoorkeeperGuest guest;

          claw_doorkeeper_check (fixture->doorkeeper, recorded[ms % G_N_ELEMENTS (recorded)],
                                 CLAW_HANDSHAKE_INITIATION_SIZE, fixture->now_us, &guest);
          if (ms % 1000 == 537 && ms > 10000)
            g_assert_cmpint (check_fresh (fixture, &other, ms, &reason), ==, CLAW_DOORKEEPER_KNOWN);
        }
    }
}

/* A psk that is taken back or used up between the two steps opens nothing. */
static void
test_between_steps (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];
  ClawDoorkeeperGuest guest;

  accept (fixture, 1, CLAW_PSK_ONCE, &fixture->psk);
  make_initiation (fixture, 0, &fixture->psk, 1, datagram);
  g_assert_cmpint (claw_doorkeeper_check (fixture->doorkeeper, datagram, sizeof datagram,
                                          fixture->now_us, &guest),
                   ==, CLAW_DOORKEEPER_KNOWN);
  add_pending (fixture, 1, "a");
  claw_doorkeeper_confirm (fixture->doorkeeper, 1, (gpointer) "a");
  g_assert_cmpint (claw_doorkeeper_read (fixture->doorkeeper, datagram, sizeof datagram, &guest),
                   ==, CLAW_DOORKEEPER_NEAR_MISS);
  claw_doorkeeper_refuse (fixture->doorkeeper, 1);
  g_assert_cmpint (claw_doorkeeper_read (fixture->doorkeeper, datagram, sizeof datagram, &guest),
                   ==, CLAW_DOORKEEPER_STRANGER);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/doorkeeper/knock/timestamps", test_timestamps);
  add ("/doorkeeper/knock/timestamp-limit", test_timestamp_limit);
  add ("/doorkeeper/knock/unknown", test_unknown);
  add ("/doorkeeper/psk/pairing", test_pairing);
  add ("/doorkeeper/psk/replace", test_replace);
  add ("/doorkeeper/psk/once", test_once);
  add ("/doorkeeper/other-psk/dies", test_other_psk);
  add ("/doorkeeper/used-up/timestamp-of-user", test_timestamp_of_user);
  add ("/doorkeeper/limits/pending-of-client", test_pending_of_client);
  add ("/doorkeeper/limits/pending-of-psk", test_pending_of_psk);
  add ("/doorkeeper/limits/clients", test_clients);
  add ("/doorkeeper/limits/rate-of-psk", test_rate_of_psk);
  add ("/doorkeeper/limits/rate-of-all", test_rate_of_all);
  add ("/doorkeeper/limits/repeated", test_repeated);
  add ("/doorkeeper/limits/replays-of-one", test_replays_of_one);
  add ("/doorkeeper/steps/between", test_between_steps);
  return g_test_run ();
}
