/* test-compromise.c: the end of compromised keys, over good and bad networks, and with sides that
 * crash in the middle. */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

#define MS 1000

static ClawConnection *
connection_of (Pair *pair, unsigned side)
{
  return pair->sides[side].connection;
}

static unsigned
count (const Pair *pair, unsigned side, ClawEndpointEventType event)
{
  return pair->sides[side].events[event];
}

static void
assert_ended (Pair *pair, unsigned side, gboolean peer_knows)
{
  g_assert_null (connection_of (pair, side));
  g_assert_cmpuint (count (pair, side, CLAW_ENDPOINT_CLOSED), ==, 1);
  g_assert_cmpint (pair->sides[side].reason, ==, CLAW_CLOSE_COMPROMISED);
  g_assert_cmpint (pair->sides[side].peer_knows, ==, peer_knows);
}

/* Runs until @side has been told. */
static void
run_until_told (Pair *pair, unsigned side)
{
  gint64 end_us = pair->now_us + CLAW_CONNECTION_COMPROMISE_US;

  while (count (pair, side, CLAW_ENDPOINT_COMPROMISED) == 0 && pair->now_us < end_us)
    pair_run (pair, MS);
  g_assert_cmpuint (count (pair, side, CLAW_ENDPOINT_COMPROMISED), ==, 1);
}

static gboolean
has_secrets (const ClawConnection *connection)
{
  return claw_key_is_set (&connection->keys.chain)
         || claw_key_is_set (&connection->keys.resumption);
}

/* Either side asks: the other one hears it, acknowledges when it has erased its keys and not
 * before, and both end. */
static void
test_told (void)
{
  for (unsigned asking = 0; asking < 2; asking++)
    {
      g_autoptr (Pair) pair = pair_new (300 + asking);
      unsigned told = 1 - asking;

      pair_establish (pair);
      g_assert_true (claw_connection_compromise (connection_of (pair, asking)));
      g_assert_false (has_secrets (connection_of (pair, asking)));
      run_until_told (pair, told);
      pair_run (pair, 2 * G_USEC_PER_SEC);
      g_assert_nonnull (connection_of (pair, asking));
      g_assert_cmpuint (count (pair, told, CLAW_ENDPOINT_COMPROMISED), ==, 1);

      claw_connection_confirm_compromised (connection_of (pair, told));
      g_assert_false (has_secrets (connection_of (pair, told)));
      pair_run (pair, 3 * pair->delay_us);
      assert_ended (pair, asking, TRUE);
      g_assert_cmpint (claw_connection_get_state (connection_of (pair, told)), ==,
                       CLAW_CONNECTION_COMPROMISED);
      pair_run (pair, CLAW_CONNECTION_COMPROMISE_LINGER_US);
      assert_ended (pair, told, TRUE);
    }
}

/* Nobody answers: after ten seconds the asking side ends all the same, and knows that it is not
 * known. It has said so at least once a second and at most every quarter of one. */
static void
test_silent_peer (void)
{
  for (unsigned asking = 0; asking < 2; asking++)
    {
      g_autoptr (Pair) pair = pair_new (310 + asking);

      pair_establish (pair);
      pair_run (pair, G_USEC_PER_SEC);
      pair->loss = 1;
      unsigned before = pair->sides[asking].n_sent;
      claw_connection_compromise (connection_of (pair, asking));
      pair_run (pair, CLAW_CONNECTION_COMPROMISE_US - MS);
      g_assert_nonnull (connection_of (pair, asking));
      pair_run (pair, 2 * MS);
      assert_ended (pair, asking, FALSE);
      g_assert_cmpuint (pair->sides[asking].n_sent - before, >=, 10);
      g_assert_cmpuint (pair->sides[asking].n_sent - before, <=, 41);
    }
}

typedef struct
{
  unsigned side;
  unsigned left; /* datagrams of @side still to be lost */
} Hole;

static gboolean
fall_into_hole (Pair *pair, unsigned side, const uint8_t *data, size_t length)
{
  Hole *hole = pair->filter_data;

  if (side != hole->side || hole->left == 0)
    return TRUE;
  hole->left--;
  return FALSE;
}

/* A lost signal is said again. */
static void
test_lost_signal (void)
{
  g_autoptr (Pair) pair = pair_new (320);
  Hole hole = { PAIR_CLIENT, 5 };

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  pair->filter = fall_into_hole;
  pair->filter_data = &hole;
  claw_connection_compromise (connection_of (pair, PAIR_CLIENT));
  run_until_told (pair, PAIR_SERVER);
  g_assert_cmpuint (hole.left, ==, 0);
  claw_connection_confirm_compromised (connection_of (pair, PAIR_SERVER));
  pair_run (pair, G_USEC_PER_SEC);
  assert_ended (pair, PAIR_CLIENT, TRUE);
}

/* A lost acknowledgement is said again to each further signal, as long as the told side stays. */
static void
test_lost_acknowledgement (void)
{
  g_autoptr (Pair) pair = pair_new (321);
  Hole hole = { PAIR_SERVER, 2 };

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  claw_connection_compromise (connection_of (pair, PAIR_CLIENT));
  run_until_told (pair, PAIR_SERVER);
  pair->filter = fall_into_hole;
  pair->filter_data = &hole;
  claw_connection_confirm_compromised (connection_of (pair, PAIR_SERVER));
  pair_run (pair, 2 * pair->delay_us);
  g_assert_cmpuint (hole.left, ==, 1);
  g_assert_nonnull (connection_of (pair, PAIR_CLIENT));
  pair_run (pair, CLAW_CONNECTION_COMPROMISE_LINGER_US);
  assert_ended (pair, PAIR_CLIENT, TRUE);
  assert_ended (pair, PAIR_SERVER, TRUE);
}

/* Half of all datagrams get lost, more are doubled and overtake each other: both sides know in
 * nearly every case, and both end in all of them. */
static void
test_bad_network (void)
{
  unsigned both_know = 0;

  for (uint32_t seed = 1; seed <= 50; seed++)
    {
      g_autoptr (Pair) pair = pair_new (seed);
      unsigned asking = seed % 2;

      pair_establish (pair);
      pair->loss = 0.5;
      pair->duplication = 0.3;
      pair->jitter_us = 200 * MS;
      pair_write (pair, 1 - asking, "something on its way", 20);
      claw_connection_compromise (connection_of (pair, asking));
      run_until_told (pair, 1 - asking);
      claw_connection_confirm_compromised (connection_of (pair, 1 - asking));
      pair_run (pair, CLAW_CONNECTION_COMPROMISE_US + G_USEC_PER_SEC);
      assert_ended (pair, asking, pair->sides[asking].peer_knows);
      assert_ended (pair, 1 - asking, TRUE);
      both_know += pair->sides[asking].peer_knows ? 1 : 0;
    }
  g_assert_cmpuint (both_know, >=, 40);
}

/* Both ask at the same moment, with any one datagram lost: each takes the other's signal for an
 * acknowledgement, nobody is told what it knows, and both end. */
static void
test_both_ask (void)
{
  for (unsigned lost = 0; lost < 2; lost++)
    {
      g_autoptr (Pair) pair = pair_new (330 + lost);
      Hole hole = { PAIR_CLIENT, lost };

      pair_establish (pair);
      pair->filter = fall_into_hole;
      pair->filter_data = &hole;
      for (unsigned side = 0; side < 2; side++)
        claw_connection_compromise (connection_of (pair, side));
      pair_run (pair, CLAW_CONNECTION_COMPROMISE_LINGER_US + 2 * G_USEC_PER_SEC);
      for (unsigned side = 0; side < 2; side++)
        {
          assert_ended (pair, side, TRUE);
          g_assert_cmpuint (count (pair, side, CLAW_ENDPOINT_COMPROMISED), ==, 0);
        }
    }
}

/* One that is told and then asks itself has erased its keys, too. */
static void
test_asks_when_told (void)
{
  g_autoptr (Pair) pair = pair_new (332);

  pair_establish (pair);
  claw_connection_compromise (connection_of (pair, PAIR_SERVER));
  run_until_told (pair, PAIR_CLIENT);
  g_assert_true (claw_connection_compromise (connection_of (pair, PAIR_CLIENT)));
  pair_run (pair, 3 * pair->delay_us);
  assert_ended (pair, PAIR_SERVER, TRUE);
}

/* The told side's application never says that it has erased its keys: no acknowledgement, and both
 * end. */
static void
test_never_confirmed (void)
{
  g_autoptr (Pair) pair = pair_new (333);

  pair_establish (pair);
  claw_connection_compromise (connection_of (pair, PAIR_CLIENT));
  pair_run (pair, CLAW_CONNECTION_COMPROMISE_US + G_USEC_PER_SEC);
  assert_ended (pair, PAIR_CLIENT, FALSE);
  assert_ended (pair, PAIR_SERVER, TRUE);
}

/* A side that crashes, when it was told or when it had asked, leaves the other one with the end of
 * its time; what it comes back with finds no session. */
static void
test_crash (void)
{
  for (unsigned crashing = 0; crashing < 2; crashing++)
    for (unsigned is_asking = 0; is_asking < 2; is_asking++)
      {
        g_autoptr (Pair) pair = pair_new (340 + crashing);
        unsigned asking = is_asking ? crashing : 1 - crashing;
        unsigned left = 1 - crashing;

        pair_establish (pair);
        claw_connection_compromise (connection_of (pair, asking));
        run_until_told (pair, 1 - asking);
        pair_restart (pair, crashing, 0);
        if (is_asking)
          claw_connection_confirm_compromised (connection_of (pair, left));
        pair_run (pair, CLAW_CONNECTION_COMPROMISE_US + G_USEC_PER_SEC);
        assert_ended (pair, left, is_asking);
      }
}

/* From the first moment on nothing else is taken or sent: no streams, no answers, no keepalive, no
 * CLOSE. */
static void
test_nothing_else (void)
{
  g_autoptr (Pair) pair = pair_new (350);
  PairSide *client = &pair->sides[PAIR_CLIENT];
  PairSide *server = &pair->sides[PAIR_SERVER];
  uint8_t buffer[8];

  pair_establish (pair);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (claw_connection_write (client->connection, 3, "secret", 6), ==, 6);
  pair_write (pair, PAIR_SERVER, "unheard", 7);
  claw_connection_compromise (client->connection);
  g_assert_null (client->connection->streams[3]);
  g_assert_cmpuint (claw_connection_write (client->connection, 0, "x", 1), ==, 0);
  claw_connection_close (client->connection, CLAW_CLOSE_CODE_BYE);
  claw_connection_nudge (client->connection);
  g_assert_cmpint (claw_connection_get_state (client->connection), ==, CLAW_CONNECTION_COMPROMISED);
  run_until_told (pair, PAIR_SERVER);
  g_assert_null (server->connection->streams[0]);
  g_assert_cmpuint (claw_connection_read (server->connection, 3, buffer, sizeof buffer), ==, 0);
  g_assert_cmpuint (claw_connection_write (server->connection, 0, "x", 1), ==, 0);
  unsigned before = server->n_sent;
  pair_run (pair, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (server->n_sent, ==, before);
  g_assert_cmpuint (client->received->len + server->received->len, ==, 0);
}

static gboolean
send_bad_frame (Pair *pair, unsigned side)
{
  ClawConnection *connection = connection_of (pair, side);
  uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX];
  static const uint8_t frames[] = { CLAW_FRAME_CLOSE, 0, CLAW_FRAME_PING, 0xff };

  memcpy (datagram + CLAW_RECORD_HEADER_SIZE, frames, sizeof frames);
  size_t length = claw_key_slots_seal (&connection->keys, connection->next_counter++, datagram,
                                       sizeof frames);
  pair_inject (pair, 1 - side, &pair->sides[side].address, datagram, length);
  pair_run (pair, MS);
  return connection_of (pair, 1 - side) != NULL;
}

/* What would end another session, a CLOSE or no frame at all, does not end the telling. */
static void
test_other_frames (void)
{
  g_autoptr (Pair) pair = pair_new (351);

  pair_establish (pair);
  claw_connection_compromise (connection_of (pair, PAIR_CLIENT));
  g_assert_true (send_bad_frame (pair, PAIR_SERVER));
  run_until_told (pair, PAIR_SERVER);
}

/* An acknowledgement that nobody asked for breaks the protocol. */
static void
test_unasked_acknowledgement (void)
{
  g_autoptr (Pair) pair = pair_new (352);
  uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX];

  pair_establish (pair);
  ClawConnection *client = connection_of (pair, PAIR_CLIENT);
  datagram[CLAW_RECORD_HEADER_SIZE] = CLAW_FRAME_COMPROMISED;
  datagram[CLAW_RECORD_HEADER_SIZE + 1] = CLAW_FRAME_COMPROMISED_ACKNOWLEDGEMENT;
  size_t length = claw_key_slots_seal (&client->keys, client->next_counter++, datagram, 2);
  pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, datagram, length);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpint (pair->sides[PAIR_SERVER].reason, ==, CLAW_CLOSE_PROTOCOL);
}

/* The signal may be the first record of a session: the application hears of the session, then of
 * its end. */
static void
test_first_record (void)
{
  g_autoptr (Pair) pair = pair_new (353);
  PairSide *server = &pair->sides[PAIR_SERVER];

  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_connect (pair, NULL, G_MAXINT64);
  while (claw_connection_get_state (connection_of (pair, PAIR_CLIENT)) == CLAW_CONNECTION_KNOCKING)
    {
      pair->loss = 0;
      pair_run (pair, pair->delay_us);
      pair->loss = 1; /* the PING with which it begins */
    }
  pair->loss = 0;
  claw_connection_compromise (connection_of (pair, PAIR_CLIENT));
  run_until_told (pair, PAIR_SERVER);
  g_assert_cmpuint (server->events[CLAW_ENDPOINT_ESTABLISHED], ==, 1);
  g_assert_true (claw_key_is_set (claw_connection_get_resumption (server->connection)));
  claw_connection_confirm_compromised (server->connection);
  pair_run (pair, G_USEC_PER_SEC);
  assert_ended (pair, PAIR_CLIENT, TRUE);
}

/* A client that has moved and asks is heard and answered where it is; so is one that has moved
 * while it is told. */
static void
test_roaming (void)
{
  for (unsigned asking = 0; asking < 2; asking++)
    {
      g_autoptr (Pair) pair = pair_new (354 + asking);

      pair_establish (pair);
      pair_run (pair, G_USEC_PER_SEC);
      g_assert_true (claw_address_parse ("203.0.113.5:41000", &pair->sides[PAIR_CLIENT].address));
      claw_connection_compromise (connection_of (pair, asking));
      if (asking == PAIR_SERVER)
        pair_write (pair, PAIR_CLIENT, "from elsewhere", 14);
      run_until_told (pair, 1 - asking);
      claw_connection_confirm_compromised (connection_of (pair, 1 - asking));
      pair_run (pair, G_USEC_PER_SEC);
      assert_ended (pair, asking, TRUE);
    }
}

/* When CLOSED is told, no slot holds a key any more. */
static void
test_keys_wiped (void)
{
  g_autoptr (Pair) pair = pair_new (360);
  ClawEndpointEvent event;
  unsigned closed = 0;

  pair_establish (pair);
  pair->loss = 1;
  ClawConnection *connection = connection_of (pair, PAIR_CLIENT);
  claw_connection_compromise (connection);
  g_assert_nonnull (connection->keys.current.send);
  pair_run (pair, MS);
  pair->now_us += CLAW_CONNECTION_COMPROMISE_US;
  claw_endpoint_wake (pair->sides[PAIR_CLIENT].endpoint, pair->now_us);
  while (claw_endpoint_next_event (pair->sides[PAIR_CLIENT].endpoint, &event))
    if (event.type == CLAW_ENDPOINT_CLOSED)
      {
        closed++;
        g_assert_null (event.connection->keys.current.send);
        g_assert_null (event.connection->keys.current.receive);
        g_assert_false (has_secrets (event.connection));
        pair->sides[PAIR_CLIENT].connection = NULL;
      }
  g_assert_cmpuint (closed, ==, 1);
}

/* With no session there is nobody to tell: it ends at once. */
static void
test_no_session (void)
{
  g_autoptr (Pair) pair = pair_new (361);

  pair_connect (pair, NULL, G_MAXINT64);
  g_assert_false (claw_connection_compromise (connection_of (pair, PAIR_CLIENT)));
  pair_run (pair, MS);
  assert_ended (pair, PAIR_CLIENT, FALSE);

  g_autoptr (Pair) closing = pair_new (362);
  pair_establish (closing);
  claw_connection_close (connection_of (closing, PAIR_CLIENT), CLAW_CLOSE_CODE_BYE);
  g_assert_false (claw_connection_compromise (connection_of (closing, PAIR_CLIENT)));
  pair_run (closing, MS);
  g_assert_cmpint (closing->sides[PAIR_CLIENT].reason, ==, CLAW_CLOSE_LOCAL);
}

/* A responder that has become somebody else lets nobody in with what was good before, and its
 * sessions go on. */
static void
test_new_identity (void)
{
  g_autoptr (Pair) pair = pair_new (363);
  PairSide *server = &pair->sides[PAIR_SERVER];
  g_auto (ClawKey) psk = { 0 };

  pair_establish (pair);
  claw_key_generate (&psk);
  pair_accept (pair, PAIR_PSK_ID + 1, CLAW_PSK_ONCE, &psk, NULL);
  ClawConnection *session = server->connection;
  g_auto (ClawIdentity) identity = { 0 };
  claw_identity_generate (&identity);
  claw_endpoint_set_identity (server->endpoint, &identity);
  pair_write (pair, PAIR_SERVER, "on", 2);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_CLIENT].received->len, ==, 2);
  g_assert_true (server->connection == session);

  pair_connect (pair, &psk, pair->now_us + 2 * G_USEC_PER_SEC);
  pair_run (pair, 3 * G_USEC_PER_SEC);
  g_assert_cmpint (pair->sides[PAIR_CLIENT].reason, ==, CLAW_CLOSE_NO_ANSWER);

  /* Somebody who knows the new one comes in. */
  claw_identity_clear (&server->identity);
  claw_identity_copy (&server->identity, &identity);
  pair_accept (pair, PAIR_PSK_ID + 2, CLAW_PSK_ONCE, &psk, NULL);
  pair_connect (pair, &psk, G_MAXINT64);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpint (claw_connection_get_state (connection_of (pair, PAIR_CLIENT)), ==,
                   CLAW_CONNECTION_ESTABLISHED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/compromise/peer/told", test_told);
  g_test_add_func ("/compromise/peer/silent", test_silent_peer);
  g_test_add_func ("/compromise/peer/never-confirmed", test_never_confirmed);
  g_test_add_func ("/compromise/peer/crash", test_crash);
  g_test_add_func ("/compromise/loss/signal", test_lost_signal);
  g_test_add_func ("/compromise/loss/acknowledgement", test_lost_acknowledgement);
  g_test_add_func ("/compromise/loss/bad-network", test_bad_network);
  g_test_add_func ("/compromise/both/ask", test_both_ask);
  g_test_add_func ("/compromise/both/asks-when-told", test_asks_when_told);
  g_test_add_func ("/compromise/frames/nothing-else", test_nothing_else);
  g_test_add_func ("/compromise/frames/others", test_other_frames);
  g_test_add_func ("/compromise/frames/unasked-acknowledgement", test_unasked_acknowledgement);
  g_test_add_func ("/compromise/frames/first-record", test_first_record);
  g_test_add_func ("/compromise/path/roaming", test_roaming);
  g_test_add_func ("/compromise/keys/wiped", test_keys_wiped);
  g_test_add_func ("/compromise/session/none", test_no_session);
  g_test_add_func ("/compromise/identity/new", test_new_identity);
  return g_test_run ();
}
