/* test-control-client.c: commands are checked before anybody is asked. */
#include "claw-control-client.h"

#include "claw-control-access.h"
#include "claw-control-link.h"
#include "claw-message.h"
#include "claw-pairings.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static char *
check (const char *words)
{
  g_auto (GStrv) split = g_strsplit (words, " ", -1);
  const ClawControlClientOptions options = { .n_words = (int) g_strv_length (split),
                                             .words = split };
  char *problem = NULL;

  if (claw_control_client_check (&options, &problem))
    g_assert_null (problem);
  else
    g_assert_nonnull (problem);
  return problem;
}

/* Every command with what it needs is fine. */
static void
test_right (void)
{
  static const char *const words[] = { "status",         "new-file", "sessions",
                                       "members",        "attach",   "send",
                                       "send a b c",     "revoke 1", "disconnect 4294967295",
                                       "rotate",         "rotate 3", "compromised",
                                       "compromised 7",  "tail",     "check-config",
                                       "safety-number 3" };

  for (unsigned i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_null (check (words[i]));
}

/* Anything else is refused, and the message names the word. */
static void
test_wrong (void)
{
  static const struct
  {
    const char *words, *named;
  } cases[] = {
    { "statsu", "statsu" },
    { "status now", "now" },
    { "revoke", "revoke" },
    { "revoke anna", "anna" },
    { "revoke 0", "0" },
    { "revoke 4294967296", "4294967296" },
    { "revoke 1 2", "2" },
    { "disconnect -1", "-1" },
    { "rotat", "rotat" },
    { "rotate all", "all" },
    { "rotate 1 2", "2" },
    { "attach x", "x" },
    { "tail x", "x" },
    { "check-config x", "x" },
    { "compromised all", "all" },
    { "compromised 0", "0" },
    { "compromised 1 2", "2" },
    { "safety-number", "safety-number" },
    { "safety-number all", "all" },
    { "withdraw", "withdraw" },
    { "withdraw ", "withdraw" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *problem = check (cases[i].words);

      g_assert_nonnull (problem);
      g_assert_nonnull (strstr (problem, cases[i].named));
    }
}

/* With no server there the places that were tried are named, and the exit code says so. */
static void
test_no_server (void)
{
  if (g_test_subprocess ())
    {
      const char *const sockets[] = { "/nonexistent/a.sock", "/nonexistent/b.sock", NULL };
      char *words[] = { (char *) "status", NULL };
      const ClawControlClientOptions options = { .sockets = sockets, .n_words = 1, .words = words };

      g_assert_cmpint (claw_control_client_run (&options), ==, EX_UNAVAILABLE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*/nonexistent/a.sock, /nonexistent/b.sock*");
}

static JsonNode *
refuse (ClawControlPeer *peer, const ClawControlRequest *request, GError **error, gpointer data)
{
  g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_EMPTY, "got <%s>", request->text);
  return NULL;
}

static void
ignore_attached (unsigned attached, gpointer data)
{
}

/* Sessions as many as there may be, each as long as it can get in JSON. */
static JsonNode *
list_most (ClawControlPeer *peer, const ClawControlRequest *request, GError **error, gpointer data)
{
  static const char *const numbers[] = { "id",   "since",     "round_trip", "bytes_sent",
                                         "lost", "key_epoch", "key_age",    "bytes_received" };
  g_autofree char *name = g_strnfill (CLAW_MESSAGE_NAME_MAX, '"');
  g_autoptr (JsonObject) result = json_object_new ();
  JsonArray *sessions = json_array_new ();

  for (unsigned at = 0; at < CLAW_PAIRINGS_MAX; at++)
    {
      JsonObject *session = json_object_new ();

      json_object_set_string_member (session, "name", name);
      json_object_set_string_member (session, "for", name);
      json_object_set_string_member (session, "address",
                                     "[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
      for (unsigned i = 0; i < G_N_ELEMENTS (numbers); i++)
        json_object_set_int_member (session, numbers[i], G_GINT64_CONSTANT (1) << 40);
      json_array_add_object_element (sessions, session);
    }
  json_object_set_array_member (result, "sessions", sessions);
  return json_node_init_object (json_node_alloc (), result);
}

typedef struct
{
  JsonNode *(*request) (ClawControlPeer *peer,
                        const ClawControlRequest *request,
                        GError **error,
                        gpointer data);
  char *directory, *path;
  GMainContext *context;
  GThread *thread;
  gint ready, done;
} Host;

static gpointer
serve_in_thread (gpointer data)
{
  Host *host = data;
  const ClawControlHandler handler = { host->request, ignore_attached };
  ClawControl *control;

  g_main_context_push_thread_default (host->context);
  control = claw_control_new (host->path, "Test", CLAW_CONTROL_NO_GROUP, &handler, NULL, NULL);
  g_assert_nonnull (control);
  g_atomic_int_set (&host->ready, TRUE);
  while (!g_atomic_int_get (&host->done))
    g_main_context_iteration (host->context, TRUE);
  claw_control_free (control);
  g_main_context_pop_thread_default (host->context);
  return NULL;
}

static void
host_start (Host *host)
{
  host->directory = g_dir_make_tmp ("clawchat-client-XXXXXX", NULL);
  host->path = g_build_filename (host->directory, "control.sock", NULL);
  host->context = g_main_context_new ();
  host->thread = g_thread_new ("server", serve_in_thread, host);
  while (!g_atomic_int_get (&host->ready))
    g_thread_yield ();
}

static void
host_stop (Host *host)
{
  g_atomic_int_set (&host->done, TRUE);
  g_main_context_wakeup (host->context);
  g_thread_join (host->thread);
  g_main_context_unref (host->context);
  g_rmdir (host->directory);
  g_free (host->directory);
  g_free (host->path);
}

/* Sends what standard input holds, which is nothing at all in a test's process. */
static void
send_empty (void)
{
  Host host = { .request = refuse };
  char *words[] = { (char *) "send", NULL };

  host_start (&host);
  const char *const sockets[] = { host.path, NULL };
  const ClawControlClientOptions options = { .sockets = sockets, .n_words = 1, .words = words };
  g_assert_cmpint (claw_control_client_run (&options), ==, EX_DATAERR);
  host_stop (&host);
}

/* An empty standard input is a message that the server refuses, and nothing worse. */
static void
test_empty_input (void)
{
  if (g_test_subprocess ())
    {
      send_empty ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*got <>*");
}

/* Every list that a server can have reaches whoever asks for it, and leaves room for events. */
static void
test_longest_list (void)
{
  g_auto (ClawControlLink) link = { 0 };
  g_autoptr (JsonObject) request = json_object_new ();
  g_autoptr (JsonObject) result = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  Host host = { .request = list_most };

  host_start (&host);
  const char *const sockets[] = { host.path, NULL };
  g_assert_true (claw_control_link_open (&link, sockets, &error));
  json_object_set_string_member (request, "command", "sessions");
  result = claw_control_link_ask (&link, request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (result, "sessions")), ==,
                    CLAW_PAIRINGS_MAX);
  node = json_node_init_object (json_node_alloc (), result);
  text = json_to_string (node, FALSE);
  g_assert_cmpuint (strlen (text), <=, CLAW_CONTROL_UNREAD_MAX - 4 * 1024 * 1024);
  host_stop (&host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-client/right/accepted", test_right);
  g_test_add_func ("/control-client/wrong/named", test_wrong);
  g_test_add_func ("/control-client/no-server/unavailable", test_no_server);
  g_test_add_func ("/control-client/empty-input/refused", test_empty_input);
  g_test_add_func ("/control-client/longest-list/whole", test_longest_list);
  return g_test_run ();
}
