/* test-engine.c: the engine by itself, in the main context, where its client cannot be reached
 * from: what the server tells about its ports. */
#include "claw-engine.h"

#include "claw-port-schedule.h"
#include "claw-store.h"
#include "claw-test-chat.h"
#include "../support/test-support.h"
#include "../support/test-warnings.h"

#include <glib/gstdio.h>
#include <string.h>

#define INTERVAL_S 3600
#define N_SLEEPS 50

typedef struct
{
  ClawTestChat chat;
  ClawEngine *engine;
  ClawClientState state;
  GError *error; /* of the state */
  unsigned forgotten;
  unsigned messages;
  gboolean is_full; /* of messages: the engine has to pause */
  gboolean is_unsaved;
} Fixture;

static gboolean
on_engine_event (ClawEngineEvent *event, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_assert_true (event->type != CLAW_ENGINE_OPENED || event->error == NULL);
  fixture->state = event->state;
  if (event->type == CLAW_ENGINE_SAVED)
    fixture->is_unsaved = event->error != NULL;
  fixture->forgotten += event->type == CLAW_ENGINE_FORGOTTEN ? 1 : 0;
  if (event->type == CLAW_ENGINE_STATE)
    {
      g_clear_error (&fixture->error);
      fixture->error = g_steal_pointer (&event->error);
    }
  gboolean is_message = event->type == CLAW_ENGINE_MESSAGE;
  fixture->messages += is_message ? 1 : 0;
  claw_engine_event_free (event);
  return !is_message || !fixture->is_full;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_test_chat_init (&fixture->chat);
  fixture->engine = claw_engine_new (fixture->chat.directory, NULL, 60, on_engine_event, fixture);
  claw_test_server_accept_file (&fixture->chat.server);
  claw_engine_open (fixture->engine, fixture->chat.sec, fixture->chat.key, CLAW_CLIENT_OPEN_DEFAULT,
                    1);
  RUN_UNTIL (fixture->state == CLAW_CLIENT_CONNECTED && fixture->chat.server.sessions == 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_engine_free (fixture->engine);
  claw_test_chat_clear (&fixture->chat);
  g_clear_error (&fixture->error);
}

/* Begins anew on the same directory, as a program that is started again. */
static void
restart_engine (Fixture *fixture)
{
  claw_engine_free (fixture->engine);
  fixture->state = CLAW_CLIENT_IDLE;
  fixture->engine = claw_engine_new (fixture->chat.directory, NULL, 60, on_engine_event, fixture);
  claw_engine_open_last (fixture->engine, 1);
}

/* Makes a secret whose port of @attempt in the present slot is free, and puts the server there. */
static void
move_server (Fixture *fixture, ClawSavedPorts *ports, unsigned attempt)
{
  claw_test_server_close (&fixture->chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  RUN_UNTIL (fixture->state == CLAW_CLIENT_RECONNECTING);
  do
    {
      claw_key_generate (&ports->secret);
      ports->port = claw_port_schedule_get (&ports->secret, ports->slot, attempt);
    }
  while (!claw_test_server_restart (&fixture->chat.server, ports->port));
  claw_test_server_accept_pairing (&fixture->chat.server);
}

static void
init_ports (ClawSavedPorts *ports)
{
  ports->interval_s = INTERVAL_S;
  ports->slot = claw_port_schedule_get_slot (g_get_real_time () / G_USEC_PER_SEC, INTERVAL_S);
}

static void
saved_ports_clear (ClawSavedPorts *ports)
{
  claw_key_clear (&ports->secret);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawSavedPorts, saved_ports_clear)

/* A server that has moved to a scheduled port, even to the fourth choice of it because others are
 * taken, is found there by computing it, also by a program that was started again since. */
static void
test_scheduled_port (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawSavedPorts) ports = { 0 };
  init_ports (&ports);
  move_server (fixture, &ports, CLAW_PORT_SCHEDULE_ATTEMPTS - 1);
  ports.port = 0; /* as though the server had told of another slot */
  claw_engine_learn_ports (fixture->engine, &ports);
  RUN_UNTIL (fixture->chat.server.sessions == 2 && fixture->state == CLAW_CLIENT_CONNECTED);

  restart_engine (fixture);
  claw_test_server_refuse_all (&fixture->chat.server);
  claw_test_server_accept_pairing (&fixture->chat.server);
  RUN_UNTIL (fixture->chat.server.sessions == 3 && fixture->state == CLAW_CLIENT_CONNECTED);
}

static void
send_text (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, g_get_real_time (), &error);
  g_assert_no_error (error);
  claw_engine_send (fixture->engine, message, FALSE);
}

/* After a long sleep the old session is not waited for: another one begins at once, and what was on
 * its way in the old one arrives once. */
static void
test_long_sleep (Fixture *fixture, gconstpointer data)
{
  claw_test_server_accept_pairing (&fixture->chat.server);
  send_text (fixture, "before");
  claw_engine_wake (fixture->engine, CLAW_WAKE_LONG);
  g_assert_cmpint (fixture->state, ==, CLAW_CLIENT_RECONNECTING);
  send_text (fixture, "after");
  RUN_UNTIL (fixture->chat.server.sessions == 2 && fixture->state == CLAW_CLIENT_CONNECTED
             && fixture->chat.server.received->len == 2);
  g_assert_cmpuint (fixture->chat.server.psk_id, ==, CLAW_TEST_SERVER_PAIRING_PSK);
  g_assert_cmpstr (fixture->chat.server.received->pdata[0], ==, "before");
  g_assert_cmpstr (fixture->chat.server.received->pdata[1], ==, "after");

  /* While it waits for its next attempt, waking up is the time for it. */
  claw_test_server_close (&fixture->chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  RUN_UNTIL (fixture->state == CLAW_CLIENT_RECONNECTING);
  claw_test_server_refuse_all (&fixture->chat.server);
  claw_test_server_accept_pairing (&fixture->chat.server);
  claw_engine_wake (fixture->engine, CLAW_WAKE_LONG);
  claw_engine_wake (fixture->engine, CLAW_WAKE_LONG);
  RUN_UNTIL (fixture->chat.server.sessions == 3 && fixture->state == CLAW_CLIENT_CONNECTED);
}

/* Where there is no socket to be had after it, the engine tries again by itself, and at the next
 * sign of a network. */
static void
test_sleep_no_socket (Fixture *fixture, gconstpointer data)
{
  claw_test_server_accept_pairing (&fixture->chat.server);
  is_warning_expected = TRUE;
  struct rlimit before = forbid_opening ();
  claw_engine_wake (fixture->engine, CLAW_WAKE_LONG);
  ClawClientState state = fixture->state;
  claw_engine_nudge (fixture->engine);
  allow_opening (&before);
  is_warning_expected = FALSE;
  n_warnings = 0;
  g_assert_cmpint (state, ==, CLAW_CLIENT_RECONNECTING);
  g_assert_cmpint (fixture->state, ==, CLAW_CLIENT_RECONNECTING);
  send_text (fixture, "after");
  RUN_UNTIL (fixture->state == CLAW_CLIENT_CONNECTED && fixture->chat.server.received->len == 1);
}

#define N_PAUSED 8 /* short ones, of which so many are in one datagram */

/* Lets the engine pause at the first of several messages, of which the server has heard that they
 * came. */
static void
pause_engine (Fixture *fixture)
{
  fixture->is_full = TRUE;
  for (unsigned i = 0; i < N_PAUSED; i++)
    claw_test_server_send (&fixture->chat.server, "ben", "hello");
  RUN_UNTIL (claw_chat_get_outbox (fixture->chat.server.chat, NULL) == 0);
  g_assert_cmpuint (fixture->messages, ==, 1);
}

/* What came is told at the end, though the engine pauses. */
static void
test_paused_end (Fixture *fixture, gconstpointer data)
{
  pause_engine (fixture);
  g_clear_pointer (&fixture->engine, claw_engine_free);
  g_assert_cmpuint (fixture->messages, ==, N_PAUSED);
}

/* And when the keys are compromised, ahead of the news that all is forgotten. */
static void
test_paused_compromise (Fixture *fixture, gconstpointer data)
{
  pause_engine (fixture);
  claw_engine_compromise (fixture->engine, 2);
  g_assert_cmpuint (fixture->messages, ==, N_PAUSED);
  g_assert_cmpuint (fixture->forgotten, ==, 1);
}

/* After a short sleep the session goes on: the server is asked at once. The keepalive of twenty
 * seconds would ask a few times only before the test is stopped. */
static void
test_short_sleep (Fixture *fixture, gconstpointer data)
{
  ClawConnectionStats stats;
  claw_connection_get_stats (fixture->chat.server.connection, &stats);
  uint64_t before = stats.datagrams_received;
  do
    {
      claw_engine_wake (fixture->engine, CLAW_WAKE_SHORT);
      g_main_context_iteration (NULL, TRUE);
      claw_connection_get_stats (fixture->chat.server.connection, &stats);
    }
  while (stats.datagrams_received < before + N_SLEEPS);
  g_assert_cmpuint (fixture->chat.server.sessions, ==, 1);
  g_assert_cmpint (fixture->state, ==, CLAW_CLIENT_CONNECTED);
}

/* What the server tells is on the disk at once, beside the newest secret. */
static void
test_ports_saved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (ClawSavedPorts) ports = { 0 };
  init_ports (&ports);
  claw_key_generate (&ports.secret);
  ports.port = 50123;
  claw_engine_learn_ports (fixture->engine, &ports);
  g_autoptr (ClawStore) store = claw_store_open (fixture->chat.directory, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ClawSavedPairing) pairing = claw_store_load_last_pairing (store, &error);
  g_assert_no_error (error);
  g_assert_true (claw_key_equal (&pairing->ports.secret, &ports.secret));
  g_assert_cmpuint (pairing->ports.interval_s, ==, INTERVAL_S);
  g_assert_cmpuint (pairing->ports.slot, ==, ports.slot);
  g_assert_cmpuint (pairing->ports.port, ==, 50123);
  g_assert_true (claw_resumption_has (&pairing->secrets, &fixture->chat.server.resumption));
}

/* Whether the disk has the session's newest secret. */
static gboolean
has_saved_resumption (Fixture *fixture)
{
  g_autoptr (ClawStore) store = claw_store_open (fixture->chat.directory, NULL, NULL);
  g_autoptr (ClawSavedPairing) pairing = claw_store_load_last_pairing (store, NULL);
  g_assert_nonnull (pairing);
  return claw_resumption_has (&pairing->secrets, &fixture->chat.server.resumption);
}

/* Whether the disk has @secret, or none with NULL, as the one of the server's ports. */
static gboolean
has_saved_secret (Fixture *fixture, const ClawKey *secret)
{
  g_autoptr (ClawStore) store = claw_store_open (fixture->chat.directory, NULL, NULL);
  g_autoptr (ClawSavedPairing) pairing = claw_store_load_last_pairing (store, NULL);
  g_assert_nonnull (pairing);
  if (!secret)
    return !claw_key_is_set (&pairing->ports.secret);
  return claw_key_equal (&pairing->ports.secret, secret);
}

/* A schedule comes inside the session, and goes when the server says that its port stays. */
static void
test_ports_told (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) secret = { 0 };
  claw_key_generate (&secret);
  claw_connection_tell_port (fixture->chat.server.connection, 7, INTERVAL_S, 50123, &secret);
  claw_pump_kick (fixture->chat.server.pump);
  RUN_UNTIL (has_saved_secret (fixture, &secret));
  claw_connection_tell_port (fixture->chat.server.connection, 0, 0, 50123, NULL);
  claw_pump_kick (fixture->chat.server.pump);
  RUN_UNTIL (has_saved_secret (fixture, NULL));
}

/* A name that changes while a handshake with another one is under way is asked for once there is a
 * session; while there is none, the next handshake has it. */
static void
test_name_in_handshake (Fixture *fixture, gconstpointer data)
{
  claw_test_server_accept_pairing (&fixture->chat.server);
  claw_engine_open_last (fixture->engine, 2);
  claw_engine_set_name (fixture->engine, "ada");
  RUN_UNTIL (fixture->chat.server.asked->len == 1 && fixture->chat.server.sessions == 2);
  g_assert_cmpmem (fixture->chat.server.hello, fixture->chat.server.hello_length, "\001", 1);
  g_assert_cmpstr (fixture->chat.server.asked->pdata[0], ==, "ada");

  claw_test_server_refuse_all (&fixture->chat.server);
  claw_test_server_accept_pairing (&fixture->chat.server);
  claw_engine_disconnect (fixture->engine, 3);
  claw_engine_set_name (fixture->engine, "Ada L.");
  claw_engine_open_last (fixture->engine, 4);
  RUN_UNTIL (fixture->chat.server.sessions == 3 && fixture->state == CLAW_CLIENT_CONNECTED);
  g_assert_cmpmem (fixture->chat.server.hello, fixture->chat.server.hello_length, "\001Ada L.", 7);
  g_assert_cmpuint (fixture->chat.server.asked->len, ==, 1);
}

static uint32_t
get_epoch (Fixture *fixture)
{
  ClawConnectionStats stats;
  claw_connection_get_stats (fixture->chat.server.connection, &stats);
  return stats.key_epoch;
}

static void
rotate (Fixture *fixture)
{
  claw_connection_rotate_keys (fixture->chat.server.connection);
  claw_pump_kick (fixture->chat.server.pump);
}

/* A secret that finds no room on the disk is saved as soon as there is some, without a new session;
 * until then the keys are not changed again, and after that they are. */
static void
test_saved_later (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->chat.directory, CLAW_STORE_PAIRINGS, NULL);
  g_autofree char *aside = g_strconcat (path, ".aside", NULL);
  rotate (fixture);
  RUN_UNTIL (get_epoch (fixture) == 1 && has_saved_resumption (fixture));
  g_assert_cmpint (g_rename (path, aside), ==, 0);
  g_assert_true (g_file_set_contents (path, "in the way", -1, NULL));
  is_warning_expected = TRUE;
  rotate (fixture);
  RUN_UNTIL (fixture->is_unsaved && get_epoch (fixture) == 2);
  rotate (fixture);
  send_text (fixture, "goes on");
  RUN_UNTIL (fixture->chat.server.received->len == 1);
  g_assert_cmpuint (get_epoch (fixture), ==, 2);

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rename (aside, path), ==, 0);
  RUN_UNTIL (!fixture->is_unsaved && get_epoch (fixture) == 3);
  RUN_UNTIL (has_saved_resumption (fixture));
  is_warning_expected = FALSE;
  g_assert_cmpuint (n_warnings, ==, 1);
  g_assert_cmpuint (fixture->chat.server.sessions, ==, 1);
}

/* The address at which the server was reached comes first from then on. */
static void
test_address_saved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (ClawSavedPorts) ports = { 0 };
  init_ports (&ports);
  move_server (fixture, &ports, 0);
  claw_engine_learn_ports (fixture->engine, &ports);
  RUN_UNTIL (fixture->chat.server.sessions == 2 && fixture->state == CLAW_CLIENT_CONNECTED);
  restart_engine (fixture);
  g_autoptr (ClawStore) store = claw_store_open (fixture->chat.directory, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ClawSavedPairing) pairing = claw_store_load_last_pairing (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pairing->n_addresses, ==, 2);
  g_assert_cmpuint (pairing->addresses[0].port, ==, ports.port);
}

/* Nothing of the pairing or the identity is left on the disk. */
static void
assert_erased (Fixture *fixture)
{
  g_autofree char *identity = g_build_filename (fixture->chat.directory, CLAW_STORE_IDENTITY, NULL);
  g_assert_false (claw_store_has_pairings (fixture->chat.directory));
  g_assert_false (g_file_test (identity, G_FILE_TEST_EXISTS));
}

/* The user asks: keys and messages are gone before anybody is told, the server hears of it and says
 * so, and what is said or tried afterwards finds nothing. */
static void
test_compromise (Fixture *fixture, gconstpointer data)
{
  send_text (fixture, "never delivered");
  claw_engine_compromise (fixture->engine, 2);
  g_assert_cmpint (fixture->state, ==, CLAW_CLIENT_COMPROMISED);
  g_assert_cmpuint (fixture->forgotten, ==, 1);
  assert_erased (fixture);
  claw_engine_nudge (fixture->engine);
  claw_engine_wake (fixture->engine, CLAW_WAKE_LONG);
  send_text (fixture, "unheard");
  RUN_UNTIL (fixture->state == CLAW_CLIENT_FAILED);
  g_assert_error (fixture->error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_COMPROMISED);
  g_assert_nonnull (strstr (fixture->error->message, "Test Server"));
  g_assert_cmpuint (fixture->chat.server.told, ==, 1);
  assert_erased (fixture);

  claw_engine_retry_now (fixture->engine);
  g_assert_cmpint (fixture->state, ==, CLAW_CLIENT_FAILED);
  claw_engine_compromise (fixture->engine, 3);
  g_assert_error (fixture->error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NOT_PAIRED);
}

/* Afterwards a new file is good, for somebody whom the server does not know. */
static void
test_compromise_new_file (Fixture *fixture, gconstpointer data)
{
  uint8_t before[CLAW_PUBLIC_KEY_SIZE];
  memcpy (before, fixture->chat.server.client_key, sizeof before);
  claw_engine_compromise (fixture->engine, 2);
  RUN_UNTIL (fixture->state == CLAW_CLIENT_FAILED);
  claw_test_server_refuse_all (&fixture->chat.server);
  claw_test_server_accept_file (&fixture->chat.server);
  claw_engine_open (fixture->engine, fixture->chat.sec, fixture->chat.key, CLAW_CLIENT_OPEN_DEFAULT,
                    3);
  RUN_UNTIL (fixture->state == CLAW_CLIENT_CONNECTED && fixture->chat.server.sessions == 2);
  g_assert_cmpint (memcmp (before, fixture->chat.server.client_key, sizeof before), !=, 0);
}

/* The server says so: the keys are gone before it hears that they are, and the user is told at
 * once. */
static void
test_compromise_told (Fixture *fixture, gconstpointer data)
{
  claw_connection_compromise (fixture->chat.server.connection);
  claw_pump_kick (fixture->chat.server.pump);
  RUN_UNTIL (fixture->chat.server.connection == NULL);
  g_assert_cmpint (fixture->state, ==, CLAW_CLIENT_COMPROMISED);
  g_assert_error (fixture->error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_COMPROMISED);
  g_assert_cmpuint (fixture->forgotten, ==, 1);
  assert_erased (fixture);
}

/* Without a session the keys go all the same, at once, and the user hears that the server does not
 * know. */
static void
test_compromise_away (Fixture *fixture, gconstpointer data)
{
  claw_test_server_close (&fixture->chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  RUN_UNTIL (fixture->state == CLAW_CLIENT_RECONNECTING);
  claw_engine_compromise (fixture->engine, 2);
  g_assert_cmpint (fixture->state, ==, CLAW_CLIENT_FAILED);
  g_assert_error (fixture->error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD);
  assert_erased (fixture);
}

/* One that was started and has opened nothing yet erases the pairing used last. */
static void
test_compromise_unopened (Fixture *fixture, gconstpointer data)
{
  claw_engine_free (fixture->engine);
  fixture->engine = claw_engine_new (fixture->chat.directory, NULL, 60, on_engine_event, fixture);
  claw_engine_compromise (fixture->engine, 1);
  g_assert_error (fixture->error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD);
  g_assert_nonnull (strstr (fixture->error->message, "Test Server"));
  assert_erased (fixture);
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
  claw_secret_init ();
  allow_expected_warnings ();
  add ("/engine/sleep/long", test_long_sleep);
  add ("/engine/sleep/short", test_short_sleep);
  add ("/engine/sleep/no-socket", test_sleep_no_socket);
  add ("/engine/paused/told-at-the-end", test_paused_end);
  add ("/engine/paused/told-before-forgotten", test_paused_compromise);
  add ("/engine/ports/found-by-schedule", test_scheduled_port);
  add ("/engine/ports/saved", test_ports_saved);
  add ("/engine/ports/told", test_ports_told);
  add ("/engine/name/in-handshake", test_name_in_handshake);
  add ("/engine/secret/saved-later", test_saved_later);
  add ("/engine/address/saved", test_address_saved);
  add ("/engine/compromise/asked", test_compromise);
  add ("/engine/compromise/new-file", test_compromise_new_file);
  add ("/engine/compromise/told", test_compromise_told);
  add ("/engine/compromise/away", test_compromise_away);
  add ("/engine/compromise/unopened", test_compromise_unopened);
  return g_test_run ();
}
