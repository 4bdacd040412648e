/* test-host.c: a server in a thread of its own, as a window hosts one. */
#include "server-fixture.h"

#include "claw-host.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *directory;
  ClawHost *host;
  unsigned changes;
} Hosting;

static void
on_changed (Hosting *hosting)
{
  hosting->changes++;
}

static void
make_host (Hosting *hosting)
{
  ClawServerConfig *config = claw_server_config_new ();

  g_free (config->ip);
  config->ip = g_strdup ("127.0.0.1");
  config->port_mapping = FALSE;
  hosting->host = claw_host_new (hosting->directory, config);
  g_signal_connect_swapped (hosting->host, "changed", G_CALLBACK (on_changed), hosting);
}

static void
host_set_up (Hosting *hosting, gconstpointer data)
{
  claw_secret_init ();
  hosting->directory = g_dir_make_tmp ("clawchat-host-XXXXXX", NULL);
  make_host (hosting);
}

static void
host_tear_down (Hosting *hosting, gconstpointer data)
{
  g_clear_object (&hosting->host);
  remove_tree (hosting->directory);
  g_free (hosting->directory);
}

static void
start_host (Hosting *hosting, const char *passphrase)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (claw_host_start (hosting->host, "Anna's chat", passphrase, &error));
  g_assert_no_error (error);
  g_assert_cmpint (claw_host_get_state (hosting->host), ==, CLAW_HOST_STARTING);
  RUN_UNTIL (claw_host_get_state (hosting->host) == CLAW_HOST_RUNNING
             && claw_host_get_file (hosting->host) != NULL);
}

static ClawSecFile *
open_file (Hosting *hosting, const char *path)
{
  g_autoptr (GError) error = NULL;
  ClawSecFile *file = claw_sec_file_load (path, claw_host_get_key (hosting->host), &error);

  g_assert_no_error (error);
  return file;
}

/* The client's part of the server's fixture, which needs to know where to knock. */
static Client *
join_by (Hosting *hosting, const char *name, const char *path)
{
  g_autoptr (ClawSecFile) file = open_file (hosting, path);
  Fixture fixture = { 0 };
  Client *client = client_new (NULL, name);

  fixture.server = g_new0 (ClawServer, 1);
  memcpy (fixture.server->identity.public_key, file->server_public_key, CLAW_PUBLIC_KEY_SIZE);
  fixture.server->listening = file->server;
  join (&fixture, client, &file->shared_secret);
  g_free (fixture.server);
  return client;
}

/* It runs, shows a file that opens with its key, somebody comes and is listed, and it stops. */
static void
test_hosting (Hosting *hosting, gconstpointer data)
{
  start_host (hosting, NULL);
  g_assert_cmpuint (claw_host_get_port (hosting->host), !=, 0);
  g_assert_cmpint (claw_host_get_valid_until_s (hosting->host), >, claw_server_now_s ());
  g_assert_cmpuint (claw_host_get_members (hosting->host)->len, ==, 0);
  g_autofree char *first = g_strdup (claw_host_get_file (hosting->host));
  g_autoptr (ClawSecFile) file = open_file (hosting, first);
  g_assert_cmpstr (file->server_name, ==, "Anna's chat");
  g_assert_cmpmem (file->server_public_key, CLAW_PUBLIC_KEY_SIZE,
                   claw_host_get_public_key (hosting->host), CLAW_PUBLIC_KEY_SIZE);

  g_autoptr (Client) ben = join_by (hosting, "ben", first);
  RUN_UNTIL (claw_host_get_members (hosting->host)->len == 1);
  const ClawHostMember *member = claw_host_get_members (hosting->host)->pdata[0];
  g_assert_cmpstr (member->name, ==, "ben");
  g_assert_true (member->is_present);
  g_assert_cmpmem (member->public_key, CLAW_PUBLIC_KEY_SIZE, ben->identity.public_key,
                   CLAW_PUBLIC_KEY_SIZE);
  RUN_UNTIL (claw_host_get_file (hosting->host) != NULL
             && strcmp (claw_host_get_file (hosting->host), first) != 0);
  g_assert_false (g_file_test (first, G_FILE_TEST_EXISTS));

  claw_host_stop (hosting->host);
  RUN_UNTIL (claw_host_get_state (hosting->host) == CLAW_HOST_OFF && ben->closed);
  g_assert_cmpint (ben->code, ==, CLAW_CLOSE_CODE_SHUTDOWN);
  g_assert_null (claw_host_get_file (hosting->host));
  g_assert_null (claw_host_get_public_key (hosting->host));
}

/* One more file on demand: another one, and the first is still good. */
static void
test_new_file (Hosting *hosting, gconstpointer data)
{
  start_host (hosting, NULL);
  g_autofree char *first = g_strdup (claw_host_get_file (hosting->host));
  claw_host_make_file (hosting->host);
  RUN_UNTIL (g_strcmp0 (claw_host_get_file (hosting->host), first) != 0);
  g_autoptr (Client) ben = join_by (hosting, "ben", first);
  g_assert_cmpstr (ben->name, ==, "ben");
}

/* A passphrase opens the files instead of the key; an empty one goes back to a random key. */
static void
test_passphrase (Hosting *hosting, gconstpointer data)
{
  start_host (hosting, "correct horse");
  g_assert_true (claw_bootstrap_key_is_passphrase (claw_host_get_key (hosting->host)));
  g_assert_cmpstr (claw_bootstrap_key_peek_text (claw_host_get_key (hosting->host)), ==,
                   "correct horse");
  g_autoptr (ClawSecFile) file = open_file (hosting, claw_host_get_file (hosting->host));
  claw_host_shutdown (hosting->host);
  start_host (hosting, "");
  g_assert_false (claw_bootstrap_key_is_passphrase (claw_host_get_key (hosting->host)));
}

/* What was on when the program ended starts again, with the same keys and members; what was stopped
 * does not. */
static void
test_again (Hosting *hosting, gconstpointer data)
{
  uint8_t key[CLAW_PUBLIC_KEY_SIZE];

  g_assert_false (claw_host_start_again (hosting->host));
  start_host (hosting, NULL);
  memcpy (key, claw_host_get_public_key (hosting->host), sizeof key);
  g_autoptr (Client) ben = join_by (hosting, "ben", claw_host_get_file (hosting->host));
  claw_host_shutdown (hosting->host);
  g_clear_object (&hosting->host);

  make_host (hosting);
  g_assert_cmpstr (claw_host_get_name (hosting->host), ==, "Anna's chat");
  g_assert_true (claw_host_start_again (hosting->host));
  RUN_UNTIL (claw_host_get_state (hosting->host) == CLAW_HOST_RUNNING);
  g_assert_cmpmem (claw_host_get_public_key (hosting->host), sizeof key, key, sizeof key);
  g_assert_cmpuint (claw_host_get_members (hosting->host)->len, ==, 1);
  claw_host_stop (hosting->host);
  RUN_UNTIL (claw_host_get_state (hosting->host) == CLAW_HOST_OFF);
  g_assert_false (claw_host_start_again (hosting->host));
}

static void
on_own_file (GObject *source, GAsyncResult *result, gpointer user_data)
{
  char **path = user_data;
  g_autoptr (GError) error = NULL;

  *path = claw_host_make_own_file_finish (CLAW_HOST (source), result, &error);
  g_assert_no_error (error);
}

/* The program itself comes in over loopback, with a file that nobody else can have. */
static void
test_own_file (Hosting *hosting, gconstpointer data)
{
  g_autofree char *path = NULL;

  start_host (hosting, NULL);
  claw_host_make_own_file_async (hosting->host, on_own_file, &path);
  RUN_UNTIL (path != NULL);
  g_assert_true (g_str_has_prefix (path, hosting->directory));
  g_autoptr (ClawSecFile) file = open_file (hosting, path);
  g_assert_true (claw_address_is_loopback (&file->server));
  g_autoptr (Client) anna = join_by (hosting, "anna", path);
  g_assert_cmpstr (anna->name, ==, "anna");
}

static void
on_given_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *is_over = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = claw_host_make_own_file_finish (CLAW_HOST (source), result, &error);

  g_assert_true (path != NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  *is_over = TRUE;
}

/* What was asked for at the end is answered all the same. */
static void
test_end_in_between (Hosting *hosting, gconstpointer data)
{
  gboolean is_over = FALSE;

  start_host (hosting, NULL);
  claw_host_make_own_file_async (hosting->host, on_given_up, &is_over);
  claw_host_shutdown (hosting->host);
  RUN_UNTIL (is_over);
}

/* A directory that another program hosts in is refused, with a reason, and works later. */
static void
test_taken (Hosting *hosting, gconstpointer data)
{
  Hosting second = { .directory = hosting->directory };

  start_host (hosting, NULL);
  make_host (&second);
  g_assert_true (claw_host_start (second.host, "Second", NULL, NULL));
  RUN_UNTIL (claw_host_get_state (second.host) == CLAW_HOST_FAILED);
  g_assert_error (claw_host_get_error (second.host), CLAW_SERVER_SETUP_ERROR,
                  CLAW_SERVER_SETUP_ERROR_LOCKED);
  claw_host_shutdown (hosting->host);
  start_host (&second, NULL);
  g_clear_object (&second.host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("CLAWCHAT_BOOTSTRAP_KEY");
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_unsetenv ("NOTIFY_SOCKET");
#define ADD(path, function) g_test_add (path, Hosting, NULL, host_set_up, function, host_tear_down)
  ADD ("/host/on/members-come", test_hosting);
  ADD ("/host/new-file/older-stays-good", test_new_file);
  ADD ("/host/passphrase/opens", test_passphrase);
  ADD ("/host/again/as-it-was", test_again);
  ADD ("/host/own-file/loopback", test_own_file);
  ADD ("/host/own-file/given-up", test_end_in_between);
  ADD ("/host/directory/taken", test_taken);
  return g_test_run ();
}
