/* test-host-port.c: hosts with and without ports. */
#include "claw-host-port.h"

#include <string.h>

/* What is typed elsewhere is held to the same as an entry of the list. */
static void
test_host_port (void)
{
  static const char *const good[] = { "stun.example", "stun.example:3478", "192.0.2.1:1",
                                      "[2001:db8::1]:65535", "2001:db8::1" };
  static const char *const bad[] = { "",
                                     "stun.example:",
                                     "stun.example:0",
                                     "stun.example:65536",
                                     "stun example",
                                     "http://stun.example",
                                     "-x",
                                     "a:b:c" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    if (!claw_host_port_is_valid (good[i], strlen (good[i])))
      g_error ("%s", good[i]);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    if (claw_host_port_is_valid (bad[i], strlen (bad[i])))
      g_error ("%s", bad[i]);
}

/* What a C string does not show counts as well. */
static void
test_nul (void)
{
  g_assert_false (claw_host_port_is_valid ("stun.example\0:1", 14));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-port/table/as-in-list", test_host_port);
  g_test_add_func ("/host-port/nul/refused", test_nul);
  return g_test_run ();
}
