/* claw-server-config.c: the keys of server.yaml, their ranges and their defaults. */
#include "claw-server-config.h"

#include <glib/gi18n-lib.h>

#define MINUTES_PER_DAY (24 * 60)
#define SECONDS_PER_DAY (24 * 60 * 60)
#define ROTATION_INTERVAL_MIN_S 10
#define NAME_MAX_BYTES 64
#define PATH_MAX_BYTES 4095

#define KEY(section, key, type, field, minimum, maximum) \
  { \
    section, key, type, G_STRUCT_OFFSET (ClawServerConfig, field), minimum, maximum \
  }

static const ClawConfigKey keys[] = {
  KEY ("server", "id", CLAW_CONFIG_STRING, id, 1, NAME_MAX_BYTES),
  KEY ("server", "name", CLAW_CONFIG_STRING, name, 1, NAME_MAX_BYTES),
  KEY ("server", "ip", CLAW_CONFIG_IP, ip, 0, 0),
  KEY ("server", "port", CLAW_CONFIG_INTEGER_OR_NULL, port, 1, G_MAXUINT16),
  KEY ("server", "public_ip", CLAW_CONFIG_IP_OR_NULL, public_ip, 0, 0),
  KEY ("server", "state_directory", CLAW_CONFIG_PATH, state_directory, 1, PATH_MAX_BYTES),
  KEY ("security", "directory", CLAW_CONFIG_PATH, security_directory, 1, PATH_MAX_BYTES),
  KEY ("security",
       "file_validity_minutes",
       CLAW_CONFIG_INTEGER,
       file_validity_minutes,
       1,
       MINUTES_PER_DAY),
  KEY ("security",
       "auto_regenerate_minutes",
       CLAW_CONFIG_INTEGER,
       auto_regenerate_minutes,
       1,
       MINUTES_PER_DAY),
  KEY ("security", "pairing_lifetime_days", CLAW_CONFIG_INTEGER, pairing_lifetime_days, 1, 3650),
  KEY ("encryption",
       "key_rotation_interval",
       CLAW_CONFIG_INTEGER,
       key_rotation_interval_s,
       ROTATION_INTERVAL_MIN_S,
       SECONDS_PER_DAY),
  KEY ("networking",
       "port_rotation_interval",
       CLAW_CONFIG_INTEGER,
       port_rotation_interval_s,
       ROTATION_INTERVAL_MIN_S,
       SECONDS_PER_DAY),
  KEY ("networking", "stun_servers", CLAW_CONFIG_HOST_PORT_LIST, stun_servers, 0, 0),
  KEY ("networking", "port_mapping", CLAW_CONFIG_BOOLEAN, port_mapping, 0, 0),
  KEY ("logging", "level", CLAW_CONFIG_LOG_LEVEL, log_level, 0, 0),
  { NULL },
};

const ClawConfigKey *
claw_server_config_get_keys (void)
{
  return keys;
}

/* All but the directories. */
static ClawServerConfig *
new_with_defaults (void)
{
  ClawServerConfig *config = g_new0 (ClawServerConfig, 1);

  config->id = g_strdup ("clawchat-server");
  config->name = g_strdup ("ClawChat Server");
  config->ip = g_strdup ("0.0.0.0");
  config->file_validity_minutes = 11;
  config->auto_regenerate_minutes = 10;
  config->pairing_lifetime_days = 30;
  config->key_rotation_interval_s = 3600;
  config->port_rotation_interval_s = 3600;
  config->stun_servers = g_new0 (char *, 1);
  config->port_mapping = TRUE;
  config->log_level = CLAW_LOG_LEVEL_INFO;
  return config;
}

ClawServerConfig *
claw_server_config_new (void)
{
  ClawServerConfig *config = new_with_defaults ();

  config->state_directory = g_build_filename (g_get_user_state_dir (), "clawchat-server", NULL);
  config->security_directory = g_build_filename (g_get_user_data_dir (), "clawchat-server",
                                                 "security", NULL);
  return config;
}

/* A file that dies before the next one is made would leave a time without any. */
static void
check_validity (const void *settings, ClawConfigReading *reading)
{
  const ClawServerConfig *config = settings;

  if (config->file_validity_minutes >= config->auto_regenerate_minutes)
    return;

  g_autofree char *text = g_strdup_printf (_ ("“security.file_validity_minutes” (%d) is less than "
                                              "“security.auto_regenerate_minutes” (%d), "
                                              "expected at least as much"),
                                           config->file_validity_minutes,
                                           config->auto_regenerate_minutes);
  claw_config_report_conflict (reading, "security", "file_validity_minutes",
                               "auto_regenerate_minutes", text);
}

ClawServerConfig *
claw_server_config_load (const char *path, GError **error)
{
  g_autoptr (ClawServerConfig) config = new_with_defaults ();

  config->state_directory = g_strdup ("/home/openclaw/clawchat/state");
  config->security_directory = g_strdup ("/home/openclaw/clawchat/security");
  if (!claw_config_load_checked (path, keys, config, check_validity, error))
    return NULL;
  return g_steal_pointer (&config);
}

void
claw_server_config_free (ClawServerConfig *config)
{
  if (config == NULL)
    return;

  g_free (config->id);
  g_free (config->name);
  g_free (config->ip);
  g_free (config->public_ip);
  g_free (config->state_directory);
  g_free (config->security_directory);
  g_strfreev (config->stun_servers);
  g_free (config);
}
