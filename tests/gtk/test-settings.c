/* test-settings.c: what the user chose, below what the configuration says. */
#include "claw-config.h"
#include "claw-live-settings.h"
#include "claw-settings.h"

#include <gio/gio.h>
#include <string.h>

/* Each test begins with the defaults: the backend in memory lives as long as the program. */
static ClawSettings *
settings_new (ClawClientConfig *config, const char *name)
{
  g_autoptr (GSettings) store = g_settings_new (CLAW_SETTINGS_SCHEMA);
  g_autoptr (GSettingsSchema) schema = NULL;
  g_object_get (store, "settings-schema", &schema, NULL);
  g_auto (GStrv) keys = g_settings_schema_list_keys (schema);
  for (int i = 0; keys[i]; i++)
    g_settings_reset (store, keys[i]);
  g_autoptr (GError) error = NULL;
  ClawSettings *settings = claw_settings_new (config, name, &error);
  g_assert_no_error (error);
  return settings;
}

/* Out of the box nothing is fixed, and all is as client.yaml's defaults are. */
static void
test_defaults (void)
{
  g_autoptr (ClawSettings) settings = settings_new (NULL, NULL);
  g_autoptr (ClawClientConfig) config = claw_client_config_new ();
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  unsigned n = 0;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (settings),
                                                                  &n);
  g_assert_null (claw_settings_get_name (settings));
  g_assert_true (claw_settings_get_keep_history (settings));
  g_assert_true (claw_settings_get_send_typing (settings));
  g_assert_true (claw_settings_get_notifications (settings));
  g_assert_true (claw_settings_get_notification_text (settings));
  g_assert_false (claw_settings_get_run_in_background (settings));
  g_assert_cmpint (claw_settings_get_nat_detection (settings), ==, config->nat_detection);
  g_assert_cmpint (claw_settings_get_hole_punch_timeout_s (settings), ==,
                   config->hole_punch_timeout_s);
  g_assert_cmpuint (g_strv_length (servers), ==, g_strv_length (config->stun_servers));
  for (unsigned i = 0; i < n; i++)
    g_assert_false (claw_settings_is_fixed (settings, specs[i]->name));
}

/* Every property has a key of its name in the schema, and every key a property. */
static void
test_schema (void)
{
  g_autoptr (ClawSettings) settings = settings_new (NULL, NULL);
  g_autoptr (GSettingsSchema) schema = g_settings_schema_source_lookup (
      g_settings_schema_source_get_default (), CLAW_SETTINGS_SCHEMA, TRUE);
  g_auto (GStrv) keys = g_settings_schema_list_keys (schema);
  unsigned n = 0;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (settings),
                                                                  &n);
  g_assert_cmpuint (g_strv_length (keys), ==, n);
  for (unsigned i = 0; i < n; i++)
    g_assert_true (g_settings_schema_has_key (schema, specs[i]->name));
  g_assert_cmpstr (g_settings_schema_get_path (schema), ==, "/org/clawchat/ClawChat/");
}

/* What the configuration gives rules over what the user chose, and cannot be written. */
static void
test_fixed (void)
{
  ClawClientConfig *config = claw_client_config_new ();
  config->name = g_strdup ("Ada");
  config->has_name = config->has_nat_detection = config->has_hole_punch_timeout = TRUE;
  config->has_stun_servers = TRUE;
  config->nat_detection = FALSE;
  config->hole_punch_timeout_s = 7;
  g_strfreev (config->stun_servers);
  config->stun_servers = g_strsplit ("stun.example", ",", -1);
  g_autoptr (ClawSettings) settings = settings_new (config, NULL);
  const char *const none[] = { NULL };

  g_object_set (settings, "name", "Berta", "nat-detection", TRUE, "hole-punch-timeout", 99,
                "stun-servers", none, NULL);
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  g_assert_cmpstr (claw_settings_get_name (settings), ==, "Ada");
  g_assert_false (claw_settings_get_nat_detection (settings));
  g_assert_cmpint (claw_settings_get_hole_punch_timeout_s (settings), ==, 7);
  g_assert_cmpstr (servers[0], ==, "stun.example");
  g_assert_true (claw_settings_is_fixed (settings, "name"));
  g_assert_true (claw_settings_is_fixed (settings, "nat-detection"));
  g_assert_true (claw_settings_is_fixed (settings, "hole-punch-timeout"));
  g_assert_true (claw_settings_is_fixed (settings, "stun-servers"));
  g_assert_false (claw_settings_is_fixed (settings, "notifications"));
}

/* The name on the command line is above that of the configuration. */
static void
test_name_of_command_line (void)
{
  ClawClientConfig *config = claw_client_config_new ();
  config->name = g_strdup ("Ada");
  config->has_name = TRUE;
  g_autoptr (ClawSettings) settings = settings_new (config, "Carla");
  g_assert_cmpstr (claw_settings_get_name (settings), ==, "Carla");
}

static void
count (unsigned *n)
{
  *n += 1;
}

/* A change is told once, whoever made it. */
static void
test_notify (void)
{
  g_autoptr (ClawSettings) settings = settings_new (NULL, NULL);
  g_autoptr (ClawSettings) other = claw_settings_new (NULL, NULL, NULL);
  unsigned n = 0;
  g_signal_connect_swapped (settings, "notify::notifications", G_CALLBACK (count), &n);
  g_object_set (other, "notifications", FALSE, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n, ==, 1);
  g_assert_false (claw_settings_get_notifications (settings));
}

/* Returns: (transfer none): as whom the chat goes. */
static const char *
get_name_of (ClawSavedChat *chat)
{
  return claw_client_get_name (claw_saved_chat_get_client (chat));
}

/* What is changed reaches the chats, those that come later too; what is fixed stays, whatever is
 * written. */
static void
test_live (void)
{
  ClawClientConfig *config = claw_client_config_new ();
  config->name = g_strdup ("Ada");
  config->has_name = TRUE;
  for (unsigned is_fixed = 0; is_fixed < 2; is_fixed++)
    {
      g_autoptr (ClawSettings) settings = settings_new (is_fixed ? config : NULL, NULL);
      ClawSavedChatsOptions options = { .name = claw_settings_get_name (settings),
                                        .timeout_s = 60 };
      g_autoptr (ClawSavedChats) chats = claw_saved_chats_new ("/nonexistent", &options);
      ClawSavedChat *chat = claw_saved_chats_add (chats);
      claw_live_settings_follow (settings, chats);
      g_object_set (settings, "name", "Berta", "hole-punch-timeout", 5, "nat-detection", FALSE,
                    "keep-history", FALSE, NULL);
      claw_settings_add_stun_server (settings, "stun.example");
      g_assert_cmpstr (get_name_of (chat), ==, is_fixed ? "Ada" : "Berta");
      g_assert_cmpstr (get_name_of (claw_saved_chats_add (chats)), ==, is_fixed ? "Ada" : "Berta");
      g_object_set (settings, "name", "", NULL);
      g_assert_cmpstr (get_name_of (chat), ==, is_fixed ? "Ada" : NULL);
      claw_saved_chats_shutdown (chats);
    }
}

/* Another program may have written what no name can be. */
static void
test_stored_name (void)
{
  g_autoptr (ClawSettings) settings = settings_new (NULL, NULL);
  g_object_set (settings, "name", "  A\u202eda\n ", NULL);
  g_assert_cmpstr (claw_settings_get_name (settings), ==, "Ada");
  g_object_set (settings, "name", "\n\n", NULL);
  g_assert_null (claw_settings_get_name (settings));
}

/* The list takes what client.yaml would take, once each, up to its maximum. */
static void
test_stun_servers (void)
{
  g_autoptr (ClawSettings) settings = settings_new (NULL, NULL);
  g_assert_cmpint (claw_settings_add_stun_server (settings, "http://x"), ==,
                   CLAW_SETTINGS_STUN_MALFORMED);
  for (int i = 0; i < CLAW_CONFIG_LIST_MAX; i++)
    {
      g_autofree char *entry = g_strdup_printf ("stun%d.example:3478", i);
      g_assert_cmpint (claw_settings_add_stun_server (settings, entry), ==,
                       CLAW_SETTINGS_STUN_ADDED);
      g_assert_cmpint (claw_settings_add_stun_server (settings, entry), ==,
                       CLAW_SETTINGS_STUN_KNOWN);
    }
  g_assert_cmpint (claw_settings_add_stun_server (settings, "one.more"), ==,
                   CLAW_SETTINGS_STUN_TOO_MANY);
  claw_settings_remove_stun_server (settings, "stun3.example:3478");
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  g_assert_cmpuint (g_strv_length (servers), ==, CLAW_CONFIG_LIST_MAX - 1);
  g_assert_cmpstr (servers[3], ==, "stun4.example:3478");
}

/* What is malformed in the store is left out, and no more than the maximum is given out. */
static void
test_stored_stun_servers (void)
{
  g_autoptr (ClawSettings) settings = settings_new (NULL, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_strv_builder_add (builder, "<b>no</b>");
  for (int i = 0; i <= CLAW_CONFIG_LIST_MAX; i++)
    g_strv_builder_add (builder, "stun.example");
  g_auto (GStrv) stored = g_strv_builder_end (builder);
  g_object_set (settings, "stun-servers", stored, NULL);
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  g_assert_cmpuint (g_strv_length (servers), ==, CLAW_CONFIG_LIST_MAX);
  g_assert_cmpstr (servers[0], ==, "stun.example");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/nothing-chosen/defaults", test_defaults);
  g_test_add_func ("/settings/schema/complete", test_schema);
  g_test_add_func ("/settings/configuration/rules", test_fixed);
  g_test_add_func ("/settings/command-line/rules", test_name_of_command_line);
  g_test_add_func ("/settings/change/told", test_notify);
  g_test_add_func ("/settings/change/reaches-chats", test_live);
  g_test_add_func ("/settings/stored-name/made-fit", test_stored_name);
  g_test_add_func ("/settings/stun-servers/as-in-configuration", test_stun_servers);
  g_test_add_func ("/settings/stored-stun-servers/bounded", test_stored_stun_servers);
  return g_test_run ();
}
