/* test-server.c: what a whole server does for its clients. */
#include "server-fixture.h"
#include "../support/test-warnings.h"

#include "claw-safety-number.h"

#include "claw-file.h"

#include <glib/gstdio.h>
#include <string.h>

/* The first client uses the file up, is paired for good, and the next file is there. */
static void
test_pairing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = g_strdup (claw_issuer_get_current (fixture->server->issuer, NULL));
  g_autofree char *saved = g_build_filename (fixture->config->state_directory, "pairings.json",
                                             NULL);
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");

  g_assert_cmpstr (anna->name, ==, "anna");
  g_assert_false (g_file_test (first, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (claw_issuer_get_count (fixture->server->issuer), ==, 1);
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
  g_assert_true (g_file_test (saved, G_FILE_TEST_EXISTS));
}

/* What one says the other hears, and a nameless one is a guest. */
static void
test_chat (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) guest = pair (fixture, NULL, "");

  g_assert_true (g_str_has_prefix (guest->name, "guest-"));
  say (anna, "hello");
  RUN_UNTIL (guest->log->len > 0);
  g_assert_cmpstr (guest->log->str, ==, "anna: hello\n");
  g_assert_cmpuint (anna->log->len, ==, 0);
}

/* A member that takes another name within its session is known by it, also after a restart of the
 * server, before it has come again. */
static void
test_renamed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  const ClawPairing *pairing = claw_pairings_find_key (fixture->server->pairings,
                                                       anna->identity.public_key);

  claw_chat_send_name (anna->chat, "ada");
  claw_chat_pump (anna->chat);
  claw_pump_kick (anna->pump);
  RUN_UNTIL (g_strcmp0 (pairing->name, "ada") == 0);
  restart (fixture);
  pairing = claw_pairings_find_key (fixture->server->pairings, anna->identity.public_key);
  g_assert_cmpstr (pairing->name, ==, "ada");
  g_assert_cmpstr (claw_room_get_name (fixture->server->room, pairing->id), ==, "ada");
}

/* After a restart the client returns with the secret of its last session. */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_auto (ClawKey) secret = { 0 };

  claw_key_copy (&secret, &anna->resumption);
  restart (fixture);
  RUN_UNTIL (anna->closed);
  g_assert_cmpint (anna->reason, ==, CLAW_CLOSE_PEER);
  g_assert_cmpint (anna->code, ==, CLAW_CLOSE_CODE_SHUTDOWN);
  join (fixture, anna, &secret);
  g_assert_false (claw_key_equal (&secret, &anna->resumption));
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
}

/* @after_s: by how much the ports' other clock, that of the time for which they stay open, is
 * ahead. */
static void
tick_ports (Fixture *fixture, gint64 after_s)
{
  claw_server_ports_tick (fixture->server->ports, claw_server_now_s (),
                          g_get_monotonic_time () + after_s * G_USEC_PER_SEC);
}

/* Lets a slot pass, so that the server itself finds the same should its own timer look. @slots: how
 * many have passed in all. Returns: the port that is the present one then. */
static uint16_t
rotate (Fixture *fixture, unsigned slots)
{
  let_hours_pass (1);
  tick_ports (fixture, (gint64) slots * fixture->config->port_rotation_interval_s);
  return claw_server_ports_get_port (fixture->server->ports);
}

static unsigned
count_ports (Fixture *fixture)
{
  uint16_t list[CLAW_SERVER_PORTS_MAX];

  return claw_server_ports_list (fixture->server->ports, list);
}

static uint16_t
get_peer_port (const Client *client)
{
  return claw_connection_get_peer_address (client->connection)->port;
}

/* How many ports are left when no file names the old ones any more. */
static unsigned
count_used_ports (Fixture *fixture, unsigned slots)
{
  claw_server_ports_set_named (fixture->server->ports, NULL, NULL);
  tick_ports (fixture, (gint64) slots * fixture->config->port_rotation_interval_s
                           + 60 * fixture->config->file_validity_minutes + 1);
  return count_ports (fixture);
}

/* Sessions go along with every rotation while they talk; the ports they left are closed then. */
static void
test_port_rotation (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = pair (fixture, NULL, "ben");
  g_autoptr (GString) expected = g_string_new (NULL);

  g_assert_nonnull (claw_connection_get_port_schedule (anna->connection));
  for (unsigned i = 1; i <= 2 * CLAW_SERVER_PORTS_MAX; i++)
    {
      g_autofree char *text = g_strdup_printf ("line %u", i);
      uint16_t port = rotate (fixture, i);

      say (anna, text);
      g_string_append_printf (expected, "anna: %s\n", text);
      RUN_UNTIL (get_peer_port (anna) == port && get_peer_port (ben) == port);
      RUN_UNTIL (ben->log->len == expected->len);
      RUN_UNTIL (count_used_ports (fixture, i) == 1);
    }
  g_assert_cmpstr (ben->log->str, ==, expected->str);
  g_assert_false (anna->closed || ben->closed);
}

/* A port stays open for one that sleeps, beyond the time for which files name it, and goes when
 * that one has woken up and moved. */
static void
test_port_sleeper (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = pair (fixture, NULL, "ben");

  RUN_UNTIL (claw_connection_get_port_schedule (anna->connection) != NULL);
  g_clear_pointer (&anna->pump, claw_pump_free);
  uint16_t port = rotate (fixture, 1);
  RUN_UNTIL (get_peer_port (ben) == port);
  port = rotate (fixture, 2);
  RUN_UNTIL (get_peer_port (ben) == port);
  RUN_UNTIL (count_used_ports (fixture, 2) == 2);
  anna->pump = claw_pump_new (anna->endpoint, anna->socket, on_client_event, anna);
  say (anna, "good morning");
  RUN_UNTIL (ben->log->len > 0);
  RUN_UNTIL (count_used_ports (fixture, 2) == 1);
  g_assert_cmpuint (get_peer_port (anna), ==, claw_server_ports_get_port (fixture->server->ports));
}

/* A client that lost the newest secret returns with the one before, once more after that, and also
 * after a restart. */
static void
test_previous_secret (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_auto (ClawKey) secret = { 0 };

  claw_key_copy (&secret, &anna->resumption);
  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr (Client) again = client_new (anna, "anna");

      join (fixture, again, &secret);
      g_assert_cmpstr (again->name, ==, "anna");
      if (i == 1)
        restart (fixture);
    }
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
}

/* Asks for a rotation as the control socket does. Returns: the number of sessions, -1 when there is
 * none of that member. */
static int
rotate_keys (Fixture *fixture, uint32_t member)
{
  const ClawControlRequest request = { .command = CLAW_CONTROL_ROTATE, .member = member };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) result = claw_server_commands_handler.request (NULL, &request, &error,
                                                                      fixture->server);

  if (result != NULL)
    return (int) json_object_get_int_member (json_node_get_object (result), "rotating");
  g_assert_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_NOT_FOUND);
  return -1;
}

/* Asks for a safety number as the control socket does. Returns: (transfer full) (nullable) */
static char *
ask_safety_number (Fixture *fixture, uint32_t member, GError **error)
{
  const ClawControlRequest request = { .command = CLAW_CONTROL_SAFETY_NUMBER, .member = member };
  g_autoptr (JsonNode) result = claw_server_commands_handler.request (NULL, &request, error,
                                                                      fixture->server);

  if (result == NULL)
    return NULL;
  return g_strdup (json_object_get_string_member (json_node_get_object (result), "safety_number"));
}

/* The operator sees what the member computes from the two keys that it knows. */
static void
test_safety_number (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawSecFile) file = open_current (fixture);
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  uint32_t id = claw_pairings_get (fixture->server->pairings, 0)->id;
  g_autoptr (GError) error = NULL;
  char expected[CLAW_SAFETY_NUMBER_SIZE];
  g_autofree char *number = ask_safety_number (fixture, id, &error);

  g_assert_no_error (error);
  claw_safety_number (anna->identity.public_key, file->server_public_key, expected);
  g_assert_cmpstr (number, ==, expected);
  g_assert_null (ask_safety_number (fixture, id + 1, &error));
  g_assert_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_NOT_FOUND);
}

/* Of the server's session with the member at place @at: it has begun, and so is the last to know.
 */
static uint64_t
get_epoch (Fixture *fixture, unsigned at)
{
  uint32_t id = claw_pairings_get (fixture->server->pairings, at)->id;
  ClawConnectionStats stats;

  claw_connection_get_stats (claw_room_get_connection (fixture->server->room, id), &stats);
  return stats.key_epoch;
}

/* All sessions, or one, change their keys; the saved list has the newest secret and the one before,
 * with which a client returns that has not got the newest. */
static void
test_rotate (Fixture *fixture, gconstpointer data)
{
  g_autofree char *saved = g_build_filename (fixture->config->state_directory, "pairings.json",
                                             NULL);
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = pair (fixture, NULL, "ben");
  uint32_t id = claw_pairings_get (fixture->server->pairings, 0)->id;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (rotate_keys (fixture, 0), ==, 2);
  RUN_UNTIL (get_epoch (fixture, 0) == 1 && get_epoch (fixture, 1) == 1);
  g_assert_cmpint (rotate_keys (fixture, id), ==, 1);
  g_assert_cmpint (rotate_keys (fixture, 77), ==, -1);
  RUN_UNTIL (get_epoch (fixture, 0) == 2);
  g_assert_cmpuint (get_epoch (fixture, 1), ==, 1);
  RUN_UNTIL (fixture->server->save_source == 0);
  g_autoptr (ClawPairings) pairings = claw_pairings_load (saved, &error);
  g_assert_no_error (error);
  const ClawPairing *pairing = claw_pairings_find_id (pairings, id);
  g_assert_true (claw_key_equal (&pairing->resumption, &anna->resumption));
  g_assert_true (claw_key_equal (&pairing->previous, &anna->previous));

  g_auto (ClawKey) previous = { 0 };
  claw_key_copy (&previous, &anna->previous);
  restart (fixture);
  g_autoptr (Client) again = client_new (anna, "anna");
  join (fixture, again, &previous);
  g_assert_cmpstr (again->name, ==, "anna");
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 2);
}

/* A client that returns with a secret that is not saved yet finds it saved at once, since the next
 * one makes it forget what the disk has. */
static void
test_return_unsaved (Fixture *fixture, gconstpointer data)
{
  g_autofree char *saved = g_build_filename (fixture->config->state_directory, "pairings.json",
                                             NULL);
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) again = client_new (anna, "anna");
  g_autoptr (Client) once_more = client_new (anna, "anna");
  ClawPairing *pairing = claw_pairings_get (fixture->server->pairings, 0);
  g_autoptr (GError) error = NULL;

  join (fixture, again, &anna->resumption);
  join (fixture, once_more, &again->resumption);
  g_assert_true (pairing->is_saved);
  g_autoptr (ClawPairings) pairings = claw_pairings_load (saved, &error);
  g_assert_no_error (error);
  g_assert_true (claw_key_equal (&claw_pairings_get (pairings, 0)->previous, &again->resumption));
}

/* What is not saved is not built upon: while the list cannot be written no further rotation begins,
 * and the sessions go on. */
static void
test_rotate_unsaved (Fixture *fixture, gconstpointer data)
{
  g_autofree char *away = g_strconcat (fixture->config->state_directory, ".away", NULL);
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = pair (fixture, NULL, "ben");

  RUN_UNTIL (fixture->server->save_source == 0);
  g_assert_cmpint (g_rename (fixture->config->state_directory, away), ==, 0);
  g_assert_cmpint (rotate_keys (fixture, 0), ==, 2);
  RUN_UNTIL (get_epoch (fixture, 0) == 1 && get_epoch (fixture, 1) == 1);
  ClawConnection *session = claw_room_get_connection (
      fixture->server->room, claw_pairings_get (fixture->server->pairings, 0)->id);
  g_assert_false (claw_server_save (fixture->server, NULL));
  g_assert_true (claw_connection_rotate_keys (session));
  say (anna, "still here");
  RUN_UNTIL (ben->log->len > 0);
  g_assert_cmpuint (get_epoch (fixture, 0), ==, 1);
  g_assert_cmpint (g_rename (away, fixture->config->state_directory), ==, 0);
  g_assert_true (claw_server_save (fixture->server, NULL));
  RUN_UNTIL (get_epoch (fixture, 0) == 2);
}

/* The same client from elsewhere takes over; its older session ends with the reason. */
static void
test_replaced (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) old = pair (fixture, NULL, "anna");
  g_autoptr (Client) new = client_new (old, "anna");

  join (fixture, new, &old->resumption);
  RUN_UNTIL (old->closed);
  g_assert_cmpint (old->code, ==, CLAW_CLOSE_CODE_REPLACED);
  g_assert_false (new->closed);
  g_assert_cmpuint (claw_room_get_present (fixture->server->room), ==, 1);
}

/* A client whose first session got lost, with the secret that it gave, comes back with the file,
 * also to a server that was restarted meanwhile; for anybody else that is used up. */
static void
test_file_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawSecFile) file = open_current (fixture);
  g_autoptr (Client) first = client_new (NULL, "anna");
  g_autoptr (Client) second = client_new (first, "anna");
  g_autoptr (Client) stranger = client_new (NULL, "eve");
  g_autoptr (Client) third = client_new (first, "anna");

  join (fixture, first, &file->shared_secret);
  join (fixture, second, &file->shared_secret);
  RUN_UNTIL (first->closed);
  restart (fixture);
  knock (fixture, stranger, &file->shared_secret);
  join (fixture, third, &file->shared_secret);
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
  g_assert_null (stranger->name);
}

/* A known client with a new file is still the same member, and that file is used up, too. */
static void
test_new_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) old = pair (fixture, NULL, "anna");
  uint32_t id = claw_pairings_get (fixture->server->pairings, 0)->id;
  g_autofree char *second = g_strdup (claw_issuer_get_current (fixture->server->issuer, NULL));
  g_autoptr (Client) new = pair (fixture, old, "anna");

  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
  g_assert_cmpuint (claw_pairings_get (fixture->server->pairings, 0)->id, ==, id);
  g_assert_false (g_file_test (second, G_FILE_TEST_EXISTS));
  RUN_UNTIL (old->closed);
  g_assert_false (new->closed);
}

/* A revoked client is told so, and its secrets open nothing any more. */
static void
test_revoked (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = NULL;
  g_autoptr (Client) again = client_new (anna, "anna");
  ClawEndpointStats before, after;

  claw_server_forget (fixture->server, claw_pairings_get (fixture->server->pairings, 0),
                      CLAW_CLOSE_CODE_REVOKED);
  RUN_UNTIL (anna->closed);
  g_assert_cmpint (anna->code, ==, CLAW_CLOSE_CODE_REVOKED);
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 0);
  claw_endpoint_get_stats (fixture->server->endpoint, &before);
  knock (fixture, again, &anna->resumption);
  do
    {
      g_main_context_iteration (NULL, TRUE);
      claw_endpoint_get_stats (fixture->server->endpoint, &after);
    }
  while (after.strangers == before.strangers);
  /* Had it been answered, the answer would be here before another one's. */
  ben = pair (fixture, NULL, "ben");
  g_assert_null (again->connection);
}

/* The list of pairings cannot be written, nor anything else of this name. Returns: (transfer full):
 * where it is now. */
static char *
break_list (Fixture *fixture)
{
  g_autofree char *saved = g_build_filename (fixture->config->state_directory, "pairings.json",
                                             NULL);
  char *aside = g_build_filename (fixture->directory, "aside", NULL);

  g_assert_true (claw_server_save (fixture->server, NULL));
  g_assert_no_errno (g_rename (saved, aside));
  g_assert_no_errno (g_mkdir (saved, 0700));
  return aside;
}

/* Puts it back as it was, or takes the present one when @aside is NULL. */
static void
mend_list (Fixture *fixture, const char *aside)
{
  g_autofree char *saved = g_build_filename (fixture->config->state_directory, "pairings.json",
                                             NULL);

  g_assert_no_errno (g_rmdir (saved));
  if (aside != NULL)
    g_assert_no_errno (g_rename (aside, saved));
}

static gboolean
revoke_first (Fixture *fixture, GError **error)
{
  const ClawControlRequest request = {
    .command = CLAW_CONTROL_REVOKE,
    .member = claw_pairings_get (fixture->server->pairings, 0)->id,
  };
  is_warning_expected = TRUE;
  g_autoptr (JsonNode) reply = claw_server_commands_handler.request (NULL, &request, error,
                                                                     fixture->server);
  is_warning_expected = FALSE;

  return reply != NULL;
}

/* A disk that fails while a member is revoked: it is noted, a later save makes up for it. */
static void
test_revoked_unsaved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autofree char *aside = break_list (fixture);
  g_autofree char *saved = g_build_filename (fixture->config->state_directory, "pairings.json",
                                             NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawPairings) after = NULL;

  g_assert_true (revoke_first (fixture, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 0);
  g_assert_true (claw_erasure_is_pending (fixture->server->erasure));
  g_assert_cmpuint (fixture->server->save_source, !=, 0);
  mend_list (fixture, NULL);
  g_assert_true (claw_server_save (fixture->server, NULL));
  g_assert_false (claw_erasure_is_pending (fixture->server->erasure));
  after = claw_pairings_load (saved, NULL);
  g_assert_cmpuint (claw_pairings_get_count (after), ==, 0);
  g_assert_no_errno (g_remove (aside));
}

/* Killed before that, the server does not know the member any more when it starts again, although
 * the list still has it. */
static void
test_revoked_killed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = pair (fixture, NULL, "ben");
  g_autofree char *aside = break_list (fixture);
  g_autofree char *list = g_build_filename (fixture->config->state_directory, "pairings.json",
                                            NULL);
  uint32_t id = claw_pairings_get (fixture->server->pairings, 0)->id;

  g_assert_true (revoke_first (fixture, NULL));
  is_warning_expected = TRUE;
  claw_server_free (g_steal_pointer (&fixture->server));
  is_warning_expected = FALSE;
  mend_list (fixture, aside);
  start (fixture);
  g_assert_null (claw_pairings_find_id (fixture->server->pairings, id));
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
  g_assert_false (claw_erasure_is_pending (fixture->server->erasure));
  g_autoptr (ClawPairings) after = claw_pairings_load (list, NULL);
  g_assert_cmpuint (claw_pairings_get_count (after), ==, 1);
}

/* Where it cannot even be noted, the operator hears what that means. */
static void
test_revoked_unnoted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autofree char *aside = break_list (fixture);
  g_autofree char *note = g_build_filename (fixture->config->state_directory, CLAW_ERASURE_NOTE,
                                            NULL);
  g_autoptr (GError) error = NULL;

  g_assert_no_errno (g_mkdir (note, 0700));
  g_assert_false (revoke_first (fixture, &error));
  g_assert_nonnull (strstr (error->message, "is revoked, but comes back"));
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 0);
  g_assert_no_errno (g_rmdir (note));
  mend_list (fixture, NULL);
  g_assert_true (claw_server_save (fixture->server, NULL));
  g_assert_no_errno (g_remove (aside));
}

/* The server tells a client what it sees of it, from both of its ports; on loopback nothing is in
 * between. */
static void
test_probed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  ClawAddress local;

  claw_udp_socket_get_address (anna->socket, &local);
  claw_connection_probe_nat (anna->connection);
  claw_pump_kick (anna->pump);
  RUN_UNTIL (anna->probed);
  const ClawProbeResult *result = claw_connection_get_probe_result (anna->connection);
  g_assert_true (claw_address_equal (&result->seen, &local));
  g_assert_true (claw_address_equal (&result->seen_by_other, &local));
  g_assert_true (result->is_open);
  g_assert_cmpuint (result->other_port, !=, 0);
  g_assert_cmpuint (result->other_port, !=, fixture->server->listening.port);
  say (anna, "still here");
  RUN_UNTIL (claw_connection_get_acknowledged (anna->connection, 0) > 0);
}

/* A damaged list of pairings stops the start, and stays for a look at it. */
static void
test_damaged_pairings (Fixture *fixture, gconstpointer data)
{
  g_autofree char *saved = g_build_filename (fixture->config->state_directory, "pairings.json",
                                             NULL);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->server, claw_server_free);
  g_assert_true (claw_file_write (saved, "{", 1, NULL));
  g_assert_null (claw_server_new (fixture->config, NULL, fixture->control, &error));
  g_assert_error (error, CLAW_PAIRINGS_ERROR, CLAW_PAIRINGS_ERROR_DAMAGED);
}

/* A second server on the same directories is refused, and the first one goes on. */
static void
test_second_server (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Client) anna = NULL;

  g_assert_null (claw_server_new (fixture->config, NULL, fixture->control, &error));
  g_assert_error (error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_LOCKED);
  g_assert_true (g_file_test (fixture->control, G_FILE_TEST_EXISTS));
  anna = pair (fixture, NULL, "anna");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  allow_expected_warnings ();
  g_unsetenv ("CLAWCHAT_BOOTSTRAP_KEY");
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_unsetenv ("NOTIFY_SOCKET");
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/server/pairing/file-used-up", test_pairing);
  ADD ("/server/chat/passed-on", test_chat);
  ADD ("/server/chat/renamed", test_renamed);
  ADD ("/server/restart/returned", test_restart);
  ADD ("/server/ports/rotation", test_port_rotation);
  ADD ("/server/ports/sleeper", test_port_sleeper);
  ADD ("/server/secret/previous-accepted", test_previous_secret);
  ADD ("/server/safety-number/same-as-member", test_safety_number);
  ADD ("/server/rotate/saved", test_rotate);
  ADD ("/server/rotate/not-saved", test_rotate_unsaved);
  ADD ("/server/secret/unsaved-at-once", test_return_unsaved);
  ADD ("/server/session/replaced", test_replaced);
  ADD ("/server/new-file/same-member", test_new_file);
  ADD ("/server/used-file/same-client-again", test_file_again);
  ADD ("/server/revoked/silence", test_revoked);
  ADD ("/server/revoked/not-saved", test_revoked_unsaved);
  ADD ("/server/revoked/killed", test_revoked_killed);
  ADD ("/server/revoked/not-noted", test_revoked_unnoted);
  ADD ("/server/probe-port/answers", test_probed);
  ADD ("/server/damaged-pairings/refused", test_damaged_pairings);
  ADD ("/server/second-server/refused", test_second_server);
  return g_test_run ();
}
