/* claw-client-config.c: the keys of client.yaml, their ranges and their defaults. */
#include "claw-client-config.h"

#include "claw-config.h"

#define NAME_MAX_BYTES 64
#define HOLE_PUNCH_TIMEOUT_MAX_S 3600

#define KEY(section, key, type, field, minimum, maximum) \
  { \
    section, key, type, G_STRUCT_OFFSET (ClawClientConfig, field), minimum, maximum \
  }

static const ClawConfigKey keys[] = {
  KEY ("client", "name", CLAW_CONFIG_STRING_OR_NULL, name, 1, NAME_MAX_BYTES),
  KEY ("client", "use_gui", CLAW_CONFIG_BOOLEAN, use_gui, 0, 0),
  KEY ("networking",
       "hole_punch_timeout",
       CLAW_CONFIG_INTEGER,
       hole_punch_timeout_s,
       1,
       HOLE_PUNCH_TIMEOUT_MAX_S),
  KEY ("networking", "nat_detection", CLAW_CONFIG_BOOLEAN, nat_detection, 0, 0),
  KEY ("networking", "stun_servers", CLAW_CONFIG_HOST_PORT_LIST, stun_servers, 0, 0),
  KEY ("logging", "level", CLAW_CONFIG_LOG_LEVEL, log_level, 0, 0),
  { NULL },
};

ClawClientConfig *
claw_client_config_new (void)
{
  ClawClientConfig *config = g_new0 (ClawClientConfig, 1);

  config->use_gui = TRUE;
  config->hole_punch_timeout_s = 60;
  config->nat_detection = TRUE;
  config->stun_servers = g_new0 (char *, 1);
  config->log_level = CLAW_LOG_LEVEL_INFO;
  return config;
}

/* A ClawConfigCheck that finds no fault. */
static void
note_what_is_set (const void *settings, ClawConfigReading *reading)
{
  ClawClientConfig *config = (ClawClientConfig *) settings;
  config->has_name = config->name != NULL;
  config->has_hole_punch_timeout = claw_config_is_set (reading, "networking", "hole_punch_timeout");
  config->has_nat_detection = claw_config_is_set (reading, "networking", "nat_detection");
  config->has_stun_servers = claw_config_is_set (reading, "networking", "stun_servers");
}

ClawClientConfig *
claw_client_config_load (const char *path, GError **error)
{
  g_autoptr (ClawClientConfig) config = claw_client_config_new ();

  if (!claw_config_load_checked (path, keys, config, note_what_is_set, error))
    return NULL;
  return g_steal_pointer (&config);
}

void
claw_client_config_free (ClawClientConfig *config)
{
  if (config == NULL)
    return;

  g_free (config->name);
  g_strfreev (config->stun_servers);
  g_free (config);
}
