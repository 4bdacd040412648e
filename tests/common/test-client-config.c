/* test-client-config.c: the client's keys, ranges and defaults. */
#include "claw-client-config.h"

#include "claw-config.h"

#include <glib/gstdio.h>
#include <string.h>

static ClawClientConfig *
load_text (const char *text, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("claw-client-config-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  ClawClientConfig *config = claw_client_config_load (path, error);
  g_remove (path);
  return config;
}

static void
assert_defaults (const ClawClientConfig *config)
{
  g_assert_null (config->name);
  g_assert_true (config->use_gui);
  g_assert_cmpint (config->hole_punch_timeout_s, ==, 60);
  g_assert_true (config->nat_detection);
  g_assert_nonnull (config->stun_servers);
  g_assert_cmpuint (g_strv_length (config->stun_servers), ==, 0);
  g_assert_cmpint (config->log_level, ==, CLAW_LOG_LEVEL_INFO);
}

/* No file, an empty file and the shipped file say the same. */
static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawClientConfig) built_in = claw_client_config_new ();
  g_autoptr (ClawClientConfig) empty = load_text ("", &error);
  g_assert_no_error (error);
  g_autoptr (ClawClientConfig) shipped = claw_client_config_load (
      CLAW_CONFIG_DIRECTORY "/client.yaml", &error);
  g_assert_no_error (error);

  assert_defaults (built_in);
  assert_defaults (empty);
  assert_defaults (shipped);
}

/* Every key stands in the shipped file, so that users see it. */
static void
test_shipped_file_is_complete (void)
{
  static const char *const names[] = { "name",          "use_gui",      "hole_punch_timeout",
                                       "nat_detection", "stun_servers", "level" };
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (CLAW_CONFIG_DIRECTORY "/client.yaml", &text, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *line = g_strdup_printf ("\n  %s: ", names[i]);
      g_assert_nonnull (strstr (text, line));
    }
}

/* Each key changes its own field. */
static void
test_all_keys (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawClientConfig) config = load_text (
      "client: {name: Ada, use_gui: false}\n"
      "networking: {hole_punch_timeout: 5, nat_detection: false, stun_servers: [x]}\n"
      "logging: {level: debug}\n",
      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->name, ==, "Ada");
  g_assert_false (config->use_gui);
  g_assert_cmpint (config->hole_punch_timeout_s, ==, 5);
  g_assert_false (config->nat_detection);
  g_assert_cmpstr (config->stun_servers[0], ==, "x");
  g_assert_cmpint (config->log_level, ==, CLAW_LOG_LEVEL_DEBUG);
}

/* One step out of each range, and a server's key, are refused. */
static void
test_refused (void)
{
  static const char *const table[] = {
    "networking: {hole_punch_timeout: 0}",
    "networking: {hole_punch_timeout: 3601}",
    "client: {name: \"\"}",
    "client: {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}",
    "client: {use_gui: 1}",
    "server: {port: 50000}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (load_text (table[i], &error));
      g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_INVALID);
    }
}

/* What a file says is known, and be it the default; a name of null says nothing. */
static void
test_what_is_set (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawClientConfig) none = load_text ("client: {name: null, use_gui: true}", &error);
  g_assert_no_error (error);
  g_autoptr (ClawClientConfig) all = load_text (
      "client: {name: Ada}\n"
      "networking: {hole_punch_timeout: 60, nat_detection: true, stun_servers: []}\n",
      &error);
  g_assert_no_error (error);

  g_assert_false (none->has_name);
  g_assert_false (none->has_hole_punch_timeout);
  g_assert_false (none->has_nat_detection);
  g_assert_false (none->has_stun_servers);
  g_assert_true (all->has_name);
  g_assert_true (all->has_hole_punch_timeout);
  g_assert_true (all->has_nat_detection);
  g_assert_true (all->has_stun_servers);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client-config/defaults/same", test_defaults);
  g_test_add_func ("/client-config/shipped-file/complete", test_shipped_file_is_complete);
  g_test_add_func ("/client-config/keys/all", test_all_keys);
  g_test_add_func ("/client-config/ranges/refused", test_refused);
  g_test_add_func ("/client-config/what-is-set/known", test_what_is_set);
  return g_test_run ();
}
