/* test-server-reload.c: a running server takes over what it can of a changed configuration. */
#include "claw-server-reload.h"

#include "claw-server-private.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <string.h>

static const char elsewhere[]
    = "server: {id: other, name: Other, ip: \"::1\", port: 50000, "
      "public_ip: 203.0.113.9, state_directory: /s}\n"
      "security: {directory: /d, file_validity_minutes: 7, "
      "auto_regenerate_minutes: 6, automatic_file: false, pairing_lifetime_days: 1}\n"
      "encryption: {key_rotation_interval: 10}\n"
      "networking: {port_rotation_interval: 86400, stun_servers: [a], \n"
      "port_mapping: false}\n"
      "limits: {members: 1, sessions: 2, handshakes_per_second: 33, messages_per_second: 4,\n"
      "         too_fast_seconds: 5, message_bytes: 256, kept_kilobytes: 128,\n"
      "         session_kilobytes: 512, streams: 2}\n"
      "logging: {level: error, peer_addresses: false}\n"
      "metrics: {textfile: /m/c.prom, textfile_interval: 5}\n";

static ClawServerConfig *
load_text (const char *text)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  ClawServerConfig *config;
  int fd = g_file_open_tmp ("claw-server-reload-XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  config = claw_server_config_load (path, &error);
  g_assert_no_error (error);
  g_remove (path);
  return config;
}

/* Nothing differs, nothing is told. */
static void
test_same (void)
{
  g_autoptr (ClawServerConfig) running = load_text (elsewhere);
  g_autoptr (ClawServerConfig) fresh = load_text (elsewhere);
  g_auto (GStrv) adopted = NULL;
  g_auto (GStrv) later = NULL;

  claw_server_reload_settings (running, fresh, &adopted, &later);
  g_assert_cmpuint (g_strv_length (adopted), ==, 0);
  g_assert_cmpuint (g_strv_length (later), ==, 0);
}

/* Everything differs: each key of the table is either taken over or told to wait, and what waits
 * stays as it was. */
static void
test_all (void)
{
  static const char *const expected[] = {
    "server.public_ip",
    "security.file_validity_minutes",
    "security.auto_regenerate_minutes",
    "security.automatic_file",
    "security.pairing_lifetime_days",
    "logging.level",
    "logging.peer_addresses",
    NULL,
  };
  g_autoptr (ClawServerConfig) running = load_text ("");
  g_autoptr (ClawServerConfig) fresh = load_text (elsewhere);
  g_auto (GStrv) adopted = NULL;
  g_auto (GStrv) later = NULL;
  unsigned keys = 0;

  for (const ClawConfigKey *key = claw_server_config_get_keys (); key->section != NULL; key++)
    keys++;
  claw_server_reload_settings (running, fresh, &adopted, &later);
  g_assert_cmpuint (g_strv_length (adopted) + g_strv_length (later), ==, keys);
  g_assert_true (g_strv_equal ((const char *const *) adopted, expected));
  g_assert_cmpstr (running->public_ip, ==, "203.0.113.9");
  g_assert_cmpint (running->file_validity_minutes, ==, 7);
  g_assert_cmpint (running->auto_regenerate_minutes, ==, 6);
  g_assert_cmpint (running->pairing_lifetime_days, ==, 1);
  g_assert_cmpint (running->log_level, ==, CLAW_LOG_LEVEL_ERROR);
  g_assert_cmpstr (running->name, ==, "ClawChat Server");
  g_assert_cmpint (running->port, ==, 0);
  g_assert_cmpuint (g_strv_length (running->stun_servers), ==, 0);
}

/* An address can be taken back, too. */
static void
test_null (void)
{
  g_autoptr (ClawServerConfig) running = load_text (elsewhere);
  g_autoptr (ClawServerConfig) fresh = load_text ("");
  g_auto (GStrv) adopted = NULL;
  g_auto (GStrv) later = NULL;

  claw_server_reload_settings (running, fresh, &adopted, &later);
  g_assert_null (running->public_ip);
}

static ClawSecFile *
load_current (ClawServer *server, gint64 *valid_until_s)
{
  g_autoptr (GError) error = NULL;
  const char *path = claw_issuer_get_current (server->issuer, valid_until_s);
  ClawSecFile *file = claw_sec_file_load (path, server->bootstrap_key, &error);

  g_assert_no_error (error);
  return file;
}

/* A server that runs: clients are sent to the new address by a new file of the new validity, and a
 * change of the port does not move the socket. */
static void
test_server (void)
{
  g_autofree char *directory = g_dir_make_tmp ("clawchat-reload-XXXXXX", NULL);
  g_autofree char *text = g_strdup_printf ("server: {ip: 127.0.0.1, state_directory: %s/state}\n"
                                           "security: {directory: %s/security}\n",
                                           directory, directory);
  g_autofree char *changed = g_strdup_printf (
      "server: {ip: 127.0.0.1, port: 9, public_ip: 203.0.113.9, state_directory: %s/state}\n"
      "security: {directory: %s/security, file_validity_minutes: 60}\n",
      directory, directory);
  g_autofree char *control = g_build_filename (directory, "control.sock", NULL);
  g_autoptr (ClawServerConfig) running = load_text (text);
  g_autoptr (ClawServerConfig) fresh = load_text (changed);
  g_autoptr (ClawServer) server = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawSecFile) file = NULL;
  g_autofree char *first = NULL;
  char address[CLAW_ADDRESS_STRING_SIZE];
  gint64 valid_until_s;

  claw_secret_init ();
  server = claw_server_new (running, NULL, control, &error);
  g_assert_no_error (error);
  first = g_strdup (claw_issuer_get_current (server->issuer, NULL));
  claw_server_reload (server, running, fresh);
  while (g_strcmp0 (claw_issuer_get_current (server->issuer, NULL), first) == 0)
    g_main_context_iteration (NULL, TRUE);
  file = load_current (server, &valid_until_s);
  claw_address_format (&file->server, address);
  g_assert_true (g_str_has_prefix (address, "203.0.113.9:"));
  g_assert_cmpint (file->server.port, !=, 9);
  g_assert_cmpint (file->valid_until_s - file->timestamp_s, ==, 60 * 60);
  g_assert_cmpint (valid_until_s, ==, file->valid_until_s);
  g_clear_pointer (&server, claw_server_free);
  remove_tree (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Warnings about what has to wait are what is tested. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  g_unsetenv ("CLAWCHAT_BOOTSTRAP_KEY");
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_unsetenv ("NOTIFY_SOCKET");
  g_test_add_func ("/server-reload/same/quiet", test_same);
  g_test_add_func ("/server-reload/all/adopted-or-told", test_all);
  g_test_add_func ("/server-reload/null/adopted", test_null);
  g_test_add_func ("/server-reload/server/new-file", test_server);
  return g_test_run ();
}
