/* test-control-client.c: commands are checked before anybody is asked. */
#include "claw-control-client.h"

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
  static const char *const words[] = { "status",     "new-file", "sessions",
                                       "members",    "attach",   "send",
                                       "send a b c", "revoke 1", "disconnect 4294967295" };

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
    { "statsu", "statsu" },    { "status now", "now" },   { "revoke", "revoke" },
    { "revoke anna", "anna" }, { "revoke 0", "0" },       { "revoke 4294967296", "4294967296" },
    { "revoke 1 2", "2" },     { "disconnect -1", "-1" }, { "rotate", "rotate" },
    { "attach x", "x" },
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-client/right/accepted", test_right);
  g_test_add_func ("/control-client/wrong/named", test_wrong);
  g_test_add_func ("/control-client/no-server/unavailable", test_no_server);
  return g_test_run ();
}
