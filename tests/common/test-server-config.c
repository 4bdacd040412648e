/* test-server-config.c: the server's keys, ranges and defaults. */
#include "claw-server-config.h"

#include "claw-config.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
make_file (const char *text)
{
  char *path = NULL;
  int fd = g_file_open_tmp ("claw-server-config-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static ClawServerConfig *
load_text (const char *text, GError **error)
{
  g_autofree char *path = make_file (text);
  ClawServerConfig *config = claw_server_config_load (path, error);

  g_remove (path);
  return config;
}

static void
assert_defaults (const ClawServerConfig *config)
{
  g_assert_cmpstr (config->id, ==, "clawchat-server");
  g_assert_cmpstr (config->name, ==, "ClawChat Server");
  g_assert_cmpstr (config->ip, ==, "0.0.0.0");
  g_assert_cmpint (config->port, ==, 0);
  g_assert_null (config->public_ip);
  g_assert_cmpint (config->file_validity_minutes, ==, 11);
  g_assert_cmpint (config->auto_regenerate_minutes, ==, 10);
  g_assert_cmpint (config->pairing_lifetime_days, ==, 30);
  g_assert_cmpint (config->key_rotation_interval_s, ==, 3600);
  g_assert_cmpint (config->port_rotation_interval_s, ==, 3600);
  g_assert_nonnull (config->stun_servers);
  g_assert_cmpuint (g_strv_length (config->stun_servers), ==, 0);
  g_assert_true (config->port_mapping);
  g_assert_cmpint (config->members, ==, 1024);
  g_assert_cmpint (config->sessions, ==, 1024);
  g_assert_cmpint (config->handshakes_per_second, ==, 500);
  g_assert_cmpint (config->messages_per_second, ==, 50);
  g_assert_cmpint (config->too_fast_seconds, ==, 60);
  g_assert_cmpint (config->message_bytes, ==, 65536);
  g_assert_cmpint (config->kept_kilobytes, ==, 8192);
  g_assert_cmpint (config->session_kilobytes, ==, 2048);
  g_assert_cmpint (config->streams, ==, 4);
  g_assert_cmpint (config->log_level, ==, CLAW_LOG_LEVEL_INFO);
}

/* The file that is shipped, and an empty one, say the same: the design's defaults. */
static void
test_shipped_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawServerConfig) shipped = claw_server_config_load (
      CLAW_CONFIG_DIRECTORY "/server.yaml", &error);
  g_assert_no_error (error);
  g_autoptr (ClawServerConfig) empty = load_text ("", &error);
  g_assert_no_error (error);

  assert_defaults (shipped);
  assert_defaults (empty);
  g_assert_cmpstr (shipped->state_directory, ==, "/home/openclaw/clawchat/state");
  g_assert_cmpstr (shipped->security_directory, ==, "/home/openclaw/clawchat/security");
  g_assert_cmpstr (empty->state_directory, ==, shipped->state_directory);
  g_assert_cmpstr (empty->security_directory, ==, shipped->security_directory);
}

/* Every key of the table stands in the shipped file, so that admins see it. */
static void
test_shipped_file_is_complete (void)
{
  static const char *const names[] = {
    "id",
    "name",
    "ip",
    "port",
    "public_ip",
    "state_directory",
    "directory",
    "file_validity_minutes",
    "auto_regenerate_minutes",
    "pairing_lifetime_days",
    "key_rotation_interval",
    "port_rotation_interval",
    "stun_servers",
    "port_mapping",
    "members",
    "sessions",
    "handshakes_per_second",
    "messages_per_second",
    "too_fast_seconds",
    "message_bytes",
    "kept_kilobytes",
    "session_kilobytes",
    "streams",
    "level",
  };
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (CLAW_CONFIG_DIRECTORY "/server.yaml", &text, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *line = g_strdup_printf ("\n  %s: ", names[i]);
      g_assert_nonnull (strstr (text, line));
    }
}

/* Without a file the directories are the user's own. */
static void
test_xdg (void)
{
  g_autoptr (ClawServerConfig) config = claw_server_config_new ();
  g_autofree char *state = g_build_filename (g_get_user_state_dir (), "clawchat-server", NULL);
  g_autofree char *security = g_build_filename (g_get_user_data_dir (), "clawchat-server",
                                                "security", NULL);

  assert_defaults (config);
  g_assert_cmpstr (config->state_directory, ==, state);
  g_assert_cmpstr (config->security_directory, ==, security);
}

/* Each key changes its own field. */
static void
test_all_keys (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawServerConfig) config = load_text (
      "server: {id: me, name: My name, ip: \"::\", port: 50000, public_ip: 203.0.113.9,\n"
      "         state_directory: /s}\n"
      "security: {directory: /d, file_validity_minutes: 7, auto_regenerate_minutes: 7,\n"
      "           pairing_lifetime_days: 1}\n"
      "encryption: {key_rotation_interval: 10}\n"
      "networking: {port_rotation_interval: 86400, stun_servers: [a, \"b:1\"],\n"
      "             port_mapping: false}\n"
      "limits: {members: 20000, sessions: 2, handshakes_per_second: 32, messages_per_second: 4,\n"
      "         too_fast_seconds: 5, message_bytes: 256, kept_kilobytes: 128,\n"
      "         session_kilobytes: 512, streams: 2}\n"
      "logging: {level: error, peer_addresses: false}\n"
      "metrics: {textfile: /m/c.prom, textfile_interval: 3600}\n",
      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->id, ==, "me");
  g_assert_cmpstr (config->name, ==, "My name");
  g_assert_cmpstr (config->ip, ==, "::");
  g_assert_cmpint (config->port, ==, 50000);
  g_assert_cmpstr (config->public_ip, ==, "203.0.113.9");
  g_assert_cmpstr (config->state_directory, ==, "/s");
  g_assert_cmpstr (config->security_directory, ==, "/d");
  g_assert_cmpint (config->file_validity_minutes, ==, 7);
  g_assert_cmpint (config->auto_regenerate_minutes, ==, 7);
  g_assert_cmpint (config->pairing_lifetime_days, ==, 1);
  g_assert_cmpint (config->key_rotation_interval_s, ==, 10);
  g_assert_cmpint (config->port_rotation_interval_s, ==, 86400);
  g_assert_cmpuint (g_strv_length (config->stun_servers), ==, 2);
  g_assert_false (config->port_mapping);
  g_assert_cmpint (config->members, ==, 20000);
  g_assert_cmpint (config->sessions, ==, 2);
  g_assert_cmpint (config->handshakes_per_second, ==, 32);
  g_assert_cmpint (config->messages_per_second, ==, 4);
  g_assert_cmpint (config->too_fast_seconds, ==, 5);
  g_assert_cmpint (config->message_bytes, ==, 256);
  g_assert_cmpint (config->kept_kilobytes, ==, 128);
  g_assert_cmpint (config->session_kilobytes, ==, 512);
  g_assert_cmpint (config->streams, ==, 2);
  g_assert_cmpint (config->log_level, ==, CLAW_LOG_LEVEL_ERROR);
  g_assert_false (config->peer_addresses);
  g_assert_cmpstr (config->metrics_textfile, ==, "/m/c.prom");
  g_assert_cmpint (config->metrics_interval_s, ==, 3600);
}

/* One step out of each range is refused. */
static void
test_ranges (void)
{
  static const char *const table[] = {
    "server: {port: 0}",
    "server: {port: 65536}",
    "server: {ip: null}",
    "server: {state_directory: relative}",
    "security: {directory: ~/x}",
    "security: {file_validity_minutes: 1441}",
    "security: {auto_regenerate_minutes: -1}",
    "security: {pairing_lifetime_days: 0}",
    "security: {pairing_lifetime_days: 3651}",
    "encryption: {key_rotation_interval: 9}",
    "encryption: {key_rotation_interval: 86401}",
    "networking: {port_rotation_interval: 9}",
    "networking: {port_rotation_interval: 86401}",
    "limits: {members: 0}",
    "limits: {members: 20001}",
    "limits: {sessions: 0}",
    "limits: {sessions: 20001}",
    "limits: {handshakes_per_second: 31}",
    "limits: {handshakes_per_second: 100001}",
    "limits: {messages_per_second: 0}",
    "limits: {messages_per_second: 10001}",
    "limits: {too_fast_seconds: 0}",
    "limits: {message_bytes: 255}",
    "limits: {message_bytes: 65537}",
    "limits: {kept_kilobytes: 127}",
    "limits: {kept_kilobytes: 8193}",
    "limits: {session_kilobytes: 255}",
    "limits: {session_kilobytes: 8193}",
    "limits: {streams: 0}",
    "limits: {streams: 17}",
    "metrics: {textfile_interval: 4}",
    "metrics: {textfile_interval: 3601}",
    "metrics: {textfile: m.prom}",
    "metrics: {textfile: \"\"}",
    "server: {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (load_text (table[i], &error));
      g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_INVALID);
    }
}

/* A file that dies before the next is made is refused where that is written, and only once. */
static void
test_validity_rule (void)
{
  static const struct
  {
    const char *text;
    const char *place; /* of the rule's fault; NULL: the rule says nothing */
  } table[] = {
    { "security:\n  auto_regenerate_minutes: 10\n  file_validity_minutes: 9\n", ":3:3: " },
    { "security:\n  file_validity_minutes: 9\n", ":2:3: " },
    { "security:\n  auto_regenerate_minutes: 12\n", ":2:3: " },
    { "security:\n  auto_regenerate_minutes: 12\n  file_validity_minutes: x\n", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (load_text (table[i].text, &error));
      g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_INVALID);
      g_assert_null (strchr (error->message, '\n'));
      g_assert_cmpint (strstr (error->message, "is less than") != NULL, ==, table[i].place != NULL);
      if (table[i].place != NULL)
        g_assert_nonnull (strstr (error->message, table[i].place));
    }
}

/* No automatic file is a setting, which fits any validity. */
static void
test_no_automatic_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawServerConfig) config = load_text (
      "security: {auto_regenerate_minutes: 0, file_validity_minutes: 1}", &error);

  g_assert_no_error (error);
  g_assert_cmpint (config->auto_regenerate_minutes, ==, 0);
}

/* A session must hold what its streams may be filled with at once, to the kilobyte. */
static void
test_streams_rule (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawServerConfig) enough = load_text ("limits: {streams: 3, session_kilobytes: 768}",
                                                   &error);

  g_assert_no_error (error);
  g_assert_nonnull (enough);
  g_assert_null (load_text ("limits:\n  streams: 3\n  session_kilobytes: 767\n", &error));
  g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, ":3:3: "));
}

/* node_exporter looks at no file of another name. */
static void
test_textfile_rule (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (load_text ("metrics:\n  textfile: /m/clawchat.txt\n", &error));
  g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, ":2:3: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-config/shipped-file/defaults", test_shipped_file);
  g_test_add_func ("/server-config/shipped-file/complete", test_shipped_file_is_complete);
  g_test_add_func ("/server-config/no-file/xdg", test_xdg);
  g_test_add_func ("/server-config/keys/all", test_all_keys);
  g_test_add_func ("/server-config/ranges/refused", test_ranges);
  g_test_add_func ("/server-config/validity/rule", test_validity_rule);
  g_test_add_func ("/server-config/files/none-by-itself", test_no_automatic_file);
  g_test_add_func ("/server-config/streams/rule", test_streams_rule);
  g_test_add_func ("/server-config/textfile/rule", test_textfile_rule);
  return g_test_run ();
}
