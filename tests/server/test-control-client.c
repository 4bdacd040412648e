/* test-control-client.c: commands are checked before anybody is asked. */
#include "claw-control-client.h"

#include "claw-control-access.h"
#include "claw-control.h"

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
  g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_FAILED, "got <%s>", request->text);
  return NULL;
}

static void
ignore_attached (unsigned attached, gpointer data)
{
}

typedef struct
{
  const char *path;
  GMainContext *context;
  gint ready, done;
} Host;

static gpointer
serve_in_thread (gpointer data)
{
  static const ClawControlHandler handler = { refuse, ignore_attached };
  Host *host = data;
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

/* Sends what standard input holds, which is nothing at all in a test's process. */
static void
send_empty (void)
{
  g_autofree char *directory = g_dir_make_tmp ("clawchat-client-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "control.sock", NULL);
  g_autoptr (GMainContext) context = g_main_context_new ();
  Host host = { .path = path, .context = context };
  g_autoptr (GThread) thread = g_thread_new ("server", serve_in_thread, &host);
  const char *const sockets[] = { path, NULL };
  char *words[] = { (char *) "send", NULL };
  const ClawControlClientOptions options = { .sockets = sockets, .n_words = 1, .words = words };

  while (!g_atomic_int_get (&host.ready))
    g_thread_yield ();
  g_assert_cmpint (claw_control_client_run (&options), ==, EX_SOFTWARE);
  g_atomic_int_set (&host.done, TRUE);
  g_main_context_wakeup (context);
  g_thread_join (g_steal_pointer (&thread));
  g_rmdir (directory);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-client/right/accepted", test_right);
  g_test_add_func ("/control-client/wrong/named", test_wrong);
  g_test_add_func ("/control-client/no-server/unavailable", test_no_server);
  g_test_add_func ("/control-client/empty-input/refused", test_empty_input);
  return g_test_run ();
}
