/* test-watchdog.c: signs of life come from a main loop that turns, and from nothing else. */
#include "claw-watchdog.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <unistd.h>

static GSocket *
listen_for_notifications (void)
{
  g_autofree char *name = g_strdup_printf ("@clawchat-watchdog-%08x", g_random_int ());
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new_with_type (
      name + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM,
                                  G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (socket, FALSE);
  g_setenv ("NOTIFY_SOCKET", name, TRUE);
  return socket;
}

static unsigned
count_signs (GSocket *socket)
{
  char buffer[64] = { 0 };
  unsigned count = 0;

  while (g_socket_receive (socket, buffer, sizeof buffer - 1, NULL, NULL) > 0)
    {
      g_assert_cmpstr (buffer, ==, "WATCHDOG=1");
      count++;
    }
  return count;
}

/* Limits that mean another process, or that are no numbers, are passed over. */
static void
test_limit (void)
{
  g_autofree char *own = g_strdup_printf ("%d", (int) getpid ());
  const struct
  {
    const char *limit, *process;
    gint64 expected;
  } table[] = {
    { NULL, NULL, 0 },  { NULL, own, 0 },       { "30000000", own, 30000000 },
    { "5", NULL, 5 },   { "30000000", "1", 0 }, { "30", "x", 0 },
    { "0", own, 0 },    { "-1", own, 0 },       { "", own, 0 },
    { "30s", NULL, 0 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_unsetenv ("WATCHDOG_USEC");
      g_unsetenv ("WATCHDOG_PID");
      if (table[i].limit != NULL)
        g_setenv ("WATCHDOG_USEC", table[i].limit, TRUE);
      if (table[i].process != NULL)
        g_setenv ("WATCHDOG_PID", table[i].process, TRUE);
      g_assert_cmpint (claw_watchdog_get_limit_us (), ==, table[i].expected);
    }
}

/* Nobody who watches: nothing to be woken up for. */
static void
test_unwatched (void)
{
  g_unsetenv ("WATCHDOG_USEC");
  g_assert_cmpuint (claw_watchdog_start (), ==, 0);
}

/* The loop turns: signs come. It does not, as if a callback were stuck: none comes. */
static void
test_loop (void)
{
  g_autoptr (GSocket) socket = listen_for_notifications ();
  unsigned signs = 0;
  guint source;

  g_setenv ("WATCHDOG_USEC", "20000", TRUE);
  g_unsetenv ("WATCHDOG_PID");
  source = claw_watchdog_start ();
  g_assert_cmpuint (source, >, 0);
  while (signs < 3)
    {
      g_main_context_iteration (NULL, TRUE);
      signs += count_signs (socket);
    }
  g_usleep (50000);
  g_assert_cmpuint (count_signs (socket), ==, 0);
  g_source_remove (source);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watchdog/limit/read", test_limit);
  g_test_add_func ("/watchdog/unwatched/quiet", test_unwatched);
  g_test_add_func ("/watchdog/loop/signs", test_loop);
  return g_test_run ();
}
