/* claw-server-config.c: the keys of server.yaml, their ranges and their defaults. */
#include "claw-server-config.h"

#include <glib/gi18n-lib.h>

#define MINUTES_PER_DAY (24 * 60)
#define SECONDS_PER_DAY (24 * 60 * 60)
#define ROTATION_INTERVAL_MIN_S 10
/* With fewer, a psk could not have the four a second that a file may need (claw-doorkeeper.h). */
#define HANDSHAKES_PER_SECOND_MIN 32
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
       0,
       MINUTES_PER_DAY),
  KEY ("security", "automatic_file", CLAW_CONFIG_BOOLEAN, automatic_file, 0, 0),
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
  KEY ("limits", "members", CLAW_CONFIG_INTEGER, members, 1, CLAW_SERVER_CONFIG_MEMBERS_MAX),
  KEY ("limits", "sessions", CLAW_CONFIG_INTEGER, sessions, 1, CLAW_SERVER_CONFIG_MEMBERS_MAX),
  KEY ("limits",
       "handshakes_per_second",
       CLAW_CONFIG_INTEGER,
       handshakes_per_second,
       HANDSHAKES_PER_SECOND_MIN,
       100000),
  KEY ("limits", "messages_per_second", CLAW_CONFIG_INTEGER, messages_per_second, 1, 10000),
  KEY ("limits", "too_fast_seconds", CLAW_CONFIG_INTEGER, too_fast_seconds, 1, SECONDS_PER_DAY),
  KEY ("limits", "message_bytes", CLAW_CONFIG_INTEGER, message_bytes, 256, 65536),
  KEY ("limits", "kept_kilobytes", CLAW_CONFIG_INTEGER, kept_kilobytes, 128, 8192),
  KEY ("limits",
       "session_kilobytes",
       CLAW_CONFIG_INTEGER,
       session_kilobytes,
       CLAW_SERVER_CONFIG_STREAM_KILOBYTES,
       8192),
  KEY ("limits", "streams", CLAW_CONFIG_INTEGER, streams, 1, 16),
  KEY ("logging", "level", CLAW_CONFIG_LOG_LEVEL, log_level, 0, 0),
  KEY ("logging", "peer_addresses", CLAW_CONFIG_BOOLEAN, peer_addresses, 0, 0),
  KEY ("metrics", "textfile", CLAW_CONFIG_PATH_OR_NULL, metrics_textfile, 1, PATH_MAX_BYTES),
  KEY ("metrics", "textfile_interval", CLAW_CONFIG_INTEGER, metrics_interval_s, 5, 3600),
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
  config->automatic_file = TRUE;
  config->pairing_lifetime_days = 30;
  config->key_rotation_interval_s = 3600;
  config->port_rotation_interval_s = 3600;
  config->stun_servers = g_new0 (char *, 1);
  config->port_mapping = TRUE;
  config->members = 1024;
  config->sessions = 1024;
  config->handshakes_per_second = 500;
  config->messages_per_second = 50;
  config->too_fast_seconds = 60;
  config->message_bytes = 65536;
  config->kept_kilobytes = 8192;
  config->session_kilobytes = 2048;
  config->streams = 4;
  config->log_level = CLAW_LOG_LEVEL_INFO;
  config->peer_addresses = TRUE;
  config->metrics_interval_s = 60;
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
check_validity (const ClawServerConfig *config, ClawConfigReading *reading)
{
  if (config->file_validity_minutes >= config->auto_regenerate_minutes || !config->automatic_file)
    return;

  g_autofree char *text = g_strdup_printf (_ ("“security.file_validity_minutes” (%d) is less than "
                                              "“security.auto_regenerate_minutes” (%d), "
                                              "expected at least as much"),
                                           config->file_validity_minutes,
                                           config->auto_regenerate_minutes);
  claw_config_report_conflict (reading, "security", "file_validity_minutes",
                               "auto_regenerate_minutes", text);
}

/* A client fills a stream's first window without asking. */
static void
check_streams (const ClawServerConfig *config, ClawConfigReading *reading)
{
  int needed = config->streams * CLAW_SERVER_CONFIG_STREAM_KILOBYTES;

  if (config->session_kilobytes >= needed)
    return;

  g_autofree char *text = g_strdup_printf (
      _ ("“limits.session_kilobytes” (%d) is too little for “limits.streams” (%d), expected at "
         "least %d"),
      config->session_kilobytes, config->streams, needed);
  claw_config_report_conflict (reading, "limits", "session_kilobytes", "streams", text);
}

/* Another name is never looked at; and a path without a name is none. */
static void
check_textfile (const ClawServerConfig *config, ClawConfigReading *reading)
{
  if (config->metrics_textfile == NULL || g_str_has_suffix (config->metrics_textfile, ".prom"))
    return;

  g_autofree char *text = g_strdup_printf (
      _ ("“metrics.textfile” (%s) does not end in “.prom”, without which it is not read"),
      config->metrics_textfile);
  claw_config_report_conflict (reading, "metrics", "textfile", "textfile", text);
}

static void
check_settings (const void *settings, ClawConfigReading *reading)
{
  check_validity (settings, reading);
  check_streams (settings, reading);
  check_textfile (settings, reading);
}

ClawServerConfig *
claw_server_config_load (const char *path, GError **error)
{
  g_autoptr (ClawServerConfig) config = new_with_defaults ();

  config->state_directory = g_strdup ("/home/openclaw/clawchat/state");
  config->security_directory = g_strdup ("/home/openclaw/clawchat/security");
  if (!claw_config_load_checked (path, keys, config, check_settings, error))
    return NULL;
  return g_steal_pointer (&config);
}

gint64
claw_server_config_get_regenerate_s (const ClawServerConfig *config)
{
  return config->automatic_file ? (gint64) config->auto_regenerate_minutes * 60 : 0;
}

static void
own_field (ClawServerConfig *config, const ClawConfigKey *key)
{
  gpointer field = (char *) config + key->offset;

  switch (key->type)
    {
    case CLAW_CONFIG_STRING:
    case CLAW_CONFIG_STRING_OR_NULL:
    case CLAW_CONFIG_PATH:
    case CLAW_CONFIG_PATH_OR_NULL:
    case CLAW_CONFIG_IP:
    case CLAW_CONFIG_IP_OR_NULL:
      *(char **) field = g_strdup (*(char **) field);
      return;
    case CLAW_CONFIG_HOST_PORT_LIST:
      *(GStrv *) field = g_strdupv (*(GStrv *) field);
      return;
    case CLAW_CONFIG_INTEGER:
    case CLAW_CONFIG_INTEGER_OR_NULL:
    case CLAW_CONFIG_BOOLEAN:
    case CLAW_CONFIG_LOG_LEVEL:
      return;
    }
}

ClawServerConfig *
claw_server_config_copy (const ClawServerConfig *config)
{
  ClawServerConfig *copy = g_memdup2 (config, sizeof *config);

  for (const ClawConfigKey *key = keys; key->section != NULL; key++)
    own_field (copy, key);
  return copy;
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
  g_free (config->metrics_textfile);
  g_free (config);
}
