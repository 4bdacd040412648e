/* test-server-compromise.c: a server whose keys are compromised, with a look at its disk. */
#include "server-fixture.h"

#include "claw-file.h"
#include "claw-key-file.h"

#include <glib/gstdio.h>
#include <string.h>

/* Structured messages do not reach g_test_expect_message (). */
static unsigned n_warnings;

static GLogWriterOutput
count_warnings (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if (level & G_LOG_LEVEL_WARNING)
    n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

/* Whether any file below @path holds @secret, as bytes or as base64. */
static gboolean
holds (const char *path, const uint8_t *secret)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autofree char *text = g_base64_encode (secret, CLAW_KEY_SIZE);
  g_autofree char *content = NULL;
  size_t length = 0;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (holds (child, secret))
        return TRUE;
    }
  if (dir != NULL || !g_file_get_contents (path, &content, &length, NULL))
    return FALSE;
  return memmem (content, length, secret, CLAW_KEY_SIZE) != NULL
         || memmem (content, length, text, strlen (text)) != NULL;
}

/* A client asks: its pairing is gone from memory and disk before it hears so, the other one's is
 * not, the next .sec is there, and the old secrets open nothing. */
static void
test_compromised_by_client (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = pair (fixture, NULL, "ben");
  g_autoptr (Client) thief = client_new (anna, "anna");
  g_autofree char *first = g_strdup (claw_issuer_get_current (fixture->server->issuer, NULL));
  ClawEndpointStats stats;

  g_assert_true (holds (fixture->directory, anna->resumption.bytes));
  g_assert_true (claw_connection_compromise (anna->connection));
  claw_pump_kick (anna->pump);
  RUN_UNTIL (anna->closed);
  g_assert_cmpint (anna->reason, ==, CLAW_CLOSE_COMPROMISED);
  g_assert_true (anna->peer_knows);
  g_assert_false (holds (fixture->directory, anna->resumption.bytes));
  g_assert_true (holds (fixture->directory, ben->resumption.bytes));
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
  g_assert_cmpuint (claw_room_get_present (fixture->server->room), ==, 1);
  g_assert_cmpstr (claw_issuer_get_current (fixture->server->issuer, NULL), !=, first);
  g_assert_false (claw_erasure_is_pending (fixture->server->erasure));

  knock (fixture, thief, &anna->resumption);
  do
    {
      g_main_context_iteration (NULL, TRUE);
      claw_endpoint_get_stats (fixture->server->endpoint, &stats);
    }
  while (stats.strangers == 0);
  g_assert_null (thief->connection);
  g_autoptr (Client) again = pair (fixture, anna, "anna");
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 2);
  say (again, "here");
  RUN_UNTIL (ben->log->len > 0);
}

static ClawPairing *
find_pairing_of (Fixture *fixture, const Client *client)
{
  return claw_pairings_find_key (fixture->server->pairings, client->identity.public_key);
}

/* What a server's endpoint tells of ports and of NATs ends no pairing, should it ever do so. */
static void
test_other_events (Fixture *fixture, gconstpointer data)
{
  static const ClawEndpointEventType types[] = { CLAW_ENDPOINT_PORT, CLAW_ENDPOINT_PROBED };
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");

  for (unsigned i = 0; i < G_N_ELEMENTS (types); i++)
    {
      ClawEndpointEvent event = { .type = types[i] };

      event.connection = claw_room_get_connection (fixture->server->room,
                                                   find_pairing_of (fixture, anna)->id);
      g_assert_nonnull (event.connection);
      claw_server_sessions_event (&event, fixture->server);
      g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
      g_assert_true (holds (fixture->directory, anna->resumption.bytes));
    }
}

/* The operator ends one pairing: that client is told, the others stay. */
static void
test_compromised_one (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = pair (fixture, NULL, "ben");
  ClawServerCompromised result = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_server_compromise_member (fixture->server, find_pairing_of (fixture, anna),
                                                NULL, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.told, ==, 1);
  g_assert_cmpuint (result.away, ==, 0);
  g_assert_false (holds (fixture->directory, anna->resumption.bytes));
  RUN_UNTIL (anna->told);
  g_assert_false (ben->told);
  g_assert_true (holds (fixture->directory, ben->resumption.bytes));
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
}

typedef struct
{
  ClawKey identity, ports, file;
} OldKeys;

static void
old_keys_clear (OldKeys *old)
{
  claw_key_clear (&old->identity);
  claw_key_clear (&old->ports);
  claw_key_clear (&old->file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OldKeys, old_keys_clear)

static void
note_old_keys (Fixture *fixture, OldKeys *old)
{
  g_autofree char *ports = g_build_filename (fixture->config->state_directory, "port.secret", NULL);
  g_autoptr (ClawSecFile) file = open_current (fixture);

  claw_key_copy (&old->identity, &fixture->server->identity.private_key);
  claw_key_copy (&old->file, &file->shared_secret);
  g_assert_true (claw_key_file_load_or_create (&old->ports, ports, "", NULL));
  g_assert_true (holds (fixture->directory, old->identity.bytes));
  g_assert_true (holds (fixture->directory, old->ports.bytes));
}

static void
assert_all_gone (Fixture *fixture, const OldKeys *old, const Client *client)
{
  g_autofree char *note = g_build_filename (fixture->config->state_directory, CLAW_ERASURE_NOTE,
                                            NULL);
  g_autoptr (ClawSecFile) file = open_current (fixture);

  g_assert_false (holds (fixture->directory, old->identity.bytes));
  g_assert_false (holds (fixture->directory, old->ports.bytes));
  g_assert_false (holds (fixture->directory, client->resumption.bytes));
  g_assert_false (claw_key_equal (&file->shared_secret, &old->file));
  g_assert_cmpmem (file->server_public_key, CLAW_PUBLIC_KEY_SIZE,
                   fixture->server->identity.public_key, CLAW_PUBLIC_KEY_SIZE);
  g_assert_true (holds (fixture->directory, fixture->server->identity.private_key.bytes));
  g_assert_false (g_file_test (note, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 0);
  g_assert_cmpuint (claw_issuer_get_count (fixture->server->issuer), ==, 1);
}

/* The operator ends everything: all that are there are told, those that are away are counted, no
 * old key is left, and a new file is good at once, also after a restart. */
static void
test_compromised_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autoptr (Client) ben = pair (fixture, NULL, "ben");
  g_autoptr (Client) clara = pair (fixture, NULL, "clara");
  g_auto (OldKeys) old = { 0 };
  g_auto (ClawKey) secret = { 0 };
  ClawServerCompromised result = { 0 };
  g_autoptr (GError) error = NULL;

  claw_connection_close (clara->connection, CLAW_CLOSE_CODE_BYE);
  claw_pump_kick (clara->pump);
  RUN_UNTIL (claw_room_get_present (fixture->server->room) == 2);
  note_old_keys (fixture, &old);
  ben->stays_silent = TRUE;
  g_assert_true (claw_server_compromise_all (fixture->server, NULL, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.told, ==, 2);
  g_assert_cmpuint (result.away, ==, 1);
  assert_all_gone (fixture, &old, anna);
  assert_all_gone (fixture, &old, clara);
  RUN_UNTIL (anna->told && ben->told);

  g_autoptr (Client) again = pair (fixture, anna, "anna");
  claw_key_copy (&secret, &again->resumption);
  restart (fixture);
  g_autoptr (Client) returned = client_new (again, "anna");
  join (fixture, returned, &secret);
  g_assert_cmpuint (claw_pairings_get_count (fixture->server->pairings), ==, 1);
}

static void
put_new_key (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->config->state_directory, "server.key", NULL);
  g_auto (ClawKey) key = { 0 };

  claw_key_generate (&key);
  g_assert_true (claw_key_file_save (&key, path, NULL));
}

static void
remove_from (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  g_remove (path);
}

/* The server stops after each step of erasing everything, and finishes when it starts again. */
static void
test_compromised_stop (Fixture *fixture, gconstpointer data)
{
  static const char *const steps[] = { "", "port.secret", "pairings.json", "server.key" };

  for (unsigned step = 0; step <= G_N_ELEMENTS (steps); step++)
    {
      g_autoptr (Client) anna = pair (fixture, NULL, "anna");
      g_auto (OldKeys) old = { 0 };
      g_auto (GStrv) files = claw_issuer_list (fixture->server->issuer);
      g_autoptr (ClawErasure) erasure = NULL;

      g_test_message ("stopped at step %u", step);
      note_old_keys (fixture, &old);
      claw_server_free (g_steal_pointer (&fixture->server));
      erasure = claw_erasure_new (fixture->config->state_directory,
                                  fixture->config->security_directory, NULL);
      g_assert_true (claw_erasure_note_all (erasure, (const char *const *) files, NULL));
      for (unsigned i = 0; i < step && i < G_N_ELEMENTS (steps); i++)
        if (*steps[i] == '\0')
          g_remove (files[0]);
        else
          remove_from (fixture->config->state_directory, steps[i]);
      /* At the last step the new keys are there, and the note still is. */
      if (step == G_N_ELEMENTS (steps))
        put_new_key (fixture);
      start (fixture);
      assert_all_gone (fixture, &old, anna);
    }
}

/* The same for one pairing: noted and not erased yet, or erased and still noted. */
static void
test_compromised_stop_one (Fixture *fixture, gconstpointer data)
{
  for (unsigned step = 0; step < 2; step++)
    {
      g_autoptr (Client) anna = pair (fixture, NULL, "anna");
      g_autoptr (Client) ben = pair (fixture, NULL, "ben");
      g_autoptr (ClawErasure) erasure = NULL;
      uint32_t id = find_pairing_of (fixture, anna)->id;

      if (step == 1)
        {
          claw_server_forget (fixture->server, find_pairing_of (fixture, anna),
                              CLAW_CLOSE_CODE_REVOKED);
          g_assert_true (claw_server_save (fixture->server, NULL));
        }
      claw_server_free (g_steal_pointer (&fixture->server));
      erasure = claw_erasure_new (fixture->config->state_directory,
                                  fixture->config->security_directory, NULL);
      g_assert_true (claw_erasure_note_member (erasure, id, NULL));
      start (fixture);
      g_assert_false (holds (fixture->directory, anna->resumption.bytes));
      g_assert_true (holds (fixture->directory, ben->resumption.bytes));
      g_assert_null (find_pairing_of (fixture, anna));
      g_assert_nonnull (find_pairing_of (fixture, ben));
      g_assert_false (claw_erasure_is_pending (fixture->server->erasure));
    }
}

/* A disk that does not let go: nobody hears that the keys are erased, the pairing is of no use all
 * the same, and a later save makes up for it. */
static void
test_compromised_disk (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autofree char *pairings = g_build_filename (fixture->config->state_directory, "pairings.json",
                                                NULL);
  g_autoptr (GError) error = NULL;

  g_assert_no_errno (g_remove (pairings));
  g_assert_no_errno (g_mkdir (pairings, 0700));
  n_warnings = 0;
  claw_connection_compromise (anna->connection);
  claw_pump_kick (anna->pump);
  RUN_UNTIL (claw_pairings_get_count (fixture->server->pairings) == 0);
  g_assert_cmpuint (n_warnings, ==, 1);
  g_assert_true (claw_erasure_is_pending (fixture->server->erasure));
  g_assert_false (anna->closed);
  g_assert_no_errno (g_rmdir (pairings));
  g_assert_true (claw_server_save (fixture->server, &error));
  g_assert_no_error (error);
  g_assert_false (claw_erasure_is_pending (fixture->server->erasure));
}

/* A note that cannot be removed: the new keys stay, later saves try again, and succeed. */
static void
test_compromised_note (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Client) anna = pair (fixture, NULL, "anna");
  g_autofree char *note = g_build_filename (fixture->config->state_directory, CLAW_ERASURE_NOTE,
                                            NULL);
  g_auto (OldKeys) old = { 0 };
  ClawServerCompromised result = { 0 };
  g_autoptr (GError) error = NULL;

  note_old_keys (fixture, &old);
  g_assert_no_errno (g_mkdir (note, 0700));
  g_assert_false (claw_server_compromise_all (fixture->server, NULL, &result, &error));
  g_assert_nonnull (strstr (error->message, note));
  g_assert_true (claw_erasure_is_pending (fixture->server->erasure));
  g_assert_true (claw_erasure_is_erased (fixture->server->erasure));
  g_assert_false (claw_server_save (fixture->server, NULL));
  g_assert_true (holds (fixture->directory, fixture->server->identity.private_key.bytes));
  g_assert_no_errno (g_rmdir (note));
  g_assert_true (claw_server_save (fixture->server, NULL));
  assert_all_gone (fixture, &old, anna);
  g_assert_false (claw_erasure_is_pending (fixture->server->erasure));
}

/* A save that makes up for it erases before it writes, which a full disk cannot do. */
static void
test_compromised_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *pairings = g_build_filename (fixture->config->state_directory, "pairings.json",
                                                NULL);
  const char *const files[] = { NULL };
  g_auto (OldKeys) old = { 0 };

  note_old_keys (fixture, &old);
  g_remove (pairings);
  g_assert_no_errno (g_mkdir (pairings, 0700));
  g_assert_true (claw_erasure_note_all (fixture->server->erasure, files, NULL));
  g_assert_false (claw_server_save (fixture->server, NULL));
  g_assert_false (holds (fixture->directory, old.identity.bytes));
  g_assert_no_errno (g_rmdir (pairings));
  g_assert_true (claw_server_save (fixture->server, NULL));
  g_assert_false (claw_erasure_is_pending (fixture->server->erasure));
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_log_set_writer_func (count_warnings, NULL, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  ADD ("/server-compromise/by-client", test_compromised_by_client);
  ADD ("/server-compromise/other-events", test_other_events);
  ADD ("/server-compromise/one", test_compromised_one);
  ADD ("/server-compromise/all", test_compromised_all);
  ADD ("/server-compromise/stop", test_compromised_stop);
  ADD ("/server-compromise/stop-one", test_compromised_stop_one);
  ADD ("/server-compromise/disk", test_compromised_disk);
  ADD ("/server-compromise/note", test_compromised_note);
  ADD ("/server-compromise/order", test_compromised_order);
  return g_test_run ();
}
