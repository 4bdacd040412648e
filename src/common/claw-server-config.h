/* claw-server-config.h: the server's settings, config/server.yaml. */
#pragma once

#include "claw-config.h"
#include "claw-log.h"

#include <gio/gio.h>

#define CLAW_SERVER_CONFIG_MEMBERS_MAX 20000
/* What a peer may count on for each stream. */
#define CLAW_SERVER_CONFIG_STREAM_KILOBYTES 256

typedef struct
{
  char *id;
  char *name;
  char *ip;        /* to listen on */
  int port;        /* 0: a random free one in 49152–65535 */
  char *public_ip; /* (nullable): guessed when NULL */
  char *state_directory;
  char *security_directory;
  int file_validity_minutes;
  gboolean automatic_file;     /* whether there is always an unused .sec file */
  int auto_regenerate_minutes; /* 0: no .sec file is made without being asked for */
  int pairing_lifetime_days;
  int key_rotation_interval_s;
  int port_rotation_interval_s;
  GStrv stun_servers;
  gboolean port_mapping; /* whether the router may be asked to pass the port on */
  int members;           /* pairings */
  int sessions;          /* at the same time */
  int handshakes_per_second;
  int messages_per_second; /* of a member */
  int too_fast_seconds;    /* for which a member may have more to say than that */
  int message_bytes;
  int kept_kilobytes;    /* of messages for a member that is away or slow */
  int session_kilobytes; /* of what is on its way, for each session and direction */
  int streams;           /* of a session, that a client may use */
  ClawLogLevel log_level;
  gboolean peer_addresses; /* whether addresses of peers may be logged */
  char *metrics_textfile;  /* (nullable): for Prometheus' node_exporter */
  int metrics_interval_s;  /* between two writings of it */
} ClawServerConfig;

/* All keys of server.yaml. Returns: (transfer none): ends with a NULL section. */
const ClawConfigKey *claw_server_config_get_keys (void);
/* The built-in defaults with XDG directories, for a plain user without a configuration file. */
ClawServerConfig *claw_server_config_new (void);
/* Defaults of the design with what @path says over them. Returns: (transfer full): NULL with
 * CLAW_CONFIG_ERROR. */
ClawServerConfig *claw_server_config_load (const char *path, GError **error);
/* How often an unused .sec file is replaced; 0: none is made without being asked for. */
gint64 claw_server_config_get_regenerate_s (const ClawServerConfig *config);
/* Returns: (transfer full) */
ClawServerConfig *claw_server_config_copy (const ClawServerConfig *config);
void claw_server_config_free (ClawServerConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawServerConfig, claw_server_config_free)
